package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"concord/crosswalk/carry"
	"concord/crosswalk/ledger"
)

func newReviewCarry() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "carry --from OLD --to NEW",
		Short: "Carry decisions to a run of another edition, where no text changed",
		Long: `Carry decisions to a run of another edition, where no text changed.

OLD and NEW are runs, or name@edition for the latest draft from or to that edition
of a framework. Where both texts of a pair are unchanged, what each reviewer decided
is decided in NEW too, and says where it comes from. Where a text changed, the
decision is shown there as one on an earlier text, and a person decides again. All
that needs a person is listed. Carrying again adds nothing, and what a reviewer
decided in NEW is left alone.`,
		Example: "  concord review carry --from csf@1.1 --to csf@2.0 --dry-run\n  concord review carry --from 4138e083-06cc-5a8e-93ae-ca83a6820968 --to csf@2.0",
		Args:    cobra.NoArgs,
		RunE:    runReviewCarry,
	}
	cmd.Flags().String("from", "", "run with the decisions: an id, or name@edition of one of its frameworks")
	cmd.Flags().String("to", "", "run to carry them to: an id, or name@edition")
	cmd.Flags().Bool("dry-run", false, "say what would become of them, and add nothing")
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

// carried is what review carry --json prints.
type carried struct {
	From   carriedRun  `json:"from"`
	To     carriedRun  `json:"to"`
	DryRun bool        `json:"dry_run"`
	Added  int         `json:"added"`
	Open   int         `json:"open"` // judged pairs of the new run that wait for a decision
	Fates  []fateCount `json:"fates"`
	Rows   []carry.Row `json:"rows"`
}

type carriedRun struct {
	Run    string `json:"run"`
	Source string `json:"source"`
	Target string `json:"target"`
}

type fateCount struct {
	Fate      carry.Fate `json:"fate"`
	Decisions int        `json:"decisions"`
	Waiting   int        `json:"waiting"` // for a person
}

func runReviewCarry(cmd *cobra.Command, _ []string) error {
	older, _ := cmd.Flags().GetString("from")
	newer, _ := cmd.Flags().GetString("to")
	if older == "" || newer == "" {
		return usage(errors.New("name both runs: --from OLD --to NEW"))
	}
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	book, err := e.openLedger(ctx)
	if err != nil {
		return err
	}
	defer book.Close()
	ids, err := e.editions(ctx, book, older, newer)
	if err != nil {
		return err
	}
	var runs [2]carry.Run
	for i, id := range ids {
		r, err := e.reviewedIn(ctx, book, id)
		if err != nil {
			return err
		}
		runs[i] = r.carryRun()
	}
	if len(runs[0].Decisions) == 0 {
		return usage(fmt.Errorf("nobody has decided on run %s: name another run with --from", runs[0].ID))
	}
	result, err := carry.Carry(runs[0], runs[1], time.Now())
	if err != nil {
		return usage(err)
	}
	out := outcomeOf(runs[0], runs[1], result)
	if out.DryRun, _ = cmd.Flags().GetBool("dry-run"); !out.DryRun {
		if out.Added, err = book.Decide(ctx, runs[1].ID, result.Decisions); err != nil {
			return err
		}
	}
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(out)
	}
	return out.print(cmd.OutOrStdout())
}

// outcomeOf counts what carrying comes to.
func outcomeOf(from, to carry.Run, result carry.Result) carried {
	out := carried{From: nameRun(from), To: nameRun(to), Open: result.Open, Rows: append([]carry.Row{}, result.Rows...), Added: len(result.Decisions)}
	for _, f := range carry.Fates() {
		n := fateCount{f, result.Count(f), 0}
		for _, r := range result.Rows {
			if r.Fate == f && r.Waits {
				n.Waiting++
			}
		}
		out.Fates = append(out.Fates, n)
	}
	return out
}

func nameRun(r carry.Run) carriedRun { return carriedRun{r.ID, r.Source.Spec(), r.Target.Spec()} }

// carryRun is what carrying reads of a run.
func (r reviewedRun) carryRun() carry.Run {
	return carry.Run{
		ID: r.doc.Run, Frameworks: carry.Frameworks{Source: r.doc.Source, Target: r.doc.Target}, Proposals: r.doc.Proposals, Decisions: r.decisions,
	}
}

// editions returns the ids of the runs that two names stand for. An edition may
// be in drafts between several frameworks: the two runs must have one pair of
// frameworks in common, and one only.
func (e *engine) editions(ctx context.Context, book *ledger.Ledger, older, newer string) (ids [2]string, err error) {
	runs, err := book.Runs(ctx)
	if err != nil {
		return ids, err
	}
	var may [2][]ledger.Run
	for i, name := range []string{older, newer} {
		if may[i], err = e.named(runs, name); err != nil {
			return ids, err
		}
	}
	var common []string
	for _, r := range may[1] {
		between := frameworksOf(r)
		if !slices.Contains(common, between) && slices.ContainsFunc(may[0], func(o ledger.Run) bool { return frameworksOf(o) == between }) {
			common = append(common, between)
		}
	}
	if len(common) == 0 {
		return ids, usage(fmt.Errorf("%s maps %s, and %s %s: want two editions of the same frameworks",
			older, oneLine(frameworksOf(may[0][0])), newer, oneLine(frameworksOf(may[1][0]))))
	}
	if len(common) > 1 {
		return ids, usage(fmt.Errorf("%s and %s are ambiguous: there are drafts of both for %s; name the runs by their ids, see concord run list",
			older, newer, oneLine(strings.Join(common, ", and for "))))
	}
	for i := range may {
		at := slices.IndexFunc(may[i], func(r ledger.Run) bool { return frameworksOf(r) == common[0] })
		ids[i] = may[i][at].ID
	}
	if ids[0] == ids[1] {
		return ids, usage(fmt.Errorf("--from %s and --to %s both stand for run %s: name another", older, newer, ids[0]))
	}
	return ids, nil
}

// named returns the run of this id, or the drafts of this edition of a
// framework on either side, the latest first.
func (e *engine) named(runs []ledger.Run, name string) ([]ledger.Run, error) {
	var out []ledger.Run
	edition := strings.Contains(name, "@")
	for _, r := range runs {
		if !edition && r.ID == name {
			return []ledger.Run{r}, nil
		}
		if !edition || r.Source.Spec != name && r.Target.Spec != name {
			continue
		}
		var s runSettings
		if err := json.Unmarshal(r.Settings, &s); err != nil {
			return nil, fmt.Errorf("settings of run %s: %w", r.ID, err)
		}
		if s.Purpose == "" {
			out = append(out, r)
		}
	}
	if len(out) == 0 && edition {
		return nil, usage(fmt.Errorf("no draft is from or to %q: draft it first, or see concord run list", name))
	}
	if len(out) == 0 {
		return nil, usage(fmt.Errorf("no run %q in %s: want an id, or name@edition such as csf@2.0", name, e.ledgerName()))
	}
	return out, nil
}

// frameworksOf names the frameworks of a run without their editions.
func frameworksOf(r ledger.Run) string {
	source, _ := splitSpec(r.Source.Spec)
	target, _ := splitSpec(r.Target.Spec)
	return source + " to " + target
}

func (c carried) print(w io.Writer) error {
	fmt.Fprintf(w, "From run %s, %s to %s\nTo run   %s, %s to %s\n\n", c.From.Run, oneLine(c.From.Source), oneLine(c.From.Target),
		c.To.Run, oneLine(c.To.Source), oneLine(c.To.Target))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "DECISIONS\tNUMBER\tWAITING FOR A PERSON")
	for _, f := range c.Fates {
		fmt.Fprintf(table, "%s\t%d\t%d\n", strings.ToLower(inWords(string(f.Fate))), f.Decisions, f.Waiting)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	style := diffStyle{escape: oneLine, deleted: [2]string{"[-", "-]"}, inserted: [2]string{"{+", "+}"}}
	waiting := false
	for _, r := range c.Rows {
		if !r.Waits {
			continue
		}
		if !waiting {
			fmt.Fprint(w, "\nWaiting for a person\n")
			waiting = true
		}
		fmt.Fprintf(w, "  %s → %s  %s: %s by %s on %s%s\n", oneLine(r.Source.ID), oneLine(r.Target.ID), strings.ReplaceAll(string(r.Fate), "_", " "),
			r.Relation, oneLine(r.Reviewer), r.Time.UTC().Format(time.DateOnly), after("; ", oneLine(r.Why)))
		if r.NewSource.ID != r.Source.ID && r.NewSource.ID != "" || r.NewTarget.ID != r.Target.ID && r.NewTarget.ID != "" {
			fmt.Fprintf(w, "      Now: %s → %s\n", oneLine(r.NewSource.ID), oneLine(r.NewTarget.ID))
		}
		if len(r.SourceText) > 0 {
			fmt.Fprintf(w, "      Source: %s\n", style.excerpt(r.SourceText))
		}
		if len(r.TargetText) > 0 {
			fmt.Fprintf(w, "      Target: %s\n", style.excerpt(r.TargetText))
		}
	}
	did := "added"
	if c.DryRun {
		did = "would be added"
	}
	_, err := fmt.Fprintf(w, "\n%s %s; %s of the new run wait for a decision\n", counted(c.Added, "decision"), did, counted(c.Open, "judged pair"))
	return err
}

// after puts something before a text that is not empty.
func after(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}
