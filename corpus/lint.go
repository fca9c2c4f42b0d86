package corpus

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A Finding is something about the text of an element that will spoil a
// crosswalk.
type Finding struct {
	Code    string `json:"code"`
	Element string `json:"element"`
	Message string `json:"message"`
}

// Codes of findings, in the order in which a report lists them.
const (
	LintEmpty       = "empty"       // no statement
	LintPlaceholder = "placeholder" // a statement that says nothing, such as "TBD"
	LintDuplicate   = "duplicate"   // the statement of another element
	LintTruncated   = "truncated"   // cut off in the middle
	LintMarker      = "marker"      // a raw parameter marker that no reader rendered
	LintParameter   = "parameter"   // a parameter that is left to the organization, as publishers print it
	LintWithdrawn   = "withdrawn"   // kept, never mapped to
	LintGeneric     = "generic"     // a cell that only says that standard practices apply
	LintHidden      = "hidden"      // characters that a reader does not see
	LintInstruction = "instruction" // words that address a model, not a reader
	LintLong        = "long"        // far more text than an element needs
)

// Harmless reports whether findings of a code are as they should be in a good
// catalog: they inform, and call for nothing.
func Harmless(code string) bool {
	return code == LintWithdrawn || code == LintGeneric || code == LintParameter
}

// Strange reports whether findings of a code say that a text may be meant for a
// model, or to escape a reader's eye: what is judged of it needs a person.
func Strange(code string) bool {
	return code == LintInstruction || code == LintHidden || code == LintLong
}

// LintCodes lists the codes in the order in which a report lists them.
func LintCodes() []string {
	return []string{LintEmpty, LintPlaceholder, LintDuplicate, LintTruncated, LintMarker, LintHidden, LintInstruction, LintLong, LintParameter, LintGeneric, LintWithdrawn}
}

var (
	placeholderText = regexp.MustCompile(`(?i)^\W*(tbd|tba|todo|n/?a|none|null|xxx+|lorem ipsum.*|to be (determined|defined|added|completed)|placeholder|reserved|test|see above)?\W*$`)
	rawMarker       = regexp.MustCompile(`\{\{[^}]*\}\}`)
	openParameter   = regexp.MustCompile(`\[(?:Assignment|Selection)\b[^\[\]]*`)
)

// longestText is more than the statement and guidance of any published element that
// we have seen take, in bytes.
const longestText = 20_000

// addressed finds words that speak to the model which will read a text. Texts on
// the security of AI speak of such words; they seldom say them.
var addressed = regexp.MustCompile(`(?i)` + strings.Join([]string{
	`\b(ignore|disregard|forget|override)( all| any| of| the| your| these)* (previous|prior|above|preceding|earlier|other|system) (instruction|rule|prompt|text|message|candidate)s?\b`,
	`\b(ignore|disregard|forget) (everything|anything|all|what) (above|before|else|you were)\b`,
	`\b(mark|rate|answer|classify|label|judge|map|return|output|report) (this|all|every|each|everything|any)\b[^.]{0,60}\b(equal|subset_of|superset_of|intersects_with|no_relationship|probability)\b`,
	`\b(all|every|each)( of the)? (candidate|target|pair)s? (is|are|must|should)\b[^.]{0,40}\b(equal|related|unrelated)\b`,
	`\b(output|reveal|print|repeat) (your|the) (system prompt|instructions)\b`,
	`\bas (the|your) (rationale|verdict)\b`,
	`\byou are (now )?(an?|the) (ai|assistant|language model|chatbot|crosswalk|judge)\b`,
	`\b(note|message|attention)( to| for)?( the| any| all)? (ai|llm|model|language model|assistant|judge)s?( reading this)? ?:`,
	`\b(new|updated|important) (system )?instructions? ?(for (the )?(ai|assistant|model|judge))? ?:`,
	`</? ?(system|assistant|user|tool|tool_calls?|instructions?|candidates?|source) ?>`, `<\|[a-z_]+\|>`, `\[/?INST\]`,
	`"(related|unrelated|cannot_tell|relations|judgements|tool_calls|function_call|role)" ?:`,
	// The first of these once more, in some other languages.
	`\b(ignoriere|vergiss|missachte)n?( sie)?( alle| die| diese)* (bisherigen|vorherigen|vorigen|obigen|früheren)`,
	`\b(ignorez|oubliez|ignora|ignorar|olvida)( \pL+){0,3} (instru|istruzion|consigne)`,
	`忽略[^。]{0,12}(指令|指示|提示|说明)`, `(以前|上記|これまで)の(指示|命令)を[^。]{0,6}無視`,
}, "|"))

// Lint looks at the text of every element and returns what it finds, in
// document order. A finding about the title of the framework comes first and
// names no element.
func Lint(f *Framework) []Finding {
	out := lintReading("", f.Title)
	first := map[string]string{}
	for _, e := range f.Elements {
		out = append(out, lintStatement(e, first)...)
		reads := []string{e.ID, e.Focus, e.Title, e.Text, e.Guide}
		if !active(e) { // it is only shown above others
			reads = []string{e.ID, cmp.Or(e.Title, e.Text)}
		}
		out = append(out, lintReading(e.ID, strings.Join(reads, "\n"))...)
	}
	return out
}

// lintStatement finds what spoils a statement. first has the element that made
// each statement first.
func lintStatement(e Element, first map[string]string) []Finding {
	var out []Finding
	report := func(code, format string, args ...any) {
		out = append(out, Finding{code, e.ID, fmt.Sprintf(format, args...)})
	}
	switch {
	case e.Withdrawn:
		to := ""
		if len(e.Replaced) > 0 {
			to = " in favour of " + strings.Join(e.Replaced, ", ")
		}
		report(LintWithdrawn, "withdrawn%s", to)
		return out
	case e.Generic != "":
		report(LintGeneric, "%s", e.Generic)
		return out
	case IsContainer(e.Kind):
		return nil
	}
	switch text := strings.TrimSpace(e.Text); {
	case text == "":
		report(LintEmpty, "no statement")
	case placeholderText.MatchString(text):
		report(LintPlaceholder, "the statement is only %q", clip(text, 40))
	default:
		if other, twice := first[text]; twice {
			report(LintDuplicate, "the statement of %s", other)
		} else {
			first[text] = e.ID
		}
		if why := truncated(text); why != "" {
			report(LintTruncated, "%s", why)
		}
	}
	if m := rawMarker.FindString(e.Text); m != "" {
		report(LintMarker, "a parameter marker was not rendered: %s", clip(m, 40))
	}
	if m := openParameter.FindString(e.Text); m != "" {
		report(LintParameter, "a parameter is left open: %s", clip(m, 60))
	}
	return out
}

// lintReading finds what a text does to its readers.
func lintReading(id, text string) []Finding {
	var out []Finding
	report := func(code, format string, args ...any) {
		out = append(out, Finding{code, id, fmt.Sprintf(format, args...)})
	}
	if m := addressed.FindString(plain(text)); m != "" {
		report(LintInstruction, "addresses a model: %q", clip(m, 60))
	}
	if len(text) > longestText {
		report(LintLong, "has %d bytes of text", len(text))
	}
	if i := strings.IndexFunc(text, hidden); i >= 0 {
		r, _ := utf8.DecodeRuneInString(text[i:])
		report(LintHidden, "has the invisible character U+%04X", r)
	}
	return out
}

// truncated says why a text looks cut off, or "".
func truncated(text string) string {
	switch {
	case strings.HasSuffix(text, "...") || strings.HasSuffix(text, "…"):
		return "ends in an ellipsis"
	case strings.HasSuffix(text, ",") || strings.HasSuffix(text, "-") || strings.HasSuffix(text, "("):
		return fmt.Sprintf("ends in %q", text[len(text)-1:])
	case len(text) >= 200 && (len(text) == 255 || len(text) == 256 || len(text) == 32767) && endsInWord(text):
		return fmt.Sprintf("is %d characters long, a limit of spreadsheets and databases, and ends in a word", len(text))
	}
	last := text[strings.LastIndexAny(text, " \n")+1:]
	switch strings.ToLower(last) {
	case "and", "or", "the", "of", "to", "a", "an", "for", "with", "by":
		return fmt.Sprintf("ends in %q", last)
	}
	return ""
}

func endsInWord(text string) bool {
	r, _ := utf8.DecodeLastRuneInString(text)
	return unicode.IsLetter(r)
}

// hidden reports whether a character can hide text from a person that a program
// reads, or turn it around: format and control characters, variation selectors
// and fillers. Soft hyphens, byte order marks and the selectors of emoji are
// common and harmless.
func hidden(r rune) bool {
	switch r {
	case '\u00ad', '\ufeff', '\ufe0e', '\ufe0f':
		return false
	}
	return unicode.IsControl(r) && !unicode.IsSpace(r) ||
		unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// plain returns a text as a program may read it: without the characters that
// nobody sees, which can stand inside a word, in plain letters, on one line. The
// tag characters of Unicode are letters that nobody sees.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r >= 0xe0020 && r < 0xe007f:
			return r - 0xe0000
		case hidden(r), r == '\u00ad', r == '\ufeff', unicode.Is(unicode.Variation_Selector, r):
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.Fields(norm.NFKC.String(text)), " ")
}
