package orgprofile

import (
	"slices"
	"strings"
)

// words lists what may stand somewhere: "open, partly or met".
func words[W ~string](of []W) string {
	list := make([]string, len(of))
	for i, w := range of {
		list[i] = string(w)
	}
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}

// sorted lists names by the alphabet.
func sorted(names []string) string {
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// longest is how much of an unknown word is compared.
const longest = 64

// nearest returns the words of a list that are most like one, at most three, the
// most alike first and of equals the first of the list. Those that have less than
// half in common are none.
func nearest(word string, list []string) []string {
	type near struct {
		word string
		far  int
	}
	of := folded(word)
	var found []near
	for _, w := range list {
		if d := distance(of, folded(w)); 2*d <= len(of) {
			found = append(found, near{w, d})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return a.far - b.far })
	var out []string
	for _, n := range found[:min(3, len(found))] {
		out = append(out, n.word)
	}
	return out
}

func folded(word string) []rune {
	r := []rune(strings.ToLower(word))
	return r[:min(longest, len(r))]
}

// distance counts the letters to add, take away or change to make b of a
// (Levenshtein 1966).
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			change := diagonal
			if x != y {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// suggest puts nearest into words, "" if there are none.
func suggest(word string, list []string) string {
	if near := nearest(word, list); len(near) > 0 {
		return "; did you mean " + words(near) + "?"
	}
	return ""
}
