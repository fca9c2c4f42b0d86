package mapping

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"concord/corpus"
	"concord/crosswalk"
)

// A Finding is a row that cannot be held against its frameworks, and why.
type Finding struct {
	Row    Row // as it was read
	Reason string
}

func (f Finding) String() string { return f.Row.Where + ": " + f.Reason }

// A BindError holds all faulty rows of a table.
type BindError struct {
	Hints    []string // what may be wrong with the table as a whole
	Findings []Finding
}

// shown is how many findings an error prints.
const shown = 10

func (e *BindError) Error() string {
	parts := slices.Clone(e.Hints)
	for _, f := range e.Findings[:min(shown, len(e.Findings))] {
		parts = append(parts, f.String())
	}
	if more := len(e.Findings) - shown; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return fmt.Sprintf("%s cannot be used: %s", count(len(e.Findings), "row"), strings.Join(parts, "; "))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Bind returns the rows with the canonical ids of two frameworks. Its error is
// a [*BindError] with every row that names an element that is not there or
// withdrawn, says again what an earlier row says or contradicts it, or calls
// a source a gap that another row maps. Rows are told apart by source, target
// and rationale type: one pair may stand once for each type.
func (t *Table) Bind(source, target *corpus.Framework) ([]Row, error) {
	rows, left, err := t.BindLoosely(source, target)
	if err != nil {
		return nil, err
	}
	if len(left) > 0 {
		return nil, t.refuse(source, target, left)
	}
	return rows, nil
}

// BindLoosely is [Table.Bind] for lists with known flaws: it leaves faulty rows
// out, and returns them beside the others. Of rows that agree or contradict each other
// the first is kept. It is an error if no row is left.
func (t *Table) BindLoosely(source, target *corpus.Framework) (rows []Row, left []Finding, err error) {
	b := binder{source: source, target: target, pairs: map[key]Row{}, mapped: map[string]Row{}}
	for _, row := range t.Rows {
		if r := row; !r.Gap && r.Relation != crosswalk.NoRelationship {
			id := source.Resolve(r.Source)
			if _, known := b.mapped[id]; !known {
				b.mapped[id] = r
			}
		}
	}
	for _, row := range t.Rows {
		bound, reason := b.bind(row)
		if reason != "" {
			left = append(left, Finding{row, reason})
		} else {
			rows = append(rows, bound)
		}
	}
	switch {
	case len(t.Rows) == 0:
		return nil, nil, errors.New("the table has no pair")
	case len(rows) == 0:
		return nil, nil, t.refuse(source, target, left)
	}
	return rows, left, nil
}

// A key tells rows apart.
type key struct {
	source, target string
	rationaleType  crosswalk.RationaleType
}

type binder struct {
	source, target *corpus.Framework
	pairs          map[key]Row    // bound
	mapped         map[string]Row // by source: the first that maps it
}

// bind returns a row with canonical ids, or the reason why it has none.
func (b *binder) bind(row Row) (Row, string) {
	bound := row
	bound.Source = b.source.Resolve(row.Source)
	if reason := fault(row.Source, b.source, b.target); reason != "" {
		return row, reason
	}
	if row.Gap {
		if other, ok := b.mapped[bound.Source]; ok {
			return row, fmt.Sprintf("%q is a gap here, and %s maps it to %q", clip(row.Source), other.Where, clip(other.Target))
		}
	} else {
		bound.Target = b.target.Resolve(row.Target)
		if reason := fault(row.Target, b.target, b.source); reason != "" {
			return row, reason
		}
	}
	k := key{bound.Source, bound.Target, bound.RationaleType}
	first, again := b.pairs[k]
	if !again {
		b.pairs[k] = bound
		return bound, ""
	}
	what := fmt.Sprintf("%q to %q", clip(row.Source), clip(row.Target))
	if row.Gap {
		what = fmt.Sprintf("the gap %q", clip(row.Source))
	}
	if first.Relation != bound.Relation {
		return row, fmt.Sprintf("%s is %s here and %s in %s", what, said(bound), said(first), first.Where)
	}
	return row, fmt.Sprintf("%s stands in %s already", what, first.Where)
}

// said puts the relation of a row into words.
func said(r Row) string {
	if r.Relation == "" && r.Word == "" {
		return "without a relation"
	}
	if r.Relation == "" {
		return fmt.Sprintf("%q", clip(r.Word))
	}
	return string(r.Relation)
}

// fault says what is wrong with an id that should be one of f.
func fault(printed string, f, other *corpus.Framework) string {
	e, ok := f.Element(f.Resolve(printed))
	if !ok {
		if _, swapped := other.Element(other.Resolve(printed)); swapped {
			return fmt.Sprintf("%s has no element %q; %s has one", f.Spec(), clip(printed), other.Spec())
		}
		return fmt.Sprintf("%s has no element %q", f.Spec(), clip(printed))
	}
	if !e.Withdrawn {
		return ""
	}
	if len(e.Replaced) > 0 {
		return fmt.Sprintf("%q is withdrawn in %s: see %s", clip(printed), f.Spec(), strings.Join(e.Replaced, ", "))
	}
	return fmt.Sprintf("%q is withdrawn in %s", clip(printed), f.Spec())
}

// refuse returns the error for faulty rows.
func (t *Table) refuse(source, target *corpus.Framework, left []Finding) error {
	e := &BindError{Findings: left}
	s, o := t.census(source, target, func(r Row) string { return r.Source }), t.census(target, source, func(r Row) string { return r.Target })
	if s.elsewhere*2 > s.ids && o.elsewhere*2 > o.ids {
		e.Hints = append(e.Hints, fmt.Sprintf("the columns look swapped: %d of %d source ids are in %s, %d of %d target ids in %s",
			s.elsewhere, s.ids, target.Spec(), o.elsewhere, o.ids, source.Spec()))
		return e
	}
	for _, side := range []struct {
		name string
		census
		in *corpus.Framework
	}{{"source", s, source}, {"target", o, target}} {
		// One or two are slips of the pen.
		if side.gone > 2 && side.gone*10 > side.ids {
			e.Hints = append(e.Hints, fmt.Sprintf("%d of %d %s ids are unknown or withdrawn in %s: a crosswalk for another edition?",
				side.gone, side.ids, side.name, side.in.Spec()))
		}
	}
	return e
}

// A census counts the different ids on one side.
type census struct{ ids, gone, elsewhere int }

// census counts the ids on a side, those that f lacks or has withdrawn, and
// those that only the framework of the other side has.
func (t *Table) census(f, other *corpus.Framework, id func(Row) string) census {
	var c census
	seen := map[string]bool{"": true}
	for _, r := range t.Rows {
		printed := id(r)
		if seen[printed] {
			continue
		}
		seen[printed] = true
		c.ids++
		e, ok := f.Element(f.Resolve(printed))
		if !ok || e.Withdrawn {
			c.gone++
		}
		if ok {
			continue
		}
		if _, ok := other.Element(other.Resolve(printed)); ok {
			c.elsewhere++
		}
	}
	return c
}

// Reworded returns the rows, as [Table.Bind] gave them, that were made on
// another text than their elements have now. A row that does not say which
// text it was made on is not among them.
func Reworded(rows []Row, source, target *corpus.Framework) []Finding {
	var out []Finding
	for _, r := range rows {
		for _, side := range []struct {
			id, sha256 string
			in         *corpus.Framework
		}{{r.Source, r.SourceSHA256, source}, {r.Target, r.TargetSHA256, target}} {
			if side.sha256 == "" || side.id == "" || judged(side.in, side.id).TextSHA256() == side.sha256 {
				continue
			}
			out = append(out, Finding{r, fmt.Sprintf("%q has another text now", clip(side.id))})
			break
		}
	}
	return out
}

// judged returns the element whose text is judged: for a generic cell its
// subcategory.
func judged(f *corpus.Framework, id string) corpus.Element {
	e, _ := f.Element(id)
	if e.Generic != "" {
		e, _ = f.Element(e.Parent)
	}
	return e
}
