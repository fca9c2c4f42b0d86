package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/candidate"
	"concord/embed"
	"concord/internal/terminal"
)

// TestMatchesAreTheWordsWithATermAndNoOthers holds for any text: every match
// is a word of it whose stem was asked for, and none of these is left out.
func TestMatchesAreTheWordsWithATermAndNoOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom(strings.Fields("train trained Training data DATA cafe\u0301 Überwachung poisoned 漢字 the [Assignment: \xff \u202e שלום ]"))
		gap := rapid.SampledFrom([]string{" ", "\n", "-", ", ", "/", "\u0301 "})
		var b strings.Builder
		for range rapid.IntRange(0, 12).Draw(t, "words") {
			b.WriteString(word.Draw(t, "word") + gap.Draw(t, "gap"))
		}
		text := b.String()
		var analyzer embed.Analyzer
		wanted := map[string]bool{}
		var terms []embed.WeightedTerm
		for _, term := range analyzer.Terms(word.Draw(t, "query") + " " + word.Draw(t, "query")) {
			wanted[term] = true
			terms = append(terms, embed.WeightedTerm{Term: term, Weight: 1})
		}

		found := matches(text, terms)

		end := 0
		for _, m := range found {
			if m.Start < end || m.End <= m.Start || m.End > len(text) {
				t.Fatalf("match %+v after %d of %d bytes", m, end, len(text))
			}
			end = m.End
			if got := analyzer.Terms(text[m.Start:m.End]); len(got) != 1 || got[0] != m.Term || !wanted[m.Term] {
				t.Errorf("%q has terms %v, the match says %q", text[m.Start:m.End], got, m.Term)
			}
			if r, _ := utf8.DecodeRuneInString(text[end:]); r == '\u0301' {
				t.Errorf("a mark after %q is left behind", text[m.Start:m.End])
			}
		}
		count := 0
		for _, term := range analyzer.Terms(text) {
			if wanted[term] {
				count++
			}
		}
		if count != len(found) {
			t.Errorf("%q has %d words with %v, %d were found", text, count, terms, len(found))
		}
	})
}

func contribution(signal string, amount float64, evidence ...candidate.Reason) candidate.Contribution {
	return candidate.Contribution{Signal: signal, Amount: amount, Evidence: evidence}
}

func TestWhatSpeaksForATargetIsSharedOut(t *testing.T) {
	f := &corpus.Framework{Name: "own", Edition: "1", Elements: []corpus.Element{
		{ID: "A", Kind: corpus.KindControl, Text: "one"},
		{ID: "A(1)", Kind: corpus.KindEnhancement, Parent: "A", Text: "two"},
		{ID: "A-a", Kind: "clause", Parent: "A", Text: "three"},
	}}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	words, meaning := candidate.Lexical, candidate.Semantic
	tests := []struct {
		of   []candidate.Contribution
		want string
	}{
		{[]candidate.Contribution{contribution(words, 1), contribution(meaning, 3)}, "meaning 75 %, words 25 %"},
		{[]candidate.Contribution{contribution(words, 2), contribution(meaning, -1)}, "words 100 %; against: meaning 50 %"},
		{[]candidate.Contribution{contribution(words, -3), contribution(meaning, -1)}, "against: words 75 %, meaning 25 %"},
		{[]candidate.Contribution{contribution(words, 1), contribution(meaning, 0.004), contribution(candidate.Detail, 0)}, "words 100 %"},
		{[]candidate.Contribution{contribution(words, 0)}, ""},
		{nil, ""},
		{[]candidate.Contribution{contribution(candidate.Child, 1, candidate.Reason{Name: "A(1)"}, candidate.Reason{Name: "A(1)"})}, "best enhancement A(1) 100 %"},
		{[]candidate.Contribution{contribution(candidate.Child, 1, candidate.Reason{Name: "A-a"}, candidate.Reason{Name: "A"})}, "best part A-a and itself 100 %"},
		{[]candidate.Contribution{contribution(candidate.Child, 1)}, "best part 100 %"},
		{[]candidate.Contribution{contribution(candidate.Related, 1, candidate.Reason{Name: "B"}, candidate.Reason{Name: "C"})}, "related B 100 %"},
		{[]candidate.Contribution{contribution(candidate.Related, -1)}, "against: related 100 %"},
		{[]candidate.Contribution{contribution("new", 1, candidate.Reason{Name: "x"})}, "new 100 %"},
	}
	for _, tt := range tests {
		if got := because(f, "A", tt.of); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.of, got, tt.want)
		}
	}
}

// TestTheTableAddsUp reads the printed numbers back.
func TestTheTableAddsUp(t *testing.T) {
	lines := table([]candidate.Contribution{
		contribution(candidate.Lexical, 1.25, candidate.Reason{Name: "key", Value: 3}),
		contribution(candidate.Detail, -0.5, candidate.Reason{Name: "A"}),
	}, 0.75)
	number := regexp.MustCompile(`^\S+ +([+-]\d+\.\d{3})`)
	var sum float64
	for i, line := range lines[1:] {
		var x float64
		if m := number.FindStringSubmatch(line); m == nil {
			t.Fatalf("line %q", line)
		} else if _, err := fmt.Sscan(m[1], &x); err != nil {
			t.Fatal(err)
		}
		if i == len(lines)-2 {
			x = -x
		}
		sum += x
	}
	if sum != 0 || !strings.HasSuffix(lines[1], "key 3.00") || !strings.HasSuffix(lines[2], "of A") {
		t.Errorf("%s", strings.Join(lines, "\n"))
	}
}

// TestHitsOnATerminalHaveTheirWordsInBold plays the terminal.
func TestHitsOnATerminalHaveTheirWordsInBold(t *testing.T) {
	target := &corpus.Framework{Name: "own", Edition: "1", Elements: []corpus.Element{
		{ID: "A", Kind: corpus.KindControl, Title: "Trained staff", Text: "Train staff; keep \u202erecords."},
		{ID: "B", Kind: corpus.KindControl, Text: "Escort visitors."},
	}}
	source := &corpus.Framework{Name: "query", Edition: "1", Elements: []corpus.Element{{ID: "Q", Kind: corpus.KindRequirement, Text: "training"}}}
	for _, f := range []*corpus.Framework{target, source} {
		if err := f.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	ranker, err := candidate.New(candidate.Input{Source: source, Target: target})
	if err != nil {
		t.Fatal(err)
	}
	query := source.Elements[0]
	show := func(bold bool, hits []crosswalk.Candidate) string {
		var b strings.Builder
		if err := printHits(&b, terminal.Screen{Width: 60, Bold: bold}, target, hits, ranker.Explain(query), false); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}

	hits := ranker.Rank(query)
	got := show(true, hits)

	for _, want := range []string{"\x1b[1mTrained\x1b[0m staff\n", "  \x1b[1mTrain\x1b[0m staff; keep �records.\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
	if n := strings.Count(got, "\x1b"); n != 4 {
		t.Errorf("%d escapes in %q, want two words", n, got)
	}
	if plain := show(false, hits); plain != strings.NewReplacer("\x1b[1m", "", "\x1b[0m", "").Replace(got) {
		t.Errorf("plain %q, bold %q", plain, got)
	}
}
