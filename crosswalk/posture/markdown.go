package posture

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"concord/internal/markdown"
	"concord/internal/visible"
)

// WriteMarkdown writes the report to read in a repository or a wiki; first is how
// many controls it names that would serve most, 0 for all. Nothing in the texts
// of others makes markup.
func WriteMarkdown(w io.Writer, r *Report, first int) error {
	var p page
	p.head(r)
	p.summary(r)
	p.first(r, first)
	p.contradictions(r)
	for _, priority := range Priorities() {
		p.outcomes(r, priority)
	}
	p.leftOut(r)
	if _, err := w.Write(p.Bytes()); err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	return nil
}

// A page is what is written so far. A word or a mark of ours begins every line,
// so that no text of others can begin a block.
type page struct{ bytes.Buffer }

func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// plain returns text that Markdown shows as it is, on one line.
func plain(s string) string {
	return markdown.Escape(visible.Text(strings.Join(strings.Fields(s), " ")))
}

func (p *page) head(r *Report) {
	p.line("# Posture: %s\n", plain(strings.TrimPrefix(r.Title+", "+r.Framework, ", ")))
	if len(r.FocusAreas) > 0 {
		p.line("Focus areas: %s.\n", plain(strings.Join(r.FocusAreas, ", ")))
	}
	if r.Drafts {
		p.line("**With drafts.** *Perhaps* is what would follow from mappings on which nobody has decided.\n")
	}
	if len(r.Catalogs) == 0 {
		return
	}
	p.line("| Controls | Implemented | Partial | Planned | Run | Decided pairs | Undecided pairs |\n|---|--:|--:|--:|---|--:|--:|")
	for _, c := range r.Catalogs {
		run := "none: nothing follows"
		if c.Run != "" {
			run = plain(c.Run)
		}
		p.line("| %s | %d | %d | %d | %s | %d | %d |", plain(c.Framework), c.Implemented, c.Partial, c.Planned, run, c.Decided, c.Undecided)
	}
	p.line("")
}

func (p *page) summary(r *Report) {
	p.line("| Priority | Met | Partly | Open | Of these unmapped | Perhaps more | Total |\n|---|--:|--:|--:|--:|--:|--:|")
	for _, c := range r.Summary {
		p.line("| %s | %d | %d | %d | %d | %d | %d |", priorityOf(c.Priority), c.Met, c.Partly, c.Open, c.Unmapped, c.Perhaps, c.Met+c.Partly+c.Open)
	}
	p.line("")
}

func priorityOf(n int) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprint(n)
}

func (p *page) first(r *Report, first int) {
	p.line("## What to do first\n")
	shown := r.First
	if first > 0 && len(shown) > first {
		shown = shown[:first]
	}
	if len(shown) == 0 {
		p.line("No outcome below its target is mapped to a control that is not in place.\n")
		return
	}
	p.line("| | Control | State | Serves | Adds a part to | Perhaps |\n|--:|---|---|---|---|---|")
	for i, s := range shown {
		p.line("| %d | %s | %s | %s | %s | %s |", i+1, plain(s.Framework+" "+s.Control+" "+s.Title), s.State,
			plain(services(s.Serves)), plain(services(s.Adds)), plain(services(s.Perhaps)))
	}
	p.line("")
	if len(shown) < len(r.First) {
		p.line("These are %d of %d.\n", len(shown), len(r.First))
	}
}

// services lists outcomes by priority.
func services(list []Service) string {
	var parts []string
	for _, n := range Priorities() {
		var ids []string
		for _, s := range list {
			if s.Priority == n {
				ids = append(ids, s.Outcome+s.change())
			}
		}
		if len(ids) > 0 {
			parts = append(parts, fmt.Sprintf("priority %s: %s", priorityOf(n), strings.Join(ids, ", ")))
		}
	}
	return strings.Join(parts, "; ")
}

// change says what would become of an outcome.
func (s Service) change() string {
	switch {
	case s.From == s.To:
		return ""
	case len(s.With) > 0:
		return fmt.Sprintf(" (%s to %s with %s)", s.From, s.To, strings.Join(s.With, ", "))
	}
	return fmt.Sprintf(" (%s to %s)", s.From, s.To)
}

func (p *page) contradictions(r *Report) {
	begun := false
	for _, o := range r.Outcomes {
		if !o.Check.Contradiction() {
			continue
		}
		if !begun {
			begun = true
			p.line("## Contradictions between the file and its controls\n")
		}
		p.line("- %s: %s (line %d)", plain(o.ID), plain(o.Check.Message), o.Current.Line)
	}
	if begun {
		p.line("")
	}
}

func (p *page) outcomes(r *Report, priority int) {
	p.line("## Outcomes of priority %s\n", priorityOf(priority))
	var bare []string
	some := false
	for _, o := range r.Outcomes {
		if !o.Included || o.Priority != priority {
			continue
		}
		some = true
		if o.Bare() {
			bare = append(bare, o.ID)
			continue
		}
		p.outcome(o)
	}
	switch {
	case len(bare) > 0:
		p.line("Open, without a mapping (%d): %s.\n", len(bare), plain(strings.Join(bare, ", ")))
	case !some:
		p.line("There are none.\n")
	}
}

func (p *page) outcome(o Outcome) {
	status := "**" + inWords(o.Status) + "**"
	if o.Perhaps != "" {
		status += ", *perhaps " + inWords(o.Perhaps) + "*"
	}
	if !o.Mapped {
		status += ", no decided mapping"
	}
	p.line("### %s: %s\n\n> %s\n", plain(o.ID), status, plain(o.Title))
	for _, said := range o.Said() {
		p.line("- %s", plain(said))
	}
	for _, r := range o.Chain() {
		mark := ""
		if r.Draft {
			mark = "*draft:* "
		}
		p.line("- %s%s", mark, plain(r.Text))
	}
	p.line("")
}

func (p *page) leftOut(r *Report) {
	var excluded []string
	for _, o := range r.Outcomes {
		if !o.Included {
			excluded = append(excluded, strings.TrimSuffix(o.ID+": "+o.Rationale, ": "))
		}
	}
	if len(excluded) > 0 {
		p.line("## Not included\n")
		for _, e := range excluded {
			p.line("- %s", plain(e))
		}
		p.line("")
	}
	if r.Generic > 0 {
		p.line("Left out as saying only that standard practices apply: %d.", r.Generic)
	}
}
