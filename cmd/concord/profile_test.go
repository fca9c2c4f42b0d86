package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"concord/crosswalk/exchange/document"
	"concord/crosswalk/orgprofile"
	"concord/crosswalk/posture"
)

// written puts a file into the folder of the test.
func written(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// answer runs concord profile with --json.
func answer(t *testing.T, args ...string) posture.Report {
	t.Helper()
	code, stdout, stderr := call(t, append([]string{"profile", "--json"}, args...)...)
	if code != exitOK {
		t.Fatalf("concord profile %v: exit code %d: %s", args, code, stderr)
	}
	var r posture.Report
	dec := json.NewDecoder(strings.NewReader(stdout))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		t.Fatal(err)
	}
	return r
}

func row(t *testing.T, r posture.Report, id string) posture.Outcome {
	t.Helper()
	for _, o := range r.Outcomes {
		if o.ID == id {
			return o
		}
	}
	t.Fatalf("no outcome %s", id)
	return posture.Outcome{}
}

// TestAnOrganisationSeesWhatItsControlsMeet drafts, decides and asks.
func TestAnOrganisationSeesWhatItsControlsMeet(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	written(t, "bare.yaml", "framework: csf\ncontrols: {ssdf: []}\n")

	// Before there is a run everything is open, and it is said why.
	code, stdout, stderr := call(t, "profile", "bare.yaml")
	if code != exitOK || !strings.Contains(stderr, "concord draft --from csf@2.0 --to ssdf@1.1") || !strings.Contains(stdout, "No priority, open, no mapping: 106") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}

	for _, args := range []string{"draft --from csf --to ssdf --depth 3", "export --drafts --out draft.json"} {
		if code, _, stderr := call(t, strings.Fields(args)...); code != exitOK {
			t.Fatalf("concord %s: %s", args, stderr)
		}
	}
	data, err := os.ReadFile("draft.json")
	if err != nil {
		t.Fatal(err)
	}
	draft, err := document.Read(data)
	if err != nil || len(draft.Rows) < 3 {
		t.Fatalf("%d rows, %v", len(draft.Rows), err)
	}
	whole, part := draft.Rows[0], draft.Rows[0]
	for _, r := range draft.Rows {
		if r.Source != whole.Source && r.Target != whole.Target {
			part = r
		}
	}
	written(t, "own.yaml", "profile: Ours\nframework: csf\noutcomes:\n  "+whole.Source+": {priority: 1, current: open}\n  "+part.Source+": 2\n"+
		"controls:\n  ssdf: ["+whole.Target+"]\n")

	// Nobody has decided: only a perhaps.
	if _, _, stderr := call(t, "profile", "own.yaml"); !strings.Contains(stderr, "nobody has decided") {
		t.Error(stderr)
	}
	if o := row(t, answer(t, "own.yaml", "--drafts"), whole.Source); o.Status != orgprofile.Open || o.Perhaps == "" || o.Mapped || o.Check != nil {
		t.Errorf("%+v", o)
	}

	// A workbook would do the same: the decisions come in as JSON.
	for i := range draft.Rows {
		r := &draft.Rows[i]
		switch {
		case r.Source == whole.Source && r.Target == whole.Target:
			r.State, r.Relation, r.Reviewer = "corrected", "subset_of", "ada"
		case r.Source == part.Source && r.Target == part.Target:
			r.State, r.Reviewer = "accepted", "ada"
		}
	}
	var b bytes.Buffer
	if err := document.Write(&b, draft); err != nil {
		t.Fatal(err)
	}
	written(t, "reviewed.json", b.String())
	if code, _, stderr := call(t, "review", "import", "reviewed.json", "--reviewer", "ada"); code != exitOK {
		t.Fatal(stderr)
	}
	r := answer(t, "own.yaml")
	met, open := row(t, r, whole.Source), row(t, r, part.Source)
	if met.Status != orgprofile.Met || met.Priority != 1 || len(met.Evidence) != 1 || met.Evidence[0].Reviewers[0] != "ada" || met.Check == nil || met.Check.Finding != posture.Understated {
		t.Errorf("%+v", met)
	}
	if open.Status != orgprofile.Open || len(r.First) != 1 || r.First[0].Control != part.Target || r.First[0].Serves[0].Outcome != part.Source {
		t.Errorf("%+v; first %+v", open, r.First)
	}
	if named := answer(t, "own.yaml", "--run", r.Catalogs[0].Run); len(named.First) != 1 || named.Catalogs[0].Decided != 2 {
		t.Errorf("with --run: %+v", named.Catalogs)
	}

	if _, _, stderr := call(t, "profile", "bare.yaml", "--from", "csf", "--run", r.Catalogs[0].Run); strings.Contains(stderr, "run") {
		t.Error(stderr)
	}
	written(t, "other.yaml", "framework: csf\ncontrols: {sp800-171: []}\n")
	if _, _, stderr := call(t, "profile", "other.yaml", "--run", r.Catalogs[0].Run); !strings.Contains(stderr, "it is not used") || !strings.Contains(stderr, "no run that is named") {
		t.Error(stderr)
	}
	if code, _, stderr := call(t, "profile", "own.yaml", "--from", "ai-rmf", "--run", r.Catalogs[0].Run); code != exitUsage || !strings.Contains(stderr, "maps csf@2.0, and the profile is of ai-rmf@1.0") {
		t.Errorf("exit code %d: %s", code, stderr)
	}

	code, stdout, stderr = call(t, "profile", "own.yaml")
	for _, want := range []string{"Ours: csf@2.0", "What to do first:", "Contradictions between", whole.Source + "  MET", "is a subset of " + whole.Target, "accepted by ada"} {
		if code != exitOK || !strings.Contains(strings.Join(strings.Fields(stdout), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("%q is not printed: exit code %d: %s%s", want, code, stdout, stderr)
		}
	}
	for _, out := range []string{"posture.md", "posture.csv", "posture.json", "posture.txt"} {
		if code, _, stderr := call(t, "profile", "own.yaml", "--out", out); code != exitOK || !strings.Contains(stderr, "wrote "+out) {
			t.Errorf("%s: exit code %d: %s", out, code, stderr)
		}
		if data, err := os.ReadFile(out); err != nil || !bytes.Contains(data, []byte(whole.Source)) {
			t.Errorf("%s: %v", out, err)
		}
	}
}

func TestAProfileToBeginWithIsWrittenOnceAndReadAtOnce(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	if code, stdout, stderr := call(t, "profile", "init"); code != exitOK || !strings.Contains(stdout, "concord profile profile.yaml") {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	if code, _, stderr := call(t, "profile", "profile.yaml"); code != exitOK || !strings.Contains(stderr, "lists no controls") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	written(t, "profile.yaml", "profile: mine\n")
	if code, _, stderr := call(t, "profile", "init"); code != exitUsage || !strings.Contains(stderr, "is there already") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if data, _ := os.ReadFile("profile.yaml"); string(data) != "profile: mine\n" {
		t.Errorf("it was overwritten: %s", data)
	}
	if code, _, stderr := call(t, "profile", "init", "csf.yaml", "--from", "csf"); code != exitOK {
		t.Error(stderr)
	}
}

func TestAWrongProfileNamesFileAndLineAndLeavesNothingBehind(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	for file, want := range map[string]string{
		"":                                      "p.yaml: the file is empty",
		"outcomes: {GV.OC-99: met}\n":           `p.yaml: line 1: cyber-ai-profile@iprd has no element "GV.OC-99"; did you mean GV.OC-0`,
		"controls: {sp800-35: [AC-2]}\n":        `p.yaml: line 1: controls: no framework "sp800-35"; did you mean sp800-53`,
		"controls: {zzzzzz: [AC-2]}\n":          `p.yaml: line 1: controls: no framework "zzzzzz"; known: `,
		"controls: {sp800-53: [AC-13]}\n":       "p.yaml: line 1: AC-13 was withdrawn in sp800-53@5.2.0: name AC-2, AU-6 instead",
		"outcomes: {GV: 9}\nfocus: x\n":         "p.yaml: line 2: the file: unknown key \"focus\"",
		"framework: nosuch\n":                   `no framework "nosuch"`,
		"profile: \"a\\e[31m\"\nfocus_areas: x": "unknown focus area",
	} {
		written(t, "p.yaml", file)
		code, stdout, stderr := call(t, "profile", "p.yaml")
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, want) || strings.Contains(stderr, "\x1b") {
			t.Errorf("%q: exit code %d: %s, want %q", file, code, stderr, want)
		}
	}
	written(t, "p.yaml", "profile: x\n")
	for _, args := range []string{"profile", "profile nosuch.yaml", "profile .", "profile p.yaml --run nosuch", "profile p.yaml --first -1", "profile p.yaml --format xml",
		"profile p.yaml --out p.docx", "profile p.yaml --json --format csv", "profile p.yaml --from nosuch", "profile init a b", "profile init --from nosuch"} {
		if code, _, stderr := call(t, strings.Fields(args)...); code != exitUsage || strings.Count(stderr, "\n") != 1 {
			t.Errorf("concord %s: exit code %d: %s", args, code, stderr)
		}
	}
	if _, err := os.Stat(".concord"); err == nil {
		t.Error("a workspace was made")
	}
}

func TestAReportDisarmsTheTextsOfOthersForTheTerminal(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	written(t, "p.yaml", "profile: \"a\\e[2Jb\\u202e\"\nframework: csf\noutcomes:\n  GV.OC-01: {rationale: \"x\\e]0;y\\a\", current: {status: met, roles: \"\\r\\u009b31m\"}}\n")
	code, stdout, _ := call(t, "profile", "p.yaml")
	if code != exitOK || strings.ContainsAny(stdout, "\x1b\u202e\a\r\u009b") || !strings.Contains(stdout, "�[2Jb�") {
		t.Errorf("exit code %d: %q", code, stdout)
	}
	if r := answer(t, "p.yaml"); r.Title != "a\x1b[2Jb\u202e" {
		t.Errorf("title %q", r.Title)
	}
	if _, stdout, _ := call(t, "profile", "p.yaml", "--json"); strings.ContainsAny(stdout, "\x1b\u202e\u009b") {
		t.Error("JSON holds characters that nobody sees")
	}
}
