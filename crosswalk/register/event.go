package register

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"concord/corpus"
	"concord/crosswalk"
)

// An Event is a change to one gap. It never changes; another one follows.
type Event struct {
	ID      string    `json:"id"` // see [Event.Identified]
	Time    time.Time `json:"time"`
	By      string    `json:"by"`
	Run     string    `json:"run,omitempty"` // that was folded in; empty for what a person put down
	Gap     string    `json:"gap"`           // id
	Of      Key       `json:"of"`
	Changes []Change  `json:"changes"`
}

// A Change is what one field was and is. Lists and structures are JSON.
type Change struct {
	Field Field  `json:"field"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

// The fields that follow from runs.
const (
	titleField       Field = "title"
	familyField      Field = "family"
	familyTitleField Field = "family_title"
	focusField       Field = "focus_area"
	priorityField    Field = "priority"
	placeField       Field = "place"
	whyField         Field = "why"
	nearestField     Field = "nearest"
	seenField        Field = "seen"
	closingField     Field = "closing" // how, and the detail
)

// derived lists the fields that follow from runs and are compared with each.
func derived() []Field {
	return []Field{titleField, familyField, familyTitleField, focusField, priorityField, placeField, whyField, nearestField}
}

// get returns what a field of a gap holds, as events do.
func (g *Gap) get(f Field) string {
	switch f {
	case titleField:
		return g.Title
	case familyField:
		return g.Family
	case familyTitleField:
		return g.FamilyTitle
	case focusField:
		return g.Focus
	case priorityField:
		return strconv.Itoa(g.Priority)
	case placeField:
		return strconv.Itoa(g.Place)
	case whyField:
		return string(g.Why)
	case nearestField:
		return encode(g.Nearest)
	case seenField:
		return encode(g.Last)
	case closingField:
		return encode(g.Closed)
	}
	return g.Filled(f)
}

// set puts a value of an event into a field.
func (g *Gap) set(f Field, value string) (err error) {
	switch f {
	case titleField:
		g.Title = value
	case familyField:
		g.Family = value
	case familyTitleField:
		g.FamilyTitle = value
	case focusField:
		g.Focus = value
	case priorityField:
		g.Priority, err = strconv.Atoi(value)
	case placeField:
		g.Place, err = strconv.Atoi(value)
	case whyField:
		g.Why = Why(value)
	case nearestField:
		g.Nearest = nil
		err = json.Unmarshal([]byte(value), &g.Nearest)
	case seenField:
		if err = json.Unmarshal([]byte(value), &g.Last); err == nil && g.First == (Seen{}) {
			g.First = g.Last
		}
	case closingField:
		g.Closed = nil
		err = json.Unmarshal([]byte(value), &g.Closed)
	case OwnerField:
		g.Owner = value
	case DueField:
		g.Due = value
	case StatusField:
		g.Status = Status(value)
	case NoteField:
		g.Note = value
	default:
		return fmt.Errorf("unknown field %q", f)
	}
	if err != nil {
		return fmt.Errorf("field %s: %w", f, err)
	}
	return nil
}

// encode returns the JSON of a value that cannot fail.
func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // newExam and Update refuse what JSON does not have
	}
	return string(b)
}

// Identified returns the event with the id that follows from all else that it
// says, a UUID of version 5, and its time in UTC.
func (e Event) Identified() Event {
	e.ID, e.Time = "", e.Time.UTC()
	e.ID = crosswalk.ContentID("gap event", e)
	return e
}

// Check returns an error if the event is not one that can be kept: without who,
// when, what, or a change, with an id or a gap that is not its own, or a value
// that its field cannot hold.
func (e Event) Check() error {
	switch {
	case strings.TrimSpace(e.By) == "":
		return errors.New("does not say who made it")
	case strings.ContainsFunc(e.By, corpus.Unprintable):
		return fmt.Errorf("who made it, %q, has characters that cannot be printed", e.By)
	case e.Time.IsZero() || e.Time.Year() > 9999:
		return errors.New("has no time")
	case e.Of.Side != crosswalk.SourceSide && e.Of.Side != crosswalk.TargetSide, e.Of.Source == "", e.Of.Target == "", e.Of.Element == "":
		return fmt.Errorf("does not say which gap it is about: %+v", e.Of)
	case e.Gap != e.Of.ID():
		return fmt.Errorf("its gap is %q, and the id of %s is %s", e.Gap, e.Of.Element, e.Of.ID())
	case len(e.Changes) == 0:
		return errors.New("changes nothing")
	}
	var g Gap
	for _, c := range e.Changes {
		if slices.Contains(Fields(), c.Field) {
			if v, err := Parse(c.Field, c.New); err != nil {
				return err
			} else if v != c.New {
				return fmt.Errorf("%s %q should read %q", c.Field, c.New, v)
			}
		}
		if err := g.set(c.Field, c.New); err != nil {
			return err
		}
	}
	if want := e.Identified().ID; e.ID != want {
		return fmt.Errorf("its id is %q, and that of what it says is %s", e.ID, want)
	}
	return nil
}

// Fold returns the gaps that events come to: source side first, then in the
// order of their documents. Events count by time, then id, in whatever order they
// come; one that comes twice counts once. It fails if an event holds what no
// event can.
func Fold(events []Event) ([]Gap, error) {
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, b Event) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID))
	})
	var out []Gap
	at, counted := map[string]int{}, map[string]bool{}
	for _, e := range events {
		if counted[e.ID] {
			continue
		}
		counted[e.ID] = true
		i, known := at[e.Gap]
		if !known {
			i = len(out)
			at[e.Gap] = i
			out = append(out, Gap{ID: e.Gap, Key: e.Of, Status: Open})
		}
		if err := out[i].apply(e); err != nil {
			return nil, fmt.Errorf("event %s on gap %s: %w", e.ID, e.Gap, err)
		}
	}
	Sort(out)
	return out, nil
}

// apply takes in an event.
func (g *Gap) apply(e Event) error {
	for _, c := range e.Changes {
		if err := g.set(c.Field, c.New); err != nil {
			return err
		}
		if c.Field != StatusField {
			continue
		}
		switch {
		case g.Status != Closed:
			g.Closed = nil
		case g.Closed == nil:
			g.Closed = &Closing{Time: e.Time, By: e.By, How: ByPerson}
		}
	}
	g.History = append(g.History, e)
	return nil
}

// Sort puts gaps in order: by the names of the frameworks, source side first,
// by place in the document, then id.
func Sort(gaps []Gap) {
	slices.SortFunc(gaps, func(a, b Gap) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Target, b.Target), cmp.Compare(a.Side, b.Side),
			cmp.Compare(a.Place, b.Place), cmp.Compare(a.Element, b.Element))
	})
}

// change returns the event that sets fields of the gap, in this order; nil if
// nothing changes. Its time is that of the author, or just after the last event on the
// gap where a clock went back.
func (g Gap) change(by Author, run string, to map[Field]string, order []Field) (*Event, error) {
	e := Event{Time: by.Time.UTC(), By: by.Name, Run: run, Gap: g.ID, Of: g.Key}
	if n := len(g.History); n > 0 && !e.Time.After(g.History[n-1].Time) {
		e.Time = g.History[n-1].Time.Add(1)
	}
	fresh := g.Why == "" // nothing is known of it yet
	for _, f := range order {
		value, ok := to[f]
		if old := g.get(f); ok && (value != old || fresh && f == StatusField) {
			if fresh {
				old = ""
			}
			e.Changes = append(e.Changes, Change{f, old, value})
		}
	}
	if len(e.Changes) == 0 {
		return nil, nil
	}
	e = e.Identified()
	if err := e.Check(); err != nil {
		return nil, fmt.Errorf("%s: %w", g.Element, err)
	}
	return &e, nil
}

// An Author is who changes the register, and when.
type Author struct {
	Name string
	Time time.Time
}
