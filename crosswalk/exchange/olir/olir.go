// Package olir writes a crosswalk as a workbook for NIST's Online Informative
// References program (set-theory template, NIST IR 8278A r1), and reads it
// again. It holds everything.
//
// The sheet "General Information" has the fields of a submission, those that
// Concord cannot know left empty. The sheet "Relationships" has the columns of the
// template, with one side of the crosswalk as the focal document. What the
// template has no column for stands in the sheet "Concord", a row for a row, in
// the columns of Concord's own table. On reading, relations, strengths and
// rationale types are those of the sheet "Relationships", where people work; a
// row that was deleted there is gone.
//
// The headers are those of the workbooks that NIST publishes, line breaks and all.
package olir

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"concord/corpus/sheet"
	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/table"
	"concord/internal/cell"
	"concord/internal/xlsx"
)

// Held lists the fields that the format keeps: all of them.
func Held() []exchange.Field { return exchange.Fields() }

// Options say how to write.
type Options struct {
	// FocalTarget makes the target the focal document: the sides change columns,
	// and the relations are read the other way round.
	FocalTarget bool
}

// Names of the sheets.
const (
	generalSheet  = "General Information"
	relationSheet = "Relationships"
	concordSheet  = "Concord"
)

// Columns of the template, in its order. The baseline column is only for SP
// 800-53 as the focal document, and is left out.
const (
	focalColumn     = "Focal Document\nElement"
	focalText       = "Focal Document Element Description"
	rationaleColumn = "Rationale"
	relationColumn  = "Relationship"
	referenceColumn = "Reference Document\nElement"
	referenceText   = "Reference Document\nElement Description\n(Optional)"
	commentsColumn  = "Comments\n(Optional)"
	strengthColumn  = "Strength of\nRelationship\n(Optional)"
)

func columns() []string {
	return []string{focalColumn, focalText, rationaleColumn, relationColumn, referenceColumn, referenceText, commentsColumn, strengthColumn}
}

// relations are the words of the template.
var relations = map[crosswalk.Relation]string{
	crosswalk.SubsetOf: "subset of", crosswalk.IntersectsWith: "intersects with", crosswalk.Equal: "equal",
	crosswalk.SupersetOf: "superset of", crosswalk.NoRelationship: "not related to",
}

// Write writes the workbook. The same crosswalk gives the same bytes. Nothing is
// written if the crosswalk contradicts itself, or has a text that fits in no cell
// (32767 characters).
func Write(w io.Writer, c *exchange.Crosswalk, o Options) error {
	data, err := build(c, o)
	if err == nil {
		_, err = w.Write(data)
	}
	if err != nil {
		return fmt.Errorf("write OLIR workbook: %w", err)
	}
	return nil
}

func build(c *exchange.Crosswalk, o Options) ([]byte, error) {
	var own bytes.Buffer
	if err := table.Write(&own, c); err != nil {
		return nil, err
	}
	all, err := csv.NewReader(&own).ReadAll()
	if err != nil {
		return nil, err
	}
	b := xlsx.New(generalSheet)
	fill(b, generalSheet, general(c, o), 34, 100)
	b.Add(relationSheet)
	fill(b, relationSheet, template(c, o), 22, 60, 14, 18, 22, 60, 70, 14)
	b.Add(concordSheet)
	fill(b, concordSheet, all)
	b.Do(b.SetPanes(relationSheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}))
	made := c.Made
	if made.IsZero() {
		made = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // a workbook must say when, and the clock would change the bytes
	}
	when := made.UTC().Format(time.RFC3339)
	b.Do(b.SetDocProps(&excelize.DocProperties{Created: when, Modified: when, Creator: cell.EncodeItem(strings.TrimSpace(c.Tool + " " + c.Version))}))
	return b.Bytes()
}

// fill writes rows of texts, with widths for the first columns.
func fill(b *xlsx.Book, sheet string, rows [][]string, widths ...float64) {
	for i, width := range widths {
		b.Width(sheet, i+1, width)
	}
	for y, cells := range rows {
		for x, text := range cells {
			b.Put(sheet, x+1, y+1, text)
		}
	}
}

// focalSide is the field, not one of NIST's, that says which side is the focal
// document.
const focalSide = "Concord: focal document is the"

// general returns the fields of a submission (NIST IR 8278A r1, section 3).
func general(c *exchange.Crosswalk, o Options) [][]string {
	focal, reference, side := c.Source, c.Target, crosswalk.SourceSide
	if o.FocalTarget {
		focal, reference, side = c.Target, c.Source, crosswalk.TargetSide
	}
	status := "Decided by people."
	if c.Draft {
		status = "Draft: holds rows on which no person has decided."
	}
	made := ""
	if !c.Made.IsZero() {
		made = c.Made.UTC().Format("01/02/2006")
	}
	title := func(f exchange.Framework) string {
		if f.Title != "" {
			return f.Title
		}
		return f.Spec()
	}
	rows := [][]string{
		{"Field Name", "Value"},
		{"Informative Reference Name", reference.Spec() + "-to-" + focal.Spec() + " (1.0.0)"},
		{"Reference Short Name", short(reference.Name + "-to-" + focal.Name)},
		{"Informative Reference Version", "1.0.0"},
		{"Web Address", ""},
		{"Focal Document Version", title(focal) + " " + focal.Edition},
		{"Summary", c.Title},
		{"Target Audience", "General"},
		{"Comprehensive", "No"},
		{"Reference Document Author", ""},
		{"Reference Document", title(reference)},
		{"Reference Document Short Name", short(reference.Name)},
		{"Reference Document Version", reference.Edition},
		{"Reference Document Date", ""},
		{"Reference Document URL", reference.Origin},
		{"Informative Reference Developer", ""},
		{"Comments", status},
		{"Point of Contact", ""},
		{"Dependency/Requirements", ""},
		{"Citations", ""},
		{"Concord: made", strings.TrimSpace(c.Tool+" "+c.Version) + ", run " + c.Run + ", " + made},
		{"Concord: digests", "focal " + focal.Digest + ", reference " + reference.Digest},
		{focalSide, string(side)},
	}
	for _, r := range rows {
		r[1] = cell.EncodeItem(r[1])
		r[1] = cell.Disarm(r[1])
	}
	return rows
}

// short cuts a short name to the length that the program allows.
func short(name string) string {
	if r := []rune(name); len(r) > 30 {
		return string(r[:30])
	}
	return name
}

// template returns the rows of the sheet that the program reads.
func template(c *exchange.Crosswalk, o Options) [][]string {
	if o.FocalTarget {
		c = c.Inverted()
	}
	rows := [][]string{columns()}
	for _, r := range c.Rows {
		strength := ""
		if r.Strength != nil {
			strength = strconv.Itoa(*r.Strength)
		}
		comment := r.Sentence() + "."
		if r.Rationale != "" {
			comment += " " + r.Rationale
		}
		rows = append(rows, []string{
			cell.Encode(r.Source), cell.Encode(describe(r.SourceTitle, r.SourceText)), titled(string(r.RationaleType)), relations[r.Relation],
			cell.Encode(r.Target), cell.Encode(describe(r.TargetTitle, r.TargetText)), cell.Encode(comment), strength,
		})
	}
	return rows
}

func describe(title, text string) string {
	return strings.TrimSpace(strings.TrimPrefix(title+": "+text, ": "))
}

func titled(word string) string {
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

// Is reports whether data are a workbook that [Write] wrote.
func Is(data []byte) bool {
	if !sheet.IsWorkbook(data) {
		return false
	}
	sheets, err := sheet.Sheets(data)
	if err != nil {
		return false
	}
	named := map[string]bool{}
	for _, s := range sheets {
		named[s.Name] = true
	}
	return named[concordSheet] && named[relationSheet]
}
