package lint_test

import (
	"slices"
	"strings"
	"testing"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/lint"
)

// kinds returns a framework whose elements keep their kinds.
func kinds(t *testing.T, name, edition string, elements ...corpus.Element) *corpus.Framework {
	t.Helper()
	f := framework(t, name, edition, slices.Clone(elements)...)
	for i := range f.Elements {
		f.Elements[i].Kind = elements[i].Kind
	}
	return f
}

func TestAParentIsFoundThatIsMappedWithoutItsParts(t *testing.T) {
	const technique, part, enhancement = corpus.KindTask, corpus.KindRequirement, corpus.KindEnhancement
	house := kinds(t, "house", "1",
		corpus.Element{ID: "a", Kind: technique}, corpus.Element{ID: "a.1", Kind: part, Parent: "a"}, corpus.Element{ID: "a.2", Kind: part, Parent: "a"},
		corpus.Element{ID: "a.2.i", Kind: part, Parent: "a.2"},
		corpus.Element{ID: "b", Kind: technique}, corpus.Element{ID: "b.1", Kind: part, Parent: "b"},
		corpus.Element{ID: "c", Kind: technique}, corpus.Element{ID: "c(1)", Kind: enhancement, Parent: "c"},
		corpus.Element{ID: "d", Kind: technique}, corpus.Element{ID: "d.1", Kind: part, Parent: "d", Withdrawn: true},
		corpus.Element{ID: "e", Kind: technique}, corpus.Element{ID: "e.1", Kind: corpus.KindFamily, Parent: "e"}, corpus.Element{ID: "e.1.i", Kind: part, Parent: "e.1"},
	)
	other := row("b.1", intersects, "z") // the crosswalk maps such parts

	for _, c := range []struct {
		name string
		x    *exchange.Crosswalk
		want []string
	}{
		{"a subset alone", of(row("a", subset, "x"), other), []string{"parent-alone 1"}},
		{"an equal alone, on two rows", of(row("a", equal, "x"), row("a", subset, "y"), other), []string{"parent-alone 1"}},
		{"its parts were judged, and are not related", of(row("a", subset, "x"), row("a.1", none, "x"), other), []string{"parent-alone 1"}},
		{"a part is mapped elsewhere", of(row("a", subset, "x"), row("a.1", intersects, "y"), other), nil},
		{"a part is mapped, nobody said how", of(row("a", subset, "x"), row("a.2", "", "y"), other), nil},
		{"a part of a part is mapped", of(row("a", subset, "x"), row("a.2.i", subset, "x"), other), nil},
		{"an intersection alone", of(row("a", intersects, "x"), other), nil},
		{"a superset alone", of(row("a", superset, "x"), other), nil},
		{"no part is mapped of any", of(row("a", subset, "x"), row("b", subset, "x")), nil},
		{"an enhancement is no part", of(row("c", subset, "x"), row("a.1", subset, "x"), with(row("c(1)", none, "x"), func(r *exchange.Row) { r.State = exchange.Rejected })), nil},
		{"a part that was withdrawn", of(row("d", subset, "x"), other), nil},
		{"parts below a heading", of(row("e", subset, "x"), other), []string{"parent-alone 1"}},
		{"a part without parts", of(row("a.1", subset, "x"), other), nil},
		{"a source that is not there", of(row("nosuch", subset, "x"), other), []string{"unknown-id 1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := codes(lint.Check(c.x, house, nil)); !slices.Equal(got, c.want) {
				t.Errorf("want %q, have %q", c.want, got)
			}
			if got := codes(lint.Check(c.x, nil, nil)); len(got) > 0 {
				t.Errorf("without the framework: %q", got)
			}
		})
	}
	if got := lint.Check(of(row("a", subset, "x"), other), house, nil); !strings.HasSuffix(got[0].Message, "nothing below a is mapped: a.1, a.2 and a.2.i") {
		t.Error(got[0].Message)
	}
}

func TestOfManyPartsSomeAreNamed(t *testing.T) {
	elements := []corpus.Element{{ID: "a", Kind: corpus.KindRequirement}}
	for _, id := range []string{"a.1", "a.2", "a.3", "a.4", "a.5", "a.6", "a.7"} {
		elements = append(elements, corpus.Element{ID: id, Kind: corpus.KindRequirement, Parent: "a"})
	}
	got := lint.Check(of(row("a", equal, "x")), kinds(t, "house", "1", elements...), nil)
	if want := "a is equal to x, and nothing below a is mapped: a.1, a.2, a.3, a.4, a.5 and 2 more"; len(got) != 1 || got[0].Message != want {
		t.Errorf("want %q, have %+v", want, got)
	}
}

func p(probability float64) func(*exchange.Row) {
	return func(r *exchange.Row) { r.Probability = &probability }
}

func TestASiblingIsFoundThatIsMoreProbableAndNotMapped(t *testing.T) {
	yard := kinds(t, "yard", "2",
		corpus.Element{ID: "AC", Kind: corpus.KindFamily},
		corpus.Element{ID: "AC-2", Kind: corpus.KindControl, Parent: "AC"},
		corpus.Element{ID: "AC-2(1)", Kind: corpus.KindEnhancement, Parent: "AC-2"}, corpus.Element{ID: "AC-2(2)", Kind: corpus.KindEnhancement, Parent: "AC-2"},
		corpus.Element{ID: "AC-3", Kind: corpus.KindControl, Parent: "AC"}, corpus.Element{ID: "AC-3(1)", Kind: corpus.KindEnhancement, Parent: "AC-3"},
		corpus.Element{ID: "PM-1", Kind: corpus.KindControl}, corpus.Element{ID: "PM-2", Kind: corpus.KindControl},
	)
	accepted := func(r *exchange.Row) { r.State = exchange.Accepted }
	rejected := func(r *exchange.Row) { r.State = exchange.Rejected }
	a := func(relation crosswalk.Relation, target string, probability float64) exchange.Row {
		return with(row("a", relation, target), p(probability))
	}

	for _, c := range []struct {
		name string
		rows []exchange.Row
		want []string
	}{
		{"a control of the family", []exchange.Row{a(subset, "AC-2", .25), a(none, "AC-3", .5)}, []string{"better-sibling 1"}},
		{"an enhancement of the control", []exchange.Row{a(subset, "AC-2", .25), a(none, "AC-2(1)", .5)}, []string{"better-sibling 1"}},
		{"the control of an enhancement", []exchange.Row{a(none, "AC-2", .5), a(subset, "AC-2(1)", .25)}, []string{"better-sibling 2"}},
		{"an enhancement of the same control", []exchange.Row{a(none, "AC-2(1)", .5), a(intersects, "AC-2(2)", .25)}, []string{"better-sibling 2"}},
		{"an enhancement of another control", []exchange.Row{a(none, "AC-3(1)", .5), a(subset, "AC-2", .25)}, nil},
		{"controls without a family", []exchange.Row{a(subset, "PM-1", .25), a(none, "PM-2", .5)}, nil},
		{"a row that nobody typed", []exchange.Row{a("", "AC-2", .25), a(none, "AC-3", .5)}, []string{"better-sibling 1"}},
		{"accepted, and the sibling rejected", []exchange.Row{with(a(subset, "AC-2", .25), accepted), with(a(none, "AC-3", .5), rejected)}, []string{"better-sibling 1"}},
		{"exactly the margin", []exchange.Row{a(subset, "AC-2", .3), a(none, "AC-3", .5)}, []string{"better-sibling 1"}},
		{"less than the margin", []exchange.Row{a(subset, "AC-2", .31), a(none, "AC-3", .5)}, nil},
		{"a sibling that is mapped too", []exchange.Row{a(subset, "AC-2", .25), a(intersects, "AC-3", .5)}, nil},
		{"a sibling that is mapped by another rationale type", []exchange.Row{a(subset, "AC-2", .25), a(none, "AC-3", .5), with(row("a", intersects, "AC-3"), kind(crosswalk.Functional))}, nil},
		{"a sibling of another source", []exchange.Row{a(subset, "AC-2", .25), with(row("b", none, "AC-3"), p(.5))}, nil},
		{"no probability of the row", []exchange.Row{row("a", subset, "AC-2"), a(none, "AC-3", .5)}, nil},
		{"no probability of the sibling", []exchange.Row{a(subset, "AC-2", .25), row("a", none, "AC-3")}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := codes(lint.Check(of(c.rows...), nil, yard)); !slices.Equal(got, c.want) {
				t.Errorf("want %q, have %q", c.want, got)
			}
			if got := codes(lint.Check(of(c.rows...), nil, nil)); len(got) > 0 {
				t.Errorf("without the framework: %q", got)
			}
		})
	}
}

func TestASiblingThatIsBetterThanSeveralIsOneFinding(t *testing.T) {
	yard := kinds(t, "yard", "2", corpus.Element{ID: "AC", Kind: corpus.KindFamily},
		corpus.Element{ID: "AC-1", Kind: corpus.KindControl, Parent: "AC"}, corpus.Element{ID: "AC-2", Kind: corpus.KindControl, Parent: "AC"},
		corpus.Element{ID: "AC-3", Kind: corpus.KindControl, Parent: "AC"}, corpus.Element{ID: "AC-4", Kind: corpus.KindControl, Parent: "AC"},
		corpus.Element{ID: "AC-5", Kind: corpus.KindControl, Parent: "AC"})
	c := of(with(row("a", subset, "AC-1"), p(.25)), with(row("a", none, "AC-2"), p(.5)), with(row("a", none, "AC-3"), p(.75)),
		with(row("a", intersects, "AC-4"), p(.125)), with(row("a", none, "AC-5"), p(.75)))

	got := lint.Check(c, nil, yard)

	want := []lint.Pair{{Row: 1, Source: "a", Target: "AC-1"}, {Row: 4, Source: "a", Target: "AC-4"}, {Row: 3, Source: "a", Target: "AC-3"}}
	if len(got) != 1 || !slices.Equal(got[0].Pairs, want) {
		t.Fatalf("want the best one, and of two as good the first: %+v", got)
	}
	if want := "a is mapped to AC-1 and AC-4 (probability up to 0.25) and not to AC-3 (0.75), row 3"; got[0].Message != want {
		t.Error(got[0].Message)
	}
}

func TestAFindingNamesTheRowsItIsAbout(t *testing.T) {
	house := framework(t, "house", "1", corpus.Element{ID: "a"}, corpus.Element{ID: "c"}, corpus.Element{ID: "d"})
	c := of(row("a", equal, "b"), with(row("c", equal, "b"), func(r *exchange.Row) { r.Proposal = "7" }), row("d", equal, "b"))
	c.Gaps = []exchange.Gap{{Side: crosswalk.SourceSide, ID: "nowhere"}}

	got := lint.Check(c, house, nil)

	if len(got) != 2 {
		t.Fatal(got)
	}
	if want := []lint.Pair{{Source: "nowhere"}}; !slices.Equal(got[0].Pairs, want) {
		t.Errorf("a gap: want %+v, have %+v", want, got[0].Pairs)
	}
	want := []lint.Pair{{Row: 1, Source: "a", Target: "b"}, {Row: 2, Source: "c", Target: "b", Proposal: "7"}, {Row: 3, Source: "d", Target: "b"}}
	if !slices.Equal(got[1].Pairs, want) {
		t.Errorf("three rows: want %+v, have %+v", want, got[1].Pairs)
	}
}
