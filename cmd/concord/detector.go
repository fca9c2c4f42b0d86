package main

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"concord/crosswalk/ledger"
	"concord/internal/ask"
	"concord/internal/endpoint"
)

// detector returns what knows the form in which the model of the settings is
// asked, and whether it can be.
func (e *engine) detector(client *endpoint.Client, m ask.Memory) ask.Detector {
	s := e.settings.Endpoint
	return ask.Detector{Chat: client, Host: client.Host(), Model: s.ChatModel, Structured: s.Structured, Memory: m}
}

// A workspaceMemory keeps calls in the ledger at a path before a run has opened
// it. To look something up it makes no ledger: an endpoint that proves unusable
// leaves the workspace as it was.
type workspaceMemory struct{ path string }

func (m workspaceMemory) Recall(ctx context.Context, key string) (answer string, ok bool, err error) {
	if _, err := os.Stat(m.path); errors.Is(err, fs.ErrNotExist) {
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
	book, err := ledger.Open(ctx, m.path)
	if err != nil {
		return err
	}
	return errors.Join(use(&answers{book: book}), book.Close())
}
