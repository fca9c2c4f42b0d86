package eval

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// Sizes of the paired statistics.
const (
	// Resamples is how many bootstrap samples an interval comes from.
	Resamples = 10_000
	// Flips is how many random sign flips a p-value comes from where there are
	// too many to go through.
	Flips = 100_000
	// MostExact is up to how many differences that are not zero every sign
	// flip is gone through.
	MostExact = 20
)

// Quantiles of the standard normal distribution, at .975 and at .80.
const (
	zTwoSided = 1.959963984540054
	zPower    = 0.8416212335729143
)

// McNemar returns the two-sided p-value, 0 to 1, of the exact form of
// McNemar's test: under the null hypothesis a yes-or-no outcome that changed
// was as likely gained as lost, so the smaller count is binomial with one half.
// The p-value is twice the lower tail, at most 1, and 1 if nothing changed.
//
// McNemar, "Note on the sampling error of the difference between correlated
// proportions or percentages", Psychometrika 12 (1947); the exact form as in
// Agresti, Categorical Data Analysis (3rd ed.), section 11.1.
func McNemar(gained, lost int) float64 {
	n := float64(gained + lost)
	all, _ := math.Lgamma(n + 1)
	tail := 0.0
	for i := range min(gained, lost) + 1 {
		in, _ := math.Lgamma(float64(i) + 1)
		out, _ := math.Lgamma(n - float64(i) + 1)
		tail += math.Exp(all - in - out - n*math.Ln2)
	}
	return min(1, 2*tail)
}

// SignFlip returns the two-sided p-value, above 0 and at most 1, of the
// randomisation test on paired differences: under the null hypothesis each
// difference might as well have had the other sign. It is the share of the
// sign flips whose sum is at least as far from zero as the one observed; with
// no difference but zero it is 1.
//
// Up to MostExact differences that are not zero, all flips are gone through
// and rnd may be nil. Beyond, Flips are drawn from rnd, and the observed one
// counts as one more, so that no p-value is zero.
//
// Fisher, The Design of Experiments (1935), section 21; for rankings Smucker,
// Allan and Carterette, "A comparison of statistical significance tests for
// information retrieval evaluation", CIKM 2007; one more draw as in Phipson
// and Smyth, "Permutation p-values should never be zero", Statistical
// Applications in Genetics and Molecular Biology 9 (2010).
func SignFlip(differences []float64, rnd *rand.Rand) float64 {
	d := slices.DeleteFunc(slices.Clone(differences), func(x float64) bool { return x == 0 })
	if len(d) == 0 {
		return 1
	}
	sum, size := 0.0, 0.0
	for _, x := range d {
		sum += x
		size += math.Abs(x)
	}
	// Flips that tie with the observed one must count whatever the order of
	// their sum rounds to.
	least := math.Abs(sum) - 1e-12*size
	if len(d) <= MostExact {
		// A flip and its opposite are equally far: the first sign can stay.
		return float64(extreme(d[0], d[1:], least)) / float64(int(1)<<(len(d)-1))
	}
	count := 0
	for range Flips {
		flipped, bits := 0.0, uint64(0)
		for i, x := range d {
			if i%64 == 0 {
				bits = rnd.Uint64()
			}
			// The lowest bit becomes the sign bit: half of the draws are flips.
			flipped += math.Float64frombits(math.Float64bits(x) ^ bits<<63)
			bits >>= 1
		}
		if math.Abs(flipped) >= least {
			count++
		}
	}
	return float64(count+1) / float64(Flips+1)
}

// extreme counts the ways to sign the rest that take sum at least so far from
// zero.
func extreme(sum float64, rest []float64, least float64) int {
	if len(rest) > 0 {
		return extreme(sum+rest[0], rest[1:], least) + extreme(sum-rest[0], rest[1:], least)
	}
	if math.Abs(sum) >= least {
		return 1
	}
	return 0
}

// Bootstrap returns the 95 % percentile interval of the mean difference over
// Resamples samples drawn with replacement; both ends are zero without any
// difference. The ends are the kth smallest and the kth largest mean, with k
// the whole part of .025 (Resamples + 1).
//
// Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13;
// k as in its section 12.5.
func Bootstrap(differences []float64, rnd *rand.Rand) (low, high float64) {
	if len(differences) == 0 {
		return 0, 0
	}
	n := len(differences)
	means := make([]float64, Resamples)
	for i := range means {
		sum := 0.0
		for range n {
			sum += differences[rnd.IntN(n)]
		}
		means[i] = sum / float64(n)
	}
	slices.Sort(means)
	const k = (Resamples + 1) * 25 / 1000
	return means[k-1], means[Resamples-k]
}

// Holm adjusts p-values for there being several: the ith smallest of m is
// multiplied by m-i+1, and none may fall below a smaller one's. The answer is
// in the order of p, each 0 to 1 and not below its p.
//
// Holm, "A simple sequentially rejective multiple test procedure",
// Scandinavian Journal of Statistics 6 (1979).
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	adjusted := make([]float64, len(p))
	floor := 0.0
	for i, at := range order {
		floor = max(floor, min(1, float64(len(p)-i)*p[at]))
		adjusted[at] = floor
	}
	return adjusted
}

// Detectable returns the smallest true mean difference that a two-sided test
// at .05 would find with probability .80 on as many differences that vary as
// much: (1.960 + 0.842) s / √n, with s their sample standard deviation. It
// approximates by the normal distribution, so it is somewhat too small for a
// few dozen differences, and it does not correct for several measures. There
// is none if the differences do not vary: they say nothing of how much others
// would.
//
// Bloom, "Minimum detectable effects: a simple way to report the statistical
// power of experimental designs", Evaluation Review 19 (1995); for rankings
// Webber, Moffat and Zobel, "Statistical power in retrieval experimentation",
// CIKM 2008.
func Detectable(differences []float64) (smallest float64, ok bool) {
	n := float64(len(differences))
	center, squares := average(differences), 0.0
	for _, x := range differences {
		squares += (x - center) * (x - center)
	}
	if n < 2 || squares <= 1e-24*n {
		return 0, false
	}
	return (zTwoSided + zPower) * math.Sqrt(squares/(n-1)/n), true
}

// average returns the mean; zero of none.
func average(values []float64) float64 {
	sum := 0.0
	for _, x := range values {
		sum += x
	}
	if len(values) == 0 {
		return 0
	}
	return sum / float64(len(values))
}
