package dense

import (
	"context"
	"fmt"
	"runtime"
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
	blockBytes = 128 << 10
	// maxPortion is the number of queries that one goroutine takes at a time.
	maxPortion = 64
)

// block is the number of rows that are multiplied at a time.
func (m Matrix) block() int { return ceilDiv(max(blockBytes/4/max(m.dims, 1), 1), tile) * tile }

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
			fetch(m.data[from*m.dims : (from+len(some))*m.dims])
			m.products(query, from, some)
			best.add(from, some)
		}
		parts[p] = best
	})
	if err != nil {
		return nil, err
	}
	var all []Hit
	for _, p := range parts {
		all = append(all, p.hits...)
	}
	sortHits(all)
	return all[:max(min(k, len(all)), 0)], nil
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
	// Several portions for each processor, for they do not run equally fast.
	portion := min(ceilDiv(queries.rows, 4*runtime.GOMAXPROCS(0)), maxPortion)
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
	scores := make([]float64, m.block())
	for from := 0; from < m.rows && ctx.Err() == nil; from += len(scores) {
		some := scores[:min(len(scores), m.rows-from)]
		for i := range best {
			m.products(queries.Row(first+i), from, some)
			best[i].add(from, some)
		}
	}
	for i := range out {
		out[i] = best[i].sorted()
	}
}

// fetch brings rows into the cache in the order in which they lie there, which
// is how memory is fastest: a tile would read six of them at a time. What it
// returns is for the compiler, which would leave the reading out.
//
//go:noinline
func fetch(rows []float32) (sum float32) {
	const line = 64 / 4 // numbers in a line of the cache
	for i := 0; i < len(rows); i += line {
		sum += rows[i]
	}
	return sum
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
