package eval_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"concord/corpus"
	"concord/eval"
)

// TestFitFindsTheWeightsThatMadeTheSamples draws labels from a known logistic
// model and fits it back.
func TestFitFindsTheWeightsThatMadeTheSamples(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var samples []eval.Sample
	for range 40_000 {
		x := [3]float64{rnd.NormFloat64(), rnd.NormFloat64(), rnd.Float64()}
		p := 1 / (1 + math.Exp(-(-1 + 2*x[0] - 0.5*x[1] + x[2])))
		samples = append(samples, eval.Sample{Features: x, Listed: rnd.Float64() < p, Weight: 1.0 / 40_000})
	}

	m, err := eval.Fit(samples, 1e-9)
	if err != nil {
		t.Fatal(err)
	}

	for i, want := range []float64{2, -0.5, 1} {
		if math.Abs(m.Weights[i]-want) > 0.1 {
			t.Errorf("weight %d is %v, want about %v", i, m.Weights[i], want)
		}
	}
	if math.Abs(m.Intercept+1) > 0.1 {
		t.Errorf("intercept %v, want about -1", m.Intercept)
	}
	if f := eval.Check(m, samples); f.ECE > 0.01 || f.F1 < 0.7 {
		t.Errorf("on its own samples: %s", f)
	}
}

func TestAFitNeedsBothKindsOfSamples(t *testing.T) {
	if _, err := eval.Fit([]eval.Sample{{Weight: 1}}, 1e-3); err == nil {
		t.Error("no error without a listed pair")
	}
}

func TestListsOfSetsAndPairsSayWhatIsWrongWithThem(t *testing.T) {
	for text, says := range map[string]string{
		"":                    "list of label sets",
		"sets: []":            "nothing under",
		"sets:\n- {name: a}":  "set 1 needs",
		"sets:\n- {nam: a}":   "nam",
		"other: 1":            "other",
		"sets: {a: [unclosed": "list of label sets",
	} {
		if _, err := eval.ReadSets([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: error %v, want %q", text, err, says)
		}
	}
	for text, says := range map[string]string{
		"":                               "no header",
		"a,b\n1,2":                       "need the columns source_id and target_id, have a, b",
		"source_id,target_id\n":          "no pair",
		"source_id,target_id\nA,B\nC,\n": "row 3 lacks",
		"source_id,target_id,relationship\nA,B,none\n": "no pair",
	} {
		if _, err := eval.ReadPairs([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: error %v, want %q", text, err, says)
		}
	}
	pairs, err := eval.ReadPairs([]byte("\ufeffnote\tsource_id\ttarget_id\nsays \"x\tA\tB\nplain\tC\tD\n"))
	if err != nil || len(pairs) != 2 || pairs[1] != (corpus.Pair{Source: "C", Target: "D"}) {
		t.Errorf("pairs %v, %v", pairs, err)
	}
}

func FuzzReadPairs(f *testing.F) {
	f.Add([]byte("source_id,target_id\nA,B\n"))
	f.Add([]byte("source_id\ttarget_id\nA\t\"B\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		pairs, err := eval.ReadPairs(data)
		if err == nil && len(pairs) == 0 {
			t.Fatal("no pair and no error")
		}
		for _, p := range pairs {
			if p.Source == "" || p.Target == "" {
				t.Fatalf("pair %+v", p)
			}
		}
	})
}

func FuzzReadSets(f *testing.F) {
	f.Add([]byte("sets:\n- {name: a, from: b, to: c, labels: d}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if sets, err := eval.ReadSets(data); err == nil && len(sets) == 0 {
			t.Fatal("no set and no error")
		}
	})
}
