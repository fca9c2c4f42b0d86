package register

import (
	"fmt"
	"strings"
)

// A Report says what an update did, by ids of gaps in order.
type Report struct {
	New      []string `json:"new"`
	Kept     []string `json:"kept"` // gaps still, whatever people made of them
	Closed   []string `json:"closed"`
	Reopened []string `json:"reopened"`
	// Settled are not gaps and were closed before.
	Settled []string `json:"settled"`
	// Apart are gaps of the same frameworks that the run did not set out to
	// cover; they stay as they are.
	Apart []string `json:"apart"`
}

// Update folds a run into a register, and returns the events to be added. An
// element without an accepted mapping becomes a gap, or stays one. A gap whose
// element has got one closes; so does one whose element an edition has no more,
// and where that has another id now, see [Run], what people put down goes along.
// What was closed in these two ways reopens if the element is a gap again; what
// a person closed stays closed. Gaps of other frameworks are not touched. The
// same run, with the same decisions, adds nothing.
func Update(gaps []Gap, r Run, o Options, by Author) (Report, []Event, error) {
	x, err := newExam(r, o)
	if y := by.Time.Year(); err == nil && (by.Name == "" || by.Time.IsZero() || y < 0 || y > 9999) {
		err = fmt.Errorf("nobody (%q) updates it, or at no time (%v)", by.Name, by.Time)
	}
	if err != nil {
		return Report{}, nil, fmt.Errorf("update the register: %w", err)
	}
	u := updating{exam: x, by: by, known: map[string]Gap{}}
	for _, g := range gaps {
		if g.Source == r.Source.Name && g.Target == r.Target.Name {
			u.known[g.ID] = g
			err = u.again(g)
		}
		if err != nil {
			return Report{}, nil, fmt.Errorf("update the register: %w", err)
		}
	}
	for _, k := range x.wanted() {
		if _, known := u.known[k.ID()]; !known {
			err = u.first(k)
		}
		if err != nil {
			return Report{}, nil, fmt.Errorf("update the register: %w", err)
		}
	}
	return u.report, u.events, nil
}

type updating struct {
	*exam
	by     Author
	known  map[string]Gap // of the two frameworks
	report Report
	events []Event
}

// order is that of the fields in an event.
func order() []Field {
	return append(derived(), seenField, closingField, StatusField, OwnerField, DueField, NoteField)
}

// add makes an event of what fields become.
func (u *updating) add(g Gap, to map[Field]string) error {
	e, err := g.change(u.by, u.ID, to, order())
	if e != nil {
		u.events = append(u.events, *e)
	}
	return err
}

// first opens a gap that nobody knew, if it is one.
func (u *updating) first(k Key) error {
	f := u.find(k)
	if f.Mapping != "" {
		return nil
	}
	u.report.New = append(u.report.New, f.ID)
	to := u.found(f, Open)
	if was, known := u.former(k); known {
		for _, field := range []Field{OwnerField, DueField, NoteField} {
			to[field] = was.Filled(field)
		}
		if was.Status != Closed {
			to[StatusField] = string(was.Status)
		}
	}
	return u.add(Gap{ID: f.ID, Key: k, Status: Open}, to)
}

// former returns the gap that an element was under the id it had before.
func (u *updating) former(k Key) (Gap, bool) {
	id, renumbered := u.Former[k.Side][k.Element]
	if !renumbered {
		return Gap{}, false
	}
	k.Element = id
	g, known := u.known[k.ID()]
	return g, known
}

// found lists what a finding makes of a gap.
func (u *updating) found(f finding, s Status) map[Field]string {
	to := map[Field]string{StatusField: string(s)}
	for _, field := range derived() {
		to[field] = f.get(field)
	}
	seen := f.Last
	seen.Time = u.by.Time.UTC()
	to[seenField] = encode(seen)
	return to
}

// again looks at a gap that is known.
func (u *updating) again(g Gap) error {
	byRun := g.Closed != nil && g.Closed.How != ByPerson
	e, there := u.element(g.Key)
	if !there {
		return u.close(g, ByLeaving, u.framework(g.Side).Spec())
	}
	f := u.find(g.Key)
	switch {
	case f.Mapping != "":
		return u.close(g, ByMapping, f.Mapping)
	case !u.covers(g.Side, e):
		u.report.Apart = append(u.report.Apart, g.ID)
		return nil
	}
	to := u.found(f, g.Status)
	if g.Last.same(f.Last) {
		delete(to, seenField)
	}
	if byRun {
		to[StatusField] = string(Open)
		u.report.Reopened = append(u.report.Reopened, g.ID)
	} else {
		u.report.Kept = append(u.report.Kept, g.ID)
	}
	return u.add(g, to)
}

// close closes a gap, unless it is closed.
func (u *updating) close(g Gap, how, detail string) error {
	if g.Status == Closed {
		u.report.Settled = append(u.report.Settled, g.ID)
		return nil
	}
	u.report.Closed = append(u.report.Closed, g.ID)
	c := Closing{Time: u.by.Time.UTC(), By: u.by.Name, How: how, Detail: strings.TrimSpace(detail)}
	return u.add(g, map[Field]string{closingField: encode(&c), StatusField: string(Closed)})
}
