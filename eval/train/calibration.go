package train

import (
	"fmt"
	"math"
	"strconv"

	"concord/crosswalk"
	"concord/crosswalk/calibration"
	"concord/eval"
)

// A Statement is what a judge said of one pair, and whether experts listed it.
type Statement struct {
	Features [calibration.Count]float64
	Raw      float64 // the probability that the judge stated
	Listed   bool
}

// fewest is how many listed and how many unlisted pairs a calibration takes at
// least: ten for each of the two numbers that matter most, the intercept and
// the weight of the stated probability. The penalty keeps the others small.
const fewest = 20

// ErrTooFew says that there are too few labels to fit a calibration to.
var ErrTooFew = fmt.Errorf("a calibration takes %d listed and %d unlisted pairs at least", fewest, fewest)

// FitCalibration fits a line to the statements of label sets, each set counting
// the same, by logistic regression: Platt's method (Advances in Large Margin
// Classifiers, 1999) on several features. The weights, not the intercept, are
// held near zero as by a normal prior of variance 1/ridge, which therefore
// counts the less the more pairs there are. It fails with [ErrTooFew]. Which
// sets they were is for the caller to note.
func FitCalibration(sets [][]Statement, ridge float64) (calibration.Fitted, error) {
	var f calibration.Fitted
	filled := 0
	for _, set := range sets {
		filled += min(len(set), 1)
		f.Pairs += len(set)
	}
	var examples []example
	for _, set := range sets {
		for _, s := range set {
			if s.Listed {
				f.Listed++
			}
			examples = append(examples, example{s.Features[:], s.Listed, float64(f.Pairs) / float64(filled*len(set))})
		}
	}
	if f.Listed < fewest || f.Pairs-f.Listed < fewest {
		return f, fmt.Errorf("%d judged pairs, %d of them listed: %w", f.Pairs, f.Listed, ErrTooFew)
	}
	var err error
	f.Intercept, f.Weights, err = regress(examples, ridge)
	return f, err
}

// A Trust says how far probabilities can be taken at their word.
type Trust struct {
	Brier   float64 // mean squared error
	ECE     float64 // calibration error over ten bins of equal mass
	LogLoss float64 // mean, in nats, of probabilities read between .01 and .99
}

func (t Trust) String() string {
	return fmt.Sprintf("Brier %.4f, ECE %.3f, log loss %.3f", t.Brier, t.ECE, t.LogLoss)
}

// Stated is the probability as the judge stated it.
func Stated(s Statement) float64 { return s.Raw }

// By returns the probability that a line gives.
func By(l calibration.Line) func(Statement) float64 {
	return func(s Statement) float64 { return l.Probability(s.Features) }
}

// CheckCalibration measures probabilities of statements, the first two as
// package eval defines them. It is zero without a statement.
func CheckCalibration(statements []Statement, probability func(Statement) float64) Trust {
	var t Trust
	c := eval.Case{Labels: map[string]eval.Label{}}
	for i, s := range statements {
		id, p := strconv.Itoa(i), probability(s)
		c.Decisions = append(c.Decisions, eval.Decision{Target: id, Outcome: crosswalk.Unrelated, Relation: crosswalk.NoRelationship, Strength: -1, Probability: p})
		p = min(max(p, 0.01), 0.99)
		if s.Listed {
			c.Labels[id] = eval.Label{Target: id, Strength: -1}
			t.LogLoss -= math.Log(p) / float64(len(statements))
		} else {
			t.LogLoss -= math.Log(1-p) / float64(len(statements))
		}
	}
	v := eval.Values([]eval.Case{c})
	t.Brier, t.ECE = v["brier"], v["ece"]
	return t
}
