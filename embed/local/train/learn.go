package main

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"concord/embed/local"
)

// settings of the learner.
type settings struct {
	dimensions int
	window     int
	least      int
	seed       uint64
}

// usual are the settings of the model that comes with the program. Of 100 to 300
// dimensions, windows of 2 words to the whole text, singular values to the power
// 0, 1/2 and 1, and with and without the common component, they ranked
// frameworks best whose texts were held out of training; all were close.
func usual() settings { return settings{dimensions: 100, window: 5, least: 1, seed: 1} }

// A vocabulary has the words to learn, ascending, and the texts as places in it.
type vocabulary struct {
	terms []string
	idf   []float64
	texts [][]int32
}

// learn makes a model of the texts. It takes at least as many words as
// dimensions.
func learn(texts []text, s settings, h local.Header, progress io.Writer) (*local.Model, error) {
	v := newVocabulary(texts, s.least)
	if len(v.terms) <= s.dimensions {
		return nil, fmt.Errorf("%d words stand in %d elements or more: too few for %d dimensions", len(v.terms), s.least, s.dimensions)
	}
	fmt.Fprintf(progress, "counting which of %d words stand near which in %d elements\n", len(v.terms), len(v.texts))
	company := neighbours(v.texts, len(v.terms), s.window)
	associate(company)
	vectors, err := leftSingular(company, s.dimensions, s.seed, progress)
	if err != nil {
		return nil, err
	}
	for i, row := range vectors {
		for d := range row {
			row[d] *= v.idf[i]
		}
	}
	return local.New(h, v.terms, vectors)
}

// newVocabulary collects the words that stand in at least so many elements.
// Elements that say the same are one: editions and profiles repeat each other.
// What is no word ([local.IsTerm]) is left out.
func newVocabulary(texts []text, least int) vocabulary {
	var distinct [][]string
	seen := map[string]bool{}
	in := map[string]int{} // how many elements have the word
	for _, t := range texts {
		for _, e := range t.elements {
			if k := strings.Join(e, " "); !seen[k] {
				seen[k] = true
				distinct = append(distinct, e)
				for _, term := range slices.Compact(slices.Sorted(slices.Values(e))) {
					in[term]++
				}
			}
		}
	}
	maps.DeleteFunc(in, func(term string, n int) bool { return n < least || !local.IsTerm(term) })
	v := vocabulary{terms: slices.Sorted(maps.Keys(in))}
	place := map[string]int32{}
	for i, term := range v.terms {
		place[term] = int32(i)
		v.idf = append(v.idf, max(0, math.Log(float64(1+len(distinct))/(0.5+float64(in[term])))))
	}
	for _, e := range distinct {
		var known []int32
		for _, term := range e {
			if at, ok := place[term]; ok {
				known = append(known, at)
			}
		}
		v.texts = append(v.texts, known)
	}
	return v
}
