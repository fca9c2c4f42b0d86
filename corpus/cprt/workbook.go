package cprt

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"concord/corpus"
	"concord/corpus/internal/foreign"
	"concord/corpus/sheet"
)

// ErrOtherWorkbook says that a workbook is none that the reference tool
// exports.
var ErrOtherWorkbook = errors.New("no sheet has the columns Function, Category and Subcategory")

// levels are the columns of the core, from the top of its hierarchy down, and
// the kinds of what stands in them.
var levels = [...]struct{ column, kind string }{
	{"Function", corpus.KindFunction},
	{"Category", corpus.KindCategory},
	{"Subcategory", corpus.KindSubcategory},
}

// Columns that may stand beside them.
const (
	examplesColumn   = "Implementation Examples"
	referencesColumn = "Informative References"
)

// headerWithin is how many rows may stand above the header.
const headerWithin = 20

var (
	// titledCell is such as "Risk Strategy (GV.RM): Priorities are ...", where
	// the statement may be missing.
	titledCell = regexp.MustCompile(`(?s)^(.+?)\s*\(([A-Z][A-Z0-9.-]*)\)(?::\s*(.*))?$`)
	// plainCell is such as "GV.RM-01: Objectives are ...".
	plainCell = regexp.MustCompile(`(?s)^([A-Z][A-Z0-9.-]*):\s*(.*)$`)
	// withdrawnNote stands in place of a statement.
	withdrawnNote = regexp.MustCompile(`(?s)^\[Withdrawn\b.*\]$`)
	coreID        = regexp.MustCompile(`\b[A-Z]{2}(?:\.[A-Z]{2}(?:-[A-Z]?\d+)?)?\b`)
	exampleLabel  = regexp.MustCompile(`^Ex\d+:\s*`)
)

// readWorkbook reads the spreadsheet of a framework core: a row a function,
// category or subcategory.
func readWorkbook(data []byte) (*corpus.Framework, error) {
	sheets, err := sheet.Sheets(data)
	if err != nil {
		return nil, err
	}
	for _, s := range sheets {
		for i, cells := range s.Rows[:min(len(s.Rows), headerWithin)] {
			if r, ok := newCoreReader(s, i, cells); ok {
				return r.read(s.Rows[i+1:])
			}
		}
	}
	return nil, ErrOtherWorkbook
}

// coreReader turns the rows of a core into elements.
type coreReader struct {
	f                    *corpus.Framework
	sheet                string
	header               int // its row, from 1
	columns              [len(levels)]int
	examples, references int            // columns, -1 if there is none
	at                   map[string]int // of an id in f.Elements
	rows                 []int          // of each of f.Elements, from 1
	current              [len(levels)]string
	seen                 map[corpus.Reference]bool
}

// newCoreReader returns a reader for the rows below the one at this index, if
// that is the header of a core.
func newCoreReader(s sheet.Sheet, index int, cells []string) (*coreReader, bool) {
	column := func(name string) int {
		return slices.IndexFunc(cells, func(c string) bool { return strings.EqualFold(foreign.Line(c), name) })
	}
	r := &coreReader{
		f:     &corpus.Framework{Title: s.Name, Publisher: "National Institute of Standards and Technology"},
		sheet: s.Name, header: index + 1,
		examples: column(examplesColumn), references: column(referencesColumn),
		at: map[string]int{}, seen: map[corpus.Reference]bool{},
	}
	for i, level := range levels {
		if r.columns[i] = column(level.column); r.columns[i] < 0 {
			return nil, false
		}
	}
	titles := []string{s.Name}
	for _, above := range s.Rows[:index] {
		for line := range strings.Lines(strings.Join(above, "\n")) {
			if line = foreign.Line(line); line != "" {
				titles = append(titles, line)
			}
		}
	}
	if len(titles) > 1 {
		r.f.Title = titles[1]
	}
	r.f.Name, r.f.Edition = foreign.Name("", append(titles, s.Name)...)
	return r, true
}

func (r *coreReader) read(rows [][]string) (*corpus.Framework, error) {
	for i, cells := range rows {
		number := r.header + 1 + i
		if err := r.row(number, cells); err != nil {
			return nil, fmt.Errorf("sheet %q row %d: %w", r.sheet, number, err)
		}
	}
	unknown := func(id string) bool { _, ok := r.at[id]; return !ok }
	for i := range r.f.Elements {
		e := &r.f.Elements[i]
		if e.Replaced = slices.DeleteFunc(e.Replaced, unknown); len(e.Replaced) == 0 {
			e.Replaced = nil
		}
	}
	return r.f, r.f.Finish()
}

// row reads one row. What it says beside its elements is about the lowest.
func (r *coreReader) row(number int, cells []string) error {
	cell := func(i int) string {
		if i < 0 || i >= len(cells) {
			return ""
		}
		return strings.TrimSpace(cells[i])
	}
	lowest := -1
	for i, level := range levels {
		text := cell(r.columns[i])
		if text == "" {
			continue
		}
		e, err := r.element(text, level.kind)
		if err != nil {
			return fmt.Errorf("column %q: %w", level.column, err)
		}
		if i > 0 {
			e.Parent = r.current[i-1]
		}
		if lowest, err = r.add(number, e); err != nil {
			return err
		}
		r.current[i] = e.ID
	}
	if lowest < 0 {
		return nil
	}
	e := &r.f.Elements[lowest]
	if e.Guide == "" {
		for line := range strings.Lines(cell(r.examples)) {
			e.Guide = joinLines(e.Guide, exampleLabel.ReplaceAllString(foreign.Line(line), ""))
		}
	}
	for line := range strings.Lines(cell(r.references)) {
		r.refer(e.ID, foreign.Line(line))
	}
	return nil
}

// element reads the cell of an element.
func (r *coreReader) element(cell, kind string) (corpus.Element, error) {
	var title, printed, text string
	if m := plainCell.FindStringSubmatch(cell); m != nil {
		printed, text = m[1], m[2]
	} else if m := titledCell.FindStringSubmatch(cell); m != nil {
		title, printed, text = m[1], m[2], m[3]
	} else {
		return corpus.Element{}, fmt.Errorf(`%q has no id: it must read "Title (ID): statement" or "ID: statement"`, foreign.Line(cell))
	}
	e := corpus.Element{ID: r.id(printed), Kind: kind, Title: titleCase(title), Text: present(text)}
	if e.ID != printed {
		e.Printed = printed
	}
	if withdrawnNote.MatchString(e.Text) {
		for _, id := range coreID.FindAllString(e.Text, -1) {
			e.Replaced = append(e.Replaced, r.id(id))
		}
		e.Withdrawn, e.Text = true, ""
	}
	return e, nil
}

// add appends an element and returns where it stands. Some exports repeat what
// stands above in every row, and print a function again below its
// subcategories.
func (r *coreReader) add(number int, e corpus.Element) (int, error) {
	i, again := r.at[e.ID]
	if !again {
		r.at[e.ID] = len(r.f.Elements)
		r.f.Elements, r.rows = append(r.f.Elements, e), append(r.rows, number)
		return len(r.rows) - 1, nil
	}
	if e.Text != "" && e.Text != r.f.Elements[i].Text {
		return 0, fmt.Errorf("id %q is in row %d too, where it says something else", e.ID, r.rows[i])
	}
	return i, nil
}

// refer keeps a reference, printed as "SP 800-53 Rev 5.2.0: PM-09".
func (r *coreReader) refer(element, printed string) {
	if printed == "" {
		return
	}
	document, target, _ := strings.Cut(printed, ": ")
	scheme, edition := foreign.Name("", document)
	ref := corpus.Reference{
		Element: element, Column: referencesColumn, Scheme: scheme,
		ID: corpus.NormalizeID(scheme, edition, target), Printed: printed,
	}
	if !r.seen[ref] {
		r.seen[ref] = true
		r.f.References = append(r.f.References, ref)
	}
}

// id returns the canonical form of an id.
func (r *coreReader) id(printed string) string {
	return corpus.NormalizeID(r.f.Name, r.f.Edition, foreign.Line(printed))
}
