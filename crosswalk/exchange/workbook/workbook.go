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
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/internal/record"
	"concord/internal/xlsx"
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
	b := &book{Book: xlsx.New(reviewSheet)}
	b.styles()
	b.review(c)
	b.gaps(c)
	b.about(c)
	b.properties(c)
	return b.Bytes()
}

// A book is a workbook that is being built.
type book struct {
	*xlsx.Book

	header, text, number, title       int // styles of locked cells
	openHeader, openText, openNumeral int // of those to fill in
}

func (b *book) styles() {
	style := func(locked, bold bool, format int, fill string) int {
		s := xlsx.Cell(10, bold, format, fill)
		s.Protection = &excelize.Protection{Locked: locked}
		return b.Look(s)
	}
	b.header, b.text, b.number = style(true, true, xlsx.AsText, xlsx.Shade), style(true, false, xlsx.AsText, ""), style(true, false, xlsx.General, "")
	b.openHeader, b.openText, b.openNumeral = style(true, true, xlsx.AsText, "FFE08A"), style(false, false, xlsx.AsText, "FFF8E1"), style(false, false, xlsx.General, "FFF8E1")
	b.title = b.Look(xlsx.Title())
}

// area names the cells of a column from the second row to the last.
func (b *book) area(column, last int) string { return b.At(column, 2) + ":" + b.At(column, last) }

func (b *book) properties(c *exchange.Crosswalk) {
	made := c.Made
	if made.IsZero() {
		made = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // a workbook must say when, and the clock would change the bytes
	}
	when := made.UTC().Format(time.RFC3339)
	b.Do(b.SetDocProps(&excelize.DocProperties{
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
