package crosswalk

import (
	"cmp"
	"slices"

	"concord/corpus"
)

// A Review is what the decisions on a pair come to.
type Review string

const (
	Undecided Review = "" // nobody has decided, or only on an earlier version of the proposal
	Accepted  Review = "accepted"
	Corrected Review = "corrected"
	Rejected  Review = "rejected"
	Entered   Review = "entered"
	Conflict  Review = "conflict" // reviewers disagree in the relation or the rationale type
)

// A Standing is one pair with what its decisions come to.
type Standing struct {
	Proposal       string // id; see [Decision.Proposal]
	Source, Target corpus.Ref
	Proposed       *Proposal // nil for a pair that was entered alone

	Review Review
	// Decided is the decision that holds: the last one of those that agree. It
	// is nil where nobody decided and in a conflict.
	Decided *Decision
	// Relation and RationaleType hold from now on; those that were proposed
	// where nobody decided and in a conflict. A rejected pair is NoRelationship.
	Relation      Relation
	RationaleType RationaleType
	Strength      *int

	By    []Decision // the one that stands of each reviewer, by time, then id
	Stale []Decision // those on another version of the proposal, which say nothing
}

// Current folds decisions into what stands: a pair for every proposal, in their
// order, then those that were entered, in the order of the decisions. Of each
// reviewer the last decision counts, by time, then id; a skip says nothing, and
// an undo brings back the one before. Reviewers who agree in the relation and
// the rationale type decide; if they do not, the pair is in conflict until they
// do, or until a decision of another reviewer that settles all of theirs which
// say something else. Where an adjudicator has settled it, nobody but one does.
func Current(proposals []Proposal, decisions []Decision) []Standing {
	decisions = slices.Clone(decisions)
	slices.SortStableFunc(decisions, func(a, b Decision) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID))
	})
	out := make([]Standing, 0, len(proposals))
	at := make(map[string]int, len(proposals))
	for i := range proposals {
		p := proposals[i]
		at[p.ID] = len(out)
		out = append(out, Standing{Proposal: p.ID, Source: p.Source, Target: p.Target, Proposed: &p})
	}
	of := map[string][]Decision{}
	for _, d := range decisions {
		if _, known := at[d.Proposal]; !known && d.Action == Enter {
			at[d.Proposal] = len(out)
			out = append(out, Standing{Proposal: d.Proposal, Source: d.Source, Target: d.Target, RationaleType: d.RationaleType})
		}
		of[d.Proposal] = append(of[d.Proposal], d)
	}
	for i := range out {
		out[i].fold(of[out[i].Proposal])
	}
	return slices.DeleteFunc(out, func(s Standing) bool { return s.Proposed == nil && len(s.By) == 0 }) // entered and undone
}

// fold takes in the decisions on the pair, by time.
func (s *Standing) fold(decisions []Decision) {
	var shown string
	if p := s.Proposed; p != nil {
		s.Relation, s.RationaleType, s.Strength = p.Relation, p.RationaleType, p.Strength
		if len(decisions) > 0 {
			shown = p.SHA256()
		}
	}
	last := map[string][]Decision{} // by reviewer: those not taken back
	for _, d := range decisions {
		mine := last[d.Reviewer]
		if d.Action != Undo {
			last[d.Reviewer] = append(mine, d)
		} else if len(mine) > 0 {
			last[d.Reviewer] = mine[:len(mine)-1]
		}
	}
	for _, d := range decisions { // in order, which the map is not
		mine := last[d.Reviewer]
		if len(mine) == 0 || mine[len(mine)-1].ID != d.ID || d.Action == Undo {
			continue
		}
		delete(last, d.Reviewer)
		switch {
		case d.Action == Skip:
		case d.Action != Enter && d.ProposalSHA256 != shown:
			s.Stale = append(s.Stale, d)
		default:
			s.By = append(s.By, d)
		}
	}
	s.decide()
}

// decide sets what the standing decisions come to.
func (s *Standing) decide() {
	if len(s.By) == 0 {
		return
	}
	agreed := s.By
	for i, d := range s.By {
		if s.settles(d) && !s.Unanimous() {
			agreed = s.By[i : i+1]
		}
	}
	for _, d := range agreed[1:] {
		if s.claim(d) != s.claim(agreed[0]) {
			s.Review = Conflict
			return
		}
	}
	d := agreed[len(agreed)-1]
	c := s.claim(d)
	s.Decided, s.Relation, s.RationaleType, s.Strength = &d, c.relation, c.rationaleType, d.Strength
	s.Review = map[Action]Review{Accept: Accepted, Correct: Corrected, Reject: Rejected, Enter: Entered}[d.Action]
}

// settles reports whether a decision settles those of all reviewers who say
// something else.
func (s *Standing) settles(d Decision) bool {
	if len(d.Settles) == 0 {
		return false
	}
	for _, other := range s.By {
		switch {
		case other.Adjudicates && !d.Adjudicates:
			return false
		case s.claim(other) != s.claim(d) && !slices.Contains(d.Settles, other.ID):
			return false
		}
	}
	return true
}

// Unanimous reports whether all who decided say the same of the pair, before
// anybody settled it. It holds of a pair on which nobody decided.
func (s *Standing) Unanimous() bool {
	for _, d := range s.By[min(1, len(s.By)):] {
		if s.claim(d) != s.claim(s.By[0]) {
			return false
		}
	}
	return true
}

// Agreed returns the decisions that say what holds, in their order; none where
// nobody decided and in a conflict.
func (s *Standing) Agreed() []Decision {
	var out []Decision
	for _, d := range s.By {
		if s.Decided != nil && s.claim(d) == s.claim(*s.Decided) {
			out = append(out, d)
		}
	}
	return out
}

// A claim is what reviewers must agree in.
type claim struct {
	relation      Relation
	rationaleType RationaleType
}

// claim returns what a decision says of the pair. Those who see no relationship
// agree, however they compared.
func (s *Standing) claim(d Decision) claim {
	c := claim{d.Relation, d.RationaleType}
	if d.Action == Reject {
		c.relation = NoRelationship
	}
	if c.relation == NoRelationship {
		c.rationaleType = s.RationaleType
	}
	return c
}
