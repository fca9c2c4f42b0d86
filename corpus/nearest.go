package corpus

import (
	"slices"
	"strings"
	"unicode"
)

// longestCompared is how many characters of a word [Nearest] compares.
const longestCompared = 64

// Nearest returns the words of a list that are spelled most like an unknown one,
// such as an id that was mistyped: three at most, each once, the most alike first
// and of equals the first of the list. Two words are as far apart as the fewest
// characters to put in, take out, change or swap with their neighbour to make one
// of the other (optimal string alignment, the restricted form of the distance of Damerau 1964). Case makes no
// difference, and of a long word the first 64 characters count. Words that are further apart than half of the unknown one, two characters
// at least, are not near, nor are those with nothing in common.
func Nearest(unknown string, known []string) []string {
	type hit struct {
		word string
		far  int
	}
	of := spelling(unknown)
	var hits []hit
	seen := map[string]bool{}
	for _, word := range known {
		if seen[word] {
			continue
		}
		seen[word] = true
		to := spelling(word)
		if far := spellingDistance(of, to); far <= max(2, len(of)/2) && far < max(len(of), len(to)) {
			hits = append(hits, hit{word, far})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return a.far - b.far })
	var out []string
	for _, h := range hits[:min(3, len(hits))] {
		out = append(out, h.word)
	}
	return out
}

// DidYouMean puts [Nearest] into words that go behind an error, "; did you mean
// AC-2, AC-3 or AC-20?", or nothing if no word is near.
func DidYouMean(unknown string, known []string) string {
	near := Nearest(unknown, known)
	switch n := len(near); n {
	case 0:
		return ""
	case 1:
		return "; did you mean " + near[0] + "?"
	default:
		return "; did you mean " + strings.Join(near[:n-1], ", ") + " or " + near[n-1] + "?"
	}
}

// spelling returns the characters that are compared.
func spelling(word string) []rune {
	var out []rune
	for _, r := range word {
		if len(out) == longestCompared {
			break
		}
		out = append(out, unicode.ToLower(r))
	}
	return out
}

// spellingDistance is that of optimal string alignment. It keeps the last three
// rows of the table of all beginnings of both words.
func spellingDistance(a, b []rune) int {
	above, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		above, last, row = last, row, above
		row[0] = i + 1
		for j, y := range b {
			change := 1
			if x == y {
				change = 0
			}
			row[j+1] = min(last[j]+change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && x == b[j-1] && a[i-1] == y {
				row[j+1] = min(row[j+1], above[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
