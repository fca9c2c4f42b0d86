package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/candidate"
	"concord/embed"
	"concord/embed/vectors"
)

func newSearch() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "search TEXT",
		Short:   "Find the elements of a framework that are closest to a text",
		Example: "  concord search 'poisoned training data' --in sp800-53",
		Args:    cobra.MinimumNArgs(1),
		RunE:    runSearch,
	}
	cmd.Flags().String("in", defaultTarget, "framework to search: a name, name@edition or file")
	cmd.Flags().StringSlice("kind", nil, "kinds of elements, such as control (default all)")
	cmd.Flags().Int("depth", 10, "how many to show")
	cmd.Flags().Bool("semantic", false, "go by meaning alone: the nearest vectors, whatever the words")
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
		search = e.nearest
	}
	hits, err := search(cmd.Context(), text, target, kinds, depth)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		type hit struct {
			ID    string  `json:"id"`
			Title string  `json:"title,omitempty"`
			Text  string  `json:"text,omitempty"`
			Score float64 `json:"score"`
		}
		list := make([]hit, len(hits))
		for i, h := range hits {
			list[i] = hit{h.Element.ID, h.Element.Title, h.Element.Text, h.Score}
		}
		return json.NewEncoder(out).Encode(list)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, h := range hits {
		fmt.Fprintf(table, "%s\t%.2f\t%s\n", printable(h.Element.ID), h.Score, headline(h.Element, 90))
	}
	return table.Flush()
}

// search ranks a text as if it were an element of a framework of its own.
func (e *engine) search(ctx context.Context, text string, target *corpus.Framework, kinds []string, depth int) ([]crosswalk.Candidate, error) {
	query := &corpus.Framework{Name: "query", Edition: "none", Elements: []corpus.Element{
		{ID: "query", Kind: corpus.KindRequirement, Text: text},
	}}
	if err := query.Finish(); err != nil {
		return nil, err
	}
	if err := candidate.CheckKinds(target, kinds); err != nil {
		return nil, usage(err)
	}
	docs := embed.DescribeTargets(target)
	embedder, err := e.embedder(docs, target.Local)
	if err != nil {
		return nil, err
	}
	in := candidate.Input{Source: query, Target: target, Kinds: kinds}
	if in.TargetVectors, err = e.vectors(ctx, target, "target", docs, embedder); err != nil {
		return nil, err
	}
	vector, err := embedder.Embed(ctx, []string{text})
	if err != nil {
		return nil, err
	}
	if in.SourceVectors, err = vectors.New([]string{"query"}, vector); err != nil {
		return nil, err
	}
	ranker, err := candidate.New(in)
	if err != nil {
		return nil, usage(err)
	}
	hits, err := ranker.Candidates(ctx, query.Elements[0], depth)
	if err != nil {
		return nil, err
	}
	if hits[0].Score == 0 { // then all are alike
		return nil, fmt.Errorf("no word of the query is in %s", target.Spec())
	}
	return hits, nil
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
