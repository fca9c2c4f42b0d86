package report_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"concord/corpus"
	"concord/crosswalk"
	"concord/eval"
	"concord/eval/report"
)

// hostile is text that breaks out of HTML, SVG, a comment or a style sheet
// where it is let, or turns what stands around it.
const hostile = "</title></style></svg><script>alert(1)</script><img src=x onerror=alert(1)> ]]> --> &lt;b&gt; ' \" javascript:alert(1) {{.}} \u202egpj.exe\u2066 \x00\x1b[31m\r\n \u2028 \U000E0041 \xff"

// A maker makes frameworks and cases up.
type maker struct {
	tb   testing.TB
	rnd  *rand.Rand
	text func(n int) string // the nth text
}

func (m maker) framework(name string, elements []corpus.Element) *corpus.Framework {
	m.tb.Helper()
	f := &corpus.Framework{Name: name, Edition: "1", Title: "Framework " + m.text(0), Elements: elements}
	if err := f.Finish(); err != nil {
		m.tb.Fatal(err)
	}
	return f
}

// set makes a set of n sources up, on which the last system decides.
func (m maker) set(n int, typed bool) report.Set {
	m.tb.Helper()
	var sources, targets []corpus.Element
	for i := range n {
		e := corpus.Element{ID: fmt.Sprintf("F%d-%d", i%5, i), Kind: corpus.KindCell, Text: m.text(i), Guide: m.text(i + 1), Parent: fmt.Sprintf("F%d", i%5),
			Focus: []string{"", "secure", "defend"}[i%3], Priority: i % 4}
		sources = append(sources, e)
		targets = append(targets, corpus.Element{ID: fmt.Sprintf("T-%d", i), Kind: corpus.KindControl, Title: m.text(i + 2), Text: m.text(i + 3)})
	}
	for i := range 5 {
		sources = append(sources, corpus.Element{ID: fmt.Sprintf("F%d", i), Kind: corpus.KindFunction, Title: m.text(i)})
	}
	s := report.Set{Source: m.framework("source", sources), Target: m.framework("target", targets),
		Published: []corpus.Published{{System: "theirs " + m.text(1), Metrics: map[string]float64{"top1": 0.25, "map": 0.5}}},
		Result:    eval.SetResult{Set: "made up " + m.text(2), Maker: m.text(3), Trust: "A", Licence: m.text(4), Source: "source@1", Target: "target@1", Kinds: []string{"control"}}}
	for at, system := range []string{"baseline " + m.text(5), "ours"} {
		o := eval.Observation{Targets: len(targets), LeftOut: 1}
		for i, e := range s.Source.Elements[:n] {
			o.Cases = append(o.Cases, m.observed(i, e, targets, typed, at == 1))
		}
		s.Seen = append(s.Seen, report.Seen{System: system, Observation: o})
		s.Result.Scores = append(s.Result.Scores, eval.ScoreOf(system, o))
	}
	return s
}

func (m maker) observed(i int, e corpus.Element, targets []corpus.Element, typed, decides bool) eval.Case {
	c := eval.Case{Source: e, Function: fmt.Sprintf("F%d", i%5), Labels: map[string]eval.Label{}}
	for _, at := range m.rnd.Perm(len(targets)) {
		c.Ranked = append(c.Ranked, targets[at].ID)
	}
	for k := range 1 + i%3 {
		l := eval.Label{Source: e.ID, Target: targets[(i*7+k)%len(targets)].ID, Strength: -1}
		if typed {
			l.Relation, l.Strength = crosswalk.Relations()[(i+k)%5], (i+k)%11
		}
		c.Labels[l.Target] = l
	}
	if decides {
		c.Decisions = []eval.Decision{}
		for at, id := range c.Ranked[:len(c.Ranked)/2] {
			d := eval.Decision{Target: id, Outcome: crosswalk.Unrelated, Relation: crosswalk.NoRelationship, Strength: -1, Probability: m.rnd.Float64() / 2}
			if at < 3 {
				d.Outcome, d.Relation, d.Strength, d.Probability = crosswalk.Mapped, crosswalk.Relations()[m.rnd.IntN(4)], m.rnd.IntN(11), d.Probability+0.5
			}
			c.Decisions = append(c.Decisions, d)
		}
	}
	return c
}

// sample is a page of two sets, of which the first is typed.
func sample(tb testing.TB, text func(int) string) report.Page {
	tb.Helper()
	m := maker{tb, rand.New(rand.NewPCG(1, 2)), text}
	return report.Page{Title: "Evaluation " + text(0), Tool: "concord " + text(1), Judge: "local", Command: "concord eval --report " + text(2),
		When: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), Sets: []report.Set{m.set(60, true), m.set(30, false)}}
}

func harmless(n int) string {
	return fmt.Sprintf("the organization keeps records number %d of what it decides", n)
}

func written(tb testing.TB, p report.Page) string {
	tb.Helper()
	var b strings.Builder
	if err := report.Write(&b, p); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

func parsed(tb testing.TB, page string) *html.Node {
	tb.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		tb.Fatal(err)
	}
	return root
}

// all returns the elements of a name below a node, in order; every one if the
// name is empty.
func all(root *html.Node, name string) (found []*html.Node) {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && (name == "" || n.Data == name) {
			found = append(found, n)
		}
	}
	return found
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// textOf returns the text in a node, blanks run together.
func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// figureOf returns the figure of a title.
func figureOf(tb testing.TB, root *html.Node, title string) *html.Node {
	tb.Helper()
	for _, f := range all(root, "figure") {
		if textOf(all(f, "figcaption")[0]) == title {
			return f
		}
	}
	tb.Fatalf("no figure %q", title)
	return nil
}
