package train

import (
	"context"
	"fmt"

	"concord/crosswalk/candidate"
)

// A HeldOut says how weights do on a set of a family that they were not learned
// from.
type HeldOut struct {
	Set     string
	Family  string
	Weights candidate.Weights // learned without the family

	Learned Quality
	Given   Quality  // of the weights to compare with
	Plain   *Quality // of the plain ranking; nil if the sources have none
}

// LeaveOneOut learns weights once for each family, from the sets that neither
// lead from nor to it,
// and measures them on the sets of that family beside the given weights and the
// plain ranking. The results are in the order of the sets. It fails as [Weights]
// does, and if there is only one family.
func LeaveOneOut(ctx context.Context, sets []Set, given candidate.Weights, o Options) ([]HeldOut, error) {
	if err := check(sets); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	families := group(sets)
	if len(families) < 2 {
		return nil, fmt.Errorf("all sets are of the family %s: holding it out leaves nothing to learn from", sets[0].Family)
	}
	learned := map[string]candidate.Weights{}
	for n, family := range families {
		var others []Set
		for _, set := range sets {
			if set.Family != family[0].Family && set.Into != family[0].Family {
				others = append(others, set)
			}
		}
		if len(others) == 0 {
			return nil, fmt.Errorf("without the family %s there is no label set to learn from", family[0].Family)
		}
		w, err := learn(ctx, others, o, func(done int) { o.Progress(n*o.searches()+done, len(families)*o.searches()) })
		if err != nil {
			return nil, fmt.Errorf("without the family %s: %w", family[0].Family, err)
		}
		learned[family[0].Family] = w
	}
	out := make([]HeldOut, len(sets))
	for i, set := range sets {
		w := learned[set.Family]
		out[i] = HeldOut{Set: set.Name, Family: set.Family, Weights: w, Learned: set.Measure(w), Given: set.Measure(given), Plain: set.plain()}
	}
	return out, nil
}

// plain measures the plain ranking, nil if any source has none.
func (s Set) plain() *Quality {
	for _, source := range s.Sources {
		if source.Plain == nil {
			return nil
		}
	}
	q := s.mean(func(source Source) []float64 { return source.Plain })
	return &q
}
