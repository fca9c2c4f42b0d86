package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/spf13/cobra"

	"concord/crosswalk"
	"concord/crosswalk/convention"
	"concord/crosswalk/ledger"
	"concord/crosswalk/llm"
	"concord/eval"
)

func newConventionTest() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "test NAME",
		Short: "Measure what a convention does for the agreement with the people who made it",
		Long: fmt.Sprintf(`Measure what a convention does for the agreement with the people who made it.

The model at the endpoint types held-out pairs, once by strict set theory and
once under the convention. Without --labels the convention's own sources are dealt
into --folds parts, and each part is typed with what is learned from the others
alone, summary included; one that was edited by hand knows all parts, so a counted
one takes its place. With --labels (or --sets and --set) the pairs of a file are
typed under the convention as it is; sources that it knows, nearly word for word,
are left out.

Accuracy is the share of the pairs that get the relation of the people, macro-F1
the mean of F1 over the relations that they used. Intervals (95 %%) come from
sources drawn with replacement, p-values from the systems changing places on
sources, adjusted for there being two (Holm). Pairs without a usable answer on
both sides are left out and counted.

Exit code 4: fewer than %d sources to type. Answers are kept in the ledger; the
same command goes on where it was stopped.`, eval.FewestCompared),
		Example: "  concord convention test house-rules\n  concord convention test house-rules --from ours.csv --labels held-out.csv",
		Args:    cobra.ExactArgs(1),
		RunE:    runConventionTest,
	}
	cmd.Flags().String("from", "", "source framework, where it cannot be opened by the name that the convention has")
	cmd.Flags().String("to", "", "target framework, likewise")
	columnsFlag(cmd)
	labelFlags(cmd)
	cmd.Flags().Int("folds", 5, "parts of the convention's own sources")
	cmd.Flags().Uint64("seed", 1, "of the parts and the intervals")
	deskFlags(cmd)
	spendingFlags(cmd)
	cmd.Flags().Int("attempt", 1, "2 asks again where an answer was unusable, and so on")
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

// A tested is what a test of a convention came to. Confusions are in the order of
// [crosswalk.Relations].
type tested struct {
	Convention string `json:"convention"` // label
	SHA256     string `json:"sha256"`
	Maker      string `json:"maker,omitempty"`
	Model      string `json:"model"`
	Prompt     string `json:"prompt_sha256"`
	Labels     string `json:"labels,omitempty"` // file or set; the convention's own pairs if empty
	Folds      int    `json:"folds,omitempty"`
	Seed       uint64 `json:"seed"`
	Known      int    `json:"known"`      // pairs left out since the convention knows their source
	Missing    int    `json:"missing"`    // pairs left out since an element is not there any more
	Unanswered int    `json:"unanswered"` // pairs left out since one side has no usable answer
	eval.TypingComparison
}

func runConventionTest(cmd *cobra.Command, args []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	e.settings.Judge = "llm"
	if err := e.takeDown(cmd); err != nil {
		return err
	}
	ctx := cmd.Context()
	book, all, err := e.conventions(ctx)
	if err != nil {
		return err
	}
	defer book.Close()
	c, _, err := versionOf(all, args[0], "")
	if err != nil {
		return err
	}
	t := tested{Convention: c.Label(), SHA256: c.SHA256(), Maker: c.Maker, Prompt: llm.PromptSHA256()}
	t.Seed, _ = cmd.Flags().GetUint64("seed")
	model, err := e.scribe(cmd)
	if err != nil {
		return err
	}
	t.Model = model.options.Model
	set, err := labelsOf(cmd)
	if err != nil {
		return err
	}
	source, target, err := e.sides(cmd, set, c.Source, c.Target)
	if err != nil {
		return usage(fmt.Errorf("%s was learned from %s and %s, name them by --from and --to: %w", c.Name, c.Source, c.Target, err))
	}
	bar := newProgress(e.stderr, "typing")
	exam := typingExam{source: source, target: target, progress: bar.show, workers: model.workers}
	if set.Name != "" {
		err = e.examine(&exam, &t, set, c)
	} else {
		t.Folds, _ = cmd.Flags().GetInt("folds")
		err = exam.fold(&t, c)
	}
	if err != nil {
		return err
	}
	if n := exam.sources(); n < eval.FewestCompared {
		return &codedError{exitTooFew, fmt.Errorf("%d sources to type (%d pairs left out that %s knows, %d that %s or %s lack): no comparison can tell anything with fewer than %d",
			n, t.Known, c.Name, t.Missing, source.Spec(), target.Spec(), eval.FewestCompared)}
	}
	if err := e.ready(ctx, model, &exam, book, c); err != nil {
		return e.handOver(cmd, err)
	}
	typed, unanswered, err := exam.run(ctx)
	bar.end()
	if ctx.Err() != nil {
		return interrupted()
	}
	if err := e.handOver(cmd, err); err != nil || typed == nil {
		return err
	}
	t.Unanswered = unanswered
	t.TypingComparison = eval.CompareTyping(typed, rand.New(rand.NewPCG(t.Seed, 1)))
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		err = json.NewEncoder(cmd.OutOrStdout()).Encode(t)
	} else {
		err = t.print(cmd.OutOrStdout())
	}
	if err == nil && t.Sources < eval.FewestCompared {
		return &codedError{exitTooFew, fmt.Errorf("%d sources were typed: no comparison can tell anything with fewer than %d", t.Sources, eval.FewestCompared)}
	}
	return err
}

// examine sets the pairs of a label set as questions, but for those that the
// convention knows.
func (e *engine) examine(exam *typingExam, t *tested, set eval.SetSpec, c *convention.Convention) error {
	t.Labels = set.Name
	rows, err := e.decided(set, exam.source, exam.target)
	if err != nil {
		return err
	}
	decided, left, err := convention.Learn("held-out", "", rows, exam.source, exam.target)
	if err != nil {
		return usage(err)
	}
	t.Missing = left.Missing
	known := c.Sources()
	part := examPart{convention: c}
	for _, q := range exam.questions(decided.Examples, t) {
		if known.Has(convention.TextOf(q.source)) {
			t.Known += len(q.expert)
		} else {
			part.questions = append(part.questions, q)
		}
	}
	exam.parts = []examPart{part}
	return nil
}

// ready prepares those who answer. Nothing is asked before the endpoint has
// proved usable.
func (e *engine) ready(ctx context.Context, model *scribe, exam *typingExam, book *ledger.Ledger, c *convention.Convention) error {
	if err := mayLeave(c, model.chat); err != nil {
		return usage(err)
	}
	exam.typer = func(c *convention.Convention) (typer, error) {
		options := llm.Options{
			Models: []string{model.options.Model}, Structured: model.options.Structured, Block: e.settings.Judging.Block, Seed: e.settings.Judging.Seed,
			Attempt: model.options.Attempt, Budget: model.options.Budget, Memory: model.options.Memory, Source: exam.source, Target: exam.target,
		}
		if c != nil {
			options.Convention = convention.NewSelector(c)
		}
		return llm.New(model.chat, options)
	}
	if _, err := exam.typer(nil); err != nil {
		return usage(err)
	}
	if model.teller.ready != nil {
		if err := model.teller.ready(ctx); err != nil {
			return err
		}
	}
	if err := model.open(ctx, e.ledgerAt()); err != nil {
		return err
	}
	model.remember(book)
	switch {
	case !exam.redraft:
	case c.Drafted == convention.Edited:
		fmt.Fprintln(e.stderr, "the summary was edited by somebody who may know all pairs: a counted one takes its place; test it with --labels")
	case c.Drafted == convention.Model:
		for i, p := range exam.parts {
			var err error
			if exam.parts[i].convention, err = e.summarise(ctx, model, p.convention); err != nil {
				return err
			}
		}
	}
	return nil
}

// fold deals the sources of a convention into parts, each with the convention
// that is learned from the others.
func (x *typingExam) fold(t *tested, c *convention.Convention) error {
	questions := x.questions(c.Examples, t)
	if t.Folds < 2 {
		return usage(fmt.Errorf("--folds %d: want two or more", t.Folds))
	}
	rand.New(rand.NewPCG(t.Seed, 0)).Shuffle(len(questions), func(i, j int) { questions[i], questions[j] = questions[j], questions[i] })
	t.Folds = min(t.Folds, len(questions))
	x.redraft = true
	x.parts = make([]examPart, t.Folds)
	for i, q := range questions {
		p := &x.parts[i%t.Folds]
		p.questions = append(p.questions, q)
	}
	for i := range x.parts {
		var texts []convention.Text
		for _, q := range x.parts[i].questions {
			texts = append(texts, convention.TextOf(q.source))
		}
		held := convention.NewSources(texts)
		x.parts[i].convention = c.Keep(func(e convention.Example) bool { return !held.Has(e.Source) })
		if x.parts[i].convention == nil {
			return &codedError{exitTooFew, errors.New("a part of the sources leaves nothing to learn from: there are too few, or all read alike")}
		}
	}
	return nil
}

// questions asks for the type of pairs that experts decided, in their order.
func (x *typingExam) questions(examples []convention.Example, t *tested) []examQuestion {
	var out []examQuestion
	place := map[string]int{}
	for _, e := range examples {
		source, in := statement(x.source, e.Source.ID)
		target, there := statement(x.target, e.Target.ID)
		if !in || !there {
			t.Missing++
			continue
		}
		at, known := place[source.ID]
		if !known {
			at = len(out)
			place[source.ID] = at
			out = append(out, examQuestion{source: source, expert: map[string]crosswalk.Relation{}})
		}
		out[at].targets = append(out[at].targets, target)
		out[at].expert[target.ID] = e.Relation
	}
	return out
}
