package sssom_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/exchangetest"
	"concord/crosswalk/exchange/sssom"
	"concord/crosswalk/mapping"
)

var update = flag.Bool("update", false, "rewrite the files in testdata")

const schemas = "../../../../shared/data/schemas/"

// published returns the published examples by name.
func published(t *testing.T) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(schemas + "sssom-examples/*.tsv")
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Skipf("the published examples are not at %s", schemas)
	}
	out := map[string][]byte{}
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(p), ".sssom.tsv")] = data
	}
	return out
}

func write(t interface{ Fatal(...any) }, c *exchange.Crosswalk, o sssom.Options) string {
	var b bytes.Buffer
	if err := sssom.Write(&b, c, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func read(t *testing.T, text string) *exchange.Crosswalk {
	t.Helper()
	c, err := sssom.Read([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return c
}

func small() *exchange.Crosswalk {
	p, q := 0.72, 0.9
	return &exchange.Crosswalk{
		Title: "House to Yard", Tool: "concord", Version: "0.1.0", Draft: true,
		Source: exchange.Framework{Name: "house", Edition: "1"}, Target: exchange.Framework{Name: "yard", Edition: "2"},
		Rows: []exchange.Row{
			{Source: "GV.OC-02#defend", Target: "AC-2(3)", Relation: crosswalk.SubsetOf, RationaleType: crosswalk.Semantic,
				Origin: crosswalk.OriginLLM, Confidence: &q, Probability: &p, Rationale: "a | b"},
			{Source: "GV.OC-02#defend", Target: "req 7", Relation: crosswalk.NoRelationship, Origin: crosswalk.OriginLLM, Probability: &p},
		},
		Gaps: []exchange.Gap{{Side: crosswalk.SourceSide, ID: "5.16", Judged: true}, {Side: crosswalk.TargetSide, ID: "A/1"}},
	}
}

func TestWhatIsWrittenComesBack(t *testing.T) {
	for name, o := range map[string]sssom.Options{"condensed": {}, "expanded": {Expanded: true}} {
		t.Run(name, func(t *testing.T) {
			exchangetest.RoundTrip(t, exchangetest.Format{
				Held:  sssom.Held(),
				Write: func(w io.Writer, c *exchange.Crosswalk) error { return sssom.Write(w, c, o) },
				Read:  sssom.Read,
			})
		})
	}
}

func TestWhatIsWrittenIsInOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := write(rt, exchangetest.Random(rt), sssom.Options{Expanded: rapid.Bool().Draw(rt, "expanded")})
		if found := sssom.Check([]byte(text)); len(found) > 0 {
			rt.Fatalf("%v\n%s", found, text)
		}
	})
}

func TestTheFileIsCanonical(t *testing.T) {
	got := write(t, small(), sssom.Options{})
	if *update {
		if err := os.WriteFile("testdata/small.sssom.tsv", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/small.sssom.tsv")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestTheSideThatIsBroaderIsTheObjectOfBroadMatch(t *testing.T) {
	c := small()
	for relation, predicate := range map[crosswalk.Relation]string{
		crosswalk.SubsetOf: "skos:broadMatch", crosswalk.SupersetOf: "skos:narrowMatch", crosswalk.Equal: "skos:exactMatch",
		crosswalk.IntersectsWith: "skos:relatedMatch", "": "skos:mappingRelation",
	} {
		c.Rows[0].Relation = relation
		text := write(t, c, sssom.Options{})
		if !strings.Contains(text, "\thouse:GV.OC-02#defend\t"+predicate+"\t") {
			t.Errorf("%q is not %s:\n%s", relation, predicate, text)
		}
	}
	c.Rows[0].Relation = crosswalk.SubsetOf
	if back := read(t, write(t, c.Inverted(), sssom.Options{})); back.Rows[0].Relation != crosswalk.SupersetOf {
		t.Errorf("read from the other side it is %s", back.Rows[0].Relation)
	}
}

func TestAnyIDBecomesACURIEAndComesBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := small()
		c.Gaps = nil
		id := rapid.OneOf(rapid.StringMatching(`[A-Z0-9.()#%/:| -]{1,12}`), rapid.String().Filter(func(s string) bool { return s != "" }))
		c.Rows[0].Source, c.Rows[0].Target = id.Draw(rt, "source"), id.Draw(rt, "target")
		c.Source.Name = rapid.SampledFrom([]string{"house", "skos", "null", "5 houses", "record", "yard", "urn", "http", "Ä:b#c"}).Draw(rt, "name")
		text := write(rt, c, sssom.Options{})
		if found := sssom.Check([]byte(text)); len(found) > 0 {
			rt.Fatalf("%v\n%s", found, text)
		}
		back, err := sssom.Read([]byte(text))
		if err != nil {
			rt.Fatal(err)
		}
		if d := exchangetest.Difference(c, back); d != "" {
			rt.Fatalf("%s\n%s", d, text)
		}
	})
}

func TestOurLabelReaderReadsTheSamePairs(t *testing.T) {
	c := small()
	table, err := mapping.Read("small.sssom.tsv", []byte(write(t, c, sssom.Options{})))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(table.Rows); n != 3 { // gaps of the target are none of its rows
		t.Fatalf("%d rows: %+v", n, table.Rows)
	}
	for i, r := range c.Rows {
		if got := table.Rows[i]; got.Source != r.Source || got.Target != r.Target || got.Relation != r.Relation {
			t.Errorf("wrote %s, read %s %s %s", r.Relation.Sentence(r.Source, r.Target), got.Source, got.Relation, got.Target)
		}
	}
}

func TestTwoEditionsOfOneFrameworkHavePrefixesOfTheirOwn(t *testing.T) {
	c := small()
	c.Target.Name = c.Source.Name
	text := write(t, c, sssom.Options{})
	if !strings.Contains(text, "#  house: urn:concord:element/house/1/\n#  house_: urn:concord:element/house/2/\n") {
		t.Error(text)
	}
	if d := exchangetest.Difference(c, read(t, text)); d != "" {
		t.Error(d)
	}
}

func TestConfidenceIsBeliefInTheRecord(t *testing.T) {
	text := write(t, small(), sssom.Options{})
	var got []string
	for line := range strings.Lines(text) {
		if cells := strings.Split(line, "\t"); len(cells) > 10 {
			got = append(got, cells[column(t, text, "confidence")])
		}
	}
	// the calibrated one; the rest to 1 of a pair that is denied; none of a gap that
	// was judged; 0 of one at which nobody looked
	if want := "confidence 0.72 0.28  0"; strings.Join(got, " ") != want {
		t.Errorf("%q, want %q", strings.Join(got, " "), want)
	}
}

func column(t *testing.T, text, name string) int {
	t.Helper()
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for i, c := range strings.Split(strings.TrimSpace(line), "\t") {
			if c == name {
				return i
			}
		}
		break
	}
	t.Fatalf("no column %s", name)
	return 0
}

func TestNumbersAreWrittenInFullBesideTheirThreeDigits(t *testing.T) {
	c := small()
	p := 0.1234567
	c.Rows[0].Probability = &p
	text := write(t, c, sssom.Options{})
	if !strings.Contains(text, "\t0.123\t") {
		t.Error(text)
	}
	if d := exchangetest.Difference(c, read(t, text)); d != "" {
		t.Error(d)
	}
}

func TestWhoDecidedIsTheReviewer(t *testing.T) {
	for _, x := range []struct {
		state exchange.State
		want  []string
	}{
		{exchange.Accepted, []string{"semapv:CompositeMatching", "reviewer_label", "reviewer_agreement", "Ada|Bob"}},
		{exchange.Corrected, []string{"semapv:MappingReview", "reviewer_label"}},
		{exchange.Rejected, []string{"semapv:MappingReview", "reviewer_label", "Not"}},
		{exchange.Entered, []string{"semapv:ManualMappingCuration", "author_label"}},
	} {
		c := small()
		c.Draft, c.Rows, c.Gaps = false, c.Rows[:1], nil
		r := &c.Rows[0]
		if r.State, r.Reviewer = x.state, "Ada"; x.state == exchange.Accepted {
			r.Reviewer = "Ada|Bob"
		}
		if x.state == exchange.Rejected {
			r.Relation = crosswalk.NoRelationship
		}
		text := write(t, c, sssom.Options{})
		for _, w := range x.want {
			if !strings.Contains(text, strings.ReplaceAll(w, "|", `\|`)) {
				t.Errorf("%s: no %q in\n%s", x.state, w, text)
			}
		}
		if d := exchangetest.Difference(c, read(t, text)); d != "" {
			t.Errorf("%s: %s", x.state, d)
		}
	}
}

func TestNothingIsWrittenOfACrosswalkThatIsWrong(t *testing.T) {
	for name, change := range map[string]func(*exchange.Crosswalk){
		"twice":       func(c *exchange.Crosswalk) { c.Rows[1] = c.Rows[0] },
		"nameless":    func(c *exchange.Crosswalk) { c.Gaps[0].ID = "" },
		"not UTF-8":   func(c *exchange.Crosswalk) { c.Rows[0].Rationale = "\xff" },
		"id":          func(c *exchange.Crosswalk) { c.Rows[0].Target = "\xff" },
		"title bytes": func(c *exchange.Crosswalk) { c.Title = "a\xff" },
	} {
		c := small()
		change(c)
		var b bytes.Buffer
		if err := sssom.Write(&b, c, sssom.Options{}); err == nil || b.Len() > 0 {
			t.Errorf("%s: %v, %d bytes", name, err, b.Len())
		}
	}
}

func TestTheLicenseIsAURI(t *testing.T) {
	const cc0 = "https://creativecommons.org/publicdomain/zero/1.0/"
	if text := write(t, small(), sssom.Options{License: cc0}); !strings.Contains(text, "\n#license: "+cc0+"\n") {
		t.Error(text)
	}
	if err := sssom.Write(io.Discard, small(), sssom.Options{License: "CC0"}); err == nil {
		t.Error("CC0 is no URI")
	}
}

func TestTwoClaimsOnOnePairAreRefusedWithTheirLines(t *testing.T) {
	_, err := sssom.Read([]byte("subject_id\tpredicate_id\tobject_id\nA:1\tskos:exactMatch\tB:1\nA:1\tskos:broadMatch\tB:1\n"))
	if err == nil || !strings.Contains(err.Error(), "line 3") || !strings.Contains(err.Error(), "line 2") {
		t.Error(err)
	}
}

func TestIRIsAreReadByTheirLongestPrefix(t *testing.T) {
	c := read(t, "#curie_map: {a: 'http://x/', b: 'http://x/y/'}\nsubject_id\tpredicate_id\tobject_id\nhttp://x/y/1%20a\thttp://www.w3.org/2004/02/skos/core#narrowMatch\ta:2\n"+
		"b:3\tskos:narrowMatch\thttps://w3id.org/sssom/NoTermFound\n")
	if r := c.Rows[0]; r.Source != "1 a" || r.Target != "2" || r.Relation != crosswalk.SupersetOf || c.Source.Name != "b" || len(c.Gaps) != 1 {
		t.Errorf("%+v", c)
	}
}

func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	if err := sssom.Write(&b, small(), sssom.Options{}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("#curie_map:\n#  A: http://a/\n#extension_definitions:\n# - slot_name: ext_strength\nsubject_id\tpredicate_id\tobject_id\text_strength\nA:1\tskos:exactMatch\thttp://a/2\t5\n"))
	f.Add([]byte("# a: &x [1]\n# b: *x\nsubject_id\n\"q\n"))
	f.Add([]byte("\uFEFFsubject_id\tobject_id\tpredicate_modifier\nA:1\tsssom:NoTermFound\tNot\n\tB:\"2\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		sssom.Check(data)
		c, err := sssom.Read(data)
		if err != nil {
			return
		}
		if err := c.Check(); err != nil {
			t.Fatalf("read, and not right: %v", err)
		}
		var once bytes.Buffer
		if err := sssom.Write(&once, c, sssom.Options{}); err != nil {
			t.Fatalf("read, and cannot be written: %v", err)
		}
		back, err := sssom.Read(once.Bytes())
		if err != nil {
			t.Fatalf("written, and cannot be read: %v\n%s", err, once.Bytes())
		}
		if len(back.Rows) != len(c.Rows) || len(back.Gaps) != len(c.Gaps) {
			t.Fatalf("%d rows and %d gaps became %d and %d", len(c.Rows), len(c.Gaps), len(back.Rows), len(back.Gaps))
		}
	})
}
