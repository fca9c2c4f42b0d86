package eval

import (
	"concord/corpus"
	"concord/crosswalk"
	"concord/embed"
)

// PlainBM25 is what an engine must beat to be worth having: stemmed BM25 with
// textbook parameters over title, statement and guidance run together.
type PlainBM25 struct {
	targets []corpus.Element
	index   *embed.Lexical
}

// NewPlainBM25 indexes the targets of the given kinds, all if none.
func NewPlainBM25(target *corpus.Framework, kinds ...string) *PlainBM25 {
	b := &PlainBM25{targets: target.Mappable(kinds...)}
	docs := make([]embed.Document, len(b.targets))
	for i, e := range b.targets {
		docs[i] = embed.Document{ID: e.ID, Parts: []embed.Part{{Weight: 1, Text: crosswalk.Judged(e)}}}
	}
	b.index = embed.NewLexical(docs)
	return b
}

// Targets returns what is ranked.
func (b *PlainBM25) Targets() []corpus.Element { return b.targets }

// Rank orders all targets by their score for the title and statement of the
// source, ties by id.
func (b *PlainBM25) Rank(source corpus.Element) []crosswalk.Candidate {
	scores := b.index.Scores(b.index.Query(embed.Part{Weight: 1, Text: source.Title + "\n" + source.Text}))
	hits := make([]embed.Hit, len(scores))
	place := make(map[string]int, len(scores))
	for i, s := range scores {
		hits[i] = embed.Hit{ID: b.targets[i].ID, Score: s}
		place[b.targets[i].ID] = i
	}
	embed.Sort(hits)
	out := make([]crosswalk.Candidate, len(hits))
	for i, h := range hits {
		out[i] = crosswalk.Candidate{Element: b.targets[place[h.ID]], Rank: i + 1, Score: h.Score}
	}
	return out
}
