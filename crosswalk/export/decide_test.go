package export_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/table"
	"concord/crosswalk/export"
)

var ada = export.Reviewer{Name: "ada", Now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}

// on makes up what a file says of a proposal.
func on(p crosswalk.Proposal, a exchange.Action, r crosswalk.Relation) exchange.Decision {
	s := exchange.Decision{Source: p.Source.ID, Target: p.Target.ID, Proposal: p.ID, ProposalSHA256: p.SHA256(), Action: a, Relation: r}
	if r != "" {
		s.RationaleType = p.RationaleType
	}
	if a == exchange.Reject {
		s.Reason = "wrong-target"
	}
	return s
}

func TestWhatAFileSaysIsTakenOnce(t *testing.T) {
	d := morning(t)
	watch, lock := d.Proposals[0], d.Proposals[2]
	byIDs := on(lock, exchange.Correct, crosswalk.Equal)
	byIDs.Proposal, byIDs.ProposalSHA256, byIDs.Time = "", "", time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	grace := on(watch, exchange.Reject, "")
	grace.Reviewer = "grace"
	said := []exchange.Decision{
		on(watch, exchange.Accept, crosswalk.SubsetOf), byIDs, grace,
		{Source: "BK.OV-04", Target: "K-5", Action: "enter", Relation: crosswalk.Equal, RationaleType: crosswalk.Functional},
	}

	got, err := d.Take(said, nil, ada)

	if err != nil || len(got.Decisions) != 3 || got.Others != 1 || got.Repeated != 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	if first, second := got.Decisions[0], got.Decisions[1]; first.Time != ada.Now || second.Time != byIDs.Time || second.Proposal != lock.ID {
		t.Errorf("%+v", got.Decisions)
	}
	for _, decision := range got.Decisions {
		if err := decision.Check(); err != nil || decision.Reviewer != "ada" {
			t.Errorf("%+v: %v", decision, err)
		}
	}
	later := ada
	later.Now = ada.Now.Add(time.Hour)
	if again, err := d.Take(said, got.Decisions, later); err != nil || again.Repeated != 3 || len(again.Decisions) > 0 {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestEveryDecisionThatIsWrongIsNamed(t *testing.T) {
	d := morning(t)
	watch, sweep := d.Proposals[0], d.Proposals[4]
	stale, other := on(watch, exchange.Accept, crosswalk.SubsetOf), on(watch, exchange.Skip, "")
	stale.ProposalSHA256 = "old"
	other.Target = "K-2"
	said := []exchange.Decision{
		on(watch, exchange.Accept, crosswalk.Equal), stale, other, on(sweep, exchange.Accept, crosswalk.Equal),
		{Source: "BK.OV-01", Target: "K-5", Action: exchange.Reject, Reason: "other"},
		{Source: "BK.OV-99", Target: "K-5", Action: "enter", Relation: crosswalk.Equal, RationaleType: crosswalk.Semantic},
		on(watch, exchange.Skip, ""),
	}

	got, err := d.Take(said, nil, ada)

	wrong, ok := errors.AsType[*export.DecideError](err)
	if !ok || len(got.Decisions) > 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	want := []string{"it accepts equal", "stale", "is about BK.OV-01 to K-1", "nothing was proposed", "no such pair", `no element "BK.OV-99"`}
	if len(wrong.Faults) != len(want) {
		t.Fatalf("%q", wrong.Faults)
	}
	for i, w := range want {
		if !strings.Contains(wrong.Faults[i], w) {
			t.Errorf("%q does not say %q", wrong.Faults[i], w)
		}
	}
}

func TestAReviewerMaySettleWhatOthersDisagreeOn(t *testing.T) {
	d := morning(t)
	watch := d.Proposals[0]
	known := []crosswalk.Decision{verdict(watch, "grace", 1, crosswalk.Accept, crosswalk.SubsetOf), verdict(watch, "mary", 2, crosswalk.Reject, "")}
	settling := ada
	settling.Settle = true

	got, err := d.Take([]exchange.Decision{on(watch, exchange.Correct, crosswalk.Equal)}, known, settling)

	if err != nil || len(got.Decisions) != 1 || len(got.Decisions[0].Settles) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	if s := crosswalk.Current(d.Proposals, append(known, got.Decisions...))[0]; s.Review != crosswalk.Corrected || s.Relation != crosswalk.Equal {
		t.Errorf("%+v", s)
	}
}

// TestWhatIsExportedSaysWhatWasDecided sends decisions through a file and back.
func TestWhatIsExportedSaysWhatWasDecided(t *testing.T) {
	d := morning(t)
	decisions := []crosswalk.Decision{
		verdict(d.Proposals[0], "ada", 1, crosswalk.Accept, crosswalk.SubsetOf), verdict(d.Proposals[2], "ada", 2, crosswalk.Reject, ""),
		verdict(d.Proposals[3], "ada", 3, crosswalk.Correct, crosswalk.Equal),
		verdict(pair(d, "BK.OV-04", "K-5", "", "", 0), "ada", 4, crosswalk.Enter, crosswalk.IntersectsWith),
	}
	c, err := d.Crosswalk(decisions, export.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := table.Write(&b, c); err != nil {
		t.Fatal(err)
	}
	if c, err = table.Read(b.Bytes()); err != nil {
		t.Fatal(err)
	}

	got, err := d.Take(export.Said(c), nil, ada)

	if err != nil || len(got.Decisions) != len(decisions) {
		t.Fatalf("%+v, %v", got, err)
	}
	for _, was := range decisions {
		if !slices.ContainsFunc(got.Decisions, func(is crosswalk.Decision) bool {
			return is.Proposal == was.Proposal && is.Action == was.Action && is.Relation == was.Relation && is.Reason == was.Reason &&
				is.Comment == was.Comment && is.Time.Equal(was.Time.Truncate(time.Second)) && is.Check() == nil
		}) {
			t.Errorf("%+v did not come back", was)
		}
	}
}
