package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"concord/eval"
)

// evalCompare runs the command alone and returns its exit code too.
func evalCompare(args ...string) (code int, stdout string, err error) {
	cmd := newEvalCompare()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetArgs(args)
	err = cmd.Execute()
	var coded *codedError
	switch {
	case errors.As(err, &coded):
		code = coded.code
	case err != nil:
		code = exitFailed
	}
	return code, out.String(), err
}

// compareFiles writes n labelled requirements and two runs: good.run finds
// what is right for all, bad.run finds it second for the first few.
func compareFiles(t *testing.T, n, few int) {
	t.Helper()
	t.Chdir(t.TempDir())
	var qrels, good, bad strings.Builder
	for i := range n {
		fmt.Fprintf(&qrels, "R%03d 0 A 1\n", i)
		fmt.Fprintf(&good, "R%03d Q0 A 1 2 good\nR%03d Q0 B 2 1 good\n", i, i)
		a, b := 2, 1
		if i < few {
			a, b = b, a
		}
		fmt.Fprintf(&bad, "R%03d Q0 A 1 %d bad\nR%03d Q0 B 2 %d bad\n", i, a, i, b)
	}
	for name, content := range map[string]string{
		"q": qrels.String(), "good.run": good.String(), "bad.run": bad.String(),
		"twice.run": "R000 Q0 A 1 2 x\nR000 Q0 A 2 1 x\n", "nan.run": "R000 Q0 A 1 NaN x\n", "other.run": "X Q0 A 1 1 x\n",
	} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestComparedRunsEndWithTheCodeOfTheirVerdict(t *testing.T) {
	for _, tt := range []struct {
		n, few int
		args   string
		code   int
		says   string
	}{
		{20, 10, "good.run bad.run", exitGate, "regression: "},
		{20, 10, "good.run bad.run --json", exitGate, `"verdict":"regression"`},
		{20, 10, "good.run bad.run --fail-on none", exitOK, "regression: "},
		{20, 10, "good.run bad.run --fail-on noise,unchanged", exitOK, "regression: "},
		{20, 10, "bad.run good.run", exitOK, "improved: "},
		{20, 10, "good.run good.run", exitOK, "unchanged: "},
		{20, 10, "good.run good.run --fail-on regression,unchanged", exitGate, "unchanged: "},
		{100, 2, "good.run bad.run", exitOK, "noise: "},
		{100, 2, "good.run bad.run --matters 0.001", exitTooFew, "not enough data: "},
		{6, 6, "good.run bad.run", exitTooFew, "not enough data: "},
		{6, 6, "good.run bad.run --fail-on none", exitTooFew, "not enough data: "},
	} {
		t.Run(fmt.Sprintf("%d of %d %s", tt.few, tt.n, tt.args), func(t *testing.T) {
			compareFiles(t, tt.n, tt.few)
			code, stdout, err := evalCompare(append(strings.Fields(tt.args), "--qrels", "q")...)
			if code != tt.code || !strings.Contains(stdout, tt.says) {
				t.Errorf("exit code %d, want %d; %v\n%s", code, tt.code, err, stdout)
			}
		})
	}
}

func TestWhatCannotBeComparedIsBadInput(t *testing.T) {
	compareFiles(t, 10, 1)
	for args, says := range map[string]string{
		"good.run bad.run":                                "--qrels",
		"good.run bad.run --qrels nosuch":                 "nosuch",
		"good.run nosuch.run --qrels q":                   "nosuch.run",
		"good.run bad.run --qrels good.run":               "good.run: qrels: line 1",
		"good.run twice.run --qrels q":                    "twice.run: run: line 2",
		"nan.run good.run --qrels q":                      "nan.run: run: line 1: score",
		"other.run good.run --qrels q":                    "base run",
		"good.run bad.run --qrels q --matters 0":          "--matters 0",
		"good.run bad.run --qrels q --matters NaN":        "--matters NaN",
		"good.run bad.run --qrels q --matters 1.5":        "--matters 1.5",
		"good.run bad.run --qrels q --fail-on worse":      `--fail-on "worse"`,
		"good.run bad.run --qrels q --fail-on none,noise": `--fail-on "none"`,
		"good.run bad.run --qrels q --fail-on=":           "--fail-on",
	} {
		code, stdout, err := evalCompare(strings.Fields(args)...)
		if code != exitUsage || err == nil || !strings.Contains(err.Error(), says) || stdout != "" {
			t.Errorf("%s: exit code %d, error %v, want %q", args, code, err, says)
		}
	}
}

func TestTheComparisonAsJSONHoldsWhatTheHelpSays(t *testing.T) {
	compareFiles(t, 20, 10)
	_, stdout, _ := evalCompare("good.run", "bad.run", "--qrels", "q", "--json", "--seed", "7")
	var got compared
	dec := json.NewDecoder(strings.NewReader(stdout))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.Seed != 7 || got.Requirements != 20 || len(got.Moved) != 10 || len(got.Measures) != 3 || got.Verdict != eval.Regression {
		t.Errorf("%+v", got)
	}
	if _, again, _ := evalCompare("good.run", "bad.run", "--qrels", "q", "--json", "--seed", "7"); again != stdout {
		t.Error("the same seed gave other bytes")
	}
	var keys map[string]any
	if err := json.Unmarshal([]byte(stdout), &keys); err != nil {
		t.Fatal(err)
	}
	help := newEvalCompare().Long
	for key := range keys {
		if !strings.Contains(help, `"`+key+`"`) {
			t.Errorf("the help does not explain %q", key)
		}
	}
	if i := slices.IndexFunc(got.Moved, func(m eval.Moved) bool { return m.What != eval.Lost }); i >= 0 {
		t.Errorf("%+v", got.Moved[i])
	}
}
