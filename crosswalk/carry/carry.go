// Package carry carries decisions from a run to one of another edition.
//
// Where nobody changed a word of either text, what a reviewer decided is decided
// in the new run too, under the same name. Where a text changed, the decision
// comes along as one on another version of the proposal, which says nothing: a
// person looks at the pair again, with what was decided and what changed. What
// cannot come along is listed. The package stores nothing.
package carry

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"concord/corpus"
	"concord/crosswalk"
)

// Frameworks are the two sides of a run, finished.
type Frameworks struct{ Source, Target *corpus.Framework }

// A Run is one drafting of a crosswalk with what people decided on it.
type Run struct {
	Frameworks
	ID        string
	Proposals []crosswalk.Proposal
	Decisions []crosswalk.Decision
}

// A Fate is what becomes of a decision.
type Fate string

const (
	Kept       Fate = "carried"      // both texts are unchanged: it holds in the new run
	Reworded   Fate = "reworded"     // a text changed: it waits for a person
	Unproposed Fate = "not_proposed" // the new run says nothing of the pair, and neither can the decision
	Gone       Fate = "gone"         // nothing, or more than one element, is left of a side
	Merged     Fate = "merged"       // two pairs became one, and the decision on the other one came along
	Redecided  Fate = "decided_anew" // its reviewer decided on the pair in the new run
	Stale      Fate = "stale"        // it was on another version of the proposal already
)

// Fates lists them in the order of a report.
func Fates() []Fate { return []Fate{Kept, Reworded, Unproposed, Gone, Merged, Redecided, Stale} }

// A Row says what becomes of one decision.
type Row struct {
	Decision string    `json:"decision"` // id, in the old run
	Reviewer string    `json:"reviewer"`
	Time     time.Time `json:"time"` // when it was made

	// What was decided; a rejection is no_relationship.
	Relation      crosswalk.Relation      `json:"relation"`
	RationaleType crosswalk.RationaleType `json:"rationale_type,omitempty"`

	Source corpus.Ref `json:"source"` // in the old run
	Target corpus.Ref `json:"target"`
	// The pair in the new run; the zero Ref if nothing, or several, are left.
	NewSource corpus.Ref `json:"new_source,omitzero"`
	NewTarget corpus.Ref `json:"new_target,omitzero"`

	Fate Fate   `json:"fate"`
	Why  string `json:"why,omitempty"`
	// Waits says that a person has to look, and nobody has yet.
	Waits bool `json:"waits"`
	// Before says that the decision came along at an earlier time.
	Before bool `json:"before,omitempty"`
	// The word diffs of texts that changed; see [Changes].
	SourceText []corpus.Run `json:"source_text,omitempty"`
	TargetText []corpus.Run `json:"target_text,omitempty"`
}

// A Result is what carrying comes to.
type Result struct {
	Decisions []crosswalk.Decision // to be added to the new run, in this order
	Rows      []Row                // as the pairs stand in the old run
	Open      int                  // judged pairs of the new run on which people have yet to decide or agree, once these are added
}

// Count returns how many decisions have a fate.
func (r Result) Count(f Fate) int {
	n := 0
	for _, row := range r.Rows {
		if row.Fate == f {
			n++
		}
	}
	return n
}

// Carry says what becomes, in run to, of each decision that stands in run from.
// Pairs are held together by their elements, followed to where [corpus.Successors]
// finds them, and the rationale type of the proposal; a pair with one proposal
// in the new run needs no rationale type. New decisions are made at now, a nanosecond
// apart, so that they keep their order. What came along before, and what
// a reviewer decided in the new run, is left alone: carrying twice adds
// nothing. It is an error if the runs are one, or map other frameworks.
func Carry(from, to Run, now time.Time) (Result, error) {
	switch {
	case from.ID == to.ID:
		return Result{}, fmt.Errorf("both are run %s: name another", from.ID)
	case from.Source.Name != to.Source.Name || from.Target.Name != to.Target.Name:
		return Result{}, fmt.Errorf("run %s maps %s to %s, and run %s %s to %s: want two editions of the same frameworks",
			from.ID, from.Source.Name, from.Target.Name, to.ID, to.Source.Name, to.Target.Name)
	}
	c := newCarrying(from, to, now)
	var out Result
	var keys []string // of the rows: where they came to
	for _, p := range c.place(crosswalk.Current(from.Proposals, from.Decisions)) {
		out.Rows = append(out.Rows, c.carryAll(p)...)
		for _, d := range p.Stale {
			row := p.row(d)
			row.Fate, row.Waits = Stale, true
			out.Rows = append(out.Rows, row)
		}
		for len(keys) < len(out.Rows) {
			keys = append(keys, p.key)
		}
	}
	decided := map[string]bool{}
	out.Decisions = c.made
	for _, s := range crosswalk.Current(to.Proposals, slices.Concat(to.Decisions, c.made)) {
		decided[s.Proposal] = s.Decided != nil
		if p := s.Proposed; s.Decided == nil && p != nil && (p.Outcome == crosswalk.Mapped || p.Outcome == crosswalk.Unrelated) {
			out.Open++
		}
	}
	for i, key := range keys {
		out.Rows[i].Waits = out.Rows[i].Waits && !decided[key]
	}
	return out, nil
}

// Changes returns how the two texts of a pair changed since a decision was made
// that came along: from the elements that it was made on to those that it now
// stands at. A text that did not change is one equal run, and one whose words
// are the same, but for case, white space or typography, too. It is an error if the
// decision did not come along, or an element is not there.
func Changes(d crosswalk.Decision, at crosswalk.Standing, from, to Frameworks) (source, target []corpus.Run, err error) {
	if d.Carried == (crosswalk.Carried{}) {
		return nil, nil, errors.New("the decision was not carried over")
	}
	if source, err = changes(from.Source, d.Carried.Source.ID, to.Source, at.Source.ID); err != nil {
		return nil, nil, err
	}
	target, err = changes(from.Target, d.Carried.Target.ID, to.Target, at.Target.ID)
	return source, target, err
}

func changes(older *corpus.Framework, was string, newer *corpus.Framework, is string) ([]corpus.Run, error) {
	a, err := read(older, was)
	if err != nil {
		return nil, err
	}
	b, err := read(newer, is)
	if err != nil {
		return nil, err
	}
	return corpus.DiffWords(crosswalk.Judged(a), crosswalk.Judged(b)), nil
}

// read returns the element whose text is judged: for a generic cell its
// subcategory.
func read(f *corpus.Framework, id string) (corpus.Element, error) {
	e, ok := f.Element(id)
	if ok && e.Generic != "" {
		e, ok = f.Element(e.Parent)
	}
	if !ok {
		return e, fmt.Errorf("%s has no element %q", f.Spec(), id)
	}
	return e, nil
}

// same reports whether two elements have the same text.
func same(older *corpus.Framework, was string, newer *corpus.Framework, is string) bool {
	a, errA := read(older, was)
	b, errB := read(newer, is)
	return errA == nil && errB == nil && a.TextSHA256() == b.TextSHA256()
}

// differs says of the sides that changed what a person may not see at once.
func differs(sides ...[]corpus.Run) string {
	for _, runs := range sides {
		if slices.ContainsFunc(runs, func(r corpus.Run) bool { return r.Op != corpus.RunEqual }) {
			return ""
		}
	}
	return "only case, white space or typography"
}

// left says what is left of an element that is not one element now.
func left(f *corpus.Framework, id string, now []string) string {
	if len(now) > 0 {
		return fmt.Sprintf("%s went to %s in %s", id, strings.Join(now, ", "), f.Spec())
	}
	if e, ok := f.Element(f.Resolve(id)); ok && e.Withdrawn {
		return fmt.Sprintf("%s is withdrawn in %s", id, f.Spec())
	}
	return fmt.Sprintf("%s has no %s", f.Spec(), id)
}
