package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/carry"
	"concord/crosswalk/comment"
	"concord/crosswalk/edition"
	"concord/crosswalk/ledger"
	"concord/crosswalk/register"
)

func newEdition() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "edition OLD NEW",
		Short: "Say what a new edition of a framework means for what was decided",
		Long: `Say what a new edition of a framework means for what was decided.

OLD and NEW are names, name@edition or files. It shows what changed, what was split up
or merged, and, for the latest draft between OLD and each other framework, which
decisions carry over to the draft of NEW and which pairs return to the queue. A draft
of NEW that is not there yet is made as that of OLD was, by the built-in judge; where a
model judged, it says which command to run. Decisions are carried with --carry only.`,
		Example: "  concord edition csf@1.1 csf@2.0\n  concord edition cyber-ai-profile@iprd next-draft.json --carry",
		Args:    cobra.ExactArgs(2),
		RunE:    runEdition,
	}
	cmd.Flags().Bool("carry", false, "carry the decisions over too, as concord review carry does")
	cmd.Flags().Bool("json", false, "print JSON")
	columnsFlag(cmd)
	return cmd
}

// An editionReport is what edition --json prints.
type editionReport struct {
	corpus.Diff
	Regrouped []edition.Regrouping `json:"regrouped"`
	Drafts    []editionDraft       `json:"drafts"` // those between OLD and other frameworks
}

// An editionDraft says what becomes of the decisions on one draft.
type editionDraft struct {
	carried
	// Missing is the command that makes the draft of NEW; what becomes of the
	// decisions is not known before.
	Missing  string          `json:"missing,omitempty"`
	Gaps     *gapsChange     `json:"gaps,omitempty"`
	Comments *commentsChange `json:"comments,omitempty"`
}

// A commentsChange says how the comments stand on the rows of the new edition.
type commentsChange struct {
	comment.Summary
	// Moved are those on a row, or an element, that changed or is gone.
	Moved []movedComment `json:"changed"`
}

type movedComment struct {
	ID          string              `json:"id"`
	On          []string            `json:"on"` // as the reader saw it
	State       comment.State       `json:"state"`
	Disposition comment.Disposition `json:"disposition"`
}

// A gapsChange says which gaps of priority 1, and which targets that nothing
// maps, there are in one edition alone, once decisions came along.
type gapsChange struct {
	Opened []gapOf `json:"opened"`
	Closed []gapOf `json:"closed"`
	Both   int     `json:"both"`
}

type gapOf struct {
	Side    crosswalk.Side `json:"side"`
	Element string         `json:"element"` // in the newer edition, or in the older where it is gone
	Title   string         `json:"title,omitempty"`
	Why     register.Why   `json:"why,omitempty"` // it is a gap now
	How     string         `json:"how,omitempty"` // it is none any more: "mapped", "gone" or "lower priority"
}

func runEdition(cmd *cobra.Command, args []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	older, newer, err := e.both(args[0], args[1])
	if err != nil {
		return err
	}
	if older.Name != newer.Name {
		return usage(fmt.Errorf("%s and %s are other frameworks: want two editions of one", older.Spec(), newer.Spec()))
	}
	if older.Digest() == newer.Digest() {
		return usage(fmt.Errorf("%s and %s are the same edition", args[0], args[1]))
	}
	report := editionReport{Diff: corpus.Compare(older, newer), Regrouped: edition.Regroupings(older, newer)}
	if report.Drafts, err = e.editionDrafts(cmd, older, newer); err != nil {
		return err
	}
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(report)
	}
	return report.print(cmd.OutOrStdout(), diffPrinter{Diff: report.Diff, older: older, newer: newer})
}

// editionDrafts says what becomes of the decisions on the drafts of an edition.
func (e *engine) editionDrafts(cmd *cobra.Command, older, newer *corpus.Framework) ([]editionDraft, error) {
	ctx := cmd.Context()
	book, err := e.openLedger(ctx)
	if err != nil {
		return nil, err
	}
	defer book.Close()
	former, err := draftsOf(ctx, book, older)
	if err != nil {
		return nil, err
	}
	var out []editionDraft
	for _, run := range former {
		d, err := e.editionDraft(cmd, book, run, older, newer)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// draftsOf returns the latest draft between an edition and each other framework.
func draftsOf(ctx context.Context, book *ledger.Ledger, f *corpus.Framework) ([]ledger.Run, error) {
	runs, err := draftRuns(ctx, book)
	var out []ledger.Run
	for _, r := range runs {
		between := r.Source.Digest == f.Digest() || r.Target.Digest == f.Digest()
		if between && !slices.ContainsFunc(out, func(o ledger.Run) bool { return o.Source.Spec == r.Source.Spec && o.Target.Spec == r.Target.Spec }) {
			out = append(out, r)
		}
	}
	slices.Reverse(out) // as they were drafted
	return out, err
}

// editionDraft says what becomes of the decisions on one draft.
func (e *engine) editionDraft(cmd *cobra.Command, book *ledger.Ledger, old ledger.Run, older, newer *corpus.Framework) (editionDraft, error) {
	ctx := cmd.Context()
	from, err := e.reviewedIn(ctx, book, old.ID)
	if err != nil {
		return editionDraft{}, err
	}
	out := editionDraft{carried: carried{From: nameRun(from.carryRun()), Rows: []carry.Row{}, DryRun: true}}
	source, target := from.doc.Source, from.doc.Target
	if source.Digest() == older.Digest() {
		source = newer
	} else {
		target = newer
	}
	id, command, err := e.redraft(ctx, book, old, source, target)
	if err != nil || command != "" {
		out.Missing = command
		return out, err
	}
	to, err := e.reviewedIn(ctx, book, id)
	if err != nil {
		return out, err
	}
	result, err := carry.Carry(from.carryRun(), to.carryRun(), time.Now())
	if err != nil {
		return out, err
	}
	out.carried = outcomeOf(from.carryRun(), to.carryRun(), result)
	to.decisions = slices.Concat(to.decisions, result.Decisions)
	if out.Gaps, err = gapsBetween(from, to); err != nil {
		return out, err
	}
	if out.Comments, err = e.commentsOn(ctx, book, to); err != nil {
		return out, err
	}
	if carries, _ := cmd.Flags().GetBool("carry"); carries {
		out.Added, err = book.Decide(ctx, to.doc.Run, result.Decisions)
		return out, err
	}
	out.DryRun = true
	return out, nil
}

// gapsBetween holds the gaps of two runs against each other. An element that has
// another id now is the same one.
func gapsBetween(from, to reviewedRun) (*gapsChange, error) {
	var found [2][]register.Gap
	for i, r := range []reviewedRun{from, to} {
		var err error
		if found[i], err = register.Find(r.registerRun(), register.Options{}); err != nil {
			return nil, err
		}
	}
	now := map[crosswalk.Side]map[string][]string{
		crosswalk.SourceSide: corpus.Successors(from.doc.Source, to.doc.Source), crosswalk.TargetSide: corpus.Successors(from.doc.Target, to.doc.Target),
	}
	for i, g := range found[0] {
		if next := now[g.Side][g.Element]; len(next) == 1 {
			found[0][i].Element = next[0]
			found[0][i].ID = found[0][i].Key.ID()
		}
	}
	register.Sort(found[0])
	d := register.Compare(found[0], found[1])
	out := &gapsChange{Opened: []gapOf{}, Closed: []gapOf{}, Both: len(d.Both)}
	for _, g := range d.Opened {
		out.Opened = append(out.Opened, gapOf{Side: g.Side, Element: g.Element, Title: g.Title, Why: g.Why})
	}
	for _, g := range d.Closed {
		out.Closed = append(out.Closed, gapOf{Side: g.Side, Element: g.Element, Title: g.Title, How: closedBy(g, to)})
	}
	return out, nil
}

// closedBy says why an element is no gap in the run of a newer edition.
func closedBy(g register.Gap, to reviewedRun) string {
	f := to.doc.Source
	if g.Side == crosswalk.TargetSide {
		f = to.doc.Target
	}
	switch e, there := f.Element(g.Element); {
	case !there || e.Withdrawn:
		return "gone"
	case g.Priority == 1 && e.Priority > 1:
		return "lower priority"
	}
	return "mapped"
}

// commentsOn holds what readers said against the rows of a run.
func (e *engine) commentsOn(ctx context.Context, book *ledger.Ledger, r reviewedRun) (*commentsChange, error) {
	readers := e.readersOf(book, r.doc)
	said, err := readers.Said(ctx)
	if err != nil {
		return nil, err
	}
	items, err := readers.Held(ctx, said, r.decisions)
	if err != nil {
		return nil, err
	}
	out := &commentsChange{Summary: comment.Summarize(items), Moved: []movedComment{}}
	for _, item := range items {
		if s := item.State(); s != comment.Changed && s != comment.Gone {
			continue
		}
		m := movedComment{ID: item.Short(), State: item.State(), Disposition: item.Disposition()}
		for _, p := range item.Bound {
			m.On = append(m.On, p.String())
		}
		out.Moved = append(out.Moved, m)
	}
	return out, nil
}

// redraft returns the id of the latest draft between two frameworks, or makes one
// as another one was made. Where that took a model, it returns the command that
// does it.
func (e *engine) redraft(ctx context.Context, book *ledger.Ledger, like ledger.Run, source, target *corpus.Framework) (id, command string, err error) {
	drafts, err := draftRuns(ctx, book)
	if err != nil {
		return "", "", err
	}
	for _, r := range drafts {
		if r.Source.Digest == source.Digest() && r.Target.Digest == target.Digest() {
			return r.ID, "", nil
		}
	}
	var s runSettings
	if err := json.Unmarshal(like.Settings, &s); err != nil {
		return "", "", fmt.Errorf("settings of run %s: %w", like.ID, err)
	}
	if s.Judge != "local" {
		return "", fmt.Sprintf("%s draft --from %s --to %s --judge %s", invoked(), source.Spec(), target.Spec(), s.Judge), nil
	}
	own := *e
	own.settings.Judge, own.settings.Depth = "local", s.Depth
	d := drafting{engine: &own, source: source, target: target, kinds: s.Kinds, without: len(s.Precedents) == 0, sources: source.Mappable()}
	if s.Generic {
		d.sources = inDocumentOrder(source, append(d.sources, source.Generic()...))
	}
	fmt.Fprintf(e.stderr, "drafting %s to %s as run %s was\n", oneLine(source.Spec()), oneLine(target.Spec()), like.ID)
	doc, err := d.draft(ctx)
	if err != nil {
		return "", "", err
	}
	return doc.Run, "", nil
}

func (r editionReport) print(w io.Writer, p diffPrinter) error {
	if err := p.table(w); err != nil {
		return err
	}
	if len(r.Regrouped) > 0 {
		fmt.Fprintln(w, "\nSplit and merged")
	}
	for _, g := range r.Regrouped {
		how := fmt.Sprintf("by %.0f %% of its words", 100*g.Share)
		if g.Said {
			how = "as the file says"
		}
		verb := "was split into"
		if g.Kind == edition.Merged {
			verb = "was merged from"
		}
		fmt.Fprintf(w, "  %s %s %s, %s\n", oneLine(g.One), verb, oneLine(strings.Join(g.Many, ", ")), how)
	}
	if len(r.Drafts) == 0 {
		fmt.Fprintf(w, "\nThere is no draft from or to %s: nothing was decided.\n", oneLine(r.Old))
	}
	for _, d := range r.Drafts {
		if err := d.print(w); err != nil {
			return err
		}
	}
	return nil
}

func (d editionDraft) print(w io.Writer) error {
	fmt.Fprintf(w, "\n== %s to %s ==\n\n", oneLine(d.From.Source), oneLine(d.From.Target))
	if d.Missing != "" {
		_, err := fmt.Fprintf(w, "A model judged it. Draft the new edition first:\n  %s\n", oneLine(d.Missing))
		return err
	}
	if err := d.carried.print(w); err != nil {
		return err
	}
	g := d.Gaps
	fmt.Fprintf(w, "\nGaps of priority 1 and targets that nothing maps: %d opened, %d closed, %d in both\n", len(g.Opened), len(g.Closed), g.Both)
	for _, list := range []struct {
		what string
		gaps []gapOf
	}{{"opened", g.Opened}, {"closed", g.Closed}} {
		for i, gap := range list.gaps {
			if i == shownGaps {
				fmt.Fprintf(w, "  and %d more %s\n", len(list.gaps)-shownGaps, list.what)
				break
			}
			why := gap.How
			if list.what == "opened" {
				why = gap.Why.Words()
			}
			fmt.Fprintf(w, "  %s  %s %s: %s\n", list.what, gap.Side, oneLine(gap.Element), why)
		}
	}
	c := d.Comments
	fmt.Fprintf(w, "\nComments: %d answered, %d open; %d on rows that changed, %d on rows that are gone\n", c.Answered, c.Open, c.Changed, c.Gone)
	for _, m := range c.Moved {
		fmt.Fprintf(w, "  %s  %s on %s, %s\n", m.State, m.ID, oneLine(strings.Join(m.On, ", ")), m.Disposition)
	}
	return nil
}

// shownGaps is how many gaps that opened, or closed, are listed for people.
const shownGaps = 20
