package eval

import (
	"cmp"
	"slices"

	"concord/crosswalk"
)

// A View is one way to read what experts left open. Measures are the same in
// all of them.
type View string

// The views. Official lists are silver: a pair that is not on them may be
// right, and nobody has looked.
const (
	// Strict counts every pair that is not on the published list as wrong: a
	// lower bound.
	Strict View = "strict"
	// Condensed is Pooled without what nobody has judged, neither in rankings
	// nor among decisions. It needs pairs that were judged and found not related.
	//
	// Sakai, "Alternatives to bpref", SIGIR 2007.
	Condensed View = "condensed"
	// Pooled also counts as right what was judged and found related after a
	// system had proposed it, and what nobody has judged as wrong.
	Pooled View = "pooled"
	// Achievable is what a system would reach that ranked every listed pair
	// first and decided rightly on every candidate that it looked at. What is
	// missing to 1 is the depth's and the measures' own.
	Achievable View = "achievable"
)

// Through reads cases in a view. They are not changed; those of which the view
// knows nothing are left out.
func (v View) Through(cases []Case) []Case {
	var out []Case
	for _, c := range cases {
		switch v {
		case Strict:
			c = c.strict()
		case Condensed:
			c = c.pooled().condensed()
		case Pooled:
			c = c.pooled()
		case Achievable:
			c = c.strict().achievable()
		}
		if len(c.Labels) > 0 || c.Gap {
			out = append(out, c)
		}
	}
	return out
}

// hasNegatives reports whether somebody has found some pair not to be related,
// without which a condensed view says nothing.
func hasNegatives(cases []Case) bool {
	return slices.ContainsFunc(cases, func(c Case) bool {
		return c.Closed || c.has(func(l Label) bool { return l.Relation == crosswalk.NoRelationship })
	})
}

// hasPool reports whether some pair was judged beside the published list.
func hasPool(cases []Case) bool {
	return slices.ContainsFunc(cases, func(c Case) bool { return c.has(func(l Label) bool { return l.Pooled }) })
}

// has reports whether some label is one of these.
func (c Case) has(one func(Label) bool) bool {
	for _, l := range c.Labels {
		if one(l) {
			return true
		}
	}
	return false
}

// strict forgets what was judged beside the published list.
func (c Case) strict() Case {
	labels := make(map[string]Label, len(c.Labels))
	for id, l := range c.Labels {
		if !l.Pooled {
			labels[id] = l
		}
	}
	c.Labels = labels
	return c
}

func (c Case) condensed() Case {
	unjudged := func(target string) bool { return !c.judged(target) }
	c.Ranked = slices.DeleteFunc(slices.Clone(c.Ranked), unjudged)
	c.Decisions = slices.DeleteFunc(slices.Clone(c.Decisions), func(d Decision) bool { return unjudged(d.Target) })
	return c
}

func (c Case) pooled() Case {
	labels := make(map[string]Label, len(c.Labels))
	for id, l := range c.Labels {
		l.Pooled = false
		labels[id] = l
		c.Gap = c.Gap && l.Relation == crosswalk.NoRelationship
	}
	c.Labels = labels
	return c
}

func (c Case) achievable() Case {
	c.Ranked = slices.Clone(c.Ranked)
	slices.SortStableFunc(c.Ranked, func(a, b string) int { return -cmp.Compare(btoi(c.listed(a)), btoi(c.listed(b))) })
	c.Decisions = slices.Clone(c.Decisions)
	for i, d := range c.Decisions {
		d.Outcome, d.Relation, d.Strength, d.Probability = crosswalk.Unrelated, crosswalk.NoRelationship, -1, 0
		if c.listed(d.Target) {
			l := c.Labels[d.Target]
			d.Outcome, d.Relation, d.Strength, d.Probability = crosswalk.Mapped, cmp.Or(l.Relation, crosswalk.IntersectsWith), l.Strength, 1
		}
		c.Decisions[i] = d
	}
	return c
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
