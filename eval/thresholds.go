package eval

// A Measured is what was seen of a judge on the sets of a family into another.
type Measured struct {
	Family, Into string
	Cases        []Case
}

// Thresholds are what labels say of from where on a judge's probabilities can
// be relied on: chosen on all families, and each time on those that neither
// lead from nor to one, to be tried on that one. The second says what the first
// will come to on a framework that has no labels, as far as anything can.
type Thresholds struct {
	Accept  AcceptThreshold   `json:"accept"`
	Keep    KeepThreshold     `json:"keep"`
	HeldOut []HeldOutFamilies `json:"held_out"`
}

// HeldOutFamilies are the thresholds that were chosen without a family, and
// what they came to on it.
type HeldOutFamilies struct {
	Family string          `json:"family"`
	Accept AcceptThreshold `json:"accept"`
	Keep   KeepThreshold   `json:"keep"`
}

// An AcceptThreshold is the probability from which mapped pairs have a
// precision, and how many there are.
type AcceptThreshold struct {
	// Reached says whether there is such a probability. If not, Threshold is the
	// one at which the lower bound is highest where it was chosen.
	Reached   bool    `json:"reached"`
	Threshold float64 `json:"threshold"`
	Accepted
	Mapped    Accepted `json:"mapped"` // at any probability
	Precision float64  `json:"precision"`
	Lower     float64  `json:"lower"` // bound, see [LowerBound]
}

// A KeepThreshold is the probability from which a share of the judged links
// is found, and how many there are.
type KeepThreshold struct {
	Reached   bool    `json:"reached"` // whether there were links enough
	Threshold float64 `json:"threshold"`
	Links
	Recall float64 `json:"recall"` // of the judged links
	Total  float64 `json:"total"`  // of all links
}

// ChooseThresholds chooses for a precision and a recall, each above 0 and below
// 1. Where no family is left without one, that one is not held out. The
// families are in the order of their first appearance.
func ChooseThresholds(sets []Measured, precision, recall float64) Thresholds {
	all := casesOf(sets, func(Measured) bool { return true })
	t := Thresholds{HeldOut: []HeldOutFamilies{}}
	t.Accept, t.Keep = acceptFrom(all, all, precision), keepFrom(all, all, recall)
	done := map[string]bool{}
	for _, set := range sets {
		family := set.Family
		others := casesOf(sets, func(m Measured) bool { return m.Family != family && m.Into != family })
		if done[family] || len(others) == 0 {
			continue
		}
		done[family] = true
		own := casesOf(sets, func(m Measured) bool { return m.Family == family })
		t.HeldOut = append(t.HeldOut, HeldOutFamilies{family, acceptFrom(others, own, precision), keepFrom(others, own, recall)})
	}
	return t
}

func casesOf(sets []Measured, which func(Measured) bool) []Case {
	var cases []Case
	for _, set := range sets {
		if which(set) {
			cases = append(cases, set.Cases...)
		}
	}
	return cases
}

// acceptFrom chooses on some cases and counts on others.
func acceptFrom(chosen, tried []Case, target float64) AcceptThreshold {
	var t AcceptThreshold
	t.Threshold, t.Reached = AtPrecision(chosen, target)
	t.Accepted, t.Mapped = AcceptedAt(tried, t.Threshold), AcceptedAt(tried, 0)
	t.Precision, t.Lower = t.Accepted.Precision(), LowerBound(t.Right, t.Pairs)
	return t
}

func keepFrom(chosen, tried []Case, target float64) KeepThreshold {
	var t KeepThreshold
	t.Threshold, t.Reached = AtRecall(chosen, target)
	t.Links = KeptAt(tried, t.Threshold)
	t.Recall, t.Total = t.Links.Recall(), t.Links.Total()
	return t
}
