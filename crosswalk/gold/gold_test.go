package gold_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/gold"
	"concord/crosswalk/mapping"
)

var nine = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

func framework(t testing.TB, name string, n int) *corpus.Framework {
	t.Helper()
	f := &corpus.Framework{Name: name, Edition: "1", Title: name}
	for i := range n {
		f.Elements = append(f.Elements, corpus.Element{ID: fmt.Sprintf("%s-%d", name, i+1), Kind: corpus.KindControl, Text: fmt.Sprintf("Requirement %d of %s.", i+1, name)})
	}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	return f
}

// run is one in which every pair of three sources and two targets was proposed.
func run(t testing.TB) gold.Run {
	r := gold.Run{ID: "r", Source: framework(t, "A", 3), Target: framework(t, "B", 3)}
	for _, s := range r.Source.Elements {
		for _, to := range r.Target.Elements[:2] {
			p := crosswalk.Proposal{
				Run: "r", Source: r.Source.Ref(s.ID), Target: r.Target.Ref(to.ID), SourceSHA256: s.TextSHA256(), TargetSHA256: to.TextSHA256(),
				Outcome: crosswalk.Mapped, Relation: crosswalk.SubsetOf, RationaleType: crosswalk.Semantic,
			}
			p.ID = crosswalk.ProposalID(p.Source, p.Target, p.RationaleType)
			r.Proposals = append(r.Proposals, p)
		}
	}
	return r
}

func decide(p crosswalk.Proposal, reviewer string, minute int, a crosswalk.Action) crosswalk.Decision {
	d := crosswalk.Decision{Time: nine.Add(time.Duration(minute) * time.Minute), Reviewer: reviewer, Proposal: p.ID, ProposalSHA256: p.SHA256(), Action: a}
	switch a {
	case crosswalk.Accept:
		d.Relation, d.RationaleType = p.Relation, p.RationaleType
	case crosswalk.Correct:
		d.Relation, d.RationaleType = crosswalk.Equal, p.RationaleType
	case crosswalk.Enter:
		d.Source, d.Target, d.ProposalSHA256, d.Relation, d.RationaleType = p.Source, p.Target, "", crosswalk.Equal, p.RationaleType
	case crosswalk.Reject:
		d.Reason = crosswalk.WrongTarget
	}
	return d.Identified()
}

// entered is a decision on the third target, which was never proposed.
func entered(r gold.Run, source, reviewer string, minute int) crosswalk.Decision {
	p := crosswalk.Proposal{Source: r.Source.Ref(source), Target: r.Target.Ref("B-3"), RationaleType: crosswalk.Functional}
	p.ID = crosswalk.ProposalID(p.Source, p.Target, p.RationaleType)
	return decide(p, reviewer, minute, crosswalk.Enter)
}

func mustMake(t testing.TB, r gold.Run) gold.Set {
	t.Helper()
	s, err := gold.Of(r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func said(s gold.Set) []string {
	var out []string
	for _, r := range s.Rows {
		out = append(out, strings.Join([]string{r.Source, r.Target, string(r.Slice), string(r.Relation), strings.Join(r.Reviewers, "+")}, " "))
	}
	return out
}

func TestASourceIsAGapOnlyIfAllOfItWasRejected(t *testing.T) {
	for name, c := range map[string]struct {
		second func(gold.Run) []crosswalk.Decision
		gap    bool
	}{
		"rejected": {func(r gold.Run) []crosswalk.Decision {
			return []crosswalk.Decision{decide(r.Proposals[1], "ada", 2, crosswalk.Reject)}
		}, true},
		"undecided": {func(gold.Run) []crosswalk.Decision { return nil }, false},
		"skipped": {func(r gold.Run) []crosswalk.Decision {
			return []crosswalk.Decision{decide(r.Proposals[1], "ada", 2, crosswalk.Skip)}
		}, false},
		"accepted": {func(r gold.Run) []crosswalk.Decision {
			return []crosswalk.Decision{decide(r.Proposals[1], "ada", 2, crosswalk.Accept)}
		}, false},
		"in dispute": {func(r gold.Run) []crosswalk.Decision {
			return []crosswalk.Decision{decide(r.Proposals[1], "ada", 2, crosswalk.Reject), decide(r.Proposals[1], "grace", 3, crosswalk.Accept)}
		}, false},
		"entered": {func(r gold.Run) []crosswalk.Decision {
			return []crosswalk.Decision{decide(r.Proposals[1], "ada", 2, crosswalk.Reject), entered(r, "A-1", "ada", 3)}
		}, false},
	} {
		r := run(t)
		r.Decisions = append(c.second(r), decide(r.Proposals[0], "ada", 1, crosswalk.Reject))
		s := mustMake(t, r)
		if got := slices.Contains(said(s), "A-1  gap  ada"); got != c.gap {
			t.Errorf("%s: %q", name, said(s))
		}
		if slices.ContainsFunc(s.Rows, func(r gold.Row) bool { return r.Source != "A-1" }) {
			t.Errorf("%s: nobody decided on %q", name, said(s))
		}
	}
}

func TestWhatDoesNotStandIsCountedAndLeftOut(t *testing.T) {
	r := run(t)
	stale := decide(r.Proposals[1], "ada", 1, crosswalk.Accept)
	stale.ProposalSHA256 = "another"
	r.Decisions = []crosswalk.Decision{
		decide(r.Proposals[0], "ada", 1, crosswalk.Accept), decide(r.Proposals[0], "grace", 2, crosswalk.Correct),
		stale.Identified(),
		decide(r.Proposals[2], "ada", 3, crosswalk.Skip),
		decide(r.Proposals[3], "ada", 4, crosswalk.Skip), decide(r.Proposals[3], "ada", 5, crosswalk.Undo),
		decide(r.Proposals[4], "grace", 6, crosswalk.Accept), decide(r.Proposals[4], "ada", 7, crosswalk.Accept),
	}

	s := mustMake(t, r)

	if s.Left != (gold.Left{Conflict: 1, Stale: 1, Skipped: 1, Undecided: 2}) {
		t.Errorf("%+v", s.Left)
	}
	if got := said(s); !slices.Equal(got, []string{"A-3 B-1 positive subset_of ada+grace"}) || s.Twice != 2 || s.Same != 1 || !s.Date.Equal(nine.Add(7*time.Minute)) {
		t.Errorf("%q, %d of %d, %s", got, s.Same, s.Twice, s.Date)
	}
}

func TestWhoWasOverruledIsNotNamed(t *testing.T) {
	r := run(t)
	ada, grace := decide(r.Proposals[0], "ada", 1, crosswalk.Accept), decide(r.Proposals[0], "grace", 2, crosswalk.Reject)
	mary := decide(r.Proposals[0], "mary", 3, crosswalk.Reject)
	mary.Settles = []string{ada.ID, grace.ID}
	r.Decisions = []crosswalk.Decision{ada, grace, mary.Identified()}

	s := mustMake(t, r)

	if got := said(s); !slices.Equal(got, []string{"A-1 B-1 hard_negative no_relationship grace+mary"}) || s.Same != 0 || s.Twice != 1 {
		t.Errorf("%q, %d of %d", got, s.Same, s.Twice)
	}
}

func TestADecisionOnWhatIsWithdrawnIsRefused(t *testing.T) {
	r := run(t)
	r.Decisions = []crosswalk.Decision{entered(r, "A-1", "ada", 1)}
	r.Target.Elements[2].Withdrawn = true
	if _, err := gold.Of(r); err == nil || !strings.Contains(err.Error(), "B-3") {
		t.Error(err)
	}
}

func TestAReviewerIsNoFormula(t *testing.T) {
	r := run(t)
	r.Decisions = []crosswalk.Decision{decide(r.Proposals[0], "=1+1", 1, crosswalk.Accept)}
	data, err := mustMake(t, r).TSV("")
	if err != nil || !strings.Contains(string(data), "\t'=1+1\t") || strings.Contains(string(data), "split") || strings.Contains(string(data), "raw_agreement") {
		t.Errorf("%v: %s", err, data)
	}
}

// TestLabelsAreReadAsTheyWereWritten holds the file against the reader of
// labels, whatever was decided.
func TestLabelsAreReadAsTheyWereWritten(t *testing.T) {
	r := run(t)
	rapid.Check(t, func(rt *rapid.T) {
		r.Decisions = nil
		for i := range rapid.IntRange(1, 15).Draw(rt, "decisions") {
			reviewer := rapid.SampledFrom([]string{"ada", "grace: \"g\"", "#mary"}).Draw(rt, "reviewer")
			if rapid.IntRange(0, 5).Draw(rt, "by hand") == 0 {
				r.Decisions = append(r.Decisions, entered(r, rapid.SampledFrom([]string{"A-1", "A-2"}).Draw(rt, "source"), reviewer, i))
				continue
			}
			a := rapid.SampledFrom([]crosswalk.Action{crosswalk.Accept, crosswalk.Reject, crosswalk.Correct, crosswalk.Skip, crosswalk.Undo}).Draw(rt, "action")
			d := decide(rapid.SampledFrom(r.Proposals).Draw(rt, "pair"), reviewer, i, a)
			if d.Relation != "" {
				strength := rapid.IntRange(0, 10).Draw(rt, "strength")
				d.Strength = &strength
			}
			r.Decisions = append(r.Decisions, d.Identified())
		}
		s := mustMake(t, r)
		decided := 0
		for _, at := range crosswalk.Current(r.Proposals, r.Decisions) {
			if at.Decided != nil {
				decided++
			}
		}
		gaps := 0
		for _, row := range s.Rows {
			if row.Slice == gold.Gap {
				gaps++
			}
		}
		if left := s.Left; len(s.Rows)-gaps != decided || decided+left.Conflict+left.Stale+left.Skipped+left.Undecided < len(r.Proposals) {
			rt.Fatalf("%d decided: %q, %+v", decided, said(s), left)
		}
		if len(s.Rows) == 0 {
			return
		}
		data, err := s.TSV(rapid.SampledFrom(gold.Splits()).Draw(rt, "split"))
		if err != nil {
			rt.Fatal(err)
		}
		table, err := mapping.Read("labels.tsv", data)
		if err != nil {
			rt.Fatalf("%v\n%s", err, data)
		}
		rows, err := table.Bind(r.Source, r.Target)
		if err != nil || len(rows) != len(s.Rows) || len(mapping.Reworded(rows, r.Source, r.Target)) > 0 {
			rt.Fatalf("%d rows, %v\n%s", len(rows), err, data)
		}
		for i, row := range s.Rows {
			got, strength := rows[i], -1
			if row.Strength != nil {
				strength = *row.Strength
			}
			if got.Source != row.Source || got.Target != row.Target || got.Relation != row.Relation || got.RationaleType != row.RationaleType ||
				got.Strength != strength || got.Gap != (row.Slice == gold.Gap) {
				rt.Fatalf("wrote %+v, read %+v", row, got)
			}
		}
	})
}
