package crosswalk

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"concord/corpus"
)

// An Action is what a reviewer did.
type Action string

const (
	Accept  Action = "accept"  // as it was proposed
	Reject  Action = "reject"  // the pair is not related
	Correct Action = "correct" // related, but otherwise than was proposed
	Skip    Action = "skip"    // the reviewer leaves the pair open
	Undo    Action = "undo"    // takes back the reviewer's last decision on the pair that was not yet taken back
	Enter   Action = "enter"   // a pair that nobody proposed; another reviewer of it enters it too
)

// Actions lists the actions.
func Actions() []Action { return []Action{Accept, Reject, Correct, Skip, Undo, Enter} }

// A Reason says why a proposal was rejected or corrected.
type Reason string

const (
	WrongTarget          Reason = "wrong-target"
	WrongRelation        Reason = "wrong-relation"
	WrongDirection       Reason = "wrong-direction"
	TooStrong            Reason = "too-strong"
	TooWeak              Reason = "too-weak"
	RationaleUnsupported Reason = "rationale-unsupported"
	OutOfScope           Reason = "out-of-scope"
	Duplicate            Reason = "duplicate"
	StaleEdition         Reason = "stale-edition"
	OtherReason          Reason = "other"
)

// Reasons lists the reasons.
func Reasons() []Reason {
	return []Reason{WrongTarget, WrongRelation, WrongDirection, TooStrong, TooWeak, RationaleUnsupported, OutOfScope, Duplicate, StaleEdition, OtherReason}
}

// A Decision is what a person said of one pair. It never changes; another one
// takes its place.
type Decision struct {
	ID       string    `json:"id"` // see [Decision.Identified]
	Time     time.Time `json:"time"`
	Reviewer string    `json:"reviewer"`

	// Proposal is the id of the proposal. A pair that was entered has the id
	// that its proposal would have.
	Proposal string `json:"proposal_id"`
	// ProposalSHA256 is that of the proposal as the reviewer saw it, see
	// [Proposal.SHA256]; empty for Enter.
	ProposalSHA256 string     `json:"proposal_sha256,omitempty"`
	Source         corpus.Ref `json:"source,omitzero"` // of Enter
	Target         corpus.Ref `json:"target,omitzero"`

	Action Action `json:"action"`
	// What holds from now on, of Accept, Correct and Enter.
	Relation      Relation      `json:"relation,omitempty"`
	RationaleType RationaleType `json:"rationale_type,omitempty"`
	Strength      *int          `json:"strength,omitempty"` // 0 to 10; nil for none

	Reason            Reason        `json:"reason,omitempty"`
	Comment           string        `json:"comment,omitempty"`
	SuggestionVisible bool          `json:"suggestion_visible"` // the reviewer saw what was proposed
	Duration          time.Duration `json:"duration,omitempty"` // in nanoseconds, from seeing the pair to deciding
	// Group is that of the decisions on pairs of one source whose targets cover
	// it only together; empty for a pair that stands alone.
	Group string `json:"group,omitempty"`
	// Batch is that of decisions that were made at once and are taken back at
	// once; empty for one that was made alone.
	Batch string `json:"batch,omitempty"`
	// Settles names the decisions of disagreeing reviewers between which this
	// one decides.
	Settles []string `json:"settles,omitempty"`
	// Adjudicates says that the reviewer was named to settle conflicts, and settles
	// this one as such.
	Adjudicates bool `json:"adjudicates,omitempty"`
	// Carried says which decision of another run this one repeats; zero for one
	// that its reviewer made here.
	Carried Carried `json:"carried,omitzero"`
}

// A Carried is where a decision came from that was carried over from another
// run. When and on what it was made stands in the decision that it names.
type Carried struct {
	Run      string     `json:"run"`
	Decision string     `json:"decision"` // id
	Source   corpus.Ref `json:"source"`   // the elements it was made on
	Target   corpus.Ref `json:"target"`
}

// Identified returns the decision with the id that follows from all else that it
// says, a UUID of version 5, and its time in UTC.
func (d Decision) Identified() Decision {
	d.ID, d.Time = "", d.Time.UTC()
	d.ID = ContentID("decision", d)
	return d
}

// Check returns an error if the decision is not one that can be kept: without a
// reviewer, time or pair, with an id that is not its own, an acceptance or
// correction that does not say what holds, a rejection that does not say why.
func (d Decision) Check() error {
	switch {
	case strings.TrimSpace(d.Reviewer) == "":
		return errors.New("has no reviewer")
	case strings.ContainsFunc(d.Reviewer, corpus.Unprintable):
		return fmt.Errorf("reviewer %q has characters that cannot be printed", d.Reviewer)
	case d.Time.IsZero() || d.Time.Year() > 9999:
		return errors.New("has no time")
	case d.Proposal == "":
		return errors.New("names no proposal")
	case !slices.Contains(Actions(), d.Action):
		return fmt.Errorf("unknown action %q: want one of %v", d.Action, Actions())
	case d.Reason != "" && !slices.Contains(Reasons(), d.Reason):
		return fmt.Errorf("unknown reason %q: want one of %v", d.Reason, Reasons())
	case d.Strength != nil && (*d.Strength < 0 || *d.Strength > 10):
		return fmt.Errorf("strength %d is not between 0 and 10", *d.Strength)
	case d.Duration < 0:
		return fmt.Errorf("took %s, which is negative", d.Duration)
	case d.Adjudicates && len(d.Settles) == 0:
		return errors.New("is an adjudicator's, and settles nothing")
	case d.Carried != (Carried{}) && (d.Carried.Run == "" || d.Carried.Decision == "" || d.Carried.Source.ID == "" || d.Carried.Target.ID == ""):
		return errors.New("was carried over, and does not say from which run, decision, source and target")
	}
	if err := d.checkAction(); err != nil {
		return err
	}
	if want := d.Identified().ID; d.ID != want {
		return fmt.Errorf("its id is %q, and that of what it says is %s", d.ID, want)
	}
	return nil
}

func (d Decision) checkAction() error {
	switch d.Action {
	case Accept, Correct, Enter:
		if _, err := ParseRelation(string(d.Relation)); err != nil {
			return fmt.Errorf("%s: %w", d.Action, err)
		}
		if _, err := ParseRationaleType(string(d.RationaleType)); err != nil {
			return fmt.Errorf("%s: %w", d.Action, err)
		}
	default:
		if d.Relation != "" || d.RationaleType != "" || d.Strength != nil || d.Group != "" {
			return fmt.Errorf("%s with a relation, rationale type, strength or group: only %s, %s and %s have these", d.Action, Accept, Correct, Enter)
		}
	}
	switch {
	case d.Action == Reject && d.Reason == "":
		return fmt.Errorf("a rejection needs a reason: one of %v", Reasons())
	case d.Action == Correct && d.Relation == NoRelationship:
		return fmt.Errorf("a correction to %s is a rejection: use %s with a reason", NoRelationship, Reject)
	case d.Action == Enter:
		if d.Source.ID == "" || d.Target.ID == "" {
			return errors.New("a pair that is entered needs a source and a target")
		}
		if d.Proposal != ProposalID(d.Source, d.Target, d.RationaleType) {
			return fmt.Errorf("proposal %s is not the id of %s to %s, %s", d.Proposal, d.Source, d.Target, d.RationaleType)
		}
	case d.Action != Undo && d.ProposalSHA256 == "":
		return errors.New("does not say which proposal was seen: its SHA-256 is missing")
	}
	return nil
}

// SHA256 returns the hash, hexadecimal, of what a person judges in a proposal:
// the pair and its texts, the outcome, what is claimed and why. A proposal of
// another run that says the same has the same hash.
func (p Proposal) SHA256() string {
	b, err := json.Marshal(Proposal{
		ID: p.ID, Source: p.Source, Target: p.Target, SourceSHA256: p.SourceSHA256, TargetSHA256: p.TargetSHA256,
		Outcome: p.Outcome, Relation: p.Relation, RationaleType: p.RationaleType, Strength: p.Strength, Rationale: p.Rationale, Quotes: p.Quotes,
	})
	if err != nil { // none of these can fail
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
