package candidate

// newDetail returns -1 for each target whose parent is a target too, else 0:
// experts name the control, rarely its enhancement.
func (r *Ranker) newDetail(position map[string]int) []float64 {
	out := make([]float64, len(r.targets))
	for i, t := range r.targets {
		if _, ok := position[t.Parent]; ok {
			out[i] = -1
		}
	}
	return out
}

// detailed names the target that a target details.
func (x *Explanation) detailed(target int) []Reason {
	value := x.ranker.detail[target]
	if value == 0 {
		return nil
	}
	return []Reason{{Name: x.ranker.targets[target].Parent, Value: value}}
}
