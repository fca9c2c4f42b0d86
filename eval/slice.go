package eval

import (
	"cmp"
	"slices"
	"strconv"
)

// A Slice is a part of the cases that have something in common.
type Slice struct {
	By    string // as in Slicings
	Name  string // such as "GV" or "priority 1"
	Cases []Case
}

// Slicings names the ways to slice.
func Slicings() []string { return []string{"function", "category", "focus", "priority", "kind"} }

// SliceBy parts the cases, in order of name; cases without the property are in
// no slice. It is nil where there are not at least two.
func SliceBy(by string, cases []Case) []Slice {
	name := func(c Case) string {
		switch by {
		case "function":
			return c.Function
		case "category":
			return c.Category
		case "focus":
			return c.Source.Focus
		case "kind":
			return c.Source.Kind
		case "priority":
			if c.Source.Priority > 0 {
				return "priority " + strconv.Itoa(c.Source.Priority)
			}
		}
		return ""
	}
	var slicesOf []Slice
	place := map[string]int{}
	for _, c := range cases {
		n := name(c)
		if n == "" {
			continue
		}
		at, ok := place[n]
		if !ok {
			at = len(slicesOf)
			place[n] = at
			slicesOf = append(slicesOf, Slice{By: by, Name: n})
		}
		slicesOf[at].Cases = append(slicesOf[at].Cases, c)
	}
	if len(slicesOf) < 2 {
		return nil
	}
	slices.SortFunc(slicesOf, func(a, b Slice) int { return cmp.Compare(a.Name, b.Name) })
	return slicesOf
}
