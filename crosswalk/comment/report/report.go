// Package report writes what became of comments, for those who made them and
// those who must answer for it.
package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"concord/corpus"
	"concord/crosswalk/comment"
	"concord/internal/cell"
	"concord/internal/markdown"
	"concord/internal/visible"
	"concord/internal/xlsx"
)

// A Report is what became of the comments on a crosswalk.
type Report struct {
	Name  string // what was commented on
	Made  time.Time
	Items []comment.Item // in the order in which they are numbered
}

// Formats lists the formats.
func Formats() []string { return []string{"markdown", "html", "csv", "xlsx"} }

// Write writes the report in one of the formats. The same report gives the same
// bytes.
func Write(w io.Writer, r Report, format string) error {
	var data []byte
	var err error
	switch format {
	case "markdown":
		data = r.markdown()
	case "html":
		data, err = r.html()
	case "csv":
		data, err = r.csv()
	case "xlsx":
		data, err = r.xlsx()
	default:
		err = fmt.Errorf("unknown format %q: want one of %q", format, Formats())
	}
	if err == nil {
		_, err = w.Write(data)
	}
	if err != nil {
		return fmt.Errorf("write the report on comments: %w", err)
	}
	return nil
}

// A line is what all formats say of one comment.
type line struct {
	Number       int // in the report, from 1
	ID           string
	TheirNumber  string
	Round        string
	Commenter    string
	Organization string
	Rows         []string // places, or what could not be bound
	Comment      string
	Suggestion   string
	Rationale    string
	Extra        []comment.Field
	Disposition  string
	Reason       string
	By, When     string
	State        string   // what became of the rows
	Unbound      []string // what could not be bound and why
	Parts        []part   // what is said otherwise now
	From         string
}

// A part is a text that changed.
type part struct {
	Where string
	Old   bool // the old text is known
	Runs  []corpus.Run
	New   string
}

func (r Report) lines() []line {
	out := make([]line, len(r.Items))
	for i, item := range r.Items {
		l := line{
			Number: i + 1, ID: item.Short(), TheirNumber: item.Number, Round: item.Round, Commenter: item.Commenter, Organization: item.Organization,
			Comment: item.Text, Suggestion: item.Suggestion, Rationale: item.Rationale, Extra: item.Extra,
			Disposition: string(item.Disposition()), State: stateOf(item), From: item.Where(),
		}
		if a := item.Answer; a != nil {
			l.Reason, l.By, l.When = a.Reason, a.By, a.Time.UTC().Format(time.DateOnly)
		}
		for _, c := range item.Changes {
			l.Rows = append(l.Rows, place(c.Place))
			l.Parts = append(l.Parts, parts(c)...)
		}
		for _, u := range item.Unbound {
			l.Unbound = append(l.Unbound, strings.TrimPrefix(u.Reference+": "+u.Why, ": "))
		}
		for _, c := range item.Missed {
			l.Parts = append(l.Parts, parts(c)...)
		}
		out[i] = l
	}
	return out
}

// place names a place: "R-7K3M9Q GV.OC-01 → AC-1".
func place(p comment.Place) string { return strings.TrimSpace(p.Row + " " + p.String()) }

// stateOf says in words what became of the rows.
func stateOf(i comment.Item) string {
	var words []string
	switch i.State() {
	case comment.Changed:
		words = append(words, "changed since")
	case comment.Gone:
		words = append(words, "gone since")
	case "":
		words = append(words, "not bound")
	}
	if len(i.Bound) > 0 && len(i.Unbound) > 0 {
		words = append(words, "bound in part")
	}
	return strings.Join(words, ", ")
}

func parts(c comment.Change) []part {
	var out []part
	for _, p := range c.Parts {
		name := map[string]string{"source": "text of " + c.Place.Source.ID, "target": "text of " + c.Place.Target.ID, "claim": "what " + place(c.Place) + " says"}[p.Name]
		out = append(out, part{Where: name, Old: p.Old != "", Runs: p.Runs, New: p.New})
	}
	return out
}

// counts says how many of what there are, in sentences.
func (r Report) counts() []string {
	s := comment.Summarize(r.Items)
	return []string{
		fmt.Sprintf("%s: %d answered, %d open.", plural(s.Comments, "comment"), s.Answered, s.Open),
		fmt.Sprintf("Of the answers, %d accepted, %d accepted in part, %d rejected, %d noted.", s.Accepted, s.Partly, s.Rejected, s.Noted),
		fmt.Sprintf("%d on rows, %d on elements, %d bound to nothing, %d bound in part; %d on rows that changed since, %d on rows that are gone.",
			s.OnRows, s.OnElements, s.Unbound, s.Partial, s.Changed, s.Gone),
	}
}

func plural(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func (r Report) title() string { return "Disposition of comments on " + r.Name }

func (r Report) markdown() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n%s\n\n", inline(r.title()), r.Made.UTC().Format(time.DateOnly))
	for _, c := range r.counts() {
		fmt.Fprintf(&b, "%s\n", c)
	}
	if len(r.Items) > 0 {
		b.WriteString("\n| No. | Id | Commenter | Organisation | Row | Comment | Suggested change | Disposition | Reason | By | When |\n|--:|---|---|---|---|---|---|---|---|---|---|\n")
	}
	lines := r.lines()
	for _, l := range lines {
		row := strings.Join(l.Rows, "\n")
		if l.State != "" {
			row = strings.TrimPrefix(row+"\n("+l.State+")", "\n")
		}
		fmt.Fprintf(&b, "| %d |", l.Number)
		for _, s := range []string{l.ID, l.Commenter, l.Organization, row, l.Comment, l.Suggestion, l.Disposition, l.Reason, l.By, l.When} {
			fmt.Fprintf(&b, " %s |", inline(s))
		}
		b.WriteByte('\n')
	}
	for _, l := range lines {
		l.details(&b)
	}
	return b.Bytes()
}

// details writes what does not fit into the table.
func (l line) details(b *bytes.Buffer) {
	if l.Rationale == "" && len(l.Extra) == 0 && len(l.Unbound) == 0 && len(l.Parts) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %d. %s\n", l.Number, l.ID)
	item := func(name, text string) { fmt.Fprintf(b, "\n- %s: %s\n", inline(name), inline(text)) }
	if l.Rationale != "" {
		item("Rationale", l.Rationale)
	}
	for _, f := range l.Extra {
		item("Column "+strconv.Quote(f.Name), f.Value)
	}
	for _, u := range l.Unbound {
		item("Not bound", u)
	}
	if len(l.Unbound) > 0 && l.From != "" {
		item("It stands in", l.From)
	}
	for _, p := range l.Parts {
		if !p.Old {
			item("Changed: "+p.Where+" (the old text was not kept), now", p.New)
			continue
		}
		fmt.Fprintf(b, "\n- Changed: %s:", inline(p.Where))
		for _, run := range p.Runs {
			mark := map[string]string{corpus.RunDeleted: "~~", corpus.RunInserted: "**"}[run.Op]
			fmt.Fprintf(b, " %s%s%s", mark, strings.TrimSpace(inline(run.Text)), mark)
		}
		b.WriteByte('\n')
	}
}

// inline disarms a text and brings it to one line.
func inline(s string) string {
	lines := strings.Split(markdown.Escape(visible.Text(s)), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "<br>")
}

// table returns the cells of CSV and XLSX, the header first.
func (r Report) table() [][]string {
	out := [][]string{{"Number", "Id", "Commenter", "Organisation", "Row", "Comment", "Suggested change", "Rationale",
		"Disposition", "Reason", "By", "When", "State of the row", "Not bound", "Changed", "Their number", "Round", "Other columns", "From"}}
	for _, l := range r.lines() {
		var changed, extra []string
		for _, p := range l.Parts {
			changed = append(changed, p.Where+": "+p.words())
		}
		for _, f := range l.Extra {
			extra = append(extra, f.Name+": "+f.Value)
		}
		cells := []string{strconv.Itoa(l.Number)}
		for _, s := range []string{l.ID, l.Commenter, l.Organization, strings.Join(l.Rows, "\n"), l.Comment, l.Suggestion, l.Rationale,
			l.Disposition, l.Reason, l.By, l.When, l.State, strings.Join(l.Unbound, "\n"), strings.Join(changed, "\n"), l.TheirNumber, l.Round, strings.Join(extra, "\n"), l.From} {
			cells = append(cells, cell.Encode(s))
		}
		out = append(out, cells)
	}
	return out
}

// words shows a change in plain text: [-gone-] {+new+}.
func (p part) words() string {
	if !p.Old {
		return "(the old text was not kept) " + p.New
	}
	var out []string
	for _, run := range p.Runs {
		switch run.Op {
		case corpus.RunDeleted:
			out = append(out, "[-"+run.Text+"-]")
		case corpus.RunInserted:
			out = append(out, "{+"+run.Text+"+}")
		default:
			out = append(out, run.Text)
		}
	}
	return strings.Join(out, " ")
}

func (r Report) csv() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	err := w.WriteAll(r.table())
	return b.Bytes(), err
}

func (r Report) xlsx() ([]byte, error) {
	const comments, counts = "Comments", "Counts"
	b := xlsx.New(comments)
	b.Add(counts)
	text, head := b.Look(xlsx.Cell(10, false, xlsx.AsText, "")), b.Look(xlsx.Cell(10, true, xlsx.AsText, xlsx.Shade))
	put := func(sheet string, column, row int, s string) {
		if r := []rune(s); len(r) > excelize.TotalCellChars/2 {
			s = string(r[:excelize.TotalCellChars/2]) + "… (cut; CSV has all of it)"
		}
		style := text
		if row == 1 {
			style = head
		}
		b.Do(b.SetCellStr(sheet, b.At(column, row), s))
		b.Style(sheet, column, row, style)
	}
	widths := []float64{8, 13, 14, 15, 18, 38, 28, 28, 11, 28, 12, 11, 12, 30, 40, 9, 12, 24, 24}
	const printed = 13 // columns; what is only for looking up stays off the paper
	for i, cells := range r.table() {
		for k, s := range cells {
			if i > 0 && k == 0 {
				b.Do(b.SetCellInt(comments, b.At(1, i+1), int64(i)))
				b.Style(comments, 1, i+1, text)
				continue
			}
			put(comments, k+1, i+1, s)
		}
		b.Do(b.SetRowHeight(comments, i+1, cell.Height(cells[:printed], widths[:printed])))
	}
	for k, width := range widths {
		b.Width(comments, k+1, width)
	}
	last := len(r.Items) + 1
	b.Do(b.AutoFilter(comments, "A1:"+b.At(len(widths), last), nil))
	edge, err := excelize.CoordinatesToCellName(printed, last, true)
	b.Do(err)
	b.Do(b.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Area", RefersTo: "'" + comments + "'!$A$1:" + edge, Scope: comments}))
	b.Do(b.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: "'" + comments + "'!$1:$1", Scope: comments}))
	b.Do(b.SetPanes(comments, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}))
	b.Width(counts, 1, 100)
	for i, s := range append([]string{cell.Encode(r.title()), r.Made.UTC().Format(time.DateOnly)}, r.counts()...) {
		put(counts, 1, i+1, s)
	}
	b.Do(b.SetPageMargins(comments, &excelize.PageLayoutMarginsOptions{Left: new(.3), Right: new(.3), Top: new(.4), Bottom: new(.4)}))
	for _, sheet := range []string{comments, counts} {
		b.Landscape(sheet, xlsx.A4)
	}
	when := r.Made.UTC().Format(time.RFC3339)
	b.Do(b.SetDocProps(&excelize.DocProperties{Created: when, Modified: when, Title: cell.EncodeItem(r.title()), Creator: "concord"}))
	return b.Bytes()
}
