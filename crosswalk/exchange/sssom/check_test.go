package sssom_test

import (
	"fmt"
	"strings"
	"testing"

	"concord/crosswalk/exchange/sssom"
)

const clean = `#curie_map:
#  A: https://example.org/a/
#  B: https://example.org/b/
#mapping_set_id: https://example.org/set
#license: https://creativecommons.org/publicdomain/zero/1.0/
subject_id	predicate_id	object_id	mapping_justification	mapping_cardinality	confidence	reviewer_label	review_date
A:1	skos:exactMatch	B:1	semapv:LexicalMatching	1:n	0.5	Ada	2026-01-05
A:1	skos:broadMatch	B:2	semapv:LexicalMatching	1:n	1
A:3	skos:exactMatch	sssom:NoTermFound	semapv:LexicalMatching	1:0
`

func TestAFileInOrderHasNoFindings(t *testing.T) {
	if found := sssom.Check([]byte(clean)); len(found) > 0 {
		t.Error(found)
	}
}

func TestWhatIsWrongIsFoundWhereItStands(t *testing.T) {
	for _, x := range []struct{ was, is, want string }{
		{"A:3\t", "C:3\t", "undeclared-prefix 9:1"},
		{"B:2", "B:2 b", "bad-curie 8:21"},
		{"B:2", "B:2|B:3", "bad-curie 8:21"},
		{"B:2", "B:2%zz", "bad-curie 8:21"},
		{"B:2", "https://example.org/b/2", "bad-curie 8:21"},
		{"0.5", "1.5", "out-of-range 7:52"},
		{"0.5", "NaN", "bad-value 7:52"},
		{"0.5", "high", "bad-value 7:52"},
		{"\tAda\t", "\t\t", "no-reviewer 7:57"},
		{"2026-01-05", "5/1/2026", "bad-value 7:60"},
		{"Matching\t1:0", "Matching\t1:1", "bad-cardinality 9:62"},
		{"1:n\t1\n", "1:0\t1\n", "bad-cardinality 8:48"},
		{"1:n\t1\n", "1:1\t1\n", "bad-cardinality 8:48"},
		{"1:n\t1\n", "2:1\t1\n", "bad-cardinality 8:48 bad-value 8:48"},
		{"A:1\tskos:broadMatch\tB:2\tsemapv:LexicalMatching\t1:n\t1", "A:1\tskos:exactMatch\tB:1\tsemapv:LexicalMatching\t\t0.5\tAda\t2026-01-05",
			"bad-cardinality 7:48 duplicate-record 8:1"},
		{"semapv:LexicalMatching\t1:0", "semapv:Guessing\t1:0", "bad-justification 9:39"},
		{"semapv:LexicalMatching\t1:0", "\t1:0", "missing-slot 9:1"},
		{"\tB:2", "\t", "missing-slot 8:1"},
		{"confidence\t", "certainty\t", "undeclared-slot 6:77"},
		{"#license: h", "#licence: h", "missing-slot 1:1 undeclared-slot 5:2"},
		{"https://example.org/set", "set", "bad-value 4:2"},
		{"#  B:", "#  skos: https://example.org/skos/\n#  B:", "redefined-prefix 3:4"},
		{"#license", "#other: &x y\n#comment: *x\n#license", "syntax 6:11"},
		{"#license", "#mapping_set_id: https://example.org/again\n#license", "syntax 5:2 bad-value 5:18"},
		{"#license", "#sssom_version: \"2.0\"\n#license", "bad-value 5:2"},
		{"A:3", "A:\xff", "syntax 9:1"},
		{"\tAda", "\tA\"da", "syntax 7:57"},
		{"2026-01-05", "2026-01-05\tmore", "syntax 7:71"},
		{"confidence\t", "predicate_modifier\t", "bad-value 7:52 bad-value 8:52"},
		{"#curie_map", "\uFEFF#curie_map", "syntax 1:1"},
	} {
		text := strings.Replace(clean, x.was, x.is, 1)
		if text == clean {
			t.Fatalf("%q is not there", x.was)
		}
		var got []string
		for _, f := range sssom.Check([]byte(text)) {
			got = append(got, fmt.Sprintf("%s %d:%d", f.Code, f.Line, f.Column))
		}
		if s := strings.Join(got, " "); s != x.want {
			t.Errorf("%q for %q: %s, want %s\n%v", x.is, x.was, s, x.want, sssom.Check([]byte(text)))
		}
	}
}

func TestNotWithoutATermAndIDsThatStandTwiceAreFound(t *testing.T) {
	text := strings.NewReplacer("confidence\treviewer_label\treview_date", "predicate_modifier\trecord_id\tother", "0.5\tAda\t2026-01-05", "Not\tA:r\tx",
		"1:n\t1\n", "1:1\t\tA:r\n", "\t1:0", "\t1:0\tNot").Replace(clean)
	var got []string
	for _, f := range sssom.Check([]byte(text)) {
		got = append(got, fmt.Sprintf("%s %d:%d", f.Code, f.Line, f.Column))
	}
	if s := strings.Join(got, " "); s != "duplicate-record-id 8:53 not-no-term 9:66" {
		t.Error(s)
	}
}

func TestCardinalityIsCountedWithinItsScope(t *testing.T) {
	text := strings.NewReplacer("#license", "#cardinality_scope:\n#  - predicate_id\n#license", "1:n", "1:1").Replace(clean)
	if found := sssom.Check([]byte(text)); len(found) > 0 {
		t.Error(found)
	}
}
