package carry_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"concord/corpus"
	"concord/corpus/builtin"
	"concord/crosswalk"
	"concord/crosswalk/carry"
)

var (
	nine = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	ten  = nine.Add(time.Hour)
)

func framework(t testing.TB, name, edition string, elements ...corpus.Element) *corpus.Framework {
	t.Helper()
	f := &corpus.Framework{Name: name, Edition: edition, Title: name, Elements: elements}
	for i := range f.Elements {
		f.Elements[i].Kind = corpus.KindControl
	}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	return f
}

// ours returns two editions in which something of everything happens.
func ours(t testing.TB) (older, newer *corpus.Framework) {
	older = framework(t, "ours", "1",
		corpus.Element{ID: "O-1", Text: "Backups are encrypted before they leave the building."},
		corpus.Element{ID: "O-2", Text: "Staff are trained to recognise phishing mail every year."},
		corpus.Element{ID: "O-3", Text: "Visitors sign a register and wear a badge."},
		corpus.Element{ID: "O-4", Text: "Fax machines are locked at night."},
		corpus.Element{ID: "O-5", Text: "Logs are kept for twelve months."},
		corpus.Element{ID: "O-6", Text: "Suppliers are assessed once."})
	newer = framework(t, "ours", "2",
		corpus.Element{ID: "O-1", Text: "Backups are encrypted before they leave the building."},
		corpus.Element{ID: "O-2", Text: "Staff are trained to recognise phishing mail every month."},
		corpus.Element{ID: "P-3", Text: "Visitors sign a register and wear a badge."},
		corpus.Element{ID: "O-4", Withdrawn: true},
		corpus.Element{ID: "O-5", Withdrawn: true, Replaced: []string{"P-5", "P-6"}},
		corpus.Element{ID: "P-5", Text: "Logs are collected."}, corpus.Element{ID: "P-6", Text: "Logs are kept."},
		corpus.Element{ID: "O-6", Text: "Suppliers are  assessed once."})
	return older, newer
}

func theirs(t testing.TB) *corpus.Framework {
	return framework(t, "theirs", "1",
		corpus.Element{ID: "T-1", Text: "Encrypt stored records."}, corpus.Element{ID: "T-2", Text: "Train staff."})
}

func propose(run string, in carry.Frameworks, source, target string, r crosswalk.Relation) crosswalk.Proposal {
	a, _ := in.Source.Element(source)
	b, _ := in.Target.Element(target)
	p := crosswalk.Proposal{
		Run: run, Source: in.Source.Ref(source), Target: in.Target.Ref(target), SourceSHA256: a.TextSHA256(), TargetSHA256: b.TextSHA256(),
		Outcome: crosswalk.Mapped, Relation: r, RationaleType: crosswalk.Semantic, Rank: 1,
	}
	if r == "" {
		p.Outcome = crosswalk.Unrelated
	}
	p.ID = crosswalk.ProposalID(p.Source, p.Target, p.RationaleType)
	return p
}

func decide(p crosswalk.Proposal, reviewer string, minute int, a crosswalk.Action, r crosswalk.Relation) crosswalk.Decision {
	d := crosswalk.Decision{
		Time: nine.Add(time.Duration(minute) * time.Minute), Reviewer: reviewer, Proposal: p.ID, ProposalSHA256: p.SHA256(), Action: a, SuggestionVisible: true,
	}
	switch a {
	case crosswalk.Enter:
		d.Source, d.Target, d.ProposalSHA256 = p.Source, p.Target, ""
		fallthrough
	case crosswalk.Accept, crosswalk.Correct:
		d.Relation, d.RationaleType = r, p.RationaleType
	case crosswalk.Reject:
		d.Reason = crosswalk.OutOfScope
	}
	return d.Identified()
}

// story is an old run with decisions and the new run without.
func story(t testing.TB) (from, to carry.Run) {
	older, newer := ours(t)
	from = carry.Run{ID: "old", Frameworks: carry.Frameworks{Source: older, Target: theirs(t)}}
	to = carry.Run{ID: "new", Frameworks: carry.Frameworks{Source: newer, Target: theirs(t)}}
	for _, id := range []string{"O-1", "O-2", "O-3", "O-4", "O-5", "O-6"} {
		p := propose("old", from.Frameworks, id, "T-1", crosswalk.SubsetOf)
		from.Proposals = append(from.Proposals, p)
		from.Decisions = append(from.Decisions, decide(p, "ada", 1, crosswalk.Accept, crosswalk.SubsetOf))
	}
	for _, id := range []string{"O-1", "O-2", "P-3", "P-5", "P-6", "O-6"} {
		to.Proposals = append(to.Proposals, propose("new", to.Frameworks, id, "T-1", crosswalk.SubsetOf))
	}
	return from, to
}

func mustCarry(t testing.TB, from, to carry.Run) carry.Result {
	t.Helper()
	r, err := carry.Carry(from, to, ten)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range r.Decisions {
		if err := d.Check(); err != nil {
			t.Fatalf("%+v: %v", d, err)
		}
	}
	return r
}

func fates(r carry.Result) []string {
	var out []string
	for _, row := range r.Rows {
		waits := ""
		if row.Waits {
			waits = " waits"
		}
		out = append(out, fmt.Sprintf("%s %s to %s %s%s", row.Source.ID, row.Target.ID, row.NewSource.ID, row.Fate, waits))
	}
	return out
}

func TestADecisionComesAlongWhereNoTextChanged(t *testing.T) {
	from, to := story(t)

	r := mustCarry(t, from, to)

	want := []string{
		"O-1 T-1 to O-1 carried", "O-2 T-1 to O-2 reworded waits", "O-3 T-1 to P-3 carried",
		"O-4 T-1 to  gone waits", "O-5 T-1 to  gone waits", "O-6 T-1 to O-6 reworded waits",
	}
	if got := fates(r); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	why := r.Rows[3].Why + "; " + r.Rows[4].Why + "; " + r.Rows[5].Why
	if why != "O-4 is withdrawn in ours@2; O-5 went to P-5, P-6 in ours@2; only case, white space or typography" {
		t.Error(why)
	}
	got := map[string]crosswalk.Standing{}
	for _, s := range crosswalk.Current(to.Proposals, r.Decisions) {
		got[s.Source.ID] = s
	}
	for id, review := range map[string]crosswalk.Review{"O-1": crosswalk.Accepted, "O-2": "", "P-3": crosswalk.Accepted, "P-5": "", "O-6": ""} {
		if got[id].Review != review {
			t.Errorf("%s: %q, want %q", id, got[id].Review, review)
		}
	}
	d := got["P-3"].Decided
	if d.Reviewer != "ada" || d.Time.Before(ten) || d.Carried.Run != "old" || d.Carried.Decision != from.Decisions[2].ID || d.Carried.Source.ID != "O-3" {
		t.Errorf("%+v", d)
	}
	if r.Open != 4 || r.Count(carry.Kept) != 2 || r.Count(carry.Gone) != 2 {
		t.Errorf("%d open, %d carried, %d gone", r.Open, r.Count(carry.Kept), r.Count(carry.Gone))
	}
}

func TestADecisionOnATextThatChangedShowsWhatChanged(t *testing.T) {
	from, to := story(t)
	r := mustCarry(t, from, to)
	var at crosswalk.Standing
	for _, s := range crosswalk.Current(to.Proposals, r.Decisions) {
		if s.Source.ID == "O-2" {
			at = s
		}
	}
	if at.Review != crosswalk.Undecided || len(at.Stale) != 1 || at.Stale[0].Relation != crosswalk.SubsetOf {
		t.Fatalf("%+v", at)
	}

	source, target, err := carry.Changes(at.Stale[0], at, from.Frameworks, to.Frameworks)

	if err != nil {
		t.Fatal(err)
	}
	want := []corpus.Run{
		{Op: corpus.RunEqual, Text: "Staff are trained to recognise phishing mail every"}, {Op: corpus.RunDeleted, Text: "year"},
		{Op: corpus.RunInserted, Text: "month"}, {Op: corpus.RunEqual, Text: "."},
	}
	if !slices.Equal(source, want) || len(target) != 1 || target[0].Op != corpus.RunEqual {
		t.Errorf("%q, %q", source, target)
	}
	if !reflect.DeepEqual(r.Rows[1].SourceText, source) || r.Rows[1].TargetText != nil {
		t.Errorf("the report says %+v", r.Rows[1])
	}
	if _, _, err := carry.Changes(from.Decisions[1], at, from.Frameworks, to.Frameworks); err == nil {
		t.Error("a decision that nobody carried has changes")
	}
}

func TestCarryingTwiceAddsNothing(t *testing.T) {
	from, to := story(t)
	r := mustCarry(t, from, to)
	to.Decisions = append(to.Decisions, r.Decisions...)

	again, err := carry.Carry(from, to, ten.Add(time.Hour))

	if err != nil || len(again.Decisions) != 0 || len(again.Rows) != len(r.Rows) || again.Open != r.Open {
		t.Fatalf("%v, %+v", err, again)
	}
	for i, row := range again.Rows {
		if carried := row.Fate == carry.Kept || row.Fate == carry.Reworded; row.Before != carried || row.Fate != r.Rows[i].Fate || row.Waits != r.Rows[i].Waits {
			t.Errorf("%+v", row)
		}
	}
	// Somebody looks at what waits; somebody changes their mind in the old run.
	to.Decisions = append(to.Decisions, decide(to.Proposals[1], "grace", 90, crosswalk.Accept, crosswalk.SubsetOf))
	from.Decisions = append(from.Decisions, decide(from.Proposals[0], "ada", 5, crosswalk.Correct, crosswalk.Equal))
	more := mustCarry(t, from, to)
	if len(more.Decisions) != 1 || more.Decisions[0].Action != crosswalk.Correct || more.Rows[1].Waits {
		t.Errorf("%+v", more)
	}
}

func TestWhatAReviewerDecidedInTheNewRunIsLeftAlone(t *testing.T) {
	from, to := story(t)
	to.Decisions = append(to.Decisions, decide(to.Proposals[0], "ada", 2, crosswalk.Reject, ""))

	r := mustCarry(t, from, to)

	if r.Rows[0].Fate != carry.Redecided {
		t.Errorf("%+v", r.Rows[0])
	}
	if s := crosswalk.Current(to.Proposals, slices.Concat(to.Decisions, r.Decisions))[0]; s.Review != crosswalk.Rejected {
		t.Errorf("%+v", s)
	}
}

// TestADecisionSaysTheSameOfWhateverIsProposedNow goes through what was decided
// and what the new run proposes.
func TestADecisionSaysTheSameOfWhateverIsProposedNow(t *testing.T) {
	const none = "nothing"
	for _, c := range []struct {
		action   crosswalk.Action
		relation crosswalk.Relation
		now      crosswalk.Relation // empty: judged unrelated
		want     crosswalk.Action   // empty: not carried
	}{
		{crosswalk.Accept, crosswalk.SubsetOf, crosswalk.SubsetOf, crosswalk.Accept},
		{crosswalk.Accept, crosswalk.SubsetOf, crosswalk.Equal, crosswalk.Correct},
		{crosswalk.Accept, crosswalk.SubsetOf, "", crosswalk.Correct},
		{crosswalk.Accept, crosswalk.SubsetOf, none, crosswalk.Enter},
		{crosswalk.Accept, crosswalk.NoRelationship, "", crosswalk.Accept},
		{crosswalk.Accept, crosswalk.NoRelationship, crosswalk.Equal, crosswalk.Reject},
		{crosswalk.Correct, crosswalk.Equal, crosswalk.Equal, crosswalk.Accept},
		{crosswalk.Correct, crosswalk.Equal, crosswalk.SubsetOf, crosswalk.Correct},
		{crosswalk.Reject, "", crosswalk.SubsetOf, crosswalk.Reject},
		{crosswalk.Reject, "", "", crosswalk.Accept},
		{crosswalk.Reject, "", none, ""},
		{crosswalk.Enter, crosswalk.Equal, crosswalk.Equal, crosswalk.Accept},
		{crosswalk.Enter, crosswalk.Equal, none, crosswalk.Enter},
	} {
		from, to := story(t)
		was := from.Proposals[0]
		from.Decisions = []crosswalk.Decision{decide(was, "ada", 1, c.action, c.relation)}
		from.Proposals = from.Proposals[:1]
		if c.action == crosswalk.Enter {
			from.Proposals = nil
		}
		to.Proposals = nil
		if c.now != none {
			to.Proposals = append(to.Proposals, propose("new", to.Frameworks, "O-1", "T-1", c.now))
		}

		r := mustCarry(t, from, to)

		var got crosswalk.Action
		if len(r.Decisions) > 0 {
			got = r.Decisions[0].Action
			s := crosswalk.Current(to.Proposals, r.Decisions)[0]
			if old := crosswalk.Current(from.Proposals, from.Decisions)[0]; s.Decided == nil || s.Relation != old.Relation {
				t.Errorf("%+v: %+v", c, s)
			}
		} else if r.Rows[0].Fate != carry.Unproposed || r.Rows[0].Waits {
			t.Errorf("%+v: %+v", c, r.Rows[0])
		}
		if got != c.want {
			t.Errorf("%+v: got %q", c, got)
		}
	}
}

func TestAnEnteredPairWhoseTextChangedDoesNotStand(t *testing.T) {
	from, to := story(t)
	from.Decisions = []crosswalk.Decision{decide(from.Proposals[1], "ada", 1, crosswalk.Enter, crosswalk.Equal)}
	from.Proposals = nil

	for _, proposals := range [][]crosswalk.Proposal{to.Proposals, nil} {
		to.Proposals = proposals
		r := mustCarry(t, from, to)
		if len(r.Decisions) != 0 || !r.Rows[0].Waits || r.Rows[0].Why == "" || len(r.Rows[0].SourceText) != 4 {
			t.Errorf("%+v", r)
		}
	}
}

func TestTwoPairsThatBecomeOneAreNotBothCarried(t *testing.T) {
	from, to := story(t)
	to.Source = framework(t, "ours", "2", corpus.Element{ID: "O-1", Text: "Backups are encrypted before they leave the building."},
		corpus.Element{ID: "O-2", Withdrawn: true, Replaced: []string{"O-1"}}, corpus.Element{ID: "O-3", Withdrawn: true, Replaced: []string{"O-3"}})
	to.Proposals = to.Proposals[:1]
	slices.Reverse(from.Proposals)

	r := mustCarry(t, from, to)

	if len(r.Decisions) != 1 || r.Decisions[0].Carried.Source.ID != "O-1" || r.Count(carry.Merged) != 1 || r.Count(carry.Gone) != 4 {
		t.Errorf("%q", fates(r))
	}
}

func TestRunsThatHaveNothingToDoWithEachOtherAreRefused(t *testing.T) {
	from, to := story(t)
	if _, err := carry.Carry(from, from, ten); err == nil || !strings.Contains(err.Error(), "both are run old") {
		t.Error(err)
	}
	to.Source, to.Target = to.Target, to.Source
	if _, err := carry.Carry(from, to, ten); err == nil || !strings.Contains(err.Error(), "run new theirs to ours") {
		t.Error(err)
	}
}

// TestAnUnchangedEditionStandsAsItStood holds whatever reviewers decided, and
// whatever the new run proposes of the same pairs.
func TestAnUnchangedEditionStandsAsItStood(t *testing.T) {
	older, _ := ours(t)
	both := carry.Frameworks{Source: older, Target: theirs(t)}
	rapid.Check(t, func(rt *rapid.T) {
		from, to := carry.Run{ID: "old", Frameworks: both}, carry.Run{ID: "new", Frameworks: both}
		relations := append([]crosswalk.Relation{""}, crosswalk.Relations()[:4]...)
		for _, id := range []string{"O-1", "O-2", "O-3"} {
			from.Proposals = append(from.Proposals, propose("old", both, id, "T-1", rapid.SampledFrom(relations).Draw(rt, "was")))
			to.Proposals = append(to.Proposals, propose("new", both, id, "T-1", rapid.SampledFrom(relations).Draw(rt, "is")))
		}
		for i := range rapid.IntRange(0, 15).Draw(rt, "decisions") {
			p := rapid.SampledFrom(from.Proposals).Draw(rt, "pair")
			a := rapid.SampledFrom(crosswalk.Actions()).Draw(rt, "action")
			d := decide(p, rapid.SampledFrom([]string{"ada", "grace", "mary"}).Draw(rt, "reviewer"), i/2, a, rapid.SampledFrom(crosswalk.Relations()[:4]).Draw(rt, "relation"))
			if d.Relation != "" {
				strength := rapid.IntRange(0, 10).Draw(rt, "strength")
				d.Strength = &strength
				d.Group = rapid.SampledFrom([]string{"", "g"}).Draw(rt, "group")
			}
			if rapid.Bool().Draw(rt, "settles") {
				for _, s := range crosswalk.Current(from.Proposals, from.Decisions) {
					for _, by := range s.By {
						if by.Proposal == d.Proposal {
							d.Settles = append(d.Settles, by.ID)
						}
					}
				}
			}
			from.Decisions = append(from.Decisions, d.Identified())
		}

		r := mustCarry(t, from, to)

		was, is := crosswalk.Current(from.Proposals, from.Decisions), crosswalk.Current(to.Proposals, r.Decisions)
		for i := range was {
			a, b := was[i], is[i]
			if len(a.By) != len(b.By) || (a.Decided == nil) != (b.Decided == nil) || (a.Review == crosswalk.Conflict) != (b.Review == crosswalk.Conflict) {
				rt.Fatalf("was %+v\nis %+v", a, b)
			}
			if a.Decided != nil && (a.Relation != b.Relation || a.RationaleType != b.RationaleType || !reflect.DeepEqual(a.Strength, b.Strength) ||
				a.Decided.Reviewer != b.Decided.Reviewer || a.Decided.Group != b.Decided.Group) {
				rt.Fatalf("was %+v\nis %+v", a, b)
			}
			if a.Unanimous() != b.Unanimous() {
				rt.Fatalf("was %+v\nis %+v", a, b)
			}
		}
		to.Decisions = r.Decisions
		if again := mustCarry(t, from, to); len(again.Decisions) != 0 {
			rt.Fatalf("again %+v", again.Decisions)
		}
	})
}

// TestNothingIsLostBetweenTheEditionsOfTheCSF carries an accepted pair for every
// element of CSF 1.1.
func TestNothingIsLostBetweenTheEditionsOfTheCSF(t *testing.T) {
	open := func(spec string) *corpus.Framework {
		f, err := builtin.Open(spec)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	target := open("sp800-53")
	from := carry.Run{ID: "old", Frameworks: carry.Frameworks{Source: open("csf@1.1"), Target: target}}
	to := carry.Run{ID: "new", Frameworks: carry.Frameworks{Source: open("csf@2.0"), Target: target}}
	for _, e := range from.Source.Mappable() {
		p := propose("old", from.Frameworks, e.ID, "AC-1", crosswalk.IntersectsWith)
		from.Proposals = append(from.Proposals, p)
		from.Decisions = append(from.Decisions, decide(p, "ada", 1, crosswalk.Accept, crosswalk.IntersectsWith))
	}
	for _, e := range to.Source.Mappable() {
		to.Proposals = append(to.Proposals, propose("new", to.Frameworks, e.ID, "AC-1", crosswalk.IntersectsWith))
	}

	r := mustCarry(t, from, to)

	total := 0
	for _, f := range carry.Fates() {
		total += r.Count(f)
	}
	if total != len(from.Decisions) || len(r.Rows) != total || r.Count(carry.Reworded) == 0 || r.Count(carry.Gone) == 0 {
		t.Errorf("%d rows of %d decisions", total, len(from.Decisions))
	}
	for _, row := range r.Rows {
		if row.Fate != carry.Kept && (!row.Waits || row.Why == "" && len(row.SourceText) == 0) {
			t.Errorf("%+v", row)
		}
	}
}

func TestADisputeOnAPairThatIsNotProposedAgainWaits(t *testing.T) {
	from, to := story(t)
	to.Proposals = nil
	from.Decisions = []crosswalk.Decision{
		decide(from.Proposals[0], "ada", 1, crosswalk.Accept, crosswalk.SubsetOf), decide(from.Proposals[0], "grace", 2, crosswalk.Reject, ""),
	}

	r := mustCarry(t, from, to)

	if len(r.Decisions) != 0 || len(r.Rows) != 2 || !r.Rows[0].Waits || !r.Rows[1].Waits || r.Rows[0].Why != "reviewers disagreed" {
		t.Errorf("%+v", r)
	}
	settled := decide(from.Proposals[0], "mary", 3, crosswalk.Accept, crosswalk.SubsetOf)
	settled.Settles = []string{from.Decisions[0].ID, from.Decisions[1].ID}
	from.Decisions = append(from.Decisions, settled.Identified())
	r = mustCarry(t, from, to)
	all := crosswalk.Current(nil, r.Decisions)
	if len(r.Decisions) != 2 || len(all) != 1 || all[0].Review != crosswalk.Entered || all[0].Decided.Reviewer != "mary" || r.Rows[1].Waits {
		t.Errorf("%+v", r)
	}
}
