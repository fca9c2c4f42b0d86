package review

import (
	"cmp"
	"slices"
	"strings"

	"concord/corpus"
)

// found is how many elements a search shows.
const found = 40

// search returns the elements that have every word of a query in their id, title
// or text: those with the words in the id first, then in the title, and in the
// order of the document where that is equal.
func search(elements []corpus.Element, query string) []corpus.Element {
	words := strings.Fields(strings.ToLower(query))
	if len(words) == 0 {
		return nil
	}
	type hit struct {
		corpus.Element
		worth int
	}
	var hits []hit
	for _, e := range elements {
		id, title, text := strings.ToLower(e.ID+" "+e.Printed), strings.ToLower(e.Title), strings.ToLower(e.Text+" "+e.Guide)
		worth, all := 0, true
		for _, w := range words {
			switch {
			case strings.HasPrefix(id, w+" "):
				worth += 8
			case strings.Contains(id, w):
				worth += 4
			case strings.Contains(title, w):
				worth += 2
			case strings.Contains(text, w):
			default:
				all = false
			}
		}
		if all {
			hits = append(hits, hit{e, worth})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(b.worth, a.worth) })
	var out []corpus.Element
	for _, h := range hits[:min(found, len(hits))] {
		out = append(out, h.Element)
	}
	return out
}
