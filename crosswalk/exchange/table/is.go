package table

import (
	"slices"
	"strings"

	"concord/corpus/sheet"
)

// Is reports whether data look like this format: a table with both ids and a
// column that tables of others do not have.
func Is(data []byte) bool {
	has := columns(data)
	return has("source_id") && has("target_id") && (has("state") || Ours(data))
}

// Ours reports whether nobody else can have made the table: what is wrong with it
// is a fault, and not the habit of another maker.
func Ours(data []byte) bool {
	has := columns(data)
	return has("source_id") && has("target_id") && (has("proposal_sha256") || has("crosswalk_title"))
}

// columns says which columns the first line names.
func columns(data []byte) func(string) bool {
	text, err := sheet.DecodeText(data)
	if err != nil {
		return func(string) bool { return false }
	}
	first, _, _ := strings.Cut(strings.TrimLeft(string(text), "\r\n"), "\n")
	names := strings.FieldsFunc(first, func(r rune) bool { return strings.ContainsRune(",;\t\" \r", r) })
	return func(name string) bool { return slices.Contains(names, name) }
}
