package table

import (
	"slices"
	"strings"

	"concord/corpus/sheet"
)

// Is reports whether data look like this format: a table with both ids and a
// column that tables of others do not have.
func Is(data []byte) bool {
	text, err := sheet.DecodeText(data)
	if err != nil {
		return false
	}
	first, _, _ := strings.Cut(strings.TrimLeft(string(text), "\r\n"), "\n")
	names := strings.FieldsFunc(first, func(r rune) bool { return strings.ContainsRune(",;\t\" \r", r) })
	has := func(name string) bool { return slices.Contains(names, name) }
	return has("source_id") && has("target_id") && (has("state") || has("proposal_sha256") || has("crosswalk_title"))
}
