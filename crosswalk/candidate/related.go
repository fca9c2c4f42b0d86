package candidate

import "slices"

// newNeighbours returns, for each target, the others that its publisher relates
// it to.
func (r *Ranker) newNeighbours(position map[string]int) [][]int {
	out := make([][]int, len(r.targets))
	for i, t := range r.targets {
		for _, id := range t.Related {
			if j, ok := position[id]; ok && j != i {
				out[i] = append(out[i], j)
			}
		}
	}
	return out
}

// neighbours is how many related targets speak for a target. Controls that are
// related to dozens of others would otherwise be average by construction.
const neighbours = 5

// few is the number of related targets below which those that are missing
// count as average: one good neighbour alone says little.
const few = 3

// smooth returns for each target the mean score of the best targets that its
// publisher relates it to, zero for a target related to none.
func (r *Ranker) smooth(score []float64) []float64 {
	out := make([]float64, len(score))
	var near []float64
	for i, related := range r.neighbour {
		near = near[:0]
		for _, j := range related {
			near = append(near, score[j])
		}
		near = highest(near, neighbours)
		for _, x := range near {
			out[i] += x / float64(max(len(near), few))
		}
	}
	return out
}

// highest returns the k highest scores, falling, in the room of all of them.
func highest(scores []float64, k int) []float64 {
	n := 0
	for _, x := range scores {
		if n == k && x <= scores[k-1] {
			continue
		}
		n = min(n+1, k)
		at := n - 1
		for ; at > 0 && scores[at-1] < x; at-- {
			scores[at] = scores[at-1]
		}
		scores[at] = x
	}
	return scores[:n]
}

// lifters is how many related targets are named.
const lifters = 3

// lifting names the related targets that lifted a target most. What smoothing
// read of them is what had been added up by then: the contributions before,
// without the standardisation after.
func (x *Explanation) lifting(signal, target int) []Reason {
	later := x.signals[signal].scale
	if later == 0 {
		return nil
	}
	var out []Reason
	for _, j := range x.ranker.neighbour[target] {
		soFar := 0.0
		for before := range signal {
			soFar += x.amount(before, j) / later
		}
		if soFar > 0 {
			out = append(out, Reason{Name: x.ranker.targets[j].ID, Value: soFar})
		}
	}
	sortReasons(out)
	return slices.Clip(out[:min(len(out), lifters)])
}
