package eval_test

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"concord/eval"
)

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

func TestMcNemarIsTheExactBinomialTest(t *testing.T) {
	for _, tt := range []struct {
		gained, lost int
		want         float64
	}{
		{0, 0, 1},
		{1, 0, 1},
		{0, 5, 2.0 / 32},
		{1, 5, 2 * (1 + 6) / 64.0},
		{2, 8, 2 * (1 + 10 + 45) / 1024.0},
		{8, 2, 2 * (1 + 10 + 45) / 1024.0},
		{4, 4, 1},
		{3, 4, 1},
		{1, 9, 2 * (1 + 10) / 1024.0},
		// Beyond what a float holds as a power of two.
		{0, 2000, 0},
		{1500, 1500, 1},
	} {
		if p := eval.McNemar(tt.gained, tt.lost); math.Abs(p-tt.want) > 1e-10 {
			t.Errorf("%d gained and %d lost: p %v, want %v", tt.gained, tt.lost, p, tt.want)
		}
	}
}

// bruteFlip goes through every pattern of signs of all differences, zero or
// not, with whole numbers.
func bruteFlip(d []int) float64 {
	abs := func(x int) int { return max(x, -x) }
	sum := 0
	for _, x := range d {
		sum += x
	}
	count := 0
	for signs := range uint(1) << len(d) {
		flipped := 0
		for i, x := range d {
			if signs&(1<<i) != 0 {
				x = -x
			}
			flipped += x
		}
		if abs(flipped) >= abs(sum) {
			count++
		}
	}
	return float64(count) / float64(uint(1)<<len(d))
}

func TestSignFlipGoesThroughEverySign(t *testing.T) {
	if p := eval.SignFlip([]float64{1, 1, 1, 0, 1, 1, 1, 1}, nil); p != 2.0/128 {
		t.Errorf("seven of one sign: p %v", p)
	}
	if p := eval.SignFlip([]float64{0, 0}, nil); p != 1 {
		t.Errorf("no difference: p %v", p)
	}
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.SliceOfN(rapid.IntRange(-20, 20), 0, 11).Draw(t, "differences")
		d := make([]float64, len(whole))
		for i, x := range whole {
			d[i] = float64(x) / 10 // tenths do not add up exactly: ties must still count
		}
		if p, want := eval.SignFlip(d, nil), bruteFlip(whole); p != want {
			t.Fatalf("p %v, want %v", p, want)
		}
	})
}

func TestManySignFlipsAreDrawnAndComeCloseToTheExactShare(t *testing.T) {
	// Of n ones, k of them negative, the share of flips at least as far from
	// zero is a binomial tail, which McNemar's test has too.
	for _, tt := range []struct{ up, down int }{{20, 10}, {45, 30}, {70, 60}} {
		var d []float64
		for range tt.up {
			d = append(d, 1)
		}
		for range tt.down {
			d = append(d, -1)
		}
		want := eval.McNemar(tt.up, tt.down)
		p := eval.SignFlip(d, seeded(3))
		// Four standard errors of a share of the draws.
		if within := 4 * math.Sqrt(want*(1-want)/eval.Flips); math.Abs(p-want) > within {
			t.Errorf("%d up and %d down: p %v, want %v within %v", tt.up, tt.down, p, want, within)
		}
		if again := eval.SignFlip(d, seeded(3)); again != p {
			t.Errorf("the same seed gave %v, then %v", p, again)
		}
	}
	same := slices.Repeat([]float64{0.5}, 100)
	if p := eval.SignFlip(same, seeded(3)); p != 1.0/(eval.Flips+1) {
		t.Errorf("p %v: the observed flip must count, and no drawn one is as far", p)
	}
}

func TestBootstrapIntervalsCoverTheTrueMean(t *testing.T) {
	const trials, n, mean = 300, 40, 0.1
	rnd := seeded(11)
	covered := 0
	for range trials {
		d := make([]float64, n)
		for i := range d {
			d[i] = mean + 0.3*rnd.NormFloat64()
		}
		low, high := eval.Bootstrap(d, rnd)
		if low <= mean && mean <= high {
			covered++
		}
	}
	// A percentile interval of 40 falls a little short of .95; four standard
	// errors of 300 trials are .05.
	if share := float64(covered) / trials; share < 0.89 || share > 0.985 {
		t.Errorf("covered in %v of the trials", share)
	}
}

func TestBootstrapOfAKnownDistribution(t *testing.T) {
	// The mean of n resampled zeros and ones has a standard error of .5/√n.
	d := append(slices.Repeat([]float64{0}, 200), slices.Repeat([]float64{1}, 200)...)
	low, high := eval.Bootstrap(d, seeded(1))
	if half := 1.96 * 0.5 / 20; math.Abs(low-(0.5-half)) > 0.005 || math.Abs(high-(0.5+half)) > 0.005 {
		t.Errorf("from %v to %v, want .5 ± %v", low, high, half)
	}
	if low, high := eval.Bootstrap(nil, nil); low != 0 || high != 0 {
		t.Errorf("of nothing: from %v to %v", low, high)
	}
	if low, high := eval.Bootstrap([]float64{0.25, 0.25}, seeded(1)); low != 0.25 || high != 0.25 {
		t.Errorf("of equal differences: from %v to %v", low, high)
	}
}

func TestHolmByHand(t *testing.T) {
	for _, tt := range []struct{ p, want []float64 }{
		{nil, []float64{}},
		{[]float64{0.04}, []float64{0.04}},
		{[]float64{0.01, 0.04, 0.03}, []float64{0.03, 0.06, 0.06}},
		{[]float64{0.03, 0.01, 0.02}, []float64{0.04, 0.03, 0.04}},
		{[]float64{0.9, 0.5, 0.9}, []float64{1, 1, 1}},
		{[]float64{0.02, 0.02}, []float64{0.04, 0.04}},
	} {
		got := eval.Holm(tt.p)
		if !slices.EqualFunc(got, tt.want, near) {
			t.Errorf("%v: %v, want %v", tt.p, got, tt.want)
		}
	}
}

func TestHolmKeepsTheOrderAndNeverLowers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOf(rapid.Float64Range(0, 1)).Draw(t, "p")
		adjusted := eval.Holm(p)
		for i := range p {
			if adjusted[i] < p[i] || adjusted[i] > 1 || adjusted[i] > min(1, float64(len(p))*p[i]) {
				t.Fatalf("%v became %v", p, adjusted)
			}
			for j := range p {
				if p[i] < p[j] && adjusted[i] > adjusted[j] {
					t.Fatalf("%v became %v", p, adjusted)
				}
			}
		}
	})
}

func TestDetectableByHand(t *testing.T) {
	// Half ones and half zeros: the sample variance of 100 is 25/99.
	d := append(slices.Repeat([]float64{0}, 50), slices.Repeat([]float64{1}, 50)...)
	got, ok := eval.Detectable(d)
	if want := 2.8015852181129683 * math.Sqrt(25.0/99/100); !ok || !near(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for _, none := range [][]float64{nil, {0.5}, {0, 0, 0}, {0.1, 0.1, 0.1}} {
		if got, ok := eval.Detectable(none); ok {
			t.Errorf("%v: %v, want none", none, got)
		}
	}
}

// TestADetectableDifferenceIsFoundFourTimesInFive draws differences around the
// one that should be found with a probability of .80.
func TestADetectableDifferenceIsFoundFourTimesInFive(t *testing.T) {
	const trials, n, spread = 2000, 100, 0.3
	rnd := seeded(5)
	truth := 2.8015852181129683 * spread / math.Sqrt(n)
	found := 0
	for range trials {
		d := make([]float64, n)
		sum, squares := 0.0, 0.0
		for i := range d {
			d[i] = truth + spread*rnd.NormFloat64()
			sum += d[i]
		}
		for _, x := range d {
			squares += (x - sum/n) * (x - sum/n)
		}
		if math.Abs(sum/n) > 1.984*math.Sqrt(squares/(n-1)/n) { // Student's t of 99 degrees
			found++
		}
	}
	if share := float64(found) / trials; math.Abs(share-0.8) > 0.04 {
		t.Errorf("found in %v of the trials", share)
	}
}

func TestSwappingTheSystemsNegatesDifferencesAndKeepsP(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SliceOfN(rapid.Float64Range(-1, 1), 1, 30).Draw(t, "differences")
		seed := rapid.Uint64().Draw(t, "seed")
		swapped := make([]float64, len(d))
		for i, x := range d {
			swapped[i] = -x
		}
		if len(d) <= eval.MostExact || bits.OnesCount64(seed)%16 == 0 { // drawn flips are slow
			if a, b := eval.SignFlip(d, seeded(seed)), eval.SignFlip(swapped, seeded(seed)); a != b || a <= 0 || a > 1 {
				t.Fatalf("p %v, swapped %v", a, b)
			}
		}
		low, high := eval.Bootstrap(d, seeded(seed))
		swappedLow, swappedHigh := eval.Bootstrap(swapped, seeded(seed))
		if low > high || low != -swappedHigh || high != -swappedLow {
			t.Fatalf("from %v to %v, swapped from %v to %v", low, high, swappedLow, swappedHigh)
		}
	})
}
