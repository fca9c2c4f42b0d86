package calibration

import (
	"context"
	"fmt"
	"math"
	"slices"

	"concord/corpus"
	"concord/crosswalk"
)

// Count is how many features there are.
const Count = 5

// What a judge is sure of beyond this is read as this: a model that says 1
// knows no more than one that says .99.
const (
	leastSure = 0.01
	mostSure  = 0.99
)

// Features returns what the probability of a verdict rests on:
//
//   - the log odds of the raw probability, read between .01 and .99;
//   - the retrieval score, which is in standard deviations;
//   - the logarithm of the rank;
//   - the agreement of several answers less one half; 0 where there was one;
//   - 1 if a relation is claimed and not both sides have a verified quote,
//     else 0.
func Features(v crosswalk.Verdict, c crosswalk.Candidate) [Count]float64 {
	p := min(max(v.Probability, leastSure), mostSure)
	agreement := 0.0
	if v.Agreement != nil {
		agreement = *v.Agreement - 0.5
	}
	unshown := 0.0
	if v.Outcome == crosswalk.Mapped && !(quoted(v, crosswalk.SourceSide) && quoted(v, crosswalk.TargetSide)) {
		unshown = 1
	}
	return [Count]float64{math.Log(p / (1 - p)), c.Score, math.Log(float64(max(c.Rank, 1))), agreement, unshown}
}

func quoted(v crosswalk.Verdict, side crosswalk.Side) bool {
	return slices.ContainsFunc(v.Quotes, func(q crosswalk.Quote) bool { return q.Side == side })
}

// Says reports whether a verdict states how likely the pair is: one that is
// failed or not judged does not.
func Says(v crosswalk.Verdict) bool {
	return v.Outcome == crosswalk.Mapped || v.Outcome == crosswalk.Unrelated
}

// Apply gives a verdict its calibrated probability, and says what it rests on.
// A verdict that states no probability stays as it is.
func (c Calibration) Apply(v *crosswalk.Verdict, candidate crosswalk.Candidate) {
	if !Says(*v) {
		return
	}
	line, ok := c.For(v.Model, v.Prompt)
	v.Calibrated = line.Probability(Features(*v, candidate))
	v.Calibration = fmt.Sprintf("default: no labels of %s under this prompt", v.Model)
	if ok {
		v.Calibration = fmt.Sprintf("fitted on %d judged pairs of %s under this prompt, %d of them listed", line.Pairs, v.Model, line.Listed)
	}
}

// A Judge is another judge with calibrated verdicts.
type Judge struct {
	Raw crosswalk.Judge
	By  Calibration
}

// Judge implements [crosswalk.Judge].
func (j Judge) Judge(ctx context.Context, source corpus.Element, candidates []crosswalk.Candidate) ([]crosswalk.Verdict, error) {
	verdicts, err := j.Raw.Judge(ctx, source, candidates)
	by := make(map[string]crosswalk.Candidate, len(candidates))
	for _, c := range candidates {
		by[c.Element.ID] = c
	}
	for i := range verdicts {
		if c, ok := by[verdicts[i].Target]; ok {
			j.By.Apply(&verdicts[i], c)
		}
	}
	return verdicts, err
}
