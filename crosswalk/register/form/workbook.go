package form

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"concord/crosswalk"
	"concord/crosswalk/register"
	"concord/internal/cell"
)

// Names of the sheets.
const (
	gapsSheet     = "Gaps"
	familiesSheet = "Families"
	aboutSheet    = "About"
)

// XLSX writes the register as a workbook: the gaps, of which four columns are to
// be filled in, how many there are in each family, and how to fill it in. All
// other cells are locked, without a password. Made is when; the same gaps and
// time give the same bytes.
func XLSX(w io.Writer, gaps []register.Gap, made time.Time) error {
	data, err := build(gaps, made)
	if err == nil {
		_, err = w.Write(data)
	}
	if err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	return nil
}

func build(gaps []register.Gap, made time.Time) ([]byte, error) {
	if len(gaps) >= excelize.TotalRows {
		return nil, fmt.Errorf("%d gaps, and a sheet of a workbook holds %d: write CSV", len(gaps), excelize.TotalRows-1)
	}
	f := excelize.NewFile()
	defer f.Close() // it is in memory
	b := &book{f: f}
	b.do(f.SetSheetName("Sheet1", gapsSheet))
	b.styles()
	b.gaps(gaps)
	b.families(gaps)
	b.about(gaps, made)
	when := made.UTC().Format(time.RFC3339)
	b.do(f.SetDocProps(&excelize.DocProperties{Created: when, Modified: when, Title: title(gaps), Creator: "concord"}))
	if b.err != nil {
		return nil, b.err
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// title says what the register is about.
func title(gaps []register.Gap) string {
	var pairs []string
	for _, g := range gaps {
		if pair := g.Source + " to " + g.Target; !slices.Contains(pairs, pair) {
			pairs = append(pairs, pair)
		}
	}
	if len(pairs) == 0 {
		return "Gap register"
	}
	return cell.EncodeItem("Gap register: " + strings.Join(pairs, ", "))
}

// A book is a workbook that is being built. The first error stays.
type book struct {
	f   *excelize.File
	err error

	header, text, number, heading  int // styles of locked cells
	openHeader, openText, openDate int // of those to fill in
	done, doneOpen, doneDate       int // of rows with nothing left to do
}

func (b *book) do(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *book) styles() {
	edge := []excelize.Border{{Type: "bottom", Color: "C9D0D6", Style: 1}, {Type: "right", Color: "C9D0D6", Style: 1}}
	const general, asText = 0, 49
	style := func(locked, bold bool, format int, custom, ink, fill string) int {
		s := &excelize.Style{
			Font: &excelize.Font{Bold: bold, Size: 10, Family: "Calibri", Color: ink}, NumFmt: format, Border: edge,
			Alignment: &excelize.Alignment{WrapText: true, Vertical: "top", Horizontal: "left"}, Protection: &excelize.Protection{Locked: locked},
		}
		if custom != "" {
			s.CustomNumFmt = &custom
		}
		if fill != "" {
			s.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{fill}}
		}
		id, err := b.f.NewStyle(s)
		b.do(err)
		return id
	}
	const ink, faint, day = "1C2126", "6B747C", "yyyy-mm-dd"
	b.header, b.text, b.number = style(true, true, asText, "", ink, "E7EBEE"), style(true, false, asText, "", ink, ""), style(true, false, general, "", ink, "")
	b.openHeader, b.openText, b.openDate = style(true, true, asText, "", ink, "FFE08A"), style(false, false, asText, "", ink, "FFF8E1"), style(false, false, general, day, ink, "FFF8E1")
	b.done, b.doneOpen, b.doneDate = style(true, false, asText, "", faint, "F4F6F7"), style(false, false, asText, "", faint, "F6F3E8"), style(false, false, general, day, faint, "F6F3E8")
	id, err := b.f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true, Size: 14, Family: "Calibri", Color: ink}})
	b.do(err)
	b.heading = id
}

// put writes a text; columns and rows count from 1.
func (b *book) put(sheet string, column, row int, text string) {
	if text == "" {
		return
	}
	text = cell.Encode(text)
	if n := len(utf16.Encode([]rune(text))); n > excelize.TotalCellChars {
		b.do(fmt.Errorf("sheet %q cell %s: %d characters, and a cell of a workbook holds %d: write CSV", sheet, b.at(column, row), n, excelize.TotalCellChars))
		return
	}
	b.do(b.f.SetCellStr(sheet, b.at(column, row), text))
}

func (b *book) at(column, row int) string {
	at, err := excelize.CoordinatesToCellName(column, row)
	b.do(err)
	return at
}

func (b *book) style(sheet string, column, row, style int) {
	b.do(b.f.SetCellStyle(sheet, b.at(column, row), b.at(column, row), style))
}

// width sets how wide a column is, in characters; 0 hides it.
func (b *book) width(sheet string, column int, width float64) {
	name, err := excelize.ColumnNumberToName(column)
	b.do(err)
	if width == 0 {
		b.do(b.f.SetColVisible(sheet, name, false))
		return
	}
	b.do(b.f.SetColWidth(sheet, name, name, width))
}

func (b *book) gaps(gaps []register.Gap) {
	all := columns()
	one := !slices.ContainsFunc(gaps, func(g register.Gap) bool { return g.Source != gaps[0].Source || g.Target != gaps[0].Target })
	for i, c := range all {
		if one && (c.name == "source" || c.name == "target") {
			c.width = 0 // the sheet About says it
		}
		style := b.header
		if filled(c.name) {
			style = b.openHeader
		}
		b.put(gapsSheet, i+1, 1, heading(c.name))
		b.style(gapsSheet, i+1, 1, style)
		b.width(gapsSheet, i+1, c.width)
	}
	for k, g := range gaps {
		lines := 1
		for i, c := range all {
			b.cell(c, i+1, k+2, g)
			if c.width > 0 {
				lines = max(lines, wrapped(c.text(g), c.width))
			}
		}
		b.do(b.f.SetRowHeight(gapsSheet, k+2, min(lineHeight*float64(lines), excelize.MaxRowHeight)))
	}
	b.choices(len(gaps) + 1)
	b.finish(gapsSheet, len(all), 3, len(gaps)+1)
}

// lineHeight is that of a line of the text in points, with what is around it.
const lineHeight = 13.5

// wrapped estimates how many lines a text takes in a column. Programs that show
// workbooks do not all find out themselves.
func wrapped(text string, width float64) int {
	n := 0
	for line := range strings.Lines(text) {
		n += 1 + int(float64(utf8.RuneCountInString(line))*0.9/width)
	}
	return n
}

// cell writes one cell of a gap, in the style of its column.
func (b *book) cell(c column, at, row int, g register.Gap) {
	pick := func(pending, done int) int {
		if g.Status.Pending() {
			return pending
		}
		return done
	}
	style := pick(b.text, b.done)
	switch {
	case c.name == dueColumn:
		style = pick(b.openDate, b.doneDate)
		if day, err := time.Parse(time.DateOnly, g.Due); err == nil {
			b.do(b.f.SetCellInt(gapsSheet, b.at(at, row), int64(dayNumber(day))))
		}
	case c.name == "priority":
		if g.Priority > 0 {
			b.do(b.f.SetCellInt(gapsSheet, b.at(at, row), int64(g.Priority)))
		}
	case filled(c.name):
		style = pick(b.openText, b.doneOpen)
		fallthrough
	default:
		b.put(gapsSheet, at, row, c.text(g))
	}
	b.style(gapsSheet, at, row, style)
}

// dayNumber returns the number that a workbook stores for a day.
func dayNumber(day time.Time) int {
	const seconds = 24 * 60 * 60
	return int((day.Unix() - epoch(false).Unix()) / seconds)
}

// epoch is the day 0 of a workbook, of which there are two.
func epoch(from1904 bool) time.Time {
	if from1904 {
		return time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
}

// choices says which words and dates the cells take.
func (b *book) choices(last int) {
	if last < 2 {
		return
	}
	limit := func(name, message string, set func(*excelize.DataValidation) error) {
		at := 1 + slices.IndexFunc(columns(), func(c column) bool { return c.name == name })
		v := excelize.NewDataValidation(name != statusColumn)
		v.Sqref = b.at(at, 2) + ":" + b.at(at, last)
		b.do(set(v))
		v.SetError(excelize.DataValidationErrorStyleStop, heading(name), message)
		b.do(b.f.AddDataValidation(gapsSheet, v))
	}
	limit(statusColumn, "Choose one of the list.", func(v *excelize.DataValidation) error {
		var words []string
		for _, s := range register.Statuses() {
			words = append(words, string(s))
		}
		return v.SetDropList(words)
	})
	limit(dueColumn, "A day, such as 2026-12-31, or nothing.", func(v *excelize.DataValidation) error {
		first, last := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2999, 12, 31, 0, 0, 0, 0, time.UTC)
		return v.SetRange(dayNumber(first), dayNumber(last), excelize.DataValidationTypeDate, excelize.DataValidationOperatorBetween)
	})
}

// finish freezes, filters, lays out for print and locks a sheet.
func (b *book) finish(sheet string, columns, frozen, last int) {
	first, pane := b.at(frozen+1, 2), "bottomRight"
	if frozen == 0 {
		pane = "bottomLeft"
	}
	b.do(b.f.SetPanes(sheet, &excelize.Panes{
		Freeze: true, XSplit: frozen, YSplit: 1, TopLeftCell: first, ActivePane: pane,
		Selection: []excelize.Selection{{SQRef: first, ActiveCell: first, Pane: pane}},
	}))
	b.do(b.f.AutoFilter(sheet, "A1:"+b.at(columns, last), nil))
	b.do(b.f.SetSheetDimension(sheet, "A1:"+b.at(columns, last)))
	b.paper(sheet)
	b.do(b.f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: "'" + sheet + "'!$1:$1", Scope: sheet}))
	b.protect(sheet)
}

// paper lays a sheet out for print, as wide as the page.
func (b *book) paper(sheet string) {
	b.do(b.f.SetPageLayout(sheet, &excelize.PageLayoutOptions{Orientation: new("landscape"), FitToWidth: new(1), FitToHeight: new(0)}))
	b.do(b.f.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: new(true)}))
	b.do(b.f.SetPageMargins(sheet, &excelize.PageLayoutMarginsOptions{Left: new(0.3), Right: new(0.3), Top: new(0.4), Bottom: new(0.6), Header: new(0.2), Footer: new(0.3)}))
	b.do(b.f.SetHeaderFooter(sheet, &excelize.HeaderFooterOptions{OddFooter: "&L&A&RPage &P of &N"}))
}

func (b *book) protect(sheet string) {
	b.do(b.f.ProtectSheet(sheet, &excelize.SheetProtectionOptions{
		AutoFilter: true, Sort: true, FormatCells: true, FormatColumns: true, FormatRows: true,
		SelectLockedCells: true, SelectUnlockedCells: true, EditObjects: true, EditScenarios: true,
	}))
}

// A tally counts the gaps of one family by status.
type tally struct {
	side         crosswalk.Side
	pair, family string
	n            map[register.Status]int
	total        int
}

// tallies counts gaps by family, in the order in which families come first.
func tallies(gaps []register.Gap) []tally {
	var out []tally
	for _, g := range gaps {
		t := tally{side: g.Side, pair: g.Source + " → " + g.Target, family: cmp.Or(family(g), "(none)")}
		i := slices.IndexFunc(out, func(o tally) bool { return o.side == t.side && o.pair == t.pair && o.family == t.family })
		if i < 0 {
			i = len(out)
			t.n = map[register.Status]int{}
			out = append(out, t)
		}
		out[i].n[g.Status]++
		out[i].total++
	}
	return out
}

// families writes how many gaps each family has.
func (b *book) families(gaps []register.Gap) {
	_, err := b.f.NewSheet(familiesSheet)
	b.do(err)
	heads := []string{"Crosswalk", "Side", "Family"}
	for _, s := range register.Statuses() {
		heads = append(heads, heading(strings.ReplaceAll(string(s), "-", "_")))
	}
	heads = append(heads, "Total")
	for i, h := range heads {
		b.put(familiesSheet, i+1, 1, h)
		b.style(familiesSheet, i+1, 1, b.header)
		b.width(familiesSheet, i+1, []float64{34, 9, 62, 9, 9, 11, 9, 13, 13, 9}[i])
	}
	all := tallies(gaps)
	for k, t := range all {
		row := k + 2
		for i, text := range []string{t.pair, string(t.side), t.family} {
			b.put(familiesSheet, i+1, row, text)
			b.style(familiesSheet, i+1, row, b.text)
		}
		counts := []int{}
		for _, s := range register.Statuses() {
			counts = append(counts, t.n[s])
		}
		for i, n := range append(counts, t.total) {
			if n > 0 {
				b.do(b.f.SetCellInt(familiesSheet, b.at(i+4, row), int64(n)))
			}
			b.style(familiesSheet, i+4, row, b.number)
		}
	}
	b.finish(familiesSheet, len(heads), 0, len(all)+1)
}

// about writes how to fill the workbook in.
func (b *book) about(gaps []register.Gap, made time.Time) {
	_, err := b.f.NewSheet(aboutSheet)
	b.do(err)
	b.do(b.f.SetCellStr(aboutSheet, "A1", title(gaps)))
	b.style(aboutSheet, 1, 1, b.heading)
	pending := 0
	for _, g := range gaps {
		if g.Status.Pending() {
			pending++
		}
	}
	lines := []string{
		fmt.Sprintf("As of %s: %d gaps, of which %d are open, planned or in progress.", made.UTC().Format("2006-01-02 15:04 MST"), len(gaps), pending),
		"How to fill it in: in the sheet Gaps, fill the yellow columns, then: concord gaps import FILE --by NAME. All of it is taken, or nothing if anything is wrong; then every fault is listed with its row.",
		"Owner: who sees to it. Due: a day, such as 2026-12-31. Note: what is planned, or why the gap stays.",
		"Status: open, planned, in-progress, closed, risk-accepted (it stays, and somebody answers for that) or not-applicable (there is nothing to map).",
		"A gap that gets an accepted mapping closes by itself, and reopens if it loses it. One that you close stays closed.",
		"Only the yellow columns are read. A cell that you do not touch says nothing, so an old copy of this file undoes nobody's work; a cell that both you and somebody else changed is refused. A formula is refused: put its value there.",
		"You may filter, hide, and change widths. To sort or delete rows, unprotect the sheet (there is no password); the order of the rows does not matter.",
		"Texts are shown as they are, but for characters that act without being seen, which stand as code points such as [U+202E], and for an apostrophe before what would run as a formula.",
	}
	for i, line := range lines {
		b.do(b.f.SetCellStr(aboutSheet, b.at(1, i+3), line)) // it is ours
		b.style(aboutSheet, 1, i+3, b.text)
		b.do(b.f.SetRowHeight(aboutSheet, i+3, 15*float64(1+len(line)/100)))
	}
	b.width(aboutSheet, 1, 104)
	b.paper(aboutSheet)
	b.do(b.f.SetSheetDimension(aboutSheet, "A1:"+b.at(1, len(lines)+2)))
	b.protect(aboutSheet)
}
