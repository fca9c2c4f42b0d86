package embed

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/kljensen/snowball/english"
)

// Analyzer turns text into index terms: words in lower case without
// stop words, reduced to their stem (Porter's English stemmer). Parameter
// placeholders such as "[Assignment: organization-defined frequency]" are left
// out. The zero Analyzer is ready to use, and safe for concurrent use. It keeps
// the term of every word that it has seen.
type Analyzer struct {
	mu    sync.Mutex
	terms map[string]string // of words as they are written, and of them in lower case; "" for none
}

// A Token is an index term and the bytes of the text it was read from.
type Token struct {
	Term       string
	Start, End int
}

// Tokens returns the index terms of a text in order, repeats included.
func (a *Analyzer) Tokens(text string) []Token {
	a.mu.Lock()
	defer a.mu.Unlock()
	var tokens []Token
	a.scan(text, func(term string, start, end int) { tokens = append(tokens, Token{term, start, end}) })
	return tokens
}

// Terms returns the index terms of a text in order, repeats included.
func (a *Analyzer) Terms(text string) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	terms := make([]string, 0, len(text)/bytesPerTerm)
	a.scan(text, func(term string, _, _ int) { terms = append(terms, term) })
	return terms
}

// bytesPerTerm is what a term takes of an English text, with the blanks and stop
// words around it; seldom less.
const bytesPerTerm = 8

// scan calls found for each index term of a text.
func (a *Analyzer) scan(text string, found func(term string, start, end int)) {
	text = blankPlaceholders(text)
	start := -1
	word := func(end int) {
		if term := a.term(text[start:end]); term != "" {
			found(term, start, end)
		}
		start = -1
	}
	for i, r := range text {
		if inWord := isWord(r); inWord && start < 0 {
			start = i
		} else if !inWord && start >= 0 {
			word(i)
		}
	}
	if start >= 0 {
		word(len(text))
	}
}

// term returns the index term of a word, or "" if it has none.
func (a *Analyzer) term(word string) string {
	term, known := a.terms[word]
	if known {
		return term
	}
	if a.terms == nil {
		a.terms = map[string]string{}
		for w := range strings.FieldsSeq(stopWords) {
			a.terms[w] = ""
		}
	}
	lower := strings.ToLower(word)
	if term, known = a.terms[lower]; !known {
		if len(lower) > 1 {
			term = english.Stem(lower, false)
		}
		a.terms[lower] = term
	}
	a.terms[word] = term
	return term
}

// blankPlaceholders overwrites parameters, as the readers of control catalogs
// render them, with blanks, so that offsets stay: "[Assignment: ...]" and
// "[Selection: ...]" without other brackets in them, from the inside to the
// outside, for selections nest assignments. They say that something is to be
// decided, not what.
func blankPlaceholders(text string) string {
	var blanked []byte
	var open []int // brackets that the next one may close
	for i := strings.IndexAny(text, "[]"); i >= 0 && i < len(text); i++ {
		switch text[i] {
		case '[':
			open = append(open, i)
		case ']':
			if len(open) == 0 {
				continue
			}
			start := open[len(open)-1]
			if inside := text[start+1:]; !strings.HasPrefix(inside, "Assignment") && !strings.HasPrefix(inside, "Selection") {
				open = open[:0] // it stays, and so do all around it
				continue
			}
			open = open[:len(open)-1]
			if blanked == nil {
				blanked = []byte(text)
			}
			for j := start; j <= i; j++ {
				blanked[j] = ' '
			}
		}
	}
	if blanked == nil {
		return text
	}
	return string(blanked)
}

// isWord reports whether a character is part of a word.
func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r|0x20 && r|0x20 <= 'z' || '0' <= r && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

const stopWords = `a about above after again all also am an and any are as at be because been before being below
between both but by can cannot could did do does doing done down during each either else etc e eg few for from
further g had has have having he her here hers him his how however i ie if in into is it its itself just may me might more
most must my need needed no nor not now of off on once one only onto or other others our out over own per same
shall she should so some such than that the their theirs them then there thereby therefore these they this those
through thus to too under until up upon us use used uses using very via was we well were what when where whether which while
who whom whose why will with within without would yet you your s t apply applied applies applicable appropriate
based example examples include included includes including ensure ensures ensuring related relevant various
organization organizations organizational organisation organisations`
