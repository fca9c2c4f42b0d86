// Package template writes the workbook in which readers comment on a pack, and
// reads it again however it comes back.
//
// The sheet "Comments" is to be filled in, "Rows" lists what can be commented
// on, "Instructions" says how, and the hidden sheet "Pack" holds the pack as it
// was, so that an import knows what the reader saw.
package template

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"concord/crosswalk/comment"
	"concord/internal/cell"
	"concord/internal/xlsx"
)

// Names of the sheets.
const (
	instructionsSheet = "Instructions"
	commentsSheet     = "Comments"
	rowsSheet         = "Rows"
	packSheet         = "Pack"
)

const (
	// headerRow is that of the sheet "Comments"; what stands above names the pack.
	headerRow = 4
	// toFillIn is how many rows are laid out; more may be used.
	toFillIn = 300
	// chunk is how much of the pack goes into one cell, in bytes; a cell holds
	// 32767 characters.
	chunk = 30000
)

// A column is one of the sheet "Comments".
type column struct {
	field   field
	heading string
	width   float64
	prompt  string
}

func columns() []column {
	return []column{
		{number, "Number", 9, "Your own number of the comment, if it has one. The number of a row belongs under Row id."},
		{element, "Element", 15, "The element that the comment is about, such as GV.OC-01, if it is not about one row."},
		{rowID, "Row id", 15, "Choose the id of the row, as the page and the sheet Rows show it, or write its number. Several may stand here, apart by commas."},
		{commenter, "Commenter", 16, ""},
		{organization, "Organisation", 16, ""},
		{text, "Comment", 48, "What you want to say. A row without it, a suggested change or a rationale is passed over."},
		{suggestion, "Suggested change", 36, "What should stand there instead, word for word where it matters."},
		{rationale, "Rationale", 36, "Why."},
	}
}

// Write writes the template of a pack. The same pack gives the same bytes. It is
// an error if the pack does not pass its Check or has more rows than a sheet.
func Write(w io.Writer, p *comment.Pack) error {
	data, err := build(p)
	if err == nil {
		_, err = w.Write(data)
	}
	if err != nil {
		return fmt.Errorf("write the comment template: %w", err)
	}
	return nil
}

func build(p *comment.Pack) ([]byte, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	if n := len(p.Rows) + len(p.Elements) + 20; n > excelize.TotalRows {
		return nil, fmt.Errorf("%d rows and elements, and a sheet holds %d: export fewer", n, excelize.TotalRows)
	}
	b := &book{Book: xlsx.New(instructionsSheet)}
	for _, name := range []string{commentsSheet, rowsSheet, packSheet} {
		b.Add(name)
	}
	b.styles()
	b.instructions(p)
	b.comments(p)
	b.rows(p)
	b.pack(p)
	when := p.Made.UTC().Format(time.RFC3339)
	b.Do(b.SetDocProps(&excelize.DocProperties{Created: when, Modified: when, Title: "Comments on " + cell.EncodeItem(p.Name()), Creator: "concord", Identifier: p.ID}))
	index, err := b.GetSheetIndex(commentsSheet)
	b.Do(err)
	b.SetActiveSheet(index)
	return b.Bytes()
}

// A book is a workbook that is being built.
type book struct {
	*xlsx.Book

	title, quiet, prose, header, locked, open int
}

func (b *book) styles() {
	b.title = b.Look(xlsx.Title())
	b.quiet = b.Look(&excelize.Style{Font: &excelize.Font{Size: 9, Family: "Calibri", Color: "525C66"}, NumFmt: xlsx.AsText})
	b.prose = b.Look(&excelize.Style{Font: &excelize.Font{Size: 11, Family: "Calibri", Color: xlsx.Ink}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	b.header = b.Look(xlsx.Cell(10, true, xlsx.AsText, xlsx.Shade))
	b.locked, b.open = b.Look(xlsx.Cell(10, false, xlsx.AsText, "")), b.Look(xlsx.Cell(10, false, xlsx.AsText, "FFF8E1"))
}

// freeze keeps the rows down to one in sight, and on every printed page.
func (b *book) freeze(sheet string, row int) {
	first := b.At(1, row+1)
	b.Do(b.SetPanes(sheet, &excelize.Panes{
		Freeze: true, YSplit: row, TopLeftCell: first, ActivePane: "bottomLeft",
		Selection: []excelize.Selection{{SQRef: first, ActiveCell: first, Pane: "bottomLeft"}},
	}))
	b.Do(b.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("'%s'!$%d:$%d", sheet, row, row), Scope: sheet}))
	b.landscape(sheet)
}

// put writes a text in a style.
func (b *book) put(sheet string, column, row int, text string, style int) {
	b.Put(sheet, column, row, text)
	b.Style(sheet, column, row, style)
}

func (b *book) landscape(sheet string) {
	b.Landscape(sheet, xlsx.A4)
	b.Do(b.SetPageMargins(sheet, &excelize.PageLayoutMarginsOptions{Left: new(.3), Right: new(.3), Top: new(.4), Bottom: new(.4)}))
}

func (b *book) comments(p *comment.Pack) {
	b.put(commentsSheet, 1, 1, shown("Comments on "+p.Name()), b.title)
	b.put(commentsSheet, 1, 2, shown(identity(p)), b.quiet)
	last := headerRow + toFillIn
	for i, c := range columns() {
		b.put(commentsSheet, i+1, headerRow, c.heading, b.header)
		b.Width(commentsSheet, i+1, c.width)
		first, end := b.At(i+1, headerRow+1), b.At(i+1, last)
		b.Do(b.SetCellStyle(commentsSheet, first, end, b.open))
		if c.prompt == "" {
			continue
		}
		v := excelize.NewDataValidation(true)
		v.Sqref = first + ":" + end
		v.SetInput(c.heading, c.prompt)
		if c.field == rowID && len(p.Rows) > 0 {
			// What is not on the list may be typed too, such as two ids.
			v.SetSqrefDropList(fmt.Sprintf("'%s'!$B$2:$B$%d", rowsSheet, len(p.Rows)+1))
		} else {
			b.Do(v.SetRange(0, excelize.TotalCellChars, excelize.DataValidationTypeTextLength, excelize.DataValidationOperatorBetween))
		}
		b.Do(b.AddDataValidation(commentsSheet, v))
	}
	b.freeze(commentsSheet, headerRow)
}

// identity is the line that says what the comments are on. It stays when a
// sheet is saved as CSV.
func identity(p *comment.Pack) string {
	status := "decided rows"
	if p.Draft {
		status = "a draft"
	}
	return fmt.Sprintf("Pack %s, run %s, %s. Please keep this line: it says which edition you comment on.", p.ID, p.Run, status)
}

func (b *book) rows(p *comment.Pack) {
	widths := []float64{7, 13, 32, 16, 48, 16, 48, 11}
	for i, heading := range []string{"Row", "Row id", "Sentence", "Source", "Source text", "Target", "Target text", "State"} {
		b.put(rowsSheet, i+1, 1, heading, b.header)
		b.Width(rowsSheet, i+1, widths[i])
	}
	texts := map[string]string{}
	for _, e := range p.Elements {
		texts[string(e.Side)+" "+e.ID] = gist(e)
	}
	for i, r := range p.Rows {
		state := string(r.State)
		if state == "" {
			state = "draft"
		}
		b.Do(b.SetCellInt(rowsSheet, b.At(1, i+2), int64(i+1)))
		cells := []string{r.ID, r.Sentence, r.Source, texts["source "+r.Source], r.Target, texts["target "+r.Target], state}
		for k, s := range cells {
			b.Do(b.SetCellStr(rowsSheet, b.At(k+2, i+2), shown(s)))
		}
		b.Do(b.SetRowHeight(rowsSheet, i+2, cell.Height(cells, widths[1:])))
	}
	last := len(p.Rows) + 1
	if last > 1 {
		b.Do(b.SetCellStyle(rowsSheet, "A2", b.At(8, last), b.locked))
	}
	b.Do(b.AutoFilter(rowsSheet, "A1:"+b.At(8, last), nil))
	b.freeze(rowsSheet, 1)
}

// gist returns enough of an element to know it by: title and statement, cut.
func gist(e comment.Element) string {
	lines := strings.SplitN(e.Text, "\n", 3)
	s := lines[0]
	if s == e.Title && len(lines) > 1 {
		s += ": " + lines[1]
	}
	if r := []rune(s); len(r) > 160 {
		s = strings.TrimSpace(string(r[:160])) + "…"
	}
	return s
}

func (b *book) instructions(p *comment.Pack) {
	b.put(instructionsSheet, 1, 1, "How to comment", b.title)
	lines := []string{
		"Read the page (HTML) that came with this workbook, or the sheet Rows. Every row has a number and a short id, such as R-7K3M9Q.",
		"Write on the sheet Comments, one line a comment. Choose the id of the row from the list, or type it; several ids may stand in one cell, apart by commas. Two elements name a row too: GV.OC-01 -> AC-1.",
		"If a comment is about an element and not about one row, leave the row id empty and write the id of the element. If it is about the whole, leave both empty.",
		"Say what should stand there instead (suggested change) and why (rationale). You need not fill in all columns. You may add columns; what they say is kept.",
		"Relations are those of set theory (NIST IR 8477), always read from source to target: with “subset of” the target holds all that the source holds, and more.",
		"Please send back the workbook. The sheet Comments saved as CSV will do, if the line that begins with “Pack” is still in it.",
	}
	if p.Draft {
		lines = append(lines, "Rows whose state is draft were made by a program. No person has confirmed them.")
	}
	row := 3
	for _, line := range lines {
		b.put(instructionsSheet, 1, row, line, b.prose)
		b.Do(b.SetRowHeight(instructionsSheet, row, 14*float64(1+len(line)/115)+4))
		row++
	}
	row++
	for _, fact := range facts(p) {
		b.put(instructionsSheet, 1, row, shown(fact[0]+": "+fact[1]), b.quiet)
		row++
	}
	b.Width(instructionsSheet, 1, 110)
	b.landscape(instructionsSheet)
}

// facts say what a pack is, for people.
func facts(p *comment.Pack) [][2]string {
	return [][2]string{
		{"pack", p.ID}, {"run", p.Run}, {"round", p.Round}, {"made", p.Made.UTC().Format(time.RFC3339)},
		{"source", p.Source.Spec()}, {"source title", p.Source.Title}, {"source digest", p.Source.Digest},
		{"target", p.Target.Spec()}, {"target title", p.Target.Title}, {"target digest", p.Target.Digest},
	}
}

// pack writes the hidden sheet: the facts, then the pack as JSON, a line for
// what holds for all rows, one for each row and one for each element.
func (b *book) pack(p *comment.Pack) {
	row := 0
	line := func(kind, value string) {
		row++
		b.Do(b.SetCellStr(packSheet, b.At(1, row), kind))
		for i := 2; value != ""; i++ {
			n := min(len(value), chunk)
			b.Do(b.SetCellStr(packSheet, b.At(i, row), value[:n]))
			value = value[n:]
		}
	}
	for _, fact := range facts(p) {
		line(fact[0], shown(fact[1]))
	}
	head := *p
	head.Rows, head.Elements = nil, nil
	line("head", b.json(head))
	for _, r := range p.Rows {
		line("row", b.json(r))
	}
	for _, e := range p.Elements {
		line("element", b.json(e))
	}
	b.Do(b.SetSheetVisible(packSheet, false))
	b.Do(b.ProtectSheet(packSheet, &excelize.SheetProtectionOptions{SelectLockedCells: true, SelectUnlockedCells: true}))
}

// json returns a value as JSON that no spreadsheet reads otherwise: in ASCII,
// without what some take for an escape ("_x000D_").
func (b *book) json(v any) string {
	data, err := json.Marshal(v)
	b.Do(err)
	var out strings.Builder
	for _, r := range strings.ReplaceAll(string(data), "_x", `\u005fx`) {
		switch {
		case r < 0x80:
			out.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.String()
}

// shown disarms a text and cuts what no cell holds.
func shown(s string) string {
	s = cell.Encode(s)
	if r := []rune(s); len(r) > excelize.TotalCellChars/2 {
		s = string(r[:excelize.TotalCellChars/2]) + "…"
	}
	return s
}
