package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/candidate"
	"concord/crosswalk/export"
	"concord/crosswalk/ledger"
	"concord/internal/ask"
)

func newRun() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run",
		Short: "List the runs of this workspace, show one, or make it again from what was remembered",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	list := &cobra.Command{Use: "list", Short: "List the runs, the latest first", Args: cobra.NoArgs, RunE: runRunList}
	show := &cobra.Command{
		Use: "show [RUN]", Short: "Show a run, by default the latest draft: settings, outcomes, what a model took",
		Args: cobra.MaximumNArgs(1), RunE: runRunShow,
	}
	replay := &cobra.Command{
		Use:   "replay [RUN]",
		Short: "Make the proposals of a run again from the ledger, asking nobody, and compare",
		Long: `Make the proposals of a run again from the ledger, asking nobody, and compare.

Candidates, texts and a model's answers come from the ledger; what is made of the
answers is made again. The proposals must come out byte for byte as they are in
the ledger. If they do not, the program has changed since, and the exit code is 3.`,
		Args: cobra.MaximumNArgs(1), RunE: runRunReplay,
	}
	list.Flags().Bool("json", false, "print JSON")
	show.Flags().Bool("json", false, "print JSON")
	replay.Flags().String("out", "", "folder to write the draft made again to, as CSV, JSON and Markdown")
	cmd.AddCommand(list, show, replay)
	return cmd
}

// openLedger opens the ledger of the workspace, which must be there.
func (e *engine) openLedger(ctx context.Context) (*ledger.Ledger, error) {
	if !ledger.Exists(e.ledgerAt()) {
		return nil, usage(errors.New("there is no run yet: run concord draft first"))
	}
	return ledger.Open(ctx, e.ledgerAt())
}

// A listedRun is a line of the list.
type listedRun struct {
	ID       string     `json:"id"`
	Started  time.Time  `json:"started"`
	Finished *time.Time `json:"finished"` // null if it was interrupted
	Source   string     `json:"source"`
	Target   string     `json:"target"`
	Judge    string     `json:"judge"`
	Model    string     `json:"model,omitempty"`
	Purpose  string     `json:"purpose,omitempty"`
}

func runRunList(cmd *cobra.Command, _ []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	book, err := e.openLedger(cmd.Context())
	if err != nil {
		return err
	}
	defer book.Close()
	runs, err := book.Runs(cmd.Context())
	if err != nil {
		return err
	}
	out := []listedRun{}
	for _, r := range runs {
		var s runSettings
		if err := json.Unmarshal(r.Settings, &s); err != nil {
			return fmt.Errorf("settings of run %s: %w", r.ID, err)
		}
		out = append(out, listedRun{r.ID, r.Started, r.Finished, r.Source.Spec, r.Target.Spec, s.Judge, s.Model, s.Purpose})
	}
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(out)
	}
	table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, r := range out {
		state := "interrupted"
		if r.Finished != nil {
			state = "finished"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s → %s\t%s %s\n", r.ID, r.Started.UTC().Format(time.DateTime), cmp.Or(r.Purpose, state),
			printable(r.Source), printable(r.Target), r.Judge, oneLine(r.Model))
	}
	return table.Flush()
}

// A shownRun is a run with what it came to and what it took.
type shownRun struct {
	ID       string          `json:"id"`
	Tool     string          `json:"tool"`
	Started  time.Time       `json:"started"`
	Finished *time.Time      `json:"finished"`
	Source   ledger.Document `json:"source"`
	Target   ledger.Document `json:"target"`
	Settings json.RawMessage `json:"settings"`
	Summary  export.Summary  `json:"summary"`
	Spent    *spending       `json:"spent,omitempty"`
}

func runRunShow(cmd *cobra.Command, args []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	book, err := e.openLedger(cmd.Context())
	if err != nil {
		return err
	}
	defer book.Close()
	run, doc, err := e.find(cmd.Context(), book, args)
	if err != nil {
		return err
	}
	spent, err := e.spentOn(cmd.Context(), book, doc)
	if err != nil {
		return err
	}
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(shownRun{run.ID, run.Tool, run.Started, run.Finished, run.Source, run.Target,
			run.Settings, doc.Summary(), spent})
	}
	w := cmd.OutOrStdout()
	fmt.Fprintf(w, "Run %s by %s\n", run.ID, run.Tool)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, d := range []struct {
		side string
		ledger.Document
	}{{"source", run.Source}, {"target", run.Target}} {
		fmt.Fprintf(table, "  %s\t%s from %s, digest %.12s\n", d.side, printable(d.Spec), oneLine(d.Origin), d.Digest)
	}
	for _, s := range doc.Settings {
		fmt.Fprintf(table, "  %s\t%s\n", s.Key, oneLine(s.Value))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w)
	printCounts(w, doc.Summary())
	return spent.print(w)
}

// find returns the run that arguments name, or the latest draft.
func (e *engine) find(ctx context.Context, book *ledger.Ledger, args []string) (ledger.Run, *export.Document, error) {
	id := ""
	if len(args) > 0 {
		id = args[0]
	} else {
		var err error
		if id, err = latestDraft(ctx, book); err != nil {
			return ledger.Run{}, nil, err
		}
	}
	run, err := book.Run(ctx, id) // first: of a run that is finished by then all is read
	if errors.Is(err, ledger.ErrNoRun) {
		return ledger.Run{}, nil, usage(fmt.Errorf("no run %q in %s", id, e.ledgerName()))
	}
	if err != nil {
		return ledger.Run{}, nil, err
	}
	doc, err := loadRun(ctx, book, id)
	return run, doc, err
}

func runRunReplay(cmd *cobra.Command, args []string) error {
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
	run, doc, err := e.find(ctx, book, args)
	if err != nil {
		return err
	}
	again, err := e.replay(ctx, book, run, doc)
	if err != nil {
		return fmt.Errorf("run %s: %w", run.ID, err)
	}
	differ, err := compare(doc.Proposals, again)
	if err != nil {
		return err
	}
	total := len(doc.Proposals)
	doc.Proposals = again
	if out, _ := cmd.Flags().GetString("out"); out != "" {
		if _, err := export.Write(out, doc); err != nil {
			return err
		}
	}
	if len(differ) > 0 {
		return &codedError{exitGate, fmt.Errorf("%d of %d proposals of run %s come out otherwise, the first %s: the program or its settings have changed since",
			len(differ), total, run.ID, differ[0])}
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "Run %s: all %d proposals of %d source elements come out byte for byte as they are in the ledger.\n", run.ID, total, len(doc.Sources))
	return err
}

// replay judges every recorded source of a run again, with the candidates that
// the ledger has. Which form of answers the endpoint was found to know is not
// part of the run: it is the one that the answers are remembered in.
func (e *engine) replay(ctx context.Context, book *ledger.Ledger, run ledger.Run, doc *export.Document) (again []crosswalk.Proposal, err error) {
	var s runSettings
	if err := json.Unmarshal(run.Settings, &s); err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	forms := []string{s.Structured}
	if s.Structured == ask.Auto {
		forms = []string{ask.JSONSchema, ask.JSONObject, ask.Prompt}
	}
	for _, s.Structured = range forms {
		if again, err = e.replayAs(ctx, book, run, doc, s); err == nil {
			break
		}
	}
	return again, err
}

func (e *engine) replayAs(ctx context.Context, book *ledger.Ledger, run ledger.Run, doc *export.Document, s runSettings) ([]crosswalk.Proposal, error) {
	past := *e
	past.mute, past.budget = true, e.settings.unlimited()
	past.settings.Judge = s.Judge
	if s.Judging != nil {
		past.settings.Judging = *s.Judging
		past.settings.Endpoint.ChatModel, past.settings.Endpoint.Structured = strings.ReplaceAll(s.Model, together, ","), s.Structured
	}
	panel, err := past.panel(ctx, doc.Source, doc.Target, s.Attempt)
	if err != nil {
		return nil, err
	}
	if panel.prompt != s.Prompt || panel.sha256 != s.ModelSHA256 {
		return nil, fmt.Errorf("it was judged by %s with another prompt or model file than this program has: use the version that made it (%s)", s.Model, run.Tool)
	}
	use, err := panel.judge(ctx, &answers{book: book, run: run.ID, prices: e.budget})
	if err != nil {
		return nil, err
	}
	var shelf shelf
	var sources []string
	drafter := crosswalk.Drafter{
		Source: doc.Source, Target: doc.Target, Retriever: recorded(doc), Judge: use, Ledger: &shelf, Workers: 1,
	}
	for _, r := range doc.Sources {
		sources = append(sources, r.Source)
	}
	elements := inDocumentOrder(doc.Source, elementsOf(doc.Source, sources))
	if err := drafter.Draft(ctx, run.ID, elements); err != nil {
		return nil, fmt.Errorf("the ledger does not have all that it needs: %w", err)
	}
	var out []crosswalk.Proposal
	for _, id := range sources { // in the order in which they were recorded
		out = append(out, shelf[id].Proposals...)
	}
	return out, nil
}

// compare returns the pairs whose proposals are not the same, to the byte.
func compare(was, is []crosswalk.Proposal) ([]string, error) {
	encoded := func(proposals []crosswalk.Proposal) (map[string]string, []string, error) {
		by, order := map[string]string{}, []string{}
		for _, p := range proposals {
			b, err := json.Marshal(p)
			if err != nil {
				return nil, nil, err
			}
			pair := p.Source.ID + " → " + p.Target.ID
			by[pair] += string(b)
			order = append(order, pair)
		}
		return by, order, nil
	}
	a, order, err := encoded(was)
	if err != nil {
		return nil, err
	}
	b, more, err := encoded(is)
	if err != nil {
		return nil, err
	}
	var differ []string
	for _, pair := range append(order, more...) {
		if a[pair] != b[pair] && !slices.Contains(differ, pair) {
			differ = append(differ, pair)
		}
	}
	return differ, nil
}

// A shelf is a ledger that keeps nothing.
type shelf map[string]crosswalk.Result

func (s *shelf) Done(context.Context, string) (map[string]bool, error) { return nil, nil }

func (s *shelf) Record(_ context.Context, _ string, results []crosswalk.Result) error {
	if *s == nil {
		*s = shelf{}
	}
	for _, r := range results {
		(*s)[r.Source] = r
	}
	return nil
}

// recorded returns the candidates of each source as a run has them, with what a
// judge reads of them. Of those that were not looked at there is nothing.
func recorded(doc *export.Document) crosswalk.Retriever {
	by := rememberedCandidates{}
	for _, p := range doc.Proposals {
		element, _ := doc.Target.Element(p.Target.ID)
		c := crosswalk.Candidate{Element: element, Rank: p.Rank, Score: p.Score, Evidence: p.Evidence, Signals: map[string]float64{}}
		for _, e := range p.Evidence {
			c.Signals[candidate.Precedent] = max(c.Signals[candidate.Precedent], e.Similarity)
		}
		by[p.Source.ID] = append(by[p.Source.ID], c)
	}
	return by
}

// rememberedCandidates are those of each source, by its id.
type rememberedCandidates map[string][]crosswalk.Candidate

func (r rememberedCandidates) Retrieve(_ context.Context, source corpus.Element, _ int) ([]crosswalk.Candidate, error) {
	return r[source.ID], nil
}

func elementsOf(f *corpus.Framework, ids []string) []corpus.Element {
	var out []corpus.Element
	for _, id := range ids {
		if e, ok := f.Element(id); ok {
			out = append(out, e)
		}
	}
	return out
}
