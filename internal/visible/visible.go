// Package visible shows characters that act without being seen.
package visible

import (
	"fmt"
	"strings"
	"unicode"
)

// Hidden reports whether a character acts without being seen: controls,
// carriage returns, changes of writing direction, tags. Tab and line feed are
// not meant, nor the soft hyphen and the joiners that ordinary words hold.
func Hidden(r rune) bool {
	switch r {
	case '\t', '\n', '\u00ad', '\u200c', '\u200d':
		return false
	case '\u2028', '\u2029', '\ufffe', '\uffff':
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf)
}

// Text replaces hidden characters by their code points in brackets
// ("[U+202E]"), so that no text can look like another or command who shows it.
// CRLF becomes a line feed, and bytes that are not UTF-8 become U+FFFD.
func Text(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\r\n", "\n")
	if !strings.ContainsFunc(s, Hidden) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if Hidden(r) {
			fmt.Fprintf(&b, "[U+%04X]", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
