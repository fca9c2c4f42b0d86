package effort

import (
	"math"

	"concord/crosswalk"
)

// Spread is the standard deviation of the prior on the shift, in log odds. It
// weighs as much as 16 decisions on pairs of probability one half: these move the
// log odds half as far as they would alone.
const Spread = 0.5

// shiftOf returns the shift that decided rows bear out, in log odds, and on how
// many it rests. The slope of the log posterior falls in the shift, so its root is
// found by halving.
func shiftOf(rows []crosswalk.Standing) (shift float64, n int) {
	var odds []float64
	right := 0.0
	for _, s := range rows {
		p, known := probability(s)
		if !known || !decided(s) {
			continue
		}
		odds = append(odds, logit(finite(p)))
		if related(s) {
			right++
		}
	}
	far := Spread * Spread * float64(len(odds)) // where the prior outweighs any decisions
	low, high := -far, far
	for range 60 {
		middle := (low + high) / 2
		slope := right - middle/(Spread*Spread)
		for _, x := range odds {
			slope -= logistic(x + middle)
		}
		if slope > 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2, len(odds)
}

// moved returns a probability with its log odds moved.
func moved(p, shift float64) float64 { return logistic(logit(finite(p)) + shift) }

// finite keeps log odds finite: nobody is surer than one in a thousand.
func finite(p float64) float64 { return math.Min(math.Max(p, .001), .999) }

func logit(p float64) float64 { return math.Log(p / (1 - p)) }

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
