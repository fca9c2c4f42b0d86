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
)

// Harmless reports whether findings of a code are as they should be in a good
// catalog: they inform, and call for nothing.
func Harmless(code string) bool {
	return code == LintWithdrawn || code == LintGeneric || code == LintParameter
}

// LintCodes lists the codes in the order in which a report lists them.
func LintCodes() []string {
	return []string{LintEmpty, LintPlaceholder, LintDuplicate, LintTruncated, LintMarker, LintHidden, LintParameter, LintGeneric, LintWithdrawn}
}

var (
	placeholderText = regexp.MustCompile(`(?i)^\W*(tbd|tba|todo|n/?a|none|null|xxx+|lorem ipsum.*|to be (determined|defined|added|completed)|placeholder|reserved|test|see above)?\W*$`)
	rawMarker       = regexp.MustCompile(`\{\{[^}]*\}\}`)
	openParameter   = regexp.MustCompile(`\[(?:Assignment|Selection)\b[^\[\]]*`)
)

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
