package eval

import (
	"slices"

	"concord/eval/train"
)

// TrainingSet returns the task for learning the weights of a ranking, with plain
// BM25 to compare with. A family holds the sets that are no test of each other.
func (t Task) TrainingSet(family string, observer train.Observer) train.Set {
	targets := observer.Targets()
	set := train.Set{Name: t.Labels.Name, Family: family}
	var kinds []string
	for _, e := range targets {
		if !slices.Contains(kinds, e.Kind) {
			kinds = append(kinds, e.Kind)
		}
	}
	plain := NewPlainBM25(t.Target, kinds...)
	sources, gold, _ := t.gold(targets)
	for _, source := range sources {
		except := ""
		if t.Source.Spec() == t.Target.Spec() {
			except = source.ID
		}
		s := train.NewSource(observer, source, gold[source.ID], except)
		scores := make(map[string]float64, len(targets))
		for _, c := range plain.Rank(source) {
			scores[c.Element.ID] = c.Score
		}
		for _, id := range s.Targets {
			s.Plain = append(s.Plain, scores[id])
		}
		set.Sources = append(set.Sources, s)
	}
	return set
}

// Rankings returns the ranking of every labelled source, for fitting a judge.
func (t Task) Rankings(ranker Ranker) []train.Ranking {
	sources, gold, _ := t.gold(ranker.Targets())
	out := make([]train.Ranking, len(sources))
	for i, source := range sources {
		out[i] = train.Ranking{Candidates: t.candidates(ranker, source), Listed: gold[source.ID]}
	}
	return out
}
