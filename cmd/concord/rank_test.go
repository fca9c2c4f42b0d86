package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"concord/corpus"
)

// letters is a framework's worth of elements.
func letters() []corpus.Element {
	var elements []corpus.Element
	for _, id := range strings.Split("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "") {
		elements = append(elements, corpus.Element{ID: id})
	}
	return elements
}

func TestSourcesAreWrittenInTheirOrderHoweverLongEachTakes(t *testing.T) {
	var out strings.Builder
	slow := make(chan struct{}) // closed once a later source is ranked
	err := rankAll(t.Context(), &out, letters()[:2], func(w *bytes.Buffer, s corpus.Element) error {
		if s.ID == "A" {
			<-slow
		} else {
			close(slow)
		}
		w.WriteString(s.ID)
		return nil
	})
	if err != nil || out.String() != "AB" {
		t.Errorf("wrote %q, %v", out.String(), err)
	}
	out.Reset()
	err = rankAll(t.Context(), &out, letters(), func(w *bytes.Buffer, s corpus.Element) error {
		w.WriteString(s.ID)
		return nil
	})
	if err != nil || out.String() != "ABCDEFGHIJKLMNOPQRSTUVWXYZ" {
		t.Errorf("wrote %q, %v", out.String(), err)
	}
}

func TestRankingEndsWithTheFirstSourceThatFails(t *testing.T) {
	var out strings.Builder
	broken := errors.New("broken")
	err := rankAll(t.Context(), &out, letters(), func(w *bytes.Buffer, s corpus.Element) error {
		w.WriteString(s.ID)
		if s.ID >= "C" {
			return broken
		}
		return nil
	})
	if !errors.Is(err, broken) || out.String() != "AB" {
		t.Errorf("wrote %q, %v", out.String(), err)
	}
}

func TestRankingEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	var out strings.Builder
	err := rankAll(ctx, &out, letters(), func(w *bytes.Buffer, s corpus.Element) error {
		if s.ID == "C" {
			stop()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// full is a place where nothing can be written.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space") }

func TestRankingEndsWhereNothingCanBeWritten(t *testing.T) {
	err := rankAll(t.Context(), full{}, letters(), func(w *bytes.Buffer, s corpus.Element) error {
		w.WriteString(s.ID)
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "no space") {
		t.Errorf("error %v", err)
	}
}
