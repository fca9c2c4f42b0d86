package candidate

import "math"

// countInbound returns, for each target, how many others its publisher relates
// to it.
func (r *Ranker) countInbound() []float64 {
	n := make([]float64, len(r.targets))
	for _, near := range r.neighbour {
		for _, j := range near {
			n[j]++
		}
	}
	return n
}

// prior returns, for each target, the logarithm of that number plus one: what
// many things lead to is named often. It knows no label.
func (r *Ranker) prior() []float64 {
	out := make([]float64, len(r.targets))
	for i, n := range r.inbound {
		out[i] = math.Log1p(n)
	}
	return out
}
