package dense

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// A Hit is a row and its score.
type Hit struct {
	Row   int // from 0
	Score float64
}

const (
	// blockBytes of rows are multiplied by all queries of a portion before the
	// next are read: they stay in the second-level cache meanwhile.
	blockBytes = 256 << 10
	// maxPortion is the number of queries that one goroutine takes at a time.
	maxPortion = 64
)

// block is the number of rows that are multiplied at a time.
func (m Matrix) block() int { return max(blockBytes/4/max(m.dims, 1), 12) }

// Top returns the k rows with the highest products with a query, best first,
// ties in order of row; fewer if there are fewer rows, none if k is not
// positive. It uses all processors. It is an error if the query is of another
// length than the rows or not finite, or if the context ends.
func (m Matrix) Top(ctx context.Context, query []float32, k int) ([]Hit, error) {
	if err := m.check(query); err != nil {
		return nil, err
	}
	block := m.block()
	// A part of the rows for each processor, a whole number of blocks.
	part := ceilDiv(ceilDiv(m.rows, block), runtime.GOMAXPROCS(0)) * block
	parts := make([]shortlist, ceilDiv(m.rows, max(part, 1)))
	err := inParallel(ctx, len(parts), func(p int) {
		best, scores := newShortlist(k, part), make([]float64, block)
		for from, end := p*part, min((p+1)*part, m.rows); from < end && ctx.Err() == nil; from += block {
			some := scores[:min(block, end-from)]
			m.products(query, from, some)
			best.add(from, some)
		}
		parts[p] = best
	})
	if err != nil {
		return nil, err
	}
	all := newShortlist(k, m.rows)
	for _, p := range parts {
		all.hits = append(all.hits, p.hits...)
	}
	return all.sorted(), nil
}

// TopAll returns what [Matrix.Top] returns for each row of another matrix, in
// order. The errors are the same.
func (m Matrix) TopAll(ctx context.Context, queries Matrix, k int) ([][]Hit, error) {
	for i := range queries.rows {
		if err := m.check(queries.Row(i)); err != nil {
			return nil, fmt.Errorf("query %d of %d: %w", i+1, queries.rows, err)
		}
	}
	out := make([][]Hit, queries.rows)
	// Several portions for each processor, for they do not run equally fast;
	// of whole pairs.
	portion := min(2*ceilDiv(queries.rows, 8*runtime.GOMAXPROCS(0)), maxPortion)
	err := inParallel(ctx, ceilDiv(queries.rows, max(portion, 1)), func(p int) {
		from := p * portion
		m.topPortion(ctx, queries, from, out[from:min(from+portion, queries.rows)], k)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// topPortion searches for as many queries as out has places for.
func (m Matrix) topPortion(ctx context.Context, queries Matrix, first int, out [][]Hit, k int) {
	best := make([]shortlist, len(out))
	for i := range best {
		best[i] = newShortlist(k, m.rows)
	}
	block := m.block()
	scores0, scores1 := make([]float64, block), make([]float64, block)
	for from := 0; from < m.rows && ctx.Err() == nil; from += block {
		n := min(block, m.rows-from)
		i := 0
		for ; i+2 <= len(out); i += 2 {
			m.pairProducts(queries.Row(first+i), queries.Row(first+i+1), from, scores0[:n], scores1[:n])
			best[i].add(from, scores0[:n])
			best[i+1].add(from, scores1[:n])
		}
		if i < len(out) {
			m.products(queries.Row(first+i), from, scores0[:n])
			best[i].add(from, scores0[:n])
		}
	}
	for i := range out {
		out[i] = best[i].sorted()
	}
}

// A shortlist keeps the k best hits of those it is shown in order of row. It
// lets twice as many in before it sorts them, and then none that is no better
// than the last it kept.
type shortlist struct {
	k     int
	full  bool    // k hits are at least as good as floor
	floor float64 // the score to beat
	hits  []Hit
}

// newShortlist keeps the k best of n at most.
func newShortlist(k, n int) shortlist {
	k = max(min(k, n), 0)
	return shortlist{k: k, hits: make([]Hit, 0, min(2*k, n))}
}

// add shows the scores of the rows from the given one on.
func (s *shortlist) add(from int, scores []float64) {
	if s.k == 0 {
		return
	}
	for i, score := range scores {
		if s.full && score <= s.floor {
			continue // one of the same score came before
		}
		s.hits = append(s.hits, Hit{from + i, score})
		if len(s.hits) >= 2*s.k {
			s.hits = s.sorted()
			s.floor, s.full = s.hits[s.k-1].Score, true
		}
	}
}

// sorted returns the hits that are kept, best first, in the same memory.
func (s *shortlist) sorted() []Hit {
	slices.SortFunc(s.hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Row, b.Row))
	})
	return s.hits[:min(s.k, len(s.hits))]
}

// inParallel calls do with 0 to n-1, each once, on as many goroutines as there
// are processors. It returns when all calls have, with the error of a context
// that has ended, after which no call begins.
func inParallel(ctx context.Context, n int, do func(int)) error {
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		all.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				do(i)
			}
		})
	}
	all.Wait()
	return ctx.Err()
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
