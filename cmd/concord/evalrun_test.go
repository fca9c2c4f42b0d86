package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// evalRun runs the command alone.
func evalRun(args ...string) (string, error) {
	cmd := newEvalRun()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetArgs(args)
	err := cmd.Execute()
	return out.String(), err
}

func TestEvalRunPrintsWhatTrecEvalPrints(t *testing.T) {
	dir := filepath.Join("..", "..", "eval", "trec", "testdata", "trec_eval-golden", "case-02")
	want, err := os.ReadFile(filepath.Join(dir, "expected-complete.txt"))
	if err != nil {
		t.Fatal(err)
	}

	got, err := evalRun("--qrels", filepath.Join(dir, "qrels"), "--run", filepath.Join(dir, "run"), "--per-query", "--complete")

	if err != nil || got != string(want) {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestEvalRunNamesTheFileThatIsWrong(t *testing.T) {
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	for name, content := range map[string]string{
		"qrels": "q1 0 A 1\nq2 0 A 1\n",
		"run":   "q1 Q0 A 1 1.0 r\n",
		"other": "1 Q0 A 1 1.0 r\n",
		"nan":   "q1 Q0 A 1 1.0 r\nq1 Q0 B 1 nan r\n",
		"empty": "",
	} {
		if err := os.WriteFile(path(name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ qrels, run, says string }{
		{"qrels", "run", "run lacks 1 of the 2 queries"},
		{"qrels", "other", "no query of the qrels"},
		{"qrels", "nan", path("nan") + ": run: line 2: score"},
		{"qrels", "empty", path("empty") + ": run: no document"},
		{"empty", "run", path("empty") + ": qrels: no judgement"},
		{"run", "run", path("run") + ": qrels: line 1: 6 fields"},
		{"qrels", "nosuch", path("nosuch")},
	} {
		out, err := evalRun("--qrels", path(tt.qrels), "--run", path(tt.run))
		var coded *codedError
		if !errors.As(err, &coded) || coded.code != exitUsage || !strings.Contains(err.Error(), tt.says) || out != "" {
			t.Errorf("%s and %s: error %v, want %q", tt.qrels, tt.run, err, tt.says)
		}
	}
	if _, err := evalRun("--qrels", path("qrels")); err == nil || !strings.Contains(err.Error(), "--run FILE") {
		t.Errorf("error %v", err)
	}
}
