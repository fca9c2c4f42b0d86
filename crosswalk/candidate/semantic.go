package candidate

// cosines returns the cosine of a source with every indexed element, by the
// vectors of the built-in embedder.
func (r *Ranker) cosines(source string) []float64 { return r.local.cosines(source) }

// cosine names the cosine with a target.
func (x *Explanation) cosine(target int) []Reason {
	return []Reason{{Name: "cosine", Value: x.cosines[x.ranker.own[target]]}}
}
