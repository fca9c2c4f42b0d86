// Package markdown shows text that nobody vouches for in Markdown.
package markdown

import "strings"

// Escape returns text that Markdown shows as it is: nothing in it makes markup,
// a link, HTML, or a new cell of a table. It is safe anywhere but at the
// beginning of a line. Line breaks and hidden characters are the caller's to
// take out.
func Escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch r {
		case '&':
			b.WriteString("&amp;")
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '\\', '`', '*', '_', '[', ']', '~', '|', '$':
			b.WriteRune('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
