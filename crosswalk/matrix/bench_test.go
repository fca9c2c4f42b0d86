package matrix_test

import (
	"fmt"
	"io"
	"testing"

	"concord/corpus"
	"concord/crosswalk/matrix"
)

// BenchmarkAMatrix lays 312 sources beside 5 targets, of which each source is
// mapped to 7 elements, and writes it.
func BenchmarkAMatrix(b *testing.B) {
	var elements []corpus.Element
	for i := range 312 {
		elements = append(elements, corpus.Element{ID: fmt.Sprintf("S-%03d", i), Kind: corpus.KindControl, Text: "Something is kept in order, and people say who does it.", Priority: i % 4})
	}
	source := framework(b, "source", elements...)
	var besides []matrix.Beside
	for k := range 5 {
		var targets []corpus.Element
		for i := range 1000 {
			targets = append(targets, corpus.Element{ID: fmt.Sprintf("T-%04d", i), Kind: corpus.KindControl, Title: "Something to do"})
		}
		target := framework(b, fmt.Sprintf("target%d", k), targets...)
		var said []string
		for i := range 312 {
			for j := range 7 {
				said = append(said, fmt.Sprintf("S-%03d intersects_with T-%04d draft .5", i, (i*3+j*11)%1000))
			}
		}
		besides = append(besides, matrix.Beside{Target: target, Covers: covers(source), Crosswalk: crosswalkOf(b, source, target, said...)})
	}
	m, err := matrix.Of(source, besides, matrix.View{})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("of", func(b *testing.B) {
		for b.Loop() {
			if _, err := matrix.Of(source, besides, matrix.View{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, f := range []struct {
		name  string
		write func(*matrix.Table, io.Writer) error
	}{{"xlsx", (*matrix.Table).XLSX}, {"csv", (*matrix.Table).CSV}, {"html", (*matrix.Table).HTML}, {"markdown", (*matrix.Table).Markdown}} {
		b.Run(f.name, func(b *testing.B) {
			for b.Loop() {
				if err := f.write(m.Table(), io.Discard); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
