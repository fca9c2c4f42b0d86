package oscal_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/oscal"
)

// foreign is what another tool might write.
const foreign = `{"mapping-collection": {
  "uuid": "11111111-1111-4111-8111-111111111111",
  "metadata": {"title": "Yard work", "last-modified": "2026-01-05T10:00:00.5+01:00", "version": "1", "oscal-version": "1.2.0"},
  "provenance": {"method": "human", "matching-rationale": "functional", "status": "complete", "mapping-description": "By hand.",
    "confidence-score": {"percentage": 0.5}},
  "mappings": {
    "uuid": "22222222-2222-4222-8222-222222222222",
    "source-resource": {"type": "catalog", "href": "#33333333-3333-4333-8333-333333333333"},
    "target-resource": {"type": "catalog", "href": "catalogs/yard.json"},
    "maps": [
      {"uuid": "44444444-4444-4444-8444-444444444444", "relationship": "equal-to", "matching-rationale": "syntactic",
       "sources": [{"type": "control", "id-ref": "s-1"}], "targets": [{"type": "statement", "id-ref": "t-1_smt.a"}],
       "confidence-score": {"percentage": 0.9}, "props": [{"name": "strength", "value": "8"}], "remarks": "Same\r\nwords. "},
      {"uuid": "55555555-5555-4555-8555-555555555555", "relationship": "subset-of",
       "sources": [{"type": "control", "id-ref": "s-2"}], "targets": [{"type": "control", "id-ref": "t-2"}, {"type": "control", "id-ref": "t-3"}]},
      {"uuid": "66666666-6666-4666-8666-666666666666", "relationship": "superset-of",
       "sources": [{"type": "control", "id-ref": "s-3"}, {"type": "control", "id-ref": "s-4"}], "targets": [{"type": "control", "id-ref": "t-4"}]},
      {"uuid": "77777777-7777-4777-8777-777777777777", "relationship": "supports", "ns": "https://example.org/ns",
       "sources": [{"type": "control", "id-ref": "s-5"}], "targets": [{"type": "control", "id-ref": "t-5"}]}
    ],
    "target-gap-summary": {"uuid": "88888888-8888-4888-8888-888888888888", "unmapped-controls": [{"matching": [{"pattern": "t-9*"}]}]},
    "source-gap-summary": {"uuid": "99999999-9999-4999-8999-999999999999", "unmapped-controls": [{"with-ids": ["s-7", "s-6"], "with-child-controls": "yes"}]}
  },
  "back-matter": {"resources": [{"uuid": "33333333-3333-4333-8333-333333333333", "title": "House  Rules",
    "rlinks": [{"href": "house.json", "hashes": [{"algorithm": "SHA-256", "value": "aa"}]}]}]}
}}`

func TestACollectionOfAnotherToolIsRead(t *testing.T) {
	c, err := oscal.Read([]byte(foreign))
	if err != nil {
		t.Fatal(err)
	}

	if c.Title != "Yard work" || c.Draft || c.Made.String() != "2026-01-05 09:00:00 +0000 UTC" {
		t.Errorf("%q, draft %v, made %v", c.Title, c.Draft, c.Made)
	}
	if want := (exchange.Framework{Name: "House Rules", Title: "House Rules", Origin: "house.json"}); c.Source != want {
		t.Errorf("source %+v", c.Source)
	}
	if want := (exchange.Framework{Name: "yard.json", Origin: "catalogs/yard.json"}); c.Target != want {
		t.Errorf("target %+v", c.Target)
	}
	half, most, eight := 0.5, 0.9, 8
	base := exchange.Row{RationaleType: crosswalk.Functional, Confidence: &half, Origin: crosswalk.OriginImport, State: exchange.Entered}
	row := func(source, target string, change func(*exchange.Row)) exchange.Row {
		r := base
		r.Source, r.Target = source, target
		change(&r)
		return r
	}
	const together = "superset-of, said of several sources together"
	want := []exchange.Row{
		row("s-1", "t-1_smt.a", func(r *exchange.Row) {
			r.Relation, r.RationaleType, r.Confidence, r.Strength, r.Rationale = crosswalk.Equal, crosswalk.Syntactic, &most, &eight, "Same\nwords."
		}),
		row("s-2", "t-2", func(r *exchange.Row) {
			r.Relation, r.Group = crosswalk.SubsetOf, "55555555-5555-4555-8555-555555555555"
		}),
		row("s-2", "t-3", func(r *exchange.Row) {
			r.Relation, r.Group = crosswalk.SubsetOf, "55555555-5555-4555-8555-555555555555"
		}),
		row("s-3", "t-4", func(r *exchange.Row) {
			r.Flags, r.Group = []string{together}, "66666666-6666-4666-8666-666666666666"
		}),
		row("s-4", "t-4", func(r *exchange.Row) {
			r.Flags, r.Group = []string{together}, "66666666-6666-4666-8666-666666666666"
		}),
		row("s-5", "t-5", func(r *exchange.Row) { r.Flags = []string{"relationship supports of https://example.org/ns"} }),
	}
	if len(c.Rows) != len(want) {
		t.Fatalf("%d rows: %+v", len(c.Rows), c.Rows)
	}
	for i := range want {
		if !reflect.DeepEqual(c.Rows[i], want[i]) {
			t.Errorf("row %d: read %+v\nwant %+v", i+1, c.Rows[i], want[i])
		}
	}
	gaps := []exchange.Gap{{Side: "source", ID: "s-7"}, {Side: "source", ID: "s-6"}, {Side: "target", ID: "t-9*"}}
	if !reflect.DeepEqual(c.Gaps, gaps) {
		t.Errorf("gaps %+v", c.Gaps)
	}
}

func TestWhatWasReadFromAnotherToolCanBeWrittenAndReadAgain(t *testing.T) {
	c, err := oscal.Read([]byte(foreign))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := oscal.Write(&b, c, oscal.Options{}); err != nil {
		t.Fatal(err)
	}

	back, err := oscal.Read(b.Bytes())

	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, back) {
		t.Errorf("read %+v\nagain %+v", c, back)
	}
	if n := targetsOfLargestMap(t, b.Bytes()); n != 2 {
		t.Errorf("the two targets that cover s-2 together are not one map: %d", n)
	}
}

func TestYAMLOfAnotherToolIsRead(t *testing.T) {
	c, err := oscal.Read([]byte(`
mapping-collection:
  metadata: {version: 1.0, last-modified: 2026-01-05T10:00:00Z}
  provenance: {method: automation, matching-rationale: semantic, status: draft}
  mappings:
    - source-resource: {type: catalog, href: a.json}
      target-resource: {type: catalog, href: b.json}
      maps:
        - relationship: intersects-with
          sources: [{type: control, id-ref: 5.10}]
          targets: [{type: control, id-ref: 1}]
          confidence-score: {percentage: 0.25}
`))
	if err != nil {
		t.Fatal(err)
	}
	if r := c.Rows[0]; r.Source != "5.10" || r.Target != "1" || *r.Confidence != 0.25 || r.State != exchange.Draft || !c.Draft {
		t.Errorf("%+v", c)
	}
}

func TestAFileThatCannotBeReadIsRefusedByItsPlace(t *testing.T) {
	change := func(old, new string) string {
		if !strings.Contains(foreign, old) {
			t.Fatalf("no %q", old)
		}
		return strings.Replace(foreign, old, new, 1)
	}
	for name, tc := range map[string]struct{ data, want string }{
		"no JSON":       {"{\n\"a\"", "line 2"},
		"more JSON":     {foreign + "{}", "follows"},
		"no YAML":       {"\tx: [", "YAML"},
		"a catalog":     {`{"catalog": {}}`, "mapping-collection"},
		"nothing":       {"", "mapping-collection"},
		"no mapping":    {`{"mapping-collection": {"mappings": []}}`, "/mapping-collection/mappings"},
		"a bad time":    {change("2026-01-05T10:00:00.5+01:00", "yesterday"), "/mapping-collection/metadata/last-modified"},
		"no id":         {change(`"id-ref": "s-2"`, `"id-ref": " "`), "/mapping-collection/mappings/maps/1/sources/0/id-ref"},
		"no targets":    {change(`"targets": [{"type": "control", "id-ref": "t-4"}]`, `"targets": []`), "/mapping-collection/mappings/maps/2/targets"},
		"no resource":   {change(`"href": "catalogs/yard.json"`, `"href": ""`), "/mapping-collection/mappings/target-resource/href"},
		"an alias":      {"mapping-collection: &a\n  mappings: *a", "line 2"},
		"a key twice":   {"mapping-collection: {}\nmapping-collection: {}", "line 2"},
		"two crosswalk": {`{"mapping-collection": {"mappings": [{"source-resource": {"href": "a"}, "target-resource": {"href": "b"}}, {"source-resource": {"href": "a"}, "target-resource": {"href": "c"}}]}}`, "/mapping-collection/mappings/1/target-resource"},
	} {
		if _, err := oscal.Read([]byte(tc.data)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v does not say %q", name, err, tc.want)
		}
	}
}

// FuzzRead looks for a file that stops the program, and holds what can be read
// and written to coming back.
func FuzzRead(f *testing.F) {
	f.Add([]byte(foreign))
	f.Add([]byte("mapping-collection:\n  mappings:\n  - source-resource: {href: a}\n    target-resource: {href: b}\n    maps:\n    - sources: [{id-ref: x}]\n      targets: [{id-ref: y}]\n"))
	for _, yaml := range []bool{false, true} {
		f.Add(written(f, house(), oscal.Options{YAML: yaml}))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		oscal.Check(data)
		c, err := oscal.Read(data)
		if err != nil {
			return
		}
		var b bytes.Buffer
		if oscal.Write(&b, c, oscal.Options{}) != nil {
			return
		}
		back, err := oscal.Read(b.Bytes())
		if err != nil {
			t.Fatalf("%v\n%s", err, b.Bytes())
		}
		if len(back.Rows) != len(c.Rows) || len(back.Gaps) != len(c.Gaps) {
			t.Fatalf("%d rows and %d gaps came back as %d and %d", len(c.Rows), len(c.Gaps), len(back.Rows), len(back.Gaps))
		}
	})
}
