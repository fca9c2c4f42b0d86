package lint

import (
	"slices"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/exchange"
)

// parents finds sources all of which a target holds (subset or equal) while
// nothing below them is mapped to anything: what they hold is then mapped as a
// whole and forgotten in its parts.
//
// An enhancement adds to its control and is no part of it. Of a kind of which
// the crosswalk maps nothing at all, nothing was expected either. A subset of
// the source (superset_of) says nothing of its parts, an intersection neither.
func (k *checker) parents(source *corpus.Framework) {
	if source == nil {
		return
	}
	mapped, kinds := map[string]bool{}, map[string]bool{}
	for _, r := range k.c.Rows {
		if e, ok := source.Element(r.Source); ok && claimed(r) {
			mapped[e.ID], kinds[e.Kind] = true, true
		}
	}
	below := parts(source)
	told := map[string]bool{}
	for i, r := range k.c.Rows {
		if told[r.Source] || !related(r) || r.Relation != crosswalk.Equal && r.Relation != crosswalk.SubsetOf {
			continue
		}
		ids := slices.DeleteFunc(slices.Clone(below[r.Source]), func(id string) bool {
			e, _ := source.Element(id)
			return !kinds[e.Kind]
		})
		if len(ids) == 0 || slices.ContainsFunc(below[r.Source], func(id string) bool { return mapped[id] }) {
			continue
		}
		told[r.Source] = true
		k.report(ParentAlone, i, "%s, and nothing below %s is mapped: %s", r.Sentence(), r.Source, list(ids))
	}
}

// claimed reports whether a row says that its pair is related, be it without
// saying how.
func claimed(r exchange.Row) bool {
	return r.Relation != crosswalk.NoRelationship && r.State != exchange.Rejected
}

// parts returns, for each id that has any, the ids of the mappable elements
// below it, at any depth, that are no enhancements, in document order.
func parts(f *corpus.Framework) map[string][]string {
	out := map[string][]string{}
	for _, e := range f.Mappable() {
		if e.Kind == corpus.KindEnhancement {
			continue
		}
		for up := range f.Ancestors(e) {
			out[up.ID] = append(out[up.ID], e.ID)
		}
	}
	return out
}

// siblingMargin is how much more probable a sibling must be to be clearly so. In
// the ranking of CSF 2.0 against SP 800-53, with what NIST lists taken as
// mapped, it finds more than half of the links that are moved to a sibling, and
// doubts one in twenty that are not.
const siblingMargin = 0.2

// siblings finds rows that stand while another target of the same source, with
// the same parent or of the same control, is clearly more probable and not
// mapped.
func (k *checker) siblings(target *corpus.Framework) {
	if target == nil {
		return
	}
	stands := map[[2]string]bool{}
	bySource := map[string][]int{} // rows that have a probability
	for i, r := range k.c.Rows {
		if claimed(r) {
			stands[[2]string{r.Source, r.Target}] = true
		}
		if r.Probability != nil {
			bySource[r.Source] = append(bySource[r.Source], i)
		}
	}
	for i, r := range k.c.Rows {
		if !claimed(r) || r.Probability == nil {
			continue
		}
		e, known := target.Element(r.Target)
		if !known {
			continue
		}
		best := -1
		for _, j := range bySource[r.Source] {
			o := k.c.Rows[j]
			if *o.Probability < *r.Probability+siblingMargin || stands[[2]string{o.Source, o.Target}] || best >= 0 && *o.Probability <= *k.c.Rows[best].Probability {
				continue
			}
			if s, ok := target.Element(o.Target); ok && kin(e, s) {
				best = j
			}
		}
		if best >= 0 {
			o := k.c.Rows[best]
			k.reportAll(BetterSibling, []int{i, best}, "%s is mapped to %s (p=%.2f) and not to %s (p=%.2f), row %d", r.Source, r.Target, *r.Probability, o.Target, *o.Probability, best+1)
		}
	}
}

// kin reports whether two elements have one parent or one is the parent of the
// other.
func kin(a, b corpus.Element) bool {
	return a.Parent != "" && a.Parent == b.Parent || a.Parent == b.ID || b.Parent == a.ID
}
