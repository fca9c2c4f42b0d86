package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk/candidate"
	"concord/crosswalk/capacity"
	"concord/crosswalk/ledger"
)

func newPlan() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Say what a crosswalk, or those of many frameworks, would take",
		Long: `Say what a crosswalk, or those of many frameworks, would take: calls, tokens,
money, rows, bytes and hours, and what saturates first.

The questions about these two texts are made and counted, and put to nobody. How
many of them a model will get follows from what it says: here from what is usual,
with --pilot from a run that was made. --frameworks says what crosswalks like this
one would take between so many frameworks.

The limits of the endpoint in the settings count for all workers together.`,
		Example: `  concord plan --judge llm --from csf --to sp800-171
  concord plan --judge llm --frameworks 300 --workers 20
  concord plan --pilot 3e4a6b6b-6c81-53ba-aadb-1ce553fa91c1 --frameworks 300 --shape hub`,
		Args: cobra.NoArgs,
		RunE: runPlan,
	}
	pairFlags(cmd)
	cmd.Flags().String("judge", "local", "local, or llm for the model in the settings")
	cmd.Flags().Int("depth", 40, "candidates to judge for each source element; 0 for all")
	cmd.Flags().String("convention", "", "whose use of the relations a model follows; none for strict set theory")
	cmd.Flags().String("pilot", "", "a run whose sources tell what one takes, in place of --from and --to")
	cmd.Flags().IntSlice("frameworks", nil, "numbers of frameworks to add a column for each, such as 300,3000")
	cmd.Flags().String("shape", capacity.Pairs, "which of them get a crosswalk: pairs for every two, both for every two in both directions, hub for each with one")
	cmd.Flags().Int("workers", 1, "processes that judge")
	cmd.Flags().Int("concurrency", 8, "sources of a crosswalk that each of them judges at once; endpoint.concurrency bounds the calls of all")
	cmd.Flags().Float64("answer-seconds", 20, "what a model takes to answer; with --pilot what it took")
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

// A projection is what work takes, and what that was reckoned from.
type projection struct {
	From    string            `json:"from"`
	To      string            `json:"to"`
	Judge   string            `json:"judge"`
	Pilot   string            `json:"pilot,omitempty"` // the run that unit is of; of the questions as they would be put if empty
	Unit    capacity.Unit     `json:"unit"`            // of one source
	Sizes   capacity.Sizes    `json:"sizes"`
	Means   capacity.Means    `json:"means"`
	Priced  bool              `json:"priced"` // whether all prices are known
	Columns []capacity.Totals `json:"totals"` // the crosswalk, and each number of frameworks
}

// usualSizes are bytes in PostgreSQL 15, of the Profile to SP 800-53; a test holds
// them against another draft. A pair that is related takes half as much again as
// one that is not: the mock relates most, the local judge few, and a model is in
// between. Memory is that of two frameworks of a hundred elements.
func usualSizes(judge string) capacity.Sizes {
	s := capacity.Sizes{Proposal: 1475, Call: 700, Token: 1.85, Source: 520, Job: 1800, Framework: 160_000, Run: 1_700, Dimension: 100, Open: 5e6}
	if judge == "local" {
		s.Proposal = 1185
	}
	return s
}

// usualMeans has the seconds that things take on two cores of an AMD EPYC with the
// server on them too; docs/scale.md says how they were measured.
func usualMeans() capacity.Means {
	return capacity.Means{Fetch: 0.1, Rank: 0.001, Record: 0.005, RecordRow: 0.00005, Enqueue: 0.2, Begin: 0.1, Trial: 1}
}

func runPlan(cmd *cobra.Command, _ []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	if e.settings.Judge != "llm" && cmd.Flags().Changed("convention") {
		return usage(errors.New("--convention is for a model, which the local judge is not: add --judge llm"))
	}
	p := projection{Judge: e.settings.Judge}
	if p.Means, err = e.means(cmd); err != nil {
		return err
	}
	p.Pilot, _ = cmd.Flags().GetString("pilot")
	var w capacity.Work
	var models []string
	if p.Pilot != "" {
		w, models, err = e.pilot(cmd, &p)
	} else {
		w, models, err = e.reckon(cmd, &p)
	}
	if err != nil {
		return err
	}
	if seconds := cmd.Flags().Lookup("answer-seconds"); seconds.Changed || p.Pilot == "" {
		p.Unit.Answer, _ = cmd.Flags().GetFloat64("answer-seconds")
	}
	if !(p.Unit.Answer >= 0 && p.Unit.Answer <= 86_400) {
		return usage(fmt.Errorf("--answer-seconds %v: want 0 to a day's 86400", p.Unit.Answer))
	}
	p.Priced, p.Sizes = e.priceOf(models, &p.Means), usualSizes(p.Judge)
	p.Columns = []capacity.Totals{capacity.Of(w, p.Unit, p.Sizes, p.Means)}
	shape, _ := cmd.Flags().GetString("shape")
	many, _ := cmd.Flags().GetIntSlice("frameworks")
	if _, err := capacity.Crosswalks(2, shape); err != nil {
		return usage(fmt.Errorf("--shape: %w", err))
	}
	for _, n := range many {
		w.Frameworks = n
		if w.Crosswalks, err = capacity.Crosswalks(n, shape); err != nil {
			return usage(fmt.Errorf("--frameworks: %w", err))
		}
		p.Columns = append(p.Columns, capacity.Of(w, p.Unit, p.Sizes, p.Means))
	}
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(p)
	}
	return p.print(cmd.OutOrStdout())
}

// mostAtOnce is how many jobs River lets one process do at once.
const mostAtOnce = 1000

// means returns what there is to judge with, without prices.
func (e *engine) means(cmd *cobra.Command) (capacity.Means, error) {
	m := usualMeans()
	m.Workers, _ = cmd.Flags().GetInt("workers")
	m.Concurrency, _ = cmd.Flags().GetInt("concurrency")
	if m.Workers < 1 {
		return m, usage(fmt.Errorf("--workers %d: want one or more", m.Workers))
	}
	if m.Concurrency < 1 || m.Concurrency > mostAtOnce {
		return m, usage(fmt.Errorf("--concurrency %d: want 1 to %d", m.Concurrency, mostAtOnce))
	}
	m.AtOnce = e.settings.Endpoint.Concurrency
	m.RequestsPerMinute, m.TokensPerMinute = float64(e.settings.Endpoint.RequestsPerMinute), float64(e.settings.Endpoint.TokensPerMinute)
	return m, nil
}

// priceOf puts the mean price of models into m and reports whether all are known.
func (e *engine) priceOf(models []string, m *capacity.Means) bool {
	priced := len(models) > 0
	for _, model := range models {
		price, known := e.budget.Price(model)
		priced = priced && known
		m.PriceIn += price.Input / float64(len(models))
		m.PriceOut += price.Output / float64(len(models))
	}
	return priced
}

// reckon fills in what the questions about two texts tell of a source, and returns
// the work that their crosswalk is and who would be asked.
func (e *engine) reckon(cmd *cobra.Command, p *projection) (w capacity.Work, models []string, err error) {
	from, _ := cmd.Flags().GetString("from")
	to, _ := cmd.Flags().GetString("to")
	d := drafting{engine: e}
	if d.source, d.target, err = e.pair(from, to); err != nil {
		return w, nil, err
	}
	d.kinds, _ = cmd.Flags().GetStringSlice("kind")
	d.without, _ = cmd.Flags().GetBool("without-precedents")
	if err := candidate.CheckKinds(d.target, d.kinds); err != nil {
		return w, nil, usage(err)
	}
	d.sources = d.source.Mappable()
	p.From, p.To = d.source.Spec(), d.target.Spec()
	w = workOf(d.source, d.target, len(d.sources))
	if e.settings.Judge == "llm" {
		models = e.settings.Endpoint.models()
		return w, models, d.questions(cmd.Context(), &p.Unit)
	}
	targets := len(d.target.Mappable(d.kinds...))
	if e.settings.Depth > 0 {
		targets = min(targets, e.settings.Depth)
	}
	p.Unit.Proposals = float64(targets)
	return w, nil, nil
}

func workOf(source, target *corpus.Framework, sources int) capacity.Work {
	elements := (len(source.Mappable()) + len(source.Generic()) + len(target.Mappable())) / 2
	return capacity.Work{Frameworks: 2, Crosswalks: 1, SourcesEach: sources, Elements: elements}
}

// questions makes all questions that might be put, and fills in what is likely of
// a source.
func (d *drafting) questions(ctx context.Context, u *capacity.Unit) error {
	ask, err := d.preview(ctx)
	if err != nil {
		return err
	}
	e, err := ask.estimateBy(ctx, d.sources, len(d.sources))
	if err != nil || e.Likely == 0 {
		return err
	}
	sources, calls := float64(len(d.sources)), float64(e.Likely)
	u.Calls, u.TokensIn, u.TokensOut = calls/sources, float64(e.TokensIn)/calls, float64(e.TokensOut)/calls
	u.Proposals = float64(e.Judged) / sources
	return nil
}

// pilot fills in what a source of a run took, and returns the work that the run
// was and who was asked.
func (e *engine) pilot(cmd *cobra.Command, p *projection) (w capacity.Work, models []string, err error) {
	for _, name := range []string{"from", "to", "kind", "columns", "judge", "depth", "convention", "without-precedents"} {
		if flag := cmd.Flags().Lookup(name); flag.Changed {
			return w, nil, usage(fmt.Errorf("--%s is what the run of --pilot was begun with: leave one of the two out", name))
		}
	}
	ctx := cmd.Context()
	book, err := e.openLedger(ctx)
	if err != nil {
		return w, nil, err
	}
	defer book.Close()
	run, doc, err := e.find(ctx, book, []string{p.Pilot})
	if err != nil {
		return w, nil, err
	}
	calls, err := book.Calls(ctx, run.ID)
	if err != nil {
		return w, nil, err
	}
	sources := float64(len(doc.Sources))
	if sources == 0 {
		return w, nil, usage(fmt.Errorf("run %s has no source that is done: it tells nothing of what one takes", run.ID))
	}
	var how runSettings
	if err := json.Unmarshal(run.Settings, &how); err != nil {
		return w, nil, fmt.Errorf("settings of run %s: %w", run.ID, err)
	}
	if how.Judge == "llm" && len(calls) == 0 {
		return w, nil, usage(fmt.Errorf("run %s paid for no answer, another one had asked all: name that one for a pilot", run.ID))
	}
	p.From, p.To, p.Judge = run.Source.Spec, run.Target.Spec, how.Judge
	p.Unit = unitOf(calls, sources)
	p.Unit.Proposals = float64(len(doc.Proposals)) / sources
	seen := map[string]bool{}
	for _, c := range calls {
		if !seen[c.Model] {
			models = append(models, c.Model)
		}
		seen[c.Model] = true
	}
	return workOf(doc.Source, doc.Target, len(doc.SourceIDs)), models, nil
}

// unitOf returns what calls were of each of so many sources.
func unitOf(calls []ledger.Call, sources float64) (u capacity.Unit) {
	n := float64(len(calls))
	if n == 0 {
		return u
	}
	for _, c := range calls {
		u.TokensIn += float64(c.PromptTokens) / n
		u.TokensOut += float64(c.CompletionTokens) / n
		u.Answer += c.Latency.Seconds() / n
	}
	u.Calls = n / sources
	return u
}
