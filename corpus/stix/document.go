package stix

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"concord/corpus/internal/foreign"
)

// object is the part of a STIX object that is read, of whatever type.
type object struct {
	Type        string
	ID          string
	Name        string
	Description string
	Modified    string
	Revoked     bool
	Deprecated  bool            `json:"x_mitre_deprecated"`
	Version     string          `json:"x_mitre_version"`
	Domains     []string        `json:"x_mitre_domains"`
	Shortname   string          `json:"x_mitre_shortname"` // of a tactic
	IsSub       bool            `json:"x_mitre_is_subtechnique"`
	External    []external      `json:"external_references"`
	Phases      []phase         `json:"kill_chain_phases"`
	Definition  json.RawMessage // of a marking

	// Of a relationship.
	Relation string `json:"relationship_type"`
	Source   string `json:"source_ref"`
	Target   string `json:"target_ref"`
}

type external struct {
	Source string `json:"source_name"`
	ID     string `json:"external_id"`
}

// A phase of a kill chain is a tactic by its short name.
type phase struct {
	Name string `json:"phase_name"`
}

// Types of the objects that become elements.
const (
	tacticType     = "x-mitre-tactic"
	techniqueType  = "attack-pattern"
	mitigationType = "course-of-action"
)

func (o object) withdrawn() bool { return o.Revoked || o.Deprecated }

// attackID returns the id under which ATT&CK knows the object, or "".
func (o object) attackID() string {
	for _, r := range o.External {
		switch r.Source {
		case "mitre-attack", "mitre-mobile-attack", "mitre-ics-attack":
			return foreign.Line(r.ID)
		}
	}
	return ""
}

// document is what either shape of file says.
type document struct {
	edition string
	licence string
	title   string
	objects []object
}

func decode(data []byte) (document, error) {
	data = foreign.TrimBOM(data)
	var shape struct {
		Type    string
		Version string
		Objects json.RawMessage
	}
	if err := foreign.JSON(data, &shape); err != nil {
		return document{}, err
	}
	switch {
	case shape.Objects == nil:
		return document{}, errors.New(`the file has no "objects": it is not a STIX bundle`)
	case shape.Type == "bundle":
		return decodeBundle(data)
	case shape.Type == "" && shape.Version != "":
		return decodeCompact(data)
	}
	return document{}, fmt.Errorf(`the type is %q: a STIX file is a "bundle"`, foreign.Line(shape.Type))
}

func decodeBundle(data []byte) (document, error) {
	var bundle struct{ Objects []object }
	if err := foreign.JSON(data, &bundle); err != nil {
		return document{}, err
	}
	doc := document{objects: bundle.Objects}
	newest := ""
	for _, o := range bundle.Objects {
		newest = max(newest, o.Modified)
		switch o.Type {
		case "x-mitre-collection":
			doc.edition, doc.title = foreign.Line(o.Version), foreign.Line(o.Name)
		case "marking-definition":
			var marking struct{ Statement string }
			if json.Unmarshal(o.Definition, &marking) == nil && doc.licence == "" {
				doc.licence = foreign.Line(marking.Statement)
			}
		}
	}
	if doc.edition == "" {
		doc.edition, _, _ = strings.Cut(foreign.Line(newest), "T")
	}
	return doc, nil
}

// decodeCompact reads a shape that people reduce a bundle to: the objects that
// are in force under their ATT&CK ids, with the short names of their tactics.
func decodeCompact(data []byte) (document, error) {
	var file struct {
		Version, Licence string
		Objects          []struct {
			ID, Kind, Name, Description string
			Tactics                     []string
		}
	}
	if err := foreign.JSON(data, &file); err != nil {
		return document{}, err
	}
	doc := document{edition: foreign.Line(file.Version), licence: foreign.Line(file.Licence)}
	for i, c := range file.Objects {
		o := object{
			ID: c.ID, Name: c.Name, Description: c.Description, IsSub: c.Kind == "sub-technique",
			External: []external{{"mitre-attack", c.ID}},
		}
		switch c.Kind {
		case "tactic":
			o.Type, o.Shortname = tacticType, strings.ReplaceAll(strings.ToLower(foreign.Line(c.Name)), " ", "-")
		case "technique", "sub-technique":
			o.Type = techniqueType
		case "mitigation":
			o.Type = mitigationType
		default:
			return document{}, fmt.Errorf("object %d (%s): kind %q is none of tactic, technique, sub-technique, mitigation",
				i+1, foreign.Line(c.ID), c.Kind)
		}
		for _, t := range c.Tactics {
			o.Phases = append(o.Phases, phase{t})
		}
		doc.objects = append(doc.objects, o)
	}
	return doc, nil
}
