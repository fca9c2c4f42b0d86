// Package embed ranks the elements of one framework for an element of another.
//
// It offers what is indexed of an element ([Document]), a field-weighted BM25
// index ([Lexical]) and the contract that embedders fulfil ([Embedder]). It
// knows nothing of relations, and its embedders live in subpackages.
package embed

import (
	"cmp"
	"context"
	"slices"
)

// An Embedder turns texts into vectors of unit length, one a text, in order.
type Embedder interface {
	// Name identifies the embedder and everything its vectors depend on, so
	// that equal names mean interchangeable vectors.
	Name() string
	// Embed returns len(texts) vectors of one length. A text without a single
	// known word yields a nil vector.
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// A Hit is a ranked element.
type Hit struct {
	ID    string
	Score float64
}

// Sort orders hits by falling score, and by id where scores tie.
func Sort(hits []Hit) {
	slices.SortFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
}
