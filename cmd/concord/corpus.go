package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/corpus/source"
)

func newCorpus() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "corpus",
		Short: "List, show, import and check frameworks",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newCorpusList(), newCorpusShow(), newCorpusImport(), newCorpusPull(), newCorpusLint(), newCorpusDiff())
	return cmd
}

// described is what list and show print of a framework.
type described struct {
	*corpus.Framework
	Builtin bool           `json:"builtin"`
	MaySend bool           `json:"may_send"` // to a hosted model
	Counts  map[string]int `json:"elements"`
	Digest  string         `json:"digest"`
}

func newCorpusList() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the frameworks that can be named",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			e, err := newEngine(cmd)
			if err != nil {
				return err
			}
			entries, err := e.library.List()
			if err != nil {
				return err
			}
			var list []described
			for _, entry := range entries {
				f, err := entry.Open()
				if err != nil {
					fmt.Fprintln(e.stderr, "concord:", oneLine(err.Error()))
					continue
				}
				list = append(list, described{f, entry.Builtin, !f.Local, f.Counts(), f.Digest()})
			}
			out := cmd.OutOrStdout()
			if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
				return json.NewEncoder(out).Encode(list)
			}
			table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "NAME\tTEXT\tELEMENTS\tTITLE")
			for _, d := range list {
				text := "imported"
				if d.Builtin {
					text = "built-in, restated"
				}
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", printable(d.Spec()), text, counts(d.Counts), headline(corpus.Element{Title: d.Title}, 70))
			}
			return table.Flush()
		},
	}
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

// counts writes numbers by kind in a fixed order, the most numerous first.
func counts(n map[string]int) string {
	kinds := slices.SortedFunc(maps.Keys(n), func(a, b string) int {
		if n[a] != n[b] {
			return n[b] - n[a]
		}
		return strings.Compare(a, b)
	})
	parts := make([]string, len(kinds))
	for i, k := range kinds {
		parts[i] = fmt.Sprintf("%d %s", n[k], k)
	}
	return strings.Join(parts, ", ")
}

func newCorpusShow() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "show FRAMEWORK [ID]",
		Short:   "Show a framework or one of its elements",
		Example: "  concord corpus show cyber-ai-profile GV.OC-02#defend",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := newEngine(cmd)
			if err != nil {
				return err
			}
			f, err := e.open(args[0])
			if err != nil {
				return err
			}
			asJSON, _ := cmd.Flags().GetBool("json")
			if len(args) == 1 {
				return showFramework(cmd.OutOrStdout(), f, asJSON)
			}
			element, ok := f.Element(f.Resolve(args[1]))
			if !ok {
				return usage(fmt.Errorf("%s has no element %q", f.Spec(), args[1]))
			}
			return showElement(cmd.OutOrStdout(), f, element, asJSON)
		},
	}
	cmd.Flags().Bool("json", false, "print JSON")
	columnsFlag(cmd)
	return cmd
}

func showFramework(w io.Writer, f *corpus.Framework, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(described{Framework: f, MaySend: !f.Local, Counts: f.Counts(), Digest: f.Digest()})
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	send := "yes"
	if f.Local {
		send = "no, only to one on this machine"
	}
	for _, row := range [][2]string{
		{"name", f.Spec()}, {"title", f.Title}, {"publisher", f.Publisher}, {"licence", f.Licence},
		{"source", f.Source}, {"notice", f.Notice}, {"may be sent to a hosted model", send}, {"sha256", f.SHA256}, {"digest", f.Digest()},
		{"elements", counts(f.Counts())}, {"mappable", fmt.Sprint(len(f.Mappable()))},
	} {
		if row[1] != "" {
			fmt.Fprintf(table, "%s\t%s\n", row[0], oneLine(row[1]))
		}
	}
	return table.Flush()
}

func showElement(w io.Writer, f *corpus.Framework, e corpus.Element, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(e)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	var above []string
	for up := range f.Ancestors(e) {
		above = append(above, strings.TrimSpace(up.ID+" "+up.Title))
	}
	state := ""
	if e.Withdrawn {
		state = strings.TrimSpace("yes " + strings.Join(e.Replaced, ", "))
	}
	priority := ""
	if e.Priority > 0 {
		priority = fmt.Sprint(e.Priority)
	}
	for _, row := range [][2]string{
		{"element", f.Ref(e.ID).String()}, {"kind", e.Kind}, {"title", e.Title}, {"under", strings.Join(above, " < ")},
		{"focus area", e.Focus}, {"priority", priority}, {"generic", e.Generic}, {"withdrawn", state},
		{"text", e.Text}, {"guidance", e.Guide}, {"related", strings.Join(e.Related, ", ")},
	} {
		if row[1] != "" {
			fmt.Fprintf(table, "%s\t%s\n", row[0], oneLine(row[1]))
		}
	}
	return table.Flush()
}

func newCorpusImport() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Keep a framework in the workspace under its name",
		Long: `Keep a framework in the workspace under its name.

From then on its name and edition find the imported text before the built-in
one; the name alone means the newest edition.`,
		Example: "  concord corpus import controls.csv --name own --edition 2026",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := newEngine(cmd)
			if err != nil {
				return err
			}
			name, _ := cmd.Flags().GetString("name")
			edition, _ := cmd.Flags().GetString("edition")
			local, _ := cmd.Flags().GetBool("local")
			f, err := e.library.Import(args[0], name, edition, local)
			if stored := (*source.StoreError)(nil); errors.As(err, &stored) {
				return err
			}
			if err != nil {
				return usage(err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", printable(f.Spec()), counts(f.Counts()))
			if means, err := e.library.Open(f.Name); err == nil && means.Spec() != f.Spec() {
				fmt.Fprintf(e.stderr, "name it %s: %s alone means %s\n", printable(f.Spec()), printable(f.Name), printable(means.Spec()))
			}
			printLint(e.stderr, corpus.Lint(f), false)
			ignored, err := e.library.Ignored(args[0])
			if err != nil {
				return err
			}
			if len(ignored) > 0 {
				fmt.Fprintf(e.stderr, "passed over: %s\n", clip(oneLine(counts(ignored)), 300))
			}
			return nil
		},
	}
	cmd.Flags().String("name", "", "name to keep it under (default the one the file gives)")
	cmd.Flags().String("edition", "", "edition to keep it under (default the one the file gives)")
	cmd.Flags().Bool("local", false, "its text may be sent to no model but one on this machine")
	columnsFlag(cmd)
	return cmd
}

func newCorpusLint() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lint FRAMEWORK",
		Short: "Report text that will spoil a crosswalk",
		Long: `Report text that will spoil a crosswalk: empty, placeholder, duplicate,
truncated and withdrawn text, parameters, invisible characters, words that speak
to a model, far too much text.

Ends with code 2 if it finds anything but withdrawn and generic elements and
parameters that the publisher leaves to the organization.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := newEngine(cmd)
			if err != nil {
				return err
			}
			f, err := e.open(args[0])
			if err != nil {
				return err
			}
			findings := corpus.Lint(f)
			if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
				if findings == nil {
					findings = []corpus.Finding{}
				}
				if err := json.NewEncoder(cmd.OutOrStdout()).Encode(findings); err != nil {
					return err
				}
			} else {
				printLint(cmd.OutOrStdout(), findings, true)
			}
			bad := 0
			for _, finding := range findings {
				if !corpus.Harmless(finding.Code) {
					bad++
				}
			}
			if bad > 0 {
				return usage(fmt.Errorf("%s: %d findings", f.Spec(), bad))
			}
			return nil
		},
	}
	cmd.Flags().Bool("json", false, "print JSON")
	columnsFlag(cmd)
	return cmd
}

// printLint prints a count for each code and, if wanted, every finding.
func printLint(w io.Writer, findings []corpus.Finding, all bool) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer table.Flush()
	if all {
		for _, f := range findings {
			fmt.Fprintf(table, "%s\t%s\t%s\n", f.Code, printable(f.Element), oneLine(f.Message))
		}
	}
	n := map[string]int{}
	for _, f := range findings {
		n[f.Code]++
	}
	for _, code := range corpus.LintCodes() {
		if n[code] > 0 {
			fmt.Fprintf(table, "%d\t%s\n", n[code], code)
		}
	}
}
