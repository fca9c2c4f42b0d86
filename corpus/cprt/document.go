package cprt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"concord/corpus/internal/foreign"
)

// lists is the flat shape: everything by name, joined by relationships. The
// nested shape is turned into it.
type lists struct {
	Documents     []document
	Elements      []element
	Relationships []relationship
}

type document struct {
	ID      string `json:"doc_identifier"`
	Name    string
	Version string
}

type element struct {
	Document string `json:"doc_identifier"`
	Type     string `json:"element_type"`
	ID       string `json:"element_identifier"`
	Title    string
	Text     string

	// The nested shape spells the first two otherwise and holds what is below.
	GraphType string `json:"elementTypeIdentifier"`
	GraphID   string `json:"elementIdentifier"`
	Elements  []element
}

type relationship struct {
	Source         string `json:"source_element_identifier"`
	SourceDocument string `json:"source_doc_identifier"`
	Dest           string `json:"dest_element_identifier"`
	DestDocument   string `json:"dest_doc_identifier"`
	Type           string `json:"relationship_identifier"`
}

// projection relates an element to one below it.
const projection = "projection"

// decode reads either shape, wrapped in a response or not.
func decode(data []byte) (lists, error) {
	data = foreign.TrimBOM(data)
	type payload struct{ Elements json.RawMessage }
	var shape struct {
		Response *payload
		payload
	}
	if err := foreign.JSON(data, &shape); err != nil {
		return lists{}, err
	}
	elements, wrapped := shape.Elements, shape.Response != nil
	if wrapped {
		elements = shape.Response.Elements
	}
	var err error
	var l lists
	switch isObject := bytes.HasPrefix(elements, []byte("{")); {
	case wrapped && isObject:
		var v struct{ Response struct{ Elements lists } }
		err, l = foreign.JSON(data, &v), v.Response.Elements
	case wrapped:
		var v struct{ Response lists }
		err, l = foreign.JSON(data, &v), v.Response
	case isObject:
		var v struct{ Elements lists }
		err, l = foreign.JSON(data, &v), v.Elements
	default:
		err = foreign.JSON(data, &l)
	}
	if err != nil {
		return lists{}, err
	}
	if len(l.Elements) == 0 {
		return lists{}, errors.New(`the file has no "elements": it is not a CPRT export`)
	}
	return l.flat()
}

// flat returns l with nested elements in the list, and a projection from each
// element to those that were nested in it. An element that stands below
// several others is listed once.
func (l lists) flat() (lists, error) {
	out := lists{Documents: l.Documents, Relationships: l.Relationships}
	listed := map[key]bool{}
	var walk func(list []element, above *element) error
	walk = func(list []element, above *element) error {
		for i, e := range list {
			below := e.Elements
			if e.ID == "" {
				e.ID, e.Type = e.GraphID, e.GraphType
			}
			if e.ID == "" {
				where := ""
				if above != nil {
					where = " below " + above.ID
				}
				return fmt.Errorf("element %d%s has no identifier (title %q)", i+1, where, foreign.Line(e.Title))
			}
			if above != nil {
				out.Relationships = append(out.Relationships, relationship{
					above.ID, above.Document, e.ID, e.Document, projection,
				})
			}
			k := key{e.Document, e.ID}
			if listed[k] && (above != nil || len(below) > 0) {
				continue
			}
			listed[k] = true
			e.Elements = nil
			out.Elements = append(out.Elements, e)
			if err := walk(below, &e); err != nil {
				return err
			}
		}
		return nil
	}
	return out, walk(l.Elements, nil)
}

// A key names an element in any of the documents of an export.
type key struct{ document, id string }

// Ignored counts, by name, the fields of a document that Read passes over.
func Ignored(data []byte) map[string]int {
	return foreign.Ignored(data, foreign.Fields(struct{ Response lists }{}))
}
