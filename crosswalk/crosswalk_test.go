package crosswalk_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"concord/corpus"
	"concord/crosswalk"
)

func TestInverseIsItsOwnInverse(t *testing.T) {
	for _, r := range crosswalk.Relations() {
		if r.Inverse().Inverse() != r {
			t.Errorf("%s", r)
		}
	}
	if crosswalk.SubsetOf.Inverse() != crosswalk.SupersetOf {
		t.Error("a subset read backwards is a superset")
	}
}

// relationOf is the definition of the relations, on finite sets.
func relationOf(a, b uint8) crosswalk.Relation {
	switch {
	case a == b:
		return crosswalk.Equal
	case a&b == 0:
		return crosswalk.NoRelationship
	case a&b == a:
		return crosswalk.SubsetOf
	case a&b == b:
		return crosswalk.SupersetOf
	}
	return crosswalk.IntersectsWith
}

func TestInverseAndCompositionAgreeWithSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := rapid.Uint8Range(1, 255)
		a, b, c := set.Draw(t, "a"), set.Draw(t, "b"), set.Draw(t, "c")
		if relationOf(a, b).Inverse() != relationOf(b, a) {
			t.Fatalf("inverse of %s", relationOf(a, b))
		}
		if ac, ok := crosswalk.Compose(relationOf(a, b), relationOf(b, c)); ok && ac != relationOf(a, c) {
			t.Fatalf("%s then %s gives %s, but %08b and %08b are %s", relationOf(a, b), relationOf(b, c), ac, a, c, relationOf(a, c))
		}
	})
}

func TestOnlySafeCompositionsAreMade(t *testing.T) {
	for _, unsafe := range [][2]crosswalk.Relation{
		{crosswalk.SubsetOf, crosswalk.SupersetOf}, {crosswalk.SupersetOf, crosswalk.SubsetOf},
		{crosswalk.IntersectsWith, crosswalk.IntersectsWith}, {crosswalk.IntersectsWith, crosswalk.SubsetOf},
		{crosswalk.NoRelationship, crosswalk.SubsetOf},
	} {
		if r, ok := crosswalk.Compose(unsafe[0], unsafe[1]); ok {
			t.Errorf("%v gives %s", unsafe, r)
		}
	}
}

func TestRelationsAreReadByTheirNames(t *testing.T) {
	for _, r := range crosswalk.Relations() {
		if got, err := crosswalk.ParseRelation(string(r)); err != nil || got != r {
			t.Errorf("%s: %s, %v", r, got, err)
		}
	}
	if _, err := crosswalk.ParseRelation("contains"); err == nil {
		t.Error("no error for an unknown relation")
	}
}

func TestQuotesAreFoundWhateverTheirTypography(t *testing.T) {
	text := "The organization’s “risk\n tolerance” is  re-evaluated — often.\u200b Straße ﬁle."
	for quotation, want := range map[string]string{
		"organization's":             "organization’s",
		`"risk tolerance"`:           "“risk\n tolerance”",
		"tolerance” IS RE-EVALUATED": "tolerance” is  re-evaluated",
		"re\u2010evaluated - often":  "re-evaluated — often",
		"file.":                      "ﬁle.",
		" often. ":                   "often.",
	} {
		start, end, ok := crosswalk.FindQuote(text, quotation)
		if !ok || text[start:end] != want {
			t.Errorf("%q: found %v %q, want %q", quotation, ok, text[start:min(end, len(text))], want)
		}
	}
	for _, absent := range []string{"", "  ", "—", "risk appetite", "tolerancerisk", "…", "r", "toleran", "ance is"} {
		if _, _, ok := crosswalk.FindQuote(text, absent); ok {
			t.Errorf("%q was found", absent)
		}
	}
}

func FuzzFindQuote(f *testing.F) {
	f.Add("The ﬁle’s “owner”", "file's \"owner\"")
	f.Add("aİb\x80c", "i\u0307b")
	f.Fuzz(func(t *testing.T, text, quotation string) {
		start, end, ok := crosswalk.FindQuote(text, quotation)
		if !ok {
			return
		}
		if start < 0 || start >= end || end > len(text) {
			t.Fatalf("span %d to %d of %d", start, end, len(text))
		}
		if utf8.ValidString(text) && !utf8.ValidString(text[start:end]) {
			t.Fatalf("%q cuts a character", text[start:end])
		}
	})
}

// frameworks returns a source of n elements and a target of m.
func frameworks(t *testing.T, n, m int) (source, target *corpus.Framework) {
	t.Helper()
	source = &corpus.Framework{Name: "s", Edition: "1"}
	target = &corpus.Framework{Name: "t", Edition: "1"}
	for i := range n {
		source.Elements = append(source.Elements, corpus.Element{ID: fmt.Sprintf("S-%03d", i), Kind: corpus.KindControl, Text: "source"})
	}
	for i := range m {
		target.Elements = append(target.Elements, corpus.Element{ID: fmt.Sprintf("T-%03d", i), Kind: corpus.KindControl, Text: "target"})
	}
	for _, f := range []*corpus.Framework{source, target} {
		if err := f.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	return source, target
}

type retrieverFunc func(corpus.Element, int) ([]crosswalk.Candidate, error)

func (f retrieverFunc) Retrieve(_ context.Context, e corpus.Element, depth int) ([]crosswalk.Candidate, error) {
	return f(e, depth)
}

type judgeFunc func(context.Context, corpus.Element, []crosswalk.Candidate) ([]crosswalk.Verdict, error)

func (f judgeFunc) Judge(ctx context.Context, e corpus.Element, c []crosswalk.Candidate) ([]crosswalk.Verdict, error) {
	return f(ctx, e, c)
}

// A shelf is a ledger in memory.
type shelf struct {
	sync.Mutex
	results map[string]crosswalk.Result
}

func (s *shelf) Done(context.Context, string) (map[string]bool, error) {
	s.Lock()
	defer s.Unlock()
	done := map[string]bool{}
	for id := range s.results {
		done[id] = true
	}
	return done, nil
}

func (s *shelf) Record(_ context.Context, _ string, results []crosswalk.Result) error {
	s.Lock()
	defer s.Unlock()
	if s.results == nil {
		s.results = map[string]crosswalk.Result{}
	}
	for _, r := range results {
		if _, twice := s.results[r.Source]; twice {
			return fmt.Errorf("%s recorded twice", r.Source)
		}
		s.results[r.Source] = r
	}
	return nil
}

func firstOf(target *corpus.Framework) retrieverFunc {
	return func(corpus.Element, int) (out []crosswalk.Candidate, _ error) {
		for i, e := range target.Elements {
			out = append(out, crosswalk.Candidate{Element: e, Rank: i + 1})
		}
		return out, nil
	}
}

func TestEveryPairKeepsItsOutcome(t *testing.T) {
	source, target := frameworks(t, 4, 10)
	answers := map[string][]crosswalk.Verdict{
		"S-000": {{Target: "T-000", Outcome: crosswalk.Mapped, Relation: crosswalk.SubsetOf}, {Target: "T-001", Outcome: crosswalk.Failed}},
		"S-001": {{Target: "T-000", Outcome: crosswalk.Unrelated}, {Target: "T-001", Outcome: crosswalk.Failed}},
		"S-002": {{Target: "T-001", Outcome: crosswalk.Unrelated}, {Target: "T-000", Outcome: crosswalk.Unrelated}},
		"S-003": {{Target: "T-000", Outcome: crosswalk.Unrelated}}, // T-001 left out
	}
	var book shelf
	d := crosswalk.Drafter{Source: source, Target: target, Retriever: firstOf(target), Ledger: &book, Depth: 2,
		Judge: judgeFunc(func(_ context.Context, e corpus.Element, _ []crosswalk.Candidate) ([]crosswalk.Verdict, error) {
			return answers[e.ID], nil
		})}

	if err := d.Draft(t.Context(), "run", source.Elements); err != nil {
		t.Fatal(err)
	}

	for id, want := range map[string]struct {
		outcome crosswalk.Outcome
		judged  int
	}{"S-000": {crosswalk.Mapped, 1}, "S-001": {crosswalk.Failed, 1}, "S-002": {crosswalk.Unrelated, 2}, "S-003": {crosswalk.Failed, 1}} {
		r := book.results[id]
		if r.Outcome != want.outcome || r.Judged != want.judged || r.NotJudged != 8 || len(r.Proposals) != 2 {
			t.Errorf("%s: %s, %d judged, %d not, %d proposals", id, r.Outcome, r.Judged, r.NotJudged, len(r.Proposals))
		}
		if r.Proposals[0].Target.ID != "T-000" || r.Proposals[0].Rank != 1 {
			t.Errorf("%s: proposals are not by rank", id)
		}
	}
}

// TestWhatTheJudgeDidNotLookAtIsExpectedAsFarAsItFoundTheRest judges two of four
// targets, of which half as many links turn out as their places had promised.
func TestWhatTheJudgeDidNotLookAtIsExpectedAsFarAsItFoundTheRest(t *testing.T) {
	source, target := frameworks(t, 1, 4)
	var book shelf
	d := crosswalk.Drafter{Source: source, Target: target, Retriever: firstOf(target), Ledger: &book, Depth: 3,
		Expect: func(c crosswalk.Candidate) float64 { return 1 },
		Judge: judgeFunc(func(context.Context, corpus.Element, []crosswalk.Candidate) ([]crosswalk.Verdict, error) {
			return []crosswalk.Verdict{
				{Target: "T-000", Outcome: crosswalk.Mapped, Relation: crosswalk.IntersectsWith, Calibrated: .4},
				{Target: "T-001", Outcome: crosswalk.NotJudged, Flags: []string{"cannot tell"}},
				{Target: "T-002", Outcome: crosswalk.NotJudged},
			}, nil
		})}

	if err := d.Draft(t.Context(), "run", source.Elements); err != nil {
		t.Fatal(err)
	}

	r := book.results["S-000"]
	if len(r.Proposals) != 2 || r.Judged != 1 || r.NotJudged != 3 {
		t.Errorf("%d proposals, %d judged, %d not judged; want 2, 1 and 3", len(r.Proposals), r.Judged, r.NotJudged)
	}
	if want := 3 * 1.4 / 2; math.Abs(r.Missed-want) > 1e-12 {
		t.Errorf("%v links are expected to be missed, want %v", r.Missed, want)
	}
}

// TestSourcesThatAwaitAnswersAreLeftForLater leaves more of them than a judge
// that is away would be forgiven.
func TestSourcesThatAwaitAnswersAreLeftForLater(t *testing.T) {
	source, target := frameworks(t, 9, 1)
	var book shelf
	d := crosswalk.Drafter{Source: source, Target: target, Retriever: firstOf(target), Ledger: &book,
		Judge: judgeFunc(func(_ context.Context, e corpus.Element, _ []crosswalk.Candidate) ([]crosswalk.Verdict, error) {
			if e.ID == "S-008" {
				return nil, nil
			}
			return nil, crosswalk.ErrPending
		})}

	err := d.Draft(t.Context(), "run", source.Elements)

	if !errors.Is(err, crosswalk.ErrPending) || !strings.Contains(err.Error(), "8 of 9") || len(book.results) != 1 {
		t.Errorf("%d results and %v", len(book.results), err)
	}
}

func TestTheWeakerClaimIsTheOneThatBothReadingsBear(t *testing.T) {
	for _, c := range []struct{ a, b, want crosswalk.Relation }{
		{crosswalk.Equal, crosswalk.Equal, crosswalk.Equal},
		{crosswalk.Equal, crosswalk.SubsetOf, crosswalk.SubsetOf},
		{crosswalk.SupersetOf, crosswalk.Equal, crosswalk.SupersetOf},
		{crosswalk.SubsetOf, crosswalk.SupersetOf, crosswalk.IntersectsWith},
		{crosswalk.SubsetOf, crosswalk.IntersectsWith, crosswalk.IntersectsWith},
		{crosswalk.Equal, crosswalk.NoRelationship, crosswalk.IntersectsWith},
	} {
		if got, back := crosswalk.Weaker(c.a, c.b), crosswalk.Weaker(c.b, c.a); got != c.want || back != c.want {
			t.Errorf("of %s and %s: %s, the other way round %s; want %s", c.a, c.b, got, back, c.want)
		}
	}
}

func TestAnInterruptedDraftGoesOnWhereItStopped(t *testing.T) {
	source, target := frameworks(t, 100, 3)
	var book shelf
	ctx, stop := context.WithCancel(t.Context())
	asked := map[string]int{}
	d := crosswalk.Drafter{Source: source, Target: target, Retriever: firstOf(target), Ledger: &book, Depth: 1}
	d.Judge = judgeFunc(func(ctx context.Context, e corpus.Element, c []crosswalk.Candidate) ([]crosswalk.Verdict, error) {
		if e.ID == "S-050" {
			stop()
		}
		if err := ctx.Err(); err != nil {
			t.Errorf("%s was dropped while it was being judged", e.ID)
		}
		asked[e.ID]++
		return []crosswalk.Verdict{{Target: "T-000", Outcome: crosswalk.Unrelated}}, nil
	})

	if err := d.Draft(ctx, "run", source.Elements); !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	if len(book.results) != 51 {
		t.Errorf("%d sources kept, want 51", len(book.results))
	}
	last := 0
	d.Progress = func(done, total int) { last = done }
	if err := d.Draft(t.Context(), "run", source.Elements); err != nil {
		t.Fatal(err)
	}

	if len(book.results) != 100 || last != 100 {
		t.Errorf("%d sources recorded, progress ended at %d", len(book.results), last)
	}
	for id, n := range asked {
		if n != 1 {
			t.Errorf("%s was judged %d times", id, n)
		}
	}
}

func TestManyWorkersGiveTheSameDraft(t *testing.T) {
	source, target := frameworks(t, 70, 5)
	draft := func(workers int) map[string]crosswalk.Result {
		var book shelf
		d := crosswalk.Drafter{Source: source, Target: target, Retriever: firstOf(target), Ledger: &book, Depth: 3, Workers: workers,
			Judge: judgeFunc(func(_ context.Context, e corpus.Element, c []crosswalk.Candidate) (out []crosswalk.Verdict, _ error) {
				for _, x := range c {
					out = append(out, crosswalk.Verdict{Target: x.Element.ID, Outcome: crosswalk.Mapped, Relation: crosswalk.Equal, Rationale: e.ID + x.Element.ID})
				}
				return out, nil
			})}
		if err := d.Draft(t.Context(), "run", source.Elements); err != nil {
			t.Fatal(err)
		}
		return book.results
	}
	if one, many := draft(1), draft(8); !reflect.DeepEqual(one, many) {
		t.Error("the drafts differ")
	}
}

func TestAJudgeThatCannotGoOnNamesTheSource(t *testing.T) {
	source, target := frameworks(t, 3, 3)
	var book shelf
	d := crosswalk.Drafter{Source: source, Target: target, Retriever: firstOf(target), Ledger: &book, Depth: 1,
		Judge: judgeFunc(func(_ context.Context, e corpus.Element, _ []crosswalk.Candidate) ([]crosswalk.Verdict, error) {
			if e.ID == "S-001" {
				return nil, errors.New("the endpoint refused the key")
			}
			return nil, nil
		})}

	err := d.Draft(t.Context(), "run", source.Elements)

	if err == nil || !strings.Contains(err.Error(), "judge s@1:S-001: the endpoint refused the key") {
		t.Errorf("error %v", err)
	}
}

func TestSourcesThatFindTheJudgeAwayAreLeftForLater(t *testing.T) {
	source, target := frameworks(t, 10, 3)
	var book shelf
	away := map[string]bool{"S-002": true, "S-007": true}
	d := crosswalk.Drafter{Source: source, Target: target, Retriever: firstOf(target), Ledger: &book, Depth: 1,
		Judge: judgeFunc(func(_ context.Context, e corpus.Element, _ []crosswalk.Candidate) ([]crosswalk.Verdict, error) {
			if away[e.ID] {
				return nil, fmt.Errorf("%w: overloaded", crosswalk.ErrUnavailable)
			}
			return []crosswalk.Verdict{{Target: "T-000", Outcome: crosswalk.Unrelated}}, nil
		})}

	err := d.Draft(t.Context(), "run", source.Elements)
	if err == nil || !strings.Contains(err.Error(), "2 of 10 source elements are left") || len(book.results) != 8 {
		t.Errorf("%v, %d recorded", err, len(book.results))
	}
	clear(away)
	if err := d.Draft(t.Context(), "run", source.Elements); err != nil || len(book.results) != 10 {
		t.Errorf("%v, %d recorded", err, len(book.results))
	}
}

func TestAJudgeThatStaysAwayEndsTheRun(t *testing.T) {
	source, target := frameworks(t, 100, 3)
	var book shelf
	asked := 0
	d := crosswalk.Drafter{Source: source, Target: target, Retriever: firstOf(target), Ledger: &book, Depth: 1,
		Judge: judgeFunc(func(context.Context, corpus.Element, []crosswalk.Candidate) ([]crosswalk.Verdict, error) {
			asked++
			return nil, crosswalk.ErrUnavailable
		})}

	if err := d.Draft(t.Context(), "run", source.Elements); !errors.Is(err, crosswalk.ErrUnavailable) || asked != 3 {
		t.Errorf("%v after %d sources", err, asked)
	}
}

func TestProposalIdsDependOnThePairAndTheRationaleTypeOnly(t *testing.T) {
	a, b := corpus.Ref{Framework: "s", Edition: "1", ID: "A"}, corpus.Ref{Framework: "t", Edition: "1", ID: "B"}
	id := crosswalk.ProposalID(a, b, crosswalk.Semantic)
	if id != crosswalk.ProposalID(a, b, crosswalk.Semantic) {
		t.Error("the id of one pair changes")
	}
	for _, other := range []string{
		crosswalk.ProposalID(b, a, crosswalk.Semantic),
		crosswalk.ProposalID(a, b, crosswalk.Functional),
		crosswalk.ProposalID(corpus.Ref{Framework: "s", Edition: "2", ID: "A"}, b, crosswalk.Semantic),
	} {
		if other == id {
			t.Error("two pairs have one id")
		}
	}
	if id[14] != '5' {
		t.Errorf("%s is no UUID of version 5", id)
	}
}
