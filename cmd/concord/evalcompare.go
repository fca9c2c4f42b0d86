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

	"concord/eval"
	"concord/eval/trec"
)

func newEvalCompare() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "compare BASE NEW",
		Short: "Say whether a new ranking is better or worse than the one before",
		Long: fmt.Sprintf(`Say whether a new ranking is better or worse than the one before.

BASE and NEW are runs as "concord rank" writes them (source Q0 target rank score
tag); --qrels names labels (source 0 target grade, relevant from grade 1 up).
They are compared on Top-1, reciprocal rank at 5 and average precision for each
requirement that has a relevant target. One that a run lacks counts as zero.

First come the requirements that differ: gained, lost or, where some measures
rose and others fell, changed. Then, for each measure, the means, the
difference with its 95 %% bootstrap interval, the p-value (Top-1: exact McNemar
test; others: sign-flip randomisation test), the p-value adjusted over the
measures (Holm), and the smallest difference that the set could have shown (80 %%
power at .05). Last comes the verdict, by the first rule that holds:

  not enough data  fewer than %d requirements (exit code 4)
  unchanged        no requirement differs
  regression       a measure fell with an adjusted p of .05 or less
  improved         a measure rose so
  not enough data  no measure could have shown a difference of --matters
  noise            none of these: differences like these come by chance

A verdict that --fail-on lists ends with exit code 3.

JSON is one object: "base", "new", "qrels", "seed" and "matters" repeat what was
asked for; "missing_in_base", "missing_in_new" and "unlabelled" list
requirements; "requirements" is how many were compared; "moved" lists those that
differ with "requirement", "what" and {"base", "new"} of each measure;
"measures" has "measure" (top1, mrr5, map), "base", "new", "difference", "low",
"high", "p", "holm" and "smallest" (null if there is no telling); "verdict" and
"reason" close it.`, eval.FewestCompared),
		Example: "  concord rank --from csf --format trec > new.run\n  concord eval compare base.run new.run --qrels labels.qrels",
		Args:    cobra.ExactArgs(2),
		RunE:    runEvalCompare,
	}
	cmd.Flags().String("qrels", "", "file of relevance judgements: the labels")
	cmd.Flags().Float64("matters", 0.1, "smallest difference of a measure worth seeing, above 0 and up to 1")
	cmd.Flags().StringSlice("fail-on", []string{string(eval.Regression)}, "verdicts that end with exit code 3: regression, noise, unchanged, improved; or none")
	cmd.Flags().Uint64("seed", 1, "seed of the resamples")
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

// A compared is a comparison with what it was made from.
type compared struct {
	Base    string  `json:"base"`
	New     string  `json:"new"`
	Qrels   string  `json:"qrels"`
	Seed    uint64  `json:"seed"`
	Matters float64 `json:"matters"`
	eval.Gaps
	eval.Comparison
}

func runEvalCompare(cmd *cobra.Command, args []string) error {
	c := compared{Base: args[0], New: args[1]}
	c.Qrels, _ = cmd.Flags().GetString("qrels")
	c.Seed, _ = cmd.Flags().GetUint64("seed")
	c.Matters, _ = cmd.Flags().GetFloat64("matters")
	if c.Qrels == "" {
		return usage(errors.New("--qrels is missing: name the file of labels"))
	}
	if !(c.Matters > 0 && c.Matters <= 1) {
		return usage(fmt.Errorf("--matters %v: want a number above 0 and up to 1", c.Matters))
	}
	failing, err := failOn(cmd)
	if err != nil {
		return usage(err)
	}
	qrels, err := readTREC(c.Qrels, trec.ReadQrels)
	if err != nil {
		return err
	}
	base, err := readTREC(c.Base, trec.ReadRun)
	if err != nil {
		return err
	}
	next, err := readTREC(c.New, trec.ReadRun)
	if err != nil {
		return err
	}
	pairs, gaps, err := eval.Pair(qrels, base, next)
	if err != nil {
		return usage(err)
	}
	c.Gaps = gaps
	c.Comparison = eval.Compare(pairs, eval.CompareOptions{Seed: c.Seed, Matters: c.Matters})
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		err = json.NewEncoder(cmd.OutOrStdout()).Encode(c)
	} else {
		err = c.print(cmd.OutOrStdout())
	}
	if err != nil {
		return err
	}
	verdict := fmt.Errorf("%s: %s", c.Verdict, c.Reason)
	switch {
	case c.Verdict == eval.NotEnoughData:
		return &codedError{exitTooFew, verdict}
	case slices.Contains(failing, c.Verdict):
		return &codedError{exitGate, verdict}
	}
	return nil
}

// failOn returns the verdicts that fail the gate. Not enough data is none of
// them: it always has a code of its own.
func failOn(cmd *cobra.Command) ([]eval.Verdict, error) {
	names, err := cmd.Flags().GetStringSlice("fail-on")
	if err != nil {
		return nil, err
	}
	if slices.Equal(names, []string{"none"}) {
		return nil, nil
	}
	known := []eval.Verdict{eval.Regression, eval.Noise, eval.Unchanged, eval.Improved}
	var failing []eval.Verdict
	for _, n := range names {
		if !slices.Contains(known, eval.Verdict(n)) {
			return nil, fmt.Errorf("--fail-on %q: want some of regression, noise, unchanged, improved, or none alone", n)
		}
		failing = append(failing, eval.Verdict(n))
	}
	if len(failing) == 0 {
		return nil, errors.New("--fail-on is empty: want none for no verdict")
	}
	return failing, nil
}

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
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, what := range []string{eval.Lost, eval.Mixed, eval.Gained} {
		group := slices.DeleteFunc(slices.Clone(c.Moved), func(m eval.Moved) bool { return m.What != what })
		if len(group) == 0 {
			continue
		}
		fmt.Fprintf(table, "\n%s (%d)\tTOP-1\tRR@5\tAP\n", strings.ToUpper(what), len(group))
		for _, m := range group {
			fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", oneLine(m.ID), turned(m.Top1, 0), turned(m.MRR5, 3), turned(m.MAP, 3))
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
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(&b, "\n%s: %s\n", c.Verdict, c.Reason)
	_, err := io.WriteString(w, b.String())
	return err
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
