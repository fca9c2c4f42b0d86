package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"concord/crosswalk/gold"
)

func newReviewLabels() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export-labels FILE",
		Short: "Write what people decided as labels to measure against",
		Long: `Write what people decided as labels to measure against.

The file is a table with tabs that concord eval reads as the labels of a set, dated
by the last decision in it. Every pair that is decided is a label: related pairs,
pairs that people say are not related, and sources to which nothing maps. What
reviewers disagree on, skipped, decided on another version of the proposal or did
not look at is counted on standard error and left out. No other command makes
labels of decisions.`,
		Example: "  concord review export-labels labels.tsv\n  concord review export-labels test.tsv --split test --run 4138e083-06cc-5a8e-93ae-ca83a6820968",
		Args:    cobra.ExactArgs(1),
		RunE:    runReviewLabels,
	}
	cmd.Flags().String("run", "", "run whose decisions to write (default the latest draft)")
	cmd.Flags().String("split", "", "what the labels are set apart for: dev, to learn and tune by, or test, to measure with alone; the file says so")
	cmd.Flags().Bool("force", false, "replace the file if it is there")
	return cmd
}

func runReviewLabels(cmd *cobra.Command, args []string) error {
	path := args[0]
	split, _ := cmd.Flags().GetString("split")
	if cmd.Flags().Changed("split") && !slices.Contains(gold.Splits(), split) {
		return usage(fmt.Errorf("--split %q: want one of %q", split, gold.Splits()))
	}
	if force, _ := cmd.Flags().GetBool("force"); !force {
		if _, err := os.Lstat(path); err == nil {
			return usage(fmt.Errorf("%s is there already: name another file, or replace it with --force", path))
		} else if !errors.Is(err, fs.ErrNotExist) {
			return usage(err)
		}
	}
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	reviewed, err := e.reviewed(cmd.Context(), runOf(cmd))
	if err != nil {
		return err
	}
	doc := reviewed.doc
	set, err := gold.Of(gold.Run{ID: doc.Run, Source: doc.Source, Target: doc.Target, Proposals: doc.Proposals, Decisions: reviewed.decisions})
	if err != nil {
		return err
	}
	for _, left := range []struct {
		n   int
		why string
	}{
		{set.Left.Conflict, "on which reviewers disagree"}, {set.Left.Stale, "decided on another version of the proposal"},
		{set.Left.Skipped, "skipped"}, {set.Left.Undecided, "that nobody decided on"},
	} {
		if left.n > 0 {
			fmt.Fprintf(e.stderr, "left out: %s %s\n", counted(left.n, "pair"), left.why)
		}
	}
	if len(set.Rows) == 0 {
		return usage(fmt.Errorf("nothing is decided in run %s: decide first, with concord review", doc.Run))
	}
	data, err := set.TSV(split)
	if err != nil {
		return err
	}
	if err := writeWhole(path, data); err != nil {
		return err
	}
	slices := map[gold.Slice]int{}
	for _, r := range set.Rows {
		slices[r.Slice]++
	}
	fmt.Fprintf(e.stderr, "wrote %s: %s, %s, %s, of %s\n", path, counted(slices[gold.Positive], "related pair"),
		counted(slices[gold.HardNegative], "pair")+" not related", counted(slices[gold.Gap], "gap"), set.Date.UTC().Format(time.DateOnly))
	return nil
}
