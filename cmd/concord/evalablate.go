package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"concord/crosswalk/candidate"
	"concord/eval"
)

func newEvalAblate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ablate",
		Short: "Say what each signal of the ranking is good for, or what a setting does",
		Long: `Say what each signal of the ranking is good for, or what a setting does.

Each signal is switched off by itself, so that nothing of it is left, and the
rankings are compared with the full ones by requirement: the difference in
average precision with its 95 % bootstrap interval and its p-value, adjusted
over all measures, sets and variants (Holm). A signal that no set has anything
for, such as precedents that nobody was let to give, changes nothing.

--param NAME=V1,V2 measures these values of a setting instead; it may be given
several times, and each is changed by itself. A NAME is a signal, whose weight it
is, or one of ` + strings.Join(parameters(), ", ") + `.
context is the weight of the words that stand above a source beside 1 for its
own; at 0 no embedder reads them either.`,
		Example: `  concord eval ablate --set csf-2.0-to-sp800-171-r3
  concord eval ablate --param depth=20,40,80 --param related=0,0.5,2
  concord eval ablate --set cyber-ai-profile-to-owasp-ai-exchange --by focus --param context=0,1`,
		Args: cobra.NoArgs,
		RunE: runEvalAblate,
	}
	evalFlags(cmd)
	leakFlags(cmd)
	cmd.Flags().StringArray("param", nil, "setting and values to measure, such as depth=20,80")
	byFlag(cmd)
	cmd.Flags().Uint64("seed", 1, "seed of the resamples")
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

// parameters are the settings beside weights that can be changed.
func parameters() []string { return []string{"context", "depth", "embedder_model"} }

// A variant is the engine with something changed.
type variant struct {
	name   string
	change func(*engine) (*engine, error)
}

// An ablation is what became of one label set under each variant; the first is
// the engine as it is.
type ablation struct {
	Set      string          `json:"set"` // and "folded" if it is
	Variants []ablatedSystem `json:"variants"`
}

type ablatedSystem struct {
	Name    string             `json:"name"`
	Metrics map[string]float64 `json:"metrics"`
	Slices  []eval.SliceScore  `json:"slices"` // those of --by
	// Against compares it with the engine as it is; nil of that itself.
	Against *eval.Comparison `json:"against,omitempty"`
}

func runEvalAblate(cmd *cobra.Command, _ []string) error {
	by, err := slicings(cmd)
	if err != nil {
		return err
	}
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	variants, err := e.variants(cmd)
	if err != nil {
		return err
	}
	trials, err := e.trials(cmd)
	if err != nil {
		return err
	}
	var all []ablation
	var paired [][]eval.Paired
	bar := newProgress(e.stderr, "measuring")
	for i, t := range trials {
		a := ablation{Set: eval.SetResult{Set: t.Name, Folded: t.Fold}.Key()}
		var base eval.Score
		for j, v := range variants {
			score, err := v.score(cmd, e.testing(t.family), t)
			if err != nil {
				return err
			}
			parts := slices.DeleteFunc(slices.Clone(score.Slices), func(s eval.SliceScore) bool { return !slices.Contains(by, s.By) })
			a.Variants = append(a.Variants, ablatedSystem{Name: v.name, Metrics: score.Metrics, Slices: parts})
			if j == 0 {
				base = score
				continue
			}
			pairs, err := eval.PairScores(base, score)
			if err != nil {
				return err
			}
			paired = append(paired, pairs)
			bar.show(i*len(variants)+j+1, len(trials)*len(variants))
		}
		all = append(all, a)
	}
	bar.end()
	seed, _ := cmd.Flags().GetUint64("seed")
	compared := eval.CompareAll(paired, eval.CompareOptions{Seed: seed, Matters: 1})
	for i := range all {
		for j := range all[i].Variants[1:] {
			all[i].Variants[j+1].Against, compared = &compared[0], compared[1:]
		}
	}
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(all)
	}
	return printAblations(cmd.OutOrStdout(), all)
}

// variants returns the engine as it is, and changed as the flags say: without
// each signal if they name no setting.
func (e *engine) variants(cmd *cobra.Command) ([]variant, error) {
	params, _ := cmd.Flags().GetStringArray("param")
	out := []variant{{"as it is", func(e *engine) (*engine, error) { return e, nil }}}
	if len(params) == 0 {
		for _, signal := range candidate.Signals() {
			out = append(out, variant{"without " + signal, func(e *engine) (*engine, error) { return e.with(signal, "0") }})
		}
		return out, nil
	}
	for _, p := range params {
		name, values, ok := strings.Cut(p, "=")
		if !ok || values == "" {
			return nil, usage(fmt.Errorf("--param %q: want a setting and values, such as depth=20,80", p))
		}
		for value := range strings.SplitSeq(values, ",") {
			v := variant{name + " " + value, func(e *engine) (*engine, error) { return e.with(name, value) }}
			if _, err := v.change(e); err != nil {
				return nil, usage(fmt.Errorf("--param %q: %w", p, err))
			}
			out = append(out, v)
		}
	}
	return out, nil
}

// weighing returns the engine with other weights.
func (e *engine) weighing(w candidate.Weights) *engine {
	changed := *e
	changed.weights = &w
	return &changed
}

// heaviestContext is the greatest weight of context: beside it a source's own
// words hardly count.
const heaviestContext = 1000

// with returns the engine with one setting changed.
func (e *engine) with(name, value string) (*engine, error) {
	if slices.Contains(candidate.Signals(), name) {
		x, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is not a number", value)
		}
		fusion, err := e.fusion()
		if err != nil {
			return nil, err
		}
		w, err := fusion.Weights.With(name, x)
		return e.weighing(w), err
	}
	changed := *e
	switch name {
	case "context":
		x, err := strconv.ParseFloat(value, 64)
		if err != nil || !(x >= 0 && x <= heaviestContext) {
			return nil, fmt.Errorf("%q is not a number from 0 to %d", value, heaviestContext)
		}
		changed.context = &x
	case "depth":
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("%q is not a whole number that %s can be", value, name)
		}
		changed.settings.Depth = n
	case "embedder_model":
		changed.settings.EmbedderModel = value
		if _, err := changed.embedders(false); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("no setting is called %q; there are %s", name, strings.Join(slices.Concat(candidate.Signals(), parameters()), ", "))
	}
	return &changed, nil
}

// score measures a variant on a task.
func (v variant) score(cmd *cobra.Command, e *engine, t trial) (eval.Score, error) {
	changed, err := v.change(e)
	if err != nil {
		return eval.Score{}, err
	}
	set, err := changed.measure(cmd, t)
	if err != nil {
		return eval.Score{}, err
	}
	score, _ := set.Result.Score(systemConcord)
	return score, nil
}

func printAblations(w io.Writer, all []ablation) error {
	var b strings.Builder
	shown := []string{"top1", "mrr5", "map", "r50", "f1"}
	row := func(name string, metrics map[string]float64) {
		fmt.Fprintf(&b, "  %-22s", printable(name))
		for _, m := range shown {
			fmt.Fprintf(&b, " %6.3f", metrics[m])
		}
	}
	fmt.Fprintf(&b, "%-24s", "")
	for _, name := range shown {
		m, _ := eval.MetricByName(name)
		fmt.Fprintf(&b, " %6s", m.Title)
	}
	fmt.Fprintf(&b, "   %s\n", "change of MAP, 95 % interval, adjusted p")
	for _, a := range all {
		fmt.Fprintf(&b, "%s\n", printable(a.Set))
		for _, v := range a.Variants {
			row(v.Name, v.Metrics)
			if v.Against != nil {
				m := v.Against.Measures[2]
				fmt.Fprintf(&b, "   %+.4f  %+.4f to %+.4f  %s", m.Difference, m.Low, m.High, pValue(m.Holm))
			}
			b.WriteString("\n")
			for _, part := range v.Slices {
				row(fmt.Sprintf("  %s (%d)", part.Name, part.Sources), part.Metrics)
				b.WriteString("\n")
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
