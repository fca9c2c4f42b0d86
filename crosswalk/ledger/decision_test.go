package ledger_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/ledger"
)

// accept makes up an acceptance of a proposal.
func accept(p crosswalk.Proposal, reviewer string) crosswalk.Decision {
	return crosswalk.Decision{
		Time: noon, Reviewer: reviewer, Proposal: p.ID, ProposalSHA256: p.SHA256(), Action: crosswalk.Accept,
		Relation: p.Relation, RationaleType: p.RationaleType, Strength: p.Strength, SuggestionVisible: true, Duration: 1500 * time.Millisecond,
	}.Identified()
}

func TestDecisionsAreKeptInTheOrderInWhichTheyCame(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		path := b.fresh(t)
		l := mustOpen(t, path)
		mustBegin(t, l, "r")
		record(t, l, "r", result("r", "S1", 2))
		proposals, err := l.Proposals(t.Context(), "r")
		if err != nil {
			t.Fatal(err)
		}
		first, second, third := accept(proposals[1], "ada"), accept(proposals[0], "ada"), accept(proposals[0], "grace")
		third.Strength = nil
		third = third.Identified()
		for i, c := range []struct {
			add  []crosswalk.Decision
			want int
		}{{[]crosswalk.Decision{first, second}, 2}, {[]crosswalk.Decision{second, third, third}, 1}, {nil, 0}} {
			if added, err := l.Decide(t.Context(), "r", c.add); err != nil || added != c.want {
				t.Errorf("batch %d: %d added, %v", i+1, added, err)
			}
		}
		l.Close()

		l = mustOpen(t, path)
		got, err := l.Decisions(t.Context(), "r")
		latest, mark, markErr := l.DecisionsAfter(t.Context(), "r", 0)
		rest, same, restErr := l.DecisionsAfter(t.Context(), "r", mark)
		if markErr != nil || restErr != nil || !reflect.DeepEqual(latest, got) || len(rest) > 0 || same != mark {
			t.Errorf("after 0 there are %d, then %d at %d and %d: %v, %v", len(latest), len(rest), mark, same, markErr, restErr)
		}

		if err != nil || !reflect.DeepEqual(got, []crosswalk.Decision{first, second, third}) {
			t.Errorf("%+v, %v", got, err)
		}
		for _, s := range crosswalk.Current(proposals, got) {
			if s.Review != crosswalk.Accepted {
				t.Errorf("what was proposed is not what was decided on once it is read back: %+v", s)
			}
		}
		db := b.raw(t, path)
		for _, statement := range []string{`UPDATE decisions SET reviewer = 'mallory'`, `DELETE FROM decisions`, b.replace("decisions")} {
			if _, err := db.Exec(statement); err == nil || !strings.Contains(err.Error(), "decisions are never") {
				t.Errorf("%s: %v", statement, err)
			}
		}
	})
}

func TestOneWrongDecisionKeepsAllOut(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		l := b.open(t)
		mustBegin(t, l, "r")
		record(t, l, "r", result("r", "S1", 1))
		proposals, _ := l.Proposals(t.Context(), "r")
		good := accept(proposals[0], "ada")
		nobody, unknown := good, good
		nobody.Reviewer = ""
		unknown.Proposal = "no such"
		for want, bad := range map[string]crosswalk.Decision{"no reviewer": nobody.Identified(), "no such proposal": unknown.Identified(), "its id is": nobody} {
			if want == "its id is" {
				bad.Reviewer = "grace"
			}
			_, err := l.Decide(t.Context(), "r", []crosswalk.Decision{good, bad})
			wantError(t, err, "decision 2", want)
		}
		if got, err := l.Decisions(t.Context(), "r"); err != nil || len(got) > 0 {
			t.Errorf("%d kept, %v", len(got), err)
		}
		if _, err := l.Decide(t.Context(), "nosuch", nil); !errors.Is(err, ledger.ErrNoRun) {
			t.Error(err)
		}
		if _, err := l.Decisions(t.Context(), "nosuch"); !errors.Is(err, ledger.ErrNoRun) {
			t.Error(err)
		}
	})
}

func TestAPairThatWasEnteredCanBeTakenBack(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		l := b.open(t)
		mustBegin(t, l, "r")
		from, to := corpus.Ref{Framework: "made-up", Edition: "1", ID: "S1"}, corpus.Ref{Framework: "other", Edition: "2", ID: "T-1"}
		id := crosswalk.ProposalID(from, to, crosswalk.Semantic)
		undo := crosswalk.Decision{Time: noon.Add(time.Hour), Reviewer: "ada", Proposal: id, Action: crosswalk.Undo}.Identified()
		enter := crosswalk.Decision{Time: noon, Reviewer: "ada", Proposal: id, Source: from, Target: to, Action: crosswalk.Enter,
			Relation: crosswalk.Equal, RationaleType: crosswalk.Semantic}.Identified()

		if _, err := l.Decide(t.Context(), "r", []crosswalk.Decision{undo}); err == nil {
			t.Error("what nobody entered was taken back")
		}
		if added, err := l.Decide(t.Context(), "r", []crosswalk.Decision{enter, undo}); err != nil || added != 2 {
			t.Errorf("%d added, %v", added, err)
		}
	})
}
