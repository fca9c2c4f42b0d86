package sssom_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"concord/crosswalk/exchange/exchangetest"
	"concord/crosswalk/exchange/sssom"
)

// TestTheFileFitsTheSchema renders what is written as one JSON object, by what
// the schema says of every slot, and holds it to the schema. Extension slots are
// taken out: the schema, which allows no others, does not know of them. Each must
// be declared.
func TestTheFileFitsTheSchema(t *testing.T) {
	s := openSchema(t)
	rapid.Check(t, func(rt *rapid.T) {
		text := write(rt, exchangetest.Random(rt), sssom.Options{Expanded: rapid.Bool().Draw(rt, "expanded")})
		set, err := s.render(text)
		if err == nil {
			err = s.set.Validate(set)
		}
		if err != nil {
			rt.Fatalf("%v\n%s", err, text)
		}
	})
}

func TestTheSchemaFindsWhatIsWrong(t *testing.T) {
	s := openSchema(t)
	text := write(t, small(), sssom.Options{})
	for _, change := range [][2]string{{"semapv:CompositeMatching", "semapv:Composite"}, {"\t0.72\t", "\t1.72\t"}, {"#license", "#see_also"}, {"\t1:1\t", "\t1-1\t"}} {
		set, err := s.render(strings.Replace(text, change[0], change[1], 1))
		if err == nil {
			err = s.set.Validate(set)
		}
		if err == nil {
			t.Errorf("%q for %q goes unseen", change[1], change[0])
		}
	}
}

type schema struct {
	set   *jsonschema.Schema
	types map[string]map[string]string // of the slots of a class: "array", "number" or another
}

func openSchema(t *testing.T) schema {
	t.Helper()
	data, err := os.ReadFile(schemas + "sssom_schema.schema.json")
	if err != nil {
		t.Skipf("the schema is not there: %v", err)
	}
	var doc struct {
		Defs map[string]struct {
			Properties map[string]struct{ Type any }
		} `json:"$defs"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	s := schema{types: map[string]map[string]string{}}
	for class, def := range doc.Defs {
		s.types[class] = map[string]string{}
		for slot, p := range def.Properties {
			s.types[class][slot] = fmt.Sprint(p.Type)
		}
	}
	whole, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("sssom.json", whole); err != nil {
		t.Fatal(err)
	}
	if s.set, err = c.Compile("sssom.json#/$defs/MappingSet"); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s schema) render(text string) (map[string]any, error) {
	var block []string
	rest := text
	for strings.HasPrefix(rest, "#") {
		line, after, _ := strings.Cut(rest, "\n")
		block, rest = append(block, line[1:]), after
	}
	var node map[string]yaml.Node
	if err := yaml.Unmarshal([]byte(strings.Join(block, "\n")), &node); err != nil {
		return nil, err
	}
	declared := map[string]bool{}
	var definitions []struct {
		Slot string `yaml:"slot_name"`
	}
	if n, ok := node["extension_definitions"]; ok {
		if err := n.Decode(&definitions); err != nil {
			return nil, err
		}
	}
	for _, d := range definitions {
		declared[d.Slot] = true
	}
	set := map[string]any{}
	for slot, n := range node {
		if n.Kind == yaml.ScalarNode {
			if !declared[slot] {
				set[slot] = n.Value
			}
			continue
		}
		var v any
		if err := n.Decode(&v); err != nil {
			return nil, err
		}
		set[slot] = v
	}
	in := csv.NewReader(strings.NewReader(rest))
	in.Comma = '\t'
	header, err := in.Read()
	if err != nil {
		return nil, err
	}
	var mappings []any
	for {
		cells, err := in.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		m := map[string]any{}
		for i, cell := range cells {
			switch kind := s.types["Mapping"][header[i]]; {
			case cell == "" || declared[header[i]]:
			case strings.Contains(kind, "array"):
				m[header[i]] = []any{cell} // ours have one value
			case strings.Contains(kind, "number"):
				f, err := strconv.ParseFloat(cell, 64)
				if err != nil {
					return nil, err
				}
				m[header[i]] = f
			default:
				m[header[i]] = cell
			}
		}
		mappings = append(mappings, m)
	}
	if mappings != nil {
		set["mappings"] = mappings
	}
	return set, nil
}
