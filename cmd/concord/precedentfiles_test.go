package main

import (
	"os"
	"strings"
	"testing"

	"concord/internal/mockapi"
)

// TestCrosswalksOfOthersAndDerivedRelationsAreEvidence maps two tables with a
// third beside them, whose crosswalk says what no word says.
func TestCrosswalksOfOthersAndDerivedRelationsAreEvidence(t *testing.T) {
	model(t, &mockapi.Server{})
	for name, content := range map[string]string{
		"hub.csv":       "id,text\nH-1,Backups are encrypted before they leave the building.\nH-2,Staff learn to recognise phishing mail.\n",
		"hub-theirs":    "source_id,target_id,relationship,source_framework,target_framework\nH-1,T-3,equal,hub,theirs\n",
		"ours-hub":      "source_id,target_id,relationship,source_framework,target_framework\nO-2,H-1,subset_of,ours,hub\n",
		"elsewhere.csv": "source_id,target_id,source_framework,target_framework\nO-2,X-1,ours,nowhere\n",
	} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"corpus", "import", "hub.csv", "--name", "hub", "--edition", "1"},
		{"derive", "--via", "hub", "ours-hub", "hub-theirs", "--format", "json", "--out", "derived.json"},
	} {
		if code, stdout, stderr := call(t, args...); code != exitOK {
			t.Fatalf("%v: exit code %d: %s%s", args, code, stdout, stderr)
		}
	}

	code, _, stderr := call(t, "draft", "--from", "ours.csv", "--to", "theirs.csv", "--precedents", "hub-theirs,derived.json", "--out", "out")
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}

	data, err := os.ReadFile("out/draft.json")
	if err != nil {
		t.Fatal(err)
	}
	draft := string(data)
	for _, want := range []string{`"set": "hub-theirs `, `"set": "derived, derived.json `} {
		if !strings.Contains(draft, want) {
			t.Errorf("no evidence %s", want)
		}
	}
	for file, want := range map[string]string{"elsewhere.csv": "neither is theirs", "missing.csv": "missing.csv"} {
		if code, _, stderr := call(t, "draft", "--from", "ours.csv", "--to", "theirs.csv", "--precedents", file); code != exitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit code %d: %s", file, code, stderr)
		}
	}
}
