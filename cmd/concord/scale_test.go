package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"concord/corpus"
	"concord/corpus/source"
	"concord/crosswalk/candidate"
	"concord/embed"
	"concord/embed/chromem"
	"concord/embed/vectors"
)

var (
	measureScale = flag.Bool("measure-scale", false, "measure docs/scale.csv anew, which takes a minute")
	updateScale  = flag.Bool("update-scale", false, "draw docs/scale.svg anew from docs/scale.csv")
)

// scaleDims is the length of the vectors: about what built-in and small hosted
// embedders make.
const scaleDims = 256

// A stage is a part of what a search costs, over one number of elements.
type stage struct {
	name string
	do   func() error
}

// stages returns the parts of a search over n elements, in the order in which
// they happen. The first three are what a process pays once; the last two are
// what each query costs. Each stage leaves the next what it needs.
func stages(tb testing.TB, n int) []stage {
	tb.Helper()
	dir := tb.TempDir()
	path := filepath.Join(dir, "made-up.csv")
	if err := os.WriteFile(path, madeUp(n), 0o600); err != nil {
		tb.Fatal(err)
	}
	f, err := source.Library{MaxBytes: 1 << 30}.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	docs := embed.DescribeTargets(f)
	query := &corpus.Framework{Name: "query", Edition: "none", Elements: []corpus.Element{{ID: "query", Kind: corpus.KindRequirement, Text: "bavuhe cowupi fixa gojano"}}}
	if err := query.Finish(); err != nil {
		tb.Fatal(err)
	}
	asked, err := vectors.New([]string{"query"}, noise(1, 1))
	if err != nil {
		tb.Fatal(err)
	}
	key := vectors.Key{Framework: f.Spec(), Digest: embed.Digest(docs), Embedder: "noise"}
	build := func(context.Context) ([]string, [][]float32, error) {
		ids := make([]string, len(docs))
		for i, d := range docs {
			ids[i] = d.ID
		}
		return ids, noise(n, 2), nil
	}
	if _, _, err := vectors.Open(tb.Context(), dir, key, build); err != nil {
		tb.Fatal(err)
	}

	var set vectors.Set
	var ranker *candidate.Ranker
	var index *chromem.Index
	return []stage{
		{"read the framework", func() (err error) {
			_, err = source.Library{MaxBytes: 1 << 30}.Open(path)
			return err
		}},
		{"read the vectors", func() (err error) {
			set, _, err = vectors.Open(tb.Context(), dir, key, nil)
			return err
		}},
		{"index the words", func() (err error) {
			ranker, err = candidate.New(candidate.Input{Source: query, Target: f, SourceVectors: asked, TargetVectors: set})
			return err
		}},
		{"fill chromem-go", func() (err error) {
			index, err = chromem.New(tb.Context(), set, nil)
			return err
		}},
		{"search", func() error {
			hits, err := ranker.Candidates(tb.Context(), query.Elements[0], 10)
			if err == nil && len(hits) != 10 {
				err = fmt.Errorf("%d hits", len(hits))
			}
			return err
		}},
		{"search --semantic", func() error {
			hits, err := index.Nearest(tb.Context(), asked.Matrix.Row(0), 10, nil)
			if err == nil && len(hits) != 10 {
				err = fmt.Errorf("%d hits", len(hits))
			}
			return err
		}},
	}
}

// BenchmarkSearch is the cost of one search and of what comes before it.
//
//	go test ./cmd/concord -run '^$' -bench 'Search/50000'
func BenchmarkSearch(b *testing.B) {
	for _, n := range []int{1000, 50_000} {
		for _, s := range stages(b, n) {
			b.Run(fmt.Sprintf("%d/%s", n, s.name), func(b *testing.B) {
				for b.Loop() {
					if err := s.do(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// madeUp returns a CSV of n requirements in words of no language, whose
// frequencies fall as those of a language do: some 45 words a requirement.
func madeUp(n int) []byte {
	r := rand.New(rand.NewPCG(uint64(n), 0))
	zipf := rand.NewZipf(r, 1.1, 8, 30_000)
	word := func() string {
		const syllables = "bacodefigohujakelimonuparisotevuwaxeyozi"
		var w strings.Builder
		for rank := zipf.Uint64() + 20; rank > 0; rank /= 20 {
			w.WriteString(syllables[2*(rank%20):][:2])
		}
		return w.String()
	}
	words := func(n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = word()
		}
		return strings.Join(list, " ")
	}
	var b bytes.Buffer
	b.WriteString("id,title,text\n")
	for i := range n {
		fmt.Fprintf(&b, "R-%06d,%s,%s\n", i, words(5), words(40))
	}
	return b.Bytes()
}

func noise(n int, seed uint64) [][]float32 {
	r := rand.New(rand.NewPCG(seed, 0))
	rows := make([][]float32, n)
	for i := range rows {
		rows[i] = make([]float32, scaleDims)
		for d := range rows[i] {
			rows[i][d] = float32(r.NormFloat64())
		}
	}
	return rows
}

var (
	scaleTable = filepath.Join("..", "..", "docs", "scale.csv")
	scalePlot  = filepath.Join("..", "..", "docs", "scale.svg")
)

// TestMeasureScale writes the table of docs/scale.md, in milliseconds: the best
// of nine runs, for whatever else the machine does only ever adds.
func TestMeasureScale(t *testing.T) {
	if !*measureScale {
		t.Skip("only with -measure-scale")
	}
	var out [][]string
	for _, n := range []int{1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000} {
		head, row := []string{"elements"}, []string{strconv.Itoa(n)}
		for _, s := range stages(t, n) {
			best := time.Hour
			for range 9 {
				start := time.Now()
				if err := s.do(); err != nil {
					t.Fatal(err)
				}
				best = min(best, time.Since(start))
			}
			head, row = append(head, s.name), append(row, fmt.Sprintf("%.2f", best.Seconds()*1e3))
		}
		if out == nil {
			out = append(out, head)
		}
		out = append(out, row)
	}
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(out); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(scaleTable, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestThePlotOfScaleShowsItsTable(t *testing.T) {
	file, err := os.Open(scaleTable)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	table, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}

	want := drawScale(t, table)

	if *updateScale {
		if err := os.WriteFile(scalePlot, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(scalePlot); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what its table says (%v): draw it with go test ./cmd/concord -run Scale -update-scale", scalePlot, err)
	}
}

// drawScale draws a line for each stage on two logarithmic scales: cost that
// grows as the elements do is a straight line from one corner to the other.
func drawScale(t *testing.T, table [][]string) []byte {
	t.Helper()
	const width, height, left, top, right, bottom = 720, 440, 60, 20, 190, 50
	const minN, maxN, minMS, maxMS = 1000, 100_000, 0.1, 10_000
	number := func(s string) float64 {
		x, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	x := func(n float64) float64 {
		return left + (width-left-right)*math.Log(n/minN)/math.Log(maxN/minN)
	}
	y := func(ms float64) float64 {
		return height - bottom - (height-top-bottom)*math.Log(max(ms, minMS)/minMS)/math.Log(maxMS/minMS)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", width, height)
	fmt.Fprintf(&b, `<title>Cost of a search against the number of elements</title>`+"\n")
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", width, height)
	for ms := minMS; ms <= maxMS; ms *= 10 {
		fmt.Fprintf(&b, `<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%g</text>`+"\n",
			left, y(ms), width-right, left-6, y(ms)+4, ms)
	}
	for _, n := range []float64{1000, 10_000, 100_000} {
		fmt.Fprintf(&b, `<path d="M%.1f %dV%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle">%.0f</text>`+"\n",
			x(n), top, height-bottom, x(n), height-bottom+18, n)
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">elements</text>`+"\n", (left+width-right)/2, height-10)
	fmt.Fprintf(&b, `<text x="16" y="%d" text-anchor="middle" transform="rotate(-90 16 %d)">milliseconds</text>`+"\n", (top+height-bottom)/2, (top+height-bottom)/2)
	colours := []string{"#1b6ca8", "#c44e52", "#55a868", "#8172b2", "#222222", "#cc8400"}
	for s, name := range table[0][1:] {
		var points []string
		var last float64
		for _, row := range table[1:] {
			last = y(number(row[1+s]))
			points = append(points, fmt.Sprintf("%.1f,%.1f", x(number(row[0])), last))
		}
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(points, " "), colours[s%len(colours)])
		fmt.Fprintf(&b, `<text x="%d" y="%.1f" fill="%s">%s</text>`+"\n", width-right+8, last+4, colours[s%len(colours)], name)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}
