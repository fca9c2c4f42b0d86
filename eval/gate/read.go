package gate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"concord/eval"
)

// DefaultSystem is the one that a check is of unless it names another.
const DefaultSystem = "concord"

// The shape of a gate file.
type (
	file struct {
		Baseline string  `yaml:"baseline"`
		Sets     string  `yaml:"sets"`
		Checks   []entry `yaml:"checks"`
	}
	entry struct {
		Set          string  `yaml:"set"`
		Folded       bool    `yaml:"folded"`
		System       string  `yaml:"system"`
		Slice        *Slice  `yaml:"slice"`
		View         string  `yaml:"view"`
		Requirements *int    `yaml:"requirements"`
		Metrics      []limit `yaml:"metrics"`
	}
	limit struct {
		Metric      string   `yaml:"metric"`
		Floor       *float64 `yaml:"floor"`
		Ceiling     *float64 `yaml:"ceiling"`
		Drop        *float64 `yaml:"drop"`
		Significant bool     `yaml:"significant"`
	}
)

// Read reads a gate file for systems of the given names. An unknown key or
// name, a limit out of the metric's range, a floor where less is better, a
// ceiling where more is, a check that stands twice and a gate without a check
// are errors that name the line.
func Read(data []byte, systems []string) (Gate, error) {
	var f file
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return Gate{}, fmt.Errorf("gate: %w", inWords(err))
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return Gate{}, errors.New("gate: want one YAML document, there are more")
	}
	var tree yaml.Node
	if err := yaml.Unmarshal(data, &tree); err != nil {
		return Gate{}, fmt.Errorf("gate: %w", err)
	}
	r := reader{tree: &tree, systems: systems, first: map[string]int{}}
	g := Gate{Baseline: f.Baseline, Sets: f.Sets}
	if len(f.Checks) == 0 {
		return g, errors.New("gate: nothing under \"checks\": a gate without a check would let everything pass")
	}
	for i, e := range f.Checks {
		checks, err := r.checks(e, i)
		if err != nil {
			return g, fmt.Errorf("gate: %w", err)
		}
		g.Checks = append(g.Checks, checks...)
	}
	return g, nil
}

// inWords says what the YAML library complains of without the names of our
// types.
func inWords(err error) error {
	var all *yaml.TypeError
	if !errors.As(err, &all) {
		return err
	}
	lines := make([]string, len(all.Errors))
	for i, line := range all.Errors {
		if key, _, unknown := strings.Cut(line, " not found in type "); unknown {
			line = strings.Replace(key, "field ", "unknown key ", 1)
		}
		lines[i] = strings.ReplaceAll(line, "gate.", "")
	}
	return errors.New(strings.Join(lines, "; "))
}

// A reader turns entries of a file into checks.
type reader struct {
	tree    *yaml.Node
	systems []string
	first   map[string]int // lines of the checks so far
}

// line returns where the deepest part of a path of keys and indices stands.
func (r reader) line(path ...any) int {
	node := r.tree
	if len(node.Content) > 0 {
		node = node.Content[0]
	}
	at := node.Line
	for _, step := range path {
		var next *yaml.Node
		if node.Kind == yaml.AliasNode {
			node = node.Alias
		}
		switch step := step.(type) {
		case int:
			if step < len(node.Content) {
				next = node.Content[step]
			}
		case string:
			for i := 0; i+1 < len(node.Content); i += 2 {
				if node.Content[i].Value == step {
					next = node.Content[i+1]
				}
			}
		}
		if next == nil {
			break
		}
		node, at = next, next.Line
	}
	return at
}

func (r reader) checks(e entry, i int) ([]Check, error) {
	fail := func(key, format string, args ...any) error {
		return fmt.Errorf("line %d: "+format, append([]any{r.line("checks", i, key)}, args...)...)
	}
	c := Check{Labels: Labels{e.Set, e.Folded}, System: DefaultSystem, Slice: e.Slice, View: eval.Strict, Requirements: eval.FewestCompared}
	if e.Set == "" {
		return nil, fail("set", "a check needs a set")
	}
	if e.System != "" {
		c.System = e.System
	}
	if !slices.Contains(r.systems, c.System) {
		return nil, fail("system", "no system %q: want one of %s", c.System, strings.Join(r.systems, ", "))
	}
	if e.View != "" {
		c.View = eval.View(e.View)
	}
	if views := []string{string(eval.Strict), string(eval.Pooled), string(eval.Condensed), string(eval.Achievable)}; !slices.Contains(views, string(c.View)) {
		return nil, fail("view", "no view %q: want one of %s", e.View, strings.Join(views, ", "))
	}
	if e.Slice != nil {
		switch {
		case !slices.Contains(eval.Slicings(), e.Slice.By):
			return nil, fail("slice", "no slices by %q: want one of %s", e.Slice.By, strings.Join(eval.Slicings(), ", "))
		case e.Slice.Name == "":
			return nil, fail("slice", "a slice needs a name, such as {by: function, name: GV}")
		case c.View != eval.Strict:
			return nil, fail("view", "slices are measured in the strict view only")
		}
	}
	if e.Requirements != nil {
		if c.Requirements = *e.Requirements; c.Requirements < 1 {
			return nil, fail("requirements", "requirements %d: want 1 or more", c.Requirements)
		}
	}
	if len(e.Metrics) == 0 {
		return nil, fail("metrics", "no metric to check: want some under \"metrics\"")
	}
	var checks []Check
	for j, l := range e.Metrics {
		at := r.line("checks", i, "metrics", j)
		more, err := c.limited(l)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", at, err)
		}
		for _, c := range more {
			if first, twice := r.first[c.what()]; twice {
				return nil, fmt.Errorf("line %d: %s of %s again, first on line %d", at, c.Title(), c.Key(), first)
			}
			r.first[c.what()] = at
		}
		checks = append(checks, more...)
	}
	return checks, nil
}

// what is the same for checks of the same thing by the same rule.
func (c Check) what() string { return fmt.Sprintf("%q %v %q", c.Set, c.Folded, c.Title()) }

// limited returns a check for each limit of a metric.
func (c Check) limited(l limit) ([]Check, error) {
	m, known := metricOf(l.Metric)
	if !known {
		var names []string
		for _, m := range metrics() {
			names = append(names, m.Name)
		}
		return nil, fmt.Errorf("no metric %q: want one of %s", l.Metric, strings.Join(names, ", "))
	}
	c.Metric = m.Name
	switch {
	case l.Floor != nil && m.Fewer:
		return nil, fmt.Errorf("%s: fewer is better: want a ceiling, not a floor", m.Name)
	case l.Ceiling != nil && !m.Fewer:
		return nil, fmt.Errorf("%s: more is better: want a floor, not a ceiling", m.Name)
	case l.Floor == nil && l.Ceiling == nil && l.Drop == nil:
		return nil, fmt.Errorf("%s: no limit: want a floor, a ceiling or a drop", m.Name)
	case m.About == aboutSpending && (c.Slice != nil || c.View != eval.Strict):
		return nil, fmt.Errorf("%s is known of whole sets in the strict view only", m.Name)
	case l.Significant && l.Drop == nil:
		return nil, fmt.Errorf("%s: only a drop can be significant", m.Name)
	case l.Significant && !c.tested():
		return nil, fmt.Errorf("%s: there is a paired test of top1, mrr5, map and f1 alone, on a whole set in the strict view", m.Name)
	case l.Significant && c.Requirements < eval.FewestCompared:
		return nil, fmt.Errorf("%s: no test can find a difference with fewer than %d requirements, the check allows %d", m.Name, eval.FewestCompared, c.Requirements)
	}
	low, high := span(m)
	var checks []Check
	for _, limit := range []struct {
		rule      Rule
		value     *float64
		low, high float64
	}{
		{Floor, l.Floor, low, high}, {Ceiling, l.Ceiling, low, high}, {Drop, l.Drop, 0, high - low},
	} {
		if limit.value == nil {
			continue
		}
		v := *limit.value
		if !(v >= limit.low && v <= limit.high) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%s: %s %v: want a number %s", m.Name, limit.rule, v, within(limit.low, limit.high))
		}
		c.Rule, c.Limit, c.Significant = limit.rule, v, limit.rule == Drop && l.Significant
		checks = append(checks, c)
	}
	return checks, nil
}

// span returns between which values a metric lies.
func span(m eval.Metric) (low, high float64) {
	switch m.Unit {
	case "":
		return 0, 1
	case "-1 to 1":
		return -1, 1
	case "steps":
		return 0, 10
	}
	return 0, math.Inf(1)
}

func within(low, high float64) string {
	if math.IsInf(high, 1) {
		return fmt.Sprintf("from %v up", low)
	}
	return fmt.Sprintf("from %v to %v", low, high)
}
