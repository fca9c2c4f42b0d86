// Package unseen writes characters that nobody sees as escapes, so that a file
// shows a person all that a program reads in it.
package unseen

import (
	"fmt"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Is reports whether a character moves a cursor, turns text around or shows
// nothing: a control (Cc) or format (Cf) character of Unicode, or one of its two
// separators of lines. Tabs, line breaks, soft hyphens and the joiners that
// scripts need do not count.
func Is(r rune) bool {
	switch r {
	case '\t', '\n', '\r', '\u00ad', '\u200c', '\u200d':
		return false
	case '\u2028', '\u2029':
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf)
}

// JSON returns a JSON text with its unseen characters as \u escapes. They can
// only stand in strings, so the value stays the same.
func JSON(text []byte) []byte {
	return escape(text, func(out []byte, r rune) []byte {
		if r > 0xffff {
			high, low := utf16.EncodeRune(r)
			return fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		}
		return fmt.Appendf(out, `\u%04x`, r)
	})
}

// YAML returns a YAML text with its unseen characters as \u and \U escapes. The
// value stays the same if they all stand in double-quoted strings.
func YAML(text []byte) []byte {
	return escape(text, func(out []byte, r rune) []byte {
		if r > 0xffff {
			return fmt.Appendf(out, `\U%08x`, r)
		}
		return fmt.Appendf(out, `\u%04x`, r)
	})
}

func escape(text []byte, as func([]byte, rune) []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if Is(r) {
			out = as(out, r)
		} else {
			out = append(out, text[i:i+size]...)
		}
		i += size
	}
	return out
}
