package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/exchange/document"
	"concord/crosswalk/ledger"
)

func TestAgreementOfTwoReviewersIsPrinted(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	must := func(args string) string {
		t.Helper()
		code, stdout, stderr := call(t, strings.Fields(args)...)
		if code != exitOK {
			t.Fatalf("concord %s: exit code %d: %s", args, code, stderr)
		}
		return stdout
	}
	if code, _, stderr := call(t, "review", "agreement"); code != exitUsage || !strings.Contains(stderr, "concord draft") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	must("draft --from csf --to sp800-53 --kind control --depth 3")
	if code, _, stderr := call(t, "review", "agreement"); code != exitUsage || !strings.Contains(stderr, "nobody has decided") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if code, _, stderr := call(t, "review", "agreement", "--run", "nosuch"); code != exitUsage || !strings.Contains(stderr, `no run "nosuch"`) {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	disagree(t, must("export --drafts --format json"))

	text := must("review agreement")

	for _, says := range []string{"20 pairs by 2 reviewers (ada, bob), 20 by two or more", "relation", "alpha 0.", "ada, bob", "0.900", "kappa 0.", "superset_of",
		"undefined", "all answers are the same", "SAME AS PROPOSED", "no decision was made blind"} {
		if !strings.Contains(text, says) {
			t.Errorf("it does not say %q:\n%s", says, text)
		}
	}
	var out agreed
	if err := json.Unmarshal([]byte(must("review agreement --json --seed 3")), &out); err != nil {
		t.Fatal(err)
	}
	if k := out.Groups[0].Questions[0].Kappas[0]; len(out.Runs) != 1 || out.Seed != 3 || k.Pairs != 20 || k.Kappa.Value == nil || k.Kappa.Low == nil {
		t.Errorf("%+v of %v", k, out.Runs)
	}
	if once, twice := must("review agreement --run "+out.Runs[0]), must("review agreement --run "+out.Runs[0]+" --run "+out.Runs[0]); once != twice || once != text {
		t.Errorf("%s\n%s", once, twice)
	}
}

// disagree lets two reviewers decide on the first 20 mapped proposals of a draft:
// ada rejects the first four and bob the first two, and they accept the others.
func disagree(t *testing.T, draft string) {
	t.Helper()
	c, err := document.Read([]byte(draft))
	if err != nil {
		t.Fatal(err)
	}
	book, err := ledger.Open(context.Background(), ".concord/ledger.db")
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	doc, err := loadRun(context.Background(), book, c.Run)
	if err != nil {
		t.Fatal(err)
	}
	var decisions []crosswalk.Decision
	for _, p := range doc.Proposals {
		if p.Outcome != crosswalk.Mapped || len(decisions) == 40 {
			continue
		}
		pair := len(decisions) / 2
		for i, name := range []string{"ada", "bob"} {
			d := crosswalk.Decision{Time: time.Date(2026, 11, 20, 9, len(decisions), 0, 0, time.UTC), Reviewer: name, Proposal: p.ID, ProposalSHA256: p.SHA256(),
				Action: crosswalk.Accept, Relation: p.Relation, RationaleType: p.RationaleType, SuggestionVisible: true}
			if pair < []int{4, 2}[i] {
				d.Action, d.Reason, d.Relation, d.RationaleType = crosswalk.Reject, crosswalk.WrongTarget, "", ""
			}
			decisions = append(decisions, d.Identified())
		}
	}
	if _, err := book.Decide(context.Background(), c.Run, decisions); err != nil || len(decisions) != 40 {
		t.Fatalf("%d decisions, %v", len(decisions), err)
	}
}
