package corpus_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"concord/corpus"
)

func TestTypographyIsNoRewording(t *testing.T) {
	tests := map[string]struct{ older, newer, want string }{
		"white space":       {"Keep  logs\nfor a year.", "Keep logs for a\u00a0year.", ""},
		"case":              {"KEEP Logs", "keep logs", ""},
		"quotes":            {`the "owner's" role`, "the “owner’s” role", ""},
		"dashes":            {"data-at-rest", "data‑at‑rest", ""},
		"invisible":         {"cyber\u00adsecurity\u200b now", "cybersecurity now", ""},
		"space and comma":   {"see SC-10 , and", "see SC-10, and", ""},
		"zeros in ids":      {"see AU-2 and AC-2(1)", "see AU-02 and AC-02(01)", ""},
		"parameter":         {"Review [Assignment: organization-defined frequency].", "Review [organization-defined] .", ""},
		"nested parameters": {"Use [Selection (one or more): a; [Assignment: organization-defined b [x]]; c] here", "Use [Selection: organization-defined] here", ""},
		"parameter gone":    {"Review [Assignment: organization-defined frequency].", "Review monthly.", "Review [-[Assignment: organization-defined frequency]-] {+monthly+} ."},
		"open bracket":      {"[Assignment: never closed", "[Assignment: still not closed", "[Assignment: [-never-] {+still not+} closed"},
		"value":             {"within 0.5 hours", "within 0.05 hours", "within [-0.5-] {+0.05+} hours"},
		"words":             {"Systems are tested and secured.", "Systems are tested, patched and secured.", "Systems are tested {+, patched+} and secured."},
		"commas alone":      {"red, blue, round", "one, two, round", "[-red, blue-] {+one, two+} , round"},
		"everything":        {"Alpha", "Beta", "[-Alpha-] {+Beta+}"},
		"nothing left":      {"Alpha beta", "", "[-Alpha beta-]"},
		"markup is text":    {"<b>|</b>", "<b>|</b> x", "<b>|</b> {+x+}"},
	}
	for name, tt := range tests {
		filler := control("Z", "", "Filler")
		d := corpus.Compare(edition(t, "1", control("A", "", tt.older), filler), edition(t, "2", control("A", "", tt.newer), filler))
		got := ""
		if len(d.Changes) > 0 {
			got = marked(d.Changes[0].Text)
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// spelled is a text as a word diff sees it.
func spelled(s string) string { return strings.Join(strings.Fields(s), "") }

func FuzzWordDiff(f *testing.F) {
	f.Add("Keep logs, for a year.", "keep audit logs for [Assignment: x [y]] .")
	f.Add("[Assignment: [", "\xff\u200b 0(007")
	f.Add("a b c a b b a", "c b a b a c")
	f.Fuzz(func(t *testing.T, a, b string) {
		filler := control("Z", "", "Filler")
		d := corpus.Compare(edition(t, "1", control("A", "", a), filler), edition(t, "2", control("A", "", b), filler))
		if len(d.Changes) == 0 {
			return
		}
		var older, newer strings.Builder
		for i, r := range d.Changes[0].Text {
			if r.Text == "" || i > 0 && r.Op == d.Changes[0].Text[i-1].Op {
				t.Fatalf("runs %+v", d.Changes[0].Text)
			}
			if r.Op != corpus.RunInserted {
				older.WriteString(r.Text)
			}
			if r.Op != corpus.RunDeleted {
				newer.WriteString(r.Text)
			}
		}
		// Words that nobody sees have no run.
		if n := spelled(newer.String()); len(n) > len(spelled(b)) || !strings.ContainsAny(b, "\u200b\u00ad") && isASCII(b) && n != spelled(b) {
			t.Fatalf("the runs say %q, the text %q", n, b)
		}
		if isASCII(a) && len(spelled(older.String())) > 0 && spelled(a) == "" {
			t.Fatalf("the runs delete %q from nothing", older.String())
		}
	})
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > 126 }) < 0
}

func TestLongStatementsAreComparedInBoundedTime(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	text := func(vocabulary int) []string {
		out := make([]string, 10_000) // some 60 kB
		for i := range out {
			out[i] = fmt.Sprintf("w%d", random.IntN(vocabulary))
		}
		return out
	}
	edited := func(words []string) []string {
		out := slices.Clone(words)
		for range 100 {
			out[random.IntN(len(out))] = "edited"
		}
		return slices.Insert(out, 5_000, "some", "words", "more")
	}
	natural := text(20_000)
	tests := map[string][2][]string{
		"edited":       {natural, edited(natural)},
		"two words":    {text(2), text(2)},
		"unrelated":    {text(3_000), text(3_000)},
		"one word":     {slices.Repeat([]string{"a"}, 10_000), slices.Repeat([]string{"a"}, 9_000)},
		"open bracket": {slices.Repeat([]string{"[Assignment"}, 10_000), slices.Repeat([]string{"[Selection:"}, 9_000)},
	}
	for name, tt := range tests {
		older, newer := edition(t, "1", control("A", "", strings.Join(tt[0], " "))), edition(t, "2", control("A", "", strings.Join(tt[1], " ")))
		start := time.Now()
		d := corpus.Compare(older, newer)
		if took := time.Since(start); took > time.Minute { // comparing every word with every other would take far longer
			t.Errorf("%s: took %v", name, took)
		}
		deleted := 0
		for _, r := range d.Changes[0].Text {
			if r.Op == corpus.RunDeleted {
				deleted += len(strings.Fields(r.Text))
			}
		}
		if name == "edited" && (deleted < 90 || deleted > 110) {
			t.Errorf("edited: 100 words changed, the diff deletes %d", deleted)
		}
	}
}

func TestAShortDiffKeepsAsManyWordsAsCanBeKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 1, 9)
		a, b := words.Draw(t, "a"), words.Draw(t, "b")
		d := corpus.Compare(edition(t, "1", control("A", "", strings.Join(a, " "))), edition(t, "2", control("A", "", strings.Join(b, " "))))
		kept := len(b)
		if len(d.Changes) > 0 {
			kept = 0
			for _, r := range d.Changes[0].Text {
				if r.Op == corpus.RunEqual {
					kept += len(strings.Fields(r.Text))
				}
			}
		}
		if best := longestByTrying(a, b); kept != best {
			t.Fatalf("%v and %v: keeps %d words, want %d", a, b, kept, best)
		}
	})
}

// longestByTrying is the definition: try every choice of words of a.
func longestByTrying(a, b []string) int {
	best := 0
	for choice := range 1 << len(a) {
		j, n := 0, 0
		for i, w := range a {
			if choice>>i&1 == 0 {
				continue
			}
			for j < len(b) && b[j] != w {
				j++
			}
			if j == len(b) {
				n = math.MinInt
				break
			}
			j, n = j+1, n+1
		}
		best = max(best, n)
	}
	return best
}
