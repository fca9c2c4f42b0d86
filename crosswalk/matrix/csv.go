package matrix

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"concord/internal/cell"
)

// CSV writes the lines of the table under their headings, with a column for the
// group that each belongs to. The marks of a cell are words, "subset of: AC-2,
// AC-3", apart by "; ". What would run as a formula is disarmed.
func (t *Table) CSV(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{append([]string{groupHeading}, t.headings()...)}
	for _, l := range t.Lines {
		row := []string{l.Group}
		for _, f := range l.Fields {
			row = append(row, strings.Join(f.plain(), "; "))
		}
		rows = append(rows, row)
	}
	for _, row := range rows {
		for i, text := range row {
			row[i] = cell.Encode(text)
		}
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

const groupHeading = "Group"

func (t *Table) headings() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}
