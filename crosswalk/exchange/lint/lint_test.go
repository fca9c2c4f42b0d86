package lint_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/exchangetest"
	"concord/crosswalk/exchange/lint"
)

const (
	subset     = crosswalk.SubsetOf
	superset   = crosswalk.SupersetOf
	equal      = crosswalk.Equal
	intersects = crosswalk.IntersectsWith
	none       = crosswalk.NoRelationship
)

func row(source string, r crosswalk.Relation, target string) exchange.Row {
	return exchange.Row{Source: source, Target: target, Relation: r, RationaleType: crosswalk.Semantic}
}

func of(rows ...exchange.Row) *exchange.Crosswalk {
	return &exchange.Crosswalk{Source: exchange.Framework{Name: "house", Edition: "1"}, Target: exchange.Framework{Name: "yard", Edition: "2"}, Rows: rows}
}

// with changes a row.
func with(r exchange.Row, change func(*exchange.Row)) exchange.Row {
	change(&r)
	return r
}

func strength(n int, basis string) func(*exchange.Row) {
	return func(r *exchange.Row) { r.Strength, r.StrengthBasis = &n, basis }
}

func rationale(text string) func(*exchange.Row) {
	return func(r *exchange.Row) { r.Rationale = text }
}

func kind(t crosswalk.RationaleType) func(*exchange.Row) {
	return func(r *exchange.Row) { r.RationaleType = t }
}

// many returns n rows of distinct pairs, of relations in turn.
func many(n int, relations ...crosswalk.Relation) []exchange.Row {
	var rows []exchange.Row
	for i := range n {
		rows = append(rows, row(fmt.Sprintf("m%d", i), relations[i%len(relations)], fmt.Sprintf("n%d", i)))
	}
	return rows
}

// framework returns one of these elements; the text of each is its id.
func framework(t *testing.T, name, edition string, elements ...corpus.Element) *corpus.Framework {
	t.Helper()
	f := &corpus.Framework{Name: name, Edition: edition, Title: name, Elements: elements}
	for i := range f.Elements {
		f.Elements[i].Kind = corpus.KindControl
		f.Elements[i].Text = f.Elements[i].ID
	}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestEachCodeIsFoundWhereItIsAndNowhereElse has, for each code, rows that have
// it and rows that come close. want lists "code row", the row 0 for the whole.
func TestEachCodeIsFoundWhereItIsAndNowhereElse(t *testing.T) {
	for _, c := range []struct {
		name string
		x    *exchange.Crosswalk
		want []string
	}{
		{"nothing", of(), nil},
		{"a good row", of(row("a", subset, "b")), nil},

		{"a pair twice", of(row("a", subset, "b"), row("a", subset, "b")), []string{"duplicate-pair 2"}},
		{"a pair thrice, once otherwise", of(row("a", subset, "b"), row("a", intersects, "b"), row("a", subset, "b")), []string{"duplicate-pair 2", "duplicate-pair 3"}},
		{"a pair once a rationale type", of(row("a", equal, "b"), with(row("a", intersects, "b"), kind(crosswalk.Syntactic))), nil},

		{"a pair in both directions", of(row("a", subset, "b"), with(row("a", superset, "b"), kind(crosswalk.Functional))), []string{"direction-flip 2"}},
		{"a pair in both directions, of one type", of(row("a", subset, "b"), row("a", superset, "b")), []string{"duplicate-pair 2", "direction-flip 2"}},
		{"a subset, and equal by its words", of(row("a", subset, "b"), with(row("a", equal, "b"), kind(crosswalk.Syntactic))), nil},

		{"a circle of four", of(row("a", subset, "b"), row("c", superset, "b"), row("c", subset, "d"), row("a", superset, "d")), []string{"subset-cycle 1"}},
		{"a chain of four", of(row("a", subset, "b"), row("c", superset, "b"), row("c", subset, "d"), row("a", subset, "d")), nil},
		{"a circle closed by equals", of(row("a", subset, "b"), row("c", equal, "b"), row("c", equal, "d"), row("a", equal, "d")),
			[]string{"subset-cycle 1", "equal-twice 3", "equal-twice 4"}},
		{"two circles", of(row("a", subset, "b"), row("c", superset, "b"), row("c", subset, "d"), row("a", superset, "d"),
			row("e", subset, "f"), row("g", superset, "f"), row("g", subset, "h"), row("e", superset, "h")), []string{"subset-cycle 1", "subset-cycle 5"}},
		{"a circle of two rationale types", of(row("a", subset, "b"), row("c", superset, "b"), with(row("c", subset, "d"), kind(crosswalk.Functional)), row("a", superset, "d")), nil},
		{"a circle with a rejected row", of(row("a", subset, "b"), row("c", superset, "b"), row("c", subset, "d"), row("a", none, "d")), nil},

		{"equal to two", of(row("a", equal, "b"), row("a", equal, "c")), []string{"equal-twice 2"}},
		{"two equal to one", of(row("a", equal, "b"), row("c", equal, "b")), []string{"equal-twice 2"}},
		{"equal to one, twice", of(row("a", equal, "b"), with(row("a", equal, "b"), kind(crosswalk.Functional))), nil},
		{"a source equal to three", of(row("a", equal, "b"), row("a", equal, "c"), row("a", equal, "d")), []string{"equal-twice 2", "equal-twice 3"}},
		{"three equal to one", of(row("a", equal, "b"), row("c", equal, "b"), row("d", equal, "b")), []string{"equal-many 1"}},
		{"three equal to one, one of them to another too", of(row("a", equal, "b"), row("c", equal, "b"), row("d", equal, "b"), row("d", equal, "e")), []string{"equal-twice 4", "equal-many 1"}},
		{"two equal to one, one of them twice", of(row("a", equal, "b"), row("c", equal, "b"), with(row("c", equal, "b"), kind(crosswalk.Functional))), []string{"equal-twice 2", "equal-twice 3"}},
		{"an id on both sides", of(row("a", equal, "b"), row("b", equal, "a")), nil},

		{"a strong no", of(with(row("a", none, "b"), strength(1, ""))), []string{"strength-relation 1"}},
		{"a no", of(with(row("a", none, "b"), strength(0, ""))), nil},
		{"a weak equal", of(with(row("a", equal, "b"), strength(6, ""))), []string{"strength-relation 1"}},
		{"an equal", of(with(row("a", equal, "b"), strength(7, "formula"))), nil},
		{"a full intersection", of(with(row("a", intersects, "b"), strength(10, ""))), []string{"strength-relation 1"}},
		{"a large intersection", of(with(row("a", intersects, "b"), strength(9, "reviewer"))), nil},
		{"a large intersection by formula", of(with(row("a", intersects, "b"), strength(9, "formula"))), []string{"strength-relation 1"}},
		{"a full subset", of(with(row("a", subset, "b"), strength(10, ""))), []string{"strength-relation 1"}},
		{"a strong superset by formula", of(with(row("a", superset, "b"), strength(8, "formula"))), []string{"strength-relation 1"}},
		{"a strong untyped row", of(with(row("a", "", "b"), strength(10, ""))), nil},

		{"no rationale type", of(with(row("a", subset, "b"), kind(""))), []string{"no-rationale-type 1"}},
		{"no rationale type of no relation", of(with(row("a", none, "b"), kind("")), with(row("a", "", "c"), kind(""))), nil},

		{"a rationale of its own", of(with(row("AC-2", subset, "PM-9"), rationale("All that AC-2 asks for is in the other."))), nil},
		{"a rationale of a longer id", of(with(row("AC-2", subset, "PM-9"), rationale("AC-21 and AC-2(3), AC-2.1 and PM-90 agree."))), []string{"rationale-without-ids 1"}},
		{"a rationale of the subcategory of a cell", of(with(row("GV.OC-01#defend", subset, "PM-9"), rationale("What gv.oc-01 says."))), nil},
		{"a rationale of others", of(with(row("AC-2", subset, "PM-9"), rationale("Both are about plans."))), []string{"rationale-without-ids 1"}},

		{"a rationale filled in", of(
			with(row("AC-2", subset, "PM-9"), rationale("AC-2 and PM-9 overlap.")), with(row("AC-3", subset, "PM-8"), rationale("AC-3  and PM-8 overlap.")),
			with(row("AC-4", subset, "PM-7"), rationale("AC-4 and PM-7 OVERLAP."))), []string{"repeated-rationale 1"}},
		{"a rationale filled in twice", of(
			with(row("AC-2", subset, "PM-9"), rationale("AC-2 and PM-9 overlap.")), with(row("AC-3", subset, "PM-8"), rationale("AC-3 and PM-8 overlap."))), nil},
		{"a rationale filled in, of pairs that are not related", of(
			with(row("AC-2", none, "PM-9"), rationale("AC-2 and PM-9 differ.")), with(row("AC-3", none, "PM-8"), rationale("AC-3 and PM-8 differ.")),
			with(row("AC-4", none, "PM-7"), rationale("AC-4 and PM-7 differ."))), nil},
		{"a rationale of one pair", of(
			with(row("AC-2", subset, "PM-9"), rationale("AC-2")), with(with(row("AC-2", subset, "PM-9"), rationale("AC-2")), kind(crosswalk.Functional)),
			with(with(row("AC-2", subset, "PM-9"), rationale("AC-2")), kind(crosswalk.Syntactic))), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := codes(lint.Check(c.x, nil, nil)); !slices.Equal(got, c.want) {
				t.Errorf("want %q, have %q", c.want, got)
			}
		})
	}
}

func codes(findings []lint.Finding) []string {
	var out []string
	for _, f := range findings {
		out = append(out, fmt.Sprintf("%s %d", f.Code, f.Row))
	}
	return out
}

func TestSharesCountFromTenRelatedPairs(t *testing.T) {
	mixed := func(rows []exchange.Row) []exchange.Row { // no share of rationale types
		for i := range rows {
			if i%5 == 0 {
				rows[i].RationaleType = crosswalk.Functional
			}
		}
		return rows
	}
	for _, c := range []struct {
		name string
		rows []exchange.Row
		want []string
	}{
		{"nine equal", mixed(many(9, equal)), nil},
		{"more than half equal", mixed(many(11, equal, subset)), []string{"mostly-equal 0"}},
		{"half equal", mixed(many(10, equal, subset)), nil},
		{"pairs without relationship do not count", append(mixed(many(10, equal, subset)), row("x", none, "y"), row("x", none, "z")), nil},
		{"only intersections", mixed(many(10, intersects)), []string{"no-containment 0"}},
		{"one superset", append(mixed(many(10, intersects)), row("x", superset, "y")), nil},
		{"one rationale type", many(10, intersects, subset), []string{"one-rationale-type 0"}},
		{"95 %", append(many(19, intersects, subset), with(row("x", subset, "y"), kind(crosswalk.Syntactic))), []string{"one-rationale-type 0"}},
		{"less than 95 %", append(many(18, intersects, subset), with(row("x", subset, "y"), kind(crosswalk.Syntactic))), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := codes(lint.Check(of(c.rows...), nil, nil)); !slices.Equal(got, c.want) {
				t.Errorf("want %q, have %q", c.want, got)
			}
		})
	}
}

func TestAGapThatIsMappedIsFound(t *testing.T) {
	c := of(row("a", subset, "b"), row("c", none, "d"), row("a", subset, "e"))
	c.Gaps = []exchange.Gap{{Side: crosswalk.SourceSide, ID: "a"}, {Side: crosswalk.SourceSide, ID: "c"}, {Side: crosswalk.TargetSide, ID: "e"}, {Side: crosswalk.TargetSide, ID: "a"}}
	if got := codes(lint.Check(c, nil, nil)); !slices.Equal(got, []string{"mapped-gap 1", "mapped-gap 3"}) {
		t.Error(got)
	}
}

func TestAFrameworkMappedToItselfCannotHoldItselfTheOtherWayRound(t *testing.T) {
	c := of(row("a", subset, "b"), row("b", subset, "a"))
	if got := lint.Check(c, nil, nil); len(got) > 0 {
		t.Errorf("two frameworks: %v", got)
	}
	c.Target = c.Source
	if got := codes(lint.Check(c, nil, nil)); !slices.Equal(got, []string{"subset-cycle 1"}) {
		t.Error(got)
	}
}

func TestIdsAreLookedUp(t *testing.T) {
	house := framework(t, "csf", "2.0", corpus.Element{ID: "GV.OC-01"}, corpus.Element{ID: "OLD", Withdrawn: true, Replaced: []string{"GV.OC-01"}}, corpus.Element{ID: "GONE", Withdrawn: true})
	yard := framework(t, "yard", "2", corpus.Element{ID: "b"})
	c := of(row("GV.OC-01", subset, "b"), row("GV.OC-1", subset, "b"), row("OLD", subset, "b"), row("GONE", subset, "c"), row("b", subset, "b"))
	c.Source = exchange.Framework{Name: "csf", Edition: "2.0", Digest: house.Digest()}
	c.Gaps = []exchange.Gap{{Side: crosswalk.TargetSide, ID: "nowhere"}}

	got := lint.Check(c, house, yard)

	if want := []string{"unknown-id 0", "unknown-id 2", "unknown-id 4", "unknown-id 5", "withdrawn-id 3", "withdrawn-id 4"}; !slices.Equal(codes(got), want) {
		t.Fatalf("want %q, have %q", want, codes(got))
	}
	for i, want := range []string{`"nowhere"`, "which spells it GV.OC-01", `"c"`, "it is an element of yard@2", "in favour of GV.OC-01", "GONE is withdrawn"} {
		if !strings.Contains(got[i].Message, want) {
			t.Errorf("no %q in %q", want, got[i].Message)
		}
	}
	if got := lint.Check(c, nil, yard); slices.Contains(codes(got), "unknown-id 2") {
		t.Error("a side without a framework is looked up")
	}
}

func TestSwappedColumnsAreOneFinding(t *testing.T) {
	house := framework(t, "house", "1", corpus.Element{ID: "h1"}, corpus.Element{ID: "h2"})
	yard := framework(t, "yard", "2", corpus.Element{ID: "y1"}, corpus.Element{ID: "y2"})
	c := of(row("y1", subset, "h1"), row("y2", superset, "h1"), row("h1", intersects, "y1"))

	if got := codes(lint.Check(c, house, yard)); !slices.Equal(got, []string{"swapped-columns 0"}) {
		t.Error(got)
	}
	if got := codes(lint.Check(c.Inverted(), house, yard)); !slices.Contains(got, "unknown-id 3") || slices.Contains(got, "swapped-columns 0") {
		t.Error(got)
	}
	c.Rows = c.Rows[1:]
	if got := codes(lint.Check(c, house, yard)); slices.Contains(got, "swapped-columns 0") {
		t.Errorf("half of the rows: %v", got)
	}
}

func TestStaleFrameworksAndTextsAreFound(t *testing.T) {
	house := framework(t, "house", "1", corpus.Element{ID: "a"}, corpus.Element{ID: "a#cell", Parent: "a", Generic: "standard practices apply"})
	yard := framework(t, "yard", "2", corpus.Element{ID: "b"})
	a, _ := house.Element("a")
	b, _ := yard.Element("b")
	fresh := func() *exchange.Crosswalk {
		c := of(row("a", subset, "b"), row("a#cell", subset, "b"))
		for i := range c.Rows { // of a generic cell the subcategory is judged
			c.Rows[i].SourceSHA256, c.Rows[i].TargetSHA256 = a.TextSHA256(), b.TextSHA256()
		}
		c.Source.Digest, c.Target.Digest = house.Digest(), yard.Digest()
		return c
	}
	for _, c := range []struct {
		name   string
		change func(*exchange.Crosswalk)
		want   []string
	}{
		{"fresh", func(*exchange.Crosswalk) {}, nil},
		{"edition", func(c *exchange.Crosswalk) { c.Source.Edition = "0.9" }, []string{"stale-edition 0"}},
		{"name", func(c *exchange.Crosswalk) { c.Target.Name = "field" }, []string{"stale-edition 0"}},
		{"no edition", func(c *exchange.Crosswalk) { c.Source.Edition = "" }, nil},
		{"digest", func(c *exchange.Crosswalk) { c.Target.Digest = strings.Repeat("0", 64) }, []string{"stale-digest 0"}},
		{"no digest", func(c *exchange.Crosswalk) { c.Target.Digest = "" }, nil},
		{"source text", func(c *exchange.Crosswalk) { c.Rows[1].SourceSHA256 = "00" }, []string{"stale-text 2"}},
		{"target text", func(c *exchange.Crosswalk) { c.Rows[0].TargetSHA256 = "00" }, []string{"stale-text 1"}},
	} {
		x := fresh()
		c.change(x)
		if got := codes(lint.Check(x, house, yard)); !slices.Equal(got, c.want) {
			t.Errorf("%s: want %q, have %q", c.name, c.want, got)
		}
	}
}

func TestEveryCodeIsDescribedOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range lint.Codes() {
		if seen[c.Name] || c.Name == "" || c.Meaning == "" || strings.Contains(c.Meaning, "\n") ||
			!slices.Contains([]lint.Severity{lint.Error, lint.Warning, lint.Info}, c.Severity) {
			t.Errorf("%+v", c)
		}
		seen[c.Name] = true
	}
}

// TestFindingsAreOrderedAndTheSameEveryTime holds for whatever crosswalk: codes
// are in the order of the list, rows exist, severities are those of the list.
func TestFindingsAreOrderedAndTheSameEveryTime(t *testing.T) {
	list := lint.Codes()
	rapid.Check(t, func(rt *rapid.T) {
		c := exchangetest.Random(rt)
		c.Rows = append(c.Rows, c.Rows...) // what no format could hold is looked at too
		source := tree(rt, "house", c.Rows, func(r exchange.Row) string { return r.Source })
		target := tree(rt, "yard", c.Rows, func(r exchange.Row) string { return r.Target })
		got := lint.Check(c, source, target)
		if !reflect.DeepEqual(got, lint.Check(c, source, target)) {
			rt.Fatal("twice, and not the same")
		}
		last := 0
		for _, f := range got {
			at := slices.IndexFunc(list, func(c lint.Code) bool { return c.Name == f.Code })
			if at < last || f.Row < 0 || f.Row > len(c.Rows) || f.Severity != list[at].Severity || f.Message == "" {
				rt.Fatalf("%+v", f)
			}
			if f.Row > 0 && (len(f.Pairs) == 0 || f.Pairs[0].Row != f.Row) {
				rt.Fatalf("the row is not the first pair: %+v", f)
			}
			for _, p := range f.Pairs {
				if p.Row == 0 && len(f.Pairs) == 1 && (p.Source == "") != (p.Target == "") { // a gap
					continue
				}
				if r := c.Rows[p.Row-1]; p != (lint.Pair{Row: p.Row, Source: r.Source, Target: r.Target, Proposal: r.Proposal}) {
					rt.Fatalf("not that row: %+v", p)
				}
			}
			last = at
		}
	})
}

// tree returns a framework of the ids of a side, each below one before it or at
// the top; nil if there are none.
func tree(t *rapid.T, name string, rows []exchange.Row, id func(exchange.Row) string) *corpus.Framework {
	f := &corpus.Framework{Name: name, Edition: "1"}
	seen := map[string]bool{}
	for _, r := range rows {
		if id := id(r); id != "" && !seen[id] && !strings.ContainsFunc(id, corpus.Unprintable) {
			seen[id] = true
			e := corpus.Element{ID: id, Kind: corpus.KindControl, Text: id}
			if above := rapid.IntRange(0, len(f.Elements)).Draw(t, "above"); above > 0 {
				e.Parent = f.Elements[above-1].ID
			}
			f.Elements = append(f.Elements, e)
		}
	}
	if len(f.Elements) == 0 {
		return nil
	}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestInvertingKeepsContradictions reads a crosswalk from the other side: what
// contradicts itself still does.
func TestInvertingKeepsContradictions(t *testing.T) {
	symmetric := []string{lint.DuplicatePair, lint.DirectionFlip, lint.SubsetCycle, lint.MappedGap, lint.StrengthRelation, lint.NoRationaleType}
	count := func(c *exchange.Crosswalk) map[string]int {
		n := map[string]int{}
		for _, f := range lint.Check(c, nil, nil) {
			if slices.Contains(symmetric, f.Code) {
				n[f.Code]++
			}
		}
		return n
	}
	rapid.Check(t, func(rt *rapid.T) {
		c := exchangetest.Random(rt)
		if a, b := count(c), count(c.Inverted()); !reflect.DeepEqual(a, b) {
			rt.Errorf("%v became %v", a, b)
		}
	})
}
