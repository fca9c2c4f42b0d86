// Package xlsx builds workbooks that look alike.
package xlsx

import (
	"bytes"
	"fmt"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
)

// A Book is a workbook that is being built. The first error stays, and
// [Book.Bytes] returns it. Columns and rows count from 1.
type Book struct {
	*excelize.File
	err error
}

// New begins a workbook with one sheet.
func New(sheet string) *Book {
	b := &Book{File: excelize.NewFile()}
	b.Do(b.SetSheetName("Sheet1", sheet))
	return b
}

// Do keeps an error, if it is the first.
func (b *Book) Do(err error) {
	if b.err == nil {
		b.err = err
	}
}

// Bytes ends the workbook and returns it, or the first error.
func (b *Book) Bytes() ([]byte, error) {
	defer b.Close() // it is in memory
	if b.err != nil {
		return nil, b.err
	}
	var out bytes.Buffer
	if err := b.Write(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Add adds a sheet behind the others.
func (b *Book) Add(sheet string) {
	_, err := b.NewSheet(sheet)
	b.Do(err)
}

// At names a cell: "B3".
func (b *Book) At(column, row int) string {
	at, err := excelize.CoordinatesToCellName(column, row)
	b.Do(err)
	return at
}

// Put writes a text, which is one even where it looks like something else;
// characters that act are for the caller to disarm. An empty text writes nothing.
// One of more than the 32767 UTF-16 units that a cell holds is an error.
func (b *Book) Put(sheet string, column, row int, text string) {
	at := b.At(column, row)
	if n := len(utf16.Encode([]rune(text))); n > excelize.TotalCellChars {
		b.Do(fmt.Errorf("sheet %q cell %s: %d characters, and a cell of a workbook holds %d: write another format", sheet, at, n, excelize.TotalCellChars))
		return
	}
	if text != "" {
		b.Do(b.SetCellStr(sheet, at, text))
	}
}

// Style gives a cell a style.
func (b *Book) Style(sheet string, column, row, style int) {
	at := b.At(column, row)
	b.Do(b.SetCellStyle(sheet, at, at, style))
}

// Width sets how wide a column is, in characters; 0 hides it.
func (b *Book) Width(sheet string, column int, width float64) {
	name, err := excelize.ColumnNumberToName(column)
	b.Do(err)
	if width == 0 {
		b.Do(b.SetColVisible(sheet, name, false))
		return
	}
	b.Do(b.SetColWidth(sheet, name, name, width))
}

// Colours, and the formats of numbers that workbooks know by a number (ECMA-376
// part 1, section 18.8.30).
const (
	Ink     = "1C2126"
	Shade   = "E7EBEE" // of headers
	General = 0
	AsText  = 49
)

// Cell returns the style of a cell with a text of this size, in points, that wraps;
// without a fill its ground stays white.
func Cell(size float64, bold bool, format int, fill string) *excelize.Style {
	s := &excelize.Style{
		Font: &excelize.Font{Bold: bold, Size: size, Family: "Calibri", Color: Ink}, NumFmt: format,
		Border:    []excelize.Border{{Type: "bottom", Color: "C9D0D6", Style: 1}, {Type: "right", Color: "C9D0D6", Style: 1}},
		Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"},
	}
	if fill != "" {
		s.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{fill}}
	}
	return s
}

// Title returns the style of the title of a sheet.
func Title() *excelize.Style {
	return &excelize.Style{Font: &excelize.Font{Bold: true, Size: 14, Family: "Calibri", Color: Ink}}
}

// Look adds a style and returns its number.
func (b *Book) Look(s *excelize.Style) int {
	id, err := b.NewStyle(s)
	b.Do(err)
	return id
}

// Head keeps the first row of a sheet in sight, on a screen and on every page,
// with some columns on a screen, and lets it filter the rows down to the last.
func (b *Book) Head(sheet string, columns, frozen, last int) {
	pane, first := "bottomRight", b.At(frozen+1, 2)
	if frozen == 0 {
		pane = "bottomLeft"
	}
	b.Do(b.SetPanes(sheet, &excelize.Panes{
		Freeze: true, XSplit: frozen, YSplit: 1, TopLeftCell: first, ActivePane: pane,
		Selection: []excelize.Selection{{SQRef: first, ActiveCell: first, Pane: pane}},
	}))
	b.Do(b.AutoFilter(sheet, "A1:"+b.At(columns, last), nil))
	b.Do(b.SetSheetDimension(sheet, "A1:"+b.At(columns, last)))
	b.Do(b.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: "'" + sheet + "'!$1:$1", Scope: sheet}))
}

// A4 is the number of this size of paper (ECMA-376 part 1, section 18.3.1.63).
const A4 = 9

// Landscape prints a sheet as wide as a page, on paper of a size such as [A4], or
// on the printer's if that is 0.
func (b *Book) Landscape(sheet string, size int) {
	o := &excelize.PageLayoutOptions{Orientation: new("landscape"), FitToWidth: new(1), FitToHeight: new(0)}
	if size > 0 {
		o.Size = &size
	}
	b.Do(b.SetPageLayout(sheet, o))
	b.Do(b.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: new(true)}))
}

// Protect locks a sheet without a password. Filtering and the look of rows and
// columns stay free.
func (b *Book) Protect(sheet string) {
	b.Do(b.ProtectSheet(sheet, &excelize.SheetProtectionOptions{
		AutoFilter: true, Sort: true, FormatCells: true, FormatColumns: true, FormatRows: true,
		SelectLockedCells: true, SelectUnlockedCells: true, EditObjects: true, EditScenarios: true,
	}))
}
