package oscal

import (
	"bytes"
	"errors"
	"fmt"

	"concord/corpus/internal/foreign"

	"go.yaml.in/yaml/v3"
)

// document is the part of an OSCAL file that is read. JSON and YAML share its
// key names, so one set of types serves both.
type document struct {
	Catalog *catalog
	Profile *struct{}
}

type catalog struct {
	Metadata   metadata
	Params     []param
	Groups     []node
	Controls   []node
	BackMatter struct {
		Resources []resource
	} `json:"back-matter" yaml:"back-matter"`
}

type metadata struct {
	Title   string
	Version string
	Props   []prop
	Parties []struct {
		UUID string
		Name string
	}
	Responsible []struct {
		Role    string   `json:"role-id" yaml:"role-id"`
		Parties []string `json:"party-uuids" yaml:"party-uuids"`
	} `json:"responsible-parties" yaml:"responsible-parties"`
}

// A node is a group or a control: OSCAL gives both the same keys.
type node struct {
	ID       string
	Class    string
	Title    string
	Params   []param
	Props    []prop
	Links    []link
	Parts    []part
	Groups   []node
	Controls []node
}

type param struct {
	ID     string
	Label  string
	Values []string
	Props  []prop
	Select *struct {
		HowMany string `json:"how-many" yaml:"how-many"`
		Choice  []string
	}
}

type prop struct {
	Name  string
	Class string
	Value string
}

type link struct {
	Href string
	Rel  string
	Text string
}

type part struct {
	Name  string
	Prose string
	Props []prop
	Parts []part
}

type resource struct {
	UUID  string
	Title string
}

// value returns the value of the property with this name, preferring one
// without a class: the classes hold other spellings of the same thing.
func value(props []prop, name string) string {
	first := ""
	for _, p := range props {
		if p.Name != name {
			continue
		}
		if p.Class == "" {
			return p.Value
		}
		if first == "" {
			first = p.Value
		}
	}
	return first
}

// decode reads a catalog from JSON or YAML.
func decode(data []byte) (*catalog, error) {
	data = foreign.TrimBOM(data)
	var doc document
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		if err := foreign.JSON(data, &doc); err != nil {
			return nil, fmt.Errorf("read OSCAL catalog: %w", err)
		}
	} else if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("read OSCAL catalog: %w", err)
	}
	switch {
	case doc.Catalog != nil:
		return doc.Catalog, nil
	case doc.Profile != nil:
		return nil, errors.New("this is an OSCAL profile, which only points at controls: resolve it first, and give the resolved profile catalog")
	}
	return nil, errors.New(`not an OSCAL catalog: the document has no top-level "catalog"`)
}
