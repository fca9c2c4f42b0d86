package oscal

import (
	"errors"
	"fmt"
	"path"
)

// A profile is what is read of an OSCAL profile: which controls it imports,
// how it orders them, and what it changes in them.
type profile struct {
	Metadata   metadata   `xml:"metadata"`
	Imports    []imported `xml:"import"`
	Merge      merge      `xml:"merge"`
	Modify     modify     `xml:"modify"`
	BackMatter backMatter `json:"back-matter" yaml:"back-matter" xml:"back-matter"`
}

type imported struct {
	Href    string     `xml:"href,attr"`
	All     *struct{}  `json:"include-all" yaml:"include-all" xml:"include-all"`
	Include []selector `json:"include-controls" yaml:"include-controls" xml:"include-controls"`
	Exclude []selector `json:"exclude-controls" yaml:"exclude-controls" xml:"exclude-controls"`
}

// A selector names controls by their ids, and by patterns in which "*" stands
// for any characters and "?" for one.
type selector struct {
	Children string   `json:"with-child-controls" yaml:"with-child-controls" xml:"with-child-controls,attr"`
	IDs      []string `json:"with-ids" yaml:"with-ids" xml:"with-id"`
	Matching []struct {
		Pattern string `xml:"pattern,attr"`
	} `xml:"matching"`
}

type merge struct {
	Combine struct {
		Method string `xml:"method,attr"`
	} `xml:"combine"`
	Flat   *struct{} `xml:"flat"`
	AsIs   bool      `json:"as-is" yaml:"as-is" xml:"as-is"`
	Custom *struct{} `xml:"custom"`
}

type modify struct {
	Settings []setting    `json:"set-parameters" yaml:"set-parameters" xml:"set-parameter"`
	Alters   []alteration `xml:"alter"`
}

type setting struct {
	Param       string       `json:"param-id" yaml:"param-id" xml:"param-id,attr"`
	Label       markup       `xml:"label"`
	Values      []string     `xml:"value"`
	Select      *selection   `xml:"select"`
	Constraints []constraint `xml:"constraint"`
}

// check refuses a profile that asks for more than Resolve can do.
func (p *profile) check() error {
	if len(p.Imports) == 0 {
		return errors.New("it imports nothing")
	}
	for _, im := range p.Imports {
		switch {
		case im.All == nil && len(im.Include) == 0:
			return fmt.Errorf("the import of %q selects nothing: it has neither include-all nor include-controls", im.Href)
		case im.All != nil && len(im.Include) > 0:
			return fmt.Errorf("the import of %q has both include-all and include-controls", im.Href)
		}
	}
	m := p.Merge
	switch {
	case m.Custom != nil:
		return errors.New("merge custom is not supported: use as-is or flat")
	case m.Flat != nil && m.AsIs:
		return errors.New("merge has both as-is and flat")
	case m.Combine.Method != "" && m.Combine.Method != "keep" && m.Combine.Method != "use-first":
		return fmt.Errorf("the combine method %q is not supported: use keep or use-first", m.Combine.Method)
	}
	return nil
}

// pick reports, for each row, whether the import selects it. A control that is
// both included and excluded is excluded.
func (im imported) pick(rows []row) ([]bool, error) {
	picked := make([]bool, len(rows))
	for i, r := range rows {
		picked[i] = im.All != nil && !r.group
	}
	for _, s := range im.Include {
		if err := s.mark(rows, picked, true); err != nil {
			return nil, fmt.Errorf("include-controls: %w", err)
		}
	}
	for _, s := range im.Exclude {
		if err := s.mark(rows, picked, false); err != nil {
			return nil, fmt.Errorf("exclude-controls: %w", err)
		}
	}
	return picked, nil
}

// mark sets the controls that s names. Naming one that is not there is an
// error: a baseline must not silently be smaller than it says.
func (s selector) mark(rows []row, picked []bool, to bool) error {
	if s.Children != "" && s.Children != "yes" && s.Children != "no" {
		return fmt.Errorf("with-child-controls is %q, not yes or no", s.Children)
	}
	found := make(map[string]bool, len(s.IDs))
	for _, id := range s.IDs {
		found[id] = false
	}
	matched := make([]bool, len(s.Matching))
	named := make([]bool, len(rows)) // by s, with the controls below them
	for i, r := range rows {
		if r.group {
			continue
		}
		_, hit := found[r.id]
		if hit {
			found[r.id] = true
		}
		for j, m := range s.Matching {
			ok, err := path.Match(m.Pattern, r.id)
			if err != nil {
				return fmt.Errorf("pattern %q: %w", m.Pattern, err)
			}
			if ok {
				hit, matched[j] = true, true
			}
		}
		// Rows stand behind the one that holds them.
		named[i] = hit || s.Children == "yes" && r.above != nowhere && named[r.above]
		if named[i] {
			picked[i] = to
		}
	}
	for _, id := range s.IDs {
		if !found[id] {
			return fmt.Errorf("the catalog has no control %q", id)
		}
	}
	for j, m := range s.Matching {
		if !matched[j] {
			return fmt.Errorf("the catalog has no control that matches %q", m.Pattern)
		}
	}
	return nil
}
