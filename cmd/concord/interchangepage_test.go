package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/lint"
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

// codeTable explains what is found in a crosswalk.
func codeTable() string {
	var b strings.Builder
	b.WriteString("| Code | Severity | Meaning |\n|---|---|---|\n")
	for _, c := range lint.Codes() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c.Name, c.Severity, c.Meaning)
	}
	return b.String()
}

// TestThePageOnInterchangeIsTrue holds docs/interchange.md against the formats,
// findings and commands that there are. UPDATE_DOCS=1 writes the tables anew.
func TestThePageOnInterchangeIsTrue(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "interchange.md")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := string(data)
	for place, table := range map[string]string{"fields": lossTable(), "codes": codeTable()} {
		before, rest, ok := strings.Cut(want, "<!-- "+place+" -->\n")
		_, after, closed := strings.Cut(rest, "<!-- end of "+place+" -->")
		if !ok || !closed {
			t.Fatalf("the page has no place for the table of %s", place)
		}
		want = before + "<!-- " + place + " -->\n" + table + "<!-- end of " + place + " -->" + after
	}
	if os.Getenv("UPDATE_DOCS") != "" {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(data) {
		t.Errorf("the tables are not those of the formats and findings: run with UPDATE_DOCS=1")
	}
	before, _, _ := strings.Cut(want, "<!-- fields -->")
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
