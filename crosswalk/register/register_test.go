package register_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/register"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// author is ada, some hours after noon.
func author(hours int) register.Author {
	return register.Author{Name: "ada", Time: noon.Add(time.Duration(hours) * time.Hour)}
}

// a profile of two subcategories, and a catalog of two families.
func frameworks(t rapid.TB, edition string) (source, target *corpus.Framework) {
	t.Helper()
	source = &corpus.Framework{Name: "profile", Edition: edition, Elements: []corpus.Element{
		{ID: "GV", Kind: corpus.KindCategory, Title: "Govern"},
		{ID: "GV-1", Kind: corpus.KindSubcategory, Parent: "GV", Title: "Know the mission", Text: "The mission is known."},
		{ID: "GV-1#secure", Kind: corpus.KindCell, Parent: "GV-1", Focus: "secure", Priority: 1, Text: "Say what models are for."},
		{ID: "GV-1#defend", Kind: corpus.KindCell, Parent: "GV-1", Focus: "defend", Priority: 2, Text: "Say what agents may do."},
		{ID: "GV-2#thwart", Kind: corpus.KindCell, Parent: "GV-1", Focus: "thwart", Priority: 1, Text: "As usual.", Generic: "standard practices apply"},
	}}
	target = &corpus.Framework{Name: "catalog", Edition: "5", Elements: []corpus.Element{
		{ID: "AC", Kind: corpus.KindFamily, Title: "Access"}, {ID: "AC-1", Kind: corpus.KindControl, Parent: "AC", Title: "Policy", Text: "Have a policy."},
		{ID: "SI", Kind: corpus.KindFamily, Title: "Integrity"}, {ID: "SI-1", Kind: corpus.KindControl, Parent: "SI", Title: "Flaws", Text: "Mend flaws."},
		{ID: "SI-2", Kind: corpus.KindControl, Parent: "SI", Title: "Gone", Withdrawn: true},
	}}
	for _, f := range []*corpus.Framework{source, target} {
		if err := f.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	return source, target
}

// aRun is a run in which something was proposed for every pair.
func aRun(t rapid.TB, id string, decisions ...crosswalk.Decision) register.Run {
	t.Helper()
	source, target := frameworks(t, "draft")
	return register.Run{ID: id, Source: source, Target: target, Standings: crosswalk.Current(proposals(source, target), decisions)}
}

func proposals(source, target *corpus.Framework) []crosswalk.Proposal {
	var out []crosswalk.Proposal
	for i, s := range source.Mappable() {
		for j, to := range target.Mappable() {
			p := crosswalk.Proposal{Source: source.Ref(s.ID), Target: target.Ref(to.ID), Outcome: crosswalk.Mapped, Relation: crosswalk.IntersectsWith,
				RationaleType: crosswalk.Semantic, Probability: 0.25 + float64(i)/8 + float64(j)/16}
			p.ID = crosswalk.ProposalID(p.Source, p.Target, p.RationaleType)
			out = append(out, p)
		}
	}
	return out
}

// say makes a decision on a pair of aRun.
func say(t rapid.TB, who string, action crosswalk.Action, source, target string, at int) crosswalk.Decision {
	t.Helper()
	from, to := frameworks(t, "draft")
	for _, p := range proposals(from, to) {
		if p.Source.ID != source || p.Target.ID != target {
			continue
		}
		d := crosswalk.Decision{Time: noon.Add(time.Duration(at) * time.Minute), Reviewer: who, Proposal: p.ID, ProposalSHA256: p.SHA256(), Action: action}
		switch action {
		case crosswalk.Reject:
			d.Reason = crosswalk.WrongTarget
		case crosswalk.Accept, crosswalk.Correct:
			d.Relation, d.RationaleType = p.Relation, p.RationaleType
		}
		return d.Identified()
	}
	t.Fatalf("nothing is proposed for %s to %s", source, target)
	return crosswalk.Decision{}
}

// A book keeps a register as the ledger does.
type book struct {
	t      rapid.TB
	events []register.Event
}

func (b *book) gaps() []register.Gap {
	b.t.Helper()
	gaps, err := register.Fold(b.events)
	if err != nil {
		b.t.Fatal(err)
	}
	return gaps
}

func (b *book) gap(element string) register.Gap {
	b.t.Helper()
	gaps := b.gaps()
	i := slices.IndexFunc(gaps, func(g register.Gap) bool { return g.Element == element })
	if i < 0 {
		b.t.Fatalf("no gap at %s", element)
	}
	return gaps[i]
}

func (b *book) update(r register.Run, o register.Options, by register.Author) register.Report {
	b.t.Helper()
	report, events, err := register.Update(b.gaps(), r, o, by)
	if err != nil {
		b.t.Fatal(err)
	}
	b.add(events)
	return report
}

func (b *book) set(element string, field register.Field, value string, by register.Author) {
	b.t.Helper()
	events, err := register.Set(b.gaps(), []string{b.gap(element).ID}, map[register.Field]string{field: value}, by)
	if err != nil {
		b.t.Fatal(err)
	}
	b.add(events)
}

func (b *book) add(events []register.Event) {
	b.t.Helper()
	for _, e := range events {
		if err := e.Check(); err != nil {
			b.t.Fatal(err)
		}
	}
	b.events = append(b.events, events...)
}

func counts(r register.Report) string {
	return fmt.Sprintf("%d new, %d kept, %d closed, %d reopened, %d settled, %d apart",
		len(r.New), len(r.Kept), len(r.Closed), len(r.Reopened), len(r.Settled), len(r.Apart))
}

func TestAnUpdateOpensEveryCellOfThePriorityAndEveryTarget(t *testing.T) {
	b := book{t: t}

	first := b.update(aRun(t, "r1"), register.Options{}, author(0))
	wider := b.update(aRun(t, "r1"), register.Options{Priority: 2}, author(1))

	if got := counts(first); got != "4 new, 0 kept, 0 closed, 0 reopened, 0 settled, 0 apart" {
		t.Error(got)
	}
	if got := counts(wider); got != "1 new, 4 kept, 0 closed, 0 reopened, 0 settled, 0 apart" {
		t.Error(got)
	}
	var rows []string
	for _, g := range b.gaps() {
		rows = append(rows, fmt.Sprintf("%s %s %d %s %s", g.Side, g.Element, g.Priority, g.Why, g.Family))
	}
	want := []string{"source GV-1#secure 1 only-intersects GV", "source GV-1#defend 2 only-intersects GV", "source GV-2#thwart 1 left-out GV",
		"target AC-1 0 only-intersects AC", "target SI-1 0 only-intersects SI"}
	if !slices.Equal(rows, want) {
		t.Errorf("%q", rows)
	}
	g := b.gap("GV-1#secure")
	if len(g.Nearest) != 2 || g.Nearest[0].ID != "SI-1" || *g.Nearest[0].Probability < *g.Nearest[1].Probability || g.Nearest[0].State != "proposed" {
		t.Errorf("%+v", g.Nearest)
	}
	if g.First.Run != "r1" || g.First.SourceEdition != "draft" || !g.First.Time.Equal(noon) || g.Title != "Say what models are for." {
		t.Errorf("%+v", g)
	}
}

func TestAMappingOfACellIsNoneOfItsSubcategory(t *testing.T) {
	b := book{t: t}
	run := aRun(t, "r1", say(t, "ada", crosswalk.Accept, "GV-1", "SI-1", 0))

	b.update(run, register.Options{}, author(0))

	for _, g := range b.gaps() {
		if g.Element == "SI-1" {
			t.Error("a target that is mapped is a gap")
		}
	}
	b.gap("GV-1#secure") // its subcategory is mapped, and it is not
}

func TestAGapSaysWhatIsInTheWay(t *testing.T) {
	accept, reject := crosswalk.Accept, crosswalk.Reject
	for want, decisions := range map[register.Why][]crosswalk.Decision{
		register.OnlyIntersects: {say(t, "ada", reject, "GV-1#secure", "AC-1", 0)},
		register.AllRejected:    {say(t, "ada", reject, "GV-1#secure", "AC-1", 0), say(t, "ada", reject, "GV-1#secure", "SI-1", 0)},
		register.Disagreement:   {say(t, "ada", reject, "GV-1#secure", "AC-1", 0), say(t, "grace", accept, "GV-1#secure", "AC-1", 0)},
		register.Partly:         {say(t, "ada", accept, "GV-1#secure", "AC-1", 0)},
	} {
		b := book{t: t}
		b.update(aRun(t, "r1", decisions...), register.Options{Partial: true}, author(0))
		if g := b.gap("GV-1#secure"); g.Why != want {
			t.Errorf("%s, want %s", g.Why, want)
		}
	}
}

func TestAGapClosesItselfAndReopensWithItsHistory(t *testing.T) {
	b := book{t: t}
	b.update(aRun(t, "r1"), register.Options{}, author(0))
	b.set("GV-1#secure", register.OwnerField, "grace", author(1))
	yes := say(t, "ada", crosswalk.Accept, "GV-1#secure", "SI-1", 0)

	closing := b.update(aRun(t, "r1", yes), register.Options{}, author(2))

	g := b.gap("GV-1#secure")
	if got := counts(closing); got != "0 new, 2 kept, 2 closed, 0 reopened, 0 settled, 0 apart" {
		t.Error(got)
	}
	if g.Status != register.Closed || g.Closed == nil || g.Closed.How != register.ByMapping || !strings.Contains(g.Closed.Detail, "SI-1") || !g.Closed.Time.Equal(noon.Add(2*time.Hour)) {
		t.Errorf("%+v, %+v", g, g.Closed)
	}

	again := b.update(aRun(t, "r2"), register.Options{}, author(3))

	g = b.gap("GV-1#secure")
	if got := counts(again); got != "0 new, 2 kept, 0 closed, 2 reopened, 0 settled, 0 apart" {
		t.Error(got)
	}
	if g.Status != register.Open || g.Closed != nil || g.Owner != "grace" || g.First.Run != "r1" || g.Last.Run != "r2" || len(g.History) != 4 {
		t.Errorf("%+v", g)
	}
}

func TestWhatAPersonClosedStaysClosed(t *testing.T) {
	b := book{t: t}
	b.update(aRun(t, "r1"), register.Options{}, author(0))
	b.set("SI-1", register.StatusField, "Closed", author(1))

	report := b.update(aRun(t, "r2"), register.Options{}, author(2))

	if g := b.gap("SI-1"); g.Status != register.Closed || g.Closed.How != register.ByPerson || g.Closed.By != "ada" {
		t.Errorf("%+v", g)
	}
	if got := counts(report); got != "0 new, 4 kept, 0 closed, 0 reopened, 0 settled, 0 apart" {
		t.Error(got)
	}
}

func TestRowsOutliveAnEdition(t *testing.T) {
	b := book{t: t}
	b.update(aRun(t, "r1"), register.Options{}, author(0))
	b.set("GV-1#secure", register.NoteField, "ask legal", author(1))
	final := aRun(t, "r2")
	final.Source, final.Target = frameworks(t, "final")
	final.Source.Elements = slices.DeleteFunc(final.Source.Elements, func(e corpus.Element) bool { return e.ID == "GV-2#thwart" })
	if err := final.Source.Finish(); err != nil {
		t.Fatal(err)
	}
	final.Standings = nil

	report := b.update(final, register.Options{}, author(2))

	if got := counts(report); got != "0 new, 3 kept, 1 closed, 0 reopened, 0 settled, 0 apart" {
		t.Error(got)
	}
	if g := b.gap("GV-1#secure"); g.Note != "ask legal" || g.First.SourceEdition != "draft" || g.Last.SourceEdition != "final" || g.Why != register.NotJudged {
		t.Errorf("%+v", g)
	}
	if g := b.gap("GV-2#thwart"); g.Closed == nil || g.Closed.How != register.ByLeaving || g.Closed.Detail != "profile@final" {
		t.Errorf("%+v", g)
	}
}

func TestWhatPeoplePutDownGoesWithARenumberedElement(t *testing.T) {
	b := book{t: t}
	b.update(aRun(t, "r1"), register.Options{}, author(0))
	b.set("GV-1#secure", register.OwnerField, "ada", author(1))
	b.set("GV-1#secure", register.StatusField, "planned", author(1))
	final := aRun(t, "r2")
	final.Source, final.Target = frameworks(t, "final")
	for i, e := range final.Source.Elements {
		if e.ID == "GV-1#secure" {
			final.Source.Elements[i].ID = "GV-1#secure-a"
		}
	}
	if err := final.Source.Finish(); err != nil {
		t.Fatal(err)
	}
	final.Standings = nil
	final.Former = map[crosswalk.Side]map[string]string{crosswalk.SourceSide: {"GV-1#secure-a": "GV-1#secure"}}

	b.update(final, register.Options{}, author(2))
	again := b.update(final, register.Options{}, author(3))

	if g := b.gap("GV-1#secure-a"); g.Owner != "ada" || g.Status != register.Planned {
		t.Errorf("%+v", g)
	}
	if g := b.gap("GV-1#secure"); g.Closed == nil || g.Closed.How != register.ByLeaving {
		t.Errorf("%+v", g)
	}
	if got := counts(again); !strings.HasPrefix(got, "0 new") || !strings.Contains(got, "0 closed") {
		t.Errorf("the second time: %s", got)
	}
}

func TestARunSaysNothingOfWhatItDidNotSetOutToCover(t *testing.T) {
	b := book{t: t}
	b.update(aRun(t, "r1"), register.Options{}, author(0))
	other := aRun(t, "r2")
	other.TargetIDs, other.Standings = []string{"AC-1"}, nil

	report := b.update(other, register.Options{}, author(1))

	if g := b.gap("SI-1"); g.Last.Run != "r1" || len(report.Apart) != 1 || report.Apart[0] != g.ID {
		t.Errorf("%+v, %+v", report, g)
	}
}

func TestASourceWithoutPrioritiesCountsWhole(t *testing.T) {
	run := aRun(t, "r1")
	run.Source, run.Target, run.Standings = run.Target, run.Source, nil

	gaps, err := register.Find(run, register.Options{})

	if err != nil || len(gaps) < 2 || gaps[0].Element != "AC-1" || gaps[0].Side != crosswalk.SourceSide {
		t.Errorf("%+v, %v", gaps, err)
	}
}

func TestTwoRunsDifferInWhatOpenedAndWhatClosed(t *testing.T) {
	older, err := register.Find(aRun(t, "r1", say(t, "ada", crosswalk.Accept, "GV-1#secure", "SI-1", 0)), register.Options{})
	if err != nil {
		t.Fatal(err)
	}
	newer, err := register.Find(aRun(t, "r2", say(t, "ada", crosswalk.Accept, "GV-1#secure", "AC-1", 0)), register.Options{})
	if err != nil {
		t.Fatal(err)
	}

	d := register.Compare(older, newer)

	if len(d.Opened) != 1 || d.Opened[0].Element != "SI-1" || len(d.Closed) != 1 || d.Closed[0].Element != "AC-1" || len(d.Both) != 1 {
		t.Errorf("%+v", d)
	}
}

func TestWrongFillingsAreAllNamedAndNothingIsTaken(t *testing.T) {
	b := book{t: t}
	b.update(aRun(t, "r1"), register.Options{}, author(0))
	one, two := b.gap("AC-1").ID, b.gap("SI-1").ID
	values := func(f register.Field, v string) map[register.Field]string { return map[register.Field]string{f: v} }

	events, err := register.Take(b.gaps(), []register.Filling{
		{Where: "row 2", Gap: one, Values: values(register.DueField, "2026-02-30")},
		{Where: "row 3", Gap: one, Values: values(register.OwnerField, "ada")},
		{Where: "row 4", Gap: "nosuch", Values: values(register.OwnerField, "ada")},
		{Where: "row 5", Gap: two, Values: map[register.Field]string{register.StatusField: "done", register.OwnerField: "a\x1bb"}},
	}, author(1))

	wrong, ok := errors.AsType[*register.FillError](err)
	if !ok || len(events) > 0 || len(wrong.Faults) != 5 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	for i, want := range []string{`row 2: AC-1: due date "2026-02-30" is not a day`, "row 3: gap " + one + " (AC-1) stands in row 2 already", `row 4: the register has no gap "nosuch"`,
		"row 5: SI-1: owner", `row 5: SI-1: unknown status "done"`} {
		if !strings.HasPrefix(wrong.Faults[i], want) {
			t.Errorf("%q, want %q", wrong.Faults[i], want)
		}
	}
}

func TestAnOldFileDoesNotUndoWhatOthersPutDown(t *testing.T) {
	b := book{t: t}
	b.update(aRun(t, "r1"), register.Options{}, author(0))
	g := b.gap("AC-1")
	were := map[register.Field]string{register.OwnerField: register.Mark(""), register.NoteField: register.Mark("")}
	b.set("AC-1", register.OwnerField, "grace", author(1))
	take := func(owner, note string) ([]register.Event, error) {
		return register.Take(b.gaps(), []register.Filling{{Where: "row 2", Gap: g.ID, Were: were,
			Values: map[register.Field]string{register.OwnerField: owner, register.NoteField: note}}}, author(2))
	}

	if _, err := take("ada", ""); err == nil || !strings.Contains(err.Error(), `became "grace" in the register`) {
		t.Errorf("%v", err)
	}
	events, err := take("", "urgent")

	if err != nil || len(events) != 1 || !reflect.DeepEqual(events[0].Changes, []register.Change{{Field: register.NoteField, New: "urgent"}}) {
		t.Errorf("%+v, %v", events, err)
	}
}

// TestTheRegisterKeepsItsLaws draws what runs and people do, one after the other.
func TestTheRegisterKeepsItsLaws(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := book{t: rt}
		var decisions []crosswalk.Decision
		for i := range rapid.IntRange(1, 8).Draw(rt, "steps") {
			// Clocks of two machines may differ.
			by := author(rapid.IntRange(-2, 2).Draw(rt, "clock") + i)
			if gaps := b.gaps(); len(gaps) > 0 && rapid.Bool().Draw(rt, "person") {
				g := rapid.SampledFrom(gaps).Draw(rt, "gap")
				b.set(g.Element, register.StatusField, string(rapid.SampledFrom(register.Statuses()).Draw(rt, "status")), by)
				continue
			}
			who := rapid.SampledFrom([]string{"ada", "grace"}).Draw(rt, "reviewer")
			action := rapid.SampledFrom([]crosswalk.Action{crosswalk.Accept, crosswalk.Reject}).Draw(rt, "action")
			source := rapid.SampledFrom([]string{"GV-1", "GV-1#secure", "GV-1#defend"}).Draw(rt, "source")
			decisions = append(decisions, say(rt, who, action, source, rapid.SampledFrom([]string{"AC-1", "SI-1"}).Draw(rt, "target"), i))
			run := aRun(rt, fmt.Sprint("r", rapid.IntRange(1, 2).Draw(rt, "run")), decisions...)
			o := register.Options{Priority: rapid.IntRange(1, 3).Draw(rt, "priority"), Partial: rapid.Bool().Draw(rt, "partial")}
			b.update(run, o, by)

			if _, events, err := register.Update(b.gaps(), run, o, author(100)); err != nil || len(events) > 0 {
				rt.Fatalf("the same run twice makes %+v, %v", events, err)
			}
			found, err := register.Find(run, o)
			if err != nil {
				rt.Fatal(err)
			}
			for _, f := range found {
				if g := b.gap(f.Element); g.Closed != nil && g.Closed.How != register.ByPerson || g.Why != f.Why {
					rt.Fatalf("%s is a gap of the run (%s), and the register says %s: %+v", f.Element, f.Why, g.Why, g.Closed)
				}
			}
		}
		want := b.gaps()
		shuffled := append(slices.Clone(b.events), b.events...)
		rand.New(rand.NewPCG(1, rapid.Uint64().Draw(rt, "seed"))).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		got, err := register.Fold(shuffled)
		if err != nil || !reflect.DeepEqual(got, want) {
			rt.Fatalf("events in another order come to something else: %+v, %v", got, err)
		}
		for _, g := range want {
			if (g.Status == register.Closed) != (g.Closed != nil) {
				rt.Fatalf("status %s, closed %+v", g.Status, g.Closed)
			}
			for i, e := range g.History {
				if i > 0 && !e.Time.After(g.History[i-1].Time) {
					rt.Fatal("an event is not later than the one before")
				}
			}
		}
	})
}

func TestAnEventThatCannotBeKeptIsRefused(t *testing.T) {
	b := book{t: t}
	b.update(aRun(t, "r1"), register.Options{}, author(0))
	for want, change := range map[string]func(*register.Event){
		"who made it":       func(e *register.Event) { e.By = " " },
		"no time":           func(e *register.Event) { e.Time = time.Time{} },
		"which gap":         func(e *register.Event) { e.Of.Element = "" },
		"its gap is":        func(e *register.Event) { e.Gap = "other" },
		"changes nothing":   func(e *register.Event) { e.Changes = nil },
		"unknown field":     func(e *register.Event) { e.Changes = []register.Change{{Field: "colour", New: "red"}} },
		"is not a day":      func(e *register.Event) { e.Changes = []register.Change{{Field: register.DueField, New: "soon"}} },
		"field nearest":     func(e *register.Event) { e.Changes = []register.Change{{Field: "nearest", New: "{"}} },
		"should read":       func(e *register.Event) { e.Changes = []register.Change{{Field: register.StatusField, New: "OPEN"}} },
		"cannot be printed": func(e *register.Event) { e.By = "a\u202eb" },
	} {
		e := b.events[0]
		change(&e)
		if err := e.Identified().Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	e := b.events[0]
	e.By = "mallory"
	if err := e.Check(); err == nil || !strings.Contains(err.Error(), "its id is") {
		t.Errorf("%v", err)
	}
}

func TestPeopleNameAGapByItsIDOrItsElement(t *testing.T) {
	b := book{t: t}
	b.update(aRun(t, "r1"), register.Options{}, author(0))
	turned := aRun(t, "r2")
	turned.Target.Name = "other"
	turned.Standings = nil
	b.update(turned, register.Options{}, author(1))
	var id string
	for _, g := range b.gaps() {
		if g.Element == "SI-1" && g.Target == "other" {
			id = g.ID
		}
	}

	got, err := register.Lookup(b.gaps(), []string{id[:register.ShortID], strings.ToUpper(id), id})

	if err != nil || !slices.Equal(got, []string{id}) {
		t.Errorf("%q, %v", got, err)
	}
	for name, want := range map[string]string{"GV-1#secur": "did you mean GV-1#secure", "si-1": "names 2 gaps", strings.Repeat("x", 5000): "no gap", id[:4]: "no gap"} {
		if _, err := register.Lookup(b.gaps(), []string{name}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20s: %v, want %s", name, err, want)
		}
	}
}
