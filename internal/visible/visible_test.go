package visible_test

import (
	"testing"

	"concord/internal/visible"
)

func TestWhatActsUnseenIsShown(t *testing.T) {
	for text, want := range map[string]string{
		"plain\twords\nand – lines": "plain\twords\nand – lines",
		"a\u202eb":                  "a[U+202E]b",
		"\x1b[31m\x00":              "[U+001B][31m[U+0000]",
		"one\r\ntwo\rthree":         "one\ntwo[U+000D]three",
		"\xff\U000e0041\u2028":      "\ufffd[U+E0041][U+2028]",
		"co\u00adoperate \u200d":    "co\u00adoperate \u200d",
	} {
		if got := visible.Text(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
