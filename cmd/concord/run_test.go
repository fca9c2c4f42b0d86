package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"concord/internal/mockapi"
)

// TestARunIsMadeAgainFromTheLedgerAlone drafts with faults on the way, takes the
// endpoint away and makes the draft again.
func TestARunIsMadeAgainFromTheLedgerAlone(t *testing.T) {
	api := &mockapi.Server{Refuses: []string{"json_schema"}, Fault: func(n int) mockapi.Fault {
		switch n {
		case 3:
			return mockapi.Prose // repaired
		case 5:
			return mockapi.BadRequest // fails that source
		}
		return mockapi.None
	}}
	model(t, api)
	t.Setenv("CONCORD_ENDPOINT_CONCURRENCY", "1")
	if code, _, stderr := draftByModel(t); code != exitOK {
		t.Fatal(stderr)
	}
	before, err := os.ReadFile("out/draft.csv")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(before), "failed") {
		t.Fatal("no source failed")
	}
	asked := api.Stats().Requests
	t.Setenv("CONCORD_ENDPOINT_URL", "")
	t.Setenv("CONCORD_ENDPOINT_CHAT_MODEL", "")
	t.Setenv("CONCORD_API_KEY", "")

	code, stdout, stderr := call(t, "run", "replay", "--out", "again")

	if code != exitOK || !strings.Contains(stdout, "all 9 proposals of 3 source elements come out byte for byte") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	if after, err := os.ReadFile("again/draft.csv"); err != nil || string(after) != string(before) {
		t.Errorf("the draft made again differs: %v", err)
	}
	if n := api.Stats().Requests; n != asked {
		t.Errorf("%d requests were made", n-asked)
	}
}

func TestALocalRunIsMadeAgainToo(t *testing.T) {
	model(t, &mockapi.Server{})
	if code, _, stderr := call(t, "draft", "--from", "ours.csv", "--to", "theirs.csv"); code != exitOK {
		t.Fatal(stderr)
	}

	code, stdout, stderr := call(t, "run", "replay")

	if code != exitOK || !strings.Contains(stdout, "all 9 proposals") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
}

func TestRunsAreListedAndShownWithWhatTheyTook(t *testing.T) {
	api := &mockapi.Server{Fault: func(n int) mockapi.Fault {
		if n == 2 {
			return mockapi.InventedQuote
		}
		return mockapi.None
	}}
	model(t, api)
	const prices = "endpoint: {prices: [{model: judge-model, input: 3, output: 15}]}\n"
	if err := os.WriteFile("config.yaml", []byte(prices), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := draftByModel(t); code != exitOK || !strings.Contains(stdout, "Asked judge-model") || !strings.Contains(stdout, "A proposal cost") {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}

	code, stdout, _ := call(t, "run", "list", "--json")
	var list []listedRun
	if err := json.Unmarshal([]byte(stdout), &list); code != exitOK || err != nil || len(list) != 1 || list[0].Judge != "llm" || list[0].Finished == nil {
		t.Fatalf("exit code %d, %v: %s", code, err, stdout)
	}
	code, stdout, stderr := call(t, "run", "show", list[0].ID, "--json")
	var shown shownRun
	if err := json.Unmarshal([]byte(stdout), &shown); code != exitOK || err != nil {
		t.Fatalf("exit code %d, %v: %s%s", code, err, stdout, stderr)
	}
	s := shown.Spent
	if s == nil || len(s.Models) != 1 || s.Models[0].Calls == 0 || s.Models[0].PromptTokens == 0 || s.CostPerProposal == nil || s.Proposals != 9 || s.Invented == 0 || s.Quotes < s.Invented {
		t.Errorf("%+v", s)
	}
	if code, stdout, _ := call(t, "run", "show"); code != exitOK || !strings.Contains(stdout, "convention") || !strings.Contains(stdout, "strict IR 8477") || !strings.Contains(stdout, "are in no text") {
		t.Errorf("exit code %d: %s", code, stdout)
	}
	if code, _, stderr := call(t, "run", "show", "nobody"); code != exitUsage || !strings.Contains(stderr, `no run "nobody"`) {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func TestARunOfSeveralModelsIsMadeAgain(t *testing.T) {
	model(t, &mockapi.Server{})
	t.Setenv("CONCORD_ENDPOINT_CHAT_MODEL", "one, two")
	if code, _, stderr := draftByModel(t); code != exitOK {
		t.Fatal(stderr)
	}
	t.Setenv("CONCORD_ENDPOINT_URL", "")

	code, stdout, stderr := call(t, "run", "replay")

	if code != exitOK || !strings.Contains(stdout, "all 9 proposals") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
}

func TestARunSaysWhichAttemptItIs(t *testing.T) {
	model(t, &mockapi.Server{})
	if code, stdout, stderr := draftByModel(t, "--attempt", "2"); code != exitOK {
		t.Fatal(stdout, stderr)
	}

	if _, stdout, _ := call(t, "run", "show"); !strings.Contains(stdout, "  attempt        2\n") {
		t.Error(stdout)
	}
}
