package oscal

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"concord/corpus"
	"concord/corpus/internal/foreign"
)

// nowhere is the row above those at the top of a catalog.
const nowhere = -1

// A catalog is what was read of one: a row for each group and control, in
// document order. Nothing in a row depends on what may stand further on in the
// document: ids are as printed and parameters are not yet rendered.
type catalog struct {
	name, edition    string
	title, publisher string
	rows             []row
	params           params
	resources        map[string]string // title by UUID
	edits            edits             // to make to controls before they become rows
}

// A row is a group or a control.
type row struct {
	id, class, title, text, guide string
	withdrawn                     bool
	related, replaced             []string
	references                    []link
	above                         int // the row of the group or control that holds it
	group                         bool
}

// describe enters what the metadata says of the document.
func (c *catalog) describe(m metadata) {
	c.title, c.publisher = foreign.Line(string(m.Title)), publisher(m)
	c.name, c.edition = foreign.Name(m.Version, value(m.Props, "framework-version-identifier"), c.title)
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

// cite enters the titles of the documents in the back matter.
func (c *catalog) cite(b backMatter) {
	if c.resources == nil {
		c.resources = map[string]string{}
	}
	for _, r := range b.Resources {
		c.resources[r.UUID] = foreign.Line(string(r.Title))
	}
}

// open adds the row of a group, which fill completes.
func (c *catalog) open(above int) int {
	c.rows = append(c.rows, row{above: above, group: true})
	return len(c.rows) - 1
}

func (c *catalog) controls(nodes []node, above int) error {
	for i := range nodes {
		if err := c.control(&nodes[i], above); err != nil {
			return err
		}
	}
	return nil
}

// control adds the rows of a control and of those nested in it.
func (c *catalog) control(n *node, above int) error {
	if err := c.edits.apply(n); err != nil {
		return err
	}
	at := len(c.rows)
	c.rows = append(c.rows, row{above: above})
	c.fill(at, n)
	return c.controls(n.Controls, at)
}

// fill enters what a group or control says in its row.
func (c *catalog) fill(at int, n *node) {
	c.params.add(n.Params)
	r := &c.rows[at]
	r.id, r.class = foreign.Line(n.ID), foreign.Line(n.Class)
	if r.title = foreign.Prose(string(n.Title)); r.title == value(n.Props, "label") {
		r.title = ""
	}
	r.withdrawn = strings.EqualFold(value(n.Props, "status"), "withdrawn")
	var statement, overview, guide []string
	for _, p := range n.Parts {
		switch p.Name {
		case "statement":
			statement = append(statement, lines(p)...)
		case "overview":
			overview = append(overview, lines(p)...)
		case "guidance", "discussion", "example", "examples":
			guide = append(guide, lines(p)...)
		}
	}
	// A group states nothing but its overview: the outcome of a CSF function
	// is printed there.
	if len(statement) == 0 {
		statement, overview = overview, nil
	}
	r.text = strings.Join(statement, "\n")
	r.guide = strings.Join(append(overview, guide...), "\n")
	for _, l := range n.Links {
		switch strings.ReplaceAll(l.Rel, "_", "-") {
		case "related":
			r.related = append(r.related, target(l.Href))
		case "incorporated-into", "moved-to", "addressed-by", "replaced-by", "superseded-by":
			r.replaced = append(r.replaced, target(l.Href))
		case "external-reference":
			r.references = append(r.references, l)
		}
	}
}

// lines returns the prose of a part and of those nested in it, one item a
// line, each behind its label.
func lines(p part) []string {
	var out []string
	if text := foreign.Prose(string(p.Prose)); text != "" {
		if label := itemLabel(value(p.Props, "label")); label != "" && p.Name == "item" {
			text = label + " " + text
		}
		out = append(out, text)
	}
	for _, q := range p.Parts {
		out = append(out, lines(q)...)
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

// target returns the id of the control that a link leads to. A link into a
// statement, such as "#ac-2_smt.k", leads to its control.
func target(href string) string {
	id, _, _ := strings.Cut(strings.TrimPrefix(href, "#"), "_smt")
	return strings.Clone(foreign.Line(id)) // not a piece of a longer text
}

// framework returns the rows as the elements of a framework. It empties them
// on the way, so that a text and its rendering are not both held.
func (c *catalog) framework() (*corpus.Framework, error) {
	f := &corpus.Framework{Name: c.name, Edition: c.edition, Title: c.title, Publisher: c.publisher}
	f.Elements = make([]corpus.Element, 0, len(c.rows))
	ids := make([]string, len(c.rows)) // canonical, by row
	canonical := make(map[string]string, len(c.rows))
	for i, r := range c.rows {
		ids[i] = corpus.NormalizeID(f.Name, f.Edition, r.id)
		canonical[r.id] = ids[i]
	}
	list := func(targets []string) (out []string) {
		for _, t := range targets {
			id, ok := canonical[t]
			if !ok {
				id = corpus.NormalizeID(f.Name, f.Edition, t)
			}
			if id != "" && !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
		return out
	}
	for i, r := range c.rows {
		parent := c.parent(i, ids)
		if ids[i] == "" {
			if r.group {
				continue // nothing can name it: its controls stand below the group above
			}
			return nil, fmt.Errorf("a control has no id: title %q, below %q", r.title, parent)
		}
		e := corpus.Element{ID: ids[i], Parent: parent, Kind: c.kind(i, ids[i]), Withdrawn: r.withdrawn,
			Title: c.params.render(r.title), Text: c.params.render(r.text), Guide: c.params.render(r.guide),
			Related: list(r.related), Replaced: list(r.replaced)}
		if r.id != e.ID {
			e.Printed = r.id
		}
		if e.Title == e.ID || e.Title == e.Printed {
			e.Title = ""
		}
		f.Elements = append(f.Elements, e)
		c.rows[i] = row{above: r.above, group: r.group}
		for _, l := range r.references {
			f.References = append(f.References, c.references(e.ID, l)...)
		}
	}
	if err := f.Finish(); err != nil {
		return nil, err
	}
	keepOwnRelations(f)
	return f, nil
}

// parent returns the id of the nearest row above that has one.
func (c *catalog) parent(i int, ids []string) string {
	for at := c.rows[i].above; at != nowhere; at = c.rows[at].above {
		if ids[at] != "" {
			return ids[at]
		}
	}
	return ""
}

// kind returns the kind of the element in a row. In SP 800-53 the class does
// not decide: an enhancement is one even where its control is not in the
// document.
func (c *catalog) kind(i int, id string) string {
	r := c.rows[i]
	nested := r.above != nowhere && !c.rows[r.above].group
	switch {
	case c.name == "sp800-53" && r.group:
		return corpus.KindFamily
	case c.name == "sp800-53" && (nested || strings.HasSuffix(id, ")")):
		return corpus.KindEnhancement
	case c.name == "sp800-53":
		return corpus.KindControl
	case r.class != "":
		return kindOf(r.class)
	case r.group:
		return "group"
	}
	return corpus.KindControl
}

// kindOf turns the class of a group or control into a kind.
func kindOf(class string) string {
	class = strings.ToLower(class)
	switch {
	case strings.HasSuffix(class, "enhancement"):
		return corpus.KindEnhancement
	case strings.HasPrefix(class, "sp800-53"):
		return corpus.KindControl
	}
	return strings.NewReplacer("-", "_", " ", "_").Replace(class)
}

// references returns the cross-references that a link into another document
// holds: one for each id in its text, or one for the whole where it names no
// ids.
func (c *catalog) references(element string, l link) []corpus.Reference {
	printed := foreign.Line(string(l.Text))
	ids := strings.FieldsFunc(printed, func(r rune) bool { return r == ',' || r == ';' })
	for i := range ids {
		ids[i] = strings.TrimSpace(ids[i])
	}
	isNoID := func(s string) bool { return strings.Contains(s, " ") || !strings.ContainsAny(s, "0123456789") }
	if len(ids) == 0 || slices.ContainsFunc(ids, isNoID) {
		ids = []string{""}
	}
	out := make([]corpus.Reference, len(ids))
	for i, id := range ids {
		out[i] = corpus.Reference{Element: element, Column: "external_reference",
			Scheme: c.resources[strings.TrimPrefix(l.Href, "#")], ID: id, Printed: printed}
	}
	return out
}

// keepOwnRelations drops related ids that the framework does not hold: a
// baseline still prints those of the whole catalog.
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

// slug turns a title into lower-case letters, digits and dashes, at most 40 of
// them.
func slug(title string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	s := strings.Join(words, "-")
	return cmp.Or(strings.Trim(s[:min(len(s), 40)], "-"), "untitled")
}
