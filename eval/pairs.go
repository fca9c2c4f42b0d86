package eval

import (
	"cmp"
	"slices"

	"concord/crosswalk"
)

// Pairs counts the decisions on pairs: proposed and listed, proposed and not
// listed, listed and not proposed.
type Pairs struct {
	Right  int `json:"right"`
	Extra  int `json:"extra"`
	Missed int `json:"missed"`
}

// Precision is the share of the proposed pairs that are listed, 0 to 1; zero
// if none is proposed. With silver labels it is a lower bound.
func (p Pairs) Precision() float64 { return share(p.Right, p.Right+p.Extra) }

// Recall is the share of the listed pairs that are proposed, 0 to 1.
func (p Pairs) Recall() float64 { return share(p.Right, p.Right+p.Missed) }

// F1 is the harmonic mean of precision and recall, 0 to 1.
func (p Pairs) F1() float64 { return share(2*p.Right, 2*p.Right+p.Extra+p.Missed) }

func (p *Pairs) add(q Pairs) {
	p.Right += q.Right
	p.Extra += q.Extra
	p.Missed += q.Missed
}

func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// Decided counts the pairs of a case, or returns false if the system only
// ranks. A listed pair that was not among the judged candidates is missed.
func (c Case) Decided() (Pairs, bool) {
	if c.Decisions == nil {
		return Pairs{}, false
	}
	var p Pairs
	for _, d := range c.Decisions {
		switch {
		case d.Outcome == crosswalk.Mapped && c.listed(d.Target):
			p.Right++
		case d.Outcome == crosswalk.Mapped:
			p.Extra++
		}
	}
	p.Missed = len(c.Gold()) - p.Right
	return p, true
}

// decided sums over cases, each pair counting the same.
func decided(cases []Case) (total Pairs, ok bool) {
	for _, c := range cases {
		if p, some := c.Decided(); some {
			total.add(p)
			ok = true
		}
	}
	return total, ok
}

// ofPairs measures decisions. It says nothing where nothing is listed.
func ofPairs(of func(Pairs) float64) func([]Case) (float64, bool) {
	return func(cases []Case) (float64, bool) {
		p, ok := decided(cases)
		return of(p), ok && p.Right+p.Missed > 0
	}
}

// ofGaps measures how well a system tells the sources to which nothing maps.
// Right is a gap for which it proposes nothing. Where an answer failed and
// nothing is proposed it has said neither. It says nothing unless the expert
// knows a gap.
func ofGaps(of func(Pairs) float64) func([]Case) (float64, bool) {
	return func(cases []Case) (float64, bool) {
		var p Pairs
		known := false
		for _, c := range cases {
			if c.Decisions == nil {
				continue
			}
			known = known || c.Gap
			has := func(o crosswalk.Outcome) bool {
				return slices.ContainsFunc(c.Decisions, func(d Decision) bool { return d.Outcome == o })
			}
			mapped := has(crosswalk.Mapped)
			switch {
			case !mapped && has(crosswalk.Failed): // nobody knows whether it would have found something
			case c.Gap && !mapped:
				p.Right++
			case c.Gap:
				p.Missed++
			case !mapped && len(c.Gold()) > 0:
				p.Extra++
			}
		}
		return of(p), known
	}
}

// A Point is one threshold of a precision-recall curve: what would be reached
// if all pairs from that probability up were proposed.
type Point struct {
	Threshold float64 `json:"threshold"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
}

// A scored is one judged pair.
type scored struct {
	probability float64
	listed      bool
	// share is how many of the pairs with this very probability are listed, 0
	// to 1: what cannot be told apart shares its outcome, so that no figure
	// hangs on an order that nobody chose.
	share float64
}

// scores returns the judged pairs that did not fail, most probable first.
func scores(cases []Case) []scored {
	var all []scored
	for _, c := range cases {
		for _, d := range c.Decisions {
			if d.Outcome != crosswalk.Failed {
				all = append(all, scored{probability: d.Probability, listed: c.listed(d.Target)})
			}
		}
	}
	slices.SortFunc(all, func(a, b scored) int { return cmp.Compare(b.probability, a.probability) })
	for i := 0; i < len(all); {
		j, listed := i+1, btoi(all[i].listed) // one at least, though it be no number
		for ; j < len(all) && all[j].probability == all[i].probability; j++ {
			listed += btoi(all[j].listed)
		}
		for n := j - i; i < j; i++ {
			all[i].share = share(listed, n)
		}
	}
	return all
}

// Curve returns the precision-recall curve, a point for each probability that
// occurs, highest first. Listed pairs that nobody judged count against recall
// at every threshold. It is nil if nothing was judged or nothing is listed.
func Curve(cases []Case) []Point {
	pairs, ok := decided(cases)
	all, listed := scores(cases), pairs.Right+pairs.Missed
	if !ok || listed == 0 {
		return nil
	}
	var curve []Point
	right := 0
	for i, s := range all {
		right += btoi(s.listed)
		if i+1 == len(all) || all[i+1].probability != s.probability {
			curve = append(curve, Point{s.probability, share(right, i+1), share(right, listed)})
		}
	}
	return curve
}

// areaUnderPR is the area under the curve by steps: the sum over its points of
// precision times the recall gained. Straight lines between the points would
// promise more than can be reached.
//
// Davis and Goadrich, "The relationship between precision-recall and ROC
// curves", ICML 2006.
func areaUnderPR(cases []Case) (float64, bool) {
	curve := Curve(cases)
	area, recall := 0.0, 0.0
	for _, p := range curve {
		area += p.Precision * (p.Recall - recall)
		recall = p.Recall
	}
	return area, curve != nil
}
