package crosswalk

import (
	"context"

	"concord/corpus"
)

// A Candidate is a target worth judging for a source.
type Candidate struct {
	Element  corpus.Element
	Rank     int     // from 1
	Score    float64 // comparable within one source
	Signals  map[string]float64
	Evidence []Evidence
}

// A Retriever finds the targets worth judging for a source, best first. Equal
// scores come back in order of id, so that a run repeats.
type Retriever interface {
	Candidates(ctx context.Context, source corpus.Element, depth int) ([]Candidate, error)
}

// A Judge says how a source relates to each candidate, one verdict each in any
// order. A candidate it leaves out counts as failed. An error is fatal to the
// run: what concerns one pair only is a verdict with outcome Failed.
type Judge interface {
	Judge(ctx context.Context, source corpus.Element, candidates []Candidate) ([]Verdict, error)
}
