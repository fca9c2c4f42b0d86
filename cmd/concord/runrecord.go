package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/candidate"
	"concord/crosswalk/export"
	"concord/crosswalk/ledger"
	"concord/crosswalk/llm"
)

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
	if !ledger.Exists(d.ledgerAt()) {
		return false
	}
	book, err := ledger.Open(ctx, d.ledgerAt())
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
	doc.SourceIDs = s.covered(doc.Source)
	for _, e := range doc.Target.Mappable(s.Kinds...) {
		doc.TargetIDs = append(doc.TargetIDs, e.ID)
	}
	if doc.Sources, err = book.Results(ctx, id); err != nil {
		return nil, err
	}
	if doc.Proposals, err = book.Proposals(ctx, id); err == nil && s.Purpose == "" {
		arrange(doc)
	}
	return doc, err
}

// covered lists the sources that a run sets out to cover, by id.
func (s runSettings) covered(source *corpus.Framework) []string {
	if s.Purpose != "" {
		return s.Sources
	}
	elements := source.Mappable()
	if s.Generic {
		elements = append(elements, source.Generic()...)
	}
	ids := make([]string, 0, len(elements))
	for _, e := range elements {
		ids = append(ids, e.ID)
	}
	return ids
}

// arrange puts what several workers recorded into the order of the sources.
func arrange(doc *export.Document) {
	place := make(map[string]int, len(doc.Source.Elements))
	for i, e := range doc.Source.Elements {
		place[e.ID] = i
	}
	slices.SortStableFunc(doc.Sources, func(a, b crosswalk.Result) int { return place[a.Source] - place[b.Source] })
	slices.SortStableFunc(doc.Proposals, func(a, b crosswalk.Proposal) int { return place[a.Source.ID] - place[b.Source.ID] })
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
