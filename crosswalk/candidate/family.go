package candidate

// relatives is how many targets of a family speak for all of it: the best, for
// a family is about many things of which a source touches one or two.
const relatives = 5

// newFamilies returns, for each target, the number of the family that it
// belongs to: the nearest element above it that is no target itself. A target
// with nothing above it has none, -1.
func (r *Ranker) newFamilies(position map[string]int) []int {
	number := map[string]int{}
	families := make([]int, len(r.targets))
	for i, t := range r.targets {
		families[i] = -1
		for up := range r.in.Target.Ancestors(t) {
			if _, target := position[up.ID]; target {
				continue
			}
			n, known := number[up.ID]
			if !known {
				n = len(number)
				number[up.ID] = n
			}
			families[i] = n
			break
		}
	}
	return families
}

// family returns, for each target, the mean score of the best targets of its
// family: where several fit, the next is likely to. It is zero for a target
// without a family.
func (r *Ranker) family(score []float64) []float64 {
	members := map[int][]float64{}
	for i, n := range r.families {
		if n >= 0 {
			members[n] = append(members[n], score[i])
		}
	}
	mean := make(map[int]float64, len(members))
	for n, scores := range members {
		scores = highest(scores, relatives)
		for _, x := range scores {
			mean[n] += x / float64(len(scores))
		}
	}
	out := make([]float64, len(score))
	for i, n := range r.families {
		out[i] = mean[n]
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
