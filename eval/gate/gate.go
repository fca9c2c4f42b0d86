// Package gate holds an evaluation to floors and allowed drops. A YAML file says
// which, see [Read]; people and continuous integration read what came of it,
// see [Report]. It measures nothing itself.
package gate

import (
	"slices"
	"strings"

	"concord/eval"
)

// A Gate is a list of checks and where to find what they need.
type Gate struct {
	Baseline string  // file with the results that a drop counts from, "" for none
	Sets     string  // file of the user's own label sets, "" for the built-in ones
	Checks   []Check // at least one, no two alike
}

// A Check holds one metric to one limit.
type Check struct {
	Labels
	System string    `json:"system"`
	Slice  *Slice    `json:"slice,omitempty"` // nil for the whole set
	View   eval.View `json:"view"`
	Metric string    `json:"metric"` // as in docs/metrics.md
	Rule   Rule      `json:"rule"`
	Limit  float64   `json:"limit"` // on the scale of the metric
	// Significant says that a drop fails only if the paired test finds it too.
	Significant bool `json:"significant,omitempty"`
	// Requirements is the least number of sources to say anything, from 1 up.
	Requirements int `json:"requirements"`
}

// Labels name a label set and how it is counted.
type Labels struct {
	Set    string `json:"set"`
	Folded bool   `json:"folded"` // enhancements count as their controls
}

func labelsOf(s eval.SetResult) Labels { return Labels{s.Set, s.Folded} }

// Key is as that of [eval.SetResult].
func (l Labels) Key() string { return eval.SetResult{Set: l.Set, Folded: l.Folded}.Key() }

// A Slice names a part of a set.
type Slice struct {
	By   string `json:"by" yaml:"by"` // as in eval.Slicings
	Name string `json:"name" yaml:"name"`
}

// A Rule says what a limit means.
type Rule string

// The rules.
const (
	Floor   Rule = "floor"   // the least value, of a metric where more is better
	Ceiling Rule = "ceiling" // the greatest value, of a metric where less is better
	Drop    Rule = "drop"    // how much worse than the baseline is allowed
)

// Labels returns what the checks are measured on, each once, in their order.
func (g Gate) Labels() []Labels {
	var named []Labels
	for _, c := range g.Checks {
		if !slices.Contains(named, c.Labels) {
			named = append(named, c.Labels)
		}
	}
	return named
}

// Title says what is held to what, but for the set, such as "mrr5 floor" or
// "top1 drop, function GV". It does not change with the limit.
func (c Check) Title() string { return c.title(c.Metric + " " + string(c.Rule)) }

func (c Check) title(metric string) string {
	parts := []string{metric}
	if c.Slice != nil {
		parts = append(parts, c.Slice.By+" "+c.Slice.Name)
	}
	if c.View != eval.Strict {
		parts = append(parts, string(c.View))
	}
	if c.System != DefaultSystem {
		parts = append(parts, c.System)
	}
	return strings.Join(parts, ", ")
}

// tested reports whether there is a paired test of a check: of what is measured
// by requirement, on a whole set.
func (c Check) tested() bool {
	if c.Slice != nil || c.View != eval.Strict {
		return false
	}
	switch c.Metric {
	case "top1", "mrr5", "map", "f1":
		return true
	}
	return false
}

// metrics returns what can be held: all that is measured, and what a model's
// answers took.
func metrics() []eval.Metric {
	list := eval.Metrics()
	for _, m := range []eval.Metric{{Name: "calls", Unit: "calls"}, {Name: "tokens", Unit: "tokens"}, {Name: "cost", Unit: "money"}} {
		m.Fewer, m.About = true, aboutSpending
		list = append(list, m)
	}
	return list
}

// aboutSpending marks the metrics that only a whole set has.
const aboutSpending = "spending"

func metricOf(name string) (eval.Metric, bool) {
	for _, m := range metrics() {
		if m.Name == name {
			return m, true
		}
	}
	return eval.Metric{}, false
}
