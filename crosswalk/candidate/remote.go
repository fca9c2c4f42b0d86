package candidate

// A model at an endpoint knows words that nobody trained the built-in embedder
// on, and knows nothing of this field. So its vectors do not take the place of
// the built-in ones: they join them as one more signal, [Remote], of the target
// itself. The best child is still told by words and built-in vectors.

// remoteCosines returns what the vectors of a model say of every target for a
// source, nil if there are none.
func (r *Ranker) remoteCosines(source string) []float64 {
	if r.remote.empty() {
		return nil
	}
	return standardize(r.ofTargets(r.remote.cosines(source)))
}

// remoteCosine names the cosine with a target, by the vectors of a model.
func (x *Explanation) remoteCosine(target int) []Reason {
	return []Reason{{Name: "cosine of the model", Value: x.remote[x.ranker.own[target]]}}
}
