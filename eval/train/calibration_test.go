package train_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"concord/crosswalk/calibration"
	"concord/eval/train"
)

// statements draws pairs whose odds of being listed follow a known line.
func statements(rnd *rand.Rand, n int, line calibration.Line) []train.Statement {
	var out []train.Statement
	for range n {
		raw := 0.01 + 0.98*rnd.Float64()
		s := train.Statement{Raw: raw, Features: [calibration.Count]float64{
			math.Log(raw / (1 - raw)), rnd.NormFloat64(), math.Log(1 + float64(rnd.IntN(40))), rnd.Float64() - 0.5, float64(rnd.IntN(2))}}
		s.Listed = rnd.Float64() < line.Probability(s.Features)
		out = append(out, s)
	}
	return out
}

// oversure is a judge that is twice as sure as it should be, and far too often.
func oversure() calibration.Line {
	return calibration.Line{Intercept: -1.5, Weights: []float64{0.5, 0.4, -0.3, 1, -0.8}}
}

func TestACalibrationFindsTheLineThatMadeTheLabels(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))

	got, err := train.FitCalibration([][]train.Statement{statements(rnd, 30_000, oversure()), statements(rnd, 10_000, oversure())}, 1)
	if err != nil {
		t.Fatal(err)
	}

	if math.Abs(got.Intercept-oversure().Intercept) > 0.1 {
		t.Errorf("intercept %v, want about %v", got.Intercept, oversure().Intercept)
	}
	for i, want := range oversure().Weights {
		if math.Abs(got.Weights[i]-want) > 0.2 {
			t.Errorf("weight %d is %v, want about %v", i, got.Weights[i], want)
		}
	}
	if got.Pairs != 40_000 || got.Listed < 2_000 || got.Listed > 20_000 {
		t.Errorf("fitted on %d pairs, %d of them listed", got.Pairs, got.Listed)
	}
}

func TestACalibrationHelpsOnPairsThatItHasNotSeen(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	fitted, err := train.FitCalibration([][]train.Statement{statements(rnd, 400, oversure())}, 1)
	if err != nil {
		t.Fatal(err)
	}
	held := statements(rnd, 10_000, oversure())

	before, after := train.CheckCalibration(held, train.Stated), train.CheckCalibration(held, train.By(fitted.Line))

	if after.Brier >= before.Brier || after.ECE >= before.ECE/2 || after.LogLoss >= before.LogLoss {
		t.Errorf("before %s; after %s", before, after)
	}
	if best := train.CheckCalibration(held, train.By(oversure())); best.LogLoss > after.LogLoss || best.ECE > 0.03 {
		t.Errorf("the truth itself: %s; the fit: %s", best, after)
	}
}

func TestEverySetCountsTheSameHoweverLargeItIs(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	rare, common := calibration.Line{Intercept: -3, Weights: make([]float64, 5)}, calibration.Line{Intercept: 0, Weights: make([]float64, 5)}

	got, err := train.FitCalibration([][]train.Statement{statements(rnd, 20_000, rare), nil, statements(rnd, 2_000, common)}, 1)
	if err != nil {
		t.Fatal(err)
	}

	mean := (1/(1+math.Exp(3)) + 0.5) / 2
	if want := math.Log(mean / (1 - mean)); math.Abs(got.Intercept-want) > 0.1 {
		t.Errorf("intercept %v, want about %v: between the two", got.Intercept, want)
	}
}

func TestFewLabelsAreNotFitted(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	never := statements(rnd, 500, calibration.Line{Intercept: -50, Weights: make([]float64, 5)})
	always := statements(rnd, 500, calibration.Line{Intercept: 50, Weights: make([]float64, 5)})
	for name, tt := range map[string]struct {
		sets [][]train.Statement
		few  bool
	}{
		"nothing":             {nil, true},
		"19 listed":           {[][]train.Statement{never, always[:19]}, true},
		"19 unlisted":         {[][]train.Statement{never[:19], always}, true},
		"20 of each, in sets": {[][]train.Statement{never[:20], always[:20]}, false},
	} {
		if _, err := train.FitCalibration(tt.sets, 1); errors.Is(err, train.ErrTooFew) != tt.few {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestTrustIsMeasuredAsItIsDefined(t *testing.T) {
	all := []train.Statement{{Raw: 0.8, Listed: true}, {Raw: 0.8}, {Raw: 1}}

	got := train.CheckCalibration(all, train.Stated)

	want := train.Trust{Brier: (0.04 + 0.64 + 1) / 3, LogLoss: -(math.Log(0.8) + math.Log(0.2) + math.Log(0.01)) / 3}
	if math.Abs(got.Brier-want.Brier) > 1e-12 || math.Abs(got.LogLoss-want.LogLoss) > 1e-12 {
		t.Errorf("%s, want %s", got, want)
	}
	if empty := train.CheckCalibration(nil, train.Stated); empty != (train.Trust{}) {
		t.Errorf("of nothing: %s", empty)
	}
}
