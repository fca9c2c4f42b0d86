// Package markdown writes the register as a Markdown report, to read in a
// repository or a wiki. It is not read again.
//
// Texts of frameworks and people are not trusted: nothing in them makes markup or
// HTML. Line breaks within them become blanks.
package markdown

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/register"
	"concord/internal/markdown"
	"concord/internal/visible"
)

// Write writes the gaps in their order, in one table a family. Made is when the
// register changed last.
func Write(w io.Writer, gaps []register.Gap, made time.Time) error {
	var p page
	p.line("# Gap register\n")
	p.line("As of %s.\n", made.UTC().Format("2006-01-02 15:04 MST"))
	p.counts(gaps)
	for len(gaps) > 0 {
		n := 1
		for n < len(gaps) && gaps[n].Side == gaps[0].Side && gaps[n].Source == gaps[0].Source && gaps[n].Target == gaps[0].Target {
			n++
		}
		p.side(gaps[:n])
		gaps = gaps[n:]
	}
	if _, err := io.WriteString(w, strings.TrimRight(p.String(), "\n")+"\n"); err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	return nil
}

// A page is what is written so far.
type page struct{ bytes.Buffer }

func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// plain returns text that Markdown shows as it is, on one line.
func plain(s string) string {
	return markdown.Escape(visible.Text(strings.Join(strings.Fields(s), " ")))
}

func (p *page) counts(gaps []register.Gap) {
	if len(gaps) == 0 {
		p.line("There are no gaps.\n")
		return
	}
	n := map[register.Status]map[crosswalk.Side]int{}
	for _, g := range gaps {
		if n[g.Status] == nil {
			n[g.Status] = map[crosswalk.Side]int{}
		}
		n[g.Status][g.Side]++
	}
	p.line("| Status | Source elements | Target elements |\n| --- | ---: | ---: |")
	for _, s := range register.Statuses() {
		if n[s] != nil {
			p.line("| %s | %d | %d |", s, n[s][crosswalk.SourceSide], n[s][crosswalk.TargetSide])
		}
	}
	p.line("")
}

// side writes the gaps of one side of one crosswalk.
func (p *page) side(gaps []register.Gap) {
	first := gaps[0]
	if first.Side == crosswalk.TargetSide {
		p.line("## Nothing in %s is mapped to these of %s\n", plain(first.Source), plain(first.Target))
	} else {
		p.line("## These of %s are mapped to nothing in %s\n", plain(first.Source), plain(first.Target))
	}
	for i, g := range gaps {
		if i == 0 || g.Family != gaps[i-1].Family {
			p.line("%s### %s\n", map[bool]string{true: "\n"}[i > 0], heading(g))
			p.line("| Element | Why | Nearest | Status | Owner | Due | Note |\n| --- | --- | --- | --- | --- | --- | --- |")
		}
		p.gap(g)
	}
	p.line("")
}

func heading(g register.Gap) string {
	if g.Family == "" {
		return "Under no family"
	}
	return "Family " + strings.TrimSpace(plain(g.Family)+" "+plain(g.FamilyTitle))
}

func (p *page) gap(g register.Gap) {
	name := strings.TrimSpace("**" + plain(g.Element) + "** " + plain(g.Title))
	if g.Priority > 0 {
		name += fmt.Sprintf(" (priority %d)", g.Priority)
	}
	var nearest []string
	for _, m := range g.Nearest {
		s := plain(m.ID) + " " + plain(m.Words())
		if m.Probability != nil {
			s += fmt.Sprintf(" p=%.2f", *m.Probability)
		}
		nearest = append(nearest, s)
	}
	status := string(g.Status)
	if c := g.Closed; c != nil {
		status += " " + c.Time.UTC().Format("2006-01-02")
		if c.How != register.ByPerson {
			status += " (" + plain(c.How+": "+c.Detail) + ")"
		}
	}
	p.line("| %s | %s | %s | %s | %s | %s | %s |", name, g.Why.Words(), strings.Join(nearest, "; "), status, plain(g.Owner), g.Due, plain(g.Note))
}
