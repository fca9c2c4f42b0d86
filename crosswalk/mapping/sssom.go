package mapping

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"concord/crosswalk"
)

// metadata is what is read of the block above an SSSOM table.
type metadata struct {
	MappingSetID         string            `yaml:"mapping_set_id"`
	CurieMap             map[string]string `yaml:"curie_map"`
	SubjectSource        string            `yaml:"subject_source"`
	SubjectSourceVersion string            `yaml:"subject_source_version"`
	ObjectSource         string            `yaml:"object_source"`
	ObjectSourceVersion  string            `yaml:"object_source_version"`

	err error // counts only if the table turns out to be SSSOM
}

// isSSSOM reports whether the block has what only one above SSSOM has. Other
// tables may have remarks there.
func (m *metadata) isSSSOM() bool { return m != nil && (m.MappingSetID != "" || m.CurieMap != nil) }

// cutMetadata reads the leading lines that begin with "#", and returns data with
// them blanked, so that lines keep their number. A header may begin with a
// column "#".
func cutMetadata(data []byte) (*metadata, []byte) {
	var text []string
	blank := 0
	rest := data
	for len(rest) > 0 {
		first, after, _ := bytes.Cut(rest, []byte("\n"))
		first = bytes.TrimRight(first, "\r")
		if !bytes.HasPrefix(first, []byte("#")) && len(bytes.TrimSpace(first)) > 0 ||
			len(first) > 1 && bytes.ContainsRune([]byte("\t,;"), rune(first[1])) {
			break
		}
		text = append(text, strings.TrimPrefix(string(first), "#"))
		rest = after
		blank++
	}
	if strings.TrimSpace(strings.Join(text, "")) == "" {
		return nil, data
	}
	var m metadata
	m.err = yaml.Unmarshal([]byte(strings.Join(outdent(text), "\n")), &m)
	return &m, append(bytes.Repeat([]byte("\n"), blank), rest...)
}

// outdent drops the blank after "#" where every line has one.
func outdent(lines []string) []string {
	for _, l := range lines {
		if l != "" && l[0] != ' ' {
			return lines
		}
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = strings.TrimPrefix(l, " ")
	}
	return out
}

// A record is what two SSSOM records of one pair agree on where they only have
// different justifications.
type record struct{ source, target, predicate, modifier string }

// noTerm is the object of a subject that nothing maps to.
var noTerm = regexp.MustCompile(`(?i)^sssom:NoTermFound$|[/#]NoTermFound$`)

var curie = regexp.MustCompile(`^[A-Za-z_][\w.-]*:(/?[^/].*)$`)

// local returns an entity reference without its prefix, or its IRI without the
// longest expansion of one.
func (m *metadata) local(id string) string {
	if found := curie.FindStringSubmatch(id); found != nil {
		id = found[1]
	} else if m != nil {
		longest := ""
		for _, iri := range m.CurieMap {
			if strings.HasPrefix(id, iri) && len(iri) > len(longest) && len(iri) < len(id) {
				longest = iri
			}
		}
		id = id[len(longest):]
	}
	// Brackets and blanks cannot stand in a CURIE as they are.
	if plain, err := url.PathUnescape(id); err == nil {
		return fold(plain)
	}
	return id
}

// record adds the row of an SSSOM record.
func (r *reader) record(row Row, source string, targets []string, modifier, justification string) error {
	if len(targets) == 0 {
		return fmt.Errorf("%q and nothing in the column \"object_id\": say sssom:NoTermFound if nothing maps to it", source)
	}
	row.Relation = relationOf(row.Word[strings.LastIndexAny(row.Word, ":/#")+1:])
	key := record{source, targets[0], row.Word, modifier}
	switch {
	case strings.EqualFold(modifier, "Not"):
		row.Relation, row.Word = crosswalk.NoRelationship, "Not "+row.Word
	case modifier != "":
		return fmt.Errorf("column \"predicate_modifier\": %q is none: SSSOM knows only Not", modifier)
	}
	if first, again := r.records[key]; again && first != justification {
		return nil
	}
	r.records[key] = justification
	switch {
	case noTerm.MatchString(source): // a gap on the other side
		return nil
	case noTerm.MatchString(targets[0]) && modifier != "":
		return errors.New("Not with sssom:NoTermFound has no meaning: take out one of them")
	case noTerm.MatchString(targets[0]):
		row.Source, row.Relation, row.Gap = r.meta.local(source), "", true
	default:
		row.Source, row.Target = r.meta.local(source), r.meta.local(targets[0])
	}
	if row.Source == "" || row.Target == "" && !row.Gap {
		return fmt.Errorf("%q to %q: there is nothing after the prefix", source, targets[0])
	}
	return r.t.add(row)
}
