package main

import (
	"context"
	"errors"
	"slices"

	"concord/crosswalk/ledger"
	"concord/internal/ask"
)

// A teller is where questions are put: an endpoint, or a desk that takes them
// down for somebody else to answer.
type teller struct {
	chat    ask.Chatter
	workers int
	ready   func(context.Context) error // nil if there is nothing to try
	// form says in which form all models of the settings can be asked.
	form func(context.Context, ask.Memory) (string, error)
}

func (e *engine) teller() (teller, error) {
	s := e.settings.Endpoint
	set := func(context.Context, ask.Memory) (string, error) {
		if s.Structured == ask.Auto {
			return ask.JSONSchema, nil
		}
		return s.Structured, nil
	}
	switch {
	case e.mute:
		return teller{chat: ask.Silence{}, workers: 1, form: set}, nil
	case e.desk != nil:
		return teller{chat: e.desk, workers: 1, form: set}, nil
	}
	client, err := e.endpoint()
	if err != nil {
		return teller{}, err
	}
	detectors := func(m ask.Memory) []ask.Detector {
		var out []ask.Detector
		for _, model := range s.models() {
			out = append(out, ask.Detector{Chat: client, Host: client.Host(), Model: model, Structured: s.Structured, Memory: m})
		}
		return out
	}
	return teller{
		chat: client, workers: s.Concurrency,
		ready: func(ctx context.Context) error {
			for _, d := range detectors(workspaceMemory{e.ledgerAt()}) {
				if err := d.Ready(ctx); err != nil {
					return err
				}
			}
			return nil
		},
		form: func(ctx context.Context, m ask.Memory) (string, error) {
			weakest := ask.JSONSchema
			for _, d := range detectors(m) {
				form, err := d.Form(ctx)
				if err != nil {
					return "", err
				}
				if order := []string{ask.JSONSchema, ask.JSONObject, ask.Prompt}; slices.Index(order, form) > slices.Index(order, weakest) {
					weakest = form
				}
			}
			return weakest, nil
		},
	}, nil
}

// A workspaceMemory keeps calls in the ledger at a path or URL before a run has opened
// it. To look something up it makes no ledger: an endpoint that proves unusable
// leaves the workspace as it was.
type workspaceMemory struct{ at string }

func (m workspaceMemory) Recall(ctx context.Context, key string) (answer string, ok bool, err error) {
	if !ledger.Exists(m.at) {
		return "", false, nil
	}
	err = m.open(ctx, func(a *answers) error {
		answer, ok, err = a.Recall(ctx, key)
		return err
	})
	return answer, ok, err
}

func (m workspaceMemory) Remember(ctx context.Context, key string, c ask.Call) error {
	return m.open(ctx, func(a *answers) error { return a.Remember(ctx, key, c) })
}

func (m workspaceMemory) open(ctx context.Context, use func(*answers) error) error {
	book, err := ledger.Open(ctx, m.at)
	if err != nil {
		return err
	}
	return errors.Join(use(&answers{book: book}), book.Close())
}
