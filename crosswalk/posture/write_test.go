package posture_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"unicode"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/posture"
)

// hostile is what a text of others may hold.
const hostile = "=HYPERLINK(\"http://x\")\n# <script>alert(1)</script> | [a](javascript:b) \x1b[31m\u202e"

// attacked is a report in which every text that is not ours is hostile.
func attacked(t *testing.T) *posture.Report {
	t.Helper()
	source, target := outcomes(t), controls(t)
	for _, f := range []*corpus.Framework{source, target} {
		for i := range f.Elements {
			f.Elements[i].Title = hostile
		}
		f.Title = hostile
	}
	quoted := `"` + strings.NewReplacer(`"`, `\"`, "\n", `\n`, "\x1b", `\e`, "\u202e", `\u202e`).Replace(hostile) + `"`
	file := "profile: " + quoted + "\noutcomes:\n  GV.OC-01: {included: no, rationale: " + quoted + "}\n  GV.OC-02: {rationale: " + quoted + ", current: {status: open, policies: [" + quoted +
		"], practices: " + quoted + ", roles: " + quoted + ", evidence: [" + quoted + ", " + quoted + "]}}\ncontrols: {house: [C-2, {id: C-1, evidence: " + quoted + "}]}\n"
	pairs := []pair{{"GV.OC-02", "C-1", crosswalk.Equal, "", false}, {"ID.AM-01", "C-2", crosswalk.Equal, "", true}}
	return posture.Assess(bind(t, file, source, target), []*posture.Run{run(t, source, target, pairs...)}, true)
}

func TestMarkdownDisarmsTheTextsOfOthers(t *testing.T) {
	var b bytes.Buffer
	if err := posture.WriteMarkdown(&b, attacked(t), 0); err != nil {
		t.Fatal(err)
	}
	out := b.String()
	for _, bad := range []string{"<script", "\x1b", "\u202e", "[a](", "\n# <", "\n#  "} {
		if strings.Contains(out, bad) {
			t.Errorf("%q is in the page:\n%s", bad, out)
		}
	}
	for _, want := range []string{"## What to do first", "## Contradictions", "### GV.OC-02: **met**", "### ID.AM-01: **open**, *perhaps met*, no decided mapping", "## Not included"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in the page:\n%s", want, out)
		}
	}
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "|") && strings.Count(strings.ReplaceAll(line, `\|`, ""), "|") != 6 && strings.Count(line, "|") != 8 {
			t.Errorf("a table is torn: %s", line)
		}
	}
}

func TestCSVHasARowForEachOutcomeAndRunsNothing(t *testing.T) {
	var b bytes.Buffer
	r := attacked(t)
	if err := posture.WriteCSV(&b, r); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != len(r.Outcomes)+1 {
		t.Fatalf("%d rows of %d outcomes, %v", len(rows), len(r.Outcomes), err)
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	for _, row := range rows[1:] {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") || strings.ContainsFunc(cell, func(r rune) bool { return r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf) }) {
				t.Errorf("cell %q", cell)
			}
		}
		if row[at["id"]] == "GV.OC-02" {
			if row[at["status"]] != "met" || row[at["current_status"]] != "open" || row[at["contradiction"]] == "" ||
				strings.Count(row[at["current_evidence"]], "\n") != 1 || !strings.Contains(row[at["evidence"]], "house@1 C-1, implemented") {
				t.Errorf("%q", row)
			}
		}
	}
}
