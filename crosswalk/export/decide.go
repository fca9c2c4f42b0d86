package export

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
)

// A Reviewer takes in what somebody decided in a file.
type Reviewer struct {
	Name string
	Now  time.Time // of decisions whose file does not say when
	// Settle lets decisions on pairs that others disagree on settle these.
	Settle bool
}

// Taken is what became of the decisions of a file.
type Taken struct {
	Decisions []crosswalk.Decision // to be added, in the order of the file
	Repeated  int                  // that the reviewer has made already
	Others    int                  // made by somebody else, and left alone
}

// A DecideError lists everything that is wrong with the decisions of a file.
type DecideError struct{ Faults []string }

// mostFaults is how many an error shows; Faults holds all.
const mostFaults = 10

func (e *DecideError) Error() string {
	shown := e.Faults[:min(mostFaults, len(e.Faults))]
	s := fmt.Sprintf("%d of the decisions cannot be taken: %s", len(e.Faults), strings.Join(shown, "; "))
	if more := len(e.Faults) - len(shown); more > 0 {
		s += fmt.Sprintf("; and %d more", more)
	}
	return s
}

// Take makes decisions on the proposals of a run of what a file says. The pair
// is found by the id of its proposal, else by its ids and rationale type, else by
// its ids if they have one proposal alone. A pair that the run does not have must
// be entered. What was decided on another version of a proposal, names an
// element that is not there, or contradicts itself or the proposal is wrong: the
// error is a [*DecideError] with all of that, and nothing is taken.
func (d *Document) Take(said []exchange.Decision, known []crosswalk.Decision, by Reviewer) (Taken, error) {
	t := taking{doc: d, by: by, of: map[string]crosswalk.Standing{}, last: map[string]crosswalk.Decision{}}
	for _, k := range known {
		if last := t.last[k.Proposal]; k.Reviewer == by.Name && !k.Time.Before(last.Time) {
			t.last[k.Proposal] = k
		}
	}
	for _, s := range crosswalk.Current(d.Proposals, known) {
		t.of[s.Proposal] = s
	}
	var out Taken
	var faults []string
	for i, s := range said {
		if s.Reviewer != "" && s.Reviewer != by.Name {
			out.Others++
			continue
		}
		decision, err := t.take(s)
		switch {
		case err != nil:
			faults = append(faults, fmt.Sprintf("decision %d, %s to %s: %v", i+1, s.Source, s.Target, err))
		case t.repeats(decision) || slices.ContainsFunc(out.Decisions, func(o crosswalk.Decision) bool { return o.ID == decision.ID }):
			out.Repeated++
		default:
			out.Decisions = append(out.Decisions, decision)
		}
	}
	if len(faults) > 0 {
		return Taken{}, &DecideError{faults}
	}
	return out, nil
}

type taking struct {
	doc *Document
	by  Reviewer
	of  map[string]crosswalk.Standing // by proposal
	// last is what the reviewer decided last, by proposal.
	last map[string]crosswalk.Decision
}

func (t *taking) take(s exchange.Decision) (crosswalk.Decision, error) {
	d := crosswalk.Decision{
		Time: s.Time, Reviewer: t.by.Name, Action: crosswalk.Action(s.Action), Relation: s.Relation, RationaleType: s.RationaleType,
		Strength: s.Strength, Reason: crosswalk.Reason(s.Reason), Comment: s.Comment, Group: s.Group, SuggestionVisible: true,
	}
	if d.Time.IsZero() {
		d.Time = t.by.Now
	}
	standing, err := t.find(s)
	if err != nil {
		return d, err
	}
	switch p := standing.Proposed; {
	case d.Action == crosswalk.Enter:
		if err := t.enter(&d, s); err != nil {
			return d, err
		}
		standing = t.of[d.Proposal]
	case p == nil && standing.Proposal == "":
		return d, fmt.Errorf("the run proposed no such pair: %s it instead", crosswalk.Enter)
	case p == nil:
		d.Proposal = standing.Proposal // entered before; only that can be said again or taken back
	case s.ProposalSHA256 != "" && s.ProposalSHA256 != p.SHA256():
		return d, fmt.Errorf("it was made on another version of the proposal, which is stale: look at the pair again")
	default:
		if d.Action == crosswalk.Accept {
			if err := accepts(d, *p); err != nil {
				return d, err
			}
		}
		d.Proposal, d.ProposalSHA256 = p.ID, p.SHA256()
	}
	if t.by.Settle {
		for _, other := range standing.By {
			if standing.Review == crosswalk.Conflict && other.Reviewer != t.by.Name {
				d.Settles = append(d.Settles, other.ID)
			}
		}
	}
	d = d.Identified()
	return d, d.Check()
}

// accepts returns an error if an acceptance says something else than was
// proposed.
func accepts(d crosswalk.Decision, p crosswalk.Proposal) error {
	proposed := p.Relation
	switch {
	case p.Outcome == crosswalk.Unrelated:
		proposed = crosswalk.NoRelationship
	case p.Outcome != crosswalk.Mapped:
		return fmt.Errorf("nothing was proposed that could be accepted (%s): correct or reject it", p.Outcome)
	}
	if d.Relation != proposed || d.RationaleType != p.RationaleType {
		return fmt.Errorf("it accepts %s (%s), and %s (%s) was proposed: correct it instead", d.Relation, d.RationaleType, proposed, p.RationaleType)
	}
	if d.Strength != nil && p.Strength != nil && *d.Strength != *p.Strength {
		return fmt.Errorf("it accepts strength %d, and %d was proposed: correct it instead", *d.Strength, *p.Strength)
	}
	return nil
}

// find returns the pair that a decision is about; the zero Standing if the run
// does not have it.
func (t *taking) find(s exchange.Decision) (crosswalk.Standing, error) {
	if standing, ok := t.of[s.Proposal]; ok {
		if standing.Source.ID != s.Source || standing.Target.ID != s.Target {
			return standing, fmt.Errorf("its proposal %s is about %s to %s", s.Proposal, standing.Source.ID, standing.Target.ID)
		}
		return standing, nil
	}
	source, target := t.doc.Source.Ref(t.doc.Source.Resolve(s.Source)), t.doc.Target.Ref(t.doc.Target.Resolve(s.Target))
	if standing, ok := t.of[crosswalk.ProposalID(source, target, s.RationaleType)]; ok {
		return standing, nil
	}
	var found []crosswalk.Standing
	for _, kind := range []crosswalk.RationaleType{crosswalk.Syntactic, crosswalk.Semantic, crosswalk.Functional} {
		if standing, ok := t.of[crosswalk.ProposalID(source, target, kind)]; ok {
			found = append(found, standing)
		}
	}
	switch len(found) {
	case 0:
		return crosswalk.Standing{}, nil
	case 1:
		return found[0], nil
	}
	return crosswalk.Standing{}, fmt.Errorf("the pair has %d proposals: say which by its id or rationale type", len(found))
}

// enter makes the decision one on a pair that a person adds.
func (t *taking) enter(d *crosswalk.Decision, s exchange.Decision) error {
	source, ok := t.doc.Source.Element(t.doc.Source.Resolve(s.Source))
	if !ok || source.Withdrawn {
		return fmt.Errorf("%s has no element %q, or it is withdrawn", t.doc.Source.Spec(), s.Source)
	}
	target, ok := t.doc.Target.Element(t.doc.Target.Resolve(s.Target))
	if !ok || target.Withdrawn {
		return fmt.Errorf("%s has no element %q, or it is withdrawn", t.doc.Target.Spec(), s.Target)
	}
	d.Source, d.Target = t.doc.Source.Ref(source.ID), t.doc.Target.Ref(target.ID)
	d.Proposal = crosswalk.ProposalID(d.Source, d.Target, d.RationaleType)
	return nil
}

// repeats reports whether the reviewer's last decision on the pair says the same.
func (t *taking) repeats(d crosswalk.Decision) bool {
	last, ok := t.last[d.Proposal]
	last.Time, last.Duration, last.SuggestionVisible, last.Carried, last.Batch = d.Time, d.Duration, d.SuggestionVisible, d.Carried, d.Batch
	if d.Group == "" { // most files cannot say it
		last.Group = ""
	}
	return ok && last.Identified().ID == d.ID
}

// Said returns the decisions that stand in the rows of a crosswalk, for files
// that say in every row what a person made of it. A rejected row whose comment
// does not begin with a reason is rejected for another one.
func Said(c *exchange.Crosswalk) []exchange.Decision {
	actions := map[exchange.State]crosswalk.Action{
		exchange.Accepted: crosswalk.Accept, exchange.Corrected: crosswalk.Correct,
		exchange.Rejected: crosswalk.Reject, exchange.Entered: crosswalk.Enter,
	}
	var out []exchange.Decision
	for _, r := range c.Rows {
		action, decided := actions[r.State]
		if !decided {
			continue
		}
		s := exchange.Decision{
			Time: r.Decided, Reviewer: r.Reviewer, Source: r.Source, Target: r.Target, Proposal: r.Proposal, ProposalSHA256: r.ProposalSHA256,
			Action: exchange.Action(action), Comment: r.Comment,
		}
		if reason, comment, _ := strings.Cut(r.Comment, ": "); slices.Contains(crosswalk.Reasons(), crosswalk.Reason(reason)) {
			s.Reason, s.Comment = reason, comment
		}
		if action == crosswalk.Reject {
			s.Reason = cmp.Or(s.Reason, string(crosswalk.OtherReason))
		} else {
			s.Relation, s.RationaleType, s.Strength, s.Group = r.Relation, r.RationaleType, r.Strength, r.Group
		}
		out = append(out, s)
	}
	return out
}
