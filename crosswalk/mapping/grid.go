package mapping

import (
	"errors"
	"strings"
)

// headerWithin is how many rows may stand above a header.
const headerWithin = 20

// A line is a row of cells.
type line struct {
	number int
	where  string
	cells  []string
}

// A grid is a table before anybody looked for its header.
type grid struct {
	format string // CSV, TSV or XLSX
	lines  []line // without the blank ones
	even   bool   // all rows have as many cells as the header
	meta   *metadata
}

// header returns the first line with the columns, and how many stand above it.
// If there is none, the error is about the line with the most cells.
func (g grid) header(h headings) (columns, int, error) {
	var best []string
	var lacks error
	for i, l := range g.lines[:min(len(g.lines), headerWithin)] {
		c, err := h.find(l.cells)
		if err == nil {
			return c, i, nil
		}
		if lacks == nil || filled(l.cells) > filled(best) {
			best, lacks = l.cells, err
		}
	}
	if lacks == nil {
		lacks = wrongReading{errors.New("there are no rows")}
	}
	return columns{}, 0, lacks
}

// table reads the rows below the header.
func (g grid) table(h headings) (*Table, error) {
	c, above, err := g.header(h)
	if err != nil {
		return nil, err
	}
	r := newReader(c.format(g.format), g.format, g.meta)
	if err := r.read(g, c, above+1); err != nil {
		return nil, err
	}
	return r.finish()
}

// format returns what a table with these columns is.
func (c columns) format(container string) string {
	switch {
	case c.is(sourceColumn, "subject id") && c.is(targetColumn, "object id") && c.is(relationColumn, "predicate id"):
		return SSSOM
	case c.is(sourceColumn, "source id") && c.is(targetColumn, "target id") && c.is(relationColumn, "relation") && c.is(outcomeColumn, "outcome"):
		return ConcordCSV
	}
	return container
}

func filled(cells []string) int {
	n := 0
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			n++
		}
	}
	return n
}
