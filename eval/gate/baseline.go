package gate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"concord/eval"
)

// Drops returns the gate with those of its checks that need a baseline.
func (g Gate) Drops() Gate {
	g.Checks = slices.DeleteFunc(slices.Clone(g.Checks), func(c Check) bool { return c.Rule != Drop })
	return g
}

// Renew returns the results that the gate is to count from from now on: of the
// sets, systems, slices and views that its checks name, and nothing else. A set
// that is not among the fresh results stays as it was in the old ones, nil if
// there are none.
func (g Gate) Renew(fresh eval.Results, old *eval.Results) eval.Results {
	kept := eval.Results{Format: eval.Format, Tool: fresh.Tool, Judge: fresh.Judge, Sets: []eval.SetResult{}}
	sources := []eval.Results{fresh}
	if old != nil {
		sources = append(sources, *old)
	}
	for _, labels := range g.Labels() {
		for _, results := range sources {
			at := slices.IndexFunc(results.Sets, func(s eval.SetResult) bool { return labelsOf(s) == labels })
			if at >= 0 {
				kept.Sets = append(kept.Sets, g.keep(results.Sets[at]))
				break
			}
		}
	}
	return kept
}

// keep leaves out of a set what no check names.
func (g Gate) keep(set eval.SetResult) eval.SetResult {
	scores := set.Scores
	set.Scores = []eval.Score{}
	for _, score := range scores {
		slicesOf, views := score.Slices, score.Views
		score.Slices, score.Views = []eval.SliceScore{}, map[eval.View]map[string]float64{}
		named := func(is func(Check) bool) bool {
			return slices.ContainsFunc(g.Checks, func(c Check) bool {
				return c.Labels == labelsOf(set) && c.System == score.System && is(c)
			})
		}
		if !named(func(Check) bool { return true }) {
			continue
		}
		for _, s := range slicesOf {
			if named(func(c Check) bool { return c.Slice != nil && *c.Slice == Slice{s.By, s.Name} }) {
				score.Slices = append(score.Slices, s)
			}
		}
		for view, metrics := range views {
			if named(func(c Check) bool { return c.View == view }) {
				score.Views[view] = metrics
			}
		}
		set.Scores = append(set.Scores, score)
	}
	return set
}

// Encode returns results as a baseline file, as [eval.ReadResults] reads it. Each
// set, system and requirement has a line of its own, so that a change shows
// where it is.
func Encode(results eval.Results) ([]byte, error) {
	body, err := json.Marshal(results)
	if err != nil {
		return nil, err
	}
	// Within a string of JSON a quotation mark never follows a brace bare.
	for _, opening := range []string{`{"set":`, `{"system":`, `{"id":`} {
		body = bytes.ReplaceAll(body, []byte(opening), []byte("\n"+opening))
	}
	return append(body, '\n'), nil
}

// A Change is a value that a gate holds and that is not what it was.
type Change struct {
	Check
	Old, New *float64 // nil if there is none
}

// Changes returns what the checks would find changed from old results, nil if
// there are none, to new ones, each value once, in the order of the checks.
func (g Gate) Changes(old *eval.Results, next eval.Results) []Change {
	var changes []Change
	seen := map[string]bool{}
	for _, c := range g.Checks {
		c.Rule = ""
		if seen[c.what()] {
			continue
		}
		seen[c.what()] = true
		change := Change{Check: c, New: c.in(next)}
		if old != nil {
			change.Old = c.in(*old)
		}
		switch {
		case change.Old == nil && change.New == nil:
		case change.Old != nil && change.New != nil && math.Abs(*change.New-*change.Old) <= rounding:
		default:
			changes = append(changes, change)
		}
	}
	return changes
}

// in returns the value of a check in results, or nil.
func (c Check) in(results eval.Results) *float64 {
	score, why := scoreOf(results, c)
	if why != "" {
		return nil
	}
	value, _, why := c.of(score)
	if why != "" {
		return nil
	}
	return &value
}

// String is the change in one line, safe for a terminal.
func (c Change) String() string {
	shown := func(v *float64) string {
		if v == nil {
			return "none"
		}
		return fmt.Sprintf("%.*f", c.decimals(), *v)
	}
	line := disarmed(fmt.Sprintf("%s: %s: %s → %s", c.Key(), c.title(c.Metric), shown(c.Old), shown(c.New)))
	if c.Old != nil && c.New != nil {
		line += fmt.Sprintf(" (%+.*f)", c.decimals(), *c.New-*c.Old)
	}
	return line
}
