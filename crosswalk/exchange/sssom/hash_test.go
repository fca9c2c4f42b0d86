package sssom_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/crosswalk/exchange/exchangetest"
	"concord/crosswalk/exchange/sssom"
)

// TestHashesAreThePublishedOnes checks the values that the specification gives
// for records with what they hold.
func TestHashesAreThePublishedOnes(t *testing.T) {
	const obo = "http://purl.obolibrary.org/obo/"
	for _, x := range []struct{ why, set, columns, record, want string }{
		{"several values are sorted", "#curie_map: {F: " + obo + "FBbt_, U: " + obo + "UBERON_, o: 'https://orcid.org/'}\n",
			"creator_id", "F:00001234 skos:exactMatch U:0005678 semapv:ManualMappingCuration o:0000-0000-5678-1234|o:0000-0000-1234-5678", "0A442FB005783031"},
		{"slots of the set are propagated", "#curie_map: {F: " + obo + "FOODON_, K: 'https://kewl-foodie.ince/food/', w: 'https://www.wikidata.org/wiki/'}\n" +
			"#subject_source: K:DB\n#object_source: w:Q55118395\n#object_source_version: " + obo + "foodon/releases/2022-02-01/foodon.owl\n",
			"confidence mapping_date", "K:F001 skos:exactMatch F:00002473 semapv:ManualMappingCuration 0.95 2022-05-02", "97170EB542E9AE8F"},
		{"the id does not count", "#curie_map: {F: " + obo + "FBbt_, U: " + obo + "UBERON_, e: 'https://example.org/sets/record-id#'}\n",
			"record_id", "F:0009124 skos:exactMatch U:0000003 semapv:LexicalMatching e:0000001", "18F3436E89AA1AA2"},
		{"numbers", "#curie_map: {H: " + obo + "HP_, M: " + obo + "MP_}\n#mapping_provider: https://w3id.org/sssom/core_team\n",
			"similarity_score", "H:0009124 skos:exactMatch M:0000003 semapv:LexicalSimilarityThresholdMatching 0.8", "0D45A2E8C64EBD65"},
		{"extensions", "#curie_map: {C: 'https://example.com/entities/', P: 'https://example.org/properties/', O: 'https://example.org/entities/'}\n" +
			"#extension_definitions:\n#- {slot_name: ext_baz, property: 'P:bazProperty', type_hint: 'linkml:Uriorcurie'}\n" +
			"#- {slot_name: ext_bar, property: 'P:barProperty', type_hint: 'xsd:integer'}\n",
			"subject_label object_label ext_bar ext_baz", "O:0001 skos:closeMatch C:0011 semapv:ManualMappingCuration alice alpha 111 O:BAZ_0001", "66BD0A57A976A109"},
	} {
		text := x.set + "subject_id predicate_id object_id mapping_justification " + x.columns + "\n" + x.record + "\n"
		head, table, _ := strings.Cut(text, "subject_id")
		got, err := sssom.Hashes([]byte(head + strings.ReplaceAll("subject_id"+table, " ", "\t")))
		if err != nil || !slices.Equal(got, []string{x.want}) {
			t.Errorf("%s: %v %v, want %s", x.why, got, err, x.want)
		}
	}
}

// TestRecordsOfThePublishedFileHaveTheirHashes reads the published file with ids.
// The first is among the values of the specification; the others are FNV-1a of
// expressions written by hand here.
func TestRecordsOfThePublishedFileHaveTheirHashes(t *testing.T) {
	got, err := sssom.Hashes(published(t)["record-ids"])
	if err != nil {
		t.Fatal(err)
	}
	expression := func(justification string) string {
		return "(7:mapping((10:subject_id43:http://purl.obolibrary.org/obo/FBbt_0008551)" +
			"(12:predicate_id46:http://www.w3.org/2004/02/skos/core#exactMatch)" +
			"(9:object_id45:http://purl.obolibrary.org/obo/UBERON_0000018)(21:mapping_justification" + justification + ")))"
	}
	want := []string{"18F3436E89AA1AA2", fnv1a(expression("45:https://w3id.org/semapv/vocab/LexicalMatching")),
		fnv1a(expression("51:https://w3id.org/semapv/vocab/ManualMappingCuration"))}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// fnv1a is written out by its definition (RFC 9923), the low byte first.
func fnv1a(s string) string {
	h := uint64(0xcbf29ce484222325)
	for _, b := range []byte(s) {
		h = (h ^ uint64(b)) * 0x100000001b3
	}
	const digits = "0123456789ABCDEF"
	var out []byte
	for range 8 {
		out = append(out, digits[h>>4&15], digits[h&15])
		h >>= 8
	}
	return string(out)
}

func TestNumbersAreRoundedHalfAwayFromZero(t *testing.T) {
	hash := func(confidence string) string {
		got, err := sssom.Hashes([]byte("subject_id\tpredicate_id\tobject_id\tconfidence\nA:1\tskos:exactMatch\tB:1\t" + confidence + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		return got[0]
	}
	for _, same := range [][2]string{{"0.7835", "0.784"}, {"0.7832", "0.783"}, {"-0.7835", "-0.784"}, {".7", "0.700"}, {"1.0", "1"}, {"-0.0001", "0"}, {"7e-1", "0.7"}, {"1.0005", "1.001"}} {
		if hash(same[0]) != hash(same[1]) {
			t.Errorf("%s is not %s", same[0], same[1])
		}
	}
	if hash("0.7834") == hash("0.784") {
		t.Error("all numbers are the same")
	}
}

func TestTheIDOfARecordIsItsHash(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := write(rt, exchangetest.Random(rt), sssom.Options{Expanded: rapid.Bool().Draw(rt, "expanded")})
		hashes, err := sssom.Hashes([]byte(text))
		if err != nil {
			rt.Fatal(err)
		}
		for _, h := range hashes {
			if !strings.Contains(text, "\nrecord:"+h+"\t") {
				rt.Fatalf("no record has the id %s\n%s", h, text)
			}
		}
		if n := strings.Count(text, "\nrecord:"); n != len(hashes) {
			rt.Fatalf("%d records, %d hashes", n, len(hashes))
		}
	})
}
