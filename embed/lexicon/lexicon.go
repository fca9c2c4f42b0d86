// Package lexicon knows which words of the field mean the same.
//
// It holds families of words, phrases and acronyms that stand for one concept,
// written for this program: "poisoning" and "tampering with training data" are
// one, as are "two-factor authentication" and "MFA". A text is read as the
// concepts that it names ([Lexicon.Concepts]); a concept is put in the other
// words that there are for it ([Lexicon.Words]). Both work on the index terms
// of [embed.Analyzer], so that inflections need not be listed.
package lexicon

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"slices"
	"sync"
)

//go:embed families.txt
var families []byte

// A Lexicon is a set of concept families. It is safe for concurrent use.
type Lexicon struct {
	ids   []string // in order of the file
	words map[string][][]string
	first map[string][]entry // by first term, longest first
}

// An entry is one way to say something.
type entry struct {
	rest     []string // the index terms after the first
	concepts []string // more than one only for a word that is ambiguous
}

// Default returns the lexicon that comes with the program. The first call
// parses it, in a few milliseconds.
func Default() (*Lexicon, error) { return parsed() }

var parsed = sync.OnceValues(func() (*Lexicon, error) { return Parse(families) })

// Digest returns the SHA-256 of the lexicon that comes with the program, in hex:
// what anything that was made with its help depends on.
func Digest() string {
	sum := sha256.Sum256(families)
	return hex.EncodeToString(sum[:])
}

// IDs returns the ids of all families, in order of the file.
func (l *Lexicon) IDs() []string { return slices.Clone(l.ids) }

// Words returns the ways to say a concept, in order of the file, each as its
// index terms; nil for a concept that there is not. The caller may keep but not
// change them.
func (l *Lexicon) Words(concept string) [][]string { return slices.Clip(l.words[concept]) }

// Concepts returns the ids of the families that a text names, in order of
// appearance and repeats included. The text is given as its index terms in
// order, as [embed.Analyzer.Terms] returns them. Where entries overlap, the
// first counts, and of those that begin at the same word the longest; an
// ambiguous one stands for each of its families.
func (l *Lexicon) Concepts(terms []string) []string {
	var found []string
	for len(terms) > 0 {
		n := 1
		for _, e := range l.first[terms[0]] {
			if after := terms[1:]; len(e.rest) <= len(after) && slices.Equal(e.rest, after[:len(e.rest)]) {
				found = append(found, e.concepts...)
				n += len(e.rest)
				break
			}
		}
		terms = terms[n:]
	}
	return found
}

// add files the entries of a family under their first terms. It leaves them
// to be sorted.
func (l *Lexicon) add(concept string, words [][]string) {
	l.ids = append(l.ids, concept)
	l.words[concept] = words
	only := []string{concept}
	for _, terms := range words {
		entries := l.first[terms[0]]
		at := slices.IndexFunc(entries, func(e entry) bool { return slices.Equal(e.rest, terms[1:]) })
		if at < 0 {
			l.first[terms[0]] = append(entries, entry{terms[1:], only})
		} else {
			entries[at].concepts = slices.Concat(entries[at].concepts, only)
		}
	}
}

// sort puts the longest of the entries that begin alike first.
func (l *Lexicon) sort() {
	for _, entries := range l.first {
		slices.SortStableFunc(entries, func(a, b entry) int { return len(b.rest) - len(a.rest) })
	}
}
