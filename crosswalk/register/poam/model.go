package poam

import "concord/crosswalk/exchange/oscal"

// The structs are what is written of the schema, in the order of its reference.
// Empty lists are left out: the schema wants one item at least.

type document struct {
	Plan plan `json:"plan-of-action-and-milestones"`
}

type plan struct {
	UUID         string        `json:"uuid"`
	Metadata     metadata      `json:"metadata"`
	SystemID     systemID      `json:"system-id"`
	Local        definitions   `json:"local-definitions"`
	Observations []observation `json:"observations"`
	Risks        []risk        `json:"risks"`
	Items        []item        `json:"poam-items"`
	BackMatter   struct {
		Resources []resource `json:"resources"`
	} `json:"back-matter"`
}

type metadata struct {
	Title        string  `json:"title"`
	LastModified string  `json:"last-modified"`
	Version      string  `json:"version"`
	OSCALVersion string  `json:"oscal-version"`
	Roles        []role  `json:"roles,omitempty"`
	Parties      []party `json:"parties,omitempty"`
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

type systemID struct {
	Type string `json:"identifier-type"`
	ID   string `json:"id"`
}

type definitions struct {
	Components []component `json:"components"`
}

type component struct {
	UUID        string `json:"uuid"`
	Type        string `json:"type"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Status      state  `json:"status"`
}

type state struct {
	State string `json:"state"`
}

type origin struct {
	Actors []actor `json:"actors"`
}

type actor struct {
	Type string `json:"type"`
	UUID string `json:"actor-uuid"`
}

type subject struct {
	UUID string `json:"subject-uuid"`
	Type string `json:"type"`
}

type observation struct {
	UUID        string     `json:"uuid"`
	Title       string     `json:"title"`
	Description string     `json:"description"`
	Props       properties `json:"props,omitempty"`
	Methods     []string   `json:"methods"`
	Types       []string   `json:"types"`
	Origins     []origin   `json:"origins"`
	Subjects    []subject  `json:"subjects"`
	Evidence    []evidence `json:"relevant-evidence,omitempty"`
	Collected   string     `json:"collected"`
}

type evidence struct {
	Description string     `json:"description"`
	Props       properties `json:"props,omitempty"`
}

type risk struct {
	UUID         string               `json:"uuid"`
	Title        string               `json:"title"`
	Description  string               `json:"description"`
	Statement    string               `json:"statement"`
	Props        properties           `json:"props,omitempty"`
	Status       string               `json:"status"`
	Deadline     string               `json:"deadline,omitempty"`
	Remediations []response           `json:"remediations,omitempty"`
	Log          *riskLog             `json:"risk-log,omitempty"`
	Observations []relatedObservation `json:"related-observations"`
}

type response struct {
	UUID        string `json:"uuid"`
	Lifecycle   string `json:"lifecycle"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Tasks       []task `json:"tasks"`
}

type task struct {
	UUID   string        `json:"uuid"`
	Type   string        `json:"type"`
	Title  string        `json:"title"`
	Timing *timing       `json:"timing,omitempty"`
	Roles  []responsible `json:"responsible-roles,omitempty"`
}

type timing struct {
	OnDate onDate `json:"on-date"`
}

type onDate struct {
	Date string `json:"date"`
}

type responsible struct {
	Role    string   `json:"role-id"`
	Parties []string `json:"party-uuids"`
}

type riskLog struct {
	Entries []entry `json:"entries"`
}

type entry struct {
	UUID   string     `json:"uuid"`
	Title  string     `json:"title"`
	Start  string     `json:"start"`
	By     []loggedBy `json:"logged-by"`
	Status string     `json:"status-change"`
}

type loggedBy struct {
	Party string `json:"party-uuid"`
	Role  string `json:"role-id"`
}

type relatedObservation struct {
	UUID string `json:"observation-uuid"`
}

type relatedRisk struct {
	UUID string `json:"risk-uuid"`
}

type item struct {
	UUID         string               `json:"uuid"`
	Title        string               `json:"title"`
	Description  string               `json:"description"`
	Props        properties           `json:"props,omitempty"`
	Origins      []origin             `json:"origins"`
	Observations []relatedObservation `json:"related-observations"`
	Risks        []relatedRisk        `json:"related-risks"`
	Remarks      string               `json:"remarks,omitempty"`
}

type resource struct {
	UUID  string     `json:"uuid"`
	Title string     `json:"title"`
	Props properties `json:"props,omitempty"`
}

type property struct {
	Name  string `json:"name"`
	NS    string `json:"ns"`
	Value string `json:"value"`
}

type properties []property

// add adds a value, on one line; an empty one is left out.
func (p *properties) add(name, value string) {
	if value != "" {
		*p = append(*p, property{name, oscal.Namespace, line(value)})
	}
}
