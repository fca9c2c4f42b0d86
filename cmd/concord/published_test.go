package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPublishedCrosswalksAreComparedValidatedAndChained runs the commands on
// lists that NIST published.
func TestPublishedCrosswalksAreComparedValidatedAndChained(t *testing.T) {
	labels, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "data", "labels"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(labels); err != nil {
		t.Skipf("the published lists are not here: %v", err)
	}
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	at := func(name string) string { return filepath.Join(labels, filepath.FromSlash(name)) }
	older, newer := at("csf2-olir/csf2-to-nist-sp800-53-r5.1.1.tsv"), at("csf2-olir/csf2-to-nist-sp800-53-r5.2.0.tsv")

	code, stdout, stderr := call(t, "diff", older, newer, "--json")
	var d crosswalkDiff
	if err := json.Unmarshal([]byte(stdout), &d); err != nil || code != exitGate {
		t.Fatalf("exit code %d, %v: %s", code, err, stderr)
	}
	// Counted with sort and comm on both files.
	if d.Rows != [2]int{731, 737} || len(d.Counts) != 2 || d.Counts[0] != (changeCount{"added", 7}) || d.Counts[1] != (changeCount{"removed", 1}) {
		t.Errorf("%+v", d)
	}
	if code, stdout, _ := call(t, "diff", newer, newer); code != exitOK || !strings.Contains(stdout, "no change") {
		t.Errorf("exit code %d: %s", code, stdout)
	}
	// The list leads to one control that revision 5 withdrew.
	if code, stdout, stderr := call(t, "validate", newer, "--from", "csf", "--to", "sp800-53"); code != exitUsage ||
		strings.Count(stdout, "error") != 1 || !strings.Contains(stdout, "target RA-4 is withdrawn") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	if code, stdout, _ := call(t, "validate", newer, "--from", "sp800-53", "--to", "csf"); code != exitUsage || !strings.Contains(stdout, "swapped-columns") {
		t.Errorf("exit code %d: %s", code, stdout)
	}

	// Nobody typed these pairs, so no relation follows from them.
	code, stdout, stderr = call(t, "derive", "--via", "csf@1.1", at("ssdf/nist-ssdf-1.1-to-nist-csf-1.1.tsv"), at("csf2-olir/csf2-to-nist-csf-1.1.tsv"))
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if code != exitOK || len(lines) < 10 {
		t.Fatalf("exit code %d, %d lines: %s", code, len(lines), stderr)
	}
	for _, line := range lines[1:] {
		if !strings.Contains(line, ",,,unknown,") {
			t.Errorf("%s", line)
		}
	}
}

// TestPublishedWorkbooksAreRead counts the pairs of workbooks as their publishers
// made them, with headers of their own where they have these.
func TestPublishedWorkbooksAreRead(t *testing.T) {
	labels, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "data", "labels"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(labels); err != nil {
		t.Skipf("the published lists are not here: %v", err)
	}
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	nis2 := "enisa-nis2/upstream/ENISA_Technical_Implementation_Guidance_Mapping_table_version_1.0.xlsx"
	for _, c := range []struct {
		file, columns string
		rows          string
	}{
		{"nist-olir/upstream/Cybersecurity_Framework_v2-0_Concept_Crosswalk_800-53_final.xlsx", "", "740 rows"},
		{"nist-olir/upstream/sp800-53r5-to-iso-27001-mapping-2022-OLIR-2023-10-12-UPDATED.xlsx", "", "643 rows"},
		// 279 pairs, and two cells with slips in them: see package mapping.
		{nis2, "source_id=Point No,target_id=NIST Cybersecurity Framework v2.0", "281 rows, 2 gaps"},
		{nis2, "source_id=Point No,target_id=ISO standard 27001:2022", " rows"},
	} {
		args := []string{"validate", filepath.Join(labels, filepath.FromSlash(c.file))}
		if c.columns != "" {
			args = append(args, "--columns", c.columns)
		}
		if _, stdout, stderr := call(t, args...); !strings.Contains(stdout, c.rows) || strings.Contains(stdout, "unreadable") {
			t.Errorf("%s: %s%s", c.file, stdout[:min(len(stdout), 300)], stderr)
		}
	}
}

// TestEveryFormatServesAsLabels exports a draft in each format that is read again
// and evaluates against it.
func TestEveryFormatServesAsLabels(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	for name, content := range map[string]string{
		"ours.csv":   "id,text\nO-1,Backups are encrypted before they leave the building.\nO-2,Staff are trained to recognise phishing mail.\n",
		"theirs.csv": "id,text\nT-1,Encrypt backups and other stored records.\nT-2,Train staff against phishing mail.\nT-3,Escort visitors in the building.\n",
	} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if code, _, stderr := call(t, "draft", "--from", "ours.csv", "--to", "theirs.csv"); code != exitOK {
		t.Fatal(stderr)
	}
	want := ""
	for _, f := range formats() {
		if f.read == nil {
			continue
		}
		args := []string{"export", "--drafts", "--format", f.name, "--out", "labels"}
		if f.name == "olir" {
			args = append(args, "--focal", "target")
		}
		if code, _, stderr := call(t, args...); code != exitOK {
			t.Fatalf("%s: %s", f.name, stderr)
		}
		if err := os.WriteFile("sets.yaml", []byte("sets: [{name: mine, from: ours.csv, to: theirs.csv, labels: labels}]\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := call(t, "eval", "--sets", "sets.yaml")
		if want == "" {
			want = stdout
		}
		if code != exitOK || stdout != want {
			t.Errorf("%s: exit code %d: %s%s", f.name, code, stdout, stderr)
		}
	}
}
