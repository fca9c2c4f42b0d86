package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"concord/crosswalk/fleet"
	"concord/crosswalk/ledger"
	"concord/crosswalk/review"
	"concord/internal/ask"
)

func newStatus() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say how far the workers are with what is enqueued",
		Long: `Say how far the workers are with what is enqueued.

Runs that have jobs, finished ones for about a day. The rate is that of the last
ten minutes; cost is known if the settings have the prices of the models.`,
		Args: cobra.NoArgs,
		RunE: runStatus,
	}
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

// A statusOfRun is how far a run is.
type statusOfRun struct {
	Run       string          `json:"run"`
	Source    string          `json:"source"`
	Target    string          `json:"target"`
	Finished  *time.Time      `json:"finished"` // null while it runs
	Sources   int             `json:"sources"`
	Done      int             `json:"sources_done"`
	Jobs      fleet.Depth     `json:"jobs"`
	Failures  []fleet.Failure `json:"failures"` // some, if there are many
	Calls     int             `json:"calls"`
	Cost      *float64        `json:"cost,omitempty"`            // if all prices are known
	Remaining *float64        `json:"seconds_remaining"`         // null if it is not known
	Finish    *time.Time      `json:"finish_expected,omitempty"` // the same as a time
}

func runStatus(cmd *cobra.Command, _ []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	book, queue, err := e.openQueue(ctx)
	if err != nil {
		return err
	}
	defer book.Close()
	defer queue.Close()
	out, err := (&watch{book: book, queue: queue, prices: e.budget}).look(ctx)
	if err != nil {
		return err
	}
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(out)
	}
	return printStatus(cmd.OutOrStdout(), out)
}

// A watch looks at what is enqueued, again and again. One goroutine may use it at
// a time.
type watch struct {
	book   *ledger.Ledger
	queue  *fleet.Fleet
	prices *ask.Budget
	covers map[string]int // how many sources a run has, which never changes
}

// shownFailures is how many failures of a run are told.
const shownFailures = 50

// look returns how far the runs are that have jobs, those with the most to do
// first. What it asks the server does not grow with what was answered, but for a
// sum over the calls of a run.
func (w *watch) look(ctx context.Context) ([]statusOfRun, error) {
	depths, err := w.queue.Depths(ctx)
	if err != nil {
		return nil, err
	}
	runs, err := w.book.Runs(ctx)
	if err != nil {
		return nil, err
	}
	out := []statusOfRun{}
	for _, run := range runs {
		depth, enqueued := depths[run.ID]
		if !enqueued {
			continue
		}
		s, err := w.status(ctx, run, depth)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b statusOfRun) int { return cmp.Compare(b.Jobs.Open(), a.Jobs.Open()) })
	return out, nil
}

func (w *watch) status(ctx context.Context, run ledger.Run, depth fleet.Depth) (s statusOfRun, err error) {
	s = statusOfRun{Run: run.ID, Source: run.Source.Spec, Target: run.Target.Spec, Finished: run.Finished, Jobs: depth}
	if s.Sources, err = w.sources(ctx, run); err != nil {
		return s, err
	}
	if s.Done, err = w.book.SourcesDone(ctx, run.ID); err != nil {
		return s, err
	}
	s.Failures = []fleet.Failure{}
	if depth.Discarded+depth.Retryable > 0 {
		if s.Failures, err = w.queue.Failures(ctx, run.ID, shownFailures); err != nil {
			return s, err
		}
	}
	usages, err := w.book.Usages(ctx, run.ID)
	if err != nil {
		return s, err
	}
	s.Calls, s.Cost = w.cost(usages)
	if left := s.Sources - s.Done; run.Finished == nil && depth.Rate > 0 {
		seconds := float64(left) / depth.Rate * 60
		at := time.Now().Add(time.Duration(seconds * float64(time.Second))).UTC().Truncate(time.Second)
		s.Remaining, s.Finish = &seconds, &at
	}
	return s, nil
}

// cost adds up what was asked of models; the sum is nil if a price is not known,
// or nothing was asked.
func (w *watch) cost(usages []ledger.Usage) (calls int, sum *float64) {
	cost, priced := 0.0, len(usages) > 0
	for _, u := range usages {
		calls += u.Calls
		price, known := w.prices.Price(u.Model)
		priced = priced && known
		cost += price.Of(u.PromptTokens, u.CachedTokens, u.CompletionTokens)
	}
	if priced {
		sum = &cost
	}
	return calls, sum
}

// sources returns how many sources a run sets out to cover.
func (w *watch) sources(ctx context.Context, run ledger.Run) (int, error) {
	if n, known := w.covers[run.ID]; known {
		return n, nil
	}
	var s runSettings
	if err := json.Unmarshal(run.Settings, &s); err != nil {
		return 0, fmt.Errorf("settings of run %s: %w", run.ID, err)
	}
	source, err := w.book.Framework(ctx, run.Source.Digest)
	if err != nil {
		return 0, err
	}
	if w.covers == nil {
		w.covers = map[string]int{}
	}
	w.covers[run.ID] = len(s.covered(source))
	return w.covers[run.ID], nil
}

func printStatus(w io.Writer, runs []statusOfRun) error {
	if len(runs) == 0 {
		_, err := fmt.Fprintln(w, "Nothing is enqueued. concord draft --enqueue does.")
		return err
	}
	for _, r := range runs {
		fmt.Fprintf(w, "Run %s: %s → %s\n", r.Run, oneLine(r.Source), oneLine(r.Target))
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintf(table, "  sources\t%d of %d done\n", r.Done, r.Sources)
		fmt.Fprintf(table, "  jobs\t%d available, %d running, %d retryable, %d discarded\n", r.Jobs.Available, r.Jobs.Running, r.Jobs.Retryable, r.Jobs.Discarded)
		fmt.Fprintf(table, "  calls\t%d\n", r.Calls)
		if r.Cost != nil {
			fmt.Fprintf(table, "  cost\t%.4f in the currency of the prices\n", *r.Cost)
		} else if r.Calls > 0 {
			fmt.Fprintf(table, "  cost\tnot known: endpoint.prices in the settings lacks a model\n")
		}
		switch {
		case r.Finished != nil:
			fmt.Fprintf(table, "  finished\t%s\n", r.Finished.UTC().Format(time.RFC3339))
		case r.Finish != nil:
			fmt.Fprintf(table, "  rate\t%.1f sources a minute\n", r.Jobs.Rate)
			fmt.Fprintf(table, "  expected\t%s, in %v\n", r.Finish.Format(time.RFC3339), time.Duration(*r.Remaining*float64(time.Second)).Round(time.Second))
		default:
			fmt.Fprintf(table, "  expected\tnot known: no job was completed in the last ten minutes\n")
		}
		if err := table.Flush(); err != nil {
			return err
		}
		for _, f := range r.Failures {
			fmt.Fprintf(w, "  %s %s: %s\n", map[bool]string{true: "given up:", false: "tried again:"}[f.GivenUp], oneLine(f.Source), oneLine(f.Why))
		}
	}
	return nil
}

// draftingOf returns what says to a desk how far workers are, and what ends it;
// nil where the ledger is a file, which workers do not share.
func (e *engine) draftingOf(ctx context.Context, book *ledger.Ledger, log *slog.Logger) (look func(context.Context) ([]review.Drafting, error), done func()) {
	if !ledger.IsURL(e.ledgerAt()) {
		return nil, func() {}
	}
	queue, err := fleet.Open(ctx, e.ledgerAt(), log)
	if err != nil {
		log.Warn("review says nothing of workers", "error", err)
		return nil, func() {}
	}
	w := &watch{book: book, queue: queue, prices: e.budget}
	return func(ctx context.Context) ([]review.Drafting, error) {
		runs, err := w.look(ctx)
		var out []review.Drafting
		for _, r := range runs {
			out = append(out, r.drafting())
		}
		return out, err
	}, queue.Close
}

// drafting says the same to the desk.
func (s statusOfRun) drafting() review.Drafting {
	d := review.Drafting{
		Run: s.Run, Source: s.Source, Target: s.Target, Sources: s.Sources, Done: s.Done,
		Waiting: s.Jobs.Available, Running: s.Jobs.Running, TriedAgain: s.Jobs.Retryable, GivenUp: s.Jobs.Discarded,
		Rate: s.Jobs.Rate, Calls: s.Calls, Cost: s.Cost, Finished: s.Finished, Expected: s.Finish,
	}
	for _, f := range s.Failures {
		d.Failures = append(d.Failures, review.Failure(f))
	}
	return d
}
