package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/corpus/builtin"
	"concord/eval"
)

// A trial is a task, the kinds of targets that are ranked for it, and what is
// known of its labels.
type trial struct {
	eval.Task
	kinds  []string
	labels corpus.LabelSet // without its pairs for a set of the user's own
}

// trials returns the label sets that the flags name, of the user's own or of
// the built-in ones: each as published and, where the target has enhancements,
// with these folded into their controls.
func (e *engine) trials(cmd *cobra.Command) ([]trial, error) {
	trials, err := builtinTrials()
	if path, _ := cmd.Flags().GetString("sets"); path != "" {
		trials, err = e.ownTrials(path)
	}
	if err != nil {
		return nil, err
	}
	wanted, _ := cmd.Flags().GetStringSlice("set")
	if len(wanted) == 0 {
		return trials, nil
	}
	for _, name := range wanted {
		if !slices.ContainsFunc(trials, func(t trial) bool { return t.Name == name }) {
			var have []string
			for _, t := range trials {
				have = append(have, t.Name)
			}
			return nil, usage(fmt.Errorf("--set %q: there is no such label set; there are %s", name, strings.Join(slices.Compact(have), ", ")))
		}
	}
	return slices.DeleteFunc(trials, func(t trial) bool { return !slices.Contains(wanted, t.Name) }), nil
}

func builtinTrials() ([]trial, error) {
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
			out = append(out, builtinTrial(set, source, target, true, []string{corpus.KindControl}))
		}
		out = append(out, builtinTrial(set, source, target, false, kinds))
	}
	return out, nil
}

func builtinTrial(set corpus.LabelSet, source, target *corpus.Framework, fold bool, kinds []string) trial {
	t := trial{kinds: kinds, labels: set,
		Task: eval.Task{Name: set.Name, Source: source, Target: target, Comprehensive: set.Comprehensive, Fold: fold}}
	for _, p := range set.Pairs {
		t.Labels = append(t.Labels, eval.Label{Source: p.Source, Target: p.Target, Strength: -1})
	}
	return t
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
		t := trial{kinds: s.Kinds, labels: corpus.LabelSet{Name: s.Name}}
		t.Name, t.Fold = s.Name, s.Fold
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
		for _, p := range pairs {
			t.Labels = append(t.Labels, eval.Label{Source: t.Source.Resolve(p.Source), Target: t.Target.Resolve(p.Target), Strength: -1})
		}
		out = append(out, t)
	}
	return out, nil
}
