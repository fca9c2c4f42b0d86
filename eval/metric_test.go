package eval_test

import (
	"fmt"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/corpus"
	"concord/crosswalk"
	"concord/eval"
)

// one returns a case with a ranking of A to E, listed as the labels say.
func one(labels map[string]eval.Label, decisions ...eval.Decision) eval.Case {
	return eval.Case{Source: corpus.Element{ID: "S"}, Ranked: []string{"A", "B", "C", "D", "E"}, Labels: labels, Decisions: decisions}
}

func label(r crosswalk.Relation, strength int) eval.Label {
	return eval.Label{Relation: r, Strength: strength}
}

func mapped(target string, r crosswalk.Relation, strength int, p float64) eval.Decision {
	return eval.Decision{Target: target, Outcome: crosswalk.Mapped, Relation: r, Strength: strength, Probability: p}
}

func unrelated(target string, p float64) eval.Decision {
	return eval.Decision{Target: target, Outcome: crosswalk.Unrelated, Relation: crosswalk.NoRelationship, Strength: -1, Probability: p}
}

const (
	equal, subset, superset = crosswalk.Equal, crosswalk.SubsetOf, crosswalk.SupersetOf
	overlap, none           = crosswalk.IntersectsWith, crosswalk.NoRelationship
)

// TestMetricsOfWorkedExamples holds each metric to a value worked out by hand.
func TestMetricsOfWorkedExamples(t *testing.T) {
	untyped := label("", -1)
	deciding := []eval.Case{one(map[string]eval.Label{"A": untyped, "C": untyped, "E": untyped},
		mapped("A", overlap, 4, 0.9), mapped("B", overlap, 4, 0.7), unrelated("C", 0.4), unrelated("D", 0.1))}
	typing := []eval.Case{one(map[string]eval.Label{"A": label(equal, 10), "B": label(subset, 7), "C": label(overlap, 2), "D": label(none, -1), "E": label(superset, 8)},
		mapped("A", equal, 8, 1), mapped("B", superset, 7, 1), mapped("C", equal, 5, 1), mapped("D", overlap, 3, 1), unrelated("E", 0))}
	gaps := []eval.Case{
		{Gap: true, Decisions: []eval.Decision{unrelated("A", 0)}},
		{Gap: true, Decisions: []eval.Decision{mapped("A", overlap, 1, 1)}},
		one(map[string]eval.Label{"A": untyped}, unrelated("A", 0)),
		one(map[string]eval.Label{"A": untyped}, mapped("A", overlap, 1, 1)),
	}
	for _, tt := range []struct {
		name  string
		cases []eval.Case
		want  float64
	}{
		{"precision", deciding, 1.0 / 2},
		{"recall", deciding, 1.0 / 3}, // E was never judged
		{"f1", deciding, 2.0 / 5},
		// From .9, .7, .4 and .1 up: precision 1, 1/2, 2/3, 1/2 at recall 1/3, 1/3, 2/3, 2/3.
		{"pr_area", deciding, 1.0/3 + 2.0/3/3},
		{"unjudged10", deciding, 2.0 / 5},
		{"brier", deciding, (0.01 + 0.49 + 0.36 + 0.01) / 4},
		{"ece", deciding, (0.1 + 0.7 + 0.6 + 0.1) / 4}, // a pair a bin
		// One right, then one wrong: risk 0 up to half, then 1/2.
		{"risk_area", deciding, 0.25},
		{"failed", deciding, 0},
		{"relation_accuracy", typing, 1.0 / 3}, // A, B and C are related by both
		// equal: one right, one extra; subset: missed; intersects: missed; superset_of only as an error.
		{"relation_macro_f1", typing, (2.0/3 + 0 + 0) / 3},
		{"relation_credit", typing, (1 + 1.0/3 + 1.0/3) / 3},
		// Made: equal 1.75 twice, superset 1.25, intersects .25 = 5. False: B
		// holds no target (1), C neither holds nor is held (1.5), D does not overlap (.25).
		{"overclaim", typing, 2.75 / 5},
		{"wrong_direction", typing, 1},
		{"strength_error", typing, (2 + 0 + 3) / 3.0},
		{"strength_rho", typing, 1}, // 10, 7, 2 and 8, 7, 5
		{"gap_precision", gaps, 1.0 / 2},
		{"gap_recall", gaps, 1.0 / 2},
		{"gap_f1", gaps, 1.0 / 2},
	} {
		m, ok := eval.MetricByName(tt.name)
		if !ok {
			t.Fatalf("no metric %s", tt.name)
		}
		if got, says := m.Of(tt.cases); !says || !near(got, tt.want) {
			t.Errorf("%s is %v (%v), want %v", tt.name, got, says, tt.want)
		}
	}
	if want := (eval.Confusion{0: {3: 1}, 1: {2: 1}, 2: {2: 1}, 3: {4: 1}, 4: {1: 1}}); eval.Confuse(typing) != want {
		t.Errorf("confusion %v", eval.Confuse(typing))
	}
}

// cases draws systems that rank and decide anyhow.
func cases(t *rapid.T) []eval.Case {
	relations := crosswalk.Relations()
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) eval.Case {
		c := eval.Case{Labels: map[string]eval.Label{}, Closed: rapid.Bool().Draw(t, "closed")}
		c.Source.ID = rapid.StringMatching(`[A-Z]{2}-[0-9]`).Draw(t, "id")
		n := rapid.IntRange(0, 30).Draw(t, "targets")
		for i := range n {
			id := fmt.Sprintf("T-%d", i)
			c.Ranked = append(c.Ranked, id)
			if rapid.IntRange(0, 3).Draw(t, "labelled") == 0 {
				l := label("", rapid.IntRange(-1, 10).Draw(t, "strength"))
				if rapid.Bool().Draw(t, "typed") {
					l.Relation = rapid.SampledFrom(relations).Draw(t, "expert")
				}
				l.Pooled = rapid.Bool().Draw(t, "pooled")
				c.Labels[id] = l
			}
			if rapid.Bool().Draw(t, "judged") {
				d := unrelated(id, rapid.Float64Range(0, 1).Draw(t, "probability"))
				switch rapid.IntRange(0, 4).Draw(t, "outcome") {
				case 0:
					d.Outcome = crosswalk.Failed
				case 1, 2:
					d.Outcome, d.Relation = crosswalk.Mapped, rapid.SampledFrom(relations[:4]).Draw(t, "relation")
					d.Strength = rapid.IntRange(-1, 10).Draw(t, "strength")
				}
				c.Decisions = append(c.Decisions, d)
			}
		}
		c.Gap = len(c.Labels) == 0
		return c
	}), 1, 8).Draw(t, "cases")
}

func TestMetricsStayInTheirBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		drawn := cases(t)
		for _, view := range []eval.View{eval.Strict, eval.Condensed, eval.Pooled, eval.Achievable} {
			for name, v := range eval.Values(view.Through(drawn)) {
				m, _ := eval.MetricByName(name)
				low, high := 0.0, 1.0
				switch m.Unit {
				case "-1 to 1":
					low = -1
				case "steps":
					high = 10
				case "pairs", "s":
					high = math.Inf(1)
				}
				if !(v >= low-1e-9 && v <= high+1e-9) {
					t.Fatalf("%s, %s: %v", view, name, v)
				}
			}
		}
	})
}

// TestNothingBeatsWhatIsAchievable compares any system with the one that ranks
// every listed pair first and decides rightly.
func TestNothingBeatsWhatIsAchievable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		drawn := cases(t)
		before := fmt.Sprint(drawn)
		got, best := eval.Values(drawn), eval.Values(eval.Achievable.Through(drawn))
		if fmt.Sprint(drawn) != before {
			t.Fatal("a view changed the cases")
		}
		for _, name := range []string{"top1", "mrr5", "map", "ndcg10", "r20", "r50", "recall", "f1"} {
			if got[name] > best[name]+1e-9 {
				t.Fatalf("%s is %v, achievable %v", name, got[name], best[name])
			}
		}
		if best["wrong_direction"] != 0 || best["brier"] != 0 || best["ece"] != 0 {
			t.Fatalf("%v", best)
		}
	})
}

// TestReadingACrosswalkBackwardsTurnsEveryDirection holds the typing metrics to
// the symmetry of relations.
func TestReadingACrosswalkBackwardsTurnsEveryDirection(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		drawn := cases(t)
		backwards := make([]eval.Case, len(drawn))
		for i, c := range drawn {
			b := c
			b.Labels, b.Decisions = map[string]eval.Label{}, nil
			for id, l := range c.Labels {
				l.Relation = l.Relation.Inverse()
				b.Labels[id] = l
			}
			for _, d := range c.Decisions {
				d.Relation = d.Relation.Inverse()
				b.Decisions = append(b.Decisions, d)
			}
			backwards[i] = b
		}
		there, back := eval.Values(drawn), eval.Values(backwards)
		for _, name := range []string{"relation_accuracy", "relation_macro_f1", "relation_credit", "wrong_direction", "strength_error", "precision"} {
			if !near(there[name], back[name]) {
				t.Fatalf("%s is %v, backwards %v", name, there[name], back[name])
			}
		}
	})
}

func TestViewsReadWhatThePublishedListLeavesOpen(t *testing.T) {
	pooled := func(r crosswalk.Relation) eval.Label { return eval.Label{Relation: r, Strength: -1, Pooled: true} }
	c := []eval.Case{one(map[string]eval.Label{"B": label("", -1), "A": pooled(overlap), "C": pooled(none)},
		mapped("A", overlap, 4, 0.9), mapped("B", overlap, 4, 0.8), mapped("C", overlap, 4, 0.7), mapped("D", overlap, 4, 0.6))}
	for view, want := range map[eval.View]map[string]float64{
		eval.Strict:     {"top1": 0, "precision": 1.0 / 4, "unjudged10": 4.0 / 5},
		eval.Pooled:     {"top1": 1, "precision": 2.0 / 4, "unjudged10": 2.0 / 5},
		eval.Condensed:  {"top1": 1, "precision": 2.0 / 3, "unjudged10": 0},
		eval.Achievable: {"top1": 1, "precision": 1},
	} {
		got := eval.Values(view.Through(c))
		for name, v := range want {
			if !near(got[name], v) {
				t.Errorf("%s: %s is %v, want %v", view, name, got[name], v)
			}
		}
	}
}

// TestWhatIsJudgedSinceChangesNothingStrict adds pooled labels to any cases.
func TestWhatIsJudgedSinceChangesNothingStrict(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		drawn := eval.Strict.Through(cases(t))
		more := make([]eval.Case, len(drawn))
		for i, c := range drawn {
			labels := map[string]eval.Label{}
			for id, l := range c.Labels {
				labels[id] = l
			}
			for _, id := range c.Ranked {
				if _, there := labels[id]; !there && rapid.Bool().Draw(t, "judged since") {
					labels[id] = eval.Label{Relation: rapid.SampledFrom(crosswalk.Relations()).Draw(t, "relation"), Strength: 3, Pooled: true}
				}
			}
			c.Labels = labels
			more[i] = c
		}
		if got, want := eval.Values(eval.Strict.Through(more)), eval.Values(drawn); !reflect.DeepEqual(got, want) {
			t.Fatalf("%v, before %v", got, want)
		}
	})
}

// TestPairsThatCannotBeToldApartShareTheirOutcome draws a judge that always
// says the same, and is right about how often.
func TestPairsThatCannotBeToldApartShareTheirOutcome(t *testing.T) {
	c := eval.Case{Labels: map[string]eval.Label{}}
	for i := range 100 {
		id := fmt.Sprint(i)
		if i%4 == 0 {
			c.Labels[id] = label("", -1)
		}
		c.Decisions = append(c.Decisions, mapped(id, overlap, 1, 0.25))
	}
	if m := eval.Values([]eval.Case{c}); !near(m["ece"], 0) {
		t.Errorf("ECE %v of a judge that is right", m["ece"])
	}
}

func TestAFailedAnswerIsNoGapAndAGapIsJudged(t *testing.T) {
	failed := eval.Case{Gap: true, Ranked: []string{"A"}, Decisions: []eval.Decision{{Target: "A", Outcome: crosswalk.Failed}}}
	wrong := eval.Case{Gap: true, Ranked: []string{"A"}, Decisions: []eval.Decision{mapped("A", overlap, 1, 1)}}
	if m := eval.Values([]eval.Case{failed, wrong}); m["gap_recall"] != 0 {
		t.Errorf("gap recall %v", m["gap_recall"])
	}
	if m := eval.Values(eval.Condensed.Through([]eval.Case{wrong})); m["gap_recall"] != 0 {
		t.Errorf("condensed: gap recall %v", m["gap_recall"])
	}
}

func TestMetricsSayNothingOfWhatWasNotSeen(t *testing.T) {
	ranksOnly := eval.Values([]eval.Case{one(map[string]eval.Label{"A": label("", -1)})})
	for _, m := range eval.Metrics() {
		if _, says := ranksOnly[m.Name]; says != (m.About == eval.AboutRanking) {
			t.Errorf("%s of a system that only ranks: %v", m.Name, says)
		}
	}
	untyped := eval.Values([]eval.Case{one(map[string]eval.Label{"A": label("", -1)}, mapped("A", equal, 10, 1))})
	for _, m := range eval.Metrics() {
		if _, says := untyped[m.Name]; says && m.About == eval.AboutTyping {
			t.Errorf("%s where no expert typed", m.Name)
		}
	}
	if len(eval.Values(nil)) != 0 {
		t.Errorf("nothing measures %v", eval.Values(nil))
	}
}

func TestCurvesEndWhereEverythingIsProposed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		drawn := cases(t)
		curve := eval.Curve(drawn)
		for i, p := range curve {
			if i > 0 && (p.Threshold >= curve[i-1].Threshold || p.Recall < curve[i-1].Recall) {
				t.Fatalf("point %d of %v", i, curve)
			}
		}
		pairs := 0
		for _, b := range eval.Reliability(drawn) {
			pairs += b.Pairs
		}
		judged := 0
		for _, c := range drawn {
			for _, d := range c.Decisions {
				if d.Outcome != crosswalk.Failed {
					judged++
				}
			}
		}
		if pairs != judged {
			t.Fatalf("%d pairs in bins, %d judged", pairs, judged)
		}
		if cover := eval.RiskCoverage(drawn); len(cover) > 0 && cover[len(cover)-1].Coverage != 1 {
			t.Fatalf("%v", cover)
		}
		counted := 0
		for _, b := range eval.RankHistogram(drawn) {
			counted += b.Pairs
		}
		if listed := int(eval.ScoreOf("", eval.Observation{Cases: drawn}).Labels); counted != listed {
			t.Fatalf("%d pairs in the histogram, %d listed", counted, listed)
		}
	})
}

func TestMissesAreWorstFirstAndOneOfASource(t *testing.T) {
	late := one(map[string]eval.Label{"D": label("", -1), "E": label("", -1)})
	late.Source.ID = "late"
	early := one(map[string]eval.Label{"A": label("", -1), "E": label("", -1)}, mapped("E", overlap, 4, 0.3))
	early.Source.ID = "early"
	lost := one(map[string]eval.Label{"Z": label("", -1)})
	lost.Source.ID = "lost"

	misses := eval.Misses([]eval.Case{early, late, lost}, 20)

	var got []string
	for _, m := range misses {
		got = append(got, fmt.Sprintf("%s %s %d %v", m.Case.Source.ID, m.Target, m.Rank, m.Probability))
	}
	if want := []string{"lost Z 6 0", "late E 5 0", "early E 5 0.3"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	if !reflect.DeepEqual(misses[0].Instead, []string{"A", "B", "C"}) || len(eval.Misses([]eval.Case{early, late, lost}, 1)) != 1 {
		t.Errorf("%+v", misses[0])
	}
}

// TestEveryMetricIsDefined holds the documentation to the code.
func TestEveryMetricIsDefined(t *testing.T) {
	doc, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, m := range eval.Metrics() {
		if seen[m.Name] {
			t.Errorf("two metrics named %s", m.Name)
		}
		seen[m.Name] = true
		if !strings.Contains(string(doc), "| `"+m.Name+"` | "+m.Title+" |") {
			t.Errorf("docs/metrics.md does not define %s (%s)", m.Name, m.Title)
		}
	}
}
