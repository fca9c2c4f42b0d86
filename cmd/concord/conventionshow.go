package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"concord/crosswalk/convention"
	"concord/crosswalk/ledger"
	"concord/internal/terminal"
)

func newConventionShow() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show [NAME]",
		Short: "Show a convention, or list all of them",
		Long: `Show a convention, or list all of them.

--json prints the convention as it is kept: the bytes that its hash is of, with
every decided pair.`,
		Example: "  concord convention show\n  concord convention show house-rules --at 1a2b3c",
		Args:    cobra.MaximumNArgs(1),
		RunE:    runConventionShow,
	}
	cmd.Flags().String("at", "", "an earlier version, by the beginning of its hash")
	cmd.Flags().Bool("json", false, "print the convention as JSON")
	return cmd
}

func runConventionShow(cmd *cobra.Command, args []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	at, _ := cmd.Flags().GetString("at")
	asJSON, _ := cmd.Flags().GetBool("json")
	if len(args) == 0 && (at != "" || asJSON) {
		return usage(errors.New("name the convention that --at and --json are about"))
	}
	book, all, err := e.conventions(cmd.Context())
	if err != nil {
		return err
	}
	defer book.Close()
	if len(args) == 0 {
		return listConventions(cmd.OutOrStdout(), all)
	}
	c, kept, err := versionOf(all, args[0], at)
	if err != nil {
		return err
	}
	if asJSON {
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", kept.Body)
		return err
	}
	return showConvention(cmd.OutOrStdout(), c, kept, all)
}

// listConventions prints a line for each convention, in the order in which they
// were learned first.
func listConventions(w io.Writer, all []ledger.Convention) error {
	var names []string
	inForce, versions := map[string]ledger.Convention{}, map[string]int{}
	for _, c := range all {
		if versions[c.Name]++; versions[c.Name] == 1 {
			names = append(names, c.Name)
		}
		inForce[c.Name] = c
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, name := range names {
		c, err := convention.Parse(inForce[name].Body)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		fmt.Fprintf(table, "%s\t%d pairs\t%s → %s\tsummary %s\tversion %d, %s\n",
			c.Label(), len(c.Examples), printable(c.Source), printable(c.Target), writer(c), versions[name], day(inForce[name].At))
	}
	return table.Flush()
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func showConvention(w io.Writer, c *convention.Convention, kept ledger.Convention, all []ledger.Convention) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, kept %s\n", c.Label(), day(kept.At))
	fmt.Fprintf(&b, "  %d decided pairs, %s → %s\n", len(c.Examples), printable(c.Source), printable(c.Target))
	if c.Maker != "" {
		fmt.Fprintf(&b, "  decided by %s\n", oneLine(c.Maker))
	}
	if c.Local {
		b.WriteString("  its texts must not leave this machine\n")
	}
	fmt.Fprintf(&b, "  %s\n\nSummary, %s:\n", relationCounts(c), writer(c))
	paragraph(&b, w, c.Summary)
	var versions []string
	for _, other := range all {
		if other.Name == c.Name {
			versions = append(versions, fmt.Sprintf("%.12s of %s", other.SHA256, day(other.At)))
		}
	}
	if len(versions) > 1 {
		fmt.Fprintf(&b, "\nVersions: %s\n", strings.Join(versions, ", "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// paragraph folds a text into lines for where output goes, indented.
func paragraph(b *strings.Builder, w io.Writer, text string) {
	screen := terminal.ScreenOf(w, os.Getenv)
	screen.Width -= 2
	for part := range strings.SplitSeq(text, "\n") {
		for _, line := range screen.Wrap(part, nil) {
			fmt.Fprintf(b, "  %s\n", line)
		}
	}
}
