package gate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"concord/eval"
)

// Measured is what a gate is held against.
type Measured struct {
	Results eval.Results
	// Missing says of sets that are not among the results why that is so.
	Missing map[Labels]string
	// Baseline is what a drop counts from; nil if there is none, for the reason
	// that NoBaseline gives.
	Baseline   *eval.Results
	NoBaseline string
	// Seed makes the resamples of the paired tests repeat.
	Seed uint64
}

// An Outcome is what a check, or all of them, came to.
type Outcome string

// The outcomes.
const (
	Pass    Outcome = "pass"
	Fail    Outcome = "fail"
	Skipped Outcome = "skipped" // nothing to judge by; never a pass
)

// A Result is what a check came to.
type Result struct {
	Check
	Sources  int      `json:"sources"`  // requirements that were measured
	Value    *float64 `json:"value"`    // nil if there is none
	Baseline *float64 `json:"baseline"` // of a drop; nil if there is none
	// Paired is the test by requirement of a drop, where there is one. Its Holm
	// is adjusted over all drops of the gate that are tested.
	Paired  *eval.Contrast `json:"paired,omitempty"`
	Outcome Outcome        `json:"outcome"`
	Reason  string         `json:"reason"` // one sentence
}

// rounding is the difference that another processor's arithmetic can make.
const rounding = 1e-9

// Hold checks everything, in the order of the checks. A check is skipped if its
// set was not measured, its metric says nothing there, or it has fewer sources
// than it asks for; a drop also if the baseline does not say, or was measured
// on other labels.
//
// A drop that must be significant fails if the metric is worse by more than its
// limit and the paired test finds a fall too: adjusted by Holm over all drops
// of the gate that are tested, p is at most [eval.Significant].
func (g Gate) Hold(m Measured) Report {
	r := Report{Format: Format, Tool: m.Results.Tool, Judge: m.Results.Judge, Checks: make([]Result, len(g.Checks))}
	for i, c := range g.Checks {
		r.Checks[i] = Result{Check: c}
		r.Checks[i].measure(m)
	}
	pair(r.Checks, m)
	for i := range r.Checks {
		r.Checks[i].judge()
	}
	r.count()
	return r
}

func (r *Result) skip(format string, args ...any) {
	r.Outcome, r.Reason = Skipped, fmt.Sprintf(format, args...)
}

// measure finds the values, or skips the check.
func (r *Result) measure(m Measured) {
	score, why := scoreOf(m.Results, r.Check)
	if why != "" {
		r.skip("not measured: %s", cmp.Or(m.Missing[r.Labels], why))
		return
	}
	value, sources, why := r.of(score)
	r.Sources = sources
	switch {
	case why != "":
		r.skip("%s", why)
		return
	case sources < r.Requirements:
		r.skip("%d requirements, want %d or more", sources, r.Requirements)
		return
	}
	r.Value = &value
	if r.Rule == Drop {
		r.since(m, score)
	}
}

// since finds what the baseline says, or skips the check.
func (r *Result) since(m Measured, now eval.Score) {
	if m.Baseline == nil {
		r.skip("no baseline: %s", m.NoBaseline)
		return
	}
	before, why := scoreOf(*m.Baseline, r.Check)
	if why != "" {
		r.skip("the baseline does not say: %s", why)
		return
	}
	value, sources, why := r.of(before)
	if why != "" {
		r.skip("the baseline does not say: %s", why)
		return
	}
	if _, err := eval.PairScores(before, now); err != nil {
		r.skip("%v", err)
		return
	}
	if sources != r.Sources {
		r.skip("measured on other labels: %d requirements of the slice before, %d now", sources, r.Sources)
		return
	}
	r.Baseline = &value
}

// scoreOf finds what a system reached on a set, or says why it cannot.
func scoreOf(results eval.Results, c Check) (score eval.Score, why string) {
	at := slices.IndexFunc(results.Sets, func(s eval.SetResult) bool { return labelsOf(s) == c.Labels })
	if at < 0 {
		return score, "the results lack the set"
	}
	score, ok := results.Sets[at].Score(c.System)
	if !ok {
		return score, fmt.Sprintf("the results lack the system %s", c.System)
	}
	return score, ""
}

// of finds the value of a check in a score and on how many sources it rests, or
// says why it cannot.
func (c Check) of(s eval.Score) (value float64, sources int, why string) {
	sources = s.Sources
	ok := false
	switch {
	case c.Slice != nil:
		var names []string
		for _, part := range s.Slices {
			if part.By != c.Slice.By {
				continue
			}
			if names = append(names, part.Name); part.Name == c.Slice.Name {
				value, ok = part.Metrics[c.Metric]
				return value, part.Sources, c.silent(ok)
			}
		}
		if names == nil {
			return 0, 0, "the set has no slices by " + c.Slice.By
		}
		return 0, 0, fmt.Sprintf("no slice %s by %s; there are %s", c.Slice.Name, c.Slice.By, strings.Join(names, ", "))
	case c.View != eval.Strict:
		value, ok = s.Views[c.View][c.Metric]
	default:
		value, ok = s.Value(c.Metric)
	}
	return value, sources, c.silent(ok)
}

// silent says that there is no value.
func (c Check) silent(ok bool) string {
	if ok {
		return ""
	}
	return c.title(c.Metric) + " says nothing on this set"
}

// pair tests the drops that can be tested.
func pair(results []Result, m Measured) {
	type put struct { // to the test together
		labels Labels
		system string
	}
	var order []put
	var sets [][]eval.Paired
	for _, r := range results {
		key := put{r.Labels, r.System}
		if !r.testable() || slices.Contains(order, key) {
			continue
		}
		before, _ := scoreOf(*m.Baseline, r.Check)
		now, _ := scoreOf(m.Results, r.Check)
		pairs, err := eval.PairScores(before, now)
		if err != nil {
			continue // skipped for it
		}
		order, sets = append(order, key), append(sets, pairs)
	}
	compared := eval.CompareAll(sets, eval.CompareOptions{Seed: m.Seed, Matters: 1})
	var tested []*eval.Contrast
	var ps []float64
	for i := range results {
		r := &results[i]
		if !r.testable() {
			continue
		}
		all := compared[slices.Index(order, put{r.Labels, r.System})].Measures
		at := slices.IndexFunc(all, func(c eval.Contrast) bool { return c.Measure == r.Metric })
		if at < 0 {
			continue // no decisions by requirement
		}
		contrast := all[at]
		r.Paired = &contrast
		tested, ps = append(tested, &contrast), append(ps, contrast.P)
	}
	for i, p := range eval.Holm(ps) {
		tested[i].Holm = p
	}
}

// testable reports whether there is a paired test of the drop.
func (r *Result) testable() bool { return r.Baseline != nil && r.tested() }

// judge holds a value to its limit.
func (r *Result) judge() {
	if r.Outcome == Skipped {
		return
	}
	value := *r.Value
	switch r.Rule {
	case Floor:
		r.hold(value >= r.Limit-rounding, "%s is at least %s", "%s is below the floor of %s", value)
	case Ceiling:
		r.hold(value <= r.Limit+rounding, "%s is at most %s", "%s is above the ceiling of %s", value)
	case Drop:
		r.judgeDrop(*r.Baseline - value)
	}
}

func (r *Result) hold(passed bool, pass, fail string, value float64) {
	shown, limit := r.beside(value, r.Limit), plainly(r.Limit)
	if passed {
		r.Outcome, r.Reason = Pass, fmt.Sprintf(pass, shown, limit)
		return
	}
	r.Outcome, r.Reason = Fail, fmt.Sprintf(fail, shown, limit)
}

func (r *Result) judgeDrop(fell float64) {
	if m, _ := metricOf(r.Metric); m.Fewer {
		fell = -fell
	}
	if fell <= rounding {
		r.Outcome, r.Reason = Pass, "no worse than the baseline"
		return
	}
	r.hold(fell <= r.Limit+rounding, "worse than the baseline by %s, up to %s is allowed", "worse than the baseline by %s, only %s is allowed", fell)
	if r.Outcome == Pass || !r.Significant {
		return
	}
	switch {
	case r.Paired == nil:
		r.skip("%s; it cannot be tested, for there are no decisions by requirement", r.Reason)
	case r.Paired.Holm > eval.Significant || r.Paired.Difference >= 0:
		r.Outcome, r.Reason = Pass, fmt.Sprintf("%s, but it may be chance (adjusted p %s)", r.Reason, probability(r.Paired.Holm))
	default:
		r.Reason += fmt.Sprintf(", and it is significant (adjusted p %s)", probability(r.Paired.Holm))
	}
}

// beside shows a value with as many decimals as tell it apart from a limit.
func (c Check) beside(value, limit float64) string {
	for decimals := c.decimals(); ; decimals++ {
		shown := strconv.FormatFloat(value, 'f', decimals, 64)
		rounded, _ := strconv.ParseFloat(shown, 64)
		if alike := rounded == limit && math.Abs(value-limit) > rounding; !alike || decimals > 9 {
			return shown
		}
	}
}

// plainly shows a limit as people write it.
func plainly(limit float64) string { return strconv.FormatFloat(limit, 'f', -1, 64) }

// decimals is how many a value is shown with.
func (c Check) decimals() int {
	switch m, _ := metricOf(c.Metric); m.Unit {
	case "pairs", "calls", "tokens":
		return 0
	}
	return 4
}

// probability shows a p-value, which is never zero.
func probability(p float64) string {
	if p < 0.0001 {
		return "<0.0001"
	}
	return strconv.FormatFloat(p, 'f', 4, 64)
}
