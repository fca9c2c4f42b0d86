package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/calibration"
	"concord/crosswalk/convention"
	"concord/crosswalk/judge"
	"concord/crosswalk/ledger"
	"concord/crosswalk/llm"
	"concord/eval"
	"concord/internal/ask"
)

// A panel is a judge to be: what is known of it before there is a ledger to
// remember its answers in.
type panel struct {
	model, sha256 string // of the local judge: its weights
	convention    string // name and SHA-256, as "name@hash"; empty for set theory
	calibration   string // SHA-256 of the file; empty of the local judge, which was fitted itself
	prompt        string // hash
	structured    string
	threshold     float64 // probability from which a pair is mapped
	workers       int
	ready         func(context.Context) error                              // nil if there is nothing to try
	judge         func(context.Context, *answers) (crosswalk.Judge, error) // a local one needs no memory
}

// panel prepares the judge that the settings name. attempt says how often a
// model answered unusably before.
func (e *engine) panel(ctx context.Context, source, target *corpus.Framework, attempt int) (panel, error) {
	if e.settings.Judge == "llm" {
		return e.modelPanel(ctx, source, target, attempt)
	}
	model, err := e.judgeModel()
	if err != nil {
		return panel{}, err
	}
	return panel{
		model: model.Name, sha256: model.SHA256, threshold: model.Threshold, workers: 1,
		judge: func(context.Context, *answers) (crosswalk.Judge, error) {
			return judge.New(source, target, model), nil
		},
	}, nil
}

// expectation returns how likely an expert lists a candidate, by its place in
// the ranking alone: what the local judge would say.
func (e *engine) expectation() (func(crosswalk.Candidate) float64, error) {
	model, err := e.judgeModel()
	return func(c crosswalk.Candidate) float64 { return model.Below.Probability(judge.Features(c)) }, err
}

// modelThreshold is where a model's claim stops being in doubt. It says itself
// which pairs are related, so this only orders the review.
const modelThreshold = 0.5

func (e *engine) modelPanel(ctx context.Context, source, target *corpus.Framework, attempt int) (panel, error) {
	s := e.settings.Endpoint
	if len(s.models()) == 0 {
		return panel{}, usage(errors.New("no model to judge with: set endpoint.chat_model in config.yaml or CONCORD_ENDPOINT_CHAT_MODEL"))
	}
	t, err := e.teller()
	if err != nil {
		return panel{}, err
	}
	known, err := e.calibration()
	if err != nil {
		return panel{}, err
	}
	how := e.settings.Judging
	options := llm.Options{
		Models: s.models(), Samples: how.Samples, Block: how.Block, Least: how.LeastBlocks, Stop: how.stop(),
		Unasked: !how.Confirm, Seed: how.Seed, Attempt: attempt, Budget: e.budget, Source: source, Target: target,
	}
	custom, err := e.custom(ctx)
	if err != nil {
		return panel{}, err
	}
	named := ""
	if custom != nil {
		if err := mayLeave(custom, t.chat); err != nil {
			return panel{}, usage(err)
		}
		options.Convention, named = convention.NewSelector(custom), custom.Name+"@"+custom.SHA256()
	}
	if _, err := llm.New(t.chat, options); err != nil {
		return panel{}, usage(err)
	}
	return panel{
		model: s.voters(), convention: named, calibration: known.SHA256, prompt: llm.PromptSHA256(), structured: s.Structured, threshold: modelThreshold, workers: t.workers,
		ready: t.ready,
		judge: func(ctx context.Context, m *answers) (_ crosswalk.Judge, err error) {
			options.Memory = m
			if options.Structured, err = t.form(ctx, &answers{book: m.book, persist: m.persist}); err != nil {
				return nil, err
			}
			j, err := llm.New(t.chat, options)
			return calibration.Judge{Raw: j, By: known}, err
		},
	}, nil
}

// stop returns [llm.Options.Stop], where zero is not what it is in the settings:
// that no block can promise too little.
func (how judgingSettings) stop() float64 {
	if how.Stop == 0 {
		return -1
	}
	return how.Stop
}

// modelOf returns the model's judge in a judge, nil if it has none.
func modelOf(j crosswalk.Judge) *llm.Judge {
	if c, ok := j.(calibration.Judge); ok {
		j = c.Raw
	}
	model, _ := j.(*llm.Judge)
	return model
}

// models returns the models that judge.
func (s endpointSettings) models() []string {
	var out []string
	for m := range strings.SplitSeq(s.ChatModel, ",") {
		if m = strings.TrimSpace(m); m != "" {
			out = append(out, m)
		}
	}
	return out
}

// together stands between the names of models that judge together, in verdicts
// and in runs.
const together = " + "

// voters names them together, as verdicts do.
func (s endpointSettings) voters() string { return strings.Join(s.models(), together) }

// budget returns what a command may spend on models.
func (s settings) budget() *ask.Budget {
	return &ask.Budget{MaxCalls: s.Judging.MaxCalls, MaxCost: s.Judging.MaxCost, Prices: s.Endpoint.Prices}
}

// unlimited returns a budget that bounds nothing, for where nobody is paid.
func (s settings) unlimited() *ask.Budget { return &ask.Budget{Prices: s.Endpoint.Prices} }

// answers keeps a model's answers in the ledger, under the run that paid for
// them, and counts what they took, whoever paid.
type answers struct {
	book    *ledger.Ledger
	run     string
	prices  *ask.Budget
	persist persistence

	mu    sync.Mutex
	spent eval.Spent
	free  bool // a call of a model without a price
}

// A persistence does something to a ledger until it is done, or not worth another
// try; once if nil.
type persistence func(do func() error) error

func (p persistence) do(do func() error) error {
	if p == nil {
		return do()
	}
	return p(do)
}

func (m *answers) Recall(ctx context.Context, key string) (_ string, ok bool, err error) {
	var call ledger.Call
	err = m.persist.do(func() (err error) {
		call, ok, err = m.book.Recall(ctx, key)
		return err
	})
	if ok {
		m.count(call)
	}
	return call.Answer, ok, err
}

func (m *answers) Remember(ctx context.Context, key string, c llm.Call) error {
	call := ledger.Call{
		Run: m.run, Model: c.Model, Prompt: c.Prompt, Request: c.Request, Answer: c.Answer,
		PromptTokens: c.PromptTokens, CachedTokens: c.CachedTokens, CompletionTokens: c.CompletionTokens, Latency: c.Latency, At: time.Now(),
	}
	m.count(call)
	kept := false
	err := m.persist.do(func() (err error) {
		kept, err = m.book.Remember(ctx, key, call)
		return err
	})
	if err == nil && !kept {
		err = ask.ErrKnown
	}
	return err
}

func (m *answers) count(c ledger.Call) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.spent.Calls++
	m.spent.PromptTokens += c.PromptTokens
	m.spent.CachedTokens += c.CachedTokens
	m.spent.CompletionTokens += c.CompletionTokens
	m.spent.Latency += c.Latency
	price, known := m.prices.Price(c.Model)
	switch cost := price.Of(c.PromptTokens, c.CachedTokens, c.CompletionTokens); {
	case !known:
		m.free = true
	case m.spent.Cost == nil:
		m.spent.Cost = &cost
	default:
		*m.spent.Cost += cost
	}
}

// total returns what was spent, with the cost if all prices are known; nil if
// nothing was asked.
func (m *answers) total() *eval.Spent {
	if m == nil || m.spent.Calls == 0 {
		return nil
	}
	total := m.spent
	if m.free {
		total.Cost = nil
	}
	return &total
}
