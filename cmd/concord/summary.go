package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/export"
)

// reviewed is how many proposals the summary names for review.
const reviewed = 10

// jsonSummary is what draft --json prints.
type jsonSummary struct {
	Run        string         `json:"run"`
	Source     string         `json:"source"`
	Target     string         `json:"target"`
	Summary    export.Summary `json:"summary"`
	SourceGaps []export.Gap   `json:"source_gaps"`
	TargetGaps int            `json:"target_gaps"`
	Review     []jsonReview   `json:"review"`
	Spent      *spending      `json:"spent,omitempty"` // of a model
	Files      []string       `json:"files"`
}

type jsonReview struct {
	Proposal string  `json:"proposal"`
	Source   string  `json:"source"`
	Target   string  `json:"target"`
	Relation string  `json:"relation"`
	P        float64 `json:"probability"`
	Reason   string  `json:"reason"`
}

func summaryOf(d *export.Document, spent *spending, files []string) jsonSummary {
	s := d.Summary()
	out := jsonSummary{Run: d.Run, Source: d.Source.Spec(), Target: d.Target.Spec(), Summary: s,
		SourceGaps: append([]export.Gap{}, s.SourceGaps...), TargetGaps: len(s.TargetGaps), Spent: spent, Files: append([]string{}, files...)}
	for _, r := range d.NeedReview(reviewed) {
		p := r.Proposal
		out.Review = append(out.Review, jsonReview{p.ID, p.Source.ID, p.Target.ID, string(p.Relation), p.Probability, r.Reason})
	}
	return out
}

// printSummary says what a person wants to know after a draft: what came out,
// what is missing, where to look first, what to do next.
func printSummary(w io.Writer, d *export.Document, spent *spending, files []string, kept string) {
	s := d.Summary()
	fmt.Fprintf(w, "Draft crosswalk: %s → %s\n", printable(d.Source.Spec()), printable(d.Target.Spec()))
	for _, f := range []*corpus.Framework{d.Source, d.Target} {
		fmt.Fprintf(w, "  %s\n", headline(corpus.Element{Title: f.Title}, 110))
	}
	fmt.Fprintln(w)

	printCounts(w, s)
	if err := spent.print(w); err != nil {
		return
	}
	fmt.Fprintf(w, "\nMost in need of review:\n")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range d.NeedReview(reviewed) {
		p := r.Proposal
		fmt.Fprintf(table, "  %s\tp=%.2f\t%s\n", printable(p.Relation.Sentence(p.Source.ID, p.Target.ID)), p.Probability, oneLine(r.Reason))
	}
	table.Flush()

	fmt.Fprintln(w)
	for _, f := range files {
		fmt.Fprintf(w, "Wrote %s\n", f)
	}
	fmt.Fprintf(w, "Run %s is kept in %s. Next:\n", d.Run, kept)
	table = tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	if len(files) == 0 {
		fmt.Fprintf(table, "  %s export --drafts --format csv --out draft.csv\tread it in a spreadsheet\n", invoked())
	}
	fmt.Fprintf(table, "  %s review\tdecide on it in a browser\n", invoked())
	fmt.Fprintf(table, "  %s export --drafts --format markdown\tread it here\n", invoked())
	fmt.Fprintf(table, "  %s eval\tsee how far to trust it\n", invoked())
	table.Flush()
}

// printCounts says what became of the elements and pairs of a run.
func printCounts(w io.Writer, s export.Summary) {
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\tmapped\tno relationship\tnot judged\tfailed\ttotal\t")
	row := func(name string, c export.Counts) {
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t\n", name, c.Mapped, c.Unrelated, c.NotJudged, c.Failed, c.Total)
	}
	row("source elements", s.Sources)
	for _, f := range s.Focus {
		name := "of these " + f.Focus
		if f.Focus == "none" {
			name = "of these subcategories"
		}
		row(name, f.Counts)
	}
	row("target elements", s.Targets)
	row("pairs", s.Proposals)
	table.Flush()

	var relations []string
	for _, r := range s.Relations {
		if r.Relation != crosswalk.NoRelationship {
			relations = append(relations, fmt.Sprintf("%d %s", r.Count, r.Relation))
		}
	}
	fmt.Fprintf(w, "\nRelations: %s\n", strings.Join(relations, ", "))
	fmt.Fprintf(w, "Gaps: %d source elements map to nothing%s; nothing maps to %d of %d target elements\n",
		len(s.SourceGaps), names(s.SourceGaps, 8), len(s.TargetGaps), s.Targets.Total)
	fmt.Fprintf(w, "Missed: %.0f links are expected among the pairs nobody judged\n", s.Missed)
}

// invoked returns how the program was started, as a person would type it.
func invoked() string {
	if strings.Contains(os.Args[0], "go-build") { // where go run puts it
		return "go run ./cmd/concord"
	}
	return "concord"
}

func names(gaps []export.Gap, most int) string {
	if len(gaps) == 0 {
		return ""
	}
	var ids []string
	for i, g := range gaps {
		if i == most {
			ids = append(ids, "…")
			break
		}
		ids = append(ids, printable(g.ID))
	}
	return " (" + strings.Join(ids, ", ") + ")"
}
