package eval_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"concord/corpus"
	"concord/crosswalk"
	"concord/eval"
)

// A judgedPair is what a judge said of a pair, and what the list says.
type judgedPair struct {
	probability float64
	mapped      bool
	listed      bool
}

// caseOf returns a case of judged pairs, with links that nobody judged.
func caseOf(pairs []judgedPair, unjudged int) eval.Case {
	c := eval.Case{Source: corpus.Element{ID: "S"}, Labels: map[string]eval.Label{}}
	for i, p := range pairs {
		d := eval.Decision{Target: fmt.Sprint("T", i), Outcome: crosswalk.Unrelated, Probability: p.probability, Strength: -1}
		if p.mapped {
			d.Outcome = crosswalk.Mapped
		}
		if p.listed {
			c.Labels[d.Target] = eval.Label{Target: d.Target, Strength: -1}
		}
		c.Decisions = append(c.Decisions, d)
	}
	for i := range unjudged {
		id := fmt.Sprint("U", i)
		c.Labels[id] = eval.Label{Target: id, Strength: -1}
	}
	return c
}

func times(n int, p judgedPair) []judgedPair {
	var out []judgedPair
	for range n {
		out = append(out, p)
	}
	return out
}

// TestTheLowerBoundIsThatOfTables holds the bound against values from the
// closed form and from published tables of Clopper and Pearson's interval.
func TestTheLowerBoundIsThatOfTables(t *testing.T) {
	for _, tt := range []struct {
		right, all int
		want       float64
	}{
		{0, 0, 0}, {0, 10, 0},
		{10, 10, math.Pow(0.05, 0.1)}, // all right: the nth root of .05
		{59, 59, math.Pow(0.05, 1.0/59)},
		{1, 10, 1 - math.Pow(0.95, 0.1)}, // one right: P(none) = .95
		{9, 10, 0.6058},                  // 90 % two-sided interval of 9 of 10
		{5, 10, 0.2224},
	} {
		if got := eval.LowerBound(tt.right, tt.all); math.Abs(got-tt.want) > 5e-5 {
			t.Errorf("%d of %d: %v, want %v", tt.right, tt.all, got, tt.want)
		}
	}
}

func TestHowManyLabelsAThresholdTakes(t *testing.T) {
	for target, want := range map[float64][2]int{0.95: {59, 19}, 0.9: {29, 9}, 0.99: {299, 99}, 0.5: {5, 1}} {
		if right, links := eval.FewestRight(target), eval.FewestLinks(target); right != want[0] || links != want[1] {
			t.Errorf("%v: %d right pairs and %d links, want %v", target, right, links, want)
		}
		if n := eval.FewestRight(target); eval.LowerBound(n, n) < target || eval.LowerBound(n-1, n-1) >= target {
			t.Errorf("%v: %d right pairs are not the fewest that show it", target, n)
		}
	}
}

func TestAcceptingBeginsWhereThePrecisionIsShown(t *testing.T) {
	pairs := append(times(60, judgedPair{0.9, true, true}), times(40, judgedPair{0.7, true, true})...)
	pairs = append(pairs, times(40, judgedPair{0.5, true, false})...)
	pairs = append(pairs, times(500, judgedPair{0.95, false, false})...) // sure, but maps nothing
	cases := []eval.Case{caseOf(pairs, 3)}

	at, ok := eval.AtPrecision(cases, 0.95)

	if !ok || at != 0.7 {
		t.Errorf("from %v, %t; want .7: 100 of 100 are right there, 100 of 140 below", at, ok)
	}
	if a := eval.AcceptedAt(cases, at); a.Pairs != 100 || a.Right != 100 || a.Precision() != 1 {
		t.Errorf("accepted %+v", a)
	}
	if at, ok := eval.AtPrecision(cases, 0.99); ok || at != 0.7 {
		t.Errorf("from %v, %t; want none, and .7 as the nearest", at, ok)
	}
	if _, ok := eval.AtPrecision(nil, 0.5); ok {
		t.Error("nothing shows a precision")
	}
}

func TestLookingBeginsAtTheConformalQuantileOfTheLinks(t *testing.T) {
	var pairs []judgedPair
	for i := 1; i <= 39; i++ { // links at .01, .02 and so on, mapped or not
		pairs = append(pairs, judgedPair{float64(i) / 100, i%2 == 0, true}, judgedPair{0.001, true, false})
	}
	cases := []eval.Case{caseOf(pairs, 13)}

	at, ok := eval.AtRecall(cases, 0.95) // the second of (39+1) * .05

	if !ok || at != 0.02 {
		t.Errorf("from %v, %t; want .02", at, ok)
	}
	if k := eval.KeptAt(cases, at); k != (eval.Links{Listed: 52, Judged: 39, Kept: 38, Among: 78}) || k.Total() != 38.0/52 {
		t.Errorf("kept %+v", k)
	}
	for n, want := range map[int]bool{18: false, 19: true} {
		if _, ok := eval.AtRecall([]eval.Case{caseOf(times(n, judgedPair{0.5, true, true}), 0)}, 0.95); ok != want {
			t.Errorf("%d links are enough: %t, want %t", n, ok, want)
		}
	}
}

func TestWhatHasNoProbabilityIsNoJudgedLink(t *testing.T) {
	c := caseOf(times(20, judgedPair{0.5, true, true}), 0)
	c.Decisions[0].Outcome, c.Decisions[1].Outcome = crosswalk.Failed, crosswalk.NotJudged

	if k := eval.KeptAt([]eval.Case{c}, 0); k.Listed != 20 || k.Judged != 18 || k.Kept != 18 {
		t.Errorf("kept %+v", k)
	}
}

func drawn(t *rapid.T) []eval.Case {
	return []eval.Case{caseOf(rapid.SliceOf(rapid.Custom(func(t *rapid.T) judgedPair {
		return judgedPair{float64(rapid.IntRange(0, 20).Draw(t, "twentieths")) / 20, rapid.Bool().Draw(t, "mapped"), rapid.Bool().Draw(t, "listed")}
	})).Draw(t, "pairs"), rapid.IntRange(0, 5).Draw(t, "unjudged"))}
}

// TestMoreIsAskedFromHigherUp: a higher precision never begins lower, a higher
// recall never higher, and what is reached stays reached for less.
func TestMoreIsAskedFromHigherUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cases := drawn(t)
		a, b := rapid.Float64Range(0.01, 0.99).Draw(t, "a"), rapid.Float64Range(0.01, 0.99).Draw(t, "b")
		less, more := min(a, b), max(a, b)

		low, lowOK := eval.AtPrecision(cases, less)
		high, highOK := eval.AtPrecision(cases, more)
		if highOK && (!lowOK || low > high) {
			t.Fatalf("precision %v from %v (%t), %v from %v", less, low, lowOK, more, high)
		}
		if highOK {
			if got := eval.AcceptedAt(cases, high); eval.LowerBound(got.Right, got.Pairs) < more {
				t.Fatalf("precision %v from %v: %+v", more, high, got)
			}
		}

		far, farOK := eval.AtRecall(cases, less)
		near, nearOK := eval.AtRecall(cases, more)
		if nearOK && (!farOK || near > far) {
			t.Fatalf("recall %v from %v (%t), %v from %v", less, far, farOK, more, near)
		}
		if nearOK && eval.KeptAt(cases, near).Recall() < more {
			t.Fatalf("recall %v from %v: %+v", more, near, eval.KeptAt(cases, near))
		}
	})
}

// TestTheQuantileCoversNewLinks draws links from one distribution many times,
// and counts how often the next one is at the threshold or above.
func TestTheQuantileCoversNewLinks(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	const target, rounds = 0.9, 20_000
	covered := 0
	for range rounds {
		var pairs []judgedPair
		for range 30 {
			pairs = append(pairs, judgedPair{rnd.Float64(), true, true})
		}
		at, ok := eval.AtRecall([]eval.Case{caseOf(pairs, 0)}, target)
		if ok && rnd.Float64() >= at {
			covered++
		}
	}
	// k = 3 of 31: 28 of 31 are covered in the long run.
	if got := float64(covered) / rounds; math.Abs(got-28.0/31) > 0.01 {
		t.Errorf("covers %v, want %v", got, 28.0/31)
	}
}

func TestAFamilyIsTriedByThresholdsThatNeverSawIt(t *testing.T) {
	sure := append(times(100, judgedPair{0.8, true, true}), times(100, judgedPair{0.2, true, false})...)
	unsure := append(times(30, judgedPair{0.9, true, false}), times(10, judgedPair{0.1, true, true})...)
	sets := []eval.Measured{
		{Family: "a", Into: "c", Cases: []eval.Case{caseOf(sure, 0)}},
		{Family: "b", Into: "c", Cases: []eval.Case{caseOf(unsure, 10)}},
		{Family: "b", Into: "a", Cases: []eval.Case{caseOf(sure, 0)}}, // leads to a: is not learned from for it
	}

	got := eval.ChooseThresholds(sets, 0.95, 0.9)

	if len(got.HeldOut) != 2 || got.HeldOut[0].Family != "a" || got.HeldOut[1].Family != "b" {
		t.Fatalf("held out: %+v", got.HeldOut)
	}
	a, b := got.HeldOut[0], got.HeldOut[1]
	if a.Accept.Reached || a.Keep.Threshold != 0.1 || a.Keep.Recall != 1 {
		t.Errorf("a, by the first set of b alone: %+v", a)
	}
	if !b.Accept.Reached || b.Accept.Threshold != 0.8 || b.Accept.Pairs != 130 || b.Accept.Right != 100 || b.Accept.Mapped.Pairs != 240 {
		t.Errorf("b accepts %+v", b.Accept)
	}
	if b.Keep.Threshold != 0.8 || b.Keep.Judged != 110 || b.Keep.Links.Kept != 100 || b.Keep.Total != 100.0/120 {
		t.Errorf("b keeps %+v", b.Keep)
	}
	if alone := eval.ChooseThresholds(sets[:1], 0.95, 0.9); len(alone.HeldOut) != 0 || !alone.Accept.Reached {
		t.Errorf("one family: %+v", alone)
	}
}
