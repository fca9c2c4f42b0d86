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

// siblings finds targets that are not mapped though they are clearly more
// probable than one that is, for the same source, and have its parent or belong
// to the same control. One that is better than several is one finding.
func (k *checker) siblings(target *corpus.Framework) {
	if target == nil {
		return
	}
	stands := map[[2]string]bool{}
	for _, r := range k.c.Rows {
		if claimed(r) {
			stands[[2]string{r.Source, r.Target}] = true
		}
	}
	left := map[string][]int{} // by source: the rows of what is not mapped
	for i, r := range k.c.Rows {
		if r.Probability != nil && !stands[[2]string{r.Source, r.Target}] {
			left[r.Source] = append(left[r.Source], i)
		}
	}
	worse := map[int][]int{} // by row of the better one: the rows that stand instead
	var order []int
	for i, r := range k.c.Rows {
		if !claimed(r) || r.Probability == nil {
			continue
		}
		if best := k.better(r, left[r.Source], target); best >= 0 {
			if worse[best] == nil {
				order = append(order, best)
			}
			worse[best] = append(worse[best], i)
		}
	}
	for _, best := range order {
		rows, r := worse[best], k.c.Rows[best]
		var ids []string
		most := 0.0
		for _, i := range rows {
			ids = append(ids, k.c.Rows[i].Target)
			most = max(most, *k.c.Rows[i].Probability)
		}
		upTo := ""
		if len(rows) > 1 {
			upTo = "up to "
		}
		k.reportAll(BetterSibling, append(rows, best), "%s is mapped to %s (probability %s%.2f) and not to %s (%.2f), row %d",
			r.Source, list(slices.Compact(ids)), upTo, most, r.Target, *r.Probability, best+1)
	}
}

// better returns the index of the most probable one, and the first of these, of
// rows that are left over and clearly better than a row that stands; or -1.
func (k *checker) better(r exchange.Row, left []int, target *corpus.Framework) int {
	e, known := target.Element(r.Target)
	best, bar := -1, *r.Probability+siblingMargin
	for _, i := range left {
		o := k.c.Rows[i]
		if p := *o.Probability; !known || p < bar || best >= 0 && p == bar {
			continue
		}
		if s, ok := target.Element(o.Target); ok && kin(e, s) {
			best, bar = i, *o.Probability
		}
	}
	return best
}

// kin reports whether two elements have one parent or one is the parent of the
// other.
func kin(a, b corpus.Element) bool {
	return a.Parent != "" && a.Parent == b.Parent || a.Parent == b.ID || b.Parent == a.ID
}
