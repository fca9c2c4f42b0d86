package candidate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// standardize returns the scores with mean zero and variance one. Scores that
// are all alike become zero.
func standardize(scores []float64) []float64 {
	out := make([]float64, len(scores))
	mean, variance := 0.0, 0.0
	for _, x := range scores {
		mean += x / float64(len(scores))
	}
	for _, x := range scores {
		variance += (x - mean) * (x - mean) / float64(len(scores))
	}
	if variance < 1e-18 {
		return out
	}
	for i, x := range scores {
		out[i] = (x - mean) / math.Sqrt(variance)
	}
	return out
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

// placeVectors finds the row of each source and of everything that is indexed,
// given the places in the index.
func (r *Ranker) placeVectors(place map[string]int) error {
	sources, targets := r.in.SourceVectors, r.in.TargetVectors
	if a, b := sources.Matrix.Dims(), targets.Matrix.Dims(); a != b && a > 0 && b > 0 {
		return fmt.Errorf("the vectors of %s have %d dimensions, those of %s %d: were they made by two embedders?",
			r.in.Source.Spec(), a, r.in.Target.Spec(), b)
	}
	r.sourceRow = make(map[string]int, sources.Matrix.Rows())
	for row := range sources.Matrix.Rows() {
		r.sourceRow[sources.IDs[row]] = row
	}
	r.targetRow = slices.Repeat([]int{-1}, len(r.indexed))
	for row := range targets.Matrix.Rows() {
		if at, ok := place[targets.IDs[row]]; ok {
			r.targetRow[at] = row
		}
	}
	return nil
}

// cosines returns the cosine of the source with every indexed element, zero
// where either has no vector.
func (r *Ranker) cosines(source string) []float64 {
	out := make([]float64, len(r.indexed))
	at, ok := r.sourceRow[source]
	if !ok {
		return out
	}
	products := r.in.TargetVectors.Matrix.Products(r.in.SourceVectors.Matrix.Row(at))
	for i, row := range r.targetRow {
		if row >= 0 {
			out[i] = products[row]
		}
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
