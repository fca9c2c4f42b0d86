// Package exchangetest holds every format to one law: what it says that it can
// hold comes back as it was written, byte for byte the same every time.
package exchangetest

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
)

// A Format is what is tested.
type Format struct {
	Held  []exchange.Field
	Write func(io.Writer, *exchange.Crosswalk) error
	Read  func([]byte) (*exchange.Crosswalk, error)
	// Settle changes what is expected to come back, for what a format holds in
	// another spelling; nil changes nothing.
	Settle func(*exchange.Crosswalk)
	// Skip says which crosswalks a format cannot hold at all; nil skips none.
	Skip func(*exchange.Crosswalk) bool
}

// RoundTrip writes random crosswalks, reads them again and compares.
func RoundTrip(t *testing.T, f Format) {
	t.Helper()
	rapid.Check(t, func(rt *rapid.T) {
		c := Random(rt)
		if f.Skip != nil && f.Skip(c) {
			rt.SkipNow()
		}
		var first, second bytes.Buffer
		if err := f.Write(&first, c); err != nil {
			rt.Fatalf("write: %v", err)
		}
		if err := f.Write(&second, c); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			rt.Fatalf("written twice, the bytes differ: %v", err)
		}
		back, err := f.Read(first.Bytes())
		if err != nil {
			rt.Fatalf("read: %v\n%s", err, first.Bytes())
		}
		want := exchange.Holding(c, f.Held)
		if f.Settle != nil {
			f.Settle(want)
		}
		if d := Difference(want, back); d != "" {
			rt.Fatalf("%s\n%s", d, first.Bytes())
		}
	})
}

// Difference says where two crosswalks differ first, or "".
func Difference(want, got *exchange.Crosswalk) string {
	w, g := *want, *got
	w.Rows, w.Gaps, g.Rows, g.Gaps = nil, nil, nil, nil
	if !reflect.DeepEqual(w, g) {
		return fmt.Sprintf("headings: wrote %+v, read %+v", w, g)
	}
	if len(want.Rows) != len(got.Rows) {
		return fmt.Sprintf("wrote %d rows, read %d", len(want.Rows), len(got.Rows))
	}
	for i := range want.Rows {
		a, b := reflect.ValueOf(want.Rows[i]), reflect.ValueOf(got.Rows[i])
		for k := range a.NumField() {
			if x, y := a.Field(k).Interface(), b.Field(k).Interface(); !reflect.DeepEqual(x, y) {
				return fmt.Sprintf("row %d, %s: wrote %s, read %s", i+1, a.Type().Field(k).Name, show(x), show(y))
			}
		}
	}
	if len(want.Gaps)+len(got.Gaps) > 0 && !reflect.DeepEqual(want.Gaps, got.Gaps) {
		return fmt.Sprintf("gaps: wrote %+v, read %+v", want.Gaps, got.Gaps)
	}
	return ""
}

func show(v any) string {
	if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer && !p.IsNil() {
		v = p.Elem().Interface()
	}
	return fmt.Sprintf("%#v", v)
}

// texts are awkward ones: formulas, markup, separators, quotes, line breaks,
// letters outside ASCII. None begins or ends in white space.
var texts = []string{
	"plain words", "=1+2", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", `say "yes"; no, | maybe\n`, "tab\there", "two\nlines",
	"<b>bold</b> & more", "`code` *star* _under_", "naïve café – 漢字", "a: b # c", "'quoted'", "null", "true", "1.0", "| a | b |", "# heading", "- item",
	"sssom:NoTermFound", "100 %", "[link](http://example.org)", "x, y; z",
}

// Random draws a crosswalk that [exchange.Crosswalk.Check] lets pass.
func Random(t *rapid.T) *exchange.Crosswalk {
	text := rapid.SampledFrom(append([]string{"", ""}, texts...))
	when := func(label string) time.Time {
		return time.Unix(rapid.Int64Range(1_600_000_000, 1_900_000_000).Draw(t, label), 0).UTC()
	}
	hash := rapid.Map(rapid.SliceOfN(rapid.Byte(), 32, 32), func(b []byte) string { return fmt.Sprintf("%x", b) })
	maybe := func(label string, g *rapid.Generator[string]) string {
		if rapid.Bool().Draw(t, label+" there") {
			return g.Draw(t, label)
		}
		return ""
	}
	side := func(name, title string) exchange.Framework {
		return exchange.Framework{Name: name, Edition: rapid.SampledFrom([]string{"1", "2.0", "5.2.0"}).Draw(t, "edition"), Title: title,
			Digest: hash.Draw(t, "digest"), Origin: rapid.SampledFrom([]string{"", "https://example.org/a.json", "built-in"}).Draw(t, "origin")}
	}
	c := &exchange.Crosswalk{
		Title: "House to Yard", Tool: "concord", Version: "0.1.0", Run: maybe("run", hash), Made: when("made"), Draft: rapid.Bool().Draw(t, "draft"),
		Source: side("house", "House Rules"), Target: side("yard", "Yard Code"),
	}
	sources := []string{"GV.OC-01", "GV.OC-02#defend", "AC-2(3)", "AML.M0005", "5.16"}
	targets := []string{"PM-9", "SC-7(21)", "A.5.1", "T1078.001", "req 7"}
	mapped, reached := map[string]bool{}, map[string]bool{}
	for _, s := range sources {
		for _, target := range targets {
			if rapid.IntRange(0, 3).Draw(t, "row") > 0 {
				continue
			}
			types := rapid.SampledFrom([][]crosswalk.RationaleType{
				{crosswalk.Semantic}, {crosswalk.Functional}, {crosswalk.Syntactic}, {crosswalk.Functional, crosswalk.Semantic},
			}).Draw(t, "rationale types")
			for _, kind := range types {
				c.Rows = append(c.Rows, row(t, c, s, target, kind, text, hash, maybe, when))
				mapped[s], reached[target] = true, true
			}
		}
	}
	for _, g := range []struct {
		side crosswalk.Side
		ids  []string
		used map[string]bool
	}{{crosswalk.SourceSide, sources, mapped}, {crosswalk.TargetSide, targets, reached}} {
		for _, id := range g.ids {
			if !g.used[id] && rapid.Bool().Draw(t, "gap") {
				c.Gaps = append(c.Gaps, exchange.Gap{Side: g.side, ID: id, Title: text.Draw(t, "gap title"), Judged: rapid.Bool().Draw(t, "judged")})
			}
		}
	}
	if err := c.Check(); err != nil {
		t.Fatalf("the generator is wrong: %v", err)
	}
	return c
}

func row(t *rapid.T, c *exchange.Crosswalk, source, target string, kind crosswalk.RationaleType, text, hash *rapid.Generator[string],
	maybe func(string, *rapid.Generator[string]) string, when func(string) time.Time) exchange.Row {
	number := func(label string) *float64 {
		if rapid.Bool().Draw(t, label+" there") {
			x := float64(rapid.IntRange(0, 1000).Draw(t, label)) / 1000
			return &x
		}
		return nil
	}
	r := exchange.Row{
		Source: source, Target: target, RationaleType: kind,
		SourceTitle: text.Draw(t, "source title"), TargetTitle: text.Draw(t, "target title"),
		SourceText: text.Draw(t, "source text"), TargetText: text.Draw(t, "target text"),
		Relation:  rapid.SampledFrom(append(crosswalk.Relations(), "")).Draw(t, "relation"),
		Rationale: text.Draw(t, "rationale"), StrengthBasis: rapid.SampledFrom([]string{"", "formula", "model", "reviewer"}).Draw(t, "basis"),
		Confidence: number("confidence"), Probability: number("probability"),
		Origin: rapid.SampledFrom([]crosswalk.Origin{crosswalk.OriginLocal, crosswalk.OriginLLM, crosswalk.OriginImport}).Draw(t, "origin"),
		Model:  maybe("model", rapid.SampledFrom([]string{"local-1", "one + two", "maker/model:7b"})), Prompt: maybe("prompt", hash),
		Convention: maybe("convention", rapid.SampledFrom([]string{"strict IR 8477", "house-rules (1a2b3c4d5e6f)"})),
		Focus:      rapid.SampledFrom([]string{"", "secure", "defend"}).Draw(t, "focus"), Basis: rapid.SampledFrom([]string{"", "generic"}).Draw(t, "generic"),
		Proposal: maybe("proposal", rapid.Just("0a6f2d1c-91b7-5c3e-8f10-4d5e6f708192")), ProposalSHA256: maybe("proposal hash", hash),
		SourceSHA256: maybe("source hash", hash), TargetSHA256: maybe("target hash", hash),
	}
	for _, s := range []crosswalk.Side{crosswalk.SourceSide, crosswalk.TargetSide} {
		if q := text.Draw(t, "quote"); q != "" {
			r.Quotes = append(r.Quotes, crosswalk.Quote{Side: s, Text: strings.ReplaceAll(q, "\n", " ")})
		}
	}
	for _, f := range []string{crosswalk.FlagDemoted, crosswalk.FlagDirections} {
		if rapid.Bool().Draw(t, f) {
			r.Flags = append(r.Flags, f)
		}
	}
	if rapid.Bool().Draw(t, "strong") {
		n := rapid.IntRange(0, 10).Draw(t, "strength")
		r.Strength = &n
	}
	if !c.Draft && rapid.Bool().Draw(t, "decided") {
		r.State = rapid.SampledFrom(exchange.States()[1:]).Draw(t, "state")
		r.Reviewer = rapid.SampledFrom([]string{"ada", "Grace Hopper", "o'neil"}).Draw(t, "reviewer")
		r.Decided, r.Comment = when("decided"), text.Draw(t, "comment")
		r.Group = maybe("group", rapid.SampledFrom([]string{"g1", "g2"}))
		r.Fulfilled = maybe("fulfilled", rapid.SampledFrom([]string{"Y", "N"}))
		if r.State == exchange.Rejected {
			r.Relation = crosswalk.NoRelationship
		}
	}
	return r
}
