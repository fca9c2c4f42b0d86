// Package sheet reads and writes frameworks kept as rows: CSV, TSV, XLSX and
// JSON Lines.
package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"concord/corpus"
	"concord/corpus/internal/foreign"
)

// Options say what a table cannot say itself.
type Options struct {
	// Name names the framework, unless the file names it, as JSON Lines may.
	Name string
	// Columns maps our columns (id, text, title, parent, kind) to the headers
	// of the file, without regard to case. A column that is not mapped is
	// looked for under our name.
	Columns map[string]string
}

// Read reads one framework from JSON Lines, XLSX, or text separated by tabs,
// semicolons or commas, in UTF-8, UTF-16 or Windows-1252. Format and encoding
// are told from the bytes.
//
// A table needs an id and a text column; title, parent and kind are optional,
// and a row without a kind is a requirement. Ids are kept as printed. Of several
// ids in a parent cell the first is the parent. In a workbook a row that repeats
// another is passed over, and rows that share one merged id are one element. A column that
// is missing, a row that has too few or too many cells, an id that is missing or
// stands twice and a table without rows are errors.
func Read(data []byte, o Options) (*corpus.Framework, error) {
	f, err := read(data, o)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", o.label(), err)
	}
	return f, nil
}

func (o Options) label() string {
	if o.Name == "" {
		return "table"
	}
	return foreign.Line(o.Name)
}

func read(data []byte, o Options) (*corpus.Framework, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	switch {
	case IsWorkbook(data):
		t, err := readXLSX(data, o)
		if err != nil {
			return nil, err
		}
		return t.framework(o)
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		return nil, errors.New("this is an old Excel file (.xls): save it as .xlsx or CSV")
	}
	data, err := DecodeText(data)
	if err != nil {
		return nil, err
	}
	switch start := bytes.TrimSpace(data); {
	case bytes.HasPrefix(start, []byte("{")):
		return readLines(data, o)
	case bytes.HasPrefix(start, []byte("[")):
		return nil, errors.New("this is a JSON array: write one element a line (JSON Lines)")
	}
	t, err := readDelimited(data, o)
	if err != nil {
		return nil, err
	}
	return t.framework(o)
}

// ourColumns are the columns that are read, the required ones first.
var ourColumns = [...]string{"id", "text", "title", "parent", "kind"}

const required = 2

// usage shows how to name the columns of a file.
const usage = "--columns id=Ref,text=Requirement"

func (o Options) check() error {
	var unknown []string
	for column := range o.Columns {
		if !slices.Contains(ourColumns[:], column) {
			unknown = append(unknown, column)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	return fmt.Errorf("there is no column %q to fill: the columns are %s, named as in %s",
		unknown[0], strings.Join(ourColumns[:], ", "), usage)
}

// name returns what a file with this header calls one of our columns. A new
// name counts only where the header has it: both sides of a crosswalk may be
// tables, and only one of them have columns to rename.
func (o Options) name(column string, header []string) string {
	in := func(name string) bool {
		return slices.ContainsFunc(header, func(h string) bool { return strings.EqualFold(foreign.Line(h), foreign.Line(name)) })
	}
	if h := o.Columns[column]; h != "" && (in(h) || !in(column)) {
		return h
	}
	return column
}

// A table holds the cells of a file, header apart.
type table struct {
	header []string
	rows   []row
	// repeats says that a row may stand again as it is: workbooks of mappings
	// have an element once for each of its targets.
	repeats bool
}

type row struct {
	where  string // for people: "line 7" or "sheet \"Rules\" row 7", from 1
	cells  []string
	goesOn bool // says more about the element of the row above
}

// columns returns where each of ourColumns stands in a header, or -1.
func (o Options) columns(header []string) (at [len(ourColumns)]int, err error) {
	for i, column := range ourColumns {
		at[i] = -1
		want := o.name(column, header)
		for j, h := range header {
			if !strings.EqualFold(foreign.Line(h), foreign.Line(want)) {
				continue
			}
			if at[i] >= 0 {
				return at, fmt.Errorf("the header has two columns %q: rename one", want)
			}
			at[i] = j
		}
		if at[i] < 0 && (i < required || o.Columns[column] != "") {
			return at, fmt.Errorf("no column %q for %s in the header, which has %s: name the columns, as in %s",
				want, column, quoted(header), usage)
		}
	}
	return at, nil
}

// quoted lists the headers that are not blank.
func quoted(header []string) string {
	var out []string
	for _, h := range header {
		if h = foreign.Line(h); h != "" {
			out = append(out, fmt.Sprintf("%q", h))
		}
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}

// framework turns the rows of a table into elements.
func (t table) framework(o Options) (*corpus.Framework, error) {
	at, err := o.columns(t.header)
	if err != nil {
		return nil, err
	}
	f := &corpus.Framework{Name: o.Name, Edition: "unversioned", Title: o.Name}
	type place struct {
		where string
		row   corpus.Element // as it was read there
	}
	seen := map[string]place{}
	for _, r := range t.rows {
		e := r.element(at)
		first, again := seen[e.ID]
		switch {
		case e.ID == "":
			return nil, fmt.Errorf("%s has no id: fill column %q", r.where, o.name("id", t.header))
		case r.goesOn && again && f.Elements[len(f.Elements)-1].ID == e.ID:
			if last := &f.Elements[len(f.Elements)-1]; e.Text != first.row.Text {
				last.Text = strings.TrimSpace(last.Text + "\n" + e.Text)
			}
		case again && !(t.repeats && reflect.DeepEqual(first.row, e)):
			return nil, fmt.Errorf("id %q is in %s and again in %s", e.ID, first.where, r.where)
		case !again:
			seen[e.ID] = place{r.where, e}
			f.Elements = append(f.Elements, e)
		}
	}
	if len(f.Elements) == 0 {
		return nil, errors.New("there are no rows below the header")
	}
	for i, e := range f.Elements {
		f.Elements[i].Parent = foreign.Line(e.Parent)
		if _, known := seen[f.Elements[i].Parent]; !known {
			f.Elements[i].Parent = firstID(e.Parent)
		}
	}
	return f, f.Finish()
}

// element returns what a row says, given where ourColumns stand in it.
func (r row) element(at [len(ourColumns)]int) corpus.Element {
	cell := func(column int) string {
		if i := at[column]; i >= 0 && i < len(r.cells) {
			return strings.TrimSpace(strings.ReplaceAll(r.cells[i], "\r\n", "\n"))
		}
		return ""
	}
	e := corpus.Element{
		ID: foreign.Line(cell(0)), Title: foreign.Line(cell(2)),
		Parent: cell(3), Kind: kindOf(cell(4)),
	}
	e.Text = withoutID(e.ID, cell(1))
	if e.Title == e.ID || at[2] == at[1] {
		e.Title = ""
	}
	return e
}

// firstID returns the first of the ids in a cell, which are separated by line
// breaks, semicolons or commas.
func firstID(cell string) string {
	for id := range strings.FieldsFuncSeq(cell, func(r rune) bool { return r == '\n' || r == ';' || r == ',' }) {
		if id = foreign.Line(id); id != "" {
			return id
		}
	}
	return ""
}

// kindOf returns the kind that a file's word stands for; a requirement if it
// has none.
func kindOf(word string) string {
	word = strings.ToLower(foreign.Line(word))
	switch word {
	case "":
		return corpus.KindRequirement
	case "control-enhancement", "control enhancement":
		return corpus.KindEnhancement
	case "sub-technique":
		return corpus.KindSubtechnique
	case "focus-consideration":
		return corpus.KindCell
	}
	return strings.NewReplacer("-", "_", " ", "_").Replace(word)
}

// withoutID drops a leading copy of the id, as in "ID.AM-1: Devices are ...".
// A copy is told from a first word by the punctuation after it.
func withoutID(id, text string) string {
	rest, ok := strings.CutPrefix(text, id)
	if !ok || id == "" {
		return text
	}
	trimmed := strings.TrimLeft(rest, " \t")
	for _, mark := range []string{": ", ":\n", ". ", ") ", "- ", "– ", "— "} {
		if after, ok := strings.CutPrefix(trimmed, mark); ok {
			return strings.TrimSpace(after)
		}
	}
	return text
}

// Ignored counts what Read passes over: of a table the cells in other columns,
// by their header, of JSON Lines the fields, by name.
func Ignored(data []byte, o Options) map[string]int {
	read := readXLSX
	if !IsWorkbook(data) {
		read = readDelimited
		if text, err := DecodeText(data); err == nil {
			data = text
		}
		if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
			return foreign.Ignored(data, foreign.Fields(record{}, struct {
				corpus.Element
				Framework corpus.Framework
				Reference corpus.Reference
			}{}))
		}
	}
	ignored := map[string]int{}
	t, err := read(data, o)
	if err != nil {
		return ignored
	}
	at, err := o.columns(t.header)
	if err != nil {
		return ignored
	}
	for i, header := range t.header {
		if slices.Contains(at[:], i) {
			continue
		}
		for _, r := range t.rows {
			if i < len(r.cells) && foreign.Line(r.cells[i]) != "" {
				ignored[foreign.Line(header)]++
			}
		}
	}
	return ignored
}
