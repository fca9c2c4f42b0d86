package olir

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"concord/corpus/sheet"
	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/table"
	"concord/internal/cell"
)

// Read reads a workbook that [Write] wrote and people may have worked in since.
// Its error names the sheet and row of everything that is wrong. Workbooks of
// others are lists, which package mapping reads.
func Read(data []byte) (*exchange.Crosswalk, error) {
	c, err := read(data)
	if err != nil {
		return nil, fmt.Errorf("read OLIR workbook: %w", err)
	}
	return c, nil
}

func read(data []byte) (*exchange.Crosswalk, error) {
	sheets, err := sheet.Sheets(data)
	if err != nil {
		return nil, err
	}
	find := func(name string) ([][]string, error) {
		i := slices.IndexFunc(sheets, func(s sheet.Sheet) bool { return s.Name == name })
		if i < 0 || len(sheets[i].Rows) == 0 {
			return nil, fmt.Errorf("there is no sheet %q with a header", name)
		}
		return sheets[i].Rows, nil
	}
	own, err := find(concordSheet)
	if err != nil {
		return nil, err
	}
	c, err := flat(own)
	if err != nil {
		return nil, fmt.Errorf("sheet %q: %w", concordSheet, err)
	}
	rows, err := find(relationSheet)
	if err != nil {
		return nil, err
	}
	info, err := find(generalSheet)
	if err != nil {
		return nil, err
	}
	return c, overlay(c, rows, focalIsTarget(info))
}

// flat reads the rows of Concord's own table.
func flat(rows [][]string) (*exchange.Crosswalk, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, cells := range rows {
		if n := len(rows[0]) - len(cells); n > 0 { // empty cells at the end are not stored
			cells = slices.Concat(cells, make([]string, n))
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return table.Read(b.Bytes())
}

func focalIsTarget(rows [][]string) bool {
	for _, r := range rows {
		if len(r) > 1 && strings.TrimSpace(r[0]) == focalSide {
			return strings.TrimSpace(r[1]) == string(crosswalk.TargetSide)
		}
	}
	return false
}

// overlay gives rows the relation, strength and rationale type that stand in the
// template, and leaves out those that stand there no more. Rows are told by their
// ids and, of several for one pair, by their order.
func overlay(c *exchange.Crosswalk, rows [][]string, focalTarget bool) error {
	at := map[string]int{}
	for i, name := range rows[0] {
		at[oneLine(name)] = i
	}
	for _, name := range columns() {
		if _, ok := at[oneLine(name)]; !ok {
			return fmt.Errorf("sheet %q: the column %q is missing", relationSheet, oneLine(name))
		}
	}
	waiting := map[[2]string][]exchange.Row{}
	for _, r := range c.Rows {
		pair := [2]string{r.Source, r.Target}
		waiting[pair] = append(waiting[pair], r)
	}
	c.Rows = nil
	var bad []error
	for n, cells := range rows[1:] {
		get := func(name string) string {
			if i := at[oneLine(name)]; i < len(cells) {
				return cell.Decode(cells[i])
			}
			return ""
		}
		pair := [2]string{get(focalColumn), get(referenceColumn)}
		if pair == [2]string{} {
			continue
		}
		if focalTarget {
			pair[0], pair[1] = pair[1], pair[0]
		}
		row := exchange.Row{Source: pair[0], Target: pair[1]}
		if left := waiting[pair]; len(left) > 0 {
			row, waiting[pair] = left[0], left[1:]
		}
		if err := take(&row, get, focalTarget); err != nil {
			bad = append(bad, fmt.Errorf("sheet %q row %d: %w", relationSheet, n+2, err))
		}
		c.Rows = append(c.Rows, row)
	}
	if len(bad) > 0 {
		return errors.Join(bad...)
	}
	return nil
}

// take takes over what people may have changed.
func take(row *exchange.Row, get func(string) string, inverted bool) error {
	row.Relation = ""
	if word := strings.ToLower(strings.TrimSpace(get(relationColumn))); word != "" {
		for r, name := range relations {
			if name == word || word == "no relationship" && r == crosswalk.NoRelationship {
				row.Relation = r
			}
		}
		if row.Relation == "" {
			return fmt.Errorf("unknown relationship %q", word)
		}
		if inverted {
			row.Relation = row.Relation.Inverse()
		}
	}
	row.RationaleType = ""
	if word := strings.ToLower(strings.TrimSpace(get(rationaleColumn))); word != "" {
		t, err := crosswalk.ParseRationaleType(word)
		if err != nil {
			return err
		}
		row.RationaleType = t
	}
	row.Strength = nil
	if word := strings.TrimSpace(get(strengthColumn)); word != "" && !strings.EqualFold(word, "n/a") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 0 || n > 10 {
			return fmt.Errorf("strength %q is not a whole number from 0 to 10", word)
		}
		row.Strength = &n
	}
	return nil
}

// oneLine puts a header on one line.
func oneLine(header string) string { return strings.Join(strings.Fields(header), " ") }
