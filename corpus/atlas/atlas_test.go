package atlas_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"concord/corpus"
	"concord/corpus/atlas"
	"concord/corpus/internal/readertest"
)

const realFile = "../../../shared/data/catalogs/mitre-atlas/ATLAS.yaml"

const made = `
id: ATLAS
name: Threats
version: 9.1.0
matrices:
- tactics:
  - {id: AML.TA0001, name: Staging, description: "First line\nof one paragraph.\n\nSecond, see [Staging](/tactics/AML.TA0001)."}
  techniques:
  - {id: AML.T0001, name: Poison, description: Spoil it., tactics: [AML.TA0001, AML.TA0002]}
  - {id: AML.T0001.000, name: Poison data, description: Spoil data., subtechnique-of: AML.T0001}
  mitigations:
  - id: AML-M0001
    name: Filter
    description: Filter it.
    techniques:
    - {id: AML.T0001, use: A filter stops the poison.}
case-studies:
- {id: AML.CS0001, name: The day, summary: It happened.}
`

func TestReadBuildsTheHierarchyAndKeepsTheLabelsApart(t *testing.T) {
	f, err := atlas.Read([]byte(made))
	if err != nil {
		t.Fatal(err)
	}

	want := []corpus.Element{
		{ID: "AML.TA0001", Kind: "tactic", Title: "Staging", Text: "First line of one paragraph.\nSecond, see Staging."},
		{ID: "AML.T0001", Kind: "technique", Parent: "AML.TA0001", Title: "Poison", Text: "Spoil it."},
		{ID: "AML.T0001.000", Kind: "subtechnique", Parent: "AML.T0001", Title: "Poison data", Text: "Spoil data."},
		{ID: "AML.M0001", Printed: "AML-M0001", Kind: "mitigation", Title: "Filter", Text: "Filter it."},
		{ID: "AML.CS0001", Kind: "case_study", Title: "The day", Text: "It happened."},
	}
	if !reflect.DeepEqual(f.Elements, want) {
		t.Errorf("elements are\n%+v, want\n%+v", f.Elements, want)
	}
	label := corpus.Reference{Element: "AML.M0001", Column: "techniques", Scheme: "mitre-atlas", ID: "AML.T0001", Printed: "AML.T0001"}
	if len(f.References) != 1 || f.References[0] != label {
		t.Errorf("references are %+v, want %+v", f.References, label)
	}
	if f.Spec() != "mitre-atlas@9.1.0" {
		t.Errorf("spec is %s", f.Spec())
	}
}

func TestReadTakesThePublishedMatrix(t *testing.T) {
	data, err := os.ReadFile(realFile)
	if os.IsNotExist(err) {
		t.Skipf("the published matrix is not here: %v", err)
	}
	f, err := atlas.Read(data)
	if err != nil {
		t.Fatal(err)
	}

	for kind, want := range map[string]int{"tactic": 16, "technique": 101, "subtechnique": 69, "mitigation": 35, "case_study": 57} {
		if got := f.Counts()[kind]; got != want {
			t.Errorf("%d elements of kind %s, want %d", got, kind, want)
		}
	}
	if f.Spec() != "mitre-atlas@5.6.0" {
		t.Errorf("spec is %s, want mitre-atlas@5.6.0", f.Spec())
	}
	if len(f.References) != 244 {
		t.Errorf("%d labels, want 244", len(f.References))
	}
	for _, e := range f.Elements {
		if strings.Contains(e.Kind, "technique") && e.Parent == "" {
			t.Errorf("%s has no parent", e.ID)
		}
		// One technique is about Markdown, and shows some as code.
		if strings.Contains(e.Text, "](") && e.ID != "AML.T0077" || strings.Contains(e.Text, "[1]") || e.Text == "" {
			t.Errorf("%s says %q", e.ID, e.Text)
		}
		// A sentence of use that mitigations print again and again.
		if e.Kind == corpus.KindMitigation && strings.Contains(e.Text, "Limiting release of technical information about a model and training data can reduce") {
			t.Errorf("%s holds the reason of a label", e.ID)
		}
	}
	for _, r := range f.References {
		if _, ok := f.Element(r.ID); !ok {
			t.Errorf("%s refers to %s, which does not exist", r.Element, r.ID)
		}
	}
}

func TestReadNamesWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"broken syntax":    {"id: ATLAS\nname: [\n", "line"},
		"another type":     {"id: ATLAS\nmatrices:\n- techniques: many\n", "line 3"},
		"another document": {"id: CAPEC\n", `"CAPEC"`},
		"nothing":          {"", "not ATLAS"},
		"no elements":      {"id: ATLAS\n", "no elements"},
		"id occurs twice":  {"id: ATLAS\ncase-studies: [{id: AML.CS0001}, {id: AML-CS0001}]\n", `duplicate id "AML.CS0001"`},
		"no id":            {"id: ATLAS\ncase-studies: [{name: The day}]\n", `title "The day"`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := atlas.Read([]byte(c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one that says %q", err, c.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(made))
	f.Add([]byte("id: ATLAS\ncase-studies: [{id: !!binary /w==, name: !!binary /w==}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		fw, err := atlas.Read(data)
		if err != nil {
			return
		}
		readertest.Sound(t, fw)
	})
}
