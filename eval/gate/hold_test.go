package gate_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/eval"
	"concord/eval/gate"
)

// reached returns results of concord on the set "mine": n requirements, of
// which the first few rank wrongly.
func reached(n, wrong int) eval.Results {
	s := eval.Score{System: "concord", Sources: n, Labels: n, Targets: 50,
		Metrics: map[string]float64{"ece": 0.04, "wrong_direction": 3},
		Views:   map[eval.View]map[string]float64{eval.Achievable: {"top1": 1}}}
	right, half := 0, n/2
	for i := range n {
		r := eval.Requirement{ID: fmt.Sprintf("R-%03d", i), Ranking: eval.Ranking{Top1: 1, MRR5: 1, MAP: 1, R20: 1}, Pairs: &eval.Pairs{Right: 1}}
		if i < wrong {
			r.Ranking, r.Pairs = eval.Ranking{MRR5: 0.5, MAP: 0.5, R20: 1}, &eval.Pairs{Extra: 1, Missed: 1}
		} else {
			right++
		}
		s.Requirements = append(s.Requirements, r)
	}
	of := func(right, n int) float64 { return float64(right) / float64(n) }
	s.Metrics["top1"], s.Metrics["f1"] = of(right, n), of(right, n)
	s.Metrics["mrr5"], s.Metrics["map"] = (1+of(right, n))/2, (1+of(right, n))/2
	s.Slices = []eval.SliceScore{
		{By: "function", Name: "GV", Sources: half, Metrics: map[string]float64{"top1": of(max(half-wrong, 0), max(half, 1))}},
		{By: "function", Name: "PR", Sources: n - half, Metrics: map[string]float64{"top1": 1}},
	}
	return eval.Results{Format: eval.Format, Tool: "concord test", Judge: "local", Sets: []eval.SetResult{{Set: "mine", Scores: []eval.Score{s}}}}
}

// read reads a gate with checks of the set "mine".
func read(t testing.TB, checks string) gate.Gate {
	t.Helper()
	g, err := gate.Read([]byte("checks:\n- {set: mine, "+checks+"}\n"), systems())
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestALimitIsHeldToTheLastDigit(t *testing.T) {
	for name, tt := range map[string]struct {
		metric  string
		wrong   int // of 20; 2 in the baseline
		outcome gate.Outcome
		reason  string
	}{
		"at the floor":              {"metric: top1, floor: 0.9", 2, gate.Pass, "0.9000 is at least 0.9"},
		"below the floor":           {"metric: top1, floor: 0.9", 3, gate.Fail, "0.8500 is below the floor of 0.9"},
		"just below the floor":      {"metric: top1, floor: 0.90000001", 2, gate.Fail, "0.9000 is below the floor of 0.90000001"},
		"rounding is no difference": {"metric: top1, floor: 0.9000000000001", 2, gate.Pass, "is at least"},
		"at the ceiling":            {"metric: ece, ceiling: 0.04", 0, gate.Pass, "0.0400 is at most 0.04"},
		"above the ceiling":         {"metric: ece, ceiling: 0.03", 0, gate.Fail, "0.0400 is above the ceiling of 0.03"},
		"a count":                   {"metric: wrong_direction, ceiling: 2", 0, gate.Fail, "3 is above the ceiling of 2"},
		"a rise":                    {"metric: top1, drop: 0", 1, gate.Pass, "no worse than the baseline"},
		"the same":                  {"metric: top1, drop: 0", 2, gate.Pass, "no worse than the baseline"},
		"a drop that is allowed":    {"metric: top1, drop: 0.05", 3, gate.Pass, "worse than the baseline by 0.0500, up to 0.05 is allowed"},
		"a drop that is not":        {"metric: top1, drop: 0.05", 4, gate.Fail, "worse than the baseline by 0.1000, only 0.05 is allowed"},
		"another view":              {"metric: top1, floor: 1}], view: achievable, x: [{", 5, gate.Pass, "1.0000 is at least 1"},
		"a part":                    {"metric: top1, floor: 0.8}], slice: {by: function, name: GV}, x: [{", 2, gate.Pass, "0.8000 is at least"},
		"a drop of a part":          {"metric: top1, drop: 0.1}], slice: {by: function, name: GV}, x: [{", 4, gate.Fail, "by 0.2000"},
	} {
		metric, rest, _ := strings.Cut(tt.metric, "}]")
		rest, _, _ = strings.Cut(rest, ", x:")
		before := reached(20, 2)

		r := read(t, "metrics: [{"+metric+"}]"+rest).Hold(gate.Measured{Results: reached(20, tt.wrong), Baseline: &before})

		if c := r.Checks[0]; c.Outcome != tt.outcome || !strings.Contains(c.Reason, tt.reason) || r.Outcome != tt.outcome {
			t.Errorf("%s: %s, %s; want %s, %q", name, c.Outcome, c.Reason, tt.outcome, tt.reason)
		}
	}
}

// worse returns results where the metric ece is higher.
func worse(r eval.Results, ece float64) eval.Results {
	r.Sets[0].Scores[0].Metrics["ece"] = ece
	return r
}

func TestADropIsARiseWhereFewerIsBetter(t *testing.T) {
	g := read(t, "metrics: [{metric: ece, drop: 0.01}]")
	before := reached(20, 0)
	for ece, want := range map[float64]gate.Outcome{0: gate.Pass, 0.04: gate.Pass, 0.05: gate.Pass, 0.051: gate.Fail} {
		if r := g.Hold(gate.Measured{Results: worse(reached(20, 0), ece), Baseline: &before}); r.Outcome != want {
			t.Errorf("%v: %s, want %s: %s", ece, r.Outcome, want, r.Checks[0].Reason)
		}
	}
}

func TestAValueIsShownAsFarAsItTakesToTellItFromItsLimit(t *testing.T) {
	g := read(t, "metrics: [{metric: ece, ceiling: 0.04}]")
	r := g.Hold(gate.Measured{Results: worse(reached(20, 0), 0.040004)})
	if got := r.Checks[0].Reason; got != "0.040004 is above the ceiling of 0.04" {
		t.Error(got)
	}
}

func TestWhatCannotBeJudgedIsSkippedWithItsReason(t *testing.T) {
	const drop, floor = "metrics: [{metric: top1, drop: 0.9}]", "metrics: [{metric: top1, floor: 0}]"
	folded := func(r eval.Results) eval.Results { r.Sets[0].Folded = true; return r }
	relabelled := func(r eval.Results) eval.Results { r.Sets[0].Scores[0].Labels++; return r }
	reparted := func(r eval.Results) eval.Results { r.Sets[0].Scores[0].Slices[0].Sources++; return r }
	undecided := func(r eval.Results) eval.Results {
		for i := range r.Sets[0].Scores[0].Requirements {
			r.Sets[0].Scores[0].Requirements[i].Pairs = nil
		}
		return r
	}
	for name, tt := range map[string]struct {
		checks    string
		now, base eval.Results
		says      string
	}{
		"no results":               {floor, eval.Results{}, eval.Results{}, "not measured: the results lack the set"},
		"folded in another way":    {floor, folded(reached(9, 0)), eval.Results{}, "not measured: the results lack the set"},
		"no such system":           {floor + ", system: plain BM25", reached(9, 0), eval.Results{}, "not measured: the results lack the system plain BM25"},
		"a metric without a value": {"metrics: [{metric: gap_f1, floor: 0}]", reached(9, 0), eval.Results{}, "gap_f1 says nothing on this set"},
		"cost of a free judge":     {"metrics: [{metric: cost, ceiling: 1}]", reached(9, 0), eval.Results{}, "cost says nothing on this set"},
		"a view without a value":   {floor + ", view: pooled", reached(9, 0), eval.Results{}, "top1, pooled says nothing on this set"},
		"a slicing without slices": {floor + ", slice: {by: focus, name: defend}", reached(9, 0), eval.Results{}, "the set has no slices by focus"},
		"no such slice":            {floor + ", slice: {by: function, name: XX}", reached(9, 0), eval.Results{}, "no slice XX by function; there are GV, PR"},
		"too few":                  {floor, reached(6, 0), eval.Results{}, "6 requirements, want 7 or more"},
		"fewer than asked for":     {floor + ", requirements: 10", reached(9, 0), eval.Results{}, "9 requirements, want 10 or more"},
		"a part with too few":      {floor + ", slice: {by: function, name: GV}", reached(9, 0), eval.Results{}, "4 requirements, want 7 or more"},
		"no baseline":              {drop, reached(9, 0), eval.Results{}, "no baseline: there is no file"},
		"a baseline of other sets": {drop, reached(9, 0), folded(reached(9, 0)), "the baseline does not say: the results lack the set"},
		"a baseline without it":    {"metrics: [{metric: top1, drop: 0}], view: achievable", reached(9, 0), reached(0, 0), "measured on other labels"},
		"other requirements":       {drop, reached(9, 0), reached(10, 0), "measured on other labels: 10 requirements and 10 pairs before, 9 and 9 now"},
		"other labels":             {drop, relabelled(reached(9, 0)), reached(9, 0), "measured on other labels"},
		"another part":             {drop + ", slice: {by: function, name: GV}", reparted(reached(20, 0)), reached(20, 0), "measured on other labels: 10 requirements of the slice before, 11 now"},
		"nothing to test":          {"metrics: [{metric: f1, drop: 0, significant: true}]", undecided(reached(20, 9)), reached(20, 0), "it cannot be tested"},
	} {
		m := gate.Measured{Results: tt.now, NoBaseline: "there is no file"}
		if tt.base.Sets != nil {
			m.Baseline = &tt.base
		}
		r := read(t, tt.checks).Hold(m)
		if c := r.Checks[0]; r.Outcome != gate.Skipped || r.Skipped != 1 || !strings.Contains(c.Reason, tt.says) {
			t.Errorf("%s: %s, %s; want skipped, %q", name, c.Outcome, c.Reason, tt.says)
		}
	}
}

func TestASetThatWasNotMeasuredSaysWhy(t *testing.T) {
	m := gate.Measured{Missing: map[gate.Labels]string{{Set: "mine"}: "there is no file ours.csv"}}
	r := read(t, "metrics: [{metric: f1, floor: 0}]").Hold(m)
	if got := r.Checks[0].Reason; got != "not measured: there is no file ours.csv" {
		t.Error(got)
	}
}

func TestASignificantDropMustBeLargeAndTested(t *testing.T) {
	for name, tt := range map[string]struct {
		checks  string
		wrong   int // of 20; none in the baseline
		outcome gate.Outcome
		reason  string
	}{
		// McNemar: five that fell have p = .0625, six .03125, eight .0078.
		"may be chance":           {"{metric: top1, drop: 0.05, significant: true}", 5, gate.Pass, "only 0.05 is allowed, but it may be chance (adjusted p 0.0625)"},
		"is no chance":            {"{metric: top1, drop: 0.05, significant: true}", 6, gate.Fail, "and it is significant (adjusted p 0.031"},
		"is allowed all the same": {"{metric: top1, drop: 0.30, significant: true}", 6, gate.Pass, "up to 0.3 is allowed"},
		"one of two":              {"{metric: top1, drop: 0.05, significant: true}, {metric: map, drop: 1}", 6, gate.Pass, "may be chance (adjusted p 0.0625)"},
		"what has no test is not": {"{metric: top1, drop: 0.05, significant: true}, {metric: r20, drop: 1}", 6, gate.Fail, "adjusted p 0.031"},
		"a floor is not":          {"{metric: top1, drop: 0.05, significant: true}, {metric: map, floor: 0}", 6, gate.Fail, "adjusted p 0.031"},
		"one of two, clearly":     {"{metric: top1, drop: 0.05, significant: true}, {metric: map, drop: 1}", 8, gate.Fail, "adjusted p 0.0156"},
		"without the word":        {"{metric: top1, drop: 0.05}", 5, gate.Fail, "only 0.05 is allowed"},
	} {
		before, now := reached(20, 0), reached(20, tt.wrong)
		now.Sets[0].Scores[0].Metrics["r20"], before.Sets[0].Scores[0].Metrics["r20"] = 1, 1

		r := read(t, "metrics: ["+tt.checks+"]").Hold(gate.Measured{Results: now, Baseline: &before, Seed: 1})

		if c := r.Checks[0]; c.Outcome != tt.outcome || !strings.Contains(c.Reason, tt.reason) {
			t.Errorf("%s: %s, %s; want %s, %q", name, c.Outcome, c.Reason, tt.outcome, tt.reason)
		}
	}
}

func TestDropsOfWhatIsMeasuredByRequirementShowTheirTest(t *testing.T) {
	before := reached(20, 0)
	g := read(t, "metrics: [{metric: top1, floor: 0, drop: 1}, {metric: f1, drop: 1}, {metric: ece, drop: 1}]")
	checks := g.Hold(gate.Measured{Results: reached(20, 8), Baseline: &before, Seed: 1}).Checks
	for i, want := range []string{"", "top1", "f1", ""} {
		got := ""
		if p := checks[i].Paired; p != nil {
			got = p.Measure
			if p.Difference != -0.4 || !(p.Low < p.Difference && p.Difference < p.High) || p.Holm < p.P {
				t.Errorf("%s: %+v", checks[i].Title(), p)
			}
		}
		if got != want {
			t.Errorf("%s: a test of %q, want %q", checks[i].Title(), got, want)
		}
	}
}

func TestOneFailureFailsAndOneSkipNeverPasses(t *testing.T) {
	pass, fail, skip := "{metric: top1, floor: 0}", "{metric: f1, floor: 1}", "{metric: gap_f1, floor: 0}"
	for checks, want := range map[string]gate.Outcome{
		pass:                           gate.Pass,
		pass + ", " + skip:             gate.Skipped,
		pass + ", " + fail:             gate.Fail,
		skip + ", " + fail:             gate.Fail,
		skip:                           gate.Skipped,
		pass + "," + skip + "," + fail: gate.Fail,
	} {
		if r := read(t, "metrics: ["+checks+"]").Hold(gate.Measured{Results: reached(20, 1)}); r.Outcome != want {
			t.Errorf("%s: %s, want %s", checks, r.Outcome, want)
		}
	}
	if r := (gate.Gate{}).Hold(gate.Measured{}); r.Outcome != gate.Skipped {
		t.Errorf("a gate without checks says %s", r.Outcome)
	}
}

// TestWorseNeverPassesWhatBetterFails holds for every limit.
func TestWorseNeverPassesWhatBetterFails(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.Float64Range(0, 1).Draw(t, "limit")
		few := rapid.IntRange(0, 10).Draw(t, "few")
		more := rapid.IntRange(few, 10).Draw(t, "more")
		rule := rapid.SampledFrom([]gate.Rule{gate.Floor, gate.Drop}).Draw(t, "rule")
		g := gate.Gate{Checks: []gate.Check{{Labels: gate.Labels{Set: "mine"}, System: "concord", View: eval.Strict,
			Metric: "top1", Rule: rule, Limit: limit, Requirements: 1, Significant: rule == gate.Drop && rapid.Bool().Draw(t, "significant")}}}
		before := reached(10, rapid.IntRange(0, 10).Draw(t, "before"))
		better := g.Hold(gate.Measured{Results: reached(10, few), Baseline: &before, Seed: 1})
		bad := g.Hold(gate.Measured{Results: reached(10, more), Baseline: &before, Seed: 1})
		if better.Outcome == gate.Fail && bad.Outcome != gate.Fail {
			t.Fatalf("%d wrong: %s; %d wrong: %s", few, better.Checks[0].Reason, more, bad.Checks[0].Reason)
		}
	})
}
