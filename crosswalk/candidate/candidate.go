// Package candidate finds the targets worth judging for a source, by fusing
// what several signals say of every target.
//
// Each signal scores all targets for one source. Scores are standardised over
// the targets, so that signals of any scale add up, and then summed with a few
// weights that were learned beforehand. See [Ranker.Rank] and [Weights].
package candidate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"concord/corpus"
	"concord/crosswalk"
	"concord/embed"
	"concord/embed/lexicon"
	"concord/embed/vectors"
)

// Input is what a ranking rests on. An element without a vector ranks by its
// words alone. The vectors of both sides have one length.
type Input struct {
	Source, Target *corpus.Framework
	Kinds          []string // of targets; all if empty

	SourceVectors, TargetVectors vectors.Set // of the built-in embedder
	SourceRemote, TargetRemote   vectors.Set // of a model; empty without one

	Precedents []Precedents
	Weights    *Weights // those of [Default] if nil
	Context    *float64 // weight of what stands above a source, zero or more; [embed.Context] if nil
}

// A Ranker ranks all targets for a source. It is safe for concurrent use.
type Ranker struct {
	in       Input
	weights  Weights
	context  float64
	targets  []corpus.Element // the candidates, in document order
	indexed  []string         // ids of every indexed element, which include the children of candidates
	analyzer embed.Analyzer
	lexical  *embed.Lexical
	concept  *concepts

	local     pairing // of the vectors of both sides
	remote    pairing
	own       []int   // of each target: its place in the index
	below     [][]int // of each target: the places of its children in the index
	neighbour [][]int // of each target: related targets
	families  [][]int // of each family: its targets
	paths     *embed.Lexical
	inbound   []float64 // of each target: how many others are related to it
	named     []float64 // of each target: the prior, standardised
	detail    []float64 // of each target: -1 if it details another, else 0
	precedent *precedentIndex
}

// New prepares a ranking. It fails if the kinds leave no target, or if the
// vectors of the two sides differ in length.
func New(in Input) (*Ranker, error) {
	r := &Ranker{in: in, targets: in.Target.Mappable(in.Kinds...), context: embed.Context}
	if err := CheckKinds(in.Target, in.Kinds); err != nil {
		return nil, err
	}
	if in.Weights != nil {
		r.weights = *in.Weights
	} else {
		fusion, err := Default()
		if err != nil {
			return nil, err
		}
		r.weights = fusion.Weights
	}
	if in.Context != nil {
		r.context = *in.Context
	}
	docs := embed.DescribeTargets(in.Target)
	position := make(map[string]int, len(r.targets))
	for i, t := range r.targets {
		position[t.ID] = i
	}
	// Four indexes that read nothing of each other; two are of the same terms.
	var reading errgroup.Group
	reading.Go(func() error {
		terms := make([][]embed.Terms, len(docs))
		for i, d := range docs {
			terms[i] = r.analyzer.Read(d.Parts...)
		}
		reading.Go(func() error {
			r.lexical = embed.IndexTerms(len(docs), func(i int) []embed.Terms { return terms[i] })
			return nil
		})
		words, err := lexicon.Default()
		if err != nil {
			return fmt.Errorf("concepts: %w", err)
		}
		r.concept = newConcepts(words, terms)
		return nil
	})
	reading.Go(func() error { r.paths = r.newPaths(); return nil })
	reading.Go(func() error { r.precedent = newPrecedentIndex(in, position); return nil })
	if err := reading.Wait(); err != nil {
		return nil, err
	}
	place := make(map[string]int, len(docs))
	for i, d := range docs {
		place[d.ID] = i
		r.indexed = append(r.indexed, d.ID)
	}
	for _, t := range r.targets {
		r.own = append(r.own, place[t.ID])
	}
	r.below = r.newBelow(place)
	r.neighbour = r.newNeighbours(position)
	r.detail = r.newDetail(position)
	r.families = r.newFamilies(position)
	r.inbound = r.countInbound()
	r.named = standardize(r.prior())
	var err error
	if r.local, err = r.pair(in.SourceVectors, in.TargetVectors, place); err != nil {
		return nil, err
	}
	r.remote, err = r.pair(in.SourceRemote, in.TargetRemote, place)
	return r, err
}

// CheckKinds returns an error if a framework has no element of these kinds to
// map to, which names those it has.
func CheckKinds(f *corpus.Framework, kinds []string) error {
	if len(f.Mappable(kinds...)) > 0 {
		return nil
	}
	if len(kinds) == 0 {
		return fmt.Errorf("%s has no element to map to", f.Spec())
	}
	var have []string
	for _, e := range f.Mappable() {
		if !slices.Contains(have, e.Kind) {
			have = append(have, e.Kind)
		}
	}
	return fmt.Errorf("%s has no element of kind %s to map to; it has %s", f.Spec(), strings.Join(kinds, ", "), strings.Join(have, ", "))
}

// Targets returns the candidates in document order.
func (r *Ranker) Targets() []corpus.Element { return r.targets }

// Candidates returns the best targets for a source, at most depth of them, or
// all if depth is zero.
func (r *Ranker) Candidates(_ context.Context, source corpus.Element, depth int) ([]crosswalk.Candidate, error) {
	ranked := r.rank(source, depth)
	if depth > 0 {
		ranked = ranked[:min(depth, len(ranked))]
	}
	return ranked, nil
}

// Retrieve implements [crosswalk.Retriever].
func (r *Ranker) Retrieve(_ context.Context, source corpus.Element, depth int) ([]crosswalk.Candidate, error) {
	return r.rank(source, depth), nil
}

// Rank scores every target for a source, best first, ties in order of id. The
// score is the weighted sum of the standardised signals, standardised again on
// the way and before the last two: zero is about the average target, one is a
// standard deviation above it. A candidate's Signals hold what is switched on.
func (r *Ranker) Rank(source corpus.Element) []crosswalk.Candidate { return r.rank(source, 0) }

func (r *Ranker) rank(source corpus.Element, depth int) []crosswalk.Candidate {
	seen := r.Observe(source)
	score, signals := seen.fuse(r.weights)
	var evidence map[int][]crosswalk.Evidence
	if r.weights.Precedent > 0 {
		evidence = seen.evidence
	}
	return r.best(depth, score, signals, evidence)
}

// Hits returns the ids and scores of [Ranker.Rank], at most depth of them, or
// all if depth is zero. It costs a fraction where nobody asks for the reasons.
func (r *Ranker) Hits(source corpus.Element, depth int) []embed.Hit {
	score, _ := r.Observe(source).fuse(r.weights)
	order := r.order(depth, score)
	hits := make([]embed.Hit, len(order))
	for place, i := range order {
		hits[place] = embed.Hit{ID: r.targets[i].ID, Score: score[i]}
	}
	return hits
}

// best returns the candidates by falling score, with their reasons for the best
// depth of them, or all if depth is zero.
func (r *Ranker) best(depth int, score []float64, signals []signal, evidence map[int][]crosswalk.Evidence) []crosswalk.Candidate {
	order := r.order(0, score)
	out := make([]crosswalk.Candidate, len(order))
	for place, i := range order {
		out[place] = crosswalk.Candidate{Element: r.targets[i], Rank: place + 1, Score: score[i]}
		if depth > 0 && place >= depth {
			continue
		}
		out[place].Evidence, out[place].Signals = evidence[i], make(map[string]float64, len(signals))
		for _, s := range signals {
			out[place].Signals[s.name] = s.score[i]
		}
	}
	return out
}

// order returns the targets by falling score, and by id where scores tie: at
// most depth of them, or all if depth is zero.
func (r *Ranker) order(depth int, score []float64) []int {
	type scored struct { // together, for the sake of sorting
		score  float64
		target int
	}
	all := make([]scored, len(score))
	for i, x := range score {
		all[i] = scored{x, i}
	}
	slices.SortFunc(all, func(a, b scored) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return strings.Compare(r.targets[a.target].ID, r.targets[b.target].ID)
	})
	if depth > 0 && depth < len(all) {
		all = all[:depth]
	}
	order := make([]int, len(all))
	for place, t := range all {
		order[place] = t.target
	}
	return order
}

// query returns a source as it is searched with.
func (r *Ranker) query(source corpus.Element) embed.Document {
	return embed.DescribeSource(r.in.Source, source, r.context)
}

// ofTargets picks the scores of the targets out of those of all that is
// indexed.
func (r *Ranker) ofTargets(indexed []float64) []float64 {
	out := make([]float64, len(r.targets))
	for i, at := range r.own {
		out[i] = indexed[at]
	}
	return out
}
