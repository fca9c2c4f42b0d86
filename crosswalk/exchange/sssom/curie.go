package sssom

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// noTermFound stands where an element should stand and there is none.
const noTermFound = "sssom:NoTermFound"

// A CURIE is a name of XML, a colon, and what the syntax of IRIs leaves for a
// relative reference (W3C CURIE Syntax 1.0, section 3).
var (
	prefixName = regexp.MustCompile(`^[\pL_][\pL\pN_.-]*$`)
	reference  = regexp.MustCompile(`^(?:[\pL\pN._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*(?:#(?:[\pL\pN._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?$`)
)

// isCURIE reports whether a value is well formed, whatever its prefix.
func isCURIE(value string) bool {
	prefix, local, ok := strings.Cut(value, ":")
	return ok && local != "" && !strings.HasPrefix(local, "//") && prefixName.MatchString(prefix) && reference.MatchString(local)
}

// prefixes is a prefix map: IRIs by prefix name, those of the built-in ones
// included.
type prefixes map[string]string

// expand returns the IRI of a CURIE, or the value as it is.
func (p prefixes) expand(value string) string {
	if prefix, local, ok := strings.Cut(value, ":"); ok && p[prefix] != "" {
		return p[prefix] + local
	}
	return value
}

// split returns the prefix of an entity reference and what follows it. An IRI
// has the prefix with the longest expansion that it begins with; without one
// the prefix is empty.
func (p prefixes) split(value string) (prefix, local string) {
	if isCURIE(value) {
		prefix, local, _ = strings.Cut(value, ":")
		if _, declared := p[prefix]; declared || !isScheme(prefix) {
			return prefix, local
		}
	}
	longest := ""
	for name, iri := range p {
		if strings.HasPrefix(value, iri) && len(iri) < len(value) &&
			(len(iri) > len(longest) || len(iri) == len(longest) && name < prefix) {
			prefix, longest = name, iri
		}
	}
	if longest == "" {
		return "", value
	}
	return prefix, value[len(longest):]
}

// isScheme reports whether what stands before the colon begins an IRI.
func isScheme(s string) bool {
	return slices.Contains([]string{"http", "https", "urn"}, strings.ToLower(s))
}

// escape returns an id as it may stand behind a prefix: letters, digits and
// -._~() as they are, the first # as that of a fragment, every other byte as
// %XX.
func escape(id string) string {
	before, fragment, found := strings.Cut(id, "#")
	if !found {
		return percent(id, "()")
	}
	return percent(before, "()") + "#" + percent(fragment, "()")
}

func percent(s, allowed string) string {
	const upper = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(s) {
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if plain || strings.IndexByte("-._~"+allowed, c) >= 0 {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', upper[c>>4], upper[c&15]})
		}
	}
	return b.String()
}

// unescape is the inverse of escape; what is not escaped properly stays.
func unescape(local string) string {
	if id, err := url.PathUnescape(local); err == nil && utf8.ValidString(id) {
		return id
	}
	return local
}

// prefixOf makes a prefix name of the name of a framework: other characters
// become underscores, and a name that is taken gets one at its end.
func prefixOf(name string, taken prefixes) string {
	out := strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_.-", r)) {
			return r
		}
		return '_'
	}, name)
	if !prefixName.MatchString(out) {
		out = "_" + out
	}
	for taken[out] != "" || isScheme(out) {
		out += "_"
	}
	return out
}
