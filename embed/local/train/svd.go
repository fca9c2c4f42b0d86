package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

const (
	oversample = 20 // columns of the projection beyond those that are kept
	passes     = 4  // of the subspace iteration
)

// leftSingular returns the k leading left singular vectors of a square matrix as
// columns, a row of k numbers for each of its rows, by randomised subspace
// iteration (Halko, Martinsson and Tropp, "Finding structure with randomness",
// 2011, algorithm 4.4). A vector's sign is chosen so that its numbers sum to zero
// or more. It fails if the matrix has fewer than k directions.
func leftSingular(rows []row, k int, seed uint64, progress io.Writer) ([][]float64, error) {
	n := len(rows)
	l := min(k+oversample, n)
	rnd := rand.New(rand.NewPCG(seed, uint64(n)))
	q := mat.NewDense(n, l, nil)
	for i := range n {
		for j := range l {
			q.Set(i, j, rnd.NormFloat64())
		}
	}
	transposed := transpose(rows)
	y := mat.NewDense(n, l, nil)
	for pass := range passes {
		fmt.Fprintf(progress, "factorising: pass %d of %d\n", pass+1, passes)
		times(y, rows, q)
		orthonormalize(y)
		times(q, transposed, y)
		orthonormalize(q)
	}
	times(y, rows, q)
	// y has the range of the matrix restricted to q; its left singular vectors
	// come from the small matrix yᵀy.
	var gram mat.SymDense
	gram.SymOuterK(1, y.T())
	var eigen mat.EigenSym
	if !eigen.Factorize(&gram, true) {
		return nil, errors.New("the singular vectors were not found: the factorisation does not converge")
	}
	values := eigen.Values(nil) // ascending
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	if least := values[l-k]; !(least > 1e-12*values[l-1]) {
		return nil, fmt.Errorf("the words have not enough company for %d dimensions", k)
	}
	lead := mat.NewDense(l, k, nil)
	for j := range k {
		at := l - 1 - j
		for i := range l {
			lead.Set(i, j, vectors.At(i, at)/math.Sqrt(values[at]))
		}
	}
	var u mat.Dense
	u.Mul(y, lead)
	out := make([][]float64, n)
	for i := range out {
		out[i] = u.RawRowView(i)
	}
	turn(out, k)
	return out, nil
}

// turn gives every column the sign that makes its sum zero or more.
func turn(rows [][]float64, k int) {
	for d := range k {
		sum := 0.0
		for _, r := range rows {
			sum += r[d]
		}
		if sum < 0 {
			for _, r := range rows {
				r[d] = -r[d]
			}
		}
	}
}

func transpose(rows []row) []row {
	out := make([]row, len(rows))
	for i, r := range rows {
		for x, j := range r.at {
			out[j].at = append(out[j].at, int32(i))
			out[j].v = append(out[j].v, r.v[x])
		}
	}
	return out
}

// times computes y = A q.
func times(y *mat.Dense, rows []row, q *mat.Dense) {
	for i, r := range rows {
		to := y.RawRowView(i)
		clear(to)
		for x, j := range r.at {
			floats.AddScaled(to, r.v[x], q.RawRowView(int(j)))
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
