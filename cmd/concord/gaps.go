package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/user"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/ledger"
	"concord/crosswalk/register"
)

func newGaps() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "gaps",
		Short: "Keep a register of what is not mapped, until it is closed",
		Long: `Keep a register of what is not mapped, until it is closed.

A gap is a cell of the Profile of priority 1, or a target, that no accepted mapping
names. The register holds who sees to it until when, and what became of it. A gap is
the same one in every run and every edition. Changes are added to the ledger and
never changed.`,
		Example: "  concord gaps update\n  concord gaps list --side source\n  concord gaps set GV.RM-02#thwart --owner ada --due 2026-12-31 --status planned",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newGapsUpdate(), newGapsList(), newGapsSet(), newGapsImport(), newGapsExport())
	return cmd
}

func newGapsUpdate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "update",
		Short: "Fold what the latest draft, or that of a run, comes to into the register",
		Long: `Fold what the latest draft, or that of a run, comes to into the register.

An element without an accepted, corrected or entered mapping that relates it becomes
a gap, or stays one. A gap that has got a mapping closes by itself, and so does one
whose element the edition has no more; both reopen, with their history, if it is a gap
again. What a person closed stays closed. The same run twice changes nothing.

Of a source without priorities every element that the run set out to cover counts.`,
		Example: "  concord gaps update\n  concord gaps update --priority 2 --by \"A. Lovelace\"",
		Args:    cobra.NoArgs,
		RunE:    runGapsUpdate,
	}
	cmd.Flags().String("run", "", "run to fold in (default the latest draft)")
	cmd.Flags().Int("priority", 1, "cells up to which priority, 1 (high) to 3")
	cmd.Flags().Bool("partial", false, "also what is mapped by intersections alone")
	authorFlag(cmd)
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

func authorFlag(cmd *cobra.Command) {
	cmd.Flags().String("by", "", "who changes the register (default the name of the account)")
}

// registerAuthor returns who --by names, now.
func registerAuthor(cmd *cobra.Command) (register.Author, error) {
	a := register.Author{Time: time.Now().UTC()}
	a.Name, _ = cmd.Flags().GetString("by")
	if a.Name = strings.TrimSpace(a.Name); a.Name == "" && !cmd.Flags().Changed("by") {
		if account, err := user.Current(); err == nil {
			a.Name = account.Username
		}
	}
	if a.Name == "" {
		return a, usage(errors.New("say who changes the register: --by NAME"))
	}
	return a, nil
}

// registered changes the register of the workspace.
func (e *engine) registered(ctx context.Context, change func([]register.Gap) ([]register.Event, error)) error {
	book, err := e.openLedger(ctx)
	if err != nil {
		return err
	}
	err = book.ChangeRegister(ctx, func(events []register.Event) ([]register.Event, error) {
		gaps, err := register.Fold(events)
		if err != nil {
			return nil, err
		}
		return change(gaps)
	})
	return errors.Join(err, book.Close())
}

// register reads the register of the workspace.
func (e *engine) register(ctx context.Context) ([]register.Gap, error) {
	book, err := e.openLedger(ctx)
	if err != nil {
		return nil, err
	}
	events, err := book.GapEvents(ctx)
	if err := errors.Join(err, book.Close()); err != nil {
		return nil, err
	}
	return register.Fold(events)
}

// registerRun is what the register reads of a run.
func (r reviewedRun) registerRun() register.Run {
	return register.Run{ID: r.doc.Run, Source: r.doc.Source, Target: r.doc.Target, SourceIDs: r.doc.SourceIDs, TargetIDs: r.doc.TargetIDs,
		Standings: crosswalk.Current(r.doc.Proposals, r.decisions)}
}

// formerIDs returns the ids that elements of a run had in the editions in which
// the register saw its gaps last.
func (e *engine) formerIDs(ctx context.Context, book *ledger.Ledger, r reviewedRun) (map[crosswalk.Side]map[string]string, error) {
	events, err := book.GapEvents(ctx)
	if err != nil {
		return nil, err
	}
	gaps, err := register.Fold(events)
	if err != nil {
		return nil, err
	}
	out := map[crosswalk.Side]map[string]string{crosswalk.SourceSide: {}, crosswalk.TargetSide: {}}
	seen := map[string]bool{}
	for _, g := range gaps {
		last := g.Last
		if seen[last.Run] || g.Source != r.doc.Source.Name || g.Target != r.doc.Target.Name || last.SourceEdition == r.doc.Source.Edition && last.TargetEdition == r.doc.Target.Edition {
			continue
		}
		seen[last.Run] = true
		was, err := e.reviewedIn(ctx, book, last.Run)
		if err != nil {
			return nil, err
		}
		renumbered(out[crosswalk.SourceSide], was.doc.Source, r.doc.Source)
		renumbered(out[crosswalk.TargetSide], was.doc.Target, r.doc.Target)
	}
	return out, nil
}

// renumbered puts down the id that elements of a newer edition had in an older
// one, where it was another one and is gone.
func renumbered(former map[string]string, older, newer *corpus.Framework) {
	for id, now := range corpus.Successors(older, newer) {
		if _, kept := newer.Element(id); !kept && len(now) == 1 {
			former[now[0]] = id
		}
	}
}

// gapsUpdated is what gaps update --json prints.
type gapsUpdated struct {
	Run string `json:"run"`
	register.Report
}

func runGapsUpdate(cmd *cobra.Command, _ []string) error {
	by, err := registerAuthor(cmd)
	if err != nil {
		return err
	}
	var o register.Options
	o.Partial, _ = cmd.Flags().GetBool("partial")
	if o.Priority, _ = cmd.Flags().GetInt("priority"); o.Priority < 1 || o.Priority > 3 {
		return usage(fmt.Errorf("--priority %d: want 1, 2 or 3", o.Priority))
	}
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	reviewed, err := e.reviewed(cmd.Context(), runOf(cmd))
	if err != nil {
		return err
	}
	out := gapsUpdated{Run: reviewed.doc.Run}
	run := reviewed.registerRun()
	book, err := e.openLedger(cmd.Context())
	if err != nil {
		return err
	}
	defer book.Close()
	if run.Former, err = e.formerIDs(cmd.Context(), book, reviewed); err != nil {
		return err
	}
	err = e.registered(cmd.Context(), func(gaps []register.Gap) (events []register.Event, err error) {
		out.Report, events, err = register.Update(gaps, run, o, by)
		return events, err
	})
	if err != nil {
		return err
	}
	if err := e.tellOfOthers(cmd.Context(), book, reviewed); err != nil {
		return err
	}
	for _, list := range []*[]string{&out.New, &out.Kept, &out.Closed, &out.Reopened, &out.Settled, &out.Apart} {
		*list = append([]string{}, *list...)
	}
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(out)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "Run %s: %d new, %d kept, %d closed, %d reopened, %d settled before, %d that the run did not set out to cover\n",
		out.Run, len(out.New), len(out.Kept), len(out.Closed), len(out.Reopened), len(out.Settled), len(out.Apart))
	return err
}

// tellOfOthers says which drafts are newer than one that was folded in, and which
// crosswalks were not.
func (e *engine) tellOfOthers(ctx context.Context, book *ledger.Ledger, r reviewedRun) error {
	runs, err := draftRuns(ctx, book)
	if err != nil {
		return err
	}
	own := r.doc.Source.Name + " to " + r.doc.Target.Name
	var others []string
	newest := true
	for _, run := range runs { // the latest first
		switch name := frameworksOf(run); {
		case name == own && newest && run.ID != r.doc.Run:
			fmt.Fprintf(e.stderr, "run %s, %s to %s, is later than the one that was folded in: concord gaps update --run %s\n", run.ID, oneLine(run.Source.Spec), oneLine(run.Target.Spec), run.ID)
			newest = false
		case name == own:
			newest = false
		case !slices.Contains(others, name):
			others = append(others, name)
		}
	}
	if len(others) > 0 {
		fmt.Fprintf(e.stderr, "there are drafts of %s too: fold them in with --run\n", oneLine(strings.Join(others, ", and of ")))
	}
	return nil
}

func newGapsList() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the gaps: by default those that are open, planned or in progress",
		Example: "  concord gaps list --side target --status planned,in-progress\n  concord gaps list --overdue\n  concord gaps list --status all --json",
		Args:    cobra.NoArgs,
		RunE:    runGapsList,
	}
	gapsFilterFlags(cmd, "those with something to do: open,planned,in-progress")
	cmd.Flags().Bool("overdue", false, "only those whose due date is past")
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

func gapsFilterFlags(cmd *cobra.Command, status string) {
	cmd.Flags().StringSlice("status", nil, fmt.Sprintf("%s, or all (default %s)", gapStatusWords(), status))
	cmd.Flags().String("side", "", "source or target (default both)")
	cmd.Flags().String("from", "", "name of the source framework (default all)")
	cmd.Flags().String("to", "", "name of the target framework (default all)")
}

func gapStatusWords() string {
	var words []string
	for _, s := range register.Statuses() {
		words = append(words, string(s))
	}
	return strings.Join(words, ", ")
}

// filteredGaps returns the gaps that the flags ask for; without --status those of
// the default.
func filteredGaps(cmd *cobra.Command, gaps []register.Gap, usual []register.Status) ([]register.Gap, error) {
	names, _ := cmd.Flags().GetStringSlice("status")
	var statuses []register.Status
	for _, name := range names {
		if strings.EqualFold(name, "all") {
			statuses = append(statuses, register.Statuses()...)
			continue
		}
		s, err := register.ParseStatus(name)
		if err != nil {
			return nil, usage(fmt.Errorf("--status: %w", err))
		}
		statuses = append(statuses, s)
	}
	if len(statuses) == 0 {
		statuses = usual
	}
	side, _ := cmd.Flags().GetString("side")
	if side != "" && side != string(crosswalk.SourceSide) && side != string(crosswalk.TargetSide) {
		return nil, usage(fmt.Errorf("--side %q: want source or target", side))
	}
	from, err := registerFramework(cmd, "from", gaps, func(g register.Gap) string { return g.Source })
	if err != nil {
		return nil, err
	}
	to, err := registerFramework(cmd, "to", gaps, func(g register.Gap) string { return g.Target })
	if err != nil {
		return nil, err
	}
	var out []register.Gap
	for _, g := range gaps {
		if slices.Contains(statuses, g.Status) && (side == "" || side == string(g.Side)) && (from == "" || from == g.Source) && (to == "" || to == g.Target) {
			out = append(out, g)
		}
	}
	return out, nil
}

// registerFramework returns the name that a flag gives, without its edition: a gap
// is the same in all of them. A framework without a gap is an error, for that there
// is none to list would be taken for good news.
func registerFramework(cmd *cobra.Command, flag string, gaps []register.Gap, of func(register.Gap) string) (string, error) {
	asked, _ := cmd.Flags().GetString(flag)
	name, _ := splitSpec(asked)
	var known []string
	for _, g := range gaps {
		if !slices.Contains(known, of(g)) {
			known = append(known, of(g))
		}
	}
	if name != "" && len(known) > 0 && !slices.Contains(known, name) {
		slices.Sort(known)
		return "", usage(fmt.Errorf("--%s %s: the register has no gap of it: it has %s", flag, printable(asked), printable(strings.Join(known, ", "))))
	}
	return name, nil
}

func runGapsList(cmd *cobra.Command, _ []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	all, err := e.register(cmd.Context())
	if err != nil {
		return err
	}
	gaps, err := filteredGaps(cmd, all, []register.Status{register.Open, register.Planned, register.InProgress})
	if err != nil {
		return err
	}
	today := time.Now().UTC().Format(time.DateOnly)
	if overdue, _ := cmd.Flags().GetBool("overdue"); overdue {
		gaps = slices.DeleteFunc(gaps, func(g register.Gap) bool { return !g.Overdue(today) })
	}
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(append([]register.Gap{}, gaps...))
	}
	if len(all) == 0 {
		fmt.Fprintln(e.stderr, errRegisterEmpty())
	}
	several := slices.ContainsFunc(all, func(g register.Gap) bool { return g.Source != all[0].Source || g.Target != all[0].Target })
	table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, g := range gaps {
		between := ""
		if several {
			between = printable(g.Source) + " → " + printable(g.Target) + "\t"
		}
		due := cmp.Or(g.Due, "-")
		if g.Overdue(today) {
			due += " overdue"
		}
		priority := "-"
		if g.Priority > 0 {
			priority = fmt.Sprint("p", g.Priority)
		}
		fmt.Fprintf(table, "%s\t%s%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", g.ID[:register.ShortID], between, g.Side, printable(g.Element), priority, g.Status, cmp.Or(oneLine(g.Owner), "-"), due, g.Why, clip(oneLine(g.Title), 60))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "%s of %d\n", counted(len(gaps), "gap"), len(all))
	return nil
}

func errRegisterEmpty() error {
	return errors.New("the register is empty: fill it with concord gaps update")
}
