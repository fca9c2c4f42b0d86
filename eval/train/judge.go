package train

import (
	"fmt"
	"math"
	"strconv"

	"concord/crosswalk"
	"concord/crosswalk/judge"
	"concord/eval"
)

// A Sample is one pair: its features, and whether experts listed it.
type Sample struct {
	Features [3]float64
	Rank     int // of the target, from 1
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

// Samples are what can be learned of judging: the candidates that are judged, and
// those ranked below deep, judged or not, which teach what to expect of the
// candidates that nobody judges.
type Samples struct{ Judged, Below []Sample }

// deep is the rank below which candidates teach what to expect there.
const deep = 20

// Collect returns the samples of rankings of which the best depth candidates
// are judged, or all if depth is zero. The weights of either kind add up to one.
func Collect(rankings []Ranking, depth int) Samples {
	var out Samples
	for _, r := range rankings {
		for i, c := range r.Candidates {
			s := Sample{Features: judge.Features(c), Rank: i + 1, Listed: r.Listed[c.Element.ID]}
			if depth == 0 || i < depth {
				out.Judged = append(out.Judged, s)
			}
			if i >= deep {
				out.Below = append(out.Below, s)
			}
		}
	}
	for _, samples := range [][]Sample{out.Judged, out.Below} {
		for i := range samples {
			samples[i].Weight = 1 / float64(len(samples))
		}
	}
	return out
}

// Add appends the samples of another set.
func (s *Samples) Add(other Samples) {
	s.Judged, s.Below = append(s.Judged, other.Judged...), append(s.Below, other.Below...)
}

// slight is the penalty on what is expected below: few pairs are listed there,
// so that the penalty of the judge would leave nothing but the intercept.
const slight = 1e-6

// Fit learns a judge model. Its threshold is the one at which F1 over the judged
// samples is best.
func Fit(samples Samples, ridge float64) (judge.Fitted, error) {
	var m judge.Fitted
	var err error
	if m.Line, err = line(samples.Judged, ridge); err != nil {
		return m, fmt.Errorf("cannot fit a judge: %w", err)
	}
	m.Threshold = bestThreshold(m, samples.Judged)
	if m.Below, err = line(samples.Below, slight); err != nil { // as where there are few targets
		m.Below = m.Line
	}
	return m, nil
}

// line fits a logistic regression to samples.
func line(samples []Sample, ridge float64) (judge.Line, error) {
	examples := make([]example, len(samples))
	for i, s := range samples {
		examples[i] = example{s.Features[:], s.Listed, s.Weight}
	}
	intercept, weights, err := regress(examples, ridge)
	if err != nil {
		return judge.Line{}, err
	}
	return judge.Line{Intercept: intercept, Weights: [3]float64(weights)}, nil
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
	Missed, Expected      float64 // listed pairs per source below the judged candidates, and how many the model expects there
}

func (f Fitness) String() string {
	return fmt.Sprintf("precision %.3f, recall of the judged %.3f, F1 %.3f, Brier %.4f, ECE %.3f; missed %.2f a source, expected %.2f",
		f.Precision, f.Recall, f.F1, f.Brier, f.ECE, f.Missed, f.Expected)
}

// Check measures a model on samples, as package eval defines these figures.
func Check(m judge.Fitted, samples Samples, depth int) Fitness {
	var f Fitness
	sources := 0.0
	for _, s := range samples.Below {
		if depth == 0 || s.Rank <= depth {
			continue
		}
		f.Expected += m.Below.Probability(s.Features)
		if s.Listed {
			f.Missed++
		}
	}
	c := eval.Case{Labels: map[string]eval.Label{}}
	for i, s := range samples.Judged {
		if s.Rank == 1 {
			sources++
		}
		id := strconv.Itoa(i)
		if s.Listed {
			c.Labels[id] = eval.Label{Target: id, Strength: -1}
		}
		d := eval.Decision{Target: id, Outcome: crosswalk.Unrelated, Relation: crosswalk.NoRelationship, Strength: -1, Probability: m.Probability(s.Features)}
		if d.Probability >= m.Threshold {
			d.Outcome, d.Relation = crosswalk.Mapped, crosswalk.IntersectsWith
		}
		c.Decisions = append(c.Decisions, d)
	}
	v := eval.Values([]eval.Case{c})
	f.Precision, f.Recall, f.F1, f.Brier, f.ECE = v["precision"], v["recall"], v["f1"], v["brier"], v["ece"]
	f.Missed, f.Expected = f.Missed/max(sources, 1), f.Expected/max(sources, 1)
	return f
}
