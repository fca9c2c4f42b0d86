package leak

import "concord/embed/shingle"

// Highest is a seam for tests: it returns the highest resemblance of each text
// to any in a body, and of all the highest containment in one.
func Highest(test, body []Text) (resemblance []float64, contained float64) {
	texts := make([]string, len(body))
	for i, t := range body {
		texts[i] = t.Text
	}
	x := shingle.NewIndex(texts)
	for _, t := range test {
		top := 0.0
		for _, o := range x.Overlaps(t.Text) {
			top, contained = max(top, o.Resemblance), max(contained, o.Contained)
		}
		resemblance = append(resemblance, top)
	}
	return resemblance, contained
}
