package candidate

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"concord/embed"
	"concord/embed/lexicon"
)

// concepts ranks targets by the concepts that their words stand for: BM25 over
// documents that hold families of the lexicon in place of words, in the same
// parts with the same weights.
type concepts struct {
	lexicon  *lexicon.Lexicon
	word     map[string]string // that stands for a concept in the index
	index    *embed.Lexical
	analyzer embed.Analyzer
}

func newConcepts(docs []embed.Document) (*concepts, error) {
	l, err := lexicon.Default()
	if err != nil {
		return nil, fmt.Errorf("concepts: %w", err)
	}
	c := &concepts{lexicon: l, word: map[string]string{}}
	for i, id := range l.IDs() {
		c.word[id] = "c" + strconv.Itoa(i) // a word that no stemmer touches
	}
	read := make([]embed.Document, len(docs))
	for i, d := range docs {
		read[i] = c.read(d)
	}
	c.index = embed.NewLexical(read)
	return c, nil
}

// read returns a document with concepts in place of words.
func (c *concepts) read(d embed.Document) embed.Document {
	out := embed.Document{ID: d.ID, Parts: make([]embed.Part, len(d.Parts))}
	for i, p := range d.Parts {
		var b strings.Builder
		for _, id := range c.lexicon.Concepts(c.analyzer.Terms(p.Text)) {
			b.WriteString(c.word[id])
			b.WriteByte(' ')
		}
		out.Parts[i] = embed.Part{Weight: p.Weight, Text: b.String()}
	}
	return out
}

// scores returns the score of every indexed element for a source.
func (c *concepts) scores(query embed.Document) []float64 {
	return c.index.Scores(c.index.Query(c.read(query).Parts...))
}

// shared returns, for each concept that a source names, what it adds to the
// score of every indexed element.
func (c *concepts) shared(query embed.Document) map[string][]float64 {
	name := make(map[string]string, len(c.word))
	for id, word := range c.word {
		name[word] = id
	}
	out := map[string][]float64{}
	for _, term := range c.index.Query(c.read(query).Parts...) {
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
