package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"concord/eval/trec"
)

func newEvalRun() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run --qrels FILE --run FILE",
		Short: "Measure a ranking in a TREC run file, exactly as trec_eval 10.0 does",
		Long: `Measure a ranking in a TREC run file, exactly as trec_eval 10.0 does.

A line of the qrels has query, iteration, document and grade; from grade 1 up a
document is relevant. A line of the run has query, iteration, document, rank,
score and run name. The rank is ignored: documents rank by falling score, kept
as a 32-bit float, and ties by falling id.

It prints lines of measure, query and value, apart by tabs: num_q, num_ret,
num_rel, num_rel_ret, map, Rprec, bpref, recip_rank, P, recall, ndcg, ndcg_cut,
map_cut and success. The query "all" stands for the mean over queries, and for
the sum of what is counted.`,
		Example: "  concord eval run --qrels labels.qrels --run mine.run\n  concord eval run --qrels labels.qrels --run mine.run --per-query --complete",
		Args:    cobra.NoArgs,
		RunE:    runEvalRun,
	}
	cmd.Flags().String("qrels", "", "file of relevance judgements")
	cmd.Flags().String("run", "", "file of what was retrieved")
	cmd.Flags().Bool("per-query", false, "also print each query (-q of trec_eval)")
	cmd.Flags().Bool("complete", false, "count judged queries that are not in the run as zero (-c of trec_eval)")
	return cmd
}

func runEvalRun(cmd *cobra.Command, _ []string) error {
	judgements, _ := cmd.Flags().GetString("qrels")
	retrieved, _ := cmd.Flags().GetString("run")
	if judgements == "" || retrieved == "" {
		return usage(errors.New("name both files: --qrels FILE --run FILE"))
	}
	qrels, err := readTREC(judgements, trec.ReadQrels)
	if err != nil {
		return err
	}
	run, err := readTREC(retrieved, trec.ReadRun)
	if err != nil {
		return err
	}
	complete, _ := cmd.Flags().GetBool("complete")
	report, err := trec.Eval(qrels, run, complete)
	if err != nil {
		return usage(fmt.Errorf("%s and %s: %w", judgements, retrieved, err))
	}
	perQuery, _ := cmd.Flags().GetBool("per-query")
	return report.Write(cmd.OutOrStdout(), perQuery)
}

// readTREC reads a file with one of the readers of TREC formats.
func readTREC[T any](path string, read func([]byte) (T, error)) (T, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		var none T
		return none, usage(err)
	}
	out, err := read(data)
	if err != nil {
		return out, usage(fmt.Errorf("%s: %w", path, err))
	}
	return out, nil
}
