package matrix

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"concord/internal/cell"
	"concord/internal/xlsx"
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
	b := &book{Book: xlsx.New(t.Name)}
	b.styles()
	b.table(t)
	b.about(t)
	b.names(t)
	when := cmp.Or(t.made, "2000-01-01T00:00:00Z") // a workbook must say when, and the clock would change the bytes
	b.Do(b.SetDocProps(&excelize.DocProperties{Created: when, Modified: when, Title: cell.EncodeItem(t.Title), Creator: cell.EncodeItem(t.tool)}))
	return b.Bytes()
}

// A book is a workbook that is being built.
type book struct {
	*xlsx.Book

	header, text, shaded, number, title int // styles
}

func (b *book) styles() {
	style := func(bold bool, fill string, format int) int { return b.Look(xlsx.Cell(9, bold, format, fill)) }
	b.header, b.text = style(true, xlsx.Shade, xlsx.AsText), style(false, "", xlsx.AsText)
	b.shaded, b.number = style(false, "F3F5F7", xlsx.AsText), style(false, "", xlsx.General)
	b.title = b.Look(xlsx.Title())
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
		b.Width(t.Name, i+1, h.Width)
	}
	b.Do(b.SetRowHeight(t.Name, 1, 12.5*float64(tall)+2))
	for i, l := range t.Lines {
		tall = 1
		for k, f := range l.Fields {
			style := b.text
			if nested && !l.Under {
				style = b.shaded
			}
			if f.Number != nil {
				b.Do(b.SetCellInt(t.Name, b.At(k+1, i+2), int64(*f.Number)))
				b.Do(b.SetCellStyle(t.Name, b.At(k+1, i+2), b.At(k+1, i+2), b.number))
				continue
			}
			lines := f.plain()
			b.put(t.Name, k+1, i+2, strings.Join(lines, "\n"), style)
			tall = max(tall, height(lines, heads[k].Width))
		}
		b.put(t.Name, len(heads), i+2, l.Group, b.text)
		b.Do(b.SetRowHeight(t.Name, i+2, min(409, 12.5*float64(max(tall, height([]string{l.Group}, 24)))+2)))
	}
	b.head(t.Name, len(heads), 1, last)
	printed := "'" + t.Name + "'!$A$1:" + b.fixed(len(t.Columns), last) // without the groups, which are there to filter by
	b.Do(b.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Area", RefersTo: printed, Scope: t.Name}))
}

// fixed names a cell that stays the same when a formula is copied.
func (b *book) fixed(column, row int) string {
	at, err := excelize.CoordinatesToCellName(column, row, true)
	b.Do(err)
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
	b.Add(aboutSheet)
	b.put(aboutSheet, 1, 1, t.Title, b.title)
	row := 3
	wide := func(text string) {
		b.Do(b.MergeCell(aboutSheet, b.At(1, row), b.At(4, row)))
		b.put(aboutSheet, 1, row, text, b.text)
		b.Do(b.SetCellStyle(aboutSheet, b.At(1, row), b.At(4, row), b.text))
		b.Do(b.SetRowHeight(aboutSheet, row, 12.5*float64(height([]string{text}, 125))+2))
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
			b.Do(b.SetRowHeight(aboutSheet, row, 12.5*float64(tall)+2))
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
		b.Width(aboutSheet, i+1, w)
	}
	b.Do(b.SetSheetDimension(aboutSheet, "A1:"+b.At(len(aboutWidths), row)))
	b.page(aboutSheet)
}

// aboutWidths are those of the columns of the sheet "About", in characters.
var aboutWidths = [...]float64{34, 40, 26, 40}

// names writes what the ids stand for.
func (b *book) names(t *Table) {
	b.Add(namesSheet)
	for i, h := range []Heading{{Name: "Framework", Width: 24}, {Name: "Id", Width: 24}, {Name: "Title", Width: 90}} {
		b.put(namesSheet, i+1, 1, h.Name, b.header)
		b.Width(namesSheet, i+1, h.Width)
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

// put writes a text in a style.
func (b *book) put(sheet string, column, row int, text string, style int) {
	b.Put(sheet, column, row, cell.Encode(text))
	b.Style(sheet, column, row, style)
}

// head lets the first row filter a sheet and stay in sight.
func (b *book) head(sheet string, columns, frozen, last int) {
	b.Head(sheet, columns, frozen, max(last, 2))
	b.Do(b.SetSheetDimension(sheet, "A1:"+b.At(columns, max(last, 1))))
	b.page(sheet)
}

// page prints a sheet on A4 landscape.
func (b *book) page(sheet string) {
	b.Landscape(sheet, xlsx.A4)
	b.Do(b.SetHeaderFooter(sheet, &excelize.HeaderFooterOptions{OddFooter: "&L&A&RPage &P of &N"}))
}
