package eval

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// A Unit is something that may be drawn into a sample.
type Unit struct {
	ID      string
	Stratum string  // what it is to represent, such as a function
	Order   float64 // along which the sample is to be spread, such as difficulty
}

// Draw returns the ids of n units, in the order of the units; all if there are
// no more. Every stratum gets its share by largest remainder. Within a stratum
// units are taken at even steps along Order from a random start, so that each
// is as likely to be drawn as its neighbour and the sample spreads over all.
//
// Cochran, Sampling Techniques (3rd ed., 1977), sections 5.5 and 8.1.
func Draw(units []Unit, n int, rnd *rand.Rand) []string {
	n = min(max(n, 0), len(units))
	sorted := slices.Clone(units)
	slices.SortStableFunc(sorted, func(a, b Unit) int {
		return cmp.Or(cmp.Compare(a.Stratum, b.Stratum), cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID))
	})
	var strata [][]Unit
	for i, u := range sorted {
		if i == 0 || u.Stratum != sorted[i-1].Stratum {
			strata = append(strata, nil)
		}
		strata[len(strata)-1] = append(strata[len(strata)-1], u)
	}
	drawn := map[string]bool{}
	for i, k := range allocate(strata, n) {
		start := rnd.Float64()
		for j := range k {
			at := int((float64(j) + start) * float64(len(strata[i])) / float64(k))
			drawn[strata[i][at].ID] = true
		}
	}
	var ids []string
	for _, u := range units {
		if drawn[u.ID] {
			ids = append(ids, u.ID)
		}
	}
	return ids
}

// allocate shares n out over strata in proportion to their sizes, what is left
// of whole numbers to the largest remainders, the first of equal ones.
func allocate(strata [][]Unit, n int) []int {
	total := 0
	for _, s := range strata {
		total += len(s)
	}
	shares := make([]int, len(strata))
	order := make([]int, len(strata))
	remainder := make([]int, len(strata))
	left := n
	for i, s := range strata {
		shares[i], remainder[i] = n*len(s)/max(total, 1), n*len(s)%max(total, 1)
		left -= shares[i]
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(remainder[b], remainder[a]) })
	for _, i := range order[:min(left, len(order))] {
		shares[i]++
	}
	return shares
}

// DetectableWith returns what [Detectable] would be with n differences that
// vary as those do.
func DetectableWith(differences []float64, n int) (smallest float64, ok bool) {
	smallest, ok = Detectable(differences)
	if n < 1 {
		return 0, false
	}
	return smallest * math.Sqrt(float64(len(differences))/float64(n)), ok
}
