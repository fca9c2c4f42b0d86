package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"concord/crosswalk/exchange"
)

func newDiff() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Say what changed between two crosswalks, in any formats",
		Long: `Say what changed between two crosswalks, in any formats.

Rows are held together by source, target and rationale type. Told are rows that
were added or removed, and relations, directions (a subset that became a
superset), strengths, rationale types and texts of elements that are not the
same. A file that reads from the other side is turned around first. The exit code
is 0 if nothing changed and 3 if something did.`,
		Example: "  concord diff draft.json reviewed.xlsx\n  concord diff ours.sssom.tsv theirs.csv --json",
		Args:    cobra.ExactArgs(2),
		RunE:    runDiff,
	}
	cmd.Flags().Bool("json", false, "print JSON")
	mappingColumnsFlag(cmd)
	return cmd
}

// A crosswalkDiff is what diff --json prints.
type crosswalkDiff struct {
	Old     string            `json:"old"`
	New     string            `json:"new"`
	Source  string            `json:"source"`
	Target  string            `json:"target"`
	Rows    [2]int            `json:"rows"` // of both files
	Counts  []changeCount     `json:"counts"`
	Changes []exchange.Change `json:"changes"`
}

type changeCount struct {
	Kind  exchange.ChangeKind `json:"change"`
	Count int                 `json:"count"`
}

func runDiff(cmd *cobra.Command, args []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	older, err := e.openMapping(args[0])
	if err != nil {
		return err
	}
	newer, err := e.openMapping(args[1])
	if err != nil {
		return err
	}
	is, err := newer.Aligned(older.Crosswalk)
	if err != nil {
		return usage(fmt.Errorf("%s and %s are about other frameworks: %w", args[0], args[1], err))
	}
	changes := exchange.Diff(older.Crosswalk, is)
	d := crosswalkDiff{Old: args[0], New: args[1], Source: is.Source.Spec(), Target: is.Target.Spec(),
		Rows: [2]int{len(older.Rows), len(is.Rows)}, Counts: []changeCount{}, Changes: append([]exchange.Change{}, changes...)}
	for _, k := range exchange.ChangeKinds() {
		if n := countKind(changes, k); n > 0 {
			d.Counts = append(d.Counts, changeCount{k, n})
		}
	}
	w := cmd.OutOrStdout()
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		err = json.NewEncoder(w).Encode(d)
	} else {
		err = d.print(w, is)
	}
	if err == nil && len(changes) > 0 {
		err = &codedError{exitGate, fmt.Errorf("%s and %s differ in %d places", args[0], args[1], len(changes))}
	}
	return err
}

func countKind(changes []exchange.Change, k exchange.ChangeKind) int {
	n := 0
	for _, c := range changes {
		if c.Kind == k {
			n++
		}
	}
	return n
}

func (d crosswalkDiff) print(w io.Writer, is *exchange.Crosswalk) error {
	fmt.Fprintf(w, "%s: %d rows before, %d now\n", ends(is), d.Rows[0], d.Rows[1])
	if len(d.Changes) == 0 {
		_, err := fmt.Fprintln(w, "no change")
		return err
	}
	var counts []string
	for _, c := range d.Counts {
		counts = append(counts, fmt.Sprintf("%d %s", c.Count, c.Kind))
	}
	fmt.Fprintf(w, "%s\n\n", strings.Join(counts, ", "))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range d.Changes {
		what := printable(c.Was) + " → " + printable(c.Is)
		switch c.Kind {
		case exchange.Added:
			what = printable(c.Is)
		case exchange.Removed:
			what = printable(c.Was)
		case exchange.TextChanged:
			what = "of the " + c.Is
		case exchange.StrengthMoved:
			what = strength(c.Was) + " → " + strength(c.Is)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", c.Kind, oneLine(c.Source), oneLine(c.Target), c.RationaleType, what)
	}
	return table.Flush()
}

func strength(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
