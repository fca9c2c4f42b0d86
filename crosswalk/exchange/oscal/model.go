package oscal

import "strconv"

// The structs are what is written of the schema, in the order of its reference.
// Empty lists are left out: the schema wants one item at least.

type document struct {
	Collection collection `json:"mapping-collection"`
}

type collection struct {
	UUID       string     `json:"uuid"`
	Metadata   metadata   `json:"metadata"`
	Provenance provenance `json:"provenance"`
	Mappings   []mapping  `json:"mappings"`
	BackMatter struct {
		Resources []resource `json:"resources"`
	} `json:"back-matter"`
}

type metadata struct {
	Title        string     `json:"title"`
	LastModified string     `json:"last-modified"`
	Version      string     `json:"version"`
	OSCALVersion string     `json:"oscal-version"`
	Props        properties `json:"props,omitempty"`
	Roles        []role     `json:"roles,omitempty"`
	Parties      []party    `json:"parties,omitempty"`
}

type role struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

type party struct {
	UUID string `json:"uuid"`
	Type string `json:"type"`
	Name string `json:"name"`
}

type provenance struct {
	Method      string        `json:"method"`
	Rationale   string        `json:"matching-rationale"`
	Status      string        `json:"status"`
	Description string        `json:"mapping-description"`
	Responsible []responsible `json:"responsible-parties,omitempty"`
}

type responsible struct {
	Role    string   `json:"role-id"`
	Parties []string `json:"party-uuids"`
}

type mapping struct {
	UUID       string     `json:"uuid"`
	Source     reference  `json:"source-resource"`
	Target     reference  `json:"target-resource"`
	Maps       []pairs    `json:"maps"`
	Props      properties `json:"props,omitempty"`
	SourceGaps *gaps      `json:"source-gap-summary,omitempty"`
	TargetGaps *gaps      `json:"target-gap-summary,omitempty"`
}

type reference struct {
	Type string `json:"type"`
	Href string `json:"href"`
}

// pairs is what the schema calls a map.
type pairs struct {
	UUID         string     `json:"uuid"`
	NS           string     `json:"ns,omitempty"`
	Rationale    string     `json:"matching-rationale,omitempty"`
	Relationship string     `json:"relationship"`
	Sources      []item     `json:"sources"`
	Targets      []item     `json:"targets"`
	Confidence   *score     `json:"confidence-score,omitempty"`
	Props        properties `json:"props,omitempty"`
	Remarks      string     `json:"remarks,omitempty"`
}

type item struct {
	Type    string     `json:"type"`
	ID      string     `json:"id-ref"`
	Props   properties `json:"props,omitempty"`
	Remarks string     `json:"remarks,omitempty"`
}

type score struct {
	Percentage decimal `json:"percentage"`
}

// A decimal has no exponent in a file.
type decimal float64

func (d decimal) String() string               { return strconv.FormatFloat(float64(d), 'f', -1, 64) }
func (d decimal) MarshalJSON() ([]byte, error) { return []byte(d.String()), nil }

type gaps struct {
	UUID     string      `json:"uuid"`
	Unmapped []selection `json:"unmapped-controls"`
}

type selection struct {
	IDs      []string  `json:"with-ids,omitempty"`
	Matching []pattern `json:"matching,omitempty"`
}

type pattern struct {
	Pattern string `json:"pattern"`
}

type resource struct {
	UUID    string     `json:"uuid"`
	Title   string     `json:"title"`
	Props   properties `json:"props"`
	Links   []rlink    `json:"rlinks"`
	Remarks string     `json:"remarks,omitempty"`
}

type rlink struct {
	Href   string `json:"href"`
	Hashes []hash `json:"hashes,omitempty"`
}

type hash struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"value"`
}

type property struct {
	Name    string `json:"name"`
	NS      string `json:"ns"`
	Value   string `json:"value"`
	Class   string `json:"class,omitempty"`
	Remarks string `json:"remarks,omitempty"`
}

type properties []property

// add adds a value of any form; an empty one is left out. A value that a
// property cannot hold is shown on one line, and stands exactly in the remarks.
func (p *properties) add(name, value string) {
	if value == "" {
		return
	}
	one := property{Name: name, NS: Namespace, Value: line(value)}
	if one.Value != value {
		one.Remarks = escape(value)
	}
	*p = append(*p, one)
}
