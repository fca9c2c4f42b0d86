package chromem_test

import (
	"context"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	library "github.com/philippgille/chromem-go"

	"concord/embed/dense"
	"concord/embed/vectors"
	"concord/internal/atomicfile"
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

// BenchmarkReopen opens vectors of 384 dimensions that were written before, ids
// and checksum verified: our one file, and the library's own persistent form,
// which is a file a vector. How many is set by the environment; 100,000 take
// the library half a minute to write and 400 MB of disk.
//
//	VECTORS=100000 go test ./embed/chromem -run '^$' -bench Reopen -benchtime 3x
func BenchmarkReopen(b *testing.B) {
	n := 10_000
	if text := os.Getenv("VECTORS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	ids, _ := random(n, 1, 1)
	m := unitMatrix(b, n, 384, 1)
	key := vectors.Key{Framework: "made-up@1", Digest: "d", Embedder: "noise"}
	dir, theirs := b.TempDir(), b.TempDir()
	path := filepath.Join(dir, "written")
	if err := atomicfile.WriteFrom(path, func(w io.Writer) error {
		return vectors.Encode(w, key, vectors.Set{IDs: ids, Matrix: m})
	}); err != nil {
		b.Fatal(err)
	}
	db, err := library.NewPersistentDB(theirs, false)
	if err != nil {
		b.Fatal(err)
	}
	collection, err := db.CreateCollection("peer", nil, refuse)
	if err != nil {
		b.Fatal(err)
	}
	for i, id := range ids {
		if err := collection.AddDocument(b.Context(), library.Document{ID: id, Embedding: m.Row(i)}); err != nil {
			b.Fatal(err)
		}
	}

	var ours, peer time.Duration
	for b.Loop() {
		start := time.Now()
		set := reopen(b, path)
		ours += time.Since(start)
		if !slices.Equal(set.IDs, ids) || !slices.Equal(set.Matrix.Data(), m.Data()) {
			b.Fatal("other vectors")
		}
		start = time.Now()
		db, err := library.NewPersistentDB(theirs, false)
		if err != nil {
			b.Fatal(err)
		}
		if got := db.GetCollection("peer", refuse).Count(); got < n*999/1000 { // it loses some: file names collide
			b.Fatal(got, "vectors")
		}
		peer += time.Since(start)
	}
	report(b, ours, peer)
}

func reopen(b *testing.B, path string) vectors.Set {
	b.Helper()
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	_, set, err := vectors.Decode(f, info.Size())
	if err != nil {
		b.Fatal(err)
	}
	return set
}

func refuse(context.Context, string) ([]float32, error) { return nil, errors.New("vectors only") }
