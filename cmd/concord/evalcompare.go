package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"concord/eval"
)

func newEvalCompare() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "compare BASE NEW",
		Short: "Say whether a new system is better or worse than the one before",
		Long: fmt.Sprintf(`Say whether a new system is better or worse than the one before.

BASE and NEW are results that "concord eval --json" wrote. With --qrels they are
runs as "concord rank" writes them (source Q0 target rank score tag), and the
labels (source 0 target grade, relevant from grade 1 up) are in that file.
They are compared on Top-1, reciprocal rank at 5 and average precision for each
requirement that has a relevant target, and where both decide on F1 of what they
propose. A requirement that a run lacks counts as zero; results must be of the
same labels. --base-system and --new-system choose among the systems of results
files, which may be one file then.

First come the requirements that differ: gained, lost or, where some measures
rose and others fell, changed. Then, for each measure, the means, the
difference with its 95 %% bootstrap interval, the p-value (Top-1: exact McNemar
test; others: sign-flip randomisation test), the p-value adjusted over the
measures (Holm), and the smallest difference that the set could have shown (80 %%
power at .05). Last comes the verdict, by the first rule that holds:

  not enough data  fewer than %d requirements (exit code 4)
  unchanged        no requirement differs
  regression       a measure fell with an adjusted p of .05 or less
  improved         a measure rose so
  not enough data  no measure could have shown a difference of --matters
  noise            none of these: differences like these come by chance

A verdict that --fail-on lists ends with exit code 3. Of several sets the
overall verdict counts: a regression on one is a regression, else an improvement
on one an improvement; p-values are adjusted over all of them. Where a set is in
one of the files only, that is not enough data, unless another regressed.

JSON is one object: "base", "new", "qrels", "seed" and "matters" repeat what was
asked for; "missing_in_base", "missing_in_new" and "unlabelled" list
requirements; "requirements" is how many were compared; "moved" lists those that
differ with "requirement", "what" and {"base", "new"} of each measure;
"measures" has "measure" (top1, mrr5, map, f1), "base", "new", "difference", "low",
"high", "p", "holm" and "smallest" (null if there is no telling); "verdict" and
"reason" close it. Of results files it has "sets", each with its "set" and the
same, and "verdict" for all.`, eval.FewestCompared),
		Example: "  concord eval --json --out new.json\n  concord eval compare base.json new.json\n" +
			"  concord eval compare new.json new.json --base-system \"plain BM25\"\n" +
			"  concord rank --from csf --format trec > new.run\n  concord eval compare base.run new.run --qrels labels.qrels",
		Args: cobra.ExactArgs(2),
		RunE: runEvalCompare,
	}
	cmd.Flags().String("qrels", "", "file of relevance judgements: the labels of two runs")
	cmd.Flags().String("base-system", systemConcord, "of the results in BASE")
	cmd.Flags().String("new-system", systemConcord, "of the results in NEW")
	cmd.Flags().Float64("matters", 0.1, "smallest difference of a measure worth seeing, above 0 and up to 1")
	cmd.Flags().StringSlice("fail-on", []string{string(eval.Regression)}, "verdicts that end with exit code 3: regression, noise, unchanged, improved; or none")
	cmd.Flags().Uint64("seed", 1, "seed of the resamples")
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

func runEvalCompare(cmd *cobra.Command, args []string) error {
	qrels, _ := cmd.Flags().GetString("qrels")
	o := eval.CompareOptions{}
	o.Seed, _ = cmd.Flags().GetUint64("seed")
	o.Matters, _ = cmd.Flags().GetFloat64("matters")
	if !(o.Matters > 0 && o.Matters <= 1) {
		return usage(fmt.Errorf("--matters %v: want a number above 0 and up to 1", o.Matters))
	}
	failing, err := failOn(cmd)
	if err != nil {
		return usage(err)
	}
	var c comparison
	if qrels != "" {
		c, err = compareRuns(args[0], args[1], qrels, o)
	} else {
		systems := [2]string{}
		systems[0], _ = cmd.Flags().GetString("base-system")
		systems[1], _ = cmd.Flags().GetString("new-system")
		c, err = compareResults([2]string(args), systems, o)
	}
	if err != nil {
		return err
	}
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		err = json.NewEncoder(cmd.OutOrStdout()).Encode(c)
	} else {
		err = c.print(cmd.OutOrStdout())
	}
	if err != nil {
		return err
	}
	switch verdict, err := c.verdict(); {
	case verdict == eval.NotEnoughData:
		return &codedError{exitTooFew, err}
	case slices.Contains(failing, verdict):
		return &codedError{exitGate, err}
	}
	return nil
}

// A comparison is one of runs or one of results files.
type comparison interface {
	print(io.Writer) error
	verdict() (eval.Verdict, error) // the error says why
}

// failOn returns the verdicts that fail the gate. Not enough data is none of
// them: it always has a code of its own.
func failOn(cmd *cobra.Command) ([]eval.Verdict, error) {
	names, err := cmd.Flags().GetStringSlice("fail-on")
	if err != nil {
		return nil, err
	}
	if slices.Equal(names, []string{"none"}) {
		return nil, nil
	}
	known := []eval.Verdict{eval.Regression, eval.Noise, eval.Unchanged, eval.Improved}
	var failing []eval.Verdict
	for _, n := range names {
		if !slices.Contains(known, eval.Verdict(n)) {
			return nil, fmt.Errorf("--fail-on %q: want some of regression, noise, unchanged, improved, or none alone", n)
		}
		failing = append(failing, eval.Verdict(n))
	}
	if len(failing) == 0 {
		return nil, errors.New("--fail-on is empty: want none for no verdict")
	}
	return failing, nil
}
