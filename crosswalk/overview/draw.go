package overview

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"

	"concord/corpus"
	"concord/crosswalk"
	"concord/internal/visible"
)

//go:embed overview.tmpl
var fragment string

//go:embed overview.css
var style string

// Style returns the style sheet of the drawing. All of it is for what stands in
// an element of class "overview".
func Style() string { return style }

// A Cell is a part of the drawing that can lead to its rows. Fields that are
// zero do not narrow it.
type Cell struct {
	State    State
	Source   string             // id of one source element
	Function string             // id of a group of source elements, or [None], see [Groups]
	Focus    string             // Focus Area, or [None]
	Priority int                // from 1, or [NoPriority]
	Family   string             // id of a group of target elements, or [None]
	Relation crosswalk.Relation // with State Decided or Open: pairs of this relation
	Bin      int                // 1 to [Bins], see [BinOf]: proposals of this range
	Outcome  crosswalk.Outcome  // with Bin: Mapped or Unrelated
}

// HTML draws the overview as a section of a page whose headings begin at level
// 2. Link returns the address of the rows of a part, or nothing for no link; nil
// is for no links at all. The same overview and links give the same bytes. The
// markup is well-formed XML too, and the page may hold it once, for its ids.
func (o *Overview) HTML(link func(Cell) string) (template.HTML, error) {
	t, err := template.New("overview").Parse(fragment)
	if err != nil {
		return "", fmt.Errorf("draw overview: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, pen{link}.view(o)); err != nil {
		return "", fmt.Errorf("draw overview: %w", err)
	}
	return template.HTML(visible.Text(b.String())), nil // every text in it was escaped by the template
}

// A pen draws with links.
type pen struct{ link func(Cell) string }

// A figure is a number that may lead to what it counts.
type figure struct {
	N   int
	URL string
}

func (p pen) figure(n int, c Cell) figure {
	if n == 0 || p.link == nil {
		return figure{N: n}
	}
	return figure{n, p.link(c)}
}

// figures are those of a tally, with the bar that shows them.
type figures struct {
	Mapped, Open, Gap figure
	All               int
	Share             string // mapped by a person
	Bar               []box
	Name              string // of what is counted
	Heat              int    // 0 to 5: none of it is mapped, all is
	Urgent            bool   // there is a gap of priority 1
}

func (p pen) figures(t Tally, name string, c Cell) figures {
	of := func(n int, s State) figure {
		c.State = s
		return p.figure(n, c)
	}
	f := figures{
		Mapped: of(t.Mapped, Mapped), Open: of(t.Open, Open), Gap: of(t.Gap, Gap), All: t.All(), Share: share(t.Mapped, t.All()), Name: name,
		Bar: bar(t.All(), t.Mapped, t.Open, t.Gap), Urgent: c.Priority == 1 && t.Gap > 0,
	}
	if t.Mapped > 0 {
		f.Heat = 1 + 4*t.Mapped/t.All()
	}
	return f
}

// share writes a part of a whole in percent: 0 and 100 only if it is none and
// all of it.
func share(n, of int) string {
	if of == 0 {
		return ""
	}
	whole := (100*n + of/2) / of
	if n > 0 && n < of {
		whole = min(max(whole, 1), 99)
	}
	return strconv.Itoa(whole) + " %"
}

// A heading is one of a group of columns.
type heading struct {
	Name, Title string
	Span        int
	Priorities  []string // one for each column; nil if the elements have none
}

type gridRow struct {
	Group
	Name  string
	Cells []figures
	Total figures
}

type familyRow struct {
	Group
	Name string
	figures
}

type mixRow struct {
	Name          string
	Decided, Open figure
	Bar           []box
}

type binRow struct {
	Name              string
	Mapped, Unrelated figure
}

type gapRow struct {
	corpus.Element
	URL string
}

// view is what the template shows.
type view struct {
	*Overview
	SourceFigures, TargetFigures figures
	Pairs                        []box // decided and open
	DecidedShare                 string
	Kind, FamilyKind             string
	Headings                     []heading
	Prioritised                  bool // a heading has priorities
	Grid                         []gridRow
	Foot                         []figures
	FootAll                      figures
	FamilyRows                   []familyRow
	Shown, More                  []gapRow
	MixRows                      []mixRow
	Histogram                    histogram
	BinRows                      []binRow
}

// shownGaps is how many gaps stand open; the others are folded.
const shownGaps = 20

func (p pen) view(o *Overview) view {
	v := view{
		Overview:      o,
		SourceFigures: p.figures(o.Sources, "Elements of "+o.Source, Cell{}), TargetFigures: p.figures(o.Targets, "Elements of "+o.Target, Cell{}),
		Pairs: bar(o.Decided+o.Open, o.Decided, o.Open, 0), DecidedShare: share(o.Decided, o.Decided+o.Open),
		Histogram: histogramOf(o),
	}
	// What leads nowhere but to everything is no link.
	for _, f := range []*figures{&v.SourceFigures, &v.TargetFigures} {
		f.Mapped.URL, f.Open.URL, f.Gap.URL = "", "", ""
	}
	p.grid(&v)
	v.FamilyKind = "Group"
	for _, f := range o.Families {
		if f.Kind != "" {
			v.FamilyKind = capital(f.Kind)
		}
		name := nameOf(f.Group, len(o.Families))
		v.FamilyRows = append(v.FamilyRows, familyRow{f.Group, name, p.figures(f.Tally, name, Cell{Family: f.ID})})
	}
	for i, e := range o.Gaps {
		row := gapRow{Element: e}
		if p.link != nil {
			row.URL = p.link(Cell{Source: e.ID, State: Gap})
		}
		if i < shownGaps {
			v.Shown = append(v.Shown, row)
		} else {
			v.More = append(v.More, row)
		}
	}
	most := 0
	for _, m := range o.Relations {
		most = max(most, m.Decided+m.Open)
	}
	for _, m := range o.Relations {
		v.MixRows = append(v.MixRows, mixRow{capital(string(m.Relation)), p.figure(m.Decided, Cell{Relation: m.Relation, State: Decided}),
			p.figure(m.Open, Cell{Relation: m.Relation, State: Open}), bar(most, m.Decided, m.Open, 0)})
	}
	for i, b := range o.Bins {
		v.BinRows = append(v.BinRows, binRow{rangeOf(i), p.figure(b.Mapped, Cell{Bin: i + 1, Outcome: crosswalk.Mapped}),
			p.figure(b.Unrelated, Cell{Bin: i + 1, Outcome: crosswalk.Unrelated})})
	}
	return v
}

// grid lays out the source elements by group, Focus Area and priority.
func (p pen) grid(v *view) {
	v.Kind = "Group"
	var parts []Cell // of the columns
	for _, c := range v.Columns {
		h := heading{Name: c.Focus, Title: c.Title, Span: len(c.Priorities)}
		if c.Focus == None {
			h.Name, h.Title = capital(c.Title), ""
			if h.Name == "" {
				h.Name = "No Focus Area"
			}
			if len(v.Columns) == 1 {
				h.Name = "Elements"
			}
		}
		for _, x := range c.Priorities {
			part := Cell{Focus: c.Focus, Priority: x}
			if len(v.Columns) == 1 && c.Focus == None {
				part.Focus = ""
			}
			if len(c.Priorities) == 1 && x == NoPriority {
				part.Priority = 0
			} else {
				h.Priorities = append(h.Priorities, priority(x))
				v.Prioritised = true
			}
			parts = append(parts, part)
		}
		v.Headings = append(v.Headings, h)
	}
	line := func(name string, id string, cells []Tally) (out []figures) {
		for i, t := range cells {
			c := parts[i]
			c.Function = id
			out = append(out, p.figures(t, name+", "+partName(c), c))
		}
		return out
	}
	for _, r := range v.Rows {
		if r.Kind != "" {
			v.Kind = capital(r.Kind)
		}
		name := nameOf(r.Group, len(v.Rows))
		v.Grid = append(v.Grid, gridRow{r.Group, name, line(name, r.ID, r.Cells), p.figures(r.Total, name, Cell{Function: r.ID})})
	}
	v.Foot, v.FootAll = line("All", "", v.Totals), p.figures(v.Sources, "All", Cell{})
}

// nameOf names one of n groups.
func nameOf(g Group, n int) string {
	switch {
	case g.ID != None:
		return g.ID
	case n == 1:
		return "All elements"
	}
	return "On their own"
}

func partName(c Cell) string {
	name := "all"
	if c.Focus == None {
		name = "no Focus Area"
	} else if c.Focus != "" {
		name = c.Focus
	}
	if c.Priority != 0 {
		name += ", " + strings.ToLower(priority(c.Priority))
	}
	return name
}

func priority(n int) string {
	if n == NoPriority {
		return "No priority"
	}
	return "Priority " + strconv.Itoa(n)
}

// capital begins a name with a capital letter and writes its underscores as
// spaces.
func capital(s string) string {
	r := []rune(strings.ReplaceAll(s, "_", " "))
	if len(r) == 0 {
		return ""
	}
	return strings.ToUpper(string(r[0])) + string(r[1:])
}

// A box is a rectangle of a drawing; its class says what it stands for.
type box struct{ Class, X, Y, Width, Height string }

// Units of a bar, and the heights by which its parts differ without colour.
const (
	barWidth   = 100.0
	barHeight  = 10.0
	openHeight = 5.0
	gapHeight  = 1.5
)

// bar draws counts one after the other, each as wide as its part of all.
func bar(all, mapped, open, gap int) (out []box) {
	x := 0.0
	for _, part := range []struct {
		class  string
		n      int
		height float64
	}{{"mapped", mapped, barHeight}, {"open", open, openHeight}, {"gap", gap, gapHeight}} {
		if part.n == 0 {
			continue
		}
		width := barWidth * float64(part.n) / float64(all)
		out = append(out, box{part.class, num(x), num(barHeight - part.height), num(width), num(part.height)})
		x += width
	}
	return out
}

// num writes a length to a thousandth of a unit.
func num(x float64) string {
	return strconv.FormatFloat(math.Round(x*1000)/1000+0, 'f', -1, 64) // + 0: no minus zero
}
