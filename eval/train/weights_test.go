package train_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"concord/corpus"
	"concord/crosswalk/candidate"
	"concord/eval/train"
)

var _ train.Observer = (*candidate.Ranker)(nil)

// planted returns sources whose listed targets are the best five of thirty by
// the true weights of random signals.
func planted(name, family string, seed uint64, sources int, truth candidate.Weights) train.Set {
	rnd := rand.New(rand.NewPCG(seed, 7))
	set := train.Set{Name: name, Family: family}
	for range sources {
		const targets = 30
		var signals [targets][]float64
		s := train.Source{Listed: map[string]bool{}}
		for i := range targets {
			s.Targets = append(s.Targets, fmt.Sprintf("T-%02d", i))
			for range candidate.Signals() {
				signals[i] = append(signals[i], rnd.NormFloat64())
			}
			s.Plain = append(s.Plain, signals[i][0])
		}
		s.Score = func(w candidate.Weights) []float64 {
			out := make([]float64, targets)
			for i := range out {
				for k, name := range candidate.Signals() {
					out[i] += w.Of(name) * signals[i][k]
				}
			}
			return out
		}
		best := s.Score(truth)
		for i, x := range best {
			above := 0
			for _, y := range best {
				if y > x {
					above++
				}
			}
			if above < 5 {
				s.Listed[s.Targets[i]] = true
			}
		}
		set.Sources = append(set.Sources, s)
	}
	return set
}

var truth = candidate.Weights{Lexical: 1, Semantic: 2, Remote: 0.8, Concept: 1.2, Child: 0.5, Related: 1.4, Family: 1, Path: 1, Prior: 0.5, Detail: 0.7, Precedent: 4}

func TestThePlantedWeightsAreFound(t *testing.T) {
	sets := []train.Set{planted("one", "a", 1, 60, truth), planted("two", "b", 2, 60, truth)}

	w, err := train.Weights(t.Context(), sets, train.Options{Ridge: -1})
	if err != nil {
		t.Fatal(err)
	}

	common := 0.0 // only the proportions count
	for _, signal := range candidate.Signals() {
		common += math.Log2(w.Of(signal)/truth.Of(signal)) / float64(len(candidate.Signals()))
	}
	for _, signal := range candidate.Signals() {
		if off := math.Abs(math.Log2(w.Of(signal)/truth.Of(signal)) - common); off > 0.5 {
			t.Errorf("%s weighs %.2f, planted was %.2f", signal, w.Of(signal), truth.Of(signal))
		}
	}
}

func TestASignalThatSaysNothingGoesDownAndStaysAboveZero(t *testing.T) {
	noise := truth
	noise.Child = 0
	w, err := train.Weights(t.Context(), []train.Set{planted("one", "a", 1, 60, noise)}, train.Options{Ridge: -1})
	if err != nil {
		t.Fatal(err)
	}
	if !(w.Child > 0 && w.Child < 0.3) {
		t.Errorf("noise weighs %.3f", w.Child)
	}
	for _, signal := range candidate.Signals() {
		if !(w.Of(signal) > 0) {
			t.Errorf("%s weighs %v", signal, w.Of(signal))
		}
	}
}

func TestWeightsThatCannotMatterStayWhereTheyStart(t *testing.T) {
	sets := []train.Set{planted("one", "a", 1, 30, truth)}
	for i, s := range sets[0].Sources {
		sets[0].Sources[i].Score = func(w candidate.Weights) []float64 {
			w.Precedent = 3 // whatever is asked for
			return s.Score(w)
		}
	}
	start := candidate.Weights{Lexical: 1, Semantic: 1, Remote: 1, Concept: 1, Child: 1, Related: 0, Detail: 1, Precedent: 1.5}

	w, err := train.Weights(t.Context(), sets, train.Options{Start: start})
	if err != nil {
		t.Fatal(err)
	}

	if w.Precedent != 1.5 || w.Related != 0 || w.Lexical != 1 {
		t.Errorf("weights %+v: precedent says nothing, related is off and lexical is the measure", w)
	}
}

func TestTheRidgeHoldsWeightsWhereTheyStart(t *testing.T) {
	sets := []train.Set{planted("one", "a", 1, 30, truth)}
	w, err := train.Weights(t.Context(), sets, train.Options{Ridge: 100})
	if err != nil || w != train.Unlearned() {
		t.Errorf("weights %+v, %v", w, err)
	}
}

func TestLearningRepeats(t *testing.T) {
	sets := []train.Set{planted("one", "a", 1, 20, truth), planted("two", "b", 2, 20, truth)}
	var first []byte
	for range 3 {
		w, err := train.Weights(t.Context(), sets, train.Options{Restarts: 2, Seed: 5})
		if err != nil {
			t.Fatal(err)
		}
		body, err := candidate.Fusion{Name: "x", Weights: w, Seed: 5}.File()
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = body
		}
		if string(body) != string(first) {
			t.Fatalf("learned %s, then %s", first, body)
		}
	}
}

// TestAFamilyCountsTheSameHoweverManySetsItHas gives one family the truth and
// the other its opposite, many times over.
func TestAFamilyCountsTheSameHoweverManySetsItHas(t *testing.T) {
	other := candidate.Weights{Lexical: 1, Semantic: 0.5, Concept: 0.8, Child: 2, Related: 0.7, Detail: 1.4, Precedent: 0.25}
	once := []train.Set{planted("one", "a", 1, 20, truth), planted("two", "b", 2, 20, other)}
	often := append([]train.Set{once[0]}, once[1], once[1], once[1])

	a, err := train.Weights(t.Context(), once, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := train.Weights(t.Context(), often, train.Options{})
	if err != nil {
		t.Fatal(err)
	}

	if a != b {
		t.Errorf("%+v, and with one family thrice %+v", a, b)
	}
}

func TestASetThatNothingCanBeLearnedFromIsNamed(t *testing.T) {
	good := planted("good", "a", 1, 5, truth)
	empty := planted("barren", "b", 2, 5, truth)
	for i := range empty.Sources {
		empty.Sources[i].Listed = map[string]bool{"elsewhere": true}
	}
	tests := []struct {
		sets []train.Set
		says string
	}{
		{nil, "no label set"},
		{[]train.Set{good, empty}, "barren"},
		{[]train.Set{good, {Name: "void", Family: "c"}}, "void"},
		{[]train.Set{{Name: "orphan", Sources: good.Sources}}, "orphan"},
	}
	for _, tt := range tests {
		if _, err := train.Weights(t.Context(), tt.sets, train.Options{}); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("error %v, want one about %s", err, tt.says)
		}
		if _, err := train.LeaveOneOut(t.Context(), tt.sets, truth, train.Options{}); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("held out: error %v, want one about %s", err, tt.says)
		}
	}
}

func TestLearningStopsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := train.Weights(ctx, []train.Set{planted("one", "a", 1, 5, truth)}, train.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestAHeldOutFamilyTeachesNothing holds a family out that would teach the
// opposite of the others.
func TestAHeldOutFamilyTeachesNothing(t *testing.T) {
	odd := candidate.Weights{Lexical: 1, Semantic: 0.1, Concept: 0.1, Child: 8, Related: 0.1, Detail: 8, Precedent: 0.1}
	sets := []train.Set{planted("one", "a", 1, 40, truth), planted("two", "odd", 2, 40, odd), planted("three", "a", 3, 40, truth)}
	var heard []int
	o := train.Options{Restarts: 1, Progress: func(done, total int) { heard = append(heard, done, total) }}

	held, err := train.LeaveOneOut(t.Context(), sets, odd, o)
	if err != nil {
		t.Fatal(err)
	}

	alone, err := train.Weights(t.Context(), []train.Set{sets[0], sets[2]}, train.Options{Restarts: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(held) != 3 || held[1].Set != "two" || held[1].Family != "odd" || held[1].Weights != alone {
		t.Fatalf("held out %+v, want the weights %+v", held, alone)
	}
	if held[0].Weights != held[2].Weights || held[0].Weights == alone {
		t.Errorf("weights %+v and %+v for one family", held[0].Weights, held[2].Weights)
	}
	h := held[1]
	if h.Given != (train.Quality{Top1: 1, MRR5: 1, MAP: 1, R50: 1}) || h.Learned != sets[1].Measure(alone) || h.Learned.MAP > 0.9 {
		t.Errorf("given %+v, learned %+v", h.Given, h.Learned)
	}
	if lexical := sets[1].Measure(candidate.Weights{Lexical: 1}); h.Plain == nil || *h.Plain != lexical {
		t.Errorf("plain %+v, want %+v", h.Plain, lexical)
	}
	if fmt.Sprint(heard) != "[1 4 2 4 3 4 4 4]" {
		t.Errorf("progress %v", heard)
	}
	if _, err := train.LeaveOneOut(t.Context(), sets[:1], odd, o); err == nil || !strings.Contains(err.Error(), "family a") {
		t.Errorf("one family: error %v", err)
	}
}

func TestASetIsMeasuredAsItsRankingsAre(t *testing.T) {
	s := train.Source{
		Targets: []string{"C", "A", "B", "D"},
		Listed:  map[string]bool{"B": true, "C": true, "elsewhere": true},
		Score:   func(candidate.Weights) []float64 { return []float64{1, 2, 1, 3} },
	}
	unmapped := s
	unmapped.Listed = map[string]bool{"elsewhere": true}

	// D, A, then B before C, which ties with it: found at ranks 3 and 4.
	got := train.Set{Sources: []train.Source{s, unmapped}}.Measure(truth)

	want := train.Quality{MRR5: 1.0 / 3, MAP: (1.0/3 + 2.0/4) / 2, R50: 1}
	if math.Abs(got.MAP-want.MAP) > 1e-12 || got.MRR5 != want.MRR5 || got.R50 != 1 || got.Top1 != 0 {
		t.Errorf("measured %+v, want %+v", got, want)
	}
}

func TestASourceIsNoTargetOfItself(t *testing.T) {
	f := &corpus.Framework{Name: "own", Edition: "1", Elements: []corpus.Element{
		{ID: "A", Kind: corpus.KindControl, Text: "Encrypt stored records."},
		{ID: "B", Kind: corpus.KindControl, Text: "Encrypt backups."},
		{ID: "C", Kind: corpus.KindControl, Text: "Escort visitors."}}}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	r, err := candidate.New(candidate.Input{Source: f, Target: f})
	if err != nil {
		t.Fatal(err)
	}

	s := train.NewSource(r, f.Elements[1], map[string]bool{"A": true}, "B")

	if fmt.Sprint(s.Targets) != "[A C]" || len(s.Score(truth)) != 2 {
		t.Fatalf("targets %v, scores %v", s.Targets, s.Score(truth))
	}
	if got := (train.Set{Sources: []train.Source{s}}).Measure(truth); got.Top1 != 1 {
		t.Errorf("measured %+v", got)
	}
	if whole := train.NewSource(r, f.Elements[1], nil, ""); len(whole.Targets) != 3 {
		t.Errorf("targets %v", whole.Targets)
	}
}
