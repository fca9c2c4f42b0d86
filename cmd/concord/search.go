package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/candidate"
	"concord/embed"
	"concord/embed/vectors"
	"concord/internal/terminal"
)

func newSearch() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "search TEXT",
		Short: "Find the elements of a framework that are closest to a text",
		Long: `Find the elements of a framework that are closest to a text.

Under each comes the stretch of its text with the words that tell most, on a
terminal in bold unless NO_COLOR is set, and what speaks for it: the share of
every signal in what raised its score, and what lowered it by the same measure.
--explain shows what each signal adds to the score, and by what evidence; JSON
always has that.`,
		Example: "  concord search 'poisoned training data' --in sp800-53",
		Args:    cobra.MinimumNArgs(1),
		RunE:    runSearch,
	}
	cmd.Flags().String("in", defaultTarget, "framework to search: a name, name@edition or file")
	cmd.Flags().StringSlice("kind", nil, "kinds of elements, such as control (default all)")
	cmd.Flags().Int("depth", 10, "how many to show")
	cmd.Flags().Bool("semantic", false, "go by meaning alone: the nearest vectors, whatever the words")
	cmd.Flags().Bool("explain", false, "show what each signal adds to the score, and why")
	cmd.Flags().Bool("json", false, "print JSON")
	columnsFlag(cmd)
	return cmd
}

func runSearch(cmd *cobra.Command, args []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	in, _ := cmd.Flags().GetString("in")
	kinds, _ := cmd.Flags().GetStringSlice("kind")
	depth, _ := cmd.Flags().GetInt("depth")
	target, err := e.open(in)
	if err != nil {
		return err
	}
	text := strings.TrimSpace(strings.Join(args, " "))
	if text == "" {
		return usage(errors.New("nothing to search for"))
	}
	search := e.search
	if semantic, _ := cmd.Flags().GetBool("semantic"); semantic {
		if explain, _ := cmd.Flags().GetBool("explain"); explain {
			return usage(errors.New("--semantic goes by one signal alone: there is nothing to --explain"))
		}
		search = e.nearest
	}
	hits, why, err := search(cmd.Context(), text, target, kinds, depth)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return searchJSON(out, hits, why)
	}
	explain, _ := cmd.Flags().GetBool("explain")
	return printHits(out, terminal.ScreenOf(out, os.Getenv), target, hits, why, explain)
}

func searchJSON(w io.Writer, hits []crosswalk.Candidate, why *candidate.Explanation) error {
	type span struct { // in bytes
		Start int `json:"start"`
		End   int `json:"end"`
	}
	type hit struct {
		ID      string                   `json:"id"`
		Title   string                   `json:"title,omitempty"`
		Text    string                   `json:"text,omitempty"`
		Score   float64                  `json:"score"`
		Signals []candidate.Contribution `json:"signals"`
		Matches []span                   `json:"matches"` // in Text
	}
	list := make([]hit, len(hits))
	for i, h := range hits {
		list[i] = hit{h.Element.ID, h.Element.Title, h.Element.Text, h.Score, why.Of(h.Element.ID), []span{}}
		for _, m := range matches(h.Element.Text, why.Terms(h.Element.ID)) {
			list[i].Matches = append(list[i].Matches, span{m.Start, m.End})
		}
	}
	return json.NewEncoder(w).Encode(list)
}

// snippetLines is how much of a text is shown of a hit.
const snippetLines = 2

// printHits shows each hit with its best stretch and what speaks for it.
func printHits(w io.Writer, screen terminal.Screen, target *corpus.Framework, hits []crosswalk.Candidate, why *candidate.Explanation, explain bool) error {
	wide := 0
	for _, h := range hits {
		wide = max(wide, utf8.RuneCountInString(h.Element.ID))
	}
	const indent = 2
	inner := terminal.Screen{Width: screen.Width - indent, Bold: screen.Bold}
	var b strings.Builder
	for _, h := range hits {
		terms, of := why.Terms(h.Element.ID), why.Of(h.Element.ID)
		head := fmt.Sprintf("%-*s  %5.2f  ", wide, printable(h.Element.ID), h.Score)
		title := terminal.Screen{Width: max(screen.Width-utf8.RuneCountInString(head), screen.Width/2), Bold: screen.Bold}
		b.WriteString(strings.TrimRight(head+title.Head(h.Element.Title, matches(h.Element.Title, terms)), " ") + "\n")
		lines := inner.Excerpt(h.Element.Text, matches(h.Element.Text, terms), snippetLines)
		lines = append(lines, inner.Wrap(because(target, h.Element.ID, of), nil)...)
		if explain {
			for _, line := range table(of, h.Score) {
				lines = append(lines, printable(line))
			}
		}
		for _, line := range lines {
			b.WriteString(strings.Repeat(" ", indent) + line + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// matches finds the words of a text that have one of these terms, in order.
// Marks that combine with the last letter of a word belong to it.
func matches(text string, terms []embed.WeightedTerm) []terminal.Mark {
	weights := make(map[string]float64, len(terms))
	for _, t := range terms {
		weights[t.Term] = t.Weight
	}
	var analyzer embed.Analyzer
	var out []terminal.Mark
	for _, t := range analyzer.Tokens(text) {
		weight, ok := weights[t.Term]
		if !ok {
			continue
		}
		combining := strings.IndexFunc(text[t.End:]+" ", func(r rune) bool { return !unicode.Is(unicode.M, r) })
		out = append(out, terminal.Mark{Start: t.Start, End: t.End + combining, Term: t.Term, Weight: weight})
	}
	return out
}

// search ranks a text as if it were an element of a framework of its own.
func (e *engine) search(ctx context.Context, text string, target *corpus.Framework, kinds []string, depth int) ([]crosswalk.Candidate, *candidate.Explanation, error) {
	query := &corpus.Framework{Name: "query", Edition: "none", Elements: []corpus.Element{
		{ID: "query", Kind: corpus.KindRequirement, Text: text},
	}}
	if err := query.Finish(); err != nil {
		return nil, nil, err
	}
	if err := candidate.CheckKinds(target, kinds); err != nil {
		return nil, nil, usage(err)
	}
	embedders, err := e.embedders(target.Local)
	if err != nil {
		return nil, nil, err
	}
	in := candidate.Input{Source: query, Target: target, Kinds: kinds}
	if m := embedders.remote; m != nil {
		if in.SourceRemote, in.TargetRemote, err = e.queryVectors(ctx, text, target, m); err != nil {
			return nil, nil, err
		}
	}
	if in.SourceVectors, in.TargetVectors, err = e.queryVectors(ctx, text, target, embedders.local); err != nil {
		return nil, nil, err
	}
	ranker, err := candidate.New(in)
	if err != nil {
		return nil, nil, usage(err)
	}
	hits, err := ranker.Candidates(ctx, query.Elements[0], depth)
	if err != nil {
		return nil, nil, err
	}
	if hits[0].Score == 0 { // then all are alike
		return nil, nil, fmt.Errorf("no word of the query is in %s", target.Spec())
	}
	return hits, ranker.Explain(query.Elements[0]), nil
}

// queryVectors embeds a query, which is not kept, and a target.
func (e *engine) queryVectors(ctx context.Context, text string, target *corpus.Framework, by embed.Embedder) (query, targets vectors.Set, err error) {
	if targets, err = e.vectors(ctx, target, "target", embed.DescribeTargets(target), by); err != nil {
		return query, targets, err
	}
	vector, err := by.Embed(ctx, []string{text})
	if err != nil {
		return query, targets, err
	}
	query, err = vectors.New([]string{"query"}, vector)
	return query, targets, err
}

// headline is what a list shows of an element: its title, or the beginning of
// its statement.
func headline(e corpus.Element, width int) string {
	s := e.Title
	if s == "" {
		s = e.Text
	}
	return clip(oneLine(s), width)
}

// clip shortens a text to a number of characters.
func clip(s string, width int) string {
	if r := []rune(s); len(r) > width {
		return string(r[:width-1]) + "…"
	}
	return s
}
