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

// Mean averages over sources, each counting the same.
func Mean(all []Ranking) Ranking {
	var m Ranking
	for _, r := range all {
		n := float64(len(all))
		m.Top1 += r.Top1 / n
		m.MRR5 += r.MRR5 / n
		m.MAP += r.MAP / n
		m.NDCG10 += r.NDCG10 / n
		m.R20 += r.R20 / n
		m.R50 += r.R50 / n
	}
	return m
}

// Pairs counts the decisions on pairs: proposed and listed, proposed and not
// listed, listed and not proposed.
type Pairs struct {
	Right  int `json:"right"`
	Extra  int `json:"extra"`
	Missed int `json:"missed"`
}

// Precision is the share of the proposed pairs that are listed, 0 to 1; zero
// if none is proposed. With silver labels it is a lower bound.
func (p Pairs) Precision() float64 { return share(p.Right, p.Right+p.Extra) }

// Recall is the share of the listed pairs that are proposed, 0 to 1.
func (p Pairs) Recall() float64 { return share(p.Right, p.Right+p.Missed) }

// F1 is the harmonic mean of precision and recall, 0 to 1.
func (p Pairs) F1() float64 { return share(2*p.Right, 2*p.Right+p.Extra+p.Missed) }

func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
