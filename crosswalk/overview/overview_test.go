package overview_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/overview"
)

// house is a framework with functions, Focus Areas and priorities, yard one with
// families and an element that stands on its own. Text is in every title.
func house(t testing.TB, text string) *corpus.Framework {
	t.Helper()
	f := &corpus.Framework{Name: "house", Edition: "1", Elements: []corpus.Element{
		{ID: "secure", Kind: corpus.KindFocusArea, Title: "Securing " + text}, {ID: "defend", Kind: corpus.KindFocusArea, Title: "Defending " + text},
	}}
	for _, function := range []string{"KE", "LO"} {
		f.Elements = append(f.Elements, corpus.Element{ID: function, Kind: corpus.KindFunction, Title: function + text})
		category := function + ".A"
		f.Elements = append(f.Elements, corpus.Element{ID: category, Kind: corpus.KindCategory, Parent: function, Title: text})
		for i := range 3 {
			id := fmt.Sprintf("%s-%d", category, i+1)
			f.Elements = append(f.Elements, corpus.Element{ID: id, Kind: corpus.KindSubcategory, Parent: category, Title: text, Text: text},
				corpus.Element{ID: id + "#defend", Kind: corpus.KindCell, Parent: id, Title: text, Text: text, Focus: "defend", Priority: i + 1},
				corpus.Element{ID: id + "#secure", Kind: corpus.KindCell, Parent: id, Title: text, Text: text, Focus: "secure", Priority: 1 + i/2})
		}
	}
	return finished(t, f)
}

func yard(t testing.TB, text string) *corpus.Framework {
	t.Helper()
	f := &corpus.Framework{Name: "yard", Edition: "2", Elements: []corpus.Element{{ID: "lone", Kind: corpus.KindControl, Title: text, Text: text}}}
	for _, family := range []string{"FE", "GA"} {
		f.Elements = append(f.Elements, corpus.Element{ID: family, Kind: corpus.KindFamily, Title: family + text})
		for i := range 3 {
			f.Elements = append(f.Elements, corpus.Element{ID: fmt.Sprintf("%s-%d", family, i+1), Kind: corpus.KindControl, Parent: family, Title: text, Text: text})
		}
	}
	return finished(t, f)
}

func finished(t testing.TB, f *corpus.Framework) *corpus.Framework {
	t.Helper()
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	return f
}

// A talk makes pairs and decisions on them.
type talk struct {
	source, target *corpus.Framework
	proposals      []crosswalk.Proposal
	decisions      []crosswalk.Decision
}

func (x *talk) propose(source, target string, o crosswalk.Outcome, r crosswalk.Relation, p float64) crosswalk.Proposal {
	from, to := x.source.Ref(source), x.target.Ref(target)
	proposal := crosswalk.Proposal{ID: crosswalk.ProposalID(from, to, crosswalk.Semantic), Source: from, Target: to, Outcome: o, Relation: r,
		RationaleType: crosswalk.Semantic, Probability: p, Confidence: p}
	x.proposals = append(x.proposals, proposal)
	return proposal
}

func (x *talk) decide(p crosswalk.Proposal, reviewer string, a crosswalk.Action, r crosswalk.Relation) {
	d := crosswalk.Decision{Time: time.Date(2026, 1, 2, 3, 4, len(x.decisions), 0, time.UTC), Reviewer: reviewer, Proposal: p.ID, Action: a, Relation: r}
	switch a {
	case crosswalk.Reject:
		d.Reason, d.ProposalSHA256 = crosswalk.WrongTarget, p.SHA256()
	case crosswalk.Enter:
		d.Source, d.Target, d.RationaleType = p.Source, p.Target, p.RationaleType
	case crosswalk.Undo:
	default:
		d.RationaleType, d.ProposalSHA256 = crosswalk.Semantic, p.SHA256()
	}
	x.decisions = append(x.decisions, d.Identified())
}

func (x *talk) input() overview.Input {
	return overview.Input{Source: x.source, Target: x.target, Pairs: crosswalk.Current(x.proposals, x.decisions), Threshold: 0.18}
}

// sample has a pair in every state. Its first function is mapped for the most
// part, and the second has gaps of priority 1.
func sample(t testing.TB, text string) overview.Input {
	t.Helper()
	x := &talk{source: house(t, text), target: yard(t, text)}
	accepted := x.propose("KE.A-1", "FE-1", crosswalk.Mapped, crosswalk.SubsetOf, 0.9)
	x.decide(accepted, "ada", crosswalk.Accept, crosswalk.SubsetOf)
	corrected := x.propose("KE.A-1#secure", "FE-1", crosswalk.Mapped, crosswalk.SubsetOf, 1)
	x.decide(corrected, "ada", crosswalk.Correct, crosswalk.IntersectsWith)
	x.propose("KE.A-1#secure", "FE-2", crosswalk.Mapped, crosswalk.Equal, 0.3) // open, of a source that is mapped
	x.propose("KE.A-2", "FE-2", crosswalk.Mapped, crosswalk.IntersectsWith, 0.18)
	x.propose("KE.A-2", "GA-1", crosswalk.Unrelated, crosswalk.NoRelationship, 0.05)
	x.propose("KE.A-2", "GA-2", crosswalk.Unrelated, "", 0)
	x.propose("KE.A-2", "GA-3", crosswalk.Failed, "", 0)
	rejected := x.propose("LO.A-1#secure", "GA-1", crosswalk.Mapped, crosswalk.SupersetOf, 0.5)
	x.decide(rejected, "ada", crosswalk.Reject, "")
	disputed := x.propose("LO.A-1", "GA-2", crosswalk.Unrelated, crosswalk.NoRelationship, 0.1)
	x.decide(disputed, "ada", crosswalk.Accept, crosswalk.NoRelationship)
	x.decide(disputed, "bo", crosswalk.Correct, crosswalk.SubsetOf)
	entered := crosswalk.Proposal{Source: x.source.Ref("LO.A-3#defend"), Target: x.target.Ref("lone"), RationaleType: crosswalk.Functional}
	entered.ID = crosswalk.ProposalID(entered.Source, entered.Target, entered.RationaleType)
	x.decide(entered, "ada", crosswalk.Enter, crosswalk.SupersetOf)
	return x.input()
}

func counted(t testing.TB, in overview.Input) *overview.Overview {
	t.Helper()
	o, err := overview.Of(in)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestAnElementIsMappedOnlyWhereAPersonMappedIt(t *testing.T) {
	o := counted(t, sample(t, "x"))

	if want := (overview.Tally{Mapped: 3, Open: 2, Gap: 13}); o.Sources != want {
		t.Errorf("sources %+v, want %+v", o.Sources, want)
	}
	// FE-1 and lone are mapped, FE-2 is proposed, GA-2 is disputed.
	if want := (overview.Tally{Mapped: 2, Open: 2, Gap: 3}); o.Targets != want {
		t.Errorf("targets %+v, want %+v", o.Targets, want)
	}
	if o.Decided != 4 || o.Open != 6 || o.Unclear != 1 {
		t.Errorf("%d decided, %d open, %d unclear; want 4, 6, 1", o.Decided, o.Open, o.Unclear)
	}
}

func TestTheGridHasFocusAreasInTheOrderOfTheDocumentAndEmptyCells(t *testing.T) {
	o := counted(t, sample(t, "x"))

	columns := []overview.Column{
		{Focus: overview.None, Title: "subcategory", Priorities: []int{overview.NoPriority}},
		{Focus: "secure", Title: "Securing x", Priorities: []int{1, 2}}, {Focus: "defend", Title: "Defending x", Priorities: []int{1, 2, 3}},
	}
	if !reflect.DeepEqual(o.Columns, columns) {
		t.Errorf("columns %+v", o.Columns)
	}
	gap := overview.Tally{Gap: 1}
	rows := []overview.Row{
		{Group: overview.Group{ID: "KE", Kind: "function", Title: "KEx"}, Total: overview.Tally{Mapped: 2, Open: 1, Gap: 6},
			Cells: []overview.Tally{{Mapped: 1, Open: 1, Gap: 1}, {Mapped: 1, Gap: 1}, gap, gap, gap, gap}},
		{Group: overview.Group{ID: "LO", Kind: "function", Title: "LOx"}, Total: overview.Tally{Mapped: 1, Open: 1, Gap: 7},
			Cells: []overview.Tally{{Open: 1, Gap: 2}, {Gap: 2}, gap, gap, gap, {Mapped: 1}}},
	}
	if !reflect.DeepEqual(o.Rows, rows) {
		t.Errorf("rows %+v", o.Rows)
	}
	in := sample(t, "x")
	in.SourceIDs = []string{"LO.A-1#defend"}
	o = counted(t, in)
	if o.Sources.All() != 7 || o.Rows[0].Cells[len(o.Totals)-1].All() != 0 {
		t.Errorf("%d sources in %+v", o.Sources.All(), o.Rows)
	}
}

func TestFamiliesCountTheirTargetsAndThoseOnTheirOwnLast(t *testing.T) {
	o := counted(t, sample(t, "x"))

	want := []overview.Family{
		{Group: overview.Group{ID: "FE", Kind: "family", Title: "FEx"}, Tally: overview.Tally{Mapped: 1, Open: 1, Gap: 1}},
		{Group: overview.Group{ID: "GA", Kind: "family", Title: "GAx"}, Tally: overview.Tally{Open: 1, Gap: 2}},
		{Group: overview.Group{ID: overview.None}, Tally: overview.Tally{Mapped: 1}},
	}
	if !reflect.DeepEqual(o.Families, want) {
		t.Errorf("families %+v", o.Families)
	}
}

func TestGapsBeginWithTheHighestPriority(t *testing.T) {
	o := counted(t, sample(t, "x"))

	var ids []string
	for _, e := range o.Gaps {
		ids = append(ids, e.ID)
	}
	want := "KE.A-1#defend KE.A-2#secure LO.A-1#defend LO.A-1#secure LO.A-2#secure " +
		"KE.A-2#defend KE.A-3#secure LO.A-2#defend LO.A-3#secure KE.A-3#defend KE.A-3 LO.A-2 LO.A-3"
	if got := strings.Join(ids, " "); got != want || o.Urgent != 5 {
		t.Errorf("gaps %s\nwant %s; %d urgent", got, want, o.Urgent)
	}
}

func TestRelationsTellWhatWasDecidedFromWhatIsOpen(t *testing.T) {
	o := counted(t, sample(t, "x"))

	want := [5]overview.Mix{
		{Relation: crosswalk.SubsetOf, Decided: 1}, {Relation: crosswalk.IntersectsWith, Decided: 1, Open: 1}, {Relation: crosswalk.Equal, Open: 1},
		{Relation: crosswalk.SupersetOf, Decided: 1}, {Relation: crosswalk.NoRelationship, Decided: 1, Open: 3},
	}
	if o.Relations != want {
		t.Errorf("relations %+v", o.Relations)
	}
}

func TestProbabilitiesFallIntoTenBins(t *testing.T) {
	o := counted(t, sample(t, "x"))

	want := [overview.Bins]overview.Bin{{Unrelated: 2}, {Mapped: 1, Unrelated: 1}, {}, {Mapped: 1}, {}, {Mapped: 1}, {}, {}, {}, {Mapped: 2}}
	if o.Bins != want {
		t.Errorf("bins %+v", o.Bins)
	}
	for p, want := range map[float64]int{-1: 1, 0: 1, 0.0999: 1, 0.1: 2, 0.3: 4, 0.6: 7, 0.7: 8, 0.9: 10, 1: 10, 2: 10} {
		if got := overview.BinOf(p); got != want {
			t.Errorf("%v is in bin %d, want %d", p, got, want)
		}
	}
}

func TestAPairThatWasEnteredAndTakenBackCountsForNothing(t *testing.T) {
	in := sample(t, "x")
	in.Pairs = append(in.Pairs, crosswalk.Standing{Source: in.Source.Ref("LO.A-3"), Target: in.Target.Ref("GA-3")})
	got, want := counted(t, in), counted(t, sample(t, "x"))
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestAFrameworkWithoutHierarchyIsOneRow(t *testing.T) {
	flat := finished(t, &corpus.Framework{Name: "flat", Edition: "1", Elements: []corpus.Element{
		{ID: "a", Kind: "rule", Text: "x"}, {ID: "b", Kind: "rule", Text: "x"}}})
	o := counted(t, overview.Input{Source: flat, Target: flat})
	want := []overview.Row{{Group: overview.Group{ID: overview.None}, Cells: []overview.Tally{{Gap: 2}}, Total: overview.Tally{Gap: 2}}}
	if !reflect.DeepEqual(o.Rows, want) || len(o.Columns) != 1 {
		t.Errorf("%+v, %+v", o.Rows, o.Columns)
	}
}

func TestWhatCannotBeCountedIsNamed(t *testing.T) {
	for _, c := range []struct {
		want string
		harm func(*overview.Input)
	}{
		{"needs both frameworks", func(in *overview.Input) { in.Target = nil }},
		{"threshold 1.5", func(in *overview.Input) { in.Threshold = 1.5 }},
		{`house@1 has no element "X"`, func(in *overview.Input) { in.SourceIDs = []string{"X"} }},
		{`yard@2 has no element "Y"`, func(in *overview.Input) { in.TargetIDs = []string{"Y"} }},
		{"is not one of house@1 to yard@2", func(in *overview.Input) { in.Pairs[0].Source.Edition = "9" }},
		{`a pair names "Z", which yard@2 does not have`, func(in *overview.Input) { in.Pairs[1].Target.ID = "Z" }},
	} {
		in := sample(t, "x")
		c.harm(&in)
		if _, err := overview.Of(in); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

// TestEveryElementIsCountedOnce holds whatever is proposed and decided: the
// cells, rows, families and states add up to the elements.
func TestEveryElementIsCountedOnce(t *testing.T) {
	source, target := house(t, "x"), yard(t, "x")
	sources, targets := source.Mappable(), target.Mappable()
	rapid.Check(t, func(r *rapid.T) {
		x := &talk{source: source, target: target}
		for _, e := range sources {
			for _, to := range targets {
				if !rapid.Bool().Draw(r, "judged") {
					continue
				}
				p := x.propose(e.ID, to.ID, crosswalk.Mapped, rapid.SampledFrom(crosswalk.Relations()[:4]).Draw(r, "relation"), rapid.Float64Range(0, 1).Draw(r, "p"))
				switch rapid.IntRange(0, 3).Draw(r, "decided") {
				case 1:
					x.decide(p, "ada", crosswalk.Accept, p.Relation)
				case 2:
					x.decide(p, "ada", crosswalk.Reject, "")
				}
			}
		}
		o := counted(t, x.input())
		if o.Sources.All() != len(sources) || o.Targets.All() != len(targets) || len(o.Gaps) != o.Sources.Gap || o.Decided+o.Open != len(x.proposals) {
			r.Fatalf("%+v", o)
		}
		var rows, totals, families overview.Tally
		sum := func(into *overview.Tally, t overview.Tally) {
			into.Mapped, into.Open, into.Gap = into.Mapped+t.Mapped, into.Open+t.Open, into.Gap+t.Gap
		}
		for _, row := range o.Rows {
			var cells overview.Tally
			for _, c := range row.Cells {
				sum(&cells, c)
			}
			if cells != row.Total {
				r.Fatalf("cells of %s are %+v, its total %+v", row.ID, cells, row.Total)
			}
			sum(&rows, row.Total)
		}
		for _, c := range o.Totals {
			sum(&totals, c)
		}
		for _, f := range o.Families {
			sum(&families, f.Tally)
		}
		if rows != o.Sources || totals != o.Sources || families != o.Targets {
			r.Fatalf("rows %+v, totals %+v, families %+v of %+v", rows, totals, families, o)
		}
		pairs, bins := 0, 0
		for _, m := range o.Relations {
			pairs += m.Decided + m.Open
		}
		for _, b := range o.Bins {
			bins += b.Mapped + b.Unrelated
		}
		if pairs != len(x.proposals) || bins != len(x.proposals) {
			r.Fatalf("%d pairs, %d in bins, of %d", pairs, bins, len(x.proposals))
		}
	})
}
