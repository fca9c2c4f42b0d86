package train

import (
	"slices"

	"concord/crosswalk/candidate"
)

// Quality is how good rankings are, each measure from 0 to 1 and as package
// eval defines it: the first target is listed; reciprocal rank with a cut at 5;
// average precision; recall at 50.
type Quality struct {
	Top1 float64 `json:"top1"`
	MRR5 float64 `json:"mrr5"`
	MAP  float64 `json:"map"`
	R50  float64 `json:"r50"`
}

// quality measures one ranking of the targets by falling score, ties by
// falling id, as trec_eval does.
func (s Source) quality(score []float64) Quality {
	var ranks []int
	for j, id := range s.Targets {
		if !s.Listed[id] {
			continue
		}
		rank := 1
		for i, x := range score {
			if float32(x) > float32(score[j]) || float32(x) == float32(score[j]) && s.Targets[i] > id {
				rank++
			}
		}
		ranks = append(ranks, rank)
	}
	slices.Sort(ranks)
	var q Quality
	for i, rank := range ranks {
		q.MAP += float64(i+1) / float64(rank) / float64(len(ranks))
		if rank <= 50 {
			q.R50 += 1 / float64(len(ranks))
		}
	}
	if len(ranks) > 0 && ranks[0] <= 5 {
		q.MRR5 = 1 / float64(ranks[0])
		q.Top1 = float64(1 / ranks[0])
	}
	return q
}

// Measure returns the mean quality of the rankings of a set's sources under
// weights, each source with a listed target counting the same; zero if there
// is none.
func (s Set) Measure(w candidate.Weights) Quality {
	return s.mean(func(source Source) []float64 { return source.Score(w) })
}

func (s Set) mean(score func(Source) []float64) Quality {
	var sum Quality
	n := 0.0
	for _, source := range s.Sources {
		if !source.mapped() {
			continue
		}
		q := source.quality(score(source))
		sum = Quality{sum.Top1 + q.Top1, sum.MRR5 + q.MRR5, sum.MAP + q.MAP, sum.R50 + q.R50}
		n++
	}
	if n == 0 {
		return sum
	}
	return Quality{sum.Top1 / n, sum.MRR5 / n, sum.MAP / n, sum.R50 / n}
}
