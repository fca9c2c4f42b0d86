package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/export"
	"concord/crosswalk/ledger"
)

// A spending is what the models of a run took, and how much of what they quoted
// exists.
type spending struct {
	Models []modelSpending `json:"by_model"` // in order of name
	// Proposals is what the run came to: the cost of one is what all took
	// divided by it.
	Proposals       int      `json:"proposals"`
	CostPerProposal *float64 `json:"cost_per_proposal,omitempty"`
	Quotes          int      `json:"quotes"`           // that models gave
	Invented        int      `json:"quotes_not_found"` // of these, in no text
}

type modelSpending struct {
	Model            string   `json:"model"`
	Calls            int      `json:"calls"` // that this run paid for
	PromptTokens     int      `json:"prompt_tokens"`
	CachedTokens     int      `json:"cached_tokens"` // of these
	CompletionTokens int      `json:"completion_tokens"`
	Seconds          float64  `json:"mean_seconds"`
	Cost             *float64 `json:"cost,omitempty"` // if price and tokens are known
}

// spentOn returns what a run took of models; nil if no model judged.
func (e *engine) spentOn(ctx context.Context, book *ledger.Ledger, doc *export.Document) (*spending, error) {
	calls, err := book.Calls(ctx, doc.Run)
	if err != nil {
		return nil, err
	}
	s := &spending{}
	for _, p := range doc.Proposals {
		if p.Origin != crosswalk.OriginLLM {
			return nil, nil
		}
		s.Proposals++
		s.Quotes += len(p.Quotes)
		for _, f := range p.Flags {
			if f == crosswalk.FlagSourceQuote || f == crosswalk.FlagTargetQuote {
				s.Quotes++
				s.Invented++
			}
		}
	}
	if s.Proposals == 0 {
		return nil, nil
	}
	budget := e.budget
	by := map[string]*modelSpending{}
	for _, c := range calls {
		m := by[c.Model]
		if m == nil {
			m = &modelSpending{Model: c.Model}
			by[c.Model] = m
		}
		m.Calls++
		m.PromptTokens += c.PromptTokens
		m.CachedTokens += c.CachedTokens
		m.CompletionTokens += c.CompletionTokens
		m.Seconds += c.Latency.Seconds()
	}
	total, priced := 0.0, len(by) > 0
	for _, name := range slices.Sorted(maps.Keys(by)) {
		m := by[name]
		m.Seconds = time.Duration(m.Seconds / float64(m.Calls) * float64(time.Second)).Round(time.Millisecond).Seconds()
		price, known := budget.Price(name)
		known = known && m.PromptTokens > 0 // who answers from a file need not count
		if known {
			cost := price.Of(m.PromptTokens, m.CachedTokens, m.CompletionTokens)
			m.Cost = &cost
			total += cost
		}
		priced = priced && known
		s.Models = append(s.Models, *m)
	}
	if priced {
		each := total / float64(s.Proposals)
		s.CostPerProposal = &each
	}
	return s, nil
}

func (s *spending) print(w io.Writer) error {
	if s == nil {
		return nil
	}
	var b strings.Builder
	for _, m := range s.Models {
		fmt.Fprintf(&b, "Asked %s %d times: ", oneLine(m.Model), m.Calls)
		if m.PromptTokens == 0 {
			b.WriteString("nobody counted the tokens\n")
			continue
		}
		fmt.Fprintf(&b, "%s tokens in (%d %% of them read before), %s out, %.1f s a call",
			thousands(m.PromptTokens), 100*m.CachedTokens/m.PromptTokens, thousands(m.CompletionTokens), m.Seconds)
		if m.Cost != nil {
			fmt.Fprintf(&b, ", %.4f", *m.Cost)
		}
		b.WriteString("\n")
	}
	if len(s.Models) == 0 {
		b.WriteString("No call was paid for: all answers were remembered\n")
	}
	if s.CostPerProposal != nil {
		fmt.Fprintf(&b, "A proposal cost %.6f in the currency of the prices\n", *s.CostPerProposal)
	}
	fmt.Fprintf(&b, "Quotes: %d of %d are in no text (%.1f %%)\n", s.Invented, s.Quotes, 100*float64(s.Invented)/float64(cmp.Or(s.Quotes, 1)))
	_, err := io.WriteString(w, b.String())
	return err
}
