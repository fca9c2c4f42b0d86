package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/corpus/builtin"
	"concord/crosswalk"
	"concord/crosswalk/mapping"
	"concord/eval"
)

// A trial is a task, the kinds of targets that are ranked for it, and what is
// known of its labels.
type trial struct {
	eval.Task
	kinds  []string
	labels corpus.LabelSet // without its pairs for a set of the user's own
	family string          // of sets that are no test of each other
}

// trials returns the label sets that the flags name, of the user's own or of
// the built-in ones: each as published and, where the target has enhancements,
// with these folded into their controls.
func (e *engine) trials(cmd *cobra.Command) ([]trial, error) {
	path, _ := cmd.Flags().GetString("sets")
	if cmd.Flags().Changed("sets") && path == "" {
		return nil, usage(errors.New("--sets is empty: name a file, or leave it out for the built-in sets"))
	}
	read := builtinTrials
	if path != "" {
		read = func() ([]trial, error) { return e.ownTrials(path) }
	}
	trials, err := read()
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
	t := trial{kinds: kinds, labels: set, family: familyOf(source.Name),
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
	specs, err := readSets(path)
	if err != nil {
		return nil, err
	}
	var out []trial
	for _, s := range specs {
		t, err := e.ownTrial(s)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

func readSets(path string) ([]eval.SetSpec, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, usage(err)
	}
	specs, err := eval.ReadSets(data)
	if err != nil {
		return nil, usage(fmt.Errorf("%s: %w", path, err))
	}
	return specs, nil
}

func (e *engine) ownTrial(s eval.SetSpec) (trial, error) {
	t := trial{kinds: s.Kinds, labels: corpus.LabelSet{Name: s.Name, Comprehensive: s.Comprehensive}}
	t.Name, t.Fold, t.Comprehensive = s.Name, s.Fold, s.Comprehensive
	var err error
	// Here a framework may be mapped to itself: mitigations to techniques.
	if t.Source, err = e.open(s.From); err != nil {
		return t, err
	}
	if t.Target, err = e.open(s.To); err != nil {
		return t, err
	}
	t.family = cmp.Or(s.Family, familyOf(t.Source.Name))
	rows, _, err := e.readLabels(s.Labels, s, t.Source, t.Target)
	if err != nil {
		return t, err
	}
	for _, r := range rows {
		if r.Gap {
			t.Gaps = append(t.Gaps, r.Source)
			continue
		}
		l, err := labelOf(r, s)
		if err != nil {
			return t, usage(fmt.Errorf("%s: %w", s.Labels, err))
		}
		t.Labels = append(t.Labels, l)
	}
	if s.Judged == "" {
		return t, nil
	}
	if rows, _, err = e.readLabels(s.Judged, s, t.Source, t.Target); err != nil {
		return t, err
	}
	published := map[[2]string]bool{}
	for _, l := range t.Labels {
		published[[2]string{l.Source, l.Target}] = true
	}
	for _, r := range rows {
		l, err := labelOf(r, s)
		if err != nil {
			return t, usage(fmt.Errorf("%s: %w", s.Judged, err))
		}
		if !r.Gap && !published[[2]string{l.Source, l.Target}] {
			l.Pooled = true
			t.Labels = append(t.Labels, l)
		}
	}
	return t, nil
}

// related is the word for a pair without a relation.
const related = "related"

// labelOf returns the label of a row. A word that is neither a relation nor
// one that the set explains may be a slip of the pen, so it is an error.
func labelOf(r mapping.Row, s eval.SetSpec) (eval.Label, error) {
	l := eval.Label{Source: r.Source, Target: r.Target, Relation: r.Relation, Strength: r.Strength}
	if l.Relation != "" || r.Word == "" || r.Word == related {
		return l, nil
	}
	stands, explained := s.Words[r.Word]
	if !explained {
		return l, fmt.Errorf("%s: %q is no relation: correct it or, if it is its maker's own word, let the set say \"words: {%s: %s}\"", r.Where, r.Word, r.Word, related)
	}
	if stands == related {
		return l, nil
	}
	var err error
	if l.Relation, err = crosswalk.ParseRelation(stands); err != nil {
		return l, fmt.Errorf("words: %q stands for %q: want %s or a relation: %w", r.Word, stands, related, err)
	}
	return l, nil
}

// readLabels reads a file of pairs and holds it against the frameworks. What it
// leaves out, if the set says that it may, it reports, and how many rows were
// made on other texts.
func (e *engine) readLabels(path string, s eval.SetSpec, source, target *corpus.Framework) (rows []mapping.Row, left []mapping.Finding, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, usage(err)
	}
	table, err := tableOf(path, data, s.Columns)
	if err != nil {
		return nil, nil, usage(err)
	}
	if s.Faulty != eval.LeaveOut {
		if rows, err = table.Bind(source, target); err != nil {
			return nil, nil, usage(fmt.Errorf("%s: %w; correct them, or let the set say \"faulty: %s\"", path, err, eval.LeaveOut))
		}
		e.tellReworded(path, mapping.Reworded(rows, source, target))
		return rows, nil, nil
	}
	if rows, left, err = table.BindLoosely(source, target); err != nil {
		return nil, nil, usage(fmt.Errorf("%s: %w", path, err))
	}
	for _, f := range left {
		fmt.Fprintf(e.stderr, "%s: left out: %s\n", printable(path), printable(f.String()))
	}
	e.tellReworded(path, mapping.Reworded(rows, source, target))
	return rows, left, nil
}

// tellReworded says how many labels were made on other texts.
func (e *engine) tellReworded(path string, found []mapping.Finding) {
	if len(found) > 0 {
		fmt.Fprintf(e.stderr, "%s: %s made on another text, the first at %s\n", printable(path), counted(len(found), "label"), printable(found[0].String()))
	}
}
