package oscal_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"concord/corpus"
	"concord/corpus/oscal"
)

func TestResolveGivesTheBaselinesOfSP80053(t *testing.T) {
	const r5 = "nist-sp800-53r5/NIST_SP-800-53_rev5"
	catalogs := map[string]string{"5.2.0": r5 + ".2.0_assembled_catalog.json", "5.0.1": r5 + ".0.1_catalog.json"}
	for edition, file := range catalogs {
		for level, want := range map[string]int{"LOW": 149, "MODERATE": 287, "HIGH": 370, "PRIVACY": 96} {
			t.Run(edition+" "+level, func(t *testing.T) {
				catalog := published(t, file)
				whole := read(t, catalog)
				profile := published(t, r5+"_"+level+"-baseline_profile.json")

				// The profile prints where its publisher keeps the catalog, in
				// XML before JSON.
				var asked []string
				f, err := oscal.Resolve(profile, func(href string) ([]byte, error) {
					asked = append(asked, href)
					if path.Ext(href) != ".json" {
						return nil, fmt.Errorf("%s: %w", href, fs.ErrNotExist)
					}
					return catalog, nil
				})

				if err != nil {
					t.Fatal(err)
				}
				if len(asked) != 2 {
					t.Errorf("asked for %q, want the XML and then the JSON", asked)
				}
				if spec := "sp800-53@" + edition + "-" + strings.ToLower(level); f.Spec() != spec {
					t.Errorf("spec is %s, want %s", f.Spec(), spec)
				}
				counts := f.Counts()
				if n := counts["control"] + counts["enhancement"]; n != want || n+counts["family"] != len(f.Elements) {
					t.Errorf("%d controls, want %d; all elements: %v", n, want, counts)
				}
				for _, id := range idsOf(t, profile) {
					e, ok := f.Element(corpus.NormalizeID("sp800-53", edition, id))
					if !ok || e.Withdrawn || e.Text == "" {
						t.Errorf("%s is not there and active", id)
						continue
					}
					whole, _ := whole.Element(e.ID)
					if e.Kind != whole.Kind || e.Title != whole.Title || e.Text != whole.Text || e.Guide != whole.Guide {
						t.Errorf("%s is not what the catalog says", id)
					}
					if e.Parent != whole.Parent && e.Parent != e.ID[:2] {
						t.Errorf("%s stands below %q", id, e.Parent)
					}
				}
			})
		}
	}
}

func idsOf(t *testing.T, data []byte) []string {
	t.Helper()
	var doc struct {
		Profile struct {
			Imports []struct {
				Include []struct {
					IDs []string `json:"with-ids"`
				} `json:"include-controls"`
			}
		}
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Profile.Imports[0].Include[0].IDs
}

func TestResolveAgreesWithTheResolvedProfileOfThePublisher(t *testing.T) {
	const r5 = "nist-sp800-53r5/NIST_SP-800-53_rev5"
	want := read(t, published(t, r5+".2.0_HIGH-baseline-resolved-profile_catalog.yaml"))

	got, err := oscal.Resolve(published(t, r5+"_HIGH-baseline_profile.json"), func(string) ([]byte, error) {
		return published(t, r5+".2.0_assembled_catalog.json"), nil
	})

	if err != nil {
		t.Fatal(err)
	}
	if got.Spec() != want.Spec() {
		t.Errorf("spec is %s, want %s", got.Spec(), want.Spec())
	}
	for i, e := range got.Elements {
		w := want.Elements[i]
		if e.ID != w.ID || e.Parent != w.Parent || e.Kind != w.Kind || e.Title != w.Title || e.Kind != corpus.KindFamily && e.Text != w.Text {
			t.Errorf("element %d is\n%+v, the publisher says\n%+v", i+1, e, w)
		}
	}
}

// house is a catalog in which groups hold groups and controls hold controls.
const house = `{"catalog": {"metadata": {"title": "House rules", "version": "3"},
"params": [{"id": "often", "label": "frequency"}, {"id": "who", "select": {"choice": ["cook", "guest"]}}],
"groups": [
  {"id": "a", "title": "Inside", "parts": [{"name": "overview", "prose": "Indoors."}],
   "groups": [{"id": "a.k", "title": "Kitchen", "controls": [
     {"id": "k1", "title": "Clean", "parts": [
        {"id": "k1_smt", "name": "statement", "prose": "Clean {{ insert: param, often }}:", "parts": [
          {"id": "k1_smt.a", "name": "item", "props": [{"name": "label", "value": "a."}], "prose": "pots;"},
          {"id": "k1_smt.b", "name": "item", "props": [{"name": "label", "value": "b."}], "prose": "pans."}]}],
      "controls": [
        {"id": "k1.1", "title": "Ovens", "parts": [{"name": "statement", "prose": "Clean ovens."}], "controls": [
          {"id": "k1.1.1", "title": "Grates", "parts": [{"name": "statement", "prose": "Clean grates."}]}]},
        {"id": "k1.2", "title": "Hoods", "parts": [{"name": "statement", "prose": "By a {{ insert: param, who }}."}]}]}]}],
   "controls": [{"id": "a1", "title": "Walk", "links": [{"rel": "related", "href": "#k1"}, {"rel": "related", "href": "#b1"}], "parts": [{"name": "statement", "prose": "Walk."}]}]},
  {"id": "b", "title": "Outside", "controls": [{"id": "b1", "title": "Run", "parts": [{"name": "statement", "prose": "Run."}]}]}]}}`

// profiled returns a profile of the house rules.
func profiled(imports, more string) string {
	return fmt.Sprintf(`{"profile": {"metadata": {"title": "Quiet hours", "version": "1"}, "imports": [%s]%s}}`, imports, more)
}

// library opens documents by their names.
func library(documents map[string]string) func(string) ([]byte, error) {
	return func(href string) ([]byte, error) {
		if d, ok := documents[href]; ok {
			return []byte(d), nil
		}
		return nil, fmt.Errorf("open %s: %w", href, fs.ErrNotExist)
	}
}

func resolve(profile string, others map[string]string) (*corpus.Framework, error) {
	documents := map[string]string{"house.json": house}
	maps.Copy(documents, others)
	return oscal.Resolve([]byte(profile), library(documents))
}

// outline returns the ids of a framework, each behind those above it.
func outline(f *corpus.Framework) string {
	var ids []string
	for _, e := range f.Elements {
		id := e.ID
		for up := range f.Ancestors(e) {
			id = up.ID + "/" + id
		}
		ids = append(ids, id)
	}
	return strings.Join(ids, " ")
}

func TestResolveSelectsAndMerges(t *testing.T) {
	const asIs, flat = `, "merge": {"as-is": true}`, `, "merge": {"flat": {}}`
	for name, c := range map[string]struct{ imports, more, want string }{
		"all as they are": {`{"href": "house.json", "include-all": {}}`, asIs,
			"a a/a.k a/a.k/k1 a/a.k/k1/k1.1 a/a.k/k1/k1.1/k1.1.1 a/a.k/k1/k1.2 a/a1 b b/b1"},
		"all flat":        {`{"href": "house.json", "include-all": {}}`, flat, "k1 k1/k1.1 k1/k1.1/k1.1.1 k1/k1.2 a1 b1"},
		"no merge":        {`{"href": "house.json", "include-all": {}}`, "", "k1 k1/k1.1 k1/k1.1/k1.1.1 k1/k1.2 a1 b1"},
		"not as they are": {`{"href": "house.json", "include-all": {}}`, `, "merge": {"as-is": false}`, "k1 k1/k1.1 k1/k1.1/k1.1.1 k1/k1.2 a1 b1"},
		"by id":           {`{"href": "house.json", "include-controls": [{"with-ids": ["b1", "k1"]}]}`, asIs, "a a/a.k a/a.k/k1 b b/b1"},
		"with children":   {`{"href": "house.json", "include-controls": [{"with-child-controls": "yes", "with-ids": ["k1"]}]}`, asIs, "a a/a.k a/a.k/k1 a/a.k/k1/k1.1 a/a.k/k1/k1.1/k1.1.1 a/a.k/k1/k1.2"},
		"without":         {`{"href": "house.json", "include-controls": [{"with-child-controls": "no", "with-ids": ["k1"]}]}`, flat, "k1"},
		"child alone":     {`{"href": "house.json", "include-controls": [{"with-ids": ["k1.1.1"]}]}`, asIs, "a a/a.k a/a.k/k1.1.1"},
		"pattern":         {`{"href": "house.json", "include-controls": [{"matching": [{"pattern": "k1.?"}, {"pattern": "b*"}]}]}`, flat, "k1.1 k1.2 b1"},
		"excluded":        {`{"href": "house.json", "include-all": {}, "exclude-controls": [{"with-child-controls": "yes", "with-ids": ["k1.1"]}, {"matching": [{"pattern": "?1"}]}]}`, asIs, "a a/a.k a/a.k/k1.2"},
		"two imports":     {`{"href": "house.json", "include-controls": [{"with-ids": ["k1", "b1"]}]}, {"href": "house.json", "include-controls": [{"with-ids": ["k1.1", "a1"]}]}`, asIs, "a a/a.k a/a.k/k1 a/a.k/k1.1 a/a1 b b/b1"},
		"first is used":   {`{"href": "house.json", "include-controls": [{"with-ids": ["k1"]}]}, {"href": "house.json", "include-all": {}}`, `, "merge": {"combine": {"method": "use-first"}, "flat": {}}`, "k1 k1/k1.1 k1/k1.1/k1.1.1 k1/k1.2 a1 b1"},
		"back matter":     {`{"href": "#u", "include-controls": [{"with-ids": ["b1"]}]}`, `, "merge": {"combine": {"method": "keep"}, "as-is": true}, "back-matter": {"resources": [{"uuid": "t"}, {"uuid": "u", "rlinks": [{"href": "gone.xml"}, {"href": "house.json"}]}]}`, "b b/b1"},
	} {
		t.Run(name, func(t *testing.T) {
			profile := profiled(c.imports, c.more)
			f, err := resolve(profile, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := outline(f); got != c.want {
				t.Errorf("the baseline is\n%s, want\n%s", got, c.want)
			}
			if f.Spec() != "house-rules@3-quiet-hours" || f.Title != "Quiet hours" {
				t.Errorf("it is %s %q", f.Spec(), f.Title)
			}
			inXML, err := oscal.Resolve(asXML(t, []byte(profile)), library(map[string]string{"house.json": string(asXML(t, []byte(house)))}))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(inXML, f) {
				t.Errorf("XML gives\n%+v, JSON\n%+v", inXML, f)
			}
		})
	}
}

func TestResolveModifies(t *testing.T) {
	const all = `{"href": "house.json", "include-all": {}}`
	for name, c := range map[string]struct{ modify, id, title, text string }{
		"value":                 {`"set-parameters": [{"param-id": "often", "values": ["daily"]}]`, "k1", "Clean", "Clean daily:\na. pots;\nb. pans."},
		"label":                 {`"set-parameters": [{"param-id": "often", "label": "pace"}]`, "k1", "Clean", "Clean [Assignment: organization-defined pace]:\na. pots;\nb. pans."},
		"constraints":           {`"set-parameters": [{"param-id": "often", "constraints": [{"description": "at least weekly"}, {"tests": []}]}]`, "k1", "Clean", "Clean [Assignment: organization-defined frequency] (at least weekly):\na. pots;\nb. pans."},
		"selection":             {`"set-parameters": [{"param-id": "often", "select": {"how-many": "one-or-more", "choice": ["daily", "at {{ insert: param, who }}"]}}]`, "k1", "Clean", "Clean [Selection (one or more): daily; at [Selection: cook; guest]]:\na. pots;\nb. pans."},
		"value for selection":   {`"set-parameters": [{"param-id": "who", "values": ["cook"]}]`, "k1.2", "Hoods", "By a cook."},
		"the last value counts": {`"set-parameters": [{"param-id": "who", "values": ["cook"]}, {"param-id": "who", "values": ["guest"]}]`, "k1.2", "Hoods", "By a guest."},
		"title and parameter":   {`"alters": [{"control-id": "b1", "adds": [{"title": "Sprint", "params": [{"id": "n", "label": "x"}], "parts": [{"name": "statement", "prose": "Or {{ insert: param, n }}."}]}]}]`, "b1", "Sprint", "Run.\nOr [Assignment: organization-defined x]."},
		"part first":            {`"alters": [{"control-id": "b1", "adds": [{"position": "starting", "parts": [{"name": "statement", "prose": "Look."}]}]}]`, "b1", "Run", "Look.\nRun."},
		"part before control":   {`"alters": [{"control-id": "b1", "adds": [{"position": "before", "by-id": "b1", "parts": [{"name": "statement", "prose": "Look."}]}]}]`, "b1", "Run", "Look.\nRun."},
		"part in part":          {`"alters": [{"control-id": "k1", "adds": [{"by-id": "k1_smt", "parts": [{"name": "item", "prose": "lids."}]}]}]`, "k1", "Clean", "Clean [Assignment: organization-defined frequency]:\na. pots;\nb. pans.\nlids."},
		"part first in part":    {`"alters": [{"control-id": "k1", "adds": [{"by-id": "k1_smt", "position": "starting", "parts": [{"name": "item", "prose": "lids;"}]}]}]`, "k1", "Clean", "Clean [Assignment: organization-defined frequency]:\nlids;\na. pots;\nb. pans."},
		"part before part":      {`"alters": [{"control-id": "k1", "adds": [{"by-id": "k1_smt.b", "position": "before", "parts": [{"name": "item", "prose": "lids;"}]}]}]`, "k1", "Clean", "Clean [Assignment: organization-defined frequency]:\na. pots;\nlids;\nb. pans."},
		"part after part":       {`"alters": [{"control-id": "k1", "adds": [{"by-id": "k1_smt.a", "position": "after", "parts": [{"name": "item", "prose": "lids;"}]}]}]`, "k1", "Clean", "Clean [Assignment: organization-defined frequency]:\na. pots;\nlids;\nb. pans."},
		"label of part":         {`"alters": [{"control-id": "k1", "adds": [{"by-id": "k1_smt.a", "position": "starting", "props": [{"name": "label", "value": "1."}]}]}]`, "k1", "Clean", "Clean [Assignment: organization-defined frequency]:\n1. pots;\nb. pans."},
		"below a control":       {`"alters": [{"control-id": "k1.1.1", "adds": [{"parts": [{"name": "statement", "prose": "Twice."}]}]}]`, "k1.1.1", "Grates", "Clean grates.\nTwice."},
	} {
		t.Run(name, func(t *testing.T) {
			profile := profiled(all, `, "modify": {`+c.modify+`}`)
			for format, data := range map[string][]byte{"JSON": []byte(profile), "YAML": []byte(profile), "XML": asXML(t, []byte(profile))} {
				if format == "YAML" {
					data = slices.Concat([]byte("# JSON is YAML\n"), data)
				}
				f, err := resolve(string(data), nil)
				if err != nil {
					t.Fatalf("%s: %v", format, err)
				}
				if e, _ := f.Element(c.id); e.Title != c.title || e.Text != c.text {
					t.Errorf("%s: %q says\n%q, want %q with\n%q", format, e.Title, e.Text, c.title, c.text)
				}
			}
		})
	}
}

func TestResolveAddsPropertiesAndKeepsLinksWithinTheBaseline(t *testing.T) {
	f, err := resolve(profiled(`{"href": "house.json", "include-controls": [{"with-ids": ["a1", "b1"]}]}`,
		`, "modify": {"alters": [{"control-id": "b1", "adds": [{"props": [{"name": "status", "value": "withdrawn"}], "links": [{"rel": "moved-to", "href": "#a1"}]}]}]}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	if e, _ := f.Element("b1"); !e.Withdrawn || !slices.Equal(e.Replaced, []string{"a1"}) {
		t.Errorf("b1 is %+v", e)
	}
	if e, _ := f.Element("a1"); !slices.Equal(e.Related, []string{"b1"}) {
		t.Errorf("a1 is related to %v", e.Related)
	}
}

func TestAProfileMayImportAProfile(t *testing.T) {
	inner := profiled(`{"href": "house.json", "include-all": {}, "exclude-controls": [{"with-ids": ["a1"]}]}`,
		`, "merge": {"as-is": true}, "modify": {"set-parameters": [{"param-id": "often", "values": ["daily"]}, {"param-id": "who", "values": ["cook"]}],
		"alters": [{"control-id": "b1", "adds": [{"parts": [{"name": "statement", "prose": "One."}]}]}]}`)
	outer := strings.Replace(profiled(`{"href": "inner.json", "include-controls": [{"with-ids": ["k1", "b1"]}]}`,
		`, "merge": {"as-is": true}, "modify": {"set-parameters": [{"param-id": "often", "values": ["hourly"]}],
		"alters": [{"control-id": "b1", "adds": [{"parts": [{"name": "statement", "prose": "Two."}]}]}]}`), "Quiet hours", "Louder", 1)

	f, err := resolve(outer, map[string]string{"inner.json": inner})

	if err != nil {
		t.Fatal(err)
	}
	if got := outline(f); got != "a a/a.k a/a.k/k1 b b/b1" || f.Spec() != "house-rules@3-quiet-hours-louder" {
		t.Errorf("%s is %s", f.Spec(), got)
	}
	k1, _ := f.Element("k1")
	b1, _ := f.Element("b1")
	if !strings.HasPrefix(k1.Text, "Clean hourly:") || b1.Text != "Run.\nOne.\nTwo." {
		t.Errorf("k1 says %q, b1 %q", k1.Text, b1.Text)
	}
}

func TestResolveNamesWhatIsWrong(t *testing.T) {
	const all = `{"href": "house.json", "include-all": {}}`
	modify := func(s string) string { return profiled(all, `, "modify": {`+s+`}`) }
	circle := profiled(`{"href": "circle.json", "include-all": {}}`, "")
	wide := profiled(strings.Repeat(all+",", 200)+all, `, "merge": {"combine": {"method": "use-first"}}`)
	for name, c := range map[string]struct{ profile, want string }{
		"a catalog":          {house, "not a profile"},
		"an XML catalog":     {"<catalog/>", "not a profile"},
		"another model":      {`{"component-definition": {}}`, `no top-level "profile"`},
		"another XML model":  {`<ssp/>`, `no top-level "profile"`},
		"JSON syntax":        {"{\n,", "line 2: not valid JSON"},
		"YAML syntax":        {"profile: [\n", "line 1"},
		"XML syntax":         {"<profile>\n<import>", "line 2: not valid XML"},
		"no imports":         {profiled("", ""), `resolve OSCAL profile "Quiet hours": it imports nothing`},
		"nothing selected":   {profiled(`{"href": "house.json"}`, ""), `the import of "house.json" selects nothing`},
		"selected twice":     {profiled(`{"href": "house.json", "include-all": {}, "include-controls": [{}]}`, ""), "both include-all and include-controls"},
		"no file":            {profiled(`{"href": "gone.json", "include-all": {}}`, ""), `import of "gone.json": open gone.json: file does not exist`},
		"no resource":        {profiled(`{"href": "#u", "include-all": {}}`, ""), `import of "#u": the back matter has no such resource`},
		"no rlinks":          {profiled(`{"href": "#u", "include-all": {}}`, `, "back-matter": {"resources": [{"uuid": "u", "base64": {}}]}`), "no rlinks"},
		"no rlink opens":     {profiled(`{"href": "#u", "include-all": {}}`, `, "back-matter": {"resources": [{"uuid": "u", "rlinks": [{"href": "x.xml"}, {"href": "y.json"}]}]}`), "open y.json: file does not exist"},
		"not a catalog":      {profiled(`{"href": "table.csv", "include-all": {}}`, ""), `import of "table.csv": not an OSCAL catalog`},
		"broken catalog":     {profiled(`{"href": "broken.json", "include-all": {}}`, ""), `import of "broken.json": line 2: not valid JSON`},
		"lacking id":         {profiled(`{"href": "house.json", "include-controls": [{"with-ids": ["b1", "b2"]}]}`, ""), `include-controls: the catalog has no control "b2"`},
		"group for control":  {profiled(`{"href": "house.json", "include-controls": [{"with-ids": ["a"]}]}`, ""), `the catalog has no control "a"`},
		"lacking excluded":   {profiled(`{"href": "house.json", "include-all": {}, "exclude-controls": [{"with-ids": ["b2"]}]}`, ""), `exclude-controls: the catalog has no control "b2"`},
		"idle pattern":       {profiled(`{"href": "house.json", "include-controls": [{"matching": [{"pattern": "z*"}]}]}`, ""), `no control that matches "z*"`},
		"bad pattern":        {profiled(`{"href": "house.json", "include-controls": [{"matching": [{"pattern": "[k"}]}]}`, ""), `pattern "[k"`},
		"children maybe":     {profiled(`{"href": "house.json", "include-controls": [{"with-child-controls": "maybe"}]}`, ""), `with-child-controls is "maybe"`},
		"nothing left":       {profiled(`{"href": "house.json", "include-all": {}, "exclude-controls": [{"matching": [{"pattern": "*"}]}]}`, ""), "no elements"},
		"custom":             {profiled(all, `, "merge": {"custom": {"groups": []}}`), "merge custom is not supported"},
		"flat and as is":     {profiled(all, `, "merge": {"flat": {}, "as-is": true}`), "both as-is and flat"},
		"method":             {profiled(all, `, "merge": {"combine": {"method": "merge"}}`), `the combine method "merge" is not supported`},
		"imported twice":     {profiled(all+","+all, ""), `control "k1" is imported twice`},
		"circle":             {circle, "in a circle: circle.json, circle.json"},
		"too many":           {wide, "more than 100 documents"},
		"lacking parameter":  {modify(`"set-parameters": [{"param-id": "never", "values": ["x"]}]`), `set-parameters: no imported catalog has a parameter "never"`},
		"lacking altered":    {modify(`"alters": [{"control-id": "z9"}]`), `alter: no imported catalog has a control "z9"`},
		"remove":             {modify(`"alters": [{"control-id": "b1", "removes": [{"by-name": "x"}]}]`), `alter of "b1": remove is not supported`},
		"position":           {modify(`"alters": [{"control-id": "b1", "adds": [{"position": "beside"}]}]`), `alter of "b1": add at position "beside" is not supported`},
		"lacking part":       {modify(`"alters": [{"control-id": "b1", "adds": [{"by-id": "k1_smt"}]}]`), `add by the id "k1_smt" is not supported`},
		"title of part":      {modify(`"alters": [{"control-id": "k1", "adds": [{"by-id": "k1_smt", "title": "x"}]}]`), "they belong to the control"},
		"props beside parts": {modify(`"alters": [{"control-id": "k1", "adds": [{"by-id": "k1_smt", "position": "after", "props": [{"name": "x"}]}]}]`), "beside a part is not supported"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := resolve(c.profile, map[string]string{"circle.json": circle,
				"table.csv": "id,text\nA,b\n", "broken.json": "{\"catalog\":\n]"})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one that says %q", err, c.want)
			}
		})
	}
}

func TestResolveNamesTheBaselineAfterItsCatalog(t *testing.T) {
	sp80053 := string(made(`{"id": "ac-1", "parts": [{"name": "statement", "prose": "x"}]}`))
	other := strings.Replace(house, `"version": "3"`, `"version": "4"`, 1)
	const both = `{"href": "53.json", "include-all": {}}, {"href": "other.json", "include-all": {}}`
	for title, c := range map[string]struct{ imports, want string }{
		"NIST Special Publication 800-53 Revision 5 MODERATE IMPACT BASELINE": {`{"href": "53.json", "include-all": {}}`, "sp800-53@9.0-moderate"},
		"Acme High Baseline":             {`{"href": "53.json", "include-all": {}}`, "sp800-53@9.0-acme-high-baseline"},
		"SP 800-53 as Acme tailors it":   {`{"href": "53.json", "include-all": {}}`, "sp800-53@9.0-sp-800-53-as-acme-tailors-it"},
		"":                               {`{"href": "53.json", "include-all": {}}`, "sp800-53@9.0-untitled"},
		"Acme rules out of two catalogs": {both, "acme-rules-out-of-two-catalogs@1"},
	} {
		f, err := resolve(strings.Replace(profiled(c.imports, ""), "Quiet hours", title, 1), map[string]string{"53.json": sp80053, "other.json": other})
		if err != nil {
			t.Fatal(err)
		}
		if f.Spec() != c.want {
			t.Errorf("%q is %s, want %s", title, f.Spec(), c.want)
		}
	}
}

func TestResolveReadsTheCatalogThatLiesBesideTheProfile(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "house.json"), []byte(house), 0o600); err != nil {
		t.Fatal(err)
	}
	folder, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	beside := func(href string) ([]byte, error) { return folder.ReadFile(path.Base(href)) }

	f, err := oscal.Resolve([]byte(profiled(`{"href": "../../published/json/house.json", "include-all": {}}`, "")), beside)
	if err != nil || len(f.Elements) != 6 {
		t.Errorf("%v, %v", f, err)
	}

	_, err = oscal.Resolve([]byte(profiled(`{"href": "../other.json", "include-all": {}}`, "")), beside)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error is %v, want one that says what is missing", err)
	}
}

func FuzzResolve(f *testing.F) {
	f.Add([]byte(profiled(`{"href": "house.json", "include-controls": [{"with-child-controls": "yes", "with-ids": ["k1"], "matching": [{"pattern": "b*"}]}], "exclude-controls": [{"with-ids": ["k1.1"]}]}`,
		`, "merge": {"as-is": true}, "modify": {"set-parameters": [{"param-id": "often", "values": ["{{ insert: param, who }}"]}], "alters": [{"control-id": "k1", "adds": [{"by-id": "k1_smt", "position": "after", "parts": [{"name": "item", "prose": "x"}]}]}]}`)))
	f.Add([]byte(profiled(`{"href": "self", "include-all": {}}, {"href": "house.json", "include-all": {}}`, `, "merge": {"combine": {"method": "use-first"}, "flat": {}}`)))
	f.Add(asXML(f, []byte(profiled(`{"href": "#u", "include-all": {}}`, `, "back-matter": {"resources": [{"uuid": "u", "rlinks": [{"href": "self"}, {"href": "house.json"}]}]}`))))
	f.Add([]byte("profile:\n  imports:\n  - href: house.json\n    include-all: {}\n  merge: {as-is: true}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		// "self" leads back to the profile, and its own bytes stand for every
		// other document too.
		fw, err := oscal.Resolve(data, func(href string) ([]byte, error) {
			if href == "house.json" {
				return []byte(house), nil
			}
			return data, nil
		})
		if err == nil {
			checkRead(t, fw)
		}
	})
}
