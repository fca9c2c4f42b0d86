package endpoint

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// spellings matches a key in letters of any size, as it is or as JSON and URLs
// write it: escaped with backslashes, as \u and four digits, as % and two, and
// each of these any number of times over. It is nil for placeholders such as
// "none", which are no secret.
func spellings(key string) *regexp.Regexp {
	if len(key) < 6 {
		return nil
	}
	var b strings.Builder
	b.WriteString("(?i)")
	for _, c := range []byte(key) { // ASCII, see [New]
		fmt.Fprintf(&b, `(?:%%(?:25)*%02x|\\+u00%02x|\\*%s)`, c, c, regexp.QuoteMeta(string(rune(c))))
	}
	return regexp.MustCompile(b.String())
}

// redact takes the key out of what the endpoint sent, which is kept and shown.
func (x *exchange) redact(body []byte) []byte {
	const long = 1 << 20 // vectors, which take time to search and escape nothing
	switch {
	case x.spelled == nil:
		return body
	case len(body) > long && !bytes.ContainsAny(body, `\%`):
		return bytes.ReplaceAll(body, []byte(x.key), []byte("[key]"))
	case !escapes(body) && !bytes.Contains(bare(body), bare([]byte(x.key))):
		return body // as nearly always: the pattern takes ten times as long
	}
	return x.spelled.ReplaceAllLiteral(body, []byte("[key]"))
}

// bare returns a text in small letters without the backslashes that may stand
// before any of them.
func bare(text []byte) []byte { return bytes.ToLower(bytes.ReplaceAll(text, []byte(`\`), nil)) }

// escapes reports whether a body may spell an ASCII character by its number, as
// JSON and URLs do.
func escapes(body []byte) bool {
	if bytes.Contains(body, []byte("u00")) {
		return true
	}
	hex := func(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }
	for i, c := range body {
		if c == '%' && i+2 < len(body) && hex(body[i+1]) && hex(body[i+2]) {
			return true
		}
	}
	return false
}
