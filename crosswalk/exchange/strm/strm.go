// Package strm writes a crosswalk as a set-theory relationship mapping in the
// widely used CSV form of the Secure Controls Framework, and reads it again. It
// holds everything.
//
// Three rows name the documents, then comes the header. The first ten columns are
// those that tools for this form know; the columns of Concord's own table follow
// them. On reading, relation, rationale type and strength are those of the first
// ten, where people work.
package strm

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"concord/corpus/sheet"
	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/table"
	"concord/internal/cell"
)

// Held lists the fields that the format keeps: all of them.
func Held() []exchange.Field { return exchange.Fields() }

// columns are those of the form.
func columns() []string {
	return []string{
		"FDE #", "FDE Name", "Focal Document Element (FDE) Description", "STRM Rationale", "STRM Relationship",
		"SCF Control", "SCF #", "SCF Control Description", "Strength of Relationship", "Notes",
	}
}

// Places of the columns that are read back.
const (
	rationalePlace = 3
	relationPlace  = 4
	strengthPlace  = 8
)

// relations are the words of the form.
var relations = map[crosswalk.Relation]string{
	crosswalk.SubsetOf: "subset of", crosswalk.IntersectsWith: "intersects with", crosswalk.Equal: "equal",
	crosswalk.SupersetOf: "superset of", crosswalk.NoRelationship: "no relationship",
}

// Write writes the crosswalk as RFC 4180 wants it: UTF-8, lines end in CRLF.
// Cells that a spreadsheet would run are disarmed. Gaps stand in the rows after
// the pairs. Nothing is written if the crosswalk contradicts itself.
func Write(w io.Writer, c *exchange.Crosswalk) error {
	data, err := lay(c)
	if err == nil {
		_, err = w.Write(data)
	}
	if err != nil {
		return fmt.Errorf("write STRM CSV: %w", err)
	}
	return nil
}

func lay(c *exchange.Crosswalk) ([]byte, error) {
	var own bytes.Buffer
	if err := table.Write(&own, c); err != nil {
		return nil, err
	}
	all, err := csv.NewReader(&own).ReadAll()
	if err != nil {
		return nil, err
	}
	name := func(f exchange.Framework) string {
		return cell.Disarm(cell.EncodeItem(strings.TrimPrefix(f.Title+" ("+f.Spec()+")", " ")))
	}
	draft := ""
	if c.Draft {
		draft = "Draft: holds rows on which no person has decided."
	}
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	out.UseCRLF = true
	for _, line := range [][]string{
		{"Focal Document:", name(c.Source), draft},
		{"Reference Document:", name(c.Target), cell.Disarm(cell.EncodeItem(strings.TrimSpace(c.Tool + " " + c.Version)))},
		{"Focal Document URL:", cell.Disarm(cell.EncodeItem(c.Source.Origin)), "Published STRM URL:", ""},
		slices.Concat(columns(), all[0]),
	} {
		out.Write(line) // the writer keeps the first error
	}
	for i, cells := range all[1:] {
		form := make([]string, len(columns()))
		if i < len(c.Rows) {
			form = pair(c.Rows[i])
		}
		out.Write(slices.Concat(form, cells))
	}
	out.Flush()
	return b.Bytes(), out.Error()
}

func pair(r exchange.Row) []string {
	strength, rationale := "", ""
	if r.Strength != nil {
		strength = strconv.Itoa(*r.Strength)
	}
	if t := string(r.RationaleType); t != "" {
		rationale = strings.ToUpper(t[:1]) + t[1:]
	}
	notes := r.Sentence() + "."
	if r.Rationale != "" {
		notes += " " + r.Rationale
	}
	return []string{
		cell.Encode(r.Source), cell.Encode(r.SourceTitle), cell.Encode(r.SourceText), rationale, relations[r.Relation],
		cell.Encode(r.TargetTitle), cell.Encode(r.Target), cell.Encode(r.TargetText), strength, cell.Encode(notes),
	}
}

// Read reads what [Write] wrote, and what people made of it since: rows may have
// been sorted, deleted, or given another relation. Its error names the line of
// everything that is wrong. Files of others are lists, which package mapping
// reads.
func Read(data []byte) (*exchange.Crosswalk, error) {
	c, err := read(data)
	if err != nil {
		return nil, fmt.Errorf("read STRM CSV: %w", err)
	}
	return c, nil
}

// headLines is how many lines stand above the header.
const headLines = 3

func read(data []byte) (*exchange.Crosswalk, error) {
	lines, err := cut(data)
	if err != nil {
		return nil, err
	}
	if len(lines) <= headLines || len(lines[headLines]) <= len(columns()) {
		return nil, errors.New("line 4 is not the header of this form with Concord's columns beside it")
	}
	var own bytes.Buffer
	out := csv.NewWriter(&own)
	width := len(lines[headLines])
	for i, cells := range lines[headLines:] {
		if len(cells) != width {
			return nil, fmt.Errorf("line %d has %d cells where the header has %d", i+headLines+1, len(cells), width)
		}
		if err := out.Write(cells[len(columns()):]); err != nil {
			return nil, err
		}
	}
	out.Flush()
	c, err := table.Read(own.Bytes())
	if err != nil {
		return nil, err
	}
	var bad []error
	at := 0
	for i, cells := range lines[headLines+1:] {
		if strings.TrimSpace(cells[0]) == "" || at >= len(c.Rows) { // a gap
			continue
		}
		if err := take(&c.Rows[at], cells); err != nil {
			bad = append(bad, fmt.Errorf("line %d: %w", i+headLines+2, err))
		}
		at++
	}
	return c, errors.Join(bad...)
}

func cut(data []byte) ([][]string, error) {
	text, err := sheet.DecodeText(data)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	return r.ReadAll()
}

// take takes over what people may have changed.
func take(row *exchange.Row, cells []string) error {
	row.Relation = ""
	if word := strings.ToLower(strings.TrimSpace(cells[relationPlace])); word != "" {
		for r, name := range relations {
			if name == word || word == "not related" && r == crosswalk.NoRelationship {
				row.Relation = r
			}
		}
		if row.Relation == "" {
			return fmt.Errorf("unknown STRM relationship %q", word)
		}
	}
	row.RationaleType = ""
	if word := strings.ToLower(strings.TrimSpace(cells[rationalePlace])); word != "" {
		t, err := crosswalk.ParseRationaleType(word)
		if err != nil {
			return err
		}
		row.RationaleType = t
	}
	row.Strength = nil
	if word := strings.TrimSpace(cells[strengthPlace]); word != "" {
		n, err := strconv.Atoi(word)
		if err != nil || n < 0 || n > 10 {
			return fmt.Errorf("strength %q is not a whole number from 0 to 10", word)
		}
		row.Strength = &n
	}
	return nil
}

// Is reports whether data look like what [Write] wrote.
func Is(data []byte) bool {
	head := data[:min(len(data), 8<<10)]
	return bytes.HasPrefix(bytes.TrimPrefix(head, []byte("\ufeff")), []byte("Focal Document:")) &&
		bytes.Contains(head, []byte("STRM Relationship")) && bytes.Contains(head, []byte("source_id"))
}

// Notice is what to say before a bundle of the Secure Controls Framework itself is
// taken over.
const Notice = "the bundles of the Secure Controls Framework must not be changed and passed on, and their licence restricts use with AI: read it first"

// IsBundle reports whether data look like such a bundle, and not like what
// [Write] wrote.
func IsBundle(data []byte) bool {
	head := data[:min(len(data), 8<<10)]
	return bytes.Contains(head, []byte("SCF #")) && bytes.Contains(head, []byte("STRM Relationship")) && !Is(data)
}
