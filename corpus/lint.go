package corpus

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
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
	`\b(ignore|disregard|forget|override)\s+(all\s+|any\s+|the\s+|your\s+|these\s+)*(previous|prior|above|preceding|earlier|other|system)\s+(instruction|rule|prompt|text|message|candidate)s?\b`,
	`\b(mark|rate|answer|classify|label|judge|map|return|output|report)\s+(this|all|every|each|everything|any)\b[^.]{0,60}\b(equal|subset_of|superset_of|intersects_with|no_relationship|probability)\b`,
	`\byou are (now )?(an?|the) (ai|assistant|language model|chatbot|crosswalk|judge)\b`,
	`</?\s*(system|assistant|user|tool|instructions?|candidates?|source)\s*>`, `<\|[a-z_]+\|>`, `\[/?INST\]`,
	`"(related|unrelated|cannot_tell|relations|judgements|tool_calls|function_call|role)"\s*:`,
	`\b(new|updated|important) (system )?instructions?\s*(for (the )?(ai|assistant|model|judge))?\s*:`,
}, "|"))

// Lint looks at the text of every element and returns what it finds, in
// document order.
func Lint(f *Framework) []Finding {
	var out []Finding
	first := map[string]string{}
	for _, e := range f.Elements {
		report := func(code, format string, args ...any) {
			out = append(out, Finding{code, e.ID, fmt.Sprintf(format, args...)})
		}
		if e.Withdrawn {
			to := ""
			if len(e.Replaced) > 0 {
				to = " in favour of " + strings.Join(e.Replaced, ", ")
			}
			report(LintWithdrawn, "withdrawn%s", to)
			continue
		}
		if e.Generic != "" {
			report(LintGeneric, "%s", e.Generic)
			continue
		}
		if IsContainer(e.Kind) {
			continue
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
		all := e.Title + "\n" + e.Text + "\n" + e.Guide
		if m := addressed.FindString(plain(all)); m != "" {
			report(LintInstruction, "addresses a model: %q", clip(m, 60))
		}
		if len(all) > longestText {
			report(LintLong, "has %d bytes of text", len(all))
		}
		if r, found := hidden(e.Title + e.Text + e.Guide); found {
			report(LintHidden, "has the invisible character U+%04X", r)
		}
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

// hidden finds format characters, which can hide text from a person that a
// program reads, such as zero-width and bidirectional ones.
func hidden(text string) (rune, bool) {
	for _, r := range text {
		if r != '\u00ad' && r != '\ufeff' && unicode.Is(unicode.Cf, r) {
			return r, true
		}
	}
	return 0, false
}

// plain returns a text without the characters that nobody sees, which can stand
// inside a word.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, text)
}
