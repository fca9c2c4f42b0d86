// Package foreign holds what the readers of foreign formats share: errors that
// name a line, a name for every document, and plain text out of Markdown.
package foreign

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"concord/corpus"
)

// TrimBOM returns data without a leading UTF-8 byte order mark.
func TrimBOM(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\ufeff")) }

// JSON decodes data into v. Its errors name the line, counted from 1.
func JSON(data []byte, v any) error { return JSONAt(1, data, v) }

// JSONAt is JSON for data that begins at this line of its file.
func JSONAt(line int, data []byte, v any) error {
	if err := checkUTF8(line, data); err != nil {
		return err
	}
	err := json.Unmarshal(data, v)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("line %d: not valid JSON: %w", line+lineBreaks(data, syntax.Offset), err)
	}
	if typ, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		where := strings.ToLower(typ.Field)
		if where == "" {
			where = "document"
		}
		return fmt.Errorf("line %d: %s: cannot read a JSON %s as %s", line+lineBreaks(data, typ.Offset), where, typ.Value, typ.Type.Kind())
	}
	return err
}

// CheckUTF8 returns an error that names the line and the byte if data is not
// UTF-8, which JSON must be.
func CheckUTF8(data []byte) error { return checkUTF8(1, data) }

func checkUTF8(line int, data []byte) error {
	if utf8.Valid(data) {
		return nil
	}
	at := 0
	for {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size == 1 {
			return fmt.Errorf("line %d: byte 0x%02X is not valid UTF-8: save the file as UTF-8", line+bytes.Count(data[:at], []byte("\n")), data[at])
		}
		at += size
	}
}

// lineBreaks counts those before the byte that ends at offset.
func lineBreaks(data []byte, offset int64) int {
	end := min(max(offset-1, 0), int64(len(data)))
	return bytes.Count(data[:end], []byte("\n"))
}

// Name returns the canonical name and edition of a document that carries these
// titles or identifiers, the most telling first. A document without a
// canonical name is named by a slug of the last title, which is the one for
// people.
func Name(version string, titles ...string) (name, edition string) {
	version = cmp.Or(Line(version), "unversioned")
	for _, t := range titles {
		if name, edition = corpus.Recognize(t, version); name != "" {
			break
		}
	}
	if name == "" && len(titles) > 0 {
		name, edition = slug(titles[len(titles)-1]), version
	}
	return name, edition
}

var notSlug = regexp.MustCompile(`[^a-z0-9]+`)

// slug turns a title into a name of lower-case letters, digits and dashes, at
// most 40 of them.
func slug(title string) string {
	s := strings.Trim(notSlug.ReplaceAllString(strings.ToLower(title), "-"), "-")
	if len(s) > 40 {
		s = strings.Trim(s[:40], "-")
	}
	if s == "" {
		return "untitled"
	}
	return s
}

// Line returns s as one line of valid UTF-8 with single blanks.
func Line(s string) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(s, "\ufffd")), " ")
}

var (
	link = regexp.MustCompile(`\[([^\[\]]*)\]\(\s*[^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+"[^"]*")?\s*\)`)
	// footnote is a mark such as "[\[1\]][1]", or the line "[1]: https://..."
	// that it leads to.
	footnote = regexp.MustCompile(`(?m)[ \t]*\[ ?\\\[\d+\\\] ?\]\[\d+\]|^[ \t]*\[\d+\]:[ \t]+\S+(?:[ \t]+".*")?[ \t]*$`)
	layout   = regexp.MustCompile(`</?(?:div|span|sup|sub|br|p)\b[^<>]*>`)
	listItem = regexp.MustCompile(`^\s*(?:[-*+•]|\d+[.)])\s`)
)

// Prose returns Markdown as plain lines of valid UTF-8, one line a paragraph or
// list item: links become their text, footnotes and layout tags go, line breaks inside a
// paragraph and runs of blanks become one blank.
func Prose(markdown string) string {
	text := strings.ToValidUTF8(markdown, "\ufffd")
	// Most prose has no markup to look for.
	if strings.Contains(text, "<") {
		text = layout.ReplaceAllString(text, " ")
	}
	if strings.Contains(text, `\]`) || strings.Contains(text, "]:") {
		text = footnote.ReplaceAllString(text, "")
	}
	if strings.Contains(text, "](") {
		text = link.ReplaceAllString(text, "$1")
	}
	var lines []string
	open := false // the last line takes what follows
	for raw := range strings.Lines(text) {
		line := strings.Join(strings.Fields(raw), " ")
		switch {
		case line == "":
			open = false
		case open && !listItem.MatchString(raw):
			lines[len(lines)-1] += " " + line
		default:
			lines = append(lines, line)
			open = true
		}
	}
	return strings.Join(lines, "\n")
}
