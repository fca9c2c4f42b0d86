// Package readertest checks in tests what every reader of a foreign format
// owes, whatever bytes it is given.
package readertest

import (
	"testing"
	"unicode/utf8"

	"concord/corpus"
)

// Sound fails the test if a framework that a reader returned has an id that is
// empty or stands twice, or text that is not UTF-8.
func Sound(t testing.TB, f *corpus.Framework) {
	t.Helper()
	seen := map[string]bool{}
	for _, e := range f.Elements {
		if e.ID == "" || seen[e.ID] {
			t.Errorf("id %q is empty or occurs twice", e.ID)
		}
		seen[e.ID] = true
		if !utf8.ValidString(e.ID + e.Title + e.Text + e.Guide) {
			t.Errorf("%q holds invalid UTF-8", e.ID)
		}
	}
}
