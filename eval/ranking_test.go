package eval_test

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"concord/eval"
	"concord/eval/trec"
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

// TestRankAgreesWithTrecEval holds the measures of concord's own scores to
// those checked against trec_eval, where grades are binary and nothing ties.
func TestRankAgreesWithTrecEval(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 120).Draw(rt, "documents")
		ids := make([]string, n)
		for i := range ids {
			ids[i] = fmt.Sprintf("d%d", i)
		}
		ids = rapid.Permutation(ids).Draw(rt, "ranking")
		gold, grades := map[string]bool{"never-found": true}, map[string]int{"never-found": 1}
		var hits []trec.Retrieved
		for i, id := range ids {
			if rapid.IntRange(0, 9).Draw(rt, "die") < 3 {
				gold[id], grades[id] = true, 1
			}
			hits = append(hits, trec.Retrieved{Document: id, Score: float32(n - i)})
		}

		ours := eval.Rank(ids, gold)
		report, err := trec.Eval(trec.Qrels{"q": grades}, trec.Run{"q": hits}, false)
		if err != nil {
			rt.Fatal(err)
		}

		theirs := map[string]float64{}
		for _, v := range report.All.Values {
			theirs[v.Measure] = v.Value
		}
		mrr5 := theirs["recip_rank"]
		if mrr5 < 1.0/5 {
			mrr5 = 0
		}
		if !near(ours.Top1, theirs["P_1"]) || !near(ours.MRR5, mrr5) || !near(ours.MAP, theirs["map"]) ||
			!near(ours.NDCG10, theirs["ndcg_cut_10"]) || !near(ours.R20, theirs["recall_20"]) || !near(ours.R50, theirs["recall_50"]) {
			rt.Fatalf("%+v, trec_eval %+v", ours, report.All.Values)
		}
	})
}
