// Package shingle says how much of two texts is the same.
//
// A text is the set of its shingles: every index term (see [embed.Analyzer]:
// stems in lower case, without stop words and parameter placeholders) and every
// two that follow one another. The resemblance of two texts is what their sets
// share, divided by what they have together, and the containment of one in
// another is the share of its set that the other has too, both 0 to 1: Broder,
// "On the resemblance and containment of documents", SEQUENCES 1997. Terms
// stand beside pairs of terms since most statements have ten terms or fewer,
// and one that is changed would take half of the pairs along.
package shingle

import "concord/embed"

// An Overlap is what a text shares with another.
type Overlap struct {
	Shared      int     // shingles
	Resemblance float64 // of the two, 0 to 1, the same both ways
	Contained   float64 // how much of the text asked about stands in the other, 0 to 1
}

// An Index knows which texts have a shingle. It is safe for concurrent use.
type Index struct {
	sizes    []int            // shingles of each text
	postings map[uint64][]int // by shingle, positions of texts
	analyzer embed.Analyzer
	numbers  map[string]uint64 // of the terms met, so that a shingle is a number
}

// NewIndex indexes texts.
func NewIndex(texts []string) *Index {
	x := &Index{sizes: make([]int, len(texts)), postings: map[uint64][]int{}, numbers: map[string]uint64{}}
	for i, t := range texts {
		grams := x.shingles(t, x.numbers)
		x.sizes[i] = len(grams)
		for _, g := range grams {
			x.postings[g] = append(x.postings[g], i)
		}
	}
	return x
}

// Overlaps returns what a text shares with each text of the index, in their
// order. A text without an index term shares nothing.
func (x *Index) Overlaps(text string) []Overlap {
	grams := x.shingles(text, map[string]uint64{})
	out := make([]Overlap, len(x.sizes))
	for _, g := range grams {
		for _, i := range x.postings[g] {
			out[i].Shared++
		}
	}
	for i := range out {
		if n := out[i].Shared; n > 0 {
			out[i].Resemblance = float64(n) / float64(len(grams)+x.sizes[i]-n)
			out[i].Contained = float64(n) / float64(len(grams))
		}
	}
	return out
}

// shingles returns the distinct terms of a text and the distinct pairs of terms
// that follow one another, in order of first use. Terms that were not met before
// get the next numbers, which are put down in fresh.
func (x *Index) shingles(text string, fresh map[string]uint64) []uint64 {
	var out []uint64
	seen := map[uint64]bool{}
	add := func(g uint64) {
		if !seen[g] {
			seen[g] = true
			out = append(out, g)
		}
	}
	met := uint64(len(x.numbers))
	var before uint64
	for _, term := range x.analyzer.Terms(text) {
		n, known := x.numbers[term]
		if !known {
			n, known = fresh[term]
		}
		if !known {
			met++
			n = met
			fresh[term] = n
		}
		add(n)
		if before > 0 {
			add(before<<32 | n)
		}
		before = n
	}
	return out
}
