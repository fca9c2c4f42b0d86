package candidate

import (
	"concord/corpus"
	"concord/crosswalk"
)

// A signal is what one point of view says of every target, and how that enters
// the score: see [Explanation].
type signal struct {
	name    string
	score   []float64
	weight  float64
	scale   float64 // of all standardisations since
	centred bool    // by one of them
}

// An Observation is what every signal says of every target for one source,
// before any weight: what a ranking under many weights is computed from.
type Observation struct {
	ranker *Ranker

	// Standardised, by target: of the target itself, and of the best among it
	// and its children, by one, by the other and by both together.
	words, cosines                      []float64
	childWords, childCosines, childBoth []float64
	concepts                            []float64 // of the best among it and its children
	path                                []float64 // of what stands above both

	remote   []float64 // nil if there are no vectors of a model
	votes    []float64 // nil if no precedent is alike
	evidence map[int][]crosswalk.Evidence
}

// Observe reads what the signals say of every target for a source.
func (r *Ranker) Observe(source corpus.Element) Observation {
	query := r.analyzer.Read(r.query(source).Parts...)
	words, cosines := r.words(query), r.cosines(source.ID)
	o := Observation{
		ranker:       r,
		words:        standardize(r.ofTargets(words)),
		cosines:      standardize(r.ofTargets(cosines)),
		concepts:     standardize(r.bestChild(r.concept.scores(query))),
		childWords:   standardize(r.bestChild(words)),
		childCosines: standardize(r.bestChild(cosines)),
		remote:       r.remoteCosines(source.ID),
	}
	o.childBoth = standardize(add(o.childWords, o.childCosines))
	o.path = standardize(r.path(source))
	o.votes, o.evidence = r.precedent.votes(source, query)
	return o
}

// Score returns the score of every target, in the order of [Ranker.Targets],
// as [Ranker.Rank] would give it under these weights.
func (o Observation) Score(w Weights) []float64 {
	score, _ := o.fuse(w)
	return score
}

// fuse adds the signals up, in stages: what the texts say; then what the best
// of these scores say of their neighbours, and of their families; then what is
// around a target; then what does not depend on any of it.
// A signal whose weight is zero is neither counted nor returned.
func (o Observation) fuse(w Weights) (score []float64, signals []signal) {
	score = make([]float64, len(o.words))
	use := func(name string, weight float64, says []float64) {
		signals = append(signals, signal{name: name, score: says, weight: weight, scale: 1})
		for i, x := range says {
			score[i] += weight * x
		}
	}
	settle := func() { // what was added so far shrinks alike
		var scale float64
		score, scale = rescale(score)
		for i := range signals {
			signals[i].scale *= scale
			signals[i].centred = true
		}
	}
	if w.Lexical > 0 {
		use(Lexical, w.Lexical, o.words)
	}
	if w.Semantic > 0 {
		use(Semantic, w.Semantic, o.cosines)
	}
	if w.Remote > 0 && o.remote != nil {
		use(Remote, w.Remote, o.remote)
	}
	if w.Concept > 0 {
		use(Concept, w.Concept, o.concepts)
	}
	if w.Child > 0 {
		use(Child, w.Child, o.child(w))
	}
	settle()
	if w.Related > 0 {
		use(Related, w.Related, o.ranker.smooth(score))
		settle()
	}
	if w.Family > 0 {
		use(Family, w.Family, standardize(o.ranker.family(score)))
	}
	if w.Path > 0 {
		use(Path, w.Path, o.path)
	}
	if w.Prior > 0 {
		use(Prior, w.Prior, o.ranker.named)
	}
	settle()
	if w.Detail > 0 {
		use(Detail, w.Detail, o.ranker.detail)
	}
	if w.Precedent > 0 && o.votes != nil {
		use(Precedent, w.Precedent, o.votes)
	}
	return score, signals
}
