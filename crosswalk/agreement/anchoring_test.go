package agreement_test

import (
	"math"
	"testing"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/agreement"
)

// sighted makes a run of n decisions of one reviewer of which the first follow the
// proposal and the others reject it, assisted or blind.
func sighted(from, follow, n int, seen bool) agreement.Run {
	var run agreement.Run
	for i := range n {
		p := proposal(from + i)
		r := crosswalk.SubsetOf
		if i >= follow {
			r = crosswalk.NoRelationship
		}
		d := say(p, "A", i, r)
		d.SuggestionVisible, d.Duration = seen, time.Duration(i)*time.Second
		run.Proposals, run.Decisions = append(run.Proposals, p), append(run.Decisions, d.Identified())
	}
	return run
}

// The contrasts are four of those in table II of Newcombe (1998), with the limits
// of its method 10.
func TestTheDifferenceIsThatOfThePublishedExamples(t *testing.T) {
	for _, c := range []struct {
		x, m, y, n int
		low, high  float64
	}{
		{56, 70, 48, 80, .0524, .3339},
		{9, 10, 3, 10, .1705, .8090},
		{5, 56, 0, 29, -.0381, .1926},
		{10, 10, 0, 10, .6075, 1},
	} {
		r := agreement.Measure([]agreement.Run{sighted(0, c.x, c.m, true), sighted(500, c.y, c.n, false)}, 1)

		got := r.Anchoring.All.Relation
		if want := float64(c.x)/float64(c.m) - float64(c.y)/float64(c.n); !near(got, want, 1e-12) || math.Abs(*got.Low-c.low) > .00005 || math.Abs(*got.High-c.high) > .00005 {
			t.Errorf("%d/%d less %d/%d: %s", c.x, c.m, c.y, c.n, shown(got))
		}
	}
}

func TestAnchoringCountsDecisionsOnProposals(t *testing.T) {
	blind, seen := sighted(0, 1, 4, false), sighted(10, 3, 3, true)
	// Another relation than was proposed is the same outcome.
	other := say(seen.Proposals[0], "B", 90, crosswalk.Equal)
	// What was not judged proposes nothing, and an entered pair was not proposed.
	lost := proposal(20)
	lost.Outcome, lost.Relation = crosswalk.NotJudged, ""
	added := proposal(21)
	enter := crosswalk.Decision{Time: nine, Reviewer: "A", Proposal: added.ID, Source: added.Source, Target: added.Target, Action: crosswalk.Enter,
		Relation: crosswalk.Equal, RationaleType: added.RationaleType}.Identified()
	none := agreement.Run{Proposals: []crosswalk.Proposal{lost}, Decisions: []crosswalk.Decision{say(lost, "A", 0, crosswalk.Equal), enter}}
	// Agreeing that there is no relationship follows the proposal.
	unrelated := proposal(22)
	unrelated.Outcome, unrelated.Relation = crosswalk.Unrelated, ""
	agreed := agreement.Run{Proposals: []crosswalk.Proposal{unrelated}, Decisions: []crosswalk.Decision{say(unrelated, "A", 0, crosswalk.NoRelationship)}}
	seen.Decisions = append(seen.Decisions, other)

	a := agreement.Measure([]agreement.Run{blind, seen, none, agreed}, 1).Anchoring

	if b := a.All.Blind; b.Decisions != 4 || b.Relation != 1 || b.Outcome != 1 || b.Timed != 3 || *b.MedianSeconds != 2 {
		t.Errorf("%+v", b)
	}
	if s := a.All.Assisted; s.Decisions != 5 || s.Relation != 4 || s.Outcome != 5 || *s.MedianSeconds != 1.5 {
		t.Errorf("%+v", s)
	}
	if len(a.Reviewers) != 2 || a.Reviewers[0].Reviewer != "A" || a.Reviewers[0].Assisted.Decisions != 4 {
		t.Errorf("%s", shown(a.Reviewers))
	}
	if b := a.Reviewers[1]; b.Relation.Value != nil || b.Relation.Undefined == "" || b.Blind.MedianSeconds != nil {
		t.Errorf("B never decided blind: %s", shown(b))
	}
}
