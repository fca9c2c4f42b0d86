package profile

// document is the part of a NIST IR 8596 file that is read.
type document struct {
	Source struct {
		Identifier string
		Version    string
		Title      string
		Notice     string
	}
	FocusAreas []struct {
		ID          string
		Short       string
		Title       string
		Summary     string
		Description string
	}
	Entries []entry
}

// An entry is one row of the profile: one subcategory of CSF 2.0.
type entry struct {
	Subcategory string
	Text        string
	General     struct {
		Considerations string
		References     []string
	}
	Focus map[string]cell
	Refs  []reference
}

// A cell holds what one focus area says about a subcategory.
type cell struct {
	Priority       int
	Considerations string
	Opportunities  string
	References     []string
}

// A reference is the parsed layer over the printed strings. One string may
// give several: "DASF 7, 12-14".
type reference struct {
	Scheme string
	ID     string
	Text   string
	Column string
}
