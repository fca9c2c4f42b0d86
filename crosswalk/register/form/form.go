// Package form writes the register as a form that people fill in, a CSV table or
// an XLSX workbook, and reads what they filled in.
//
// Four columns are to be filled in: owner, due, status and note. The others say
// what the gap is, and are not read back. The column "as_exported" marks what
// the four held, so that a cell that nobody touched says nothing, however old the
// file is. Texts are disarmed as [cell.Encode] does it: nothing runs as a formula.
package form

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"concord/crosswalk/register"
	"concord/internal/cell"
)

// Names of the columns that are read.
const (
	gapColumn     = "gap"
	sideColumn    = "side"
	elementColumn = "element"
	marksColumn   = "as_exported"
	ownerColumn   = string(register.OwnerField)
	dueColumn     = string(register.DueField)
	statusColumn  = string(register.StatusField)
	noteColumn    = string(register.NoteField)
)

// A column is one of the form.
type column struct {
	name  string
	width float64 // in characters; 0 hides it
	text  func(register.Gap) string
}

// columns lists them from left to right: what the gap is, why, what to fill in,
// and all the rest.
func columns() []column {
	return []column{
		{sideColumn, 7, func(g register.Gap) string { return string(g.Side) }},
		{"family", 17, family},
		{elementColumn, 15, func(g register.Gap) string { return g.Element }},
		{"title", 36, func(g register.Gap) string { return g.Title }},
		{"priority", 8, func(g register.Gap) string { return priority(g) }},
		{"why", 17, func(g register.Gap) string { return g.Why.Words() }},
		{"nearest", 40, nearest},
		{ownerColumn, 15, func(g register.Gap) string { return g.Owner }},
		{dueColumn, 11, func(g register.Gap) string { return g.Due }},
		{statusColumn, 13, func(g register.Gap) string { return string(g.Status) }},
		{noteColumn, 30, func(g register.Gap) string { return g.Note }},
		{"closed", 18, closed},
		{"first_seen", 11, func(g register.Gap) string { return seen(g, g.First) }},
		{"last_seen", 0, func(g register.Gap) string { return seen(g, g.Last) }},
		{"source", 17, func(g register.Gap) string { return g.Source }},
		{"target", 17, func(g register.Gap) string { return g.Target }},
		{"focus_area", 0, func(g register.Gap) string { return g.Focus }},
		{"first_run", 0, func(g register.Gap) string { return g.First.Run }},
		{"last_run", 0, func(g register.Gap) string { return g.Last.Run }},
		{gapColumn, 0, func(g register.Gap) string { return g.ID }},
		{marksColumn, 0, marks},
	}
}

// filled reports whether people fill a column in.
func filled(name string) bool {
	return name == ownerColumn || name == dueColumn || name == statusColumn || name == noteColumn
}

// heading puts the name of a column into words.
func heading(name string) string {
	words := strings.ReplaceAll(name, "_", " ")
	return strings.ToUpper(words[:1]) + words[1:]
}

// key returns a heading without what makes no difference.
func key(heading string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(heading), func(r rune) bool { return strings.ContainsRune(" \t\r\n_-\u00a0\ufeff", r) }), "_")
}

func family(g register.Gap) string { return strings.TrimSpace(g.Family + " " + g.FamilyTitle) }

func priority(g register.Gap) string {
	if g.Priority == 0 {
		return ""
	}
	return strconv.Itoa(g.Priority)
}

// longestTitle is how much of the title of a candidate is shown, in characters.
const longestTitle = 60

// nearest lists the candidates, one a line.
func nearest(g register.Gap) string {
	var lines []string
	for _, m := range g.Nearest {
		title := m.Title
		if r := []rune(title); len(r) > longestTitle {
			title = string(r[:longestTitle-1]) + "…"
		}
		said := m.Words()
		if m.Probability != nil {
			said = fmt.Sprintf("p=%.2f, %s", *m.Probability, said)
		}
		lines = append(lines, strings.ReplaceAll(fmt.Sprintf("%s (%s)", strings.TrimSpace(m.ID+" "+title), said), "\n", " "))
	}
	return strings.Join(lines, "\n")
}

// seen says when, and in which edition of the framework of the element.
func seen(g register.Gap, s register.Seen) string {
	edition := s.SourceEdition
	if g.Framework() == g.Target {
		edition = s.TargetEdition
	}
	return strings.TrimSpace(s.Time.UTC().Format("2006-01-02") + " " + edition)
}

func closed(g register.Gap) string {
	c := g.Closed
	if c == nil {
		return ""
	}
	day := c.Time.UTC().Format("2006-01-02")
	switch c.How {
	case register.ByMapping:
		return day + " by mapping: " + c.Detail
	case register.ByLeaving:
		return day + ": not in " + c.Detail
	}
	return day + " by " + c.By
}

// marks says what the columns to fill in held.
func marks(g register.Gap) string {
	var out []string
	for _, f := range register.Fields() {
		out = append(out, string(f)+"="+register.Mark(g.Filled(f)))
	}
	return strings.Join(out, " ")
}

// CSV writes the register as comma-separated values in UTF-8, a row for every
// gap, in their order.
func CSV(w io.Writer, gaps []register.Gap) error {
	out := csv.NewWriter(w)
	var names []string
	for _, c := range columns() {
		names = append(names, c.name)
	}
	out.Write(names)
	for _, g := range gaps {
		var cells []string
		for _, c := range columns() {
			cells = append(cells, cell.Encode(c.text(g)))
		}
		out.Write(cells)
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}
