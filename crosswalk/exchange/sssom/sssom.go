// Package sssom writes and reads crosswalks as SSSOM 1.1 tables (Simple Standard
// for Sharing Ontological Mappings, https://mapping-commons.github.io/sssom/).
//
// A relation is a predicate of SKOS, read from subject to object: subset_of is
// skos:broadMatch, for the object is the broader one. A pair that is not related
// is a record with the modifier Not, an element that nothing is mapped to one
// with sssom:NoTermFound. What SSSOM has no slot for stands in extension slots
// that the file declares.
//
// An id becomes a CURIE: AC-2(3) of sp800-53 is sp800-53:AC-2(3). Characters that
// a CURIE cannot hold are written as %XX.
//
// Texts are written as they are: the format is for programs, and a quote in
// front of a formula would change what a record says. Line ends become \n. The
// file is not for opening in a spreadsheet.
package sssom

import (
	"fmt"
	"io"
	"net/url"
	"unicode/utf8"

	"concord/crosswalk/exchange"
)

// Options change what is written. The zero value is the canonical form.
type Options struct {
	// License of the mapping set, a URI. Without one the file says that it is
	// not specified.
	License string
	// Expanded leaves what all records agree on with the records, instead of
	// saying it once above them.
	Expanded bool
}

// Held lists the fields that the format keeps: all of them.
func Held() []exchange.Field { return exchange.Fields() }

// Write writes a crosswalk in the canonical form of SSSOM/TSV, but for the order
// of the records: sorted, they would stand in the order of their record_id, a
// hash, and so they stay as they are, gaps last. It writes nothing on error: of
// [exchange.Crosswalk.Check], or if a text is not UTF-8 or the license no URI.
func Write(w io.Writer, c *exchange.Crosswalk, o Options) error {
	if err := c.Check(); err != nil {
		return err
	}
	if u, err := url.Parse(o.License); err != nil || o.License != "" && u.Scheme == "" {
		return fmt.Errorf("the license %q is not an absolute URI, such as https://creativecommons.org/licenses/by/4.0/", o.License)
	}
	for i, r := range c.Rows {
		if !utf8.ValidString(r.Source) || !utf8.ValidString(r.Target) {
			return fmt.Errorf("row %d, %q to %q: an id is not UTF-8", i+1, r.Source, r.Target)
		}
	}
	for i, g := range c.Gaps {
		if g.ID == "" || !utf8.ValidString(g.ID) {
			return fmt.Errorf("gap %d: the id %q is empty or not UTF-8", i+1, g.ID)
		}
	}
	d := encode(c, o)
	if err := d.isUTF8(); err != nil {
		return err
	}
	if !o.Expanded {
		d.condense()
	}
	_, err := w.Write(d.format())
	return err
}

// Read reads a table, ours or that of others. Errors name the line.
//
// What a prefix is missing for is read all the same; the prefix is left away if
// all ids of a side have the same. Records of one pair that differ in nothing but
// their justification or their review are one row. skos:closeMatch is read as an
// intersection, a predicate that is none of SKOS, OWL or RDFS as no relation. A
// record without a term on either side says nothing on an element and is left
// out, as is a gap of an element that another record relates.
func Read(data []byte) (*exchange.Crosswalk, error) {
	d, err := parse(data)
	if err != nil {
		return nil, err
	}
	d.propagate()
	return d.decode()
}
