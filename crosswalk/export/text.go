package export

import (
	"fmt"
	"strings"
	"unicode"

	"concord/corpus"
	"concord/crosswalk"
	md "concord/internal/markdown" // the function of that name is ours
)

// hidden reports whether a character acts without being seen: controls,
// changes of writing direction, tags. Tab and line breaks are not meant, nor
// the soft hyphen and the joiners that ordinary words hold.
func hidden(r rune) bool {
	switch r {
	case '\t', '\n', '\r', '\u00ad', '\u200c', '\u200d':
		return false
	case '\u2028', '\u2029':
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf)
}

// visible replaces hidden characters by their code point in brackets, so that
// no text can look like another on a screen or command a terminal.
func visible(s string) string {
	if !strings.ContainsFunc(s, hidden) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if hidden(r) {
			fmt.Fprintf(&b, "[U+%04X]", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// markdown returns text that Markdown shows as it is, on one line: nothing in
// it makes markup, a link, HTML, or a new cell of a table. It is safe anywhere
// but at the beginning of a line.
func markdown(s string) string {
	return md.Escape(visible(strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), " ")))
}

// statement returns the words of an element to show beside its title. For a
// generic cell they are those of the element above, which stood in for it.
func statement(f *corpus.Framework, e corpus.Element) string {
	if up, ok := f.Element(e.Parent); ok && e.Generic != "" {
		e = up
	}
	if e.Text == "" {
		return e.Guide
	}
	return e.Text
}

// sentence puts a judged pair into words; a pair that was not judged has none.
func sentence(p crosswalk.Proposal) string {
	switch p.Outcome {
	case crosswalk.Mapped:
		return p.Relation.Sentence(p.Source.ID, p.Target.ID)
	case crosswalk.Unrelated:
		return crosswalk.NoRelationship.Sentence(p.Source.ID, p.Target.ID)
	}
	return ""
}

// quotes returns the quotes from one side.
func quotes(p crosswalk.Proposal, side crosswalk.Side) []string {
	var out []string
	for _, q := range p.Quotes {
		if q.Side == side {
			out = append(out, q.Text)
		}
	}
	return out
}
