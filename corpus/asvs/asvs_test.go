package asvs_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"concord/corpus"
	"concord/corpus/asvs"
	"concord/corpus/internal/readertest"
	"concord/corpus/sheet"
)

const catalogs = "../../../shared/data/catalogs/owasp-asvs-5.0/"

func published(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(catalogs + name)
	if os.IsNotExist(err) {
		t.Skipf("the published file is not here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

const (
	flat = `{"requirements": [
 {"chapter_id": "V1", "chapter_name": "Doors", "section_id": "V1.1", "section_name": "Locks", "req_id": "V1.1.1", "req_description": "Verify  that\ndoors lock.", "L": "2"},
 {"chapter_id": "V1", "chapter_name": "Doors", "section_id": "V1.1", "section_name": "Locks", "req_id": "V1.1.2", "req_description": "Verify keys.", "L": "1"},
 {"chapter_id": "V1", "chapter_name": "Doors", "section_id": "V1.2", "section_name": "Bells", "req_id": "V1.2.1", "req_description": "Verify that bells ring.", "L": ""}]}`
	nested = `{"Name": "Standard", "ShortName": "ASVS", "Version": "5.0.0", "Requirements": [{"Shortcode": "V1", "Ordinal": 1, "ShortName": "D", "Name": "Doors", "Items": [
 {"Shortcode": "V1.1", "Name": "Locks", "Items": [
  {"Shortcode": "V1.1.1", "Ordinal": 1, "Description": "Verify  that\ndoors lock.", "L": "2"},
  {"Shortcode": "V1.1.2", "Description": "Verify keys.", "L": "1"}]},
 {"Shortcode": "V1.2", "Name": "Bells", "Items": [{"Shortcode": "V1.2.1", "Description": "Verify that bells ring."}]}]}]}`
)

func TestReadBuildsOneHierarchyFromBothEditions(t *testing.T) {
	want := []corpus.Element{
		{ID: "V1", Kind: "chapter", Title: "Doors"},
		{ID: "V1.1", Kind: "section", Parent: "V1", Title: "Locks"},
		{ID: "V1.1.1", Kind: "requirement", Parent: "V1.1", Text: "Verify that doors lock."},
		{ID: "V1.1.2", Kind: "requirement", Parent: "V1.1", Text: "Verify keys."},
		{ID: "V1.2", Kind: "section", Parent: "V1", Title: "Bells"},
		{ID: "V1.2.1", Kind: "requirement", Parent: "V1.2", Text: "Verify that bells ring."},
	}
	for name, data := range map[string]string{"flat": flat, "nested": nested} {
		f, err := asvs.Read([]byte(data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(f.Elements, want) {
			t.Errorf("%s: elements are\n%+v, want\n%+v", name, f.Elements, want)
		}
		if f.Spec() != "owasp-asvs@5.0.0" || f.Licence != "CC BY-SA 4.0" {
			t.Errorf("%s: it is read as %s, licence %q", name, f.Spec(), f.Licence)
		}
	}
}

func TestReadLeavesTheEditionOpenWhereNothingTellsIt(t *testing.T) {
	f, err := asvs.Read([]byte(`{"requirements": [{"req_id": "V1.1.1", "req_description": "Verify.", "level1": "✓"}]}`))
	if err != nil {
		t.Fatal(err)
	}

	if f.Edition != "unversioned" || len(f.Elements) != 1 {
		t.Errorf("it is read as %s with %+v", f.Spec(), f.Elements)
	}
}

func TestReadTakesThePublishedStandard(t *testing.T) {
	lines, err := sheet.Read(published(t, "owasp-asvs-5.0.0.jsonl"), sheet.Options{Name: "lines"})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"flat.json", "json"} {
		f, err := asvs.Read(published(t, "OWASP_Application_Security_Verification_Standard_5.0.0_en."+name))
		if err != nil {
			t.Fatal(err)
		}

		if f.Spec() != lines.Spec() || len(f.Mappable()) != 345 {
			t.Errorf("%s: it is read as %s with %d requirements, want %s with 345", name, f.Spec(), len(f.Mappable()), lines.Spec())
		}
		if !reflect.DeepEqual(f.Elements, lines.Elements) {
			t.Errorf("%s: the elements are not those of the lines", name)
			for i := range min(len(f.Elements), len(lines.Elements)) {
				if !reflect.DeepEqual(f.Elements[i], lines.Elements[i]) {
					t.Fatalf("the first is\n%+v, want\n%+v", f.Elements[i], lines.Elements[i])
				}
			}
		}
	}
}

func TestReadNamesWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"broken syntax":        {"{\n\"requirements\": [\n}", "line 3: not valid JSON"},
		"another type":         {"{\"requirements\": [\n{\"req_id\": 7}]}", "line 2: requirements.req_id: cannot read a JSON number as string"},
		"another file":         {`{"catalog": {}}`, "has no requirements"},
		"no id":                {`{"requirements": [{"req_id": "A"}, {"section_id": "V1.1"}]}`, `requirement 2 (section "V1.1") has no req_id`},
		"id occurs twice":      {`{"requirements": [{"req_id": "A"}, {"req_id": "A"}]}`, `duplicate id "A"`},
		"no shortcode":         {`{"Requirements": [{"Shortcode": "V1", "Items": [{"Name": "Locks"}]}]}`, `section 1 below "V1" has no Shortcode`},
		"nested once too deep": {strings.Replace(nested, `"Description": "Verify keys."`, `"Items": [{"Shortcode": "x"}]`, 1), "items below V1.1.2"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := asvs.Read([]byte(c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one that says %q", err, c.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(flat))
	f.Add([]byte(nested))
	f.Fuzz(func(t *testing.T, data []byte) {
		fw, err := asvs.Read(data)
		if err != nil {
			return
		}
		readertest.Sound(t, fw)
	})
}
