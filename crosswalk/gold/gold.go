// Package gold makes labels of what people decided.
//
// Only what stands becomes a label: what reviewers disagree on, left open or
// decided on another text is counted and left out.
package gold

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"concord/corpus"
	"concord/crosswalk"
)

// A Slice says what a label is a test of.
type Slice string

const (
	Positive     Slice = "positive"      // the two are related
	HardNegative Slice = "hard_negative" // they looked related, and people say that they are not
	Gap          Slice = "gap"           // nothing maps to the source
)

// A Run is what labels are made of.
type Run struct {
	ID             string
	Source, Target *corpus.Framework // finished
	Proposals      []crosswalk.Proposal
	Decisions      []crosswalk.Decision
}

// A Row is one label.
type Row struct {
	Source, Target string // ids; no target of a gap
	Slice          Slice
	Relation       crosswalk.Relation // no_relationship of a hard negative, empty of a gap
	RationaleType  crosswalk.RationaleType
	Strength       *int      // 0 to 10; nil for none
	Entered        bool      // by hand; nobody had proposed the pair
	Reviewers      []string  // who say so, by name
	Decided        time.Time // when the last of them did
	// Of the texts that were judged, hexadecimal; see [corpus.Element.TextSHA256].
	SourceSHA256, TargetSHA256 string
}

// A Set is a list of labels and how it came about.
type Set struct {
	Run            string
	Source, Target string // specs: "csf@2.0"
	// Date is when the last decision was made that became a label. Today's would
	// give other bytes for the same decisions.
	Date      time.Time
	Reviewers []string // by name
	// Twice counts the pairs on which two or more decided, those in conflict
	// among them, and Same those on which they said the same on their own.
	Twice, Same int
	Rows        []Row // in the order of the source, then of the target; a gap stands before its pairs
	Left        Left
}

// Left counts the pairs that are left out.
type Left struct{ Conflict, Stale, Skipped, Undecided int }

// Of makes labels of the decisions on a run. A source is a gap if people say of
// every pair proposed for it that the two are not related, and entered none. It
// is an error if a decision is on an element that is not there or withdrawn.
func Of(r Run) (Set, error) {
	s := Set{Run: r.ID, Source: r.Source.Spec(), Target: r.Target.Spec()}
	skipped := skips(r.Decisions)
	open := map[string]bool{} // sources of which not every pair is decided as not related
	last := map[string]Row{}  // by source: what its gap would say
	for _, at := range crosswalk.Current(r.Proposals, r.Decisions) {
		if len(at.By) > 1 {
			s.Twice++
			if at.Unanimous() {
				s.Same++
			}
		}
		if at.Decided == nil {
			open[at.Source.ID] = true
			s.Left.count(at, skipped[at.Proposal])
			continue
		}
		row, err := r.row(at)
		if err != nil {
			return s, err
		}
		s.Rows = append(s.Rows, row)
		open[row.Source] = open[row.Source] || row.Slice == Positive
		last[row.Source] = last[row.Source].with(row)
	}
	for _, e := range r.Source.Elements {
		if gap, decided := last[e.ID]; decided && !open[e.ID] {
			s.Rows = append(s.Rows, gap)
		}
	}
	s.sort(r)
	for _, row := range s.Rows {
		s.Reviewers = append(s.Reviewers, row.Reviewers...)
		if row.Decided.After(s.Date) {
			s.Date = row.Decided
		}
	}
	s.Reviewers = unique(s.Reviewers)
	return s, nil
}

// row returns the label of a pair that is decided.
func (r Run) row(at crosswalk.Standing) (Row, error) {
	source, err := judged(r.Source, at.Source.ID)
	if err != nil {
		return Row{}, fmt.Errorf("decision on %s to %s: %w", at.Source, at.Target, err)
	}
	target, err := judged(r.Target, at.Target.ID)
	if err != nil {
		return Row{}, fmt.Errorf("decision on %s to %s: %w", at.Source, at.Target, err)
	}
	row := Row{
		Source: at.Source.ID, Target: at.Target.ID, Slice: Positive, Relation: at.Relation, RationaleType: at.RationaleType,
		Strength: at.Strength, Entered: at.Proposed == nil, SourceSHA256: source.TextSHA256(), TargetSHA256: target.TextSHA256(),
	}
	if row.Relation == crosswalk.NoRelationship {
		row.Slice, row.Strength = HardNegative, nil
	}
	for _, d := range at.Agreed() {
		row.Reviewers = append(row.Reviewers, d.Reviewer)
		if d.Time.After(row.Decided) {
			row.Decided = d.Time
		}
	}
	row.Reviewers = unique(row.Reviewers)
	return row, nil
}

// with returns the gap that follows from one that is a gap so far and a row.
func (gap Row) with(row Row) Row {
	out := Row{Source: row.Source, Slice: Gap, SourceSHA256: row.SourceSHA256, Reviewers: unique(slices.Concat(gap.Reviewers, row.Reviewers)), Decided: gap.Decided}
	if row.Decided.After(out.Decided) {
		out.Decided = row.Decided
	}
	return out
}

// judged returns the element whose text was judged: for a generic cell its
// subcategory.
func judged(f *corpus.Framework, id string) (corpus.Element, error) {
	e, ok := f.Element(id)
	if !ok || e.Withdrawn {
		return e, fmt.Errorf("%s has no element %q, or it is withdrawn", f.Spec(), id)
	}
	if e.Generic != "" {
		e, _ = f.Element(e.Parent)
	}
	return e, nil
}

// count counts a pair that is left out.
func (l *Left) count(at crosswalk.Standing, skipped bool) {
	switch {
	case at.Review == crosswalk.Conflict:
		l.Conflict++
	case len(at.Stale) > 0:
		l.Stale++
	case skipped:
		l.Skipped++
	default:
		l.Undecided++
	}
}

// skips returns the proposals that some reviewer skipped last.
func skips(decisions []crosswalk.Decision) map[string]bool {
	decisions = slices.Clone(decisions)
	slices.SortStableFunc(decisions, func(a, b crosswalk.Decision) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID))
	})
	standing := map[[2]string][]crosswalk.Decision{}
	for _, d := range decisions {
		k := [2]string{d.Proposal, d.Reviewer}
		if n := len(standing[k]); d.Action != crosswalk.Undo {
			standing[k] = append(standing[k], d)
		} else if n > 0 {
			standing[k] = standing[k][:n-1]
		}
	}
	out := map[string]bool{}
	for k, left := range standing {
		if n := len(left); n > 0 && left[n-1].Action == crosswalk.Skip {
			out[k[0]] = true
		}
	}
	return out
}

func (s *Set) sort(r Run) {
	place := func(f *corpus.Framework) map[string]int {
		at := map[string]int{"": -1}
		for i, e := range f.Elements {
			at[e.ID] = i
		}
		return at
	}
	sources, targets := place(r.Source), place(r.Target)
	slices.SortStableFunc(s.Rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(sources[a.Source], sources[b.Source]), cmp.Compare(targets[a.Target], targets[b.Target]),
			cmp.Compare(a.RationaleType, b.RationaleType))
	})
}

// unique sorts names, each once.
func unique(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
