package candidate

import (
	"fmt"
	"math"
	"slices"

	"concord/embed/vectors"
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

// A pairing is the vectors of both sides by one embedder.
type pairing struct {
	sources, targets vectors.Set
	sourceRow        map[string]int // of each source that has one: its row
	targetRow        []int          // of everything indexed: its row, or -1
}

// pair finds the row of each source and of everything that is indexed, given
// the places in the index.
func (r *Ranker) pair(sources, targets vectors.Set, place map[string]int) (pairing, error) {
	p := pairing{sources: sources, targets: targets, sourceRow: make(map[string]int, sources.Matrix.Rows())}
	if a, b := sources.Matrix.Dims(), targets.Matrix.Dims(); a != b && a > 0 && b > 0 {
		return p, fmt.Errorf("the vectors of %s have %d dimensions, those of %s %d: were they made by two embedders?",
			r.in.Source.Spec(), a, r.in.Target.Spec(), b)
	}
	for row := range sources.Matrix.Rows() {
		p.sourceRow[sources.IDs[row]] = row
	}
	p.targetRow = slices.Repeat([]int{-1}, len(r.indexed))
	for row := range targets.Matrix.Rows() {
		if at, ok := place[targets.IDs[row]]; ok {
			p.targetRow[at] = row
		}
	}
	return p, nil
}

// empty reports whether a side has no vector at all.
func (p pairing) empty() bool { return p.sources.Matrix.Rows() == 0 || p.targets.Matrix.Rows() == 0 }

// cosines returns the cosine of a source with every indexed element, zero where
// either has no vector.
func (p pairing) cosines(source string) []float64 {
	out := make([]float64, len(p.targetRow))
	at, ok := p.sourceRow[source]
	if !ok || p.empty() {
		return out
	}
	products := p.targets.Matrix.Products(p.sources.Matrix.Row(at))
	for i, row := range p.targetRow {
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
		near = highest(near, neighbours)
		for _, x := range near {
			out[i] += x / float64(max(len(near), few))
		}
	}
	return out
}

// highest returns the k highest scores, falling, in the room of all of them.
func highest(scores []float64, k int) []float64 {
	n := 0
	for _, x := range scores {
		if n == k && x <= scores[k-1] {
			continue
		}
		n = min(n+1, k)
		at := n - 1
		for ; at > 0 && scores[at-1] < x; at-- {
			scores[at] = scores[at-1]
		}
		scores[at] = x
	}
	return scores[:n]
}
