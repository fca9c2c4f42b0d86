package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/candidate"
	"concord/crosswalk/export"
	"concord/crosswalk/ledger"
	"concord/crosswalk/llm"
	"concord/internal/batch"
)

func newDraft() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "draft",
		Short: "Draft a crosswalk: find candidates, judge them, remember the proposals",
		Long: `Draft a crosswalk: find candidates, judge them, remember the proposals.

The draft is kept in the workspace. Interrupted, the same command goes on where
it stopped; finished, it changes nothing.`,
		Example: `  concord draft
  concord draft --to controls.csv --columns id=Ref,text=Requirement --out drafts
  concord draft --from csf --to sp800-53 --kind control --judge llm
  concord draft --judge llm --requests questions.jsonl
  concord draft --judge llm --responses answers.jsonl --requests more.jsonl`,
		Args: cobra.NoArgs,
		RunE: runDraft,
	}
	pairFlags(cmd)
	cmd.Flags().String("judge", "local", "local, or llm for the model in the settings")
	cmd.Flags().Int("depth", 40, "candidates to judge for each source element; 0 for all")
	cmd.Flags().Bool("generic-cells", false, "map cells that only say that standard practices apply, by their subcategory")
	cmd.Flags().Int("attempt", 1, "2 asks a model again what it answered unusably in attempt 1, and so on")
	cmd.Flags().StringSlice("precedents", nil, "crosswalks into the target, or lists of derived relations, to take for evidence beside the built-in ones")
	modelFlags(cmd)
	cmd.Flags().Bool("dry-run", false, "say what a model would be asked and what it may cost, and ask nothing")
	cmd.Flags().Bool("enqueue", false, "leave the judging to the workers at the ledger in PostgreSQL (concord worker), and return at once")
	cmd.Flags().String("out", "", "folder to write the draft to, as CSV, JSON and Markdown")
	cmd.Flags().Bool("json", false, "print the summary as JSON")
	return cmd
}

func runDraft(cmd *cobra.Command, _ []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	from, _ := cmd.Flags().GetString("from")
	to, _ := cmd.Flags().GetString("to")
	source, target, err := e.pair(from, to)
	if err != nil {
		return err
	}
	var d drafting
	d.engine, d.source, d.target = e, source, target
	d.kinds, _ = cmd.Flags().GetStringSlice("kind")
	d.without, _ = cmd.Flags().GetBool("without-precedents")
	d.precedents, _ = cmd.Flags().GetStringSlice("precedents")
	if d.attempt, err = attemptOf(cmd); err != nil {
		return err
	}
	if err := forAModel(cmd, e.settings.Judge); err != nil {
		return err
	}
	d.sources = source.Mappable()
	if generic, _ := cmd.Flags().GetBool("generic-cells"); generic {
		d.sources = inDocumentOrder(source, append(d.sources, source.Generic()...))
	}
	if err := candidate.CheckKinds(target, d.kinds); err != nil {
		return usage(err)
	}
	started := time.Now()
	if dry, _ := cmd.Flags().GetBool("dry-run"); dry {
		return d.dryRun(cmd.Context(), cmd.OutOrStdout())
	}
	if enqueue, _ := cmd.Flags().GetBool("enqueue"); enqueue {
		return d.enqueue(cmd)
	}
	if err := e.takeDown(cmd); err != nil {
		return err
	}
	doc, err := d.draft(cmd.Context())
	if err := e.handOver(cmd, err); err != nil || doc == nil {
		return err
	}
	var files []string
	if out, _ := cmd.Flags().GetString("out"); out != "" {
		if files, err = export.Write(out, doc); err != nil {
			return err
		}
	}
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(summaryOf(doc, d.spent, files))
	}
	var summary bytes.Buffer
	printSummary(&summary, doc, d.spent, files, e.ledgerName())
	if _, err := cmd.OutOrStdout().Write(summary.Bytes()); err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "done in %.1f s\n", time.Since(started).Seconds())
	return nil
}

// attemptOf returns how many attempts there were before this one.
func attemptOf(cmd *cobra.Command) (int, error) {
	n, _ := cmd.Flags().GetInt("attempt")
	if n < 1 {
		return 0, usage(fmt.Errorf("--attempt %d: want one or more", n))
	}
	return n - 1, nil
}

// A drafting is one run of the main job.
type drafting struct {
	*engine
	source, target *corpus.Framework
	sources        []corpus.Element
	kinds          []string
	without        bool     // the built-in precedents
	precedents     []string // files of others
	attempt        int      // at what a model answered unusably before; 0 for the first
	// purpose says what a run is for that is no draft of a crosswalk, such as
	// a pool, and known the pairs that it is not about.
	purpose string
	known   map[corpus.Pair]bool
	spent   *spending // on models by the run, once it is drafted
}

// draft does the job and returns the finished draft. Nothing is written to the
// workspace before the inputs and the endpoint have proved usable.
func (d *drafting) draft(ctx context.Context) (_ *export.Document, err error) {
	defer func() {
		if err != nil && ctx.Err() != nil {
			err = errors.New("interrupted: what is judged is kept, and the same command goes on from there")
		}
	}()
	p, err := d.plan(ctx)
	if err != nil {
		return nil, err
	}
	panel, run := p.panel, p.run
	if panel.ready != nil && !d.begun(ctx, run.ID) {
		if err := panel.ready(ctx); err != nil {
			return nil, err
		}
	}
	ranker, err := d.ranker(ctx, p.space, d.kinds, p.votes)
	if err != nil {
		return nil, err
	}
	book, err := ledger.Open(ctx, d.ledgerAt())
	if err != nil {
		return nil, err
	}
	defer book.Close()
	if err := d.begin(ctx, book, run); err != nil {
		return nil, err
	}
	drafter, err := d.drafter(ctx, p, ranker, book)
	if err != nil {
		return nil, err
	}
	bar := newProgress(d.stderr, "judging")
	drafter.Progress = bar.show
	if model := modelOf(drafter.Judge); model != nil && panel.ready != nil {
		if err := d.announce(ctx, book, run.ID, model, drafter.Retriever); err != nil {
			return nil, err
		}
	}
	if d.settings.Judge == "llm" {
		defer d.sayWaiting(ctx)()
	}
	err = drafter.Draft(ctx, run.ID, d.sources)
	bar.end()
	if err != nil {
		return nil, err
	}
	if err := book.Finish(ctx, run.ID, time.Now()); err != nil {
		return nil, err
	}
	doc, err := loadRun(ctx, book, run.ID)
	if err == nil {
		d.spent, err = d.spentOn(ctx, book, doc)
	}
	return doc, err
}

// A plan is what is known of a draft before anything is asked or written.
type plan struct {
	panel panel
	space space
	votes []candidate.Precedents
	run   ledger.Run
}

// plan says which run these settings make of the two texts, and by what.
func (d *drafting) plan(ctx context.Context) (p plan, err error) {
	if p.panel, err = d.panel(ctx, d.source, d.target, d.attempt); err != nil {
		return p, err
	}
	if p.space, err = d.space(d.source, d.target); err != nil {
		return p, err
	}
	if p.votes, err = d.voters(); err != nil {
		return p, err
	}
	p.run, err = d.run(p.panel, p.space.embedders.Name(), p.votes)
	return p, err
}

// begin puts a run and its texts into the ledger, or resumes it.
func (d *drafting) begin(ctx context.Context, book *ledger.Ledger, run ledger.Run) error {
	for _, f := range []*corpus.Framework{d.source, d.target} {
		if err := book.Keep(ctx, f); err != nil {
			return err
		}
	}
	_, err := book.Begin(ctx, run)
	return err
}

// drafter puts together what drafts a planned run.
func (d *drafting) drafter(ctx context.Context, p plan, ranker *candidate.Ranker, book *ledger.Ledger) (crosswalk.Drafter, error) {
	use, err := p.panel.judge(ctx, &answers{book: book, run: p.run.ID, prices: d.budget, persist: d.persist})
	if err != nil {
		return crosswalk.Drafter{}, err
	}
	expect, err := d.expectation()
	return crosswalk.Drafter{
		Source: d.source, Target: d.target, Retriever: unknown{ranker, d.known}, Judge: use, Ledger: book,
		Depth: d.settings.Depth, Expect: expect, Workers: p.panel.workers,
	}, err
}

// announce says what the sources that are left are likely to take.
func (d *drafting) announce(ctx context.Context, book *ledger.Ledger, run string, model *llm.Judge, ranker crosswalk.Retriever) error {
	done, err := book.Done(ctx, run)
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(slices.Clone(d.sources), func(e corpus.Element) bool { return done[e.ID] })
	if len(left) == 0 {
		return nil
	}
	e, err := preview{d.engine, model, ranker}.estimate(ctx, left)
	if err == nil {
		fmt.Fprint(d.stderr, estimated(e))
	}
	return err
}

// dryRun says what a model would be asked.
func (d *drafting) dryRun(ctx context.Context, w io.Writer) error {
	p, err := d.preview(ctx)
	if err != nil {
		return err
	}
	return p.print(ctx, w, d.sources)
}

// preview prepares to say what a model would be asked. Nobody is.
func (d *drafting) preview(ctx context.Context) (preview, error) {
	d.desk, _ = batch.New() // nothing leaves it
	if client, err := d.endpoint(); err == nil && client.Loopback() {
		d.mute = true // nor this; and it may be shown what must stay on this machine
	}
	p, err := d.plan(ctx)
	if err != nil {
		return preview{}, err
	}
	ranker, err := d.ranker(ctx, p.space, d.kinds, p.votes)
	if err != nil {
		return preview{}, err
	}
	use, err := p.panel.judge(ctx, &answers{})
	if err != nil {
		return preview{}, err
	}
	return preview{d.engine, modelOf(use), unknown{ranker, d.known}}, nil
}

func inDocumentOrder(f *corpus.Framework, elements []corpus.Element) []corpus.Element {
	in := make(map[string]bool, len(elements))
	for _, e := range elements {
		in[e.ID] = true
	}
	var out []corpus.Element
	for _, e := range f.Elements {
		if in[e.ID] {
			out = append(out, e)
		}
	}
	return out
}
