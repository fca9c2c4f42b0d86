package main

import (
	"os"
	"strings"
	"testing"
)

// TestAFaultInOurOwnTableIsNamed holds that a table of Concord with a fault is not
// taken for a list of somebody else, in which states say nothing and every row maps.
func TestAFaultInOurOwnTableIsNamed(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	if code, _, stderr := call(t, "draft", "--from", "csf", "--to", "ssdf", "--depth", "3"); code != exitOK {
		t.Fatal(stderr)
	}
	if code, _, stderr := call(t, "export", "--drafts", "--out", "draft.csv"); code != exitOK {
		t.Fatal(stderr)
	}
	data, err := os.ReadFile("draft.csv")
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(data), "intersects_with")
	if at < 0 {
		t.Fatal("nothing intersects")
	}
	faulty := string(data[:at]) + "meets" + string(data[at+len("intersects_with"):])
	if err := os.WriteFile("draft.csv", []byte(faulty), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"review", "import", "draft.csv", "--reviewer", "ada"}, {"validate", "draft.csv"}} {
		if code, stdout, stderr := call(t, args...); code != exitUsage || !strings.Contains(stdout+stderr, "meets") || strings.Contains(stdout+stderr, "published list") {
			t.Errorf("concord %q: exit code %d: %s%s", args, code, stdout, stderr)
		}
	}
}
