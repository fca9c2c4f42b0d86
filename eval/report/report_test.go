package report_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"concord/corpus"
	"concord/crosswalk"
	"concord/eval"
	"concord/eval/report"
)

func TestThePageIsWellFormed(t *testing.T) {
	for name, text := range map[string]func(int) string{"harmless": harmless, "hostile": func(int) string { return hostile }} {
		t.Run(name, func(t *testing.T) {
			page := written(t, sample(t, text))

			checkBalance(t, page)
			root := parsed(t, page)
			checkLinks(t, root)
			checkAccess(t, root)
		})
	}
}

// A failer is a test, of Go or of rapid.
type failer interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// checkBalance holds that every element is closed, and in order.
func checkBalance(t failer, page string) {
	t.Helper()
	void := []string{"meta", "link", "path", "br", "hr", "img", "input"}
	var open []string
	tokens := html.NewTokenizer(strings.NewReader(page))
	for {
		switch kind := tokens.Next(); kind {
		case html.ErrorToken:
			if len(open) > 0 {
				t.Errorf("never closed: %v", open)
			}
			return
		case html.StartTagToken:
			if name, _ := tokens.TagName(); !slices.Contains(void, string(name)) {
				open = append(open, string(name))
			}
		case html.EndTagToken:
			name, _ := tokens.TagName()
			if len(open) == 0 || open[len(open)-1] != string(name) {
				t.Fatalf("</%s> within %v", name, open)
			}
			open = open[:len(open)-1]
		case html.CommentToken:
			t.Errorf("comment %q", tokens.Text())
		}
	}
}

// checkLinks holds that nothing leads out of the page, and everything in it
// somewhere.
func checkLinks(t failer, root *html.Node) {
	t.Helper()
	ids := map[string]bool{}
	for _, n := range all(root, "") {
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("id %q stands twice", id)
			}
			ids[id] = true
		}
	}
	for _, n := range all(root, "") {
		if slices.Contains([]string{"script", "img", "iframe", "object", "embed", "base", "form", "image", "use", "foreignobject"}, strings.ToLower(n.Data)) {
			t.Errorf("<%s>", n.Data)
		}
		for _, a := range n.Attr {
			key := strings.ToLower(a.Key)
			switch {
			case strings.HasPrefix(key, "on"), key == "src", key == "style", key == "srcset":
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			case key == "href" && a.Val != "data:,":
				if id, within := strings.CutPrefix(a.Val, "#"); !within || !ids[id] {
					t.Errorf("link to %q", a.Val)
				}
			case key == "aria-labelledby":
				for _, id := range strings.Fields(a.Val) {
					if !ids[id] {
						t.Errorf("<%s> is labelled by %q, which is not there", n.Data, id)
					}
				}
			}
		}
		if n.Data == "style" && (strings.Contains(textOf(n), "url(") || strings.Contains(textOf(n), "@import")) {
			t.Errorf("the style sheet fetches something")
		}
	}
}

// checkAccess holds what a reader needs who does not see the page.
func checkAccess(t failer, root *html.Node) {
	t.Helper()
	if attr(all(root, "html")[0], "lang") == "" {
		t.Errorf("no language")
	}
	for _, landmark := range []string{"header", "nav", "main", "footer", "h1"} {
		if n := len(all(root, landmark)); n != 1 {
			t.Errorf("%d <%s>", n, landmark)
		}
	}
	for _, svg := range all(root, "svg") {
		if attr(svg, "role") != "img" || len(all(svg, "title")) != 1 || len(all(svg, "desc")) != 1 || textOf(all(svg, "title")[0]) == "" || textOf(all(svg, "desc")[0]) == "" {
			t.Errorf("chart %s has no name or no description", attr(svg, "aria-labelledby"))
		}
	}
	for _, figure := range all(root, "figure") {
		if rows := all(figure, "tr"); len(rows) < 2 {
			t.Errorf("figure %q has no table", textOf(all(figure, "figcaption")[0]))
		}
	}
	for _, table := range all(root, "table") {
		if len(all(table, "caption")) != 1 {
			t.Errorf("table without a caption: %.60s", textOf(table))
		}
		for _, th := range all(table, "th") {
			if attr(th, "scope") == "" {
				t.Errorf("header %q without a scope", textOf(th))
			}
		}
	}
	level := 0
	for _, n := range all(root, "") {
		if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			if next := int(n.Data[1] - '0'); next > level+1 {
				t.Errorf("<%s> %q comes after <h%d>", n.Data, textOf(n), level)
			}
			level = int(n.Data[1] - '0')
		}
	}
}

func TestHostileTextIsShownAndDoesNothing(t *testing.T) {
	page := written(t, sample(t, func(int) string { return hostile }))

	if i := strings.IndexAny(page, "\u202e\u2066\x00\x1b\r\u2028\U000E0041"); i >= 0 {
		t.Errorf("a hidden character at %d: %q", i, page[i:i+10])
	}
	shown := textOf(all(parsed(t, page), "main")[0])
	for _, want := range []string{"<script>alert(1)</script>", "]]> --> &lt;b&gt;", "{{.}}", "[U+202E]gpj.exe[U+2066]", "[U+001B][31m"} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is not shown", want)
		}
	}
}

func TestTheSamePageGivesTheSameBytes(t *testing.T) {
	first := written(t, sample(t, harmless))

	for range 5 {
		if again := written(t, sample(t, harmless)); again != first {
			t.Fatal("another page")
		}
	}
}

func TestEverySectionStandsInThePage(t *testing.T) {
	root := parsed(t, written(t, sample(t, harmless)))

	var titles []string
	for _, f := range all(all(root, "section")[2], "figcaption") {
		titles = append(titles, textOf(f))
	}
	want := []string{"Precision over recall", "Reliability", "Risk over coverage", "Ranks of the listed pairs", "By function", "By focus area", "By priority"}
	if !slices.Equal(titles, want) {
		t.Errorf("figures %q", titles)
	}
	ranks := figureOf(t, root, "Ranks of the listed pairs")
	if class, name := attr(all(ranks, "path")[0], "class"), textOf(all(ranks, "text")[0]); class != "bar b1" || name != "ours" {
		t.Errorf("the first in the legend is %q as %q, want the system that the page is about", name, class)
	}
	if n := len(all(all(root, "nav")[0], "a")); n != 5 {
		t.Errorf("%d links in the contents, want two sets and three more", n)
	}
	text := textOf(root)
	for _, want := range []string{"4 March 2026, 05:06 UTC", "precision is a lower bound", "1 label left out", ", published", "Worst misses of ours", "A: by an owner",
		"Nothing is pooled"} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing says %q", want)
		}
	}
	misses := 0
	for _, d := range all(root, "details") {
		if attr(d, "class") == "miss" {
			misses++
		}
	}
	if misses != 40 {
		t.Errorf("%d misses, want twenty a set", misses)
	}
}

func TestEveryMetricIsExplained(t *testing.T) {
	p := sample(t, harmless)
	p.Sets = p.Sets[:1]
	score := &p.Sets[0].Result.Scores[1]
	for _, m := range eval.Metrics() {
		score.Metrics[m.Name] = 0.5
	}

	root := parsed(t, written(t, p))

	checkLinks(t, root) // each name of a figure leads to its meaning
	explained := all(all(root, "dl")[2], "dt")
	if len(explained) != len(eval.Metrics()) {
		t.Errorf("%d of %d metrics are explained", len(explained), len(eval.Metrics()))
	}
}

// small is a set of one source with two listed targets, of which the system
// proposes one beside a wrong one.
func small(t *testing.T, relation crosswalk.Relation) report.Set {
	t.Helper()
	source := &corpus.Framework{Name: "s", Edition: "1", Elements: []corpus.Element{{ID: "S", Text: "Encrypt records"}}}
	target := &corpus.Framework{Name: "t", Edition: "1", Local: true, Elements: []corpus.Element{
		{ID: "A", Title: "Cipher", Text: "Encrypt"}, {ID: "B", Title: "Badge"}, {ID: "C", Title: "Escort", Text: "Escort visitors"}}}
	for _, f := range []*corpus.Framework{source, target} {
		if err := f.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	c := eval.Case{Source: source.Elements[0], Ranked: []string{"A", "B", "C"}, Labels: map[string]eval.Label{
		"A": {Source: "S", Target: "A", Relation: relation, Strength: -1}, "C": {Source: "S", Target: "C", Relation: relation, Strength: -1}},
		Decisions: []eval.Decision{{Target: "A", Outcome: crosswalk.Mapped, Relation: crosswalk.IntersectsWith, Probability: 0.9},
			{Target: "B", Outcome: crosswalk.Mapped, Relation: crosswalk.IntersectsWith, Probability: 0.7}}}
	seen := eval.Observation{Cases: []eval.Case{c}, Targets: 3}
	return report.Set{Source: source, Target: target, Seen: []report.Seen{{System: "ours", Observation: seen}},
		Result: eval.SetResult{Set: "small", Scores: []eval.Score{eval.ScoreOf("ours", seen)}}}
}

func TestChartsShowWhatWasMeasured(t *testing.T) {
	root := parsed(t, written(t, report.Page{Title: "Small", Sets: []report.Set{small(t, "")}}))

	pr := figureOf(t, root, "Precision over recall")
	if desc := textOf(all(pr, "desc")[0]); desc != "ours has an area under the curve of 0.500; as it decides, precision is 0.500 at a recall of 0.500; its candidates allow a recall of 0.500." {
		t.Error(desc)
	}
	// The axes are 304 units long and begin at 34, 330: half is 186, 178.
	var paths []string
	for _, p := range all(pr, "path") {
		if class := attr(p, "class"); class == "line s1" || class == "own o1" || class == "reach" {
			paths = append(paths, attr(p, "d"))
		}
	}
	want := []string{"M186 330L186 26", "M34 26V26H186", "M186 172.5L191.5 178L186 183.5L180.5 178Z"}
	if len(paths) != 6 || !slices.Equal(paths[:3], want) { // three more are the legend's
		t.Errorf("paths %q", paths)
	}
	for title, row := range map[string]string{
		"Reliability":               "ours 0.900 1.000 1",
		"Risk over coverage":        "ours 0.500 0.000",
		"Ranks of the listed pairs": "3–5 1",
	} {
		if text := textOf(all(figureOf(t, root, title), "table")[0]); !strings.Contains(text, row) {
			t.Errorf("%s lacks %q: %s", title, row, text)
		}
	}
}

func TestAMissIsToldWithItsTexts(t *testing.T) {
	root := parsed(t, written(t, report.Page{Title: "Small", Sets: []report.Set{small(t, "")}}))

	var told string
	for _, d := range all(root, "details") {
		if attr(d, "class") == "miss" {
			told = textOf(d)
		}
	}

	want := "rank 3 of 3 S → C Escort Source S Encrypt records Listed target, rank 3 of 3 C Escort Escort visitors " +
		"Never judged: it is not among the 2 best candidates. Ranked first instead: A Cipher (listed too) B Badge C Escort (listed too)"
	if told != want {
		t.Errorf("%q", told)
	}
	if !strings.Contains(textOf(root), "t@1 is marked local. This page quotes it") {
		t.Error("nothing warns that the page quotes a local framework")
	}
}

func TestAMatrixOfRelationsNeedsTypesFromBothSides(t *testing.T) {
	ranks := small(t, "")
	ranks.Seen[0].Cases[0].Decisions = nil
	for _, tt := range []struct {
		set  report.Set
		rows int
		says string
	}{
		{small(t, crosswalk.Equal), 5, "equal 0 1 0 0 0"},
		{small(t, ""), 0, "which pairs are related but not how"},
		{ranks, 0, "ours only ranks"},
	} {
		root := parsed(t, written(t, report.Page{Sets: []report.Set{tt.set}}))
		rows := 0
		for _, table := range all(root, "table") {
			if attr(table, "class") == "confusion" {
				rows = len(all(table, "tr")) - 1
				for i, r := range all(table, "tr")[1:] {
					for j, cell := range all(r, "td") {
						if framed := strings.Contains(attr(cell, "class"), "same"); framed != (i == j) {
							t.Errorf("row %d, column %d is framed: %v", i+1, j+1, framed)
						}
					}
				}
			}
		}
		if rows != tt.rows || !strings.Contains(textOf(root), tt.says) {
			t.Errorf("%d rows, want %d and %q", rows, tt.rows, tt.says)
		}
	}
}

func TestAPageThatLacksSomethingIsRefused(t *testing.T) {
	whole := small(t, "")
	noScore, noTarget := whole, whole
	noScore.Result.Scores = nil
	noTarget.Target = nil
	for _, tt := range []struct {
		sets []report.Set
		says string
	}{
		{nil, "no label set"},
		{[]report.Set{whole, noScore}, `set "small" has no score`},
		{[]report.Set{noTarget}, `set "small" lacks a framework`},
	} {
		var b strings.Builder
		if err := report.Write(&b, report.Page{Sets: tt.sets}); err == nil || !strings.Contains(err.Error(), tt.says) || b.Len() > 0 {
			t.Errorf("error %v, want %q", err, tt.says)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

var errFull = errors.New("disk full")

func TestWriteReportsAWriterThatFails(t *testing.T) {
	if err := report.Write(fullDisk{}, report.Page{Sets: []report.Set{small(t, "")}}); !errors.Is(err, errFull) {
		t.Error(err)
	}
}

func TestASetNeedsNoObservation(t *testing.T) {
	s := small(t, "")
	s.Seen = nil

	root := parsed(t, written(t, report.Page{Sets: []report.Set{s}}))

	if figures := all(root, "figure"); len(figures) != 0 {
		t.Errorf("%d figures of nothing", len(figures))
	}
	if text := textOf(root); !strings.Contains(text, fmt.Sprintf("%.3f", s.Result.Scores[0].Metrics["map"])) {
		t.Error("no MAP")
	}
}
