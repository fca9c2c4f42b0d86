package matrix

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"concord/corpus"
	"concord/crosswalk"
)

// A Table is a matrix in words, whichever way it is read. [Table.XLSX],
// [Table.CSV], [Table.HTML] and [Table.Markdown] write it.
type Table struct {
	Title    string
	Name     string // what it is a table of, one word or two
	Draft    bool   // it holds what nobody decided on
	Intro    []string
	Facts    []Fact
	Overview []Summary
	Legend   []Sign
	Columns  []Heading
	Lines    []Line
	Notes    []string
	Names    []Names // what the ids in the cells stand for
	made     string  // RFC 3339
	tool     string
}

// A Fact has a name of ours and a value of theirs.
type Fact struct{ Name, Value string }

// A Summary says how far a column has come.
type Summary struct {
	Name, Title string // of the framework
	All, High   string // "12 of 312 (4 %), 250 more as drafts"; High is empty where nothing has a priority
	Means       string
}

// A Sign is a mark of a cell, with the words for it.
type Sign struct{ Mark, Words, Meaning string }

// A Heading is that of a column.
type Heading struct {
	Name  string
	Width float64 // in characters
	Wide  bool    // its cells hold sentences
	Short bool    // its cells hold a word or two
	Count bool    // its cells hold numbers
	Long  bool    // its cells hold many ids
}

// A Line is a row of a table.
type Line struct {
	Group  string // lines of one group follow each other; empty for none
	Under  bool   // it belongs to a line above, as a focus-area cell does to its subcategory
	Fields []Field
}

// A Field is what stands in a cell: a text, a number, or marks.
type Field struct {
	Text   string
	Number *int
	Marks  []Mark
	Word   string // in place of marks: why there are none
	Left   int    // ids that are left out
}

// A Mark is ids in one relation.
type Mark struct {
	Draft bool
	Sign
	IDs []Label
}

// A Label is an id in words.
type Label struct {
	Text   string
	Urgent bool // of priority 1, among others
	More   bool // another one follows
}

// join writes labels in a row.
func join(labels []Label) string {
	texts := make([]string, len(labels))
	for i, l := range labels {
		texts[i] = l.Text
	}
	return strings.Join(texts, ", ")
}

// Names says what the ids of one framework stand for.
type Names struct {
	Framework string
	List      []Fact // id and title
}

// Table puts the matrix into words.
func (m *Matrix) Table() *Table {
	t := &Table{Name: "Matrix", Draft: m.Draft, Intro: paragraphs(m.Intro), tool: m.Tool, made: stamp(m.Made)}
	t.Title = cmp.Or(m.Title, m.Source.Spec()+" beside "+m.specs())
	t.Facts = append(t.Facts, Fact{"Source", named(m.Source.Spec(), m.Source.Title)})
	prioritised := slices.ContainsFunc(m.Rows, func(r Row) bool { return r.Priority > 0 })
	t.Columns = []Heading{{Name: "Id", Width: 19}, {Name: "Outcome", Width: 42, Wide: true}}
	if prioritised {
		t.Columns = append(t.Columns, Heading{Name: "Focus Area", Width: 11, Short: true}, Heading{Name: "Priority", Width: 15, Short: true})
	}
	for _, c := range m.Columns {
		t.Columns = append(t.Columns, Heading{Name: c.Target.Spec(), Width: min(34, max(18, 90/float64(len(m.Columns))))})
		s := Summary{Name: c.Target.Spec(), Title: c.Target.Title, Means: c.Means, All: string(NotDrafted)}
		if prioritised {
			s.High = string(NotDrafted)
		}
		if !c.Missing {
			s.All = c.All.words()
			if prioritised {
				s.High = c.High.words()
			}
			if c.Run != "" {
				t.Facts = append(t.Facts, Fact{"Run to " + c.Target.Spec(), c.Run})
			}
		}
		t.Overview = append(t.Overview, s)
	}
	t.Facts = append(t.Facts, Fact{"Latest decision or draft", t.made})
	shown := make([]map[string]bool, len(m.Columns))
	for i := range shown {
		shown[i] = map[string]bool{}
	}
	for _, r := range m.Rows {
		l := Line{Group: r.Group, Under: r.Focus != "", Fields: []Field{{Text: r.ID}, {Text: statement(r.Element, m.Words)}}}
		if prioritised {
			l.Fields = append(l.Fields, Field{Text: capital(r.Focus)}, Field{Text: priorityWord(r.Priority)})
		}
		for i, c := range r.Cells {
			l.Fields = append(l.Fields, c.field(m.Items, shown[i]))
		}
		t.Lines = append(t.Lines, l)
	}
	t.legend(m.Source.Spec()+" element", "the other")
	for i, c := range m.Columns {
		t.name(c.Target, shown[i])
	}
	t.noteGeneric(m)
	return t
}

func (m *Matrix) specs() string {
	var specs []string
	for _, c := range m.Columns {
		specs = append(specs, c.Target.Spec())
	}
	return strings.Join(specs, ", ")
}

// Table puts what controls serve into words.
func (r *Reverse) Table() *Table {
	t := &Table{Name: "Controls", Draft: r.Draft, Intro: paragraphs(r.Intro), tool: r.Tool, made: stamp(r.Made)}
	t.Title = cmp.Or(r.Title, "What "+r.Target.Spec()+" serves of "+r.Source.Spec())
	t.Facts = []Fact{{"Source", named(r.Source.Spec(), r.Source.Title)}, {"Target", named(r.Target.Spec(), r.Target.Title)}}
	if r.Run != "" {
		t.Facts = append(t.Facts, Fact{"Run", r.Run})
	}
	t.Facts = append(t.Facts, Fact{"Latest decision or draft", t.made})
	prioritised := r.High.Of > 0
	s := Summary{Name: r.Target.Spec(), Title: r.Target.Title, Means: r.Means, All: r.All.words()}
	t.Columns = []Heading{{Name: "Id", Width: 14}, {Name: "Control", Width: 32, Wide: true}}
	if prioritised {
		s.High = r.High.words()
		t.Columns = append(t.Columns, Heading{Name: "Priority-1 cells", Width: 11, Count: true})
		if r.Draft {
			t.Columns = append(t.Columns, Heading{Name: "Priority-1 cells, drafts", Width: 11, Count: true})
		}
	}
	t.Columns = append(t.Columns, Heading{Name: "Outcomes", Width: 11, Count: true})
	if r.Draft {
		t.Columns = append(t.Columns, Heading{Name: "Outcomes, drafts", Width: 11, Count: true})
	}
	serves := Heading{Name: "Serves", Width: 80, Long: true}
	if prioritised {
		serves.Name += " (priority in brackets)"
	}
	t.Columns = append(t.Columns, serves)
	t.Overview = []Summary{s}
	shown := map[string]bool{}
	for _, c := range r.Controls {
		l := Line{Group: c.Group, Fields: []Field{{Text: c.ID}, {Text: cmp.Or(c.Title, statement(c.Element, r.Words))}}}
		if prioritised {
			l.Fields = append(l.Fields, Field{Number: &c.High})
			if r.Draft {
				l.Fields = append(l.Fields, Field{Number: &c.HighDrafted})
			}
		}
		l.Fields = append(l.Fields, Field{Number: &c.Outcomes})
		if r.Draft {
			l.Fields = append(l.Fields, Field{Number: &c.OutcomesDrafted})
		}
		t.Lines = append(t.Lines, Line{Group: l.Group, Fields: append(l.Fields, c.field(r.Items, shown))})
	}
	t.legend(r.Target.Spec()+" element", "the outcome")
	t.name(r.Source, shown)
	if r.Idle > 0 {
		t.Notes = append(t.Notes, fmt.Sprintf("Left out: %s of %s with nothing to serve of what is shown.", count(r.Idle, "element"), r.Target.Spec()))
	}
	return t
}

// legend adds the marks that are used, read from one side to the other.
func (t *Table) legend(subject, object string) {
	used := map[string]bool{}
	left := 0
	for _, l := range t.Lines {
		for _, f := range l.Fields {
			used["word "+f.Word] = true
			left += f.Left
			for _, m := range f.Marks {
				used[m.Words] = true
			}
		}
	}
	for _, r := range relations() {
		s := signOf(r)
		if s.Meaning = strings.NewReplacer("ONE", "the "+subject, "OTHER", object).Replace(s.Meaning); used[s.Words] {
			t.Legend = append(t.Legend, s)
		}
	}
	if t.Draft {
		t.Legend = append(t.Legend, Sign{draftWord, draftWord, "it is proposed, and nobody has decided, or reviewers disagree"})
	}
	for _, w := range []Sign{
		{wordNone, wordNone, "looked at, and people decided that nothing is related"},
		{wordNoneDraft, wordNoneDraft, "a program looked and found nothing, and nobody has decided"},
		{wordOutside, wordOutside, "the run did not set out to map it"},
		{wordNotDrafted, wordNotDrafted, "there is no crosswalk yet"},
	} {
		if used["word "+w.Words] {
			t.Legend = append(t.Legend, w)
		}
	}
	if t.Name == "Matrix" {
		t.Legend = append(t.Legend, Sign{"(blank)", "(blank)", "open: nobody has decided on a mapping"})
	}
	if left > 0 {
		t.Notes = append(t.Notes, "“and 3 more” stands for ids that are left out here: decided ones are named before drafts, likelier ones before others. The workbook and the CSV name all of them.")
	}
}

// name lists what the ids that are shown stand for, in document order.
func (t *Table) name(f *corpus.Framework, shown map[string]bool) {
	n := Names{Framework: f.Spec()}
	for _, e := range f.Elements {
		if shown[e.ID] {
			n.List = append(n.List, Fact{e.ID, cmp.Or(e.Title, statement(e, 12))})
		}
	}
	if len(n.List) > 0 {
		t.Names = append(t.Names, n)
	}
}

func (t *Table) noteGeneric(m *Matrix) {
	if m.Generic > 0 {
		t.Notes = append(t.Notes, fmt.Sprintf("Left out: %s with nothing but that standard practices apply. None of it was mapped, and a mapping of the subcategory does not hold for a cell.",
			count(m.Generic, "focus-area cell")))
	}
}

// Words that stand in place of marks.
const (
	draftWord      = "draft"
	wordNone       = "none"
	wordNoneDraft  = "none (draft)"
	wordOutside    = "not asked"
	wordNotDrafted = "not drafted"
)

// signOf returns the mark of a relation. The words go before ids.
func signOf(r crosswalk.Relation) Sign {
	switch r {
	case crosswalk.Equal:
		return Sign{"=", "equal to", "ONE and OTHER ask for the same"}
	case crosswalk.SubsetOf:
		return Sign{"⊂", "subset of", "OTHER holds all of ONE, and more"}
	case crosswalk.SupersetOf:
		return Sign{"⊃", "superset of", "ONE holds all of OTHER, and more"}
	case crosswalk.IntersectsWith:
		return Sign{"∩", "intersects with", "they share a part, and each has more"}
	}
	return Sign{"?", "related to", "nobody typed how, or reviewers disagree"}
}

// words says how far a column has come.
func (c Coverage) words() string {
	if c.Of == 0 {
		return "none asked"
	}
	s := fmt.Sprintf("%d of %d (%d %%)", c.Mapped, c.Of, c.Mapped*100/c.Of)
	if c.None > 0 {
		s += fmt.Sprintf(", %d related to nothing", c.None)
	}
	if c.Drafted > 0 {
		s += fmt.Sprintf(", %d more as drafts", c.Drafted)
	}
	return s
}

// statement returns the title of an element, or else what it says, in at most so
// many words; it ends with a sentence if more than half of them are left.
func statement(e corpus.Element, most int) string {
	text := e.Text
	if e.Generic != "" {
		text = cmp.Or(text, e.Generic)
	}
	if text = cmp.Or(text, e.Guide); e.Title != "" {
		text = strings.TrimSuffix(e.Title+": "+text, ": ")
	}
	words := strings.Fields(text)
	if most <= 0 || len(words) <= most {
		return strings.Join(words, " ")
	}
	cut := most
	for i := most; i > most/2; i-- {
		if strings.HasSuffix(words[i-1], ".") {
			cut = i
			break
		}
	}
	return strings.TrimRight(strings.Join(words[:cut], " "), ",;:") + " …"
}

// paragraphs cuts a text at blank lines.
func paragraphs(text string) []string {
	var out []string
	for _, p := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if p = strings.Join(strings.Fields(p), " "); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// capital writes "secure" as "Secure".
func capital(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + s[n:]
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// nested reports whether some lines belong to others.
func (t *Table) nested() bool {
	return slices.ContainsFunc(t.Lines, func(l Line) bool { return l.Under })
}
