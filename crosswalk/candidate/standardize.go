package candidate

import "math"

// standardize returns the scores with mean zero and variance one. Scores that
// are all alike become zero.
func standardize(scores []float64) []float64 {
	out, _ := rescale(scores)
	return out
}

// rescale standardises scores, and returns by what it multiplied their
// distance from the mean.
func rescale(scores []float64) (out []float64, scale float64) {
	out = make([]float64, len(scores))
	mean, variance := 0.0, 0.0
	for _, x := range scores {
		mean += x / float64(len(scores))
	}
	for _, x := range scores {
		variance += (x - mean) * (x - mean) / float64(len(scores))
	}
	if variance < 1e-18 {
		return out, 0
	}
	for i, x := range scores {
		out[i] = (x - mean) / math.Sqrt(variance)
	}
	return out, 1 / math.Sqrt(variance)
}
