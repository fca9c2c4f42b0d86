package gate

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"concord/corpus"
)

// Format names the shape of a report in JSON. A change that could break a
// reader changes the number.
const Format = "concord-gate/1"

// A Report is what a gate came to. It says nothing of when or how long, so that
// the same input gives the same bytes.
type Report struct {
	Format  string   `json:"format"`
	Tool    string   `json:"tool"` // the program and its version
	Judge   string   `json:"judge"`
	Outcome Outcome  `json:"outcome"` // fail if a check failed, else skipped if one was
	Passed  int      `json:"passed"`
	Failed  int      `json:"failed"`
	Skipped int      `json:"skipped"`
	Checks  []Result `json:"checks"` // in the order of the gate
}

// count sums up the checks. A report without any passes nothing.
func (r *Report) count() {
	r.Passed, r.Failed, r.Skipped = tally(r.Checks)
	switch {
	case r.Failed > 0:
		r.Outcome = Fail
	case r.Skipped > 0 || r.Passed == 0:
		r.Outcome = Skipped
	default:
		r.Outcome = Pass
	}
}

func tally(checks []Result) (passed, failed, skipped int) {
	for _, c := range checks {
		switch c.Outcome {
		case Pass:
			passed++
		case Fail:
			failed++
		default:
			skipped++
		}
	}
	return passed, failed, skipped
}

// Summary is the report in one line.
func (r Report) Summary() string {
	return fmt.Sprintf("%d checks: %d passed, %d failed, %d skipped", len(r.Checks), r.Passed, r.Failed, r.Skipped)
}

// Formats names the ways to write a report.
func Formats() []string { return []string{"text", "json", "junit", "markdown"} }

// Write writes the report in a format, see [Formats].
func (r Report) Write(w io.Writer, format string) error {
	switch format {
	case "text":
		return r.text(w)
	case "json":
		return json.NewEncoder(w).Encode(r)
	case "junit":
		return r.junit(w)
	case "markdown":
		return r.markdown(w)
	}
	return fmt.Errorf("no format %q: want one of %s", format, strings.Join(Formats(), ", "))
}

// A group is what was checked on one label set.
type group struct {
	name   string
	checks []Result
}

// groups returns the checks by label set, in the order of first appearance.
func (r Report) groups() []group {
	var groups []group
	var labels []Labels
	for _, c := range r.Checks {
		at := slices.Index(labels, c.Labels)
		if at < 0 {
			at = len(groups)
			labels, groups = append(labels, c.Labels), append(groups, group{name: c.Key()})
		}
		groups[at].checks = append(groups[at].checks, c)
	}
	return groups
}

// head names the columns of a table, and row fills them for a check.
func head() []string {
	return []string{"outcome", "check", "limit", "value", "baseline", "change", "paired, 95 % interval", "adjusted p"}
}

func (r Result) row() []string {
	cells := []string{string(r.Outcome), r.Title(), plainly(r.Limit), "", "", "", "", ""}
	if r.Value != nil {
		cells[3] = r.beside(*r.Value, r.Limit)
	}
	if r.Value != nil && r.Baseline != nil {
		cells[4] = r.beside(*r.Baseline, r.Limit)
		cells[5] = fmt.Sprintf("%+.*f", r.decimals(), *r.Value-*r.Baseline)
	}
	if p := r.Paired; p != nil {
		cells[6] = fmt.Sprintf("%+.4f (%+.4f to %+.4f)", p.Difference, p.Low, p.High)
		cells[7] = probability(p.Holm)
	}
	return cells
}

// text writes the report for a terminal: a table of all checks, then the
// reasons of those that did not pass.
func (r Report) text(w io.Writer) error {
	var table strings.Builder
	columns := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(columns, strings.ToUpper(strings.Join(head(), "\t")))
	groups := r.groups()
	for _, g := range groups {
		for _, c := range g.checks {
			cells := c.row()
			for i := range cells {
				cells[i] = disarmed(cells[i])
			}
			fmt.Fprintln(columns, "  "+strings.Join(cells, "\t"))
		}
	}
	if err := columns.Flush(); err != nil {
		return err
	}
	// The names of the sets go between rows, so that all of them line up.
	rows := strings.Split(table.String(), "\n")
	var b strings.Builder
	line := func(s string) { b.WriteString(strings.TrimRight(s, " ") + "\n") }
	line(rows[0])
	rows = rows[1:]
	for _, g := range groups {
		line(disarmed(g.name))
		for range g.checks {
			line(rows[0])
			rows = rows[1:]
		}
	}
	for _, of := range []struct {
		outcome Outcome
		title   string
	}{{Fail, "Failed"}, {Skipped, "Skipped"}} {
		title := "\n" + of.title
		for _, g := range groups {
			for _, c := range g.checks {
				if c.Outcome == of.outcome {
					if title != "" {
						line(title)
						title = ""
					}
					line(disarmed("  " + g.name + ": " + c.Title() + ": " + c.Reason))
				}
			}
		}
	}
	line("\n" + string(r.Outcome) + ": " + r.Summary())
	_, err := io.WriteString(w, b.String())
	return err
}

// disarmed puts text on one line, without what could move a terminal's cursor
// or turn its text around. Names come from files of others.
func disarmed(s string) string {
	indent := s[:len(s)-len(strings.TrimLeft(s, " "))]
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), " ")
	return indent + strings.Map(func(r rune) rune {
		if corpus.Unprintable(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}
