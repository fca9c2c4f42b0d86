package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"concord/crosswalk/candidate"
	"concord/eval"
	"concord/eval/train"
	"concord/internal/atomicfile"
)

func newEvalTrain() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "train --out FOLDER",
		Short: "Learn ranking weights and the judge's probabilities from label sets",
		Long: `Learn the weights of the ranking and the offline judge's probabilities from
label sets.

Sets of one family are no test of each other: a family is what leads from one
framework in any edition, and the Cyber AI Profile is of the family of the CSF.
For each family, weights and judge are learned from sets that neither lead from
nor to it, and measured on it, beside the present ones and plain BM25. Then both
are learned from all families; weights not from those of --hold-out, nor from
what leads to them. What is learned is written to weights.json and judge.json with the data, the seed and
the command, and beside it what was learned without each family: that is what
"concord eval" measures the family with. The settings "weights" and
"judge_model" use them.

Families count the same, however many sets they have, and sets however many
pairs. No precedent votes while weights are learned; while the judge is, those
of other frameworks do.

With --judge llm, weights and judge stay as they are. The model at the endpoint
judges the label sets as in "concord eval", and calibration.json is written: how
likely an expert lists a pair, given the probability that this model states under
this prompt. Precedents vote if --precedents names them. What was known of other
models is kept. Sets with enhancements are taken as published, not folded. The
setting "calibration" uses the file. Answers are kept in the ledger: none is paid
for twice, by whatever command.`,
		Example: "  concord eval train --out trained\n  concord eval train --sets sets.yaml --hold-out csf --out trained\n  concord eval train --judge llm --out trained",
		Args:    cobra.NoArgs,
		RunE:    runEvalTrain,
	}
	evalFlags(cmd)
	judgeFlag(cmd)
	spendingFlags(cmd)
	leakFlags(cmd)
	cmd.Flags().StringSlice("hold-out", nil, "families to learn nothing from that is kept")
	cmd.Flags().Uint64("seed", 1, "of the restarts")
	cmd.Flags().Int("restarts", 2, "how often the search for weights begins again elsewhere")
	cmd.Flags().String("out", "", "folder to write weights.json and judge.json to, or calibration.json")
	return cmd
}

// ridge is the penalty on the weights of the judge model: of 0.00001, 0.001,
// 0.01 and 0.03 the one that served the families held out best.
const ridge = 0.03

// A lesson is a task to learn from.
type lesson struct {
	trial
	set train.Set
}

func runEvalTrain(cmd *cobra.Command, _ []string) error {
	out, _ := cmd.Flags().GetString("out")
	if out == "" {
		return usage(errors.New("--out is missing: name the folder for what is learned"))
	}
	if n, _ := cmd.Flags().GetInt("restarts"); n < 0 {
		return usage(fmt.Errorf("--restarts %d: want zero or more", n))
	}
	e, err := newEngine(cmd)
	if err != nil {
		return err
	}
	trials, err := e.trials(cmd)
	if err != nil {
		return err
	}
	if err := idleFlags(cmd, e.settings.Judge); err != nil {
		return err
	}
	if e.settings.Judge == "llm" {
		return e.calibrate(cmd, trials, out)
	}
	lessons := make([]lesson, len(trials))
	for i, t := range trials {
		lessons[i].trial = t
		if lessons[i].set, err = e.trainingSet(cmd.Context(), t); err != nil {
			return err
		}
	}
	taught, err := taughtBy(cmd, lessons)
	if err != nil {
		return err
	}
	fusion, err := e.learnWeights(cmd, lessons, taught)
	if err != nil {
		return err
	}
	model, err := e.learnJudge(cmd, lessons, fusion)
	if err != nil {
		return err
	}
	weights, err := fusion.File()
	if err != nil {
		return err
	}
	judges, err := json.MarshalIndent(model, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	if err := atomicfile.Write(filepath.Join(out, "weights.json"), weights); err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(out, "judge.json"), append(judges, '\n'))
}

// idleFlags refuses flags that would say nothing to the judge that learns.
func idleFlags(cmd *cobra.Command, judge string) error {
	idle := []string{"precedents", "without-precedents", "leaks", "max-calls", "max-cost"}
	if judge == "llm" {
		idle = []string{"seed", "restarts"}
	}
	for _, name := range idle {
		if cmd.Flags().Changed(name) {
			return usage(fmt.Errorf("--%s says nothing to \"eval train\" with the judge %s: leave it out", name, judge))
		}
	}
	return nil
}

// taughtBy returns which lessons are learned from in the end.
func taughtBy(cmd *cobra.Command, lessons []lesson) ([]bool, error) {
	held, _ := cmd.Flags().GetStringSlice("hold-out")
	taught := make([]bool, len(lessons))
	used := map[string]bool{}
	for i, l := range lessons {
		used[l.set.Family], used[l.set.Into] = true, true
		taught[i] = !slices.ContainsFunc(held, l.touches)
	}
	for _, h := range held {
		if !used[h] {
			return nil, usage(fmt.Errorf("--hold-out %q: no label set is of that family", h))
		}
	}
	if !slices.Contains(taught, true) {
		return nil, usage(fmt.Errorf("--hold-out %s leaves no label set to learn from", strings.Join(held, ",")))
	}
	return taught, nil
}

// familyOf names what a framework is an edition or a profile of.
func familyOf(framework string) string {
	if framework == "cyber-ai-profile" {
		return "csf"
	}
	return framework
}

// trainingSet observes every labelled source of a task once.
func (e *engine) trainingSet(ctx context.Context, t trial) (train.Set, error) {
	set := train.Set{Name: eval.SetResult{Set: t.Name, Folded: t.Fold}.Key(), Family: t.family, Into: familyOf(t.Target.Name)}
	s, err := e.space(t.Source, t.Target)
	if err != nil {
		return set, err
	}
	ranker, err := e.ranker(ctx, s, t.kinds, nil)
	if err != nil {
		return set, err
	}
	cases, _ := t.Cases(ranker.Targets())
	plain := eval.NewPlainBM25(t.Target, t.kinds...)
	for _, c := range cases {
		gold := c.Gold()
		if len(gold) == 0 {
			continue
		}
		except := ""
		if t.Source.Spec() == t.Target.Spec() {
			except = c.Source.ID
		}
		source := train.NewSource(ranker, c.Source, gold, except)
		scores := map[string]float64{}
		for _, candidate := range plain.Rank(c.Source) {
			scores[candidate.Element.ID] = candidate.Score
		}
		for _, id := range source.Targets {
			source.Plain = append(source.Plain, scores[id])
		}
		set.Sources = append(set.Sources, source)
	}
	return set, nil
}

// learnWeights reports how weights do on families they were not learned from,
// and learns those to keep.
func (e *engine) learnWeights(cmd *cobra.Command, lessons []lesson, taught []bool) (candidate.Fusion, error) {
	ctx := cmd.Context()
	present, err := e.fusion()
	if err != nil {
		return present, err
	}
	o := train.Options{Start: train.Unlearned()}
	o.Start.Precedent = present.Weights.Precedent // nobody votes here, so nothing can be learned of it
	embedders, err := e.embedders(false)
	if err != nil {
		return present, err
	}
	if embedders.remote == nil { // nor of a model that is not there
		o.Start.Remote = 0
	}
	keep := func(w candidate.Weights) candidate.Weights { // what nothing was learned of
		w.Precedent = present.Weights.Precedent
		if embedders.remote == nil {
			w.Remote = present.Weights.Remote
		}
		return w
	}
	o.Seed, _ = cmd.Flags().GetUint64("seed")
	o.Restarts, _ = cmd.Flags().GetInt("restarts")
	var all, from []train.Set
	var names []string
	for i, l := range lessons {
		all = append(all, l.set)
		if taught[i] {
			from = append(from, l.set)
			names = append(names, l.Name)
		}
	}
	var without map[string]candidate.Held
	// Nothing can be held out where the rest all leads from or to it.
	if !slices.ContainsFunc(lessons, func(l lesson) bool { return len(others(lessons, l.set.Family)) == 0 }) {
		bar := newProgress(e.stderr, "learning without each family")
		o.Progress = bar.show
		held, err := train.LeaveOneOut(ctx, all, present.Weights, o)
		bar.end()
		if err != nil {
			return present, err
		}
		printHeldOut(cmd.OutOrStdout(), held)
		without = map[string]candidate.Held{}
		for i, h := range held {
			without[h.Family] = candidate.Held{Weights: keep(h.Weights), Data: others(lessons, lessons[i].set.Family)}
		}
	}
	bar := newProgress(e.stderr, "learning")
	o.Progress = bar.show
	learned, err := train.Weights(ctx, from, o)
	bar.end()
	if err != nil {
		return present, err
	}
	hold, _ := cmd.Flags().GetStringSlice("hold-out")
	return candidate.Fusion{
		Name: "learned-1", Weights: keep(learned), Without: without, Data: slices.Compact(names), Seed: o.Seed, Date: time.Now().UTC().Format(time.DateOnly),
		Command: trainCommand(cmd, e.settings),
		Settings: map[string]string{
			"embedder": embedders.Name(), "restarts": fmt.Sprint(o.Restarts), "ridge": fmt.Sprint(train.DefaultRidge),
			"held out": orNone(hold), "start": "1; family .2, path .05, prior .1; precedent as before, and remote without a model",
			"measure": "mean of average precision and recall at 50; each family of frameworks counts the same",
		},
	}, nil
}

// trainCommand is the command line, without the places of files.
func trainCommand(cmd *cobra.Command, s settings) string {
	line := "concord eval train"
	if sets, _ := cmd.Flags().GetString("sets"); sets != "" {
		line += " --sets FILE"
	}
	for _, name := range []string{"set", "hold-out", "precedents"} {
		if values, _ := cmd.Flags().GetStringSlice(name); len(values) > 0 {
			line += " --" + name + " " + strings.Join(values, ",")
		}
	}
	if s.Judge == "llm" {
		return fmt.Sprintf("%s --judge llm --depth %d --out FOLDER", line, s.Depth)
	}
	seed, _ := cmd.Flags().GetUint64("seed")
	restarts, _ := cmd.Flags().GetInt("restarts")
	return fmt.Sprintf("%s --seed %d --restarts %d --depth %d --out FOLDER", line, seed, restarts, s.Depth)
}

func printHeldOut(w io.Writer, held []train.HeldOut) {
	fmt.Fprintf(w, "%-40s %-28s %-28s %-28s\n", "weights", "learned without its family", "present", "plain BM25")
	fmt.Fprintf(w, "%-40s", "")
	for range 3 {
		fmt.Fprintf(w, " %5s %6s %6s %6s  ", "Top-1", "MRR@5", "MAP", "R@50")
	}
	fmt.Fprintln(w)
	for _, h := range held {
		fmt.Fprintf(w, "%-40s", printable(h.Set))
		for _, q := range []train.Quality{h.Learned, h.Given, *h.Plain} {
			fmt.Fprintf(w, " %5.3f %6.3f %6.3f %6.3f  ", q.Top1, q.MRR5, q.MAP, q.R50)
		}
		fmt.Fprintln(w)
	}
}

// touches reports whether a lesson leads from or to a family.
func (l lesson) touches(family string) bool { return l.set.Family == family || l.set.Into == family }

// others names the sets that neither lead from nor to a family.
func others(lessons []lesson, family string) []string {
	var names []string
	for _, l := range lessons {
		if !l.touches(family) {
			names = append(names, l.Name)
		}
	}
	return slices.Compact(names)
}
