package llm

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"concord/corpus"
	"concord/crosswalk"
)

// confirm asks for the strong claims among verdicts again, from the other side:
// how do the targets relate to the source? Where the two answers are each other's
// inverse the claim is confirmed. Where they are not it falls to the weaker of
// both, and where there is no usable answer to an intersection.
func (j *Judge) confirm(ctx context.Context, source corpus.Element, targets []corpus.Element, verdicts []crosswalk.Verdict, cast map[string]int) error {
	var claimed []corpus.Element
	for i, v := range verdicts {
		if v.Relation.Strong() {
			claimed = append(claimed, targets[i])
		}
	}
	seen := map[string]crosswalk.Relation{}
	var pending error
	for _, together := range j.apart(source, claimed) {
		for block := range slices.Chunk(together, j.options.Block) {
			err := j.fromTheOtherSide(ctx, source, block, seen)
			if errors.Is(err, crosswalk.ErrPending) {
				pending = err
				continue
			}
			if err != nil {
				return err
			}
		}
	}
	if pending != nil {
		return pending
	}
	for i := range verdicts {
		if v := &verdicts[i]; v.Relation.Strong() {
			weigh(v, seen[v.Target], cast[v.Target])
		}
	}
	return nil
}

// fromTheOtherSide asks how targets relate to the source and puts the answers
// down, read from the source.
func (j *Judge) fromTheOtherSide(ctx context.Context, source corpus.Element, targets []corpus.Element, seen map[string]crosswalk.Relation) error {
	first := j.voters[0]
	targets = shuffled(first.seed, source, targets)
	question, err := j.question(confirmSchema, targets, second{
		ReferenceFramework: nameOf(j.options.Source), ElementsFramework: nameOf(j.options.Target),
		Convention: j.custom(source, targets),
		Elements:   j.targets(targets), Reference: j.source(source),
	})
	if err != nil {
		return err
	}
	question.System, question.Name = j.confirmRules, "relations"
	question.Read = func(content string) error {
		var answer struct{ Relations []judgement }
		if err := read(content, "relations", question.compiled, &answer); err != nil {
			return err
		}
		for _, t := range targets {
			if !slices.ContainsFunc(answer.Relations, func(s judgement) bool { return s.ID == t.ID }) {
				return fmt.Errorf("%q is missing", t.ID)
			}
		}
		for _, s := range answer.Relations {
			// Here the target stands first: what is only in the element is its own.
			s.SourceOnly, s.TargetOnly = s.ElementOnly, s.ReferenceOnly
			if s.Relation.Strong() && j.options.Convention == nil {
				s.Relation = crosswalk.Weaker(s.Relation, s.borneOut())
			}
			read := s.Relation.Inverse()
			if other, twice := seen[s.ID]; twice {
				read = crosswalk.Weaker(other, read)
			}
			seen[s.ID] = read
		}
		return nil
	}
	_, err = first.Ask(ctx, question.Question)
	return unavailable(ctx, err)
}

// weigh holds a strong claim against what was seen from the other side, and
// counts that as one more vote.
func weigh(v *crosswalk.Verdict, seen crosswalk.Relation, votes int) {
	agreed := float64(votes)
	if v.Agreement != nil {
		agreed *= *v.Agreement
	}
	switch {
	case seen == v.Relation:
		agreed++
	case seen == "":
		v.Flags = append(v.Flags, crosswalk.FlagUnconfirmed)
		demote(v, crosswalk.IntersectsWith)
		return
	default:
		v.Flags = append(v.Flags, crosswalk.FlagDirections)
		demote(v, crosswalk.Weaker(v.Relation, seen))
	}
	share := agreed / float64(votes+1)
	v.Agreement = &share
}
