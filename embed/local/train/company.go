package main

import (
	"maps"
	"math"
	"slices"
)

// A row of a sparse matrix: ascending columns and their values.
type row struct {
	at []int32
	v  []float64
}

// neighbours counts how often words stand near each other: in each text, a pair
// counts the more the nearer, from window for two that stand side by side down to
// one. The matrix is symmetric with an empty diagonal.
func neighbours(texts [][]int32, words, window int) []row {
	counts := make([]map[int32]float64, words)
	for i := range counts {
		counts[i] = map[int32]float64{}
	}
	for _, t := range texts {
		for i, a := range t {
			for j := i + 1; j < len(t) && j <= i+window; j++ {
				if b := t[j]; a != b {
					near := float64(window - (j - i) + 1) // whole numbers: their sums are exact
					counts[a][b] += near
					counts[b][a] += near
				}
			}
		}
	}
	rows := make([]row, words)
	for i, c := range counts {
		for _, j := range slices.Sorted(maps.Keys(c)) {
			rows[i].at = append(rows[i].at, j)
			rows[i].v = append(rows[i].v, c[j])
		}
	}
	return rows
}

// smoothing of the context distribution takes from rare words the high
// association that one meeting would give them (Levy, Goldberg and Dagan,
// "Improving distributional similarity with lessons learned from word
// embeddings", 2015).
const smoothing = 0.75

// associate turns counts into positive pointwise mutual information: how much
// more often two words meet than chance would have it, zero if less.
func associate(rows []row) {
	met := make([]float64, len(rows))
	smoothed := 0.0
	for i, r := range rows {
		for _, x := range r.v {
			met[i] += x
		}
		smoothed += math.Pow(met[i], smoothing)
	}
	for i, r := range rows {
		kept := row{r.at[:0], r.v[:0]}
		for x, j := range r.at {
			byChance := met[i] * math.Pow(met[j], smoothing) / smoothed
			if pmi := math.Log(r.v[x] / byChance); pmi > 0 {
				kept.at, kept.v = append(kept.at, j), append(kept.v, pmi)
			}
		}
		rows[i] = kept
	}
}
