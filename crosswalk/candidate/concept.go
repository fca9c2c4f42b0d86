package candidate

import (
	"maps"
	"slices"
	"strconv"

	"concord/embed"
	"concord/embed/lexicon"
)

// concepts ranks targets by the concepts that their words stand for: BM25 over
// documents that hold families of the lexicon in place of words, in the same
// parts with the same weights.
type concepts struct {
	lexicon *lexicon.Lexicon
	word    map[string]string // that stands for a concept in the index, whose order is that of sums
	index   *embed.Lexical
}

// newConcepts indexes the concepts of documents, given their index terms.
func newConcepts(l *lexicon.Lexicon, docs [][]embed.Terms) *concepts {
	c := &concepts{lexicon: l, word: map[string]string{}}
	for i, id := range l.IDs() {
		c.word[id] = "c" + strconv.Itoa(i)
	}
	c.index = embed.IndexTerms(len(docs), func(i int) []embed.Terms { return c.read(docs[i]) })
	return c
}

// read returns the parts of a document with concepts in place of words.
func (c *concepts) read(parts []embed.Terms) []embed.Terms {
	out := make([]embed.Terms, len(parts))
	for i, p := range parts {
		ids := c.lexicon.Concepts(p.Terms)
		for j, id := range ids {
			ids[j] = c.word[id]
		}
		out[i] = embed.Terms{Weight: p.Weight, Terms: ids}
	}
	return out
}

// scores returns the score of every indexed element for a source.
func (c *concepts) scores(query []embed.Terms) []float64 {
	return c.index.Scores(embed.Weigh(c.read(query)))
}

// shared returns, for each concept that a source names, what it adds to the
// score of every indexed element.
func (c *concepts) shared(query []embed.Terms) map[string][]float64 {
	name := make(map[string]string, len(c.word))
	for id, word := range c.word {
		name[word] = id
	}
	out := map[string][]float64{}
	for _, term := range embed.Weigh(c.read(query)) {
		out[name[term.Term]] = c.index.Scores([]embed.WeightedTerm{term})
	}
	return out
}

// sharedConcepts names the concepts that the source shares with a target or the
// best of its children.
func (x *Explanation) sharedConcepts(target int) []Reason {
	best, most := x.ranker.own[target], -1.0
	for _, at := range append([]int{best}, x.ranker.below[target]...) {
		sum := 0.0
		for _, concept := range slices.Sorted(maps.Keys(x.concepts)) {
			sum += x.concepts[concept][at]
		}
		if sum > most {
			best, most = at, sum
		}
	}
	var out []Reason
	for concept, gains := range x.concepts {
		if gains[best] > 0 {
			out = append(out, Reason{Name: concept, Value: gains[best]})
		}
	}
	sortReasons(out)
	return out
}
