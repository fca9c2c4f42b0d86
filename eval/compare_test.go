package eval_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/eval"
	"concord/eval/trec"
)

// right and wrong are what a system reached on a requirement with one label.
var (
	right = eval.Ranking{Top1: 1, MRR5: 1, MAP: 1}
	wrong = eval.Ranking{MRR5: 0.5, MAP: 0.5}
)

// only is what a system that does not decide reached.
func only(r eval.Ranking) eval.Requirement { return eval.Requirement{Ranking: r} }

func pairsOf(n int, of func(i int) (base, next eval.Ranking)) []eval.Paired {
	pairs := make([]eval.Paired, n)
	for i := range pairs {
		pairs[i].ID = fmt.Sprintf("R-%03d", i)
		base, next := of(i)
		pairs[i].Base, pairs[i].New = only(base), only(next)
	}
	return pairs
}

func TestEveryVerdictHasItsRule(t *testing.T) {
	// became makes some of the requirements gain, and some lose.
	became := func(gained, lost int) func(int) (eval.Ranking, eval.Ranking) {
		return func(i int) (eval.Ranking, eval.Ranking) {
			switch {
			case i < gained:
				return wrong, right
			case i < gained+lost:
				return right, wrong
			}
			return right, right
		}
	}
	for name, tt := range map[string]struct {
		pairs []eval.Paired
		want  eval.Verdict
		says  string
	}{
		"six are too few":            {pairsOf(6, became(0, 6)), eval.NotEnoughData, "fewer than 7"},
		"none are too few":           {nil, eval.NotEnoughData, "0 requirements"},
		"seven that fall are a drop": {pairsOf(7, became(0, 7)), eval.Regression, "Top-1 fell by 1.0000 (adjusted p 0.047)"},
		"seven that rise are better": {pairsOf(7, became(7, 0)), eval.Improved, "Top-1 rose by 1.0000"},
		"nothing differs":            {pairsOf(7, became(0, 0)), eval.Unchanged, "same"},
		"as many won as lost":        {pairsOf(200, became(5, 5)), eval.Noise, "would have been"},
		"significant only alone":     {pairsOf(200, became(0, 6)), eval.Noise, "would have been"}, // each p is .031
		"too few to tell":            {pairsOf(20, became(5, 5)), eval.NotEnoughData, "was likely to be"},
		"a drop among gains is a drop": {pairsOf(20, func(int) (eval.Ranking, eval.Ranking) {
			return eval.Ranking{Top1: 0, MRR5: 0.5, MAP: 0.9}, eval.Ranking{Top1: 1, MRR5: 1, MAP: 0.4}
		}), eval.Regression, "MAP fell by 0.5000"},
	} {
		c := eval.Compare(tt.pairs, eval.CompareOptions{Seed: 1, Matters: 0.1})
		if c.Verdict != tt.want || !strings.Contains(c.Reason, tt.says) {
			t.Errorf("%s: %s, %s; want %s, %q", name, c.Verdict, c.Reason, tt.want, tt.says)
		}
	}
}

func TestWhatMattersDecidesBetweenNoiseAndNotEnoughData(t *testing.T) {
	pairs := pairsOf(100, func(i int) (eval.Ranking, eval.Ranking) {
		if i%10 == 0 {
			return eval.Ranking{MRR5: 0.5}, eval.Ranking{MRR5: float64(i / 10 % 2)}
		}
		return wrong, wrong
	})
	var smallest float64
	for _, m := range eval.Compare(pairs, eval.CompareOptions{Matters: 1}).Measures {
		if m.Measure == "mrr5" {
			smallest = *m.Smallest
		} else if m.Smallest != nil {
			t.Errorf("%s does not vary, yet could have shown %v", m.Measure, *m.Smallest)
		}
	}
	for matters, want := range map[float64]eval.Verdict{smallest: eval.Noise, smallest * 0.999: eval.NotEnoughData} {
		if c := eval.Compare(pairs, eval.CompareOptions{Matters: matters}); c.Verdict != want {
			t.Errorf("%v matters: %s, want %s", matters, c.Verdict, want)
		}
	}
}

func TestMovedRequirementsSayWhatBecameOfThem(t *testing.T) {
	c := eval.Compare([]eval.Paired{
		{ID: "same", Base: only(right), New: only(right)},
		{ID: "up", Base: only(wrong), New: only(right)},
		{ID: "down", Base: only(right), New: only(wrong)},
		{ID: "both", Base: only(eval.Ranking{MRR5: 0.2, MAP: 0.5}), New: only(eval.Ranking{MRR5: 0.5, MAP: 0.4})},
		{ID: "not compared", Base: only(eval.Ranking{R20: 1}), New: only(eval.Ranking{})},
	}, eval.CompareOptions{Matters: 0.1})

	want := []eval.Moved{
		{ID: "up", What: eval.Gained, Top1: eval.Turn{Base: 0, New: 1}, MRR5: eval.Turn{Base: 0.5, New: 1}, MAP: eval.Turn{Base: 0.5, New: 1}},
		{ID: "down", What: eval.Lost, Top1: eval.Turn{Base: 1, New: 0}, MRR5: eval.Turn{Base: 1, New: 0.5}, MAP: eval.Turn{Base: 1, New: 0.5}},
		{ID: "both", What: eval.Mixed, MRR5: eval.Turn{Base: 0.2, New: 0.5}, MAP: eval.Turn{Base: 0.5, New: 0.4}},
	}
	if !slices.Equal(c.Moved, want) {
		t.Errorf("%+v", c.Moved)
	}
}

func TestSwappingTheRunsTurnsTheComparisonRound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ranking := rapid.Custom(func(t *rapid.T) eval.Ranking {
			rank := rapid.IntRange(1, 6).Draw(t, "rank")
			r := eval.Ranking{MAP: rapid.Float64Range(0, 1).Draw(t, "average precision")}
			if rank == 1 {
				r.Top1 = 1
			}
			if rank <= 5 {
				r.MRR5 = 1 / float64(rank)
			}
			return r
		})
		pairs := pairsOf(rapid.IntRange(1, 18).Draw(t, "requirements"), func(int) (eval.Ranking, eval.Ranking) {
			return ranking.Draw(t, "base"), ranking.Draw(t, "new")
		})
		swapped := slices.Clone(pairs)
		for i, p := range swapped {
			swapped[i].Base, swapped[i].New = p.New, p.Base
		}
		options := eval.CompareOptions{Seed: rapid.Uint64().Draw(t, "seed"), Matters: 0.1}

		there, back := eval.Compare(pairs, options), eval.Compare(swapped, options)

		for i, m := range there.Measures {
			b := back.Measures[i]
			if m.Difference != -b.Difference || m.Low != -b.High || m.High != -b.Low || m.P != b.P || m.Holm != b.Holm ||
				m.Base != b.New || !reflect.DeepEqual(m.Smallest, b.Smallest) {
				t.Fatalf("%+v, swapped %+v", m, b)
			}
			if !near(m.Difference, m.New-m.Base) || m.Low > m.High || m.Holm < m.P {
				t.Fatalf("%+v", m)
			}
		}
		if same := eval.Compare(pairs, options); !reflect.DeepEqual(same, there) {
			t.Fatal("the same runs and seed compared differently")
		}
	})
}

func TestPairCountsWhatARunLacksAsZero(t *testing.T) {
	qrels, err := trec.ReadQrels([]byte("B 0 b 1\nA 0 a 2\nA 0 x 0\nC 0 c 1\nNONE 0 c 0\n"))
	if err != nil {
		t.Fatal(err)
	}
	base, err := trec.ReadRun([]byte("A Q0 a 1 2.0 s\nA Q0 x 2 1.0 s\nB Q0 b 1 1 s\nEXTRA Q0 a 1 1 s\n"))
	if err != nil {
		t.Fatal(err)
	}
	next, err := trec.ReadRun([]byte("A Q0 a 1 1.0 s\nA Q0 x 2 1.0 s\nC Q0 c 1 1 s\nEXTRA Q0 a 1 1 s\n"))
	if err != nil {
		t.Fatal(err)
	}

	pairs, gaps, err := eval.Pair(qrels, base, next)
	if err != nil {
		t.Fatal(err)
	}

	if want := (eval.Gaps{MissingInBase: []string{"C"}, MissingInNew: []string{"B"}, Unlabelled: []string{"EXTRA", "NONE"}}); !reflect.DeepEqual(gaps, want) {
		t.Errorf("gaps %+v", gaps)
	}
	if len(pairs) != 3 || pairs[0].ID != "A" || pairs[1].ID != "B" || pairs[2].ID != "C" {
		t.Fatalf("%+v", pairs)
	}
	// In the new run of A both score alike, and the greater id goes first.
	if a := pairs[0]; a.Base.Top1 != 1 || a.New.Top1 != 0 || a.New.MRR5 != 0.5 {
		t.Errorf("%+v", a)
	}
	if b, c := pairs[1], pairs[2]; b.New.Ranking != (eval.Ranking{}) || b.Base.MAP != 1 || c.Base.Ranking != (eval.Ranking{}) || c.New.MAP != 1 {
		t.Errorf("%+v, %+v", b, c)
	}
}

func TestRunsThatShareNothingWithTheLabelsAreAnError(t *testing.T) {
	labels := trec.Qrels{"A": {"a": 1}}
	runs := trec.Run{"A": {{Document: "a", Score: 1}}}
	others := trec.Run{"B": {{Document: "a", Score: 1}}}
	for says, try := range map[string]struct {
		qrels      trec.Qrels
		base, next trec.Run
	}{
		"base run":           {labels, others, runs},
		"new run":            {labels, runs, others},
		"no relevant target": {trec.Qrels{"A": {"a": 0}}, runs, runs},
	} {
		if _, _, err := eval.Pair(try.qrels, try.base, try.next); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want %q", err, says)
		}
	}
}

// TestSeveralSetsShareOneAdjustment compares a set that regresses alone with
// the same set among many that do not move.
func TestSeveralSetsShareOneAdjustment(t *testing.T) {
	falling := pairsOf(7, func(int) (eval.Ranking, eval.Ranking) { return right, wrong })
	still := pairsOf(7, func(int) (eval.Ranking, eval.Ranking) { return right, right })
	o := eval.CompareOptions{Seed: 1, Matters: 1}

	alone := eval.CompareAll([][]eval.Paired{falling}, o)
	among := eval.CompareAll([][]eval.Paired{still, falling, still}, o)

	if !reflect.DeepEqual(alone[0], eval.Compare(falling, o)) || alone[0].Verdict != eval.Regression {
		t.Errorf("alone: %+v", alone[0])
	}
	if p, q := alone[0].Measures[0], among[1].Measures[0]; p.P != q.P || !near(p.Holm, 3*p.P) || !near(q.Holm, 9*q.P) {
		t.Errorf("adjusted %v alone and %v among others, p %v", p.Holm, q.Holm, p.P)
	}
	if among[0].Verdict != eval.Unchanged || eval.Overall(among[:1]) != eval.Unchanged || eval.Overall(alone) != eval.Regression {
		t.Errorf("%v, %v", among[0].Verdict, eval.Overall(among))
	}
}

func TestWhatIsProposedIsComparedToo(t *testing.T) {
	decided := func(p eval.Pairs) eval.Requirement { return eval.Requirement{Ranking: right, Pairs: &p} }
	var pairs []eval.Paired
	for i := range 8 {
		pairs = append(pairs, eval.Paired{ID: fmt.Sprint(i), Base: decided(eval.Pairs{Right: 1}), New: decided(eval.Pairs{Right: 1, Extra: 2})})
	}

	c := eval.Compare(pairs, eval.CompareOptions{Seed: 1, Matters: 0.1})

	if f1 := c.Measures[3]; f1.Measure != "f1" || f1.Base != 1 || f1.New != 0.5 || c.Verdict != eval.Regression || *c.Moved[0].F1 != (eval.Turn{Base: 1, New: 0.5}) {
		t.Errorf("%+v", c)
	}
}

func TestScoresOnOtherLabelsAreNotCompared(t *testing.T) {
	score := func(labels int, ids ...string) (s eval.Score) {
		s.Labels = labels
		for _, id := range ids {
			s.Requirements = append(s.Requirements, eval.Requirement{ID: id})
		}
		return s
	}
	if pairs, err := eval.PairScores(score(3, "A", "B"), score(3, "B", "A")); err != nil || len(pairs) != 2 || pairs[0].New.ID != "A" {
		t.Errorf("%v, %v", pairs, err)
	}
	for _, other := range []eval.Score{score(3, "A"), score(3, "A", "C"), score(4, "A", "B"), score(3, "A", "B", "C")} {
		if _, err := eval.PairScores(score(3, "A", "B"), other); err == nil || !strings.Contains(err.Error(), "other labels") {
			t.Errorf("%v: error %v", other, err)
		}
	}
}

func TestOnlyResultsAreReadAsResults(t *testing.T) {
	for text, says := range map[string]string{
		"":                             "results",
		`[]`:                           "results",
		`{"format":"concord-draft/1"}`: `format "concord-draft/1", want "concord-eval/1"`,
		`{"format":"concord-eval/1","sets":[{"set":"a"},{"set":"a"}]}`: `"a" stands twice`,
	} {
		if _, err := eval.ReadResults([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: error %v, want %q", text, err, says)
		}
	}
}

func FuzzReadResults(f *testing.F) {
	f.Add([]byte(`{"format":"concord-eval/1","sets":[{"set":"a","scores":[{"system":"x","metrics":{"map":0.5}}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := eval.ReadResults(data); err == nil && r.Format != eval.Format {
			t.Fatalf("format %q", r.Format)
		}
	})
}
