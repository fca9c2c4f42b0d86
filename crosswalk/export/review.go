package export

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"concord/crosswalk"
)

// A Review is a proposal that a person should look at.
type Review struct {
	Proposal crosswalk.Proposal
	Reason   string // in words, for people; flags in it come from judges
}

// NeedReview returns at most n judged proposals, those most in need of review
// first: those whose text may have told the judge what to say, as no number
// counts then, other flagged ones, then those whose probability is nearest to the decision
// threshold, strong claims before weak ones where that is equal to three
// decimals, then by source and target id. Failed pairs are not among them:
// they need another run, not a decision.
func (d *Document) NeedReview(n int) []Review {
	var judged []crosswalk.Proposal
	for _, p := range d.Proposals {
		if p.Outcome == crosswalk.Mapped || p.Outcome == crosswalk.Unrelated {
			judged = append(judged, p)
		}
	}
	slices.SortFunc(judged, func(a, b crosswalk.Proposal) int {
		return cmp.Or(
			first(slices.Contains(a.Flags, crosswalk.FlagStrange), slices.Contains(b.Flags, crosswalk.FlagStrange)),
			first(len(a.Flags) > 0, len(b.Flags) > 0),
			cmp.Compare(d.margin(a), d.margin(b)),
			first(a.Relation.Strong(), b.Relation.Strong()),
			cmp.Compare(a.Source.ID, b.Source.ID),
			cmp.Compare(a.Target.ID, b.Target.ID),
			cmp.Compare(a.RationaleType, b.RationaleType))
	})
	var out []Review
	for _, p := range judged[:max(0, min(n, len(judged)))] {
		out = append(out, Review{p, d.reason(p)})
	}
	return out
}

// margin returns how far a proposal is from the threshold, in thousandths:
// finer differences are noise of the arithmetic.
func (d *Document) margin(p crosswalk.Proposal) float64 {
	return math.Round(math.Abs(p.Probability-d.threshold()) * 1000)
}

func (d *Document) reason(p crosswalk.Proposal) string {
	var why []string
	if len(p.Flags) > 0 {
		why = append(why, "flagged: "+strings.Join(p.Flags, ", "))
	}
	switch t := d.threshold(); {
	case d.margin(p) == 0:
		why = append(why, fmt.Sprintf("probability %.3f is at the threshold", p.Probability))
	case p.Probability > t:
		why = append(why, fmt.Sprintf("probability %.3f is %.3f above the threshold %.3f", p.Probability, p.Probability-t, t))
	default:
		why = append(why, fmt.Sprintf("probability %.3f is %.3f below the threshold %.3f", p.Probability, t-p.Probability, t))
	}
	if p.Relation.Strong() {
		why = append(why, "claims that one side holds all of the other")
	}
	return strings.Join(why, "; ")
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
