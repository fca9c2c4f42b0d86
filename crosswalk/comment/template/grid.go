package template

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"concord/corpus/sheet"
)

// maxUnzipped bounds what a workbook may unpack to, in bytes.
const maxUnzipped = 128 << 20

// A grid is a sheet, or a CSV file.
type grid struct {
	name  string // empty for CSV
	rows  [][]string
	lines []int // of CSV: the line on which each row begins
	areas []area
}

// An area is a merged cell over several rows; it counts from 0 and its last row
// is bottom.
type area struct{ left, right, top, bottom int }

// line returns the number that a person sees beside a row.
func (g grid) line(i int) int {
	if g.lines != nil {
		return g.lines[i]
	}
	return i + 1
}

// header looks for the header: of the first rows the one in which most columns
// are known, the first of several.
func (g grid) header() (best header, from int, ok bool) {
	for i, cells := range g.rows[:min(len(g.rows), headerWithin)] {
		h := headerOf(cells)
		if h.usable() && len(h.at) > len(best.at) {
			best, from, ok = h, i+1, true
		}
	}
	return best, from, ok
}

// top returns the first row of the merged cell in which a cell stands, and
// whether there is one.
func (g grid) top(column, row int) (int, bool) {
	for _, a := range g.areas {
		if column >= a.left && column <= a.right && row >= a.top && row <= a.bottom {
			return a.top, true
		}
	}
	return row, false
}

// merged returns what stands under a field, or in the merged cell there.
func (g grid) merged(h header, row int, f field) string {
	s := h.cell(g.rows[row], f)
	column, ok := h.at[f]
	if top, inside := g.top(column, row); ok && s == "" && inside {
		return h.cell(g.rows[top], f)
	}
	return s
}

// workbook returns the sheets, without those of the template that hold no
// comments, and takes in the hidden one.
func (r *Returned) workbook(data []byte) (grids []grid, err error) {
	book, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped})
	if err != nil {
		return nil, fmt.Errorf("open the workbook: %w", err)
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	for _, name := range book.GetSheetList() {
		rows, err := book.GetRows(name)
		if err != nil {
			return nil, fmt.Errorf("read sheet %q: %w", name, err)
		}
		clean(rows)
		if strings.EqualFold(name, packSheet) && len(rows) > 0 && len(rows[0]) > 1 && rows[0][0] == "pack" {
			r.carried(rows)
			continue
		}
		g := grid{name: strings.ToValidUTF8(name, "\ufffd"), rows: rows}
		if g.areas, err = areas(book, name); err != nil {
			return nil, fmt.Errorf("read the merged cells of sheet %q: %w", name, err)
		}
		if _, from, ok := g.header(); ok {
			if err := g.verbatim(book, name, from); err != nil {
				return nil, fmt.Errorf("read sheet %q: %w", name, err)
			}
		}
		grids = append(grids, g)
	}
	return grids, nil
}

func clean(rows [][]string) {
	for _, cells := range rows {
		for i, c := range cells {
			cells[i] = strings.ReplaceAll(strings.ToValidUTF8(c, "\ufffd"), "\r\n", "\n")
		}
	}
}

// verbatim puts formulas in the place of their values, and dates as
// 2006-01-02.
func (g grid) verbatim(book *excelize.File, name string, from int) error {
	raw, err := book.GetRows(name, excelize.Options{RawCellValue: true})
	if err != nil {
		return err
	}
	for i := from; i < len(g.rows); i++ {
		for k, shown := range g.rows[i] {
			var stored string
			if i < len(raw) && k < len(raw[i]) {
				stored = raw[i][k]
			}
			at, err := excelize.CoordinatesToCellName(k+1, i+1)
			if err != nil {
				return err
			}
			if f, err := book.GetCellFormula(name, at); err == nil && f != "" {
				g.rows[i][k] = strings.ToValidUTF8("="+f, "\ufffd")
				continue
			}
			if stored != shown {
				if date, ok := dateOf(book, name, at, stored); ok {
					g.rows[i][k] = date
				}
			}
		}
	}
	return nil
}

// dates matches the codes of a format that shows a date, once what stands in
// quotes and brackets is gone.
var (
	literal = regexp.MustCompile(`"[^"]*"|\[[^\]]*\]|\\.`)
	dates   = regexp.MustCompile(`(?i)[yd]|mmm`)
)

// dateOf returns a number as a date if its format shows one.
func dateOf(book *excelize.File, name, at, stored string) (string, bool) {
	x, err := strconv.ParseFloat(stored, 64)
	if err != nil {
		return "", false
	}
	id, err := book.GetCellStyle(name, at)
	if err != nil {
		return "", false
	}
	style, err := book.GetStyle(id)
	if err != nil || style == nil {
		return "", false
	}
	n := style.NumFmt
	isDate := n >= 14 && n <= 17 || n == 22 || n >= 27 && n <= 36 || n >= 50 && n <= 58
	if c := style.CustomNumFmt; c != nil {
		isDate = dates.MatchString(literal.ReplaceAllString(*c, ""))
	}
	if !isDate {
		return "", false
	}
	t, err := excelize.ExcelDateToTime(x, false)
	if err != nil {
		return "", false
	}
	if t.Hour()+t.Minute()+t.Second() == 0 {
		return t.Format(time.DateOnly), true
	}
	return t.Format("2006-01-02 15:04"), true
}

func areas(book *excelize.File, name string) ([]area, error) {
	cells, err := book.GetMergeCells(name, true)
	if err != nil {
		return nil, err
	}
	var out []area
	for _, c := range cells {
		left, top, err := excelize.CellNameToCoordinates(c.GetStartAxis())
		if err != nil {
			return nil, err
		}
		right, bottom, err := excelize.CellNameToCoordinates(c.GetEndAxis())
		if err != nil {
			return nil, err
		}
		if bottom > top {
			out = append(out, area{left - 1, right - 1, top - 1, bottom - 1})
		}
	}
	return out, nil
}

// delimited reads CSV: the separator is the one with which most columns of the
// header are known.
func delimited(data []byte) ([]grid, error) {
	data, err := sheet.DecodeText(data)
	if err != nil {
		return nil, err
	}
	var best grid
	var known int
	for _, comma := range []rune{',', ';', '\t'} {
		g, err := cut(data, comma)
		if err != nil {
			return nil, err
		}
		if h, _, ok := g.header(); best.rows == nil || ok && len(h.at) > known {
			best, known = g, len(h.at)
		}
	}
	clean(best.rows)
	return []grid{best}, nil
}

func cut(data []byte, comma rune) (grid, error) {
	var g grid
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = comma, -1, true
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return g, nil
		}
		if err != nil {
			return g, fmt.Errorf("cut it into cells: %w", err)
		}
		line, _ := r.FieldPos(0)
		g.rows, g.lines = append(g.rows, slices.Clone(cells)), append(g.lines, line)
	}
}
