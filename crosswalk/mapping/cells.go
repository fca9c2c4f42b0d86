package mapping

import (
	"slices"
	"strings"
	"unicode"
)

// ids returns the ids in a cell, which is one of them unless it may list
// several.
func ids(cell string, lists bool) []string {
	if !lists {
		if cell = fold(cell); cell == "" {
			return nil
		}
		return []string{cell}
	}
	parts := fields(cell, "\n\r;")
	var out []string
	for _, p := range parts {
		if list := fields(p, ","); !slices.ContainsFunc(list, notCode) {
			out = append(out, list...)
		} else {
			out = append(out, p)
		}
	}
	return out
}

// fields cuts a cell at any of these characters, and folds what is left.
func fields(cell, at string) []string {
	var out []string
	for part := range strings.FieldsFuncSeq(cell, func(c rune) bool { return strings.ContainsRune(at, c) }) {
		if part = fold(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// notCode reports whether a part of a list reads as words rather than as an id.
func notCode(part string) bool {
	return !strings.ContainsFunc(part, unicode.IsDigit) && strings.ContainsFunc(part, unicode.IsLower)
}
