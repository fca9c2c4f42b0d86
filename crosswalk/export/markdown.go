package export

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"concord/corpus"
	"concord/crosswalk"
)

// reviewed is how many proposals the Markdown lists for review.
const reviewed = 20

// Markdown writes the document for reading: a header with run, frameworks and
// settings, a summary, what to review first, the gaps, and for each source
// element that has proposals a table of its mapped targets. It fails if the
// document contradicts itself or w fails.
func Markdown(w io.Writer, d *Document) error {
	if err := d.check(); err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	p := page{bufio.NewWriter(w)}
	rows, s := d.rows(), d.Summary()
	p.header(d)
	p.summary(s)
	p.review(d.NeedReview(reviewed))
	p.gaps(rows, s)
	p.mappings(d, rows)
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	return nil
}

// A page writes Markdown. Write errors stay in w until it is flushed.
type page struct{ w *bufio.Writer }

func (p page) linef(format string, args ...any) { fmt.Fprintf(p.w, format+"\n", args...) }

// table writes the head of a table, and cells a row of one; cells are escaped.
func (p page) table(head ...string) {
	p.linef("| %s |", strings.Join(head, " | "))
	p.linef("|%s", strings.Repeat(" --- |", len(head)))
}

func (p page) cells(texts ...string) {
	p.w.WriteString("|")
	for _, t := range texts {
		p.w.WriteString(" " + markdown(t) + " |")
	}
	p.w.WriteString("\n")
}

func (p page) header(d *Document) {
	title := "Crosswalk"
	if d.Draft {
		title = "Draft crosswalk"
	}
	p.linef("# %s: %s to %s\n", title, markdown(d.Source.Spec()), markdown(d.Target.Spec()))
	if d.Draft {
		p.linef("This is a draft made by a program. No person has confirmed any of it.\n")
	}
	p.linef("Relations are set-theory relations (NIST IR 8477), always read from source to target.\n")
	p.table("", "")
	p.cells("Tool", d.Tool+" "+d.Version)
	p.cells("Run", d.Run)
	p.cells("Started", d.Started.UTC().Format(time.RFC3339))
	p.framework("Source", d.Source)
	p.framework("Target", d.Target)
	for _, s := range d.Settings {
		p.cells("Setting "+s.Key, s.Value)
	}
	p.linef("")
}

func (p page) framework(side string, f *corpus.Framework) {
	p.cells(side, strings.TrimSuffix(f.Spec()+": "+f.Title, ": "))
	for _, fact := range []struct{ name, value string }{
		{"read from", f.Source}, {"file SHA-256", f.SHA256}, {"content digest", f.Digest()},
		{"licence", f.Licence}, {"notice", f.Notice},
	} {
		if fact.value != "" {
			p.cells(side+" "+fact.name, fact.value)
		}
	}
}

func (p page) summary(s Summary) {
	p.linef("## Summary\n")
	p.table("Counted", "Total", "Mapped", "No relationship", "Not judged", "Failed")
	p.counts("Source elements", s.Sources)
	for _, f := range s.Focus {
		p.counts("Source elements, focus area "+f.Focus, f.Counts)
	}
	p.counts("Target elements", s.Targets)
	p.counts("Proposals (pairs)", s.Proposals)
	p.linef("\nElements are counted once each. A target without relationship was judged and never mapped.\n")
	p.table("Relation", "Pairs")
	for _, r := range s.Relations {
		p.cells(strings.ReplaceAll(string(r.Relation), "_", " "), fmt.Sprint(r.Count))
	}
	p.linef("")
}

func (p page) counts(what string, c Counts) {
	p.cells(what, fmt.Sprint(c.Total), fmt.Sprint(c.Mapped), fmt.Sprint(c.Unrelated), fmt.Sprint(c.NotJudged), fmt.Sprint(c.Failed))
}

func (p page) review(reviews []Review) {
	if len(reviews) == 0 {
		return
	}
	p.linef("## Review first\n")
	p.table("Proposal", "Why")
	for _, r := range reviews {
		p.cells(sentence(r.Proposal), r.Reason)
	}
	p.linef("")
}

func (p page) gaps(rows []row, s Summary) {
	p.linef("## Gaps\n")
	p.linef("### Sources that nothing maps: %d\n", len(s.SourceGaps))
	if len(s.SourceGaps) > 0 {
		p.table("Source", "Title", "Focus area", "Priority", "Why")
		for _, r := range rows {
			if r.outcome != crosswalk.Mapped {
				p.cells(r.element.ID, r.element.Title, r.element.Focus, priority(r.element.Priority), r.gap())
			}
		}
		p.linef("")
	}
	p.linef("### Targets that nothing maps to: %d\n", len(s.TargetGaps))
	for _, o := range []struct {
		outcome crosswalk.Outcome
		words   string
	}{
		{crosswalk.Unrelated, "Judged and never mapped"},
		{crosswalk.Failed, "Judging failed"},
		{crosswalk.NotJudged, "Never judged"},
	} {
		var ids []string
		for _, g := range s.TargetGaps {
			if g.Outcome == o.outcome {
				ids = append(ids, markdown(g.ID))
			}
		}
		if len(ids) > 0 {
			p.linef("%s (%d): %s.\n", o.words, len(ids), strings.Join(ids, ", "))
		}
	}
}

func (p page) mappings(d *Document, rows []row) {
	p.linef("## Mappings\n")
	if len(d.Proposals) == 0 {
		p.linef("None.")
	}
	for _, r := range rows {
		mapped, failed := r.count(crosswalk.Mapped), r.count(crosswalk.Failed)
		if mapped+failed == 0 {
			continue // the gaps tell all there is
		}
		p.source(d, r.element)
		if mapped > 0 {
			p.table("Target", "Relation", "Probability", "Rationale", "Quotes", "Flags")
			for _, m := range r.proposals {
				if m.Outcome == crosswalk.Mapped {
					target, _ := d.Target.Element(m.Target.ID)
					p.cells(m.Target.ID+" "+target.Title, relation(m), fmt.Sprintf("%.3f", m.Probability),
						m.Rationale, quoted(m), strings.Join(m.Flags, ", "))
				}
			}
			p.linef("")
		}
		if failed > 0 {
			for _, m := range r.proposals {
				if m.Outcome == crosswalk.Failed {
					p.linef("- Failed: %s (%s)", markdown(m.Target.ID), cmp.Or(markdown(m.Rationale), "no reason given"))
				}
			}
			p.linef("")
		}
	}
}

// source introduces an element. Our own word begins each line, so that no text
// of a framework can begin a block.
func (p page) source(d *Document, e corpus.Element) {
	p.linef("### %s\n", strings.TrimSpace(markdown(e.ID+" "+e.Title)))
	if e.Focus != "" {
		p.linef("Focus area: %s. Priority: %s.\n", markdown(e.Focus), cmp.Or(priority(e.Priority), "none"))
	}
	if e.Generic != "" {
		p.linef("Generic cell (%s): the statement of %s stands in.\n", markdown(e.Generic), markdown(cmp.Or(e.Parent, "the element above")))
	}
	if text := statement(d.Source, e); text != "" {
		p.linef("Text: %s\n", markdown(text))
	}
}

// relation puts a mapped pair into words, with how it was compared.
func relation(m crosswalk.Proposal) string {
	var how []string
	if m.RationaleType != "" {
		how = append(how, string(m.RationaleType))
	}
	if m.Strength != nil {
		how = append(how, fmt.Sprintf("strength %d", *m.Strength))
	}
	if m.Basis != "" {
		how = append(how, "basis "+m.Basis)
	}
	if len(how) == 0 {
		return sentence(m)
	}
	return sentence(m) + " (" + strings.Join(how, ", ") + ")"
}

func quoted(m crosswalk.Proposal) string {
	var out []string
	for _, side := range []crosswalk.Side{crosswalk.SourceSide, crosswalk.TargetSide} {
		for _, q := range quotes(m, side) {
			out = append(out, string(side)+": “"+q+"”")
		}
	}
	return strings.Join(out, "; ")
}

// priority names the priority of a focus-area cell, 1 to 3; 0 is none.
func priority(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "1 (high)"
	case 2:
		return "2 (moderate)"
	case 3:
		return "3 (foundational)"
	}
	return fmt.Sprint(n)
}
