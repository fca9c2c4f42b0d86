package mapping_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/export"
	"concord/crosswalk/mapping"
)

const sssom = `#sssom_version: "1.1"
#mapping_set_id: https://example.org/sets/bread
#subject_source: bakery
#subject_source_version: 2.0
#object_source: kitchen
#curie_map:
#  bk: https://example.org/bakery/
#  kt: https://example.org/kitchen/
subject_id	predicate_id	predicate_modifier	object_id	mapping_justification	ext_rationale_type	ext_strength	comment
bk:OV-01	skos:exactMatch		kt:K-1	semapv:CompositeMatching	semantic	10	"why ""so"""
bk:OV-01	skos:exactMatch		kt:K-1	semapv:MappingReview	semantic	10	seen
bk:OV-02	skos:broadMatch		https://example.org/kitchen/K-2%281%29	semapv:MappingReview
bk:OV-03	skos:narrowMatch		kt:K-3	semapv:MappingReview
bk:OV-04	skos:relatedMatch		kt:K-4	semapv:MappingReview
bk:OV-05	skos:closeMatch		kt:K:5	semapv:MappingReview
bk:OV-06	skos:broadMatch	Not	kt:K-6	semapv:MappingReview
bk:OV-07	skos:exactMatch		sssom:NoTermFound	semapv:MappingReview
sssom:NoTermFound	skos:exactMatch		kt:K-9	semapv:MappingReview
bk:OV-08	my:bakes		kt:K-8	semapv:MappingReview
`

func TestSSSOMIsReadWithoutItsPrefixes(t *testing.T) {
	table := read(t, sssom)

	same(t, table, "OV-01 equal K-1", "OV-02 subset_of K-2(1)", "OV-03 superset_of K-3", "OV-04 intersects_with K-4",
		"OV-05 intersects_with K:5", "OV-06 no_relationship K-6", "OV-07 gap", "OV-08 K-8")
	if table.Format != mapping.SSSOM || table.SourceFramework != "bakery 2.0" || table.TargetFramework != "kitchen" {
		t.Errorf("%s from %q to %q", table.Format, table.SourceFramework, table.TargetFramework)
	}
	if r := table.Rows[0]; r.RationaleType != crosswalk.Semantic || r.Strength != 10 || r.Rationale != `why "so"` || r.Line != 10 {
		t.Errorf("%+v", r)
	}
	if r := table.Rows[5]; r.Word != "Not skos:broadMatch" || r.Strength != -1 {
		t.Errorf("%+v", r)
	}
}

func TestSSSOMWithABlankAfterTheSignIsRead(t *testing.T) {
	spaced := strings.ReplaceAll(strings.ReplaceAll(sssom, "\n#", "\n# "), "#sssom_v", "# sssom_v")
	if table := read(t, spaced); table.SourceFramework != "bakery 2.0" || len(table.Rows) != 8 {
		t.Errorf("%+v", table)
	}
}

const oscalJSON = `{"mapping-collection": {
	"provenance": {"method": "human", "matching-rationale": "semantic"},
	"mappings": [{
		"source-resource": {"type": "catalog", "href": "#1f"},
		"target-resource": {"type": "catalog", "href": "kitchen.json"},
		"maps": [
			{"relationship": "equivalent-to", "sources": [{"id-ref": "a-1"}], "targets": [{"id-ref": "b-1"}],
				"props": [{"name": "strength", "value": "9"}], "remarks": "Why."},
			{"relationship": "subset-of", "matching-rationale": "functional", "sources": [{"id-ref": "a-2"}], "targets": [{"id-ref": "b-2"}]},
			{"relationship": "equal-to", "sources": [{"id-ref": "a-3"}, {"id-ref": "a-4"}], "targets": [{"id-ref": "b-3"}, {"id-ref": "b-4"}]},
			{"relationship": "no-relationship", "sources": [{"id-ref": "a-5"}], "targets": [{"id-ref": "b-5"}, {"id-ref": "b-6"}]}
		],
		"source-gap-summary": {"unmapped-controls": [{"with-ids": ["a-6", "a-7"]}, {"matching": [{"pattern": "x*"}]}]}
	}],
	"back-matter": {"resources": [{"uuid": "1f", "title": "Bakery 2"}]}
}}`

const oscalYAML = `# one mapping
mapping-collection:
  metadata: {last-modified: 2026-01-05T10:00:00Z, version: 0.1}
  provenance:
    matching-rationale: syntactic
  mappings:
    source-resource: {type: catalog, href: bakery.json}
    target-resource: {type: catalog, href: kitchen.json}
    matching-rationale: functional
    maps:
      - relationship: intersects-with
        sources: [{type: control, id-ref: a-1}]
        targets: [{type: control, id-ref: b-1}]
`

func TestOSCALSaysOfAPairOnlyWhatItSaysOfOne(t *testing.T) {
	table := read(t, oscalJSON)

	same(t, table, "a-1 equal b-1", "a-2 subset_of b-2", "a-3 b-3", "a-3 b-4", "a-4 b-3", "a-4 b-4",
		"a-5 no_relationship b-5", "a-5 no_relationship b-6", "a-6 gap", "a-7 gap")
	if table.Format != mapping.OSCAL || table.SourceFramework != "Bakery 2" || table.TargetFramework != "kitchen.json" {
		t.Errorf("%s from %q to %q", table.Format, table.SourceFramework, table.TargetFramework)
	}
	if r := table.Rows[0]; r.Strength != 9 || r.Rationale != "Why." || r.RationaleType != crosswalk.Semantic || r.Where != "map 1" {
		t.Errorf("%+v", r)
	}
	if r := table.Rows[1]; r.RationaleType != crosswalk.Functional || r.Strength != -1 {
		t.Errorf("%+v", r)
	}
	if r := table.Rows[2]; r.Word != "equal-to" || r.Line != 3 {
		t.Errorf("%+v", r)
	}
}

func TestOSCALInYAMLMayHoldOneMapping(t *testing.T) {
	table := read(t, oscalYAML)

	same(t, table, "a-1 intersects_with b-1")
	if r := table.Rows[0]; r.RationaleType != crosswalk.Functional || table.SourceFramework != "bakery.json" {
		t.Errorf("%+v of %q", r, table.SourceFramework)
	}
}

// draft draws a draft of Concord, with ids and words that try to be formulas.
func draft(t *rapid.T) *export.Document {
	word := rapid.StringOfN(rapid.RuneFrom([]rune("=+-@|,;\"a1 é＝'")), 0, 8, -1)
	framework := func(name string) *corpus.Framework {
		f := &corpus.Framework{Name: name, Edition: "1", Title: name}
		for i := range rapid.IntRange(1, 5).Draw(t, name) {
			id := strings.Join(strings.Fields(word.Draw(t, "id")), " ") + fmt.Sprint(i)
			f.Elements = append(f.Elements, corpus.Element{ID: id, Kind: corpus.KindControl, Text: word.Draw(t, "text")})
		}
		if err := f.Finish(); err != nil {
			t.Skip(err)
		}
		return f
	}
	d := &export.Document{Tool: "concord", Run: "r", Started: time.Unix(0, 0), Source: framework("s"), Target: framework("t"), Draft: true}
	d.CSV.All = true
	worth := []crosswalk.Outcome{crosswalk.NotJudged, crosswalk.Unrelated, crosswalk.Failed, crosswalk.Mapped}
	for _, s := range d.Source.Elements {
		r := crosswalk.Result{Source: s.ID, Outcome: crosswalk.NotJudged}
		for _, e := range d.Target.Elements {
			p := crosswalk.Proposal{Run: "r", Source: d.Source.Ref(s.ID), Target: d.Target.Ref(e.ID), Rank: 1 + r.Judged,
				RationaleType: rapid.SampledFrom([]crosswalk.RationaleType{crosswalk.Syntactic, crosswalk.Semantic, crosswalk.Functional}).Draw(t, "type"),
				Rationale:     strings.TrimSpace(word.Draw(t, "rationale")),
				Outcome:       rapid.SampledFrom(worth[1:]).Draw(t, "outcome")}
			p.ID = crosswalk.ProposalID(p.Source, p.Target, p.RationaleType)
			switch p.Outcome {
			case crosswalk.Mapped:
				p.Relation = rapid.SampledFrom([]crosswalk.Relation{crosswalk.Equal, crosswalk.SubsetOf, crosswalk.SupersetOf, crosswalk.IntersectsWith}).Draw(t, "relation")
				strength := rapid.IntRange(0, 10).Draw(t, "strength")
				p.Strength = &strength
			case crosswalk.Unrelated:
				p.Relation = crosswalk.NoRelationship
			}
			if p.Outcome != crosswalk.Failed {
				r.Judged++
			}
			if slices.Index(worth, p.Outcome) > slices.Index(worth, r.Outcome) {
				r.Outcome = p.Outcome
			}
			d.Proposals = append(d.Proposals, p)
		}
		d.Sources = append(d.Sources, r)
	}
	return d
}

// said is what a draft says of its pairs and sources, in any order.
func said(d *export.Document) []mapping.Row {
	var out []mapping.Row
	for _, p := range d.Proposals {
		r := mapping.Row{Source: p.Source.ID, Target: p.Target.ID, Relation: p.Relation, Word: string(p.Relation),
			RationaleType: p.RationaleType, Strength: -1, Rationale: p.Rationale}
		if p.Strength != nil {
			r.Strength = *p.Strength
		}
		if p.Outcome != crosswalk.Failed {
			out = append(out, r)
		}
	}
	for _, r := range d.Sources {
		if r.Outcome == crosswalk.Unrelated {
			out = append(out, mapping.Row{Source: r.Source, Gap: true, Strength: -1})
		}
	}
	return sorted(out)
}

// sorted returns rows by their ids, without where they stand.
func sorted(rows []mapping.Row) []mapping.Row {
	out := slices.Clone(rows)
	for i := range out {
		out[i].Line, out[i].Where = 0, ""
	}
	slices.SortFunc(out, func(a, b mapping.Row) int {
		return strings.Compare(a.Source+"\x00"+a.Target, b.Source+"\x00"+b.Target)
	})
	return out
}

func TestConcordReadsBackWhatItExported(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draft(t)
		want := said(d)
		for format, write := range map[string]func(*bytes.Buffer) error{
			mapping.ConcordJSON: func(b *bytes.Buffer) error { return export.JSON(b, d) },
			mapping.ConcordCSV:  func(b *bytes.Buffer) error { return export.CSV(b, d) },
		} {
			var file bytes.Buffer
			if err := write(&file); err != nil {
				t.Fatal(err)
			}
			table, err := mapping.Read(format, file.Bytes())
			if len(want) == 0 {
				if err == nil {
					t.Fatal("a draft without answers was read")
				}
				continue
			}
			if err != nil {
				t.Fatalf("%v in\n%s", err, file.String())
			}
			if got := sorted(table.Rows); table.Format != format || !slices.Equal(got, want) {
				t.Fatalf("%s: read\n%+v, wrote\n%+v", table.Format, got, want)
			}
			rows, err := table.Bind(d.Source, d.Target)
			if err != nil || len(rows) != len(want) {
				t.Fatalf("bound %d of %d: %v", len(rows), len(want), err)
			}
		}
	})
}
