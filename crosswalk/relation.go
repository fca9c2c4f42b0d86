package crosswalk

import "fmt"

// A Relation is one of the five set-theory relations of NIST IR 8477, section
// 4.3, always read from source to target: with SubsetOf the target holds all
// that the source holds, and more.
type Relation string

const (
	SubsetOf       Relation = "subset_of"
	IntersectsWith Relation = "intersects_with"
	Equal          Relation = "equal"
	SupersetOf     Relation = "superset_of"
	NoRelationship Relation = "no_relationship"
)

// Relations lists the five in the order of IR 8477.
func Relations() []Relation {
	return []Relation{SubsetOf, IntersectsWith, Equal, SupersetOf, NoRelationship}
}

// ParseRelation reads the name of a relation as this package writes it.
func ParseRelation(s string) (Relation, error) {
	for _, r := range Relations() {
		if string(r) == s {
			return r, nil
		}
	}
	return "", fmt.Errorf("unknown relation %q: want one of %v", s, Relations())
}

// Inverse returns the relation read from target to source.
func (r Relation) Inverse() Relation {
	switch r {
	case SubsetOf:
		return SupersetOf
	case SupersetOf:
		return SubsetOf
	}
	return r
}

// Weaker returns the strongest claim that two readings of one pair both bear
// out: of equal and a containment the containment, of containments in opposite
// directions an intersection. Where one of them sees no relationship the other
// is a claim in dispute, of which an intersection is left.
func Weaker(a, b Relation) Relation {
	switch {
	case a == b:
		return a
	case a == Equal && b.Strong():
		return b
	case b == Equal && a.Strong():
		return a
	}
	return IntersectsWith
}

// Strong reports whether the relation claims that one side holds all of the
// other. Downstream tools copy compliance along such claims.
func (r Relation) Strong() bool { return r == Equal || r == SubsetOf || r == SupersetOf }

// Compose returns the relation of A to C, given A to B and B to C, and whether
// one follows. Only the safe compositions do: equal is neutral, subset and
// superset chain with themselves. Everything else says nothing about A and C.
func Compose(ab, bc Relation) (Relation, bool) {
	switch {
	case ab == Equal && bc != NoRelationship:
		return bc, true
	case bc == Equal && ab != NoRelationship:
		return ab, true
	case ab == bc && (ab == SubsetOf || ab == SupersetOf):
		return ab, true
	case ab == Equal, bc == Equal:
		return NoRelationship, true
	}
	return "", false
}

// Sentence puts the relation of two ids into words.
func (r Relation) Sentence(source, target string) string {
	switch r {
	case SubsetOf:
		return source + " is a subset of " + target
	case SupersetOf:
		return source + " is a superset of " + target
	case IntersectsWith:
		return source + " intersects with " + target
	case Equal:
		return source + " is equal to " + target
	}
	return source + " has no relationship with " + target
}

// A RationaleType says how two elements were compared (IR 8477, section 4.3):
// by their words, their meaning, or the results of carrying them out.
type RationaleType string

const (
	Syntactic  RationaleType = "syntactic"
	Semantic   RationaleType = "semantic"
	Functional RationaleType = "functional"
)

// ParseRationaleType reads the name of a rationale type.
func ParseRationaleType(s string) (RationaleType, error) {
	switch t := RationaleType(s); t {
	case Syntactic, Semantic, Functional:
		return t, nil
	}
	return "", fmt.Errorf("unknown rationale type %q: want syntactic, semantic or functional", s)
}
