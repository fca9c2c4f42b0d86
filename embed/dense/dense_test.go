package dense_test

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"concord/embed/dense"
)

// unit makes a matrix of random vectors of unit length that depend on the seed
// alone.
func unit(t testing.TB, rows, dims int, seed uint64) dense.Matrix {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	data := make([]float32, rows*dims)
	for i := range rows {
		row := data[i*dims : (i+1)*dims]
		sum := 0.0
		for d := range row {
			row[d] = float32(r.NormFloat64())
			sum += float64(row[d]) * float64(row[d])
		}
		for d := range row {
			row[d] = float32(float64(row[d]) / math.Sqrt(sum))
		}
	}
	return matrix(t, data, dims)
}

func matrix(t testing.TB, data []float32, dims int) dense.Matrix {
	t.Helper()
	m, err := dense.New(data, dims)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// reference scores every row in double precision, and sorts all of them.
func reference(m dense.Matrix, query []float32) []dense.Hit {
	hits := make([]dense.Hit, m.Rows())
	for i := range hits {
		hits[i].Row = i
		for d, x := range m.Row(i) {
			hits[i].Score += float64(x) * float64(query[d])
		}
	}
	slices.SortFunc(hits, func(a, b dense.Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Row, b.Row))
	})
	return hits
}

func top(t testing.TB, m dense.Matrix, query []float32, k int) []dense.Hit {
	t.Helper()
	hits, err := m.Top(t.Context(), query, k)
	if err != nil {
		t.Fatal(err)
	}
	return hits
}

func topAll(t testing.TB, m, queries dense.Matrix, k int) [][]dense.Hit {
	t.Helper()
	hits, err := m.TopAll(t.Context(), queries, k)
	if err != nil {
		t.Fatal(err)
	}
	return hits
}

// agree fails unless hits are the first of the reference, where scores that
// are less than 1e-5 apart may stand in any order.
func agree(t testing.TB, hits, want []dense.Hit) {
	t.Helper()
	exact := make([]float64, len(want))
	for _, h := range want {
		exact[h.Row] = h.Score
	}
	seen := map[int]bool{}
	for i, h := range hits {
		if math.Abs(h.Score-exact[h.Row]) > 1e-5 || math.Abs(exact[h.Row]-want[i].Score) > 1e-5 || seen[h.Row] {
			t.Fatalf("hit %d is %+v with the exact score %v, want %+v", i+1, h, exact[h.Row], want[i])
		}
		seen[h.Row] = true
	}
}

func TestEverySearchAgreesWithDoublePrecision(t *testing.T) {
	for _, size := range []struct{ queries, rows, dims, k int }{
		{1, 1, 1, 1}, {3, 2, 3, 5}, {5, 700, 100, 50}, {7, 1201, 384, 1201}, {2, 4000, 129, 1}, {9, 333, 1536, 20},
	} {
		m, queries := unit(t, size.rows, size.dims, 1), unit(t, size.queries, size.dims, 2)

		for i, hits := range topAll(t, m, queries, size.k) {
			want := reference(m, queries.Row(i))
			if len(hits) != min(size.k, size.rows) {
				t.Fatalf("%+v: %d hits", size, len(hits))
			}
			agree(t, hits, want)
			if one := top(t, m, queries.Row(i), size.k); !slices.Equal(one, hits) {
				t.Errorf("%+v: query %d has other hits alone than with others", size, i)
			}
		}
	}
}

// Equal products, all of one sign, are where errors of rounding pile up.
func TestPrecisionHoldsWhereRoundingErrorsPileUp(t *testing.T) {
	for _, dims := range []int{1, 100, 384, 1536, 4096, 100_000} {
		data := make([]float32, 7*dims)
		for i := range data {
			data[i] = float32(1 / math.Sqrt(float64(dims)))
		}
		m := matrix(t, data, dims)

		agree(t, top(t, m, m.Row(0), 7), reference(m, m.Row(0)))
	}
}

// The bits of a score depend on the two vectors alone: not on their place in a
// tile, a block or a portion, nor on the number of processors.
func TestAScoreIsTheSameBitsInEverySearch(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rows, dims := rapid.IntRange(1, 40).Draw(rt, "rows"), rapid.IntRange(1, 300).Draw(rt, "dims")
		queries := rapid.IntRange(1, 9).Draw(rt, "queries")
		k := rapid.IntRange(1, 45).Draw(rt, "k")
		processors := rapid.IntRange(1, 5).Draw(rt, "processors")
		m, q := unit(t, rows, dims, uint64(rows)), unit(t, queries, dims, uint64(queries)+99)
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))

		for i, hits := range topAll(t, m, q, k) {
			alone := make([]dense.Hit, rows)
			for j := range alone {
				alone[j] = dense.Hit{Row: j, Score: matrix(t, m.Row(j), dims).Products(q.Row(i))[0]}
			}
			all := m.Products(q.Row(i))
			for j, h := range alone {
				if all[j] != h.Score {
					rt.Fatalf("row %d scores %v among others, %v alone", j, all[j], h.Score)
				}
			}
			slices.SortFunc(alone, func(a, b dense.Hit) int {
				return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Row, b.Row))
			})
			if want := alone[:min(k, rows)]; !slices.Equal(hits, want) || !slices.Equal(top(t, m, q.Row(i), k), want) {
				rt.Fatalf("got %v, want %v", hits, want)
			}
		}
	})
}

func TestTiesComeInOrderOfRowOnAnyNumberOfProcessors(t *testing.T) {
	const rows, dims = 5000, 96 // many blocks
	data := make([]float32, rows*dims)
	for i := range rows {
		data[i*dims] = float32(i%3) / 2
	}
	m := matrix(t, data, dims)
	var want []dense.Hit
	for i := range 40 {
		want = append(want, dense.Hit{Row: 3*i + 2, Score: 1})
	}

	for processors := range 8 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors + 1))
		query := m.Row(2)
		if got := top(t, m, query, 40); !slices.Equal(got, want) {
			t.Fatalf("Top on %d processors: %v", processors+1, got)
		}
		if got := topAll(t, m, matrix(t, m.Row(2), dims), 40)[0]; !slices.Equal(got, want) {
			t.Fatalf("TopAll on %d processors: %v", processors+1, got)
		}
	}
}

func TestThereAreNoMoreHitsThanRows(t *testing.T) {
	m := unit(t, 5, 3, 1)
	for k, want := range map[int]int{math.MinInt: 0, -1: 0, 0: 0, 1: 1, 5: 5, 6: 5, math.MaxInt: 5} {
		if got := len(top(t, m, m.Row(0), k)); got != want {
			t.Errorf("Top with k = %d gives %d hits, want %d", k, got, want)
		}
		for _, hits := range topAll(t, m, m, k) {
			if len(hits) != want {
				t.Errorf("TopAll with k = %d gives %d hits, want %d", k, len(hits), want)
			}
		}
	}
}

func TestAMatrixWithoutRowsHasNoHits(t *testing.T) {
	var none dense.Matrix
	m := unit(t, 2, 3, 1)

	if hits := top(t, none, []float32{1}, 3); len(hits) != 0 {
		t.Errorf("hits %v", hits)
	}
	if hits := topAll(t, none, m, 3); len(hits) != 2 || len(hits[0])+len(hits[1]) != 0 {
		t.Errorf("hits %v", hits)
	}
	if hits := topAll(t, m, none, 3); len(hits) != 0 {
		t.Errorf("hits %v", hits)
	}
	if scores := none.Products([]float32{1}); len(scores) != 0 {
		t.Errorf("scores %v", scores)
	}
	if none.Rows() != 0 || none.Dims() != 0 {
		t.Errorf("%d rows, %d dimensions", none.Rows(), none.Dims())
	}
}

func TestWhatCannotBeComparedIsRefused(t *testing.T) {
	m := unit(t, 4, 3, 1)
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for want, query := range map[string][]float32{
		"has 2 dimensions, the 4 vectors have 3": {1, 2},
		"has 0 dimensions":                       nil,
		"dimension 2 of the query is NaN":        {1, nan, 0},
		"dimension 3 of the query is +Inf":       {1, 0, inf},
	} {
		if _, err := m.Top(t.Context(), query, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Top of %v: %v", query, err)
		}
		if len(query) == 0 {
			continue
		}
		queries := matrix(t, query, len(query))
		if _, err := m.TopAll(t.Context(), queries, 1); err == nil || !strings.Contains(err.Error(), "query 1 of 1") || !strings.Contains(err.Error(), want) {
			t.Errorf("TopAll of %v: %v", query, err)
		}
	}
	for _, dims := range []int{0, -1, 4} {
		if _, err := dense.New(make([]float32, 6), dims); err == nil {
			t.Errorf("6 numbers are vectors of %d dimensions", dims)
		}
	}
}

func TestACancelledSearchIsAnErrorAndNotHalfAnAnswer(t *testing.T) {
	m := unit(t, 3000, 8, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	if hits, err := m.Top(ctx, m.Row(0), 3); err != context.Canceled || hits != nil {
		t.Errorf("Top: %d hits, error %v", len(hits), err)
	}
	if hits, err := m.TopAll(ctx, m, 3); err != context.Canceled || hits != nil {
		t.Errorf("TopAll: %d hits, error %v", len(hits), err)
	}
}

// endsAfter is a context that ends when it was asked a number of times.
type endsAfter struct {
	context.Context
	left atomic.Int64
}

func (c *endsAfter) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

func TestASearchThatIsCancelledOnItsWayAsksNoFurther(t *testing.T) {
	m := unit(t, 5000, 64, 1)
	asked := func(limit int64) int64 {
		ctx := &endsAfter{Context: t.Context()}
		ctx.left.Store(limit)
		if hits, err := m.TopAll(ctx, m, 3); (err != nil) != (hits == nil) {
			t.Errorf("%d hits, error %v", len(hits), err)
		}
		return limit - ctx.left.Load()
	}

	whole, cut := asked(math.MaxInt64/2), asked(20)

	if most := int64(20 + 4*runtime.GOMAXPROCS(0)); cut > most || whole < 10*most {
		t.Errorf("the context was asked %d times after it had ended at 20; %d times in a whole pass", cut, whole)
	}
}
