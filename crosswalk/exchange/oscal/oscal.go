// Package oscal writes, reads and checks OSCAL control-mapping collections
// (schema 1.2), in JSON or YAML.
//
// OSCAL refers to the catalogs for what elements say, so their texts are not
// written; everything else that a crosswalk holds is, in properties of
// [Namespace] where OSCAL has no place of its own.
package oscal

import (
	"slices"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
)

const (
	// Version is the version of OSCAL that is written.
	Version = "1.2.1"
	// Namespace tells the properties of Concord, and its word for a pair whose
	// relation nobody typed, from those of others.
	Namespace = "urn:concord:oscal"
	// standard is the namespace that OSCAL means where none is given.
	standard = "http://csrc.nist.gov/ns/oscal"
)

// Held lists the fields that a mapping collection keeps: all but the texts.
func Held() []exchange.Field {
	return slices.DeleteFunc(exchange.Fields(), func(f exchange.Field) bool { return f == exchange.FieldTexts })
}

// untyped is the relationship, in [Namespace], of a pair that is related in a
// way that nobody said.
const untyped = "related-to"

// word returns the relationship for a relation. OSCAL has two for equal: of the
// same wording and of the same meaning.
func word(r crosswalk.Relation, t crosswalk.RationaleType) string {
	switch r {
	case crosswalk.SubsetOf:
		return "subset-of"
	case crosswalk.SupersetOf:
		return "superset-of"
	case crosswalk.IntersectsWith:
		return "intersects-with"
	case crosswalk.NoRelationship:
		return "no-relationship"
	case crosswalk.Equal:
		if t == crosswalk.Syntactic {
			return "equal-to"
		}
		return "equivalent-to"
	}
	return untyped
}

// words lists the relationships of OSCAL 1.2, section mapping-collection of its
// reference. The JSON schema lets any token pass.
func words() []string {
	return []string{"equivalent-to", "equal-to", "subset-of", "superset-of", "intersects-with", "no-relationship"}
}

// relation returns what a relationship of OSCAL means, or "" for another word.
func relation(word string) crosswalk.Relation {
	switch word {
	case "subset-of":
		return crosswalk.SubsetOf
	case "superset-of":
		return crosswalk.SupersetOf
	case "intersects-with":
		return crosswalk.IntersectsWith
	case "no-relationship":
		return crosswalk.NoRelationship
	case "equal-to", "equivalent-to":
		return crosswalk.Equal
	}
	return ""
}
