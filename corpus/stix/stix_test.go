package stix_test

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"concord/corpus"
	"concord/corpus/internal/readertest"
	"concord/corpus/sheet"
	"concord/corpus/stix"
)

const published = "../../../shared/data/catalogs/mitre-attack/"

// attack writes an object with an ATT&CK id; more is the rest of its fields.
func attack(kind, stixID, id, name, more string) string {
	return fmt.Sprintf(`{"type": %q, "id": "%s--%s", "name": %q, %s "external_references": [
		{"source_name": "capec", "external_id": "CAPEC-1"}, {"source_name": "mitre-attack", "external_id": %q}]}`,
		kind, kind, stixID, name, more, id)
}

func relation(kind, source, target, more string) string {
	return fmt.Sprintf(`{"type": "relationship", "id": "relationship--1", %s "relationship_type": %q, "source_ref": %q, "target_ref": %q}`,
		more, kind, source, target)
}

func bundle(objects ...string) []byte {
	return []byte(`{"type": "bundle", "id": "bundle--1", "objects": [` + "\n" + strings.Join(objects, ",\n") + "\n]}")
}

// made holds one of everything, in an order of no meaning as in real bundles.
func made() []byte {
	return bundle(
		relation("mitigates", "course-of-action--m", "attack-pattern--b", ""),
		relation("mitigates", "course-of-action--m", "attack-pattern--a", `"description": "It stops the digging.",`),
		relation("mitigates", "course-of-action--m", "attack-pattern--a", ""),
		relation("mitigates", "course-of-action--m", "attack-pattern--old", `"x_mitre_deprecated": true,`),
		relation("mitigates", "course-of-action--m", "malware--x", ""),
		relation("subtechnique-of", "attack-pattern--b", "attack-pattern--a", ""),
		relation("revoked-by", "attack-pattern--old", "attack-pattern--b", ""),
		relation("revoked-by", "attack-pattern--a-old", "attack-pattern--a", ""),
		attack("course-of-action", "m", "M0001", "Fence", `"description": "Fence the [garden](https://example.org/g_(1)).",`),
		attack("course-of-action", "2018", "T0001", "Digging Mitigation", `"x_mitre_deprecated": true,`),
		attack("attack-pattern", "b", "T0001.001", "Dig at Night", `"x_mitre_is_subtechnique": true, "kill_chain_phases": [{"phase_name": "way-in"}],`),
		attack("attack-pattern", "a", "T0001", "Digging", `"description": "Moles <code>dig</code>.(Citation: Mole (2019))(Citation: Spade)\n\nThey dig more (Citation: Mole) still.",
			"kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": "way-in"}, {"phase_name": "other"}],`),
		attack("attack-pattern", "a-old", "T0001", "Burrowing", `"revoked": true,`),
		attack("attack-pattern", "old", "T0000", "Tunnelling", `"revoked": true, "description": "Gone.",`),
		`{"type": "attack-pattern", "id": "attack-pattern--none", "revoked": true}`,
		`{"type": "malware", "id": "malware--x", "name": "Mole"}`,
		attack("x-mitre-tactic", "t", "TA0001", "Way In", `"x_mitre_shortname": "way-in", "modified": "2031-02-03T04:05:06.000Z",`),
	)
}

func TestReadBuildsTheMatrixAndKeepsTheLabelsApart(t *testing.T) {
	f, err := stix.Read(made())
	if err != nil {
		t.Fatal(err)
	}

	want := []corpus.Element{
		{ID: "TA0001", Kind: "tactic", Title: "Way In"},
		{ID: "T0000", Kind: "technique", Title: "Tunnelling", Text: "Gone.", Withdrawn: true, Replaced: []string{"T0001.001"}},
		{ID: "T0001", Kind: "technique", Parent: "TA0001", Title: "Digging", Text: "Moles dig.\nThey dig more still."},
		{ID: "T0001.001", Kind: "subtechnique", Parent: "T0001", Title: "Dig at Night"},
		{ID: "M0001", Kind: "mitigation", Title: "Fence", Text: "Fence the garden."},
	}
	if !reflect.DeepEqual(f.Elements, want) {
		t.Errorf("elements are\n%+v, want\n%+v", f.Elements, want)
	}
	refs := []corpus.Reference{
		{Element: "M0001", Column: "mitigates", Scheme: "mitre-attack", ID: "T0001", Printed: "T0001"},
		{Element: "M0001", Column: "mitigates", Scheme: "mitre-attack", ID: "T0001.001", Printed: "T0001.001"},
	}
	if !reflect.DeepEqual(f.References, refs) {
		t.Errorf("references are\n%+v, want\n%+v", f.References, refs)
	}
	if f.Spec() != "mitre-attack@2031-02-03" || f.Title != "MITRE ATT&CK" {
		t.Errorf("it is read as %s, %q", f.Spec(), f.Title)
	}
}

func TestReadTakesNameEditionAndLicenceFromTheBundle(t *testing.T) {
	collection := `{"type": "x-mitre-collection", "name": "Mobile ATT&CK", "x_mitre_version": "99.1"}`
	marking := `{"type": "marking-definition", "definition_type": "tlp", "definition": {"tlp": "white"}},
		{"type": "marking-definition", "definition_type": "statement", "definition": {"statement": "All mine."}}`
	mobile := attack("attack-pattern", "a", "T0001", "Dig", `"x_mitre_domains": ["mobile-attack"], "modified": "2031-02-03T04:05:06.000Z",`)
	shared := attack("course-of-action", "m", "M0001", "Fence", `"x_mitre_domains": ["enterprise-attack", "mobile-attack"],`)

	f, err := stix.Read(bundle(collection, marking, mobile, shared))

	if err != nil {
		t.Fatal(err)
	}
	if f.Spec() != "mitre-attack-mobile@99.1" || f.Title != "MITRE Mobile ATT&CK" || f.Licence != "All mine." {
		t.Errorf("it is read as %s, %q, licence %q", f.Spec(), f.Title, f.Licence)
	}
	f, err = stix.Read(bundle(shared))
	if err != nil {
		t.Fatal(err)
	}
	if f.Spec() != "mitre-attack@unversioned" {
		t.Errorf("spec is %s", f.Spec())
	}
}

func TestReadTakesTheNewestVersionOfAnObject(t *testing.T) {
	old := attack("attack-pattern", "a", "T0001", "Dig", `"modified": "2030-01-01T00:00:00.000Z",`)
	withdrawn := attack("attack-pattern", "a", "T0001", "Dug", `"modified": "2031-01-01T00:00:00.000Z", "revoked": true,`)

	for _, objects := range [][]string{{old, withdrawn}, {withdrawn, old}} {
		f, err := stix.Read(bundle(objects...))
		if err != nil {
			t.Fatal(err)
		}
		if e, _ := f.Element("T0001"); e.Title != "Dug" || !e.Withdrawn {
			t.Errorf("T0001 is %+v", e)
		}
	}
}

func TestReadTakesTheCompactMatrixAndAgreesWithItsLines(t *testing.T) {
	data, err := os.ReadFile(published + "enterprise-attack-compact.json")
	if os.IsNotExist(err) {
		t.Skipf("the compact matrix is not here: %v", err)
	}
	f, err := stix.Read(data)
	if err != nil {
		t.Fatal(err)
	}

	if f.Spec() != "mitre-attack@18.1" || !strings.Contains(f.Licence, "MITRE") {
		t.Errorf("it is read as %s, licence %q", f.Spec(), f.Licence)
	}
	for kind, want := range map[string]int{"tactic": 14, "technique": 216, "subtechnique": 475, "mitigation": 44} {
		if got := f.Counts()[kind]; got != want {
			t.Errorf("%d elements of kind %s, want %d", got, kind, want)
		}
	}
	data, err = os.ReadFile(published + "mitre-attack-enterprise.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := sheet.Read(data, sheet.Options{Name: "lines"})
	if err != nil {
		t.Fatal(err)
	}
	if lines.Spec() != f.Spec() {
		t.Errorf("the lines are of %s, the matrix of %s", lines.Spec(), f.Spec())
	}
	for _, want := range lines.Elements {
		e, ok := f.Element(want.ID)
		if !ok || e.Kind != want.Kind || e.Title != want.Title || e.Text != plain(want.Text) {
			t.Errorf("%s is\n%+v, in the lines\n%+v", want.ID, e, want)
		}
		up, _ := f.Element(e.Parent)
		switch {
		case e.Kind == corpus.KindSubtechnique && e.Parent != want.Parent, e.Kind == corpus.KindTechnique && up.Kind != corpus.KindTactic:
			t.Errorf("%s stands below %q", e.ID, e.Parent)
		}
	}
}

// plain returns a text without the tags that the lines keep.
func plain(s string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("<code>", "", "</code>", "").Replace(s)), " ")
}

func TestReadNamesWhatIsWrong(t *testing.T) {
	one := attack("attack-pattern", "a", "T0001", "Dig", "")
	for name, c := range map[string]struct{ data, want string }{
		"broken syntax":       {"{\"type\": \"bundle\",\n\"objects\": [\n}", "line 3: not valid JSON"},
		"another type":        {"{\"type\": \"bundle\",\n\"objects\": [\n{\"name\": 7}]}", "line 3: objects.name: cannot read a JSON number as string"},
		"another file":        {`{"catalog": {}}`, `no "objects"`},
		"not a bundle":        {`{"type": "report", "objects": []}`, `the type is "report"`},
		"nothing of ATT&CK":   {string(bundle(`{"type": "malware"}`)), "no ATT&CK tactics"},
		"no id":               {string(bundle(one, `{"type": "attack-pattern", "id": "attack-pattern--z", "name": "Ours"}`)), `object 2 (attack-pattern--z, name "Ours") has no external reference`},
		"id occurs twice":     {string(bundle(one, attack("attack-pattern", "b", "T0001", "Dig", ""))), `id "T0001" is that of object 1 (attack-pattern--a) and of object 2 (attack-pattern--b)`},
		"parents circle":      {string(bundle(attack("attack-pattern", "a", "T1.1", "A", `"x_mitre_is_subtechnique": true,`), attack("attack-pattern", "b", "T1.2", "B", `"x_mitre_is_subtechnique": true,`), relation("subtechnique-of", "attack-pattern--a", "attack-pattern--b", ""), relation("subtechnique-of", "attack-pattern--b", "attack-pattern--a", ""))), "circle"},
		"another compact one": {`{"version": "1", "objects": [{"id": "G1", "kind": "group"}]}`, `object 1 (G1): kind "group"`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := stix.Read([]byte(c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one that says %q", err, c.want)
			}
		})
	}
}

// large returns a bundle of the size of a real one: 800 techniques among
// 20,000 relationships and 2,000 other objects, 25 MB.
func large() []byte {
	long := strings.Repeat("Moles dig below the fence, where nobody looks.(Citation: Mole 2019) ", 15)
	objects := []string{attack("x-mitre-tactic", "t", "TA0001", "Way In", `"x_mitre_shortname": "way-in",`)}
	for i := range 800 {
		objects = append(objects, attack("attack-pattern", fmt.Sprint(i), fmt.Sprintf("T%04d", i), "Dig",
			fmt.Sprintf(`"description": %q, "kill_chain_phases": [{"phase_name": "way-in"}],`, long)))
	}
	for i := range 40 {
		objects = append(objects, attack("course-of-action", fmt.Sprint(i), fmt.Sprintf("M%04d", i), "Fence", ""))
	}
	for i := range 20_000 {
		objects = append(objects, relation("mitigates", fmt.Sprintf("course-of-action--%d", i%40), fmt.Sprintf("attack-pattern--%d", i%800),
			fmt.Sprintf(`"description": %q,`, long)))
	}
	for i := range 2_000 {
		objects = append(objects, fmt.Sprintf(`{"type": "malware", "id": "malware--%d", "description": %q}`, i, long))
	}
	return bundle(objects...)
}

func TestReadTakesALargeBundle(t *testing.T) {
	f, err := stix.Read(large())
	if err != nil {
		t.Fatal(err)
	}

	if len(f.Elements) != 841 || len(f.References) != 800 {
		t.Errorf("%d elements and %d references, want 841 and 800", len(f.Elements), len(f.References))
	}
}

func BenchmarkRead(b *testing.B) {
	data := large()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := stix.Read(data); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(made())
	f.Add([]byte(`{"version": "1", "objects": [{"id": "TA1", "kind": "tactic", "name": "In"}, {"id": "T1", "kind": "technique", "tactics": ["in"]}]}`))
	f.Add(bytes.ToUpper(made()))
	f.Fuzz(func(t *testing.T, data []byte) {
		fw, err := stix.Read(data)
		if err != nil {
			return
		}
		readertest.Sound(t, fw)
		for _, r := range fw.References {
			_, from := fw.Element(r.Element)
			_, to := fw.Element(r.ID)
			if !from || !to {
				t.Errorf("reference %+v", r)
			}
		}
	})
}
