// Package exchange is what a crosswalk holds when it passes from one tool to
// another, whatever the format of the file.
//
// Each format has a package of its own below this one, with a Write, a Read and
// a list of the fields that it can hold. What a format cannot hold is declared
// by [Lost], never dropped in silence.
package exchange

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"concord/crosswalk"
)

// A Crosswalk is a list of mapped pairs with all that is needed to know what
// they mean. The zero value is empty.
type Crosswalk struct {
	Title         string
	Tool, Version string    // the program that made it
	Run           string    // id of the run it came from; empty if it was read from elsewhere
	Made          time.Time // to the second, UTC
	Draft         bool      // no person has decided on the rows
	Source        Framework
	Target        Framework
	Rows          []Row // in the order of [Crosswalk.Sort]
	Gaps          []Gap // elements that nothing is mapped to or from, in document order
}

// A Framework is one side.
type Framework struct {
	Name, Edition string // "csf", "2.0"
	Title         string
	Digest        string // SHA-256 of the elements, hexadecimal; see corpus.Framework.Digest
	Origin        string // a URL or a file; may be empty
}

// Spec returns name@edition, or the name alone.
func (f Framework) Spec() string {
	if f.Edition == "" {
		return f.Name
	}
	return f.Name + "@" + f.Edition
}

// A Row is one mapped pair, read from source to target. Empty fields are not
// known.
type Row struct {
	Source, Target           string // ids, as the corpus spells them
	SourceTitle, TargetTitle string
	SourceText, TargetText   string // statements, for formats that print them

	// Relation is NoRelationship for a pair that was judged or decided not to be
	// related, and empty where nobody typed it.
	Relation      crosswalk.Relation
	RationaleType crosswalk.RationaleType
	Rationale     string            // lines end in \n
	Quotes        []crosswalk.Quote // Side and Text; the offsets are zero
	Strength      *int              // 0 to 10
	StrengthBasis string            // "formula", "model", "reviewer"

	Confidence  *float64 // raw, 0 to 1
	Probability *float64 // calibrated, 0 to 1
	Origin      crosswalk.Origin
	Model       string
	Prompt      string // SHA-256 of the prompt
	Convention  string // whose use of the relations was followed

	Focus    string // "secure", "defend", "thwart"; empty for none
	Basis    string // "generic" where the subcategory stood in for its cell
	Flags    []string
	Proposal string // id
	// ProposalSHA256 is that of the proposal as it was shown, so that a decision
	// on another version of it is seen to be stale.
	ProposalSHA256 string

	SourceSHA256, TargetSHA256 string // of the texts that were judged

	State     State
	Reviewer  string
	Decided   time.Time // to the second, UTC; zero for a draft
	Comment   string    // of the reviewer
	Group     string    // rows of one group cover the source only together
	Fulfilled string    // OLIR 2020: "Y" or "N"
}

// A State says what a person made of a row.
type State string

const (
	Draft     State = ""          // nobody has looked
	Accepted  State = "accepted"  // as it was proposed
	Corrected State = "corrected" // with another relation, rationale type or strength
	Rejected  State = "rejected"  // it is not related: Relation is NoRelationship
	Entered   State = "entered"   // by a person, without a proposal
)

// States lists the states.
func States() []State { return []State{Draft, Accepted, Corrected, Rejected, Entered} }

// A Gap is an element that is mapped to nothing.
type Gap struct {
	Side  crosswalk.Side
	ID    string
	Title string
	// Judged says that somebody looked and found nothing; otherwise the element
	// is merely without a row.
	Judged bool
}

// A key tells rows apart: one pair may stand once a rationale type.
type key struct {
	source, target string
	rationale      crosswalk.RationaleType
}

func (r Row) key() key { return key{r.Source, r.Target, r.RationaleType} }

// Sort puts rows in the order of their source ids in the given order of
// elements, then of target and rationale type; sources that are not in the order
// come last, by id.
func (c *Crosswalk) Sort(sources, targets []string) {
	place := func(ids []string) func(string) int {
		at := make(map[string]int, len(ids))
		for i, id := range ids {
			at[id] = i + 1
		}
		return func(id string) int { return cmp.Or(at[id], len(ids)+1) }
	}
	from, to := place(sources), place(targets)
	slices.SortStableFunc(c.Rows, func(a, b Row) int {
		return cmp.Or(
			cmp.Compare(from(a.Source), from(b.Source)), cmp.Compare(a.Source, b.Source),
			cmp.Compare(to(a.Target), to(b.Target)), cmp.Compare(a.Target, b.Target),
			cmp.Compare(a.RationaleType, b.RationaleType))
	})
}

// Check returns an error that names the first row that no format could hold
// truthfully: without a source or target, twice the same pair and rationale
// type, a number out of range, a rejected row that is related.
func (c *Crosswalk) Check() error {
	if c.Source.Name == "" || c.Target.Name == "" {
		return errors.New("the crosswalk does not name both frameworks")
	}
	seen := make(map[key]bool, len(c.Rows))
	for i, r := range c.Rows {
		if err := r.check(); err != nil {
			return fmt.Errorf("row %d, %s to %s: %w", i+1, r.Source, r.Target, err)
		}
		if seen[r.key()] {
			return fmt.Errorf("row %d, %s to %s: stands twice with rationale type %q", i+1, r.Source, r.Target, r.RationaleType)
		}
		seen[r.key()] = true
	}
	return nil
}

func (r Row) check() error {
	if r.Source == "" || r.Target == "" {
		return errors.New("has no source or no target")
	}
	if r.Relation != "" {
		if _, err := crosswalk.ParseRelation(string(r.Relation)); err != nil {
			return err
		}
	}
	if r.Strength != nil && (*r.Strength < 0 || *r.Strength > 10) {
		return fmt.Errorf("strength %d is not between 0 and 10", *r.Strength)
	}
	for _, p := range []*float64{r.Confidence, r.Probability} {
		if p != nil && !(*p >= 0 && *p <= 1) {
			return fmt.Errorf("confidence or probability %v is not between 0 and 1", *p)
		}
	}
	if !slices.Contains(States(), r.State) {
		return fmt.Errorf("unknown state %q: want one of %q", r.State, States())
	}
	if r.State == Rejected && r.Relation != crosswalk.NoRelationship {
		return fmt.Errorf("is rejected, yet its relation is %q", r.Relation)
	}
	return nil
}

// Warning says to readers how much of the crosswalk no person has confirmed, or
// nothing if people decided on all of it.
func (c *Crosswalk) Warning() string {
	if !c.Draft {
		return ""
	}
	if slices.ContainsFunc(c.Rows, func(r Row) bool { return r.State != Draft }) {
		return "Part of this is a draft made by a program. No person has confirmed the rows that nobody decided on."
	}
	return "This is a draft made by a program. No person has confirmed any of it."
}

// Decided returns the crosswalk with the rows that a person has decided on.
func (c *Crosswalk) Decided() *Crosswalk {
	out := *c
	out.Rows = slices.DeleteFunc(slices.Clone(c.Rows), func(r Row) bool { return r.State == Draft })
	out.Draft = false
	return &out
}

// Inverted returns the crosswalk read from the other side: sides, quotes, gaps
// and relations change places.
func (c *Crosswalk) Inverted() *Crosswalk {
	out := *c
	out.Source, out.Target = c.Target, c.Source
	out.Rows = make([]Row, len(c.Rows))
	for i, r := range c.Rows {
		r.Source, r.Target = r.Target, r.Source
		r.SourceTitle, r.TargetTitle = r.TargetTitle, r.SourceTitle
		r.SourceText, r.TargetText = r.TargetText, r.SourceText
		r.SourceSHA256, r.TargetSHA256 = r.TargetSHA256, r.SourceSHA256
		if r.Relation != "" {
			r.Relation = r.Relation.Inverse()
		}
		r.Quotes = slices.Clone(r.Quotes)
		for k := range r.Quotes {
			r.Quotes[k].Side = otherSide(r.Quotes[k].Side)
		}
		out.Rows[i] = r
	}
	out.Gaps = slices.Clone(c.Gaps)
	for i := range out.Gaps {
		out.Gaps[i].Side = otherSide(out.Gaps[i].Side)
	}
	return &out
}

func otherSide(s crosswalk.Side) crosswalk.Side {
	if s == crosswalk.SourceSide {
		return crosswalk.TargetSide
	}
	return crosswalk.SourceSide
}
