// Package table writes a crosswalk as one flat table of comma-separated values,
// Concord's own, and reads it again. It holds everything.
//
// A row is a pair. What holds for the whole crosswalk (tool, run, frameworks)
// stands in the last columns of every row, so that the table can be filtered,
// sorted and put beside others as it is. A row with an id on one side alone is a
// gap: the column "gap" says whether it was judged. A crosswalk without rows and
// gaps has one row with those last columns alone.
package table

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"concord/corpus/sheet"
	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/internal/record"
	"concord/internal/cell"
)

// Held lists the fields that the format keeps: all of them.
func Held() []exchange.Field { return exchange.Fields() }

// Write writes the crosswalk as RFC 4180 wants it: UTF-8, lines end in CRLF,
// line breaks within a cell are single line feeds. Cells that a spreadsheet
// would run begin with an apostrophe, characters that act without being seen
// are shown as code points ("[U+202E]"); [Read] undoes both. Lists (quotes,
// flags) have an item on every line. Nothing is written if the crosswalk
// contradicts itself.
func Write(w io.Writer, c *exchange.Crosswalk) error {
	if err := record.Check(c); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	rows, headings := record.Rows(), record.Headings()
	shared := record.Cells(headings, c)
	var b bytes.Buffer
	line := func(pair []string, gap string, last []string) {
		one := csv.NewWriter(&b)
		one.Write(slices.Concat(pair, []string{gap}, last)) // a buffer takes everything
		one.Flush()
		b.Truncate(b.Len() - 1)
		b.WriteString("\r\n")
	}
	line(record.Names(rows), gapColumn, record.Names(headings))
	for i := range c.Rows {
		line(record.Cells(rows, &c.Rows[i]), "", shared)
	}
	for _, g := range c.Gaps {
		line(gapCells(rows, g), record.GapWord(g), shared)
	}
	if len(c.Rows)+len(c.Gaps) == 0 {
		line(make([]string, len(rows)), "", shared)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

const gapColumn = "gap"

// gapCells lays a gap out as a row without a target, or without a source.
func gapCells(rows []record.Column[exchange.Row], g exchange.Gap) []string {
	r := exchange.Row{Source: g.ID, SourceTitle: g.Title}
	sentence := g.ID + " is mapped to nothing"
	if g.Side == crosswalk.TargetSide {
		r, sentence = exchange.Row{Target: g.ID, TargetTitle: g.Title}, "nothing is mapped to "+g.ID
	}
	cells := record.Cells(rows, &r)
	for i, c := range rows {
		if c.Name == "sentence" {
			cells[i] = cell.Encode(sentence)
		}
	}
	return cells
}

// Read reads what [Write] wrote, and what spreadsheets make of it: columns in
// any order, missing or new ones, semicolons or tabs between the cells, other
// character sets. Only source_id and target_id must be there. Its error names
// the line and column of everything that is wrong.
func Read(data []byte) (*exchange.Crosswalk, error) {
	c, err := read(data)
	if err != nil {
		return nil, fmt.Errorf("read CSV: %w", err)
	}
	return c, nil
}

func read(data []byte) (*exchange.Crosswalk, error) {
	text, err := sheet.DecodeText(data)
	if err != nil {
		return nil, err
	}
	lines, h, err := cut(text)
	if err != nil {
		return nil, err
	}
	t := reader{c: &exchange.Crosswalk{}, header: h, headings: map[string]string{}, at: map[[3]string]string{}}
	for _, l := range lines {
		t.line(l)
	}
	if err := t.bad.Err(); err != nil {
		return nil, err
	}
	return t.c, record.CheckRows(t.c)
}

// A line is a row of cells.
type line struct {
	where string
	cells []string
}

// cut cuts text into lines, with the separator that shows the header.
func cut(text []byte) ([]line, record.Header, error) {
	var first error
	for _, comma := range []rune{',', ';', '\t'} {
		r := csv.NewReader(bytes.NewReader(text))
		r.Comma, r.FieldsPerRecord = comma, -1
		head, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil, nil, errors.New("the file is empty")
		}
		var h record.Header
		if err == nil {
			h, err = record.Find(head, "source_id", "target_id")
		}
		if err != nil {
			if first == nil {
				first = fmt.Errorf("line 1: %w", err)
			}
			continue
		}
		var lines []line
		for {
			cells, err := r.Read()
			if errors.Is(err, io.EOF) {
				return lines, h, nil
			}
			if err != nil {
				return nil, nil, fmt.Errorf("cut it into cells: %w", err)
			}
			number, _ := r.FieldPos(0)
			l := line{fmt.Sprintf("line %d", number), cells}
			if len(cells) > len(head) && slices.ContainsFunc(cells[len(head):], filled) {
				return nil, nil, fmt.Errorf("%s has %d cells where the header has %d: quote cells that hold the separator", l.where, len(cells), len(head))
			}
			if slices.ContainsFunc(cells, filled) {
				lines = append(lines, l)
			}
		}
	}
	return nil, nil, first
}

func filled(s string) bool { return strings.TrimSpace(s) != "" }

// A reader collects what the lines say.
type reader struct {
	c        *exchange.Crosswalk
	header   record.Header
	headings map[string]string    // what the lines so far say of the crosswalk
	at       map[[3]string]string // where a pair stands
	bad      record.Faults
}

func (t *reader) line(l line) {
	t.heading(l)
	var r exchange.Row
	if bad := record.Read(record.Rows(), t.header, l.cells, &r); len(bad) > 0 {
		t.bad.At(l.where, bad...)
		return
	}
	gap := strings.TrimSpace(t.header.Cell(l.cells, gapColumn))
	switch {
	case r.Source == "" && r.Target == "" && gap == "":
	case gap != "":
		g, err := gapOf(r, gap)
		if err != nil {
			t.bad.At(l.where, err)
			return
		}
		t.c.Gaps = append(t.c.Gaps, g)
	case r.Source == "" || r.Target == "":
		t.bad.At(l.where, fmt.Errorf("there is no source_id or no target_id: fill it, or say %q or %q in the column %q",
			record.Judged, record.Unmapped, gapColumn))
	default:
		k := [3]string{r.Source, r.Target, string(r.RationaleType)}
		if before := t.at[k]; before != "" {
			t.bad.At(l.where, fmt.Errorf("%s to %s stands on %s already, with the same rationale type: delete one", r.Source, r.Target, before))
		}
		t.at[k] = l.where
		t.c.Rows = append(t.c.Rows, r)
	}
}

// gapOf returns the gap that a row with an id on one side stands for.
func gapOf(r exchange.Row, word string) (g exchange.Gap, err error) {
	switch {
	case r.Source != "" && r.Target == "":
		g = exchange.Gap{Side: crosswalk.SourceSide, ID: r.Source, Title: r.SourceTitle}
	case r.Target != "" && r.Source == "":
		g = exchange.Gap{Side: crosswalk.TargetSide, ID: r.Target, Title: r.TargetTitle}
	default:
		return g, fmt.Errorf("a gap has either a source_id or a target_id: empty the column %q if this is a pair", gapColumn)
	}
	g.Judged, err = record.ParseGap(word)
	return g, err
}

// heading takes what a line says of the crosswalk; all lines must say the same.
func (t *reader) heading(l line) {
	for _, c := range record.Headings() {
		s := t.header.Cell(l.cells, c.Name)
		before, known := t.headings[c.Name]
		switch {
		case s == "" || known && s == before:
		case known:
			t.bad.At(l.where, fmt.Errorf("column %q: %.60q after %.60q: a file holds one crosswalk", c.Name, s, before))
		default:
			t.headings[c.Name] = s
			if err := c.Set(t.c, s); err != nil {
				t.bad.At(l.where, fmt.Errorf("column %q: %w", c.Name, err))
			}
		}
	}
}
