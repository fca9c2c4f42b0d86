package oscal_test

import (
	"strings"
	"testing"

	"concord/crosswalk/exchange/oscal"
)

// sound is a collection without fault; the cases below break it at one place.
const sound = `{"mapping-collection": {
  "uuid": "11111111-1111-4111-8111-111111111111",
  "metadata": {"title": "Yard work", "last-modified": "2026-01-05T10:00:00Z", "version": "1", "oscal-version": "1.2.1",
    "roles": [{"id": "reviewer", "title": "Reviewer"}], "parties": [{"uuid": "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "type": "person", "name": "Ada"}]},
  "provenance": {"method": "human", "matching-rationale": "semantic", "status": "complete", "mapping-description": "By hand.",
    "responsible-parties": [{"role-id": "reviewer", "party-uuids": ["aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"]}]},
  "mappings": [{
    "uuid": "22222222-2222-4222-8222-222222222222",
    "source-resource": {"type": "catalog", "href": "#33333333-3333-4333-8333-333333333333"},
    "target-resource": {"type": "catalog", "href": "yard.json"},
    "maps": [
      {"uuid": "44444444-4444-4444-8444-444444444444", "relationship": "superset-of",
       "sources": [{"type": "control", "id-ref": "s-1"}], "targets": [{"type": "control", "id-ref": "t-1"}],
       "coverage": {"target-coverage": 1.0}, "confidence-score": {"percentage": 0.9},
       "props": [{"name": "strength", "ns": "https://example.org", "value": "8"}]},
      {"uuid": "55555555-5555-4555-8555-555555555555", "relationship": "equivalent-to",
       "sources": [{"type": "control", "id-ref": "s-2"}], "targets": [{"type": "control", "id-ref": "t-2"}]}
    ],
    "source-gap-summary": {"uuid": "99999999-9999-4999-8999-999999999999", "unmapped-controls": [{"with-ids": ["s-7"]}]}
  }],
  "back-matter": {"resources": [{"uuid": "33333333-3333-4333-8333-333333333333", "title": "House Rules"}]}
}}`

func TestASoundCollectionHasNoFindings(t *testing.T) {
	if found := oscal.Check([]byte(sound)); found != nil {
		t.Errorf("%+v", found)
	}
}

func TestEveryFaultIsFoundByItsCodeAtItsPlace(t *testing.T) {
	const maps = "/mapping-collection/mappings/0/maps/"
	for name, tc := range map[string]struct{ old, new, code, at string }{
		"not JSON":                      {sound, "{", oscal.Unreadable, ""},
		"a word of nobody":              {`"superset-of"`, `"covers"`, oscal.UnknownWord, maps + "0/relationship"},
		"no token":                      {`"superset-of"`, `"superset of", "ns": "https://example.org/ns"`, oscal.BadValue, maps + "0/relationship"},
		"a UUID of version 1":           {`44444444-4444-4444`, `44444444-4444-1444`, oscal.BadUUID, maps + "0/uuid"},
		"a UUID twice":                  {`"55555555-5555-4555-8555-555555555555"`, `"44444444-4444-4444-8444-444444444444"`, oscal.SameUUID, maps + "1/uuid"},
		"a reference to nothing":        {`"yard.json"`, `"#yard"`, oscal.Dangling, "/mapping-collection/mappings/0/target-resource/href"},
		"a party that is not there":     {`"party-uuids": ["aaaa`, `"party-uuids": ["baaa`, oscal.NoParty, "/mapping-collection/provenance/responsible-parties/0/party-uuids/0"},
		"a subset that covers all":      {`"superset-of"`, `"subset-of"`, oscal.NotCovered, maps + "0/coverage/target-coverage"},
		"a superset that does not":      {`1.0}`, `0.5}`, oscal.NotCovered, maps + "0/coverage/target-coverage"},
		"a cover of what is not common": {`"superset-of"`, `"no-relationship"`, oscal.NotCovered, maps + "0/coverage/target-coverage"},
		"a coverage of 200 %":           {`1.0}`, `2}`, oscal.BadCoverage, maps + "0/coverage/target-coverage"},
		"equal-to by meaning":           {`"equivalent-to"`, `"equal-to"`, oscal.NotEqual, maps + "1/relationship"},
		"equivalent-to by words":        {`"matching-rationale": "semantic"`, `"matching-rationale": "syntactic"`, oscal.NotEqual, maps + "1/relationship"},
		"no unmapped control":           {`[{"with-ids": ["s-7"]}]`, `[]`, oscal.EmptyGaps, "/mapping-collection/mappings/0/source-gap-summary/unmapped-controls"},
		"a selection of nothing":        {`{"with-ids": ["s-7"]}`, `{}`, oscal.EmptyGaps, "/mapping-collection/mappings/0/source-gap-summary/unmapped-controls/0"},
		"a gap that is mapped":          {`["s-7"]`, `["s-1"]`, oscal.MappedGap, "/mapping-collection/mappings/0/source-gap-summary/unmapped-controls/0/with-ids/0"},
		"a gap that is no token":        {`["s-7"]`, `["7.1"]`, oscal.BadValue, "/mapping-collection/mappings/0/source-gap-summary/unmapped-controls/0/with-ids/0"},
		"an empty list":                 {`[{"name": "strength", "ns": "https://example.org", "value": "8"}]`, `[]`, oscal.EmptyList, maps + "0/props"},
		"a property with two lines":     {`"value": "8"`, `"value": "8\n9"`, oscal.BadValue, maps + "0/props/0/value"},
		"a property with blanks":        {`"name": "strength"`, `"name": "the strength"`, oscal.BadValue, maps + "0/props/0/name"},
		"a namespace that is none":      {`"ns": "https://example.org"`, `"ns": "mine"`, oscal.BadValue, maps + "0/props/0/ns"},
		"no scores":                     {`{"percentage": 0.9}`, `{}`, oscal.BadScore, maps + "0/confidence-score"},
		"two scores":                    {`{"percentage": 0.9}`, `{"percentage": 0.9, "category": "high"}`, oscal.BadScore, maps + "0/confidence-score"},
		"a score of 90":                 {`{"percentage": 0.9}`, `{"percentage": 90}`, oscal.BadScore, maps + "0/confidence-score/percentage"},
		"a method of trestle's":         {`"method": "human"`, `"method": "manual"`, oscal.BadValue, "/mapping-collection/provenance/method"},
		"a time without zone":           {`10:00:00Z`, `10:00:00`, oscal.BadValue, "/mapping-collection/metadata/last-modified"},
		"a group as item":               {`"control", "id-ref": "s-1"`, `"group", "id-ref": "s-1"`, oscal.BadValue, maps + "0/sources/0/type"},
		"no provenance":                 {`"provenance"`, `"origin"`, oscal.Missing, "/mapping-collection/provenance"},
		"no id":                         {`"id-ref": "t-2"`, `"remarks": "t-2"`, oscal.Missing, maps + "1/targets/0/id-ref"},
		"a pair twice": {`"sources": [{"type": "control", "id-ref": "s-2"}], "targets": [{"type": "control", "id-ref": "t-2"}]`,
			`"sources": [{"type": "control", "id-ref": "s-1"}], "targets": [{"type": "control", "id-ref": "t-1"}]`, oscal.SamePair, maps + "1"},
	} {
		if !strings.Contains(sound, tc.old) {
			t.Fatalf("%s: no %q", name, tc.old)
		}

		found := oscal.Check([]byte(strings.Replace(sound, tc.old, tc.new, 1)))

		if len(found) != 1 || found[0].Code != tc.code || found[0].Pointer != tc.at || found[0].Message == "" {
			t.Errorf("%s: %+v, want only %s at %s", name, found, tc.code, tc.at)
		}
	}
}

func TestTheSamePairMayStandOnceARationale(t *testing.T) {
	twice := strings.Replace(sound, `"sources": [{"type": "control", "id-ref": "s-2"}], "targets": [{"type": "control", "id-ref": "t-2"}]`,
		`"matching-rationale": "functional", "sources": [{"type": "control", "id-ref": "s-1"}], "targets": [{"type": "control", "id-ref": "t-1"}]`, 1)
	if found := oscal.Check([]byte(twice)); found != nil {
		t.Errorf("%+v", found)
	}
}

func TestARelationshipOfAnotherNamespaceIsTheirs(t *testing.T) {
	theirs := strings.Replace(sound, `"relationship": "superset-of"`, `"relationship": "covers", "ns": "https://example.org/ns"`, 1)
	if found := oscal.Check([]byte(theirs)); found != nil {
		t.Errorf("%+v", found)
	}
}
