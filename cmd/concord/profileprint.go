package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"concord/crosswalk/orgprofile"
	"concord/crosswalk/posture"
	"concord/internal/terminal"
)

// printPosture prints a report for people: the counts, what to do first,
// contradictions, then every outcome with its chain of evidence.
func printPosture(w io.Writer, r *posture.Report, first int, screen terminal.Screen) error {
	var b strings.Builder
	p := posturePrinter{&b, screen}
	p.head(r)
	p.summary(r)
	p.first(r, first)
	p.contradictions(r)
	for _, priority := range posture.Priorities() {
		p.outcomes(r, priority)
	}
	p.leftOut(r)
	_, err := io.WriteString(w, b.String())
	return err
}

type posturePrinter struct {
	w      *strings.Builder
	screen terminal.Screen
}

// line prints a line of ours; texts of others go through oneLine before.
func (p posturePrinter) line(format string, args ...any) { fmt.Fprintf(p.w, format+"\n", args...) }

// fold prints a text in as many lines as it takes: the first after lead, the
// others below where it begins.
func (p posturePrinter) fold(lead, text string) {
	at := utf8.RuneCountInString(lead)
	narrow := terminal.Screen{Width: max(p.screen.Width-at, 40)}
	for _, l := range narrow.Wrap(text, nil) {
		p.line("%s%s", lead, l)
		lead = strings.Repeat(" ", at)
	}
}

func (p posturePrinter) head(r *posture.Report) {
	title := oneLine(r.Framework)
	if r.Title != "" {
		title = oneLine(r.Title) + ": " + title
	}
	if len(r.FocusAreas) > 0 {
		title += ", focus areas " + oneLine(strings.Join(r.FocusAreas, ", "))
	}
	p.line("%s", title)
	for _, c := range r.Catalogs {
		through := "no draft leads to it, and nothing follows"
		if c.Run != "" {
			through = fmt.Sprintf("run %s, %s decided, %d undecided", c.Run, counted(c.Decided, "pair"), c.Undecided)
		}
		p.line("  %s: %d implemented, %d partial, %d planned; %s", oneLine(c.Framework), c.Implemented, c.Partial, c.Planned, through)
	}
	if r.Drafts {
		p.line("  With drafts: \"perhaps\" is what would follow from mappings on which nobody has decided.")
	}
}

func (p posturePrinter) summary(r *posture.Report) {
	p.line("")
	table := tabwriter.NewWriter(p.w, 0, 0, 3, ' ', tabwriter.AlignRight)
	perhaps := ""
	if r.Drafts {
		perhaps = "perhaps more\t"
	}
	fmt.Fprintf(table, "\tmet\tpartly\topen\tof these unmapped\t%stotal\t\n", perhaps)
	for _, c := range r.Summary {
		if perhaps != "" {
			perhaps = fmt.Sprintf("%d\t", c.Perhaps)
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%s%d\t\n", priorityName(c.Priority), c.Met, c.Partly, c.Open, c.Unmapped, perhaps, c.Met+c.Partly+c.Open)
	}
	table.Flush()
}

func priorityName(p int) string {
	if p == 0 {
		return "no priority"
	}
	return fmt.Sprintf("priority %d", p)
}

func (p posturePrinter) first(r *posture.Report, first int) {
	shown := r.First
	if first > 0 && len(shown) > first {
		shown = shown[:first]
	}
	p.line("\nWhat to do first%s:", ofMany(len(shown), len(r.First)))
	if len(shown) == 0 {
		p.line("  No outcome below its target is mapped to a control that is not in place.")
	}
	for i, s := range shown {
		p.fold(fmt.Sprintf("%4d. ", i+1), fmt.Sprintf("%s %s %s (%s)", s.Framework, s.Control, s.Title, s.State))
		for _, list := range []struct {
			mark string
			of   []posture.Service
		}{{"", s.Serves}, {"a part more of ", s.Adds}, {"perhaps ", s.Perhaps}} {
			for _, priority := range posture.Priorities() {
				p.services(priority, list.mark, list.of)
			}
		}
	}
}

func ofMany(shown, all int) string {
	if shown == all {
		return ""
	}
	return fmt.Sprintf(" (%d of %d; --first 0 names all)", shown, all)
}

// services prints the outcomes of one priority that a control would serve, by
// what would become of them.
func (p posturePrinter) services(priority int, mark string, list []posture.Service) {
	var order []string
	ids := map[string][]string{}
	for _, s := range list {
		if s.Priority != priority {
			continue
		}
		change := priorityName(priority)
		if s.From != s.To {
			change += fmt.Sprintf(" from %s to %s", s.From, s.To)
		}
		if len(s.With) > 0 {
			change += " with " + strings.Join(s.With, ", ")
		}
		if ids[change] == nil {
			order = append(order, change)
		}
		ids[change] = append(ids[change], s.Outcome)
	}
	for _, change := range order {
		p.fold("        ", fmt.Sprintf("%s%s: %d, %s", mark, change, len(ids[change]), strings.Join(ids[change], ", ")))
	}
}

func (p posturePrinter) contradictions(r *posture.Report) {
	of := slices.DeleteFunc(slices.Clone(r.Outcomes), func(o posture.Outcome) bool { return !o.Check.Contradiction() })
	if len(of) == 0 {
		return
	}
	p.line("\nContradictions between the file and its controls:")
	for _, o := range of {
		p.fold("  ", fmt.Sprintf("%s: %s (line %d, %s)", o.ID, o.Check.Message, o.Current.Line, o.Current.Entry))
	}
}

// outcomes prints those of one priority: with their evidence, or in one line if
// there is nothing to say of them.
func (p posturePrinter) outcomes(r *posture.Report, priority int) {
	var bare []string
	begun := false
	for _, o := range r.Outcomes {
		if !o.Included || o.Priority != priority {
			continue
		}
		if o.Bare() {
			bare = append(bare, o.ID)
			continue
		}
		if !begun {
			begun = true
			p.line("\n%s:", capital(priorityName(priority)))
		}
		p.outcome(o)
	}
	if len(bare) > 0 {
		p.line("\n%s, open, no mapping: %d", capital(priorityName(priority)), len(bare))
		p.fold("  ", strings.Join(bare, ", "))
	}
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func (p posturePrinter) outcome(o posture.Outcome) {
	status := map[orgprofile.Status]string{orgprofile.Met: "MET", orgprofile.Partly: "PARTLY MET", orgprofile.Open: "OPEN"}[o.Status]
	if o.Perhaps != "" {
		status += ", perhaps " + string(o.Perhaps)
	}
	if !o.Mapped {
		status += ", no decided mapping"
	}
	p.line("  %s  %s", oneLine(o.ID), status)
	p.fold("      ", o.Title)
	for _, said := range o.Said() {
		p.fold("      ", said)
	}
	for _, r := range o.Chain() {
		mark := "-"
		if r.Draft {
			mark = "?"
		}
		p.fold("      "+mark+" ", r.Text)
	}
}

func (p posturePrinter) leftOut(r *posture.Report) {
	var excluded []string
	for _, o := range r.Outcomes {
		if !o.Included {
			excluded = append(excluded, o.ID)
		}
	}
	if len(excluded) > 0 {
		p.line("\nNot included: %d", len(excluded))
		p.fold("  ", strings.Join(excluded, ", "))
	}
	if r.Generic > 0 {
		p.line("\nLeft out as saying only that standard practices apply: %s", counted(r.Generic, "cell"))
	}
}
