package overview

import (
	"cmp"
	"fmt"
	"slices"

	"concord/corpus"
	"concord/crosswalk"
)

// higher returns the state that wins where one element has pairs of both.
func higher(a, b State) State {
	rank := func(s State) int { return slices.Index([]State{"", Open, Mapped}, s) }
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// covered returns the elements to cover in document order. Used holds those of
// pairs.
func covered(f *corpus.Framework, ids []string, used map[string]State) ([]corpus.Element, error) {
	wanted := make(map[string]bool, len(used)+len(ids))
	for _, id := range ids {
		if _, ok := f.Element(id); !ok {
			return nil, fmt.Errorf("%s has no element %q", f.Spec(), id)
		}
		wanted[id] = true
	}
	if ids == nil {
		for _, e := range f.Mappable() {
			wanted[e.ID] = true
		}
	}
	found := 0
	var out []corpus.Element
	for _, e := range f.Elements {
		_, paired := used[e.ID]
		if paired {
			found++
		}
		if paired || wanted[e.ID] {
			out = append(out, e)
		}
	}
	if found == len(used) {
		return out, nil
	}
	var missing []string
	for id := range used {
		if _, ok := f.Element(id); !ok {
			missing = append(missing, id)
		}
	}
	return nil, fmt.Errorf("a pair names %q, which %s does not have", slices.Min(missing), f.Spec())
}

// pair counts a pair.
func (o *Overview) pair(s crosswalk.Standing) {
	relation := s.Relation
	if p := s.Proposed; p != nil {
		bin := &o.Bins[BinOf(p.Probability)-1]
		switch p.Outcome {
		case crosswalk.Mapped:
			bin.Mapped++
		case crosswalk.Unrelated:
			bin.Unrelated++
			relation = cmp.Or(relation, crosswalk.NoRelationship)
		default:
			if s.Decided == nil {
				relation = ""
			}
		}
	}
	i := slices.Index(crosswalk.Relations(), relation)
	switch {
	case s.Decided != nil:
		o.Decided++
		if i >= 0 {
			o.Relations[i].Decided++
		}
	case i >= 0:
		o.Open++
		o.Relations[i].Open++
	default:
		o.Open++
		o.Unclear++
	}
}

// sources counts those elements by group, Focus Area and priority.
func (o *Overview) sources(f *corpus.Framework, elements []corpus.Element, states map[string]State) {
	for i, r := range crosswalk.Relations() {
		o.Relations[i].Relation = r
	}
	o.Columns = columns(f, elements)
	start, width := map[string]int{}, 0 // of a Focus Area among the cells
	for _, c := range o.Columns {
		start[c.Focus] = width
		width += len(c.Priorities)
	}
	o.Totals = make([]Tally, width)
	groups, rows := Groups(f), map[string]int{}
	for _, e := range elements {
		id := groups[e.ID]
		at, known := rows[id]
		if !known {
			at = len(o.Rows)
			rows[id] = at
			o.Rows = append(o.Rows, Row{Group: group(f, id), Cells: make([]Tally, width)})
		}
		column := slices.IndexFunc(o.Columns, func(c Column) bool { return c.Focus == focusOf(e) })
		cell := start[focusOf(e)] + slices.Index(o.Columns[column].Priorities, priorityOf(e))
		s := cmp.Or(states[e.ID], Gap)
		o.Rows[at].Cells[cell].add(s)
		o.Rows[at].Total.add(s)
		o.Totals[cell].add(s)
		o.Sources.add(s)
		if s == Gap {
			o.Gaps = append(o.Gaps, e)
			if e.Priority == 1 {
				o.Urgent++
			}
		}
	}
	slices.SortStableFunc(o.Rows, func(a, b Row) int { return lastAlone(a.Group, b.Group) })
	slices.SortStableFunc(o.Gaps, func(a, b corpus.Element) int { return byPriority(priorityOf(a), priorityOf(b)) })
}

func (o *Overview) targets(f *corpus.Framework, elements []corpus.Element, states map[string]State) {
	groups, families := Groups(f), map[string]int{}
	for _, e := range elements {
		id := groups[e.ID]
		at, known := families[id]
		if !known {
			at = len(o.Families)
			families[id] = at
			o.Families = append(o.Families, Family{Group: group(f, id)})
		}
		s := cmp.Or(states[e.ID], Gap)
		o.Families[at].add(s)
		o.Targets.add(s)
	}
	slices.SortStableFunc(o.Families, func(a, b Family) int { return lastAlone(a.Group, b.Group) })
}

// lastAlone puts the elements that stand on their own behind all groups.
func lastAlone(a, b Group) int {
	if (a.ID == None) == (b.ID == None) {
		return 0
	}
	return map[bool]int{true: 1, false: -1}[a.ID == None]
}

// group describes the topmost element of an id.
func group(f *corpus.Framework, id string) Group {
	e, ok := f.Element(id)
	if !ok || id == None {
		return Group{ID: None}
	}
	return Group{e.ID, e.Kind, e.Title}
}

// columns returns the Focus Areas of elements in the order in which the document
// introduces them: first the elements without one, last those Focus Areas that
// are no elements themselves, by their first cell.
func columns(f *corpus.Framework, elements []corpus.Element) []Column {
	var out []Column
	for _, e := range elements {
		at := slices.IndexFunc(out, func(c Column) bool { return c.Focus == focusOf(e) })
		if at < 0 {
			at = len(out)
			c := Column{Focus: focusOf(e)}
			if area, ok := f.Element(e.Focus); ok {
				c.Title = area.Title
			}
			if c.Focus == None {
				c.Title = e.Kind
			}
			out = append(out, c)
		}
		c := &out[at]
		if c.Focus == None && c.Title != e.Kind {
			c.Title = ""
		}
		if !slices.Contains(c.Priorities, priorityOf(e)) {
			c.Priorities = append(c.Priorities, priorityOf(e))
		}
	}
	place := make(map[string]int, len(f.Elements)+1)
	for i, e := range f.Elements {
		place[e.ID] = i
	}
	place[None] = -1
	slices.SortStableFunc(out, func(a, b Column) int { return cmp.Compare(placeOf(place, a.Focus), placeOf(place, b.Focus)) })
	for _, c := range out {
		slices.SortFunc(c.Priorities, byPriority)
	}
	return out
}

// placeOf is where an id stands; behind all others if it does not.
func placeOf(place map[string]int, id string) int {
	if at, ok := place[id]; ok {
		return at
	}
	return len(place)
}

func focusOf(e corpus.Element) string { return cmp.Or(e.Focus, None) }

func priorityOf(e corpus.Element) int { return cmp.Or(max(e.Priority, 0), NoPriority) }

// byPriority orders priorities: 1 is the highest, none the last.
func byPriority(a, b int) int {
	if (a == NoPriority) != (b == NoPriority) {
		return cmp.Compare(b, a)
	}
	return cmp.Compare(a, b)
}
