// Package cell puts any text into a cell of a spreadsheet, and takes it out
// again as it was.
package cell

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"concord/internal/visible"
)

// Encode returns the cell of a text: what acts without being seen is shown by
// its code point in brackets ("[U+202E]"), and what would run as a formula is
// disarmed by an apostrophe. Bytes that are not UTF-8 become U+FFFD; otherwise
// [Decode] gives the text back.
func Encode(text string) string { return Disarm(show(text, false)) }

// EncodeItem is [Encode] for an item of a cell with an item on every line: it
// encodes line breaks too, and leaves disarming to who knows the whole cell.
func EncodeItem(text string) string { return show(text, true) }

// Decode returns the text of a cell that [Encode] made. Other cells come back
// as they are, but for an apostrophe before a formula.
func Decode(cell string) string { return DecodeItem(Arm(cell)) }

// DecodeItem undoes [EncodeItem].
func DecodeItem(item string) string {
	if !strings.Contains(item, "[U+") {
		return item
	}
	var b strings.Builder
	for item != "" {
		if r, n := token(item); n > 0 {
			b.WriteRune(r)
			item = item[n:]
			continue
		}
		_, n := utf8.DecodeRuneInString(item)
		b.WriteString(item[:n])
		item = item[n:]
	}
	return b.String()
}

func show(text string, lines bool) string {
	text = strings.ToValidUTF8(text, "\ufffd")
	if !strings.Contains(text, "[U+") && !strings.Contains(text, "_x") && !strings.ContainsFunc(text, func(r rune) bool { return visible.Hidden(r) || lines && r == '\n' }) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		_, n := token(text[i:])
		if visible.Hidden(r) || lines && r == '\n' || n > 0 || escapes(text[i:]) {
			fmt.Fprintf(&b, "[U+%04X]", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// token reads a code point in brackets from the front of s, and returns its
// length, or 0 if there is none that show would write.
func token(s string) (rune, int) {
	rest, ok := strings.CutPrefix(s, "[U+")
	if !ok {
		return 0, 0
	}
	digits, _, ok := strings.Cut(rest[:min(len(rest), 7)], "]")
	n, err := strconv.ParseUint(digits, 16, 32)
	r := rune(n)
	if !ok || err != nil || fmt.Sprintf("%04X", n) != digits || !strings.ContainsRune("[_\n", r) && !visible.Hidden(r) {
		return 0, 0
	}
	return r, len("[U+]") + len(digits)
}

// escapes reports whether s begins as workbooks write a character by its code,
// such as "_x000D_"; programs differ in how they write that as a text.
func escapes(s string) bool {
	if len(s) < 7 || s[:2] != "_x" || s[6] != '_' {
		return false
	}
	_, err := strconv.ParseUint(s[2:6], 16, 16)
	return err == nil
}

// Disarm returns a cell that no spreadsheet takes for a formula: an apostrophe
// goes before those that would be. Blanks in front are looked through, because
// some spreadsheets drop them; full-width signs count, because some fold them.
// A cell that has such apostrophes gets one more, so that one can be taken off.
func Disarm(cell string) string {
	if armed(cell) {
		return "'" + cell
	}
	return cell
}

// Arm takes off the apostrophe that [Disarm] put on.
func Arm(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && armed(rest) {
		return rest
	}
	return cell
}

// armed reports whether a cell, without the apostrophes in front, would run.
func armed(cell string) bool {
	bare := strings.TrimLeft(cell, "'")
	rest := strings.TrimLeftFunc(bare, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
	sign, _ := utf8.DecodeRuneInString(rest)
	return bare != "" && strings.ContainsRune("\t\r\n", rune(bare[0])) || rest != "" && strings.ContainsRune("=+-@＝＋－＠", sign)
}
