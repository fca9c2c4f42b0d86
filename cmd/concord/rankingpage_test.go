package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// shownCommand is a block of a page that shows a command and its output.
var shownCommand = regexp.MustCompile("(?s)```\n\\$ (concord [^\n]*)\n(.*?)```\n")

// quickSet is the set whose rows of an ablation are measured again: all take
// half a minute.
const quickSet = "mitre-atlas-mitigation-to-technique"

// TestTheRankingPageShowsRealOutput runs what docs/ranking.md shows and
// compares. UPDATE_DOCS=1 writes what it finds, all sets included.
func TestTheRankingPageShowsRealOutput(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the last digits of floating point differ on other processors")
	}
	path, err := filepath.Abs(filepath.Join("..", "..", "docs", "ranking.md"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("COLUMNS", "")
	update := os.Getenv("UPDATE_DOCS") != ""

	blocks := 0
	fresh := shownCommand.ReplaceAllStringFunc(string(page), func(block string) string {
		blocks++
		m := shownCommand.FindStringSubmatch(block)
		command, shown := m[1], m[2]
		if command == "concord eval ablate" && !update {
			got, want := ablated(t, output(t, command+" --set "+quickSet)), ablated(t, shown)
			if got != want {
				t.Errorf("docs/ranking.md shows of %s\n%s\nnow it is\n%s", quickSet, want, got)
			}
			return block
		}
		got := output(t, command)
		if got != shown && !update {
			t.Errorf("docs/ranking.md shows of %s\n%s\nnow it is\n%s", command, shown, got)
		}
		return fmt.Sprintf("```\n$ %s\n%s```\n", command, got)
	})
	if blocks != 4 {
		t.Errorf("%d commands are shown, want 4", blocks)
	}
	if update {
		if err := os.WriteFile(path, []byte(fresh), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// output runs a command as a page shows it, cut by "| head -N" if it says so.
// Blanks at the ends of lines are left out.
func output(t *testing.T, command string) string {
	t.Helper()
	command, head, cut := strings.Cut(command, " | head -")
	var args []string
	for i, part := range strings.Split(strings.TrimPrefix(command, "concord "), "'") {
		if i%2 == 1 { // between quotes
			args = append(args, part)
			continue
		}
		args = append(args, strings.Fields(part)...)
	}
	code, stdout, stderr := call(t, args...)
	if code != exitOK {
		t.Fatalf("%s: exit code %d: %s", command, code, stderr)
	}
	lines := strings.Split(strings.TrimRight(stdout, "\n"), "\n")
	if cut {
		n, err := strconv.Atoi(head)
		if err != nil {
			t.Fatalf("head -%s: %v", head, err)
		}
		lines = lines[:min(n, len(lines))]
	}
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// ablated returns the title and the rows of the quick set, without the p-value,
// which is adjusted over all sets that were measured.
func ablated(t *testing.T, table string) string {
	t.Helper()
	title, rest, _ := strings.Cut(table, "\n")
	_, rows, ok := strings.Cut(rest+"\n", quickSet+"\n")
	if !ok {
		t.Fatalf("no %s in\n%s", quickSet, table)
	}
	out := title + "\n"
	for row := range strings.Lines(rows) {
		if !strings.HasPrefix(row, " ") {
			break
		}
		if i := strings.LastIndex(row, "  "); strings.Contains(row, " to ") {
			row = row[:i] + "\n"
		}
		out += row
	}
	return out
}
