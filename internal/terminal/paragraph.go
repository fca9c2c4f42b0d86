package terminal

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"concord/corpus"
)

// A Mark is a stretch of a text, in bytes, that is to be bold. In an excerpt
// each Term counts once, by its Weight. Marks are in order and do not overlap.
type Mark struct {
	Start, End int
	Term       string
	Weight     float64
}

// A chunk is what a line is not broken inside.
type chunk struct {
	start, end int
	columns    int
	glued      bool // to the one before, without a space
	opens      bool // a sentence or a line
	marks      []Mark
}

// chunks breaks a text at white space, and inside what is wider than a line.
func chunks(text string, marks []Mark, columns int) []chunk {
	var out []chunk
	opens := true
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		if unicode.IsSpace(r) {
			opens = opens || r == '\n'
			at += size
			continue
		}
		end := at + strings.IndexFunc(text[at:]+" ", unicode.IsSpace)
		out = append(out, pieces(text, at, end, columns, opens)...)
		last, _ := utf8.DecodeLastRuneInString(text[at:end])
		opens = strings.ContainsRune(".;:!?", last)
		at = end
	}
	for i := range out {
		for len(marks) > 0 && marks[0].End <= out[i].start {
			marks = marks[1:]
		}
		n := 0
		for n < len(marks) && marks[n].Start < out[i].end {
			n++
		}
		out[i].marks = marks[:n]
	}
	return out
}

// pieces returns a word, in pieces if it is wider than a line.
func pieces(text string, start, end, columns int, opens bool) []chunk {
	var out []chunk
	c := chunk{start: start, opens: opens}
	for i, r := range text[start:end] {
		n := columnsOf(r)
		if n > 0 && c.columns+n > columns {
			c.end = start + i
			out = append(out, c)
			c = chunk{start: c.end, glued: true}
		}
		c.columns += n
	}
	c.end = end
	return append(out, c)
}

// columnsOf returns how many columns a character takes.
func columnsOf(r rune) int {
	if corpus.Unprintable(r) {
		return 1 // what stands in for it does
	}
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
		return 2
	}
	return 1
}

// fold fills lines with chunks from one on, and returns where each line ends,
// at most so many lines. On the first line and on the last of them it leaves
// room for an ellipsis.
func fold(cs []chunk, from, columns, lines int) (ends []int) {
	for at := from; at < len(cs) && len(ends) < lines; {
		room := columns
		if at == from && from > 0 {
			room -= ellipsisColumns
		}
		if len(ends) == lines-1 {
			room -= ellipsisColumns
		}
		first := at
		for at < len(cs) {
			need := cs[at].columns
			if at > first && !cs[at].glued {
				need++
			}
			if need > room && at > first {
				break
			}
			room -= need
			at++
		}
		ends = append(ends, at)
	}
	return ends
}

// ellipsisColumns is how wide an ellipsis and a space are.
const ellipsisColumns = 2
