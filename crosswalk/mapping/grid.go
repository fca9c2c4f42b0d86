package mapping

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"concord/crosswalk"
)

// headerWithin is how many rows may stand above a header.
const headerWithin = 20

// A line is a row of cells.
type line struct {
	number int
	where  string
	cells  []string
}

// A grid is a table before anybody looked for its header.
type grid struct {
	format string // CSV, TSV or XLSX
	lines  []line // without the blank ones
	even   bool   // all rows have as many cells as the header
	meta   *metadata
}

// header returns the first line with the columns, and how many stand above it.
// If there is none, the error is about the line with the most cells.
func (g grid) header(h headings) (columns, int, error) {
	var best []string
	var lacks error
	for i, l := range g.lines[:min(len(g.lines), headerWithin)] {
		c, err := h.find(l.cells)
		if err == nil {
			return c, i, nil
		}
		if lacks == nil || filled(l.cells) > filled(best) {
			best, lacks = l.cells, err
		}
	}
	if lacks == nil {
		lacks = wrongReading{fmt.Errorf("there are no rows")}
	}
	return columns{}, 0, lacks
}

// table reads the rows below the header.
func (g grid) table(h headings) (*Table, error) {
	c, above, err := g.header(h)
	if err != nil {
		return nil, err
	}
	r := newReader(c.format(g.format), g.format, g.meta)
	if err := r.read(g, c, above+1); err != nil {
		return nil, err
	}
	return r.finish()
}

// format returns what a table with these columns is.
func (c columns) format(container string) string {
	switch {
	case c.is(sourceColumn, "subject id") && c.is(targetColumn, "object id") && c.is(relationColumn, "predicate id"):
		return SSSOM
	case c.is(sourceColumn, "source id") && c.is(targetColumn, "target id") && c.is(relationColumn, "relation") && c.is(outcomeColumn, "outcome"):
		return ConcordCSV
	}
	return container
}

// A reader turns lines into the rows of a table.
type reader struct {
	t              *Table
	meta           *metadata // of an SSSOM table; may be nil
	c              columns
	lists          bool // a cell may list several ids
	workbook       bool // a source without target says nothing
	disarmed       bool // cells may be disarmed against spreadsheets
	source, target names
	records        map[record]string // justifications of SSSOM records
}

func newReader(format, container string, meta *metadata) *reader {
	text := container == TSV || format == SSSOM
	return &reader{
		t: &Table{Format: format}, meta: meta, records: map[record]string{},
		lists: !text && format != ConcordCSV, workbook: container == XLSX, disarmed: !text,
	}
}

// names gathers what rows call a framework.
type names struct {
	one     string
	several bool
}

func (n *names) add(name string) {
	if name == "" || name == n.one {
		return
	}
	n.several = n.one != ""
	n.one = name
}

// only returns the name if there is one alone.
func (n names) only() string {
	if n.several {
		return ""
	}
	return n.one
}

// read adds the rows of a grid from this one on.
func (r *reader) read(g grid, c columns, from int) error {
	r.c = c
	for _, l := range g.lines[from:] {
		if n := len(l.cells); g.even && n != len(c.header) || filled(l.cells[min(n, len(c.header)):]) > 0 {
			return wrongReading{fmt.Errorf("%s has %d cells where the header has %d: quote cells that hold the separator", l.where, n, len(c.header))}
		}
		if err := r.line(l); err != nil {
			return fmt.Errorf("%s: %w", l.where, err)
		}
	}
	return nil
}

// finish names the frameworks. What stands above an SSSOM table counts where no
// row says it.
func (r *reader) finish() (*Table, error) {
	if meta := r.meta; r.t.Format == SSSOM && meta != nil {
		if meta.err != nil {
			return nil, fmt.Errorf("the metadata above the header is not valid YAML: %w", meta.err)
		}
		if r.source.one == "" {
			r.source.add(fold(meta.SubjectSource + " " + meta.SubjectSourceVersion))
		}
		if r.target.one == "" {
			r.target.add(fold(meta.ObjectSource + " " + meta.ObjectSourceVersion))
		}
	}
	r.t.SourceFramework, r.t.TargetFramework = r.source.only(), r.target.only()
	return r.t, nil
}

// line adds the rows that a line stands for: none, one, or a row for every pair
// of the ids that it lists.
func (r *reader) line(l line) error {
	cell := func(x role) string {
		s := r.c.cell(l.cells, x)
		if r.disarmed {
			s = armed(s)
		}
		return s
	}
	row := Row{
		Line: l.number, Where: l.where, Word: fold(cell(relationColumn)),
		RationaleType: rationaleTypeOf(cell(typeColumn)), Strength: strengthOf(cell(strengthColumn)),
		Rationale: cell(rationaleColumn),
	}
	row.Relation = relationOf(row.Word)
	if row.RationaleType == "" {
		if row.RationaleType = rationaleTypeOf(row.Rationale); row.RationaleType != "" {
			row.Rationale = ""
		}
	}
	if row.Rationale == "" {
		row.Rationale = cell(commentColumn)
	}
	r.source.add(fold(cell(sourceFrameworkColumn) + " " + cell(sourceEditionColumn)))
	r.target.add(fold(cell(targetFrameworkColumn) + " " + cell(targetEditionColumn)))
	sources, targets := r.ids(cell(sourceColumn)), r.ids(cell(targetColumn))
	switch {
	case len(sources)+len(targets) == 0:
		return nil
	case len(sources) == 0:
		return fmt.Errorf("a target and nothing in the source column %q: fill it, or delete the row", fold(r.c.header[r.c.at[sourceColumn]]))
	case r.t.Format == SSSOM:
		return r.record(row, sources[0], targets, cell(modifierColumn), cell(justificationColumn))
	case r.t.Format == ConcordCSV:
		return r.proposal(row, sources[0], targets, cell(outcomeColumn), cell(flagsColumn))
	case len(targets) == 1 && isNothing(targets[0]), len(targets) == 0 && row.Relation == crosswalk.NoRelationship:
		row.Relation, row.Gap = "", true
		return r.t.pair(row, sources, []string{""})
	case len(targets) == 0 && (r.workbook || r.c.isTemplate()):
		r.t.Blank++
		return nil
	case len(targets) == 0:
		return fmt.Errorf("%q and nothing in the target column %q: fill it, or say %q in the relation column if nothing maps to it",
			sources[0], fold(r.c.header[r.c.at[targetColumn]]), "no relationship")
	}
	return r.t.pair(row, sources, targets)
}

// ids returns the ids in a cell.
func (r *reader) ids(cell string) []string {
	if !r.lists {
		if cell = fold(cell); cell == "" {
			return nil
		}
		return []string{cell}
	}
	parts := fields(cell, "\n\r;")
	var out []string
	for _, p := range parts {
		if list := fields(p, ","); !slices.ContainsFunc(list, notCode) {
			out = append(out, list...)
		} else {
			out = append(out, p)
		}
	}
	return out
}

// fields cuts a cell at any of these characters, and folds what is left.
func fields(cell, at string) []string {
	var out []string
	for part := range strings.FieldsFuncSeq(cell, func(c rune) bool { return strings.ContainsRune(at, c) }) {
		if part = fold(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// notCode reports whether a part of a list reads as words rather than as an id.
func notCode(part string) bool {
	return !strings.ContainsFunc(part, unicode.IsDigit) && strings.ContainsFunc(part, unicode.IsLower)
}

// armed takes off the apostrophe that keeps a spreadsheet from running a cell as
// a formula, as export puts it there.
func armed(cell string) string {
	rest, ok := strings.CutPrefix(cell, "'")
	if !ok || rest == "" {
		return cell
	}
	sign, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(rest, func(c rune) bool {
		return unicode.IsSpace(c) || unicode.Is(unicode.Cf, c)
	}))
	if strings.ContainsRune("\t\r\n", rune(rest[0])) || strings.ContainsRune("=+-@＝＋－＠", sign) {
		return rest
	}
	return cell
}

func filled(cells []string) int {
	n := 0
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			n++
		}
	}
	return n
}
