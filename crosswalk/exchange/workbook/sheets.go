package workbook

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/internal/record"
	"concord/internal/cell"
)

// The columns of the sheet "Review" that are not fields of a row.
const (
	rowColumn  = "row" // its number, from 1
	sealColumn = "seal"

	yourDecision = "your_decision"
	yourRelation = "your_relation"
	yourType     = "your_rationale_type"
	yourStrength = "your_strength"
	yourReason   = "your_reason"
	yourComment  = "your_comment"
)

// yours lists the columns that a reviewer fills in.
func yours() []string {
	return []string{yourDecision, yourRelation, yourType, yourStrength, yourReason, yourComment}
}

// actions are those that a reviewer chooses from. Nothing in a file can be
// undone, only emptied.
func actions() []exchange.Action {
	return []exchange.Action{exchange.Accept, exchange.Reject, exchange.Correct, exchange.Skip}
}

// layout lists the columns of the sheet "Review" from left to right: what the
// pair is, what is said of it and why, room for the decision, then all the rest.
func layout() []string {
	first := []string{rowColumn, "sentence", "source_id", "source_title", "source_text", "target_id", "target_title", "target_text",
		"relation", "rationale_type", "strength", "probability", "rationale", "quotes", "flags"}
	first = append(first, yours()...)
	for _, name := range record.Names(record.Rows()) {
		if !slices.Contains(first, name) {
			first = append(first, name)
		}
	}
	return append(first, sealColumn)
}

// width returns how wide a column is, in characters; 0 hides it.
func width(name string) float64 {
	switch name {
	case rowColumn:
		return 6
	case "sentence", "source_title", "target_title":
		return 26
	case "source_text", "target_text":
		return 55
	case "rationale", "quotes":
		return 45
	case yourComment, "comment":
		return 36
	case yourReason, "flags":
		return 20
	case "prompt_sha256", "proposal_id", "proposal_sha256", "source_sha256", "target_sha256", sealColumn, "group", "fulfilled_by", "confidence", "strength_basis":
		return 0
	}
	return 15
}

// review writes the sheet of the pairs.
func (b *book) review(c *exchange.Crosswalk) {
	names, columns := layout(), record.Rows()
	last := len(c.Rows) + 1
	if last > excelize.TotalRows {
		b.Do(fmt.Errorf("%d rows, and a sheet of a workbook holds %d: write another format", len(c.Rows), excelize.TotalRows-1))
		return
	}
	place := map[string]int{}
	for i, name := range names {
		place[name] = i + 1
		b.column(name, i+1, last)
	}
	for i := range c.Rows {
		row := i + 2
		number := strconv.Itoa(i + 1)
		b.Do(b.SetCellInt(reviewSheet, b.At(place[rowColumn], row), int64(i+1)))
		marks := []string{mark(rowColumn, true, number)}
		for _, column := range columns {
			text := column.Cell(&c.Rows[i])
			b.value(column, place[column.Name], row, text)
			if text != "" {
				marks = append(marks, mark(column.Name, column.Number, text))
			}
		}
		b.Put(reviewSheet, place[sealColumn], row, strings.Join(marks, " "))
	}
	b.choices(place, last)
	b.Head(reviewSheet, len(names), place["sentence"], last)
	b.Landscape(reviewSheet, 0)
	b.Protect(reviewSheet)
}

// column writes the header of a column, with its width and the style of its
// cells.
func (b *book) column(name string, at, last int) {
	style, cells := b.header, b.text
	if slices.Contains(yours(), name) {
		style, cells = b.openHeader, b.openText
		if name == yourStrength {
			cells = b.openNumeral
		}
	}
	if name == rowColumn || slices.ContainsFunc(record.Rows(), func(c record.Column[exchange.Row]) bool { return c.Number && c.Name == name }) {
		cells = b.number
	}
	b.Put(reviewSheet, at, 1, heading(name))
	b.Do(b.SetCellStyle(reviewSheet, b.At(at, 1), b.At(at, 1), style))
	if last > 1 {
		b.Do(b.SetCellStyle(reviewSheet, b.At(at, 2), b.At(at, last), cells))
	}
	b.Width(reviewSheet, at, width(name))
}

// value writes what a column says, as a number where it is one.
func (b *book) value(c record.Column[exchange.Row], column, row int, text string) {
	if x, err := strconv.ParseFloat(text, 64); c.Number && err == nil {
		b.Do(b.SetCellFloat(reviewSheet, b.At(column, row), x, -1, 64))
		return
	}
	b.Put(reviewSheet, column, row, text)
}

// choices puts lists on the cells to fill in.
func (b *book) choices(place map[string]int, last int) {
	if last < 2 {
		return
	}
	validation := func(name, title, message string, set func(*excelize.DataValidation) error) {
		v := excelize.NewDataValidation(true)
		v.Sqref = b.area(place[name], last)
		b.Do(set(v))
		v.SetError(excelize.DataValidationErrorStyleStop, title, message)
		b.Do(b.AddDataValidation(reviewSheet, v))
	}
	list := func(name string, words []string) {
		validation(name, heading(name), "Choose one of the list, or leave the cell empty.", func(v *excelize.DataValidation) error { return v.SetDropList(words) })
	}
	list(yourDecision, words(actions()))
	list(yourRelation, words(crosswalk.Relations()))
	list(yourType, words([]crosswalk.RationaleType{crosswalk.Syntactic, crosswalk.Semantic, crosswalk.Functional}))
	list(yourReason, exchange.Reasons())
	validation(yourStrength, heading(yourStrength), "A whole number from 0 to 10, or nothing.", func(v *excelize.DataValidation) error {
		return v.SetRange(0, 10, excelize.DataValidationTypeWhole, excelize.DataValidationOperatorBetween)
	})
}

func words[S ~string](list []S) []string {
	var out []string
	for _, s := range list {
		out = append(out, string(s))
	}
	return out
}

// gaps writes the sheet of the elements that are mapped to nothing.
func (b *book) gaps(c *exchange.Crosswalk) {
	b.Add(gapsSheet)
	columns := record.Gaps()
	for i, column := range columns {
		b.Put(gapsSheet, i+1, 1, heading(column.Name))
		b.Width(gapsSheet, i+1, []float64{12, 20, 60, 14}[i])
	}
	for k := range c.Gaps {
		for i, text := range record.Cells(columns, &c.Gaps[k]) {
			b.Put(gapsSheet, i+1, k+2, text)
		}
	}
	b.Do(b.SetCellStyle(gapsSheet, "A1", b.At(len(columns), 1), b.header))
	if n := len(c.Gaps); n > 0 {
		b.Do(b.SetCellStyle(gapsSheet, "A2", b.At(len(columns), n+1), b.text))
	}
	b.Head(gapsSheet, len(columns), 0, len(c.Gaps)+1)
	b.Landscape(gapsSheet, 0)
	b.Protect(gapsSheet)
}

const yourName = "your_name"

// about writes the sheet that explains the others.
func (b *book) about(c *exchange.Crosswalk) {
	b.Add(aboutSheet)
	b.Put(aboutSheet, 1, 1, cell.Encode(name(c)))
	b.Do(b.SetCellStyle(aboutSheet, "A1", "A1", b.title))
	row := 3
	fact := func(name, value string, style int) {
		b.Put(aboutSheet, 1, row, heading(name))
		b.Put(aboutSheet, 2, row, value)
		b.Do(b.SetCellStyle(aboutSheet, b.At(1, row), b.At(1, row), b.header))
		b.Do(b.SetCellStyle(aboutSheet, b.At(2, row), b.At(2, row), style))
		row++
	}
	fact(yourName, "", b.openText)
	for _, h := range record.Headings() {
		fact(h.Name, h.Cell(c), b.text)
	}
	fact("pairs", strconv.Itoa(len(c.Rows)), b.text)
	fact("gaps", strconv.Itoa(len(c.Gaps)), b.text)
	row++
	for _, line := range instructions(c.Warning()) {
		b.Put(aboutSheet, 1, row, line)
		b.Do(b.MergeCell(aboutSheet, b.At(1, row), b.At(2, row)))
		b.Do(b.SetCellStyle(aboutSheet, b.At(1, row), b.At(2, row), b.text))
		b.Do(b.SetRowHeight(aboutSheet, row, 15*float64(1+len(line)/95)))
		row++
	}
	b.Do(b.SetSheetDimension(aboutSheet, "A1:"+b.At(2, row-1)))
	b.Width(aboutSheet, 1, 26)
	b.Width(aboutSheet, 2, 76)
	b.Protect(aboutSheet)
}

func instructions(warning string) []string {
	var out []string
	if warning != "" {
		out = append(out, warning)
	}
	return append(out,
		"How to review: put your name above, then go through the sheet Review and fill the yellow columns. Rows that you leave empty stay as they are.",
		"Relations are those of set theory (NIST IR 8477), always read from source to target; the column Sentence says them in words. subset_of: the target holds all that the source holds, and more.",
		"accept: the row holds as it stands. The other yellow cells may stay empty.",
		"correct: the pair is related, but otherwise. Choose the relation, the rationale type or the strength that holds; what you leave empty stays as it was.",
		"reject: the pair is not related. Choose a reason. A row that says no_relationship already is accepted or corrected instead.",
		"skip: you leave it open. A comment is kept with any decision.",
		"Reasons: "+strings.Join(exchange.Reasons(), ", ")+".",
		"You may filter, change widths and show the hidden columns. To sort, unprotect the sheet (there is no password); the order of the rows does not matter. The white cells are locked because decisions are bound to what they say: a row whose white cells were changed is refused.",
		"Texts are shown as they are, but for characters that act without being seen, which stand as code points such as [U+202E], and for an apostrophe before what would run as a formula.",
	)
}

// printable is for the properties of the file, which no reader reads back.
func printable(s string) string { return cell.EncodeItem(s) }
