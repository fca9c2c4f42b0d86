// Package register keeps what is not mapped until it is closed.
//
// A [Gap] is an element that nobody has mapped. [Update] folds what a run comes
// to into the gaps that are known: it opens, closes and reopens them. [Set] and
// [Take] put down who does what about one until when. All of them make events,
// and [Fold] makes the gaps of these again. A gap is the same one in every run
// and every edition of its frameworks.
//
// The package reads no file, keeps nothing and knows no clock.
package register

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"concord/corpus"
	"concord/crosswalk"
	"concord/internal/visible"
)

// A Status says what becomes of a gap.
type Status string

const (
	Open          Status = "open"
	Planned       Status = "planned"
	InProgress    Status = "in-progress"
	Closed        Status = "closed"
	RiskAccepted  Status = "risk-accepted"  // it stays, and somebody answers for that
	NotApplicable Status = "not-applicable" // there is nothing to map
)

// Statuses lists the statuses.
func Statuses() []Status {
	return []Status{Open, Planned, InProgress, Closed, RiskAccepted, NotApplicable}
}

// Pending reports whether something is still to be done.
func (s Status) Pending() bool { return s == Open || s == Planned || s == InProgress }

// ParseStatus reads a status. Case, and blanks or underscores for the dash, do
// not count.
func ParseStatus(text string) (Status, error) {
	s := Status(strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return strings.ContainsRune(" _-\u00a0", r) }), "-"))
	if !slices.Contains(Statuses(), s) {
		return "", fmt.Errorf("unknown status %.60q: want one of %q", text, Statuses())
	}
	return s, nil
}

// A Why says why an element is a gap.
type Why string

const (
	NotJudged      Why = "not-judged"      // no judge looked at it, or could tell
	LeftOut        Why = "left-out"        // a cell that only says that standard practices apply
	Failed         Why = "failed"          // judging it failed every time
	NothingFound   Why = "nothing-found"   // judged, and related to nothing
	Undecided      Why = "undecided"       // proposed, and nobody has decided
	OnlyIntersects Why = "only-intersects" // so too, and what was proposed covers it in part at best
	Disagreement   Why = "disagreement"    // reviewers disagree
	AllRejected    Why = "all-rejected"
	Partly         Why = "partly" // mapped, but by intersections alone; see [Options]
)

// Words puts a reason into words.
func (w Why) Words() string {
	switch w {
	case NotJudged:
		return "not judged"
	case LeftOut:
		return "left out: the cell only says that standard practices apply"
	case Failed:
		return "judging failed"
	case NothingFound:
		return "judged, and related to nothing"
	case Undecided:
		return "proposed, and not decided"
	case OnlyIntersects:
		return "proposed as intersecting only, and not decided"
	case Disagreement:
		return "reviewers disagree"
	case AllRejected:
		return "all that was proposed is rejected"
	case Partly:
		return "mapped in part: it intersects only"
	}
	return string(w)
}

// A Key says which gap is meant, whatever the run and the editions.
type Key struct {
	Side    crosswalk.Side `json:"side"`
	Source  string         `json:"source"` // names of the frameworks, without edition
	Target  string         `json:"target"`
	Element string         `json:"element"` // id, of the framework of the side
}

// ID returns the id of the gap, a UUID of version 5.
func (k Key) ID() string {
	return crosswalk.NewID("gap", string(k.Side), k.Source, k.Target, k.Element)
}

// Framework returns the name of the framework that the element is of.
func (k Key) Framework() string {
	if k.Side == crosswalk.TargetSide {
		return k.Target
	}
	return k.Source
}

// A Miss is a candidate that did not become a mapping.
type Miss struct {
	ID          string   `json:"id"` // of the element on the other side
	Title       string   `json:"title,omitempty"`
	Probability *float64 `json:"probability,omitempty"` // calibrated, 0 to 1; nil if a person entered it
	// State is what became of it: "proposed", "rejected", "disagreement",
	// "accepted" (in part), or the outcome of judging.
	State string `json:"state"`
}

// Words puts the state into words.
func (m Miss) Words() string {
	switch m.State {
	case string(crosswalk.Unrelated):
		return "judged unrelated"
	case string(crosswalk.NotJudged):
		return "not judged"
	case missAccepted:
		return "accepted in part"
	case missConflict:
		return "reviewers disagree"
	}
	return m.State
}

// A Seen says in which run a gap was found.
type Seen struct {
	Run           string    `json:"run"`
	SourceEdition string    `json:"source_edition"`
	TargetEdition string    `json:"target_edition"`
	Time          time.Time `json:"time"` // of the update
}

// same reports whether it is the same finding, whenever it was made.
func (s Seen) same(o Seen) bool {
	s.Time = o.Time
	return s == o
}

// A Closing says how a gap was closed.
type Closing struct {
	Time time.Time `json:"time"`
	By   string    `json:"by"`
	How  string    `json:"how"` // "mapping", "gone" or "person"
	// Detail names the mapping, or the edition that the element is gone from.
	Detail string `json:"detail,omitempty"`
}

// Ways of closing.
const (
	ByMapping = "mapping" // the element has an accepted mapping
	ByLeaving = "gone"    // an edition does not have the element any more
	ByPerson  = "person"
)

// A Gap is a row of the register. Owner, Due, Status and Note are what people
// put down; all else follows from runs.
type Gap struct {
	ID string `json:"id"`
	Key

	Title       string `json:"title,omitempty"`
	Family      string `json:"family,omitempty"` // id of what the element stands under
	FamilyTitle string `json:"family_title,omitempty"`
	Focus       string `json:"focus_area,omitempty"`
	Priority    int    `json:"priority,omitempty"` // 1 (high) to 3; 0 for none
	Why         Why    `json:"why"`
	Nearest     []Miss `json:"nearest"` // at most three, the most probable first

	Owner  string `json:"owner"`
	Due    string `json:"due"` // a day, 2026-12-31; empty for none
	Status Status `json:"status"`
	Note   string `json:"note"`

	First  Seen     `json:"first_seen"`
	Last   Seen     `json:"last_seen"`
	Closed *Closing `json:"closed,omitempty"`

	// Place is that of the element in its document, for the order of rows.
	Place   int     `json:"-"`
	History []Event `json:"-"` // by time
}

// Overdue reports whether something was to be done before today, a day such as
// 2026-12-31.
func (g Gap) Overdue(today string) bool { return g.Status.Pending() && g.Due != "" && g.Due < today }

// Field names what people put down.
type Field string

const (
	OwnerField  Field = "owner"
	DueField    Field = "due"
	StatusField Field = "status"
	NoteField   Field = "note"
)

// Fields lists what people put down.
func Fields() []Field { return []Field{OwnerField, DueField, StatusField, NoteField} }

// Filled returns what people put down in a field.
func (g Gap) Filled(f Field) string {
	switch f {
	case OwnerField:
		return g.Owner
	case DueField:
		return g.Due
	case StatusField:
		return string(g.Status)
	case NoteField:
		return g.Note
	}
	return ""
}

// What a register holds at most, in characters.
const (
	mostOwner = 200
	mostNote  = 4000
)

// Parse returns a text as a field holds it, or an error that says what is wanted:
// an owner is one line of 200 characters at most, a due date a day of the
// calendar from 2000-01-01 on, a note 4000 characters at most. Empty clears the
// field, but for the status, which cannot be empty.
func Parse(f Field, text string) (string, error) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	switch f {
	case OwnerField:
		if strings.ContainsFunc(text, corpus.Unprintable) {
			return "", fmt.Errorf("owner %.60q has characters that cannot be printed", text)
		}
		return text, limit("owner", text, mostOwner)
	case DueField:
		if text == "" {
			return "", nil
		}
		day, err := time.Parse(time.DateOnly, text)
		if err != nil || day.Year() < 2000 || day.Year() > 2999 {
			return "", fmt.Errorf("due date %.40q is not a day: want one such as 2026-12-31", text)
		}
		return text, nil
	case StatusField:
		s, err := ParseStatus(text)
		return string(s), err
	case NoteField:
		text = visible.Text(text)
		return text, limit("note", text, mostNote)
	}
	return "", fmt.Errorf("unknown field %.40q: want one of %q", f, Fields())
}

func limit(what, text string, most int) error {
	if n := utf8.RuneCountInString(text); n > most {
		return fmt.Errorf("the %s has %d characters, and %d fit", what, n, most)
	}
	return nil
}
