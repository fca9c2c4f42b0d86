package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

// An enqueued draft is what the command says of its work.
type enqueued struct {
	Run     string `json:"run"`
	Sources int    `json:"sources"`
	Done    int    `json:"sources_done"`
	Jobs    int    `json:"jobs_enqueued"`
	Known   int    `json:"jobs_enqueued_before"`
}

// enqueue leaves the judging to workers.
func (d *drafting) enqueue(cmd *cobra.Command) error {
	for _, name := range []string{"out", "requests", "responses", "max-calls", "max-cost"} {
		if cmd.Flags().Changed(name) {
			return usage(fmt.Errorf("--%s is for a draft that is judged here, and --enqueue leaves it to workers: leave one of the two out", name))
		}
	}
	ctx := cmd.Context()
	book, queue, err := d.openQueue(ctx)
	if err != nil {
		return err
	}
	defer book.Close()
	defer queue.Close()
	p, err := d.plan(ctx)
	if err != nil {
		return err
	}
	if err := d.begin(ctx, book, p.run); err != nil {
		return err
	}
	done, err := book.Done(ctx, p.run.ID)
	if err != nil {
		return err
	}
	var left []string
	for _, e := range d.sources {
		if !done[e.ID] {
			left = append(left, e.ID)
		}
	}
	out := enqueued{Run: p.run.ID, Sources: len(d.sources), Done: len(done)}
	if out.Jobs, out.Known, err = queue.Enqueue(ctx, p.run.ID, left); err != nil {
		return err
	}
	if out.Done == out.Sources { // by workers that died before they could say so
		if err := book.Finish(ctx, p.run.ID, time.Now()); err != nil {
			return err
		}
	}
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(out)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "Run %s: %d of %d source elements are done; %s enqueued, %d were before.\n", out.Run, out.Done, out.Sources, counted(out.Jobs, "job"), out.Known)
	if err == nil && out.Done < out.Sources {
		_, err = fmt.Fprint(cmd.OutOrStdout(), "Next, on any number of machines:\n  concord worker   judge them\n  concord status   see how far they are\n")
	}
	return err
}
