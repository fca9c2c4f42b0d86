package export_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/export"
)

// verdict makes up a decision on a proposal, minutes after nine.
func verdict(p crosswalk.Proposal, reviewer string, minute int, a crosswalk.Action, r crosswalk.Relation) crosswalk.Decision {
	d := crosswalk.Decision{
		Time: time.Date(2026, 11, 22, 9, minute, 0, 5, time.UTC), Reviewer: reviewer, Proposal: p.ID, ProposalSHA256: p.SHA256(), Action: a, Relation: r,
	}
	switch a {
	case crosswalk.Reject:
		d.Reason, d.Comment = crosswalk.WrongTarget, "not ours"
	case crosswalk.Enter:
		d.Source, d.Target, d.ProposalSHA256, d.RationaleType = p.Source, p.Target, "", p.RationaleType
	default:
		d.RationaleType = p.RationaleType
	}
	return d.Identified()
}

// said prints a row in short.
func said(r exchange.Row) string {
	return fmt.Sprintf("%s|%s|%s|%s|%s", r.Source, r.Target, r.Relation, r.State, r.Reviewer)
}

func crosswalkOf(t *testing.T, d *export.Document, s export.Scope, decisions ...crosswalk.Decision) (*exchange.Crosswalk, []string) {
	t.Helper()
	c, err := d.Crosswalk(decisions, s)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, r := range c.Rows {
		rows = append(rows, said(r))
	}
	return c, rows
}

func TestOnlyWhatPeopleDecidedIsInACrosswalkUnlessDraftsAreAskedFor(t *testing.T) {
	d := morning(t)
	watch, count, lock, stood := d.Proposals[0], d.Proposals[1], d.Proposals[2], d.Proposals[3]
	decisions := []crosswalk.Decision{
		verdict(watch, "grace", 1, crosswalk.Accept, crosswalk.SubsetOf), verdict(watch, "ada", 2, crosswalk.Accept, crosswalk.SubsetOf),
		verdict(lock, "ada", 3, crosswalk.Reject, ""),
		verdict(stood, "ada", 4, crosswalk.Accept, crosswalk.SubsetOf), verdict(stood, "grace", 5, crosswalk.Correct, crosswalk.Equal),
		verdict(pair(d, "BK.OV-04", "K-5", "", "", 0), "ada", 6, crosswalk.Enter, crosswalk.IntersectsWith),
	}
	yes := []string{
		"BK.OV-01|K-1|subset_of|accepted|ada, grace",
		"BK.OV-01#secure|K-2|no_relationship|rejected|ada",
		"BK.OV-04|K-5|intersects_with|entered|ada",
	}

	c, rows := crosswalkOf(t, d, export.Scope{}, decisions...)
	if c.Draft || !slices.Equal(rows, yes) {
		t.Errorf("draft %v: %q", c.Draft, rows)
	}
	if r := c.Rows[1]; r.Comment != "wrong-target: not ours" || r.Decided != time.Date(2026, 11, 22, 9, 3, 0, 0, time.UTC) || r.SourceTitle == "" || r.Proposal != lock.ID {
		t.Errorf("%+v", r)
	}
	if c.Made != time.Date(2026, 11, 22, 9, 6, 0, 0, time.UTC) || c.Source.Digest != d.Source.Digest() || c.Title != "Bakery Profile to Kitchen Controls" {
		t.Errorf("%+v", c)
	}

	c, rows = crosswalkOf(t, d, export.Scope{Drafts: true}, decisions...)
	if want := slices.Insert(slices.Clone(yes), 2, "BK.OV-01#defend|K-1|subset_of||"); !c.Draft || !slices.Equal(rows, want) {
		t.Errorf("draft %v: %q", c.Draft, rows)
	}
	if r := c.Rows[2]; !slices.Contains(r.Flags, export.FlagConflict) {
		t.Errorf("nobody would see that reviewers disagree: %+v", r)
	}

	_, rows = crosswalkOf(t, d, export.Scope{Drafts: true, Unrelated: true}, verdict(count, "ada", 1, crosswalk.Accept, crosswalk.NoRelationship))
	if text := strings.Join(rows, "\n"); len(rows) != 5 || !strings.Contains(text, "BK.OV-01|K-4|no_relationship|accepted|ada") ||
		!strings.Contains(text, "BK.OV-03|K-4|no_relationship||") {
		t.Errorf("%q", rows)
	}
}

func TestAnElementIsAJudgedGapOnlyIfNothingWaitsForADecision(t *testing.T) {
	d := morning(t)
	gaps := func(decisions ...crosswalk.Decision) string {
		c, _ := crosswalkOf(t, d, export.Scope{}, decisions...)
		var out []string
		for _, g := range c.Gaps {
			if g.Side == crosswalk.SourceSide {
				out = append(out, fmt.Sprintf("%s %v", g.ID, g.Judged))
			}
		}
		return strings.Join(out, ", ")
	}
	if got, want := gaps(), "BK.OV-01 false, BK.OV-01#secure false, BK.OV-01#defend false, BK.OV-02 false, BK.OV-03 true, BK.OV-04 false"; got != want {
		t.Errorf("nobody decided: %s", got)
	}
	if got, want := gaps(verdict(d.Proposals[0], "ada", 1, crosswalk.Accept, crosswalk.SubsetOf), verdict(d.Proposals[2], "ada", 1, crosswalk.Reject, "")),
		"BK.OV-01#secure true, BK.OV-01#defend false, BK.OV-02 false, BK.OV-03 true, BK.OV-04 false"; got != want {
		t.Errorf("one accepted, one rejected: %s", got)
	}
}

func TestADecisionOnAnUnknownElementIsRefused(t *testing.T) {
	d := morning(t)
	stranger := pair(d, "BK.OV-01", "K-99", "", "", 0)
	if _, err := d.Crosswalk([]crosswalk.Decision{verdict(stranger, "ada", 1, crosswalk.Enter, crosswalk.Equal)}, export.Scope{}); err == nil || !strings.Contains(err.Error(), "K-99") {
		t.Error(err)
	}
}
