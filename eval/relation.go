package eval

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"concord/crosswalk"
)

// typed calls on every pair that a system decided on and an expert gave a type,
// no_relationship included. What a system did not map, it says is not related.
func typed(cases []Case, on func(expert Label, said Decision)) {
	for _, c := range cases {
		for _, d := range c.Decisions {
			l, known := c.Labels[d.Target]
			if !known && c.Closed {
				l, known = Label{Relation: crosswalk.NoRelationship, Strength: -1}, true
			}
			if !known || l.Pooled || l.Relation == "" || d.Outcome == crosswalk.Failed {
				continue
			}
			if d.Outcome != crosswalk.Mapped {
				d.Relation = crosswalk.NoRelationship
			}
			on(l, d)
		}
	}
}

// agreed calls on every pair that both sides say is related and how.
func agreed(cases []Case, on func(expert Label, said Decision)) {
	typed(cases, func(l Label, d Decision) {
		if l.Relation != crosswalk.NoRelationship && d.Relation != crosswalk.NoRelationship {
			on(l, d)
		}
	})
}

// A Confusion counts pairs by what the expert says (row) and what the system
// says (column), both in the order of [crosswalk.Relations].
type Confusion [5][5]int

// Confuse counts the pairs that an expert typed and a system decided on.
func Confuse(cases []Case) Confusion { return confuse(cases, typed) }

// confuse counts the pairs that a walk calls on.
func confuse(cases []Case, walk func([]Case, func(Label, Decision))) Confusion {
	var m Confusion
	walk(cases, func(l Label, d Decision) { m.Add(l.Relation, d.Relation) })
	return m
}

// Add counts a pair by what the expert and the system say of it. A pair of which
// one of them says something that is no relation is not counted.
func (m *Confusion) Add(expert, said crosswalk.Relation) {
	relations := crosswalk.Relations()
	row, column := slices.Index(relations, expert), slices.Index(relations, said)
	if row >= 0 && column >= 0 {
		m[row][column]++
	}
}

// plus returns the sum of both.
func (m Confusion) plus(other Confusion) Confusion {
	for i := range m {
		for j := range m[i] {
			m[i][j] += other[i][j]
		}
	}
	return m
}

// marginals returns how many pairs there are, and by relation how many both
// sides give it, the expert does, and the system does.
func (m Confusion) marginals() (all int, both, expert, said [5]int) {
	for i := range m {
		both[i] = m[i][i]
		for j, n := range m[i] {
			all += n
			expert[i] += n
			said[j] += n
		}
	}
	return all, both, expert, said
}

// Pairs returns how many pairs there are.
func (m Confusion) Pairs() int {
	all, _, _, _ := m.marginals()
	return all
}

// Accuracy returns the share of the pairs to which both sides give the same
// relation, or false if there is no pair.
func (m Confusion) Accuracy() (float64, bool) {
	all, both, _, _ := m.marginals()
	same := 0
	for _, n := range both {
		same += n
	}
	return share(same, all), all > 0
}

// MacroF1 returns the mean over the relations that the expert used of F1 on that
// relation: each counts the same, however rare. It is false if there is no pair.
func (m Confusion) MacroF1() (float64, bool) {
	all, both, expert, said := m.marginals()
	sum, used := 0.0, 0
	for i, n := range expert {
		if n > 0 {
			sum += share(2*both[i], n+said[i])
			used++
		}
	}
	return sum / float64(max(used, 1)), all > 0
}

// relationAccuracy is that of the pairs that both sides relate.
func relationAccuracy(cases []Case) (float64, bool) { return confuse(cases, agreed).Accuracy() }

// relationMacroF1 is that of the pairs that both sides relate.
func relationMacroF1(cases []Case) (float64, bool) { return confuse(cases, agreed).MacroF1() }

// A relation asserts up to three things of two sets. Each has a harm if it is
// false. That the source holds all of the target is what downstream tools copy
// "compliant" along, so that a gap disappears; the reverse misleads only who
// reads the crosswalk backwards; a false overlap costs a reader's time.
type assertion struct {
	by   []crosswalk.Relation
	harm float64
}

func assertions() []assertion {
	return []assertion{
		{[]crosswalk.Relation{crosswalk.Equal, crosswalk.SupersetOf}, 1},                                                  // the source holds all of the target
		{[]crosswalk.Relation{crosswalk.Equal, crosswalk.SubsetOf}, 0.5},                                                  // the target holds all of the source
		{[]crosswalk.Relation{crosswalk.Equal, crosswalk.SubsetOf, crosswalk.SupersetOf, crosswalk.IntersectsWith}, 0.25}, // they overlap
	}
}

// overclaim is the share, by harm, of what the mapped pairs assert that is
// false, over the pairs that an expert typed.
func overclaim(cases []Case) (float64, bool) {
	made, wrong := 0.0, 0.0
	typed(cases, func(l Label, d Decision) {
		for _, a := range assertions() {
			if !slices.Contains(a.by, d.Relation) {
				continue
			}
			made += a.harm
			if !slices.Contains(a.by, l.Relation) {
				wrong += a.harm
			}
		}
	})
	if made == 0 {
		return 0, false
	}
	return wrong / made, true
}

// wrongDirection counts the pairs that are subset_of to one side and
// superset_of to the other.
func wrongDirection(cases []Case) (float64, bool) {
	wrong, all := 0, 0
	agreed(cases, func(l Label, d Decision) {
		all++
		wrong += btoi(l.Relation != d.Relation && l.Relation.Inverse() == d.Relation)
	})
	return float64(wrong), all > 0
}

// relationCredit is the mean credit of the pairs that both sides relate: the
// share of the assertions that one of the two relations makes and both make
// (Jaccard). The same relation is worth 1; subset_of or superset_of for equal
// 2/3; intersects_with for subset_of or superset_of 1/2; subset_of for
// superset_of, or intersects_with for equal, 1/3.
func relationCredit(cases []Case) (float64, bool) {
	sum, all := 0.0, 0
	agreed(cases, func(l Label, d Decision) {
		both, either := 0, 0
		for _, a := range assertions() {
			expert, system := slices.Contains(a.by, l.Relation), slices.Contains(a.by, d.Relation)
			both += btoi(expert && system)
			either += btoi(expert || system)
		}
		sum += share(both, either)
		all++
	})
	if all == 0 {
		return 0, false
	}
	return sum / float64(all), true
}

// strengths returns the strengths of the pairs to which both sides give one.
func strengths(cases []Case) (expert, said []float64) {
	for _, c := range cases {
		for _, d := range c.Decisions {
			if l, ok := c.Labels[d.Target]; ok && l.Relation != crosswalk.NoRelationship && l.Strength >= 0 && d.Strength >= 0 && d.Outcome == crosswalk.Mapped {
				expert = append(expert, float64(l.Strength))
				said = append(said, float64(d.Strength))
			}
		}
	}
	return expert, said
}

// strengthError is the mean absolute difference of the strengths, 0 to 10.
func strengthError(cases []Case) (float64, bool) {
	expert, said := strengths(cases)
	sum := 0.0
	for i := range expert {
		sum += math.Abs(expert[i] - said[i])
	}
	if len(expert) == 0 {
		return 0, false
	}
	return sum / float64(len(expert)), true
}

// strengthCorrelation is Spearman's rank correlation of the strengths, -1 to
// 1, with mean ranks for ties. It says nothing where one side never varies.
//
// Spearman, "The proof and measurement of association between two things",
// American Journal of Psychology 15 (1904).
func strengthCorrelation(cases []Case) (float64, bool) {
	expert, said := strengths(cases)
	rho := stat.Correlation(ranks(expert), ranks(said), nil)
	return rho, !math.IsNaN(rho)
}

// ranks returns the rank of each value, from 1, and for equal ones their mean.
func ranks(values []float64) []float64 {
	sorted := slices.Sorted(slices.Values(values))
	out := make([]float64, len(values))
	for i, x := range values {
		first, _ := slices.BinarySearch(sorted, x)
		last := first
		for last < len(sorted) && sorted[last] == x {
			last++
		}
		out[i] = float64(first+last+1) / 2
	}
	return out
}
