package convention

import (
	"slices"

	"concord/embed/shingle"
)

// Two texts are twins if they resemble each other so much, or if so much of one
// stands in the other, of as many shingles at least: what was typed of the one
// would then be the answer to what is asked of the other. Where one sentence was
// made from another, package eval/leak measured a resemblance of 0.65 and more.
const (
	twinResembles = 0.65
	twinContained = 0.80
	twinShares    = 7
)

// Sources finds texts again: those of the same id, and those that are the same or
// nearly so, whatever their ids. It is safe for concurrent use. Use [NewSources]
// to make one.
type Sources struct {
	ids   []string
	index *shingle.Index
}

// NewSources prepares a search among texts.
func NewSources(texts []Text) *Sources {
	ids, words := make([]string, len(texts)), make([]string, len(texts))
	for i, t := range texts {
		ids[i], words[i] = t.ID, t.words()
	}
	return &Sources{ids, shingle.NewIndex(words)}
}

// Sources returns the sources of a convention: whatever it knows the answers of.
func (c *Convention) Sources() *Sources {
	texts := make([]Text, len(c.Examples))
	for i, e := range c.Examples {
		texts[i] = e.Source
	}
	return NewSources(texts)
}

// Has reports whether a text is among them, or a twin of it.
func (s *Sources) Has(t Text) bool { return slices.Contains(s.of(t), true) }

// of says of each of them whether it has the id of this text or is its twin.
func (s *Sources) of(t Text) []bool {
	overlaps := s.index.Overlaps(t.words())
	out := make([]bool, len(overlaps))
	for i, o := range overlaps {
		out[i] = s.ids[i] == t.ID || o.Resemblance >= twinResembles || o.Contained >= twinContained && o.Shared >= twinShares
	}
	return out
}
