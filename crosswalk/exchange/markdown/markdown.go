// Package markdown writes a crosswalk as a report in Markdown, to read in a
// repository or a wiki. It is not read again.
//
// Texts of frameworks, models and people are not trusted: nothing in them makes
// markup or HTML. Line breaks within them become blanks.
package markdown

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/internal/outline"
	"concord/internal/markdown"
	"concord/internal/visible"
)

// Held lists the fields that the report shows: all of them.
func Held() []exchange.Field { return exchange.Fields() }

// Write writes the report. The same crosswalk gives the same bytes. Nothing is
// written if the crosswalk contradicts itself.
func Write(w io.Writer, c *exchange.Crosswalk) error {
	if err := c.Check(); err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	var p page
	o := outline.Of(c)
	p.head(o)
	p.counts(o)
	p.line("## Mappings\n")
	if len(o.Sources) == 0 {
		p.line("There are none.\n")
	}
	for _, s := range o.Sources {
		p.source(s)
	}
	p.line("## Gaps\n")
	p.gaps("Elements of %s that are mapped to nothing", o.SourceSpec, o.SourceGaps)
	p.gaps("Elements of %s that nothing is mapped to", o.TargetSpec, o.TargetGaps)
	if _, err := io.WriteString(w, strings.TrimRight(p.String(), "\n")+"\n"); err != nil {
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

func (p *page) head(o outline.Outline) {
	p.line("# %s\n", plain(o.Name))
	if o.Warning != "" {
		p.line("**%s**\n", o.Warning)
	}
	p.line("Relations are set-theory relations (NIST IR 8477), always read from source to target: with “subset of” the target holds all that the source holds, and more.\n")
	p.line("| | |\n| --- | --- |")
	for _, f := range o.Facts {
		p.line("| %s | %s |", f.Name, plain(f.Value))
	}
	p.line("")
}

func (p *page) counts(o outline.Outline) {
	p.line("## Counts\n")
	for _, t := range []struct {
		name   string
		counts []outline.Count
	}{{"Elements, each counted once", o.Elements}, {"Pairs by relation", o.Relations}, {"Pairs by decision", o.States}} {
		if len(t.counts) == 0 {
			continue
		}
		p.line("| %s | |\n| --- | ---: |", t.name)
		for _, c := range t.counts {
			p.line("| %s | %d |", c.Name, c.N)
		}
		p.line("")
	}
}

func (p *page) source(s outline.Source) {
	p.line("### Source %s\n", strings.TrimSpace(plain(s.ID)+" "+plain(s.Title)))
	if s.Text != "" {
		p.line("Text: %s\n", plain(s.Text))
	}
	for _, pair := range s.Pairs {
		p.pair(pair)
	}
	p.line("")
}

// pair writes an item of a list, with what is known of it below.
func (p *page) pair(r outline.Pair) {
	p.line("- **%s**", plain(r.Sentence))
	if r.TargetTitle != "" {
		p.fact("Target", r.TargetTitle)
	}
	var claim []string
	if r.Claim != "" {
		claim = append(claim, r.Claim)
	}
	if r.Probability != nil {
		claim = append(claim, "probability "+outline.Number(r.Probability))
	}
	p.fact("Compared", strings.Join(claim, ", "))
	p.fact("Decision", r.Decision)
	p.fact("Comment", r.Comment)
	p.fact("Rationale", r.Rationale)
	for _, q := range r.Quotes {
		p.fact("Quote from the "+string(q.Side), "“"+q.Text+"”")
	}
	p.fact("Flags", strings.Join(r.Flags, ", "))
	p.fact("Text of the target", r.TargetText)
	for _, f := range r.Rest {
		p.fact(f.Name, f.Value)
	}
}

func (p *page) fact(name, value string) {
	if value != "" {
		p.line("  - %s: %s", plain(name), plain(value))
	}
}

func (p *page) gaps(title, spec string, gaps []exchange.Gap) {
	p.line("### "+title+"\n", plain(spec))
	if len(gaps) == 0 {
		p.line("None is listed.\n")
		return
	}
	p.line("| Element | Title | Gap |\n| --- | --- | --- |")
	for _, g := range gaps {
		p.line("| %s | %s | %s |", plain(g.ID), plain(g.Title), outline.GapWord(g))
	}
	p.line("")
}
