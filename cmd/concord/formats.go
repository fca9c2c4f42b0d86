package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"concord/corpus/sheet"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/ciso"
	"concord/crosswalk/exchange/document"
	"concord/crosswalk/exchange/markdown"
	"concord/crosswalk/exchange/olir"
	"concord/crosswalk/exchange/oscal"
	"concord/crosswalk/exchange/page"
	"concord/crosswalk/exchange/sssom"
	"concord/crosswalk/exchange/strm"
	tables "concord/crosswalk/exchange/table" // the function of that name is ours
	"concord/crosswalk/exchange/workbook"
	"concord/crosswalk/mapping"
	"concord/crosswalk/overview"
)

// A format is one in which crosswalks pass from tool to tool.
type format struct {
	name string
	// extensions are those of its files, the usual one first.
	extensions []string
	// held lists the fields that it keeps.
	held  []exchange.Field
	write func(io.Writer, *exchange.Crosswalk, writing) error
	// is tells a file of the format from its bytes. read reads one; it is nil for
	// a format that is for people alone.
	is   func([]byte) bool
	read func([]byte) (*exchange.Crosswalk, error)
	// check says what is wrong with a file that reading lets pass; nil if
	// nothing can be.
	check func([]byte) []finding
}

// writing says how a crosswalk is written, as far as a format leaves a choice.
type writing struct {
	focalTarget bool     // the target stands in the columns of the focal document
	yaml        bool     // instead of JSON
	sources     []string // ids of all elements that were to be mapped
	// overview is of both frameworks; nil where they are not known.
	overview *overview.Overview
}

// formats lists the formats in the order in which they are recognised: the more
// a file must have to be one, the earlier.
func formats() []format {
	return []format{
		{
			name: "olir", extensions: []string{".olir.xlsx"}, held: olir.Held(), is: olir.Is, read: olir.Read,
			write: func(w io.Writer, c *exchange.Crosswalk, how writing) error {
				return olir.Write(w, c, olir.Options{FocalTarget: how.focalTarget})
			},
		},
		{
			name: "xlsx", extensions: []string{".xlsx"}, held: workbook.Held(), write: plainly(workbook.Write),
			is: workbook.Is, read: workbook.Read,
		},
		{
			name: "json", extensions: []string{".json"}, held: document.Held(), write: plainly(document.Write),
			is: document.Is, read: document.Read,
		},
		{
			name: "oscal", extensions: []string{".oscal.json", ".oscal.yaml"}, held: oscal.Held(), is: isOSCAL, read: oscal.Read, check: checkOSCAL,
			write: func(w io.Writer, c *exchange.Crosswalk, how writing) error {
				return oscal.Write(w, c, oscal.Options{YAML: how.yaml, Sources: how.sources})
			},
		},
		{
			name: "ciso-assistant", extensions: []string{".yaml", ".yml"}, held: ciso.Held(), is: ciso.Is, read: ciso.Read,
			write: func(w io.Writer, c *exchange.Crosswalk, _ writing) error { return ciso.Write(w, c, ciso.Options{}) },
		},
		{
			name: "sssom", extensions: []string{".sssom.tsv", ".tsv"}, held: sssom.Held(), is: isSSSOM, read: sssom.Read, check: checkSSSOM,
			write: func(w io.Writer, c *exchange.Crosswalk, _ writing) error { return sssom.Write(w, c, sssom.Options{}) },
		},
		{
			name: "strm", extensions: []string{".strm.csv"}, held: strm.Held(), write: plainly(strm.Write),
			is: strm.Is, read: strm.Read,
		},
		{
			name: "csv", extensions: []string{".csv"}, held: tables.Held(), write: plainly(tables.Write),
			is: tables.Is, read: tables.Read,
		},
		{name: "markdown", extensions: []string{".md"}, held: markdown.Held(), write: plainly(markdown.Write), is: isMarkdown},
		{name: "html", extensions: []string{".html", ".htm"}, held: page.Held(), is: isPage,
			write: func(w io.Writer, c *exchange.Crosswalk, how writing) error { return page.WriteWith(w, c, how.overview) }},
	}
}

// plainly is how a format is written that leaves no choice.
func plainly(write func(io.Writer, *exchange.Crosswalk) error) func(io.Writer, *exchange.Crosswalk, writing) error {
	return func(w io.Writer, c *exchange.Crosswalk, _ writing) error { return write(w, c) }
}

// collection is the top-level key of an OSCAL mapping collection, in JSON or
// YAML.
var collection = regexp.MustCompile(`\A[\s\x{feff}]*(?:\{\s*(?:"\$schema"\s*:\s*"[^"]*"\s*,\s*)?"mapping-collection"|(?:#[^\n]*\n|---[^\n]*\n|\s)*["']?mapping-collection["']?\s*:)`)

func isOSCAL(data []byte) bool { return collection.Match(data) }

func isPage(data []byte) bool {
	start := strings.ToLower(string(data[:min(len(data), 64)]))
	return strings.HasPrefix(strings.TrimSpace(start), "<!doctype html") || strings.HasPrefix(strings.TrimSpace(start), "<html")
}

func isMarkdown(data []byte) bool {
	return bytes.HasPrefix(data, []byte("# ")) && bytes.Contains(data, []byte("\n## Mappings"))
}

// isSSSOM reports whether data are a table with the columns of SSSOM.
func isSSSOM(data []byte) bool {
	h := header(data)
	return strings.Contains(h, "subject_id") && strings.Contains(h, "predicate_id") && strings.Contains(h, "object_id")
}

// header returns the first line of a table that is not blank and no remark.
func header(data []byte) string {
	text, err := sheet.DecodeText(data)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return line
		}
	}
	return ""
}

func formatNames() []string {
	var names []string
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return names
}

// formatOf returns the format of a name, or else of the file that is to be
// written; csv if there is neither.
func formatOf(name, out string) (format, error) {
	if name == "" && out != "" {
		best, long := format{}, 0
		for _, f := range formats() {
			for _, x := range f.extensions {
				if strings.HasSuffix(strings.ToLower(out), x) && len(x) > long {
					best, long = f, len(x)
				}
			}
		}
		if long > 0 {
			return best, nil
		}
		return format{}, usage(fmt.Errorf("%s: no format has files of that name: add --format, one of %s", out, strings.Join(formatNames(), ", ")))
	}
	for _, f := range formats() {
		if f.name == name {
			return f, nil
		}
	}
	return format{}, usage(fmt.Errorf("--format %q: want %s", name, strings.Join(formatNames(), ", ")))
}

// mappingColumnsFlag lets tables of others have headers of their own.
func mappingColumnsFlag(cmd *cobra.Command) {
	cmd.Flags().StringSlice("columns", nil, "columns of a published list that have other names, such as source_id=Clause,target_id=Control")
}

// published is what a list is called that is none of the formats.
const published = "published list"

// A mappingFile is a crosswalk that was read.
type mappingFile struct {
	path   string
	data   []byte
	format format // without a name if it is none of ours
	*exchange.Crosswalk
}

// title is what people call the format.
func (m mappingFile) title() string {
	if m.format.name == "" {
		return published
	}
	return m.format.name
}

// openMapping reads a crosswalk in any format that is known, or a list that
// others published.
func (e *engine) openMapping(path string) (mappingFile, error) {
	m, err := e.mappingBytes(path)
	if err != nil {
		return m, err
	}
	var own error
	switch {
	case m.format.name != "" && m.format.read == nil:
		return m, usage(fmt.Errorf("%s: %s is for people to read: export the crosswalk in another format", path, m.format.name))
	case m.format.name != "":
		if m.Crosswalk, own = m.format.read(m.data); own == nil {
			return m, nil
		}
		if tables.Ours(m.data) {
			return m, usage(fmt.Errorf("%s: %w", path, own))
		}
	}
	// What others publish may look like one of the formats and still be a list
	// of its own, above all a workbook.
	t, err := mapping.ReadColumns(path, m.data, e.pairs)
	switch {
	case err == nil:
		if strm.IsBundle(m.data) {
			fmt.Fprintf(e.stderr, "%s: %s\n", printable(path), strm.Notice)
		}
		m.format, m.Crosswalk = format{}, t.Crosswalk()
		return m, nil
	case own != nil:
		return m, usage(fmt.Errorf("%s: %w", path, own))
	}
	return m, usage(err)
}

// mappingBytes reads a file and tells its format.
func (e *engine) mappingBytes(path string) (mappingFile, error) {
	m := mappingFile{path: path}
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		err = errors.New("this is a folder: name a file")
	}
	if most := e.library.MaxBytes; err == nil && info.Size() > most {
		err = fmt.Errorf("the file has %d MB and max_file_mb is %d", info.Size()>>20, most>>20)
	}
	if err == nil {
		m.data, err = os.ReadFile(path)
	}
	if err != nil {
		return m, usage(fmt.Errorf("read %s: %w", path, err))
	}
	for _, f := range formats() {
		if f.is(m.data) {
			m.format = f
			break
		}
	}
	return m, nil
}

// ends says what a crosswalk is from and to.
func ends(c *exchange.Crosswalk) string {
	name := func(f exchange.Framework) string {
		if f.Name == "" {
			return "(not named)"
		}
		return printable(f.Spec())
	}
	return name(c.Source) + " → " + name(c.Target)
}

// tableOf reads a file of pairs as a list. Two formats only their own readers
// know: libraries of CISO Assistant, and our OLIR workbooks, in which either side
// may stand first.
func tableOf(path string, data []byte, columns map[string]string) (*mapping.Table, error) {
	for _, f := range []struct {
		name string
		is   func([]byte) bool
		read func([]byte) (*exchange.Crosswalk, error)
	}{{"olir", olir.Is, olir.Read}, {"ciso-assistant", ciso.Is, ciso.Read}} {
		if len(columns) > 0 || !f.is(data) {
			continue
		}
		c, err := f.read(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return mapping.Of(c, f.name)
	}
	return mapping.ReadColumns(path, data, columns)
}
