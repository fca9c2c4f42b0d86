package matrix

import (
	"fmt"
	"io"
	"strings"

	"concord/internal/markdown"
	"concord/internal/visible"
)

// Markdown writes the table for reading, in the dialect of GitHub: what it is,
// coverage and legend, then a table for each group. Texts show as they are, and
// make no markup.
func (t *Table) Markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n", safe(t.Title))
	if t.Draft {
		fmt.Fprintf(&b, "\n**%s**\n", draftNotice)
	}
	for _, p := range t.Intro {
		fmt.Fprintf(&b, "\n%s\n", opening(p))
	}
	b.WriteString("\n## Coverage\n\n")
	rows := [][]string{{"Framework", "Mapped", "Mapped, priority 1", "What it means here"}}
	for _, s := range t.Overview {
		rows = append(rows, []string{named(s.Name, s.Title), s.All, s.High, s.Means})
	}
	tabulate(&b, rows)
	b.WriteString("\n## How to read it\n\n")
	rows = [][]string{{"Mark", "Words", "Meaning"}}
	for _, s := range t.Legend {
		rows = append(rows, []string{s.Mark, s.Words, s.Meaning})
	}
	tabulate(&b, rows)
	for _, n := range t.Notes {
		fmt.Fprintf(&b, "\n%s\n", opening(n))
	}
	fmt.Fprintf(&b, "\n## %s\n", t.Name)
	for _, g := range t.groups() {
		if g.Name != "" {
			fmt.Fprintf(&b, "\n### %s\n", safe(g.Name))
		}
		b.WriteByte('\n')
		rows := [][]string{t.headings()}
		for _, l := range g.Lines {
			var cells []string
			for _, f := range l.Fields {
				cells = append(cells, strings.Join(f.marked(), "\n"))
			}
			rows = append(rows, cells)
		}
		tabulate(&b, rows)
	}
	for _, n := range t.Names {
		fmt.Fprintf(&b, "\n## Ids of %s\n\n", safe(n.Framework))
		rows := [][]string{{"Id", "Title"}}
		for _, f := range n.List {
			rows = append(rows, []string{f.Name, f.Value})
		}
		tabulate(&b, rows)
	}
	b.WriteString("\n## Where it comes from\n\n")
	rows = [][]string{{"", ""}}
	for _, f := range t.Facts {
		rows = append(rows, []string{f.Name, f.Value})
	}
	tabulate(&b, rows)
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	return nil
}

// draftNotice stands above what holds drafts.
const draftNotice = "This holds drafts made by a program. No person has confirmed what is marked as draft."

// A group is lines that follow each other under one name.
type group struct {
	Name  string
	Lines []Line
}

func (t *Table) groups() []group {
	var out []group
	for _, l := range t.Lines {
		if len(out) == 0 || out[len(out)-1].Name != l.Group {
			out = append(out, group{Name: l.Group})
		}
		g := &out[len(out)-1]
		g.Lines = append(g.Lines, l)
	}
	return out
}

// marked returns the field as lines with the marks of the legend: "⊂ AC-2, AC-3".
func (f Field) marked() []string {
	if len(f.Marks) == 0 {
		return f.plain()
	}
	var out []string
	for _, m := range f.Marks {
		line := m.Mark + " " + join(m.IDs)
		if m.Draft {
			line = draftWord + " " + line
		}
		out = append(out, line)
	}
	if f.Left > 0 {
		out = append(out, left(f.Left))
	}
	return out
}

// tabulate writes a table, its header first.
func tabulate(b *strings.Builder, rows [][]string) {
	for i, row := range rows {
		for _, text := range row {
			lines := strings.Split(text, "\n")
			for k, l := range lines {
				lines[k] = safe(l)
			}
			b.WriteString("| " + strings.Join(lines, "<br>") + " ")
		}
		b.WriteString("|\n")
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(row)) + "|\n")
		}
	}
}

// safe returns a text that makes no markup within a line.
func safe(s string) string {
	return markdown.Escape(visible.Text(strings.Join(strings.Fields(s), " ")))
}

// opening returns a text that makes no markup where a line begins with it: a
// character that holds no place stands before what could open a list, a heading
// or a rule.
func opening(s string) string {
	s = safe(s)
	digits := strings.TrimLeft(s, "0123456789")
	if digits != s && (strings.HasPrefix(digits, ".") || strings.HasPrefix(digits, ")")) || s != "" && strings.ContainsRune("#-+=", rune(s[0])) {
		return "&#8203;" + s
	}
	return s
}
