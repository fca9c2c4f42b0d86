package carry

import (
	"cmp"
	"slices"

	"concord/corpus"
	"concord/crosswalk"
)

// A placed pair is one of the old run with its place in the new one.
type placed struct {
	crosswalk.Standing
	newSource, newTarget corpus.Ref // zero if there is not one alone
	gone                 string     // why there is no place

	key      string              // id of its proposal in the new run, or that it would have
	proposed *crosswalk.Proposal // nil if the new run has none
	exact    bool                // of the same rationale type
	same     [2]bool             // whether the texts of source and target are unchanged
	merged   bool                // another pair has the place
}

func (p *placed) unchanged() bool { return p.same[0] && p.same[1] }

// place finds the places of the pairs on which somebody decided. Where two of
// them come to one place it is that of the one whose texts are unchanged, then of
// the same rationale type, then the first.
func (c *carrying) place(standings []crosswalk.Standing) []*placed {
	var out []*placed
	for _, s := range standings {
		if len(s.By)+len(s.Stale) > 0 {
			out = append(out, c.find(s))
		}
	}
	byRight := slices.Clone(out)
	slices.SortStableFunc(byRight, func(a, b *placed) int {
		return cmp.Or(first(a.unchanged(), b.unchanged()), first(a.exact, b.exact))
	})
	taken := map[string]bool{}
	for _, p := range byRight {
		if p.gone == "" && len(p.By) > 0 {
			p.merged = taken[p.key]
			taken[p.key] = true
		}
	}
	return out
}

// find finds the place of a pair.
func (c *carrying) find(s crosswalk.Standing) *placed {
	p := &placed{Standing: s}
	source, whySource := one(c.sources, c.from.Source, c.to.Source, s.Source.ID)
	target, whyTarget := one(c.targets, c.from.Target, c.to.Target, s.Target.ID)
	if p.gone = cmp.Or(whySource, whyTarget); p.gone != "" {
		return p
	}
	p.newSource, p.newTarget = c.to.Source.Ref(source), c.to.Target.Ref(target)
	p.same = [2]bool{same(c.from.Source, s.Source.ID, c.to.Source, source), same(c.from.Target, s.Target.ID, c.to.Target, target)}
	kind := s.RationaleType
	if s.Proposed != nil {
		kind = s.Proposed.RationaleType
	} else if len(s.By) > 0 {
		kind = s.By[0].RationaleType
	}
	p.key = crosswalk.ProposalID(p.newSource, p.newTarget, kind)
	of := c.proposals[[2]string{source, target}]
	at := slices.IndexFunc(of, func(q *crosswalk.Proposal) bool { return q.ID == p.key })
	switch {
	case at >= 0:
		p.proposed, p.exact = of[at], true
	case len(of) == 1:
		p.proposed, p.key = of[0], of[0].ID
	case s.Decided != nil && positive(*s.Decided): // it will be entered as what holds
		p.key = crosswalk.ProposalID(p.newSource, p.newTarget, s.Decided.RationaleType)
	}
	return p
}

// one returns the element that another one became, or why it is not one: of
// several the one whose text is unchanged.
func one(successors map[string][]string, older, newer *corpus.Framework, id string) (is, why string) {
	now := successors[id]
	if len(now) == 1 {
		return now[0], ""
	}
	var unchanged []string
	for _, n := range now {
		if same(older, id, newer, n) {
			unchanged = append(unchanged, n)
		}
	}
	if len(unchanged) == 1 {
		return unchanged[0], ""
	}
	return "", left(newer, id, now)
}

// first orders what holds for a before what does not.
func first(a, b bool) int {
	switch {
	case a && !b:
		return -1
	case b && !a:
		return 1
	}
	return 0
}
