package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"concord/eval"
)

func (c compared) print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s → %s: %d requirements, %d differ\n", oneLine(c.Base), oneLine(c.New), c.Requirements, len(c.Moved))
	for _, gap := range []struct {
		says string
		ids  []string
	}{
		{"Not in BASE, counted as zero", c.MissingInBase},
		{"Not in NEW, counted as zero", c.MissingInNew},
		{"No relevant target, left out", c.Unlabelled},
	} {
		if len(gap.ids) > 0 {
			fmt.Fprintf(&b, "%s (%d): %s\n", gap.says, len(gap.ids), oneLine(strings.Join(gap.ids, ", ")))
		}
	}
	if err := printComparison(&b, c.Comparison, 0); err != nil {
		return err
	}
	fmt.Fprintf(&b, "\n%s: %s\n", c.Verdict, c.Reason)
	_, err := io.WriteString(w, b.String())
	return err
}

// printComparison prints the requirements that differ, at most so many of each
// kind or all if most is zero, and the measures.
func printComparison(b *strings.Builder, c eval.Comparison, most int) error {
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	decides := len(c.Measures) > 3
	for _, what := range []string{eval.Lost, eval.Mixed, eval.Gained} {
		group := slices.DeleteFunc(slices.Clone(c.Moved), func(m eval.Moved) bool { return m.What != what })
		if len(group) == 0 {
			continue
		}
		fmt.Fprintf(table, "\n%s (%d)\tTOP-1\tRR@5\tAP", strings.ToUpper(what), len(group))
		if decides {
			fmt.Fprint(table, "\tF1")
		}
		fmt.Fprintln(table)
		shown := group
		if most > 0 {
			shown = group[:min(most, len(group))]
		}
		for _, m := range shown {
			fmt.Fprintf(table, "  %s\t%s\t%s\t%s", oneLine(m.ID), turned(m.Top1, 0), turned(m.MRR5, 3), turned(m.MAP, 3))
			if m.F1 != nil {
				fmt.Fprintf(table, "\t%s", turned(*m.F1, 3))
			}
			fmt.Fprintln(table)
		}
		if left := len(group) - len(shown); left > 0 {
			fmt.Fprintf(table, "  and %d more, see --json\n", left)
		}
	}
	fmt.Fprintln(table, "\nMEASURE\tBASE\tNEW\tDIFFERENCE\t95 % INTERVAL\tP\tHOLM\tSMALLEST")
	for _, m := range c.Measures {
		smallest := "-"
		if m.Smallest != nil {
			smallest = fmt.Sprintf("%.4f", *m.Smallest)
		}
		fmt.Fprintf(table, "%s\t%.4f\t%.4f\t%+.4f\t%+.4f to %+.4f\t%s\t%s\t%s\n",
			m.Title(), m.Base, m.New, m.Difference, m.Low, m.High, pValue(m.P), pValue(m.Holm), smallest)
	}
	return table.Flush()
}

// pValue shows a p-value, which is never zero.
func pValue(p float64) string {
	if p < 0.0001 {
		return "<0.0001"
	}
	return fmt.Sprintf("%.4f", p)
}

// turned shows a measure on both sides, or once if it is the same.
func turned(t eval.Turn, decimals int) string {
	if t.Base == t.New {
		return fmt.Sprintf("%.*f", decimals, t.Base)
	}
	return fmt.Sprintf("%.*f → %.*f", decimals, t.Base, decimals, t.New)
}

// few is how many requirements of a kind are shown of one set of several.
const few = 10

// print shows each set in short, and the requirements that differ of those
// that are not alike.
func (c comparedSets) print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s) → %s (%s)\n", oneLine(c.Base), oneLine(c.BaseSystem), oneLine(c.New), oneLine(c.NewSystem))
	if len(c.Missing) > 0 {
		fmt.Fprintf(&b, "In one of the files only, left out (%d): %s\n", len(c.Missing), oneLine(strings.Join(c.Missing, ", ")))
	}
	for _, s := range c.Sets {
		fmt.Fprintf(&b, "\n%s: %d requirements, %d differ\n", oneLine(s.Set), s.Requirements, len(s.Moved))
		if len(s.Moved) > 0 {
			if err := printComparison(&b, s.Comparison, few); err != nil {
				return err
			}
		}
		fmt.Fprintf(&b, "%s: %s\n", s.Verdict, s.Reason)
	}
	fmt.Fprintf(&b, "\noverall: %s\n", c.Verdict)
	_, err := io.WriteString(w, b.String())
	return err
}
