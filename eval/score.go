package eval

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"concord/corpus"
	"concord/crosswalk"
)

// A Ranker ranks every target for a source, best first.
type Ranker interface {
	Rank(source corpus.Element) []crosswalk.Candidate
	Targets() []corpus.Element
}

// A Task is a label set with the frameworks it is measured on.
type Task struct {
	Labels         corpus.LabelSet
	Source, Target *corpus.Framework
	// Fold counts a pair with a control enhancement as one with its control.
	Fold bool
}

// gold returns the listed targets of each source that a ranking over targets
// can find, in the order of the source framework, and how many pairs it left
// out because no ranking can find them: an element is not there, withdrawn or
// not among the targets.
func (t Task) gold(targets []corpus.Element) (sources []corpus.Element, gold map[string]map[string]bool, left int) {
	among := make(map[string]bool, len(targets))
	for _, e := range targets {
		among[e.ID] = true
	}
	listed := t.Labels.BySource()
	left = len(t.Labels.Pairs)
	gold = map[string]map[string]bool{}
	for _, e := range t.Source.Elements {
		for _, id := range listed[e.ID] {
			if target, ok := t.Target.Element(id); ok && t.Fold && target.Kind == corpus.KindEnhancement {
				id = target.Parent
			}
			if !among[id] || e.Withdrawn {
				continue
			}
			left--
			if gold[e.ID] == nil {
				gold[e.ID] = map[string]bool{}
				sources = append(sources, e)
			}
			gold[e.ID][id] = true
		}
	}
	return sources, gold, left
}

// candidates ranks the targets for a source. Where a framework is mapped to
// itself, an element is no candidate for itself.
func (t Task) candidates(ranker Ranker, source corpus.Element) []crosswalk.Candidate {
	ranked := ranker.Rank(source)
	if t.Source.Spec() != t.Target.Spec() {
		return ranked
	}
	ranked = slices.DeleteFunc(ranked, func(c crosswalk.Candidate) bool { return c.Element.ID == source.ID })
	for i := range ranked {
		ranked[i].Rank = i + 1
	}
	return ranked
}

// A Score is what one system reached on one task.
type Score struct {
	System   string  `json:"system"`
	Sources  int     `json:"sources"` // with at least one label
	Labels   int     `json:"labels"`  // pairs that could be found
	LeftOut  int     `json:"left_out"`
	Targets  int     `json:"targets"`
	Ranking  Ranking `json:"ranking"`
	Pairs    *Pairs  `json:"pairs,omitempty"` // of systems that decide
	Function []Group `json:"by_function,omitempty"`
}

// A Group is the score of the sources under one element at the top of their
// framework.
type Group struct {
	Name    string  `json:"name"`
	Sources int     `json:"sources"`
	Ranking Ranking `json:"ranking"`
	Pairs   *Pairs  `json:"pairs,omitempty"`
}

// Measure ranks all targets for every labelled source and, if there is a
// judge, lets it decide on the best depth of them, or on all if depth is zero.
func Measure(ctx context.Context, task Task, system string, ranker Ranker, judge crosswalk.Judge, depth int) (Score, error) {
	targets := ranker.Targets()
	sources, gold, left := task.gold(targets)
	s := Score{System: system, Sources: len(sources), LeftOut: left, Targets: len(targets)}
	if len(sources) == 0 {
		return s, fmt.Errorf("label set %s: none of its %d pairs names a source and a target that are here (%s → %s)",
			task.Labels.Name, len(task.Labels.Pairs), task.Source.Spec(), task.Target.Spec())
	}
	var rankings []Ranking
	var pairs []Pairs
	for _, source := range sources {
		ranked := task.candidates(ranker, source)
		ids := make([]string, len(ranked))
		for i, c := range ranked {
			ids[i] = c.Element.ID
		}
		rankings = append(rankings, Rank(ids, gold[source.ID]))
		s.Labels += len(gold[source.ID])
		if judge == nil {
			continue
		}
		p, err := decide(ctx, judge, source, best(ranked, depth), gold[source.ID])
		if err != nil {
			return s, err
		}
		pairs = append(pairs, p)
	}
	s.Ranking = Mean(rankings)
	if judge != nil {
		s.Pairs = total(pairs)
	}
	s.Function = byFunction(task.Source, sources, rankings, pairs)
	return s, nil
}

// best returns the first depth candidates, or all if depth is zero.
func best(ranked []crosswalk.Candidate, depth int) []crosswalk.Candidate {
	if depth == 0 {
		return ranked
	}
	return ranked[:min(depth, len(ranked))]
}

func decide(ctx context.Context, judge crosswalk.Judge, source corpus.Element, candidates []crosswalk.Candidate, gold map[string]bool) (Pairs, error) {
	verdicts, err := judge.Judge(ctx, source, candidates)
	if err != nil {
		return Pairs{}, fmt.Errorf("judge %s: %w", source.ID, err)
	}
	var p Pairs
	for _, v := range verdicts {
		switch {
		case v.Outcome == crosswalk.Mapped && gold[v.Target]:
			p.Right++
		case v.Outcome == crosswalk.Mapped:
			p.Extra++
		}
	}
	p.Missed = len(gold) - p.Right
	return p, nil
}

func total(all []Pairs) *Pairs {
	var t Pairs
	for _, p := range all {
		t.Right += p.Right
		t.Extra += p.Extra
		t.Missed += p.Missed
	}
	return &t
}

func byFunction(f *corpus.Framework, sources []corpus.Element, rankings []Ranking, pairs []Pairs) []Group {
	type member struct {
		top string
		at  int
	}
	var members []member
	for i, e := range sources {
		top := e
		for up := range f.Ancestors(e) {
			top = up
		}
		if top.ID == e.ID {
			return nil // a flat framework has no functions
		}
		members = append(members, member{top.ID, i})
	}
	slices.SortStableFunc(members, func(a, b member) int { return cmp.Compare(a.top, b.top) })
	var groups []Group
	for i := 0; i < len(members); {
		var r []Ranking
		var p []Pairs
		top := members[i].top
		for ; i < len(members) && members[i].top == top; i++ {
			r = append(r, rankings[members[i].at])
			if pairs != nil {
				p = append(p, pairs[members[i].at])
			}
		}
		g := Group{Name: top, Sources: len(r), Ranking: Mean(r)}
		if p != nil {
			g.Pairs = total(p)
		}
		groups = append(groups, g)
	}
	return groups
}
