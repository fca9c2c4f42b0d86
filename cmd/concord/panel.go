package main

import (
	"context"
	"errors"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/judge"
	"concord/crosswalk/ledger"
	"concord/crosswalk/llm"
)

// A panel is a judge to be: what is known of it before there is a ledger to
// remember its answers in.
type panel struct {
	model, sha256 string // of the local judge: its weights
	prompt        string // hash
	structured    string
	threshold     float64 // probability from which a pair is mapped
	workers       int
	ready         func(context.Context) error // nil if there is nothing to try
	judge         func(book *ledger.Ledger, run string) (crosswalk.Judge, error)
}

func (d *drafting) panel() (panel, error) {
	if d.settings.Judge == "llm" {
		return d.modelPanel()
	}
	model, err := judge.Default()
	if err != nil {
		return panel{}, err
	}
	return panel{
		model: model.Name, sha256: model.SHA256, threshold: model.Threshold, workers: 1,
		judge: func(*ledger.Ledger, string) (crosswalk.Judge, error) {
			return judge.New(d.source, d.target, model), nil
		},
	}, nil
}

// modelThreshold is where a model's claim stops being in doubt. It says itself
// which pairs are related, so this only orders the review.
const modelThreshold = 0.5

func (d *drafting) modelPanel() (panel, error) {
	s := d.settings.Endpoint
	if s.ChatModel == "" {
		return panel{}, usage(errors.New("no model to judge with: set endpoint.chat_model in config.yaml or CONCORD_ENDPOINT_CHAT_MODEL"))
	}
	client, err := d.endpoint()
	if err != nil {
		return panel{}, err
	}
	options := llm.Options{Model: s.ChatModel, Structured: s.Structured, Attempt: d.attempt, Source: d.source, Target: d.target}
	if _, err := llm.New(client, options); err != nil {
		return panel{}, usage(err)
	}
	return panel{
		model: s.ChatModel, prompt: llm.PromptSHA256(), structured: s.Structured, threshold: modelThreshold, workers: s.Concurrency,
		ready: func(ctx context.Context) error { return llm.Ready(ctx, client, s.ChatModel) },
		judge: func(book *ledger.Ledger, run string) (crosswalk.Judge, error) {
			options.Memory = memory{book, run}
			return llm.New(client, options)
		},
	}, nil
}

// A memory keeps a model's answers in the ledger, under the run that paid for
// them.
type memory struct {
	book *ledger.Ledger
	run  string
}

func (m memory) Recall(ctx context.Context, key string) (string, bool, error) {
	return m.book.Recall(ctx, key)
}

func (m memory) Remember(ctx context.Context, key string, c llm.Call) error {
	return m.book.Remember(ctx, key, ledger.Call{
		Run: m.run, Model: c.Model, Prompt: c.Prompt, Request: c.Request, Answer: c.Answer,
		PromptTokens: c.PromptTokens, CompletionTokens: c.CompletionTokens, Latency: c.Latency, At: time.Now(),
	})
}
