package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"concord/internal/mockapi"
)

// bringBack has a server answer a file of questions, as a batch service would, but
// the last line first and without every nth one.
func bringBack(t *testing.T, from, to string, leaveOut int) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	var answers []string
	n := 0
	for line := range bytes.Lines(data) {
		if n++; leaveOut > 0 && n%leaveOut == 0 {
			continue
		}
		var r struct {
			CustomID string `json:"custom_id"`
			URL      string
			Body     json.RawMessage
		}
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		base := strings.TrimSuffix(os.Getenv("CONCORD_ENDPOINT_URL"), "/v1")
		res, err := http.Post(base+r.URL, "application/json", bytes.NewReader(r.Body))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		answers = append([]string{fmt.Sprintf(`{"custom_id":%q,"response":{"status_code":200,"body":%s}}`, r.CustomID, body)}, answers...)
	}
	if err := os.WriteFile(to, []byte(strings.Join(answers, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestAFileOfAnswersMakesTheDraftThatAnEndpointMakes goes back and forth with
// answers that come late, and holds the draft against one made directly.
func TestAFileOfAnswersMakesTheDraftThatAnEndpointMakes(t *testing.T) {
	api := &mockapi.Server{}
	model(t, api)
	t.Setenv("CONCORD_ENDPOINT_STRUCTURED", "json_schema")
	if code, _, stderr := draftByModel(t, "--workspace", "direct"); code != exitOK {
		t.Fatal(stderr)
	}
	direct, err := os.ReadFile("out/draft.csv")
	if err != nil {
		t.Fatal(err)
	}
	os.RemoveAll("out")
	url := os.Getenv("CONCORD_ENDPOINT_URL")

	args := []string{"--requests", "questions.jsonl"}
	for round := range 9 {
		t.Setenv("CONCORD_ENDPOINT_URL", "") // nothing else is needed
		code, stdout, stderr := draftByModel(t, args...)
		t.Setenv("CONCORD_ENDPOINT_URL", url)
		if code != exitOK || strings.Contains(stderr, "belong to no question") {
			t.Fatalf("round %d: exit code %d: %s%s", round, code, stdout, stderr)
		}
		if !strings.Contains(stdout, "Wrote") || strings.Contains(stdout, "source elements") {
			after, err := os.ReadFile("out/draft.csv")
			if err != nil || !bytes.Equal(after, direct) {
				t.Errorf("the draft differs from the direct one: %v", err)
			}
			if left, err := os.ReadFile("questions.jsonl"); err != nil || len(left) > 0 {
				t.Errorf("questions are left: %v", err)
			}
			if round < 2 {
				t.Errorf("done after %d rounds, though answers were left out", round)
			}
			return
		}
		leaveOut := 0
		if round == 0 {
			leaveOut = 2
		}
		bringBack(t, "questions.jsonl", "answers.jsonl", leaveOut)
		args = []string{"--requests", "questions.jsonl", "--responses", "answers.jsonl"}
	}
	t.Error("it never ends")
}

// TestWhatNobodyCountedHasNoCost answers by hand: without a count of tokens.
func TestWhatNobodyCountedHasNoCost(t *testing.T) {
	model(t, &mockapi.Server{})
	const prices = "endpoint: {prices: [{model: judge-model, input: 3, output: 15}]}\n"
	if err := os.WriteFile("config.yaml", []byte(prices), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := draftByModel(t, "--requests", "questions.jsonl"); code != exitOK {
		t.Fatal(stderr)
	}
	questions, err := os.ReadFile("questions.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var answers strings.Builder
	for line := range bytes.Lines(questions) {
		var r struct {
			ID string `json:"custom_id"`
		}
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&answers, `{"custom_id":%q,"content":{"related":[],"unrelated":[],"cannot_tell":["T-1","T-2","T-3"]}}`+"\n", r.ID)
	}
	if err := os.WriteFile("answers.jsonl", []byte(answers.String()), 0o644); err != nil {
		t.Fatal(err)
	}

	code, stdout, stderr := draftByModel(t, "--responses", "answers.jsonl")

	if code != exitOK || !strings.Contains(stdout, "Asked judge-model 3 times: nobody counted the tokens\n") || strings.Contains(stdout, "cost") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
}

func TestAnswersAloneSayThatQuestionsAreLeft(t *testing.T) {
	model(t, &mockapi.Server{})
	if err := os.WriteFile("answers.jsonl", []byte(`{"custom_id":"x","content":"y"}`), 0o644); err != nil {
		t.Fatal(err)
	}

	code, _, stderr := draftByModel(t, "--responses", "answers.jsonl")

	if code != exitFailed || !strings.Contains(stderr, "3 questions are without an answer: add --requests FILE to write them") || !strings.Contains(stderr, "1 answers belong to no question") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func TestFlagsForAModelAreRefusedWithoutOne(t *testing.T) {
	model(t, &mockapi.Server{})
	for _, args := range []string{
		"draft --requests q.jsonl", "draft --responses a.jsonl", "draft --dry-run", "draft --attempt 2", "draft --convention c",
		"draft --max-calls 1", "draft --max-cost 1", "eval --requests q.jsonl", "eval --convention c", "eval threshold --max-calls 1",
	} {
		code, _, stderr := call(t, strings.Fields(args)...)
		if code != exitUsage || !strings.Contains(stderr, "add --judge llm") {
			t.Errorf("%v: exit code %d: %s", args, code, stderr)
		}
	}
	if code, _, stderr := draftByModel(t, "--requests", "q.jsonl", "--max-calls", "1"); code != exitUsage || !strings.Contains(stderr, "--max-calls bounds what an endpoint is asked") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if code, _, stderr := draftByModel(t, "--responses", "missing.jsonl"); code != exitUsage || !strings.Contains(stderr, "missing.jsonl") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func TestADryRunAsksNothingAndKeepsNothing(t *testing.T) {
	api := &mockapi.Server{}
	model(t, api)
	const prices = "endpoint: {prices: [{model: judge-model, input: 3, output: 15}]}\n"
	if err := os.WriteFile("config.yaml", []byte(prices), 0o644); err != nil {
		t.Fatal(err)
	}

	code, stdout, stderr := draftByModel(t, "--dry-run")

	for _, want := range []string{"3 source elements: about ", "in the currency of the prices", "--- system ---\nYou draft crosswalks", `"id": "O-1"`, `"id": "T-3"`} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	if _, err := os.Stat(".concord/ledger.db"); code != exitOK || api.Stats().Requests != 0 || err == nil {
		t.Errorf("exit code %d, %d requests, ledger: %v: %s", code, api.Stats().Requests, err, stderr)
	}
}

func TestABudgetEndsADraftThatTheNextOneGoesOnWith(t *testing.T) {
	api := &mockapi.Server{}
	model(t, api)

	code, _, stderr := draftByModel(t, "--max-calls", "2")
	if code != exitFailed || !strings.Contains(stderr, "2 calls made: the budget is spent") {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	before := api.Stats()
	if code, _, stderr := draftByModel(t); code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}

	if s := api.Stats(); s.Repeats > 1 { // the question whether the model answers at all
		t.Errorf("%d of %d requests were made before (%d)", s.Repeats, s.Requests, before.Requests)
	}
	if code, _, stderr := draftByModel(t, "--max-cost", "1"); code != exitUsage || !strings.Contains(stderr, "needs the price of") {
		t.Errorf("a limit of cost without a price: exit code %d: %s", code, stderr)
	}
}

func TestGenericCellsShareTheCallsOfWhatStandsAboveThem(t *testing.T) {
	model(t, &mockapi.Server{})
	var calls []string
	for _, more := range [][]string{nil, {"--generic-cells"}} {
		code, stdout, stderr := call(t, append([]string{"draft", "--judge", "llm", "--from", "cyber-ai-profile", "--to", "theirs.csv", "--dry-run"}, more...)...)
		if code != exitOK {
			t.Fatal(stderr)
		}
		first, _, _ := strings.Cut(stdout, " of judge-model")
		calls = append(calls, first)
	}

	if calls[0] != calls[1] {
		t.Errorf("%q without them, %q with them", calls[0], calls[1])
	}
}
