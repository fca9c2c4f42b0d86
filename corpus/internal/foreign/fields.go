package foreign

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Fields returns the names, in lower case, that the fields of these structs
// have in JSON, YAML and XML, with those of the structs they hold.
func Fields(structs ...any) map[string]bool {
	names := map[string]bool{}
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || seen[t] {
			return
		}
		seen[t] = true
		for i := range t.NumField() {
			f := t.Field(i)
			names[strings.ToLower(f.Name)] = true
			for _, format := range []string{"json", "yaml", "xml"} {
				if name, _, _ := strings.Cut(f.Tag.Get(format), ","); name != "" && name != "-" {
					names[strings.ToLower(name)] = true
				}
			}
			walk(f.Type)
		}
	}
	for _, s := range structs {
		walk(reflect.TypeOf(s))
	}
	return names
}

// Ignored counts, by name, the fields of a JSON, YAML or XML document that are
// not among those read. Names are compared in lower case, wherever in the
// document they stand. What cannot be read counts for nothing.
func Ignored(data []byte, read map[string]bool) map[string]int {
	data = bytes.TrimSpace(TrimBOM(data))
	ignored := map[string]int{}
	count := func(name string) {
		if !read[strings.ToLower(name)] {
			ignored[name]++
		}
	}
	switch {
	case len(data) == 0:
	case data[0] == '{':
		jsonKeys(json.NewDecoder(bytes.NewReader(data)), count)
	case data[0] == '<':
		xmlNames(xml.NewDecoder(bytes.NewReader(data)), count)
	default:
		var root yaml.Node
		if yaml.Unmarshal(data, &root) == nil {
			yamlKeys(&root, count)
		}
	}
	return ignored
}

// jsonKeys calls count for every key of a document.
func jsonKeys(dec *json.Decoder, count func(string)) {
	var open []bool // of the values around: is it an object, whose keys and values alternate
	isKey := false
	for {
		token, err := dec.Token()
		if err != nil {
			return
		}
		switch token := token.(type) {
		case json.Delim:
			if token == '{' || token == '[' {
				open = append(open, token == '{')
				isKey = token == '{'
				continue
			}
			open = open[:len(open)-1]
		case string:
			if isKey {
				count(token)
				isKey = false
				continue
			}
		}
		isKey = len(open) > 0 && open[len(open)-1]
	}
}

func yamlKeys(n *yaml.Node, count func(string)) {
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			count(child.Value)
			continue
		}
		yamlKeys(child, count)
	}
}

func xmlNames(dec *xml.Decoder, count func(string)) {
	for {
		token, err := dec.RawToken()
		if err != nil {
			return
		}
		if start, ok := token.(xml.StartElement); ok {
			count(start.Name.Local)
		}
	}
}
