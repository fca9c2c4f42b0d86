package candidate

import (
	"cmp"
	"math"
	"slices"
)

// standardize returns the scores with mean zero and variance one. Scores that
// are all alike become zero.
func standardize(scores []float64) []float64 {
	out, _ := rescale(scores)
	return out
}

// rescale standardises scores, and returns by what it multiplied their
// distance from the mean.
func rescale(scores []float64) (out []float64, scale float64) {
	out = make([]float64, len(scores))
	mean, variance := 0.0, 0.0
	for _, x := range scores {
		mean += x / float64(len(scores))
	}
	for _, x := range scores {
		variance += (x - mean) * (x - mean) / float64(len(scores))
	}
	if variance < 1e-18 {
		return out, 0
	}
	for i, x := range scores {
		out[i] = (x - mean) / math.Sqrt(variance)
	}
	return out, 1 / math.Sqrt(variance)
}

func add(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] + b[i]
	}
	return out
}

// ofTargets picks the scores of the targets out of those of all that is
// indexed.
func (r *Ranker) ofTargets(indexed []float64) []float64 {
	out := make([]float64, len(r.targets))
	for i, at := range r.own {
		out[i] = indexed[at]
	}
	return out
}

// bestChild returns for each target the best score among itself and its
// children: one enhancement that fits is reason enough to look at its control.
func (r *Ranker) bestChild(indexed []float64) []float64 {
	out := r.ofTargets(indexed)
	for i, below := range r.below {
		for _, at := range below {
			out[i] = max(out[i], indexed[at])
		}
	}
	return out
}

// cosines returns the cosine of a vector with that of every indexed element,
// zero where either is missing.
func (r *Ranker) cosines(q []float32, targets map[string][]float32) []float64 {
	out := make([]float64, len(r.indexed))
	for i, id := range r.indexed {
		v := targets[id]
		if len(v) != len(q) {
			continue
		}
		var dot float32
		for d, x := range q {
			dot += x * v[d]
		}
		out[i] = float64(dot)
	}
	return out
}

// neighbours is how many related targets speak for a target. Controls that are
// related to dozens of others would otherwise be average by construction.
const neighbours = 5

// few is the number of related targets below which those that are missing
// count as average: one good neighbour alone says little.
const few = 3

// smooth returns for each target the mean score of the best targets that its
// publisher relates it to, zero for a target related to none.
func (r *Ranker) smooth(score []float64) []float64 {
	out := make([]float64, len(score))
	var near []float64
	for i, related := range r.neighbour {
		near = near[:0]
		for _, j := range related {
			near = append(near, score[j])
		}
		slices.SortFunc(near, func(a, b float64) int { return cmp.Compare(b, a) })
		near = near[:min(len(near), neighbours)]
		for _, x := range near {
			out[i] += x / float64(max(len(near), few))
		}
	}
	return out
}
