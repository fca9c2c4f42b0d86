package gate_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"concord/eval"
	"concord/eval/gate"
)

// written returns a report in a format.
func written(t testing.TB, r gate.Report, format string) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b, format); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// mixed is a report with every outcome, on two sets.
func mixed(t testing.TB) gate.Report {
	t.Helper()
	g, err := gate.Read([]byte(`
checks:
  - set: mine
    metrics:
      - {metric: top1, floor: 0.5, drop: 0.1}
      - {metric: ece, ceiling: 0.05}
  - set: other
    folded: true
    metrics: [{metric: f1, floor: 0.1}]
  - set: mine
    slice: {by: function, name: GV}
    metrics: [{metric: top1, floor: 0.9}]
`), systems())
	if err != nil {
		t.Fatal(err)
	}
	before := reached(20, 0)
	return g.Hold(gate.Measured{Results: reached(20, 8), Baseline: &before, Seed: 1,
		Missing: map[gate.Labels]string{{Set: "other", Folded: true}: "there is no file other.csv"}})
}

func TestTheTextEndsWithWhatDidNotPass(t *testing.T) {
	const want = `OUTCOME    CHECK                     LIMIT  VALUE   BASELINE  CHANGE   PAIRED, 95 % INTERVAL         ADJUSTED P
mine
  pass     top1 floor                0.5    0.6000
  fail     top1 drop                 0.1    0.6000  1.0000    -0.4000  -0.4000 (-0.6000 to -0.2000)  0.0078
  pass     ece ceiling               0.05   0.0400
  fail     top1 floor, function GV   0.9    0.2000
other folded
  skipped  f1 floor                  0.1

Failed
  mine: top1 drop: worse than the baseline by 0.4000, only 0.1 is allowed
  mine: top1 floor, function GV: 0.2000 is below the floor of 0.9

Skipped
  other folded: f1 floor: not measured: there is no file other.csv

fail: 5 checks: 2 passed, 2 failed, 1 skipped
`
	if got := written(t, mixed(t), "text"); strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(want), " ") {
		t.Errorf("\n%s", got)
	}
}

func TestTheColumnsOfTheTextLineUp(t *testing.T) {
	lines := strings.Split(written(t, mixed(t), "text"), "\n")
	at := strings.Index(lines[0], "CHECK")
	for _, line := range []string{lines[2], lines[4], lines[7]} { // of both sets
		if at < 0 || line[at-1] != ' ' || line[at] == ' ' {
			t.Errorf("no column at %d of %q", at, line)
		}
	}
}

// The structure that readers of JUnit reports share.
type (
	suites struct {
		XMLName  xml.Name `xml:"testsuites"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Errors   int      `xml:"errors,attr"`
		Suites   []suite  `xml:"testsuite"`
	}
	suite struct {
		Name     string `xml:"name,attr"`
		Tests    int    `xml:"tests,attr"`
		Failures int    `xml:"failures,attr"`
		Errors   int    `xml:"errors,attr"`
		Skipped  int    `xml:"skipped,attr"`
		Cases    []struct {
			Class   string   `xml:"classname,attr"`
			Name    string   `xml:"name,attr"`
			Time    *float64 `xml:"time,attr"`
			Failure *struct {
				Message string `xml:"message,attr"`
				Type    string `xml:"type,attr"`
			} `xml:"failure"`
			Skipped *struct {
				Message string `xml:"message,attr"`
			} `xml:"skipped"`
		} `xml:"testcase"`
	}
)

// parsed reads a JUnit report back and holds its counts against its cases.
func parsed(t interface{ Fatalf(string, ...any) }, report string) suites {
	var s suites
	if err := xml.Unmarshal([]byte(report), &s); err != nil {
		t.Fatalf("%v\n%s", err, report)
	}
	tests, failures := 0, 0
	for _, suite := range s.Suites {
		failed, skipped := 0, 0
		for _, c := range suite.Cases {
			if c.Class != suite.Name || c.Name == "" || c.Time == nil || (c.Failure != nil && c.Skipped != nil) {
				t.Fatalf("test case %+v of %q", c, suite.Name)
			}
			if c.Failure != nil {
				failed++
			}
			if c.Skipped != nil {
				skipped++
			}
		}
		if suite.Tests != len(suite.Cases) || suite.Failures != failed || suite.Skipped != skipped || suite.Errors != 0 {
			t.Fatalf("%d tests, %d failures and %d skipped are counted in %+v", suite.Tests, suite.Failures, suite.Skipped, suite)
		}
		tests += suite.Tests
		failures += failed
	}
	if s.Tests != tests || s.Failures != failures || s.Errors != 0 {
		t.Fatalf("the report counts %d tests and %d failures, its suites have %d and %d", s.Tests, s.Failures, tests, failures)
	}
	return s
}

func TestJUnitHasASuiteForEachSetAndACaseForEachCheck(t *testing.T) {
	s := parsed(t, written(t, mixed(t), "junit"))
	if len(s.Suites) != 2 || s.Suites[0].Name != "mine" || len(s.Suites[0].Cases) != 4 || s.Suites[1].Name != "other folded" {
		t.Fatalf("%+v", s)
	}
	passed, failed, skipped := s.Suites[0].Cases[0], s.Suites[0].Cases[1], s.Suites[1].Cases[0]
	if passed.Failure != nil || passed.Skipped != nil || passed.Name != "top1 floor" {
		t.Errorf("%+v", passed)
	}
	if failed.Failure == nil || failed.Failure.Type != "drop" || !strings.Contains(failed.Failure.Message, "only 0.1 is allowed") {
		t.Errorf("%+v", failed)
	}
	if skipped.Skipped == nil || !strings.Contains(skipped.Skipped.Message, "other.csv") {
		t.Errorf("%+v", skipped)
	}
}

func TestJSONHoldsAllThatTheReportDoes(t *testing.T) {
	r := mixed(t)
	var back gate.Report
	dec := json.NewDecoder(strings.NewReader(written(t, r, "json")))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&back); err != nil || !reflect.DeepEqual(back, r) {
		t.Errorf("%v\n%+v, want\n%+v", err, back, r)
	}
	if back.Format != "concord-gate/1" {
		t.Errorf("format %q", back.Format)
	}
}

func TestAnUnknownFormatIsAnErrorThatNamesTheOthers(t *testing.T) {
	if err := mixed(t).Write(io.Discard, "pdf"); err == nil || !strings.Contains(err.Error(), `"pdf": want one of text, json, junit, markdown`) {
		t.Error(err)
	}
}

// anyReport draws a report with any text in it.
func anyReport(t *rapid.T) gate.Report {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"a|b`c`|", "<script>&amp;]]>", "\x00\x1b[31m\u202e", "\xff\xfe", "line\nbreak\r\n| x |", "\ufffe\uffff", `\|`, "# *_[x](y)", "",
	}))
	value := rapid.OneOf(rapid.Just[*float64](nil), rapid.Ptr(rapid.Float64Range(-1e6, 1e6), false))
	var r gate.Report
	r.Format, r.Tool, r.Judge = gate.Format, text.Draw(t, "tool"), text.Draw(t, "judge")
	for range rapid.IntRange(0, 6).Draw(t, "checks") {
		c := gate.Result{Check: gate.Check{Labels: gate.Labels{Set: text.Draw(t, "set"), Folded: rapid.Bool().Draw(t, "folded")},
			System: text.Draw(t, "system"), View: eval.View(text.Draw(t, "view")), Metric: text.Draw(t, "metric"),
			Rule: gate.Rule(text.Draw(t, "rule")), Limit: rapid.Float64Range(-10, 1e9).Draw(t, "limit")},
			Value: value.Draw(t, "value"), Baseline: value.Draw(t, "baseline"), Reason: text.Draw(t, "reason"),
			Outcome: rapid.SampledFrom([]gate.Outcome{gate.Pass, gate.Fail, gate.Skipped}).Draw(t, "outcome")}
		if rapid.Bool().Draw(t, "sliced") {
			c.Slice = &gate.Slice{By: text.Draw(t, "by"), Name: text.Draw(t, "name")}
		}
		if rapid.Bool().Draw(t, "paired") {
			c.Paired = &eval.Contrast{Difference: rapid.Float64Range(-1, 1).Draw(t, "difference"), Holm: rapid.Float64Range(0, 1).Draw(t, "p")}
		}
		r.Checks = append(r.Checks, c)
		switch c.Outcome {
		case gate.Pass:
			r.Passed++
		case gate.Fail:
			r.Failed++
		default:
			r.Skipped++
		}
	}
	return r
}

func TestAnyReportIsWellFormedInEveryFormat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyReport(t)
		all := map[string]string{}
		for _, format := range gate.Formats() {
			var b, again bytes.Buffer
			if err := r.Write(&b, format); err != nil {
				t.Fatal(err)
			}
			if err := r.Write(&again, format); err != nil || again.String() != b.String() {
				t.Fatalf("%s is not the same twice: %v", format, err)
			}
			all[format] = b.String()
		}

		cases := 0
		for _, s := range parsed(t, all["junit"]).Suites {
			cases += len(s.Cases)
		}
		if cases != len(r.Checks) {
			t.Fatalf("%d test cases for %d checks", cases, len(r.Checks))
		}
		if !json.Valid([]byte(all["json"])) {
			t.Fatalf("JSON %s", all["json"])
		}
		rows := 0
		for line := range strings.Lines(all["markdown"]) {
			if strings.HasPrefix(line, "|") {
				rows++
				if n := cells(line); n != 9 {
					t.Fatalf("%d cells in %q", n, line)
				}
			}
		}
		if sets := strings.Count(all["markdown"], "\n### Set "); rows != len(r.Checks)+2*sets {
			t.Fatalf("%d rows in %d tables for %d checks", rows, sets, len(r.Checks))
		}
		for _, format := range []string{"text", "markdown", "junit"} {
			hidden := func(c rune) bool { return c != '\n' && (unicode.IsControl(c) || unicode.Is(unicode.Cf, c)) }
			if strings.ContainsFunc(all[format], hidden) || !utf8.ValidString(all[format]) {
				t.Fatalf("%s has characters that act: %q", format, all[format])
			}
		}
	})
}

// cells counts those of a row of a Markdown table, as GitHub reads it: a
// vertical bar after a backslash is text.
func cells(row string) int {
	n := -1
	for i := 0; i < len(row); i++ {
		switch row[i] {
		case '\\':
			i++
		case '|':
			n++
		}
	}
	return n
}

// FuzzResults holds whatever can be read as results to a gate of all kinds.
func FuzzResults(f *testing.F) {
	for _, r := range []eval.Results{reached(9, 3), {Format: eval.Format}} {
		body, err := gate.Encode(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, body)
	}
	g, err := gate.Read([]byte(`
checks:
  - set: mine
    metrics: [{metric: top1, floor: 0.5, drop: 0.1, significant: true}, {metric: ece, ceiling: 1, drop: 0}, {metric: f1, drop: 0}]
  - {set: mine, view: achievable, metrics: [{metric: top1, drop: 0}]}
  - {set: mine, slice: {by: function, name: GV}, requirements: 1, metrics: [{metric: top1, drop: 0}]}
`), systems())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, now, before []byte) {
		results, err := eval.ReadResults(now)
		if err != nil {
			return
		}
		m := gate.Measured{Results: results, Seed: 1}
		if baseline, err := eval.ReadResults(before); err == nil {
			m.Baseline = &baseline
		}
		r := g.Hold(m)
		parsed(t, written(t, r, "junit"))
		if r.Passed+r.Failed+r.Skipped != len(g.Checks) || !json.Valid([]byte(written(t, r, "json"))) {
			t.Fatalf("%+v", r)
		}
		for _, c := range r.Checks {
			if c.Reason == "" || (c.Outcome != gate.Skipped && c.Value == nil) {
				t.Fatalf("%+v", c)
			}
		}
		if _, err := gate.Encode(g.Renew(results, m.Baseline)); err != nil {
			t.Fatal(err)
		}
	})
}
