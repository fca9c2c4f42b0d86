package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/ledger"
	"concord/eval/memory"
	"concord/internal/ask"
)

// remembered is how far F1 must lie above its floor to say that a model brought
// knowledge along: what popularity alone can do is less.
const remembered = 0.05

func newEvalMemory() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "memory --set NAME",
		Short: "Measure how much of a published crosswalk a model knows by heart",
		Long: `Measure how much of a published crosswalk a model knows by heart.

The model at the endpoint is given the names of the frameworks and the id of a
source, no text at all, and asked for the ids that it is mapped to. What it
names is held against the labels, and against a floor: as many guesses at the
targets that the other sources are mapped to most often. A model that lies above
the floor would lie above the truth if it were tested on these labels.

Answers are kept in the ledger; the same command goes on where it was stopped.`,
		Example: "  concord eval memory --set csf-2.0-to-sp800-53-5.2.0",
		Args:    cobra.NoArgs,
		RunE:    runEvalMemory,
	}
	cmd.Flags().String("sets", "", "YAML file of label sets (default the built-in ones)")
	cmd.Flags().StringSlice("set", nil, "the label set to ask about")
	cmd.Flags().Int("max-calls", 0, "calls to make at most; 0 for no limit")
	cmd.Flags().Int("attempt", 1, "2 asks again where an answer was unusable, and so on")
	cmd.Flags().Uint64("seed", 1, "seed of the intervals")
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

// A recalled is what a model remembered of one label set.
type recalled struct {
	Set    string `json:"set"`
	Source string `json:"source"`
	Target string `json:"target"`
	Model  string `json:"model"`
	Prompt string `json:"prompt_sha256"`
	memory.Report
}

func runEvalMemory(cmd *cobra.Command, _ []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	if names, _ := cmd.Flags().GetStringSlice("set"); len(names) != 1 {
		return usage(errors.New("name one label set with --set, the one to ask about"))
	}
	trials, err := e.trials(cmd)
	if err != nil {
		return err
	}
	t := trials[len(trials)-1] // the one as it was published, with nothing folded
	seed, _ := cmd.Flags().GetUint64("seed")
	r, err := e.recall(cmd, t)
	if err != nil {
		return err
	}
	report := recalled{Set: t.Name, Source: t.Source.Spec(), Target: t.Target.Spec(), Model: e.settings.Endpoint.ChatModel,
		Prompt: memory.PromptSHA256(), Report: memory.Score(r, rand.New(rand.NewPCG(seed, 0)))}
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		err = json.NewEncoder(cmd.OutOrStdout()).Encode(report)
	} else {
		err = report.print(cmd.OutOrStdout())
	}
	if err == nil && report.Failed == report.Asked {
		return &codedError{exitTooFew, errors.New("no answer could be used")}
	}
	return err
}

// recall asks about every source of a label set.
func (e *engine) recall(cmd *cobra.Command, t trial) ([]memory.Recollection, error) {
	ctx := cmd.Context()
	s := e.settings.Endpoint
	models := s.models()
	if len(models) != 1 {
		return nil, usage(fmt.Errorf("endpoint.chat_model names %d models: name the one to ask", len(models)))
	}
	asked, err := e.teller()
	if err != nil {
		return nil, err
	}
	options := memory.Options{Model: s.ChatModel, Workers: s.Concurrency, Source: t.Source, Target: t.Target}
	calls, _ := cmd.Flags().GetInt("max-calls")
	options.Budget = &ask.Budget{MaxCalls: calls}
	if options.Attempt, err = attemptOf(cmd); err != nil {
		return nil, err
	}
	if _, err := memory.New(asked.chat, options); err != nil {
		return nil, usage(err)
	}
	if err := asked.ready(ctx); err != nil {
		return nil, err
	}
	if options.Structured, err = asked.form(ctx, workspaceMemory{e.ledgerAt()}); err != nil {
		return nil, err
	}
	book, err := ledger.Open(ctx, e.ledgerAt())
	if err != nil {
		return nil, err
	}
	defer book.Close()
	options.Memory = &answers{book: book, prices: e.budget}
	probe, err := memory.New(asked.chat, options)
	if err != nil {
		return nil, usage(err)
	}
	set := corpus.LabelSet{Name: t.Name, Source: t.Source.Spec(), Target: t.Target.Spec()}
	for _, l := range t.Labels {
		if !l.Pooled && l.Relation != crosswalk.NoRelationship {
			set.Pairs = append(set.Pairs, corpus.Pair{Source: l.Source, Target: l.Target})
		}
	}
	defer e.sayWaiting(ctx)()
	recollections, err := probe.Run(ctx, set)
	if ctx.Err() != nil {
		return nil, interrupted()
	}
	return recollections, err
}

func (r recalled) print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s asked by id alone: %s\n", oneLine(r.Model), printable(r.Set))
	fmt.Fprintf(&b, "  %d sources asked, %d without a usable answer\n", r.Asked, r.Failed)
	fmt.Fprintf(&b, "  %d ids named, of which %d do not exist; %d of %d labels among them\n\n", r.Named, r.Invented, r.Hits, r.Labels)
	fmt.Fprintf(&b, "%-12s %6s  %-14s  %s\n", "", "value", "95 % interval", "floor")
	for _, m := range []struct {
		name string
		memory.Measure
	}{{"recall", r.Recall}, {"precision", r.Precision}, {"F1", r.F1}} {
		fmt.Fprintf(&b, "%-12s %6.3f  %.3f to %.3f  %.3f\n", m.name, m.Value, m.Low, m.High, m.Floor)
	}
	fmt.Fprintf(&b, "%-12s %+6.3f  %+.3f to %+.3f\n\n", "F1 - floor", r.Above.Value, r.Above.Low, r.Above.High)
	switch {
	case r.Failed == r.Asked:
		b.WriteString("Nothing can be said: no answer could be used.\n")
	case r.Above.Low > remembered:
		b.WriteString("It remembers: figures of this model on these labels are too high.\n")
	case r.Above.High <= remembered:
		b.WriteString("It names what is popular and no more: these labels test it.\n")
	default:
		b.WriteString("It may remember some of them: the interval allows for both.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
