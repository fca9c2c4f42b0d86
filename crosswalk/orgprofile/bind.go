package orgprofile

import (
	"slices"
	"strings"

	"concord/corpus"
	"concord/corpus/builtin"
)

// A Bound is a profile whose ids are those of frameworks.
type Bound struct {
	Title  string
	Source *corpus.Framework
	// FocusAreas that apply, in the order of the framework; none if it has none.
	FocusAreas []string
	Catalogs   []BoundCatalog // by name@edition

	entries map[scope]Entry
}

// A BoundCatalog is a framework with the controls of it that are listed.
type BoundCatalog struct {
	Framework *corpus.Framework
	Controls  map[string]Control // by canonical id
}

// State says how far a control is in place.
func (c BoundCatalog) State(id string) State {
	if control, listed := c.Controls[id]; listed {
		return control.State
	}
	return Absent
}

// A scope is what an entry is about: an element and all below it, or of these the
// cells of one focus area. The id of the whole framework is empty.
type scope struct{ id, focus string }

// Bind holds the ids of the file against the framework of its outcomes and those
// of its catalogs, in the order of the file. The error is of type [Faults]: ids that are
// not there, with the nearest that are, entries that are about the same, controls
// that were withdrawn, with what replaced them.
func (p *Profile) Bind(source *corpus.Framework, targets []*corpus.Framework) (*Bound, error) {
	b := &Bound{Title: p.Title, Source: source, entries: map[scope]Entry{}}
	var faults Faults
	b.bindFocus(p.FocusAreas, &faults)
	b.bindOutcomes(p.Outcomes, &faults)
	seen := map[string]int{}
	for i, c := range p.Catalogs {
		line := c.Framework.Line
		if first, twice := seen[targets[i].Spec()]; twice {
			faults.add(line, "controls: %s is %s, which stands on line %d already", c.Framework.Value, targets[i].Spec(), first)
			continue
		}
		seen[targets[i].Spec()] = line
		b.Catalogs = append(b.Catalogs, bindCatalog(c, targets[i], &faults))
	}
	slices.SortFunc(b.Catalogs, func(x, y BoundCatalog) int { return strings.Compare(x.Framework.Spec(), y.Framework.Spec()) })
	if err := faults.err(); err != nil {
		return nil, err
	}
	return b, nil
}

// focusAreas lists the focus areas of a framework in its order.
func focusAreas(f *corpus.Framework) []string {
	var out []string
	for _, e := range f.Elements {
		if e.Focus != "" && !slices.Contains(out, e.Focus) {
			out = append(out, e.Focus)
		}
	}
	return out
}

func (b *Bound) bindFocus(named []Text, faults *Faults) {
	all := focusAreas(b.Source)
	for _, t := range named {
		switch {
		case len(all) == 0:
			faults.add(t.Line, "%s has no focus areas", b.Source.Spec())
		case !slices.Contains(all, t.Value):
			faults.add(t.Line, "unknown focus area %q: want %s", t.Value, words(all))
		}
	}
	for _, focus := range all {
		if len(named) == 0 || slices.ContainsFunc(named, func(t Text) bool { return t.Value == focus }) {
			b.FocusAreas = append(b.FocusAreas, focus)
		}
	}
}

func (b *Bound) bindOutcomes(entries []Entry, faults *Faults) {
	var known []string
	for _, e := range b.Source.Elements {
		if !e.Withdrawn {
			known = append(known, e.ID)
		}
	}
	for _, entry := range entries {
		if faults.full() {
			return
		}
		at, ok := b.scope(entry.ID.Value)
		if !ok {
			faults.add(entry.ID.Line, "%s has no element %q%s", b.Source.Spec(), entry.ID.Value, corpus.DidYouMean(entry.ID.Value, known))
			continue
		}
		if e, _ := b.Source.Element(at.id); e.Withdrawn {
			faults.add(entry.ID.Line, "%s", withdrawn(b.Source, e))
			continue
		}
		if first, twice := b.entries[at]; twice {
			faults.add(entry.ID.Line, "%q is about the same as %q on line %d", entry.ID.Value, first.ID.Value, first.ID.Line)
			continue
		}
		b.entries[at] = entry
	}
}

// scope reads the id of an entry: "*", an element, "GV.*" for GV, and each of
// these with a focus area.
func (b *Bound) scope(id string) (scope, bool) {
	all := focusAreas(b.Source)
	if e, ok := b.Source.Element(b.Source.Resolve(id)); ok {
		if slices.Contains(all, e.ID) { // the focus area itself stands above no cell
			return scope{focus: e.ID}, true
		}
		return scope{id: e.ID}, true
	}
	base, focus, cells := strings.Cut(id, "#")
	focus = strings.ToLower(focus)
	if cells && !slices.Contains(all, focus) {
		return scope{}, false
	}
	base = strings.TrimSuffix(strings.TrimSuffix(base, ".*"), "-*")
	if base == "*" {
		return scope{focus: focus}, true
	}
	e, ok := b.Source.Element(b.Source.Resolve(base))
	// A cell that is not there is not what a subcategory with a focus area means.
	return scope{e.ID, focus}, ok && e.Focus == "" && (!cells || corpus.IsContainer(e.Kind))
}

func bindCatalog(c Catalog, f *corpus.Framework, faults *Faults) BoundCatalog {
	out := BoundCatalog{Framework: f, Controls: make(map[string]Control, len(c.Controls))}
	var known []string
	for _, e := range f.Elements {
		if !e.Withdrawn && !corpus.IsContainer(e.Kind) {
			known = append(known, e.ID)
		}
	}
	for _, control := range c.Controls {
		if faults.full() {
			break
		}
		line := control.ID.Line
		e, ok := f.Element(f.Resolve(control.ID.Value))
		first, twice := out.Controls[e.ID]
		switch {
		case !ok:
			faults.add(line, "%s has no control %q%s", f.Spec(), control.ID.Value, corpus.DidYouMean(control.ID.Value, known))
		case e.Withdrawn:
			faults.add(line, "%s", withdrawn(f, e))
		case corpus.IsContainer(e.Kind):
			faults.add(line, "%s of %s is a %s, no control: name the controls in it", e.ID, f.Spec(), e.Kind)
		case twice:
			faults.add(line, "%s of %s stands twice, first on line %d", e.ID, f.Spec(), first.ID.Line)
		default:
			out.Controls[e.ID] = control
		}
	}
	return out
}

// withdrawn says where a withdrawn element went.
func withdrawn(f *corpus.Framework, e corpus.Element) string {
	said := e.ID + " was withdrawn in " + f.Spec()
	to := e.Replaced
	if len(to) == 0 {
		to = builtin.Replaced(f.Spec(), e.ID)
	}
	if len(to) == 0 {
		return said + ", and nothing is known to be in its place"
	}
	return said + ": name " + strings.Join(to, ", ") + " instead"
}

// UnknownFramework is the fault of a catalog whose framework is none of those
// known, given as name@edition.
func UnknownFramework(t Text, known []string) Fault {
	var names []string
	for _, spec := range known {
		name, _, _ := strings.Cut(spec, "@")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	said := "controls: no framework \"" + t.Value + "\""
	near := corpus.DidYouMean(t.Value, slices.Concat(names, known))
	if near == "" && len(names) > 0 {
		near = "; known: " + strings.Join(names, ", ")
	}
	return Fault{t.Line, said + near}
}
