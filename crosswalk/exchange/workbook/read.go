package workbook

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/internal/record"
)

const (
	// maxUnzipped bounds what a workbook may unpack to, in bytes.
	maxUnzipped = 256 << 20
	// headerWithin is how many rows may stand above a header.
	headerWithin = 20
)

// Read reads the crosswalk as [Write] wrote it, and not what a reviewer filled
// in, which is for [Review]. It reads every row all the same: what is wrong in
// the cells to fill in is an error here too.
func Read(data []byte) (*exchange.Crosswalk, error) {
	c, _, err := Review(data)
	return c, err
}

// Review reads the crosswalk as [Write] wrote it and the decisions of the
// reviewer, in the order of its rows; a row whose cells to fill in are empty has
// none. Reviewer is what the sheet "About" says, ID and Time are empty. Columns
// and rows may be in any order, columns that a decision does not need may be
// gone, ids may have become numbers. Its error names the sheet, row and column
// of everything that is wrong: a locked cell that says something else now, an
// unknown word, a decision that contradicts the row.
func Review(data []byte) (*exchange.Crosswalk, []exchange.Decision, error) {
	c, decisions, err := review(data)
	if err != nil {
		return nil, nil, fmt.Errorf("read XLSX: %w", err)
	}
	return c, decisions, nil
}

func review(data []byte) (*exchange.Crosswalk, []exchange.Decision, error) {
	sheets, err := open(data)
	if err != nil {
		return nil, nil, err
	}
	r := &reader{c: &exchange.Crosswalk{}}
	reviewer := ""
	if s, ok := find(sheets, aboutSheet); ok {
		reviewer = r.about(s)
	}
	if s, ok := find(sheets, gapsSheet); ok {
		r.gaps(s)
	}
	if err := r.pairs(sheets); err != nil {
		return nil, nil, err
	}
	if err := r.bad.Err(); err != nil {
		return nil, nil, err
	}
	slices.SortStableFunc(r.rows, func(a, b reviewed) int { return cmp.Compare(a.number, b.number) })
	var decisions []exchange.Decision
	for _, row := range r.rows {
		r.c.Rows = append(r.c.Rows, row.Row)
		if d := row.decision; d != nil {
			d.Reviewer = reviewer
			decisions = append(decisions, *d)
		}
	}
	return r.c, decisions, record.CheckRows(r.c)
}

// Is reports whether data are a workbook to review in, by the names of its sheets.
func Is(data []byte) bool {
	if !bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return false
	}
	sheets, err := open(data)
	if err != nil {
		return true // it says why when it is read
	}
	_, review := find(sheets, reviewSheet)
	_, about := find(sheets, aboutSheet)
	return review || about
}

// A sheet holds the cells of one, as the file stores them.
type sheet struct {
	name string
	rows [][]string
}

func open(data []byte) (sheets []sheet, err error) {
	book, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped, RawCellValue: true,
	})
	if err != nil {
		return nil, fmt.Errorf("open the workbook: %w", err)
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	for _, name := range book.GetSheetList() {
		rows, err := book.GetRows(name)
		if err != nil {
			return nil, fmt.Errorf("read sheet %q: %w", name, err)
		}
		for _, cells := range rows {
			for i, c := range cells {
				cells[i] = strings.ToValidUTF8(c, "\ufffd")
			}
		}
		sheets = append(sheets, sheet{name, rows})
	}
	return sheets, nil
}

func find(sheets []sheet, name string) (sheet, bool) {
	i := slices.IndexFunc(sheets, func(s sheet) bool { return record.Key(s.name) == record.Key(name) })
	if i < 0 {
		return sheet{}, false
	}
	return sheets[i], true
}

// header looks for a header with these columns among the first rows. It returns
// how many rows it ends.
func (s sheet) header(required ...string) (record.Header, int, error) {
	first := errors.New("there are no rows")
	for i, cells := range s.rows[:min(len(s.rows), headerWithin)] {
		h, err := record.Find(cells, required...)
		if err == nil {
			return h, i + 1, nil
		}
		if i == 0 {
			first = err
		}
	}
	return nil, 0, fmt.Errorf("sheet %q: %w", s.name, first)
}

// place names a row; it counts from 0.
func (s sheet) place(i int) string { return fmt.Sprintf("sheet %q row %d", s.name, i+1) }

func blank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(s string) bool { return strings.TrimSpace(s) != "" })
}

// A reader collects what the sheets say.
type reader struct {
	c    *exchange.Crosswalk
	rows []reviewed
	bad  record.Faults
}

// reviewed is a row with its number and what a reviewer decided; nil for
// nothing.
type reviewed struct {
	exchange.Row
	number   int
	decision *exchange.Decision
}

// about reads the headings, and returns the name of the reviewer.
func (r *reader) about(s sheet) (reviewer string) {
	headings := record.Headings()
	seen := map[string]bool{}
	for i, cells := range s.rows {
		if len(cells) == 0 {
			continue
		}
		name := record.Key(cells[0])
		h := record.Header{name: 1}
		if seen[name] {
			continue
		}
		seen[name] = true
		if name == yourName {
			reviewer = strings.TrimSpace(h.Cell(cells, name))
		}
		for _, c := range headings {
			if c.Name != name {
				continue
			}
			if err := c.Set(r.c, h.Cell(cells, name)); err != nil {
				r.bad.At(s.place(i), fmt.Errorf("%s: %w", heading(name), err))
			}
		}
	}
	return reviewer
}

func (r *reader) gaps(s sheet) {
	if len(s.rows) == 0 {
		return
	}
	h, from, err := s.header("side", "id")
	if err != nil {
		r.bad = append(r.bad, err)
		return
	}
	for i, cells := range s.rows[from:] {
		if blank(cells) {
			continue
		}
		var g exchange.Gap
		bad := record.Read(record.Gaps(), h, cells, &g)
		if g.ID == "" || g.Side == "" {
			bad = append(bad, errors.New("a gap needs a side and an id"))
		}
		if r.bad.At(s.place(from+i), bad...); len(bad) == 0 {
			r.c.Gaps = append(r.c.Gaps, g)
		}
	}
}

// needed are the columns without which a decision cannot be told.
func needed() []string {
	return append([]string{rowColumn, "source_id", "target_id", "relation", "rationale_type", "strength", "proposal_id", "proposal_sha256", sealColumn}, yours()...)
}

// pairs reads the first sheet that has the columns; a person may have renamed
// it.
func (r *reader) pairs(sheets []sheet) error {
	s, ok := find(sheets, reviewSheet)
	h, from, err := s.header(needed()...)
	for i := 0; err != nil && i < len(sheets); i++ {
		if other, above, e := sheets[i].header(needed()...); e == nil {
			s, h, from, err = sheets[i], other, above, nil
		}
	}
	if err != nil && !ok {
		return fmt.Errorf("no sheet %q, nor another with its columns", reviewSheet)
	}
	if err != nil {
		return err
	}
	first := map[int]string{} // where the row with a number stands
	for i, cells := range s.rows[from:] {
		if blank(cells) {
			continue
		}
		row, bad := readRow(h, cells)
		if before := first[row.number]; before != "" && row.number > 0 {
			bad = append(bad, fmt.Errorf("column %q: %d stands in %s already: delete one of the two", heading(rowColumn), row.number, before))
		}
		first[row.number] = s.place(from + i)
		r.bad.At(s.place(from+i), bad...)
		r.rows = append(r.rows, row)
	}
	return nil
}

// readRow reads a row, after what its seal says its cells held.
func readRow(h record.Header, cells []string) (row reviewed, bad record.Faults) {
	text := h.Cell(cells, sealColumn)
	if strings.TrimSpace(text) == "" {
		return row, record.Faults{fmt.Errorf("column %q: is empty: only pairs that were exported are decided here; delete the row", heading(sealColumn))}
	}
	s := parseSeal(text)
	number, ok := s.original(rowColumn, true, h.Cell(cells, rowColumn))
	row.number, _ = strconv.Atoi(number)
	if !ok || row.number < 1 {
		bad = append(bad, changed(rowColumn, number))
	}
	sealed, at := []string{}, record.Header{}
	columns := record.Rows()
	for _, c := range columns {
		if _, there := h[c.Name]; !there {
			continue
		}
		was, ok := s.original(c.Name, c.Number, h.Cell(cells, c.Name))
		if !ok {
			bad = append(bad, changed(c.Name, was))
			continue
		}
		at[c.Name], sealed = len(sealed), append(sealed, was)
	}
	for _, err := range record.Read(columns, at, sealed, &row.Row) {
		bad = append(bad, err)
	}
	if row.Source == "" || row.Target == "" || len(bad) > 0 {
		return row, bad
	}
	d, faults := decisionOf(row.Row, h, cells)
	row.decision = d
	return row, append(bad, faults...)
}

func changed(name, text string) error {
	return fmt.Errorf("column %q: is locked, and was changed to %.60q: put back what stood there, or export the crosswalk again", heading(name), text)
}
