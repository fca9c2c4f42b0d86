package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/crosswalk/convention"
	"concord/crosswalk/ledger"
	"concord/eval"
	"concord/internal/ask"
)

func newConventionLearn() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "learn --name N --from F --to T --labels FILE",
		Short: "Learn a convention from decided pairs",
		Long: `Learn a convention from decided pairs.

Pairs with a relation are learned, no_relationship included; a pair that was
typed in several ways is not. A table with headers or words of its own is
described as a label set (docs/evaluation.md) and named by --sets and --set.

Rows that are to test the convention, or anything typed under it, must not be
learned: --without leaves out the sources of a file, and --hold-out as many as
it says, drawn with --seed; in both cases also every source that reads nearly
the same.

The model in the settings drafts the summary, from some of the pairs. Without
one, or with --judge local, the summary says what can be counted. "concord
convention edit" replaces it.`,
		Example: "  concord convention learn --name house-rules --from ours.csv --to sp800-53 --labels decided.csv --maker \"Risk office\"\n" +
			"  concord convention learn --name house-rules --sets sets.yaml --set ours-to-800-53 --hold-out 0.3",
		Args: cobra.NoArgs,
		RunE: runConventionLearn,
	}
	cmd.Flags().String("name", "", "what to call it")
	cmd.Flags().String("from", defaultSource, "source framework: a name, name@edition or file")
	cmd.Flags().String("to", defaultTarget, "target framework: a name, name@edition or file")
	columnsFlag(cmd)
	labelFlags(cmd)
	cmd.Flags().String("maker", "", "who decided the pairs")
	cmd.Flags().String("without", "", "file of pairs whose sources are not to be learned")
	cmd.Flags().Float64("hold-out", 0, "share of the sources not to learn, from 0 to 1")
	cmd.Flags().Uint64("seed", 1, "of the draw")
	cmd.Flags().String("judge", "local", "local: count the summary even where a model could draft it; llm: have it drafted")
	spendingFlags(cmd)
	cmd.Flags().Int("attempt", 1, "2 asks the model again if its answer was unusable in attempt 1, and so on")
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

// A learned is what became of decided pairs.
type learned struct {
	Name    string             `json:"name"`
	SHA256  string             `json:"sha256"`
	Added   bool               `json:"added"` // false if it was in force already
	Maker   string             `json:"maker,omitempty"`
	Source  string             `json:"source"`
	Target  string             `json:"target"`
	Pairs   int                `json:"pairs"`
	Counts  []convention.Count `json:"counts"`
	LeftOut convention.LeftOut `json:"left_out"`
	HeldOut int                `json:"held_out"` // pairs
	Drafted string             `json:"drafted"`
	Model   string             `json:"model,omitempty"`
	Summary string             `json:"summary"`
}

func runConventionLearn(cmd *cobra.Command, _ []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	name, _ := cmd.Flags().GetString("name")
	if err := convention.CheckName(name); err != nil {
		return usage(err)
	}
	c, left, held, err := e.learn(cmd, name)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	model, err := e.drafter(cmd, c)
	if err != nil {
		return err
	}
	if model != nil {
		if err := model.open(ctx, e.ledgerAt()); err != nil {
			return err
		}
	}
	book, err := ledger.Open(ctx, e.ledgerAt())
	if err != nil {
		return err
	}
	defer book.Close()
	if model != nil {
		model.remember(book)
		if c, err = e.summarise(ctx, model, c); err != nil {
			return err
		}
	}
	if before, err := book.Convention(ctx, name); err == nil {
		if old, err := convention.Parse(before.Body); err == nil && old.Drafted == convention.Edited {
			fmt.Fprintf(e.stderr, "the summary that was edited by hand is replaced; it is kept: concord convention show %s --at %.12s\n", name, before.SHA256)
		}
	}
	added, err := e.keep(ctx, book, c)
	if err != nil {
		return err
	}
	report := learned{Name: name, SHA256: c.SHA256(), Added: added, Maker: c.Maker, Source: c.Source, Target: c.Target, Pairs: len(c.Examples),
		Counts: c.Counts(), LeftOut: left, HeldOut: held, Drafted: c.Drafted, Model: c.Model, Summary: c.Summary}
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(report)
	}
	return report.print(cmd.OutOrStdout(), c)
}

// learn reads the decided pairs and learns those that are not held out, which it
// counts.
func (e *engine) learn(cmd *cobra.Command, name string) (c *convention.Convention, left convention.LeftOut, held int, err error) {
	set, err := labelsOf(cmd)
	if err != nil {
		return nil, left, 0, err
	}
	if set.Name == "" {
		return nil, left, 0, usage(errors.New("name the decided pairs by --labels, or by --sets and --set"))
	}
	source, target, err := e.sides(cmd, set, "", "")
	if err != nil {
		return nil, left, 0, err
	}
	rows, err := e.decided(set, source, target)
	if err != nil {
		return nil, left, 0, err
	}
	maker, _ := cmd.Flags().GetString("maker")
	all, left, err := convention.Learn(name, maker, rows, source, target)
	if err != nil {
		return nil, left, 0, usage(err)
	}
	out, err := e.heldOut(cmd, set, all, source, target)
	if err != nil {
		return nil, left, 0, err
	}
	if len(out) == 0 {
		return all, left, 0, nil
	}
	sources := convention.NewSources(out)
	if c = all.Keep(func(x convention.Example) bool { return !sources.Has(x.Source) }); c == nil {
		return nil, left, 0, usage(fmt.Errorf("learn %s: every pair is held out", name))
	}
	return c, left, len(all.Examples) - len(c.Examples), nil
}

// heldOut returns the sources that must not be learned.
func (e *engine) heldOut(cmd *cobra.Command, set eval.SetSpec, all *convention.Convention, source, target *corpus.Framework) ([]convention.Text, error) {
	var out []convention.Text
	if path, _ := cmd.Flags().GetString("without"); path != "" {
		rows, _, err := e.readLabels(path, set, source, target)
		if err != nil {
			return nil, err
		}
		out = sourcesOf(rows, source)
	}
	share, _ := cmd.Flags().GetFloat64("hold-out")
	if !(share >= 0 && share < 1) {
		return nil, usage(fmt.Errorf("--hold-out %v: want a share of the sources from 0 to below 1", share))
	}
	seed, _ := cmd.Flags().GetUint64("seed")
	sources := distinctSources(all)
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(sources), func(i, j int) { sources[i], sources[j] = sources[j], sources[i] })
	return append(out, sources[:int(math.Round(share*float64(len(sources))))]...), nil
}

// distinctSources returns the sources of a convention in its order, each once.
func distinctSources(c *convention.Convention) []convention.Text {
	var out []convention.Text
	seen := map[string]bool{}
	for _, x := range c.Examples {
		if !seen[x.Source.ID] {
			seen[x.Source.ID] = true
			out = append(out, x.Source)
		}
	}
	return out
}

// drafter returns the model that drafts the summary of a convention; nil if none is
// configured, it is declined, or it must not see the texts. It is an error to ask
// for one that is not there or must not.
func (e *engine) drafter(cmd *cobra.Command, c *convention.Convention) (*scribe, error) {
	there := e.settings.Endpoint.URL != "" && e.settings.Endpoint.ChatModel != ""
	asked, declined := false, false
	if cmd.Flags().Changed("judge") {
		asked, declined = e.settings.Judge == "llm", e.settings.Judge == "local"
	}
	if declined || !there && !asked {
		return nil, nil
	}
	model, err := e.scribe(cmd)
	if err != nil {
		return nil, err
	}
	if err := mayLeave(c, model.chat); err != nil && asked {
		return nil, usage(err)
	} else if err != nil {
		fmt.Fprintf(e.stderr, "%v: the summary is counted\n", err)
		return nil, nil
	}
	return model, nil
}

// A scribe is the model that drafts summaries and types pairs: the first that
// the settings name.
type scribe struct {
	teller
	options ask.Options // without a memory
}

func (e *engine) scribe(cmd *cobra.Command) (*scribe, error) {
	models := e.settings.Endpoint.models()
	if len(models) == 0 {
		return nil, usage(errors.New("no model to ask: set endpoint.chat_model in config.yaml or CONCORD_ENDPOINT_CHAT_MODEL"))
	}
	attempt, err := attemptOf(cmd)
	if err != nil {
		return nil, err
	}
	t, err := e.teller()
	return &scribe{t, ask.Options{Model: models[0], Attempt: attempt, Budget: e.budget}}, err
}

// open finds out in which form the model is asked, and lets it remember. The
// workspace is not touched before the endpoint has proved usable.
func (s *scribe) open(ctx context.Context, path string) (err error) {
	s.options.Structured, err = s.form(ctx, workspaceMemory{path})
	return err
}

// remember gives the model the ledger for its memory.
func (s *scribe) remember(book *ledger.Ledger) {
	s.options.Memory = &answers{book: book, prices: s.options.Budget}
}

// summarise has the model draft the summary. Where its answer cannot be used, the
// one that is there stays.
func (e *engine) summarise(ctx context.Context, s *scribe, c *convention.Convention) (*convention.Convention, error) {
	drafted, err := c.Draft(ctx, s.chat, s.options)
	if errors.Is(err, convention.ErrNoSummary) {
		fmt.Fprintf(e.stderr, "%s: the summary is counted\n", oneLine(err.Error()))
		return c, nil
	}
	return drafted, err
}

func (l learned) print(w io.Writer, c *convention.Convention) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d decided pairs, %s → %s\n", c.Label(), l.Pairs, printable(l.Source), printable(l.Target))
	fmt.Fprintf(&b, "  %s\n", relationCounts(c))
	for _, out := range []struct {
		n    int
		what string
	}{
		{l.LeftOut.Untyped, "rows without a relation"}, {l.LeftOut.Missing, "rows with an element that is not there, withdrawn or without a text"},
		{l.LeftOut.Repeated, "rows that stand twice"}, {l.LeftOut.Contradicted, "pairs that were typed in several ways"},
	} {
		if out.n > 0 {
			fmt.Fprintf(&b, "  left out: %d %s\n", out.n, out.what)
		}
	}
	if l.HeldOut > 0 {
		fmt.Fprintf(&b, "  held out: %d pairs\n", l.HeldOut)
	}
	fmt.Fprintf(&b, "\nSummary, %s:\n", writer(c))
	paragraph(&b, w, l.Summary)
	_, err := io.WriteString(w, b.String())
	return err
}
