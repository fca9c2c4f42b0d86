package sssom

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// parse reads a file without judging its values. An error is a [Finding] that
// leaves nothing to read.
func parse(data []byte) (*document, error) {
	d := &document{prefixes: maps.Clone(builtins), set: map[string][]string{}, place: map[string]place{}}
	if rest, marked := bytes.CutPrefix(data, []byte("\uFEFF")); marked {
		d.find(Syntax, place{1, 1}, "the file begins with a byte order mark: SSSOM has none")
		data = rest
	}
	if !utf8.Valid(data) {
		return nil, Finding{Syntax, firstInvalid(data), 1, "the text is not UTF-8: save it as UTF-8"}
	}
	lines, rest := cutBlock(data)
	if err := d.readSet(lines); err != nil {
		return nil, err
	}
	if err := d.readTable(rest, len(lines)); err != nil {
		return nil, err
	}
	return d, nil
}

func firstInvalid(data []byte) int {
	n := 1
	for line := range bytes.Lines(data) {
		if !utf8.Valid(line) {
			break
		}
		n++
	}
	return n
}

func (d *document) find(code Code, at place, format string, args ...any) {
	d.findings = append(d.findings, Finding{code, at.line, at.column, fmt.Sprintf(format, args...)})
}

// cutBlock returns the lines of the metadata block, empty ones included, and
// what follows them.
func cutBlock(data []byte) (lines []string, rest []byte) {
	rest = data
	for len(rest) > 0 {
		line, after, _ := bytes.Cut(rest, []byte("\n"))
		line = bytes.TrimRight(line, "\r")
		if len(bytes.TrimSpace(line)) > 0 && line[0] != '#' {
			break
		}
		lines, rest = append(lines, string(line)), after
	}
	return lines, rest
}

// readSet reads the metadata block. Every line of it may be set in by the same
// number of blanks.
func (d *document) readSet(lines []string) error {
	indent := -1
	for i, l := range lines {
		lines[i] = strings.TrimPrefix(l, "#")
		if strings.TrimSpace(lines[i]) == "" {
			continue
		}
		if n := len(lines[i]) - len(strings.TrimLeft(lines[i], " ")); indent < 0 || n < indent {
			indent = n
		}
	}
	for i, l := range lines {
		lines[i] = l[min(max(indent, 0), len(l)):]
	}
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(strings.Join(lines, "\n")), &root); err != nil {
		return Finding{Syntax, 1, 1, fmt.Sprintf("the metadata above the header is not valid YAML: %v", err)}
	}
	if root.Kind == 0 {
		return nil
	}
	block := root.Content[0]
	at := func(n *yaml.Node) place { return place{n.Line, n.Column + 1 + max(indent, 0)} }
	if n := alias(block, 0); n != nil {
		return Finding{Syntax, at(n).line, at(n).column, "the metadata holds an alias of YAML, or nests too deep: write the value out"}
	}
	if block.Kind != yaml.MappingNode {
		if block.Tag == "!!null" {
			return nil
		}
		return Finding{Syntax, at(block).line, at(block).column, "the metadata above the header is no list of slots: write slot: value"}
	}
	for i := 0; i+1 < len(block.Content); i += 2 {
		key, value := block.Content[i], block.Content[i+1]
		if _, again := d.place[key.Value]; again {
			d.find(Syntax, at(key), "the slot %q stands twice", key.Value)
		}
		d.place[key.Value] = at(key)
		switch key.Value {
		case "curie_map":
			d.readPrefixes(value, at)
		case "extension_definitions":
			d.readExtensions(value, at)
		default:
			d.readValues(key.Value, value, at)
		}
	}
	return nil
}

// alias returns the first node that a metadata block may not hold.
func alias(n *yaml.Node, depth int) *yaml.Node {
	if n.Kind == yaml.AliasNode || depth > 8 {
		return n
	}
	for _, c := range n.Content {
		if found := alias(c, depth+1); found != nil {
			return found
		}
	}
	return nil
}

func (d *document) readPrefixes(n *yaml.Node, at func(*yaml.Node) place) {
	if n.Kind != yaml.MappingNode {
		d.find(Syntax, at(n), "curie_map is no list of prefixes: write prefix: IRI, a line each")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		prefix, iri := n.Content[i].Value, n.Content[i+1].Value
		switch known := builtins[prefix]; {
		case known != "" && known != iri:
			d.find(RedefinedPrefix, at(n.Content[i]), "the prefix %s is %s by definition, not %q: choose another name", prefix, known, iri)
		case !prefixName.MatchString(prefix):
			d.find(BadCURIE, at(n.Content[i]), "%q is no prefix: begin with a letter, then letters, digits, _, - and .", prefix)
		case iri == "":
			d.find(BadCURIE, at(n.Content[i]), "the prefix %q stands for nothing: give its IRI", prefix)
		default:
			d.prefixes[prefix] = iri
		}
	}
}

func (d *document) readExtensions(n *yaml.Node, at func(*yaml.Node) place) {
	for _, def := range n.Content {
		var e extension
		for i := 0; i+1 < len(def.Content); i += 2 {
			switch value := def.Content[i+1].Value; def.Content[i].Value {
			case "slot_name":
				e.slot = value
			case "property":
				e.property = value
			case "type_hint":
				e.hint = value
			}
		}
		switch _, standard := inRecord[e.slot]; {
		case def.Kind != yaml.MappingNode || !prefixName.MatchString(e.slot):
			d.find(BadValue, at(def), "a definition of an extension has no slot_name that is a name: it is left out")
		case standard:
			d.find(BadValue, at(def), "%s is a slot of SSSOM and cannot be defined again", e.slot)
		default:
			d.extensions = append(d.extensions, e)
		}
	}
}

func (d *document) readValues(name string, n *yaml.Node, at func(*yaml.Node) place) {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	for _, item := range items {
		switch {
		case item.Kind != yaml.ScalarNode:
			d.find(BadValue, at(item), "the slot %q holds more than a text or a list of texts", name)
		case item.Tag != "!!null" && item.Value != "":
			d.set[name] = append(d.set[name], item.Value)
		}
	}
	if s, known := inSet[name]; len(d.set[name]) > 1 && known && !s.several {
		d.find(BadValue, at(n), "the slot %q holds one value, not %d", name, len(d.set[name]))
	}
}

// readTable reads the header and the records; above is the number of lines
// before them.
func (d *document) readTable(data []byte, above int) error {
	rows, err := cut(data, above, false)
	if odd, ok := errors.AsType[Finding](err); ok {
		if rows, err = cut(data, above, true); err != nil {
			return err
		}
		d.findings = append(d.findings, odd)
	}
	if len(rows) == 0 {
		return Finding{Syntax, above + 1, 1, "there is no header: name the slots in a line, apart by tabs"}
	}
	for _, c := range rows[0] {
		name := strings.TrimSpace(c.name)
		if slices.ContainsFunc(d.columns, func(x column) bool { return x.name == name && name != "" }) {
			return Finding{Syntax, c.line, c.column, fmt.Sprintf("the column %q stands twice", name)}
		}
		d.columns = append(d.columns, column{name, c.place})
	}
	if !slices.ContainsFunc(d.columns, func(c column) bool { return strings.HasPrefix(c.name, "subject_") }) {
		return Finding{Syntax, rows[0][0].line, 1, `the header has no column "subject_id": name the slots of SSSOM, apart by tabs`}
	}
	for _, row := range rows[1:] {
		d.readRecord(row)
	}
	return nil
}

func (d *document) readRecord(row []column) {
	r := record{values: map[string][]string{}, place: map[string]place{"": {row[0].line, 1}}}
	for i, c := range row {
		value := strings.TrimSpace(c.name)
		switch {
		case value == "":
			continue
		case i >= len(d.columns):
			d.find(Syntax, c.place, "the line has more cells than the header: put a value that holds a tab between double quotes")
			continue
		}
		name := d.columns[i].name
		r.place[name] = c.place
		s, known := inRecord[name]
		switch {
		case known && s.several:
			r.values[name] = unjoin(c.name)
		case known && s.kind == text || !known:
			r.values[name] = []string{c.name}
		default:
			r.values[name] = []string{value}
		}
	}
	if len(r.values) > 0 {
		d.records = append(d.records, r)
	}
}

// cut takes a table apart into cells, lazily where quotes stand in the midst of
// a cell.
func cut(data []byte, above int, lazy bool) ([][]column, error) {
	in := csv.NewReader(bytes.NewReader(data))
	in.Comma, in.FieldsPerRecord, in.LazyQuotes = '\t', -1, lazy
	var out [][]column
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if bad, ok := errors.AsType[*csv.ParseError](err); ok {
			return nil, Finding{Syntax, above + bad.Line, bad.Column, fmt.Sprintf("%v: put the cell between double quotes and double those within", bad.Err)}
		}
		if err != nil {
			return nil, Finding{Syntax, above + 1, 1, err.Error()}
		}
		row := make([]column, len(cells))
		for i, c := range cells {
			line, col := in.FieldPos(i)
			row[i] = column{c, place{above + line, col}}
		}
		out = append(out, row)
	}
}
