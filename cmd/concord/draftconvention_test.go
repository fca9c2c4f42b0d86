package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"concord/internal/mockapi"
)

// learnHouse keeps a convention of three pairs of the two small tables.
func learnHouse(t *testing.T) {
	t.Helper()
	const labels = "source_id,target_id,relationship\nO-1,T-1,subset_of\nO-2,T-2,equal\nO-3,T-3,superset_of\n"
	if err := os.WriteFile("decided.csv", []byte(labels), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := call(t, "convention", "learn", "--name", "house", "--from", "ours.csv", "--to", "theirs.csv", "--labels", "decided.csv"); code != exitOK {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
}

func TestADraftFollowsTheConventionThatIsNamedAndSaysSo(t *testing.T) {
	api := &mockapi.Server{}
	model(t, api)
	learnHouse(t)

	if code, _, stderr := draftByModel(t, "--convention", "house"); code != exitOK {
		t.Fatal(stderr)
	}

	data, err := os.ReadFile("out/draft.json")
	if err != nil {
		t.Fatal(err)
	}
	var draft struct {
		Proposals []struct {
			Convention string
			Source     struct{ ID string }
		}
	}
	if err := json.Unmarshal(data, &draft); err != nil || len(draft.Proposals) != 9 {
		t.Fatalf("%d proposals, %v", len(draft.Proposals), err)
	}
	for _, p := range draft.Proposals {
		if !strings.HasPrefix(p.Convention, "house (") {
			t.Errorf("%s was typed under %q", p.Source.ID, p.Convention)
		}
	}
	// A new version is another run, and the old one can still be made again.
	if err := os.WriteFile("summary.txt", []byte("They say equal of what a visitor would take for the same."), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := call(t, "convention", "edit", "house", "--summary", "summary.txt"); code != exitOK {
		t.Fatal(stderr)
	}
	if code, stdout, stderr := call(t, "run", "replay"); code != exitOK || !strings.Contains(stdout, "all 9 proposals") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	before := api.Stats().Requests
	if code, _, stderr := draftByModel(t, "--convention", "house"); code != exitOK || api.Stats().Requests == before {
		t.Errorf("the edited convention asked nothing: %d %s", code, stderr)
	}
	if body := string(api.LastBody()); !strings.Contains(body, "what a visitor would take") {
		t.Error("the model was not shown the edited summary")
	}
}

func TestAConventionNeverShowsThePairUnderQuestion(t *testing.T) {
	api := &mockapi.Server{}
	model(t, api)
	learnHouse(t)
	t.Setenv("CONCORD_ENDPOINT_CONCURRENCY", "1")
	t.Setenv("CONCORD_JUDGING_CONFIRM", "false")

	if code, _, stderr := draftByModel(t, "--convention", "house"); code != exitOK {
		t.Fatal(stderr)
	}

	var req struct{ Messages []struct{ Content string } }
	var asked struct {
		Convention struct {
			Decided []struct{ Source struct{ ID string } }
		}
		Source struct{ ID string }
	}
	if err := json.Unmarshal(api.LastBody(), &req); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(req.Messages[1].Content), &asked); err != nil {
		t.Fatal(err)
	}
	if len(asked.Convention.Decided) != 2 {
		t.Errorf("%d decided pairs are shown, want the two of other sources", len(asked.Convention.Decided))
	}
	for _, d := range asked.Convention.Decided {
		if d.Source.ID == asked.Source.ID {
			t.Errorf("what was decided on %s is shown beside it", asked.Source.ID)
		}
	}
}

func TestAnEvaluationShowsNothingThatIsUnderTest(t *testing.T) {
	model(t, &mockapi.Server{})
	learnHouse(t)
	const sets = "sets: [{name: mine, from: ours.csv, to: theirs.csv, labels: decided.csv}]\n"
	if err := os.WriteFile("sets.yaml", []byte(sets), 0o644); err != nil {
		t.Fatal(err)
	}

	code, _, stderr := call(t, "eval", "--sets", "sets.yaml", "--judge", "llm", "--convention", "house")

	if code != exitUsage || !strings.Contains(stderr, "nothing to show but what is under test") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if code, _, stderr := draftByModel(t, "--convention", "nobody's"); code != exitUsage || !strings.Contains(stderr, "no convention \"nobody's\"") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}
