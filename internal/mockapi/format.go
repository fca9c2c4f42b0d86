package mockapi

import (
	"encoding/json"
	"fmt"
	"slices"
)

// A format is what a request says of the form of its answer.
type format struct {
	Type   string `json:"type"`
	Schema struct {
		Schema schema `json:"schema"`
	} `json:"json_schema"`
}

// A schema is as much of JSON Schema as the examples need.
type schema struct {
	Type       string            `json:"type"`
	Enum       []json.RawMessage `json:"enum"`
	Properties map[string]schema `json:"properties"`
}

// shaped returns what a request that holds no task is answered: an example of
// its schema, an object, or a word. A form that is refused is an error.
func (s *Server) shaped(f *format) (string, error) {
	switch {
	case f == nil || slices.Contains(s.Ignores, f.Type):
		return "hello", nil
	case slices.Contains(s.Refuses, f.Type):
		return "", fmt.Errorf("response_format: %q is not supported", f.Type)
	case f.Type == "json_schema":
		example, err := json.Marshal(f.Schema.Schema.example())
		return string(example), err
	case f.Type == "json_object":
		return `{"hello": "hello"}`, nil
	}
	return "hello", nil
}

// example returns a value that a schema allows: the first of an enumeration.
func (s schema) example() any {
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Type == "array":
		return []any{}
	case s.Type == "string":
		return "hello"
	case s.Type == "number", s.Type == "integer":
		return 0
	case s.Type == "boolean":
		return true
	}
	object := make(map[string]any, len(s.Properties))
	for name, p := range s.Properties {
		object[name] = p.example()
	}
	return object
}
