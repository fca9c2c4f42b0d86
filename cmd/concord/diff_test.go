package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"concord/corpus"
)

// diff runs the command alone in an empty folder with two editions of a list.
func diff(t *testing.T, args ...string) (string, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	for name, content := range map[string]string{
		"old.csv": "id,kind,title,text\n" +
			"A-1,control,Logs,Keep logs for a year.\n" +
			"A-2,control,Keys,\"Rotate keys | and <b>tokens</b>\x1b[2J often, on all servers in every region, and tell owners.\"\n" +
			"A-3,control,Doors,Lock the doors.\nA-4,task,Copies,Copy records nightly to a second site.\n",
		"new.csv": "id,kind,title,text\n" +
			"A-1,control,Logs,Keep logs for a year.\n" +
			"A-2,control,Keys *and* tokens,\"Rotate keys | and <i>tokens</i>\x1b[2J often, on all servers in every region, and tell owners.\"\n" +
			"A-5,control,Visitors,Escort visitors.\nA-9,task,Copies,Copy records nightly to another site.\n",
	} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := newCorpusDiff()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.Flags().String("config", "", "")
	cmd.Flags().String("workspace", "", "")
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetArgs(args)
	err := cmd.Execute()
	return out.String(), err
}

func TestTheDiffTableCountsAndThenTells(t *testing.T) {
	out, err := diff(t, "old.csv", "new.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"old@unversioned → new@unversioned\n\nKIND",
		"control  3    3    1          1        1      1        0           1         1\n",
		"Added (1)\n  A-5  control  Visitors\n",
		"Removed (1)\n  A-3  control  Doors\n",
		"Renumbered (1)\n  A-4 → A-9  task  Copies\n      Similarity: 0.",
		"      Title: Keys → Keys *and* tokens\n",
		"Statement: Rotate keys | and < [-b>tokens</b>�[2J-] {+i>tokens</i>�[2J+} often, on all servers in every …\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "\x1b") || strings.Contains(out, "  A-1  ") {
		t.Errorf("a control character or an unchanged element in\n%q", out)
	}
}

func TestTheDiffInMarkdownHoldsTextThatIsMarkup(t *testing.T) {
	out, err := diff(t, "old.csv", "new.csv", "--format", "markdown", "--kind", "control")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"# Changes from old@unversioned to new@unversioned\n", "| Kind | Old | New |",
		"## Retitled (1)\n", `Keys \*and\* tokens`, `keys \| and &lt; ~~b&gt;tokens&lt;/b&gt;�\[2J~~ **i&gt;tokens&lt;/i&gt;�\[2J** often`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	for _, bad := range []string{"\x1b", "<b>", "<i>", "task"} {
		if strings.Contains(out, bad) {
			t.Errorf("%q in\n%s", bad, out)
		}
	}
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "| A-") && strings.Count(line, "|")-strings.Count(line, `\|`) != 5 {
			t.Errorf("not four cells: %s", line)
		}
	}
}

func TestTheDiffInJSONReadsBack(t *testing.T) {
	out, err := diff(t, "old.csv", "new.csv", "--format", "json")
	if err != nil {
		t.Fatal(err)
	}
	var d corpus.Diff
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Changes) != 4 || d.Changes[0].To != "A-5" || d.Kinds[0].What[corpus.DiffRetitled] != 1 || d.Kinds[0].What[corpus.DiffMoved] != 0 {
		t.Errorf("%+v", d)
	}
	if out, err := diff(t, "old.csv", "old.csv", "--format", "json"); err != nil || !strings.Contains(out, `"changes":[]`) {
		t.Errorf("no difference: %v\n%s", err, out)
	}
}

func TestTheHelpOfDiffNamesEveryFieldOfItsJSON(t *testing.T) {
	help := newCorpusDiff().Long
	full := corpus.Diff{Kinds: []corpus.Tally{{}}, Changes: []corpus.Change{{
		From: "a", To: "b", Title: "t", OldTitle: "t", Parent: "p", OldParent: "p", Priority: 1, OldPriority: 1,
		Text: []corpus.Run{{}}, Guidance: []corpus.Run{{}}, Similarity: 1, ReplacedBy: []string{"c"}, Similar: []corpus.Match{{}},
	}}}
	data, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	for i, part := range strings.Split(string(data), `":`) {
		key := part[strings.LastIndex(part, `"`)+1:]
		if strings.HasSuffix(string(data), part) && i > 0 {
			break // what stands behind the last key
		}
		if !strings.Contains(help, `"`+key+`"`) {
			t.Errorf("the help does not name %q", key)
		}
	}
	for _, code := range corpus.DiffCodes() {
		if !strings.Contains(help, code) {
			t.Errorf("the help does not name %s", code)
		}
	}
}

func TestADiffOfWhatIsNotThereIsAWrongUse(t *testing.T) {
	tests := map[string][]string{
		"nosuch":            {"old.csv", "nosuch"},
		"no such file":      {"./no.csv", "new.csv"},
		`--format "xml"`:    {"old.csv", "new.csv", "--format", "xml"},
		"control, task":     {"old.csv", "new.csv", "--kind", "mitigation"},
		`--columns "title"`: {"old.csv", "new.csv", "--columns", "title"},
	}
	for says, args := range tests {
		out, err := diff(t, args...)
		var coded *codedError
		if !errors.As(err, &coded) || coded.code != exitUsage || !strings.Contains(err.Error(), says) || out != "" {
			t.Errorf("%v: error %v, want it to say %q; wrote %q", args, err, says, out)
		}
	}
}
