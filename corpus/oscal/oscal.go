// Package oscal reads OSCAL catalogs, including resolved profiles, in JSON and
// YAML.
package oscal

import (
	"fmt"
	"slices"
	"strings"

	"concord/corpus"
	"concord/corpus/internal/foreign"
)

// Read reads an OSCAL catalog. Groups and controls, nested to any depth,
// become elements in document order; parameters in their statements become
// readable text such as "[Assignment: organization-defined frequency]".
// Assessment parts are left out.
//
// A profile that was not resolved, a control without an id and an id that
// occurs twice are errors.
func Read(data []byte) (*corpus.Framework, error) {
	c, err := decode(data)
	if err != nil {
		return nil, err
	}
	m := c.Metadata
	f := &corpus.Framework{Title: foreign.Line(m.Title), Publisher: publisher(m)}
	f.Name, f.Edition = foreign.Name(m.Version, value(m.Props, "framework-version-identifier"), f.Title)
	r := &reader{f: f, params: newParams(c), resources: map[string]string{}}
	for _, res := range c.BackMatter.Resources {
		r.resources[res.UUID] = foreign.Line(res.Title)
	}
	for _, g := range c.Groups {
		if err := r.group(g, ""); err != nil {
			return nil, err
		}
	}
	for _, n := range c.Controls {
		if err := r.control(n, "", corpus.KindControl); err != nil {
			return nil, err
		}
	}
	if err := f.Finish(); err != nil {
		return nil, fmt.Errorf("read OSCAL catalog: %w", err)
	}
	keepOwnRelations(f)
	return f, nil
}

// publisher returns the name of the party that the metadata holds responsible
// for the document, or "".
func publisher(m metadata) string {
	for _, role := range []string{"publisher", "author", "creator"} {
		for _, resp := range m.Responsible {
			if resp.Role != role {
				continue
			}
			for _, p := range m.Parties {
				if slices.Contains(resp.Parties, p.UUID) {
					return foreign.Line(p.Name)
				}
			}
		}
	}
	return ""
}

// keepOwnRelations drops related ids that the framework does not hold: a
// resolved baseline still prints those of the whole catalog.
func keepOwnRelations(f *corpus.Framework) {
	for i := range f.Elements {
		e := &f.Elements[i]
		e.Related = slices.DeleteFunc(e.Related, func(id string) bool {
			_, ok := f.Element(id)
			return !ok
		})
		if len(e.Related) == 0 {
			e.Related = nil
		}
	}
}

// reader turns nodes into elements.
type reader struct {
	f         *corpus.Framework
	params    *params
	resources map[string]string // title by UUID
}

func (r *reader) group(n node, parent string) error {
	kind := "group"
	if r.f.Name == "sp800-53" {
		kind = corpus.KindFamily
	} else if n.Class != "" {
		kind = kindOf(n.Class)
	}
	// OSCAL lets a group have no id; then nothing can name it, and its
	// controls stand below the group above.
	if n.ID != "" {
		parent = r.add(n, kind, parent)
	}
	for _, g := range n.Groups {
		if err := r.group(g, parent); err != nil {
			return err
		}
	}
	for _, c := range n.Controls {
		if err := r.control(c, parent, corpus.KindControl); err != nil {
			return err
		}
	}
	return nil
}

// control adds a control and those nested in it. The default kind holds where
// the class of the control does not say more.
func (r *reader) control(n node, parent, kind string) error {
	if foreign.Line(n.ID) == "" {
		return fmt.Errorf("read OSCAL catalog: a control has no id: title %q, below %q", n.Title, parent)
	}
	nested := kind
	if r.f.Name == "sp800-53" {
		nested = corpus.KindEnhancement
	} else if n.Class != "" {
		kind = kindOf(n.Class)
	}
	id := r.add(n, kind, parent)
	for _, c := range n.Controls {
		if err := r.control(c, id, nested); err != nil {
			return err
		}
	}
	return nil
}

// kindOf turns the class of a group or control into a kind.
func kindOf(class string) string {
	class = strings.ToLower(foreign.Line(class))
	switch {
	case strings.HasSuffix(class, "enhancement"):
		return corpus.KindEnhancement
	case strings.HasPrefix(class, "sp800-53"):
		return corpus.KindControl
	}
	return strings.NewReplacer("-", "_", " ", "_").Replace(class)
}

// add appends the element of a node and returns its id.
func (r *reader) add(n node, kind, parent string) string {
	e := corpus.Element{ID: r.id(n.ID), Kind: kind, Parent: parent, Title: r.params.prose(n.Title)}
	if printed := foreign.Line(n.ID); printed != e.ID {
		e.Printed = printed
	}
	if e.Title == e.ID || e.Title == e.Printed || e.Title == value(n.Props, "label") {
		e.Title = ""
	}
	var statement, overview, guide []string
	for _, p := range n.Parts {
		switch p.Name {
		case "statement":
			statement = append(statement, r.lines(p)...)
		case "overview":
			overview = append(overview, r.lines(p)...)
		case "guidance", "discussion", "example", "examples":
			guide = append(guide, r.lines(p)...)
		}
	}
	// A group states nothing but its overview: the outcome of a CSF function
	// is printed there.
	if len(statement) == 0 {
		statement, overview = overview, nil
	}
	e.Text = strings.Join(statement, "\n")
	e.Guide = strings.Join(append(overview, guide...), "\n")
	e.Withdrawn = strings.EqualFold(value(n.Props, "status"), "withdrawn")
	for _, l := range n.Links {
		r.follow(&e, l)
	}
	r.f.Elements = append(r.f.Elements, e)
	return e.ID
}

// id returns the canonical form of an id.
func (r *reader) id(printed string) string {
	return corpus.NormalizeID(r.f.Name, r.f.Edition, foreign.Line(printed))
}

// lines returns the prose of a part and of those nested in it, one item a
// line, each behind its label.
func (r *reader) lines(p part) []string {
	var out []string
	if text := r.params.prose(p.Prose); text != "" {
		if label := itemLabel(value(p.Props, "label")); label != "" && p.Name == "item" {
			text = label + " " + text
		}
		out = append(out, text)
	}
	for _, q := range p.Parts {
		out = append(out, r.lines(q)...)
	}
	return out
}

// itemLabel returns what is printed before an item: "a." and "(1)" as they
// are, "SR-03.01.01.a" as "a.", since its path is the id of the element.
func itemLabel(label string) string {
	label = foreign.Line(label)
	if strings.HasSuffix(label, ".") || strings.HasSuffix(label, ")") {
		return label
	}
	if dot := strings.LastIndexByte(label, '.'); dot >= 0 {
		return label[dot+1:] + "."
	}
	return label
}

// follow enters what a link says about e.
func (r *reader) follow(e *corpus.Element, l link) {
	switch strings.ReplaceAll(l.Rel, "_", "-") {
	case "related":
		e.Related = appendNew(e.Related, r.target(l.Href))
	case "incorporated-into", "moved-to", "addressed-by", "replaced-by", "superseded-by":
		e.Replaced = appendNew(e.Replaced, r.target(l.Href))
	case "external-reference":
		r.reference(e.ID, l)
	}
}

// reference enters a cross-reference into another document: one for each id
// in the text of the link, or one for the whole where it names no ids.
func (r *reader) reference(element string, l link) {
	title := r.resources[strings.TrimPrefix(l.Href, "#")]
	printed := foreign.Line(l.Text)
	ref := corpus.Reference{Element: element, Column: "external_reference", Scheme: title, Printed: printed}
	ids := strings.FieldsFunc(printed, func(c rune) bool { return c == ',' || c == ';' })
	for i := range ids {
		ids[i] = strings.TrimSpace(ids[i])
	}
	isNoID := func(s string) bool { return strings.Contains(s, " ") || !strings.ContainsAny(s, "0123456789") }
	if len(ids) == 0 || slices.ContainsFunc(ids, isNoID) {
		ids = []string{""}
	}
	for _, ref.ID = range ids {
		r.f.References = append(r.f.References, ref)
	}
}

// target returns the id of the control that a link leads to. A link into a
// statement, such as "#ac-2_smt.k", leads to its control.
func (r *reader) target(href string) string {
	href = strings.TrimPrefix(href, "#")
	if control, _, ok := strings.Cut(href, "_smt"); ok {
		href = control
	}
	return r.id(href)
}

func appendNew(ids []string, id string) []string {
	if id == "" || slices.Contains(ids, id) {
		return ids
	}
	return append(ids, id)
}
