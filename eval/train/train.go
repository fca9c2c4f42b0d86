// Package train fits what the engine learned from label sets: the weights of
// the ranking, and the offline judge's probabilities.
//
// It measures nothing that is published; that is what package eval is for.
package train

import (
	"errors"
	"fmt"
	"slices"

	"concord/corpus"
	"concord/crosswalk/candidate"
)

// A Set is a label set, ready to be ranked under any weights.
type Set struct {
	Name string
	// Family says which sets are no test of each other, such as those that lead
	// from any edition of one framework.
	Family string
	// Into is the family that the set leads to. It is no test of that either:
	// its texts were learned from.
	Into    string
	Sources []Source
}

// A Source is one element that experts mapped.
type Source struct {
	Targets []string        // ids of what is ranked
	Listed  map[string]bool // ids of those that the experts listed
	// Score returns a score for every target, in their order. It must return the
	// same for the same weights.
	Score func(candidate.Weights) []float64
	// Plain are the scores of what an engine must beat, nil if there is none.
	Plain []float64
}

// An Observer says what its signals say of every target for a source.
// [candidate.Ranker] is one.
type Observer interface {
	Observe(source corpus.Element) candidate.Observation
	Targets() []corpus.Element
}

// NewSource observes a source once, so that it can be ranked under many
// weights. An element of the target that is the source itself, which there is
// where a framework is mapped to itself, is left out under the id except.
func NewSource(observer Observer, element corpus.Element, listed map[string]bool, except string) Source {
	seen := observer.Observe(element)
	s := Source{Listed: listed, Score: seen.Score}
	for _, t := range observer.Targets() {
		s.Targets = append(s.Targets, t.ID)
	}
	if at := slices.Index(s.Targets, except); at >= 0 {
		s.Targets = slices.Delete(s.Targets, at, at+1)
		s.Score = func(w candidate.Weights) []float64 { return slices.Delete(seen.Score(w), at, at+1) }
	}
	return s
}

// check returns an error that names the first set that nothing can be learned
// from.
func check(sets []Set) error {
	if len(sets) == 0 {
		return errors.New("no label set to learn from")
	}
	for _, set := range sets {
		if set.Name == "" || set.Family == "" {
			return fmt.Errorf("label set %q of family %q: needs a name and a family", set.Name, set.Family)
		}
		if !slices.ContainsFunc(set.Sources, Source.mapped) {
			return fmt.Errorf("label set %s: no listed pair can be found by any ranking, so there is nothing to learn", set.Name)
		}
	}
	return nil
}

// mapped reports whether any of the targets is listed.
func (s Source) mapped() bool {
	return slices.ContainsFunc(s.Targets, func(id string) bool { return s.Listed[id] })
}
