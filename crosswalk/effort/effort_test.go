package effort_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/crosswalk"
	"concord/crosswalk/effort"
)

// row makes up a row that was judged.
func row(p float64, o crosswalk.Outcome, r crosswalk.Review) crosswalk.Standing {
	s := crosswalk.Standing{Proposed: &crosswalk.Proposal{Outcome: o, Probability: p}, Review: r, Relation: crosswalk.IntersectsWith}
	if o == crosswalk.Unrelated || r == crosswalk.Rejected {
		s.Relation = crosswalk.NoRelationship
	}
	if r == crosswalk.Corrected {
		s.Relation = crosswalk.SubsetOf
	}
	return s
}

func many(n int, s crosswalk.Standing) []crosswalk.Standing {
	out := make([]crosswalk.Standing, n)
	for i := range out {
		out[i] = s
	}
	return out
}

func near(t *testing.T, what string, got *float64, want float64) {
	t.Helper()
	if got == nil || math.Abs(*got-want) > 1e-9 {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestTheArithmeticIsThatOfTheDocumentation(t *testing.T) {
	entered := crosswalk.Standing{Review: crosswalk.Entered, Relation: crosswalk.Equal}
	rows := []crosswalk.Standing{
		row(.5, crosswalk.Mapped, crosswalk.Undecided), row(.25, crosswalk.Unrelated, crosswalk.Undecided),
		entered, row(0, crosswalk.NotJudged, crosswalk.Undecided), row(0, crosswalk.Failed, crosswalk.Undecided),
		row(.75, crosswalk.Mapped, crosswalk.Conflict), {Review: crosswalk.Conflict},
	}

	c := effort.Expect(rows, 2)

	if c.Left != 3 || c.Shift != 0 || c.Decisions != 0 || len(c.Points) != 3 || c.Points[2].Reviewed != 3 {
		t.Fatalf("%+v", c)
	}
	near(t, "precision now", c.Now.Precision, (1+.5+.75)/3)
	near(t, "recall now", c.Now.Recall, (1+.5+.75)/2.5)
	near(t, "precision after two", c.Next.Precision, (1+.5+.25+.75)/(1+.5+.25+1))
	near(t, "found", &c.Next.Found, .25)
	near(t, "removed", &c.Next.Removed, .5)
	near(t, "precision at the end", c.Points[2].Precision, 1)
	near(t, "recall at the end", c.Points[2].Recall, 1)
}

func TestDecisionsMoveTheProbabilities(t *testing.T) {
	open := row(.5, crosswalk.Mapped, crosswalk.Undecided)
	for _, c := range []struct {
		right, wrong int
		low, high    float64
	}{
		{0, 0, 0, 0},
		{1, 0, .1, .13}, // a single one says little
		{5, 5, 0, 0},
		{200, 0, 1, 3},
		{0, 200, -3, -1},
		// Three of four right are log odds of log 3: many decisions say so.
		{7500, 2500, math.Log(3) - .01, math.Log(3)},
		// Sixteen weigh as much as the prior.
		{12, 4, .45 * math.Log(3), .52 * math.Log(3)},
	} {
		rows := append(many(c.right, row(.5, crosswalk.Mapped, crosswalk.Corrected)), many(c.wrong, row(.5, crosswalk.Mapped, crosswalk.Rejected))...)
		rows = append(rows, open)

		got := effort.Expect(rows, 0)

		if got.Decisions != c.right+c.wrong || got.Shift < c.low-1e-12 || got.Shift > c.high+1e-12 {
			t.Errorf("%d right, %d wrong: %+v", c.right, c.wrong, got.Shift)
		}
		if p := got.Now.Right - float64(c.right); math.Abs(p-1/(1+math.Exp(-got.Shift))) > 1e-9 {
			t.Errorf("%d right, %d wrong: the open row is right with %v", c.right, c.wrong, p)
		}
	}
}

func TestItSaysWhatTheNextRowsGainAndWhenToStop(t *testing.T) {
	doubtful, sure := row(.3, crosswalk.Mapped, crosswalk.Undecided), row(.98, crosswalk.Mapped, crosswalk.Undecided)
	hopeless, missed := row(.005, crosswalk.Unrelated, crosswalk.Undecided), row(.2, crosswalk.Unrelated, crosswalk.Undecided)
	for name, c := range map[string]struct {
		rows []crosswalk.Standing
		stop bool
		says string
	}{
		"nothing at all":      {nil, true, "nothing is left to review"},
		"all decided":         {many(3, row(.9, crosswalk.Mapped, crosswalk.Accepted)), true, "nothing is left to review"},
		"doubtful ones":       {many(100, doubtful), false, "reviewing the next 40 rows is expected to raise precision from .30 to .42"},
		"one":                 {many(1, doubtful), false, "reviewing the next row is expected to raise precision from .30 to 1.00"},
		"missed ones":         {append(many(80, missed), many(400, sure)...), false, "leave precision at .98 and to find 8.0 more links"},
		"a very long draft":   {append(many(40, doubtful), many(20000, sure)...), false, "leave precision at .98"},
		"sure ones":           {many(1000, sure), true, "no 40 rows of those left are expected to raise precision by .005, find 1 link or take out 2 wrong ones"},
		"hopeless ones":       {append(many(500, hopeless), many(10, row(.9, crosswalk.Mapped, crosswalk.Accepted))...), true, "no 40 rows"},
		"few, and sure":       {append(many(500, row(.9, crosswalk.Mapped, crosswalk.Accepted)), many(5, sure)...), true, "no 5 rows"},
		"worth it only later": {append(many(400, sure), many(40, doubtful)...), false, "leave precision at"},
	} {
		t.Run(name, func(t *testing.T) {
			got := effort.Expect(c.rows, 0)

			if got.Stop != c.stop || !strings.Contains(got.Reason, c.says) {
				t.Errorf("stop %v: %s", got.Stop, got.Reason)
			}
			if b, err := json.Marshal(got); err != nil {
				t.Errorf("%v: %s", err, b)
			}
		})
	}
}

func TestReviewingIsNeverExpectedToDoHarm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rows []crosswalk.Standing
		for i := range rapid.IntRange(0, 60).Draw(t, "rows") {
			rows = append(rows, row(rapid.Float64Range(0, 1).Draw(t, fmt.Sprint("p", i)),
				rapid.SampledFrom([]crosswalk.Outcome{crosswalk.Mapped, crosswalk.Unrelated, crosswalk.NotJudged}).Draw(t, "outcome"),
				rapid.SampledFrom([]crosswalk.Review{crosswalk.Undecided, crosswalk.Accepted, crosswalk.Rejected, crosswalk.Corrected, crosswalk.Conflict}).Draw(t, "review")))
		}

		c := effort.Expect(rows, rapid.IntRange(1, 9).Draw(t, "step"))

		for i, p := range c.Points {
			for _, share := range []*float64{p.Precision, p.Recall} {
				if share != nil && (*share < 0 || *share > 1) {
					t.Fatalf("%+v", p)
				}
			}
			if i == 0 {
				continue
			}
			before := c.Points[i-1]
			if p.Reviewed <= before.Reviewed || p.Found < before.Found || p.Removed < before.Removed || p.Right < before.Right-1e-9 {
				t.Fatalf("%+v, then %+v", before, p)
			}
			if p.Precision != nil && before.Precision != nil && *p.Precision < *before.Precision-1e-9 {
				t.Fatalf("precision falls from %v to %v", *before.Precision, *p.Precision)
			}
		}
		last := c.Points[len(c.Points)-1]
		if last.Reviewed != c.Left || last.Precision != nil && *last.Precision < 1-1e-6 {
			t.Fatalf("%+v of %d", last, c.Left)
		}
	})
}
