package document_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/document"
	"concord/crosswalk/exchange/exchangetest"
)

var update = flag.Bool("update", false, "rewrite the golden file")

func TestAllComesBack(t *testing.T) {
	exchangetest.RoundTrip(t, exchangetest.Format{Held: document.Held(), Write: document.Write, Read: document.Read})
}

func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		if lost := exchange.Lost(exchangetest.Random(rt), document.Held()); len(lost) > 0 {
			rt.Error(lost)
		}
	})
}

// compiled returns the published schema as another program would use it.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(document.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft4) // the schema has to name its own
	if err := c.AddResource("crosswalk.json", parsed); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("crosswalk.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestTheSchemaAllowsWhatIsWritten(t *testing.T) {
	schema := compiled(t)
	rapid.Check(t, func(rt *rapid.T) {
		var b bytes.Buffer
		if err := document.Write(&b, exchangetest.Random(rt)); err != nil {
			rt.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(&b)
		if err != nil {
			rt.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			rt.Error(err)
		}
	})
}

// TestTheSchemaIsThatOfItsDraft uses the meta-schema, which the compiler does
// not hold every part of a schema against.
func TestTheSchemaIsThatOfItsDraft(t *testing.T) {
	meta, err := jsonschema.NewCompiler().Compile("https://json-schema.org/draft/2020-12/schema")
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	if err := meta.Validate(value); err != nil {
		t.Error(err)
	}
}

func TestEveryPropertyIsDescribed(t *testing.T) {
	var schema any
	if err := json.Unmarshal(document.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	described := 0
	var walk func(path string, v any)
	walk = func(path string, v any) {
		object, ok := v.(map[string]any)
		if !ok {
			return
		}
		for name, child := range object {
			if name == "properties" || name == "$defs" {
				for property, about := range child.(map[string]any) {
					if text, _ := about.(map[string]any)["description"].(string); !strings.HasSuffix(text, ".") {
						t.Errorf("%s/%s has no description", path, property)
					}
					described++
					walk(path+"/"+property, about)
				}
				continue
			}
			walk(path+"/"+name, child)
		}
		if object["type"] == "object" && object["additionalProperties"] != false {
			t.Errorf("%s allows members that nobody knows", path)
		}
	}
	walk("", schema)
	if described < 50 {
		t.Errorf("only %d properties were seen", described)
	}
}

// small is a file that is read, for tests to spoil.
const small = `{
  "format": "concord-crosswalk/1",
  "draft": false,
  "made": "2026-11-22T09:30:00Z",
  "source": {"name": "house", "edition": "1"},
  "target": {"name": "yard"},
  "rows": [
    {"source": "A", "target": "B", "relation": "equal", "rationale_type": "semantic", "strength": 9, "probability": 0.5,
     "quotes": [{"side": "source", "text": "a door"}], "state": "accepted", "decided": "2026-11-22T09:30:00Z"},
    {"source": "A", "target": "C", "relation": "subset_of"}
  ],
  "gaps": [{"side": "target", "id": "D"}]
}`

func TestAFileByHandIsRead(t *testing.T) {
	c, err := document.Read([]byte("\ufeff\n" + small))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Rows) != 2 || c.Rows[0].Relation != crosswalk.Equal || *c.Rows[0].Strength != 9 || c.Rows[1].State != exchange.Draft ||
		c.Gaps[0].ID != "D" || c.Made.Year() != 2026 || c.Source.Spec() != "house@1" {
		t.Errorf("%+v", c)
	}
}

func TestAWrongFileIsRefusedByItsSchemaAndItsReader(t *testing.T) {
	schema := compiled(t)
	for _, c := range []struct{ name, from, to, want string }{
		{"another format", `concord-crosswalk/1`, `concord-crosswalk/2`, "format"},
		{"no frameworks", `"source": {"name": "house", "edition": "1"},`, ``, "source"},
		{"a framework without a name", `"name": "yard"`, `"title": "yard"`, "target"},
		{"a member that nobody knows", `"strength": 9`, `"strenght": 9`, "row 1: "},
		{"a member in another case", `"relation": "equal"`, `"Relation": "equal"`, "row 1: "},
		{"a relation that does not exist", `"subset_of"`, `"subset"`, "row 2, relation"},
		{"a strength above 10", `"strength": 9`, `"strength": 11`, "row 1, strength"},
		{"a strength between two", `"strength": 9`, `"strength": 9.5`, "row 1, strength"},
		{"a strength in words", `"strength": 9`, `"strength": "9"`, "row 1, strength"},
		{"a probability above 1", `0.5`, `50`, "row 1, probability"},
		{"a rationale type that does not exist", `"semantic"`, `"Semantic"`, "row 1, rationale_type"},
		{"a quote of nobody", `{"side": "source", "text"`, `{"side": "both", "text"`, "row 1, quotes, 0, side"},
		{"a state that does not exist", `"accepted"`, `"maybe"`, "row 1, state"},
		{"a time elsewhere", `"made": "2026-11-22T09:30:00Z"`, `"made": "2026-11-22T09:30:00+01:00"`, "made"},
		{"a row without a target", `"target": "C", `, ``, "row 2: "},
		{"an empty id", `"target": "C"`, `"target": ""`, "row 2, target"},
		{"a gap without an id", `"id": "D"`, `"title": "D"`, "gap 1: "},
		{"rows that are none", small, `{"format": "concord-crosswalk/1", "draft": true, "source": {"name": "a"}, "target": {"name": "b"}, "rows": {}}`, "rows"},
	} {
		t.Run(c.name, func(t *testing.T) {
			spoiled := strings.Replace(small, c.from, c.to, 1)
			if spoiled == small {
				t.Fatal("nothing is spoiled")
			}
			value, err := jsonschema.UnmarshalJSON(strings.NewReader(spoiled))
			if err != nil {
				t.Fatal(err)
			}
			if schema.Validate(value) == nil {
				t.Error("the schema allows it")
			}
			if _, err := document.Read([]byte(spoiled)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want an error about %q, have: %v", c.want, err)
			}
		})
	}
}

func TestWhatASchemaCannotSeeIsRefusedToo(t *testing.T) {
	for _, c := range []struct{ name, from, to, want string }{
		{"a day that does not exist", "2026-11-22T09", "2026-02-30T09", "made"},
		{"a pair twice", `"target": "C", "relation": "subset_of"`, `"target": "B", "rationale_type": "semantic"`, "row 2"},
		{"rejected and related", `"accepted"`, `"rejected"`, "row 1"},
		{"no JSON", `"draft": false,`, `"draft": false`, "JSON"},
		{"more than one value", small, small + small, "JSON"},
	} {
		if _, err := document.Read([]byte(strings.Replace(small, c.from, c.to, 1))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want an error about %q, have: %v", c.name, c.want, err)
		}
	}
}

func TestAnErrorNamesTheFirstOfManyRows(t *testing.T) {
	var rows []string
	for range 12 {
		rows = append(rows, `{"source": "A", "target": ""}`)
	}
	rows[0], rows[1] = `{"source": "A", "target": "B"}`, `{"source": "A", "target": "C"}`
	data := `{"format": "concord-crosswalk/1", "draft": true, "source": {"name": "a"}, "target": {"name": "b"}, "rows": [` + strings.Join(rows, ",") + `]}`
	for range 5 {
		if _, err := document.Read([]byte(data)); err == nil || !strings.Contains(err.Error(), "row 3, target") || !strings.Contains(err.Error(), "9 more") {
			t.Fatal(err)
		}
	}
}

func TestWhatNobodySeesIsEscaped(t *testing.T) {
	c := &exchange.Crosswalk{Source: exchange.Framework{Name: "a"}, Target: exchange.Framework{Name: "b"},
		Rows: []exchange.Row{{Source: "A", Target: "B", Rationale: "fine\u202eenif \u200b</script>"}}}
	var b bytes.Buffer
	if err := document.Write(&b, c); err != nil {
		t.Fatal(err)
	}
	if s := b.String(); strings.ContainsAny(s, "\u202e\u200b<") || !strings.Contains(s, `\u202e`) {
		t.Error(s)
	}
	if back, err := document.Read(b.Bytes()); err != nil || back.Rows[0].Rationale != c.Rows[0].Rationale {
		t.Errorf("%+v %v", back, err)
	}
}

func TestNothingIsWrittenThatCouldNotBeRead(t *testing.T) {
	for name, spoil := range map[string]func(*exchange.Crosswalk){
		"contradiction": func(c *exchange.Crosswalk) { c.Rows[0].State = exchange.Rejected },
		"quote":         func(c *exchange.Crosswalk) { c.Rows[0].Quotes = []crosswalk.Quote{{Side: "nobody", Text: "x"}} },
		"gap":           func(c *exchange.Crosswalk) { c.Gaps = []exchange.Gap{{Side: crosswalk.SourceSide}} },
		"type":          func(c *exchange.Crosswalk) { c.Rows[0].RationaleType = "moral" },
	} {
		c := &exchange.Crosswalk{Source: exchange.Framework{Name: "a"}, Target: exchange.Framework{Name: "b"},
			Rows: []exchange.Row{{Source: "A", Target: "B", Relation: crosswalk.Equal}}}
		spoil(c)
		var b bytes.Buffer
		if err := document.Write(&b, c); err == nil || b.Len() > 0 {
			t.Errorf("%s: %v, %d bytes", name, err, b.Len())
		}
	}
}

type broken struct{}

var errFull = errors.New("the disk is full")

func (broken) Write([]byte) (int, error) { return 0, errFull }

func TestAnErrorOfTheWriterIsPassedOn(t *testing.T) {
	c := &exchange.Crosswalk{Source: exchange.Framework{Name: "a"}, Target: exchange.Framework{Name: "b"}}
	if err := document.Write(broken{}, c); !errors.Is(err, errFull) {
		t.Error(err)
	}
}

func TestIsKnowsItsOwn(t *testing.T) {
	for data, want := range map[string]bool{
		small:                                     true,
		"\ufeff \n" + small:                       true,
		`{"format":"concord-crosswalk/7"}`:        true,
		`{"format": "concord-draft/1"}`:           false,
		`[{"format": "concord-crosswalk/1"}]`:     false,
		"format: concord-crosswalk/1\n":           false,
		`{"mapping-collection": {"uuid": "..."}}`: false,
		"": false,
	} {
		if got := document.Is([]byte(data)); got != want {
			t.Errorf("%.40q: %v", data, got)
		}
	}
}

func TestTheFileIsAsItWas(t *testing.T) {
	c, err := document.Read([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := document.Write(&b, c); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("testdata/small.json", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/small.json")
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("have\n%s", b.String())
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(`{"format":"concord-crosswalk/1","draft":true,"source":{"name":"a"},"target":{"name":"b"},"rows":[]}`))
	f.Add([]byte(`{"format":"concord-crosswalk/1","rows":[{"strength":1e0}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := document.Read(data)
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := document.Write(&b, c); err != nil {
			t.Fatalf("read, and not written: %v", err)
		}
		back, err := document.Read(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if d := exchangetest.Difference(c, back); d != "" {
			t.Fatal(d)
		}
	})
}
