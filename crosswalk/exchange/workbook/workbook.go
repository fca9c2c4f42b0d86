// Package workbook writes a crosswalk as an XLSX workbook in which people
// review, and reads it again with what they decided. It holds everything.
//
// The sheet "Review" has a row for every pair. All its cells are locked but
// those of the columns that begin with "Your". The sheets are protected without
// a password: that keeps a slip of the hand from changing an id, and locks
// nobody out of a file of their own. What was changed all the same is found by
// the hidden column "Seal", which says what the locked cells of its row held; it
// guards against accidents, not against forgery. The sheet "Gaps" has the
// elements that are mapped to nothing, the sheet "About" the headings and how to
// fill the file in.
package workbook

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/internal/record"
)

// Held lists the fields that the format keeps: all of them.
func Held() []exchange.Field { return exchange.Fields() }

// Names of the sheets.
const (
	reviewSheet = "Review"
	gapsSheet   = "Gaps"
	aboutSheet  = "About"
)

// Write writes the workbook. The same crosswalk gives the same bytes. Nothing is
// written if the crosswalk contradicts itself, or has a text or more rows than
// fit (32767 characters a cell, 1048575 rows).
func Write(w io.Writer, c *exchange.Crosswalk) error {
	data, err := build(c)
	if err == nil {
		_, err = w.Write(data)
	}
	if err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	return nil
}

func build(c *exchange.Crosswalk) ([]byte, error) {
	if err := record.Check(c); err != nil {
		return nil, err
	}
	f := excelize.NewFile()
	defer f.Close() // it is in memory
	b := &book{f: f}
	b.do(f.SetSheetName("Sheet1", reviewSheet))
	b.styles()
	b.review(c)
	b.gaps(c)
	b.about(c)
	b.properties(c)
	if b.err != nil {
		return nil, b.err
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// A book is a workbook that is being built. The first error stays.
type book struct {
	f   *excelize.File
	err error

	header, text, number, title       int // styles of locked cells
	openHeader, openText, openNumeral int // of those to fill in
}

func (b *book) do(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *book) styles() {
	edge := []excelize.Border{
		{Type: "bottom", Color: "C9D0D6", Style: 1}, {Type: "right", Color: "C9D0D6", Style: 1},
	}
	style := func(locked, bold bool, format int, fill string) int {
		s := &excelize.Style{
			Font: &excelize.Font{Bold: bold, Size: 10, Family: "Calibri", Color: "1C2126"}, NumFmt: format, Border: edge,
			Alignment:  &excelize.Alignment{WrapText: true, Vertical: "top"},
			Protection: &excelize.Protection{Locked: locked},
		}
		if fill != "" {
			s.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{fill}}
		}
		id, err := b.f.NewStyle(s)
		b.do(err)
		return id
	}
	const general, asText = 0, 49
	b.header, b.text, b.number = style(true, true, asText, "E7EBEE"), style(true, false, asText, ""), style(true, false, general, "")
	b.openHeader, b.openText, b.openNumeral = style(true, true, asText, "FFE08A"), style(false, false, asText, "FFF8E1"), style(false, false, general, "FFF8E1")
	title, err := b.f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true, Size: 14, Family: "Calibri", Color: "1C2126"}})
	b.do(err)
	b.title = title
}

// put writes a cell; columns and rows count from 1. A text is one even where it
// looks like something else.
func (b *book) put(sheet string, column, row int, text string) {
	at := b.at(column, row)
	if n := units(text); n > excelize.TotalCellChars {
		b.do(fmt.Errorf("sheet %q cell %s: %d characters, and a cell of a workbook holds %d: write another format", sheet, at, n, excelize.TotalCellChars))
		return
	}
	if text != "" {
		b.do(b.f.SetCellStr(sheet, at, text))
	}
}

// units counts as spreadsheets do, in units of UTF-16.
func units(s string) int {
	n := 0
	for _, r := range s {
		if n++; r > 0xffff {
			n++
		}
	}
	return n
}

func (b *book) at(column, row int) string {
	at, err := excelize.CoordinatesToCellName(column, row)
	b.do(err)
	return at
}

// area names the cells of a column from the second row to the last.
func (b *book) area(column, last int) string { return b.at(column, 2) + ":" + b.at(column, last) }

func (b *book) width(sheet string, column int, width float64) {
	name, err := excelize.ColumnNumberToName(column)
	b.do(err)
	b.do(b.f.SetColWidth(sheet, name, name, width))
}

// protect locks a sheet. Filtering and the look of rows and columns stay free.
func (b *book) protect(sheet string) {
	b.do(b.f.ProtectSheet(sheet, &excelize.SheetProtectionOptions{
		AutoFilter: true, Sort: true, FormatCells: true, FormatColumns: true, FormatRows: true,
		SelectLockedCells: true, SelectUnlockedCells: true, EditObjects: true, EditScenarios: true,
	}))
}

// head freezes the header of a sheet, with some columns, and lets it filter.
func (b *book) head(sheet string, columns, frozen, last int) {
	pane, first := "bottomRight", b.at(frozen+1, 2)
	if frozen == 0 {
		pane = "bottomLeft"
	}
	b.do(b.f.SetPanes(sheet, &excelize.Panes{
		Freeze: true, XSplit: frozen, YSplit: 1, TopLeftCell: first, ActivePane: pane,
		Selection: []excelize.Selection{{SQRef: first, ActiveCell: first, Pane: pane}},
	}))
	b.do(b.f.AutoFilter(sheet, "A1:"+b.at(columns, last), nil))
	b.do(b.f.SetSheetDimension(sheet, "A1:"+b.at(columns, last)))
	b.do(b.f.SetPageLayout(sheet, &excelize.PageLayoutOptions{Orientation: new("landscape"), FitToWidth: new(1), FitToHeight: new(0)}))
	b.do(b.f.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: new(true)}))
	b.do(b.f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: "'" + sheet + "'!$1:$1", Scope: sheet}))
}

func (b *book) properties(c *exchange.Crosswalk) {
	made := c.Made
	if made.IsZero() {
		made = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // a workbook must say when, and the clock would change the bytes
	}
	when := made.UTC().Format(time.RFC3339)
	b.do(b.f.SetDocProps(&excelize.DocProperties{
		Created: when, Modified: when, Title: printable(cmp.Or(c.Title, name(c))), Creator: printable(strings.TrimSpace(c.Tool + " " + c.Version)),
	}))
}

// name says what the workbook is.
func name(c *exchange.Crosswalk) string {
	kind := "Crosswalk"
	if c.Draft {
		kind = "Draft crosswalk"
	}
	return fmt.Sprintf("%s: %s to %s", kind, c.Source.Spec(), c.Target.Spec())
}

// heading puts the name of a column into words.
func heading(name string) string {
	words := strings.ReplaceAll(name, "_", " ")
	return strings.ToUpper(words[:1]) + words[1:]
}
