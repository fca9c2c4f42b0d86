package oscal

// The types in this file are what is read of an OSCAL document. JSON, YAML and
// XML name the same things, so one set of types serves all three.

type metadata struct {
	Title       markup           `xml:"title"`
	Version     string           `xml:"version"`
	Props       []prop           `xml:"prop"`
	Parties     []party          `xml:"party"`
	Responsible []responsibility `json:"responsible-parties" yaml:"responsible-parties" xml:"responsible-party"`
}

type party struct {
	UUID string `xml:"uuid,attr"`
	Name string `xml:"name"`
}

type responsibility struct {
	Role    string   `json:"role-id" yaml:"role-id" xml:"role-id,attr"`
	Parties []string `json:"party-uuids" yaml:"party-uuids" xml:"party-uuid"`
}

// A node is a group or a control: OSCAL gives both the same fields.
type node struct {
	ID       string  `xml:"id,attr"`
	Class    string  `xml:"class,attr"`
	Title    markup  `xml:"title"`
	Params   []param `xml:"param"`
	Props    []prop  `xml:"prop"`
	Links    []link  `xml:"link"`
	Parts    []part  `xml:"part"`
	Groups   []node  `json:"-" xml:"-"` // JSON and XML are read as a stream of groups
	Controls []node  `xml:"control"`
}

type param struct {
	ID          string       `xml:"id,attr"`
	Label       markup       `xml:"label"`
	Values      []string     `xml:"value"`
	Props       []prop       `xml:"prop"`
	Select      *selection   `xml:"select"`
	Constraints []constraint `xml:"constraint"`
}

type selection struct {
	HowMany string   `json:"how-many" yaml:"how-many" xml:"how-many,attr"`
	Choice  []markup `xml:"choice"`
}

type constraint struct {
	Description markup `xml:"description"`
}

type prop struct {
	Name  string `xml:"name,attr"`
	Class string `xml:"class,attr"`
	Value string `xml:"value,attr"`
}

type link struct {
	Href string `xml:"href,attr"`
	Rel  string `xml:"rel,attr"`
	Text markup `xml:"text"`
}

type part struct {
	ID    string
	Name  string
	Prose markup
	Props []prop
	Parts []part
}

type backMatter struct {
	Resources []resource `xml:"resource"`
}

type resource struct {
	UUID  string `xml:"uuid,attr"`
	Title markup `xml:"title"`
	Links []struct {
		Href string `xml:"href,attr"`
	} `json:"rlinks" yaml:"rlinks" xml:"rlink"`
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
