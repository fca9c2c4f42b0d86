package sheet

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"concord/corpus/internal/foreign"

	"github.com/xuri/excelize/v2"
)

const (
	// maxUnzipped bounds what a workbook may unpack to, in bytes.
	maxUnzipped = 256 << 20
	// headerWithin is how many rows may stand above the header of a sheet.
	headerWithin = 20
)

// A Sheet is one sheet of a workbook.
type Sheet struct {
	Name string
	// Rows holds the cells as a spreadsheet displays them: 9.2, where the file
	// stores 9.1999999999999993, and 1.10 where the format of the cell says
	// so. Rows may end early; a merged cell has its text in its first cell
	// alone. All of it is valid UTF-8.
	Rows [][]string

	merged []area
}

// IsWorkbook reports whether data begins as an XLSX workbook does, or any
// other ZIP archive.
func IsWorkbook(data []byte) bool { return bytes.HasPrefix(data, []byte("PK\x03\x04")) }

// Sheets returns the sheets of an XLSX workbook in their order, hidden ones
// too. Data that is no workbook, or one that unpacks to more than 256 MB, is an
// error.
func Sheets(data []byte) (sheets []Sheet, err error) {
	book, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped,
	})
	if err != nil {
		return nil, fmt.Errorf("open the workbook: %w", err)
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	for _, name := range book.GetSheetList() {
		s := Sheet{Name: foreign.Line(name)}
		if s.Rows, err = book.GetRows(name); err != nil {
			return nil, fmt.Errorf("read sheet %q: %w", name, err)
		}
		for _, cells := range s.Rows {
			for i, c := range cells {
				cells[i] = strings.ToValidUTF8(c, "\ufffd")
			}
		}
		if s.merged, err = mergedAreas(book, name); err != nil {
			return nil, fmt.Errorf("read the merged cells of sheet %q: %w", name, err)
		}
		sheets = append(sheets, s)
	}
	return sheets, nil
}

// An area is a merged cell over several rows, seen from its first column. All
// numbers count from 0; bottom is its last row.
type area struct{ column, top, bottom int }

// mergedAreas returns the merged cells of a sheet that go over several rows, by
// row.
func mergedAreas(book *excelize.File, sheet string) ([]area, error) {
	cells, err := book.GetMergeCells(sheet, true)
	if err != nil {
		return nil, err
	}
	var out []area
	for _, c := range cells {
		column, top, err := excelize.CellNameToCoordinates(c.GetStartAxis())
		if err != nil {
			return nil, err
		}
		_, bottom, err := excelize.CellNameToCoordinates(c.GetEndAxis())
		if err != nil {
			return nil, err
		}
		if bottom > top {
			out = append(out, area{column - 1, top - 1, bottom - 1})
		}
	}
	slices.SortFunc(out, func(a, b area) int { return cmp.Or(cmp.Compare(a.top, b.top), cmp.Compare(a.column, b.column)) })
	return out, nil
}

// readXLSX reads the first sheet that has the required columns, and the sheets
// with the same header, over which a long table may be spread.
func readXLSX(data []byte, o Options) (table, error) {
	sheets, err := Sheets(data)
	if err != nil {
		return table{}, err
	}
	var all table
	var tried []string
	for _, s := range sheets {
		t, err := s.table(o)
		switch {
		case err != nil:
			tried = append(tried, fmt.Sprintf("sheet %q: %v", s.Name, err))
		case all.header == nil:
			all = t
		case slices.EqualFunc(all.header, t.header, func(a, b string) bool { return foreign.Line(a) == foreign.Line(b) }):
			all.rows = append(all.rows, t.rows...)
		}
	}
	if all.header == nil {
		return table{}, fmt.Errorf("no sheet has the columns: %s", strings.Join(tried, "; "))
	}
	return all, nil
}

// table finds the header among the first rows of the sheet and returns what
// stands below it. If there is none, the error is about the row with the most
// cells, the likeliest header.
func (s Sheet) table(o Options) (table, error) {
	var best []string
	for i, cells := range s.Rows[:min(len(s.Rows), headerWithin)] {
		at, err := o.columns(cells)
		if err != nil {
			if filled(cells) > filled(best) {
				best = cells
			}
			continue
		}
		t := table{header: cells, repeats: true}
		goesOn := s.FillMerged(i+1, at[:]...)
		for j, r := range s.Rows[i+1:] {
			if number := i + j + 2; filled(r) > 0 {
				t.rows = append(t.rows, row{fmt.Sprintf("sheet %q row %d", s.Name, number), r, goesOn[number-1]})
			}
		}
		return t, nil
	}
	_, err := o.columns(best)
	return table{}, err
}

// FillMerged copies what a merged cell says into all its rows from the first
// one of a table on, in these columns, for it stands beside all of them. Rows
// and columns count from 0. It returns the rows that share the first of the
// columns with the row above.
func (s Sheet) FillMerged(first int, columns ...int) (goesOn map[int]bool) {
	goesOn = map[int]bool{}
	for _, m := range s.merged {
		if m.top < first || m.top >= len(s.Rows) || m.column >= len(s.Rows[m.top]) || !slices.Contains(columns, m.column) {
			continue
		}
		for i := m.top + 1; i <= m.bottom && i < len(s.Rows); i++ {
			if filled(s.Rows[i]) == 0 {
				continue
			}
			for len(s.Rows[i]) <= m.column {
				s.Rows[i] = append(s.Rows[i], "")
			}
			s.Rows[i][m.column] = s.Rows[m.top][m.column]
			if m.column == columns[0] {
				goesOn[i] = true
			}
		}
	}
	return goesOn
}

func filled(cells []string) int {
	n := 0
	for _, c := range cells {
		if foreign.Line(c) != "" {
			n++
		}
	}
	return n
}
