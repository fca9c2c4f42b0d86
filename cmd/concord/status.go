package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"concord/crosswalk/fleet"
	"concord/crosswalk/ledger"
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
	Run       string      `json:"run"`
	Source    string      `json:"source"`
	Target    string      `json:"target"`
	Finished  *time.Time  `json:"finished"` // null while it runs
	Sources   int         `json:"sources"`
	Done      int         `json:"sources_done"`
	Jobs      fleet.Depth `json:"jobs"`
	Calls     int         `json:"calls"`
	Cost      *float64    `json:"cost,omitempty"`            // if all prices are known
	Remaining *float64    `json:"seconds_remaining"`         // null if it is not known
	Finish    *time.Time  `json:"finish_expected,omitempty"` // the same as a time
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
	depths, err := queue.Depths(ctx)
	if err != nil {
		return err
	}
	runs, err := book.Runs(ctx)
	if err != nil {
		return err
	}
	out := []statusOfRun{}
	for _, run := range runs {
		depth, enqueued := depths[run.ID]
		if !enqueued {
			continue
		}
		s, err := e.statusOf(cmd, book, run, depth)
		if err != nil {
			return err
		}
		out = append(out, s)
	}
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(out)
	}
	return printStatus(cmd.OutOrStdout(), out)
}

func (e *engine) statusOf(cmd *cobra.Command, book *ledger.Ledger, run ledger.Run, depth fleet.Depth) (s statusOfRun, err error) {
	ctx := cmd.Context()
	s = statusOfRun{Run: run.ID, Source: run.Source.Spec, Target: run.Target.Spec, Finished: run.Finished, Jobs: depth}
	doc, err := loadRun(ctx, book, run.ID)
	if err != nil {
		return s, err
	}
	s.Sources, s.Done = len(doc.SourceIDs), len(doc.Sources)
	calls, err := book.Calls(ctx, run.ID)
	if err != nil {
		return s, err
	}
	s.Calls = len(calls)
	cost, priced := 0.0, len(calls) > 0
	for _, c := range calls {
		price, known := e.budget.Price(c.Model)
		priced = priced && known
		cost += price.Of(c.PromptTokens, c.CachedTokens, c.CompletionTokens)
	}
	if priced {
		s.Cost = &cost
	}
	if left := s.Sources - s.Done; run.Finished == nil && depth.Rate > 0 {
		seconds := float64(left) / depth.Rate * 60
		at := time.Now().Add(time.Duration(seconds * float64(time.Second))).UTC().Truncate(time.Second)
		s.Remaining, s.Finish = &seconds, &at
	}
	return s, nil
}

func printStatus(w io.Writer, runs []statusOfRun) error {
	if len(runs) == 0 {
		_, err := fmt.Fprintln(w, "Nothing is enqueued. concord draft --enqueue does.")
		return err
	}
	slices.SortStableFunc(runs, func(a, b statusOfRun) int { return cmp.Compare(b.Jobs.Open(), a.Jobs.Open()) })
	for _, r := range runs {
		fmt.Fprintf(w, "Run %s: %s → %s\n", r.Run, oneLine(r.Source), oneLine(r.Target))
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintf(table, "  sources\t%d of %d done\n", r.Done, r.Sources)
		fmt.Fprintf(table, "  jobs\t%d available, %d running, %d retryable, %d discarded\n", r.Jobs.Available, r.Jobs.Running, r.Jobs.Retryable, r.Jobs.Discarded)
		fmt.Fprintf(table, "  calls\t%d\n", r.Calls)
		if r.Cost != nil {
			fmt.Fprintf(table, "  cost\t%.4f in the currency of the prices\n", *r.Cost)
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
	}
	return nil
}
