package main

import (
	"encoding/json"
	"strings"
	"testing"

	"concord/crosswalk/carry"
)

// TestANewEditionNamesWhatReturnsToTheQueueAndAddsNothingUnasked decides on a
// draft of CSF 1.1 and asks what CSF 2.0, which NIST put into other words, makes
// of it.
func TestANewEditionNamesWhatReturnsToTheQueueAndAddsNothingUnasked(t *testing.T) {
	runs := matrixDrafts(t, "csf@1.1 ssdf")
	mustExport(t, "export --drafts --out review.xlsx --run "+runs["csf@1.1 ssdf@1.1"])
	want := map[string]carry.Row{ // of each pair: what becomes of it, where it went, and why
		"ID.AM-1 PW.1.3": {Fate: carry.Reworded},
		"ID.AM-1 PO.2.1": {Fate: carry.Unproposed, Why: "a text changed"},
		"ID.AM-6 PO.2.2": {Fate: carry.Gone, Why: "ID.AM-6 is withdrawn in csf@2.0"},
	}
	for pair := range want {
		source, target, _ := strings.Cut(pair, " ")
		fill(t, "review.xlsx", source, target, map[string]string{"Your decision": "accept"})
	}
	mustExport(t, "review import review.xlsx --reviewer ada")
	about := func(flags string) editionDraft {
		t.Helper()
		var r editionReport
		if err := json.Unmarshal([]byte(mustExport(t, "edition --json csf@1.1 csf@2.0"+flags)), &r); err != nil {
			t.Fatal(err)
		}
		if len(r.Drafts) != 1 || r.Drafts[0].To.Source != "csf@2.0" || len(r.Drafts[0].Rows) != len(want) {
			t.Fatalf("%+v", r.Drafts)
		}
		return r.Drafts[0]
	}
	kept := func(run string) string {
		t.Helper()
		code, stdout, stderr := call(t, "export", "--drafts", "--format", "csv", "--run", run)
		if code != exitOK {
			t.Fatal(stderr)
		}
		if strings.Contains(stdout, ",ada,") {
			t.Error("a reworded pair is decided")
		}
		return stderr
	}

	asked := about("")

	for _, r := range asked.Rows {
		x, ok := want[r.Source.ID+" "+r.Target.ID]
		if !ok || r.Fate != x.Fate || r.Why != x.Why || !r.Waits || r.Reviewer != "ada" {
			t.Errorf("%+v", r)
		}
		if r.Fate == carry.Reworded && (r.NewSource.ID != "ID.AM-01" || len(r.SourceText) < 2) {
			t.Errorf("it does not say what changed: %+v", r)
		}
	}
	if asked.Added != 1 || !asked.DryRun {
		t.Errorf("%d would be added, dry run %t", asked.Added, asked.DryRun)
	}
	if again := about(""); again.To.Run != asked.To.Run || again.Added != 1 {
		t.Errorf("asking again gives run %s, not %s, and would add %d", again.To.Run, asked.To.Run, again.Added)
	}
	if said := kept(asked.To.Run); strings.Contains(said, "another version") {
		t.Errorf("asking alone added a decision: %s", said)
	}
	text := strings.Join(strings.Fields(mustExport(t, "edition csf@1.1 csf@2.0")), " ")
	for _, says := range []string{"Waiting for a person", "ID.AM-1 → PW.1.3 reworded: intersects_with by ada", "Now: ID.AM-01 → PW.1.3", "ID.AM-6 → PO.2.2 gone", "1 decision would be added"} {
		if !strings.Contains(text, says) {
			t.Errorf("%q is not said", says)
		}
	}

	if done := about(" --carry"); done.Added != 1 || done.DryRun {
		t.Errorf("--carry adds %d, dry run %t", done.Added, done.DryRun)
	}
	if said := kept(asked.To.Run); !strings.Contains(said, "1 decision on another version of the proposal, not counted") {
		t.Errorf("what came along is not told: %s", said)
	}
	if again := about(" --carry"); again.Added != 0 {
		t.Errorf("carrying again adds %d", again.Added)
	}
}
