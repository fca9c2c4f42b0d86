package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// readDelimited reads text whose cells are separated by tabs, semicolons or
// commas.
func readDelimited(data []byte, o Options) (table, error) {
	comma := delimiter(data, o)
	t, err := readQuoted(data, comma)
	if err != nil && comma == '\t' {
		// In many TSV files a quote is an ordinary character. What does not
		// parse with quoted cells is read without them, if its rows then fit.
		if plain, plainErr := readPlain(data); plainErr == nil {
			return plain, nil
		}
	}
	return t, err
}

// delimiter returns what separates the header's cells: of the candidates that
// show the required columns, else of all, the most frequent.
func delimiter(data []byte, o Options) rune {
	header, _, _ := bytes.Cut(bytes.TrimLeft(data, "\r\n"), []byte("\n"))
	candidates := []rune{'\t', ';', ','}
	count := func(r rune) int { return strings.Count(string(header), string(r)) }
	slices.SortStableFunc(candidates, func(a, b rune) int { return count(b) - count(a) })
	for _, c := range candidates {
		r := csv.NewReader(bytes.NewReader(data))
		r.Comma = c
		if cells, err := r.Read(); err == nil {
			if _, err := o.columns(cells); err == nil {
				return c
			}
		}
	}
	return candidates[0]
}

// readQuoted reads rows with cells quoted as in RFC 4180.
func readQuoted(data []byte, comma rune) (table, error) {
	var t table
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord = comma, -1
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return t.complete()
		}
		if err != nil {
			return table{}, fmt.Errorf("cut it into cells: %w", err)
		}
		line, _ := r.FieldPos(0)
		if err := t.add(line, cells); err != nil {
			return table{}, err
		}
	}
}

// readPlain reads tab-separated rows in which a quote is a character.
func readPlain(data []byte) (table, error) {
	var t table
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		if err := t.add(number, strings.Split(strings.TrimRight(line, "\r\n"), "\t")); err != nil {
			return table{}, err
		}
	}
	return t.complete()
}

// add appends a row, or takes it as the header. Blank rows are passed over.
func (t *table) add(line int, cells []string) error {
	if !slices.ContainsFunc(cells, func(s string) bool { return strings.TrimSpace(s) != "" }) {
		return nil
	}
	if t.header == nil {
		t.header = cells
		return nil
	}
	if len(cells) != len(t.header) {
		return fmt.Errorf("line %d has %d cells where the header has %d: quote cells that hold the separator",
			line, len(cells), len(t.header))
	}
	t.rows = append(t.rows, row{where: fmt.Sprintf("line %d", line), cells: cells})
	return nil
}

func (t table) complete() (table, error) {
	if t.header == nil {
		return table{}, errors.New("the file is empty")
	}
	return t, nil
}
