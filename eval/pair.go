package eval

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"concord/eval/trec"
)

// A Paired is one requirement as two systems did on it.
type Paired struct {
	ID        string
	Base, New Requirement
}

// Gaps says what two runs and their labels do not share. Ids are in order.
type Gaps struct {
	MissingInBase []string `json:"missing_in_base"` // labelled requirements, counted as zero
	MissingInNew  []string `json:"missing_in_new"`  // the same of the new run
	Unlabelled    []string `json:"unlabelled"`      // requirements without a relevant target, left out
}

// Pair measures two runs on every requirement that has a relevant target, in
// order of id. A requirement that a run lacks measures zero there. Labels
// without a relevant target and a run with none of the requirements are errors.
func Pair(qrels trec.Qrels, base, next trec.Run) ([]Paired, Gaps, error) {
	gaps := Gaps{MissingInBase: []string{}, MissingInNew: []string{}, Unlabelled: []string{}}
	var pairs []Paired
	for _, id := range slices.Sorted(maps.Keys(qrels)) {
		gold := map[string]bool{}
		for document, grade := range qrels[id] {
			if grade > 0 {
				gold[document] = true
			}
		}
		if len(gold) == 0 {
			gaps.Unlabelled = append(gaps.Unlabelled, id)
			continue
		}
		if len(base[id]) == 0 {
			gaps.MissingInBase = append(gaps.MissingInBase, id)
		}
		if len(next[id]) == 0 {
			gaps.MissingInNew = append(gaps.MissingInNew, id)
		}
		pairs = append(pairs, Paired{ID: id, Base: Requirement{ID: id, Ranking: Rank(base.Ranked(id), gold)},
			New: Requirement{ID: id, Ranking: Rank(next.Ranked(id), gold)}})
	}
	for _, run := range []trec.Run{base, next} {
		for id := range run {
			if _, labelled := qrels[id]; !labelled {
				gaps.Unlabelled = append(gaps.Unlabelled, id)
			}
		}
	}
	slices.Sort(gaps.Unlabelled)
	gaps.Unlabelled = slices.Compact(gaps.Unlabelled) // most are in both runs
	switch len(pairs) {
	case 0:
		return nil, gaps, errors.New("the labels have no relevant target for any requirement: want grades from 1 up")
	case len(gaps.MissingInBase):
		return nil, gaps, errors.New("the base run has no requirement of the labels; do both name them alike?")
	case len(gaps.MissingInNew):
		return nil, gaps, errors.New("the new run has no requirement of the labels; do both name them alike?")
	}
	return pairs, gaps, nil
}

// PairScores pairs what two systems reached on the same requirements of one
// set. It fails if they were not measured on the same ones, or not against the
// same labels: then the difference would say nothing of the systems.
func PairScores(base, next Score) ([]Paired, error) {
	in := map[string]Requirement{}
	for _, r := range next.Requirements {
		in[r.ID] = r
	}
	var pairs []Paired
	var gone []string
	for _, r := range base.Requirements {
		n, ok := in[r.ID]
		if !ok {
			gone = append(gone, r.ID)
			continue
		}
		pairs = append(pairs, Paired{r.ID, r, n})
	}
	if len(gone) > 0 || len(base.Requirements) != len(next.Requirements) || base.Labels != next.Labels || base.Digest != next.Digest {
		const few = 5
		return nil, fmt.Errorf("measured on other labels: %d requirements and %d pairs before, %d and %d now%s; measure both on the same labels",
			len(base.Requirements), base.Labels, len(next.Requirements), next.Labels, naming(gone, few))
	}
	return pairs, nil
}

// naming lists the first few of the ids that are not there any more.
func naming(ids []string, few int) string {
	if len(ids) == 0 {
		return ""
	}
	return ", without " + strings.Join(ids[:min(few, len(ids))], ", ")
}
