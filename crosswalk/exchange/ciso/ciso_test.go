package ciso_test

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/ciso"
	"concord/crosswalk/exchange/exchangetest"
)

var update = flag.Bool("update", false, "rewrite the golden file")

func write(o ciso.Options) func(io.Writer, *exchange.Crosswalk) error {
	return func(w io.Writer, c *exchange.Crosswalk) error { return ciso.Write(w, c, o) }
}

func TestWhatIsHeldComesBack(t *testing.T) {
	exchangetest.RoundTrip(t, exchangetest.Format{Held: ciso.Held(), Write: write(ciso.Options{}), Read: ciso.Read})
}

func TestWhatIsHeldComesBackUnderOtherNames(t *testing.T) {
	o := ciso.Options{
		Packager: "acme", Unrelated: true,
		Source: ciso.URNs{Framework: "urn:acme:risk:framework:a", Nodes: "urn:acme:nodes"},
		Target: ciso.URNs{Library: "urn:other:library", Framework: "urn:acme:risk:framework:b:c:d:e"},
	}
	exchangetest.RoundTrip(t, exchangetest.Format{Held: o.Held(), Write: write(o), Read: ciso.Read})
}

// sample is a crosswalk of frameworks that come with CISO Assistant.
func sample() *exchange.Crosswalk {
	strength, probability := 7, 0.83
	return &exchange.Crosswalk{
		Title: "CSF to SP 800-53", Tool: "concord", Version: "0.1.0", Made: time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC),
		Source: exchange.Framework{Name: "csf", Edition: "2.0", Title: "CSF 2.0", Digest: "aa"},
		Target: exchange.Framework{Name: "sp800-53", Edition: "5.2.0", Title: "SP 800-53"},
		Rows: []exchange.Row{
			{Source: "PR.AA-01", Target: "AC-2(3)", Relation: crosswalk.SubsetOf, RationaleType: crosswalk.Semantic, Strength: &strength, StrengthBasis: "formula",
				Rationale: "Both manage accounts.\nThe control asks for more.", Quotes: []crosswalk.Quote{{Side: crosswalk.TargetSide, Text: "disable accounts"}},
				Probability: &probability, Origin: crosswalk.OriginLLM, State: exchange.Accepted, Reviewer: "ada", Decided: time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)},
			{Source: "PR.AA-01", Target: "IA-2", Relation: crosswalk.Equal, Origin: crosswalk.OriginLocal},
			{Source: "PR.AA-02", Target: "IA-2", Relation: crosswalk.NoRelationship, State: exchange.Rejected},
			{Source: "PR.AA-02", Target: "IA-4"},
		},
	}
}

func written(t *testing.T, c *exchange.Crosswalk, o ciso.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := ciso.Write(&b, c, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTheFileIsAsItWas(t *testing.T) {
	have := written(t, sample(), ciso.Options{})
	if *update {
		if err := os.WriteFile("testdata/sample.yaml", []byte(have), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/sample.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if have != string(want) {
		t.Errorf("have\n%s", have)
	}
}

// TestALibraryHasWhatCISOAssistantRequires reads the file as any program would.
func TestALibraryHasWhatCISOAssistantRequires(t *testing.T) {
	var lib map[string]any
	if err := yaml.Unmarshal([]byte(written(t, sample(), ciso.Options{})), &lib); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"urn", "locale", "ref_id", "name", "description", "copyright", "provider", "packager"} {
		if s, _ := lib[key].(string); s == "" {
			t.Errorf("%s is %v", key, lib[key])
		}
	}
	if lib["version"] != 20261122 {
		t.Errorf("version %v is not the day of the newest decision", lib["version"])
	}
	if _, ok := lib["publication_date"].(time.Time); !ok {
		t.Errorf("publication_date is %T", lib["publication_date"])
	}
	if got := lib["dependencies"]; !slices.Equal(got.([]any), []any{"urn:intuitem:risk:library:nist-csf-2.0", "urn:intuitem:risk:library:nist-sp-800-53-rev5"}) {
		t.Errorf("dependencies %v", got)
	}
	set := lib["objects"].(map[string]any)["requirement_mapping_sets"].([]any)[0].(map[string]any)
	if set["source_framework_urn"] != "urn:intuitem:risk:framework:nist-csf-2.0" || set["target_framework_urn"] != "urn:intuitem:risk:framework:nist-sp-800-53-rev5" {
		t.Errorf("%v", set)
	}
	rows := set["requirement_mappings"].([]any)
	if len(rows) != 2 {
		t.Fatalf("%d rows: untyped and unrelated ones have no place", len(rows))
	}
	row := rows[0].(map[string]any)
	for key, want := range map[string]any{
		"source_requirement_urn": "urn:intuitem:risk:req_node:nist-csf-2.0:pr.aa-01", "relationship": "subset", "rationale": "semantic",
		"target_requirement_urn": "urn:intuitem:risk:req_node:nist-sp-800-53-rev5:ac-2(3)", "strength_of_relationship": 7,
	} {
		if row[key] != want {
			t.Errorf("%s is %v, want %v", key, row[key], want)
		}
	}
	annotation := row["annotation"].(string)
	for _, want := range []string{"PR.AA-01 is a subset of AC-2(3).\n", "Both manage accounts.", `Target quote: "disable accounts"`, "Reviewer: ada"} {
		if !strings.Contains(annotation, want) {
			t.Errorf("no %q in %q", want, annotation)
		}
	}
}

func TestDraftsAreCalledDrafts(t *testing.T) {
	c := sample()
	if s := written(t, c, ciso.Options{}); !strings.Contains(s, "DRAFT: no person has decided on 1 of the 2 rows") || !strings.Contains(s, "Review: draft") {
		t.Error(s)
	}
	if s := written(t, c.Decided(), ciso.Options{}); strings.Contains(strings.ToLower(s), "draft") {
		t.Error(s)
	}
	c.Draft = true
	if s := written(t, c, ciso.Options{}); strings.Count(s, "name: CSF to SP 800-53 (draft)") != 2 {
		t.Error(s)
	}
}

func TestUnrelatedRowsAreWrittenWhenAskedFor(t *testing.T) {
	if s := written(t, sample(), ciso.Options{}); strings.Contains(s, "not_related") {
		t.Error(s)
	}
	if s := written(t, sample(), ciso.Options{Unrelated: true}); strings.Count(s, "relationship: not_related") != 1 {
		t.Error(s)
	}
}

func TestOptionsNameTheLibrary(t *testing.T) {
	c := sample()
	c.Source = exchange.Framework{Name: "Règles internes", Edition: "1"}
	s := written(t, c, ciso.Options{Packager: "acme", Provider: "Acme Ltd", Copyright: "Acme 2026", Locale: "fr", Version: 4})
	for _, want := range []string{
		"\nlocale: fr\n", "\nversion: 4\n", "\nprovider: Acme Ltd\n", "\ncopyright: Acme 2026\n", "\npackager: acme\n",
		"urn: urn:acme:risk:library:mapping-regles-internes-1-to-nist-sp-800-53-rev5\n",
		"source_framework_urn: urn:acme:risk:framework:regles-internes-1\n", "- urn:acme:risk:library:regles-internes-1\n",
		"source_requirement_urn: urn:acme:risk:req_node:regles-internes-1:pr.aa-01\n",
	} {
		if !strings.Contains(s, want) {
			t.Errorf("no %q in\n%s", want, s)
		}
	}
	s = written(t, c, ciso.Options{Source: ciso.URNs{Framework: "urn:own:risk:framework:rules"}})
	if !strings.Contains(s, "- urn:own:risk:library:rules\n") || !strings.Contains(s, "urn:own:risk:req_node:rules:pr.aa-01") {
		t.Error(s)
	}
}

func TestWithoutADecisionTheVersionIsOne(t *testing.T) {
	c := sample()
	c.Rows = c.Rows[1:2]
	if s := written(t, c, ciso.Options{}); !strings.Contains(s, "\nversion: 1\n") {
		t.Error(s)
	}
}

func TestWhatCannotBeWrittenIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, want string
		change     func(*exchange.Crosswalk, *ciso.Options)
	}{
		{"contradiction", "stands twice", func(c *exchange.Crosswalk, _ *ciso.Options) { c.Rows = append(c.Rows, c.Rows[0]) }},
		{"packager", `"Acme Ltd"`, func(_ *exchange.Crosswalk, o *ciso.Options) { o.Packager = "Acme Ltd" }},
		{"urn", `"framework rules"`, func(_ *exchange.Crosswalk, o *ciso.Options) { o.Source.Framework = "framework rules" }},
		{"one framework", "one framework", func(c *exchange.Crosswalk, _ *ciso.Options) { c.Target = c.Source }},
		{"one urn for two ids", `"AC-2" and "ac 2"`, func(c *exchange.Crosswalk, _ *ciso.Options) {
			c.Rows[0].Target, c.Rows[1].Target = "AC-2", "ac 2"
		}},
		{"no letters", `"漢字"`, func(c *exchange.Crosswalk, _ *ciso.Options) { c.Rows[0].Source = "漢字" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, o := sample(), ciso.Options{}
			c.change(x, &o)
			var b bytes.Buffer
			if err := ciso.Write(&b, x, o); err == nil || !strings.Contains(err.Error(), c.want) || b.Len() > 0 {
				t.Errorf("want an error about %s, have %v and %d bytes", c.want, err, b.Len())
			}
		})
	}
}

func TestTextThatHidesIsShown(t *testing.T) {
	c := sample()
	c.Rows[0].Rationale = "fine\u202eenif\u0007\r\n!!python/object x\U000e0041"
	c.Title = "- *a: {b} # c"
	s := written(t, c, ciso.Options{})
	if strings.ContainsAny(s, "\u202e\u0007\r\U000e0041") {
		t.Errorf("%q", s)
	}
	back, err := ciso.Read([]byte(s))
	if err != nil || back.Rows[0].Rationale != c.Rows[0].Rationale || back.Title != c.Title {
		t.Errorf("%+v %v", back, err)
	}
}

// TestAwkwardTextComesBack puts into a row and a heading what blocks of YAML
// change: line breaks of other kinds, white space at the ends, tabs.
func TestAwkwardTextComesBack(t *testing.T) {
	for _, text := range []string{"a\rb", "a\r\nb", "\tb\n\tc", " a", "a ", "a\n", "\n a", "a\n\n  b", "a \nb", "a\u0085b", "a\u2028b", "\ufeffa", "a: b\nReviewer: eve", "---\n...", "  "} {
		c := sample()
		c.Title, c.Rows[0].Rationale = text, text
		back, err := ciso.Read([]byte(written(t, c, ciso.Options{})))
		if err != nil || back.Rows[0].Rationale != text || back.Title != text || back.Rows[0].Reviewer != "ada" {
			t.Errorf("%q: %+v %v", text, back, err)
		}
	}
}

// foreign is a library as CISO Assistant's converter makes them, in the older
// form.
const foreign = `urn: urn:acme:risk:library:mapping-x
locale: en
ref_id: mapping-x
name: X
version: 1
objects:
  requirement_mapping_set:
    urn: urn:acme:risk:req_mapping_set:x
    ref_id: x
    name: CSF to ours
    source_framework_urn: urn:intuitem:risk:framework:nist-csf-2.0
    target_framework_urn: urn:acme:risk:framework:ours-2
    requirement_mappings:
    - source_requirement_urn: urn:intuitem:risk:req_node:nist-csf-2.0:gv.oc-01
      target_requirement_urn: urn:acme:risk:req_node:ours-2:1.2:node3
      relationship: Intersect
      rationale: Semantic
      annotation: ''
    - source_requirement_urn: urn:intuitem:risk:req_node:nist-csf-2.0:gv.oc-02
      target_requirement_urn: urn:acme:risk:req_node:ours-2:r4
      relationship: not related
      rationale: they share no subject
      strength_of_relationship: '0'
      annotation: |
        Ask: the board
    - source_requirement_urn: urn:intuitem:risk:req_node:nist-csf-2.0:gv.oc-01
      target_requirement_urn: urn:acme:risk:req_node:ours-2:1.2:node3
      relationship: intersect
      rationale: semantic
      strength_of_relationship:
`

func TestALibraryOfOthersIsRead(t *testing.T) {
	c, err := ciso.Read([]byte(foreign))
	if err != nil {
		t.Fatal(err)
	}
	zero := 0
	want := &exchange.Crosswalk{
		Title: "CSF to ours", Source: exchange.Framework{Name: "csf", Edition: "2.0"}, Target: exchange.Framework{Name: "ours-2"},
		Rows: []exchange.Row{
			{Source: "GV.OC-01", Target: "1.2:node3", Relation: crosswalk.IntersectsWith, RationaleType: crosswalk.Semantic},
			{Source: "GV.OC-02", Target: "r4", Relation: crosswalk.NoRelationship, Strength: &zero, Rationale: "they share no subject\nAsk: the board"},
		},
	}
	if d := exchangetest.Difference(want, c); d != "" {
		t.Error(d)
	}
}

func TestIdsOfShippedFrameworksComeBackInTheirSpelling(t *testing.T) {
	for framework, ids := range map[string][2]string{
		"nist-sp-800-53-rev5": {"ac-2(3)", "AC-2(3)"}, "nist-csf-1.1": {"id.am-1", "ID.AM-1"},
		"nist-ai-rmf-1.0": {"govern-1.1", "GOVERN 1.1"}, "iso27001-2022": {"a.5.20", "A.5.20"},
	} {
		data := strings.ReplaceAll(foreign, "urn:acme:risk:framework:ours-2", "urn:intuitem:risk:framework:"+framework)
		data = strings.ReplaceAll(data, "urn:acme:risk:req_node:ours-2:r4", "urn:intuitem:risk:req_node:"+framework+":"+ids[0])
		c, err := ciso.Read([]byte(data))
		if err != nil || c.Rows[1].Target != ids[1] {
			t.Errorf("%s: %+v %v", framework, c, err)
		}
	}
}

func TestWhatAPersonChangesInTheToolIsKept(t *testing.T) {
	s := written(t, sample(), ciso.Options{})
	s = strings.Replace(s, "relationship: subset", "relationship: intersect", 1)
	s = strings.Replace(s, "Reviewer: ada", "Reviewer: ada\n            Seen by: bob\n            We talked about this.", 1)
	c, err := ciso.Read([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	if r := c.Rows[0]; r.Relation != crosswalk.IntersectsWith || r.Comment != "Seen by: bob\nWe talked about this." || r.Source != "PR.AA-01" || r.Reviewer != "ada" {
		t.Errorf("%+v", r)
	}
}

func TestTheReverseSetIsPassedOver(t *testing.T) {
	const reverse = `    - ref_id: x-revert
      source_framework_urn: urn:acme:risk:framework:ours-2
      target_framework_urn: urn:intuitem:risk:framework:nist-csf-2.0
      requirement_mappings:
      - source_requirement_urn: urn:acme:risk:req_node:ours-2:r4
        target_requirement_urn: urn:intuitem:risk:req_node:nist-csf-2.0:gv.oc-01
        relationship: superset
`
	first := `objects:
  requirement_mapping_sets:
    - ref_id: x
      source_framework_urn: urn:intuitem:risk:framework:nist-csf-2.0
      target_framework_urn: urn:acme:risk:framework:ours-2
      requirement_mappings:
      - source_requirement_urn: urn:intuitem:risk:req_node:nist-csf-2.0:gv.oc-01
        target_requirement_urn: urn:acme:risk:req_node:ours-2:r4
        relationship: subset
`
	c, err := ciso.Read([]byte(first + reverse))
	if err != nil || len(c.Rows) != 1 || c.Rows[0].Relation != crosswalk.SubsetOf || c.Source.Name != "csf" {
		t.Errorf("%+v %v", c, err)
	}
	if _, err := ciso.Read([]byte(first + strings.Replace(reverse, "superset", "equal", 1))); err == nil || !strings.Contains(err.Error(), `"x-revert"`) {
		t.Errorf("a set that says something else is dropped in silence: %v", err)
	}
}

func TestAWrongLibraryIsRefused(t *testing.T) {
	ours := written(t, sample(), ciso.Options{})
	for _, c := range []struct{ name, data, want string }{
		{"empty", "", "no requirement_mapping_sets"},
		{"no YAML", "objects: [", "yaml"},
		{"a framework", "objects:\n  framework:\n    urn: x\n", "no requirement_mapping_sets"},
		{"no framework", strings.Replace(foreign, "source_framework_urn", "from", 1), "source_framework_urn"},
		{"relation", strings.Replace(foreign, "Intersect", "overlap", 1), `mapping 1, urn:intuitem:risk:req_node:nist-csf-2.0:gv.oc-01 to urn:acme:risk:req_node:ours-2:1.2:node3: relationship "overlap"`},
		{"no relation", strings.Replace(foreign, "relationship: Intersect", "", 1), "mapping 1"},
		{"no target", strings.Replace(foreign, "target_requirement_urn: urn:acme:risk:req_node:ours-2:r4", "", 1), "mapping 2"},
		{"strength", strings.Replace(foreign, "'0'", "12", 1), "mapping 2"},
		{"half a strength", strings.Replace(foreign, "'0'", "7.5", 1), "mapping 2"},
		{"probability", strings.Replace(ours, "Probability: 0.83", "Probability: 83", 1), "Probability"},
		{"decided", strings.Replace(ours, "Decided: 2026", "Decided: in 2026", 1), "Decided"},
		{"review", strings.Replace(ours, "Review: accepted", "Review: perhaps", 1), `"perhaps"`},
		{"rejected", strings.Replace(ours, "Review: accepted", "Review: rejected", 1), "rejected"},
	} {
		if _, err := ciso.Read([]byte(c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want an error about %s, have %v", c.name, c.want, err)
		}
	}
}

func TestIsKnowsItsOwn(t *testing.T) {
	for data, want := range map[string]bool{
		foreign:                                true,
		written(t, sample(), ciso.Options{}):   true,
		"objects:\n  framework:\n    urn: x\n": false,
		`{"objects":{"requirement_mapping_sets":[{"source_framework_urn":"a"}]}}`: true,
		"a mention of requirement_mapping_sets: source_framework_urn":             false,
		"": false,
	} {
		if got := ciso.Is([]byte(data)); got != want {
			t.Errorf("%.60q: %v", data, got)
		}
	}
}

type broken struct{}

var errFull = errors.New("the disk is full")

func (broken) Write([]byte) (int, error) { return 0, errFull }

func TestAnErrorOfTheWriterIsPassedOn(t *testing.T) {
	if err := ciso.Write(broken{}, sample(), ciso.Options{}); !errors.Is(err, errFull) {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(foreign))
	var b bytes.Buffer
	if err := ciso.Write(&b, sample(), ciso.Options{Unrelated: true}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("objects: &a\n  requirement_mapping_set: *a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ciso.Read(data)
		if err != nil || c.Check() != nil {
			return
		}
		var b bytes.Buffer
		o := ciso.Options{Unrelated: true}
		if ciso.Write(&b, c, o) != nil { // two ids with one URN, or a framework mapped to itself
			return
		}
		back, err := ciso.Read(b.Bytes())
		if err != nil {
			t.Fatalf("%v\n%s", err, b.Bytes())
		}
		if d := exchangetest.Difference(exchange.Holding(c, o.Held()), back); d != "" {
			t.Fatalf("%s\n%s", d, b.Bytes())
		}
	})
}
