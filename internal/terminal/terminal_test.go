package terminal_test

import (
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"concord/corpus"
	"concord/internal/terminal"
)

func env(pairs ...string) func(string) string {
	return func(key string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == key {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestOnlyATerminalThatMayHaveColourGetsBold(t *testing.T) {
	tests := []struct {
		terminal bool
		columns  int
		env      func(string) string
		want     terminal.Screen
	}{
		{true, 0, env(), terminal.Screen{Width: 100, Bold: true}},
		{true, 72, env("TERM", "xterm"), terminal.Screen{Width: 72, Bold: true}},
		{true, 72, env("NO_COLOR", "1"), terminal.Screen{Width: 72}},
		{true, 72, env("TERM", "dumb"), terminal.Screen{Width: 72}},
		{true, 72, env("COLUMNS", "60"), terminal.Screen{Width: 60, Bold: true}},
		{true, 72, env("COLUMNS", "wide"), terminal.Screen{Width: 72, Bold: true}},
		{true, 3, env(), terminal.Screen{Width: 40, Bold: true}},
		{false, 0, env(), terminal.Screen{Width: 100}},
		{false, 0, env("COLUMNS", "60"), terminal.Screen{Width: 60}},
	}
	for _, tt := range tests {
		if got := terminal.NewScreen(tt.terminal, tt.columns, tt.env); got != tt.want {
			t.Errorf("terminal %t of %d columns: %+v, want %+v", tt.terminal, tt.columns, got, tt.want)
		}
	}
}

func TestAFileAndAWriterAreNoTerminal(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	want := terminal.Screen{Width: 100}
	if got := terminal.ScreenOf(file, env()); got != want {
		t.Errorf("file: %+v", got)
	}
	if got := terminal.ScreenOf(new(strings.Builder), env()); got != want {
		t.Errorf("writer: %+v", got)
	}
}

func mark(text, word string) []terminal.Mark {
	at := strings.Index(text, word)
	return []terminal.Mark{{Start: at, End: at + len(word), Term: word, Weight: 1}}
}

func TestMarkedWordsAreBoldAndNothingElseIs(t *testing.T) {
	tests := []struct{ text, word, want string }{
		{"train the model", "model", "train the \x1b[1mmodel\x1b[0m"},
		{"(model)", "model", "(\x1b[1mmodel\x1b[0m)"},
		{"the  cafe\u0301\topens", "cafe\u0301", "the \x1b[1mcafe\u0301\x1b[0m opens"},
		{"שלום עולם", "עולם", "שלום \x1b[1mעולם\x1b[0m"},
		{"a\u202eb \x1b[31mred", "red", "a�b �[31m\x1b[1mred\x1b[0m"},
		{"broken \xff byte", "byte", "broken � \x1b[1mbyte\x1b[0m"},
	}
	for _, tt := range tests {
		s := terminal.Screen{Width: 60, Bold: true}
		if got := strings.Join(s.Wrap(tt.text, mark(tt.text, tt.word)), "\n"); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.text, got, tt.want)
		}
		s.Bold = false
		want := strings.NewReplacer("\x1b[1m", "", "\x1b[0m", "").Replace(tt.want)
		if got := strings.Join(s.Wrap(tt.text, mark(tt.text, tt.word)), "\n"); got != want {
			t.Errorf("%q without bold: %q, want %q", tt.text, got, want)
		}
	}
}

func TestAnExcerptIsWhereTheMarksWeighMost(t *testing.T) {
	filler := strings.Repeat("and so on it goes ", 30)
	tests := []struct {
		name, text string
		marks      func(string) []terminal.Mark
		has        string
		begins     string
	}{
		{"no marks", filler, func(string) []terminal.Mark { return nil }, "", "and so on"},
		{"middle", filler + "poisoned data " + filler, func(s string) []terminal.Mark { return mark(s, "poisoned") }, "poisoned", "… "},
		{"end", filler + "poisoned", func(s string) []terminal.Mark { return mark(s, "poisoned") }, "poisoned", "… "},
		{"sentence", filler + "end. Find poisoned data. " + filler, func(s string) []terminal.Mark { return mark(s, "poisoned") }, "", "… Find poisoned data."},
		{"line", filler + "end\nfind poisoned data, " + filler, func(s string) []terminal.Mark { return mark(s, "poisoned") }, "", "… find poisoned data,"},
		{"heavier", "light " + filler + "heavy", func(s string) []terminal.Mark {
			heavy := mark(s, "heavy")
			heavy[0].Weight = 2
			return append(mark(s, "light"), heavy...)
		}, "heavy", "… "},
		{"distinct", "one one one " + filler + "one two", func(s string) []terminal.Mark {
			return append(append(mark(s, "one"), terminal.Mark{Start: len(s) - 7, End: len(s) - 4, Term: "one", Weight: 1}), mark(s, "two")...)
		}, "two", "… "},
	}
	for _, tt := range tests {
		lines := terminal.Screen{Width: 60}.Excerpt(tt.text, tt.marks(tt.text), 2)
		got := strings.Join(lines, "\n")
		if len(lines) > 2 || !strings.Contains(got, tt.has) || !strings.HasPrefix(got, tt.begins) {
			t.Errorf("%s: %q, want it to have %q and to begin with %q", tt.name, got, tt.has, tt.begins)
		}
	}
}

func TestAWordWiderThanALineIsBroken(t *testing.T) {
	lines := terminal.Screen{Width: 40}.Wrap(strings.Repeat("漢", 30), nil)
	if len(lines) != 2 || utf8.RuneCountInString(lines[0]) != 20 {
		t.Errorf("%q", lines)
	}
}

// TestLinesAreNeverTooWideNorUnsafeAndWrapLosesNothing holds for any text.
func TestLinesAreNeverTooWideNorUnsafeAndWrapLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune(" \n.e\u0301漢\u202e\x1bש👩"), unicode.Letter, unicode.M), 0, 300, -1).Draw(t, "text")
		s := terminal.Screen{Width: rapid.IntRange(40, 50).Draw(t, "width")}
		var marks []terminal.Mark
		for at := 0; at < len(text); {
			end := min(len(text), at+rapid.IntRange(1, 20).Draw(t, "mark"))
			marks = append(marks, terminal.Mark{Start: at, End: end, Term: "x", Weight: 1})
			at = end + rapid.IntRange(0, 20).Draw(t, "gap")
		}
		wrapped := s.Wrap(text, marks)
		excerpt := s.Excerpt(text, marks, 2)
		head := s.Head(text, marks)
		for _, line := range append(append(wrapped, excerpt...), head) {
			if strings.ContainsFunc(line, corpus.Unprintable) {
				t.Errorf("line %q of %q", line, text)
			}
			if n := columns(line); n > s.Width {
				t.Errorf("line %q has %d columns", line, n)
			}
		}
		if len(excerpt) > 2 {
			t.Errorf("excerpt of %d lines", len(excerpt))
		}
		safe := strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) {
				return -1
			}
			if corpus.Unprintable(r) {
				return '�'
			}
			return r
		}, text)
		if got := strings.ReplaceAll(strings.Join(wrapped, ""), " ", ""); got != safe {
			t.Errorf("wrapped %q, want %q", got, safe)
		}
		s.Bold = true
		if got := strings.NewReplacer("\x1b[1m", "", "\x1b[0m", "").Replace(strings.Join(s.Wrap(text, marks), "\n")); got != strings.Join(wrapped, "\n") {
			t.Errorf("bold moves text: %q, plain %q", got, wrapped)
		}
	})
}

// columns counts as a terminal does, for the characters that the test draws.
func columns(line string) int {
	n := 0
	for _, r := range line {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me):
		case unicode.In(r, unicode.Han) || r == '👩':
			n += 2
		default:
			n++
		}
	}
	return n
}
