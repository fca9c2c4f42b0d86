// Package eval measures rankings and decisions against labels that experts
// published.
//
// Official labels are silver: an unlisted pair may still be right, so precision
// read here is a lower bound. Nothing in this package feeds back into a draft.
package eval

import "math"

// Ranking holds the ranking measures of one source or their mean over sources.
// All run from 0 to 1. Definitions are those of trec_eval 10.0: P@1,
// reciprocal rank with a cut at 5, average precision over the full ranking,
// nDCG at 10 with binary gains and log2 discount, recall at 20 and 50.
type Ranking struct {
	Top1   float64 `json:"top1"`
	MRR5   float64 `json:"mrr5"`
	MAP    float64 `json:"map"`
	NDCG10 float64 `json:"ndcg10"`
	R20    float64 `json:"r20"`
	R50    float64 `json:"r50"`
}

// Rank measures one full ranking, best first, against the ids that experts
// listed. It is zero if they listed none.
func Rank(ranked []string, gold map[string]bool) Ranking {
	var m Ranking
	n := float64(len(gold))
	if n == 0 {
		return m
	}
	found, dcg, ideal := 0.0, 0.0, 0.0
	for rank := 1.0; rank <= min(n, 10); rank++ {
		ideal += 1 / math.Log2(rank+1)
	}
	for i, id := range ranked {
		rank := float64(i + 1)
		if !gold[id] {
			continue
		}
		found++
		m.MAP += found / rank / n
		if rank == 1 {
			m.Top1 = 1
		}
		if found == 1 && rank <= 5 {
			m.MRR5 = 1 / rank
		}
		if rank <= 10 {
			dcg += 1 / math.Log2(rank+1)
		}
		if rank <= 20 {
			m.R20 += 1 / n
		}
		if rank <= 50 {
			m.R50 += 1 / n
		}
	}
	m.NDCG10 = dcg / ideal
	return m
}

// Ranking measures the ranking of a case, or returns false if nothing is
// listed that it could find.
func (c Case) Ranking() (Ranking, bool) {
	gold := c.Gold()
	return Rank(c.Ranked, gold), len(gold) > 0
}

func meanOf(of func(Ranking) float64) func([]Case) (float64, bool) {
	return func(cases []Case) (float64, bool) {
		sum, n := 0.0, 0
		for _, c := range cases {
			if r, ok := c.Ranking(); ok {
				sum += of(r)
				n++
			}
		}
		if n == 0 {
			return 0, false
		}
		return sum / float64(n), true
	}
}

// unjudgedAt is the share of the first k targets of which nobody has said
// whether they are right, as a mean over the cases that have something listed.
func unjudgedAt(k int) func([]Case) (float64, bool) {
	return func(cases []Case) (float64, bool) {
		sum, n := 0.0, 0
		for _, c := range cases {
			top := c.Ranked[:min(k, len(c.Ranked))]
			if len(c.Gold()) == 0 || len(top) == 0 {
				continue
			}
			unjudged := 0
			for _, id := range top {
				unjudged += btoi(!c.judged(id))
			}
			sum += share(unjudged, len(top))
			n++
		}
		if n == 0 {
			return 0, false
		}
		return sum / float64(n), true
	}
}
