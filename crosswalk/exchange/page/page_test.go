package page_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/exchangetest"
	"concord/crosswalk/exchange/page"
	"concord/crosswalk/overview"
)

func TestThePageShowsEveryField(t *testing.T) { exchangetest.Shows(t, page.Held(), page.Write) }

// hostile is text that breaks out of HTML, a comment or a style sheet where it
// is let, or turns what stands around it.
const hostile = "</title></style><script>alert(1)</script><img src=x onerror=alert(1)> --> &lt;b&gt; ' \" javascript:alert(1) {{.}} \u202egpj.exe\u2066 \x1b[31m\r\n \U000E0041"

// sample returns a crosswalk with this text in every field that holds one.
func sample(text string) *exchange.Crosswalk {
	seven, half := 7, 0.5
	c := &exchange.Crosswalk{
		Title: text, Tool: "concord", Version: "0.1.0", Run: "r1", Made: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Draft: true,
		Source: exchange.Framework{Name: "house", Edition: "1", Title: text, Digest: strings.Repeat("a1", 32), Origin: "https://example.org/house.json"},
		Target: exchange.Framework{Name: "yard", Edition: "2.0", Title: text, Digest: strings.Repeat("b2", 32)},
	}
	for i := range 12 {
		r := exchange.Row{
			Source: fmt.Sprintf("H-%d", i/3), Target: fmt.Sprintf("Y-%d", i), SourceTitle: text, TargetTitle: text, SourceText: text + "\n" + text, TargetText: text,
			Relation: crosswalk.Relations()[i%5], RationaleType: crosswalk.Semantic, Rationale: text, Strength: &seven, StrengthBasis: "formula",
			Probability: &half, Confidence: &half, Origin: crosswalk.OriginLLM, Model: text, Prompt: strings.Repeat("c3", 32), Convention: text,
			Quotes: []crosswalk.Quote{{Side: crosswalk.SourceSide, Text: text}, {Side: crosswalk.TargetSide, Text: text}},
			Flags:  []string{crosswalk.FlagDemoted, text}, Proposal: strings.Repeat("d", 36), SourceSHA256: strings.Repeat("e4", 32), Comment: text,
		}
		if i%4 == 3 {
			r.State, r.Reviewer, r.Decided = exchange.Accepted, text, c.Made
		}
		c.Rows = append(c.Rows, r)
		c.Gaps = append(c.Gaps, exchange.Gap{Side: crosswalk.SourceSide, ID: fmt.Sprintf("H-%d", 50+i), Title: text, Judged: i%2 == 0},
			exchange.Gap{Side: crosswalk.TargetSide, ID: fmt.Sprintf("Y-%d", 50+i), Title: text})
	}
	return c
}

func written(t testing.TB, c *exchange.Crosswalk) string {
	t.Helper()
	var b bytes.Buffer
	if err := page.Write(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestThePageSaysWhatThePairsAre(t *testing.T) {
	text := written(t, sample("plain words"))
	for _, want := range []string{
		"<!doctype html>", "Draft crosswalk: house@1 to yard@2.0", "No person has confirmed the rows that nobody decided on", "H-0 is a subset of Y-0", "H-1 has no relationship with Y-4",
		"semantic, strength 7 (formula)", "probability 0.5", "accepted by plain words, 2026-01-02T03:04:05Z", "concord 0.1.0", "r1",
		strings.Repeat("a1", 32), strings.Repeat("b2", 32), "judged, nothing found", "H-50", "Y-61", "demoted",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
	if !strings.HasPrefix(text, "<!doctype html>") {
		t.Errorf("the page begins with %q", text[:30])
	}
	decided := sample("plain")
	decided.Draft = false
	if strings.Contains(written(t, decided), "No person has confirmed") {
		t.Error("what is decided is called a draft")
	}
}

// TestNoTextBecomesMarkup compares the elements of a page of hostile texts with
// those of a harmless one.
func TestNoTextBecomesMarkup(t *testing.T) {
	tags := func(text string) (list []string) {
		z := html.NewTokenizer(strings.NewReader(text))
		for {
			switch z.Next() {
			case html.ErrorToken:
				return list
			case html.StartTagToken, html.SelfClosingTagToken, html.CommentToken:
				token := z.Token()
				if list = append(list, token.Data); token.Type == html.CommentToken {
					t.Errorf("a comment: %s", token.Data)
				}
				for _, a := range token.Attr {
					if list = append(list, a.Key); a.Key == "src" || strings.HasPrefix(a.Key, "on") || a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
						t.Errorf("%s has %s=%q", token.Data, a.Key, a.Val)
					}
				}
			}
		}
	}
	text := written(t, sample(hostile))
	if got, want := tags(text), tags(written(t, sample("harmless"))); !slices.Equal(got, want) {
		t.Errorf("%d tags and attributes, want %d", len(got), len(want))
	}
	if strings.ContainsAny(text, "\u202e\u2066\x1b\r\U000E0041") || !strings.Contains(text, "[U+202E]gpj.exe") {
		t.Error("a character acts without being seen")
	}
}

func TestAnEmptyCrosswalkIsAPageToo(t *testing.T) {
	text := written(t, &exchange.Crosswalk{Source: exchange.Framework{Name: "house"}, Target: exchange.Framework{Name: "yard"}})
	if !strings.Contains(text, "There are none.") || strings.Count(text, "None is listed.") != 2 {
		t.Error(text)
	}
}

func TestNothingIsWrittenOfACrosswalkThatContradictsItself(t *testing.T) {
	c := sample("plain")
	c.Rows = append(c.Rows, c.Rows[0])
	var b bytes.Buffer
	if err := page.Write(&b, c); err == nil || b.Len() > 0 {
		t.Errorf("%v, %d bytes", err, b.Len())
	}
}

// covered returns an overview of frameworks whose titles are this text.
func covered(t *testing.T, text string) *overview.Overview {
	t.Helper()
	f := &corpus.Framework{Name: "house", Edition: "1", Elements: []corpus.Element{
		{ID: "H", Kind: corpus.KindFunction, Title: text}, {ID: "H-1", Kind: corpus.KindSubcategory, Parent: "H", Title: text, Text: text, Priority: 1}}}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	o, err := overview.Of(overview.Input{Source: f, Target: f})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestThePageBeginsWithAnOverviewWhereTheFrameworksAreKnown(t *testing.T) {
	with := func(text string) string {
		var b bytes.Buffer
		if err := page.WriteWith(&b, sample("plain"), covered(t, text)); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	text := with("plain")
	at, counts := strings.Index(text, `<section class="overview"`), strings.Index(text, `id="counts"`)
	if at < 0 || at > counts || !strings.Contains(text, ".overview .grid") || !strings.Contains(text, "1 element of priority 1 has nothing mapped") {
		t.Errorf("the overview is at %d, the counts at %d", at, counts)
	}
	if with("plain") != text {
		t.Error("other bytes")
	}
	if strings.Contains(written(t, sample("plain")), "overview") {
		t.Error("an overview of nothing")
	}
	if evil := with(hostile); strings.Contains(evil, "<script") || strings.ContainsAny(evil, "\u202e\u2066\x1b\r\U000E0041") {
		t.Error("a title becomes markup, or acts without being seen")
	}
	ids := map[string]bool{}
	for z := html.NewTokenizer(strings.NewReader(text)); z.Next() != html.ErrorToken; {
		for _, a := range z.Token().Attr {
			if a.Key == "id" && ids[a.Val] {
				t.Errorf("two elements are called %q", a.Val)
			}
			if a.Key == "id" {
				ids[a.Val] = true
			}
			if a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
				t.Errorf("a link leads to %q", a.Val)
			}
		}
	}
}

func TestAReadingNamesEveryRow(t *testing.T) {
	c := sample("text")
	r := page.Reading{Title: "For comment <b>", Notes: []string{"Name the id."}}
	for i := range c.Rows {
		r.Labels = append(r.Labels, fmt.Sprintf("R-%06d", i))
	}
	var b bytes.Buffer
	if err := page.WriteReading(&b, c, r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`id="R-000011"`, `Row 12 <a href="#R-000011">R-000011</a>`, "For comment &lt;b&gt;", "<p dir=\"auto\">Name the id.</p>"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(written(t, c), "Row 12") {
		t.Error("a page for nobody in particular numbers its rows")
	}
	if err := page.WriteReading(&b, c, page.Reading{Labels: r.Labels[1:]}); err == nil {
		t.Error("a row without a label is written")
	}
}
