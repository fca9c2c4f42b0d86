package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"concord/crosswalk/exchange/document"
)

// fill chooses in a workbook, on the row of a pair, what a reviewer would.
func fill(t *testing.T, path, source, target string, choices map[string]string) {
	t.Helper()
	book, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.GetRows("Review")
	if err != nil {
		t.Fatal(err)
	}
	head := slices.IndexFunc(rows, func(cells []string) bool { return slices.Contains(cells, "Source id") })
	at := func(name string) int {
		i := slices.Index(rows[head], name)
		if i < 0 {
			t.Fatalf("no column %q in %q", name, rows[head])
		}
		return i
	}
	row := slices.IndexFunc(rows, func(cells []string) bool {
		return len(cells) > at("Target id") && cells[at("Source id")] == source && cells[at("Target id")] == target
	})
	if row < 0 {
		t.Fatalf("no row %s to %s", source, target)
	}
	for name, choice := range choices {
		cell, _ := excelize.CoordinatesToCellName(at(name)+1, row+1)
		if err := book.SetCellValue("Review", cell, choice); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.Save(); err != nil {
		t.Fatal(err)
	}
}

// TestAReviewedWorkbookBecomesDecisions drafts, exports, fills in, takes in and
// exports again, as a reviewer would.
func TestAReviewedWorkbookBecomesDecisions(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	mustRun := func(args string) string {
		t.Helper()
		code, stdout, stderr := call(t, strings.Fields(args)...)
		if code != exitOK {
			t.Fatalf("concord %s: exit code %d: %s", args, code, stderr)
		}
		return stdout
	}
	mustRun("draft --from csf --to sp800-53 --kind control --depth 3")
	mustRun("export --drafts --out review.xlsx")
	mustRun("export --drafts --out draft.json")
	data, err := os.ReadFile("draft.json")
	if err != nil {
		t.Fatal(err)
	}
	draft, err := document.Read(data)
	if err != nil || len(draft.Rows) < 3 {
		t.Fatalf("%d rows, %v", len(draft.Rows), err)
	}
	yes, no, wrong := draft.Rows[0], draft.Rows[1], draft.Rows[2]
	fill(t, "review.xlsx", yes.Source, yes.Target, map[string]string{"Your decision": "accept"})
	fill(t, "review.xlsx", no.Source, no.Target, map[string]string{"Your decision": "reject", "Your reason": "wrong-target", "Your comment": "=not ours"})

	// One that is not complete keeps all out.
	fill(t, "review.xlsx", wrong.Source, wrong.Target, map[string]string{"Your decision": "reject"})
	if code, _, stderr := call(t, "review", "import", "review.xlsx", "--reviewer", "ada"); code != exitUsage || !strings.Contains(stderr, "reason") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if code, _, _ := call(t, "export", "--format", "csv"); code != exitUsage {
		t.Error("something was taken")
	}
	fill(t, "review.xlsx", wrong.Source, wrong.Target, map[string]string{"Your decision": "correct", "Your relation": "equal", "Your strength": "9"})

	if said := mustRun("review import review.xlsx --reviewer ada"); !strings.Contains(said, "3 decisions of ada added") {
		t.Error(said)
	}
	if said := mustRun("review import review.xlsx --reviewer ada"); !strings.Contains(said, "0 decisions of ada added, 3 made before") {
		t.Error(said)
	}
	mustRun("export --out decided.json")
	if data, err = os.ReadFile("decided.json"); err != nil {
		t.Fatal(err)
	}
	c, err := document.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range c.Rows {
		got = append(got, fmt.Sprintf("%s %s %s %s %s", r.Source, r.Target, r.Relation, r.State, r.Reviewer))
	}
	want := []string{
		fmt.Sprintf("%s %s %s accepted ada", yes.Source, yes.Target, yes.Relation),
		fmt.Sprintf("%s %s no_relationship rejected ada", no.Source, no.Target),
		fmt.Sprintf("%s %s equal corrected ada", wrong.Source, wrong.Target),
	}
	if !slices.Equal(got, want) || c.Draft || c.Rows[1].Comment != "wrong-target: =not ours" || *c.Rows[2].Strength != 9 {
		t.Errorf("%q, %+v", got, c.Rows)
	}
	again := mustRun("export --format json")
	if !bytes.Equal([]byte(again), data) {
		t.Error("the same decisions give other bytes")
	}
}
