// Package local is the built-in embedder: latent semantic analysis of the
// texts at hand, with no network, no key and no stored model.
package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"concord/embed"
)

// Options of [New]. The zero Options are usable.
type Options struct {
	Dimensions int // 100 if zero; fewer where the texts do not carry as many
}

// A Model embeds text by latent semantic analysis: each text is a vector of
// log-scaled term counts weighted by inverse document frequency, projected on
// the leading left singular vectors of the term-by-document matrix it was
// fitted on (Deerwester et al., "Indexing by latent semantic analysis", 1990).
// It is safe for one goroutine at a time.
type Model struct {
	name  string
	fit   func() error // runs once, at the first use
	terms map[string]int
	idf   []float64
	basis *mat.Dense // len(terms) × dimensions

	analyzer embed.Analyzer
}

// seed of the random projection. Any value does; a fixed one makes a fit
// repeat bit for bit.
const seed = 20240226

// New returns a model of the given texts. It is fitted when it first embeds
// something, so that whoever has its vectors already pays nothing.
func New(texts []string, o Options) *Model {
	if o.Dimensions == 0 {
		o.Dimensions = 100
	}
	digest := sha256.New()
	for _, t := range texts {
		fmt.Fprintf(digest, "%d:%s", len(t), t)
	}
	m := &Model{name: fmt.Sprintf("lsa1-%d-%s", o.Dimensions, hex.EncodeToString(digest.Sum(nil))[:16])}
	m.fit = sync.OnceValue(func() error { return m.learn(texts, o.Dimensions) })
	return m
}

// learn fits the model, which takes at least two different words.
func (m *Model) learn(texts []string, dimensions int) error {
	m.terms = map[string]int{}
	var rows [][]int32 // documents as term numbers with repeats
	df := []float64{}
	for _, t := range texts {
		var row []int32
		for _, term := range m.analyzer.Terms(t) {
			j, ok := m.terms[term]
			if !ok {
				j = len(m.terms)
				m.terms[term] = j
				df = append(df, 0)
			}
			row = append(row, int32(j))
		}
		slices.Sort(row)
		for i, j := range row {
			if i == 0 || row[i-1] != j {
				df[j]++
			}
		}
		if len(row) > 0 {
			rows = append(rows, row)
		}
	}
	if len(m.terms) < 2 {
		return fmt.Errorf("local embedder: no words to learn from in %d texts", len(texts))
	}
	m.idf = make([]float64, len(df))
	for j := range df {
		m.idf[j] = math.Log(float64(1+len(rows)) / (0.5 + df[j]))
		if m.idf[j] < 0 {
			m.idf[j] = 0
		}
	}
	docs := make([]sparse, len(rows))
	for i, row := range rows {
		docs[i] = m.weigh(row)
	}
	m.decompose(docs, max(min(dimensions, len(docs)-1, len(m.terms)-1), 1))
	return nil
}

// Name identifies the model by its dimensions and the texts it learns from.
func (m *Model) Name() string { return m.name }

// Embed projects texts. A text without a known word yields a nil vector. It is
// an error if the texts of the model have fewer than two words.
func (m *Model) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := m.fit(); err != nil {
		return nil, err
	}
	out := make([][]float32, len(texts))
	for i, t := range texts {
		var row []int32
		for _, term := range m.analyzer.Terms(t) {
			if j, ok := m.terms[term]; ok {
				row = append(row, int32(j))
			}
		}
		slices.Sort(row)
		out[i] = m.project(m.weigh(row))
	}
	return out, nil
}

// A sparse vector holds ascending indices and their values.
type sparse struct {
	at []int32
	v  []float64
}

// weigh turns ascending term numbers with repeats into a unit vector.
func (m *Model) weigh(row []int32) sparse {
	var s sparse
	norm := 0.0
	for i := 0; i < len(row); {
		j := i
		for j < len(row) && row[j] == row[i] {
			j++
		}
		w := (1 + math.Log(float64(j-i))) * m.idf[row[i]]
		s.at = append(s.at, row[i])
		s.v = append(s.v, w)
		norm += w * w
		i = j
	}
	if norm = math.Sqrt(norm); norm > 0 {
		for i := range s.v {
			s.v[i] /= norm
		}
	}
	return s
}

func (m *Model) project(s sparse) []float32 {
	_, k := m.basis.Dims()
	sum := make([]float64, k)
	for i, j := range s.at {
		row := m.basis.RawRowView(int(j))
		for d := range sum {
			sum[d] += s.v[i] * row[d]
		}
	}
	norm := 0.0
	for _, x := range sum {
		norm += x * x
	}
	if norm = math.Sqrt(norm); norm < 1e-9 {
		return nil
	}
	out := make([]float32, k)
	for d, x := range sum {
		out[d] = float32(x / norm)
	}
	return out
}

// decompose finds the k leading left singular vectors of the term-by-document
// matrix A by randomised subspace iteration on the smaller, document side
// (Halko, Martinsson and Tropp, "Finding structure with randomness", 2011,
// algorithm 4.4), and keeps them as columns of the basis.
func (m *Model) decompose(docs []sparse, k int) {
	const oversample, iterations = 10, 4
	n, t := len(docs), len(m.terms)
	l := min(k+oversample, n)
	rnd := rand.New(rand.NewPCG(seed, uint64(n)))
	q := mat.NewDense(n, l, nil)
	for i := range n {
		for j := range l {
			q.Set(i, j, rnd.NormFloat64())
		}
	}
	y := mat.NewDense(t, l, nil)
	for range iterations {
		times(y, docs, q)           // y = A q
		transposedTimes(q, docs, y) // q = Aᵀ y
		orthonormalize(q)
	}
	times(y, docs, q)
	// y has the range of A restricted to q; its left singular vectors come from
	// the small matrix yᵀy.
	var gram mat.SymDense
	gram.SymOuterK(1, y.T())
	var eig mat.EigenSym
	eig.Factorize(&gram, true)
	values := eig.Values(nil)
	var vectors mat.Dense
	eig.VectorsTo(&vectors)
	for k > 1 && values[l-k] < 1e-10*values[l-1] {
		k--
	}
	lead := mat.NewDense(l, k, nil)
	for j := range k {
		col := l - 1 - j // eigenvalues ascend
		scale := 1 / math.Sqrt(values[col])
		for i := range l {
			lead.Set(i, j, vectors.At(i, col)*scale)
		}
	}
	m.basis = mat.NewDense(t, k, nil)
	m.basis.Mul(y, lead)
}

// times computes y = A q, where the documents are the columns of A.
func times(y *mat.Dense, docs []sparse, q *mat.Dense) {
	y.Zero()
	for i, d := range docs {
		from := q.RawRowView(i)
		for x, j := range d.at {
			to, v := y.RawRowView(int(j)), d.v[x]
			for c := range to {
				to[c] += v * from[c]
			}
		}
	}
}

// transposedTimes computes q = Aᵀ y.
func transposedTimes(q *mat.Dense, docs []sparse, y *mat.Dense) {
	q.Zero()
	for i, d := range docs {
		to := q.RawRowView(i)
		for x, j := range d.at {
			from, v := y.RawRowView(int(j)), d.v[x]
			for c := range to {
				to[c] += v * from[c]
			}
		}
	}
}

// orthonormalize replaces the columns of q by an orthonormal basis of their
// span, by Gram-Schmidt done twice over. A column that depends on those before
// it becomes zero.
func orthonormalize(q *mat.Dense) {
	n, l := q.Dims()
	t := mat.NewDense(l, n, nil) // columns lie contiguous here
	t.Copy(q.T())
	for i := range l {
		v := t.RawRowView(i)
		before := floats.Norm(v, 2)
		for range 2 {
			for j := range i {
				u := t.RawRowView(j)
				floats.AddScaled(v, -floats.Dot(u, v), u)
			}
		}
		if after := floats.Norm(v, 2); after > 1e-12*before {
			floats.Scale(1/after, v)
		} else {
			clear(v)
		}
	}
	q.Copy(t.T())
}
