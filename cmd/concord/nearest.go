package main

import (
	"context"
	"fmt"
	"slices"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/candidate"
	"concord/embed"
	"concord/embed/chromem"
)

// nearest finds the elements whose vectors are nearest to that of a text, by
// falling cosine. It reads no word of theirs, so that nothing needs to be
// indexed but what the workspace holds.
func (e *engine) nearest(ctx context.Context, text string, target *corpus.Framework, kinds []string, depth int) ([]crosswalk.Candidate, *candidate.Explanation, error) {
	if err := candidate.CheckKinds(target, kinds); err != nil {
		return nil, nil, usage(err)
	}
	by, err := e.embedders(target.Local)
	if err != nil {
		return nil, nil, err
	}
	embedder := by.local
	if by.remote != nil {
		embedder = by.remote // a model knows more words
	}
	set, err := e.vectors(ctx, target, "target", embed.DescribeTargets(target), embedder)
	if err != nil {
		return nil, nil, err
	}
	index, err := chromem.New(ctx, set, func(id string) map[string]string {
		element, _ := target.Element(id)
		return map[string]string{"kind": element.Kind}
	})
	if err != nil {
		return nil, nil, err
	}
	query, err := embedder.Embed(ctx, []string{text})
	if err != nil {
		return nil, nil, err
	}
	if query[0] == nil {
		return nil, nil, fmt.Errorf("no word of the query is known to %s", embedder.Name())
	}
	if depth <= 0 {
		depth = index.Count()
	}
	// The library has no "or": a query for each kind, or one for all.
	filters := []map[string]string{nil}
	if len(kinds) > 0 {
		filters = nil
		for _, kind := range slices.Compact(slices.Sorted(slices.Values(kinds))) {
			filters = append(filters, map[string]string{"kind": kind})
		}
	}
	var hits []embed.Hit
	for _, having := range filters {
		some, err := index.Nearest(ctx, query[0], depth, having)
		if err != nil {
			return nil, nil, err
		}
		hits = append(hits, some...)
	}
	embed.Sort(hits)
	out := make([]crosswalk.Candidate, min(depth, len(hits)))
	for i := range out {
		element, _ := target.Element(hits[i].ID)
		out[i] = crosswalk.Candidate{Element: element, Rank: i + 1, Score: hits[i].Score,
			Signals: map[string]float64{candidate.Semantic: hits[i].Score}}
	}
	return out, nil, nil
}
