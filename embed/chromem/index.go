// Package chromem finds the elements that are nearest to a text in meaning,
// with chromem-go.
//
// An [Index] is for ad hoc search: one query, filtered by what is known of the
// elements. What compares all elements of two frameworks reads the same
// [vectors.Set] as one matrix instead. Nothing is kept on disk here, a text
// never enters, and nothing can reach the network.
//
// The package works around what the library is known for: it keeps the
// library's database in memory, because the library's folder of files is neither
// atomic nor free of collisions; it leaves out and checks what would later break
// each query; and it orders hits itself, because the library returns ties in
// random order.
package chromem

import (
	"context"
	"errors"
	"fmt"

	"github.com/philippgille/chromem-go"

	"concord/embed"
	"concord/embed/vectors"
)

// An Index holds the vectors of one framework. It never changes after [New],
// and any number of goroutines may use it at once.
type Index struct {
	collection *chromem.Collection
	dims       int
}

// New indexes the elements that have a vector, with what is known of each, by
// id; nil if nothing is. It is an error if the set holds an id twice or none.
func New(ctx context.Context, set vectors.Set, metadata func(id string) map[string]string) (*Index, error) {
	collection, err := chromem.NewDB().CreateCollection("vectors", nil, refuseText)
	if err != nil {
		return nil, fmt.Errorf("create collection: %w", err)
	}
	ix := &Index{collection: collection, dims: set.Matrix.Dims()}
	added := 0
	for i := range set.Matrix.Rows() {
		row := set.Matrix.Row(i)
		if silent(row) {
			continue // the library would make NaN of it
		}
		doc := chromem.Document{ID: set.IDs[i], Embedding: row}
		if metadata != nil {
			doc.Metadata = metadata(doc.ID)
		}
		if err := collection.AddDocument(ctx, doc); err != nil {
			return nil, fmt.Errorf("add the vector of %q: %w", doc.ID, err)
		}
		if added++; collection.Count() != added {
			return nil, fmt.Errorf("duplicate id %q", doc.ID)
		}
	}
	return ix, ctx.Err()
}

// silent reports whether a row stands for an element without a known word.
func silent(row []float32) bool {
	for _, x := range row {
		if x != 0 {
			return false
		}
	}
	return true
}

// Count returns the number of indexed elements.
func (ix *Index) Count() int { return ix.collection.Count() }

// Nearest returns the k elements whose vectors are nearest to this one, by
// falling cosine (-1 to 1), and by id where cosines tie, among those whose
// metadata have all these values; among all if there are none. There are fewer
// than k hits if there are fewer elements, and none if k is not positive or the
// vector is nil, as that of a text without a known word is. The vector need not
// be of unit length, but a vector of another length than the index holds, one
// that is not finite and one of zeros are errors.
func (ix *Index) Nearest(ctx context.Context, vector []float32, k int, having map[string]string) ([]embed.Hit, error) {
	if vector == nil || k <= 0 || ix.Count() == 0 {
		return nil, ctx.Err()
	}
	unit, err := ix.unit(vector)
	if err != nil {
		return nil, fmt.Errorf("find the nearest of %d vectors: %w", ix.Count(), err)
	}
	k = min(k, ix.Count()) // more is an error to the library
	// The library cuts ties at random. So ask for more, until the last that
	// comes back is worse than the last that is wanted, or all are there.
	for ask := min(k+16, ix.Count()); ; ask = min(2*ask, ix.Count()) {
		results, err := ix.collection.QueryEmbedding(ctx, unit, ask, having, nil)
		if err != nil {
			return nil, fmt.Errorf("find the nearest of %d vectors: %w", ix.Count(), err)
		}
		// A query that is cancelled returns what it has so far, without an error.
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		hits := make([]embed.Hit, len(results))
		for i, r := range results {
			hits[i] = embed.Hit{ID: r.ID, Score: float64(r.Similarity)}
		}
		embed.Sort(hits)
		if len(hits) < ask || ask == ix.Count() || hits[len(hits)-1].Score < hits[k-1].Score {
			return hits[:min(k, len(hits))], nil
		}
	}
}

// unit returns the vector with length 1, which the library cannot make of a
// very long or short one.
func (ix *Index) unit(vector []float32) ([]float32, error) {
	if len(vector) != ix.dims {
		return nil, fmt.Errorf("has %d dimensions, not %d: was it made by another embedder?", len(vector), ix.dims)
	}
	query, err := vectors.New([]string{"query"}, [][]float32{vector})
	if err != nil {
		return nil, err
	}
	return query.Matrix.Row(0), nil
}

// errTextOnly is what the library gets instead of an embedding function:
// without one it would send texts to a cloud service by default.
var errTextOnly = errors.New("the vector index takes vectors only, never text")

func refuseText(context.Context, string) ([]float32, error) { return nil, errTextOnly }
