package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
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
	modelFlags(cmd)
	cmd.Flags().Bool("dry-run", false, "say what a model would be asked and what it may cost, and ask nothing")
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
	printSummary(&summary, doc, d.spent, files, e.settings.Workspace)
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
	without        bool // precedents
	attempt        int  // at what a model answered unusably before; 0 for the first
	// purpose says what a run is for that is no draft of a crosswalk, such as
	// a pool, and known the pairs that it is not about.
	purpose string
	known   map[corpus.Pair]bool
	spent   *spending // on models by the run, once it is drafted
}

// runSettings is all that a run's result depends on beside the two texts. It
// is part of the run's identity, so that the same settings resume a run and
// other settings begin another.
type runSettings struct {
	Tool        string            `json:"tool"` // its version is to change with the ranking or the judging
	Judge       string            `json:"judge"`
	Model       string            `json:"model,omitempty"`
	ModelSHA256 string            `json:"model_sha256,omitempty"` // of the local judge
	Prompt      string            `json:"prompt_sha256,omitempty"`
	Structured  string            `json:"structured,omitempty"`
	Calibration string            `json:"calibration_sha256,omitempty"` // of a model
	Attempt     int               `json:"attempt,omitempty"`
	Threshold   float64           `json:"threshold"`
	Depth       int               `json:"depth"`
	Judging     *judgingSettings  `json:"judging,omitempty"` // of a model
	Kinds       []string          `json:"kinds,omitempty"`
	Embedder    string            `json:"embedder"`
	Weights     candidate.Weights `json:"weights"`
	Precedents  []string          `json:"precedents,omitempty"` // names of the label sets
	Generic     bool              `json:"generic_cells"`
	Purpose     string            `json:"purpose,omitempty"`
	Sources     []string          `json:"sources,omitempty"` // ids, if the run is about some only
}

// draft does the job and returns the finished draft. Nothing is written to the
// workspace before the inputs and the endpoint have proved usable.
func (d *drafting) draft(ctx context.Context) (_ *export.Document, err error) {
	defer func() {
		if err != nil && ctx.Err() != nil {
			err = errors.New("interrupted: what is judged is kept, and the same command goes on from there")
		}
	}()
	panel, err := d.panel(ctx, d.source, d.target, d.attempt)
	if err != nil {
		return nil, err
	}
	space, err := d.space(d.source, d.target)
	if err != nil {
		return nil, err
	}
	var votes []candidate.Precedents
	if !d.without {
		if votes, err = precedents(d.target, nil); err != nil {
			return nil, err
		}
	}
	run, err := d.run(panel, space.embedders.Name(), votes)
	if err != nil {
		return nil, err
	}
	if panel.ready != nil && !d.begun(ctx, run.ID) {
		if err := panel.ready(ctx); err != nil {
			return nil, err
		}
	}
	ranker, err := d.ranker(ctx, space, d.kinds, votes)
	if err != nil {
		return nil, err
	}
	book, err := ledger.Open(ctx, d.ledgerPath())
	if err != nil {
		return nil, err
	}
	defer book.Close()
	for _, f := range []*corpus.Framework{d.source, d.target} {
		if err := book.Keep(ctx, f); err != nil {
			return nil, err
		}
	}
	if _, err := book.Begin(ctx, run); err != nil {
		return nil, err
	}
	use, err := panel.judge(ctx, &answers{book: book, run: run.ID, prices: d.budget})
	if err != nil {
		return nil, err
	}
	expect, err := d.expectation()
	if err != nil {
		return nil, err
	}
	bar := newProgress(d.stderr, "judging")
	retriever := unknown{ranker, d.known}
	if model := modelOf(use); model != nil && panel.ready != nil {
		if err := d.announce(ctx, book, run.ID, model, retriever); err != nil {
			return nil, err
		}
	}
	drafter := crosswalk.Drafter{
		Source: d.source, Target: d.target, Retriever: retriever, Judge: use, Ledger: book,
		Depth: d.settings.Depth, Expect: expect, Workers: panel.workers, Progress: bar.show,
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
	e, err := preview{d, model, ranker}.estimate(ctx, left)
	if err == nil {
		fmt.Fprint(d.stderr, estimated(e))
	}
	return err
}

// dryRun says what a model would be asked.
func (d *drafting) dryRun(ctx context.Context, w io.Writer) error {
	d.desk, _ = batch.New() // nothing leaves it
	if client, err := d.endpoint(); err == nil && client.Loopback() {
		d.mute = true // nor this; and it may be shown what must stay on this machine
	}
	panel, err := d.panel(ctx, d.source, d.target, d.attempt)
	if err != nil {
		return err
	}
	space, err := d.space(d.source, d.target)
	if err != nil {
		return err
	}
	var votes []candidate.Precedents
	if !d.without {
		if votes, err = precedents(d.target, nil); err != nil {
			return err
		}
	}
	ranker, err := d.ranker(ctx, space, d.kinds, votes)
	if err != nil {
		return err
	}
	use, err := panel.judge(ctx, &answers{})
	if err != nil {
		return err
	}
	return preview{d, modelOf(use), unknown{ranker, d.known}}.print(ctx, w)
}

// run describes the run that these settings make. Its id follows from all
// that its result depends on.
func (d *drafting) run(p panel, embedder string, votes []candidate.Precedents) (ledger.Run, error) {
	var sets []string
	for _, v := range votes {
		sets = append(sets, v.Set)
	}
	var some []string
	if d.purpose != "" {
		for _, e := range d.sources {
			some = append(some, e.ID)
		}
	}
	fusion, err := d.fusion()
	if err != nil {
		return ledger.Run{}, err
	}
	var judging *judgingSettings
	if d.settings.Judge == "llm" {
		how := d.settings.Judging
		how.Convention = p.convention
		how.MaxCalls, how.MaxCost = 0, 0 // change when it ends, not what comes out
		judging = &how
	}
	settings, err := json.Marshal(runSettings{
		Judging: judging, Purpose: d.purpose, Sources: some,
		Tool: version, Judge: d.settings.Judge, Model: p.model, ModelSHA256: p.sha256, Prompt: p.prompt,
		Structured: p.structured, Calibration: p.calibration, Attempt: d.attempt, Threshold: p.threshold,
		Depth: d.settings.Depth, Kinds: d.kinds, Embedder: embedder, Weights: fusion.Weights,
		Precedents: sets, Generic: slices.ContainsFunc(d.sources, func(e corpus.Element) bool { return e.Generic != "" }),
	})
	return ledger.Run{
		ID:       crosswalk.NewID("run", d.source.Digest(), d.target.Digest(), string(settings)),
		Started:  time.Now(),
		Tool:     "concord " + version,
		Settings: settings,
		Source:   documentOf(d.source),
		Target:   documentOf(d.target),
	}, err
}

// begun reports whether the workspace knows the run: then it is to be gone on
// with, and nothing needs to be asked that was asked before.
func (d *drafting) begun(ctx context.Context, run string) bool {
	if _, err := os.Stat(d.ledgerPath()); err != nil {
		return false
	}
	book, err := ledger.Open(ctx, d.ledgerPath())
	if err != nil {
		return false
	}
	defer book.Close()
	_, err = book.Run(ctx, run)
	return err == nil
}

func documentOf(f *corpus.Framework) ledger.Document {
	return ledger.Document{Spec: f.Spec(), Title: f.Title, Digest: f.Digest(), SHA256: f.SHA256, Origin: f.Source}
}

// loadRun reads a run back as a document to be exported.
func loadRun(ctx context.Context, book *ledger.Ledger, id string) (*export.Document, error) {
	run, err := book.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	doc := &export.Document{Tool: "concord", Version: version, Run: run.ID, Started: run.Started, Draft: true}
	if doc.Source, err = book.Framework(ctx, run.Source.Digest); err != nil {
		return nil, err
	}
	if doc.Target, err = book.Framework(ctx, run.Target.Digest); err != nil {
		return nil, err
	}
	var s runSettings
	if err := json.Unmarshal(run.Settings, &s); err != nil {
		return nil, fmt.Errorf("settings of run %s: %w", run.ID, err)
	}
	describe(doc.Source, run.Source)
	describe(doc.Target, run.Target)
	doc.Threshold = s.Threshold
	doc.Settings = s.list()
	doc.SourceIDs = s.Sources
	if s.Purpose == "" {
		sources := doc.Source.Mappable()
		if s.Generic {
			sources = append(sources, doc.Source.Generic()...)
		}
		for _, e := range sources {
			doc.SourceIDs = append(doc.SourceIDs, e.ID)
		}
	}
	for _, e := range doc.Target.Mappable(s.Kinds...) {
		doc.TargetIDs = append(doc.TargetIDs, e.ID)
	}
	if doc.Sources, err = book.Results(ctx, id); err != nil {
		return nil, err
	}
	doc.Proposals, err = book.Proposals(ctx, id)
	return doc, err
}

// describe puts down which file a run read: another run may have read the same
// text elsewhere.
func describe(f *corpus.Framework, d ledger.Document) {
	f.Title, f.SHA256, f.Source = d.Title, d.SHA256, d.Origin
}

// list shows the settings to people, in a fixed order.
func (s runSettings) list() []export.Setting {
	kinds := "all"
	if len(s.Kinds) > 0 {
		kinds = strings.Join(s.Kinds, ", ")
	}
	list := []export.Setting{
		{Key: "judge", Value: s.Judge}, {Key: "model", Value: s.Model},
		{Key: "threshold", Value: fmt.Sprint(s.Threshold)}, {Key: "depth", Value: fmt.Sprint(s.Depth)},
		{Key: "kinds", Value: kinds}, {Key: "embedder", Value: s.Embedder},
		{Key: "precedents", Value: orNone(s.Precedents)}, {Key: "generic cells", Value: fmt.Sprint(s.Generic)},
	}
	if how := s.Judging; how != nil {
		blocks := fmt.Sprintf("%d to %d of %d, ending below %g links", how.LeastBlocks, how.MostBlocks, how.Block, how.Stop)
		if how.Stop <= 0 {
			blocks = fmt.Sprintf("all of %d", how.Block)
		}
		list = append(list, export.Setting{Key: "blocks", Value: blocks},
			export.Setting{Key: "samples", Value: fmt.Sprint(how.Samples)}, export.Setting{Key: "confirm", Value: fmt.Sprint(how.Confirm)},
			export.Setting{Key: "convention", Value: cmp.Or(how.Convention, llm.Strict)})
	}
	if s.Attempt > 0 {
		list = append(list, export.Setting{Key: "attempt", Value: fmt.Sprint(s.Attempt + 1)})
	}
	if s.Purpose != "" {
		list = append(list, export.Setting{Key: "purpose", Value: s.Purpose})
	}
	if s.Prompt != "" {
		list = append(list, export.Setting{Key: "prompt sha256", Value: s.Prompt})
	}
	return list
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
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
