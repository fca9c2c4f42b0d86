package agreement_test

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/agreement"
)

var nine = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// proposal makes up the proposal of pair i, a subset.
func proposal(i int) crosswalk.Proposal {
	p := crosswalk.Proposal{
		Source: corpus.Ref{Framework: "s", Edition: "1", ID: fmt.Sprintf("S-%03d", i)}, Target: corpus.Ref{Framework: "t", Edition: "1", ID: "T"},
		Outcome: crosswalk.Mapped, Relation: crosswalk.SubsetOf, RationaleType: crosswalk.Semantic,
	}
	p.ID = crosswalk.ProposalID(p.Source, p.Target, p.RationaleType)
	return p
}

// say makes up a decision that a pair has a relation, minutes after nine.
func say(p crosswalk.Proposal, reviewer string, minute int, r crosswalk.Relation) crosswalk.Decision {
	d := crosswalk.Decision{
		Time: nine.Add(time.Duration(minute) * time.Minute), Reviewer: reviewer, Proposal: p.ID, ProposalSHA256: p.SHA256(),
		Action: crosswalk.Correct, Relation: r, RationaleType: p.RationaleType, SuggestionVisible: true,
	}
	switch r {
	case crosswalk.NoRelationship:
		d.Action, d.Relation, d.RationaleType, d.Reason = crosswalk.Reject, "", "", crosswalk.WrongTarget
	case p.Relation:
		d.Action = crosswalk.Accept
	}
	return d.Identified()
}

// matrix makes a run of what reviewers say: a line for each, a digit for each
// pair, 1 to 5 for a relation and a point for nothing.
func matrix(lines ...string) agreement.Run {
	var run agreement.Run
	for i := range lines[0] {
		p := proposal(i)
		run.Proposals = append(run.Proposals, p)
		for who, line := range lines {
			if c := line[i]; c != '.' {
				run.Decisions = append(run.Decisions, say(p, string(rune('A'+who)), i, crosswalk.Relations()[c-'1']))
			}
		}
	}
	return run
}

func question(t testing.TB, g agreement.Group, name string) agreement.Question {
	t.Helper()
	i := slices.IndexFunc(g.Questions, func(q agreement.Question) bool { return q.Name == name })
	if i < 0 {
		t.Fatalf("no question %q", name)
	}
	return g.Questions[i]
}

func near(e agreement.Estimate, want, by float64) bool {
	return e.Value != nil && math.Abs(*e.Value-want) <= by && e.Undefined == ""
}

func shown(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// The example is that of Krippendorff (2011), section C: four observers, twelve
// units, nominal data with some missing.
func TestAlphaIsThatOfThePublishedExample(t *testing.T) {
	run := matrix(
		"123321412...",
		"1233224125.3",
		".3332342251.",
		"12332441251.",
	)

	g := agreement.Measure([]agreement.Run{run}, 1).Groups[0]

	if q := question(t, g, agreement.WhichRelation); !near(q.Alpha, .743, .0005) || g.Pairs != 12 || g.Shared != 11 {
		t.Errorf("%s", shown(q))
	}
}

// The example is table 18.1 of Fleiss, Levin and Paik, Statistical Methods for
// Rates and Proportions (3rd ed., 2003): two raters, 100 cases, three categories,
// with the kappa of each category against the others.
func TestKappaIsThatOfThePublishedExample(t *testing.T) {
	var a, b strings.Builder
	for _, x := range []struct {
		a, b string
		n    int
	}{{"1", "1", 75}, {"1", "2", 1}, {"1", "3", 4}, {"2", "1", 5}, {"2", "2", 4}, {"2", "3", 1}, {"3", "3", 10}} {
		a.WriteString(strings.Repeat(x.a, x.n))
		b.WriteString(strings.Repeat(x.b, x.n))
	}

	g := agreement.Measure([]agreement.Run{matrix(a.String(), b.String())}, 1).Groups[0]

	for name, want := range map[string][2]float64{ // kappa, share of agreement
		agreement.WhichRelation: {.676, .89},
		"subset_of":             {.69, .90},
		"intersects_with":       {.50, .93},
		"equal":                 {.77, .95},
	} {
		k := question(t, g, name).Kappas[0]
		if !near(k.Kappa, want[0], .005) || math.Abs(*k.Observed-want[1]) > 1e-12 || k.Pairs != 100 || k.A != "A" || k.B != "B" {
			t.Errorf("%s: %s", name, shown(k))
		}
		if k.Kappa.Low == nil || *k.Kappa.Low >= *k.Kappa.Value || *k.Kappa.High <= *k.Kappa.Value || *k.Kappa.High > 1 {
			t.Errorf("%s: %s", name, shown(k))
		}
	}
	// Cohen's own (1960) large-sample standard error is sqrt(.89 * .11 / 100) / .34
	// = .092, so that an interval is .36 wide.
	k := question(t, g, agreement.WhichRelation).Kappas[0].Kappa
	if width := *k.High - *k.Low; width < .25 || width > .45 {
		t.Errorf("an interval of width %.3f", width)
	}
	for _, name := range []string{agreement.Related, "superset_of"} { // nobody ever said otherwise
		if q := question(t, g, name); q.Alpha.Value != nil || q.Alpha.Undefined == "" || q.Kappas[0].Kappa.Value != nil || *q.Kappas[0].Observed != 1 {
			t.Errorf("%s: %s", name, shown(q))
		}
	}
}

func TestWhatIsUndefinedSaysSo(t *testing.T) {
	for name, run := range map[string]agreement.Run{
		"nothing":        {},
		"one reviewer":   matrix("1234512345"),
		"nothing shared": matrix("12345.....", ".....12345"),
		"all the same":   matrix("111111111111", "111111111111"),
		"one pair":       matrix("1", "2"),
	} {
		t.Run(name, func(t *testing.T) {
			r := agreement.Measure([]agreement.Run{run}, 1)

			b, err := json.Marshal(r)

			if err != nil || strings.Contains(string(b), "NaN") {
				t.Fatalf("%v: %s", err, b)
			}
			q := r.Groups[0].Questions[0]
			if defined := name == "one pair"; (q.Alpha.Value != nil) != defined || (q.Alpha.Undefined == "") != defined || q.Alpha.Low != nil {
				t.Error(shown(q))
			}
		})
	}
}

func TestOnlyWhatAReviewerSaysAloneCounts(t *testing.T) {
	p := proposal(0)
	early, late := say(p, "A", 0, crosswalk.Equal), say(p, "A", 5, crosswalk.SubsetOf)
	other := say(p, "B", 1, crosswalk.SubsetOf)
	undo := crosswalk.Decision{Time: nine.Add(9 * time.Minute), Reviewer: "A", Proposal: p.ID, Action: crosswalk.Undo}.Identified()
	skip := crosswalk.Decision{Time: nine.Add(8 * time.Minute), Reviewer: "A", Proposal: p.ID, ProposalSHA256: p.SHA256(), Action: crosswalk.Skip}.Identified()
	settles := late
	settles.Settles = []string{other.ID}
	settles = settles.Identified()
	stale := late
	stale.ProposalSHA256 = "another"
	stale = stale.Identified()
	for name, c := range map[string]struct {
		decisions []crosswalk.Decision
		observed  float64 // -1 if nothing is shared
	}{
		"the last one":                {[]crosswalk.Decision{late, early, other}, 1},
		"not the one taken back":      {[]crosswalk.Decision{early, late, other, undo}, 0},
		"not a skip":                  {[]crosswalk.Decision{early, other, skip}, -1},
		"nothing stale":               {[]crosswalk.Decision{early, stale, other}, -1},
		"what was said before ruling": {[]crosswalk.Decision{early, other, settles}, 0},
		"nor a ruling taken back":     {[]crosswalk.Decision{early, other, settles, undo}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			g := agreement.Measure([]agreement.Run{{Proposals: []crosswalk.Proposal{p}, Decisions: c.decisions}}, 1).Groups[0]

			got := -1.0
			if q := question(t, g, agreement.WhichRelation); g.Shared == 1 {
				got = *q.Kappas[0].Observed
			}
			if got != c.observed {
				t.Errorf("%v: %s", got, shown(g))
			}
		})
	}
}

func TestRunsAddUpAndThePartsAreToldApart(t *testing.T) {
	first := matrix("1212121212", "1212121221")
	second := agreement.Run{}
	for i := range first.Proposals { // another target, compared otherwise, at a focus area
		p := first.Proposals[i]
		p.Target.Framework, p.RationaleType, p.Focus = "u", crosswalk.Functional, "defend"
		p.ID = crosswalk.ProposalID(p.Source, p.Target, p.RationaleType)
		second.Proposals = append(second.Proposals, p)
		second.Decisions = append(second.Decisions, say(p, "A", i, crosswalk.SubsetOf), say(p, "C", i, crosswalk.Relations()[i%2]))
	}

	r := agreement.Measure([]agreement.Run{first, second, first}, 1)

	var names []string
	for _, g := range r.Groups {
		names = append(names, fmt.Sprintf("%s %s %d", g.By, g.Name, g.Shared))
	}
	want := []string{"all  20", "frameworks s@1 → t@1 10", "frameworks s@1 → u@1 10", "rationale_type functional 10", "rationale_type semantic 10",
		"focus_area  10", "focus_area defend 10"}
	if !slices.Equal(names, want) || !slices.Equal(r.Reviewers, []string{"A", "B", "C"}) {
		t.Errorf("%q of %q", names, r.Reviewers)
	}
	alone := agreement.Measure([]agreement.Run{first}, 1).Groups
	if a, b := question(t, r.Groups[1], agreement.WhichRelation).Alpha, question(t, alone[0], agreement.WhichRelation).Alpha; shown(a) != shown(b) || len(alone) != 1 {
		t.Errorf("%s with another run, %s alone", shown(a), shown(b))
	}
	if q := question(t, r.Groups[0], agreement.WhichRelation); len(q.Kappas) != 3 || q.Kappas[2].Pairs != 0 || q.Kappas[2].Kappa.Undefined == "" {
		t.Errorf("B and C share nothing: %s", shown(q.Kappas))
	}
}

func TestTheSameSeedGivesTheSameIntervals(t *testing.T) {
	run := matrix("12131415121341512123", "12131415121351412125", "11131415.21341512121")
	turned := run
	turned.Decisions, turned.Proposals = slices.Clone(run.Decisions), slices.Clone(run.Proposals)
	slices.Reverse(turned.Decisions)
	slices.Reverse(turned.Proposals)

	a, b, c := agreement.Measure([]agreement.Run{run}, 7), agreement.Measure([]agreement.Run{turned}, 7), agreement.Measure([]agreement.Run{run}, 8)

	if !reflect.DeepEqual(a, b) {
		t.Error("the order of the input shows")
	}
	if x, y := a.Groups[0].Questions[0].Alpha, c.Groups[0].Questions[0].Alpha; *x.Value != *y.Value || *x.Low == *y.Low && *x.High == *y.High {
		t.Errorf("%s and %s", shown(x), shown(y))
	}
}

// reviews draws what up to four reviewers say of up to eight pairs.
func reviews(t *rapid.T) []string {
	pairs := rapid.IntRange(1, 8).Draw(t, "pairs")
	line := rapid.StringOfN(rapid.SampledFrom([]rune(".12345")), pairs, pairs, -1)
	return rapid.SliceOfN(line, 2, 4).Draw(t, "reviewers")
}

func TestWhoIsWhoChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := reviews(t)
		other := rapid.Permutation(lines).Draw(t, "order")

		a, b := agreement.Measure([]agreement.Run{matrix(lines...)}, 1).Groups[0], agreement.Measure([]agreement.Run{matrix(other...)}, 1).Groups[0]

		for i := range a.Questions {
			if !reflect.DeepEqual(a.Questions[i].Alpha, b.Questions[i].Alpha) {
				t.Fatalf("%s and %s", shown(a.Questions[i]), shown(b.Questions[i]))
			}
			if !slices.Equal(kappas(a.Questions[i]), kappas(b.Questions[i])) {
				t.Fatalf("%s and %s", shown(a.Questions[i]), shown(b.Questions[i]))
			}
		}
	})
}

// kappas returns the values that are defined, by size.
func kappas(q agreement.Question) []float64 {
	var out []float64
	for _, k := range q.Kappas {
		if k.Kappa.Value != nil {
			out = append(out, math.Round(*k.Kappa.Value*1e9)/1e9)
		}
	}
	slices.Sort(out)
	return out
}

func TestCoefficientsKeepTheirBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := agreement.Measure([]agreement.Run{matrix(reviews(t)...)}, 1).Groups[0]

		for _, q := range g.Questions {
			for _, e := range append([]agreement.Estimate{q.Alpha}, estimates(q)...) {
				if v := e.Value; v != nil && (*v > 1 || *v < -1 || math.IsNaN(*v)) || (v == nil) != (e.Undefined != "") {
					t.Fatal(shown(q))
				}
			}
		}
	})
}

func estimates(q agreement.Question) []agreement.Estimate {
	var out []agreement.Estimate
	for _, k := range q.Kappas {
		out = append(out, k.Kappa)
	}
	return out
}

func TestThoseWhoAlwaysAgreeHaveOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.StringOfN(rapid.SampledFrom([]rune("12345")), 2, 20, -1).Filter(func(s string) bool {
			return strings.Trim(s, s[:1]) != "" // more than one category
		}).Draw(t, "all say")

		q := agreement.Measure([]agreement.Run{matrix(line, line, line)}, 1).Groups[0].Questions[0]

		for _, e := range append([]agreement.Estimate{q.Alpha}, estimates(q)...) {
			if *e.Value != 1 || e.Low != nil && (*e.Low != 1 || *e.High != 1) {
				t.Fatal(shown(q))
			}
		}
	})
}
