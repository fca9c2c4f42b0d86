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

// relatedFrom counts the targets that its publisher relates to a target.
func (x *Explanation) relatedFrom(target int) []Reason {
	n := x.ranker.inbound[target]
	if n == 0 {
		return nil
	}
	return []Reason{{Name: "related from", Value: n}}
}
