package embed

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/kljensen/snowball/english"
)

// placeholder matches the parameters of control catalogs as the readers render
// them. They say that something is to be decided, not what.
var placeholder = regexp.MustCompile(`\[(?:Assignment|Selection)[^\[\]]*\]`)

// Analyzer turns text into index terms: words in lower case without
// stop words, reduced to their stem (Porter's English stemmer). Parameter
// placeholders such as "[Assignment: organization-defined frequency]" are left
// out. The zero Analyzer is ready to use, by one goroutine at a time.
type Analyzer struct {
	stems map[string]string // "" for a stop word
}

// A Token is an index term and the bytes of the text it was read from.
type Token struct {
	Term       string
	Start, End int
}

// Tokens returns the index terms of a text in order, repeats included.
func (a *Analyzer) Tokens(text string) []Token {
	text = blankPlaceholders(text)
	var tokens []Token
	start := -1
	for i, r := range text {
		if !notWord(r) {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 {
			tokens = a.add(tokens, text, start, i)
			start = -1
		}
	}
	if start >= 0 {
		tokens = a.add(tokens, text, start, len(text))
	}
	return tokens
}

func (a *Analyzer) add(tokens []Token, text string, start, end int) []Token {
	if term := a.stem(text[start:end]); term != "" {
		tokens = append(tokens, Token{term, start, end})
	}
	return tokens
}

// Terms returns the index terms of a text in order, repeats included.
func (a *Analyzer) Terms(text string) []string {
	tokens := a.Tokens(text)
	terms := make([]string, len(tokens))
	for i, t := range tokens {
		terms[i] = t.Term
	}
	return terms
}

// stem returns the index term of a word, or "" if it has none.
func (a *Analyzer) stem(word string) string {
	if a.stems == nil {
		a.stems = map[string]string{}
		for w := range strings.FieldsSeq(stopWords) {
			a.stems[w] = ""
		}
	}
	word = strings.ToLower(word)
	stem, ok := a.stems[word]
	if !ok {
		if len(word) > 1 {
			stem = english.Stem(word, false)
		}
		a.stems[word] = stem
	}
	return stem
}

// blankPlaceholders overwrites parameter placeholders with spaces, so that
// offsets stay.
func blankPlaceholders(text string) string {
	for strings.Contains(text, "[") {
		// Selections nest assignments: peel from the inside.
		peeled := placeholder.ReplaceAllStringFunc(text, func(p string) string {
			return strings.Repeat(" ", len(p))
		})
		if peeled == text {
			break
		}
		text = peeled
	}
	return text
}

func notWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

const stopWords = `a about above after again all also am an and any are as at be because been before being below
between both but by can cannot could did do does doing done down during each either else etc e eg few for from
further g had has have having he her here hers him his how however i ie if in into is it its itself just may me might more
most must my need needed no nor not now of off on once one only onto or other others our out over own per same
shall she should so some such than that the their theirs them then there thereby therefore these they this those
through thus to too under until up upon us use used uses using very via was we well were what when where whether which while
who whom whose why will with within without would yet you your s t apply applied applies applicable appropriate
based example examples include included includes including ensure ensures ensuring related relevant various
organization organizations organizational organisation organisations`
