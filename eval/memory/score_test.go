package memory_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"concord/eval/memory"
)

func score(recollections ...memory.Recollection) memory.Report {
	return memory.Score(recollections, rand.New(rand.NewPCG(7, 7)))
}

func TestMeasuresAreSharesOfSums(t *testing.T) {
	r := score(
		memory.Recollection{Source: "1", Labels: []string{"A", "B", "C"}, Named: []string{"A", "B", "X"}},
		memory.Recollection{Source: "2", Labels: []string{"A"}, Named: []string{"Y"}, Invented: []string{"?"}},
		memory.Recollection{Source: "3", Labels: []string{"B"}, Failed: "refused"},
	)

	if want := (memory.Counts{Labels: 4, Named: 5, Invented: 1, Hits: 2}); r.Counts != want || r.Failed != 1 || r.Asked != 3 {
		t.Errorf("%+v", r)
	}
	if r.Recall.Value != .5 || r.Precision.Value != .4 || math.Abs(r.F1.Value-4./9) > 1e-15 {
		t.Errorf("%+v %+v %+v", r.Recall, r.Precision, r.F1)
	}
	// Source 1, three guesses: the others are mapped to A once and B once, so
	// both are guessed and both are labels. Source 2, two guesses: B twice, and
	// then A or C, neither more often, of which A is a label only if another
	// source has it, as source 1 does: one hit in two.
	if r.Sources[0].Floor != 2 || r.Sources[1].Floor != .5 || r.Sources[2].Floor != 0 || r.Floor != 2.5 {
		t.Errorf("floors %g %g %g", r.Sources[0].Floor, r.Sources[1].Floor, r.Sources[2].Floor)
	}
	if r.Recall.Floor != 2.5/4 || r.Precision.Floor != .5 || math.Abs(r.Above.Value-(4-5)/9.) > 1e-15 || r.Above.Floor != 0 {
		t.Errorf("%+v %+v %+v", r.Recall, r.Precision, r.Above)
	}
}

func TestIntervalsHoldTheValueAndNarrowWithMoreSources(t *testing.T) {
	var few, many []memory.Recollection
	for i := range 200 {
		r := memory.Recollection{Source: fmt.Sprint(i), Labels: []string{"A", "B"}, Named: []string{"A"}}
		if i%3 == 0 {
			r.Named = []string{"X", "Y"}
		}
		if many = append(many, r); i < 12 {
			few = append(few, r)
		}
	}

	a, b := score(few...), score(many...)

	for _, m := range []memory.Measure{a.F1, b.F1, a.Recall, b.Recall, a.Above, b.Above} {
		if !(m.Low < m.Value && m.Value < m.High) {
			t.Errorf("%+v", m)
		}
	}
	if b.F1.High-b.F1.Low >= a.F1.High-a.F1.Low {
		t.Errorf("%+v of few, %+v of many", a.F1, b.F1)
	}
}

func TestNothingAskedIsNoScore(t *testing.T) {
	if r := score(); r.Asked != 0 || r.F1 != (memory.Measure{}) {
		t.Errorf("%+v", r)
	}
}

// The floor is the mean over all orders in which ties can be broken; here they
// are gone through by drawing orders.
func TestTheFloorIsWhatGuessingHitsOnAverage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []memory.Recollection
		targets := []string{"A", "B", "C", "D", "E"}
		for i := range rapid.IntRange(1, 5).Draw(t, "sources") {
			labels := rapid.SliceOfNDistinct(rapid.SampledFrom(targets), 1, 4, rapid.ID[string]).Draw(t, "labels")
			named := rapid.SliceOfDistinct(rapid.SampledFrom(targets), rapid.ID[string]).Draw(t, "named")
			all = append(all, memory.Recollection{Source: fmt.Sprint(i), Labels: labels, Named: named})
		}

		for i, s := range memory.Score(all, rand.New(rand.NewPCG(1, 1))).Sources {
			if want := everyOrder(all, i, targets); math.Abs(s.Floor-want) > 1e-9 {
				t.Fatalf("source %d: floor %g, want %g of %+v", i, s.Floor, want, all)
			}
			if s.Floor > float64(min(s.Counts.Named, s.Counts.Labels))+1e-9 {
				t.Fatalf("source %d: floor %g of %+v", i, s.Floor, s.Counts)
			}
		}
	})
}

// everyOrder guesses in every order of the targets, the more frequent first.
func everyOrder(all []memory.Recollection, at int, targets []string) float64 {
	times := map[string]int{}
	for i, r := range all {
		for _, id := range r.Labels {
			if i != at {
				times[id]++
			}
		}
	}
	hits, orders := 0, 0
	var permute func(rest, chosen []string)
	permute = func(rest, chosen []string) {
		if len(rest) == 0 {
			orders++
			sorted := slices.Clone(chosen)
			slices.SortStableFunc(sorted, func(a, b string) int { return times[b] - times[a] })
			for _, id := range sorted[:min(len(all[at].Named), len(sorted))] {
				if times[id] > 0 && slices.Contains(all[at].Labels, id) {
					hits++
				}
			}
			return
		}
		for i := range rest {
			permute(slices.Delete(slices.Clone(rest), i, i+1), append(slices.Clone(chosen), rest[i]))
		}
	}
	permute(targets, nil)
	return float64(hits) / float64(orders)
}
