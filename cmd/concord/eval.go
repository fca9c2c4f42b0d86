package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/candidate"
	"concord/crosswalk/ledger"
	"concord/eval"
	"concord/eval/report"
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

--report FILE.html also writes one page to read, print or pass on: every figure
and view, curves, calibration, ranks, parts and the worst misses with their
texts. It needs no network and no script.

JSON is one object: "format" (` + eval.Format + `), "tool", "judge" and "sets"; a set has what is
known of its labels and "scores", one a system, each with "metrics" by name,
"views", "slices" and, for each requirement, what "eval compare" and "eval gate"
compare.`,
		Example: "  concord eval\n  concord eval --sets sets.yaml --full --by function\n  concord eval --json --out today.json\n  concord eval --report today.html",
		Args:    cobra.NoArgs,
		RunE:    runEval,
	}
	evalFlags(cmd)
	judgeFlag(cmd)
	modelFlags(cmd)
	leakFlags(cmd)
	byFlag(cmd)
	cmd.Flags().Bool("full", false, "print every metric, in every view")
	cmd.Flags().Bool("json", false, "print JSON")
	cmd.Flags().String("out", "", "file to write (default standard output)")
	cmd.Flags().String("report", "", "HTML file to write as well, with charts and the worst misses")
	cmd.AddCommand(newEvalRun(), newEvalCompare(), newEvalGate(), newEvalAblate(), newEvalTrain(), newEvalThreshold(), newEvalMemory(), newEvalPool(), newEvalSample())
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

func byFlag(cmd *cobra.Command) {
	cmd.Flags().StringSlice("by", nil, "also print parts of each set: "+strings.Join(eval.Slicings(), ", "))
}

// slicings returns what --by says.
func slicings(cmd *cobra.Command) ([]string, error) {
	by, _ := cmd.Flags().GetStringSlice("by")
	for _, name := range by {
		if !slices.Contains(eval.Slicings(), name) {
			return nil, usage(fmt.Errorf("--by %q: want some of %s", name, strings.Join(eval.Slicings(), ", ")))
		}
	}
	return by, nil
}

func judgeFlag(cmd *cobra.Command) {
	cmd.Flags().String("judge", "local", "local: the built-in judge; llm: a model at the endpoint")
}

func runEval(cmd *cobra.Command, _ []string) error {
	by, err := slicings(cmd)
	if err != nil {
		return err
	}
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	if err := forAModel(cmd, e.settings.Judge); err != nil {
		return err
	}
	trials, err := e.trials(cmd)
	if err != nil {
		return err
	}
	if err := e.takeDown(cmd); err != nil {
		return err
	}
	results, sets, err := e.evaluate(cmd, trials)
	if err := e.handOver(cmd, err); err != nil || results.Sets == nil {
		return err
	}
	if err := writeReport(cmd, results, sets); err != nil {
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
		printTable(&b, sets, by)
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
	systemJudged  = "concord, by its judge" // the ranking that a model's probabilities make
)

// evaluate measures sets, and returns them also with what was seen and what
// others published on them.
func (e *engine) evaluate(cmd *cobra.Command, trials []trial) (eval.Results, []report.Set, error) {
	results := eval.Results{Format: eval.Format, Tool: "concord " + version, Judge: e.settings.Judge, Sets: []eval.SetResult{}}
	var sets []report.Set
	var pending error // of a model whose questions are put down, of all sets
	for _, t := range trials {
		set, err := e.measure(cmd, t)
		if errors.Is(err, crosswalk.ErrPending) {
			pending = err
			continue
		}
		if err != nil {
			return eval.Results{}, nil, err
		}
		results.Sets = append(results.Sets, set.Result)
		sets = append(sets, set)
	}
	if pending != nil {
		return eval.Results{}, nil, pending
	}
	return results, sets, nil
}

// measure puts a task to plain BM25 and to the engine, as it is without what it
// learned from the family of the task.
func (e *engine) measure(cmd *cobra.Command, t trial) (set report.Set, err error) {
	e = e.testing(t.family)
	e.tested = map[string]bool{}
	for _, l := range t.Labels {
		e.tested[l.Source] = true
	}
	ctx := cmd.Context()
	set = report.Set{Published: t.labels.Published, Source: t.Source, Target: t.Target}
	set.Result = eval.SetResult{Set: t.Name, Maker: t.labels.Maker, Trust: t.labels.Trust, Licence: t.labels.Licence, Comprehensive: t.Comprehensive,
		Source: t.Source.Spec(), Target: t.Target.Spec(), Kinds: t.kinds, Folded: t.Fold}
	if err := candidate.CheckKinds(t.Target, t.kinds); err != nil {
		return set, usage(fmt.Errorf("%s: %w", t.Name, err))
	}
	plain, err := eval.Observe(ctx, t.Task, eval.System{Ranker: eval.NewPlainBM25(t.Target, t.kinds...)})
	switch {
	case ctx.Err() != nil:
		return set, interrupted()
	case err != nil:
		return set, usage(err)
	}
	votes, err := witnesses(cmd, t)
	if err != nil {
		return set, err
	}
	for _, v := range votes {
		set.Result.Precedents = append(set.Result.Precedents, v.Set)
	}
	if set.Result.Leaks, err = e.guard(cmd, t, votes); err != nil {
		return set, err
	}
	seen, spent, err := e.observe(ctx, t, votes, func(j crosswalk.Judge) crosswalk.Judge { return j })
	if err != nil {
		return set, err
	}
	score := eval.ScoreOf(systemConcord, seen)
	score.Spent = spent
	set.Result.Scores = []eval.Score{eval.ScoreOf(systemPlain, plain), score}
	set.Seen = []report.Seen{{System: systemPlain, Observation: plain}, {System: systemConcord, Observation: seen}}
	if e.settings.Judge == "llm" {
		judged := seen.Judged()
		score := eval.ScoreOf(systemJudged, judged)
		score.Spent = spent
		set.Result.Scores = append(set.Result.Scores, score)
		set.Seen = append(set.Seen, report.Seen{System: systemJudged, Observation: judged})
	}
	return set, nil
}

// observe puts a task to the engine as it is; around may put something between
// it and its judge. It returns what a model was asked, too.
func (e *engine) observe(ctx context.Context, t trial, votes []candidate.Precedents, around func(crosswalk.Judge) crosswalk.Judge) (seen eval.Observation, spent *eval.Spent, err error) {
	s, err := e.space(t.Source, t.Target)
	if err != nil {
		return seen, nil, err
	}
	ranker, err := e.ranker(ctx, s, t.kinds, votes)
	if err != nil {
		return seen, nil, err
	}
	panel, err := e.panel(ctx, t.Source, t.Target, 0)
	if err != nil {
		return seen, nil, err
	}
	sitting, err := e.sit(ctx, panel)
	if err != nil {
		return seen, nil, err
	}
	defer sitting.close()
	if e.settings.Judge == "llm" {
		defer e.sayWaiting(ctx)()
	}
	if model := modelOf(sitting.judge); model != nil && panel.ready != nil {
		var asked []corpus.Element
		cases, _ := t.Cases(ranker.Targets())
		for _, c := range cases {
			asked = append(asked, c.Source)
		}
		likely, err := preview{e, model, ranker}.estimate(ctx, asked)
		if err != nil {
			return seen, nil, err
		}
		fmt.Fprint(e.stderr, printable(t.Name), ": ", estimated(likely))
	}
	bar := newProgress(e.stderr, "judging "+t.Name)
	system := eval.System{Ranker: ranker, Judge: around(sitting.judge), Depth: e.settings.Depth, Workers: panel.workers, Progress: bar.show}
	seen, err = eval.Observe(ctx, t.Task, system)
	bar.end()
	if ctx.Err() != nil {
		return seen, nil, interrupted()
	}
	return seen, sitting.spent.total(), err
}

// interrupted is what becomes of a measurement that was stopped.
func interrupted() error {
	return errors.New("interrupted: answers of a model are kept, and the same command asks for none twice")
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
	if p.prompt != "" {
		if p.ready != nil {
			if err := p.ready(ctx); err != nil {
				return s, err
			}
		}
		var err error
		if s.book, err = ledger.Open(ctx, e.ledgerAt()); err != nil {
			return s, err
		}
		s.spent = &answers{book: s.book, prices: e.budget}
	}
	var err error
	if s.judge, err = p.judge(ctx, s.spent); err != nil {
		s.close()
	}
	return s, err
}

func (s sitting) close() {
	if s.book != nil {
		s.book.Close()
	}
}
