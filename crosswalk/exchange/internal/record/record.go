// Package record lays the fields of a crosswalk out as the cells of a table, and
// reads them from there.
package record

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Column is a field of T as the text of a cell. Texts are as cell.Encode
// writes them.
type Column[T any] struct {
	Name   string // in snake case
	Number bool   // the cell is a number, or empty
	Cell   func(*T) string
	// Set reads what Cell wrote, and what spreadsheets and people make of it;
	// nil where the column repeats what others say.
	Set func(*T, string) error
}

// Names returns the names of columns.
func Names[T any](columns []Column[T]) []string {
	var out []string
	for _, c := range columns {
		out = append(out, c.Name)
	}
	return out
}

// Cells returns what columns write of t.
func Cells[T any](columns []Column[T], t *T) []string {
	var out []string
	for _, c := range columns {
		out = append(out, c.Cell(t))
	}
	return out
}

// A Header says in which column a name stands, counted from 0.
type Header map[string]int

// Find reads a header. Case, blanks and dashes do not count. A name that stands
// twice is an error, as is one of these that is missing.
func Find(cells []string, required ...string) (Header, error) {
	h := Header{}
	for i, c := range cells {
		name := Key(c)
		if name == "" {
			continue
		}
		if _, twice := h[name]; twice {
			return nil, fmt.Errorf("the header has two columns %q: delete or rename one", c)
		}
		h[name] = i
	}
	missing := slices.DeleteFunc(slices.Clone(required), func(name string) bool { _, ok := h[name]; return ok })
	if len(missing) > 0 {
		return nil, fmt.Errorf("the header lacks %q", missing)
	}
	return h, nil
}

// Key returns a heading without what makes no difference.
func Key(heading string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(heading), func(r rune) bool { return strings.ContainsRune(" \t\r\n_-\u00a0\ufeff", r) }), "_")
}

// Cell returns what stands under a name, or "".
func (h Header) Cell(cells []string, name string) string {
	if i, ok := h[name]; ok && i < len(cells) {
		return strings.ReplaceAll(cells[i], "\r\n", "\n")
	}
	return ""
}

// Read sets what the columns that are there say of t. Its errors name the
// column.
func Read[T any](columns []Column[T], h Header, cells []string, t *T) Faults {
	var bad Faults
	for _, c := range columns {
		if c.Set == nil {
			continue
		}
		if err := c.Set(t, h.Cell(cells, c.Name)); err != nil {
			bad = append(bad, fmt.Errorf("column %q: %w", c.Name, err))
		}
	}
	return bad
}

// Faults are what is wrong in a file.
type Faults []error

// At adds faults of a place.
func (f *Faults) At(place string, more ...error) {
	for _, err := range more {
		*f = append(*f, fmt.Errorf("%s: %w", place, err))
	}
}

// most is how many faults are listed.
const most = 100

// Err returns all faults as one error, a line each, or nil. Beyond a hundred it
// counts them.
func (f Faults) Err() error {
	if n := len(f) - most; n > 0 {
		f = append(slices.Clone(f[:most]), fmt.Errorf("and %d more", n))
	}
	return errors.Join(f...)
}
