package crosswalk_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"concord/corpus"
	"concord/crosswalk"
)

var nine = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// proposed makes up a proposal of one pair.
func proposed(target string, r crosswalk.Relation) crosswalk.Proposal {
	p := crosswalk.Proposal{
		Run: "r", Source: corpus.Ref{Framework: "s", Edition: "1", ID: "A"}, Target: corpus.Ref{Framework: "t", Edition: "1", ID: target},
		SourceSHA256: "1", TargetSHA256: "2", Outcome: crosswalk.Mapped, Relation: r, RationaleType: crosswalk.Semantic, Rank: 3, Score: .5,
	}
	p.ID = crosswalk.ProposalID(p.Source, p.Target, p.RationaleType)
	return p
}

// decide makes up a decision, minutes after nine.
func decide(p crosswalk.Proposal, reviewer string, minute int, a crosswalk.Action, r crosswalk.Relation) crosswalk.Decision {
	d := crosswalk.Decision{
		Time: nine.Add(time.Duration(minute) * time.Minute), Reviewer: reviewer, Proposal: p.ID, ProposalSHA256: p.SHA256(),
		Action: a, Relation: r, SuggestionVisible: true,
	}
	switch a {
	case crosswalk.Enter:
		d.Source, d.Target, d.ProposalSHA256 = p.Source, p.Target, ""
		d.RationaleType = p.RationaleType
	case crosswalk.Accept, crosswalk.Correct:
		d.RationaleType = p.RationaleType
	case crosswalk.Reject:
		d.Reason = crosswalk.WrongTarget
	}
	return d.Identified()
}

func TestAnIdFollowsFromWhatADecisionSays(t *testing.T) {
	d := decide(proposed("B", crosswalk.Equal), "ada", 0, crosswalk.Accept, crosswalk.Equal)
	other := d
	other.Time = d.Time.In(time.FixedZone("CET", 3600))
	if err := d.Check(); err != nil || other.Identified().ID != d.ID || d.ID[14] != '5' {
		t.Errorf("%v: %s and %s", err, d.ID, other.Identified().ID)
	}
	other.Comment = "sure"
	if other.Identified().ID == d.ID {
		t.Error("two decisions have one id")
	}
	if err := other.Check(); err == nil {
		t.Error("an id that is not its own is let pass")
	}
}

// TestADecisionThatWasNotCarriedKeepsItsId holds an id that ledgers have.
func TestADecisionThatWasNotCarriedKeepsItsId(t *testing.T) {
	d := decide(proposed("B", crosswalk.Equal), "ada", 0, crosswalk.Accept, crosswalk.Equal)
	if d.ID != "e5e62988-256a-5cea-b25e-8fd12db22bad" {
		t.Errorf("the id is %s", d.ID)
	}
	d.Carried = crosswalk.Carried{Run: "r", Decision: "d", Source: proposed("B", "").Source, Target: proposed("B", "").Target}
	if carried := d.Identified(); carried.ID == d.ID || carried.Check() != nil {
		t.Errorf("carried it is %s, %v", carried.ID, carried.Check())
	}
}

func TestADecisionThatDoesNotSayEnoughIsRefused(t *testing.T) {
	p := proposed("B", crosswalk.SubsetOf)
	eleven := 11
	for want, change := range map[string]func(*crosswalk.Decision){
		"no reviewer":         func(d *crosswalk.Decision) { d.Reviewer = " " },
		"cannot be printed":   func(d *crosswalk.Decision) { d.Reviewer = "a\x1b[2J" },
		"no time":             func(d *crosswalk.Decision) { d.Time = time.Time{} },
		"no proposal":         func(d *crosswalk.Decision) { d.Proposal = "" },
		"unknown action":      func(d *crosswalk.Decision) { d.Action = "approve" },
		"unknown reason":      func(d *crosswalk.Decision) { d.Reason = "dunno" },
		"strength 11":         func(d *crosswalk.Decision) { d.Strength = &eleven },
		"accept: unknown rel": func(d *crosswalk.Decision) { d.Relation = "" },
		"rationale type":      func(d *crosswalk.Decision) { d.RationaleType = "" },
		"from which run":      func(d *crosswalk.Decision) { d.Carried.Run = "old" },
		"which proposal":      func(d *crosswalk.Decision) { d.ProposalSHA256 = "" },
		"needs a reason": func(d *crosswalk.Decision) {
			d.Action, d.Relation, d.RationaleType = crosswalk.Reject, "", ""
		},
		"only accept, correct": func(d *crosswalk.Decision) { d.Action = crosswalk.Skip },
		"is a rejection": func(d *crosswalk.Decision) {
			d.Action, d.Relation = crosswalk.Correct, crosswalk.NoRelationship
		},
		"a source and a target": func(d *crosswalk.Decision) { d.Action = crosswalk.Enter },
		"is not the id of": func(d *crosswalk.Decision) {
			d.Action, d.Source, d.Target = crosswalk.Enter, p.Target, p.Source
		},
	} {
		d := decide(p, "ada", 0, crosswalk.Accept, crosswalk.SubsetOf)
		change(&d)
		if err := d.Identified().Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}

func TestTheLastDecisionOfAReviewerStands(t *testing.T) {
	p := proposed("B", crosswalk.Equal)
	accept := decide(p, "ada", 1, crosswalk.Accept, crosswalk.Equal)
	correct := decide(p, "ada", 2, crosswalk.Correct, crosswalk.SubsetOf)
	reject := decide(p, "ada", 3, crosswalk.Reject, "")
	skip := decide(p, "ada", 4, crosswalk.Skip, "")
	undo := func(minute int) crosswalk.Decision { return decide(p, "ada", minute, crosswalk.Undo, "") }
	for name, c := range map[string]struct {
		decisions []crosswalk.Decision
		want      crosswalk.Review
		relation  crosswalk.Relation
	}{
		"none":           {nil, crosswalk.Undecided, crosswalk.Equal},
		"accepted":       {[]crosswalk.Decision{accept}, crosswalk.Accepted, crosswalk.Equal},
		"corrected":      {[]crosswalk.Decision{accept, correct}, crosswalk.Corrected, crosswalk.SubsetOf},
		"rejected":       {[]crosswalk.Decision{accept, correct, reject}, crosswalk.Rejected, crosswalk.NoRelationship},
		"skipped":        {[]crosswalk.Decision{accept, skip}, crosswalk.Undecided, crosswalk.Equal},
		"undone":         {[]crosswalk.Decision{accept, undo(5)}, crosswalk.Undecided, crosswalk.Equal},
		"one undone":     {[]crosswalk.Decision{accept, correct, undo(5)}, crosswalk.Accepted, crosswalk.Equal},
		"two undone":     {[]crosswalk.Decision{accept, correct, undo(5), undo(6)}, crosswalk.Undecided, crosswalk.Equal},
		"undone too far": {[]crosswalk.Decision{undo(0), accept}, crosswalk.Accepted, crosswalk.Equal},
		"out of order":   {[]crosswalk.Decision{reject, accept, correct}, crosswalk.Rejected, crosswalk.NoRelationship},
	} {
		got := crosswalk.Current([]crosswalk.Proposal{p}, c.decisions)[0]
		if got.Review != c.want || got.Relation != c.relation || got.RationaleType != crosswalk.Semantic {
			t.Errorf("%s: %q, %s", name, got.Review, got.Relation)
		}
	}
}

func TestReviewersWhoDisagreeAreAConflictUntilSomebodySettlesIt(t *testing.T) {
	p := proposed("B", crosswalk.Equal)
	ada := decide(p, "ada", 1, crosswalk.Accept, crosswalk.Equal)
	grace := decide(p, "grace", 2, crosswalk.Correct, crosswalk.SubsetOf)
	of := func(d ...crosswalk.Decision) crosswalk.Standing {
		return crosswalk.Current([]crosswalk.Proposal{p}, d)[0]
	}

	if s := of(ada, grace); s.Review != crosswalk.Conflict || s.Decided != nil || s.Relation != crosswalk.Equal || len(s.By) != 2 {
		t.Errorf("in conflict: %+v", s)
	}
	third := decide(p, "mary", 3, crosswalk.Correct, crosswalk.SubsetOf)
	if s := of(ada, grace, third); s.Review != crosswalk.Conflict {
		t.Errorf("a third opinion outvoted the first: %s", s.Review)
	}
	third.Settles = []string{ada.ID, grace.ID}
	third = third.Identified()
	if s := of(ada, grace, third); s.Review != crosswalk.Corrected || s.Decided.Reviewer != "mary" || s.Relation != crosswalk.SubsetOf {
		t.Errorf("settled: %+v", s)
	}
	if s := of(ada, grace, third, decide(p, "grace", 4, crosswalk.Reject, "")); s.Review != crosswalk.Conflict {
		t.Errorf("grace changed her mind after it was settled: %s", s.Review)
	}
	if s := of(ada, decide(p, "grace", 2, crosswalk.Accept, crosswalk.Equal)); s.Review != crosswalk.Accepted || s.Decided.Reviewer != "grace" {
		t.Errorf("agreed: %+v", s)
	}
	none := decide(p, "ada", 5, crosswalk.Accept, crosswalk.NoRelationship)
	if s := of(none, decide(p, "grace", 6, crosswalk.Reject, "")); s.Review != crosswalk.Rejected {
		t.Errorf("both see no relationship: %s", s.Review)
	}
}

func TestWhatAnAdjudicatorSettledNobodyElseSettles(t *testing.T) {
	p := proposed("B", crosswalk.Equal)
	of := func(d ...crosswalk.Decision) crosswalk.Standing {
		return crosswalk.Current([]crosswalk.Proposal{p}, d)[0]
	}
	ada := decide(p, "ada", 1, crosswalk.Accept, crosswalk.Equal)
	grace := decide(p, "grace", 2, crosswalk.Correct, crosswalk.SubsetOf)
	settles := func(d crosswalk.Decision, adjudicates bool, ids ...string) crosswalk.Decision {
		d.Settles, d.Adjudicates = ids, adjudicates
		return d.Identified()
	}
	judge := settles(decide(p, "judge", 3, crosswalk.Reject, ""), true, ada.ID, grace.ID)
	if s := of(ada, grace, judge); s.Review != crosswalk.Rejected || !s.Decided.Adjudicates {
		t.Errorf("%+v", s)
	}
	if s := of(ada, grace, judge, decide(p, "mary", 4, crosswalk.Reject, "")); s.Review != crosswalk.Rejected || s.Decided.Reviewer != "judge" {
		t.Errorf("somebody agrees with the adjudicator: %s", s.Review)
	}
	again := settles(decide(p, "mary", 4, crosswalk.Accept, crosswalk.Equal), false, ada.ID, grace.ID, judge.ID)
	if s := of(ada, grace, judge, again); s.Review != crosswalk.Conflict {
		t.Errorf("somebody else settled it otherwise: %s", s.Review)
	}
	other := settles(decide(p, "judge2", 5, crosswalk.Accept, crosswalk.Equal), true, ada.ID, grace.ID, judge.ID, again.ID)
	if s := of(ada, grace, judge, again, other); s.Review != crosswalk.Accepted || s.Decided.Reviewer != "judge2" {
		t.Errorf("another adjudicator did: %s", s.Review)
	}
	if err := settles(judge, true).Check(); err == nil || !strings.Contains(err.Error(), "settles nothing") {
		t.Errorf("an adjudicator who settles nothing: %v", err)
	}
}

func TestADecisionOnAnotherProposalIsStale(t *testing.T) {
	was, is := proposed("B", crosswalk.Equal), proposed("B", crosswalk.SubsetOf)
	d := decide(was, "ada", 1, crosswalk.Accept, crosswalk.Equal)

	s := crosswalk.Current([]crosswalk.Proposal{is}, []crosswalk.Decision{d})[0]

	if s.Review != crosswalk.Undecided || len(s.Stale) != 1 || s.Relation != crosswalk.SubsetOf {
		t.Errorf("%+v", s)
	}
	again := was
	again.Run, again.Rank, again.Score = "another", 9, .1
	if s := crosswalk.Current([]crosswalk.Proposal{again}, []crosswalk.Decision{d})[0]; s.Review != crosswalk.Accepted {
		t.Error("the same proposal of another run is another one")
	}
}

func TestAPairThatNobodyProposedIsEntered(t *testing.T) {
	p, own := proposed("B", crosswalk.Equal), proposed("C", "")
	enter := decide(own, "ada", 1, crosswalk.Enter, crosswalk.IntersectsWith)
	if err := enter.Check(); err != nil {
		t.Fatal(err)
	}
	all := crosswalk.Current([]crosswalk.Proposal{p}, []crosswalk.Decision{enter})
	if len(all) != 2 || all[1].Review != crosswalk.Entered || all[1].Target.ID != "C" || all[1].Relation != crosswalk.IntersectsWith {
		t.Errorf("%+v", all)
	}
	undone := crosswalk.Current([]crosswalk.Proposal{p}, []crosswalk.Decision{enter, decide(own, "ada", 2, crosswalk.Undo, "")})
	if len(undone) != 1 {
		t.Errorf("what was taken back still stands: %+v", undone[1])
	}
}

func TestTheOrderOfTheFileDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		proposals := []crosswalk.Proposal{proposed("B", crosswalk.Equal), proposed("C", crosswalk.SubsetOf)}
		var decisions []crosswalk.Decision
		for i := range rapid.IntRange(0, 12).Draw(rt, "decisions") {
			p := rapid.SampledFrom(proposals).Draw(rt, "pair")
			a := rapid.SampledFrom(crosswalk.Actions()).Draw(rt, "action")
			r := crosswalk.Relation("")
			if a == crosswalk.Accept || a == crosswalk.Correct || a == crosswalk.Enter {
				r = rapid.SampledFrom(crosswalk.Relations()[:4]).Draw(rt, "relation")
			}
			d := decide(p, rapid.SampledFrom([]string{"ada", "grace"}).Draw(rt, "reviewer"), rapid.IntRange(0, 5).Draw(rt, "minute"), a, r)
			d.Comment = fmt.Sprint(i)
			decisions = append(decisions, d.Identified())
		}
		want := crosswalk.Current(proposals, decisions)
		if got := crosswalk.Current(proposals, rapid.Permutation(decisions).Draw(rt, "shuffled")); !reflect.DeepEqual(got, want) {
			rt.Fatalf("%+v\n%+v", got, want)
		}
		for _, s := range want {
			if (s.Decided == nil) != slices.Contains([]crosswalk.Review{crosswalk.Undecided, crosswalk.Conflict}, s.Review) {
				rt.Fatalf("%+v", s)
			}
		}
	})
}
