package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/xuri/excelize/v2"

	"concord/crosswalk"
	"concord/crosswalk/exchange/document"
	"concord/crosswalk/register"
)

// gapsSession runs commands in a workspace of its own.
func gapsSession(t *testing.T) (must func(args ...string) string, refused func(want string, args ...string)) {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	must = func(args ...string) string {
		t.Helper()
		code, stdout, stderr := call(t, args...)
		if code != exitOK {
			t.Fatalf("concord %q: exit code %d: %s", args, code, stderr)
		}
		return stdout
	}
	refused = func(want string, args ...string) {
		t.Helper()
		if code, _, stderr := call(t, args...); code != exitUsage || !strings.Contains(stderr, want) {
			t.Errorf("concord %q: exit code %d, want %q in %s", args, code, want, stderr)
		}
	}
	return must, refused
}

func listedGaps(t *testing.T, must func(...string) string, args ...string) []register.Gap {
	t.Helper()
	var gaps []register.Gap
	if err := json.Unmarshal([]byte(must(append([]string{"gaps", "list", "--json"}, args...)...)), &gaps); err != nil {
		t.Fatal(err)
	}
	return gaps
}

// TestGapsAreKeptFromDraftToPlan drafts, decides, updates, fills in and exports,
// as an owner of the register would.
func TestGapsAreKeptFromDraftToPlan(t *testing.T) {
	official, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "data", "schemas", "oscal_poam_schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	must, refused := gapsSession(t)
	refused("there is no run yet", "gaps", "list")
	must("draft", "--from", "csf", "--to", "ssdf", "--depth", "3")
	refused("the register is empty", "gaps", "export", "--out", "gaps.csv")

	first := must("gaps", "update", "--by", "ada")
	again := must("gaps", "update", "--by", "ada")

	if !strings.Contains(first, ": 148 new, 0 kept") || !strings.Contains(again, ": 0 new, 148 kept") {
		t.Errorf("%s%s", first, again)
	}

	must("export", "--drafts", "--out", "draft.json")
	must("export", "--drafts", "--out", "review.xlsx")
	data, err := os.ReadFile("draft.json")
	if err != nil {
		t.Fatal(err)
	}
	draft, err := document.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	pair := draft.Rows[0]
	fill(t, "review.xlsx", pair.Source, pair.Target, map[string]string{"Your decision": "accept"})
	must("review", "import", "review.xlsx", "--reviewer", "ada")
	if said := must("gaps", "update"); !strings.Contains(said, "0 new, 146 kept, 2 closed") {
		t.Error(said)
	}
	if said := must("gaps", "update", "--partial"); !strings.Contains(said, "0 new, 146 kept, 0 closed, 2 reopened") {
		t.Error(said)
	}
	if said := must("gaps", "update"); !strings.Contains(said, "2 closed, 0 reopened") {
		t.Error(said)
	}
	closed := listedGaps(t, must, "--status", "closed")
	if len(closed) != 2 || closed[0].Element != pair.Source || closed[1].Element != pair.Target || closed[0].Closed.How != register.ByMapping {
		t.Errorf("%+v", closed)
	}

	must("gaps", "set", "GV.OC-03", "po.5.2", "--owner", "grace", "--due", "2020-02-29", "--status", "planned", "--by", "ada")
	must("gaps", "set", listedGaps(t, must, "--side", "target")[0].ID[:8], "--note", "=cmd|' /C calc'!A0")
	refused(`no gap "GV.OC-33"; did you mean GV.OC-03`, "gaps", "set", "GV.OC-33", "--owner", "ada")
	refused(`due date "2026-02-30" is not a day`, "gaps", "set", "GV.OC-03", "--due", "2026-02-30")
	refused("--to sp800-53: the register has no gap of it: it has ssdf", "gaps", "list", "--to", "sp800-53")
	if of := listedGaps(t, must, "--from", "csf@2.0", "--to", "ssdf"); len(of) != 146 {
		t.Errorf("%d gaps", len(of))
	}
	refused("unknown status", "gaps", "set", "GV.OC-03", "--status", "done")
	refused("say what to put down", "gaps", "set", "GV.OC-03")
	if overdue := listedGaps(t, must, "--overdue"); len(overdue) != 2 || overdue[0].Owner != "grace" || overdue[1].Element != "PO.5.2" {
		t.Errorf("%+v", overdue)
	}

	for _, name := range []string{"gaps.xlsx", "gaps.csv", "gaps.md", "poam.json"} {
		must("gaps", "export", "--out", name)
		whole, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		must("gaps", "export", "--out", name)
		if same, _ := os.ReadFile(name); !bytes.Equal(whole, same) {
			t.Errorf("%s has other bytes", name)
		}
	}
	validPlan(t, "poam.json", official)
	for _, name := range []string{"gaps.xlsx", "gaps.csv"} {
		if said := must("gaps", "import", name); !strings.HasPrefix(said, "0 gaps changed") {
			t.Errorf("%s: %s", name, said)
		}
	}
	fillGap(t, "gaps.xlsx", "GV.OC-04", "Due", "2026-02-30")
	refused(`row 5: GV.OC-04: due date "2026-02-30"`, "gaps", "import", "gaps.xlsx")
	fillGap(t, "gaps.xlsx", "GV.OC-04", "Due", "2026-12-31")
	fillGap(t, "gaps.xlsx", "GV.OC-05", "Status", "not-applicable")
	if said := must("gaps", "import", "gaps.xlsx", "--by", "grace"); !strings.HasPrefix(said, "2 gaps changed by grace, 146 as") {
		t.Error(said)
	}
	must("gaps", "set", "GV.OC-02", "--owner", "ada")
	if no := listedGaps(t, must, "--status", "not-applicable"); len(no) != 1 || no[0].Element != "GV.OC-05" {
		t.Errorf("%+v", no)
	}
}

// fillGap puts a value into a cell of an exported register.
func fillGap(t *testing.T, path, element, column, value string) {
	t.Helper()
	book, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.GetRows("Gaps")
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) int { return slices.Index(rows[0], name) }
	row := slices.IndexFunc(rows, func(cells []string) bool { return cells[at("Element")] == element })
	cell, err := excelize.CoordinatesToCellName(at(column)+1, row+1)
	if err != nil {
		t.Fatal(err)
	}
	if err := book.SetCellStr("Gaps", cell, value); err != nil {
		t.Fatal(err)
	}
	if err := book.Save(); err != nil {
		t.Fatal(err)
	}
}

// validPlan holds a plan against the schema of NIST, where that is at hand.
func validPlan(t *testing.T, path, official string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(official); err != nil {
		t.Logf("not held against the official schema, which is not here: %v", err)
		return
	}
	schema, err := jsonschema.NewCompiler().Compile(official)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(doc); err != nil {
		t.Error(err)
	}
}

func TestTheRegisterHoldsTheCellsOfPriorityOne(t *testing.T) {
	must, refused := gapsSession(t)
	must("draft", "--to", "ssdf", "--depth", "3")
	refused("want 1, 2 or 3", "gaps", "update", "--priority", "4")
	refused("say who", "gaps", "update", "--by", " ")

	must("gaps", "update")

	cells := listedGaps(t, must, "--side", "source")
	leftOut := 0
	for _, g := range cells {
		if g.Priority != 1 || !strings.Contains(g.Element, "#") || g.Side != crosswalk.SourceSide || g.Family == "" {
			t.Errorf("%+v", g)
		}
		if g.Why == register.LeftOut {
			leftOut++
		}
	}
	if len(cells) != 75 || leftOut != 4 {
		t.Errorf("%d cells, %d of them left out", len(cells), leftOut)
	}
	must("gaps", "update", "--priority", "2")
	if wider := listedGaps(t, must, "--side", "source"); len(wider) != 195 {
		t.Errorf("%d cells of priorities 1 and 2", len(wider))
	}
}

// TestGapsTowardsSeveralTargetsAreToldApart lists the gaps of one element towards
// two frameworks.
func TestGapsTowardsSeveralTargetsAreToldApart(t *testing.T) {
	must, _ := gapsSession(t)
	for _, to := range []string{"ssdf", "iso-42001"} {
		must("draft", "--from", "csf", "--to", to, "--depth", "3")
		must("gaps", "update", "--by", "ada")
	}
	list := must("gaps", "list", "--side", "source")
	for _, want := range []string{"csf → ssdf", "csf → iso-42001"} {
		if !strings.Contains(list, want) {
			t.Errorf("the list does not say %q: %.300s", want, list)
		}
	}
	if one := must("gaps", "list", "--to", "ssdf"); !strings.Contains(one, "csf → ssdf") || strings.Contains(one, "iso-42001") {
		t.Errorf("%.300s", one)
	}
}
