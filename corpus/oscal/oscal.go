// Package oscal reads OSCAL catalogs and resolves OSCAL profiles, in JSON, YAML
// and XML.
package oscal

import (
	"bytes"
	"fmt"
	"io"

	"concord/corpus"
	"concord/corpus/internal/foreign"
)

// Read reads an OSCAL catalog, which may be a resolved profile. Groups and
// controls, nested to any depth, become elements in document order; parameters
// in their statements become readable text such as "[Assignment:
// organization-defined frequency]". Assessment parts and fields that OSCAL does
// not define are passed over.
//
// A profile, a control without an id and an id that occurs twice are errors.
func Read(data []byte) (*corpus.Framework, error) { return ReadFrom(bytes.NewReader(data)) }

// ReadFrom is Read for a catalog that need not be in memory. JSON and XML are
// read control by control, so that little more than the framework is held;
// YAML is held as a whole.
func ReadFrom(r io.Reader) (*corpus.Framework, error) {
	c := &catalog{}
	if err := c.read(r); err != nil {
		return nil, fmt.Errorf("read OSCAL catalog: %w", err)
	}
	f, err := c.framework()
	if err != nil {
		return nil, fmt.Errorf("read OSCAL catalog: %w", err)
	}
	return f, nil
}

// Ignored counts, by name, the fields of a document that Read passes over.
func Ignored(data []byte) map[string]int {
	type one struct { // XML names a thing where JSON and YAML name the list
		Catalog, Group, Control, Parameter string
		UUID, Class                        string
		Groups, Params                     string
		BackMatter                         backMatter `json:"back-matter"`
		Metadata                           metadata
	}
	type prose struct { // elements of XML that mark up a text
		P, UL, OL, LI, EM, Strong, I, B, A, Code, Insert, Sub, Sup, Q, Pre, BlockQuote, Table, TR, TD, TH, Prose, Choice string
		H1, H2, H3, H4, H5, H6                                                                                           string
	}
	return foreign.Ignored(data, foreign.Fields(one{}, node{}, prose{}, struct{ Profile profile }{}, imported{}, selector{}, merge{}, modify{}, setting{}, alteration{}, addition{}))
}
