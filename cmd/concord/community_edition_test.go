package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"concord/corpus"
	"concord/crosswalk/carry"
	"concord/crosswalk/edition"
	"concord/crosswalk/edition/editiontest"
	"concord/crosswalk/exchange"
	"concord/crosswalk/register"
)

// moveToTheNextEdition carries decisions, gaps and comments along.
func (c community) moveToTheNextEdition() {
	t := c.t
	t.Helper()
	var file bytes.Buffer
	if err := corpus.WriteLines(&file, editiontest.Next(t)); err != nil {
		t.Fatal(err)
	}
	written(t, "next.jsonl", file.String())
	report := func(more ...string) (r editionReport) {
		t.Helper()
		if err := json.Unmarshal([]byte(c.must("edition --json cyber-ai-profile@iprd next.jsonl", more...)), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}

	r := report()

	var changed []string
	for _, x := range r.Changes {
		changed = append(changed, fmt.Sprintf("%s>%s %s", x.From, x.To, strings.Join(x.What, "+")))
	}
	slices.Sort(changed)
	if want := []string{
		">GV.OC-01#thwart-n added", ">GV.OC-05#secure-b added", "GV.OC-02#defend>GV.OC-02#defend reworded", "GV.OC-04#defend> removed", "GV.OC-04#secure>GV.OC-04#secure reworded",
		"GV.OC-05#secure>GV.OC-05#secure reworded", "GV.RM-01#defend>GV.RM-01#defend-a renumbered", "GV.RM-02#thwart>GV.RM-02#thwart withdrawn",
	}; !slices.Equal(changed, want) {
		t.Errorf("changed: %q", changed)
	}
	if len(r.Regrouped) != 2 || r.Regrouped[0].Kind != edition.Split || r.Regrouped[0].One != "GV.OC-05#secure" || r.Regrouped[1].Kind != edition.Merged || r.Regrouped[1].One != "GV.OC-04#secure" {
		t.Errorf("regrouped: %+v", r.Regrouped)
	}
	if len(r.Drafts) != 2 || r.Drafts[0].From.Run != c.ssdf || r.Drafts[1].From.Run != c.airmf || !r.Drafts[0].DryRun || r.Drafts[0].Added != 11 {
		t.Fatalf("%+v", r.Drafts)
	}
	next := r.Drafts[0].To.Run
	if code, _, stderr := call(t, "export", "--format", "json", "--run", next); code != exitUsage || !strings.Contains(stderr, "nobody has decided on a row of run "+next) {
		t.Errorf("without --carry something was decided: exit code %d: %s", code, stderr)
	}
	fates := map[string]carry.Fate{}
	for _, x := range r.Drafts[0].Rows {
		fates[x.Source.ID+" "+x.Target.ID] = x.Fate
		if waits := x.Fate != carry.Kept; x.Waits != waits {
			t.Errorf("%s %s is %s, and waits: %t", x.Source.ID, x.Target.ID, x.Fate, x.Waits)
		}
	}
	for of, want := range map[string]carry.Fate{
		"GV.OC-02 PO.2.1": carry.Kept, "GV.OC-03#defend PW.2.1": carry.Kept, "GV.OC-04 PO.1.3": carry.Kept, "GV.RM-01#defend RV.1.3": carry.Kept,
		"GV.RM-02#secure PW.1.2": carry.Kept, "GV.OC-02#defend PO.2.2": carry.Unproposed, "GV.OC-04#secure PO.1.3": carry.Reworded,
		"GV.OC-05#secure PO.2.2": carry.Reworded, "GV.RM-03#defend PW.9.1": carry.Kept, "GV.OC-04#defend PO.4.2": carry.Gone, "GV.RM-02#thwart PW.1.1": carry.Gone,
	} {
		if fates[of] != want {
			t.Errorf("%s is %s, want %s", of, fates[of], want)
		}
	}

	r = report("--carry")

	if r.Drafts[0].To.Run != next || r.Drafts[0].DryRun || r.Drafts[0].Added == 0 || r.Drafts[1].Added != 2 {
		t.Errorf("%+v", r.Drafts)
	}
	if got, want := c.standings(next), []string{
		"GV.OC-02 no_relationship PO.2.1 rejected ada", "GV.OC-02 no_relationship PO.2.3 rejected ada", "GV.OC-02 no_relationship PO.4.1 rejected ada",
		"GV.OC-03#defend subset_of PW.2.1 corrected ada", "GV.OC-04 intersects_with PO.1.3 accepted ada", "GV.RM-01#defend-a intersects_with RV.1.3 accepted ada",
		"GV.RM-02#secure intersects_with PW.1.2 accepted ada", "GV.RM-02#secure intersects_with PW.2.1 accepted ada",
		"GV.RM-03#defend subset_of PW.9.1 entered ada",
	}; !slices.Equal(got, want) {
		t.Errorf("carried:\n%s", strings.Join(got, "\n"))
	}
	carried := c.crosswalk(next, false)
	if one, other := pair(t, carried, "GV.RM-02#secure", "PW.1.2"), pair(t, carried, "GV.RM-02#secure", "PW.2.1"); one.Group == "" || one.Group != other.Group {
		t.Errorf("the group came apart: %q, %q", one.Group, other.Group)
	}
	_, said := c.both("export --format csv --run " + next)
	c.says(said, "2 decisions on another version of the proposal, not counted")
	reworded := pair(t, c.crosswalk(next, true), "GV.OC-04#secure", "PO.1.3")
	if reworded.State != exchange.Draft || reworded.Reviewer != "" {
		t.Errorf("%+v", reworded)
	}
	c.seeAtTheDesk(next, reworded.Proposal, "Decided on a former version, which counts no more", "<ins>", "sustains the services stakeholders depend on")
	if again := report("--carry"); again.Drafts[0].Added != 0 || again.Drafts[1].Added != 0 {
		t.Errorf("carrying twice adds %d and %d", again.Drafts[0].Added, again.Drafts[1].Added)
	}
	c.keepGapsAndComments(next)
}

// keepGapsAndComments holds the register and the comments against the run of the
// next edition.
func (c community) keepGapsAndComments(next string) {
	t := c.t
	t.Helper()
	c.must("gaps update --by ada --run " + next)
	gaps := map[string]register.Gap{}
	for _, g := range listedGaps(t, func(args ...string) string { return c.must(args[0], args[1:]...) }, "--status", "all") {
		gaps[g.Element] = g
	}
	for _, id := range []string{"GV.RM-07#defend", "PO.3.1"} {
		if g := gaps[id]; g.Owner != "grace" || g.Due != "2027-01-31" || g.Status != register.Planned || g.Last.Run != next {
			t.Errorf("%+v", g)
		}
	}
	if g := gaps["GV.RR-01#defend"]; g.Owner != "ada" || g.Due != "2027-02-28" {
		t.Errorf("%+v", g)
	}
	// Cells that are new, or whose decision does not hold any more, are gaps now.
	for _, id := range []string{"GV.OC-01#thwart-n", "GV.OC-05#secure", "GV.OC-05#secure-b", "GV.OC-04#secure"} {
		if gaps[id].Status != register.Open {
			t.Errorf("%s: %+v", id, gaps[id])
		}
	}

	states := map[string]string{}
	for _, x := range c.comments(next).Comments {
		for _, r := range x.Rows {
			states[r.Source] = r.State
			if r.Source == "GV.OC-04#secure" && (len(r.Changes) != 1 || r.Changes[0].Of != "source" || !strings.HasPrefix(r.Changes[0].New, r.Changes[0].Old+" Organizations need to")) {
				t.Errorf("%+v", r.Changes)
			}
		}
	}
	for source, want := range map[string]string{"GV.OC-04#secure": "changed", "GV.OC-03#defend": "same", "GV.RM-02#thwart": "gone"} {
		if states[source] != want {
			t.Errorf("the row of %s is %q, want %q", source, states[source], want)
		}
	}
	c.says(c.must("comments list --run "+next), "{+Organizations need to", "accepted by ada", "4 comments: 3 answered, 1 open; 1 bound to nothing")
	c.must("comments report --out report.html --run " + next)
	page, err := os.ReadFile("report.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<ins", "we look at it again"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the report does not show %s", want)
		}
	}
}
