package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/ledger"
	"concord/eval"
	"concord/internal/atomicfile"
)

func newEval() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "eval",
		Short: "Measure rankings and decisions against published crosswalks",
		Long: `Measure rankings and decisions against published crosswalks.

Without --sets it measures the built-in label sets. Precedents vote only where
--precedents names them, and those of the framework under test never. Where a
test text stands in a precedent or in the prompt, nearly word for word, the run
fails: such a source is looked up, not mapped. --leaks report measures all the
same, and says so.

Labels with an element that is not there, withdrawn or not ranked are left out.

Official crosswalks list what their makers thought worth listing; a proposal
that is not on the list may still be right. Read precision as a lower bound.

--full prints every metric of concord with the ways to read what the list leaves
open side by side: strict (unlisted is wrong), pooled (what was judged since
counts too), condensed (only what was judged counts), and what is achievable.
docs/metrics.md defines them all.

JSON is one object: "format" (` + eval.Format + `), "tool", "judge" and "sets"; a set has what is
known of its labels and "scores", one a system, each with "metrics" by name,
"views", "slices" and, for each requirement, what "eval compare" and "eval gate"
compare.`,
		Example: "  concord eval\n  concord eval --sets sets.yaml --full --by function\n  concord eval --json --out today.json",
		Args:    cobra.NoArgs,
		RunE:    runEval,
	}
	evalFlags(cmd)
	judgeFlag(cmd)
	leakFlags(cmd)
	cmd.Flags().StringSlice("by", nil, "also print parts of each set: "+strings.Join(eval.Slicings(), ", "))
	cmd.Flags().Bool("full", false, "print every metric, in every view")
	cmd.Flags().Bool("json", false, "print JSON")
	cmd.Flags().String("out", "", "file to write (default standard output)")
	cmd.AddCommand(newEvalRun(), newEvalCompare(), newEvalGate(), newEvalTrain(), newEvalMemory(), newEvalPool())
	return cmd
}

// evalFlags are those of every command that puts tasks to the engine.
func evalFlags(cmd *cobra.Command) {
	cmd.Flags().String("sets", "", "YAML file of label sets, each with name, from, to, labels, kinds and fold (default the built-in ones)")
	cmd.Flags().StringSlice("set", nil, "only the sets of these names")
	depthFlag(cmd)
}

func depthFlag(cmd *cobra.Command) {
	cmd.Flags().Int("depth", 40, "candidates to judge for each source element")
}

func judgeFlag(cmd *cobra.Command) {
	cmd.Flags().String("judge", "local", "local: the built-in judge; llm: a model at the endpoint")
}

func runEval(cmd *cobra.Command, _ []string) error {
	by, _ := cmd.Flags().GetStringSlice("by")
	for _, name := range by {
		if !slices.Contains(eval.Slicings(), name) {
			return usage(fmt.Errorf("--by %q: want some of %s", name, strings.Join(eval.Slicings(), ", ")))
		}
	}
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	trials, err := e.trials(cmd)
	if err != nil {
		return err
	}
	results, published, err := e.evaluate(cmd, trials)
	if err != nil {
		return err
	}
	var b strings.Builder
	asJSON, _ := cmd.Flags().GetBool("json")
	full, _ := cmd.Flags().GetBool("full")
	switch {
	case asJSON:
		if err := json.NewEncoder(&b).Encode(results); err != nil {
			return err
		}
	case full:
		printFull(&b, results, by)
	default:
		printTable(&b, results, published, by)
	}
	if out, _ := cmd.Flags().GetString("out"); out != "" {
		return atomicfile.Write(out, []byte(b.String()))
	}
	_, err = cmd.OutOrStdout().Write([]byte(b.String()))
	return err
}

// The systems that an evaluation measures.
const (
	systemPlain   = "plain BM25"
	systemConcord = "concord"
)

// evaluate measures sets, and returns what others published on them, by the
// name of the set.
func (e *engine) evaluate(cmd *cobra.Command, trials []trial) (eval.Results, map[string][]corpus.Published, error) {
	results := eval.Results{Format: eval.Format, Tool: "concord " + version, Judge: e.settings.Judge, Sets: []eval.SetResult{}}
	published := map[string][]corpus.Published{}
	for _, t := range trials {
		set, _, err := e.measure(cmd, t)
		if err != nil {
			return results, nil, err
		}
		results.Sets = append(results.Sets, set)
		published[set.Key()] = t.labels.Published
	}
	return results, published, nil
}

// measure puts a task to plain BM25 and to the engine, and returns also what
// was seen of the engine.
func (e *engine) measure(cmd *cobra.Command, t trial) (eval.SetResult, eval.Observation, error) {
	ctx := cmd.Context()
	var none eval.Observation
	m := eval.SetResult{Set: t.Name, Maker: t.labels.Maker, Trust: t.labels.Trust, Licence: t.labels.Licence, Comprehensive: t.Comprehensive,
		Source: t.Source.Spec(), Target: t.Target.Spec(), Kinds: t.kinds, Folded: t.Fold}
	plain, err := eval.Observe(ctx, t.Task, eval.System{Ranker: eval.NewPlainBM25(t.Target, t.kinds...)})
	if err != nil {
		return m, none, usage(err)
	}
	votes, err := witnesses(cmd, t)
	if err != nil {
		return m, none, err
	}
	for _, v := range votes {
		m.Precedents = append(m.Precedents, v.Set)
	}
	if m.Leaks, err = e.guard(cmd, t, votes); err != nil {
		return m, none, err
	}
	s, err := e.space(t.Source, t.Target)
	if err != nil {
		return m, none, err
	}
	ranker, err := e.ranker(ctx, s, t.kinds, votes)
	if err != nil {
		return m, none, err
	}
	panel, err := e.panel(t.Source, t.Target, 0)
	if err != nil {
		return m, none, err
	}
	sitting, err := e.sit(ctx, panel)
	if err != nil {
		return m, none, err
	}
	defer sitting.close()
	bar := newProgress(e.stderr, "judging "+t.Name)
	system := eval.System{Ranker: ranker, Judge: sitting.judge, Depth: e.settings.Depth, Workers: panel.workers, Progress: bar.show}
	if sitting.spent != nil {
		system.Now = time.Now // of a model; otherwise the same input gives the same bytes
	}
	seen, err := eval.Observe(ctx, t.Task, system)
	bar.end()
	if err != nil {
		return m, none, err
	}
	score := eval.ScoreOf(systemConcord, seen)
	score.Spent = sitting.spent.total(e.settings.Endpoint)
	m.Scores = []eval.Score{eval.ScoreOf(systemPlain, plain), score}
	return m, seen, nil
}

// A sitting is a judge at work with the memory it needs.
type sitting struct {
	judge crosswalk.Judge
	spent *answers // nil of a judge that asks nobody
	book  *ledger.Ledger
}

// sit opens what the judge needs. Only a model's answers need a ledger.
func (e *engine) sit(ctx context.Context, p panel) (sitting, error) {
	var s sitting
	if p.ready != nil {
		if err := p.ready(ctx); err != nil {
			return s, err
		}
		var err error
		if s.book, err = ledger.Open(ctx, e.ledgerPath()); err != nil {
			return s, err
		}
		s.spent = &answers{book: s.book}
	}
	var err error
	if s.judge, err = p.judge(s.spent); err != nil {
		s.close()
	}
	return s, err
}

func (s sitting) close() {
	if s.book != nil {
		s.book.Close()
	}
}
