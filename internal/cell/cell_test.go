package cell_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/internal/cell"
)

func TestACellShowsWhatActsUnseenAndRunsNothing(t *testing.T) {
	for text, want := range map[string]string{
		"plain – words\nand lines": "plain – words\nand lines",
		"=1+2":                     "'=1+2",
		" @SUM(A1)":                "' @SUM(A1)",
		"'=1":                      "''=1",
		"'quoted'":                 "'quoted'",
		"ab\u202ecd\r\n":           "ab[U+202E]cd[U+000D]\n",
		"tag \U000e0041":           "tag [U+E0041]",
		"[U+202E] and [U+0041]":    "[U+005B]U+202E] and [U+0041]",
		"\tx":                      "'\tx",
		"snake_x0041_case":         "snake[U+005F]x0041_case",
	} {
		if got := cell.Encode(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestEveryTextComesBackFromItsCell(t *testing.T) {
	part := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"'", "=", "[U+", "[U+005B]", "[U+202E]", "[U+000A]", "[U+005F]", "_x000D_", "_x", "\u202e", "\r\n", "\n", "]", "000D", "\t", " "}))
	texts := rapid.Map(rapid.SliceOfN(part, 0, 6), func(p []string) string { return strings.Join(p, "") })
	rapid.Check(t, func(rt *rapid.T) {
		text := strings.ToValidUTF8(texts.Draw(rt, "text"), "\ufffd")
		if got := cell.Decode(cell.Encode(text)); got != text {
			rt.Errorf("cell %q: %q, want %q", cell.Encode(text), got, text)
		}
		item := cell.EncodeItem(text)
		if got := cell.DecodeItem(item); got != text || strings.ContainsAny(item, "\n\r") {
			rt.Errorf("item %q: %q, want %q", item, got, text)
		}
		if got := cell.Disarm(cell.Encode(text)); strings.HasPrefix(cell.Encode(text), "=") || cell.Arm(got) != cell.Encode(text) {
			rt.Errorf("%q", got)
		}
	})
}

func TestARowIsAsHighAsItsLongestText(t *testing.T) {
	for _, c := range []struct {
		texts []string
		want  float64
	}{
		{[]string{"short", ""}, 15.5},
		{[]string{"short", "a\nb\nc"}, 42.5},
		{[]string{strings.Repeat("word ", 10), "x"}, 83},
		{[]string{strings.Repeat("x", 9000), ""}, 409},
	} {
		if got := cell.Height(c.texts, []float64{10, 20}); got != c.want {
			t.Errorf("%.20q: %v, want %v", c.texts, got, c.want)
		}
	}
}
