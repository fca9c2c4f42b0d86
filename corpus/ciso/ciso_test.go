package ciso_test

import (
	"reflect"
	"strings"
	"testing"

	"concord/corpus"
	"concord/corpus/ciso"
	"concord/corpus/internal/readertest"
)

const made = `
convert_library_version: 'v2 ; [x]'
urn: urn:acme:risk:library:house-rules
locale: en
ref_id: HOUSE-RULES
name: Rules of the house
description: Some rules
copyright: Public domain.
version: 3
publication_date: '2031-02-03'
provider: ACME
packager: us
translations:
  fr: {name: Règles}
objects:
  threats:
  - {urn: 'urn:acme:risk:threat:t:1', ref_id: T1, name: Fire}
  framework:
    urn: urn:acme:risk:framework:house-rules
    ref_id: HOUSE-RULES-1.0
    name: House Rules
    min_score: 1
    requirement_nodes:
    - urn: urn:acme:risk:req_node:house-rules:1
      assessable: false
      depth: 1
      ref_id: '1'
      name: Doors
      translations: {fr: {name: Portes, description: null}}
    - urn: urn:acme:risk:req_node:house-rules:1.10
      assessable: true
      depth: 2
      parent_urn: urn:ACME:risk:req_node:house-rules:1
      ref_id: 1.10
      name: Locks
      description: "Lock  the\ndoors, see [how](https://example.org).\n- front\n- back"
      annotation: Use a key.
      typical_evidence: A locked door.
      implementation_groups: [S]
      threats: ['urn:acme:risk:threat:t:1']
    - urn: urn:acme:risk:req_node:house-rules:1.10:node3
      assessable: true
      depth: 3
      parent_urn: urn:acme:risk:req_node:house-rules:1.10
      description: Even the cellar door.
    - urn: urn:acme:risk:req_node:house-rules:note-1
      assessable: false
      ref_id: Note
      description: A word on doors.
    - urn: urn:acme:risk:req_node:house-rules:note-2
      assessable: true
      ref_id: Note
      name: Close them
`

func TestReadBuildsTheTreeOfNodes(t *testing.T) {
	f, err := ciso.Read([]byte(made))
	if err != nil {
		t.Fatal(err)
	}

	want := []corpus.Element{
		{ID: "1", Kind: "section", Title: "Doors"},
		{ID: "1.10", Kind: "requirement", Parent: "1", Title: "Locks", Text: "Lock the doors, see how.\n- front\n- back", Guide: "Use a key.\nA locked door."},
		{ID: "1.10:node3", Kind: "requirement", Parent: "1.10", Text: "Even the cellar door."},
		{ID: "note-1", Printed: "Note", Kind: "section", Text: "A word on doors."},
		{ID: "note-2", Printed: "Note", Kind: "requirement", Text: "Close them"},
	}
	if !reflect.DeepEqual(f.Elements, want) {
		t.Errorf("elements are\n%+v, want\n%+v", f.Elements, want)
	}
	if f.Spec() != "house-rules-1-0@3" || f.Title != "House Rules" || f.Licence != "Public domain." || f.Publisher != "ACME" || f.Notice == "" {
		t.Errorf("framework is %+v", f)
	}
}

func TestReadNamesAKnownFrameworkAsEverywhere(t *testing.T) {
	f, err := ciso.Read([]byte(strings.NewReplacer("HOUSE-RULES-1.0", "NIST-CSF-2.0", "ref_id: 1.10", "ref_id: GV.OC-1").Replace(made)))
	if err != nil {
		t.Fatal(err)
	}

	if e, _ := f.Element("GV.OC-01"); f.Spec() != "csf@2.0" || e.Printed != "GV.OC-1" || f.Notice != "" {
		t.Errorf("it is read as %s with %+v", f.Spec(), e)
	}
}

func TestReadTakesAListOfOneFramework(t *testing.T) {
	f, err := ciso.Read([]byte("objects:\n  frameworks:\n  - name: Rules\n    requirement_nodes:\n    - {urn: only, name: Be kind, assessable: true}\n"))
	if err != nil {
		t.Fatal(err)
	}

	if e, _ := f.Element("only"); f.Spec() != "rules@unversioned" || e.Text != "Be kind" {
		t.Errorf("it is read as %s with %+v", f.Spec(), f.Elements)
	}
}

func TestReadNamesWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"broken syntax":     {"urn: x\nobjects: [\n", "line"},
		"another type":      {"objects:\n  framework:\n    requirement_nodes: many\n", "line 3"},
		"another boolean":   {strings.Replace(made, "assessable: false", "assessable: perhaps", 1), "line 25"},
		"mappings alone":    {"ref_id: a-to-b\nobjects:\n  requirement_mapping_sets:\n  - {ref_id: a-to-b}\n", `library "a-to-b" holds mappings between frameworks and no framework`},
		"one mapping set":   {"name: A to B\nobjects:\n  requirement_mapping_set: {ref_id: a-to-b}\n", `library "A to B" holds mappings`},
		"nothing to map":    {"ref_id: m\nobjects:\n  risk_matrix: []\n", `library "m" has no framework`},
		"another file":      {"catalog: {}\n", "has no framework"},
		"nothing":           {"", "has no framework"},
		"no nodes":          {"ref_id: m\nobjects: {framework: {ref_id: m}}\n", `framework of library "m" has no requirement_nodes`},
		"two frameworks":    {"ref_id: m\nobjects: {frameworks: [{ref_id: a}, {ref_id: b}]}\n", "has 2 frameworks"},
		"no urn":            {"objects: {framework: {name: R, requirement_nodes: [{urn: u}, {ref_id: A, name: B}]}}\n", `requirement node 2 (ref_id "A", name "B") has no urn`},
		"urn occurs twice":  {"objects: {framework: {name: R, requirement_nodes: [{urn: u}, {urn: U}]}}\n", `requirement node 2: urn "u" occurs twice`},
		"id occurs twice":   {"objects: {framework: {name: R, requirement_nodes: [{urn: u}, {urn: v, ref_id: u}]}}\n", `duplicate id "u"`},
		"parents in circle": {"objects: {framework: {name: R, requirement_nodes: [{urn: u, parent_urn: v}, {urn: v, parent_urn: u}]}}\n", "circle"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := ciso.Read([]byte(c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one that says %q", err, c.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(made))
	f.Add([]byte("objects: {framework: {name: !!binary /w==, requirement_nodes: [{urn: !!binary /w==, name: x, assessable: true}]}}\n"))
	f.Add([]byte("objects: {frameworks: [&a {requirement_nodes: [{urn: u}]}, *a]}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		fw, err := ciso.Read(data)
		if err != nil {
			return
		}
		readertest.Sound(t, fw)
	})
}
