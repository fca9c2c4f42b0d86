package eval_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"concord/eval"
)

func TestASampleHasItsSizeAndEveryStratumItsShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var units []eval.Unit
		sizes := map[string]int{}
		for i := range rapid.IntRange(0, 120).Draw(t, "units") {
			u := eval.Unit{ID: fmt.Sprint(i), Stratum: rapid.SampledFrom([]string{"GV", "ID", "PR"}).Draw(t, "stratum"),
				Order: rapid.Float64().Draw(t, "order")}
			sizes[u.Stratum]++
			units = append(units, u)
		}
		n := rapid.IntRange(-1, 130).Draw(t, "size")
		seed := rapid.Uint64().Draw(t, "seed")
		draw := func() []string { return eval.Draw(units, n, rand.New(rand.NewPCG(seed, 0))) }

		ids := draw()

		if len(ids) != min(max(n, 0), len(units)) || !slices.Equal(ids, draw()) {
			t.Fatalf("%d ids of %d units, want %d, and the same again", len(ids), len(units), n)
		}
		got := map[string]int{}
		for _, id := range ids {
			for _, u := range units {
				if u.ID == id {
					got[u.Stratum]++
				}
			}
		}
		for stratum, size := range sizes {
			if share := float64(len(ids)*size) / float64(len(units)); math.Abs(float64(got[stratum])-share) >= 1 {
				t.Fatalf("%d of stratum %s, its share is %v", got[stratum], stratum, share)
			}
		}
	})
}

// TestASampleSpreadsOverItsOrder draws half of a stratum: one of every two
// neighbours.
func TestASampleSpreadsOverItsOrder(t *testing.T) {
	var units []eval.Unit
	for i := range 20 {
		units = append(units, eval.Unit{ID: fmt.Sprint(i), Order: float64(i)})
	}
	for seed := range uint64(50) {
		ids := eval.Draw(units, 10, rand.New(rand.NewPCG(seed, 0)))
		for i, id := range ids {
			if id != fmt.Sprint(2*i) && id != fmt.Sprint(2*i+1) {
				t.Fatalf("seed %d: %v", seed, ids)
			}
		}
	}
}

func TestFourTimesTheRequirementsShowHalfTheDifference(t *testing.T) {
	differences := []float64{0.1, -0.2, 0.3, 0, 0.5, -0.1, 0.2}
	now, _ := eval.Detectable(differences)
	if then, ok := eval.DetectableWith(differences, 4*len(differences)); !ok || !near(then, now/2) {
		t.Errorf("%v with four times as many, %v now", then, now)
	}
	if _, ok := eval.DetectableWith([]float64{1, 1, 1}, 100); ok {
		t.Error("differences that do not vary say nothing")
	}
	if _, ok := eval.DetectableWith(differences, 0); ok {
		t.Error("no requirement shows nothing")
	}
}
