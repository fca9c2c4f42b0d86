package local

import (
	"fmt"

	"concord/embed"
	"concord/embed/lexicon"
)

// conceptMark stands before the id of a concept, which no index term has.
const conceptMark = "#"

// A Reader says what a text counts as. Trainer and model read texts through it,
// so whatever else a text is to be known by belongs here. It is safe for
// concurrent use.
type Reader struct {
	analyzer embed.Analyzer
	lexicon  *lexicon.Lexicon
}

// NewReader returns a reader with the lexicon that comes with the program.
func NewReader() (*Reader, error) {
	l, err := lexicon.Default()
	if err != nil {
		return nil, fmt.Errorf("word vectors: %w", err)
	}
	return &Reader{lexicon: l}, nil
}

// Features returns the index terms of a text and then the concepts that they
// stand for, "#" before the id, both in order and with repeats.
func (r *Reader) Features(text string) []string {
	features := r.analyzer.Terms(text)
	for _, id := range r.lexicon.Concepts(features) {
		features = append(features, conceptMark+id)
	}
	return features
}
