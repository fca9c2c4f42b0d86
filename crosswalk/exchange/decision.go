package exchange

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"concord/crosswalk"
)

// An Action is what a reviewer did with a row.
type Action string

const (
	Accept  Action = "accept"  // it holds as it stands
	Reject  Action = "reject"  // the pair is not related
	Correct Action = "correct" // it is related, but otherwise
	Skip    Action = "skip"    // it stays open
	Undo    Action = "undo"    // takes back the reviewer's last decision
)

// Actions lists the actions.
func Actions() []Action { return []Action{Accept, Reject, Correct, Skip, Undo} }

// Reasons lists the codes that say why a row was rejected or corrected.
func Reasons() []string {
	return []string{"wrong-target", "wrong-relation", "wrong-direction", "too-strong", "too-weak",
		"rationale-unsupported", "out-of-scope", "duplicate", "stale-edition", "other"}
}

// A Decision is what a person said of one row, as a file brings it. Who takes it
// in gives it an id, and a time and a reviewer where the file does not know.
type Decision struct {
	ID       string
	Time     time.Time // UTC; may be zero
	Reviewer string    // may be empty

	Source, Target string // ids
	Proposal       string // id; may be empty
	ProposalSHA256 string // of the proposal as the reviewer saw it; may be empty

	Action Action
	// What holds from now on, of Accept and Correct.
	Relation      crosswalk.Relation
	RationaleType crosswalk.RationaleType
	Strength      *int   // 0 to 10; nil for none
	Group         string // of rows that cover the source only together; may be empty

	Reason  string // one of Reasons; Reject needs it
	Comment string
}

// Check returns an error for a decision that contradicts itself: an acceptance
// or correction that does not say what holds, a correction to no relationship,
// a rejection without reason, another action with a relation.
func (d Decision) Check() error {
	switch {
	case !slices.Contains(Actions(), d.Action):
		return fmt.Errorf("unknown decision %q: want one of %q", d.Action, Actions())
	case d.Reason != "" && !slices.Contains(Reasons(), d.Reason):
		return fmt.Errorf("unknown reason %q: want one of %q", d.Reason, Reasons())
	case d.Strength != nil && (*d.Strength < 0 || *d.Strength > 10):
		return fmt.Errorf("strength %d is not between 0 and 10", *d.Strength)
	case d.Action == Reject && d.Reason == "":
		return fmt.Errorf("a rejection needs a reason: one of %q", Reasons())
	case d.Action == Correct && d.Relation == crosswalk.NoRelationship:
		return errors.New("a correction to no_relationship is a rejection: reject it, with a reason")
	}
	if d.Action != Accept && d.Action != Correct {
		if d.Relation != "" || d.RationaleType != "" || d.Strength != nil {
			return fmt.Errorf("%s goes with no relation, rationale type or strength", d.Action)
		}
		return nil
	}
	if _, err := crosswalk.ParseRelation(string(d.Relation)); err != nil {
		return err
	}
	_, err := crosswalk.ParseRationaleType(string(d.RationaleType))
	return err
}
