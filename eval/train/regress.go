package train

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// An example is one pair as a regression sees it.
type example struct {
	features []float64
	listed   bool
	weight   float64
}

// regress fits a weighted logistic regression with a ridge penalty, which the
// intercept is free of, by iteratively reweighted least squares. All examples
// have the same number of features. It fails unless both outcomes are there.
func regress(examples []example, ridge float64) (intercept float64, weights []float64, err error) {
	listed := 0
	for _, e := range examples {
		if e.listed {
			listed++
		}
	}
	if listed == 0 || listed == len(examples) {
		return 0, nil, fmt.Errorf("%d of %d samples are listed pairs", listed, len(examples))
	}
	n := 1 + len(examples[0].features)
	beta := make([]float64, n)
	x := make([]float64, n)
	v := mat.NewVecDense(n, x)
	for range 50 {
		gradient, hessian := mat.NewVecDense(n, nil), mat.NewSymDense(n, nil)
		for _, e := range examples {
			x[0] = 1
			copy(x[1:], e.features)
			z := 0.0
			for i := range x {
				z += beta[i] * x[i]
			}
			p := 1 / (1 + math.Exp(-z))
			y := 0.0
			if e.listed {
				y = 1
			}
			gradient.AddScaledVec(gradient, e.weight*(y-p), v)
			hessian.SymRankOne(hessian, e.weight*p*(1-p), v)
		}
		for i := 1; i < n; i++ {
			gradient.SetVec(i, gradient.AtVec(i)-ridge*beta[i])
			hessian.SetSym(i, i, hessian.At(i, i)+ridge)
		}
		var step mat.VecDense
		if err := step.SolveVec(hessian, gradient); err != nil {
			return 0, nil, fmt.Errorf("%d samples: %w", len(examples), err)
		}
		for i := range n {
			beta[i] += step.AtVec(i)
		}
		if mat.Norm(&step, math.Inf(1)) < 1e-9 {
			break
		}
	}
	return beta[0], beta[1:], nil
}
