package candidate

import (
	"cmp"
	"maps"
	"slices"

	"concord/corpus"
	"concord/crosswalk"
	"concord/embed"
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

	words, cosines []float64 // of all that is indexed
	remote         []float64
	concepts       map[string][]float64 // of all that is indexed, by concept of the source
	terms          []string             // of the source
	spelling       []string             // of each term, as the source has it
	gains          [][]float64
}

// Explain reads a source again, as [Ranker.Rank] does, and keeps what that
// forgets.
func (r *Ranker) Explain(source corpus.Element) *Explanation {
	seen := r.Observe(source)
	_, signals := seen.fuse(r.weights)
	query := embed.DescribeSource(r.in.Source, source)
	x := &Explanation{ranker: r, signals: signals, votes: seen.evidence, place: make(map[string]int, len(r.targets)),
		cosines: r.local.cosines(source.ID)}
	x.remote = r.remote.cosines(source.ID)
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
	read := r.analyzer.Read(query.Parts...)
	x.concepts = r.concept.shared(read)
	terms := embed.Weigh(read)
	x.words = r.lexical.Scores(terms)
	spelled := spellings(query)
	for _, t := range terms {
		x.terms = append(x.terms, t.Term)
		x.spelling = append(x.spelling, spelled[t.Term])
		x.gains = append(x.gains, r.lexical.Scores([]embed.WeightedTerm{t}))
	}
	return x
}

// spellings returns how a document first writes each of its terms.
func spellings(d embed.Document) map[string]string {
	var analyzer embed.Analyzer
	out := map[string]string{}
	for _, p := range d.Parts {
		for _, t := range analyzer.Tokens(p.Text) {
			if _, ok := out[t.Term]; !ok {
				out[t.Term] = p.Text[t.Start:t.End]
			}
		}
	}
	return out
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

// Terms returns the index terms that the source shares with a target, and what
// each adds to its BM25 score, in order of the terms, whether or not words
// count in the ranking.
func (x *Explanation) Terms(target string) []embed.WeightedTerm {
	if x == nil {
		return nil
	}
	i, ok := x.place[target]
	if !ok {
		return nil
	}
	var out []embed.WeightedTerm
	for t, term := range x.terms {
		if gain := x.gains[t][x.ranker.own[i]]; gain > 0 {
			out = append(out, embed.WeightedTerm{Term: term, Weight: gain})
		}
	}
	return out
}

func (x *Explanation) evidence(signal, target int) []Reason {
	switch x.signals[signal].name {
	case Lexical:
		return x.sharedWords(target)
	case Semantic:
		return []Reason{{Name: "cosine", Value: x.cosines[x.ranker.own[target]]}}
	case Remote:
		return []Reason{{Name: "cosine of the model", Value: x.remote[x.ranker.own[target]]}}
	case Concept:
		return x.sharedConcepts(target)
	case Child:
		return x.bestChildren(target)
	case Related:
		return x.lifting(signal, target)
	case Family, Path:
		for up := range x.ranker.in.Target.Ancestors(x.ranker.targets[target]) {
			if _, candidate := x.place[up.ID]; !candidate {
				return []Reason{{Name: up.ID, Value: x.signals[signal].score[target]}}
			}
		}
	case Prior:
		if n := x.ranker.inbound[target]; n > 0 {
			return []Reason{{Name: "related from", Value: n}}
		}
	case Detail:
		if x.ranker.detail[target] != 0 {
			return []Reason{{Name: x.ranker.targets[target].Parent, Value: x.ranker.detail[target]}}
		}
	case Precedent:
		return x.precedents(target)
	}
	return nil
}

func (x *Explanation) sharedWords(target int) []Reason {
	var out []Reason
	for t, word := range x.spelling {
		if gain := x.gains[t][x.ranker.own[target]]; gain > 0 {
			out = append(out, Reason{Name: word, Value: gain})
		}
	}
	sortReasons(out)
	return out
}

// sharedConcepts names the concepts that the source shares with a target or the
// best of its children.
func (x *Explanation) sharedConcepts(target int) []Reason {
	best, most := x.ranker.own[target], -1.0
	for _, at := range append([]int{best}, x.ranker.below[target]...) {
		sum := 0.0
		for _, concept := range slices.Sorted(maps.Keys(x.concepts)) {
			sum += x.concepts[concept][at]
		}
		if sum > most {
			best, most = at, sum
		}
	}
	var out []Reason
	for concept, gains := range x.concepts {
		if gains[best] > 0 {
			out = append(out, Reason{Name: concept, Value: gains[best]})
		}
	}
	sortReasons(out)
	return out
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

// lifters is how many related targets are named.
const lifters = 3

// lifting names the related targets that lifted a target most. What smoothing
// read of them is what had been added up by then: the contributions before,
// without the standardisation after.
func (x *Explanation) lifting(signal, target int) []Reason {
	later := x.signals[signal].scale
	if later == 0 {
		return nil
	}
	var out []Reason
	for _, j := range x.ranker.neighbour[target] {
		soFar := 0.0
		for before := range signal {
			soFar += x.amount(before, j) / later
		}
		if soFar > 0 {
			out = append(out, Reason{Name: x.ranker.targets[j].ID, Value: soFar})
		}
	}
	sortReasons(out)
	return slices.Clip(out[:min(len(out), lifters)])
}

func (x *Explanation) precedents(target int) []Reason {
	var out []Reason
	for _, e := range x.votes[target] {
		out = append(out, Reason{Name: e.Source.String(), Value: e.Similarity, Of: e.Set})
	}
	sortReasons(out)
	return out
}

func sortReasons(reasons []Reason) {
	slices.SortStableFunc(reasons, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(b.Value, a.Value), cmp.Compare(a.Name, b.Name))
	})
}
