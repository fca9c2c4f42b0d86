package cprt_test

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"concord/corpus"
	"concord/corpus/cprt"
	"concord/corpus/internal/readertest"
)

const catalogs = "../../../shared/data/catalogs/nist-sp800-53r5/"

func published(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		t.Skipf("the published file is not here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The four lists of a small framework, which cites another document.
const flat = `{
"documents": [{"doc_identifier": "SP_800_53_9", "name": "SP 800-53", "version": "9.0"}, {"doc_identifier": "OTHER", "name": "Other Rules"}],
"elements": [
 {"doc_identifier": "OTHER", "element_type": "rule", "element_identifier": "O-1", "title": "", "text": ""},
 {"doc_identifier": "SP_800_53_9", "element_type": "control", "element_identifier": "AC-02", "title": "OUT OF BAND/IN BAND", "text": "N/A"},
 {"doc_identifier": "SP_800_53_9", "element_type": "control", "element_identifier": "AC-01", "title": "Policy", "text": "Have  a\npolicy."},
 {"doc_identifier": "SP_800_53_9", "element_type": "control_enhancement", "element_identifier": "AC-01(02)", "title": "REVIEW OF THE POLICY", "text": ""},
 {"doc_identifier": "SP_800_53_9", "element_type": "family", "element_identifier": "AC", "title": "ACCESS CONTROL", "text": ""},
 {"doc_identifier": "SP_800_53_9", "element_type": "sort", "element_identifier": "S-1", "title": "00001", "text": ""},
 {"doc_identifier": "SP_800_53_9", "element_type": "sort", "element_identifier": "S-2", "title": "00001.00001", "text": ""},
 {"doc_identifier": "SP_800_53_9", "element_type": "sort", "element_identifier": "S-3", "title": "00001.00001.00002", "text": ""},
 {"doc_identifier": "SP_800_53_9", "element_type": "sort", "element_identifier": "S-4", "title": "00001.00002", "text": ""},
 {"doc_identifier": "SP_800_53_9", "element_type": "security_baseline", "element_identifier": "SB-Low", "title": "Low", "text": ""},
 {"doc_identifier": "SP_800_53_9", "element_type": "implementation_example", "element_identifier": "AC-01.001", "title": "", "text": "Write it down."},
 {"doc_identifier": "SP_800_53_9", "element_type": "discussion", "element_identifier": "D-AC-01", "title": "", "text": "Why."},
 {"doc_identifier": "SP_800_53_9", "element_type": "withdraw_reason", "element_identifier": "WR-AC-02", "title": "", "text": "Moved."}],
"relationship_types": [],
"relationships": [
 {"source_element_identifier": "AC", "source_doc_identifier": "SP_800_53_9", "dest_element_identifier": "AC-01", "dest_doc_identifier": "SP_800_53_9", "relationship_identifier": "projection"},
 {"source_element_identifier": "AC", "source_doc_identifier": "SP_800_53_9", "dest_element_identifier": "AC-02", "dest_doc_identifier": "SP_800_53_9", "relationship_identifier": "projection"},
 {"source_element_identifier": "AC-01", "source_doc_identifier": "SP_800_53_9", "dest_element_identifier": "AC-01(02)", "dest_doc_identifier": "SP_800_53_9", "relationship_identifier": "projection"},
 {"source_element_identifier": "AC-01", "source_doc_identifier": "SP_800_53_9", "dest_element_identifier": "AC-01.001", "dest_doc_identifier": "SP_800_53_9", "relationship_identifier": "projection"},
 {"source_element_identifier": "AC-01", "source_doc_identifier": "SP_800_53_9", "dest_element_identifier": "SB-Low", "dest_doc_identifier": "SP_800_53_9", "relationship_identifier": "projection"},
 {"source_element_identifier": "AC", "source_doc_identifier": "SP_800_53_9", "dest_element_identifier": "S-1", "dest_doc_identifier": "SP_800_53_9", "relationship_identifier": "projection"},
 {"source_element_identifier": "AC-01", "source_doc_identifier": "SP_800_53_9", "dest_element_identifier": "S-2", "dest_doc_identifier": "SP_800_53_9", "relationship_identifier": "projection"},
 {"source_element_identifier": "AC-01(02)", "source_doc_identifier": "SP_800_53_9", "dest_element_identifier": "S-3", "dest_doc_identifier": "SP_800_53_9", "relationship_identifier": "projection"},
 {"source_element_identifier": "AC-02", "source_doc_identifier": "SP_800_53_9", "dest_element_identifier": "S-4", "dest_doc_identifier": "SP_800_53_9", "relationship_identifier": "projection"},
 {"source_element_identifier": "AC-01(02)", "source_doc_identifier": "SP_800_53_9", "dest_element_identifier": "AC-01", "dest_doc_identifier": "SP_800_53_9", "relationship_identifier": "related"},
 {"source_element_identifier": "AC-02", "source_doc_identifier": "SP_800_53_9", "dest_element_identifier": "AC-01", "dest_doc_identifier": "SP_800_53_9", "relationship_identifier": "incorporated_into"},
 {"source_element_identifier": "AC-01", "source_doc_identifier": "SP_800_53_9", "dest_element_identifier": "O-1", "dest_doc_identifier": "OTHER", "relationship_identifier": "external_reference"}]}`

func TestReadJoinsTheFlatListsHoweverTheyAreWrapped(t *testing.T) {
	want := []corpus.Element{
		{ID: "AC", Kind: "family", Title: "Access Control"},
		{ID: "AC-1", Printed: "AC-01", Kind: "control", Parent: "AC", Title: "Policy", Text: "Have a policy.", Guide: "Write it down.\nWhy."},
		{ID: "AC-1(2)", Printed: "AC-01(02)", Kind: "enhancement", Parent: "AC-1", Title: "Review of the Policy", Related: []string{"AC-1"}},
		{ID: "AC-2", Printed: "AC-02", Kind: "control", Parent: "AC", Title: "Out of Band/In Band", Withdrawn: true, Replaced: []string{"AC-1"}},
	}
	for name, data := range map[string]string{
		"unwrapped":   flat,
		"response":    `{"response": {"requestType": 3, "elements": ` + flat + `}}`,
		"in elements": `{"elements": ` + flat + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			f, err := cprt.Read([]byte(data))
			if err != nil {
				t.Fatal(err)
			}

			if f.Spec() != "sp800-53@9.0" {
				t.Errorf("spec is %s, want sp800-53@9.0", f.Spec())
			}
			if !reflect.DeepEqual(f.Elements, want) {
				t.Errorf("elements are\n%+v, want\n%+v", f.Elements, want)
			}
			ref := corpus.Reference{Element: "AC-1", Column: "external_reference", Scheme: "other-rules", ID: "O-1", Printed: "O-1"}
			if len(f.References) != 1 || f.References[0] != ref {
				t.Errorf("references are %+v, want %+v", f.References, ref)
			}
		})
	}
}

func TestReadWalksTheNestedGraph(t *testing.T) {
	f, err := cprt.Read([]byte(`{"response": {"elements": [
		{"elementIdentifier": "03.01", "elementTypeIdentifier": "family", "title": "ACCESS CONTROL", "text": "", "elements": [
			{"elementIdentifier": "03.01.01", "elementTypeIdentifier": "requirement", "title": "Accounts", "text": "N/A", "elements": [
				{"elementIdentifier": "SR-03.01.01", "elementTypeIdentifier": "security_requirement", "text": "N/A", "elements": [
					{"elementIdentifier": "SR-03.01.01.a", "elementTypeIdentifier": "security_requirement", "text": "Define them."},
					{"elementIdentifier": "SR-03.01.01.b", "elementTypeIdentifier": "security_requirement", "text": "Watch them."}]},
				{"elementIdentifier": "D-03.01.01", "elementTypeIdentifier": "discussion", "text": "Why."}]}]},
		{"elementIdentifier": "X", "elementTypeIdentifier": "security_requirement", "text": "Alone."}]}}`))
	if err != nil {
		t.Fatal(err)
	}

	want := []corpus.Element{
		{ID: "03.01", Kind: "family", Title: "Access Control"},
		{ID: "03.01.01", Kind: "requirement", Parent: "03.01", Title: "Accounts", Text: "a. Define them.\nb. Watch them.", Guide: "Why."},
		{ID: "X", Kind: "requirement", Text: "Alone."},
	}
	if !reflect.DeepEqual(f.Elements, want) {
		t.Errorf("elements are\n%+v, want\n%+v", f.Elements, want)
	}
}

func TestReadTakesThePublishedControlBaselines(t *testing.T) {
	f, err := cprt.Read(published(t, catalogs+"cprt_SP_800_53_B_5_2_0_05-15-2026.json"))
	if err != nil {
		t.Fatal(err)
	}

	if f.Spec() != "sp800-53b@5.2.0" {
		t.Errorf("spec is %s, want sp800-53b@5.2.0", f.Spec())
	}
	type record struct{ ID, Kind, Parent, Title string }
	var records []record
	for line := range strings.Lines(string(published(t, catalogs+"nist-sp800-53r5.2.0.jsonl"))) {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	if len(f.Elements) != len(records) {
		t.Errorf("%d elements, want %d", len(f.Elements), len(records))
	}
	titles := 0
	for _, r := range records {
		e, ok := f.Element(r.ID)
		if !ok || e.Kind != r.Kind {
			t.Errorf("%s is a %q, want a %q", r.ID, e.Kind, r.Kind)
		}
		if e.Kind == corpus.KindEnhancement && e.Parent != r.Parent {
			t.Errorf("%s stands below %q, want %q", r.ID, e.Parent, r.Parent)
		}
		if e.Title == r.Title {
			titles++
		} else {
			t.Logf("%s is %q, elsewhere %q", e.ID, e.Title, r.Title)
		}
	}
	t.Logf("%d of %d titles are spelled as in the catalog", titles, len(records))
	if titles < len(records)-10 {
		t.Errorf("only %d of %d titles are spelled as in the catalog", titles, len(records))
	}
	if e, _ := f.Element("IA"); e.Title != "Identification and Authentication" {
		t.Errorf("IA is %q", e.Title)
	}
	for i, id := range []string{"AC", "AC-1", "AC-2", "AC-2(1)"} {
		if f.Elements[i].ID != id {
			t.Errorf("element %d is %s, want %s", i+1, f.Elements[i].ID, id)
		}
	}
	if e, _ := f.Element("AC-2"); len(e.Related) == 0 {
		t.Error("AC-2 has no related controls")
	}
}

func TestReadNamesWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"broken syntax":   {"{\n\"elements\": [\n}", "line 3"},
		"another type":    {"{\n\"elements\": [\n{\"title\": 7}]}", "line 3"},
		"another file":    {`{"catalog": {}}`, "not a CPRT export"},
		"no elements":     {`{"response": {"elements": []}}`, "not a CPRT export"},
		"no identifier":   {`{"elements": [{"element_type": "control", "title": "Nameless"}]}`, `element 1 has no identifier (title "Nameless")`},
		"id occurs twice": {`{"documents": [{"doc_identifier": "SP_800_53"}], "elements": [{"doc_identifier": "SP_800_53", "element_identifier": "AC-1"}, {"doc_identifier": "SP_800_53", "element_identifier": "AC-01"}]}`, `duplicate id "AC-1"`},
		"only asides":     {`{"elements": [{"element_type": "sort", "element_identifier": "S-1"}]}`, "has no elements"},
		"parents circle": {`{"elements": [{"element_identifier": "A"}, {"element_identifier": "B"}], "relationships": [
			{"source_element_identifier": "A", "dest_element_identifier": "B", "relationship_identifier": "projection"},
			{"source_element_identifier": "B", "dest_element_identifier": "A", "relationship_identifier": "projection"}]}`, "circle"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := cprt.Read([]byte(c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one that says %q", err, c.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(flat))
	f.Add([]byte(`{"response": {"elements": [{"elementIdentifier": "A", "elements": [{"elementIdentifier": "B"}]}]}}`))
	f.Add([]byte(`{"elements": [{"element_type": "security_requirement", "element_identifier": "A"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		fw, err := cprt.Read(data)
		if err != nil {
			return
		}
		readertest.Sound(t, fw)
	})
}
