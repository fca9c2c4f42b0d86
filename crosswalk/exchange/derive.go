package exchange

import (
	"fmt"
	"strings"

	"concord/crosswalk"
)

// A Derived is what follows for a source and a target from what maps both to an
// element of a third framework: a starting point without authority, to be
// judged by a person. It is never a row.
type Derived struct {
	Source string `json:"source"`
	Via    string `json:"via"`
	Target string `json:"target"`
	// First and Second are the relations of the path, both read towards the
	// target.
	First  crosswalk.Relation `json:"relation_1"`
	Second crosswalk.Relation `json:"relation_2"`
	// Relation follows from both by [crosswalk.Compose]; it is empty where
	// nothing follows.
	Relation crosswalk.Relation `json:"derived_relation"`
	Path     string             `json:"path"` // in words
	// Weakest is the weaker of the two relations: equal is stronger than a
	// containment, that than an intersection, and that than none that was typed.
	Weakest crosswalk.Relation `json:"weakest_link"`
	// Strength is the lower of the two; nil if one has none.
	Strength *int `json:"strength,omitempty"`
}

// Derive pairs the rows of two crosswalks that meet in an element of the
// framework in the middle: that of a name, or name@edition. Each crosswalk is read in the
// direction in which they meet. Rows that are not related derive nothing, and
// neither do an element and itself; of rows that nobody typed no relation follows. The order is that of the first
// crosswalk's rows, then of the second's. It is an error if the framework is not
// one side of both.
func Derive(hub string, first, second *Crosswalk) ([]Derived, error) {
	a, ok := meeting(first, hub)
	if !ok {
		return nil, fmt.Errorf("%s is not a side of the first crosswalk, which is from %s to %s", hub, first.Source.Spec(), first.Target.Spec())
	}
	b, ok := meeting(second, hub)
	if !ok {
		return nil, fmt.Errorf("%s is not a side of the second crosswalk, which is from %s to %s", hub, second.Source.Spec(), second.Target.Spec())
	}
	if x, y := a.Target.Edition, b.Target.Edition; x != y && x != "" && y != "" {
		return nil, fmt.Errorf("the crosswalks meet in two editions: %s and %s", a.Target.Spec(), b.Target.Spec())
	}
	b = b.Inverted()
	from := map[string][]Row{}
	for _, r := range b.Rows {
		from[r.Source] = append(from[r.Source], r)
	}
	var out []Derived
	for _, r := range a.Rows {
		for _, s := range from[r.Target] {
			if d, ok := derive(r, s); ok && !(a.Source.Name == b.Target.Name && d.Source == d.Target) {
				out = append(out, d)
			}
		}
	}
	return out, nil
}

// meeting returns the crosswalk with a framework as its target.
func meeting(c *Crosswalk, hub string) (*Crosswalk, bool) {
	is := func(f Framework) bool { return strings.EqualFold(f.Name, hub) || strings.EqualFold(f.Spec(), hub) }
	switch {
	case is(c.Target):
		return c, true
	case is(c.Source):
		return c.Inverted(), true
	}
	return nil, false
}

func derive(r, s Row) (Derived, bool) {
	if r.unrelated() || s.unrelated() {
		return Derived{}, false
	}
	d := Derived{Source: r.Source, Via: r.Target, Target: s.Target, First: r.Relation, Second: s.Relation, Weakest: r.Relation,
		Path: r.Sentence() + ", and " + s.Sentence()}
	if r.Relation != "" && s.Relation != "" {
		d.Relation, _ = crosswalk.Compose(r.Relation, s.Relation)
	}
	if weight(s.Relation) < weight(r.Relation) {
		d.Weakest = s.Relation
	}
	if r.Strength != nil && s.Strength != nil {
		n := min(*r.Strength, *s.Strength)
		d.Strength = &n
	}
	return d, true
}

// weight orders relations by how much they claim.
func weight(r crosswalk.Relation) int {
	switch {
	case r == crosswalk.Equal:
		return 2
	case r.Strong():
		return 1
	case r == "":
		return -1
	}
	return 0
}
