package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/judge"
	"concord/crosswalk/ledger"
	"concord/crosswalk/llm"
	"concord/eval"
)

// A panel is a judge to be: what is known of it before there is a ledger to
// remember its answers in.
type panel struct {
	model, sha256 string // of the local judge: its weights
	prompt        string // hash
	structured    string
	threshold     float64 // probability from which a pair is mapped
	workers       int
	ready         func(context.Context) error                              // nil if there is nothing to try
	judge         func(context.Context, *answers) (crosswalk.Judge, error) // a local one needs no memory
}

// panel prepares the judge that the settings name. attempt says how often a
// model answered unusably before.
func (e *engine) panel(source, target *corpus.Framework, attempt int) (panel, error) {
	if e.settings.Judge == "llm" {
		return e.modelPanel(source, target, attempt)
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

// modelThreshold is where a model's claim stops being in doubt. It says itself
// which pairs are related, so this only orders the review.
const modelThreshold = 0.5

func (e *engine) modelPanel(source, target *corpus.Framework, attempt int) (panel, error) {
	s := e.settings.Endpoint
	if s.ChatModel == "" {
		return panel{}, usage(errors.New("no model to judge with: set endpoint.chat_model in config.yaml or CONCORD_ENDPOINT_CHAT_MODEL"))
	}
	client, err := e.endpoint()
	if err != nil {
		return panel{}, err
	}
	options := llm.Options{Model: s.ChatModel, Attempt: attempt, Source: source, Target: target}
	if _, err := llm.New(client, options); err != nil {
		return panel{}, usage(err)
	}
	return panel{
		model: s.ChatModel, prompt: llm.PromptSHA256(), structured: s.Structured, threshold: modelThreshold, workers: s.Concurrency,
		ready: e.detector(client, workspaceMemory{e.ledgerPath()}).Ready,
		judge: func(ctx context.Context, m *answers) (_ crosswalk.Judge, err error) {
			options.Memory = m
			if options.Structured, err = e.detector(client, &answers{book: m.book}).Form(ctx); err != nil {
				return nil, err
			}
			return llm.New(client, options)
		},
	}, nil
}

// answers keeps a model's answers in the ledger, under the run that paid for
// them, and counts what they took, whoever paid.
type answers struct {
	book *ledger.Ledger
	run  string

	mu    sync.Mutex
	spent eval.Spent
}

func (m *answers) Recall(ctx context.Context, key string) (string, bool, error) {
	call, ok, err := m.book.Recall(ctx, key)
	if ok {
		m.count(call)
	}
	return call.Answer, ok, err
}

func (m *answers) Remember(ctx context.Context, key string, c llm.Call) error {
	call := ledger.Call{
		Run: m.run, Model: c.Model, Prompt: c.Prompt, Request: c.Request, Answer: c.Answer,
		PromptTokens: c.PromptTokens, CompletionTokens: c.CompletionTokens, Latency: c.Latency, At: time.Now(),
	}
	m.count(call)
	return m.book.Remember(ctx, key, call)
}

func (m *answers) count(c ledger.Call) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.spent.Calls++
	m.spent.PromptTokens += c.PromptTokens
	m.spent.CompletionTokens += c.CompletionTokens
	m.spent.Latency += c.Latency
}

// total returns what was spent, with the cost if the prices are known; nil if
// nothing was asked.
func (m *answers) total(s endpointSettings) *eval.Spent {
	if m == nil || m.spent.Calls == 0 {
		return nil
	}
	total := m.spent
	if s.InputPrice > 0 || s.OutputPrice > 0 {
		cost := (float64(total.PromptTokens)*s.InputPrice + float64(total.CompletionTokens)*s.OutputPrice) / 1e6
		total.Cost = &cost
	}
	return &total
}
