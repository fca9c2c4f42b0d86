package gate

import (
	"fmt"
	"io"
	"strings"

	"concord/internal/markdown"
)

// markdown writes a table for each label set.
func (r Report) markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## Quality gate: %s\n\n%s. Measured by %s, judge %s.\n", r.Outcome, r.Summary(), escaped(r.Tool), escaped(r.Judge))
	columns := append(head(), "reason")
	for _, g := range r.groups() {
		fmt.Fprintf(&b, "\n### Set %s\n\n", escaped(g.name))
		fmt.Fprintf(&b, "| %s |\n|%s\n", strings.Join(columns, " | "), strings.Repeat(" --- |", len(columns)))
		for _, c := range g.checks {
			b.WriteString("|")
			for _, cell := range append(c.row(), c.Reason) {
				b.WriteString(" " + escaped(cell) + " |")
			}
			b.WriteString("\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// escaped returns text that Markdown shows as it is, on one line.
func escaped(s string) string { return markdown.Escape(disarmed(s)) }
