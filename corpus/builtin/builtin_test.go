package builtin_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"concord/corpus"
	"concord/corpus/builtin"
)

// shared is where the official files lie beside the checkout, if they do.
const shared = "../../../shared/data/catalogs"

func open(t testing.TB, name string) *corpus.Framework {
	t.Helper()
	f, err := builtin.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestEveryBuiltInOpensAndSaysWhatItIs(t *testing.T) {
	for _, spec := range builtin.Specs() {
		f := open(t, spec)
		name := f.Spec()
		if name != spec || f.Edition == "" || f.Publisher == "" || f.Licence == "" || len(f.SHA256) != 64 {
			t.Errorf("%s: incomplete: %+v", name, f)
		}
		if !strings.HasPrefix(f.Source, "https://") || !strings.Contains(f.Notice, "not authoritative") {
			t.Errorf("%s: says neither where the original is nor that it is restated", name)
		}
	}
	if _, err := builtin.Open("nosuch"); err == nil || !strings.Contains(err.Error(), "sp800-53") {
		t.Errorf("an unknown name should list the known ones, got %v", err)
	}
}

func TestBuiltInsHaveTheElementsOfTheirEditions(t *testing.T) {
	tests := map[string]map[string]int{
		"csf@1.1":           {"function": 5, "category": 23, "subcategory": 108},
		"sp800-171":         {"family": 17, "requirement": 97, "withdrawn requirement": 33},
		"ai-rmf":            {"function": 4, "category": 19, "subcategory": 72},
		"ai-600-1":          {"action": 211},
		"ssdf":              {"group": 4, "practice": 19, "task": 42},
		"ssdf-ai":           {"practice": 20, "task": 48},
		"mitre-atlas":       {"tactic": 16, "technique": 101, "subtechnique": 69, "mitigation": 35},
		"owasp-llm-top10":   {"risk": 10, "mitigation": 85},
		"owasp-ai-exchange": {"topic": 37, "control": 54},
		"iso-27001":         {"group": 4, "control": 93},
		"iso-42001":         {"group": 9, "control": 38},
		"csf@2.0":           {"function": 6, "category": 22, "subcategory": 106, "withdrawn category": 12, "withdrawn subcategory": 79},
		"sp800-53": {"family": 20, "control": 300, "enhancement": 714,
			"withdrawn control": 24, "withdrawn enhancement": 158},
		"cyber-ai-profile": {"focus_area": 3, "function": 6, "category": 22, "subcategory": 106, "cell": 318},
	}
	for name, want := range tests {
		have := open(t, name).Counts()
		for kind, n := range want {
			if have[kind] != n {
				t.Errorf("%s: %d of kind %q, want %d", name, have[kind], kind, n)
			}
		}
		if len(have) != len(want) {
			t.Errorf("%s: kinds %v", name, have)
		}
	}
}

func TestEveryMappableBuiltInElementHasAStatement(t *testing.T) {
	for _, name := range builtin.Specs() {
		for _, e := range open(t, name).Mappable() {
			if len(strings.Fields(e.Text)) < 4 {
				t.Errorf("%s %s: statement %q", name, e.ID, e.Text)
			}
		}
	}
}

func TestProfilePrioritiesAreThePublishedOnes(t *testing.T) {
	f := open(t, "cyber-ai-profile")
	totals := map[string][4]int{}
	for _, e := range f.Elements {
		if e.Kind == corpus.KindCell {
			n := totals[e.Focus]
			n[e.Priority]++
			totals[e.Focus] = n
		}
	}
	for focus, want := range map[string][4]int{"secure": {0, 23, 33, 50}, "defend": {0, 28, 43, 35}, "thwart": {0, 24, 44, 38}} {
		if totals[focus] != want {
			t.Errorf("%s: priorities 1/2/3 are %v, want %v", focus, totals[focus], want)
		}
	}
	for id, want := range map[string][3]int{
		"GV.OC-01": {3, 3, 3}, "GV.OC-02": {3, 2, 2}, "ID.AM-01": {3, 2, 3},
		"ID.AM-02": {2, 2, 3}, "RC.RP-03": {2, 2, 3}, "RC.RP-04": {3, 2, 2},
	} {
		for i, focus := range []string{"secure", "defend", "thwart"} {
			if e, _ := f.Element(id + "#" + focus); e.Priority != want[i] {
				t.Errorf("%s#%s: priority %d, want %d", id, focus, e.Priority, want[i])
			}
		}
	}
}

func TestLabelSetsNameElementsThatExist(t *testing.T) {
	sets, err := builtin.LabelSets()
	if err != nil {
		t.Fatal(err)
	}
	// Errors of the publishers, kept: these controls were withdrawn in release 5.
	stale := map[string][]corpus.Pair{
		"csf-2.0-to-sp800-53-5.2.0": {{Source: "DE.AE-06", Target: "RA-4"}},
		"sp800-53-related-controls": {{Source: "AU-5(4)", Target: "AU-15"}, {Source: "AU-9", Target: "AU-15"}},
	}
	pairs := map[string]int{
		"csf-2.0-to-sp800-53-5.2.0": 737, "csf-2.0-to-sp800-171-r3": 310, "csf-2.0-to-csf-1.1": 156, "csf-2.0-to-ssdf-1.1": 33,
		"csf-1.1-to-sp800-53-base": 495, "ssdf-1.1-to-sp800-53-r5": 86, "cyber-ai-profile-to-owasp-ai-exchange": 157,
		"mitre-atlas-mitigation-to-technique": 244, "sp800-53-related-controls": 3397,
	}
	for _, set := range sets {
		if set.Maker == "" || set.Licence == "" || set.Trust == "" {
			t.Errorf("%s does not say who made it, on what terms or how far to trust it", set.Name)
		}
		withdrawn, err := set.Check(open(t, set.Source), open(t, set.Target))
		if err != nil {
			t.Error(err)
		}
		if !slices.Equal(withdrawn, stale[set.Name]) {
			t.Errorf("%s names withdrawn elements: %v", set.Name, withdrawn)
		}
		if want := pairs[set.Name]; len(set.Pairs) != want {
			t.Errorf("%s has %d pairs, want %d", set.Name, len(set.Pairs), want)
		}
		delete(pairs, set.Name)
	}
	for name := range pairs {
		t.Errorf("label set %s is missing", name)
	}
}

// official is what the published files hold of one element.
type official struct {
	ID, Kind, Title, Text string
	Parent                *string
	Extra                 struct {
		Status  string
		Related []string
		Level   int
	}
}

func readOfficial(t *testing.T, path string) []official {
	t.Helper()
	file, err := os.Open(filepath.Join(shared, path))
	if err != nil {
		t.Skipf("the official files are not beside this checkout: %v", err)
	}
	defer file.Close()
	var out []official
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var o official
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			t.Fatal(err)
		}
		out = append(out, o)
	}
	return out
}

func TestIdsTitlesAndStatesAreTheOfficialOnes(t *testing.T) {
	for name, path := range map[string]string{
		"csf@2.0":           "nist-csf-2.0/nist-csf-2.0.jsonl",
		"sp800-53":          "nist-sp800-53r5/nist-sp800-53r5.2.0.jsonl",
		"sp800-171":         "nist-sp800-171r3/nist-sp800-171r3.jsonl",
		"ai-rmf":            "nist-ai-rmf-1.0/nist-ai-rmf-1.0.jsonl",
		"ai-600-1":          "nist-ai-600-1/nist-ai-600-1.jsonl",
		"ssdf":              "nist-sp800-218/nist-sp800-218.jsonl",
		"owasp-llm-top10":   "owasp-llm-top10-2025/owasp-llm-top10-2025.jsonl",
		"owasp-ai-exchange": "owasp-ai-exchange/owasp-ai-exchange.jsonl",
	} {
		f := open(t, name)
		rows := readOfficial(t, path)
		if len(rows) != len(f.Elements) {
			t.Errorf("%s: %d elements, the official file has %d", name, len(f.Elements), len(rows))
		}
		for _, o := range rows {
			e, ok := f.Element(o.ID)
			if o.Title == o.ID {
				o.Title = ""
			}
			if !ok || e.Title != o.Title || e.Withdrawn != (o.Extra.Status == "withdrawn") {
				t.Errorf("%s %s: have %q withdrawn=%v, official %q %q", name, o.ID, e.Title, e.Withdrawn, o.Title, o.Extra.Status)
			}
			if o.Parent != nil && e.Parent != *o.Parent {
				t.Errorf("%s %s: parent %q, official %q", name, o.ID, e.Parent, *o.Parent)
			}
		}
	}
}

// longestRun is the number of consecutive words that may not stand in any
// official text.
const longestRun = 8

func TestNoStatementCopiesOfficialWords(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(shared, "*", "*.json*"))
	if len(files) == 0 {
		t.Skip("the official files are not beside this checkout")
	}
	copied := map[string]bool{}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		dec := json.NewDecoder(strings.NewReader(string(data)))
		for dec.More() {
			var v any
			if err := dec.Decode(&v); err != nil {
				break // not every file is JSON lines
			}
			for _, s := range strs(v, nil) {
				for _, variant := range []string{s, parameter.ReplaceAllString(s, " "), bullet.ReplaceAllString(parameter.ReplaceAllString(s, " "), " ")} {
					for _, run := range runs(variant) {
						copied[run] = true
					}
				}
			}
		}
	}
	if len(copied) < 100_000 {
		t.Fatalf("only %d runs of official words: the check would prove nothing", len(copied))
	}
	for _, name := range builtin.Specs() {
		for _, e := range open(t, name).Elements {
			for _, text := range []string{e.Text, e.Guide} {
				if strings.HasPrefix(text, "Risks: ") {
					continue // names of risks, which are facts
				}
				for _, run := range runs(text) {
					if copied[run] {
						t.Errorf("%s %s repeats official words: %q", name, e.ID, run)
					}
				}
			}
		}
	}
}

var (
	wordPattern = regexp.MustCompile(`[a-z0-9]+`)
	parameter   = regexp.MustCompile(`\[[^\[\]]*\]|\{\{[^}]*\}\}`)
	bullet      = regexp.MustCompile(`(?m)^\s*\(?[a-z0-9]{1,2}[.)]\s`)
)

func runs(s string) []string {
	words := wordPattern.FindAllString(strings.ToLower(s), -1)
	var out []string
	for i := 0; i+longestRun <= len(words); i++ {
		out = append(out, strings.Join(words[i:i+longestRun], " "))
	}
	return out
}

// strs collects every string in a decoded JSON value.
func strs(v any, into []string) []string {
	switch v := v.(type) {
	case string:
		into = append(into, v)
	case []any:
		for _, x := range v {
			into = strs(x, into)
		}
	case map[string]any:
		for _, x := range v {
			into = strs(x, into)
		}
	}
	return into
}

func BenchmarkOpenEveryBuiltIn(b *testing.B) {
	for b.Loop() {
		for _, name := range builtin.Specs() {
			open(b, name)
		}
	}
}
