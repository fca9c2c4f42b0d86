// Package mapping reads what others published as a crosswalk, one row a pair:
// tables in CSV, TSV and XLSX, SSSOM, OSCAL control mappings, and Concord's own
// exports.
//
// [Read] says what stands in the file; [Table.Bind] holds it against the two
// frameworks. The package decides nothing about a pair and writes nothing.
package mapping

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"strings"

	"concord/corpus/sheet"
	"concord/crosswalk"
	"concord/crosswalk/exchange/document"
)

// A Row is one line of a published crosswalk, with ids as its maker printed
// them. It reads from source to target, as the columns name them.
type Row struct {
	Line  int    // row of its file or sheet from 1, header included, or the ordinal of the map in JSON and YAML
	Where string // the same for people: "line 7", "sheet \"AC\" row 7", "map 3"

	Source, Target string
	// Relation is empty where the maker gave no type, or a word of their own.
	// [crosswalk.NoRelationship] says that the maker looked at the pair, and
	// that it is not related.
	Relation      crosswalk.Relation
	Word          string // the relation as printed
	RationaleType crosswalk.RationaleType
	Strength      int // 0 to 10; -1 if there is none, or none on that scale
	Rationale     string
	// Gap says that nothing maps to the source. There is no target then, and
	// no relation.
	Gap bool
	// Of the texts that were judged, hexadecimal, where the file says so.
	SourceSHA256, TargetSHA256 string
}

// The values of [Table.Format].
const (
	CSV         = "csv"
	TSV         = "tsv"
	XLSX        = "xlsx"
	SSSOM       = "sssom"
	OSCAL       = "oscal-mapping"
	ConcordJSON = "concord-json" // a draft, or a crosswalk that was exported
	ConcordCSV  = "concord-csv"  // a draft
)

// A Table is a published crosswalk, in the order of its file.
type Table struct {
	Format string
	// SourceFramework and TargetFramework are named as in the file; empty if it
	// names none, or several.
	SourceFramework, TargetFramework string
	Rows                             []Row
	// Open counts the rows whose relation is [Open], which are left out.
	Open int
	// Blank counts the rows of a workbook or an OLIR template that have a
	// source and no target. Templates list every source; such a row says
	// nothing.
	Blank int
}

// Open stands in the place of a relation where nobody has judged a pair yet, as
// in a worksheet that is half done.
const Open = "?"

// maxRows bounds a table: few bytes can stand for a great many pairs where
// lists are paired with lists.
const maxRows = 250_000

// Read reads a crosswalk. The format is told from the bytes; the name is for
// errors. A file without any row is an error.
//
// Tables (CSV with commas or semicolons, TSV, XLSX; UTF-8, UTF-16 or
// Windows-1252) need a header with a source and a target column, in any order,
// within their first 20 rows. Case, blanks, dashes and underscores make no
// difference, and the usual names are known: source_id, source, from,
// subject_id, "Focal Document Element"; target_id, target, to, object_id,
// "Reference Document Element"; relationship, relation, "STRM Relationship";
// rationale_type, "STRM Rationale"; strength, "Strength of Relationship";
// rationale, comments, notes. A rationale that is nothing but the name of a
// rationale type is one. A list made for OLIR reads from the focal document to
// the other. In CSV and XLSX a cell may list several ids, apart by
// line breaks, semicolons, or commas where all between them look like codes
// (hold a digit or no small letter); every source of the row is then paired with
// every target. A row whose relation is "?" is still open, and left out. A row
// without target whose relation is "no relationship", or
// whose target is "none", "n/a" or a dash, is a gap. In TSV a cell is one id, and a quote
// is a character unless that leaves rows with more or fewer cells than the header.
//
// SSSOM has the prefixes taken off its ids. skos:exactMatch is equal, broadMatch
// subset_of, narrowMatch superset_of, closeMatch and relatedMatch
// intersects_with; the modifier Not makes any of them no_relationship, and the object
// sssom:NoTermFound a gap. Records that differ in nothing but who justified them
// how are one row.
//
// Of an OSCAL mapping collection every source of a map is paired with every
// target. Unless there is one of each, what is said of all of them together is
// not said of any pair: the relation is empty, but for no-relationship, which
// holds for parts as it does for the whole. Ids in a source gap summary are
// gaps; patterns there and gaps on the target side are passed over.
//
// Of Concord's own exports the pairs that failed or were not judged are left
// out.
func Read(name string, data []byte) (*Table, error) { return ReadColumns(name, data, nil) }

// ReadColumns is [Read] for a table with headers of its own: columns gives the
// header of source_id, target_id, relationship, rationale_type, strength or
// rationale. It is an error if the table lacks one of them.
func ReadColumns(name string, data []byte, columns map[string]string) (*Table, error) {
	t, err := read(data, columns)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", cmp.Or(fold(name), "crosswalk"), err)
	}
	return t, nil
}

func read(data []byte, columns map[string]string) (*Table, error) {
	named, err := named(columns)
	if err != nil {
		return nil, err
	}
	var t *Table
	switch {
	case sheet.IsWorkbook(data):
		t, err = readWorkbook(data, named)
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		return nil, errors.New("this is an old Excel file (.xls): save it as .xlsx or CSV")
	default:
		t, err = readText(data, named)
	}
	if err != nil {
		return nil, err
	}
	if len(t.Rows) == 0 && t.Open > 0 {
		return nil, fmt.Errorf("%s: none of its %d pairs is judged yet: put a relation where %q stands", title(t.Format), t.Open, Open)
	}
	if len(t.Rows) == 0 {
		return nil, fmt.Errorf("%s: no pair in it", title(t.Format))
	}
	return t, nil
}

func readText(data []byte, named headings) (*Table, error) {
	data, err := sheet.DecodeText(data)
	if err != nil {
		return nil, err
	}
	switch start := bytes.TrimSpace(data); {
	case len(start) == 0:
		return nil, errors.New("the file is empty")
	case document.Is(data):
		return readExported(data)
	case start[0] == '{':
		return readJSON(data)
	case start[0] == '[':
		return nil, errors.New("this is a JSON array: want a mapping-collection of OSCAL, or a draft of Concord")
	case isOSCALYAML(data):
		return readOSCALYAML(data)
	}
	return readDelimited(data, named)
}

// title is what people call a format.
func title(format string) string {
	switch format {
	case SSSOM:
		return "SSSOM table"
	case OSCAL:
		return "OSCAL mapping collection"
	case ConcordJSON:
		return "Concord draft"
	case ConcordCSV:
		return "Concord table"
	}
	return strings.ToUpper(format) + " table"
}

// add appends rows that are judged, as long as they are not too many.
func (t *Table) add(rows ...Row) error {
	for _, r := range rows {
		if r.Word == Open {
			t.Open++
			continue
		}
		if len(t.Rows) == maxRows {
			return fmt.Errorf("more than %d pairs: split the file", maxRows)
		}
		t.Rows = append(t.Rows, r)
	}
	return nil
}

// pair appends row once for every source with every target.
func (t *Table) pair(row Row, sources, targets []string) error {
	if len(sources)*len(targets) > maxRows {
		return fmt.Errorf("more than %d pairs: split the file", maxRows)
	}
	for _, row.Source = range sources {
		for _, row.Target = range targets {
			if err := t.add(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// fold returns s as one line of valid UTF-8 with single blanks.
func fold(s string) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(s, "\ufffd")), " ")
}
