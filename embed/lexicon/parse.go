package lexicon

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"concord/embed"
)

// Parse reads a lexicon: text in UTF-8, one family a line, "id: entry, entry",
// where empty lines and lines that begin with # say nothing. An id is lower-case
// letters and digits with single dashes between them, an entry letters and
// digits with spaces and -/&.' between them.
//
// It fails, naming the line, for a line that is none of these, an id that is
// there twice, a family of fewer than two entries, an entry without an index
// term and one that has the same terms as another of its family.
func Parse(data []byte) (*Lexicon, error) {
	lines := bytes.Count(data, []byte("\n"))
	l := &Lexicon{words: make(map[string][][]string, lines), first: make(map[string][]entry, 4*lines)}
	var a embed.Analyzer
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if err := l.read(line, &a); err != nil {
			return nil, fmt.Errorf("lexicon: line %d: %w", number, err)
		}
	}
	l.sort()
	return l, nil
}

// read adds the family of one line.
func (l *Lexicon) read(line string, a *embed.Analyzer) error {
	id, list, ok := strings.Cut(line, ":")
	if !ok {
		return fmt.Errorf("%q is no family: want \"id: entry, entry\"", short(line))
	}
	if !isID(id) {
		return fmt.Errorf("id %q: want lower-case letters and digits with single dashes between them", short(id))
	}
	if l.words[id] != nil {
		return fmt.Errorf("family %s is there twice", id)
	}
	if strings.TrimSpace(list) == "" {
		return fmt.Errorf("family %s is empty", id)
	}
	texts := strings.Split(list, ",")
	words := make([][]string, len(texts))
	for i, text := range texts {
		texts[i] = strings.TrimSpace(text)
		terms, err := entryTerms(texts[i], a)
		if err != nil {
			return fmt.Errorf("family %s: %w", id, err)
		}
		if at := slices.IndexFunc(words[:i], func(w []string) bool { return slices.Equal(w, terms) }); at >= 0 {
			return fmt.Errorf("family %s: %q reads the same as %q; keep one", id, short(texts[i]), short(texts[at]))
		}
		words[i] = terms
	}
	if len(words) < 2 {
		return fmt.Errorf("family %s has a single entry: there is nothing that means the same", id)
	}
	l.add(id, words)
	return nil
}

// entryTerms returns the index terms of an entry.
func entryTerms(text string, a *embed.Analyzer) ([]string, error) {
	if text == "" {
		return nil, fmt.Errorf("an entry is empty: a comma too many")
	}
	for _, r := range text {
		if r == utf8.RuneError || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" -/&.'", r) {
			return nil, fmt.Errorf("entry %q: the character %q has no place in one", short(text), r)
		}
	}
	terms := a.Terms(text)
	if len(terms) == 0 {
		return nil, fmt.Errorf("entry %q has no index term: it is all stop words or single letters", short(text))
	}
	return terms, nil
}

func isID(id string) bool {
	for part := range strings.SplitSeq(id, "-") {
		if part == "" || strings.ContainsFunc(part, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
			return false
		}
	}
	return true
}

// short cuts a text for an error.
func short(text string) string {
	const most = 40
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "..."
}
