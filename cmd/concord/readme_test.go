package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestTheReadmeShowsRealOutput runs what the README shows and compares.
func TestTheReadmeShowsRealOutput(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the last digits of floating point differ on other processors")
	}
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	for _, args := range [][]string{{"draft"}, {"eval"}} {
		code, stdout, stderr := call(t, args...)
		if code != exitOK {
			t.Fatalf("concord %v: exit code %d: %s", args, code, stderr)
		}
		var lines []string
		for line := range strings.Lines(stdout) {
			lines = append(lines, strings.TrimRight(line, " \n"))
		}
		if shown := "```\n" + strings.Join(lines, "\n") + "\n```"; !strings.Contains(string(readme), shown) {
			t.Errorf("the README does not show what concord %v prints now:\n%s", args, shown)
		}
	}
}
