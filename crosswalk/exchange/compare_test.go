package exchange_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/exchangetest"
)

// between makes a crosswalk of two frameworks from lines such as
// "A-1 subset_of B-2 semantic 7".
func between(source, target string, lines ...string) *exchange.Crosswalk {
	c := &exchange.Crosswalk{Source: exchange.Framework{Name: source, Edition: "1"}, Target: exchange.Framework{Name: target, Edition: "1"}}
	for _, l := range lines {
		f := strings.Fields(l)
		r := exchange.Row{Source: f[0], Relation: crosswalk.Relation(f[1]), Target: f[2], RationaleType: crosswalk.Semantic}
		if len(f) > 3 {
			r.RationaleType = crosswalk.RationaleType(f[3])
		}
		if len(f) > 4 {
			n := int(f[4][0] - '0')
			r.Strength = &n
		}
		c.Rows = append(c.Rows, r)
	}
	return c
}

// by says who decided on all rows, and when.
func by(c *exchange.Crosswalk, reviewer string, minute int) *exchange.Crosswalk {
	for i := range c.Rows {
		r := &c.Rows[i]
		r.State, r.Reviewer, r.Decided = exchange.Accepted, reviewer, time.Date(2026, 11, 22, 9, minute, 0, 0, time.UTC)
	}
	return c
}

func TestEveryKindOfChangeIsTold(t *testing.T) {
	older := between("s", "t", "A equal X", "A subset_of Y semantic 3", "B equal X syntactic", "C equal X", "D equal X", "E equal X functional", "E equal X semantic", "F equal X")
	newer := between("s", "t", "A equal X", "A superset_of Y semantic 5", "B equal X semantic", "C subset_of X", "E equal X semantic", "F equal X", "G intersects_with X")
	older.Rows[7].TargetText, newer.Rows[5].TargetText = "old words", "new words"
	older.Rows[0].SourceText = "only here"

	got := exchange.Diff(older, newer)

	want := []exchange.Change{
		{Kind: exchange.DirectionFlipped, Source: "A", Target: "Y", RationaleType: crosswalk.Semantic, Was: "subset_of", Is: "superset_of"},
		{Kind: exchange.StrengthMoved, Source: "A", Target: "Y", RationaleType: crosswalk.Semantic, Was: "3", Is: "5"},
		{Kind: exchange.RationaleTypeChanged, Source: "B", Target: "X", RationaleType: crosswalk.Semantic, Was: "syntactic", Is: "semantic"},
		{Kind: exchange.RelationChanged, Source: "C", Target: "X", RationaleType: crosswalk.Semantic, Was: "equal", Is: "subset_of"},
		{Kind: exchange.Removed, Source: "D", Target: "X", RationaleType: crosswalk.Semantic, Was: "equal"},
		{Kind: exchange.Removed, Source: "E", Target: "X", RationaleType: crosswalk.Functional, Was: "equal"},
		{Kind: exchange.TextChanged, Source: "F", Target: "X", RationaleType: crosswalk.Semantic, Was: "target", Is: "target"},
		{Kind: exchange.Added, Source: "G", Target: "X", RationaleType: crosswalk.Semantic, Is: "intersects_with"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestACrosswalkDoesNotDifferFromItselfAndDiffersBothWays(t *testing.T) {
	mirror := map[exchange.ChangeKind]exchange.ChangeKind{exchange.Added: exchange.Removed, exchange.Removed: exchange.Added}
	rapid.Check(t, func(rt *rapid.T) {
		a, b := exchangetest.Random(rt), exchangetest.Random(rt)
		if d := exchange.Diff(a, a); len(d) > 0 {
			rt.Fatalf("%+v", d)
		}
		count := func(changes []exchange.Change, flip bool) map[string]int {
			n := map[string]int{}
			for _, c := range changes {
				if m, ok := mirror[c.Kind]; ok && flip {
					c.Kind = m
				}
				n[string(c.Kind)+" "+c.Source+" "+c.Target]++
			}
			return n
		}
		if there, back := count(exchange.Diff(a, b), false), count(exchange.Diff(b, a), true); len(a.Rows)*len(b.Rows) > 0 && onePerPair(a) && onePerPair(b) && !reflect.DeepEqual(there, back) {
			rt.Fatalf("there %v, back %v", there, back)
		}
	})
}

func onePerPair(c *exchange.Crosswalk) bool {
	return !slices.ContainsFunc(exchange.Lost(c, nil), func(l exchange.Loss) bool { return l.Field == exchange.FieldSeveral })
}

func TestACrosswalkIsReadInTheDirectionOfAnother(t *testing.T) {
	a, b := between("s", "t", "A subset_of X"), between("t", "s", "X superset_of A")
	got, err := b.Aligned(a)
	if err != nil || len(exchange.Diff(a, got)) > 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := between("s", "u").Aligned(a); err == nil || !strings.Contains(err.Error(), "u@1") {
		t.Error(err)
	}
}

func TestReviewersWhoAgreeAreMergedAndTheOthersListed(t *testing.T) {
	ada := by(between("s", "t", "A equal X semantic 9", "B subset_of X", "C equal X", "D equal X"), "ada", 1)
	grace := by(between("s", "t", "A equal X semantic 7", "B superset_of X", "C equal X functional", "E no_relationship X syntactic"), "grace", 2)
	ada.Rows = append(ada.Rows, by(between("s", "t", "E no_relationship X", "F equal X"), "ada", 3).Rows...)
	draft := between("s", "t", "F subset_of X", "G equal X")
	ada.Gaps = []exchange.Gap{{Side: crosswalk.SourceSide, ID: "G"}, {Side: crosswalk.SourceSide, ID: "H"}}
	grace.Gaps = []exchange.Gap{{Side: crosswalk.SourceSide, ID: "C"}, {Side: crosswalk.SourceSide, ID: "H", Judged: true}}
	draft.Source.Digest, ada.Source.Digest = "1", "2"

	m, err := exchange.Merge([]exchange.Part{{Name: "ada", Crosswalk: ada}, {Name: "grace", Crosswalk: grace.Inverted()}, {Name: "draft", Crosswalk: draft}})

	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range m.Agreed.Rows {
		got = append(got, r.Source+" "+string(r.Relation)+" "+r.Reviewer)
	}
	if want := []string{"A equal ada, grace", "D equal ada", "E no_relationship ada, grace", "F equal ada", "G equal "}; !slices.Equal(got, want) {
		t.Errorf("agreed %q", got)
	}
	if a := m.Agreed.Rows[0]; *a.Strength != 7 || a.Decided.Minute() != 2 || !m.Agreed.Draft {
		t.Errorf("%+v", a)
	}
	if len(m.Conflicts) != 2 || m.Conflicts[0].Source != "B" || m.Conflicts[1].Source != "C" {
		t.Fatalf("conflicts %+v", m.Conflicts)
	}
	if b, _ := json.Marshal(m.Conflicts[0].Says); string(b) != `[{"part":"ada","reviewer":"ada","state":"accepted","relation":"subset_of","rationale_type":"semantic"},`+
		`{"part":"grace","reviewer":"grace","state":"accepted","relation":"superset_of","rationale_type":"semantic"}]` {
		t.Errorf("%s", b)
	}
	if len(m.Notes) != 2 || !strings.Contains(m.Notes[0], "1 rows agree but in their strength") || !strings.Contains(m.Notes[1], "different texts of s@1") {
		t.Errorf("%q", m.Notes)
	}
	if want := []exchange.Gap{{Side: crosswalk.SourceSide, ID: "H", Judged: true}}; !reflect.DeepEqual(m.Agreed.Gaps, want) {
		t.Errorf("gaps %+v", m.Agreed.Gaps)
	}
}

func TestMergingNeedsTwoCrosswalksOfTheSameFrameworks(t *testing.T) {
	a := exchange.Part{Name: "a", Crosswalk: between("s", "t", "A equal X")}
	if _, err := exchange.Merge([]exchange.Part{a}); err == nil {
		t.Error("one was merged")
	}
	if _, err := exchange.Merge([]exchange.Part{a, {Name: "b", Crosswalk: between("s", "u")}}); err == nil || !strings.Contains(err.Error(), "a and b") {
		t.Error(err)
	}
}

func TestACrosswalkMergedWithItselfIsItself(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := exchangetest.Random(rt)
		m, err := exchange.Merge([]exchange.Part{{Name: "a", Crosswalk: c}, {Name: "b", Crosswalk: c}})
		if err != nil || len(m.Conflicts) > 0 {
			rt.Fatalf("%+v, %v", m.Conflicts, err)
		}
		if len(exchange.Diff(c, m.Agreed)) > 0 || len(m.Agreed.Rows) > len(c.Rows) {
			decided := slices.ContainsFunc(c.Rows, func(r exchange.Row) bool { return r.State != exchange.Draft })
			if !decided { // else drafts of a decided pair are left out
				rt.Fatalf("%+v", exchange.Diff(c, m.Agreed))
			}
		}
		if err := m.Agreed.Check(); err != nil {
			rt.Fatal(err)
		}
	})
}

func TestOnlySafeCompositionsAreDerived(t *testing.T) {
	first := between("s", "hub", "A subset_of H1 semantic 8", "A equal H2", "B intersects_with H1", "C no_relationship H1", "D equal H3")
	second := between("t", "hub", "X superset_of H1 semantic 5", "Y intersects_with H2", "Z subset_of H1")
	first.Rows = append(first.Rows, exchange.Row{Source: "E", Target: "H2"})

	got, err := exchange.Derive("hub", first, second)

	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, d := range got {
		lines = append(lines, strings.Join([]string{d.Source, d.Via, d.Target, string(d.First), string(d.Second), string(d.Relation), string(d.Weakest)}, " "))
	}
	if want := []string{
		"A H1 X subset_of subset_of subset_of subset_of",
		"A H1 Z subset_of superset_of  subset_of",
		"A H2 Y equal intersects_with intersects_with intersects_with",
		"B H1 X intersects_with subset_of  intersects_with",
		"B H1 Z intersects_with superset_of  intersects_with",
		"E H2 Y  intersects_with  ",
	}; !slices.Equal(lines, want) {
		t.Errorf("%q", lines)
	}
	if *got[0].Strength != 5 || got[1].Strength != nil || got[0].Path != "A is a subset of H1, and H1 is a subset of X" {
		t.Errorf("%+v", got[0])
	}
	again, err := exchange.Derive("hub@1", first.Inverted(), second.Inverted())
	if err != nil || !reflect.DeepEqual(got, again) {
		t.Errorf("%+v, %v", again, err)
	}
	if _, err := exchange.Derive("nosuch", first, second); err == nil || !strings.Contains(err.Error(), "s@1 to hub@1") {
		t.Error(err)
	}
}
