package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"concord/eval"
	"concord/internal/mockapi"
)

// ownSet writes a label set over the two small tables.
func ownSet(t *testing.T) {
	t.Helper()
	for name, content := range map[string]string{
		"labels.csv": "source_id,target_id,relationship\nO-1,T-1,subset_of\nO-2,T-2,equal\n",
		"sets.yaml":  "sets:\n  - {name: mine, from: ours.csv, to: theirs.csv, labels: labels.csv}\n",
	} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func resultsOf(t *testing.T, stdout string) eval.Results {
	t.Helper()
	r, err := eval.ReadResults([]byte(stdout))
	if err != nil {
		t.Fatalf("%v: %s", err, stdout)
	}
	return r
}

func TestAModelIsEvaluatedAndWhatItTookIsSaid(t *testing.T) {
	api := &mockapi.Server{Key: secret}
	model(t, api)
	ownSet(t)
	const prices = "endpoint: {prices: [{model: judge-model, input: 3, output: 15}]}\n"
	if err := os.WriteFile("config.yaml", []byte(prices), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"eval", "--sets", "sets.yaml", "--judge", "llm"}

	code, stdout, stderr := call(t, append(args, "--json")...)
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	score, _ := resultsOf(t, stdout).Sets[0].Score("concord")
	if s := score.Spent; s == nil || s.Calls != 2 || s.PromptTokens == 0 || s.CompletionTokens == 0 || s.Cost == nil {
		t.Fatalf("spent %+v", score.Spent)
	}
	want := (3*float64(score.Spent.PromptTokens) + 15*float64(score.Spent.CompletionTokens)) / 1e6
	if cost, ok := score.Value("cost"); !ok || cost != want {
		t.Errorf("cost %v, want %v", cost, want)
	}
	if s, timed := score.Value("seconds"); !timed || s < 0 {
		t.Error("judging was not timed")
	}

	code, stdout, stderr = call(t, append(args, "--full")...)
	if code != exitOK || !strings.Contains(stdout, "2 calls, ") || !strings.Contains(stdout, "relation right") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	if s := api.Stats(); s.Repeats > 1 { // each run sees first whether the model answers
		t.Errorf("%d answers were paid for twice", s.Repeats)
	}
}

func TestAnEvaluationOfUnusableAnswersSaysSo(t *testing.T) {
	api := &mockapi.Server{Fault: func(n int) mockapi.Fault {
		if n == 1 {
			return mockapi.None
		}
		return mockapi.Prose
	}}
	model(t, api)
	ownSet(t)

	code, stdout, stderr := call(t, "eval", "--sets", "sets.yaml", "--judge", "llm", "--json")

	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	score, _ := resultsOf(t, stdout).Sets[0].Score("concord")
	if score.Metrics["failed"] != 1 || score.Metrics["recall"] != 0 {
		t.Errorf("%v", score.Metrics)
	}
}

func TestAModelIsAskedWhatItRemembers(t *testing.T) {
	api := &mockapi.Server{Key: secret}
	model(t, api)
	ownSet(t)

	code, stdout, stderr := call(t, "eval", "memory", "--sets", "sets.yaml", "--set", "mine", "--json")
	if code != exitOK && code != exitTooFew {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	var r recalled
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || r.Asked != 2 || r.Set != "mine" || r.Model != "judge-model" {
		t.Errorf("%v: %s", err, stdout)
	}
	before := api.Stats().Repeats
	if code, stdout, _ = call(t, "eval", "memory", "--sets", "sets.yaml", "--set", "mine"); !strings.Contains(stdout, fmt.Sprintf("%d sources asked", r.Asked)) {
		t.Errorf("exit code %d: %s", code, stdout)
	}
	if again := api.Stats().Repeats - before; again > 1 {
		t.Errorf("%d answers were paid for twice", again)
	}
	for args, says := range map[string]string{
		"eval memory":              "name one label set with --set",
		"eval memory --set nosuch": "no such label set",
	} {
		if code, _, stderr := call(t, strings.Fields(args)...); code != exitUsage || !strings.Contains(stderr, says) {
			t.Errorf("%s: exit code %d: %s", args, code, stderr)
		}
	}
}

func TestABudgetIsOfTheCommandNotOfEachSet(t *testing.T) {
	api := &mockapi.Server{}
	model(t, api)
	ownSet(t)
	for name, content := range map[string]string{
		"back.csv":  "source_id,target_id,relationship\nT-1,O-1,superset_of\nT-2,O-2,equal\n",
		"sets.yaml": "sets:\n  - {name: mine, from: ours.csv, to: theirs.csv, labels: labels.csv}\n  - {name: back, from: theirs.csv, to: ours.csv, labels: back.csv}\n",
	} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"eval", "--sets", "sets.yaml", "--judge", "llm"}

	code, _, stderr := call(t, append(args, "--max-calls", "3")...)
	if code != exitFailed || !strings.Contains(stderr, "3 calls made: the budget is spent") {
		t.Errorf("four questions: exit code %d: %s", code, stderr)
	}
	if code, _, stderr := call(t, append(args, "--max-calls", "1")...); code != exitOK {
		t.Errorf("the one that is left: exit code %d: %s", code, stderr)
	}
}

func TestWhateverHasAModelJudgeLabelSetsIsBounded(t *testing.T) {
	api := &mockapi.Server{}
	model(t, api)
	ownSet(t)
	for _, args := range []string{"eval threshold", "eval train --out trained"} {
		args := append(strings.Fields(args), "--sets", "sets.yaml", "--judge", "llm", "--max-calls", "1", "--workspace", t.TempDir())
		if code, _, stderr := call(t, args...); code != exitFailed || !strings.Contains(stderr, "1 calls made: the budget is spent") {
			t.Errorf("%v: exit code %d: %s", args, code, stderr)
		}
	}
}
