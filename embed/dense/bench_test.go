package dense_test

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"concord/embed/dense"
)

// BenchmarkTop is one query over 100,000 vectors of 384 dimensions, and its
// floor: reading the matrix once, by as many goroutines.
//
//	go test ./embed/dense -run '^$' -bench . -count 6
func BenchmarkTop(b *testing.B) {
	m := unit(b, 100_000, 384, 1)
	query := unit(b, 1, 384, 2).Row(0)
	var read, searched float64 // nanoseconds
	for b.Loop() {
		read += nanoseconds(func() { readOnce(m) })
		searched += nanoseconds(func() { top(b, m, query, 50) })
	}
	n := float64(b.N)
	b.ReportMetric(searched/n/1e6, "ms/query")
	b.ReportMetric(read/n/1e6, "ms/read")
	b.ReportMetric(searched/read, "times-reading")
	b.ReportMetric(0, "ns/op") // the sum of both says nothing
}

func BenchmarkTopAll108x1200(b *testing.B) {
	m, queries := unit(b, 1200, 384, 1), unit(b, 108, 384, 2)
	for b.Loop() {
		topAll(b, m, queries, 50)
	}
}

func BenchmarkTopAll1000x10000(b *testing.B) {
	m, queries := unit(b, 10_000, 384, 1), unit(b, 1000, 384, 2)
	for b.Loop() {
		topAll(b, m, queries, 50)
	}
}

// BenchmarkProducts1200 is what a draft pays a source element.
func BenchmarkProducts1200(b *testing.B) {
	m := unit(b, 1200, 384, 1)
	for b.Loop() {
		m.Products(m.Row(7))
	}
}

// readOnce adds up all numbers of a matrix.
func readOnce(m dense.Matrix) (sum float32) {
	data, n := m.Data(), runtime.GOMAXPROCS(0)
	sums := make([]float32, n)
	var all sync.WaitGroup
	for p := range n {
		all.Go(func() {
			var s0, s1, s2, s3, s4, s5, s6, s7 float32
			for part := data[len(data)*p/n : len(data)*(p+1)/n]; len(part) >= 8; part = part[8:] {
				s0, s1, s2, s3 = s0+part[0], s1+part[1], s2+part[2], s3+part[3]
				s4, s5, s6, s7 = s4+part[4], s5+part[5], s6+part[6], s7+part[7]
			}
			sums[p] = s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7
		})
	}
	all.Wait()
	for _, s := range sums {
		sum += s
	}
	return sum
}

func nanoseconds(do func()) float64 {
	start := time.Now()
	do()
	return float64(time.Since(start))
}
