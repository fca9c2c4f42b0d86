package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"concord/crosswalk/agreement"
)

func newReviewAgreement() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "agreement",
		Short: "Measure how far the reviewers of a run agree",
		Long: `Measure how far the reviewers of a run agree.

Of each reviewer the last decision on a pair counts, unless it was taken back, is a
skip or is on another version of the proposal; a decision that settles a conflict
does not count. Krippendorff's alpha is of all reviewers, Cohen's kappa of every two
on what both decided: over the five relations, on whether the two are related at
all, and for each relation against the others. Decisions made blind are held
against those made in sight of the proposal.

Several runs add up, and each pair of frameworks is reported too. What cannot be
said is undefined and says why. All figures: --json.`,
		Example: "  concord review agreement\n  concord review agreement --run 4138e083-06cc-5a8e-93ae-ca83a6820968 --json",
		Args:    cobra.NoArgs,
		RunE:    runReviewAgreement,
	}
	cmd.Flags().StringSlice("run", nil, "run that was reviewed; may be repeated (default the latest draft)")
	cmd.Flags().Uint64("seed", 1, "of the samples that the intervals come from")
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

// agreed is what review agreement --json prints.
type agreed struct {
	Runs []string `json:"runs"`
	agreement.Report
}

func runReviewAgreement(cmd *cobra.Command, _ []string) error {
	names, _ := cmd.Flags().GetStringSlice("run")
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	out, runs, err := e.reviewedRuns(cmd, names)
	if err != nil {
		return err
	}
	seed, _ := cmd.Flags().GetUint64("seed")
	if out.Report = agreement.Measure(runs, seed); len(out.Reviewers) == 0 {
		return usage(fmt.Errorf("nobody has decided on a row of %s: decide first, with concord review", strings.Join(out.Runs, ", ")))
	}
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(out)
	}
	return out.print(cmd.OutOrStdout())
}

// reviewedRuns reads the runs of these ids, or the latest draft.
func (e *engine) reviewedRuns(cmd *cobra.Command, ids []string) (out agreed, runs []agreement.Run, err error) {
	ctx := cmd.Context()
	book, err := e.openLedger(ctx)
	if err != nil {
		return out, nil, err
	}
	defer book.Close()
	if len(ids) == 0 {
		id, err := latestDraft(ctx, book)
		if err != nil {
			return out, nil, err
		}
		if id == "" {
			return out, nil, usage(errors.New("there is no draft yet: run concord draft first"))
		}
		ids = []string{id}
	}
	for _, id := range ids {
		if slices.Contains(out.Runs, id) {
			continue
		}
		run, doc, err := e.find(ctx, book, []string{id})
		if err != nil {
			return out, nil, err
		}
		decisions, err := book.Decisions(ctx, run.ID)
		if err != nil {
			return out, nil, err
		}
		out.Runs = append(out.Runs, run.ID)
		runs = append(runs, agreement.Run{Proposals: doc.Proposals, Decisions: decisions})
	}
	return out, runs, nil
}

func (a agreed) print(w io.Writer) error {
	var b strings.Builder
	all := a.Groups[0]
	fmt.Fprintf(&b, "%s by %s (%s), %d by two or more. Run %s\n", counted(all.Pairs, "pair"), counted(len(a.Reviewers), "reviewer"),
		oneLine(strings.Join(a.Reviewers, ", ")), all.Shared, strings.Join(a.Runs, ", "))
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	printAgreement(table, a.Groups)
	printAnchoring(table, a.Anchoring)
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// printAgreement prints all questions on all pairs, and the first two on parts.
func printAgreement(table io.Writer, groups []agreement.Group) {
	all := groups[0]
	fmt.Fprintln(table, "\nQUESTION\tREVIEWERS\tPAIRS\tAGREE\tCOEFFICIENT\t95 % INTERVAL")
	for _, q := range all.Questions {
		fmt.Fprintf(table, "%s\tall\t%d\t-\talpha %s\n", q.Name, all.Shared, estimated95(q.Alpha, "%.3f"))
		for _, k := range q.Kappas {
			observed := "-"
			if k.Observed != nil {
				observed = fmt.Sprintf("%.3f", *k.Observed)
			}
			fmt.Fprintf(table, "\t%s, %s\t%d\t%s\tkappa %s\n", oneLine(k.A), oneLine(k.B), k.Pairs, observed, estimated95(k.Kappa, "%.3f"))
		}
	}
	if len(groups) > 1 {
		fmt.Fprintln(table, "\nOF THE PAIRS\tQUESTION\tPAIRS\tSHARED\tALPHA\t95 % INTERVAL")
	}
	for _, g := range groups[1:] {
		name := oneLine(cmp.Or(g.Name, "no "+strings.ReplaceAll(string(g.By), "_", " ")))
		for _, q := range g.Questions[:2] { // the others are in the JSON
			fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%s\n", name, q.Name, g.Pairs, g.Shared, estimated95(q.Alpha, "%.3f"))
			name = ""
		}
	}
}

// printAnchoring prints what follows the proposal; of each reviewer too, if
// somebody decided blind.
func printAnchoring(table io.Writer, a agreement.Anchoring) {
	fmt.Fprintln(table, "\nSAME AS PROPOSED\tREVIEWER\tBLIND\tASSISTED\tDIFFERENCE\t95 % INTERVAL")
	contrasts := []agreement.Contrast{a.All}
	if a.All.Blind.Decisions > 0 {
		contrasts = append(contrasts, a.Reviewers...)
	}
	for _, c := range contrasts {
		name := oneLine(cmp.Or(c.Reviewer, "all"))
		fmt.Fprintf(table, "relation\t%s\t%d of %d\t%d of %d\t%s\n", name, c.Blind.Relation, c.Blind.Decisions,
			c.Assisted.Relation, c.Assisted.Decisions, estimated95(c.Relation, "%+.3f"))
		fmt.Fprintf(table, "related\t\t%d of %d\t%d of %d\t%s\n", c.Blind.Outcome, c.Blind.Decisions,
			c.Assisted.Outcome, c.Assisted.Decisions, estimated95(c.Outcome, "%+.3f"))
		fmt.Fprintf(table, "median time\t\t%s\t%s\t\t\n", seconds(c.Blind.MedianSeconds), seconds(c.Assisted.MedianSeconds))
	}
}

// estimated95 fills two cells: a value, and its interval or why there is none.
func estimated95(e agreement.Estimate, verb string) string {
	if e.Value == nil {
		return "undefined\t" + e.Undefined
	}
	s := fmt.Sprintf(verb, *e.Value) + "\t"
	if e.Low == nil {
		return s + "no interval"
	}
	return s + fmt.Sprintf(verb+" to "+verb, *e.Low, *e.High)
}

func seconds(s *float64) string {
	if s == nil {
		return "-"
	}
	return fmt.Sprintf("%.1f s", *s)
}
