package chromem_test

import (
	"math"
	"testing"
	"time"

	library "github.com/philippgille/chromem-go"

	"concord/embed/dense"
)

// BenchmarkAllPairs finds the 50 nearest of 10,000 vectors of 384 dimensions
// for each of 1,000 others: in one matrix, and by a query of the library each,
// whose time is taken from every tenth. Both run in turn, so that a machine
// that slows down slows both.
//
//	go test ./embed/chromem -run '^$' -bench AllPairs -benchtime 5x -count 3
func BenchmarkAllPairs(b *testing.B) {
	const nearest, every = 50, 10
	matrix, queries, collection := pairs(b, 10_000, 1000, 384)
	var ours, peer time.Duration
	for b.Loop() {
		start := time.Now()
		if _, err := matrix.TopAll(b.Context(), queries, nearest); err != nil {
			b.Fatal(err)
		}
		ours += time.Since(start)
		start = time.Now()
		for i := 0; i < queries.Rows(); i += every {
			if _, err := collection.QueryEmbedding(b.Context(), queries.Row(i), nearest, nil, nil); err != nil {
				b.Fatal(err)
			}
		}
		peer += every * time.Since(start)
	}
	report(b, ours, peer)
}

// report gives the time of both, and how many times faster ours is.
func report(b *testing.B, ours, peer time.Duration) {
	n := float64(b.N)
	b.ReportMetric(ours.Seconds()*1e3/n, "ms/ours")
	b.ReportMetric(peer.Seconds()*1e3/n, "ms/chromem-go")
	b.ReportMetric(peer.Seconds()/ours.Seconds(), "times-faster")
	b.ReportMetric(0, "ns/op") // the sum of both says nothing
}

// pairs makes random unit vectors, those to search both in a matrix and in a
// collection of the library.
func pairs(b *testing.B, targets, queries, dims int) (dense.Matrix, dense.Matrix, *library.Collection) {
	b.Helper()
	matrix, few := unitMatrix(b, targets, dims, 1), unitMatrix(b, queries, dims, 2)
	collection, err := library.NewDB().CreateCollection("peer", nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	ids, _ := random(targets, 1, 1)
	for i, id := range ids {
		if err := collection.AddDocument(b.Context(), library.Document{ID: id, Embedding: matrix.Row(i)}); err != nil {
			b.Fatal(err)
		}
	}
	return matrix, few, collection
}

func unitMatrix(tb testing.TB, rows, dims int, seed uint64) dense.Matrix {
	tb.Helper()
	_, vectors := random(rows, dims, seed)
	data := make([]float32, 0, rows*dims)
	for _, v := range vectors {
		sum := 0.0
		for _, x := range v {
			sum += float64(x) * float64(x)
		}
		for _, x := range v {
			data = append(data, float32(float64(x)/math.Sqrt(sum)))
		}
	}
	m, err := dense.New(data, dims)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}
