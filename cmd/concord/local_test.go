package main

import (
	"os"
	"strings"
	"testing"

	"concord/internal/mockapi"
)

// TestALicensedFrameworkIsJudgedOnThisMachineOnly imports one and tries every
// command that would send its text.
func TestALicensedFrameworkIsJudgedOnThisMachineOnly(t *testing.T) {
	api := &mockapi.Server{Key: secret}
	model(t, api)
	ownSet(t)
	here := os.Getenv("CONCORD_ENDPOINT_URL")
	if code, _, stderr := call(t, "corpus", "import", "ours.csv", "--name", "licensed", "--edition", "1", "--local"); code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	sets := "sets:\n  - {name: mine, from: licensed, to: theirs.csv, labels: labels.csv}\n"
	if err := os.WriteFile("sets.yaml", []byte(sets), 0o644); err != nil {
		t.Fatal(err)
	}
	commands := map[string]string{ // and who would send it
		"draft --judge llm --from licensed --to theirs.csv":           "local",
		"draft --judge llm --from theirs.csv --to licensed":           "local",
		"draft --judge llm --from licensed --to theirs.csv --dry-run": "local",
		"draft --from licensed --to theirs.csv":                       "remote",
		"eval --judge llm --sets sets.yaml":                           "local",
		"eval --sets sets.yaml":                                       "remote",
		"rank --from theirs.csv --to licensed":                        "remote",
		"search backups --in licensed":                                "remote",
		"search backups --in licensed --semantic":                     "remote",
	}
	for args, embedder := range commands {
		t.Setenv("CONCORD_EMBEDDER", embedder)
		t.Setenv("CONCORD_ENDPOINT_URL", "https://models.example/v1")
		code, _, stderr := call(t, strings.Fields(args)...)
		if code != exitUsage || !strings.Contains(stderr, "machine") {
			t.Errorf("concord %s: exit code %d: %s", args, code, stderr)
		}
	}

	t.Setenv("CONCORD_ENDPOINT_URL", here)
	t.Setenv("CONCORD_EMBEDDER", "local")
	if code, stdout, stderr := call(t, "draft", "--judge", "llm", "--from", "licensed", "--to", "theirs.csv", "--dry-run"); code != exitOK || !strings.Contains(stdout, "--- user ---") {
		t.Errorf("a dry run of what may be asked here: exit code %d: %s", code, stderr)
	}
	code, _, stderr := call(t, "draft", "--judge", "llm", "--from", "licensed", "--to", "theirs.csv", "--requests", "questions.jsonl")
	if _, err := os.Stat("questions.jsonl"); code != exitUsage || !strings.Contains(stderr, "machine") || err == nil {
		t.Errorf("a file of requests, which somebody carries anywhere: exit code %d: %s", code, stderr)
	}
	for args, embedder := range commands {
		t.Setenv("CONCORD_EMBEDDER", embedder)
		if code, _, stderr := call(t, strings.Fields(args)...); code != exitOK {
			t.Errorf("here, concord %s: exit code %d: %s", args, code, stderr)
		}
	}
	if api.Stats().Requests == 0 {
		t.Error("nothing was sent to this machine either")
	}
}
