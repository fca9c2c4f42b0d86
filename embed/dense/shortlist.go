package dense

import (
	"cmp"
	"slices"
)

// A shortlist keeps the best of the hits that it is shown in order of row. Once
// it is full it is a heap with the worst hit at its root, so that most scores
// cost one comparison.
type shortlist struct {
	size int
	hits []Hit
}

// newShortlist keeps the k best of n.
func newShortlist(k, n int) shortlist {
	size := max(min(k, n), 0)
	return shortlist{size: size, hits: make([]Hit, 0, size)}
}

// add shows the scores of the rows from the given one on.
func (s *shortlist) add(from int, scores []float64) {
	i := 0
	for ; i < len(scores) && len(s.hits) < s.size; i++ {
		s.hits = append(s.hits, Hit{from + i, scores[i]})
		if len(s.hits) == s.size {
			for root := s.size/2 - 1; root >= 0; root-- {
				s.sink(root)
			}
		}
	}
	if i == len(scores) || s.size == 0 {
		return
	}
	floor := s.hits[0].Score
	for ; i < len(scores); i++ {
		if scores[i] > floor { // of equal scores the earlier row is better
			s.hits[0] = Hit{from + i, scores[i]}
			s.sink(0)
			floor = s.hits[0].Score
		}
	}
}

// sink moves a hit down to where no better one stands above a worse.
func (s *shortlist) sink(at int) {
	for {
		worst := 2*at + 1
		if worst >= len(s.hits) {
			return
		}
		if right := worst + 1; right < len(s.hits) && before(s.hits[worst], s.hits[right]) {
			worst = right
		}
		if !before(s.hits[at], s.hits[worst]) {
			return
		}
		s.hits[at], s.hits[worst] = s.hits[worst], s.hits[at]
		at = worst
	}
}

// sorted returns the hits that were kept, best first, in the same memory. The
// shortlist takes no more.
func (s *shortlist) sorted() []Hit {
	sortHits(s.hits)
	return s.hits
}

func sortHits(hits []Hit) { slices.SortFunc(hits, compare) }

// before reports whether a is the better hit: by its score, and by its row
// where scores tie.
func before(a, b Hit) bool { return a.Score > b.Score || a.Score == b.Score && a.Row < b.Row }

func compare(a, b Hit) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Row, b.Row))
}
