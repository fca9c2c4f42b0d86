package candidate

import "math"

// prior returns, for each target, the logarithm of how many others its
// publisher relates to it, plus one: what many things lead to is named often.
// It knows no label.
func (r *Ranker) prior() []float64 {
	out := make([]float64, len(r.targets))
	for _, near := range r.neighbour {
		for _, j := range near {
			out[j]++
		}
	}
	for i, n := range out {
		out[i] = math.Log1p(n)
	}
	return out
}
