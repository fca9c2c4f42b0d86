package main

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"concord/corpus"
	"concord/corpus/builtin"
)

// call runs the program in a folder of its own and returns its exit code and
// what it wrote.
func call(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, talk bytes.Buffer
	code = run(args, strings.NewReader(""), &out, &talk)
	return code, out.String(), talk.String()
}

func TestExitCodesSayWhatHappened(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	for name, content := range map[string]string{
		"file":        "x",
		"one.csv":     "id,text\nA-1,Encrypt records.\n",
		"copy.csv":    "id,text\nA-1,Encrypt records.\n",
		"noid.csv":    "ref,text\nA-1,Encrypt records.\n",
		"twice.csv":   "id,text\nA-1,Encrypt records.\nA-1,Encrypt records.\n",
		"alike.csv":   "id,text\nA B,Encrypt records.\nA_B,Encrypt more.\n",
		"blank.csv":   "",
		"page.html":   "<!DOCTYPE html><html></html>",
		"broken.json": "{\"catalog\":\n{\"groups\": [}}",
		"latin.json":  `{"catalog":{"metadata":{"title":"Own","version":"1"},"controls":[{"id":"a","title":"caf` + "\xe9" + `"}]}}`,
	} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		code int
		args string
	}{
		{exitOK, "version"},
		{exitOK, "corpus list"},
		{exitUsage, "draft --from nosuch"},
		{exitUsage, "draft --nosuch"},
		{exitUsage, "nosuch"},
		{exitUsage, "draft --judge llm"},
		{exitUsage, "draft --to missing/file.csv"},
		{exitUsage, "draft --from csf --to csf"},
		{exitUsage, "draft --from one.csv --to copy.csv"},
		{exitUsage, "draft --to noid.csv"},
		{exitUsage, "draft --to twice.csv"},
		{exitUsage, "draft --to blank.csv"},
		{exitUsage, "draft --to page.html"},
		{exitUsage, "draft --to broken.json"},
		{exitUsage, "draft --to latin.json"},
		{exitUsage, "draft --to one.csv --kind control"},
		{exitUsage, "rank --kind nosuch"},
		{exitUsage, "search words --kind nosuch"},
		{exitUsage, "draft --depth -1"},
		{exitUsage, "draft --attempt 0"},
		{exitUsage, "draft --judge oracle"},
		{exitUsage, "draft --max-cost -1"},
		{exitUsage, "draft --max-cost NaN"},
		{exitUsage, "draft --columns ref=X"},
		{exitUsage, "draft --config nosuch.yaml"},
		{exitUsage, "rank --format xml"},
		{exitUsage, "rank --explain"},
		{exitUsage, "rank --from alike.csv"},
		{exitUsage, "export --format docx"},
		{exitUsage, "eval --sets nosuch.yaml"},
		{exitUsage, "help nosuch"},
		{exitUsage, "completion nosuch"},
		{exitUsage, "completion bash extra"},
		{exitUsage, "export --format csv"},
		{exitUsage, "search"},
		{exitFailed, "draft --workspace file/inside"},
	}
	for _, tt := range tests {
		code, _, stderr := call(t, strings.Fields(tt.args)...)
		if code != tt.code {
			t.Errorf("concord %s: exit code %d, want %d; %s", tt.args, code, tt.code, stderr)
		}
		if lines := strings.Count(stderr, "\n") - strings.Count(stderr, "the newest; there is also"); code != exitOK && lines != 1 {
			t.Errorf("concord %s: %d lines of error, want one: %q", tt.args, lines, stderr)
		}
		if _, err := os.Stat(".concord"); err == nil {
			t.Fatalf("concord %s made a workspace", tt.args)
		}
	}
}

// TestTheSettingsFileListsEveryKeyWithItsDefault keeps config.yaml true.
func TestTheSettingsFileListsEveryKeyWithItsDefault(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := yaml.Unmarshal(data, &tree); err != nil {
		t.Fatal(err)
	}
	listed := map[string]any{}
	for key, value := range tree {
		if section, ok := value.(map[string]any); ok {
			for sub, v := range section {
				listed[key+"."+sub] = v
			}
			continue
		}
		listed[key] = value
	}
	for key, want := range defaults() {
		if got, ok := listed[key]; !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("config.yaml says %s: %v, the default is %v", key, got, want)
		}
		delete(listed, key)
	}
	for key := range listed {
		t.Errorf("config.yaml lists %s, which is no setting", key)
	}
	for line := range strings.Lines(string(data)) {
		if strings.Contains(line, ":") && !strings.HasPrefix(line, "#") && !strings.Contains(line, " #") {
			t.Errorf("config.yaml does not explain %q", strings.TrimSpace(line))
		}
	}
}

func TestFlagsGoBeforeTheEnvironmentBeforeTheFile(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	if err := os.WriteFile("config.yaml", []byte("depth: 7\nworkspace: from-file\nendpoint:\n  attempts: 2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CONCORD_WORKSPACE", "from-environment")
	t.Setenv("CONCORD_ENDPOINT_URL", "https://models.example/v1")
	cmd := newDraft()
	cmd.Flags().String("config", "", "")
	cmd.Flags().String("workspace", "", "")
	if err := cmd.ParseFlags([]string{"--depth", "9"}); err != nil {
		t.Fatal(err)
	}

	s, err := loadSettings(cmd)
	if err != nil {
		t.Fatal(err)
	}

	if s.Depth != 9 || s.Workspace != "from-environment" || s.Endpoint.Attempts != 2 || s.Endpoint.URL != "https://models.example/v1" || s.MaxFileMB != 256 {
		t.Errorf("settings %+v", s)
	}
}

// TestLabelsUnderTestAreNoPrecedents holds a framework against the built-in
// label sets by its ids, whatever it calls itself.
func TestLabelsUnderTestAreNoPrecedents(t *testing.T) {
	target, err := builtin.Open("sp800-53")
	if err != nil {
		t.Fatal(err)
	}
	sets := func(without *corpus.Framework) (names []string) {
		found, err := precedents(target, without)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range found {
			names = append(names, p.Set)
		}
		return names
	}
	all := sets(nil)
	csf, err := builtin.Open("csf@1.1")
	if err != nil {
		t.Fatal(err)
	}
	csf.Name = "somebody's file"

	left := sets(csf)

	if len(all) != 3 || len(left) != 2 || slices.Contains(left, "csf-1.1-to-sp800-53-base") {
		t.Errorf("precedents %v, without those of CSF 1.1 %v", all, left)
	}
}
