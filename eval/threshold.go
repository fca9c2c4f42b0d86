package eval

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"concord/crosswalk"
)

// Sure is the confidence of the lower bounds of a precision.
const Sure = 0.95

// LowerBound returns the one-sided lower bound, at the confidence [Sure], of
// the share that right of all are a sample of: 0 to 1, and 0 of nothing. It is
// exact for independent draws; pairs of one source are somewhat less than that.
//
// Clopper and Pearson, "The use of confidence or fiducial limits illustrated in
// the case of the binomial", Biometrika 26 (1934).
func LowerBound(right, all int) float64 {
	if right == 0 {
		return 0
	}
	return distuv.Beta{Alpha: float64(right), Beta: float64(all - right + 1)}.Quantile(1 - Sure)
}

// FewestRight returns how many pairs, all of them right, show a precision above
// 0 and below 1: 59 for .95.
func FewestRight(precision float64) int {
	return int(math.Ceil(math.Log(1-Sure)/math.Log(precision) - 1e-9))
}

// FewestLinks returns how many links a threshold for a recall above 0 and below
// 1 takes: 19 for .95.
func FewestLinks(recall float64) int {
	return int(math.Ceil(recall/(1-recall) - 1e-9))
}

// Accepted counts the pairs that are mapped with some probability or more.
type Accepted struct {
	Pairs int `json:"pairs"`
	Right int `json:"right"` // of these, listed
}

// Precision is 0 to 1; zero of nothing. With silver labels it is a lower bound.
func (a Accepted) Precision() float64 { return share(a.Right, a.Pairs) }

// Links counts the links that have some probability or more, whatever the judge
// decided on them.
type Links struct {
	Listed int `json:"listed"` // links that could be found
	Judged int `json:"judged"` // of these, with a probability: no threshold finds the others
	Kept   int `json:"kept"`   // of these, with enough
	Among  int `json:"among"`  // pairs that were judged, listed or not
}

// Recall is the share of the judged links that are kept, 0 to 1.
func (k Links) Recall() float64 { return share(k.Kept, k.Judged) }

// Total is the share of all links that are kept, 0 to 1.
func (k Links) Total() float64 { return share(k.Kept, k.Listed) }

// AcceptedAt counts the pairs that are mapped with a probability or more.
func AcceptedAt(cases []Case, threshold float64) Accepted {
	var a Accepted
	for _, s := range scores(having(cases, crosswalk.Mapped)) {
		if s.probability >= threshold {
			a.Pairs++
			a.Right += btoi(s.listed)
		}
	}
	return a
}

// KeptAt counts the links that have a probability or more.
func KeptAt(cases []Case, threshold float64) Links {
	var k Links
	for _, c := range cases {
		k.Listed += len(c.Gold())
	}
	for _, s := range scores(having(cases, crosswalk.Mapped, crosswalk.Unrelated)) {
		k.Among++
		k.Judged += btoi(s.listed)
		k.Kept += btoi(s.listed && s.probability >= threshold)
	}
	return k
}

// AtPrecision returns the lowest probability from which the mapped pairs have a
// precision whose [LowerBound] is at least the target, 0 to 1. If there is none
// it returns the one at which the bound is highest, and false. The bound holds
// at each probability by itself, not for the choice among them: what it comes
// to elsewhere is to be measured elsewhere.
func AtPrecision(cases []Case, target float64) (threshold float64, ok bool) {
	all := scores(having(cases, crosswalk.Mapped)) // most probable first
	right, highest := 0, -1.0
	for i, s := range all {
		right += btoi(s.listed)
		if i+1 < len(all) && all[i+1].probability == s.probability {
			continue
		}
		lower := LowerBound(right, i+1)
		switch reached := lower >= target; {
		case reached:
			threshold, ok = s.probability, true
		case !ok && lower > highest:
			threshold = s.probability
		}
		highest = max(highest, lower)
	}
	return threshold, ok
}

// AtRecall returns the probability that all but a share of 1 - target of the
// judged links have: the conformal lower quantile, the kth smallest of n with k
// the whole part of (n + 1)(1 - target). Another link that is exchangeable with
// these has it or more with a probability of at least the target; links of
// another framework are not exchangeable. There is none of fewer than
// [FewestLinks].
//
// Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World (2005).
func AtRecall(cases []Case, target float64) (threshold float64, ok bool) {
	all := links(cases)
	slices.Sort(all)
	k := int(float64(len(all)+1)*(1-target) + 1e-9)
	if k < 1 {
		return 0, false
	}
	return all[min(k, len(all))-1], true
}

// links returns the probabilities of the listed pairs that were judged.
func links(cases []Case) []float64 {
	var all []float64
	for _, s := range scores(having(cases, crosswalk.Mapped, crosswalk.Unrelated)) {
		if s.listed {
			all = append(all, s.probability)
		}
	}
	return all
}

// having returns the cases with the decisions of some outcomes only.
func having(cases []Case, outcomes ...crosswalk.Outcome) []Case {
	out := make([]Case, len(cases))
	for i, c := range cases {
		var kept []Decision
		for _, d := range c.Decisions {
			if slices.Contains(outcomes, d.Outcome) {
				kept = append(kept, d)
			}
		}
		c.Decisions = kept
		out[i] = c
	}
	return out
}
