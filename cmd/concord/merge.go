package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"concord/crosswalk/exchange"
)

func newMerge() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "merge FILE FILE...",
		Short: "Put several reviewers' crosswalks together, and list where they disagree",
		Long: `Put several reviewers' crosswalks together, and list where they disagree.

Reviewers agree on a pair if they have the same relation and rationale type. A file
without a row on a pair says nothing of it; a draft gives way to a decision. What
they disagree on is listed, never resolved: then the exit code is 3, and a file is
written only with --agreed, which leaves these pairs out.`,
		Example: "  concord merge ada.xlsx grace.csv --out merged.json\n  concord merge ada.json grace.json --agreed --out agreed.json",
		Args:    cobra.MinimumNArgs(2),
		RunE:    runMerge,
	}
	cmd.Flags().String("out", "", "file to write what they agree on to (default standard output)")
	cmd.Flags().String("format", "", "of the file (default by its name)")
	cmd.Flags().Bool("agreed", false, "write the pairs they agree on although there are others")
	cmd.Flags().Bool("strict", false, "write nothing that the format cannot hold")
	cmd.Flags().Bool("json", false, "list the disagreements as JSON, and write to --out alone")
	mappingColumnsFlag(cmd)
	return cmd
}

func runMerge(cmd *cobra.Command, args []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	out, _ := cmd.Flags().GetString("out")
	name, _ := cmd.Flags().GetString("format")
	asJSON, _ := cmd.Flags().GetBool("json")
	var f format
	if !asJSON || out != "" {
		if name == "" && out == "" {
			return usage(errors.New("name a file with --out, or a format with --format to write to standard output"))
		}
		if f, err = formatOf(name, out); err != nil {
			return err
		}
	}
	var parts []exchange.Part
	for _, path := range args {
		m, err := e.openMapping(path)
		if err != nil {
			return err
		}
		parts = append(parts, exchange.Part{Name: path, Crosswalk: m.Crosswalk})
	}
	merged, err := exchange.Merge(parts)
	if err != nil {
		return usage(err)
	}
	for _, note := range merged.Notes {
		fmt.Fprintln(e.stderr, oneLine(note))
	}
	if asJSON {
		err = json.NewEncoder(cmd.OutOrStdout()).Encode(mergedJSON{len(merged.Agreed.Rows), append([]exchange.Conflict{}, merged.Conflicts...), append([]string{}, merged.Notes...)})
	} else {
		err = printConflicts(e.stderr, merged.Conflicts)
	}
	if err != nil {
		return err
	}
	agreed, _ := cmd.Flags().GetBool("agreed")
	disagree := fmt.Errorf("reviewers disagree on %d of %d pairs", len(merged.Conflicts), len(merged.Conflicts)+pairsIn(merged.Agreed))
	if len(merged.Conflicts) > 0 && !agreed {
		return &codedError{exitGate, fmt.Errorf("%w: nothing is written; --agreed writes the others", disagree)}
	}
	if f.name != "" {
		merged.Agreed.Tool, merged.Agreed.Version = "concord", version
		if err := e.writeCrosswalk(cmd, f, merged.Agreed, writing{}); err != nil {
			return err
		}
	}
	if len(merged.Conflicts) > 0 {
		return &codedError{exitGate, fmt.Errorf("%w: these are not in what was written", disagree)}
	}
	return nil
}

// mergedJSON is what merge --json prints.
type mergedJSON struct {
	Agreed    int                 `json:"agreed_rows"`
	Conflicts []exchange.Conflict `json:"conflicts"`
	Notes     []string            `json:"notes"`
}

func printConflicts(w io.Writer, conflicts []exchange.Conflict) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range conflicts {
		fmt.Fprintf(table, "%s → %s\n", oneLine(c.Source), oneLine(c.Target))
		for _, s := range c.Says {
			relation := string(s.Relation)
			if relation == "" {
				relation = "related, not typed"
			}
			fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\n", oneLine(s.Part), oneLine(s.Reviewer), relation, s.RationaleType, s.State)
		}
	}
	return table.Flush()
}

func pairsIn(c *exchange.Crosswalk) int {
	pairs := make([][2]string, 0, len(c.Rows))
	for _, r := range c.Rows {
		pairs = append(pairs, [2]string{r.Source, r.Target})
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return strings.Compare(a[0]+"\x00"+a[1], b[0]+"\x00"+b[1]) })
	return len(slices.Compact(pairs))
}
