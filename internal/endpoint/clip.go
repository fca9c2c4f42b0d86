package endpoint

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clip cuts a text to at most limit bytes, at the end of a word, and marks the
// cut with an ellipsis. A text that fits comes back as it is.
func Clip(s string, limit int) string {
	const mark = "…"
	if len(s) <= limit {
		return s
	}
	end := max(0, limit-len(mark))
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	// A word longer than half the limit is cut inside rather than dropped.
	if i := strings.LastIndexFunc(s[:end], unicode.IsSpace); i > end/2 {
		if next, _ := utf8.DecodeRuneInString(s[end:]); !unicode.IsSpace(next) {
			end = i
		}
	}
	return strings.TrimRightFunc(s[:end], unicode.IsSpace) + mark
}
