package markdown_test

import (
	"testing"

	"concord/internal/markdown"
)

func TestNothingInATextMakesMarkup(t *testing.T) {
	for text, want := range map[string]string{
		"plain words, AC-2(3)":   "plain words, AC-2(3)",
		"<b>&amp;</b>":           "&lt;b&gt;&amp;amp;&lt;/b&gt;",
		"a|b `c` *d* _e_ ~f~ $g": "a\\|b \\`c\\` \\*d\\* \\_e\\_ \\~f\\~ \\$g",
		`[x](y) \`:               `\[x\](y) \\`,
	} {
		if got := markdown.Escape(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
