package gate_test

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"concord/eval"
	"concord/eval/gate"
)

// systems are those that the gates of these tests may name.
func systems() []string { return []string{"concord", "plain BM25"} }

func TestAGateFileHasACheckForEachLimit(t *testing.T) {
	g, err := gate.Read([]byte(`
baseline: base.json
sets: sets.yaml
checks:
  - set: mine
    folded: true
    requirements: 20
    metrics:
      - {metric: mrr5, floor: 0.64, drop: 0.02}
      - {metric: ece, ceiling: 0.05}
      - {metric: top1, drop: 0, significant: true}
  - set: mine
    system: plain BM25
    slice: {by: function, name: GV}
    metrics: [{metric: strength_rho, floor: -0.5}]
  - set: mine
    view: pooled
    metrics: [{metric: f1, floor: 1}]
`), systems())

	mine := gate.Check{Labels: gate.Labels{Set: "mine", Folded: true}, System: "concord", View: eval.Strict, Requirements: 20}
	want := gate.Gate{Baseline: "base.json", Sets: "sets.yaml", Checks: []gate.Check{mine, mine, mine, mine, {}, {}}}
	for i, set := range []func(*gate.Check){
		func(c *gate.Check) { c.Metric, c.Rule, c.Limit = "mrr5", gate.Floor, 0.64 },
		func(c *gate.Check) { c.Metric, c.Rule, c.Limit = "mrr5", gate.Drop, 0.02 },
		func(c *gate.Check) { c.Metric, c.Rule, c.Limit = "ece", gate.Ceiling, 0.05 },
		func(c *gate.Check) { c.Metric, c.Rule, c.Significant = "top1", gate.Drop, true },
		func(c *gate.Check) {
			*c = gate.Check{Labels: gate.Labels{Set: "mine"}, System: "plain BM25", Slice: &gate.Slice{By: "function", Name: "GV"},
				View: eval.Strict, Metric: "strength_rho", Rule: gate.Floor, Limit: -0.5, Requirements: eval.FewestCompared}
		},
		func(c *gate.Check) {
			*c = gate.Check{Labels: gate.Labels{Set: "mine"}, System: "concord",
				View: eval.Pooled, Metric: "f1", Rule: gate.Floor, Limit: 1, Requirements: eval.FewestCompared}
		},
	} {
		set(&want.Checks[i])
	}
	if err != nil || !reflect.DeepEqual(g, want) {
		t.Errorf("%v\n%+v, want\n%+v", err, g, want)
	}
	if labels := g.Labels(); len(labels) != 2 || labels[0].Key() != "mine folded" || labels[1].Key() != "mine" {
		t.Errorf("labels %v", labels)
	}
}

func TestWhatIsWrongWithAGateFileIsNamedWithItsLine(t *testing.T) {
	// check puts metrics on line 3, and what else the check says on line 4.
	check := func(metric, rest string) string {
		return "checks:\n- set: mine\n  metrics: [{" + metric + "}]\n" + rest
	}
	for name, tt := range map[string]struct{ file, says string }{
		"nothing":                       {"", `nothing under "checks"`},
		"no check":                      {"baseline: x\nchecks: []\n", `nothing under "checks"`},
		"no YAML":                       {"checks: [", "line 1"},
		"two documents":                 {check("metric: f1, floor: 0", "---\nchecks: []\n"), "more"},
		"unknown key":                   {"checks: []\nbase: x\n", `line 2: unknown key base`},
		"unknown key of a check":        {check("metric: f1, floor: 0", "  sett: x\n"), `line 4: unknown key sett`},
		"unknown key of a metric":       {check("metric: f1, flor: 0", ""), `line 3: unknown key flor`},
		"unknown key of a slice":        {check("metric: f1, floor: 0", "  slice: {by: function, nam: GV}\n"), `line 4: unknown key nam`},
		"key twice":                     {"baseline: a\nbaseline: b\n", "line 2"},
		"text for a number":             {check("metric: f1, floor: high", ""), "line 3: cannot unmarshal !!str `high` into float64"},
		"a check without a set":         {"checks:\n- metrics: [{metric: f1, floor: 0}]\n", "line 2: a check needs a set"},
		"a check without metrics":       {"checks:\n- set: mine\n", "line 2: no metric to check"},
		"unknown metric":                {check("metric: mrr, floor: 0", ""), `line 3: no metric "mrr": want one of top1, mrr5, map`},
		"unknown view":                  {check("metric: f1, floor: 0", "  view: loose\n"), `line 4: no view "loose": want one of strict, pooled, condensed, achievable`},
		"unknown system":                {check("metric: f1, floor: 0", "  system: bm25\n"), `line 4: no system "bm25": want one of concord, plain BM25`},
		"unknown slicing":               {check("metric: f1, floor: 0", "  slice: {by: colour, name: x}\n"), `line 4: no slices by "colour": want one of function`},
		"a slice without a name":        {check("metric: f1, floor: 0", "  slice: {by: function}\n"), "line 4: a slice needs a name"},
		"a slice in another view":       {check("metric: f1, floor: 0", "  slice: {by: function, name: x}\n  view: pooled\n"), "line 5: slices are measured in the strict view only"},
		"no requirements":               {check("metric: f1, floor: 0", "  requirements: 0\n"), "line 4: requirements 0: want 1 or more"},
		"no limit":                      {check("metric: f1", ""), "line 3: f1: no limit"},
		"a floor where fewer is better": {check("metric: ece, floor: 0", ""), "line 3: ece: fewer is better: want a ceiling"},
		"a ceiling where more is":       {check("metric: f1, ceiling: 0", ""), "line 3: f1: more is better: want a floor"},
		"a floor above the range":       {check("metric: f1, floor: 1.01", ""), "line 3: f1: floor 1.01: want a number from 0 to 1"},
		"a floor below the range":       {check("metric: f1, floor: -0.1", ""), "from 0 to 1"},
		"a floor that is no number":     {check("metric: f1, floor: .nan", ""), "line 3: f1: floor NaN"},
		"a ceiling without end":         {check("metric: calls, ceiling: .inf", ""), "line 3: calls: ceiling +Inf: want a number from 0 up"},
		"a correlation below -1":        {check("metric: strength_rho, floor: -1.5", ""), "from -1 to 1"},
		"a drop that is a rise":         {check("metric: f1, drop: -0.1", ""), "line 3: f1: drop -0.1: want a number from 0 to 1"},
		"a drop of more than there is":  {check("metric: strength_error, drop: 11", ""), "from 0 to 10"},
		"a significant floor":           {check("metric: f1, floor: 0, significant: true", ""), "line 3: f1: only a drop can be significant"},
		"no test of the metric":         {check("metric: r20, drop: 0, significant: true", ""), "line 3: r20: there is a paired test of top1, mrr5, map and f1 alone"},
		"no test of a slice":            {check("metric: f1, drop: 0, significant: true", "  slice: {by: function, name: x}\n"), "line 3: f1: there is a paired test"},
		"too few to test":               {check("metric: f1, drop: 0, significant: true", "  requirements: 6\n"), "line 3: f1: no test can find a difference with fewer than 7"},
		"what a slice cannot cost":      {check("metric: cost, ceiling: 1", "  slice: {by: function, name: x}\n"), "line 3: cost is known of whole sets"},
		"the same twice":                {check("metric: f1, floor: 0", "- set: mine\n  metrics:\n  - {metric: f1, floor: 0.5}\n"), "line 6: f1 floor of mine again, first on line 3"},
		"the wrong shape":               {"checks: 3\n", "line 1: cannot unmarshal"},
	} {
		_, err := gate.Read([]byte(tt.file), systems())
		if err == nil || !strings.Contains(err.Error(), tt.says) || !strings.HasPrefix(err.Error(), "gate: ") {
			t.Errorf("%s: error %v, want %q", name, err, tt.says)
		}
		if err != nil && strings.Contains(err.Error(), "gate.") {
			t.Errorf("%s: the error names a type of the program: %v", name, err)
		}
	}
}

// TestTheGatesThatAreShownCanBeRead keeps the documentation and the project's
// own gate true.
func TestTheGatesThatAreShownCanBeRead(t *testing.T) {
	own, err := os.ReadFile(filepath.Join("..", "..", ".ci", "gate.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "evaluation.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "## Gate in CI")
	_, shown, _ := strings.Cut(section, "```yaml\n")
	shown, _, _ = strings.Cut(shown, "```")
	for name, file := range map[string]string{"the project's": string(own), "the documentation's": shown} {
		if _, err := gate.Read([]byte(file), systems()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEveryMetricCanBeHeld(t *testing.T) {
	for _, m := range eval.Metrics() {
		rule := "floor"
		if m.Fewer {
			rule = "ceiling"
		}
		file := "checks:\n- set: mine\n  metrics: [{metric: " + m.Name + ", " + rule + ": 0.5, drop: 0.1}]\n"
		if g, err := gate.Read([]byte(file), systems()); err != nil || len(g.Checks) != 2 {
			t.Errorf("%s: %v, %d checks", m.Name, err, len(g.Checks))
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("checks:\n- set: mine\n  metrics: [{metric: f1, floor: 0.5, drop: 0.1, significant: true}]\n"))
	f.Add([]byte("baseline: a\nchecks:\n- &a {set: b, metrics: [{metric: ece, ceiling: 1}]}\n- <<: *a\n  folded: true\n"))
	f.Add([]byte("checks: *x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := gate.Read(data, systems())
		if err != nil {
			return
		}
		if len(g.Checks) == 0 {
			t.Fatal("no check and no error")
		}
		for _, c := range g.Checks {
			limited := c.Limit >= -1 && c.Limit < 1e308 && c.Requirements > 0
			if c.Set == "" || !limited || !slices.Contains(systems(), c.System) || c.Rule == "" || c.Metric == "" {
				t.Fatalf("%+v", c)
			}
		}
		if r := g.Hold(gate.Measured{}); r.Outcome != gate.Skipped || r.Skipped != len(g.Checks) {
			t.Fatalf("nothing was measured, and the gate says %s", r.Summary())
		}
	})
}
