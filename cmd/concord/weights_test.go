package main

import (
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"concord/crosswalk/candidate"
	"concord/eval"
	"concord/eval/train"
)

// TestTheBuiltInWeightsAreLearnedFromTheBuiltInSets learns the weights that come
// with the program again: from the built-in sets that neither lead from nor to
// any edition or profile of the CSF, so that what is measured on the CSF was not
// learned from it.
func TestTheBuiltInWeightsAreLearnedFromTheBuiltInSets(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the last digits of floating point differ on other processors")
	}
	if testing.Short() {
		t.Skip("takes some ten seconds")
	}
	shipped, err := candidate.Default()
	if err != nil {
		t.Fatal(err)
	}
	e := &engine{stderr: io.Discard, settings: settings{Workspace: t.TempDir(), Embedder: "local", Dimensions: 100}}
	trials, err := e.trials(newEval())
	if err != nil {
		t.Fatal(err)
	}
	trials = slices.DeleteFunc(trials, func(tr trial) bool {
		return slices.ContainsFunc([]string{tr.Source.Name, tr.Target.Name}, func(name string) bool {
			return name == "csf" || name == "cyber-ai-profile"
		})
	})
	var sets []train.Set
	var names []string
	for _, tr := range trials {
		s, err := e.space(tr.Source, tr.Target)
		if err != nil {
			t.Fatal(err)
		}
		ranker, err := e.ranker(t.Context(), s, tr.kinds, nil)
		if err != nil {
			t.Fatal(err)
		}
		sets = append(sets, tr.TrainingSet(tr.Source.Name, ranker))
		names = append(names, tr.Labels.Name)
	}
	start := train.Alike()
	start.Precedent = 1.5 // nobody votes while the engine is measured

	learned, err := train.Weights(t.Context(), sets, train.Options{Start: start, Restarts: 2, Seed: shipped.Seed})
	if err != nil {
		t.Fatal(err)
	}

	if names = slices.Compact(names); !slices.Equal(names, shipped.Data) {
		t.Errorf("learned from %v, the file says %v", names, shipped.Data)
	}
	if learned != shipped.Weights {
		shipped.Weights = learned
		body, _ := shipped.File()
		t.Errorf("crosswalk/candidate/weights.json should say:\n%s", body)
	}
}

// TestTheLearnerMeasuresAsEvalDoes holds the two against each other on a real
// set.
func TestTheLearnerMeasuresAsEvalDoes(t *testing.T) {
	e := &engine{stderr: io.Discard, settings: settings{Workspace: t.TempDir(), Embedder: "local", Dimensions: 100}}
	shipped, err := candidate.Default()
	if err != nil {
		t.Fatal(err)
	}
	trials, err := e.trials(newEval())
	if err != nil {
		t.Fatal(err)
	}
	measured := 0
	for _, tr := range trials {
		if name := tr.Labels.Name; !strings.HasPrefix(name, "mitre-atlas") && !strings.HasPrefix(name, "ssdf") {
			continue
		}
		s, err := e.space(tr.Source, tr.Target)
		if err != nil {
			t.Fatal(err)
		}
		ranker, err := e.ranker(t.Context(), s, tr.kinds, nil)
		if err != nil {
			t.Fatal(err)
		}
		want, err := eval.Measure(t.Context(), tr.Task, "concord", ranker, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := eval.Measure(t.Context(), tr.Task, "plain", eval.NewPlainBM25(tr.Target, tr.kinds...), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		set := tr.TrainingSet("any", ranker)
		held, err := train.LeaveOneOut(t.Context(), []train.Set{set, {Name: "other", Family: "other", Sources: set.Sources[:1]}},
			shipped.Weights, train.Options{Ridge: 1e9})
		if err != nil {
			t.Fatal(err)
		}
		for _, pair := range []struct {
			what      string
			got       train.Quality
			wantScore eval.Ranking
		}{{"concord", held[0].Given, want.Ranking}, {"plain BM25", *held[0].Plain, plain.Ranking}} {
			q := train.Quality{Top1: pair.wantScore.Top1, MRR5: pair.wantScore.MRR5, MAP: pair.wantScore.MAP, R50: pair.wantScore.R50}
			if !alike(pair.got, q) {
				t.Errorf("%s, %s: the learner measures %+v, eval %+v", tr.Labels.Name, pair.what, pair.got, q)
			}
		}
		measured++
	}
	if measured < 3 {
		t.Errorf("%d sets measured", measured)
	}
}

func alike(a, b train.Quality) bool {
	near := func(x, y float64) bool { return x-y < 1e-9 && y-x < 1e-9 }
	return near(a.Top1, b.Top1) && near(a.MRR5, b.MRR5) && near(a.MAP, b.MAP) && near(a.R50, b.R50)
}
