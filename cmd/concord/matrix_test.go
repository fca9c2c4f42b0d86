package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// matrixDrafts makes small drafts of csf in a workspace of its own, and returns their
// ids by target.
func matrixDrafts(t *testing.T, pairs ...string) map[string]string {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	ids := map[string]string{}
	for _, pair := range pairs {
		from, to, _ := strings.Cut(pair, " ")
		if code, _, stderr := call(t, "draft", "--from", from, "--to", to, "--depth", "3"); code != exitOK {
			t.Fatal(stderr)
		}
	}
	var runs []listedRun
	if err := json.Unmarshal([]byte(mustExport(t, "run list --json")), &runs); err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		ids[r.Source+" "+r.Target] = r.ID
	}
	return ids
}

func mustExport(t *testing.T, args string) string {
	t.Helper()
	code, stdout, stderr := call(t, strings.Fields(args)...)
	if code != exitOK {
		t.Fatalf("concord %s: exit code %d: %s", args, code, stderr)
	}
	return stdout
}

// csvOf reads a matrix as CSV.
func csvOf(t *testing.T, args string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(mustExport(t, args))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestAMatrixHasAColumnForEachTargetAndCountsWhatPeopleDecided(t *testing.T) {
	runs := matrixDrafts(t, "csf ssdf", "csf ai-rmf")
	mustExport(t, "export --run "+runs["csf@2.0 ssdf@1.1"]+" --drafts --out review.xlsx")
	book, err := excelize.OpenFile("review.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := book.GetRows("Review")
	if err != nil {
		t.Fatal(err)
	}
	source, target := rows[1][slices.Index(rows[0], "Source id")], rows[1][slices.Index(rows[0], "Target id")]
	relation := strings.ReplaceAll(rows[1][slices.Index(rows[0], "Relation")], "_", " ")
	book.Close()

	code, _, stderr := call(t, "export", "--matrix", "--from", "csf", "--to", "ssdf,ai-rmf")
	if code != exitUsage || !strings.Contains(stderr, "nobody has decided on a row of these runs: add --drafts") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	fill(t, "review.xlsx", source, target, map[string]string{"Your decision": "accept"})
	mustExport(t, "review import review.xlsx --reviewer ada")

	lines := csvOf(t, "export --matrix --from csf --to ssdf,ai-rmf")
	if want := []string{"Group", "Id", "Outcome", "ssdf@1.1", "ai-rmf@1.0"}; !slices.Equal(lines[0], want) || len(lines) != 107 {
		t.Fatalf("%q, %d lines", lines[0], len(lines))
	}
	for _, l := range lines[1:] {
		want := ""
		if l[1] == source {
			want = relation + ": " + target
		}
		if l[3] != want || l[4] != "" {
			t.Errorf("%q, want %q alone", l, want)
		}
	}
	drafts := csvOf(t, "export --matrix --from csf --to ssdf,ai-rmf --drafts")
	if !slices.ContainsFunc(drafts, func(l []string) bool { return strings.HasPrefix(l[4], "draft, ") }) {
		t.Error("no draft is marked")
	}
	if again := csvOf(t, "export --matrix --run "+runs["csf@2.0 ssdf@1.1"]+" --run "+runs["csf@2.0 ai-rmf@1.0"]+" --drafts"); !slices.EqualFunc(drafts, again, slices.Equal) {
		t.Error("the runs by their ids give another matrix")
	}
	reverse := csvOf(t, "export --matrix --reverse --from csf --to ssdf")
	if len(reverse) != 2 || reverse[1][1] != target || !strings.HasSuffix(reverse[1][len(reverse[1])-1], ": "+source) {
		t.Errorf("%q", reverse)
	}
	missing := csvOf(t, "export --matrix --from csf --to ssdf,iso-42001 --missing")
	if missing[1][4] != "not drafted" || missing[0][4] != "iso-42001@2023" {
		t.Errorf("%q", missing[:2])
	}
	for _, name := range []string{"m.xlsx", "m.html", "m.md", "m.csv"} {
		mustExport(t, "export --role soc --from csf --to ssdf,ai-rmf --drafts --out "+name)
		if info, err := os.Stat(name); err != nil || info.Size() < 1000 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	soc := csvOf(t, "export --role soc --from csf --to ssdf --drafts --format csv")
	if !strings.HasPrefix(soc[1][1], "ID.RA-01") || len(soc) < 20 || len(soc) > 40 {
		t.Errorf("the soc sees %d rows, the first %q", len(soc)-1, soc[1])
	}
}

func TestAMatrixThatCannotBeMadeSaysWhatToDo(t *testing.T) {
	runs := matrixDrafts(t, "csf ssdf", "csf@1.1 ai-rmf")
	for name, file := range map[string]string{
		"typo.yaml":    "roles: {a: {titel: T}}",
		"unknown.yaml": "roles: {a: {title: T, elements: [DE.CN], columns: [{framework: ssdf}]}}",
		"empty.yaml":   "",
	} {
		if err := os.WriteFile(name, []byte(file), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ args, says string }{
		{"--matrix", "a matrix needs targets"},
		{"--matrix --from csf --to ssdf,iso-42001 --drafts", "concord draft --from csf --to iso-42001 first, or add --missing"},
		{"--matrix --from csf --to sdff --drafts", "sdff"},
		{"--matrix --from csf --to ssdf,ai-rmf --drafts", "run " + runs["csf@2.0 ssdf@1.1"] + " is from csf@2.0 and run " + runs["csf@1.1 ai-rmf@1.0"] + " from csf@1.1"},
		{"--matrix --run " + runs["csf@2.0 ssdf@1.1"] + " --run " + runs["csf@1.1 ai-rmf@1.0"] + " --drafts", "a matrix has one source"},
		{"--matrix --from csf --to ssdf,ssdf@1.1 --drafts", "both lead to ssdf@1.1"},
		{"--matrix --run nosuch --drafts", `no run "nosuch"`},
		{"--matrix --run a --to ssdf", "--run and --to both name the columns"},
		{"--matrix --run a --from csf", "leave --from out"},
		{"--matrix --from csf --to ssdf,ai-rmf --reverse", "--reverse shows one target"},
		{"--matrix --from csf --to ssdf --sort gain", "want document or priority"},
		{"--matrix --from csf --to ssdf --reverse --sort priority", "want document or gain"},
		{"--matrix --from csf --to ssdf --format oscal", "a matrix is not written as oscal: want --format xlsx, csv, html, markdown"},
		{"--matrix --from csf --to ssdf --strict", "--strict is not for a matrix"},
		{"--matrix --to ssdf --roles x.yaml", "name one of them with --role"},
		{"--role sco --from csf", `want governance, risk, ai-developer, soc, supply-chain, audit; did you mean soc?`},
		{"--role a --roles nosuch.yaml", "read roles: "},
		{"--role a --roles empty.yaml", "empty.yaml: there is no role"},
		{"--role a --roles typo.yaml", `typo.yaml: line 1: role "a": unknown key "titel": want extends, title, intro, elements, without, focus, priority, outcomes, sort, words, items, columns, also; did you mean title?`},
		{"--role a --roles unknown.yaml --from csf --drafts", `has no element "DE.CN"; did you mean DE.`},
		{"--to ssdf", "--to is for a matrix"},
		{"--run a --run b", "add --matrix"},
	} {
		code, stdout, stderr := call(t, append([]string{"export"}, strings.Fields(test.args)...)...)
		if code != exitUsage || !strings.Contains(stderr, test.says) || stdout != "" {
			t.Errorf("%s: exit code %d, %q; want %q", test.args, code, stderr, test.says)
		}
	}
}

func TestTheFileOfRolesThatIsPrintedCanBeUsed(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	if err := os.WriteFile("ours.yaml", []byte(mustExport(t, "roles show")), 0o644); err != nil {
		t.Fatal(err)
	}
	built, ours := mustExport(t, "roles list"), mustExport(t, "roles list --roles ours.yaml")
	if built != ours || strings.Count(built, "\n") != 7 || !strings.Contains(built, "supply-chain") {
		t.Errorf("%s\n%s", built, ours)
	}
}
