package mapping

import (
	"fmt"

	"concord/crosswalk"
	spread "concord/internal/cell" // cells are plenty here
)

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
			s = spread.Arm(s)
		}
		return s
	}
	row := Row{
		Line: l.number, Where: l.where, Word: fold(cell(relationColumn)),
		RationaleType: rationaleTypeOf(cell(typeColumn)), Strength: strengthOf(cell(strengthColumn)),
		Rationale: cell(rationaleColumn), SourceSHA256: cell(sourceHashColumn), TargetSHA256: cell(targetHashColumn),
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
	sources, targets := ids(cell(sourceColumn), r.lists), ids(cell(targetColumn), r.lists)
	switch {
	case len(sources)+len(targets) == 0:
		return nil
	case plain(cell(gapColumn)) == "not mapped", plain(cell(gapColumn)) == "judged" && len(sources) == 0:
		return nil // a table of package exchange says so; labels know no gaps of targets
	case plain(cell(gapColumn)) == "judged" && len(targets) == 0:
		row.Relation, row.Gap = "", true
		return r.t.pair(row, sources, []string{""})
	case len(sources) == 0:
		return fmt.Errorf("a target and nothing in the source column %q: fill it, or delete the row", fold(r.c.header[r.c.at[sourceColumn]]))
	case row.Word == Open:
		r.t.Open++
		return nil
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
