// Package comment keeps what readers said of rows until it is answered.
//
// Readers get a [Pack]: rows with a number and a short id each. What they send
// back are entries; [Bind] finds the rows that an entry speaks of, and the
// comment it becomes never changes. What happens to it later, by hand, is an
// [Event]. [Current] folds both into what stands, and [Review] holds that
// against the rows as they are now.
//
// The package reads no file, writes none, and keeps nothing on disk.
package comment

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"concord/corpus"
	"concord/crosswalk"
)

// An Entry is one comment as it was returned. Its texts are those of the
// reader, and nobody vouches for them.
type Entry struct {
	File  string `json:"file,omitempty"`  // its name, without folders
	Sheet string `json:"sheet,omitempty"` // empty for CSV
	Row   int    `json:"row,omitempty"`   // from 1

	Number       string  `json:"number,omitempty"` // as the reader counted
	Element      string  `json:"element,omitempty"`
	Reference    string  `json:"reference,omitempty"` // what stands in the column for the row
	Commenter    string  `json:"commenter,omitempty"`
	Organization string  `json:"organization,omitempty"`
	Text         string  `json:"comment,omitempty"`
	Suggestion   string  `json:"suggested_change,omitempty"`
	Rationale    string  `json:"rationale,omitempty"`
	Extra        []Field `json:"extra,omitempty"` // columns that the template does not have, in their order
}

// A Field is a column with what it says.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// where names the place of an entry: `returned.xlsx, sheet "Comments", row 7`.
func (e Entry) where() string {
	var parts []string
	if e.File != "" {
		parts = append(parts, e.File)
	}
	if e.Sheet != "" {
		parts = append(parts, fmt.Sprintf("sheet %q", e.Sheet))
	}
	if e.Row > 0 {
		parts = append(parts, fmt.Sprintf("row %d", e.Row))
	}
	return strings.Join(parts, ", ")
}

// A Comment is an entry with what it was found to speak of when it came in. It
// never changes.
type Comment struct {
	ID    string `json:"id"` // see [Comment.Identified]
	Round string `json:"round,omitempty"`
	// Stated is the id of the pack that the file says it answers; empty if it
	// does not say.
	Stated string `json:"stated_pack,omitempty"`
	// Pack is the id of the pack by which it was bound: the stated one, or that
	// of the rows as they were when it came in.
	Pack     string    `json:"pack"`
	Received time.Time `json:"received"` // UTC
	Entry
	Places []Place `json:"places,omitempty"`
	Loose  []Loose `json:"unbound,omitempty"`
}

// A Place is a row, or an element where no row is meant, as it was in a pack.
type Place struct {
	Row           string                  `json:"row,omitempty"` // id in the pack; empty for an element
	Source        corpus.Ref              `json:"source,omitzero"`
	Target        corpus.Ref              `json:"target,omitzero"`
	SourceSHA256  string                  `json:"source_sha256,omitempty"` // of the text, see [corpus.Element.TextSHA256]
	TargetSHA256  string                  `json:"target_sha256,omitempty"`
	RationaleType crosswalk.RationaleType `json:"rationale_type,omitempty"`
	Claim         string                  `json:"claim,omitempty"` // what the row said, see [Row]
}

// String returns "GV.OC-01 → AC-1", or the id of the one element.
func (p Place) String() string {
	switch {
	case p.Source.ID == "":
		return p.Target.ID
	case p.Target.ID == "":
		return p.Source.ID
	}
	return p.Source.ID + " → " + p.Target.ID
}

// IsRow reports whether it is a row, not an element.
func (p Place) IsRow() bool { return p.Source.ID != "" && p.Target.ID != "" }

// A Loose is something that a comment names and that could not be bound.
type Loose struct {
	Reference string `json:"reference"` // as the reader wrote it; may be empty
	Why       string `json:"why"`       // and what to do
	// Was is the row in the pack of the reader, where there was one.
	Was *Place `json:"was,omitempty"`
}

// Identified returns the comment with the id that follows from what the reader
// said and to which pack, a UUID of version 5, and its time in UTC. Where the
// file lies, when it came and what it was bound to make no difference, so that
// what is returned twice is one comment. If neither person nor organisation is
// named, the name of the file stands for them.
func (c Comment) Identified() Comment {
	c.Received = c.Received.UTC()
	said := Entry{
		Number: c.Number, Element: c.Element, Reference: c.Reference, Commenter: c.Commenter, Organization: c.Organization,
		Text: c.Text, Suggestion: c.Suggestion, Rationale: c.Rationale, Extra: c.Extra,
	}
	if c.Commenter == "" && c.Organization == "" {
		said.File = c.File
	}
	b, err := json.Marshal(said)
	if err != nil { // none of these can fail
		b = nil
	}
	c.ID = crosswalk.NewID("comment", c.Round, c.Stated, string(b))
	return c
}

// Short returns the id that people type: "C-" and eight letters or digits.
func (c Comment) Short() string { return "C-" + code(c.ID, 8) }

// Where names the file, sheet and row from which the comment came.
func (c Comment) Where() string { return c.where() }

// Check returns an error if the comment cannot be kept: it says nothing, came
// at no time or from no pack, or has an id that is not its own.
func (c Comment) Check() error {
	switch {
	case c.Text == "" && c.Suggestion == "" && c.Rationale == "":
		return errors.New("says nothing")
	case c.Received.IsZero() || c.Received.Year() > 9999:
		return errors.New("has no time")
	case c.Pack == "":
		return errors.New("names no pack")
	}
	if want := c.Identified().ID; c.ID != want {
		return fmt.Errorf("its id is %q, and that of what it says is %s", c.ID, want)
	}
	return nil
}

// A Disposition is what became of a comment.
type Disposition string

const (
	Open     Disposition = "open" // not answered; as an event it takes an answer back
	Accepted Disposition = "accepted"
	Partly   Disposition = "partly" // accepted in part
	Rejected Disposition = "rejected"
	Noted    Disposition = "noted" // nothing is to be changed
)

// Dispositions lists the answers, and then open.
func Dispositions() []Disposition { return []Disposition{Accepted, Partly, Rejected, Noted, Open} }

// An Event is what somebody made of a comment: it was bound by hand, if it has
// places, or answered, if it has a disposition. It never changes.
type Event struct {
	ID          string      `json:"id"` // see [Event.Identified]
	Comment     string      `json:"comment"`
	Time        time.Time   `json:"time"`
	By          string      `json:"by"`
	Places      []Place     `json:"places,omitempty"`
	Pack        string      `json:"pack,omitempty"` // that holds the places
	Disposition Disposition `json:"disposition,omitempty"`
	Reason      string      `json:"reason,omitempty"`
}

// Identified returns the event with the id that follows from all else that it
// says, a UUID of version 5, and its time in UTC.
func (e Event) Identified() Event {
	e.ID, e.Time = "", e.Time.UTC()
	e.ID = crosswalk.ContentID("comment event", e)
	return e
}

// Check returns an error if the event is not one that can be kept: by nobody,
// at no time, without an id of its own, neither or both of binding and answer,
// an answer without a reason.
func (e Event) Check() error {
	binds, answers := len(e.Places) > 0, e.Disposition != ""
	switch {
	case strings.TrimSpace(e.By) == "":
		return errors.New("does not say who did it")
	case strings.ContainsFunc(e.By, corpus.Unprintable):
		return fmt.Errorf("the name %q has characters that cannot be printed", e.By)
	case e.Time.IsZero() || e.Time.Year() > 9999:
		return errors.New("has no time")
	case e.Comment == "":
		return errors.New("names no comment")
	case binds == answers:
		return errors.New("must either bind a comment or answer it")
	case binds && e.Pack == "":
		return errors.New("does not say which pack holds the rows")
	case answers && !slices.Contains(Dispositions(), e.Disposition):
		return fmt.Errorf("unknown disposition %q: want one of %q", e.Disposition, Dispositions())
	case answers && strings.TrimSpace(e.Reason) == "":
		return errors.New("an answer needs a reason")
	}
	if want := e.Identified().ID; e.ID != want {
		return fmt.Errorf("its id is %q, and that of what it says is %s", e.ID, want)
	}
	return nil
}
