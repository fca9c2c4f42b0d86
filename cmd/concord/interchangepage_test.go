package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"concord/crosswalk/exchange"
)

// lossTable says for every field which formats keep it.
func lossTable() string {
	var b strings.Builder
	names := formatNames()
	fmt.Fprintf(&b, "| Field | %s |\n|---|%s\n", strings.Join(names, " | "), strings.Repeat(":-:|", len(names)))
	for _, field := range exchange.Fields() {
		fmt.Fprintf(&b, "| %s |", field)
		for _, f := range formats() {
			mark := "lost"
			if slices.Contains(f.held, field) {
				mark = "●"
			}
			fmt.Fprintf(&b, " %s |", mark)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestThePageOnInterchangeIsTrue holds docs/interchange.md against the formats
// and commands that there are. UPDATE_DOCS=1 writes the table anew.
func TestThePageOnInterchangeIsTrue(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "interchange.md")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), "<!-- fields -->\n")
	_, after, closed := strings.Cut(rest, "<!-- end of fields -->")
	if !ok || !closed {
		t.Fatal("the page has no place for the table of fields")
	}
	want := before + "<!-- fields -->\n" + lossTable() + "<!-- end of fields -->" + after
	if os.Getenv("UPDATE_DOCS") != "" {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(data) {
		t.Errorf("the table of fields is not that of the formats: run with UPDATE_DOCS=1")
	}
	for _, f := range formats() {
		if !strings.Contains(before, "| `"+f.name+"` |") {
			t.Errorf("the page does not explain the format %s", f.name)
		}
	}
	for _, c := range newRoot().Commands() {
		if name := c.Name(); slices.Contains([]string{"export", "diff", "merge", "derive", "validate", "review"}, name) && !strings.Contains(want, "`concord "+name) {
			t.Errorf("the page does not show concord %s", name)
		}
	}
}
