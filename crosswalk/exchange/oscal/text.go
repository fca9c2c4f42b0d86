package oscal

import (
	"regexp"
	"strings"
	"unicode"

	"concord/crosswalk"
	"concord/internal/markdown"
)

// line returns text as the datatype string of OSCAL holds it: one line that is
// not empty and has no blank at either end.
func line(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	s = strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' })
	if s == "" {
		return "-"
	}
	return s
}

var (
	// block is what would begin a heading, a list or a rule.
	block = regexp.MustCompile(`^(?:#|-|\+|=|\d+[.)])`)
	taken = regexp.MustCompile(`\\[[:punct:]]|&(?:amp|lt|gt|#9|#13|#32);`)
)

// escape returns text that Markdown shows as it is; [unescape] returns the text.
func escape(s string) string {
	lines := strings.Split(markdown.Escape(s), "\n")
	for i, l := range lines {
		l = strings.ReplaceAll(l, "\r", "&#13;")
		switch {
		case strings.HasPrefix(l, " "):
			l = "&#32;" + l[1:]
		case strings.HasPrefix(l, "\t"):
			l = "&#9;" + l[1:]
		}
		if at := block.FindStringIndex(l); at != nil {
			l = l[:at[1]-1] + `\` + l[at[1]-1:]
		}
		lines[i] = l
	}
	return strings.Join(lines, "\n")
}

func unescape(s string) string {
	return taken.ReplaceAllStringFunc(s, func(m string) string {
		switch m {
		case "&amp;":
			return "&"
		case "&lt;":
			return "<"
		case "&gt;":
			return ">"
		case "&#9;":
			return "\t"
		case "&#13;":
			return "\r"
		case "&#32;":
			return " "
		}
		return m[1:]
	})
}

// Headings of the parts of remarks. No escaped text holds one: its stars are
// escaped.
const (
	rationalePart   = "Rationale"
	sourceQuotePart = "Source quote"
	targetQuotePart = "Target quote"
	commentPart     = "Comment of the reviewer"
)

// A part is one paragraph, or more, of remarks under a heading.
type part struct{ heading, text string }

// remarks puts an opening sentence and parts together.
func remarks(opening string, parts []part) string {
	var b strings.Builder
	b.WriteString(opening)
	for _, p := range parts {
		b.WriteString("\n\n**" + p.heading + ":** " + escape(p.text))
	}
	return b.String()
}

// parts takes remarks apart again.
func partsOf(remarks string) []part {
	var out []part
	for _, s := range strings.Split(remarks, "\n\n**")[1:] {
		if heading, text, ok := strings.Cut(s, ":** "); ok {
			out = append(out, part{heading, unescape(text)})
		}
	}
	return out
}

func quotePart(s crosswalk.Side) string {
	if s == crosswalk.TargetSide {
		return targetQuotePart
	}
	return sourceQuotePart
}
