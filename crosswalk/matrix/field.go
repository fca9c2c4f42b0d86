package matrix

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"concord/corpus"
	"concord/crosswalk"
)

// field puts a cell into words, and notes which ids it shows.
func (c Cell) field(most int, shown map[string]bool) Field {
	f := Field{Word: map[Standing]string{None: wordNone, Outside: wordOutside, NotDrafted: wordNotDrafted}[c.Standing]}
	if c.Standing == None && c.Draft {
		f.Word = wordNoneDraft
	}
	var all []item
	for i, g := range c.Mappings {
		for _, t := range g.Targets {
			all = append(all, item{mark: i, id: t.ID, label: Label{Text: t.ID}, weight: t.Probability})
		}
	}
	return f.with(all, most, shown, func(i int) (crosswalk.Relation, bool) { return c.Mappings[i].Relation, c.Mappings[i].Draft })
}

// field puts what a control serves into words.
func (c Control) field(most int, shown map[string]bool) Field {
	var all []item
	for i, s := range c.Serves {
		weight := 1.0
		if s.Draft {
			weight = 0
		}
		for _, e := range s.Outcomes {
			all = append(all, item{mark: i, id: e.ID, label: Label{Text: cellLabel(e), Urgent: e.Priority == high}, weight: weight - float64(cmp.Or(e.Priority, 9))/10})
		}
	}
	return Field{}.with(all, most, shown, func(i int) (crosswalk.Relation, bool) { return c.Serves[i].Relation, c.Serves[i].Draft })
}

// cellLabel names an element with its Focus Area and priority.
func cellLabel(e corpus.Element) string {
	if e.Focus == "" && e.Priority == 0 {
		return e.ID
	}
	about := []string{}
	if !strings.HasSuffix(e.ID, "#"+e.Focus) {
		about = append(about, capital(e.Focus))
	}
	if e.Priority > 0 {
		about = append(about, fmt.Sprint(e.Priority))
	}
	if len(about) == 0 {
		return e.ID
	}
	return e.ID + " (" + strings.Join(about, ", ") + ")"
}

// An item is an id of a field, under one of its marks.
type item struct {
	mark   int
	id     string
	label  Label
	weight float64 // the heavier stays longer
}

// with adds marks. Of more than most items the heaviest stay, those of earlier
// ones where they weigh the same; they keep their order.
func (f Field) with(all []item, most int, shown map[string]bool, of func(mark int) (crosswalk.Relation, bool)) Field {
	stay := map[int]bool{}
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	if most > 0 && len(all) > most {
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(all[b].weight, all[a].weight) })
		order, f.Left = order[:most], len(all)-most
	}
	for _, i := range order {
		stay[i] = true
	}
	last := -1
	for i, it := range all {
		if !stay[i] {
			continue
		}
		if it.mark != last {
			relation, draft := of(it.mark)
			f.Marks = append(f.Marks, Mark{Draft: draft, Sign: signOf(relation)})
			last = it.mark
		}
		m := &f.Marks[len(f.Marks)-1]
		if n := len(m.IDs); n > 0 {
			m.IDs[n-1].More = true
		}
		m.IDs = append(m.IDs, it.label)
		shown[it.id] = true
	}
	return f
}

// plain returns the field as lines of text: "subset of: AC-2, AC-3".
func (f Field) plain() []string {
	switch {
	case f.Number != nil:
		return []string{fmt.Sprint(*f.Number)}
	case f.Text != "":
		return []string{f.Text}
	case len(f.Marks) == 0 && f.Word != "":
		return []string{f.Word}
	}
	var out []string
	for _, m := range f.Marks {
		line := m.Words + ": " + join(m.IDs)
		if m.Draft {
			line = draftWord + ", " + line
		}
		out = append(out, line)
	}
	if f.Left > 0 {
		out = append(out, left(f.Left))
	}
	return out
}

func left(n int) string { return fmt.Sprintf("and %d more", n) }
