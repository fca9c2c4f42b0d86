package embed_test

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/corpus"
	"concord/embed"
)

func TestTermsAreStemmedWithoutStopWordsAndPlaceholders(t *testing.T) {
	var a embed.Analyzer
	tests := map[string]string{
		"Reviews the audited ACCOUNTS, and reviewing them.":                                       "review audit account review",
		"Notify [Assignment: organization-defined personnel or roles] within a day":               "notifi day",
		"[Selection (one or more): block; [Assignment: organization-defined action]] the traffic": "traffic",
		"multi-factor authentication (e.g., tokens)":                                              "multi factor authent token",
		"":                            "",
		"[unclosed Assignment: stays": "unclos assign stay",
	}
	for text, want := range tests {
		if got := strings.Join(a.Terms(text), " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestTokensPointAtTheWordsTheyWereReadFrom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("abcXYZ é漢 -.[]:İ\n"))).Draw(t, "text")
		var a embed.Analyzer
		last := 0
		for _, token := range a.Tokens(text) {
			if token.Start < last || token.End <= token.Start || token.End > len(text) {
				t.Fatalf("%q: token %+v after %d", text, token, last)
			}
			if again := a.Terms(text[token.Start:token.End]); !slices.Equal(again, []string{token.Term}) {
				t.Fatalf("%q: token %+v reads as %q", text, token, again)
			}
			last = token.End
		}
	})
}

// placeholder matches what blankPlaceholders blanks out, from the inside.
var placeholder = regexp.MustCompile(`\[(?:Assignment|Selection)[^\[\]]*\]`)

func TestPlaceholdersArePeeledFromTheInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"[", "]", "Assignment", "Selection", "word", "é", " ", ":", "\n", "\xff"})).Draw(t, "text"), "")
		peeled := text
		for last := ""; peeled != last; {
			last, peeled = peeled, placeholder.ReplaceAllLiteralString(peeled, " ")
		}
		var a embed.Analyzer
		if got, want := a.Terms(text), a.Terms(peeled); !slices.Equal(got, want) {
			t.Fatalf("%q reads as %q, want %q", text, got, want)
		}
	})
}

func documents() []embed.Document {
	return []embed.Document{
		{ID: "title", Parts: []embed.Part{{Weight: 4, Text: "Encryption"}, {Weight: 1, Text: "Protect records."}}},
		{ID: "text", Parts: []embed.Part{{Weight: 4, Text: "Records"}, {Weight: 1, Text: "Protect by encryption."}}},
		{ID: "none", Parts: []embed.Part{{Weight: 4, Text: "Training"}, {Weight: 1, Text: "Train staff."}}},
	}
}

func TestAWordInTheTitleCountsMoreThanOneInTheText(t *testing.T) {
	x := embed.NewLexical(documents())

	s := x.Scores(x.Query(embed.Part{Weight: 1, Text: "encrypted"}))

	if !(s[0] > s[1] && s[1] > 0 && s[2] == 0) {
		t.Errorf("scores %v: want title above text above zero", s)
	}
}

// TestBM25AgreesWithItsFormula recomputes one score by hand: two documents of
// equal length, one of which holds the only query word once.
func TestBM25AgreesWithItsFormula(t *testing.T) {
	x := embed.NewLexical([]embed.Document{
		{ID: "a", Parts: []embed.Part{{Weight: 1, Text: "alpha beta"}}},
		{ID: "b", Parts: []embed.Part{{Weight: 1, Text: "gamma delta"}}},
	})

	got := x.Scores(x.Query(embed.Part{Weight: 1, Text: "alpha"}))[0]

	idf := math.Log(1 + (2-1+0.5)/(1+0.5))
	if want := idf * 1 * 2.2 / (1 + 1.2); math.Abs(got-want) > 1e-12 {
		t.Errorf("score %v, want %v", got, want)
	}
}

func TestScoresDoNotDependOnTheOrderOfDocuments(t *testing.T) {
	docs := documents()
	forward := embed.NewLexical(docs)
	slices.Reverse(docs)
	backward := embed.NewLexical(docs)

	a := forward.Scores(forward.Query(embed.Part{Weight: 1, Text: "protect encrypted records"}))
	b := backward.Scores(backward.Query(embed.Part{Weight: 1, Text: "protect encrypted records"}))
	slices.Reverse(b)

	for i := range a {
		if math.Abs(a[i]-b[i]) > 1e-12 {
			t.Errorf("document %d: %v and %v", i, a[i], b[i])
		}
	}
}

func TestHitsThatTieAreInOrderOfTheirIds(t *testing.T) {
	hits := []embed.Hit{{ID: "c", Score: 1}, {ID: "a", Score: 1}, {ID: "b", Score: 2}}
	embed.Sort(hits)
	if want := []embed.Hit{{ID: "b", Score: 2}, {ID: "a", Score: 1}, {ID: "c", Score: 1}}; !slices.Equal(hits, want) {
		t.Errorf("%v, want %v", hits, want)
	}
}

func TestVectorsHaveUnitLength(t *testing.T) {
	x := embed.NewLexical(documents())
	var a embed.Analyzer
	v := x.Vector(a.Read(embed.Part{Weight: 1, Text: "protect encrypted records"}))
	if c := embed.Cosine(v, v); math.Abs(c-1) > 1e-9 {
		t.Errorf("cosine with itself %v", c)
	}
	if c := embed.Cosine(v, x.Vector(a.Read(embed.Part{Weight: 1, Text: "train staff"}))); c != 0 {
		t.Errorf("cosine of texts without a common word %v", c)
	}
	if x.Vector(a.Read(embed.Part{Weight: 1, Text: "the of"})) != nil {
		t.Error("a text without terms has a vector")
	}
}

// profile is a framework with printed references, one subcategory and three
// cells: one with its own text, one generic, one withdrawn.
func profile(t *testing.T) *corpus.Framework {
	t.Helper()
	f := &corpus.Framework{Name: "cyber-ai-profile", Edition: "test",
		Elements: []corpus.Element{
			{ID: "GV", Kind: corpus.KindFunction, Title: "Govern"},
			{ID: "GV.OC-01", Kind: corpus.KindSubcategory, Parent: "GV", Text: "The mission is understood.", Guide: "AI changes it."},
			{ID: "GV.OC-01#secure", Kind: corpus.KindCell, Parent: "GV.OC-01", Text: "Models serve the mission.", Focus: "secure"},
			{ID: "GV.OC-01#defend", Kind: corpus.KindCell, Parent: "GV.OC-01", Generic: "standard practices apply", Focus: "defend"},
		},
		References: []corpus.Reference{{Element: "GV.OC-01", Scheme: "sp800-53", ID: "PM-11", Printed: "NIST SP 800-53: PM-11"}},
	}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestACellHasItsSubcategoryForContextAndAGenericOneIsItsSubcategory(t *testing.T) {
	f := profile(t)
	cell, _ := f.Element("GV.OC-01#secure")
	generic, _ := f.Element("GV.OC-01#defend")

	d := embed.DescribeSource(f, cell, embed.Context)
	if d.Parts[0].Text != "Models serve the mission." || !strings.Contains(d.Parts[2].Text, "The mission is understood.") {
		t.Errorf("cell described as %+v", d)
	}
	g := embed.DescribeSource(f, generic, embed.Context)
	if g.ID != generic.ID || g.Parts[0].Text != "The mission is understood." {
		t.Errorf("generic cell described as %+v", g)
	}
}

func TestContextWeighsWhatStandsAboveAndZeroLeavesItOut(t *testing.T) {
	f := profile(t)
	cell, _ := f.Element("GV.OC-01#secure")

	heavy := embed.DescribeSource(f, cell, 2)
	alone := embed.DescribeSource(f, cell, 0)

	if last := heavy.Parts[len(heavy.Parts)-1]; last.Weight != 2 || !strings.Contains(last.Text, "The mission is understood.") {
		t.Errorf("with a context of 2 the cell is %+v", heavy)
	}
	if got, want := heavy.Text(), embed.DescribeSource(f, cell, embed.Context).Text(); got != want {
		t.Errorf("an embedder reads %q with a context of 2, want what it reads with any: %q", got, want)
	}
	if alone.Text() != "Models serve the mission." {
		t.Errorf("without context an embedder reads %q", alone.Text())
	}
	generic, _ := f.Element("GV.OC-01#defend")
	if d := embed.DescribeSource(f, generic, 0); d.Parts[0].Text != "The mission is understood." || strings.Contains(d.Text(), "Govern") {
		t.Errorf("without context a generic cell reads %q", d.Text())
	}
}

func TestPrintedReferencesNeverReachEmbeddedText(t *testing.T) {
	f := profile(t)
	for _, d := range embed.DescribeTargets(f) {
		if strings.Contains(d.Text(), "PM-11") {
			t.Errorf("%s is embedded with its printed reference: %q", d.ID, d.Text())
		}
	}
	for _, e := range f.Elements {
		if d := embed.DescribeSource(f, e, embed.Context); strings.Contains(d.Text(), "PM-11") {
			t.Errorf("%s is embedded with its printed reference: %q", d.ID, d.Text())
		}
	}
}
