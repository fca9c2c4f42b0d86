package sssom_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/sssom"
)

func TestEveryPublishedExampleIsRead(t *testing.T) {
	examples := published(t)
	want := map[string]struct {
		rows, gaps     int
		source, target string
		first          string // source and target of the first row
	}{
		"cardinality-with-unmapped-entities": {1, 1, "SUBJ", "OBJ", "0001 0001"},
		"curation_rule-propagated":           {3, 0, "HP", "MP", "0009124 0000003"},
		"extension-slots":                    {4, 0, "ORGENT", "COMENT", "0001 0011"},
		"mp-hp-exact-0.0.1":                  {42, 0, "HP", "MP", "0000175 0000111"},
		"no_term_found":                      {1, 1, "hp", "mp", "0009124 0000003"},
		"pipe-escaping":                      {2, 0, "ORGENT", "COMENT", "0001 0011"},
		"record-ids":                         {2, 0, "HP", "MP", "0009124 0000003"}, // two records of one pair
		"reviewer_agreement":                 {3, 0, "CHEBI", "mesh", "10001 C067604"},
		"similarity_score":                   {3, 0, "HP", "MP", "0009124 0000003"},
	}
	for _, name := range slices.Sorted(maps.Keys(examples)) {
		c, err := sssom.Read(examples[name])
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		w, known := want[name]
		if !known {
			t.Errorf("%s: nothing is known of it", name)
			continue
		}
		first := c.Rows[0].Source + " " + c.Rows[0].Target
		if len(c.Rows) != w.rows || len(c.Gaps) != w.gaps || c.Source.Name != w.source || c.Target.Name != w.target || first != w.first {
			t.Errorf("%s: %d rows, %d gaps, from %s to %s, %s first; want %+v", name, len(c.Rows), len(c.Gaps), c.Source.Name, c.Target.Name, first, w)
		}
		again, err := sssom.Read([]byte(write(t, c, sssom.Options{})))
		if err != nil || len(again.Rows) != len(c.Rows) || len(again.Gaps) != len(c.Gaps) {
			t.Errorf("%s, written and read: %v, %+v", name, err, again)
		}
	}
}

func TestTheReviewerOfAPublishedExampleIsKept(t *testing.T) {
	c := read(t, string(published(t)["reviewer_agreement"]))
	for i, want := range []exchange.State{exchange.Accepted, exchange.Draft, exchange.Draft} {
		if r := c.Rows[i]; r.State != want || r.Reviewer != "orcid:0000-0003-4423-4370" || r.Relation != crosswalk.Equal || r.Rationale == "" {
			t.Errorf("%+v, want it %q", r, want)
		}
	}
}

func TestThePublishedExamplesAreInOrderButForAnUndeclaredSlot(t *testing.T) {
	examples := published(t)
	for _, name := range slices.Sorted(maps.Keys(examples)) {
		var got []string
		for _, f := range sssom.Check(examples[name]) {
			got = append(got, fmt.Sprintf("%s %d:%d", f.Code, f.Line, f.Column))
		}
		var want []string
		if name == "extension-slots" { // one of each on purpose
			want = []string{"undeclared-slot 18:2", "undeclared-slot 19:100"}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, sssom.Check(examples[name]), want)
		}
	}
}

// TestPipesOfThePublishedExampleAreUnescaped looks at the values through their
// hash: that of a record with other authors is another one.
func TestPipesOfThePublishedExampleAreUnescaped(t *testing.T) {
	data := string(published(t)["pipe-escaping"])
	got, err := sssom.Hashes([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	record := func(id, authors string) string {
		return fnv1a("(7:mapping((10:subject_id33:https://example.org/entities/" + id + ")(13:subject_label5:alice)" +
			"(12:predicate_id46:http://www.w3.org/2004/02/skos/core#closeMatch)(9:object_id33:https://example.com/entities/0011)(12:object_label5:alpha)" +
			"(21:mapping_justification51:https://w3id.org/semapv/vocab/ManualMappingCuration)(12:author_label(" + authors + "))))")
	}
	want := []string{
		record("0001", `9:Alice|Bob7:Charlie`),
		record("0002", `9:Alice\Bob8:Charlie\11:David\|Eve\`),
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
