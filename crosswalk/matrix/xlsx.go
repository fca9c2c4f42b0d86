package matrix

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"concord/internal/cell"
)

// Names of the sheets beside that of the table itself.
const (
	aboutSheet = "About"
	namesSheet = "Names"
)

// XLSX writes a workbook to filter and to print: the table on its first sheet,
// what it is and how to read it on "About", what the ids stand for on "Names".
// Marks are words, one relation a line. No cell runs as a formula. The same table
// gives the same bytes. It is an error if a text does not fit into a cell, of 32767 characters.
func (t *Table) XLSX(w io.Writer) error {
	data, err := t.workbook()
	if err == nil {
		_, err = w.Write(data)
	}
	if err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	return nil
}

func (t *Table) workbook() ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close() // it is in memory
	b := &book{f: f}
	b.do(f.SetSheetName("Sheet1", t.Name))
	b.styles()
	b.table(t)
	b.about(t)
	b.names(t)
	when := cmp.Or(t.made, "2000-01-01T00:00:00Z") // a workbook must say when, and the clock would change the bytes
	b.do(f.SetDocProps(&excelize.DocProperties{Created: when, Modified: when, Title: cell.EncodeItem(t.Title), Creator: cell.EncodeItem(t.tool)}))
	if b.err != nil {
		return nil, b.err
	}
	var out bytes.Buffer
	err := f.Write(&out)
	return out.Bytes(), err
}

// A book is a workbook that is being built. The first error stays.
type book struct {
	f   *excelize.File
	err error

	header, text, shaded, number, title int // styles
}

func (b *book) do(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *book) styles() {
	const general, asText, ink = 0, 49, "1C2126"
	style := func(bold bool, fill string, format int) int {
		s := &excelize.Style{
			Font: &excelize.Font{Bold: bold, Size: 9, Family: "Calibri", Color: ink}, NumFmt: format,
			Border:    []excelize.Border{{Type: "bottom", Color: "C9D0D6", Style: 1}, {Type: "right", Color: "C9D0D6", Style: 1}},
			Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"},
		}
		if fill != "" {
			s.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{fill}}
		}
		id, err := b.f.NewStyle(s)
		b.do(err)
		return id
	}
	b.header, b.text = style(true, "E7EBEE", asText), style(false, "", asText)
	b.shaded, b.number = style(false, "F3F5F7", asText), style(false, "", general)
	title, err := b.f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true, Size: 14, Family: "Calibri", Color: ink}})
	b.do(err)
	b.title = title
}

// table writes the first sheet.
func (b *book) table(t *Table) {
	heads := append(append([]Heading{}, t.Columns...), Heading{Name: groupHeading, Width: 24})
	last := len(t.Lines) + 1
	nested := t.nested()
	tall := 1
	for i, h := range heads {
		tall = max(tall, height([]string{h.Name}, h.Width*0.8))
		b.put(t.Name, i+1, 1, h.Name, b.header)
		b.width(t.Name, i+1, h.Width)
	}
	b.do(b.f.SetRowHeight(t.Name, 1, 12.5*float64(tall)+2))
	for i, l := range t.Lines {
		tall = 1
		for k, f := range l.Fields {
			style := b.text
			if nested && !l.Under {
				style = b.shaded
			}
			if f.Number != nil {
				b.do(b.f.SetCellInt(t.Name, b.at(k+1, i+2), int64(*f.Number)))
				b.do(b.f.SetCellStyle(t.Name, b.at(k+1, i+2), b.at(k+1, i+2), b.number))
				continue
			}
			lines := f.plain()
			b.put(t.Name, k+1, i+2, strings.Join(lines, "\n"), style)
			tall = max(tall, height(lines, heads[k].Width))
		}
		b.put(t.Name, len(heads), i+2, l.Group, b.text)
		b.do(b.f.SetRowHeight(t.Name, i+2, min(409, 12.5*float64(max(tall, height([]string{l.Group}, 24)))+2)))
	}
	b.head(t.Name, len(heads), 1, last)
	printed := "'" + t.Name + "'!$A$1:" + b.fixed(len(t.Columns), last) // without the groups, which are there to filter by
	b.do(b.f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Area", RefersTo: printed, Scope: t.Name}))
}

// fixed names a cell that stays the same when a formula is copied.
func (b *book) fixed(column, row int) string {
	at, err := excelize.CoordinatesToCellName(column, row, true)
	b.do(err)
	return at
}

// height guesses how many lines a cell of some characters takes: programs measure
// a text only once a person changes it. At 9 points about 1.2 characters fit
// where the width, which is of 11 points, says one.
func height(lines []string, width float64) int {
	n, share := 0, 0.85
	if width < 25 {
		share = 1.15 // words leave more of a narrow line empty
	}
	for _, l := range lines {
		n += 1 + int(float64(len([]rune(l)))*share/width)
	}
	return n
}

// about writes what the table is and how to read it.
func (b *book) about(t *Table) {
	_, err := b.f.NewSheet(aboutSheet)
	b.do(err)
	b.put(aboutSheet, 1, 1, t.Title, b.title)
	row := 3
	wide := func(text string) {
		b.do(b.f.MergeCell(aboutSheet, b.at(1, row), b.at(4, row)))
		b.put(aboutSheet, 1, row, text, b.text)
		b.do(b.f.SetCellStyle(aboutSheet, b.at(1, row), b.at(4, row), b.text))
		b.do(b.f.SetRowHeight(aboutSheet, row, 12.5*float64(height([]string{text}, 125))+2))
		row++
	}
	list := func(head []string, rows [][]string) {
		row++
		for i, h := range head {
			b.put(aboutSheet, i+1, row, h, b.header)
		}
		row++
		for _, cells := range rows {
			tall := 1
			for i, text := range cells {
				b.put(aboutSheet, i+1, row, text, b.text)
				tall = max(tall, height([]string{text}, aboutWidths[i]))
			}
			b.do(b.f.SetRowHeight(aboutSheet, row, 12.5*float64(tall)+2))
			row++
		}
	}
	if t.Draft {
		wide(draftNotice)
	}
	for _, p := range t.Intro {
		wide(p)
	}
	for _, n := range t.Notes {
		wide(n)
	}
	var overview, legend, facts [][]string
	for _, s := range t.Overview {
		overview = append(overview, []string{named(s.Name, s.Title), s.All, s.High, s.Means})
	}
	for _, s := range t.Legend {
		legend = append(legend, []string{s.Words, s.Meaning})
	}
	for _, f := range t.Facts {
		facts = append(facts, []string{f.Name, f.Value})
	}
	list([]string{"Framework", "Mapped", "Mapped, priority 1", "What it means here"}, overview)
	list([]string{"Words of a cell", "Meaning"}, legend)
	list([]string{"About", ""}, facts)
	for i, w := range aboutWidths {
		b.width(aboutSheet, i+1, w)
	}
	b.do(b.f.SetSheetDimension(aboutSheet, "A1:"+b.at(len(aboutWidths), row)))
	b.page(aboutSheet)
}

// aboutWidths are those of the columns of the sheet "About", in characters.
var aboutWidths = [...]float64{34, 40, 26, 40}

// names writes what the ids stand for.
func (b *book) names(t *Table) {
	_, err := b.f.NewSheet(namesSheet)
	b.do(err)
	for i, h := range []Heading{{Name: "Framework", Width: 24}, {Name: "Id", Width: 24}, {Name: "Title", Width: 90}} {
		b.put(namesSheet, i+1, 1, h.Name, b.header)
		b.width(namesSheet, i+1, h.Width)
	}
	row := 2
	for _, n := range t.Names {
		for _, f := range n.List {
			for i, text := range []string{n.Framework, f.Name, f.Value} {
				b.put(namesSheet, i+1, row, text, b.text)
			}
			row++
		}
	}
	b.head(namesSheet, 3, 0, row-1)
}

// put writes a cell as a text, whatever it looks like; columns and rows count
// from 1.
func (b *book) put(sheet string, column, row int, text string, style int) {
	at := b.at(column, row)
	text = cell.Encode(text)
	if n := len(utf16.Encode([]rune(text))); n > excelize.TotalCellChars {
		b.do(fmt.Errorf("sheet %q cell %s: %d characters, and a cell of a workbook holds %d: write another format", sheet, at, n, excelize.TotalCellChars))
		return
	}
	if text != "" {
		b.do(b.f.SetCellStr(sheet, at, text))
	}
	b.do(b.f.SetCellStyle(sheet, at, at, style))
}

func (b *book) at(column, row int) string {
	at, err := excelize.CoordinatesToCellName(column, row)
	b.do(err)
	return at
}

func (b *book) width(sheet string, column int, width float64) {
	name, err := excelize.ColumnNumberToName(column)
	b.do(err)
	b.do(b.f.SetColWidth(sheet, name, name, width))
}

// head freezes the header of a sheet, with some columns, lets it filter, and
// repeats it on every page.
func (b *book) head(sheet string, columns, frozen, last int) {
	pane, first := "bottomRight", b.at(frozen+1, 2)
	if frozen == 0 {
		pane = "bottomLeft"
	}
	b.do(b.f.SetPanes(sheet, &excelize.Panes{
		Freeze: true, XSplit: frozen, YSplit: 1, TopLeftCell: first, ActivePane: pane,
		Selection: []excelize.Selection{{SQRef: first, ActiveCell: first, Pane: pane}},
	}))
	b.do(b.f.AutoFilter(sheet, "A1:"+b.at(columns, max(last, 2)), nil))
	b.do(b.f.SetSheetDimension(sheet, "A1:"+b.at(columns, max(last, 1))))
	b.do(b.f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: "'" + sheet + "'!$1:$1", Scope: sheet}))
	b.page(sheet)
}

// page prints a sheet on A4 landscape, as wide as a page.
func (b *book) page(sheet string) {
	const a4 = 9
	b.do(b.f.SetPageLayout(sheet, &excelize.PageLayoutOptions{Size: new(a4), Orientation: new("landscape"), FitToWidth: new(1), FitToHeight: new(0)}))
	b.do(b.f.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: new(true)}))
	b.do(b.f.SetHeaderFooter(sheet, &excelize.HeaderFooterOptions{OddFooter: "&L&A&RPage &P of &N"}))
}
