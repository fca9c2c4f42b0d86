package crosswalk

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"concord/corpus"
)

// Judged returns the text of an element that judges read and quotes point
// into: title, statement and guidance, a line each.
func Judged(e corpus.Element) string {
	var lines []string
	for _, s := range []string{e.Title, e.Text, e.Guide} {
		if s != "" {
			lines = append(lines, s)
		}
	}
	return strings.Join(lines, "\n")
}

// FindQuote looks for a quotation in a text and returns the byte offsets of
// the span it names. Runs of white space count as one space, and compatible
// Unicode spellings (typographic quotes and dashes, ligatures, full-width
// letters), case and invisible characters do not count. A quotation without a
// letter or digit is never found, nor is one that begins or ends inside a word.
func FindQuote(text, quotation string) (start, end int, ok bool) {
	needle, _ := fold(quotation)
	n := strings.TrimSpace(string(needle))
	if !strings.ContainsFunc(n, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return 0, 0, false
	}
	folded, at := fold(text)
	hay := string(folded)
	for from := 0; ; {
		i := strings.Index(hay[from:], n)
		if i < 0 {
			return 0, 0, false
		}
		i += from
		if wholeWords(hay, i, i+len(n)) {
			last := at[i+len(n)-1]
			_, size := utf8.DecodeRuneInString(text[last:])
			return at[i], last + size, true
		}
		_, size := utf8.DecodeRuneInString(hay[i:])
		from = i + size
	}
}

// wholeWords reports whether a span neither begins nor ends inside a word.
func wholeWords(s string, start, end int) bool {
	inWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	before, _ := utf8.DecodeLastRuneInString(s[:start])
	first, _ := utf8.DecodeRuneInString(s[start:])
	last, _ := utf8.DecodeLastRuneInString(s[:end])
	after, _ := utf8.DecodeRuneInString(s[end:])
	return !(inWord(before) && inWord(first)) && !(inWord(last) && inWord(after))
}

// fold returns the comparable form of s and, for each of its bytes, the offset
// in s of the character it came from.
func fold(s string) (folded []byte, at []int) {
	space := true
	put := func(text string, offset int) {
		for range len(text) {
			at = append(at, offset)
		}
		folded = append(folded, text...)
	}
	for i, r := range s {
		switch {
		case unicode.IsSpace(r):
			if !space {
				put(" ", i)
			}
			space = true
			continue
		case unicode.Is(unicode.Cf, r), r == utf8.RuneError:
			continue
		case strings.ContainsRune("‘’‛′`", r):
			put("'", i)
		case strings.ContainsRune("“”„″", r):
			put(`"`, i)
		case unicode.Is(unicode.Pd, r), r == '−':
			put("-", i)
		default:
			put(strings.ToLower(norm.NFKC.String(string(r))), i)
		}
		space = false
	}
	return folded, at
}
