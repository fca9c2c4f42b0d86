package mapping

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"concord/corpus/sheet"
)

// readDelimited reads text whose cells are apart by tabs, semicolons or commas.
// What separates them is what shows a header with the columns.
func readDelimited(data []byte, h headings) (*Table, error) {
	meta, data := cutMetadata(data)
	var cuts []func([]byte) (grid, error)
	for _, comma := range separators(data) {
		switch {
		case comma != '\t':
			cuts = append(cuts, func(b []byte) (grid, error) { return quoted(b, comma) })
		case meta.isSSSOM(): // which is quoted, by its definition
			cuts = append(cuts, func(b []byte) (grid, error) { return quoted(b, comma) }, unquoted)
		default:
			cuts = append(cuts, unquoted, func(b []byte) (grid, error) { return quoted(b, comma) })
		}
	}
	var first error
	for _, cut := range cuts {
		g, err := cut(data)
		g.meta = meta
		var t *Table
		if err == nil {
			t, err = g.table(h)
		}
		if err == nil {
			return t, nil
		}
		err = fmt.Errorf("%s table: %w", strings.ToUpper(g.format), err)
		if _, another := errors.AsType[wrongReading](err); !another {
			return nil, err
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// separators returns the candidates, the most frequent in the first line first.
func separators(data []byte) []rune {
	first, _, _ := strings.Cut(strings.TrimLeft(string(data), "\r\n"), "\n")
	out := []rune{'\t', ';', ','}
	slices.SortStableFunc(out, func(a, b rune) int { return strings.Count(first, string(b)) - strings.Count(first, string(a)) })
	return out
}

// quoted cuts text into cells that are quoted as in RFC 4180.
func quoted(data []byte, comma rune) (grid, error) {
	g := grid{format: CSV}
	if comma == '\t' {
		g.format = TSV
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord = comma, -1
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return g, nil
		}
		if err != nil {
			return g, wrongReading{fmt.Errorf("cut it into cells: %w", err)}
		}
		number, _ := r.FieldPos(0)
		g.add(number, cells)
	}
}

// unquoted cuts text into lines and tab-separated cells in which a quote is a
// character.
func unquoted(data []byte) (grid, error) {
	g := grid{format: TSV, even: true}
	number := 0
	for text := range strings.Lines(string(data)) {
		number++
		g.add(number, strings.Split(strings.TrimRight(text, "\r\n"), "\t"))
	}
	return g, nil
}

func (g *grid) add(number int, cells []string) {
	if filled(cells) > 0 {
		g.lines = append(g.lines, line{number, fmt.Sprintf("line %d", number), cells})
	}
}

// readWorkbook reads the first sheet that has the columns, and the sheets that
// call source and target the same, over which a long list may be spread.
func readWorkbook(data []byte, h headings) (*Table, error) {
	sheets, err := sheet.Sheets(data)
	if err != nil {
		return nil, err
	}
	var r *reader
	var first columns
	var tried []string
	for _, s := range sheets {
		g := gridOf(s)
		c, above, err := g.header(h)
		if err != nil {
			tried = append(tried, fmt.Sprintf("sheet %q: %v", s.Name, err))
			continue
		}
		if r == nil {
			r, first = newReader(c.format(XLSX), XLSX, nil), c
		}
		if !c.is(sourceColumn, heading(first.header[first.at[sourceColumn]])) || !c.is(targetColumn, heading(first.header[first.at[targetColumn]])) {
			continue
		}
		s.FillMerged(g.lines[above].number, c.at[:]...)
		if err := r.read(gridOf(s), c, above+1); err != nil {
			return nil, fmt.Errorf("XLSX table: %w", err)
		}
	}
	if r == nil {
		return nil, fmt.Errorf("XLSX table: no sheet has the columns: %s", strings.Join(tried, "; "))
	}
	return r.finish()
}

func gridOf(s sheet.Sheet) grid {
	g := grid{format: XLSX}
	for i, cells := range s.Rows {
		if filled(cells) > 0 {
			g.lines = append(g.lines, line{i + 1, fmt.Sprintf("sheet %q row %d", s.Name, i+1), cells})
		}
	}
	return g
}
