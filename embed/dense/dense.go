// Package dense searches vectors that are held in one matrix, exactly.
//
// Every search looks at every row. The score of a row is its dot product with
// the query, which is the cosine where both have unit length. The score of two
// vectors is the same bits whichever search computes it, on however many
// processors and whatever stands beside them, and equal scores are ordered by
// row: a search repeats.
//
// A product is summed in single precision within stretches of 128 dimensions
// and in double precision over them, so that of two vectors of unit length it
// is within 1e-5 of the exact one in any number of dimensions.
package dense

import (
	"fmt"
	"math"
)

// A Matrix holds vectors of one length as its rows, one after the other. The
// zero Matrix has none. It is never written to after it was made, so any number
// of goroutines may search it at once.
type Matrix struct {
	rows, dims int
	data       []float32 // rows × dims
}

// New returns the matrix whose rows lie one after the other in data. It does
// not copy: data belongs to the matrix from now on. It is an error if data is
// not a whole number of rows of the given number of dimensions.
func New(data []float32, dims int) (Matrix, error) {
	if len(data) == 0 && dims >= 0 {
		return Matrix{}, nil
	}
	if dims <= 0 || len(data)%dims != 0 {
		return Matrix{}, fmt.Errorf("%d numbers are no whole number of vectors of %d dimensions", len(data), dims)
	}
	return Matrix{rows: len(data) / dims, dims: dims, data: data}, nil
}

// Rows returns the number of vectors.
func (m Matrix) Rows() int { return m.rows }

// Dims returns the length of the vectors, 0 if there are none.
func (m Matrix) Dims() int { return m.dims }

// Row returns vector i, from 0. It belongs to the matrix: read it only.
func (m Matrix) Row(i int) []float32 { return m.data[i*m.dims : (i+1)*m.dims : (i+1)*m.dims] }

// Data returns all rows, one after the other. They belong to the matrix: read
// them only.
func (m Matrix) Data() []float32 { return m.data }

// Products returns the score of every row, in order of row. The query must be
// as long as the rows: it panics if there are rows of another length.
func (m Matrix) Products(query []float32) []float64 {
	if m.rows > 0 && len(query) != m.dims {
		panic(fmt.Sprintf("product of a query of %d dimensions with vectors of %d", len(query), m.dims))
	}
	out := make([]float64, m.rows)
	m.products(query, 0, out)
	return out
}

// check refuses a query that cannot be compared with the rows, or whose scores
// would have no order. Any query fits a matrix without rows.
func (m Matrix) check(query []float32) error {
	if m.rows == 0 {
		return nil
	}
	if len(query) != m.dims {
		return fmt.Errorf("the query has %d dimensions, the %d vectors have %d: were they made by another embedder?", len(query), m.rows, m.dims)
	}
	for i, x := range query {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return fmt.Errorf("dimension %d of the query is %v, not a finite number", i+1, x)
		}
	}
	return nil
}
