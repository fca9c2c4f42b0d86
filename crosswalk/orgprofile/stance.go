package orgprofile

import (
	"iter"
	"slices"

	"concord/corpus"
)

// A Stance is what a profile says of one outcome.
type Stance struct {
	Included  bool
	Rationale string
	Priority  int  // 1 to 3; 0 for none
	Own       bool // the priority is the file's, not the framework's
	Current   Position
	Target    Position
	// CurrentBy and TargetBy are the entries that say so, as they are written,
	// which may stand above the outcome; their lines are 0 if there are none.
	CurrentBy, TargetBy Text
}

// Outcomes returns the outcomes of the focus areas that apply, in document order:
// all that is no container. A cell that only says that standard practices apply
// is one where the file names it, or covered says that it was mapped.
func (b *Bound) Outcomes(covered func(id string) bool) (in []corpus.Element, generic int) {
	for _, e := range slices.Concat(b.Source.Mappable(), b.Source.Generic()) {
		if e.Focus != "" && !slices.Contains(b.FocusAreas, e.Focus) {
			continue
		}
		if _, named := b.entries[scope{id: e.ID}]; e.Generic != "" && !named && !covered(e.ID) {
			generic++
			continue
		}
		in = append(in, e)
	}
	at := make(map[string]int, len(b.Source.Elements))
	for i, e := range b.Source.Elements {
		at[e.ID] = i
	}
	slices.SortFunc(in, func(x, y corpus.Element) int { return at[x.ID] - at[y.ID] })
	return in, generic
}

// Stance returns what holds for an outcome. Of the entries that are about it the
// most specific one that says something of inclusion, priority, current or target
// position is the one that counts for that: the element itself, then each above
// it, first with the focus area, then without. A rationale belongs to its
// entry's inclusion. Inclusion and priority of a subcategory go for its cells too,
// its positions do not.
func (b *Bound) Stance(e corpus.Element) Stance {
	s := Stance{Included: true, Priority: e.Priority}
	for at := range b.scopes(e) {
		entry, said := b.entries[at]
		if !said {
			continue
		}
		if entry.Included != nil {
			s.Included, s.Rationale = *entry.Included, ""
		}
		if entry.Rationale != "" {
			s.Rationale = entry.Rationale
		}
		if entry.Priority != 0 {
			s.Priority, s.Own = entry.Priority, true
		}
		// That a subcategory is met says nothing of its cells.
		if up, ok := b.Source.Element(at.id); ok && up.ID != e.ID && !corpus.IsContainer(up.Kind) {
			continue
		}
		if entry.Current != nil {
			s.Current, s.CurrentBy = *entry.Current, entry.ID
		}
		if entry.Target != nil {
			s.Target, s.TargetBy = *entry.Target, entry.ID
		}
	}
	return s
}

// scopes yields what an element falls under, the most general first.
func (b *Bound) scopes(e corpus.Element) iter.Seq[scope] {
	var list []scope
	add := func(id string) {
		if e.Focus != "" && id != e.ID {
			list = append(list, scope{id, e.Focus})
		}
		list = append(list, scope{id: id})
	}
	add(e.ID)
	for up := range b.Source.Ancestors(e) {
		add(up.ID)
	}
	add("")
	slices.Reverse(list)
	return slices.Values(list)
}
