package oscal_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/exchangetest"
	"concord/crosswalk/exchange/oscal"
)

// official is the schema of NIST, which is not part of the program.
const official = "../../../../shared/data/schemas/oscal_mapping_schema.json"

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	if _, err := os.Stat(official); os.IsNotExist(err) {
		t.Skipf("the official schema is not here: %v", err)
	}
	s, err := jsonschema.NewCompiler().Compile(official)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func written(t rapid.TB, c *exchange.Crosswalk, o oscal.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := oscal.Write(&b, c, o); err != nil {
		t.Fatalf("write: %v", err)
	}
	return b.Bytes()
}

func format(o oscal.Options) exchangetest.Format {
	return exchangetest.Format{
		Held:  oscal.Held(),
		Write: func(w io.Writer, c *exchange.Crosswalk) error { return oscal.Write(w, c, o) },
		Read:  oscal.Read,
		Skip:  empty,
	}
}

func empty(c *exchange.Crosswalk) bool { return len(c.Rows) == 0 }

func TestACollectionComesBackAsItWasWritten(t *testing.T) {
	t.Run("JSON", func(t *testing.T) { exchangetest.RoundTrip(t, format(oscal.Options{})) })
	t.Run("YAML", func(t *testing.T) { exchangetest.RoundTrip(t, format(oscal.Options{YAML: true})) })
}

// grouped draws a crosswalk in which rows of one group share what a map says
// once, so that several of them are one map.
func grouped(rt *rapid.T) *exchange.Crosswalk {
	c := exchangetest.Random(rt)
	for i := range c.Rows {
		r := &c.Rows[i]
		r.SourceTitle, r.SourceSHA256 = "Title of "+r.Source, ""
		r.Group = rapid.SampledFrom([]string{"", "g1", "g2"}).Draw(rt, "group")
		if r.State != exchange.Rejected {
			r.Relation = rapid.SampledFrom([]crosswalk.Relation{"", crosswalk.IntersectsWith, crosswalk.Equal}).Draw(rt, "relation")
		}
	}
	return c
}

func TestGroupsComeBackRowByRow(t *testing.T) {
	largest := 0
	rapid.Check(t, func(rt *rapid.T) {
		c := grouped(rt)
		if empty(c) {
			rt.SkipNow()
		}

		data := written(rt, c, oscal.Options{})
		back, err := oscal.Read(data)

		if err != nil {
			rt.Fatal(err)
		}
		if d := exchangetest.Difference(exchange.Holding(c, oscal.Held()), back); d != "" {
			rt.Fatalf("%s\n%s", d, data)
		}
		if found := oscal.Check(data); found != nil {
			rt.Fatalf("%v\n%s", found, data)
		}
		largest = max(largest, targetsOfLargestMap(rt, data))
	})
	if largest < 2 {
		t.Error("no map had several targets")
	}
}

func targetsOfLargestMap(t rapid.TB, data []byte) int {
	var doc struct {
		Collection struct {
			Mappings []struct {
				Maps []struct{ Targets []any }
			}
		} `json:"mapping-collection"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	most := 0
	for _, m := range doc.Collection.Mappings[0].Maps {
		most = max(most, len(m.Targets))
	}
	return most
}

func TestEveryCollectionIsValidByTheOfficialSchemaAndTheCheck(t *testing.T) {
	s := schema(t)
	rapid.Check(t, func(rt *rapid.T) {
		c := rapid.SampledFrom([]func(*rapid.T) *exchange.Crosswalk{exchangetest.Random, grouped, odd}).Draw(rt, "kind")(rt)
		if empty(c) {
			rt.SkipNow()
		}

		data := written(rt, c, oscal.Options{Sources: sourcesOf(c)})

		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			rt.Fatal(err)
		}
		if err := s.Validate(doc); err != nil {
			rt.Fatalf("%v\n%s", err, data)
		}
		if found := oscal.Check(data); found != nil {
			rt.Fatalf("%v\n%s", found, data)
		}
		if found := oscal.Check(written(rt, c, oscal.Options{YAML: true})); found != nil {
			rt.Fatalf("YAML: %v", found)
		}
	})
}

func sourcesOf(c *exchange.Crosswalk) []string {
	var out []string
	for _, r := range c.Rows {
		out = append(out, r.Source)
	}
	return out
}

// odd is a small crosswalk with any text wherever there is free text.
func odd(rt *rapid.T) *exchange.Crosswalk {
	anything := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune(" \t\n\r\\`*_{}[]<>#&|~!-+=1.)\u00a0\u2028\ufeff\x7f\x85:;\"'a😀"))))
	text := func(label string) string { return strings.ToValidUTF8(anything.Draw(rt, label), "") }
	c := house()
	c.Title, c.Tool, c.Run, c.Source.Title, c.Target.Origin = text("title"), text("tool"), text("run"), text("source"), text("origin")
	r := &c.Rows[0]
	r.Rationale, r.Comment, r.SourceTitle, r.Reviewer, r.Model = text("rationale"), text("comment"), text("source title"), text("reviewer"), text("model")
	r.Quotes = []crosswalk.Quote{{Side: crosswalk.TargetSide, Text: text("quote")}}
	c.Gaps = []exchange.Gap{{Side: crosswalk.SourceSide, ID: "S-9", Title: text("gap")}}
	return c
}

func TestAnyTextComesBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := odd(rt)
		for _, yaml := range []bool{false, true} {
			data := written(rt, c, oscal.Options{YAML: yaml})

			back, err := oscal.Read(data)

			if err != nil {
				rt.Fatalf("%v\n%s", err, data)
			}
			if d := exchangetest.Difference(c, back); d != "" {
				rt.Fatalf("YAML %v: %s\n%s", yaml, d, data)
			}
			if found := oscal.Check(data); found != nil {
				rt.Fatalf("%v\n%s", found, data)
			}
		}
	})
}

// house is a small crosswalk whose one row is a draft.
func house() *exchange.Crosswalk {
	return &exchange.Crosswalk{
		Title: "House to Yard", Draft: true,
		Source: exchange.Framework{Name: "house", Edition: "1", Digest: strings.Repeat("a", 64)},
		Target: exchange.Framework{Name: "yard", Edition: "2", Digest: strings.Repeat("b", 64), Origin: "https://example.org/yard.json"},
		Rows:   []exchange.Row{{Source: "S-1", Target: "T-1", Relation: crosswalk.Equal, RationaleType: crosswalk.Semantic}},
	}
}

func TestUUIDsAreStableButThatOfTheCollection(t *testing.T) {
	uuid := regexp.MustCompile(`"uuid": "([^"]*)"`)
	before := uuid.FindAllStringSubmatch(string(written(t, house(), oscal.Options{})), -1)
	changed := house()
	changed.Rows[0].Rationale = "Said otherwise."
	after := uuid.FindAllStringSubmatch(string(written(t, changed, oscal.Options{})), -1)

	if len(before) != 5 || len(before) != len(after) {
		t.Fatalf("%v, then %v", before, after)
	}
	for i := range before {
		if same := before[i][1] == after[i][1]; same != (i > 0) {
			t.Errorf("UUID %d: %s, then %s", i, before[i][1], after[i][1])
		}
		if before[i][1][14] != '5' {
			t.Errorf("%s is not of version 5", before[i][1])
		}
	}
}

func TestMethodAndStatusFollowFromWhatPersonsDecided(t *testing.T) {
	for name, tc := range map[string]struct {
		draft          bool
		states         []exchange.State
		all            []string
		method, status string
	}{
		"a draft":                          {true, []exchange.State{exchange.Draft, exchange.Draft}, []string{"S-1", "S-2"}, "automation", "draft"},
		"nothing decided":                  {false, []exchange.State{exchange.Draft, exchange.Draft}, nil, "automation", "draft"},
		"one decided":                      {false, []exchange.State{exchange.Accepted, exchange.Draft}, []string{"S-1", "S-2"}, "hybrid", "not-complete"},
		"all decided":                      {false, []exchange.State{exchange.Accepted, exchange.Corrected}, []string{"S-1", "S-2"}, "hybrid", "complete"},
		"all entered":                      {false, []exchange.State{exchange.Entered, exchange.Entered}, []string{"S-1", "S-2"}, "human", "complete"},
		"a source without decision":        {false, []exchange.State{exchange.Accepted, exchange.Accepted}, []string{"S-1", "S-2", "S-3"}, "hybrid", "not-complete"},
		"nobody said what the sources are": {false, []exchange.State{exchange.Accepted, exchange.Entered}, nil, "hybrid", "not-complete"},
	} {
		c := house()
		c.Draft, c.Rows = tc.draft, nil
		for i, s := range tc.states {
			c.Rows = append(c.Rows, exchange.Row{Source: fmt.Sprintf("S-%d", i+1), Target: "T-1", State: s})
		}

		data := string(written(t, c, oscal.Options{Sources: tc.all}))

		for _, want := range []string{`"method": "` + tc.method + `"`, `"status": "` + tc.status + `"`} {
			if !strings.Contains(data, want) {
				t.Errorf("%s: no %s in\n%s", name, want, data)
			}
		}
	}
}

func TestRelationsHaveTheWordsOfOSCAL(t *testing.T) {
	for _, tc := range []struct {
		relation crosswalk.Relation
		kind     crosswalk.RationaleType
		want     string
	}{
		{crosswalk.SubsetOf, crosswalk.Semantic, "subset-of"},
		{crosswalk.SupersetOf, crosswalk.Semantic, "superset-of"},
		{crosswalk.IntersectsWith, crosswalk.Functional, "intersects-with"},
		{crosswalk.NoRelationship, crosswalk.Functional, "no-relationship"},
		{crosswalk.Equal, crosswalk.Semantic, "equivalent-to"},
		{crosswalk.Equal, crosswalk.Functional, "equivalent-to"},
		{crosswalk.Equal, crosswalk.Syntactic, "equal-to"},
	} {
		c := house()
		c.Rows[0].Relation, c.Rows[0].RationaleType = tc.relation, tc.kind
		if data := string(written(t, c, oscal.Options{})); !strings.Contains(data, `"relationship": "`+tc.want+`"`) {
			t.Errorf("%s by %s is not %s:\n%s", tc.relation, tc.kind, tc.want, data)
		}
	}
}

func TestControlsOfSP80053HaveTheIDsOfTheirCatalog(t *testing.T) {
	c := house()
	c.Target.Name = "sp800-53"
	c.Rows[0].Target = "AC-2(3)"
	c.Gaps = []exchange.Gap{{Side: crosswalk.TargetSide, ID: "AC-10"}}

	data := written(t, c, oscal.Options{})

	for _, want := range []string{`"id-ref": "ac-2.3"`, `"ac-10"`} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("no %s in\n%s", want, data)
		}
	}
	back, err := oscal.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	if back.Rows[0].Target != "AC-2(3)" || back.Gaps[0].ID != "AC-10" {
		t.Errorf("%+v", back)
	}
}

func TestWhatOSCALCannotHoldIsRefusedAndNothingIsWritten(t *testing.T) {
	for name, change := range map[string]func(*exchange.Crosswalk){
		"no row":            func(c *exchange.Crosswalk) { c.Rows = nil },
		"a broken id":       func(c *exchange.Crosswalk) { c.Rows[0].Source = "S\n1" },
		"a broken gap":      func(c *exchange.Crosswalk) { c.Gaps = []exchange.Gap{{Side: crosswalk.SourceSide, ID: " S"}} },
		"a contradiction":   func(c *exchange.Crosswalk) { c.Rows = append(c.Rows, c.Rows[0]) },
		"no framework":      func(c *exchange.Crosswalk) { c.Source.Name = "" },
		"before all clocks": func(c *exchange.Crosswalk) { c.Made = c.Made.AddDate(100, 0, 0) },
	} {
		c := house()
		change(c)
		var b bytes.Buffer
		if err := oscal.Write(&b, c, oscal.Options{}); err == nil || b.Len() > 0 {
			t.Errorf("%s: error %v, %d bytes", name, err, b.Len())
		}
	}
}

func TestUntrustedTextMakesNoMarkup(t *testing.T) {
	c := house()
	c.Rows[0].Rationale = "# not a heading\n- nor a list\n<img src=x onerror=alert(1)> [a](javascript:b) **Comment of the reviewer:** accepted"

	data := written(t, c, oscal.Options{})

	for _, bad := range []string{"<img", "[a](", `\n# not`, `\n- nor`} {
		if bytes.Contains(data, []byte(bad)) {
			t.Errorf("%q stands in\n%s", bad, data)
		}
	}
	back, err := oscal.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	if back.Rows[0].Rationale != c.Rows[0].Rationale || back.Rows[0].Comment != "" {
		t.Errorf("%+v", back.Rows[0])
	}
}

func TestYAMLQuotesWhatReadersMayTakeForSomethingElse(t *testing.T) {
	c := house()
	c.Draft, c.Tool, c.Version, c.Rows[0].SourceTitle = false, "on", "1e3", "12:30:45"

	data := string(written(t, c, oscal.Options{YAML: true}))

	for _, want := range []string{`value: "no"`, `value: "on"`, `value: "1e3"`, `value: "12:30:45"`} {
		if !strings.Contains(data, want) {
			t.Errorf("no %s in\n%s", want, data)
		}
	}
}

func TestAGroupIsAsSureAsItsLeastSureRow(t *testing.T) {
	c := house()
	high, low, raw := 0.75, 0.25, 0.125
	c.Rows = []exchange.Row{
		{Source: "S-1", Target: "T-1", Group: "g", Probability: &high, Confidence: &raw},
		{Source: "S-1", Target: "T-2", Group: "g", Probability: &low},
		{Source: "S-1", Target: "T-3", Group: "g", Probability: &high},
	}

	data := string(written(t, c, oscal.Options{}))

	if !strings.Contains(data, `"percentage": 0.25`) {
		t.Errorf("%s", data)
	}
}

func TestHeldIsAllButTheTexts(t *testing.T) {
	if held := oscal.Held(); len(held) != len(exchange.Fields())-1 || slices.Contains(held, exchange.FieldTexts) {
		t.Errorf("%v", held)
	}
}
