// Package role says what a reader of a crosswalk needs: which elements of its
// source, which targets, in which words.
//
// Roles are read from a YAML file that people edit; [Builtin] has six.
package role

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"concord/corpus"
)

//go:embed roles.yaml
var builtin []byte

// Builtin returns the roles that come with the program, as the text of a file to
// start from. [Read] reads it.
func Builtin() []byte { return slices.Clone(builtin) }

// A Role is a reader. The key of each field in a file is in [Keys].
type Role struct {
	Name    string
	Extends string // the role that says what this one does not; empty for none
	Title   string // of what is written for the reader
	Intro   string // paragraphs, a blank line between two

	Elements []string // ids of the source: these and all below them; empty for everything
	Without  []string // of these, what is left out with all below it
	Focus    []string // Focus Areas whose cells are shown; empty for all
	Priority int      // cells of this priority or a higher one, 1 (high) to 3; 0 for all
	Outcomes Outcomes // which elements outside the Focus Areas are shown

	Sort    Order
	Words   int      // of each statement on a page, at most so many; 0 for all
	Items   int      // of each cell on a page, at most so many ids; 0 for all
	Columns []Column // the targets, at least one
	Also    []Column // more of them, shown only to who asks for them
}

// Outcomes says which elements outside the Focus Areas a reader sees.
type Outcomes string

const (
	AllOutcomes Outcomes = "all"        // the default
	WithCells   Outcomes = "with-cells" // those with a cell that is shown; all where the source has no cells
	NoOutcomes  Outcomes = "none"       // none; all where the source has no cells
)

// An Order is that of the rows.
type Order string

const (
	ByDocument Order = "document" // the default
	ByPriority Order = "priority"
)

// A Column is a target and what it means to the reader.
type Column struct {
	Framework string `yaml:"framework"` // name or name@edition
	Means     string `yaml:"means"`
}

// Find returns the role of a name. The error of one that is not there names
// those that are.
func Find(roles []Role, name string) (Role, error) {
	for _, r := range roles {
		if r.Name == name {
			return r, nil
		}
	}
	names := Names(roles)
	return Role{}, fmt.Errorf("no role %q: want %s%s", name, strings.Join(names, ", "), corpus.DidYouMean(name, names))
}

// Names lists the roles, in their order.
func Names(roles []Role) []string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = r.Name
	}
	return names
}

// Means returns what a framework means to the reader, by its name and edition or
// its name; empty if the role does not say.
func (r Role) Means(spec string) string {
	name, _, _ := strings.Cut(spec, "@")
	for _, c := range slices.Concat(r.Columns, r.Also) {
		if c.Framework == spec || c.Framework == name {
			return strings.Join(strings.Fields(c.Means), " ")
		}
	}
	return ""
}

// Keep returns which elements of a source the reader sees. It is an error if the
// role names an element or a Focus Area that the source does not have.
func (r Role) Keep(source *corpus.Framework) (func(corpus.Element) bool, error) {
	in, err := r.below(source, "elements", r.Elements)
	if err != nil {
		return nil, err
	}
	out, err := r.below(source, "without", r.Without)
	if err != nil {
		return nil, err
	}
	if err := r.checkFocus(source); err != nil {
		return nil, err
	}
	within := func(e corpus.Element) bool { return (len(r.Elements) == 0 || in[e.ID]) && !out[e.ID] }
	cell := func(e corpus.Element) bool {
		return e.Focus != "" && within(e) && (len(r.Focus) == 0 || slices.Contains(r.Focus, e.Focus)) &&
			(r.Priority == 0 || e.Priority > 0 && e.Priority <= r.Priority)
	}
	cells, above := false, map[string]bool{}
	for _, e := range source.Elements {
		cells = cells || e.Focus != ""
		if cell(e) {
			above[e.Parent] = true
		}
	}
	return func(e corpus.Element) bool {
		switch {
		case e.Focus != "":
			return cell(e)
		case !within(e):
			return false
		case !cells || r.Outcomes == AllOutcomes:
			return true
		}
		return r.Outcomes == WithCells && above[e.ID]
	}, nil
}

// below returns the elements of these ids with all below them.
func (r Role) below(source *corpus.Framework, key string, ids []string) (map[string]bool, error) {
	in := map[string]bool{}
	for _, printed := range ids {
		id := source.Resolve(printed)
		if _, ok := source.Element(id); !ok {
			var all []string
			for _, e := range source.Elements {
				all = append(all, e.ID)
			}
			return nil, fmt.Errorf("role %q, %s: %s has no element %q%s", r.Name, key, source.Spec(), printed, corpus.DidYouMean(id, all))
		}
		in[id] = true
	}
	out := map[string]bool{}
	for _, e := range source.Elements {
		out[e.ID] = in[e.ID]
		for up := range source.Ancestors(e) {
			out[e.ID] = out[e.ID] || in[up.ID]
		}
	}
	return out, nil
}

// checkFocus refuses a Focus Area that no cell of the source is in. A source
// without cells has none to choose from.
func (r Role) checkFocus(source *corpus.Framework) error {
	var areas []string
	for _, e := range source.Elements {
		if e.Focus != "" && !slices.Contains(areas, e.Focus) {
			areas = append(areas, e.Focus)
		}
	}
	for _, f := range r.Focus {
		if len(areas) > 0 && !slices.Contains(areas, f) {
			return fmt.Errorf("role %q, focus: %s has no Focus Area %q: want %s", r.Name, source.Spec(), f, strings.Join(areas, ", "))
		}
	}
	return nil
}
