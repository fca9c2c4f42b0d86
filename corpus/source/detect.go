package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"concord/corpus"
	"concord/corpus/asvs"
	"concord/corpus/atlas"
	"concord/corpus/ciso"
	"concord/corpus/cprt"
	"concord/corpus/internal/foreign"
	"concord/corpus/oscal"
	"concord/corpus/profile"
	"concord/corpus/sheet"
	"concord/corpus/stix"
)

// formats lists what Read recognises, for messages.
const formats = "OSCAL catalog or profile (JSON, YAML, XML), CPRT JSON and XLSX, NIST IR 8596 JSON, ATLAS YAML, STIX bundle, CISO Assistant library YAML, OWASP ASVS JSON, CSV, TSV, XLSX and JSON lines"

// A format can read a file, and say what of it is passed over: how many fields
// or cells of each name.
type format struct {
	read    func(data []byte) (*corpus.Framework, error)
	ignored func(data []byte) map[string]int
}

// Read reads a framework from the bytes of a file, whose format it tells from
// the content. The name of the file names a framework that does not name
// itself; columns renames the columns of a table.
func Read(data []byte, file string, columns map[string]string) (*corpus.Framework, error) {
	f, err := detect(data, file, columns)
	if err != nil {
		return nil, err
	}
	return f.read(data)
}

// detect tells the format of a file from its content.
func detect(data []byte, file string, columns map[string]string) (format, error) {
	head := head(data)
	options := sheet.Options{Name: nameOf(file), Columns: columns}
	table := format{
		func(data []byte) (*corpus.Framework, error) { return sheet.Read(data, options) },
		func(data []byte) map[string]int { return sheet.Ignored(data, options) },
	}
	switch {
	case len(head) == 0:
		return format{}, errors.New("the file is empty")
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return format{func(data []byte) (*corpus.Framework, error) {
			f, err := cprt.Read(data)
			if errors.Is(err, cprt.ErrOtherWorkbook) {
				return table.read(data)
			}
			return f, err
		}, table.ignored}, nil
	case bytes.HasPrefix(head, []byte("%PDF")):
		return format{}, fmt.Errorf("a PDF cannot be read; it takes %s", formats)
	case oscalXML.Match(head), catalogYAML.Match(head) && head[0] != '{':
		return format{oscal.Read, oscal.Ignored}, nil
	case isMarkup(head):
		return format{}, fmt.Errorf("HTML, and XML other than OSCAL, cannot be read; it takes %s", formats)
	case head[0] == '[':
		return format{}, fmt.Errorf("a JSON list is of no format known here; it takes %s", formats)
	case head[0] == '{':
		return detectJSON(data, table)
	case atlasYAML.Match(head):
		return format{atlas.Read, atlas.Ignored}, nil
	case cisoYAML.Match(head):
		return format{ciso.Read, ciso.Ignored}, nil
	case anyYAML.Match(head):
		return format{}, fmt.Errorf("YAML that is neither an OSCAL catalog, ATLAS data nor a CISO Assistant library; it takes %s", formats)
	}
	return table, nil
}

var (
	catalogYAML  = regexp.MustCompile(`(?m)^(catalog|profile):\s*(#.*)?$`)
	atlasYAML    = regexp.MustCompile(`(?m)^(id:\s*ATLAS|matrices:)\s*$`)
	cisoYAML     = regexp.MustCompile(`(?m)^urn:\s*['"]?urn:[^\s:]+:risk:library:`)
	catalogXML   = regexp.MustCompile(`\A(?:<\?[^>]*>\s*|<!--(?s:.*?)-->\s*)*<(?:\w+:)?catalog[\s>]`)
	catalogJSON  = regexp.MustCompile(`\A\{\s*"catalog"\s*:`)
	oscalProfile = regexp.MustCompile(`\A(?:\{\s*"profile"\s*:|(?s:.*\n)?profile:\s*\n|(?:<\?[^>]*>\s*|<!--(?s:.*?)-->\s*)*<(?:\w+:)?profile[\s>])`)
	oscalXML     = regexp.MustCompile(`\A(?:<\?[^>]*>\s*|<!--(?s:.*?)-->\s*)*<(?:\w+:)?(catalog|profile)[\s>]`)
	anyYAML      = regexp.MustCompile(`\A(---\s*\n)?(#[^\n]*\n)*[A-Za-z_-]+:(\s*\n|\s+[^,;\t\n]*\n\s*[A-Za-z_-]+:)`)
)

func isMarkup(head []byte) bool { return len(head) > 0 && head[0] == '<' }

// isProfile reports whether a file begins like an OSCAL profile, which selects
// from the catalogs that it imports.
func isProfile(data []byte) bool { return oscalProfile.Match(head(data)) }

// head returns the beginning of a file without what comes before its text.
func head(data []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(data[:min(len(data), 1<<16)], []byte("\ufeff")))
}

func detectJSON(data []byte, table format) (format, error) {
	if err := foreign.CheckUTF8(data); err != nil {
		return format{}, err
	}
	if catalogJSON.Match(head(data)) {
		return format{oscal.Read, oscal.Ignored}, nil
	}
	keys, several, err := topLevel(data)
	has := func(names ...string) bool {
		for _, n := range names {
			if !slices.Contains(keys, n) {
				return false
			}
		}
		return true
	}
	switch {
	case has("catalog"), has("profile"):
		return format{oscal.Read, oscal.Ignored}, nil
	case has("response"), has("documents", "elements"):
		return format{cprt.Read, cprt.Ignored}, nil
	case has("entries", "focusAreas"):
		return format{profile.Read, profile.Ignored}, nil
	case has("type", "objects"), has("version", "objects"):
		return format{stix.Read, stix.Ignored}, nil
	case has("requirements"), has("Requirements"):
		return format{asvs.Read, asvs.Ignored}, nil
	case several, has("framework"), has("id", "text"), has("id", "title"), has("id", "kind"):
		return table, nil // JSON lines
	case err != nil:
		// The reader of a format names the line; here the format is unknown.
		return format{}, fmt.Errorf("not valid JSON: %w", err)
	}
	return format{}, fmt.Errorf("JSON of no format known here: its keys are %s; it takes %s", strings.Join(keys, ", "), formats)
}

// topLevel returns the keys of the first JSON object, and whether more follow
// it, which makes the file JSON lines. It stops at the first error.
func topLevel(data []byte) (keys []string, several bool, err error) {
	dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	if _, err := dec.Token(); err != nil {
		return nil, false, err
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return keys, false, err
		}
		name, _ := key.(string)
		keys = append(keys, name)
		var skipped json.RawMessage
		if err := dec.Decode(&skipped); err != nil {
			return keys, false, err
		}
	}
	if _, err := dec.Token(); err != nil {
		return keys, false, err
	}
	_, err = dec.Token()
	return keys, !errors.Is(err, io.EOF), nil
}

var notName = regexp.MustCompile(`[^a-z0-9.]+`)

// nameOf turns the name of a file into that of a framework.
func nameOf(file string) string {
	base := filepath.Base(file)
	base = strings.TrimSuffix(base, filepath.Ext(base))
	name := strings.Trim(notName.ReplaceAllString(strings.ToLower(base), "-"), "-.")
	if name == "" {
		return "framework"
	}
	return name
}
