package comment

import (
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"time"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/exchange"

	"github.com/google/uuid"
)

// A Pack is what readers were given: rows to speak of, as they were.
type Pack struct {
	ID       string             `json:"id"` // see [Pack.Identified]
	Run      string             `json:"run"`
	Round    string             `json:"round,omitempty"`
	Made     time.Time          `json:"made"` // to the second, UTC
	Draft    bool               `json:"draft,omitempty"`
	Source   exchange.Framework `json:"source"`
	Target   exchange.Framework `json:"target"`
	Rows     []Row              `json:"rows"`     // numbered from 1 in this order
	Elements []Element          `json:"elements"` // all of both frameworks, sources first

	texts map[string]string // by hash: of elements without a row, which do not travel
}

// A Row is one row of a pack.
type Row struct {
	ID            string                  `json:"id"` // "R-7K3M9Q", unique in the pack; the same in every pack of one pair of editions, but for its length
	Source        string                  `json:"source"`
	Target        string                  `json:"target"`
	RationaleType crosswalk.RationaleType `json:"rationale_type,omitempty"`
	Sentence      string                  `json:"sentence"`
	Claim         string                  `json:"claim"` // the sentence, how the two were compared and why it is so, in lines
	State         exchange.State          `json:"state,omitempty"`
}

// An Element is one element of a pack.
type Element struct {
	Side   crosswalk.Side `json:"side"`
	ID     string         `json:"id"`
	Title  string         `json:"title,omitempty"` // of an element with a row
	Text   string         `json:"text,omitempty"`  // of an element with a row, what a judge reads, see [crosswalk.Judged]; that of the subcategory where it stands in for its cell
	SHA256 string         `json:"sha256"`          // of that text, see [corpus.Element.TextSHA256]
}

// NewPack makes a pack of a crosswalk and the frameworks that it is between.
func NewPack(c *exchange.Crosswalk, source, target *corpus.Framework, round string, made time.Time) (*Pack, error) {
	p := &Pack{Run: c.Run, Round: round, Made: made.UTC().Truncate(time.Second), Draft: c.Draft, Source: c.Source, Target: c.Target}
	for _, r := range c.Rows {
		p.Rows = append(p.Rows, Row{Source: r.Source, Target: r.Target, RationaleType: r.RationaleType, Sentence: r.Sentence(), Claim: claim(r), State: r.State})
		if _, ok := source.Element(r.Source); !ok {
			return nil, fmt.Errorf("make a pack: %s has no element %q", source.Spec(), r.Source)
		}
		if _, ok := target.Element(r.Target); !ok {
			return nil, fmt.Errorf("make a pack: %s has no element %q", target.Spec(), r.Target)
		}
	}
	label(p.Rows, c.Rows)
	p.Elements = append(elementsOf(crosswalk.SourceSide, source, c.Rows), elementsOf(crosswalk.TargetSide, target, c.Rows)...)
	identified := p.Identified()
	identified.Recall(source, target)
	return &identified, nil
}

// Recall lets the pack know the texts of frameworks again: those of elements
// without a row are not in it, so that a pack is no copy of a framework. Texts
// of another hash do nothing.
func (p *Pack) Recall(frameworks ...*corpus.Framework) {
	if p.texts == nil {
		p.texts = map[string]string{}
	}
	for _, f := range frameworks {
		for _, e := range f.Elements {
			p.texts[e.TextSHA256()] = crosswalk.Judged(e)
		}
	}
}

// elementsOf returns the elements of one side in document order, those with a
// row with their text. Readers speak of the others too.
func elementsOf(side crosswalk.Side, f *corpus.Framework, rows []exchange.Row) []Element {
	mapped := map[string]bool{}
	for _, r := range rows {
		mapped[map[crosswalk.Side]string{crosswalk.SourceSide: r.Source, crosswalk.TargetSide: r.Target}[side]] = true
	}
	out := make([]Element, len(f.Elements))
	for i, e := range f.Elements {
		judged := e
		if up, ok := f.Element(e.Parent); ok && e.Generic != "" {
			judged = up
		}
		out[i] = Element{Side: side, ID: e.ID, SHA256: judged.TextSHA256()}
		if mapped[e.ID] {
			out[i].Title, out[i].Text = e.Title, crosswalk.Judged(judged)
		}
	}
	return out
}

// claim puts into lines what a reader agrees with or not.
func claim(r exchange.Row) string {
	var how []string
	if r.RationaleType != "" {
		how = append(how, string(r.RationaleType))
	}
	if r.Strength != nil {
		how = append(how, fmt.Sprintf("strength %d", *r.Strength))
	}
	lines := []string{r.Sentence()}
	if len(how) > 0 {
		lines = append(lines, strings.Join(how, ", "))
	}
	if r.Rationale != "" {
		lines = append(lines, r.Rationale)
	}
	return strings.Join(lines, "\n")
}

// label gives the rows ids that are as short as they can be and still unlike.
func label(rows []Row, of []exchange.Row) {
	for n := 6; ; n++ {
		seen := make(map[string]bool, len(rows))
		for i, r := range of {
			rows[i].ID = "R-" + code(crosswalk.NewID("row", r.Source, r.Target, string(r.RationaleType)), n)
			seen[rows[i].ID] = true
		}
		if len(seen) == len(rows) || n == 26 {
			return
		}
	}
}

// alphabet has no letter that looks like a digit (Crockford's base 32).
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// code returns the first n letters and digits, at most 26, of an id.
func code(id string, n int) string {
	u, err := uuid.Parse(id)
	if err != nil {
		u = uuid.NewSHA1(uuid.Nil, []byte(id))
	}
	return base32.NewEncoding(alphabet).WithPadding(base32.NoPadding).EncodeToString(u[:])[:n]
}

// Identified returns the pack with the id that follows from all else that it
// says, a UUID of version 5.
func (p Pack) Identified() Pack {
	p.ID, p.Made = "", p.Made.UTC()
	p.ID = crosswalk.ContentID("comment pack", p)
	return p
}

// Check returns an error if the pack cannot be kept: without frameworks or time,
// with an id that is not its own, with two rows of one id.
func (p *Pack) Check() error {
	switch {
	case p.Source.Name == "" || p.Target.Name == "":
		return errors.New("does not name both frameworks")
	case p.Made.IsZero() || p.Made.Year() > 9999 || p.Made.Year() < 1:
		return errors.New("has no time")
	}
	seen := make(map[string]bool, len(p.Rows))
	for i, r := range p.Rows {
		if r.ID == "" || r.Source == "" || r.Target == "" || seen[r.ID] {
			return fmt.Errorf("row %d (%q, %s to %s) lacks an id or an element, or stands twice", i+1, r.ID, r.Source, r.Target)
		}
		seen[r.ID] = true
	}
	if want := p.Identified().ID; p.ID != want {
		return fmt.Errorf("its id is %q, and that of what it says is %s", p.ID, want)
	}
	return nil
}

// Labels returns the ids of the rows in their order.
func (p *Pack) Labels() []string {
	out := make([]string, len(p.Rows))
	for i, r := range p.Rows {
		out[i] = r.ID
	}
	return out
}

// Name says what the pack is: "csf@2.0 to ssdf@1.1, round June, 2026-06-01".
func (p *Pack) Name() string {
	s := p.Source.Spec() + " to " + p.Target.Spec()
	if p.Round != "" {
		s += ", round " + p.Round
	}
	return s + ", " + p.Made.UTC().Format(time.DateOnly)
}

// Element returns an element of the pack.
func (p *Pack) Element(side crosswalk.Side, id string) (Element, bool) {
	for _, e := range p.Elements {
		if e.Side == side && e.ID == id {
			return e, true
		}
	}
	return Element{}, false
}

// place returns a row as a place.
func (p *Pack) place(r Row) Place {
	source, _ := p.Element(crosswalk.SourceSide, r.Source)
	target, _ := p.Element(crosswalk.TargetSide, r.Target)
	return Place{
		Row: r.ID, Source: p.ref(crosswalk.SourceSide, r.Source), Target: p.ref(crosswalk.TargetSide, r.Target),
		SourceSHA256: source.SHA256, TargetSHA256: target.SHA256, RationaleType: r.RationaleType, Claim: r.Claim,
	}
}

// on returns an element as a place.
func (p *Pack) on(e Element) Place {
	if e.Side == crosswalk.SourceSide {
		return Place{Source: p.ref(e.Side, e.ID), SourceSHA256: e.SHA256}
	}
	return Place{Target: p.ref(e.Side, e.ID), TargetSHA256: e.SHA256}
}

func (p *Pack) ref(side crosswalk.Side, id string) corpus.Ref {
	f := p.Source
	if side == crosswalk.TargetSide {
		f = p.Target
	}
	return corpus.Ref{Framework: f.Name, Edition: f.Edition, ID: id}
}

// matching returns the row of the pack that a place of another one is: of the
// same two elements of the same frameworks, and compared in the same way, or the
// only one of the two.
func (p *Pack) matching(was Place) (Row, bool) {
	if was.Source.Framework != p.Source.Name || was.Target.Framework != p.Target.Name {
		return Row{}, false
	}
	var pair []Row
	for _, r := range p.Rows {
		if r.Source == was.Source.ID && r.Target == was.Target.ID {
			if r.RationaleType == was.RationaleType {
				return r, true
			}
			pair = append(pair, r)
		}
	}
	if len(pair) != 1 {
		return Row{}, false
	}
	return pair[0], true
}
