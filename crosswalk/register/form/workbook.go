package form

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"concord/crosswalk"
	"concord/crosswalk/register"
	"concord/internal/cell"
	"concord/internal/xlsx"
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
	b := &book{Book: xlsx.New(gapsSheet)}
	b.styles()
	b.gaps(gaps)
	b.families(gaps)
	b.about(gaps, made)
	when := made.UTC().Format(time.RFC3339)
	b.Do(b.SetDocProps(&excelize.DocProperties{Created: when, Modified: when, Title: title(gaps), Creator: "concord"}))
	return b.Bytes()
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

// A book is a workbook that is being built.
type book struct {
	*xlsx.Book

	header, text, number, heading  int // styles of locked cells
	openHeader, openText, openDate int // of those to fill in
	done, doneOpen, doneDate       int // of rows with nothing left to do
}

func (b *book) styles() {
	style := func(locked, bold bool, format int, custom, ink, fill string) int {
		s := xlsx.Cell(10, bold, format, fill)
		s.Font.Color, s.Alignment.Horizontal, s.Protection = ink, "left", &excelize.Protection{Locked: locked}
		if custom != "" {
			s.CustomNumFmt = &custom
		}
		return b.Look(s)
	}
	const ink, faint, day, general, asText = xlsx.Ink, "6B747C", "yyyy-mm-dd", xlsx.General, xlsx.AsText
	b.header, b.text, b.number = style(true, true, asText, "", ink, xlsx.Shade), style(true, false, asText, "", ink, ""), style(true, false, general, "", ink, "")
	b.openHeader, b.openText, b.openDate = style(true, true, asText, "", ink, "FFE08A"), style(false, false, asText, "", ink, "FFF8E1"), style(false, false, general, day, ink, "FFF8E1")
	b.done, b.doneOpen, b.doneDate = style(true, false, asText, "", faint, "F4F6F7"), style(false, false, asText, "", faint, "F6F3E8"), style(false, false, general, day, faint, "F6F3E8")
	b.heading = b.Look(xlsx.Title())
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
		b.Put(gapsSheet, i+1, 1, cell.Encode(heading(c.name)))
		b.Style(gapsSheet, i+1, 1, style)
		b.Width(gapsSheet, i+1, c.width)
	}
	for k, g := range gaps {
		lines := 1
		for i, c := range all {
			b.cell(c, i+1, k+2, g)
			if c.width > 0 {
				lines = max(lines, wrapped(c.text(g), c.width))
			}
		}
		b.Do(b.SetRowHeight(gapsSheet, k+2, min(lineHeight*float64(lines), excelize.MaxRowHeight)))
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
			b.Do(b.SetCellInt(gapsSheet, b.At(at, row), int64(dayNumber(day))))
		}
	case c.name == "priority":
		if g.Priority > 0 {
			b.Do(b.SetCellInt(gapsSheet, b.At(at, row), int64(g.Priority)))
		}
	case filled(c.name):
		style = pick(b.openText, b.doneOpen)
		fallthrough
	default:
		b.Put(gapsSheet, at, row, cell.Encode(c.text(g)))
	}
	b.Style(gapsSheet, at, row, style)
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
		v.Sqref = b.At(at, 2) + ":" + b.At(at, last)
		b.Do(set(v))
		v.SetError(excelize.DataValidationErrorStyleStop, heading(name), message)
		b.Do(b.AddDataValidation(gapsSheet, v))
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
	b.Head(sheet, columns, frozen, last)
	b.paper(sheet)
	b.Protect(sheet)
}

// paper lays a sheet out for print, as wide as the page.
func (b *book) paper(sheet string) {
	b.Landscape(sheet, 0)
	b.Do(b.SetPageMargins(sheet, &excelize.PageLayoutMarginsOptions{Left: new(0.3), Right: new(0.3), Top: new(0.4), Bottom: new(0.6), Header: new(0.2), Footer: new(0.3)}))
	b.Do(b.SetHeaderFooter(sheet, &excelize.HeaderFooterOptions{OddFooter: "&L&A&RPage &P of &N"}))
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
	b.Add(familiesSheet)
	heads := []string{"Crosswalk", "Side", "Family"}
	for _, s := range register.Statuses() {
		heads = append(heads, heading(strings.ReplaceAll(string(s), "-", "_")))
	}
	heads = append(heads, "Total")
	for i, h := range heads {
		b.Put(familiesSheet, i+1, 1, cell.Encode(h))
		b.Style(familiesSheet, i+1, 1, b.header)
		b.Width(familiesSheet, i+1, []float64{34, 9, 62, 9, 9, 11, 9, 13, 13, 9}[i])
	}
	all := tallies(gaps)
	for k, t := range all {
		row := k + 2
		for i, text := range []string{t.pair, string(t.side), t.family} {
			b.Put(familiesSheet, i+1, row, cell.Encode(text))
			b.Style(familiesSheet, i+1, row, b.text)
		}
		counts := []int{}
		for _, s := range register.Statuses() {
			counts = append(counts, t.n[s])
		}
		for i, n := range append(counts, t.total) {
			if n > 0 {
				b.Do(b.SetCellInt(familiesSheet, b.At(i+4, row), int64(n)))
			}
			b.Style(familiesSheet, i+4, row, b.number)
		}
	}
	b.finish(familiesSheet, len(heads), 0, len(all)+1)
}

// about writes how to fill the workbook in.
func (b *book) about(gaps []register.Gap, made time.Time) {
	b.Add(aboutSheet)
	b.Do(b.SetCellStr(aboutSheet, "A1", title(gaps)))
	b.Style(aboutSheet, 1, 1, b.heading)
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
		b.Do(b.SetCellStr(aboutSheet, b.At(1, i+3), line)) // it is ours
		b.Style(aboutSheet, 1, i+3, b.text)
		b.Do(b.SetRowHeight(aboutSheet, i+3, 15*float64(1+len(line)/100)))
	}
	b.Width(aboutSheet, 1, 104)
	b.paper(aboutSheet)
	b.Do(b.SetSheetDimension(aboutSheet, "A1:"+b.At(1, len(lines)+2)))
	b.Protect(aboutSheet)
}
