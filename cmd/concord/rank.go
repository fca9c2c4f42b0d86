package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk/candidate"
	"concord/embed"
)

func newRank() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rank",
		Short: "Rank the target's elements for every source element, without judging",
		Long: `Rank the target's elements for every source element, without judging.

The trec format is "source Q0 target rank score concord", as TREC tools read
it; equal scores are ordered as trec_eval orders them, by falling id.

--explain adds what each signal adds to the score: to CSV one column a signal,
to JSON with the evidence. In TREC lines there is no room for it.`,
		Example: "  concord rank --from csf --to sp800-53 --kind control --format trec",
		Args:    cobra.NoArgs,
		RunE:    runRank,
	}
	pairFlags(cmd)
	cmd.Flags().Int("depth", 0, "targets per source element; 0 for all")
	cmd.Flags().String("format", "trec", "trec, json or csv")
	cmd.Flags().Bool("explain", false, "add what each signal adds to the score, for json and csv")
	return cmd
}

func runRank(cmd *cobra.Command, _ []string) error {
	heading, write, err := rankWriter(cmd)
	if err != nil {
		return err
	}
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	from, _ := cmd.Flags().GetString("from")
	to, _ := cmd.Flags().GetString("to")
	kinds, _ := cmd.Flags().GetStringSlice("kind")
	without, _ := cmd.Flags().GetBool("without-precedents")
	depth, _ := cmd.Flags().GetInt("depth")
	if depth < 0 {
		return usage(fmt.Errorf("--depth %d: want zero or more", depth))
	}
	source, target, err := e.pair(from, to)
	if err != nil {
		return err
	}
	if format, _ := cmd.Flags().GetString("format"); format == "trec" {
		for _, elements := range [][]corpus.Element{source.Mappable(), target.Mappable(kinds...)} {
			if err := distinctTokens(elements); err != nil {
				return usage(err)
			}
		}
	}
	s, err := e.space(source, target)
	if err != nil {
		return err
	}
	var votes []candidate.Precedents
	if !without {
		if votes, err = precedents(target, nil); err != nil {
			return err
		}
	}
	ranker, err := e.ranker(cmd.Context(), s, kinds, votes)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(cmd.OutOrStdout(), heading); err != nil {
		return err
	}
	return rankAll(cmd.Context(), cmd.OutOrStdout(), source.Mappable(), func(w *bytes.Buffer, s corpus.Element) error {
		return write(w, ranker, s, depth)
	})
}

// rankAll ranks sources on all processors and writes them in their order. It holds
// one ranking more than there are processors, however slow the reader is.
func rankAll(ctx context.Context, out io.Writer, sources []corpus.Element, rank func(*bytes.Buffer, corpus.Element) error) error {
	type ranking struct {
		text bytes.Buffer
		err  error
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	queue := make(chan chan *ranking, runtime.GOMAXPROCS(0))
	go func() {
		defer close(queue)
		for _, s := range sources {
			done := make(chan *ranking, 1)
			select {
			case queue <- done:
			case <-ctx.Done():
				return
			}
			go func() {
				var r ranking
				r.err = rank(&r.text, s)
				done <- &r
			}()
		}
	}()
	for done := range queue {
		r := <-done
		if err := errors.Join(ctx.Err(), r.err); err != nil {
			return err
		}
		if _, err := r.text.WriteTo(out); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// A rankFunc writes the ranking of one source element, at most depth targets.
// It is safe for concurrent use.
type rankFunc func(w *bytes.Buffer, r *candidate.Ranker, s corpus.Element, depth int) error

// rankWriter returns what stands above all rankings, and what writes one.
func rankWriter(cmd *cobra.Command) (heading string, write rankFunc, err error) {
	explain, _ := cmd.Flags().GetBool("explain")
	switch format, _ := cmd.Flags().GetString("format"); format {
	case "trec":
		if explain {
			return "", nil, usage(errors.New("--explain: the trec format has no room for it; use --format json or csv"))
		}
		return "", rankTREC, nil
	case "json":
		return "", rankJSON(explain), nil
	case "csv":
		columns := []string{"source", "target", "rank", "score"}
		if explain {
			columns = append(columns, candidate.Signals()...)
		}
		return strings.Join(columns, ",") + "\n", rankCSV(columns[4:]), nil
	default:
		return "", nil, usage(fmt.Errorf("--format %q: want trec, json or csv", format))
	}
}

// rankTREC prints scores with six decimals, and orders what is equal at that
// precision as trec_eval would. An id with a blank, which the format cannot
// hold, gets an underscore for it.
func rankTREC(w *bytes.Buffer, r *candidate.Ranker, source corpus.Element, depth int) error {
	hits := r.Hits(source, depth)
	scores := make([][]byte, len(hits))
	digits := make([]byte, 0, 10*len(hits))
	for i, h := range hits {
		start := len(digits)
		digits = strconv.AppendFloat(digits, h.Score, 'f', 6, 64)
		scores[i] = digits[start:]
	}
	for i := 0; i < len(hits); {
		j := i
		for j < len(hits) && bytes.Equal(scores[j], scores[i]) {
			j++
		}
		slices.SortFunc(hits[i:j], func(a, b embed.Hit) int { return strings.Compare(b.ID, a.ID) })
		i = j
	}
	from := token(source.ID) + " Q0 "
	w.Grow(len(hits) * (len(from) + 40))
	for i, h := range hits {
		line := append(w.AvailableBuffer(), from...)
		line = append(append(line, token(h.ID)...), ' ')
		line = append(strconv.AppendInt(line, int64(i+1), 10), ' ')
		line = append(append(line, scores[i]...), " concord\n"...)
		w.Write(line)
	}
	return nil
}

func token(id string) string {
	if !strings.ContainsFunc(id, unicode.IsSpace) {
		return id
	}
	return strings.Join(strings.Fields(id), "_")
}

// distinctTokens returns an error if two ids would look the same.
func distinctTokens(elements []corpus.Element) error {
	seen := make(map[string]string, len(elements))
	for _, e := range elements {
		t := token(e.ID)
		if other, twice := seen[t]; twice {
			return fmt.Errorf("the trec format cannot hold the ids %q and %q apart: use json or csv", other, e.ID)
		}
		seen[t] = e.ID
	}
	return nil
}

// rankJSON returns what writes an object a source, with what each signal adds
// if it is to explain.
func rankJSON(explain bool) rankFunc {
	type hit struct {
		Target        string                   `json:"target"`
		Title         string                   `json:"title,omitempty"`
		Rank          int                      `json:"rank"`
		Score         float64                  `json:"score"`
		Signals       map[string]float64       `json:"signals"` // encoded in order of name
		Contributions []candidate.Contribution `json:"contributions,omitempty"`
	}
	type row struct {
		Source string `json:"source"`
		Hits   []hit  `json:"hits"`
	}
	return func(w *bytes.Buffer, r *candidate.Ranker, source corpus.Element, depth int) error {
		ranked, err := r.Candidates(context.Background(), source, depth)
		if err != nil {
			return err
		}
		var why *candidate.Explanation
		if explain {
			why = r.Explain(source)
		}
		hits := make([]hit, len(ranked))
		for i, c := range ranked {
			hits[i] = hit{Target: c.Element.ID, Title: c.Element.Title, Rank: c.Rank, Score: c.Score, Signals: c.Signals, Contributions: why.Of(c.Element.ID)}
		}
		return json.NewEncoder(w).Encode(row{source.ID, hits})
	}
}

// rankCSV returns what writes the rows of a table of scores and what these
// signals add to them, with six decimals. A signal that is off or has nothing to
// say adds zero.
func rankCSV(explained []string) rankFunc {
	return func(w *bytes.Buffer, r *candidate.Ranker, source corpus.Element, depth int) error {
		table := csv.NewWriter(w)
		var why *candidate.Explanation
		if len(explained) > 0 {
			why = r.Explain(source)
		}
		for i, h := range r.Hits(source, depth) {
			cells := []string{source.ID, h.ID, strconv.Itoa(i + 1), decimal(h.Score)}
			if why != nil {
				cells = append(cells, amounts(why.Of(h.ID), explained)...)
			}
			if err := table.Write(cells); err != nil {
				return err
			}
		}
		table.Flush()
		return table.Error()
	}
}

// amounts returns what these signals add, in their order.
func amounts(of []candidate.Contribution, signals []string) []string {
	out := make([]string, len(signals))
	for i, signal := range signals {
		amount := 0.0
		for _, c := range of {
			if c.Signal == signal {
				amount = c.Amount
			}
		}
		out[i] = decimal(amount)
	}
	return out
}

// decimal writes a number with six decimals, and zero without a sign.
func decimal(x float64) string {
	s := strconv.FormatFloat(x, 'f', 6, 64)
	if s == "-0.000000" {
		return s[1:]
	}
	return s
}
