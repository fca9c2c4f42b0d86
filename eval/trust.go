package eval

import (
	"math"

	"concord/crosswalk"
)

// Bins is how many bins of equal mass a calibration is read from.
const Bins = 10

// A Bin is a tenth of the judged pairs, from the least probable up.
type Bin struct {
	Said   float64 `json:"said"`   // mean probability
	Listed float64 `json:"listed"` // share that is listed
	Pairs  int     `json:"pairs"`
}

// Reliability returns Bins bins of the judged pairs with as equal numbers as
// can be, least probable first; fewer if there are fewer pairs. Pairs of one
// probability that fall into two bins bring the same share to both. With silver
// labels the shares listed are lower bounds.
func Reliability(cases []Case) []Bin {
	all := scores(cases) // most probable first
	var bins []Bin
	for b := range Bins {
		from, to := (Bins-1-b)*len(all)/Bins, (Bins-b)*len(all)/Bins
		if from == to {
			continue
		}
		var bin Bin
		for _, s := range all[from:to] {
			bin.Said += s.probability / float64(to-from)
			bin.Listed += s.share / float64(to-from)
		}
		bin.Pairs = to - from
		bins = append(bins, bin)
	}
	return bins
}

// calibrationError is the expected calibration error over bins of equal mass:
// the mean over pairs of how far the bin's probability is from its share.
//
// Naeini, Cooper and Hauskrecht, "Obtaining well calibrated probabilities
// using Bayesian binning", AAAI 2015; equal mass as in Nixon et al.,
// "Measuring calibration in deep learning", CVPR workshops 2019.
func calibrationError(cases []Case) (float64, bool) {
	sum, n := 0.0, 0
	for _, b := range Reliability(cases) {
		sum += float64(b.Pairs) * math.Abs(b.Said-b.Listed)
		n += b.Pairs
	}
	if n == 0 {
		return 0, false
	}
	return sum / float64(n), true
}

// brier is the mean squared error of the probabilities, 0 to 1.
//
// Brier, "Verification of forecasts expressed in terms of probability",
// Monthly Weather Review 78 (1950).
func brier(cases []Case) (float64, bool) {
	all := scores(cases)
	sum := 0.0
	for _, s := range all {
		d := s.probability - float64(btoi(s.listed))
		sum += d * d
	}
	if len(all) == 0 {
		return 0, false
	}
	return sum / float64(len(all)), true
}

// A Cover is one point of a risk-coverage curve: of the proposed pairs, the
// most probable share, and how many of these are not listed.
type Cover struct {
	Coverage float64 `json:"coverage"`
	Risk     float64 `json:"risk"`
}

// RiskCoverage returns the curve over the pairs that were proposed, a point
// for each probability that occurs, least coverage first. Where the probability
// tells right from wrong, it rises.
//
// El-Yaniv and Wiener, "On the foundations of noise-free selective
// classification", JMLR 11 (2010).
func RiskCoverage(cases []Case) []Cover {
	all := scores(having(cases, crosswalk.Mapped))
	var curve []Cover
	wrong := 0
	for i, s := range all {
		wrong += btoi(!s.listed)
		if i+1 == len(all) || all[i+1].probability != s.probability {
			curve = append(curve, Cover{share(i+1, len(all)), share(wrong, i+1)})
		}
	}
	return curve
}

// areaUnderRisk is the area under the risk-coverage curve by steps, 0 to 1:
// the risk a reader runs who stops after any share of the proposals.
func areaUnderRisk(cases []Case) (float64, bool) {
	curve := RiskCoverage(cases)
	area, coverage := 0.0, 0.0
	for _, c := range curve {
		area += c.Risk * (c.Coverage - coverage)
		coverage = c.Coverage
	}
	return area, curve != nil
}
