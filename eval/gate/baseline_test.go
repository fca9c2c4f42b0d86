package gate_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/eval"
	"concord/eval/gate"
)

// full returns what a whole evaluation measures: more sets, systems, slices and
// views than a gate asks for.
func full(n, wrong int) eval.Results {
	r := reached(n, wrong)
	plain := reached(n, n).Sets[0].Scores[0]
	plain.System = "plain BM25"
	r.Sets[0].Scores = append(r.Sets[0].Scores, plain)
	folded, other := reached(n, wrong).Sets[0], reached(n, 0).Sets[0]
	folded.Folded, other.Set = true, "other"
	r.Sets = append(r.Sets, folded, other)
	return r
}

func TestABaselineKeepsWhatTheChecksNameAlone(t *testing.T) {
	r := read(t, "slice: {by: function, name: PR}, metrics: [{metric: top1, drop: 0}]").Renew(full(20, 3), nil)
	if len(r.Sets) != 1 || r.Sets[0].Set != "mine" || r.Sets[0].Folded || len(r.Sets[0].Scores) != 1 || r.Format != eval.Format || r.Tool != "concord test" {
		t.Fatalf("%+v", r)
	}
	s := r.Sets[0].Scores[0]
	if s.System != "concord" || len(s.Slices) != 1 || s.Slices[0].Name != "PR" || len(s.Views) != 0 || len(s.Requirements) != 20 {
		t.Errorf("%+v", s)
	}
}

func TestOnlyDropsNeedABaseline(t *testing.T) {
	g := read(t, "metrics: [{metric: top1, floor: 0, drop: 0.5}, {metric: ece, ceiling: 0}]")
	if d := g.Drops(); len(d.Checks) != 1 || d.Checks[0].Rule != gate.Drop || len(g.Checks) != 3 {
		t.Errorf("%+v of %+v", d.Checks, g.Checks)
	}
}

func TestASetThatWasNotMeasuredKeepsItsOldBaseline(t *testing.T) {
	g, err := gate.Read([]byte(`
checks:
  - {set: mine, metrics: [{metric: top1, drop: 0}]}
  - {set: other, metrics: [{metric: top1, drop: 0}]}
  - {set: third, metrics: [{metric: top1, drop: 0}]}
`), systems())
	if err != nil {
		t.Fatal(err)
	}
	old := full(20, 3)

	r := g.Renew(reached(10, 1), &old)

	if len(r.Sets) != 2 || r.Sets[0].Scores[0].Sources != 10 || r.Sets[1].Set != "other" || r.Sets[1].Scores[0].Sources != 20 {
		t.Errorf("%+v", r.Sets)
	}
}

func TestABaselineFileIsReadAsTheResultsItWasMadeFrom(t *testing.T) {
	r := full(9, 2)
	r.Sets[0].Set = "{\"id\":\n{\"set\":"
	body, err := gate.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	back, err := eval.ReadResults(body)
	if err != nil || !reflect.DeepEqual(back, r) {
		t.Errorf("%v\n%+v, want\n%+v", err, back, r)
	}
	// One line each for the head, four scores, their sets and their requirements.
	if lines := bytes.Count(body, []byte("\n")); lines != 1+4+3+4*9 {
		t.Errorf("%d lines", lines)
	}
}

func TestChangesNameEachValueOnceWithWhatItWas(t *testing.T) {
	g := read(t, "metrics: [{metric: top1, floor: 0, drop: 0}, {metric: ece, drop: 0}, {metric: wrong_direction, drop: 9}, {metric: gap_f1, drop: 0}]")
	old, next := reached(20, 2), reached(20, 5)
	next.Sets[0].Scores[0].Metrics["wrong_direction"] = 12
	var lines []string
	for _, c := range g.Changes(&old, next) {
		lines = append(lines, c.String())
	}
	if got := strings.Join(lines, "\n"); got != "mine: top1: 0.9000 → 0.7500 (-0.1500)\nmine: wrong_direction: 3 → 12 (+9)" {
		t.Error(got)
	}
	if c := g.Changes(nil, next); len(c) != 3 || c[0].String() != "mine: top1: none → 0.7500" {
		t.Errorf("%v", c)
	}
	if c := g.Changes(&old, old); c != nil {
		t.Errorf("%v", c)
	}
}

// TestASmallBaselineSaysWhatTheWholeOneSays is why less is enough.
func TestASmallBaselineSaysWhatTheWholeOneSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var g gate.Gate
		for range rapid.IntRange(1, 4).Draw(t, "checks") {
			c := gate.Check{
				Labels: gate.Labels{Set: rapid.SampledFrom([]string{"mine", "other"}).Draw(t, "set"), Folded: rapid.Bool().Draw(t, "folded")},
				System: rapid.SampledFrom(systems()).Draw(t, "system"),
				View:   rapid.SampledFrom([]eval.View{eval.Strict, eval.Achievable, eval.Pooled}).Draw(t, "view"),
				Metric: rapid.SampledFrom([]string{"top1", "f1", "ece"}).Draw(t, "metric"),
				Rule:   gate.Drop, Limit: rapid.Float64Range(0, 1).Draw(t, "limit"), Requirements: 1,
			}
			if c.View == eval.Strict && rapid.Bool().Draw(t, "sliced") {
				c.Slice = &gate.Slice{By: "function", Name: "GV"}
			}
			g.Checks = append(g.Checks, c)
		}
		whole := full(10, rapid.IntRange(0, 10).Draw(t, "before"))
		small := g.Renew(whole, nil)
		now := full(10, rapid.IntRange(0, 10).Draw(t, "now"))

		want := g.Hold(gate.Measured{Results: now, Baseline: &whole, Seed: 1})
		got := g.Hold(gate.Measured{Results: now, Baseline: &small, Seed: 1})

		for i, c := range got.Checks { // the reason may name other slices
			if w := want.Checks[i]; c.Outcome != w.Outcome || !reflect.DeepEqual(c.Paired, w.Paired) || !reflect.DeepEqual(c.Baseline, w.Baseline) {
				t.Fatalf("%+v, want\n%+v", c, w)
			}
		}
	})
}
