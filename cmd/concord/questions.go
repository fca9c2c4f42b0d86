package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/llm"
	"concord/internal/atomicfile"
	"concord/internal/batch"
)

// modelFlags are those of commands in which a model may judge.
func modelFlags(cmd *cobra.Command) {
	deskFlags(cmd)
	spendingFlags(cmd)
	cmd.Flags().String("convention", "", "whose use of the relations a model follows; none for strict set theory")
}

// deskFlags are those of commands whose questions may be taken down.
func deskFlags(cmd *cobra.Command) {
	cmd.Flags().String("requests", "", "file to write the questions for a model to, instead of asking an endpoint")
	cmd.Flags().StringSlice("responses", nil, "files of answers to such questions")
}

// spendingFlags are those of commands that ask a model.
func spendingFlags(cmd *cobra.Command) {
	cmd.Flags().Int("max-calls", 0, "calls of a model to make at most; 0 for no limit")
	cmd.Flags().Float64("max-cost", 0, "what they may cost at most, in the currency of the prices; 0 for no limit")
}

// forAModel refuses flags that say nothing to the built-in judge.
func forAModel(cmd *cobra.Command, judge string) error {
	if judge == "llm" {
		return nil
	}
	for _, name := range []string{"attempt", "convention", "max-calls", "max-cost", "requests", "responses", "dry-run"} {
		if flag := cmd.Flags().Lookup(name); flag != nil && flag.Changed {
			return usage(fmt.Errorf("--%s is for a model, which the local judge is not: add --judge llm", name))
		}
	}
	return nil
}

// takeDown puts a desk in the place of the endpoint if the flags ask for one.
func (e *engine) takeDown(cmd *cobra.Command) error {
	requests, _ := cmd.Flags().GetString("requests")
	responses, _ := cmd.Flags().GetStringSlice("responses")
	if requests == "" && len(responses) == 0 {
		return nil
	}
	for _, name := range []string{"max-calls", "max-cost"} {
		if cmd.Flags().Changed(name) {
			return usage(fmt.Errorf("--%s bounds what an endpoint is asked, and here none is: leave it out", name))
		}
	}
	e.desk, _ = batch.New()
	e.budget = e.settings.unlimited()
	for _, path := range responses {
		f, err := os.Open(path)
		if err != nil {
			return usage(err)
		}
		err = e.desk.Read(f)
		f.Close()
		if err != nil {
			return usage(fmt.Errorf("%s: %w", path, err))
		}
	}
	return nil
}

// handOver writes the questions that were put down, and says what to do with
// them. err is what the drafting ended with.
func (e *engine) handOver(cmd *cobra.Command, err error) error {
	if e.desk == nil || err != nil && !errors.Is(err, crosswalk.ErrPending) {
		return err
	}
	if n := e.strangers(cmd.Context()); n > 0 {
		fmt.Fprintf(e.stderr, "%d answers belong to no question that was asked here: are they those of another command?\n", n)
	}
	lines, n := e.desk.Requests()
	path, _ := cmd.Flags().GetString("requests")
	if path == "" {
		if err != nil {
			return fmt.Errorf("%d questions are without an answer: add --requests FILE to write them", n)
		}
		return nil
	}
	if writeErr := atomicfile.Write(path, lines); writeErr != nil {
		return writeErr
	}
	if err == nil {
		return nil
	}
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(map[string]any{"requests": path, "questions": n})
	}
	_, printErr := fmt.Fprintf(cmd.OutOrStdout(), "Wrote %d questions to %s, a line each.\n"+
		"Have them answered and give the answers to the same command with --responses FILE:\n"+
		"what they lead to is asked in turn, until no question is left.\n", n, path)
	return printErr
}

// strangers returns how many answers nobody asked for, now or before.
func (e *engine) strangers(ctx context.Context) int {
	n := 0
	for _, key := range e.desk.Unused() {
		if _, known, err := (workspaceMemory{e.ledgerAt()}).Recall(ctx, key); err == nil && !known {
			n++
		}
	}
	return n
}

// A preview is what a model would be asked, before anybody is.
type preview struct {
	*engine
	judge  *llm.Judge
	ranker crosswalk.Retriever
}

// previewed is how many sources an estimate looks at.
const previewed = 6

// estimate says what is likely to be spent on sources, by a few of them.
func (p preview) estimate(ctx context.Context, sources []corpus.Element) (llm.Estimate, error) {
	return p.estimateBy(ctx, sources, min(previewed, len(sources)))
}

// estimateBy says what is likely to be spent on sources, by n of them.
func (p preview) estimateBy(ctx context.Context, sources []corpus.Element, n int) (llm.Estimate, error) {
	some := map[string][]crosswalk.Candidate{}
	for i := range n {
		source := sources[i*len(sources)/n]
		candidates, err := p.candidates(ctx, source)
		if err != nil {
			return llm.Estimate{}, err
		}
		some[source.ID] = candidates
	}
	return p.judge.Estimate(p.distinct(sources), some)
}

// distinct returns how many sources a model is asked about: a generic cell is
// judged by what stands above it, whose answers it shares.
func (p preview) distinct(sources []corpus.Element) int {
	judged := map[string]bool{}
	for _, s := range sources {
		if s.Generic != "" {
			judged[s.Parent] = true
		} else {
			judged[s.ID] = true
		}
	}
	return len(judged)
}

func (p preview) candidates(ctx context.Context, source corpus.Element) ([]crosswalk.Candidate, error) {
	candidates, err := p.ranker.Retrieve(ctx, source, 1)
	if depth := p.settings.Depth; depth > 0 {
		candidates = candidates[:min(depth, len(candidates))]
	}
	return candidates, err
}

// print writes the estimate and one whole question.
func (p preview) print(ctx context.Context, w io.Writer, sources []corpus.Element) error {
	e, err := p.estimate(ctx, sources)
	if err != nil {
		return err
	}
	source := sources[0]
	candidates, err := p.candidates(ctx, source)
	if err != nil {
		return err
	}
	var first []corpus.Element
	for _, c := range candidates[:min(p.settings.Judging.Block, len(candidates))] {
		first = append(first, c.Element)
	}
	system, user, err := p.judge.Question(source, first)
	if err != nil {
		return err
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, []byte(user), "", "  "); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\nThe first question, about %s:\n\n--- system ---\n%s\n\n--- user ---\n%s\n",
		estimated(e), source.ID, printable(system), printable(pretty.String()))
	return err
}

// estimated puts an estimate into words.
func estimated(e llm.Estimate) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d source elements: about %d calls of %s (%d to %d), %s tokens in, %s out",
		e.Sources, e.Likely, strings.Join(e.Models, ", "), e.Least, e.Most, thousands(e.TokensIn), thousands(e.TokensOut))
	if e.Priced {
		fmt.Fprintf(&b, "; about %.2f, at most %.2f in the currency of the prices", e.Cost, e.CostAtMost)
	} else {
		b.WriteString("; endpoint.prices does not have what they cost")
	}
	b.WriteString(". Answers that are remembered cost nothing.\n")
	return b.String()
}

// thousands shortens a number.
func thousands(n int) string {
	switch {
	case n >= 1e6:
		return fmt.Sprintf("%.1f M", float64(n)/1e6)
	case n >= 1e4:
		return fmt.Sprintf("%d k", (n+500)/1000)
	}
	return fmt.Sprint(n)
}
