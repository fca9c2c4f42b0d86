package comment

import (
	"fmt"
	"slices"
	"time"
)

// Bind makes a comment of an entry: it looks up what the entry names in the pack
// that its reader had, and holds every row found against the rows as they are
// now. A row of another run is bound only if it is there now with the same two
// texts. What cannot be bound is kept, with the reason; nothing is dropped. Where
// the file does not say which pack it answers, stated is nil and the rows as they
// are now stand in.
//
// A row is named by its id in any case and spelling, its number in the stated
// pack ("12", "rows 3-5"), or its two elements ("GV.OC-01 -> AC-1"; either order);
// several stand in one cell, apart by commas, semicolons, lines, "and" or blanks.
// An element named alone is what the comment is on, unless the column for the
// element names the other one of a row.
func Bind(e Entry, round string, stated, now *Pack, received time.Time) Comment {
	c := Comment{Round: round, Received: received, Entry: e, Pack: now.ID}
	b := binder{in: newIndex(now), now: now}
	if stated != nil {
		c.Stated, c.Pack = stated.ID, stated.ID
		b.in, b.numbered = newIndex(stated), true
	}
	refs := b.refer(e)
	b.settle(refs)
	c.Places, c.Loose = b.places, b.loose
	return c.Identified()
}

// Find returns the places that a text names in a pack, as [Bind] looks them up;
// numbers of rows count. The error names what is not there, with what is near.
func Find(p *Pack, text string) ([]Place, error) {
	b := binder{in: newIndex(p), now: p, numbered: true}
	b.settle(b.in.references(text, true))
	if len(b.loose) > 0 {
		return nil, fmt.Errorf("%q: %s", clip(b.loose[0].Reference), b.loose[0].Why)
	}
	if len(b.places) == 0 {
		return nil, fmt.Errorf("%q names no row and no element", clip(text))
	}
	return b.places, nil
}

// A binder collects what one entry speaks of.
type binder struct {
	in       *index
	now      *Pack
	numbered bool // numbers of rows are those of the pack in the index
	places   []Place
	loose    []Loose
}

// refer reads the two columns that say what an entry speaks of.
func (b *binder) refer(e Entry) []reference {
	rows := b.in.references(e.Reference, b.numbered)
	elements := b.in.references(e.Element, false)
	if len(rows) == 0 {
		return elements
	}
	// "AC-1" beside the element GV.OC-01 is their row.
	for i, r := range rows {
		for _, other := range elements {
			if joined := b.in.rowsOf(append(slices.Clone(r.elements), other.elements...)); len(r.rows) == 0 && len(joined) > 0 {
				rows[i] = reference{text: r.text, rows: joined}
			}
		}
	}
	if !slices.ContainsFunc(rows, func(r reference) bool { return len(r.rows)+len(r.elements) > 0 }) {
		return append(elements, rows...) // nothing of the rows is known: the element is better than nothing
	}
	for _, other := range elements {
		if len(other.elements) > 0 && !slices.ContainsFunc(rows, func(r reference) bool { return b.in.touches(r, other.elements) }) {
			b.lose(other.text, "names another element than the rows beside it: check which is meant", nil)
		}
	}
	return rows
}

// settle binds references, or says why not.
func (b *binder) settle(refs []reference) {
	if len(refs) == 0 {
		b.lose("", "the comment names no row and no element: bind it by hand, or answer it as one on the whole", nil)
	}
	for _, r := range refs {
		if r.why != "" {
			b.lose(clip(r.text), r.why+b.in.near(r.unknown), nil)
		}
		for _, row := range r.rows {
			b.bindRow(r.text, b.in.pack.place(row))
		}
		for _, el := range r.elements {
			b.bindElement(r.text, b.in.pack.on(el))
		}
	}
}

// bindRow binds a row if it still is what the reader saw.
func (b *binder) bindRow(text string, was Place) {
	row, ok := b.now.matching(was)
	if !ok {
		b.lose(text, fmt.Sprintf("the row was %s of %s, and is not in run %s: bind it by hand", was, b.origin(), b.now.Run), &was)
		return
	}
	if is := b.now.place(row); is.SourceSHA256 != was.SourceSHA256 || is.TargetSHA256 != was.TargetSHA256 {
		b.lose(text, fmt.Sprintf("the row was %s of %s, and its text is another in run %s: compare the two, then bind it by hand", was, b.origin(), b.now.Run), &was)
		return
	}
	b.add(was)
}

// origin names the pack that the reader had.
func (b *binder) origin() string { return fmt.Sprintf("run %s (%s)", b.in.pack.Run, b.in.pack.Name()) }

// bindElement binds an element if its text still is what the reader saw.
func (b *binder) bindElement(text string, was Place) {
	if is := Compare(was, nil, b.now); is.State != Same {
		b.lose(text, fmt.Sprintf("the element was %s of %s, and its text is another in run %s, or gone: bind it by hand", was, b.origin(), b.now.Run), &was)
		return
	}
	b.add(was)
}

func (b *binder) add(p Place) {
	if !slices.Contains(b.places, p) {
		b.places = append(b.places, p)
	}
}

func (b *binder) lose(text, why string, was *Place) {
	b.loose = append(b.loose, Loose{Reference: text, Why: why, Was: was})
}
