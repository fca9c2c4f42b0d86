package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/corpus/builtin"
	"concord/crosswalk/judge"
	"concord/eval"
	"concord/eval/train"
	"concord/internal/atomicfile"
)

func newEval() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "eval",
		Short: "Measure rankings and decisions against published crosswalks",
		Long: `Measure rankings and decisions against published crosswalks.

Without --sets it measures the built-in label sets. Precedents never vote here:
the labels under test must not be among the evidence.

Labels with an element that is not there, withdrawn or not ranked are left out.

Official crosswalks list what their makers thought worth listing; a proposal
that is not on the list may still be right. Read precision as a lower bound.`,
		Example: "  concord eval\n  concord eval --sets sets.yaml --by-function",
		Args:    cobra.NoArgs,
		RunE:    runEval,
	}
	evalFlags(cmd)
	cmd.Flags().Bool("by-function", false, "also print each function of the source")
	cmd.Flags().Bool("json", false, "print JSON")
	cmd.AddCommand(newEvalRun(), newEvalCompare(), newEvalTrain())
	return cmd
}

func evalFlags(cmd *cobra.Command) {
	cmd.Flags().String("sets", "", "YAML file of label sets, each with name, from, to, labels, kinds and fold")
	cmd.Flags().Int("depth", 40, "candidates to judge for each source element")
}

// measured is one label set with what each system reached on it.
type measured struct {
	Set    string       `json:"set"`
	Maker  string       `json:"maker,omitempty"`
	Trust  string       `json:"trust,omitempty"`
	Terms  string       `json:"licence,omitempty"`
	All    bool         `json:"comprehensive"`
	Source string       `json:"source"`
	Target string       `json:"target"`
	Kinds  []string     `json:"kinds,omitempty"`
	Folded bool         `json:"folded"`
	Scores []eval.Score `json:"scores"`
}

// A trial is a task and the kinds of targets that are ranked for it.
type trial struct {
	eval.Task
	kinds []string
}

func runEval(cmd *cobra.Command, _ []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	trials, err := e.trials(cmd)
	if err != nil {
		return err
	}
	var all []measured
	for _, t := range trials {
		m, err := e.measure(cmd.Context(), t)
		if err != nil {
			return err
		}
		all = append(all, m)
	}
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(all)
	}
	groups, _ := cmd.Flags().GetBool("by-function")
	return printMeasured(cmd.OutOrStdout(), all, groups)
}

// trials returns the label sets that the flags name, or the built-in ones:
// each as published and, where the target has enhancements, with these folded
// into their controls.
func (e *engine) trials(cmd *cobra.Command) ([]trial, error) {
	path, _ := cmd.Flags().GetString("sets")
	if path != "" {
		return e.ownTrials(path)
	}
	sets, err := builtin.LabelSets()
	if err != nil {
		return nil, err
	}
	var out []trial
	for _, set := range sets {
		source, err := builtin.Open(set.Source)
		if err != nil {
			return nil, err
		}
		target, err := builtin.Open(set.Target)
		if err != nil {
			return nil, err
		}
		if set.Source == set.Target {
			target = target.WithoutRelated() // related elements may be the labels themselves
		}
		kinds := labelled(set, target)
		if slices.Contains(kinds, corpus.KindEnhancement) && set.Source != set.Target {
			out = append(out, trial{eval.Task{Labels: set, Source: source, Target: target, Fold: true}, []string{corpus.KindControl}})
		}
		out = append(out, trial{eval.Task{Labels: set, Source: source, Target: target}, kinds})
	}
	return out, nil
}

// labelled returns the kinds of the targets that a set names, in order of
// their first appearance in the target.
func labelled(set corpus.LabelSet, target *corpus.Framework) []string {
	named := map[string]bool{}
	for _, p := range set.Pairs {
		named[p.Target] = true
	}
	var kinds []string
	for _, e := range target.Mappable() {
		if named[e.ID] && !slices.Contains(kinds, e.Kind) {
			kinds = append(kinds, e.Kind)
		}
	}
	return kinds
}

func (e *engine) ownTrials(path string) ([]trial, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, usage(err)
	}
	specs, err := eval.ReadSets(data)
	if err != nil {
		return nil, usage(fmt.Errorf("%s: %w", path, err))
	}
	var out []trial
	for _, s := range specs {
		t := trial{kinds: s.Kinds}
		t.Fold = s.Fold
		// Here a framework may be mapped to itself: mitigations to techniques.
		if t.Source, err = e.open(s.From); err != nil {
			return nil, err
		}
		if t.Target, err = e.open(s.To); err != nil {
			return nil, err
		}
		rows, err := os.ReadFile(s.Labels)
		if err != nil {
			return nil, usage(err)
		}
		pairs, err := eval.ReadPairs(rows)
		if err != nil {
			return nil, usage(fmt.Errorf("%s: %w", s.Labels, err))
		}
		for i, p := range pairs {
			pairs[i] = corpus.Pair{Source: t.Source.Resolve(p.Source), Target: t.Target.Resolve(p.Target)}
		}
		t.Labels = corpus.LabelSet{Name: s.Name, Source: t.Source.Spec(), Target: t.Target.Spec(), Pairs: pairs}
		out = append(out, t)
	}
	return out, nil
}

func (e *engine) measure(ctx context.Context, t trial) (measured, error) {
	m := measured{Set: t.Labels.Name, Maker: t.Labels.Maker, Trust: t.Labels.Trust, Terms: t.Labels.Licence, All: t.Labels.Comprehensive,
		Source: t.Source.Spec(), Target: t.Target.Spec(), Kinds: t.kinds, Folded: t.Fold}
	plain, err := eval.Measure(ctx, t.Task, "plain BM25", eval.NewPlainBM25(t.Target, t.kinds...), nil, 0)
	if err != nil {
		return m, usage(err)
	}
	s, err := e.space(t.Source, t.Target)
	if err != nil {
		return m, err
	}
	ranker, err := e.ranker(ctx, s, t.kinds, nil)
	if err != nil {
		return m, err
	}
	model, err := judge.Default()
	if err != nil {
		return m, err
	}
	concord, err := eval.Measure(ctx, t.Task, "concord", ranker, judge.New(t.Source, t.Target, model), e.settings.Depth)
	if err != nil {
		return m, err
	}
	m.Scores = []eval.Score{plain, concord}
	return m, nil
}

func printMeasured(w io.Writer, all []measured, groups bool) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%-14s %6s %6s %6s %8s %6s %6s %10s %7s %6s\n", "", "Top-1", "MRR@5", "MAP", "nDCG@10", "R@20", "R@50", "precision", "recall", "F1")
	for _, m := range all {
		s := m.Scores[0]
		fmt.Fprintf(&b, "%s: %d sources, %d pairs, %d targets%s%s\n", printable(m.Set), s.Sources, s.Labels, s.Targets, folded(m), leftOut(s))
		for _, s := range m.Scores {
			printScore(&b, "  "+s.System, s.Ranking, s.Pairs)
			if !groups || s.Pairs == nil {
				continue
			}
			for _, g := range s.Function {
				printScore(&b, fmt.Sprintf("    %s (%d)", printable(g.Name), g.Sources), g.Ranking, g.Pairs)
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func folded(m measured) string {
	if m.Folded {
		return ", enhancements folded"
	}
	return ""
}

func leftOut(s eval.Score) string {
	if s.LeftOut == 0 {
		return ""
	}
	return fmt.Sprintf("; %d left out", s.LeftOut)
}

func printScore(w io.Writer, name string, r eval.Ranking, p *eval.Pairs) {
	fmt.Fprintf(w, "%-14s %6.3f %6.3f %6.3f %8.3f %6.3f %6.3f", name, r.Top1, r.MRR5, r.MAP, r.NDCG10, r.R20, r.R50)
	if p != nil {
		fmt.Fprintf(w, " %10.3f %7.3f %6.3f", p.Precision(), p.Recall(), p.F1())
	}
	fmt.Fprintln(w)
}

func newEvalTrain() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "train",
		Short: "Fit the offline judge's probabilities on label sets",
		Long: `Fit the offline judge's probabilities on label sets, and report for each set
how a model fitted on the others does on it.

Sets count the same, however many pairs they hold. Precedents vote only where
their labels are not those of the set.`,
		Example: "  concord eval train --sets sets.yaml --out model.json",
		Args:    cobra.NoArgs,
		RunE:    runEvalTrain,
	}
	evalFlags(cmd)
	cmd.Flags().String("out", "", "file to write the model to (default standard output)")
	return cmd
}

// ridge is the penalty on the weights of the judge model.
const ridge = 1e-5

func runEvalTrain(cmd *cobra.Command, _ []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	trials, err := e.trials(cmd)
	if err != nil {
		return err
	}
	samples := make([][]train.Sample, len(trials))
	var names []string
	for i, t := range trials {
		s, err := e.space(t.Source, t.Target)
		if err != nil {
			return err
		}
		votes, err := precedents(t.Target, t.Source)
		if err != nil {
			return err
		}
		ranker, err := e.ranker(cmd.Context(), s, t.kinds, votes)
		if err != nil {
			return err
		}
		samples[i] = train.Samples(t.Rankings(ranker), e.settings.Depth)
		names = append(names, t.Labels.Name)
	}
	for i := range trials {
		var others []train.Sample
		for j := range trials {
			if j != i {
				others = append(others, samples[j]...)
			}
		}
		if len(others) == 0 {
			break
		}
		held, err := train.Fit(others, ridge)
		if err != nil {
			return err
		}
		fmt.Fprintf(e.stderr, "%s, fitted on the others: %s\n", printable(names[i]), train.Check(held, samples[i]))
	}
	var all []train.Sample
	for _, s := range samples {
		all = append(all, s...)
	}
	model, err := train.Fit(all, ridge)
	if err != nil {
		return err
	}
	model.Name = "local-1"
	model.Data = names
	model.Date = time.Now().UTC().Format(time.DateOnly)
	model.Command = fmt.Sprintf("concord eval train --sets FILE --depth %d", e.settings.Depth)
	body, err := json.MarshalIndent(model, "", "  ")
	if err != nil {
		return err
	}
	body = append(body, '\n')
	if out, _ := cmd.Flags().GetString("out"); out != "" {
		return atomicfile.Write(out, body)
	}
	_, err = cmd.OutOrStdout().Write(body)
	return err
}
