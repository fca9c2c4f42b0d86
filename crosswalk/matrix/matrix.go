// Package matrix lays the crosswalks of one source side by side: a row for each
// element of the source, a column for each target.
//
// [Of] arranges, [Matrix.Reverse] turns one column round, and a [Table] is
// either of them in words, to be written as XLSX, CSV, HTML or Markdown. Ids and
// texts stay as the frameworks have them until a writer disarms them for its
// reader. Nothing written here is read again.
package matrix

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/exchange"
)

// high is the priority of a focus-area cell that is counted separately.
const high = 1

// A Beside is one target with what is mapped to it.
type Beside struct {
	Target    *corpus.Framework
	Crosswalk *exchange.Crosswalk // from the source to Target; nil if nobody drafted one
	Covers    []string            // ids of the source elements that the crosswalk set out to map, in any order
	Means     string              // what the column means to the reader; may be empty
}

// A View says which elements are shown and how. The zero View shows everything
// in document order.
type View struct {
	Title      string                    // empty for one that names the frameworks
	Intro      string                    // paragraphs, a blank line between two; may be empty
	Keep       func(corpus.Element) bool // which source elements are rows; nil for all
	ByPriority bool                      // rows of high priority first, those without one last
	Words      int                       // of each statement, a table shows at most so many; 0 for all
	Items      int                       // of each cell, a table shows at most so many ids, the likeliest; 0 for all
}

// A Matrix holds the crosswalks of one source. Rows and cells are in the order
// in which they are shown.
type Matrix struct {
	View
	Source  *corpus.Framework
	Draft   bool // a cell shows what nobody decided on
	Made    time.Time
	Tool    string // name and version of the program that drafted
	Columns []Column
	Rows    []Row
	Generic int // focus-area cells that are no rows: they only say that standard practices apply
}

// A Column is one target.
type Column struct {
	Target  *corpus.Framework
	Run     string // empty for a crosswalk that came from elsewhere
	Missing bool   // nobody drafted it: its cells are [NotDrafted]
	Means   string
	All     Coverage // of the rows
	High    Coverage // of the rows of priority 1
}

// A Coverage counts rows. Mapped, Drafted and None exclude each other.
type Coverage struct {
	Of      int // rows that the crosswalk set out to map
	Mapped  int // with a mapping that people decided on
	Drafted int // with drafts alone
	None    int // of which people decided that nothing is related to them
}

// A Row is one element of the source.
type Row struct {
	corpus.Element
	Group string // the container above it, or its priority where these order the rows
	Cells []Cell // one for each column
}

// A Standing says what a cell without a target means.
type Standing string

const (
	Mapped     Standing = "mapped"      // there are targets
	Open       Standing = ""            // nobody decided, or nobody looked
	None       Standing = "none"        // looked at, and nothing is related
	Outside    Standing = "outside"     // the crosswalk did not set out to map the element
	NotDrafted Standing = "not drafted" // there is no crosswalk
)

// A Cell is what one element is mapped to in one target.
type Cell struct {
	Standing Standing
	Draft    bool // of [None]: a program looked, and no person decided
	Mappings []Mapping
}

// A Mapping is the targets of one cell in one relation: decided ones come before
// drafts, equal before subset, superset, intersection and what nobody typed.
type Mapping struct {
	Relation crosswalk.Relation // empty where nobody typed it
	Draft    bool
	Targets  []Target // in document order
}

// A Target is one element of a target framework.
type Target struct {
	ID, Title   string
	Probability float64 // that it is mapped, 0 to 1; 1 where people decided
}

// Of lays crosswalks beside each other. It is an error if there is none, if one
// starts from another text than source, if two lead to one target, or if no
// element is left to be a row.
func Of(source *corpus.Framework, besides []Beside, view View) (*Matrix, error) {
	if len(besides) == 0 {
		return nil, errors.New("there is no target to lay beside the source")
	}
	m := &Matrix{View: view, Source: source}
	rows, err := m.begin(besides)
	if err != nil {
		return nil, err
	}
	for _, e := range source.Elements {
		keep := view.Keep == nil || view.Keep(e)
		switch {
		case keep && rows[e.ID]:
			m.Rows = append(m.Rows, Row{Element: e, Group: container(source, e), Cells: make([]Cell, len(besides))})
		case keep && e.Generic != "":
			m.Generic++
		}
	}
	if len(m.Rows) == 0 {
		return nil, fmt.Errorf("nothing of %s is left to show: all its elements are filtered out", source.Spec())
	}
	for i, b := range besides {
		m.fill(i, b)
	}
	if view.ByPriority {
		m.sortByPriority()
	}
	return m, nil
}

// begin adds the columns, and returns the ids that are rows.
func (m *Matrix) begin(besides []Beside) (map[string]bool, error) {
	rows := map[string]bool{}
	specs := map[string]bool{}
	for _, b := range besides {
		c := Column{Target: b.Target, Missing: b.Crosswalk == nil, Means: b.Means}
		if specs[b.Target.Spec()] {
			return nil, fmt.Errorf("two crosswalks lead to %s: a matrix has one column for each target", b.Target.Spec())
		}
		specs[b.Target.Spec()] = true
		if x := b.Crosswalk; x != nil {
			if digest := m.Source.Digest(); x.Source.Digest != digest {
				return nil, fmt.Errorf("the crosswalk to %s is from %s of digest %.12s, and the matrix is of %s of digest %.12s: draft both from one text",
					b.Target.Spec(), x.Source.Spec(), x.Source.Digest, m.Source.Spec(), digest)
			}
			c.Run, m.Tool = x.Run, x.Tool+" "+x.Version
			if x.Made.After(m.Made) {
				m.Made = x.Made
			}
			for _, r := range x.Rows {
				rows[r.Source] = true
			}
		}
		for _, id := range b.Covers {
			rows[id] = true
		}
		m.Columns = append(m.Columns, c)
	}
	if len(rows) == 0 {
		for _, e := range m.Source.Mappable() {
			rows[e.ID] = true
		}
	}
	return rows, nil
}

// container names the nearest element above that only orders the document.
func container(f *corpus.Framework, e corpus.Element) string {
	for up := range f.Ancestors(e) {
		if corpus.IsContainer(up.Kind) {
			return named(up.ID, up.Title)
		}
	}
	return ""
}

// named puts a title after an id.
func named(id, title string) string {
	if title == "" || title == id {
		return id
	}
	return id + " " + title
}

// fill puts a crosswalk into a column.
func (m *Matrix) fill(column int, b Beside) {
	byID := map[string][]exchange.Row{}
	covered, looked := map[string]bool{}, map[string]bool{}
	for _, id := range b.Covers {
		covered[id] = true
	}
	if x := b.Crosswalk; x != nil {
		for _, r := range x.Rows {
			byID[r.Source] = append(byID[r.Source], r)
			covered[r.Source] = true
		}
		for _, g := range x.Gaps {
			looked[g.ID] = looked[g.ID] || g.Side == crosswalk.SourceSide && g.Judged
		}
	}
	c := &m.Columns[column]
	for i := range m.Rows {
		row := &m.Rows[i]
		cell := cellOf(byID[row.ID], looked[row.ID], b.Crosswalk != nil && b.Crosswalk.Draft)
		switch {
		case c.Missing:
			cell = Cell{Standing: NotDrafted}
		case !covered[row.ID]:
			cell = Cell{Standing: Outside}
		default:
			c.All.add(cell)
			if row.Priority == high {
				c.High.add(cell)
			}
		}
		m.Draft = m.Draft || cell.drafted()
		row.Cells[column] = cell
	}
}

// cellOf makes a cell of the rows of one source, in document order of their
// targets. Looked says that nothing of it waits for a decision.
func cellOf(rows []exchange.Row, looked, drafts bool) Cell {
	type key struct {
		target   string
		relation crosswalk.Relation
	}
	decided, refused := map[key]bool{}, false
	for _, r := range rows {
		decided[key{r.Target, r.Relation}] = decided[key{r.Target, r.Relation}] || r.State != exchange.Draft
		refused = refused || r.State != exchange.Draft && r.Relation == crosswalk.NoRelationship
	}
	seen := map[key]bool{}
	var c Cell
	for _, draft := range []bool{false, true} {
		for _, relation := range relations() {
			g := Mapping{Relation: relation, Draft: draft}
			for _, r := range rows {
				k := key{r.Target, r.Relation}
				if r.Relation != relation || seen[k] || decided[k] == draft {
					continue
				}
				seen[k] = true
				t := Target{ID: r.Target, Title: r.TargetTitle, Probability: 1}
				if p := r.Probability; p != nil && draft {
					t.Probability = *p
				}
				g.Targets = append(g.Targets, t)
			}
			if len(g.Targets) > 0 {
				c.Mappings = append(c.Mappings, g)
			}
		}
	}
	switch {
	case len(c.Mappings) > 0:
		c.Standing = Mapped
	case looked && refused:
		c.Standing = None
	case looked && drafts:
		c.Standing, c.Draft = None, true
	}
	return c
}

// relations lists those that say that something is related, the strongest
// first, then the one that nobody typed.
func relations() []crosswalk.Relation {
	return []crosswalk.Relation{crosswalk.Equal, crosswalk.SubsetOf, crosswalk.SupersetOf, crosswalk.IntersectsWith, ""}
}

func (c Cell) drafted() bool {
	return c.Draft || slices.ContainsFunc(c.Mappings, func(g Mapping) bool { return g.Draft })
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// add counts a cell of a row that the crosswalk set out to map.
func (c *Coverage) add(cell Cell) {
	c.Of++
	switch {
	case cell.Standing == Mapped && !cell.Mappings[0].Draft:
		c.Mapped++
	case cell.Standing == Mapped:
		c.Drafted++
	case cell.Standing == None && !cell.Draft:
		c.None++
	}
}

// sortByPriority orders the rows by priority, and groups them by it.
func (m *Matrix) sortByPriority() {
	place := func(r Row) int { return cmp.Or(r.Priority, 99) }
	slices.SortStableFunc(m.Rows, func(a, b Row) int { return cmp.Compare(place(a), place(b)) })
	for i := range m.Rows {
		r := &m.Rows[i]
		if r.Group = "Without a priority"; r.Priority > 0 {
			r.Group = "Priority " + priorityWord(r.Priority)
		}
	}
}

// priorityWord puts a priority of the Profile into words.
func priorityWord(p int) string {
	switch p {
	case 0:
		return ""
	case 1:
		return "1 (high)"
	case 2:
		return "2 (moderate)"
	case 3:
		return "3 (foundational)"
	}
	return fmt.Sprint(p)
}

// stamp writes when the last decision or draft was made; empty if it is not
// known.
func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}
