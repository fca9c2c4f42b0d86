package overview_test

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/overview"
	"concord/internal/hostile"
)

func drawn(t testing.TB, in overview.Input, link func(overview.Cell) string) string {
	t.Helper()
	text, err := counted(t, in).HTML(link)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheGridShowsWhatWasCounted(t *testing.T) {
	in := sample(t, "x")
	o, page := counted(t, in), parsed(t, drawn(t, in, nil))
	var want []overview.Tally
	for _, r := range o.Rows {
		want = append(append(want, r.Cells...), r.Total)
	}
	want = append(append(want, o.Totals...), o.Sources)

	cells := page.all("table", "grid")[0].all("td", "")

	if len(cells) != len(want) {
		t.Fatalf("%d cells, want %d", len(cells), len(want))
	}
	for i, cell := range cells {
		c := want[i]
		bears(t, cell.all("svg", "bar")[0], c)
		if got, want := cell.all("span", "share")[0].text, fmt.Sprintf("%d of %d", c.Mapped, c.All()); got != want {
			t.Errorf("cell %d says %q, want %q", i, got, want)
		}
		rest := ""
		for _, r := range cell.all("span", "rest") {
			rest += strings.TrimPrefix(r.text, "▲ ") + "."
		}
		told := ""
		if c.Open > 0 {
			told += fmt.Sprintf("%d open.", c.Open)
		}
		if c.Gap > 0 {
			told += fmt.Sprintf("%d gap%s.", c.Gap, map[bool]string{true: "s"}[c.Gap != 1])
		}
		if rest != told {
			t.Errorf("cell %d says %q, want %q", i, rest, told)
		}
	}
}

func TestGapsOfHighPriorityStandOutInWordsAndMarks(t *testing.T) {
	page := parsed(t, drawn(t, sample(t, "x"), nil))

	marked := 0
	for _, cell := range page.all("table", "grid")[0].all("td", "urgent") {
		if marked++; !strings.Contains(cell.text, "▲") || !strings.Contains(cell.text, "gap") {
			t.Errorf("an urgent cell says %q", cell.text)
		}
	}
	if marked != 6 { // both functions and all, in both Focus Areas
		t.Errorf("%d cells are marked", marked)
	}
	if text := page.all("p", "alarm")[0].text; !strings.Contains(text, "5 elements of priority 1 have nothing mapped") {
		t.Errorf("it says %q", text)
	}
}

func TestACellWithoutElementsIsEmptyNotZero(t *testing.T) {
	in := sample(t, "x")
	in.SourceIDs = []string{"KE.A-1", "LO.A-3#defend"}
	in.Pairs = nil
	page := parsed(t, drawn(t, in, nil))
	empty := page.all("table", "grid")[0].all("td", "empty")
	if len(empty) != 2 {
		t.Fatalf("%d empty cells", len(empty))
	}
	for _, cell := range empty {
		if cell.text != "no elements" || len(cell.all("svg", "")) > 0 {
			t.Errorf("an empty cell says %q", cell.text)
		}
	}
}

func TestFamiliesRelationsAndBinsShowWhatWasCounted(t *testing.T) {
	in := sample(t, "x")
	o, page := counted(t, in), parsed(t, drawn(t, in, nil))
	numbers := func(row *node) (list []int) {
		for _, cell := range row.all("td", "") {
			if n, err := strconv.Atoi(cell.text); err == nil {
				list = append(list, n)
			}
		}
		return list
	}
	tables := page.all("table", "lines")
	families, relations, bins := tables[0].all("tbody", "")[0].all("tr", ""), tables[1].all("tbody", "")[0].all("tr", ""), tables[2].all("tbody", "")[0].all("tr", "")
	if len(families) != len(o.Families) || len(relations) != 5 || len(bins) != overview.Bins {
		t.Fatalf("%d families, %d relations, %d bins", len(families), len(relations), len(bins))
	}
	for i, f := range o.Families {
		bears(t, families[i].all("svg", "bar")[0], f.Tally)
		if got, want := numbers(families[i]), []int{f.Mapped, f.Open, f.Gap, f.All()}; !slices.Equal(got, want) {
			t.Errorf("family %s says %v, want %v", f.ID, got, want)
		}
	}
	for i, m := range o.Relations {
		if got, want := numbers(relations[i]), []int{m.Decided, m.Open}; !slices.Equal(got, want) {
			t.Errorf("%s says %v, want %v", m.Relation, got, want)
		}
		w, most := widths(t, relations[i].all("svg", "bar")[0]), 4.0 // no relationship
		if !near(w["mapped"], 100*float64(m.Decided)/most) || !near(w["open"], 100*float64(m.Open)/most) {
			t.Errorf("%s is %v wide", m.Relation, w)
		}
	}
	counts := []string{}
	for _, label := range page.all("text", "count") {
		counts = append(counts, label.text)
	}
	told := []string{}
	for i, b := range o.Bins {
		if got, want := numbers(bins[i]), []int{b.Mapped, b.Unrelated}; !slices.Equal(got, want) {
			t.Errorf("bin %d says %v, want %v", i+1, got, want)
		}
		for _, n := range []int{b.Mapped, b.Unrelated} {
			if n > 0 {
				told = append(told, strconv.Itoa(n))
			}
		}
	}
	if !slices.Equal(counts, told) {
		t.Errorf("the histogram says %v, want %v", counts, told)
	}
}

func TestTheHistogramGrowsWithTheRootAndMarksTheThreshold(t *testing.T) {
	in := sample(t, "x")
	o, page := counted(t, in), parsed(t, drawn(t, in, nil))
	chart := page.all("svg", "histogram")[0]
	heights := map[int]bool{}
	for _, r := range chart.all("rect", "") {
		bin := o.Bins[int((r.number(t, "x")-6)/42)]
		n := map[string]int{"mapped": bin.Mapped, "unrelated": bin.Unrelated}[r.attr["class"]]
		if want := 90 * math.Sqrt(float64(n)/2); n == 0 || !near(r.number(t, "height"), want) {
			t.Errorf("%d proposals are %v high, want %v", n, r.attr["height"], want)
		}
		heights[n] = true
	}
	if len(heights) != 2 {
		t.Errorf("heights of %v", heights)
	}
	line := chart.all("line", "threshold")[0]
	if want := 6 + 0.18*420; !near(line.number(t, "x1"), want) || line.attr["x1"] != line.attr["x2"] || !strings.Contains(chart.text, "threshold 18 %") {
		t.Errorf("the threshold is at %s, want %v", line.attr["x1"], want)
	}
	in.Threshold = 0
	if strings.Contains(drawn(t, in, nil), "threshold") {
		t.Error("there is a threshold that nobody knows")
	}
}

func TestEveryNumberLeadsToItsRows(t *testing.T) {
	in := sample(t, "x")
	seen := map[overview.Cell]string{}
	page := parsed(t, drawn(t, in, func(c overview.Cell) string {
		to := "/list?" + url.Values{"n": {strconv.Itoa(len(seen))}, "state": {string(c.State)}}.Encode()
		seen[c] = to
		return to
	}))
	for _, c := range []overview.Cell{
		{State: overview.Open, Function: "KE", Focus: overview.None},
		{State: overview.Mapped, Function: "KE", Focus: "secure", Priority: 1},
		{State: overview.Gap, Focus: "defend", Priority: 3},
		{State: overview.Gap, Function: "LO"},
		{State: overview.Mapped, Family: overview.None},
		{State: overview.Gap, Source: "LO.A-1#secure"},
		{State: overview.Decided, Relation: crosswalk.SupersetOf},
		{State: overview.Open, Relation: crosswalk.NoRelationship},
		{Bin: 10, Outcome: crosswalk.Mapped},
		{Bin: 2, Outcome: crosswalk.Unrelated},
	} {
		found := 0
		for _, a := range page.all("a", "") {
			if to, ok := seen[c]; ok && a.attr["href"] == to {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%d links to %+v", found, c)
		}
	}
	if links := page.all("a", ""); slices.ContainsFunc(links, func(a *node) bool { return a.text == "0" || strings.HasPrefix(a.text, "0 ") }) {
		t.Error("a zero leads somewhere")
	}
	if strings.Contains(drawn(t, in, nil), "<a ") {
		t.Error("there are links without a server")
	}
}

// TestNothingNeedsAStyleOrScriptInThePage is what the policy of the desk asks.
func TestNothingNeedsAStyleOrScriptInThePage(t *testing.T) {
	ids := map[string]bool{}
	var walk func(n *node)
	walk = func(n *node) {
		for a, v := range n.attr {
			if a == "style" || strings.HasPrefix(a, "on") || a == "src" {
				t.Errorf("%s has %s=%q", n.name, a, v)
			}
			if a == "id" && ids[v] {
				t.Errorf("two elements are called %q", v)
			}
			if a == "id" {
				ids[v] = true
			}
		}
		if n.name == "style" || n.name == "script" {
			t.Errorf("there is a %s", n.name)
		}
		for _, c := range n.children {
			walk(c)
		}
	}
	page := parsed(t, drawn(t, sample(t, "x"), nil))
	walk(page)
	for _, svg := range page.all("svg", "") {
		if svg.attr["class"] != "key" && (len(svg.all("title", "")) != 1 || len(svg.all("desc", "")) != 1) {
			t.Errorf("a drawing has no title or description: %q", svg.text)
		}
	}
	if strings.Contains(overview.Style(), "<") || strings.Contains(overview.Style(), "url(") {
		t.Error("the style sheet leads out of the page")
	}
}

// texts are those of an attacker, each short enough for a title.
func texts() []string {
	out := []string{"</title></desc></svg></style><script>alert(1)</script><img src=x onerror=alert(1)> --> &lt;b&gt; ' \" {{.}} \u202egpj.exe\u2066 \x1b[31m\r\n"}
	for _, e := range hostile.Elements() {
		out = append(out, e.Text[:min(len(e.Text), 400)])
	}
	return out
}

func TestNoTextBecomesMarkup(t *testing.T) {
	shape := func(text string) (list []string) {
		var walk func(n *node)
		walk = func(n *node) {
			list = append(list, n.name)
			for _, c := range n.children {
				walk(c)
			}
		}
		walk(parsed(t, text))
		return list
	}
	want := shape(drawn(t, sample(t, "x"), nil))
	for _, text := range texts() {
		page := drawn(t, sample(t, text), nil)
		if !slices.Equal(shape(page), want) {
			t.Errorf("%.40q changes the markup", text)
		}
		if strings.ContainsAny(page, "\u202e\u2066\x1b\r\u200b\U000e0041") {
			t.Errorf("%.40q: a character acts without being seen", text)
		}
	}
	f := finished(t, &corpus.Framework{Name: "f", Edition: "1", Elements: []corpus.Element{
		{ID: `"><script>`, Kind: "</th><script>", Focus: "<script>", Priority: 1, Text: "x"}, {ID: "a", Parent: `"><script>`, Kind: "<script>", Text: "x"}}})
	evil := drawn(t, overview.Input{Source: f, Target: f}, func(overview.Cell) string { return "javascript:alert(1)" })
	if parsed(t, evil); strings.Contains(evil, "<script") || strings.Contains(evil, "href=\"javascript") {
		t.Error("an id, a kind or a link becomes markup")
	}
}

func TestTheSameInputGivesTheSameBytes(t *testing.T) {
	want := drawn(t, sample(t, "x"), nil)
	for range 5 {
		if drawn(t, sample(t, "x"), nil) != want {
			t.Fatal("another drawing")
		}
	}
}

func TestACrosswalkOfNothingIsDrawnToo(t *testing.T) {
	in := overview.Input{Source: house(t, "x"), Target: yard(t, "x"), SourceIDs: []string{}, TargetIDs: []string{}}
	if page := drawn(t, in, nil); !strings.Contains(page, "<span>none</span>") {
		t.Error(page)
	}
	parsed(t, drawn(t, in, nil))
}

// large is a crosswalk of 312 sources and 1,000 targets with 12,480 pairs.
func large(t testing.TB) overview.Input {
	t.Helper()
	frame := func(name string, families, each int) *corpus.Framework {
		f := &corpus.Framework{Name: name, Edition: "1"}
		for i := range families {
			top := fmt.Sprintf("%s%d", name, i)
			f.Elements = append(f.Elements, corpus.Element{ID: top, Kind: corpus.KindFamily, Title: "A family"})
			for j := range each {
				e := corpus.Element{ID: fmt.Sprintf("%s-%d", top, j), Parent: top, Kind: corpus.KindSubcategory, Title: "A control", Text: "x"}
				if e.Focus = []string{"", "secure", "defend", "thwart"}[j%4]; e.Focus != "" {
					e.Priority = 1 + j/4%3
				}
				f.Elements = append(f.Elements, e)
			}
		}
		return finished(t, f)
	}
	x := &talk{source: frame("A", 6, 52), target: frame("B", 20, 50)}
	targets := x.target.Mappable()
	for i, e := range x.source.Mappable() {
		for j := range 40 {
			o, r := crosswalk.Unrelated, crosswalk.NoRelationship
			if j < 6 && i%9 > 0 {
				o, r = crosswalk.Mapped, crosswalk.Relations()[(i+j)%4]
			}
			p := x.propose(e.ID, targets[(i*7+j)%len(targets)].ID, o, r, float64((i+3*j)%101)/100)
			if j < 3 && i%5 > 0 {
				x.decide(p, "ada", crosswalk.Accept, r)
			}
		}
	}
	return x.input()
}

func BenchmarkDraw(b *testing.B) {
	in := large(b)
	if len(in.Pairs) != 12480 {
		b.Fatal(len(in.Pairs))
	}
	for b.Loop() {
		o, err := overview.Of(in)
		if err == nil {
			_, err = o.HTML(func(c overview.Cell) string { return "/list?family=" + url.QueryEscape(c.Family) })
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
