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
	e := &engine{stderr: io.Discard, settings: settings{Workspace: t.TempDir(), Embedder: "local"}}
	trials, err := e.trials(newEval())
	if err != nil {
		t.Fatal(err)
	}
	var sets []train.Set
	var names []string
	for _, tr := range trials {
		if tr.family == "csf" || familyOf(tr.Target.Name) == "csf" {
			continue
		}
		set, err := e.trainingSet(t.Context(), tr)
		if err != nil {
			t.Fatal(err)
		}
		sets = append(sets, set)
		names = append(names, tr.Name)
	}
	start := train.Unlearned()
	start.Precedent = 1.5 // nobody votes while the engine is measured
	start.Remote = 0      // and no model has a say

	learned, err := train.Weights(t.Context(), sets, train.Options{Start: start, Restarts: 1, Seed: shipped.Seed})
	if err != nil {
		t.Fatal(err)
	}

	learned.Remote, learned.Precedent = shipped.Weights.Remote, shipped.Weights.Precedent
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
	e := &engine{stderr: io.Discard, settings: settings{Workspace: t.TempDir(), Embedder: "local"}}
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
		if name := tr.Name; !strings.HasPrefix(name, "mitre-atlas") && !strings.HasPrefix(name, "ssdf") {
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
		want, err := eval.Observe(t.Context(), tr.Task, eval.System{Ranker: ranker})
		if err != nil {
			t.Fatal(err)
		}
		plain, err := eval.Observe(t.Context(), tr.Task, eval.System{Ranker: eval.NewPlainBM25(tr.Target, tr.kinds...)})
		if err != nil {
			t.Fatal(err)
		}
		set, err := e.trainingSet(t.Context(), tr)
		if err != nil {
			t.Fatal(err)
		}
		set.Family = "any"
		held, err := train.LeaveOneOut(t.Context(), []train.Set{set, {Name: "other", Family: "other", Sources: set.Sources[:1]}},
			shipped.Weights, train.Options{Ridge: 1e9})
		if err != nil {
			t.Fatal(err)
		}
		for _, pair := range []struct {
			what string
			got  train.Quality
			want eval.Observation
		}{{"concord", held[0].Given, want}, {"plain BM25", *held[0].Plain, plain}} {
			v := eval.Values(pair.want.Cases)
			q := train.Quality{Top1: v["top1"], MRR5: v["mrr5"], MAP: v["map"], R50: v["r50"]}
			if !alike(pair.got, q) {
				t.Errorf("%s, %s: the learner measures %+v, eval %+v", tr.Name, pair.what, pair.got, q)
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
