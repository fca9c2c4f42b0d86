package candidate_test

import (
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/candidate"
	"concord/embed/vectors"
)

// lively has something for every signal to say.
func lively(t *testing.T) candidate.Input {
	elements := []corpus.Element{
		{ID: "DATA", Kind: corpus.KindFamily, Title: "Protection of stored data"},
		{ID: "PEOPLE", Kind: corpus.KindFamily, Title: "People"},
		{ID: "PLACES", Kind: corpus.KindFamily, Title: "Places"},
	}
	for _, e := range target(t).Elements {
		switch {
		case e.ID == "TR-1":
			e.Parent = "PEOPLE"
		case e.ID == "VI-1":
			e.Parent = "PLACES"
		case e.Parent == "":
			e.Parent = "DATA"
		}
		elements = append(elements, e)
	}
	return candidate.Input{
		Source: framework(t, "mine", "1",
			corpus.Element{ID: "PROTECT", Kind: corpus.KindFunction, Title: "Protection"},
			corpus.Element{ID: "A", Parent: "PROTECT", Text: "Stored records are encrypted."}),
		Target:        framework(t, "own", "1", elements...),
		SourceVectors: set(t, vector{"A", 0.6, 0.8}),
		TargetVectors: set(t, vector{"CR-1", 0.8, 0.6}, vector{"BK-1", 1, 0}, vector{"BK-1(1)", 0, 1}, vector{"KM-1", 0.6, 0.8}, vector{"TR-1", 1, 0}, vector{"VI-1", 0.28, 0.96}),
		SourceRemote:  set(t, vector{"A", 0.8, 0.6}),
		TargetRemote:  set(t, vector{"CR-1", 1, 0}, vector{"BK-1", 0, 1}, vector{"TR-1", 0.6, 0.8}),
		Precedents:    []candidate.Precedents{published(t)},
		Weights:       &candidate.Weights{Lexical: 1, Semantic: 0.8, Remote: 0.9, Concept: 0.7, Child: 1.2, Related: 1, Family: 0.5, Path: 0.4, Prior: 0.3, Detail: 0.6, Precedent: 1.5},
	}
}

func with(in candidate.Input, w candidate.Weights) candidate.Input {
	in.Weights = &w
	return in
}

// said returns what one signal says of every target.
func said(ranked []crosswalk.Candidate, signal string) map[string]float64 {
	out := map[string]float64{}
	for _, c := range ranked {
		if x, ok := c.Signals[signal]; ok {
			out[c.Element.ID] = x
		}
	}
	return out
}

func scores(ranked []crosswalk.Candidate) map[string]float64 {
	out := map[string]float64{}
	for _, c := range ranked {
		out[c.Element.ID] = c.Score
	}
	return out
}

// TestASignalThatIsOffIsGoneAndOnlyWhatRestsOnItChanges switches every signal
// off by itself.
func TestASignalThatIsOffIsGoneAndOnlyWhatRestsOnItChanges(t *testing.T) {
	in := lively(t)
	all := rank(t, in)
	restOn := map[string][]string{ // signals that read what another says
		candidate.Lexical:  {candidate.Child, candidate.Related, candidate.Family},
		candidate.Semantic: {candidate.Child, candidate.Related, candidate.Family},
		candidate.Remote:   {candidate.Related, candidate.Family},
		candidate.Concept:  {candidate.Related, candidate.Family},
		candidate.Child:    {candidate.Related, candidate.Family},
		candidate.Related:  {candidate.Family},
	}
	for _, off := range candidate.Signals() {
		w, err := in.Weights.Without(off)
		if err != nil {
			t.Fatal(err)
		}
		without := rank(t, with(in, w))

		if len(said(all, off)) == 0 || len(said(without, off)) != 0 {
			t.Errorf("%s is said of %d targets, and switched off of %d", off, len(said(all, off)), len(said(without, off)))
		}
		if maps.Equal(scores(all), scores(without)) {
			t.Errorf("without %s every score is the same", off)
		}
		for _, other := range candidate.Signals() {
			same := maps.Equal(said(all, other), said(without, other))
			if other != off && same == slices.Contains(restOn[off], other) {
				t.Errorf("without %s, what %s says is the same: %t", off, other, same)
			}
		}
	}
}

func TestWhatThePublisherRelatesIsReadByTwoSignals(t *testing.T) {
	in := lively(t)
	w := *in.Weights
	w.Related, w.Prior = 0, 0
	lacking := in
	lacking.Target = in.Target.WithoutRelated()
	if a, b := rank(t, with(in, w)), rank(t, with(lacking, w)); !maps.Equal(scores(a), scores(b)) {
		t.Errorf("without both: %v where there is something to say, %v where there is not", scores(a), scores(b))
	}
	if a, b := rank(t, in), rank(t, lacking); maps.Equal(said(a, candidate.Prior), said(b, candidate.Prior)) {
		t.Error("the prior does not read what the publisher relates")
	}
}

// TestTheFamilyOfTheBestIsLifted looks at a target that shares nothing with
// the source but its family.
func TestTheFamilyOfTheBestIsLifted(t *testing.T) {
	in := lively(t)
	family := said(rank(t, in), candidate.Family)
	if family["KM-1"] != family["CR-1"] || family["BK-1(1)"] != family["CR-1"] || family["TR-1"] >= family["CR-1"] {
		t.Errorf("families %v", family)
	}
	flat := said(rank(t, with(candidate.Input{Source: source(t), Target: target(t)}, *in.Weights)), candidate.Family)
	for id, x := range flat {
		if x != 0 {
			t.Errorf("%s of a flat framework has a family: %v", id, x)
		}
	}
}

func TestWhatStandsAboveIsCompared(t *testing.T) {
	path := said(rank(t, lively(t)), candidate.Path)
	if !(path["KM-1"] > path["TR-1"]) || path["KM-1"] != path["CR-1"] {
		t.Errorf("paths %v", path)
	}
}

// TestWithoutVectorsOrWordsNothingOfThemIsLeft changes what a switched-off
// signal would read.
func TestWithoutVectorsOrWordsNothingOfThemIsLeft(t *testing.T) {
	in := lively(t)
	noVectors, noModel, noWords, noPrecedents := in, in, in, in
	noVectors.TargetVectors = vectors.Set{}
	noModel.TargetRemote = vectors.Set{}
	noWords.Source = framework(t, "mine", "1", corpus.Element{ID: "A", Text: "Unheard of."})
	noWords.Precedents, in.Precedents = nil, nil // they read the words of the source
	noPrecedents.Precedents = nil
	noConcepts, err := in.Weights.Without(candidate.Concept) // which read words too
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		signal    string
		has, lack candidate.Input
	}{
		{candidate.Semantic, lively(t), noVectors},
		{candidate.Remote, lively(t), noModel},
		{candidate.Lexical, with(in, noConcepts), with(noWords, noConcepts)},
		{candidate.Precedent, lively(t), noPrecedents},
	}
	for _, tt := range tests {
		w, err := tt.has.Weights.Without(tt.signal)
		if err != nil {
			t.Fatal(err)
		}
		w.Path = 0 // it reads words of its own
		a, b := rank(t, with(tt.has, w)), rank(t, with(tt.lack, w))
		if !maps.Equal(scores(a), scores(b)) {
			t.Errorf("without %s: %v where there is something to say, %v where there is not", tt.signal, scores(a), scores(b))
		}
		if slices.ContainsFunc(a, func(c crosswalk.Candidate) bool { return len(c.Evidence) > 0 }) != slices.Contains([]string{candidate.Semantic, candidate.Remote}, tt.signal) {
			t.Errorf("without %s: evidence is there or missing where it should not be", tt.signal)
		}
	}
}

func TestObservedScoresAreThoseOfTheRanking(t *testing.T) {
	in := lively(t)
	r, err := candidate.New(in)
	if err != nil {
		t.Fatal(err)
	}
	seen := r.Observe(in.Source.Mappable()[0])
	for _, v := range in.Weights.Variants() {
		score := seen.Score(v.Weights)
		want := scores(rank(t, with(in, v.Weights)))
		for i, target := range r.Targets() {
			if score[i] != want[target.ID] {
				t.Errorf("%s: %s scores %v when observed, %v when ranked", v.Name, target.ID, score[i], want[target.ID])
			}
		}
	}
}

func TestVariantsSwitchOffWhatIsOnOneByOne(t *testing.T) {
	var names []string
	for _, v := range (candidate.Weights{Lexical: 1, Child: 2, Precedent: 1}).Variants() {
		names = append(names, v.Name)
		if v.Off != "" && v.Weights.Of(v.Off) != 0 {
			t.Errorf("%s: weight %v", v.Name, v.Weights.Of(v.Off))
		}
	}
	if got := strings.Join(names, "; "); got != "all signals; without lexical; without child; without precedent" {
		t.Errorf("variants %s", got)
	}
}

func TestNothingSwitchedOnIsAllAlikeNotACrash(t *testing.T) {
	for _, c := range rank(t, with(lively(t), candidate.Weights{})) {
		if c.Score != 0 || len(c.Signals) != 0 {
			t.Errorf("%s: score %v, signals %v", c.Element.ID, c.Score, c.Signals)
		}
	}
}

func TestAWeightMustBeKnownAndFromZeroUp(t *testing.T) {
	var w candidate.Weights
	if _, err := w.With("colour", 1); err == nil || !strings.Contains(err.Error(), "colour") || !strings.Contains(err.Error(), "lexical, semantic") {
		t.Errorf("error %v: want it to name the signal and those there are", err)
	}
	for _, bad := range []float64{-1, math.NaN(), math.Inf(1)} {
		if _, err := w.With(candidate.Child, bad); err == nil || !strings.Contains(err.Error(), "child") {
			t.Errorf("%v: error %v", bad, err)
		}
	}
}

func TestAFileOfWeightsComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weight := rapid.Float64Range(0, 1e6)
		text := rapid.StringMatching(`[ -~]{1,20}`)
		f := candidate.Fusion{
			Name: text.Draw(t, "name"), Command: text.Draw(t, "command"), Data: rapid.SliceOfN(text, 1, 3).Draw(t, "data"),
			Seed: rapid.Uint64().Draw(t, "seed"), Date: "2026-11-22", Settings: rapid.MapOfN(text, text, 1, 3).Draw(t, "settings"),
			Weights: candidate.Weights{Lexical: 1, Semantic: weight.Draw(t, "s"), Remote: weight.Draw(t, "m"), Concept: weight.Draw(t, "k"),
				Child: weight.Draw(t, "c"), Related: weight.Draw(t, "r"), Detail: weight.Draw(t, "d"), Precedent: weight.Draw(t, "p")},
		}

		body, err := f.File()
		if err != nil {
			t.Fatal(err)
		}
		back, err := candidate.ParseWeights(body)
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}

		if len(back.SHA256) != 64 {
			t.Errorf("hash %q", back.SHA256)
		}
		back.SHA256 = ""
		if !reflect.DeepEqual(f, back) {
			t.Errorf("wrote %+v, read %+v", f, back)
		}
	})
}

const whole = `{"name":"x","weights":{"lexical":1,"semantic":1,"remote":1,"concept":1,"child":1,"related":1,"family":1,"path":1,"prior":1,"detail":1,"precedent":1}}`

func TestAFileOfWeightsThatCannotRankIsRefused(t *testing.T) {
	if _, err := candidate.ParseWeights([]byte(whole)); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ old, new, says string }{
		{whole, ``, "weights"},
		{whole, `[1]`, "weights"},
		{`"x"`, `""`, "no name"},
		{`"detail":1`, `"detail":-1`, "detail is -1"},
		{`"detail":1`, `"detail":null`, "detail is null"},
		{`"detail":1`, `"detail":1e999`, "weights"},
		{`"detail":1`, `"detail":NaN`, "weights"},
		{`"detail":1`, `"colour":1`, `"colour"`},
		{`"detail":1,`, ``, "no weight for detail"},
		{`"lexical":1,"semantic":1,"remote":1,"concept":1`, `"lexical":0,"semantic":0,"remote":1,"concept":0`, "nothing reads the texts"},
		{`"name":"x"`, `"name":"x","wieghts":{}`, "wieghts"},
		{whole, whole + `{}`, "after"},
	}
	for _, tt := range tests {
		_, err := candidate.ParseWeights([]byte(strings.Replace(whole, tt.old, tt.new, 1)))
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s for %s: error %v, want one about %s", tt.new, tt.old, err, tt.says)
		}
	}
}

func FuzzWeights(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte(strings.Replace(whole, "1", "1e308", -1)))
	f.Add([]byte(`{"name":"x","weights":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := candidate.ParseWeights(data)
		if err != nil {
			return
		}
		for _, signal := range candidate.Signals() {
			if x := in.Weights.Of(signal); !(x >= 0) || math.IsInf(x, 1) {
				t.Errorf("%s weighs %v", signal, x)
			}
		}
		body, err := in.File()
		if err != nil {
			t.Fatal(err)
		}
		if back, err := candidate.ParseWeights(body); err != nil || back.Weights != in.Weights || back.Name != in.Name {
			t.Errorf("read %+v, wrote %s, read %+v, %v", in, body, back, err)
		}
	})
}

func TestTheBuiltInWeightsSwitchEverySignalOn(t *testing.T) {
	f, err := candidate.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, signal := range candidate.Signals() {
		if f.Weights.Of(signal) == 0 {
			t.Errorf("%s is off", signal)
		}
	}
	if f.Name == "" || f.Command == "" || f.Date == "" || len(f.Settings) == 0 {
		t.Errorf("the file does not say what made it: %+v", f)
	}
}
