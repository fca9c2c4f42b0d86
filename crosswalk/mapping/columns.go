package mapping

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A role is what a column is for.
type role int

const (
	sourceColumn role = iota
	targetColumn
	relationColumn
	typeColumn
	strengthColumn
	rationaleColumn
	commentColumn
	modifierColumn
	justificationColumn
	outcomeColumn
	flagsColumn
	gapColumn
	sourceFrameworkColumn
	targetFrameworkColumn
	sourceEditionColumn
	targetEditionColumn
	sourceHashColumn
	targetHashColumn
	roles
)

// headings are the names that a column may have, the preferred ones first.
type headings [roles][]string

// known returns the names in use, as plain writes them.
func known() headings {
	return headings{
		sourceColumn: {"source id", "subject id", "source", "from id", "from", "fde #", "focal document element"},
		targetColumn: {"target id", "object id", "target", "to id", "to", "scf #", "reference document element"},

		relationColumn:  {"relationship", "relation", "strm relationship", "relationship type", "predicate id"},
		typeColumn:      {"rationale type", "strm rationale", "ext rationale type", "matching rationale"},
		strengthColumn:  {"strength", "strength of relationship", "ext strength"},
		rationaleColumn: {"rationale"},
		commentColumn:   {"comments", "comment", "notes", "note", "remarks", "annotation"},

		modifierColumn:      {"predicate modifier"},
		justificationColumn: {"mapping justification"},
		outcomeColumn:       {"outcome"},
		flagsColumn:         {"flags"},
		gapColumn:           {"gap"},

		sourceFrameworkColumn: {"source framework", "subject source"},
		targetFrameworkColumn: {"target framework", "object source"},
		sourceEditionColumn:   {"source edition", "subject source version"},
		targetEditionColumn:   {"target edition", "object source version"},
		sourceHashColumn:      {"source sha256"},
		targetHashColumn:      {"target sha256"},
	}
}

// named returns the headings of a table whose own headers are given for some
// columns.
func named(columns map[string]string) (headings, error) {
	h := known()
	left := len(columns)
	for r, name := range [...]string{sourceColumn: "source_id", targetColumn: "target_id", relationColumn: "relationship",
		typeColumn: "rationale_type", strengthColumn: "strength", rationaleColumn: "rationale"} {
		if own, ok := columns[name]; ok {
			h[r] = []string{heading(own)}
			left--
		}
	}
	if left > 0 {
		return h, errors.New("there is no such column to name: want source_id, target_id, relationship, rationale_type, strength or rationale")
	}
	return h, nil
}

// heading returns a header without what makes no difference.
func heading(cell string) string {
	return fold(strings.ReplaceAll(plain(cell), "(optional)", ""))
}

// columns says where the roles stand in a header; -1 for those that do not.
type columns struct {
	at     [roles]int
	header []string
}

// find looks for the columns in a row. It is no header if it lacks a source or a
// target.
func (h headings) find(cells []string) (columns, error) {
	c := columns{header: cells}
	headers := make([]string, len(cells))
	for i, cell := range cells {
		headers[i] = heading(cell)
	}
	for r := range c.at {
		c.at[r] = -1
		for _, name := range h[r] {
			if c.at[r] = slices.Index(headers, name); c.at[r] >= 0 {
				break
			}
		}
	}
	switch {
	case slices.Contains(headers, "derived relation"):
		return c, errors.New("this is a list of derived relations, a starting point that nobody asserts: it is no crosswalk")
	case c.at[sourceColumn] < 0 && c.at[targetColumn] < 0:
		return c, lacking("source and target columns", cells)
	case c.at[sourceColumn] < 0:
		return c, lacking("a source column", cells)
	case c.at[targetColumn] < 0:
		return c, lacking("a target column", cells)
	}
	for r, name := range [...]string{sourceColumn: "source", targetColumn: "target", relationColumn: "relation"} {
		if i := c.at[r]; i >= 0 && slices.Contains(headers[i+1:], headers[i]) {
			return c, wrongReading{fmt.Errorf("the header has two columns %q for the %s: rename one", fold(cells[i]), name)}
		}
	}
	// A name that the user gives must be there.
	usual := known()
	for r := range h {
		if c.at[r] < 0 && !slices.Equal(h[r], usual[r]) {
			return c, lacking(fmt.Sprintf("a column %q", h[r][0]), cells)
		}
	}
	return c, nil
}

func lacking(what string, cells []string) error {
	var have []string
	for _, c := range cells {
		if c = fold(c); c != "" {
			have = append(have, fmt.Sprintf("%q", clip(c)))
		}
	}
	if len(have) > 30 {
		have = append(have[:30], "...")
	}
	return wrongReading{fmt.Errorf("the header needs %s, such as source_id and target_id; it has %s", what, strings.Join(have, ", "))}
}

// A wrongReading is an error after which another way to cut the bytes into
// cells may be tried.
type wrongReading struct{ error }

// is reports whether the column with this role goes by this name.
func (c columns) is(r role, name string) bool {
	return c.at[r] >= 0 && heading(c.header[c.at[r]]) == name
}

// cell returns what a row has in the column with this role.
func (c columns) cell(cells []string, r role) string {
	if i := c.at[r]; i >= 0 && i < len(cells) {
		return strings.TrimSpace(cells[i])
	}
	return ""
}

// isTemplate reports whether the table follows the template of OLIR, which lists
// every element of the focal document.
func (c columns) isTemplate() bool {
	return c.is(sourceColumn, "focal document element") || c.is(sourceColumn, "fde #")
}

// clip cuts a text that is too long for an error.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
