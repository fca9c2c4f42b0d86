package eval_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/corpus"
	"concord/crosswalk"
	"concord/eval"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestRankingMeasuresOfAKnownRanking(t *testing.T) {
	gold := map[string]bool{"b": true, "d": true, "missing": true}

	m := eval.Rank([]string{"a", "b", "c", "d"}, gold)

	// Found at ranks 2 and 4 of 3 listed.
	wantMAP := (1.0/2 + 2.0/4) / 3
	wantNDCG := (1/math.Log2(3) + 1/math.Log2(5)) / (1 + 1/math.Log2(3) + 1/math.Log2(4))
	if m.Top1 != 0 || !near(m.MRR5, 0.5) || !near(m.MAP, wantMAP) || !near(m.NDCG10, wantNDCG) || !near(m.R20, 2.0/3) || !near(m.R50, 2.0/3) {
		t.Errorf("%+v", m)
	}
}

func TestRankingMeasuresStayBetweenZeroAndOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 80).Draw(t, "targets")
		ids := make([]string, n)
		gold := map[string]bool{}
		for i := range ids {
			ids[i] = string(rune('a' + i))
			if rapid.Bool().Draw(t, "listed") {
				gold[ids[i]] = true
			}
		}
		m := eval.Rank(ids, gold)
		for _, x := range []float64{m.Top1, m.MRR5, m.MAP, m.NDCG10, m.R20, m.R50} {
			if !(x >= 0 && x <= 1+1e-9) {
				t.Fatalf("%+v", m)
			}
		}
		// The best ranking has all listed ones first.
		best := make([]string, 0, n)
		for _, first := range []bool{true, false} {
			for _, id := range ids {
				if gold[id] == first {
					best = append(best, id)
				}
			}
		}
		if b := eval.Rank(best, gold); len(gold) > 0 && (!near(b.MAP, 1) || !near(b.NDCG10, 1) || b.Top1 != 1 || b.MAP < m.MAP-1e-9) {
			t.Fatalf("best ranking %+v", b)
		}
	})
}

func TestPairMeasures(t *testing.T) {
	p := eval.Pairs{Right: 2, Extra: 1, Missed: 3}
	if !near(p.Precision(), 2.0/3) || !near(p.Recall(), 2.0/5) || !near(p.F1(), 4.0/8) {
		t.Errorf("%v %v %v", p.Precision(), p.Recall(), p.F1())
	}
	if none := (eval.Pairs{}); none.Precision() != 0 || none.Recall() != 0 || none.F1() != 0 {
		t.Error("nothing proposed and nothing listed should measure zero")
	}
}

func framework(t *testing.T, name string, elements ...corpus.Element) *corpus.Framework {
	t.Helper()
	f := &corpus.Framework{Name: name, Edition: "1", Elements: elements}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	return f
}

func task(t *testing.T) eval.Task {
	return eval.Task{
		Fold: true,
		Source: framework(t, "s",
			corpus.Element{ID: "GV", Kind: corpus.KindFunction, Title: "Govern"},
			corpus.Element{ID: "PR", Kind: corpus.KindFunction, Title: "Protect"},
			corpus.Element{ID: "GV-1", Kind: corpus.KindSubcategory, Parent: "GV", Text: "Encrypt stored records"},
			corpus.Element{ID: "PR-1", Kind: corpus.KindSubcategory, Parent: "PR", Text: "Train staff"}),
		Target: framework(t, "t",
			corpus.Element{ID: "A", Kind: corpus.KindControl, Text: "Encrypt records"},
			corpus.Element{ID: "A(1)", Kind: corpus.KindEnhancement, Parent: "A", Text: "Hardware"},
			corpus.Element{ID: "B", Kind: corpus.KindControl, Text: "Train all staff yearly"},
			corpus.Element{ID: "C", Kind: corpus.KindControl, Text: "Escort visitors"},
			corpus.Element{ID: "D", Kind: corpus.KindControl, Text: "Gone", Withdrawn: true}),
		Labels: corpus.LabelSet{Name: "set", Pairs: []corpus.Pair{
			{Source: "GV-1", Target: "A"}, {Source: "GV-1", Target: "A(1)"}, {Source: "GV-1", Target: "D"}, {Source: "PR-1", Target: "C"}}},
	}
}

type judgeFunc func(crosswalk.Candidate) bool

func (f judgeFunc) Judge(_ context.Context, _ corpus.Element, candidates []crosswalk.Candidate) (out []crosswalk.Verdict, _ error) {
	for _, c := range candidates {
		v := crosswalk.Verdict{Target: c.Element.ID, Outcome: crosswalk.Unrelated}
		if f(c) {
			v.Outcome = crosswalk.Mapped
		}
		out = append(out, v)
	}
	return out, nil
}

func TestMeasureFoldsEnhancementsAndLeavesOutWithdrawn(t *testing.T) {
	tk := task(t)
	s, err := eval.Measure(t.Context(), tk, "bm25", eval.NewPlainBM25(tk.Target, corpus.KindControl),
		judgeFunc(func(c crosswalk.Candidate) bool { return c.Rank == 1 }), 3)
	if err != nil {
		t.Fatal(err)
	}
	if s.Sources != 2 || s.Labels != 2 || s.LeftOut != 1 || s.Targets != 3 {
		t.Errorf("%d sources, %d labels, %d left out, %d targets", s.Sources, s.Labels, s.LeftOut, s.Targets)
	}
	// GV-1 finds A first; PR-1 finds B first, where C is listed.
	if !near(s.Ranking.Top1, 0.5) || *s.Pairs != (eval.Pairs{Right: 1, Extra: 1, Missed: 1}) {
		t.Errorf("Top-1 %v, pairs %+v", s.Ranking.Top1, *s.Pairs)
	}
	if len(s.Function) != 2 || s.Function[0].Name != "GV" || s.Function[0].Ranking.Top1 != 1 || s.Function[1].Ranking.Top1 != 0 {
		t.Errorf("by function: %+v", s.Function)
	}
}

func TestLabelsThatNameNothingHereAreAnError(t *testing.T) {
	tk := task(t)
	tk.Labels.Pairs = []corpus.Pair{{Source: "X", Target: "Y"}}
	if _, err := eval.Measure(t.Context(), tk, "bm25", eval.NewPlainBM25(tk.Target), nil, 0); err == nil || !strings.Contains(err.Error(), "set") {
		t.Errorf("error %v", err)
	}
}

func TestListsOfSetsAndPairsSayWhatIsWrongWithThem(t *testing.T) {
	for text, says := range map[string]string{
		"":                    "list of label sets",
		"sets: []":            "nothing under",
		"sets:\n- {name: a}":  "set 1 needs",
		"sets:\n- {nam: a}":   "nam",
		"other: 1":            "other",
		"sets: {a: [unclosed": "list of label sets",
	} {
		if _, err := eval.ReadSets([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: error %v, want %q", text, err, says)
		}
	}
	for text, says := range map[string]string{
		"":                               "no header",
		"a,b\n1,2":                       "need the columns source_id and target_id, have a, b",
		"source_id,target_id\n":          "no pair",
		"source_id,target_id\nA,B\nC,\n": "row 3 lacks",
		"source_id,target_id,relationship\nA,B,none\n": "no pair",
	} {
		if _, err := eval.ReadPairs([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: error %v, want %q", text, err, says)
		}
	}
	pairs, err := eval.ReadPairs([]byte("\ufeffnote\tsource_id\ttarget_id\nsays \"x\tA\tB\nplain\tC\tD\n"))
	if err != nil || len(pairs) != 2 || pairs[1] != (corpus.Pair{Source: "C", Target: "D"}) {
		t.Errorf("pairs %v, %v", pairs, err)
	}
}

func FuzzReadPairs(f *testing.F) {
	f.Add([]byte("source_id,target_id\nA,B\n"))
	f.Add([]byte("source_id\ttarget_id\nA\t\"B\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		pairs, err := eval.ReadPairs(data)
		if err == nil && len(pairs) == 0 {
			t.Fatal("no pair and no error")
		}
		for _, p := range pairs {
			if p.Source == "" || p.Target == "" {
				t.Fatalf("pair %+v", p)
			}
		}
	})
}

func FuzzReadSets(f *testing.F) {
	f.Add([]byte("sets:\n- {name: a, from: b, to: c, labels: d}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if sets, err := eval.ReadSets(data); err == nil && len(sets) == 0 {
			t.Fatal("no set and no error")
		}
	})
}
