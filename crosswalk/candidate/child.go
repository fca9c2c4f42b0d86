package candidate

// newBelow returns, for each target, the places of its children in the index.
func (r *Ranker) newBelow(place map[string]int) [][]int {
	children := r.in.Target.Children()
	out := make([][]int, len(r.targets))
	for i, t := range r.targets {
		for _, c := range children[t.ID] {
			if p, ok := place[c.ID]; ok {
				out[i] = append(out[i], p)
			}
		}
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

// add returns the sum of two lists of scores.
func add(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] + b[i]
	}
	return out
}

// child returns what words and vectors say of the best child, as far as either
// is switched on by itself.
func (o Observation) child(w Weights) []float64 {
	switch {
	case w.Lexical > 0 && w.Semantic > 0:
		return o.childBoth
	case w.Lexical > 0:
		return o.childWords
	case w.Semantic > 0:
		return o.childCosines
	}
	return make([]float64, len(o.words))
}

// bestChildren names the best of a target and its children: what its child
// signal was read from. The target comes before a child that is no better.
func (x *Explanation) bestChildren(target int) []Reason {
	var out []Reason
	for _, by := range []struct {
		signal string
		scores []float64
	}{{Lexical, x.words}, {Semantic, x.cosines}} {
		if x.ranker.weights.Of(by.signal) == 0 {
			continue
		}
		best := x.ranker.own[target]
		for _, at := range x.ranker.below[target] {
			if by.scores[at] > by.scores[best] {
				best = at
			}
		}
		out = append(out, Reason{Name: x.ranker.indexed[best], Value: by.scores[best], Of: by.signal})
	}
	return out
}
