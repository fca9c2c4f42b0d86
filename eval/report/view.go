package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"concord/corpus"
	"concord/eval"
)

// A table has a first column of names; Head names it too.
type table struct {
	Caption string
	Head    []string
	Groups  []group
}

// A group of rows may have a name and somewhere to go on reading.
type group struct {
	Name, Href string
	Rows       []row
}

type row struct {
	Name, Href string
	Strong     bool
	Cells      []string
}

// A view is the page as the template writes it.
type view struct {
	Page
	When     string
	Summary  table
	Sets     []setView
	Glossary []term
}

type setView struct {
	ID, Name string
	Facts    []fact
	Figures  table
	Views    table
	ViewNote string
	Charts   []figure
	Typed    confusion
	Misses   []miss
	Subject  string
}

type fact struct{ Name, Value string }

func viewOf(p Page) view {
	v := view{Page: p, Summary: table{Caption: "Head figures of every label set, strict", Head: []string{"System"}}}
	if !p.When.IsZero() {
		v.When = p.When.UTC().Format("2 January 2006, 15:04 UTC")
	}
	for _, m := range head() {
		v.Summary.Head = append(v.Summary.Head, m.Title)
	}
	said := map[string]bool{}
	for i, s := range p.Sets {
		id := fmt.Sprintf("set-%d", i+1)
		sv := s.view(id)
		v.Sets = append(v.Sets, sv)
		g := group{Name: sv.Name, Href: "#" + id}
		for _, c := range s.columns() {
			g.Rows = append(g.Rows, row{Name: c.name, Strong: c.subject, Cells: numerals(c.metrics, head())})
		}
		for _, t := range []table{sv.Figures, sv.Views} {
			for _, g := range t.Groups {
				for _, r := range g.Rows {
					said[r.Href] = true
				}
			}
		}
		v.Summary.Groups = append(v.Summary.Groups, g)
	}
	for _, t := range glossary() {
		if said["#figure-"+t.Metric] {
			v.Glossary = append(v.Glossary, t)
		}
	}
	return v
}

// head returns the metrics of the table over all sets.
func head() []eval.Metric {
	var list []eval.Metric
	for _, name := range []string{"top1", "mrr5", "map", "ndcg10", "r20", "r50", "precision", "recall", "f1"} {
		if m, ok := eval.MetricByName(name); ok {
			list = append(list, m)
		}
	}
	return list
}

// A column is a system with its figures, measured or published.
type column struct {
	name    string
	metrics map[string]float64
	subject bool
}

func (s Set) columns() []column {
	var list []column
	for _, p := range s.Published {
		list = append(list, column{name: p.System + ", published", metrics: p.Metrics})
	}
	for i, score := range s.Result.Scores {
		list = append(list, column{score.System, score.Metrics, i == len(s.Result.Scores)-1})
	}
	return list
}

func (s Set) view(id string) setView {
	subject := s.subject()
	v := setView{ID: id, Name: s.name(), Facts: s.facts(), Subject: subject.System, Charts: s.figures(id), Figures: s.figuresTable()}
	v.Views, v.ViewNote = s.viewsTable()
	if n := len(s.Seen); n > 0 {
		v.Typed = confusionOf(s.Seen[n-1])
		v.Misses = s.misses(s.Seen[n-1])
	}
	return v
}

func (s Set) name() string {
	if s.Result.Folded {
		return s.Result.Set + ", enhancements folded"
	}
	return s.Result.Set
}

func (s Set) facts() []fact {
	subject, r := s.subject(), s.Result
	facts := []fact{{"Source", titleOf(s.Source)}, {"Target", titleOf(s.Target)}}
	add := func(name, value string) {
		if value != "" {
			facts = append(facts, fact{name, value})
		}
	}
	size := fmt.Sprintf("%s with %s, among %s", many(subject.Sources, "source"), many(subject.Labels, "listed pair"), many(subject.Targets, "target"))
	if len(r.Kinds) > 0 {
		size += " (" + strings.Join(r.Kinds, ", ") + ")"
	}
	if subject.Gaps > 0 {
		size += "; " + many(subject.Gaps, "source") + " known to be gaps"
	}
	if subject.LeftOut > 0 {
		size += "; " + many(subject.LeftOut, "label") + " left out that no ranking can find"
	}
	add("Size", size)
	add("Labels by", r.Maker)
	add("Trust", trust(r.Trust))
	add("Licence", r.Licence)
	if r.Comprehensive {
		add("Claim", "Its maker claims to have listed every pair: one that is not listed is wrong.")
	} else {
		add("Claim", "Silver: nobody claims to have listed every pair. One that is not listed may still be right, so precision is a lower bound.")
	}
	add("Precedents", strings.Join(r.Precedents, ", "))
	if m := subject.Spent; m != nil {
		spent := fmt.Sprintf("%s of a model, %d tokens in and %d out", many(m.Calls, "call"), m.PromptTokens, m.CompletionTokens)
		if m.Cost != nil {
			spent += ", cost " + strconv.FormatFloat(*m.Cost, 'f', 4, 64)
		}
		add("Spent", spent)
	}
	for i, f := range []*corpus.Framework{s.Source, s.Target} {
		if f.Local && (i == 0 || f.Spec() != s.Source.Spec()) {
			add("Keep", f.Spec()+" is marked local. This page quotes it: do not pass it on.")
		}
	}
	return facts
}

func titleOf(f *corpus.Framework) string {
	if f.Title == "" {
		return f.Spec()
	}
	return f.Title + " (" + f.Spec() + ")"
}

func trust(grade string) string {
	switch grade {
	case "A":
		return "A: by an owner of one of the frameworks or a government body"
	case "B":
		return "B: by community or vendor experts"
	case "C":
		return "C: made by a machine"
	}
	return grade
}

func (s Set) figuresTable() table {
	columns := s.columns()
	t := table{Caption: "All systems, strict", Head: []string{"Figure", "Better"}}
	for _, c := range columns {
		t.Head = append(t.Head, c.name)
	}
	t.Groups = metricGroups(columns)
	return t
}

// viewsTable has the system that the page is about in all views, and why there
// is nothing in some of them.
func (s Set) viewsTable() (table, string) {
	subject := s.subject()
	t := table{Caption: subject.System + " in every view", Head: []string{"Figure", "Better", "strict"}}
	columns := []column{{metrics: subject.Metrics}}
	var silent []string
	why := map[eval.View]string{
		eval.Condensed: "Nothing is condensed: nobody has judged a pair and found it not related.",
		eval.Pooled:    "Nothing is pooled: nobody has judged a pair beside the published list.",
	}
	for _, v := range []eval.View{eval.Condensed, eval.Pooled, eval.Achievable} {
		t.Head = append(t.Head, string(v))
		columns = append(columns, column{metrics: subject.Views[v]})
		if reason := why[v]; reason != "" && len(subject.Views[v]) == 0 {
			silent = append(silent, reason)
		}
	}
	t.Groups = metricGroups(columns)
	return t, strings.Join(silent, " ")
}

// metricGroups has a group for everything that metrics are about, with those
// that some column has.
func metricGroups(columns []column) []group {
	var groups []group
	for _, m := range eval.Metrics() {
		if !slices.ContainsFunc(columns, func(c column) bool { _, ok := c.metrics[m.Name]; return ok }) {
			continue
		}
		if n := len(groups); n == 0 || groups[n-1].Name != capital(m.About) {
			groups = append(groups, group{Name: capital(m.About)})
		}
		name := m.Title
		if m.Unit != "" {
			name += " (" + m.Unit + ")"
		}
		cells := []string{better(m)}
		for _, c := range columns {
			cells = append(cells, numeral(c.metrics, m.Name))
		}
		g := &groups[len(groups)-1]
		g.Rows = append(g.Rows, row{Name: name, Href: "#figure-" + m.Name, Cells: cells})
	}
	return groups
}

func better(m eval.Metric) string {
	if m.Fewer {
		return "↓ lower"
	}
	return "↑ higher"
}

func numerals(metrics map[string]float64, of []eval.Metric) []string {
	cells := make([]string, len(of))
	for i, m := range of {
		cells[i] = numeral(metrics, m.Name)
	}
	return cells
}

// none stands where nothing is known.
const none = "–"

// numeral writes a metric as it is shown.
func numeral(metrics map[string]float64, name string) string {
	v, ok := metrics[name]
	if !ok {
		return none
	}
	if m, _ := eval.MetricByName(name); m.Unit == "pairs" && v == math.Trunc(v) {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return plain(v)
}

// plain writes a number with three digits behind the point.
func plain(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return none
	}
	return strings.Replace(strconv.FormatFloat(v, 'f', 3, 64), "-", "−", 1)
}

func many(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
