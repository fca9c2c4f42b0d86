package matrix_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/matrix"
)

// framework finishes one of these elements.
func framework(t testing.TB, name string, elements ...corpus.Element) *corpus.Framework {
	t.Helper()
	f := &corpus.Framework{Name: name, Edition: "1", Title: "The " + name, Elements: elements}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	return f
}

// house is a source with focus-area cells, one of them generic.
func house(t testing.TB, text string) *corpus.Framework {
	return framework(t, "house",
		corpus.Element{ID: "KP", Kind: corpus.KindFunction, Title: "Keep"},
		corpus.Element{ID: "KP.LK", Kind: corpus.KindCategory, Parent: "KP", Title: "Locks " + text},
		corpus.Element{ID: "KP.LK-01", Kind: corpus.KindSubcategory, Parent: "KP.LK", Text: "Locks are kept in order. " + text},
		corpus.Element{ID: "KP.LK-01#secure", Kind: corpus.KindCell, Parent: "KP.LK-01", Text: "Locks with a mind of their own are watched. " + text, Focus: "secure", Priority: 1},
		corpus.Element{ID: "KP.LK-01#defend", Kind: corpus.KindCell, Parent: "KP.LK-01", Focus: "defend", Priority: 2, Generic: "standard practices apply"},
		corpus.Element{ID: "KP.LK-02", Kind: corpus.KindSubcategory, Parent: "KP.LK", Text: "Keys are counted."},
		corpus.Element{ID: "KP.LK-02#thwart", Kind: corpus.KindCell, Parent: "KP.LK-02", Text: "Keys are hard to forge.", Focus: "thwart", Priority: 1},
	)
}

func yard(t testing.TB, text string) *corpus.Framework {
	return framework(t, "yard",
		corpus.Element{ID: "Y", Kind: corpus.KindFamily, Title: "Yard"},
		corpus.Element{ID: "Y-1", Kind: corpus.KindControl, Parent: "Y", Title: "Gates " + text, Text: "Gates close."},
		corpus.Element{ID: "Y-2", Kind: corpus.KindControl, Parent: "Y", Title: "Fences", Text: "Fences stand."},
		corpus.Element{ID: "Y-3", Kind: corpus.KindControl, Parent: "Y", Title: "Dogs", Text: "Dogs bark."},
		corpus.Element{ID: "Y-4", Kind: corpus.KindControl, Parent: "Y", Title: "Moats", Text: "Moats are wet."},
	)
}

// row makes one of "SOURCE RELATION TARGET STATE PROBABILITY".
func row(t testing.TB, said string) exchange.Row {
	t.Helper()
	var p float64
	parts := strings.Fields(said)
	if _, err := fmt.Sscan(parts[4], &p); err != nil {
		t.Fatal(err)
	}
	r := exchange.Row{Source: parts[0], Relation: crosswalk.Relation(parts[1]), Target: parts[2], State: exchange.State(parts[3]), Probability: &p, RationaleType: crosswalk.Semantic}
	if r.State == "draft" {
		r.State = exchange.Draft
	}
	if r.Relation == "?" {
		r.Relation = ""
	}
	return r
}

// crosswalkOf makes one of these rows; every source without one was looked at.
func crosswalkOf(t testing.TB, source, target *corpus.Framework, said ...string) *exchange.Crosswalk {
	t.Helper()
	c := &exchange.Crosswalk{
		Tool: "concord", Version: "0.1.0", Run: "run-" + target.Name, Made: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC),
		Source: exchange.Framework{Name: source.Name, Edition: source.Edition, Digest: source.Digest()},
		Target: exchange.Framework{Name: target.Name, Edition: target.Edition, Digest: target.Digest()},
	}
	for _, s := range said {
		c.Rows = append(c.Rows, row(t, s))
		c.Draft = c.Draft || c.Rows[len(c.Rows)-1].State == exchange.Draft
	}
	for _, e := range source.Mappable() {
		related := func(r exchange.Row) bool { return r.Source == e.ID && r.Relation != crosswalk.NoRelationship }
		if !slices.ContainsFunc(c.Rows, related) {
			c.Gaps = append(c.Gaps, exchange.Gap{Side: crosswalk.SourceSide, ID: e.ID, Judged: slices.ContainsFunc(c.Rows, func(r exchange.Row) bool { return r.Source == e.ID })})
		}
	}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	return c
}

func covers(f *corpus.Framework) (ids []string) {
	for _, e := range f.Mappable() {
		ids = append(ids, e.ID)
	}
	return ids
}

// small is a matrix of one decided, one drafted and one missing column.
func small(t testing.TB, text string, view matrix.View) *matrix.Matrix {
	t.Helper()
	source, first, second := house(t, text), yard(t, text), framework(t, "street", corpus.Element{ID: "S-1", Kind: corpus.KindControl, Title: "Lamps", Text: "Lamps burn."})
	m, err := matrix.Of(source, []matrix.Beside{
		{Target: first, Covers: covers(source), Means: "What the yard has.", Crosswalk: crosswalkOf(t, source, first,
			"KP.LK-01 intersects_with Y-2 accepted .9", "KP.LK-01 equal Y-3 corrected .4", "KP.LK-01 intersects_with Y-4 draft .8",
			"KP.LK-01#secure subset_of Y-1 entered 1", "KP.LK-01#secure ? Y-2 draft .5", "KP.LK-02 no_relationship Y-1 rejected .3",
			"KP.LK-02#thwart intersects_with Y-1 draft .7", "KP.LK-02#thwart intersects_with Y-2 draft .9", "KP.LK-02#thwart superset_of Y-3 draft .2")},
		{Target: second, Means: "What the street has."},
	}, view)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// shown prints a cell in short.
func shown(c matrix.Cell) string {
	s := string(c.Standing)
	for _, g := range c.Mappings {
		s += fmt.Sprintf(" %s", g.Relation)
		if g.Draft {
			s += " draft"
		}
		for _, target := range g.Targets {
			s += " " + target.ID
		}
		s += ";"
	}
	return s
}

func TestARowHasTheTargetsOfEachColumnByRelationDecidedOnesFirst(t *testing.T) {
	m := small(t, "", matrix.View{})

	want := map[string][]string{
		"KP.LK-01":        {"mapped equal Y-3; intersects_with Y-2; intersects_with draft Y-4;", "not drafted"},
		"KP.LK-01#secure": {"mapped subset_of Y-1;  draft Y-2;", "not drafted"},
		"KP.LK-02":        {"none", "not drafted"},
		"KP.LK-02#thwart": {"mapped superset_of draft Y-3; intersects_with draft Y-1 Y-2;", "not drafted"},
	}
	if len(m.Rows) != len(want) {
		t.Fatalf("%d rows", len(m.Rows))
	}
	for _, r := range m.Rows {
		for i, c := range r.Cells {
			if got := shown(c); got != want[r.ID][i] {
				t.Errorf("%s, column %d: %q, want %q", r.ID, i, got, want[r.ID][i])
			}
		}
		if r.Group != "KP.LK Locks " {
			t.Errorf("%s is under %q", r.ID, r.Group)
		}
	}
	if !m.Draft || m.Generic != 1 {
		t.Errorf("draft %v, %d generic cells", m.Draft, m.Generic)
	}
}

func TestCoverageCountsDecidedMappingsAndThoseOfPriorityOneApart(t *testing.T) {
	m := small(t, "", matrix.View{})

	if got, want := m.Columns[0].All, (matrix.Coverage{Of: 4, Mapped: 2, Drafted: 1, None: 1}); got != want {
		t.Errorf("all %+v, want %+v", got, want)
	}
	if got, want := m.Columns[0].High, (matrix.Coverage{Of: 2, Mapped: 1, Drafted: 1}); got != want {
		t.Errorf("high %+v, want %+v", got, want)
	}
	if c := m.Columns[1]; !c.Missing || c.All != (matrix.Coverage{}) {
		t.Errorf("a column that nobody drafted: %+v", c)
	}
}

func TestAMappingAtACellIsNotOneAtItsSubcategory(t *testing.T) {
	source, target := house(t, ""), yard(t, "")
	m, err := matrix.Of(source, []matrix.Beside{{Target: target, Covers: covers(source), Crosswalk: crosswalkOf(t, source, target, "KP.LK-01#secure equal Y-1 accepted 1")}}, matrix.View{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range m.Rows {
		if mapped := r.Cells[0].Standing == matrix.Mapped; mapped != (r.ID == "KP.LK-01#secure") {
			t.Errorf("%s: %q", r.ID, r.Cells[0].Standing)
		}
	}
}

func TestWhatARunDidNotSetOutToMapIsNotOpen(t *testing.T) {
	source, first, second := house(t, ""), yard(t, ""), framework(t, "street", corpus.Element{ID: "S-1", Kind: corpus.KindControl, Text: "Lamps."})
	with := append(covers(source), "KP.LK-01#defend")
	m, err := matrix.Of(source, []matrix.Beside{
		{Target: first, Covers: with, Crosswalk: crosswalkOf(t, source, first, "KP.LK-01 equal Y-1 accepted 1")},
		{Target: second, Covers: covers(source), Crosswalk: crosswalkOf(t, source, second)},
	}, matrix.View{})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(m.Rows, func(r matrix.Row) bool { return r.ID == "KP.LK-01#defend" })
	if i < 0 || m.Generic != 0 {
		t.Fatalf("row %d, %d generic cells", i, m.Generic)
	}
	if a, b := m.Rows[i].Cells[0].Standing, m.Rows[i].Cells[1].Standing; a != matrix.Open || b != matrix.Outside {
		t.Errorf("%q and %q", a, b)
	}
	if m.Columns[0].All.Of != 5 || m.Columns[1].All.Of != 4 {
		t.Errorf("of %d and %d", m.Columns[0].All.Of, m.Columns[1].All.Of)
	}
}

func TestRowsOfHighPriorityComeFirstWhereTheyAreAskedFor(t *testing.T) {
	m := small(t, "", matrix.View{ByPriority: true})
	var ids []string
	for _, r := range m.Rows {
		ids = append(ids, r.ID+" in "+r.Group)
	}
	want := []string{"KP.LK-01#secure in Priority 1 (high)", "KP.LK-02#thwart in Priority 1 (high)", "KP.LK-01 in Without a priority", "KP.LK-02 in Without a priority"}
	if !slices.Equal(ids, want) {
		t.Errorf("%q", ids)
	}
}

func TestAMatrixRefusesWhatDoesNotBelongTogether(t *testing.T) {
	source, target := house(t, ""), yard(t, "")
	x := crosswalkOf(t, source, target, "KP.LK-01 equal Y-1 accepted 1")
	other := house(t, "of another edition")
	for name, test := range map[string]struct {
		source  *corpus.Framework
		besides []matrix.Beside
		view    matrix.View
		says    string
	}{
		"no target":      {source, nil, matrix.View{}, "no target"},
		"another text":   {other, []matrix.Beside{{Target: target, Crosswalk: x}}, matrix.View{}, "draft both from one text"},
		"a target twice": {source, []matrix.Beside{{Target: target, Crosswalk: x}, {Target: target}}, matrix.View{}, "two crosswalks lead to yard@1"},
		"nothing left":   {source, []matrix.Beside{{Target: target, Crosswalk: x}}, matrix.View{Keep: func(corpus.Element) bool { return false }}, "filtered out"},
	} {
		if _, err := matrix.Of(test.source, test.besides, test.view); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want %q", name, err, test.says)
		}
	}
	if _, err := small(t, "", matrix.View{}).Reverse(1, false); err == nil || !strings.Contains(err.Error(), "nothing is drafted from house@1 to street@1") {
		t.Errorf("the reverse of a missing column: %v", err)
	}
}

func TestTheReverseSaysWhatEachControlServesAndCountsItsPriorityOneCells(t *testing.T) {
	m := small(t, "", matrix.View{})
	for _, test := range []struct {
		gain bool
		want []string
	}{
		{false, []string{
			"Y-1 1+1 of 1+1: superset_of KP.LK-01#secure; intersects_with draft KP.LK-02#thwart;",
			"Y-2 0+2 of 1+2: intersects_with KP.LK-01; intersects_with draft KP.LK-02#thwart;  draft KP.LK-01#secure;",
			"Y-3 0+1 of 1+1: equal KP.LK-01; subset_of draft KP.LK-02#thwart;",
			"Y-4 0+0 of 0+1: intersects_with draft KP.LK-01;",
		}},
		{true, []string{"Y-1", "Y-2", "Y-3", "Y-4"}},
	} {
		r, err := m.Reverse(0, test.gain)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range r.Controls {
			got := fmt.Sprintf("%s %d+%d of %d+%d:", c.ID, c.High, c.HighDrafted, c.Outcomes, c.OutcomesDrafted)
			for _, s := range c.Serves {
				got += fmt.Sprintf(" %s", s.Relation)
				if s.Draft {
					got += " draft"
				}
				for _, e := range s.Outcomes {
					got += " " + e.ID
				}
				got += ";"
			}
			if !strings.HasPrefix(got, test.want[i]) {
				t.Errorf("gain %v: %q, want %q", test.gain, got, test.want[i])
			}
		}
		if r.Idle != 0 || len(r.Controls) != 4 {
			t.Errorf("%d controls, %d idle", len(r.Controls), r.Idle)
		}
	}
}

// TestGainPutsDecidedCellsBeforeDrafts draws crosswalks and looks at the law of
// the order, and that both readings count the same pairs.
func TestGainPutsDecidedCellsBeforeDrafts(t *testing.T) {
	source, target := house(t, ""), yard(t, "")
	rapid.Check(t, func(rt *rapid.T) {
		var said []string
		for _, s := range covers(source) {
			for _, e := range target.Mappable() {
				if state := rapid.SampledFrom([]string{"", "draft", "accepted", "entered"}).Draw(rt, s+e.ID); state != "" {
					relation := rapid.SampledFrom([]string{"equal", "subset_of", "superset_of", "intersects_with"}).Draw(rt, "relation")
					said = append(said, fmt.Sprintf("%s %s %s %s .5", s, relation, e.ID, state))
				}
			}
		}
		m, err := matrix.Of(source, []matrix.Beside{{Target: target, Covers: covers(source), Crosswalk: crosswalkOf(t, source, target, said...)}}, matrix.View{})
		if err != nil {
			rt.Fatal(err)
		}
		r, err := m.Reverse(0, true)
		if err != nil {
			rt.Fatal(err)
		}
		pairs := 0
		for i, c := range r.Controls {
			pairs += c.Outcomes + c.OutcomesDrafted
			if i > 0 && (c.High > r.Controls[i-1].High || c.High == r.Controls[i-1].High && c.HighDrafted > r.Controls[i-1].HighDrafted) {
				rt.Errorf("%s gains more than %s and stands below it", c.ID, r.Controls[i-1].ID)
			}
		}
		if pairs != len(said) || len(r.Controls)+r.Idle != 4 {
			rt.Errorf("%d pairs of %d, %d controls and %d idle of 4", pairs, len(said), len(r.Controls), r.Idle)
		}
		if a := m.Columns[0].All; a.Of != 4 || a.Mapped+a.Drafted+a.None > a.Of {
			rt.Errorf("coverage %+v", a)
		}
	})
}
