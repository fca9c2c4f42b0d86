package candidate

import (
	"fmt"
	"slices"

	"concord/embed/vectors"
)

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
