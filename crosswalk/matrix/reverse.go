package matrix

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"concord/corpus"
	"concord/crosswalk"
)

// A Reverse is one column of a [Matrix] read from its target: what each control
// serves.
type Reverse struct {
	View
	Source, Target *corpus.Framework
	Draft          bool
	Made           time.Time
	Tool, Run      string
	Means          string
	Controls       []Control // those that serve something
	Idle           int       // elements of the target that serve nothing of what is shown
	All, High      Coverage  // of the rows of the matrix
}

// A Control is one element of the target with what it serves.
type Control struct {
	corpus.Element
	Group  string // the container above it
	Serves []Serving
	// Outcomes counts the source elements that it serves, High the focus-area
	// cells of priority 1 among them: by what people decided, and those that
	// only drafts add.
	Outcomes, OutcomesDrafted int
	High, HighDrafted         int
}

// A Serving is the source elements that a control serves in one relation.
// Decided ones come before drafts.
type Serving struct {
	Relation crosswalk.Relation // read from the control to the outcome; empty where nobody typed it
	Draft    bool
	Outcomes []corpus.Element // in document order
}

// Reverse returns a column read from its target, in document order of the target
// or, by gain, those first that serve most focus-area cells of priority 1, then
// most elements, drafts after decided ones. It fails for a column that nobody
// drafted.
func (m *Matrix) Reverse(column int, gain bool) (*Reverse, error) {
	c := m.Columns[column]
	if c.Missing {
		return nil, fmt.Errorf("nothing is drafted from %s to %s", m.Source.Spec(), c.Target.Spec())
	}
	r := &Reverse{View: m.View, Source: m.Source, Target: c.Target, Draft: m.Draft, Made: m.Made, Tool: m.Tool, Run: c.Run, Means: c.Means, All: c.All, High: c.High}
	rows := slices.Clone(m.Rows)
	at := map[string]int{}
	for i, e := range m.Source.Elements {
		at[e.ID] = i
	}
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(at[a.ID], at[b.ID]) })
	serves := map[string]*Control{}
	for _, row := range rows {
		for _, g := range row.Cells[column].Mappings {
			for _, t := range g.Targets {
				if serves[t.ID] == nil {
					serves[t.ID] = &Control{}
				}
				serves[t.ID].serve(row.Element, g)
			}
		}
	}
	for _, e := range c.Target.Elements {
		if control := serves[e.ID]; control != nil {
			control.Element, control.Group = e, container(c.Target, e)
			control.count()
			r.Controls = append(r.Controls, *control)
		} else if !e.Withdrawn && !corpus.IsContainer(e.Kind) {
			r.Idle++
		}
	}
	if gain {
		slices.SortStableFunc(r.Controls, func(a, b Control) int {
			return cmp.Or(cmp.Compare(b.High, a.High), cmp.Compare(b.HighDrafted, a.HighDrafted),
				cmp.Compare(b.Outcomes, a.Outcomes), cmp.Compare(b.OutcomesDrafted, a.OutcomesDrafted))
		})
		for i := range r.Controls {
			r.Controls[i].Group = "" // they are not in its order
		}
	}
	return r, nil
}

// serve adds an outcome.
func (c *Control) serve(e corpus.Element, g Mapping) {
	relation := g.Relation
	if relation != "" {
		relation = relation.Inverse()
	}
	i := slices.IndexFunc(c.Serves, func(s Serving) bool { return s.Relation == relation && s.Draft == g.Draft })
	if i < 0 {
		i = len(c.Serves)
		c.Serves = append(c.Serves, Serving{Relation: relation, Draft: g.Draft})
	}
	c.Serves[i].Outcomes = append(c.Serves[i].Outcomes, e)
}

// count orders what the control serves and counts it; an outcome in two
// relations is one.
func (c *Control) count() {
	order := relations()
	slices.SortStableFunc(c.Serves, func(a, b Serving) int {
		return cmp.Or(cmp.Compare(number(a.Draft), number(b.Draft)), cmp.Compare(slices.Index(order, a.Relation), slices.Index(order, b.Relation)))
	})
	seen := map[string]bool{}
	for _, s := range c.Serves {
		outcomes, urgent := &c.Outcomes, &c.High
		if s.Draft {
			outcomes, urgent = &c.OutcomesDrafted, &c.HighDrafted
		}
		for _, e := range s.Outcomes {
			if seen[e.ID] {
				continue
			}
			seen[e.ID] = true
			*outcomes++
			if e.Priority == high {
				*urgent++
			}
		}
	}
}
