package candidate

// relatives is how many targets of a family speak for all of it: the best, for
// a family is about many things of which a source touches one or two.
const relatives = 5

// newFamilies returns the targets of each family: of the nearest element above
// them that is no target itself. A target with nothing above it has none.
func (r *Ranker) newFamilies(position map[string]int) [][]int {
	number := map[string]int{}
	var families [][]int
	for i, t := range r.targets {
		for up := range r.in.Target.Ancestors(t) {
			if _, target := position[up.ID]; target {
				continue
			}
			n, known := number[up.ID]
			if !known {
				n = len(families)
				number[up.ID] = n
				families = append(families, nil)
			}
			families[n] = append(families[n], i)
			break
		}
	}
	return families
}

// family returns, for each target, the mean score of the best targets of its
// family: where several fit, the next is likely to. It is zero for a target
// without a family.
func (r *Ranker) family(score []float64) []float64 {
	out := make([]float64, len(score))
	var scores []float64
	for _, members := range r.families {
		scores = scores[:0]
		for _, i := range members {
			scores = append(scores, score[i])
		}
		best, mean := highest(scores, relatives), 0.0
		for _, x := range best {
			mean += x / float64(len(best))
		}
		for _, i := range members {
			out[i] = mean
		}
	}
	return out
}

// head names the nearest element above a target that is no target itself, and
// what a signal says of the target for it.
func (x *Explanation) head(signal, target int) []Reason {
	for up := range x.ranker.in.Target.Ancestors(x.ranker.targets[target]) {
		if _, candidate := x.place[up.ID]; !candidate {
			return []Reason{{Name: up.ID, Value: x.signals[signal].score[target]}}
		}
	}
	return nil
}
