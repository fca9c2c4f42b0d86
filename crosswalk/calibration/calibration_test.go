package calibration_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/calibration"
)

var _ crosswalk.Judge = calibration.Judge{}

func builtin(t *testing.T) calibration.Calibration {
	t.Helper()
	c, err := calibration.Default()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// known is a model whose line sets it apart from the default.
func known() calibration.Model {
	return calibration.Model{Name: "m", Prompt: "p", Fitted: calibration.Fitted{
		Line: calibration.Line{Intercept: 1, Weights: []float64{1, 0, 0, 0, 0}}, Data: []string{"a-to-b", "c-to-d"}, Pairs: 50, Listed: 20}}
}

func said(p float64) crosswalk.Verdict {
	return crosswalk.Verdict{Target: "T-1", Outcome: crosswalk.Unrelated, Model: "m", Prompt: "p", Probability: p, Calibrated: p}
}

func odds(p float64) float64 { return math.Log(p / (1 - p)) }

func TestAnUnknownModelGetsTheDefaultAndSaysSo(t *testing.T) {
	c := builtin(t).With(known())
	for name, change := range map[string]func(*crosswalk.Verdict){
		"another model":  func(v *crosswalk.Verdict) { v.Model = "other" },
		"another prompt": func(v *crosswalk.Verdict) { v.Prompt = "other" },
	} {
		v := said(0.9)
		change(&v)

		c.Apply(&v, crosswalk.Candidate{Rank: 1})

		if want := "default: no labels of " + v.Model + " under this prompt"; v.Calibration != want {
			t.Errorf("%s: calibration %q, want %q", name, v.Calibration, want)
		}
		if v.Calibrated >= 0.5 || v.Probability != 0.9 {
			t.Errorf("%s: calibrated %v of raw %v", name, v.Calibrated, v.Probability)
		}
	}
}

// TestTheDefaultIsMoreCautiousThanAnyStatement holds the default to what it is
// for: a surer model stays the surer one, but never gets more than it said
// where it claims a link.
func TestTheDefaultIsMoreCautiousThanAnyStatement(t *testing.T) {
	c := builtin(t)
	rapid.Check(t, func(rt *rapid.T) {
		a, b := rapid.Float64Range(0, 1).Draw(rt, "a"), rapid.Float64Range(0, 1).Draw(rt, "b")
		low, high := said(min(a, b)), said(max(a, b))
		c.Apply(&low, crosswalk.Candidate{Rank: 7, Score: 1.5})
		c.Apply(&high, crosswalk.Candidate{Rank: 7, Score: 1.5})
		if low.Calibrated > high.Calibrated {
			rt.Fatalf("%v became %v and %v became %v", low.Probability, low.Calibrated, high.Probability, high.Calibrated)
		}
		if high.Probability >= 0.1 && high.Calibrated >= high.Probability {
			rt.Fatalf("%v became %v", high.Probability, high.Calibrated)
		}
	})
	if c.Reason == "" {
		t.Error("the default gives no reason")
	}
}

func TestAKnownModelIsCalibratedByItsOwnLine(t *testing.T) {
	v := said(0.5)

	builtin(t).With(known()).Apply(&v, crosswalk.Candidate{Rank: 3})

	if want := 1 / (1 + math.Exp(-1)); math.Abs(v.Calibrated-want) > 1e-12 {
		t.Errorf("calibrated %v, want %v", v.Calibrated, want)
	}
	if !strings.Contains(v.Calibration, "fitted on 50 judged pairs of m") {
		t.Errorf("calibration %q", v.Calibration)
	}
}

func TestWhatStatesNoProbabilityIsLeftAlone(t *testing.T) {
	for _, outcome := range []crosswalk.Outcome{crosswalk.Failed, crosswalk.NotJudged} {
		v := said(0)
		v.Outcome = outcome

		builtin(t).Apply(&v, crosswalk.Candidate{Rank: 3})

		if v.Calibration != "" || v.Calibrated != 0 {
			t.Errorf("%s: %+v", outcome, v)
		}
	}
}

func TestFeatures(t *testing.T) {
	both := []crosswalk.Quote{{Side: crosswalk.SourceSide}, {Side: crosswalk.TargetSide}}
	of := func(x float64) *float64 { return &x }
	tests := map[string]struct {
		v    crosswalk.Verdict
		c    crosswalk.Candidate
		want [calibration.Count]float64
	}{
		"asked once, shown on both sides": {crosswalk.Verdict{Outcome: crosswalk.Mapped, Probability: 0.8, Quotes: both},
			crosswalk.Candidate{Rank: 1, Score: 2.5}, [5]float64{odds(0.8), 2.5, 0, 0, 0}},
		"asked thrice, one quote": {crosswalk.Verdict{Outcome: crosswalk.Mapped, Probability: 0.8, Agreement: of(1), Quotes: both[:1]},
			crosswalk.Candidate{Rank: 8, Score: -1}, [5]float64{odds(0.8), -1, math.Log(8), 0.5, 1}},
		"one side quoted twice": {crosswalk.Verdict{Outcome: crosswalk.Mapped, Probability: 0.5, Quotes: []crosswalk.Quote{both[0], both[0]}},
			crosswalk.Candidate{Rank: 1}, [5]float64{0, 0, 0, 0, 1}},
		"no claim needs no quote":      {crosswalk.Verdict{Outcome: crosswalk.Unrelated, Probability: 0.5, Agreement: of(0)}, crosswalk.Candidate{Rank: 1}, [5]float64{0, 0, 0, -0.5, 0}},
		"certainty is read as .99":     {crosswalk.Verdict{Outcome: crosswalk.Unrelated, Probability: 1}, crosswalk.Candidate{Rank: 1}, [5]float64{odds(0.99), 0, 0, 0, 0}},
		"impossibility is read as .01": {crosswalk.Verdict{Outcome: crosswalk.Unrelated, Probability: 0}, crosswalk.Candidate{Rank: 0}, [5]float64{odds(0.01), 0, 0, 0, 0}},
	}
	for name, tt := range tests {
		got := calibration.Features(tt.v, tt.c)
		for i := range got {
			if math.Abs(got[i]-tt.want[i]) > 1e-12 {
				t.Errorf("%s: features %v, want %v", name, got, tt.want)
				break
			}
		}
	}
}

func TestAFamilyIsMeasuredByWhatWasFittedWithoutIt(t *testing.T) {
	m := known()
	m.Without = map[string]calibration.Fitted{
		"csf": {Line: calibration.Line{Intercept: -1, Weights: make([]float64, 5)}, Data: []string{"c-to-d"}, Pairs: 30, Listed: 9},
		"own": {Line: calibration.Line{Weights: make([]float64, 5)}},
	}
	c := builtin(t).With(m)

	if f, ok := c.Without("csf").For("m", "p"); !ok || f.Intercept != -1 || f.Pairs != 30 {
		t.Errorf("without csf: %+v, %t", f, ok)
	}
	if got := c.Without("csf").Learned("m"); len(got) != 1 || got[0] != "c-to-d" {
		t.Errorf("without csf it was learned from %v", got)
	}
	if f, ok := c.Without("own").For("m", "p"); ok || f.Intercept != c.Unknown.Intercept {
		t.Errorf("nothing was left without own, yet: %+v, %t", f, ok)
	}
	if f, ok := c.Without("never held out").For("m", "p"); !ok || f.Intercept != 1 {
		t.Errorf("never held out: %+v, %t", f, ok)
	}
	if f, _ := c.For("m", "p"); f.Intercept != 1 {
		t.Error("holding out changed the calibration itself")
	}
}

// fixed is a judge with an answer for every candidate, and for one nobody asked
// about.
type fixed struct{ err error }

func (f fixed) Judge(_ context.Context, _ corpus.Element, candidates []crosswalk.Candidate) ([]crosswalk.Verdict, error) {
	out := []crosswalk.Verdict{{Target: "stranger", Outcome: crosswalk.Mapped, Probability: 1, Calibrated: 1}}
	for _, c := range candidates {
		v := said(0.5)
		v.Target = c.Element.ID
		out = append(out, v)
	}
	return out, f.err
}

func TestAJudgeIsCalibratedByTheCandidateThatItJudged(t *testing.T) {
	m := known()
	m.Weights = []float64{0, 1, 0, 0, 0}
	candidates := []crosswalk.Candidate{{Element: corpus.Element{ID: "A"}, Rank: 1, Score: 3}, {Element: corpus.Element{ID: "B"}, Rank: 2, Score: -3}}
	j := calibration.Judge{Raw: fixed{}, By: builtin(t).With(m)}

	verdicts, err := j.Judge(t.Context(), corpus.Element{ID: "S"}, candidates)

	if err != nil || len(verdicts) != 3 {
		t.Fatalf("%v, %v", verdicts, err)
	}
	if v := verdicts[0]; v.Calibrated != 1 || v.Calibration != "" {
		t.Errorf("a pair that nobody asked about: %+v", v)
	}
	for i, want := range []float64{4, -2} {
		if got := odds(verdicts[i+1].Calibrated); math.Abs(got-want) > 1e-9 {
			t.Errorf("log odds of %s are %v, want %v", verdicts[i+1].Target, got, want)
		}
	}
	if _, err := (calibration.Judge{Raw: fixed{crosswalk.ErrUnavailable}, By: builtin(t)}).Judge(t.Context(), corpus.Element{}, nil); !errors.Is(err, crosswalk.ErrUnavailable) {
		t.Errorf("error %v", err)
	}
}

func TestACalibrationIsReadAsItWasWritten(t *testing.T) {
	m := known()
	m.Without = map[string]calibration.Fitted{"csf": {Line: m.Line, Data: []string{"c-to-d"}, Pairs: 3, Listed: 1}}
	other := m
	other.Prompt = "q"
	file, err := builtin(t).With(m).With(other).With(m).File()
	if err != nil {
		t.Fatal(err)
	}

	c, err := calibration.Parse(file)

	if err != nil || len(c.Models) != 2 || len(c.SHA256) != 64 {
		t.Fatalf("%+v, %v", c, err)
	}
	if again, _ := c.File(); !bytes.Equal(again, file) {
		t.Errorf("written again it is\n%s\nafter\n%s", again, file)
	}
}

func TestAFaultyFileIsRefusedInWords(t *testing.T) {
	model := `{"model":"m","prompt_sha256":"p","intercept":1,"weights":[1,0,0,0,0],"data":["a"],"pairs":2,"listed":1,"command":"","date":""}`
	file := func(models string) string {
		return `{"unknown":{"intercept":0,"weights":[1,0,0,0,0]},"reason":"r","models":[` + models + `]}`
	}
	tests := map[string]struct{ data, says string }{
		"nothing":           {"", "EOF"},
		"no default":        {`{"models":[]}`, `"unknown"`},
		"few weights":       {`{"unknown":{"intercept":0,"weights":[1]}}`, "1 weights: want 5"},
		"no weights":        {`{"unknown":{"intercept":0}}`, "0 weights: want 5"},
		"unknown key":       {`{"unknwon":{}}`, "unknwon"},
		"more after it":     {file("") + "{}", "goes on"},
		"twice":             {file(model + "," + model), "model 2, \"m\": stands there twice"},
		"no name":           {file(strings.Replace(model, `"model":"m"`, `"model":""`, 1)), "has no name"},
		"no data":           {file(strings.Replace(model, `["a"]`, `[]`, 1)), "label sets"},
		"too many listed":   {file(strings.Replace(model, `"listed":1`, `"listed":3`, 1)), "3 listed of 2"},
		"absurd weight":     {file(strings.Replace(model, `"intercept":1`, `"intercept":1e300`, 1)), "1e+300"},
		"too large to be":   {file(strings.Replace(model, `"intercept":1`, `"intercept":1e999`, 1)), "1e999"},
		"bad without csf":   {file(strings.Replace(model, `"command"`, `"without":{"csf":{"intercept":0,"weights":[]}},"command"`, 1)), "without csf"},
		"a list, no object": {"[]", "calibration:"},
	}
	for name, tt := range tests {
		if _, err := calibration.Parse([]byte(tt.data)); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: error %v, want it to say %q", name, err, tt.says)
		}
	}
	if _, err := calibration.Parse([]byte(file(model))); err != nil {
		t.Errorf("a sound file: %v", err)
	}
}

// FuzzParse checks that what can be read gives probabilities, and can be
// written and read again.
func FuzzParse(f *testing.F) {
	c, err := calibration.Default()
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range []calibration.Calibration{c, c.With(known())} {
		file, err := c.File()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	f.Add([]byte(`{"unknown":{"weights":[null,0,0,0,0]},"models":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := calibration.Parse(data)
		if err != nil {
			return
		}
		for _, m := range append(c.Models, calibration.Model{}) {
			v := crosswalk.Verdict{Outcome: crosswalk.Mapped, Model: m.Name, Prompt: m.Prompt, Probability: 0.7}
			c.Apply(&v, crosswalk.Candidate{Rank: 40, Score: 3})
			if !(v.Calibrated >= 0 && v.Calibrated <= 1) || v.Calibration == "" {
				t.Fatalf("verdict %+v", v)
			}
		}
		file, err := c.File()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := calibration.Parse(file); err != nil {
			t.Fatalf("%v: %s", err, file)
		}
	})
}
