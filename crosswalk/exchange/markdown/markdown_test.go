package markdown_test

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/exchangetest"
	"concord/crosswalk/exchange/markdown"
)

func TestTheReportShowsEveryField(t *testing.T) {
	exchangetest.Shows(t, markdown.Held(), markdown.Write)
}

func written(t interface{ Fatal(...any) }, c *exchange.Crosswalk) string {
	var b bytes.Buffer
	if err := markdown.Write(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func sample() *exchange.Crosswalk {
	seven, half := 7, 0.5
	return &exchange.Crosswalk{
		Tool: "concord", Version: "0.1.0", Run: "r1", Draft: true,
		Source: exchange.Framework{Name: "house", Edition: "1", Title: "House Rules", Digest: "aa"},
		Target: exchange.Framework{Name: "yard", Edition: "2.0", Title: "Yard Code", Digest: "bb"},
		Rows: []exchange.Row{{Source: "H-1", Target: "Y-1", TargetTitle: "a | b", SourceText: "# one\n- two", Relation: crosswalk.SubsetOf,
			RationaleType: crosswalk.Semantic, Strength: &seven, Probability: &half, Rationale: "<b>because</b> [x](http://y)",
			Quotes: []crosswalk.Quote{{Side: crosswalk.TargetSide, Text: "lock *it*"}}, Flags: []string{"demoted"}}},
		Gaps: []exchange.Gap{{Side: crosswalk.SourceSide, ID: "H-9", Judged: true}},
	}
}

func TestTheReportSaysWhatThePairsAre(t *testing.T) {
	text := written(t, sample())
	for _, want := range []string{
		"# Draft crosswalk: house@1 to yard@2.0\n", "**This is a draft made by a program.", "| Tool | concord 0.1.0 |", "| Source digest (SHA-256) | aa |",
		"### Source H-1\n\nText: # one - two\n", "- **H-1 is a subset of Y-1**\n  - Target: a \\| b\n  - Compared: semantic, strength 7, probability 0.5\n",
		"  - Rationale: &lt;b&gt;because&lt;/b&gt; \\[x\\](http://y)\n", "  - Quote from the target: “lock \\*it\\*”\n", "| H-9 |  | judged, nothing found |",
		"None is listed.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// TestNoTextBeginsALine holds for any text in any field.
func TestNoTextBeginsALine(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		for line := range strings.Lines(written(rt, exchangetest.Random(rt))) {
			known := false
			for _, start := range []string{"\n", "# ", "## ", "### ", "**This", "Relations are", "| ", "- **", "  - ", "Text: ", "None is", "There are"} {
				known = known || strings.HasPrefix(line, start)
			}
			if !known || strings.Contains(line, "<b>") {
				rt.Errorf("%q", line)
			}
		}
	})
}

func TestNothingIsWrittenOfACrosswalkThatContradictsItself(t *testing.T) {
	c := sample()
	c.Rows = append(c.Rows, c.Rows[0])
	var b bytes.Buffer
	if err := markdown.Write(&b, c); err == nil || b.Len() > 0 {
		t.Errorf("%v, %d bytes", err, b.Len())
	}
}
