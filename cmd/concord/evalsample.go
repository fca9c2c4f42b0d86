package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/spf13/cobra"

	"concord/corpus"
	"concord/eval"
)

func newEvalSample() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sample --from F --to T --size N",
		Short: "Draw sources worth labelling, and say what a set of that size could show",
		Long: `Draw sources worth labelling, and say what a set of that size could show.

Every function of the source, and within it every focus area, gets its share;
within these the sample spreads from sources of which the engine is sure to those
of which it is not. The worksheet has the best candidates of each source, in the
order of the target and without what the engine thinks of them, and a row to say
that nothing maps; what is missing goes into rows of its own. Put a relation, or
no_relationship, where a question mark stands. The file is then the "labels" of
a label set, half done or done.

The smallest differences that the set could show are worked out from how much
requirements differ between plain BM25 and this engine on a built-in set
(--like).`,
		Example: "  concord eval sample --to controls.csv --size 40 --out sample.csv",
		Args:    cobra.NoArgs,
		RunE:    runEvalSample,
	}
	pairFlags(cmd)
	cmd.Flags().Int("size", 0, "sources to draw")
	cmd.Flags().Int("depth", 20, "candidates of each source")
	cmd.Flags().Uint64("seed", 1, "of the draw")
	cmd.Flags().String("like", "csf-2.0-to-sp800-53-5.2.0", "built-in label set that requirements are taken to vary as")
	cmd.Flags().String("out", "", "worksheet to write, CSV (default standard output)")
	return cmd
}

func runEvalSample(cmd *cobra.Command, _ []string) error {
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	n, _ := cmd.Flags().GetInt("size")
	if n < 1 {
		return usage(fmt.Errorf("--size %d: say how many sources to draw", n))
	}
	like, err := likeTrial(cmd)
	if err != nil {
		return err
	}
	from, _ := cmd.Flags().GetString("from")
	to, _ := cmd.Flags().GetString("to")
	d := drafting{engine: e}
	if d.source, d.target, err = e.pair(from, to); err != nil {
		return err
	}
	if e.settings.Depth, _ = cmd.Flags().GetInt("depth"); e.settings.Depth < 0 {
		return usage(fmt.Errorf("--depth %d: want zero or more", e.settings.Depth))
	}
	d.kinds, _ = cmd.Flags().GetStringSlice("kind")
	d.without, _ = cmd.Flags().GetBool("without-precedents")
	if err := d.draw(cmd, n); err != nil {
		return err
	}
	doc, err := d.draft(cmd.Context())
	if err != nil {
		return err
	}
	if err := d.worksheet(cmd, doc, doc.Proposals, true); err != nil {
		return err
	}
	return e.power(cmd, like, len(d.sources))
}

// draw chooses the sources.
func (d *drafting) draw(cmd *cobra.Command, n int) error {
	s, err := d.space(d.source, d.target)
	if err != nil {
		return err
	}
	ranker, err := d.ranker(cmd.Context(), s, d.kinds, nil)
	if err != nil {
		return err
	}
	elements := d.source.Mappable()
	units := make([]eval.Unit, len(elements))
	for i, source := range elements {
		ranked := ranker.Rank(source)
		units[i] = eval.Unit{ID: source.ID, Stratum: eval.FunctionOf(d.source, source) + "/" + source.Focus,
			Order: ranked[0].Score - ranked[min(1, len(ranked)-1)].Score}
	}
	seed, _ := cmd.Flags().GetUint64("seed")
	drawn := eval.Draw(units, n, rand.New(rand.NewPCG(seed, 0)))
	d.sources = slices.DeleteFunc(elements, func(s corpus.Element) bool { return !slices.Contains(drawn, s.ID) })
	d.purpose = fmt.Sprintf("sample of %d, seed %d", len(d.sources), seed)
	return nil
}

// likeTrial returns the built-in set that requirements are taken to vary as.
func likeTrial(cmd *cobra.Command) (trial, error) {
	trials, err := builtinTrials()
	if err != nil {
		return trial{}, err
	}
	name, _ := cmd.Flags().GetString("like")
	at := slices.IndexFunc(trials, func(t trial) bool { return t.Name == name })
	if at < 0 {
		return trial{}, usage(fmt.Errorf("--like %q: there is no such label set", name))
	}
	return trials[at], nil
}

// power says what a set of n requirements could show.
func (e *engine) power(cmd *cobra.Command, like trial, n int) error {
	set, err := e.measure(cmd, like)
	if err != nil {
		return err
	}
	plain, _ := set.Result.Score(systemPlain)
	concord, _ := set.Result.Score(systemConcord)
	pairs, err := eval.PairScores(plain, concord)
	if err != nil {
		return err
	}
	if n < eval.FewestCompared {
		fmt.Fprintf(e.stderr, "%d sources: no comparison can tell anything with fewer than %d\n", n, eval.FewestCompared)
		return nil
	}
	fmt.Fprintf(e.stderr, "with %d labelled sources that vary as those of %s, a comparison would find, four times of five, a difference of\n", n, like.Name)
	for _, m := range []struct {
		name string
		of   func(eval.Requirement) float64
	}{
		{"Top-1", func(r eval.Requirement) float64 { return r.Top1 }},
		{"MRR@5", func(r eval.Requirement) float64 { return r.MRR5 }},
		{"MAP", func(r eval.Requirement) float64 { return r.MAP }},
	} {
		differences := make([]float64, len(pairs))
		for i, p := range pairs {
			differences[i] = m.of(p.New) - m.of(p.Base)
		}
		if smallest, ok := eval.DetectableWith(differences, n); ok {
			fmt.Fprintf(e.stderr, "  %-6s %.3f\n", m.name, smallest)
		}
	}
	p := concord.Metrics["top1"]
	fmt.Fprintf(e.stderr, "and a Top-1 of %.2f would be known to ± %.2f\n", p, 1.96*math.Sqrt(p*(1-p)/float64(n)))
	return nil
}
