package cprt

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"concord/corpus"
	"concord/corpus/internal/foreign"
)

// kindOf returns the kind that an element type stands for.
func kindOf(elementType string) string {
	switch t := strings.ToLower(foreign.Line(elementType)); t {
	case "control_enhancement":
		return corpus.KindEnhancement
	case "security_requirement", "":
		return corpus.KindRequirement
	default:
		return strings.NewReplacer("-", "_", " ", "_").Replace(t)
	}
}

// present returns text, or "" where the export says that there is none.
func present(text string) string {
	if text = foreign.Prose(text); text == "N/A" {
		return ""
	}
	return text
}

// smallWords stay lower in titles unless they come first.
var smallWords = [...]string{"a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "of", "on", "or", "the", "to", "via", "with"}

// acronyms stay in capitals. The export does not tell them from words; these
// are the ones in NIST's titles.
var acronyms = [...]string{"pii", "piv", "piv-i", "pki", "scrm"}

// titleCase returns a title that is printed in capitals with only its words
// capitalised.
func titleCase(title string) string {
	title = foreign.Line(title)
	if title != strings.ToUpper(title) || title == strings.ToLower(title) {
		return title
	}
	words := strings.Fields(strings.ToLower(title))
	for i, w := range words {
		switch {
		case slices.Contains(acronyms[:], w):
			words[i] = strings.ToUpper(w)
		case i == 0 || !slices.Contains(smallWords[:], w):
			words[i] = capitalized(w)
		}
	}
	return strings.Join(words, " ")
}

// capitalized returns word with its first letter, and that after a slash, in
// upper case.
func capitalized(word string) string {
	parts := strings.Split(word, "/")
	for i, p := range parts {
		at := strings.IndexFunc(p, unicode.IsLetter)
		if at >= 0 {
			r, n := utf8.DecodeRuneInString(p[at:])
			parts[i] = p[:at] + string(unicode.ToUpper(r)) + p[at+n:]
		}
	}
	return strings.Join(parts, "/")
}

// itemLabel returns what stands before a part of the statement of a
// requirement: "b. " for SR-03.01.01.b of 03.01.01, "" for the whole.
func itemLabel(id, requirement string) string {
	_, path, ok := strings.Cut(id, requirement+".")
	if !ok {
		return ""
	}
	return path[strings.LastIndexByte(path, '.')+1:] + ". "
}

func joinLines(a, b string) string {
	return strings.TrimSpace(a + "\n" + b)
}
