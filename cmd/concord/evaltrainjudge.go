package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"concord/crosswalk/candidate"
	"concord/crosswalk/judge"
	"concord/eval/train"
)

// learnJudge fits a judge without each family, reports how it does on it, and
// fits the one to keep on all of them.
func (e *engine) learnJudge(cmd *cobra.Command, lessons []lesson, fusion candidate.Fusion) (judge.Model, error) {
	model := judge.Model{Name: "local-1", Date: time.Now().UTC().Format(time.DateOnly), Command: trainCommand(cmd, e.settings)}
	bar := newProgress(e.stderr, "learning to judge")
	defer bar.end()
	var err error
	if model.Fitted, _, err = e.fit(cmd.Context(), lessons, fusion, ""); err != nil {
		return model, err
	}
	lines := make([]string, len(lessons))
	for i, l := range lessons {
		bar.show(i, len(lessons))
		family := l.set.Family
		if _, done := model.Without[family]; done || len(others(lessons, family)) == 0 {
			continue
		}
		held, tests, err := e.fit(cmd.Context(), lessons, fusion, family)
		if err != nil {
			return model, err
		}
		if model.Without == nil {
			model.Without = map[string]judge.Fitted{}
		}
		model.Without[family] = held
		for j, tested := range lessons {
			if tested.set.Family == family {
				lines[j] = fmt.Sprintf("%-40s %s\n", printable(tested.set.Name), train.Check(held, tests[j], e.settings.Depth))
			}
		}
	}
	if len(model.Without) > 0 {
		fmt.Fprintf(cmd.OutOrStdout(), "\njudge, fitted without the family of the set\n%s", strings.Join(lines, ""))
	}
	return model, nil
}

// fit fits a judge on the lessons that neither lead from nor to a family: with
// weights and precedents that know nothing of it. It returns the samples of all
// lessons too, in their order.
func (e *engine) fit(ctx context.Context, lessons []lesson, fusion candidate.Fusion, without string) (judge.Fitted, []train.Samples, error) {
	w, _ := fusion.For(without)
	e = e.weighing(w)
	all := make([]train.Samples, len(lessons))
	var from train.Samples
	for i, l := range lessons {
		samples, err := e.samples(ctx, l.trial, without)
		if err != nil {
			return judge.Fitted{}, nil, err
		}
		all[i] = samples
		if !l.touches(without) {
			from.Add(samples)
		}
	}
	f, err := train.Fit(from, ridge)
	f.Data = others(lessons, without)
	return f, all, err
}

// samples ranks every labelled source of a task, with the precedents of other
// frameworks but those of a family.
func (e *engine) samples(ctx context.Context, t trial, without string) (train.Samples, error) {
	s, err := e.space(t.Source, t.Target)
	if err != nil {
		return train.Samples{}, err
	}
	votes, err := precedents(t.Target, t.Source)
	if err != nil {
		return train.Samples{}, err
	}
	votes = slices.DeleteFunc(votes, func(p candidate.Precedents) bool { return familyOf(p.Framework.Name) == without })
	ranker, err := e.ranker(ctx, s, t.kinds, votes)
	if err != nil {
		return train.Samples{}, err
	}
	cases, _ := t.Cases(ranker.Targets())
	var rankings []train.Ranking
	for _, c := range cases {
		rankings = append(rankings, train.Ranking{Candidates: t.Rank(ranker, c.Source), Listed: c.Gold()})
	}
	return train.Collect(rankings, e.settings.Depth), nil
}
