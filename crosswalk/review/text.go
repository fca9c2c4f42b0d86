package review

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"concord/corpus"
	"concord/crosswalk"
)

// A part is the title, statement or guidance of an element.
type part struct {
	Name  string
	Spans []span
}

// A span is a stretch of text that is shown in one way.
type span struct {
	Text   string
	Quoted bool // a proposal rests on it
	Shared bool // a word that the other text has too
	Hidden bool // stands for a character that nobody would see
}

// parts cuts the text that was judged of an element, see [crosswalk.Judged],
// into its parts, with quotes and the words marked that have one of the terms.
func (d *Desk) parts(e corpus.Element, quotes []crosswalk.Quote, terms map[string]bool) []part {
	text := crosswalk.Judged(e)
	const quoted, shared = 1, 2
	marks := make([]byte, len(text))
	mark := func(start, end int, as byte) {
		for i := max(start, 0); i < min(end, len(text)); i++ {
			marks[i] |= as
		}
	}
	for _, q := range quotes {
		mark(q.Start, q.End, quoted)
	}
	for _, t := range d.analyzer.Tokens(text) {
		if terms[t.Term] {
			mark(t.Start, t.End, shared)
		}
	}
	var out []part
	at := 0
	for _, p := range []struct{ name, text string }{{"title", e.Title}, {"statement", e.Text}, {"guidance", e.Guide}} {
		if p.text == "" {
			continue
		}
		var spans []span
		for i, r := range p.text {
			m := marks[at+i]
			s := span{string(r), m&quoted != 0, m&shared != 0, hidden(r)}
			if r == utf8.RuneError {
				s.Text = "\ufffd"
			}
			if s.Hidden {
				s.Text = fmt.Sprintf("U+%04X", r)
			}
			if n := len(spans) - 1; n >= 0 && !s.Hidden && !spans[n].Hidden && spans[n].Quoted == s.Quoted && spans[n].Shared == s.Shared {
				spans[n].Text += s.Text
			} else {
				spans = append(spans, s)
			}
		}
		out = append(out, part{p.name, spans})
		at += len(p.text) + 1
	}
	return out
}

// shared returns the terms that two texts have in common.
func (d *Desk) shared(a, b corpus.Element) map[string]bool {
	in := map[string]bool{}
	for _, t := range d.analyzer.Tokens(crosswalk.Judged(a)) {
		in[t.Term] = false
	}
	for _, t := range d.analyzer.Tokens(crosswalk.Judged(b)) {
		if _, both := in[t.Term]; both {
			in[t.Term] = true
		}
	}
	return in
}

// hidden reports whether nobody would see a character, or would see it turn
// around what follows.
func hidden(r rune) bool {
	return corpus.Unprintable(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Variation_Selector, r) || r == '\u034f'
}

// visible spells out what nobody would see in a short text.
func visible(s string) string {
	if !strings.ContainsFunc(s, hidden) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if hidden(r) {
			fmt.Fprintf(&b, "⟨U+%04X⟩", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// clip shortens a text to so many characters.
func clip(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > n {
		return strings.TrimSpace(string(r[:n-1])) + "…"
	}
	return s
}

// headline is what a list shows of an element.
func headline(e corpus.Element) string {
	if e.Title != "" {
		return clip(e.Title, 90)
	}
	return clip(e.Text+" "+e.Guide, 90)
}

// path returns the elements above one, the topmost first.
func path(f *corpus.Framework, e corpus.Element) []corpus.Element {
	out := slices.Collect(f.Ancestors(e))
	slices.Reverse(out)
	return out
}
