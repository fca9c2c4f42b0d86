package train

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"concord/crosswalk"
	"concord/crosswalk/judge"
	"concord/eval"
)

// A Sample is one judged pair: its features, and whether experts listed it.
type Sample struct {
	Features [3]float64
	Listed   bool
	// Weight makes every source framework count the same.
	Weight float64
}

// A Ranking is what the engine found for one source, best first, and the ids of
// the targets that experts listed.
type Ranking struct {
	Candidates []crosswalk.Candidate
	Listed     map[string]bool
}

// Samples collects the best depth candidates of every ranking, or all if depth
// is zero. Their weights add up to one.
func Samples(rankings []Ranking, depth int) []Sample {
	var out []Sample
	for _, r := range rankings {
		for i, c := range r.Candidates {
			if depth > 0 && i == depth {
				break
			}
			out = append(out, Sample{Features: judge.Features(c), Listed: r.Listed[c.Element.ID]})
		}
	}
	for i := range out {
		out[i].Weight = 1 / float64(len(out))
	}
	return out
}

// Fit learns a judge model by weighted logistic regression with a ridge
// penalty (iteratively reweighted least squares), and the threshold at which
// F1 over the same samples is best.
func Fit(samples []Sample, ridge float64) (judge.Fitted, error) {
	var m judge.Fitted
	listed := 0
	for _, s := range samples {
		if s.Listed {
			listed++
		}
	}
	if listed == 0 || listed == len(samples) {
		return m, fmt.Errorf("cannot fit a judge: %d of %d samples are listed pairs", listed, len(samples))
	}
	const n = 4 // intercept and three features
	var beta [n]float64
	for range 50 {
		gradient, hessian := mat.NewVecDense(n, nil), mat.NewSymDense(n, nil)
		for _, s := range samples {
			x := [n]float64{1, s.Features[0], s.Features[1], s.Features[2]}
			z := 0.0
			for i := range x {
				z += beta[i] * x[i]
			}
			p := 1 / (1 + math.Exp(-z))
			y := 0.0
			if s.Listed {
				y = 1
			}
			v := mat.NewVecDense(n, x[:])
			gradient.AddScaledVec(gradient, s.Weight*(y-p), v)
			hessian.SymRankOne(hessian, s.Weight*p*(1-p), v)
		}
		for i := 1; i < n; i++ { // the intercept is not penalised
			gradient.SetVec(i, gradient.AtVec(i)-ridge*beta[i])
			hessian.SetSym(i, i, hessian.At(i, i)+ridge)
		}
		var step mat.VecDense
		if err := step.SolveVec(hessian, gradient); err != nil {
			return m, fmt.Errorf("cannot fit a judge on %d samples: %w", len(samples), err)
		}
		for i := range n {
			beta[i] += step.AtVec(i)
		}
		if mat.Norm(&step, math.Inf(1)) < 1e-9 {
			break
		}
	}
	m.Intercept = beta[0]
	copy(m.Weights[:], beta[1:])
	m.Threshold = bestThreshold(m, samples)
	return m, nil
}

// bestThreshold returns the probability, in steps of one hundredth, at which
// F1 is best.
func bestThreshold(m judge.Fitted, samples []Sample) float64 {
	best, at := -1.0, 0.5
	for t := 0.05; t < 0.951; t += 0.01 {
		right, extra, missed := 0.0, 0.0, 0.0
		for _, s := range samples {
			proposed := m.Probability(s.Features) >= t
			switch {
			case proposed && s.Listed:
				right += s.Weight
			case proposed:
				extra += s.Weight
			case s.Listed:
				missed += s.Weight
			}
		}
		if f1 := 2 * right / (2*right + extra + missed); f1 > best+1e-12 {
			best, at = f1, t
		}
	}
	return math.Round(at*100) / 100
}

// A Fitness says how a model does on samples it was not fitted on.
type Fitness struct {
	Precision, Recall, F1 float64 // at the model's threshold, over the judged candidates
	Brier                 float64 // mean squared error of the probability
	ECE                   float64 // calibration error over ten bins of equal mass
}

func (f Fitness) String() string {
	return fmt.Sprintf("precision %.3f, recall of the judged %.3f, F1 %.3f, Brier %.4f, ECE %.3f", f.Precision, f.Recall, f.F1, f.Brier, f.ECE)
}

// Check measures a model on samples, as package eval defines these figures.
func Check(m judge.Fitted, samples []Sample) Fitness {
	c := eval.Case{Labels: map[string]eval.Label{}, Decisions: make([]eval.Decision, len(samples))}
	for i, s := range samples {
		id := strconv.Itoa(i)
		if s.Listed {
			c.Labels[id] = eval.Label{Target: id, Strength: -1}
		}
		d := eval.Decision{Target: id, Outcome: crosswalk.Unrelated, Relation: crosswalk.NoRelationship, Strength: -1, Probability: m.Probability(s.Features)}
		if d.Probability >= m.Threshold {
			d.Outcome, d.Relation = crosswalk.Mapped, crosswalk.IntersectsWith
		}
		c.Decisions[i] = d
	}
	v := eval.Values([]eval.Case{c})
	return Fitness{v["precision"], v["recall"], v["f1"], v["brier"], v["ece"]}
}
