package corpus

import "fmt"

// A LabelSet is a list of pairs that somebody published as related: the answer
// that a crosswalk is measured against, or the precedents it learns from.
type LabelSet struct {
	Name           string // short: "csf-2.0-to-sp800-53-5.2.0"
	Source, Target string // specs: "csf@2.0"
	Maker          string // who published it
	Licence        string
	// Trust is "A" for an owner of one of the frameworks or a government body,
	// "B" for community or vendor experts, "C" for machine-made.
	Trust string
	// Comprehensive says that its maker claims to have listed every pair.
	// Where it is false, as nearly always, a missing pair says nothing.
	Comprehensive bool
	// Published has what others reached on these labels, as they published it.
	Published []Published
	Pairs     []Pair
}

// Published is what a system reached on a label set, by its maker's account.
type Published struct {
	System  string
	Metrics map[string]float64 // by name, such as "mrr5"; 0 to 1
}

// A Pair is one label: an element of the source and one of the target.
type Pair struct{ Source, Target string }

// BySource returns the target ids of each source, in order.
func (s *LabelSet) BySource() map[string][]string {
	out := map[string][]string{}
	for _, p := range s.Pairs {
		out[p.Source] = append(out[p.Source], p.Target)
	}
	return out
}

// Check holds the set against its frameworks. It returns the pairs that name a
// withdrawn element, which nothing can be scored by, and an error that names
// the first pair that stands twice or names an element that is not there.
func (s *LabelSet) Check(source, target *Framework) (withdrawn []Pair, err error) {
	seen := make(map[Pair]bool, len(s.Pairs))
	for i, p := range s.Pairs {
		if seen[p] {
			return nil, fmt.Errorf("label set %s, pair %d: %s → %s stands twice", s.Name, i+1, p.Source, p.Target)
		}
		seen[p] = true
		from, ok := source.Element(p.Source)
		if !ok {
			return nil, fmt.Errorf("label set %s, pair %d: %s has no element %q", s.Name, i+1, source.Spec(), p.Source)
		}
		to, ok := target.Element(p.Target)
		if !ok {
			return nil, fmt.Errorf("label set %s, pair %d: %s has no element %q", s.Name, i+1, target.Spec(), p.Target)
		}
		if from.Withdrawn || to.Withdrawn {
			withdrawn = append(withdrawn, p)
		}
	}
	return withdrawn, nil
}
