package comment

import (
	"cmp"
	"slices"

	"concord/corpus"
	"concord/crosswalk"
)

// A Change says what became of a place since the reader saw it.
type Change struct {
	Place Place
	State State
	Row   string // its id in the pack of now; empty if there is none
	Parts []Part // what is said otherwise now, of a place that changed
}

// A State is what became of a place.
type State string

const (
	Same    State = "same"
	Changed State = "changed" // the text of an element or what the row says
	Gone    State = "gone"    // there is no such row or element now
)

// A Part is one text of a row, as the reader saw it and as it is now.
type Part struct {
	Name string       // "source", "target" or "claim"
	Old  string       // empty, with no Runs, if nobody kept it
	New  string       //
	Runs []corpus.Run // the words that turn the one into the other
}

// Compare holds a place against a pack of the rows as they are now. Was is the
// pack of the place, from which the old texts come; nil if it is not known.
func Compare(p Place, was, now *Pack) Change {
	c := Change{Place: p, State: Same}
	var row Row
	if p.IsRow() {
		var ok bool
		if row, ok = now.matching(p); !ok {
			return Change{Place: p, State: Gone}
		}
		c.Row = row.ID
	}
	for _, side := range []struct {
		name   crosswalk.Side
		ref    corpus.Ref
		sha256 string
		in     string
	}{{crosswalk.SourceSide, p.Source, p.SourceSHA256, now.Source.Name}, {crosswalk.TargetSide, p.Target, p.TargetSHA256, now.Target.Name}} {
		if side.ref.ID == "" {
			continue
		}
		is, ok := now.Element(side.name, side.ref.ID)
		if !ok || side.ref.Framework != side.in {
			return Change{Place: p, State: Gone}
		}
		if is.SHA256 != side.sha256 {
			c.add(part(string(side.name), was.text(side.name, side.ref.ID, side.sha256), now.text(side.name, is.ID, is.SHA256)))
		}
	}
	if p.IsRow() && row.Claim != p.Claim {
		c.add(part("claim", p.Claim, row.Claim))
	}
	return c
}

// text returns what an element said, or "" if the pack is nil, has it with
// another hash, or does not know it.
func (p *Pack) text(side crosswalk.Side, id, sha256 string) string {
	if p == nil {
		return ""
	}
	e, ok := p.Element(side, id)
	if !ok || e.SHA256 != sha256 {
		return ""
	}
	return cmp.Or(e.Text, p.texts[sha256])
}

func (c *Change) add(p Part) { c.State, c.Parts = Changed, append(c.Parts, p) }

func part(name, old, new string) Part {
	p := Part{Name: name, Old: old, New: new}
	if old != "" {
		p.Runs = corpus.DiffWords(old, new)
	}
	return p
}

// An Item is a comment held against the rows as they are now.
type Item struct {
	Standing
	Changes []Change // one a bound place, in their order
	// Missed holds the rows of the reader's pack that are not bound because they
	// were not the same when the comment came in.
	Missed []Change
}

// State returns the worst that became of its places: gone, changed or same;
// empty if the comment is bound to nothing.
func (i Item) State() State {
	var worst State
	order := []State{"", Same, Changed, Gone}
	for _, c := range i.Changes {
		if slices.Index(order, c.State) > slices.Index(order, worst) {
			worst = c.State
		}
	}
	return worst
}

// Review holds comments against the rows as they are now. Packs are those of the
// comments, by id; a missing one leaves old texts out.
func Review(all []Standing, packs map[string]*Pack, now *Pack) []Item {
	out := make([]Item, len(all))
	for i, s := range all {
		out[i].Standing = s
		for _, p := range s.Bound {
			out[i].Changes = append(out[i].Changes, Compare(p, packs[s.BoundIn], now))
		}
		for _, l := range s.Unbound {
			if l.Was != nil {
				out[i].Missed = append(out[i].Missed, Compare(*l.Was, packs[s.Pack], now))
			}
		}
	}
	return out
}

// A Summary counts comments. Those that are answered and open make up all.
type Summary struct {
	Comments int `json:"comments"`
	Answered int `json:"answered"`
	Open     int `json:"open"`

	Accepted int `json:"accepted"`
	Partly   int `json:"partly"`
	Rejected int `json:"rejected"`
	Noted    int `json:"noted"`

	OnRows     int `json:"on_rows"`     // bound to a row at least
	OnElements int `json:"on_elements"` // bound to elements alone
	Unbound    int `json:"unbound"`     // bound to nothing
	Partial    int `json:"partly_unbound"`
	Changed    int `json:"on_changed_rows"` // of the bound ones, those with a place that changed
	Gone       int `json:"on_rows_that_are_gone"`
}

// Summarize counts items.
func Summarize(items []Item) Summary {
	s := Summary{Comments: len(items)}
	for _, i := range items {
		*cmp.Or(map[Disposition]*int{Accepted: &s.Accepted, Partly: &s.Partly, Rejected: &s.Rejected, Noted: &s.Noted}[i.Disposition()], &s.Open)++
		switch {
		case len(i.Bound) == 0:
			s.Unbound++
		case slices.ContainsFunc(i.Bound, Place.IsRow):
			s.OnRows++
		default:
			s.OnElements++
		}
		if len(i.Bound) > 0 && len(i.Unbound) > 0 {
			s.Partial++
		}
		switch i.State() {
		case Changed:
			s.Changed++
		case Gone:
			s.Gone++
		}
	}
	s.Answered = s.Comments - s.Open
	return s
}
