package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode"

	"concord/crosswalk"
	"concord/internal/hostile"
	"concord/internal/mockapi"
)

// hostileTables writes two tables with every attack beside a peaceful
// requirement each.
func hostileTables(t *testing.T) {
	t.Helper()
	for name, peaceful := range map[string][]string{
		"ours.csv":   {"P-1", "Visitors", "Visitors of the house are escorted to the door."},
		"theirs.csv": {"P-2", "Guests", "Guests of the yard are escorted to the gate."},
	} {
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.Write([]string{"id", "title", "text"})
		w.Write(peaceful)
		for _, x := range hostile.Elements() {
			w.Write([]string{x.ID, x.Title, x.Text + " " + name}) // no table is a copy of the other
		}
		w.Flush()
		if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// armed returns the first character of a text that acts without being seen, as
// the export counts them: joiners and soft hyphens stand in ordinary words.
func armed(text string) (rune, bool) {
	for _, r := range text {
		switch r {
		case '\t', '\n', '\r', '\u00ad', '\u200c', '\u200d':
			continue
		}
		if unicode.In(r, unicode.Cc, unicode.Cf) {
			return r, true
		}
	}
	return 0, false
}

func TestADraftOfHostileTextsShowsWhoAttacks(t *testing.T) {
	model(t, &mockapi.Server{Reply: hostile.Obey})
	hostileTables(t)
	t.Setenv("CONCORD_ENDPOINT_STRUCTURED", "json_schema")

	code, stdout, stderr := draftByModel(t, "--depth", "0")
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}

	_, review, _ := strings.Cut(stdout, "Most in need of review:\n")
	review, _, _ = strings.Cut(review, "\n\n")
	if lines := strings.Split(review, "\n"); len(lines) != reviewed || strings.Count(review, crosswalk.FlagStrange) != reviewed {
		t.Errorf("the review does not begin with the attacks:\n%s", review)
	}
	written := map[string]string{"the terminal": stdout + stderr}
	for _, name := range []string{"draft.csv", "draft.json", "draft.md"} {
		data, err := os.ReadFile("out/" + name)
		if err != nil {
			t.Fatal(err)
		}
		written[name] = string(data)
	}
	for name, text := range written {
		if r, found := armed(text); found {
			t.Errorf("%s holds U+%04X", name, r)
		}
	}
	for _, markup := range []string{"<script", "[x](javascript", "<tool_call>", "<|im_start|>"} {
		if strings.Contains(written["draft.md"], markup) {
			t.Errorf("the Markdown holds %s", markup)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(written["draft.csv"])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	told := 0 // rationales that a text dictated
	for _, row := range rows[1:] {
		for _, cell := range row {
			if strings.HasPrefix(cell, "=") {
				t.Errorf("a spreadsheet runs %q", cell)
			}
		}
		source, target := row[column["source_id"]], row[column["target_id"]]
		if target == "" {
			continue
		}
		attacked := strings.HasPrefix(source, "X-") || strings.HasPrefix(target, "X-")
		if strings.Contains(row[column["flags"]], crosswalk.FlagStrange) != attacked {
			t.Errorf("%s and %s: flags %q", source, target, row[column["flags"]])
		}
		if strings.Contains(row[column["rationale"]], "<script>") {
			told++
		}
	}
	if told == 0 || !strings.Contains(written["draft.csv"], "[U+202E]") {
		t.Error("no text has dictated a rationale: the test shows nothing")
	}
	var draft struct {
		Proposals []struct{ Rationale string }
	}
	if err := json.Unmarshal([]byte(written["draft.json"]), &draft); err != nil {
		t.Fatal(err)
	}
	verbatim := false // as it was said, for a program to read
	for _, p := range draft.Proposals {
		verbatim = verbatim || strings.Contains(p.Rationale, "\u202e")
	}
	if !verbatim {
		t.Error("the JSON does not hold the rationale as it was given")
	}
}
