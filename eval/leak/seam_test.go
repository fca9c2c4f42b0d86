package leak

// Highest is a seam for tests: it returns the highest resemblance of each text
// to any in a body, and of all the highest containment in one.
func Highest(test, body []Text) (resemblance []float64, contained float64) {
	s := newShingler()
	x := newIndex(s, Body{Texts: body})
	for _, t := range test {
		grams, top := s.shingles(t.Text), 0.0
		for i, n := range x.shared(grams) {
			r, in := measure(n, len(grams), x.sizes[i])
			top, contained = max(top, r), max(contained, in)
		}
		resemblance = append(resemblance, top)
	}
	return resemblance, contained
}
