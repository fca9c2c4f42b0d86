package lint

import (
	"gonum.org/v1/gonum/graph/simple"
	"gonum.org/v1/gonum/graph/topo"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
)

// pairs finds rows about one pair that do not go together.
func (k *checker) pairs() {
	type typed struct {
		source, target string
		rationale      crosswalk.RationaleType
	}
	first := map[typed]int{}
	contained := map[[2]string]int{} // the first row that makes a pair a subset or superset
	for i, r := range k.c.Rows {
		t := typed{r.Source, r.Target, r.RationaleType}
		if at, twice := first[t]; twice {
			k.reportAll(DuplicatePair, []int{i, at}, "%s and %s stand in row %d already%s", r.Source, r.Target, at+1, asWhat(k.c.Rows[at], r))
		} else {
			first[t] = i
		}
		if r.Relation != crosswalk.SubsetOf && r.Relation != crosswalk.SupersetOf || !related(r) {
			continue
		}
		pair := [2]string{r.Source, r.Target}
		if at, met := contained[pair]; !met {
			contained[pair] = i
		} else if was := k.c.Rows[at].Relation; was != r.Relation {
			k.reportAll(DirectionFlip, []int{i, at}, "%s; row %d says that %s", r.Relation.Sentence(r.Source, r.Target), at+1, was.Sentence(r.Source, r.Target))
		}
	}
}

func asWhat(was, is exchange.Row) string {
	if was.Relation == is.Relation {
		return ""
	}
	return ", with another relation"
}

// manyEquals is the number of equal sources from which a target is more likely
// to be a vague one than to be what each of them says.
const manyEquals = 3

// equals finds elements that are equal to more than one. A target with many
// equal sources is one finding, not one a row.
func (k *checker) equals() {
	byTarget := map[string][]int{} // the first row of each source
	seen := map[[2]string]bool{}
	var targets []string
	for i, r := range k.c.Rows {
		pair := [2]string{r.Source, r.Target}
		if r.Relation != crosswalk.Equal || !related(r) || seen[pair] {
			continue
		}
		seen[pair] = true
		if byTarget[r.Target] == nil {
			targets = append(targets, r.Target)
		}
		byTarget[r.Target] = append(byTarget[r.Target], i)
	}
	for _, id := range targets {
		if rows := byTarget[id]; len(rows) >= manyEquals {
			k.reportAll(EqualMany, rows, "%d sources are equal to target %s, in %s: are they equal to each other?", len(rows), id, rowList(rows))
		}
	}
	type end struct {
		side crosswalk.Side
		id   string
	}
	first := map[end]int{}
	meet := func(i int, e end, other func(exchange.Row) string) {
		at, met := first[e]
		if !met {
			first[e] = i
		} else if was := other(k.c.Rows[at]); was != other(k.c.Rows[i]) {
			k.reportAll(EqualTwice, []int{i, at}, "%s %s is equal to %s, and to %s in row %d: are those equal?", e.side, e.id, other(k.c.Rows[i]), was, at+1)
		}
	}
	for i, r := range k.c.Rows {
		if r.Relation != crosswalk.Equal || !related(r) {
			continue
		}
		meet(i, end{crosswalk.SourceSide, r.Source}, func(r exchange.Row) string { return r.Target })
		if len(byTarget[r.Target]) < manyEquals {
			meet(i, end{crosswalk.TargetSide, r.Target}, func(r exchange.Row) string { return r.Source })
		}
	}
}

// gaps finds elements that are listed as gaps and mapped.
func (k *checker) gaps() {
	type end struct {
		side crosswalk.Side
		id   string
	}
	first := map[end]int{}
	for i, r := range k.c.Rows {
		if !related(r) {
			continue
		}
		for _, e := range []end{{crosswalk.SourceSide, r.Source}, {crosswalk.TargetSide, r.Target}} {
			if _, met := first[e]; !met {
				first[e] = i
			}
		}
	}
	for _, g := range k.c.Gaps {
		if at, mapped := first[end{g.Side, g.ID}]; mapped {
			k.report(MappedGap, at, "%s %s is listed as a gap", g.Side, g.ID)
		}
	}
}

// circles finds subsets that run in a circle, such as A in B, B in C and C equal
// to A. Each rationale type is a comparison of its own.
func (k *checker) circles() {
	for _, t := range []crosswalk.RationaleType{"", crosswalk.Syntactic, crosswalk.Semantic, crosswalk.Functional} {
		k.circlesOf(t)
	}
}

func (k *checker) circlesOf(t crosswalk.RationaleType) {
	merged := classes{}
	var strict [][3]int // smaller element, larger one, row
	flipped := k.flipped()
	for i, r := range k.c.Rows {
		if r.RationaleType != t || !related(r) || flipped[[2]string{r.Source, r.Target}] {
			continue
		}
		a, b := merged.number("source "+r.Source), merged.number("target "+r.Target)
		if k.c.Source.Spec() == k.c.Target.Spec() { // one framework mapped to itself
			a, b = merged.number(r.Source), merged.number(r.Target)
		}
		switch r.Relation {
		case crosswalk.Equal:
			merged.join(a, b)
		case crosswalk.SubsetOf:
			strict = append(strict, [3]int{a, b, i})
		case crosswalk.SupersetOf:
			strict = append(strict, [3]int{b, a, i})
		}
	}
	graph := simple.NewDirectedGraph()
	for _, e := range strict {
		if a, b := merged.class(e[0]), merged.class(e[1]); a != b {
			graph.SetEdge(graph.NewEdge(simple.Node(a), simple.Node(b)))
		}
	}
	circle := map[int]int{} // by class of elements: the circle they are in
	for n, members := range topo.TarjanSCC(graph) {
		for _, m := range members {
			circle[int(m.ID())] = n + 1
		}
	}
	rows := map[[2]int][]int{} // by circle, or by class where equals alone close it
	var order [][2]int
	for _, e := range strict {
		a, b := merged.class(e[0]), merged.class(e[1])
		where := [2]int{circle[a], 0}
		if a == b {
			where = [2]int{0, a + 1}
		} else if circle[a] != circle[b] {
			continue
		}
		if rows[where] == nil {
			order = append(order, where)
		}
		rows[where] = append(rows[where], e[2])
	}
	for _, where := range order {
		at := rows[where][0]
		r := k.c.Rows[at]
		k.reportAll(SubsetCycle, rows[where], "%s, and by way of other rows the reverse: see %s and the equal pairs between them",
			r.Relation.Sentence(r.Source, r.Target), rowList(rows[where]))
	}
}

// flipped returns the pairs that are subset and superset at once, which are
// findings of their own.
func (k *checker) flipped() map[[2]string]bool {
	first, flipped := map[[2]string]crosswalk.Relation{}, map[[2]string]bool{}
	for _, r := range k.c.Rows {
		pair := [2]string{r.Source, r.Target}
		if r.Relation != crosswalk.SubsetOf && r.Relation != crosswalk.SupersetOf || !related(r) {
			continue
		}
		if was, met := first[pair]; met && was != r.Relation {
			flipped[pair] = true
		}
		first[pair] = r.Relation
	}
	return flipped
}

// classes join elements that are equal.
type classes struct {
	numbers map[string]int
	parent  []int
}

// number returns the number of an element.
func (c *classes) number(name string) int {
	if c.numbers == nil {
		c.numbers = map[string]int{}
	}
	n, known := c.numbers[name]
	if !known {
		n = len(c.parent)
		c.numbers[name] = n
		c.parent = append(c.parent, n)
	}
	return n
}

// class returns the number of one element that stands for all equal ones.
func (c *classes) class(n int) int {
	for c.parent[n] != n {
		c.parent[n] = c.parent[c.parent[n]]
		n = c.parent[n]
	}
	return n
}

func (c *classes) join(a, b int) { c.parent[c.class(a)] = c.class(b) }
