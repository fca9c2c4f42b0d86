package train_test

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"concord/corpus"
	"concord/crosswalk"
	"concord/eval/train"
)

// TestFitFindsTheWeightsThatMadeTheSamples draws labels from a known logistic
// model and fits it back.
func TestFitFindsTheWeightsThatMadeTheSamples(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var samples []train.Sample
	for range 40_000 {
		x := [3]float64{rnd.NormFloat64(), rnd.NormFloat64(), rnd.Float64()}
		p := 1 / (1 + math.Exp(-(-1 + 2*x[0] - 0.5*x[1] + x[2])))
		samples = append(samples, train.Sample{Features: x, Listed: rnd.Float64() < p, Weight: 1.0 / 40_000})
	}

	m, err := train.Fit(train.Samples{Judged: samples}, 1e-9)
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
	if f := train.Check(m, train.Samples{Judged: samples}, 0); f.ECE > 0.01 || f.F1 < 0.7 {
		t.Errorf("on its own samples: %s", f)
	}
}

func TestAFitNeedsBothKindsOfSamples(t *testing.T) {
	if _, err := train.Fit(train.Samples{Judged: []train.Sample{{Weight: 1}}}, 1e-3); err == nil {
		t.Error("no error without a listed pair")
	}
}

func TestSamplesAreTheBestOfEveryRankingAndWeighOneTogether(t *testing.T) {
	ranking := train.Ranking{Listed: map[string]bool{"B": true, "C": true}}
	for i, id := range []string{"A", "B", "C"} {
		ranking.Candidates = append(ranking.Candidates, crosswalk.Candidate{Element: corpus.Element{ID: id}, Rank: i + 1, Score: float64(3 - i)})
	}

	samples := train.Collect([]train.Ranking{ranking, ranking}, 2).Judged

	if len(samples) != 4 || samples[0].Listed || !samples[1].Listed || samples[1].Features != [3]float64{2, math.Log(2), 0} {
		t.Errorf("samples %+v", samples)
	}
	if all := train.Collect([]train.Ranking{ranking}, 0).Judged; len(all) != 3 || math.Abs(3*all[0].Weight-1) > 1e-12 {
		t.Errorf("without a depth: %+v", all)
	}
}

// TestWhatIsExpectedBelowIsWhatIsThere draws listed pairs that become rarer with
// their rank, and holds the sum of what is expected below the judged against
// what was drawn.
func TestWhatIsExpectedBelowIsWhatIsThere(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	draw := func() train.Samples {
		var rankings []train.Ranking
		for range 300 {
			r := train.Ranking{Listed: map[string]bool{}}
			for i := range 200 {
				id := strconv.Itoa(i)
				r.Candidates = append(r.Candidates, crosswalk.Candidate{Element: corpus.Element{ID: id}, Rank: i + 1, Score: float64(-i) / 50})
				r.Listed[id] = rnd.Float64() < 1/float64(i+2)
			}
			rankings = append(rankings, r)
		}
		return train.Collect(rankings, 40)
	}
	m, err := train.Fit(draw(), 0.03)
	if err != nil {
		t.Fatal(err)
	}

	f := train.Check(m, draw(), 40)

	if f.Missed < 1 || math.Abs(f.Expected/f.Missed-1) > 0.1 {
		t.Errorf("expected %.2f a source below rank 40, there are %.2f", f.Expected, f.Missed)
	}
}
