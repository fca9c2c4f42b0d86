package mapping

import (
	"math"
	"strconv"
	"strings"

	"concord/crosswalk"
)

// plain returns a word in lower case, with blanks for dashes and underscores.
func plain(word string) string {
	return fold(strings.NewReplacer("_", " ", "-", " ").Replace(strings.ToLower(word)))
}

// relationOf returns the relation that a maker's word stands for, or "".
func relationOf(word string) crosswalk.Relation {
	switch strings.TrimPrefix(plain(word), "is ") {
	case "equal", "equals", "equal to", "equivalent", "equivalent to", "exact", "exact match", "exactmatch":
		return crosswalk.Equal
	case "subset", "subset of", "broad match", "broadmatch":
		return crosswalk.SubsetOf
	case "superset", "superset of", "narrow match", "narrowmatch":
		return crosswalk.SupersetOf
	case "intersect", "intersects", "intersects with", "overlap", "overlaps", "overlaps with",
		"closematch", "close match", "relatedmatch", "related match":
		return crosswalk.IntersectsWith
	case "none", "no relationship", "no relation", "not related", "not related to":
		return crosswalk.NoRelationship
	}
	return ""
}

// isNothing reports whether a target cell says that there is no target.
func isNothing(cell string) bool {
	switch strings.ToLower(cell) {
	case "-", "–", "—", "none", "n/a", "no mapping", "not mapped", "no match":
		return true
	}
	return false
}

// rationaleTypeOf returns the rationale type that a word stands for, or "".
func rationaleTypeOf(word string) crosswalk.RationaleType {
	t, _ := crosswalk.ParseRationaleType(plain(word)) // a word of the maker's own is no type
	return t
}

// strengthOf returns the integer from 0 to 10 that a cell holds, or -1. Makers
// have other scales, which say nothing on this one.
func strengthOf(cell string) int {
	f, err := strconv.ParseFloat(fold(cell), 64)
	if err != nil || f < 0 || f > 10 || f != math.Trunc(f) {
		return -1
	}
	return int(f)
}
