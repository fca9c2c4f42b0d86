package form

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"concord/corpus/sheet"
	"concord/crosswalk/register"
	"concord/internal/cell"
)

const (
	// maxUnzipped bounds what a workbook may unpack to, in bytes.
	maxUnzipped = 256 << 20
	// headerWithin is how many rows may stand above the header.
	headerWithin = 20
)

// Read returns what people filled in, a row each, in the order of the file: an
// XLSX workbook, or a table in CSV with commas, semicolons or tabs. Columns may be
// in any order, and those that are not needed may be gone. In a row without
// marks of what was exported, an empty cell says nothing. What is wrong in a row
// is in it, for [register.Take] to name; the error is for a file that is no form.
func Read(data []byte) ([]register.Filling, error) {
	if sheet.IsWorkbook(data) {
		out, err := readXLSX(data)
		if err != nil {
			return nil, fmt.Errorf("read XLSX: %w", err)
		}
		return out, nil
	}
	out, err := readCSV(data)
	if err != nil {
		return nil, fmt.Errorf("read CSV: %w", err)
	}
	return out, nil
}

// header says in which column a name stands, counted from 0.
type header map[string]int

// findHeader reads a header, which names the gap and a column to fill in.
func findHeader(cells []string) (header, error) {
	h := header{}
	for i, c := range cells {
		name := key(c)
		if _, twice := h[name]; twice && name != "" {
			return nil, fmt.Errorf("the header has two columns %.40q: delete or rename one", c)
		}
		h[name] = i
	}
	_, gap := h[gapColumn]
	some := slices.ContainsFunc(register.Fields(), func(f register.Field) bool { _, ok := h[string(f)]; return ok })
	if !gap || !some {
		return nil, fmt.Errorf("no header with a column %q and one of %q", gapColumn, register.Fields())
	}
	return h, nil
}

// cell returns what stands under a name, and whether there is such a column.
func (h header) cell(cells []string, name string) (string, bool) {
	i, ok := h[name]
	if !ok || i >= len(cells) {
		return "", ok
	}
	return strings.ReplaceAll(cells[i], "\r\n", "\n"), true
}

// filling reads a row; nil if it is blank.
func (h header) filling(where string, cells []string) *register.Filling {
	if !slices.ContainsFunc(cells, func(s string) bool { return strings.TrimSpace(s) != "" }) {
		return nil
	}
	f := &register.Filling{Where: where, Values: map[register.Field]string{}}
	gap, _ := h.cell(cells, gapColumn)
	f.Gap = strings.TrimSpace(gap)
	if f.Gap == "" {
		f.Wrong = append(f.Wrong, fmt.Errorf("column %q is empty: only gaps that were exported are filled in here; delete the row", gapColumn))
	}
	for name, to := range map[string]*string{sideColumn: &f.Side, elementColumn: &f.Element} {
		text, _ := h.cell(cells, name)
		*to = strings.TrimSpace(cell.Decode(text))
	}
	text, _ := h.cell(cells, marksColumn)
	for _, m := range strings.Fields(text) {
		name, mark, ok := strings.Cut(m, "=")
		if field := register.Field(name); ok && slices.Contains(register.Fields(), field) {
			if f.Were == nil {
				f.Were = map[register.Field]string{}
			}
			f.Were[field] = mark
		}
	}
	for _, field := range register.Fields() {
		value, there := h.cell(cells, string(field))
		_, bound := f.Were[field]
		if there && (bound || strings.TrimSpace(value) != "") {
			f.Values[field] = cell.Decode(value)
		}
	}
	return f
}

func readCSV(data []byte) ([]register.Filling, error) {
	text, err := sheet.DecodeText(data)
	if err != nil {
		return nil, err
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	for _, comma := range []rune{';', '\t'} {
		if bytes.Count(line, []byte(string(comma))) > bytes.Count(line, []byte(string(r.Comma))) {
			r.Comma = comma
		}
	}
	var h header
	var out []register.Filling
	first := errors.New("there are no rows")
	for n := 1; ; n++ {
		cells, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if h == nil {
			found, err := findHeader(cells)
			if err != nil && n == 1 {
				first = err
			}
			if h = found; h == nil && n >= headerWithin {
				break
			}
			continue
		}
		if f := h.filling(fmt.Sprintf("row %d", n), cells); f != nil {
			refuse(f, func(name string) bool {
				text, _ := h.cell(cells, name)
				text = strings.TrimSpace(text)
				return strings.HasPrefix(text, "=") || strings.HasPrefix(text, "＝")
			})
			out = append(out, *f)
		}
	}
	if h == nil {
		return nil, first
	}
	return out, nil
}

// refuse faults the cells of a row that hold formulas.
func refuse(f *register.Filling, formula func(name string) bool) {
	for _, name := range append([]string{gapColumn}, names()...) {
		if formula(name) {
			delete(f.Values, register.Field(name))
			f.Wrong = append(f.Wrong, fmt.Errorf("column %q holds a formula: put its value there", name))
		}
	}
}

func names() []string {
	var out []string
	for _, f := range register.Fields() {
		out = append(out, string(f))
	}
	return out
}

func readXLSX(data []byte) (out []register.Filling, err error) {
	book, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped, RawCellValue: true,
	})
	if err != nil {
		return nil, fmt.Errorf("open the workbook: %w", err)
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	list := book.GetSheetList()
	// A person may have renamed the sheet; one of this name comes first.
	if i := slices.IndexFunc(list, func(name string) bool { return key(name) == key(gapsSheet) }); i > 0 {
		list = append([]string{list[i]}, slices.Delete(list, i, i+1)...)
	}
	for _, name := range list {
		rows, err := book.GetRows(name)
		if err != nil {
			return nil, fmt.Errorf("read sheet %q: %w", name, err)
		}
		for i, cells := range rows[:min(len(rows), headerWithin)] {
			if h, err := findHeader(cells); err == nil {
				return (&page{book, name, h}).fillings(rows, i+1)
			}
		}
	}
	return nil, fmt.Errorf("no sheet has a header with a column %q and one of %q", gapColumn, register.Fields())
}

// A page is the sheet that people filled in.
type page struct {
	book *excelize.File
	name string
	header
}

func (p *page) fillings(rows [][]string, from int) ([]register.Filling, error) {
	var out []register.Filling
	for i, cells := range rows[from:] {
		row := from + i + 1
		for k := range cells {
			cells[k] = strings.ToValidUTF8(cells[k], "\ufffd")
		}
		f := p.filling(fmt.Sprintf("sheet %q row %d", p.name, row), cells)
		if f == nil {
			continue
		}
		var failed error
		refuse(f, func(name string) bool {
			at, ok := p.at(name, row)
			if !ok {
				return false
			}
			formula, err := p.book.GetCellFormula(p.name, at)
			failed = errors.Join(failed, err)
			return formula != ""
		})
		if text, ok := f.Values[register.DueField]; ok {
			day, err := p.day(text, row)
			failed = errors.Join(failed, err)
			f.Values[register.DueField] = day
		}
		if failed != nil {
			return nil, fmt.Errorf("%s: %w", f.Where, failed)
		}
		out = append(out, *f)
	}
	return out, nil
}

// at names the cell of a column; false if there is no such column.
func (p *page) at(name string, row int) (string, bool) {
	i, ok := p.header[name]
	if !ok {
		return "", false
	}
	at, err := excelize.CoordinatesToCellName(i+1, row)
	return at, err == nil
}

// day returns the date in a cell as a text, which spreadsheets store as the
// number of a day. What is no whole day comes back as it stands.
func (p *page) day(text string, row int) (string, error) {
	at, _ := p.at(dueColumn, row)
	kind, err := p.book.GetCellType(p.name, at)
	if err != nil {
		return "", err
	}
	if kind == excelize.CellTypeDate {
		return strings.TrimSuffix(strings.TrimSuffix(text, "Z"), "T00:00:00"), nil
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || kind != excelize.CellTypeNumber && kind != excelize.CellTypeUnset || number != math.Trunc(number) || number < 1 || number > 2958465 {
		return text, nil
	}
	properties, err := p.book.GetWorkbookProps()
	if err != nil {
		return "", err
	}
	zero := epoch(properties.Date1904 != nil && *properties.Date1904)
	return zero.AddDate(0, 0, int(number)).Format("2006-01-02"), nil
}
