// Package chromem keeps vectors at rest and finds the nearest of them with
// chromem-go.
//
// An [Index] is a cache. It holds the vectors of one edition of one framework
// made by one embedder, and [Open] builds it again whenever what is on disk is
// missing, damaged or made from something else. The package does not embed: a
// text never enters it, and nothing in it can reach the network.
//
// It works around what the library is known for: it keeps the library's
// database in memory and writes one file of its own accord, because the
// library's folder of files is neither atomic nor free of collisions; it
// checks every vector, because the library accepts those that later break each
// query; and it orders hits itself, because the library returns ties in random
// order.
package chromem

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/philippgille/chromem-go"

	"concord/embed"
)

// A Key names what an index was made from. Two indexes with one key hold
// interchangeable vectors. No field may be empty.
type Key struct {
	Framework string `json:"framework"` // name and edition, "csf@2.0"
	Digest    string `json:"digest"`    // of everything the vectors depend on in the framework
	Embedder  string `json:"embedder"`  // as [embed.Embedder] names itself
}

// A Build makes the vectors of a framework: one an id, in document order. A
// nil vector means that the element has no known word; it is not indexed.
type Build func(ctx context.Context) (ids []string, vectors [][]float32, err error)

// An Index holds the vectors of one framework. It never changes after [Open],
// and any number of goroutines may use it at once.
type Index struct {
	ids        []string
	matrix     [][]float32
	collection *chromem.Collection
}

// Count returns the number of indexed elements.
func (ix *Index) Count() int { return len(ix.ids) }

// Dimensions returns the length of the vectors, 0 if there are none.
func (ix *Index) Dimensions() int {
	if len(ix.matrix) == 0 {
		return 0
	}
	return len(ix.matrix[0])
}

// Vectors returns the ids and their vectors of unit length, in the order in
// which they were built. Both slices belong to the index: read them only.
func (ix *Index) Vectors() (ids []string, matrix [][]float32) { return ix.ids, ix.matrix }

// Nearest returns the k elements whose vectors are nearest to this one, by
// falling cosine (-1 to 1), and by id where cosines tie. There are fewer than k
// hits if there are fewer elements, and none if k is not positive or the vector
// is nil, as that of a text without a known word is. The vector need not be of
// unit length, but a vector of another length than the index holds, one that
// is not finite and one of zeros are errors.
func (ix *Index) Nearest(ctx context.Context, vector []float32, k int) ([]embed.Hit, error) {
	if vector == nil || k <= 0 || ix.Count() == 0 {
		return nil, ctx.Err()
	}
	unit, err := normalize(vector, ix.Dimensions())
	if err != nil {
		return nil, fmt.Errorf("find the nearest of %d vectors: %w", ix.Count(), err)
	}
	// All of them, then cut: the library would cut ties at random.
	results, err := ix.collection.QueryEmbedding(ctx, unit, ix.Count(), nil, nil)
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
	return hits[:min(k, len(hits))], nil
}

// errTextOnly is what the library gets instead of an embedding function:
// without one it would send texts to a cloud service by default.
var errTextOnly = errors.New("the vector index takes vectors only, never text")

func refuseText(context.Context, string) ([]float32, error) { return nil, errTextOnly }

// newIndex checks the vectors and puts them into a database in memory.
func newIndex(ctx context.Context, name string, ids []string, vectors [][]float32) (*chromem.DB, *Index, error) {
	if len(ids) != len(vectors) {
		return nil, nil, fmt.Errorf("%d ids with %d vectors: there must be one vector an id", len(ids), len(vectors))
	}
	db := chromem.NewDB()
	collection, err := db.CreateCollection(name, nil, refuseText)
	if err != nil {
		return nil, nil, fmt.Errorf("create collection: %w", err)
	}
	ix := &Index{collection: collection}
	seen := make(map[string]int, len(ids))
	for i, id := range ids {
		if id == "" {
			return nil, nil, fmt.Errorf("element %d has no id", i+1)
		}
		if j, taken := seen[id]; taken {
			return nil, nil, fmt.Errorf("duplicate id %q: elements %d and %d", id, j+1, i+1)
		}
		seen[id] = i
		if vectors[i] == nil {
			continue
		}
		want := ix.Dimensions()
		if ix.Count() == 0 {
			want = len(vectors[i])
		}
		unit, err := normalize(vectors[i], want)
		if err != nil {
			return nil, nil, fmt.Errorf("vector of %q (element %d): %w", id, i+1, err)
		}
		if err := collection.AddDocument(ctx, chromem.Document{ID: id, Embedding: unit}); err != nil {
			return nil, nil, fmt.Errorf("add the vector of %q: %w", id, err)
		}
		ix.ids = append(ix.ids, id)
		ix.matrix = append(ix.matrix, unit)
	}
	return db, ix, ctx.Err()
}

// normalize returns a copy of the vector with length 1. It refuses a vector of
// another dimension, and one that has no direction.
func normalize(vector []float32, dimensions int) ([]float32, error) {
	if len(vector) != dimensions {
		return nil, fmt.Errorf("has %d dimensions, not %d: was it made by another embedder?", len(vector), dimensions)
	}
	var sum float64
	for i, x := range vector {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return nil, fmt.Errorf("dimension %d is %v, not a finite number", i+1, x)
		}
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		return nil, errors.New("has length zero, so no direction: an element without a known word needs a nil vector")
	}
	unit := make([]float32, len(vector))
	length := math.Sqrt(sum)
	for i, x := range vector {
		unit[i] = float32(float64(x) / length)
	}
	return unit, nil
}
