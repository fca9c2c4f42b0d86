package profile_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"concord/corpus"
	"concord/corpus/internal/readertest"
	"concord/corpus/profile"
)

const realFile = "../../../shared/data/catalogs/nist-ir-8596/nist-ir-8596-iprd.json"

func readReal(t *testing.T) *corpus.Framework {
	t.Helper()
	data, err := os.ReadFile(realFile)
	if os.IsNotExist(err) {
		t.Skipf("the published profile is not here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	f, err := profile.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestReadFindsEveryRowAndCellOfTheDraft(t *testing.T) {
	f := readReal(t)

	if got, want := f.Spec(), "cyber-ai-profile@iprd"; got != want {
		t.Errorf("spec is %s, want %s", got, want)
	}
	for kind, want := range map[string]int{"focus_area": 3, "subcategory": 106, "cell": 318} {
		if got := f.Counts()[kind]; got != want {
			t.Errorf("%d elements of kind %s, want %d", got, kind, want)
		}
	}
	for _, e := range f.Elements {
		if e.Kind == corpus.KindCell && e.ID != e.Parent+"#"+e.Focus {
			t.Errorf("cell %s stands below %q in focus area %q", e.ID, e.Parent, e.Focus)
		}
		if e.Kind == corpus.KindSubcategory && e.Text == "" {
			t.Errorf("subcategory %s has no statement", e.ID)
		}
	}
}

func TestReadKeepsThePriorityColumnsApart(t *testing.T) {
	f := readReal(t)

	totals := map[string][4]int{}
	for _, e := range f.Elements {
		n := totals[e.Focus]
		n[e.Priority]++
		totals[e.Focus] = n
	}
	for focus, want := range map[string][4]int{
		"secure": {0, 23, 33, 50}, "defend": {0, 28, 43, 35}, "thwart": {0, 24, 44, 38},
	} {
		if totals[focus] != want {
			t.Errorf("%s has priorities %v, want %v", focus, totals[focus], want)
		}
	}
	for id, want := range map[string][3]int{ // secure, defend, thwart
		"GV.OC-01": {3, 3, 3}, "GV.OC-02": {3, 2, 2}, "ID.AM-01": {3, 2, 3},
		"ID.AM-02": {2, 2, 3}, "RC.RP-03": {2, 2, 3}, "RC.RP-04": {3, 2, 2},
	} {
		for i, focus := range []string{"secure", "defend", "thwart"} {
			if e, _ := f.Element(id + "#" + focus); e.Priority != want[i] {
				t.Errorf("%s#%s has priority %d, want %d", id, focus, e.Priority, want[i])
			}
		}
	}
}

func TestReadLeavesNoReferenceInAnyText(t *testing.T) {
	f := readReal(t)

	// The considerations themselves speak of OWASP lists in one row.
	ownWords := map[string]bool{"ID.RA-02": true}
	for _, e := range f.Elements {
		for _, mark := range []string{"DASF", "OWASP", "NIST SP 800-53, Rev 5", "ENISA Threat", "AML.", "pending additional inputs"} {
			if strings.Contains(e.Text+"\n"+e.Guide, mark) && !ownWords[e.ID] {
				t.Errorf("%s says %q", e.ID, mark)
			}
		}
	}
	schemes := map[string]int{}
	for _, r := range f.References {
		schemes[r.Scheme]++
		if _, ok := f.Element(r.Element); !ok {
			t.Errorf("reference %q belongs to %q, which does not exist", r.Printed, r.Element)
		}
	}
	for scheme, want := range map[string]int{"sp800-53": 739, "dasf": 1045, "owasp-ai-exchange": 169, "nist-ai-100-2": 95, "unparsed": 0} {
		if schemes[scheme] != want {
			t.Errorf("%d references into %s, want %d", schemes[scheme], scheme, want)
		}
	}
}

func TestReadKeepsOnlyTextThatSaysSomething(t *testing.T) {
	f := readReal(t)

	reasons := map[string]int{}
	byFocus := map[string]int{}
	for _, e := range f.Elements {
		if e.Kind != corpus.KindCell {
			continue
		}
		if (e.Generic == "") == (e.Text == "") {
			t.Errorf("%s: text %q, generic %q: exactly one must be set", e.ID, e.Text, e.Generic)
		}
		if strings.Contains(e.Text, "Standard cybersecurity") || strings.Contains(e.Text, "Rationale") {
			t.Errorf("%s keeps the sentence that standard practices apply: %q", e.ID, e.Text)
		}
		if e.Generic != "" {
			reasons[e.Generic]++
			byFocus[e.Focus]++
		}
	}
	t.Logf("generic cells by reason: %v, by focus area: %v", reasons, byFocus)
	for id, want := range map[string]string{
		"GV.OC-01#secure": "standard practices apply",
		"GV.OC-01#defend": "standard practices apply", // its opportunity says so too
		"PR.AA-03#secure": "standard practices apply", // capital letter
		"DE.AE-03#thwart": "standard practices apply", // "patches"
		"RC.RP-02#thwart": "standard practices apply", // no full stop
		"PR.DS-01#secure": "standard practices apply, pointer only",
		"RC.RP-03#thwart": "standard practices apply, pointer only",
		"GV.RR-03#defend": "", // an opportunity without considerations
		"RS.MA-05#thwart": "", // a pointer that goes on to say something
		"DE.CM-09#secure": "", // the words inside another sentence
	} {
		if e, _ := f.Element(id); e.Generic != want {
			t.Errorf("%s is generic for %q, want %q", id, e.Generic, want)
		}
	}
	if e, _ := f.Element("GV.OC-02"); e.Guide == "" && e.Text == "" {
		t.Error("GV.OC-02 has neither statement nor guidance")
	}
	if e, _ := f.Element("GV.OC-01"); e.Guide != "" {
		t.Errorf("GV.OC-01 has guidance %q, but the draft found none", e.Guide)
	}
}

// made returns a small profile around one entry.
func made(entry string) []byte {
	return fmt.Appendf(nil, `{"source": {"identifier": "NIST IR 8596 iprd"},
"focusAreas": [{"id": "secure", "title": "Secure things"}, {"id": "defend"}, {"id": "thwart"}],
"entries": [%s]}`, entry)
}

func TestReadPutsEachPartOfACellWhereItBelongs(t *testing.T) {
	f, err := profile.Read(made(`{"subcategory": "GV.OC-1", "text": "Mission is known.",
		"general": {"considerations": null, "note": "No general considerations identified - see below.", "references": ["NIST SP 800-53, Rev 5: PM-11"]},
		"focus": {
			"secure": {"priority": 1, "considerations": "Standard cybersecurity practices apply. (Rationale) Models drift.", "references": ["ACME 7"]},
			"defend": {"priority": 2, "considerations": "Watch the models.", "opportunities": "Sort alerts.", "references": ["References pending additional inputs."]},
			"thwart": {"priority": 3, "considerations": "See the Defend Focus Area Considerations."}},
		"refs": [{"scheme": "nist-sp-800-53", "id": "PM-011", "text": "NIST SP 800-53, Rev 5: PM-11", "column": "general"}]}`))
	if err != nil {
		t.Fatal(err)
	}

	for id, want := range map[string]string{
		"GV.OC-01":        "Mission is known.",
		"GV.OC-01#secure": "Models drift.",
		"GV.OC-01#defend": "Watch the models.\nSort alerts.",
		"GV.OC-01#thwart": "",
	} {
		if e, ok := f.Element(id); !ok || e.Text != want {
			t.Errorf("%s says %q, want %q", id, e.Text, want)
		}
	}
	want := []corpus.Reference{
		{Element: "GV.OC-01", Column: "general", Scheme: "sp800-53", ID: "PM-11", Printed: "NIST SP 800-53, Rev 5: PM-11"},
		{Element: "GV.OC-01#secure", Column: "secure", Scheme: "unparsed", Printed: "ACME 7"},
	}
	if fmt.Sprint(f.References) != fmt.Sprint(want) {
		t.Errorf("references are %v, want %v", f.References, want)
	}
}

func TestReadNamesWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"priority too high":      {string(made(`{"subcategory": "GV.OC-01", "focus": {"secure": {"priority": 4}}}`)), "entry 1 (GV.OC-01): focus area secure: priority 4"},
		"priority missing":       {string(made(`{"subcategory": "GV.OC-01", "focus": {"secure": {}}}`)), "priority 0"},
		"unknown focus area":     {string(made(`{"subcategory": "GV.OC-01", "focus": {"attack": {"priority": 1}}}`)), `unknown focus area "attack"`},
		"unknown column":         {string(made(`{"subcategory": "GV.OC-01", "refs": [{"column": "attack", "text": "X 1"}]}`)), `reference 1 (X 1): unknown focus area "attack"`},
		"no subcategory":         {string(made(`{"text": "nameless"}`)), "entry 1 (): it has no subcategory"},
		"subcategory twice":      {string(made(`{"subcategory": "GV.OC-01"}, {"subcategory": "GV.OC-1"}`)), `duplicate id "GV.OC-01"`},
		"no entries":             {string(made(``)), "no entries"},
		"another document":       {`{"source": {"identifier": "NIST SP 800-53"}, "entries": [{}]}`, "is not NIST IR 8596"},
		"broken syntax":          {"{\n\"source\": }", "line 2"},
		"priority is not number": {"{\"entries\": [\n{\"focus\": {\"secure\": {\"priority\": \"high\"}}}]}", "line 2"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := profile.Read([]byte(c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one that says %q", err, c.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add(made(`{"subcategory": "GV.OC-01", "text": "a", "focus": {"secure": {"priority": 1, "considerations": "b"}}}`))
	f.Add([]byte("{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		fw, err := profile.Read(data)
		if err != nil {
			return
		}
		readertest.Sound(t, fw)
	})
}
