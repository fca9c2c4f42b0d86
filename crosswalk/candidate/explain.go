package candidate

import (
	"cmp"
	"slices"

	"concord/corpus"
	"concord/crosswalk"
)

// A Contribution is what one signal adds to the score of one target.
//
// The score is a sum that is standardised on the way (see [Ranker.Rank]). A
// standardisation takes the mean off and divides by the standard deviation.
// Both can be shared out: what a signal said is taken from its own mean over
// the targets, and divided by every deviation that came after it. So the
// amounts of a target add up to its score, but for rounding.
type Contribution struct {
	Signal string  `json:"name"`
	Value  float64 `json:"value"` // what the signal says, as in a candidate's Signals
	Weight float64 `json:"weight"`
	Amount float64 `json:"contribution"` // below zero if it speaks against the target

	Evidence []Reason `json:"evidence,omitempty"`
}

// A Reason is the telling evidence behind what a signal says, most telling
// first:
//
//	lexical    words that source and target share, and what each adds to BM25
//	semantic   the cosine
//	child      the best of the target and its children, by BM25 and by cosine
//	related    related targets that are above average, and their score so far
//	detail     the target that it details
//	precedent  mapped elements that read alike, and their similarity, 0 to 1
type Reason struct {
	Name  string  `json:"name"` // a word, the id of an element, a ref
	Value float64 `json:"value"`
	Of    string  `json:"of,omitempty"` // child: the signal that Value is of; precedent: the label set
}

// An Explanation says how the scores of one source's targets came about.
type Explanation struct {
	ranker  *Ranker
	signals []signal
	means   []float64 // of each signal, over the targets
	votes   map[int][]crosswalk.Evidence
	place   map[string]int // of a target by its id

	// Of all that is indexed.
	words, cosines, remote []float64
	concepts               map[string][]float64 // by concept of the source
	terms                  []term               // of the source
}

// Explain reads a source again, as [Ranker.Rank] does, and keeps what that
// forgets.
func (r *Ranker) Explain(source corpus.Element) *Explanation {
	seen := r.Observe(source)
	_, signals := seen.fuse(r.weights)
	query := r.query(source)
	read := r.analyzer.Read(query.Parts...)
	x := &Explanation{
		ranker: r, signals: signals, votes: seen.evidence, place: make(map[string]int, len(r.targets)),
		words: r.words(read), cosines: r.cosines(source.ID), remote: r.remote.cosines(source.ID),
		concepts: r.concept.shared(read), terms: r.terms(query),
	}
	for i, t := range r.targets {
		x.place[t.ID] = i
	}
	for _, s := range signals {
		mean := 0.0
		for _, value := range s.score {
			mean += value / float64(len(s.score))
		}
		x.means = append(x.means, mean)
	}
	return x
}

// Of returns what every signal that is on adds to the score of a target, in
// the order of [Signals]; nil if the target is no candidate. Signals that have
// nothing to say of any target, such as precedents where none is alike, are
// left out. Of no explanation there is none.
func (x *Explanation) Of(target string) []Contribution {
	if x == nil {
		return nil
	}
	i, ok := x.place[target]
	if !ok {
		return nil
	}
	out := make([]Contribution, len(x.signals))
	for k, s := range x.signals {
		out[k] = Contribution{Signal: s.name, Value: s.score[i], Weight: s.weight, Amount: x.amount(k, i), Evidence: x.evidence(k, i)}
	}
	return out
}

// amount returns what a signal adds to the score of a target.
func (x *Explanation) amount(signal, target int) float64 {
	s := x.signals[signal]
	value := s.score[target]
	if s.centred {
		value -= x.means[signal]
	}
	return s.weight * value * s.scale
}

// evidence returns what is telling behind what a signal says of a target. How
// it is found stands beside the signal.
func (x *Explanation) evidence(signal, target int) []Reason {
	switch x.signals[signal].name {
	case Lexical:
		return x.sharedWords(target)
	case Semantic:
		return x.cosine(target)
	case Remote:
		return x.remoteCosine(target)
	case Concept:
		return x.sharedConcepts(target)
	case Child:
		return x.bestChildren(target)
	case Related:
		return x.lifting(signal, target)
	case Family, Path:
		return x.head(signal, target)
	case Prior:
		return x.relatedFrom(target)
	case Detail:
		return x.detailed(target)
	case Precedent:
		return x.precedents(target)
	}
	return nil
}

func sortReasons(reasons []Reason) {
	slices.SortStableFunc(reasons, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(b.Value, a.Value), cmp.Compare(a.Name, b.Name))
	})
}
