// Package profile reads the NIST Cyber AI Profile (IR 8596).
package profile

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"concord/corpus"
	"concord/corpus/internal/foreign"
)

// areas are the focus areas, in the order of the columns.
var areas = []string{"secure", "defend", "thwart"}

// general is the column that belongs to the subcategory rather than to a cell.
const general = "general"

// Read reads IR 8596 from JSON. Its elements are the focus areas, the
// subcategories, and below each subcategory one cell a focus area, such as
// "GV.OC-02#defend". Printed references go to References alone. A cell that
// has nothing of its own to say has no text, and Generic says how that was
// decided.
//
// A row without a subcategory, an unknown focus area and a priority outside 1
// to 3 are errors that name the entry.
func Read(data []byte) (*corpus.Framework, error) {
	var doc document
	if err := foreign.JSON(foreign.TrimBOM(data), &doc); err != nil {
		return nil, fmt.Errorf("read Cyber AI Profile: %w", err)
	}
	f := &corpus.Framework{
		Title:     foreign.Line(doc.Source.Title),
		Publisher: "National Institute of Standards and Technology",
		Notice:    foreign.Line(doc.Source.Notice),
	}
	f.Name, f.Edition = foreign.Name(doc.Source.Version, doc.Source.Identifier, f.Title)
	if f.Name != "cyber-ai-profile" {
		return nil, fmt.Errorf("read Cyber AI Profile: source.identifier %q is not NIST IR 8596", doc.Source.Identifier)
	}
	if len(doc.Entries) == 0 {
		return nil, errors.New("read Cyber AI Profile: the file has no entries")
	}
	for _, a := range doc.FocusAreas {
		if !slices.Contains(areas, a.ID) {
			return nil, fmt.Errorf("read Cyber AI Profile: unknown focus area %q: the profile has %s", a.ID, strings.Join(areas, ", "))
		}
		f.Elements = append(f.Elements, corpus.Element{
			ID: a.ID, Kind: corpus.KindFocusArea,
			Title: foreign.Line(a.Title), Text: foreign.Prose(a.Description), Guide: foreign.Prose(a.Summary),
		})
	}
	for i, e := range doc.Entries {
		if err := add(f, e); err != nil {
			return nil, fmt.Errorf("read Cyber AI Profile: entry %d (%s): %w", i+1, foreign.Line(e.Subcategory), err)
		}
	}
	if err := f.Finish(); err != nil {
		return nil, fmt.Errorf("read Cyber AI Profile: %w", err)
	}
	return f, nil
}

// add appends the elements and references of one row.
func add(f *corpus.Framework, e entry) error {
	id := corpus.NormalizeID(f.Name, f.Edition, foreign.Line(e.Subcategory))
	if id == "" {
		return errors.New("it has no subcategory")
	}
	if err := check(e); err != nil {
		return err
	}
	sub := corpus.Element{ID: id, Kind: corpus.KindSubcategory, Text: foreign.Prose(e.Text)}
	if printed := foreign.Line(e.Subcategory); printed != id {
		sub.Printed = printed
	}
	sub.Guide, _ = own(e.General.Considerations)
	f.Elements = append(f.Elements, sub)
	for _, area := range areas {
		c, ok := e.Focus[area]
		if !ok {
			continue
		}
		text, generic := Own(c.Considerations, c.Opportunities)
		f.Elements = append(f.Elements, corpus.Element{
			ID: id + "#" + area, Kind: corpus.KindCell, Parent: id,
			Text: text, Focus: area, Priority: c.Priority, Generic: generic,
		})
	}
	f.References = append(f.References, references(id, e)...)
	return nil
}

// check refuses what would put words or priorities in the wrong column.
func check(e entry) error {
	names := make([]string, 0, len(e.Focus))
	for name := range e.Focus {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if !slices.Contains(areas, name) {
			return fmt.Errorf("unknown focus area %q: the profile has %s", name, strings.Join(areas, ", "))
		}
		if p := e.Focus[name].Priority; p < 1 || p > 3 {
			return fmt.Errorf("focus area %s: priority %d: it must be 1, 2 or 3", name, p)
		}
	}
	for i, r := range e.Refs {
		if _, ok := e.Focus[r.Column]; !ok && r.Column != general {
			return fmt.Errorf("reference %d (%s): unknown focus area %q", i+1, foreign.Line(r.Text), r.Column)
		}
	}
	return nil
}

// references returns the parsed references of a row, then the printed strings
// that were not parsed.
func references(id string, e entry) []corpus.Reference {
	var out []corpus.Reference
	element := func(column string) string {
		if column == general {
			return id
		}
		return id + "#" + column
	}
	parsed := map[[2]string]bool{}
	for _, r := range e.Refs {
		parsed[[2]string{r.Column, r.Text}] = true
		scheme, edition := corpus.Recognize(r.Scheme, "")
		if scheme == "" {
			scheme = foreign.Line(r.Scheme)
		}
		out = append(out, corpus.Reference{
			Element: element(r.Column), Column: r.Column, Scheme: scheme,
			ID:      corpus.NormalizeID(scheme, edition, foreign.Line(r.ID)),
			Printed: foreign.Line(r.Text),
		})
	}
	rest := func(column string, printed []string) {
		for _, s := range printed {
			if line := foreign.Line(s); line != "" && !parsed[[2]string{column, s}] && !pending.MatchString(line) {
				out = append(out, corpus.Reference{Element: element(column), Column: column, Scheme: "unparsed", Printed: line})
			}
		}
	}
	rest(general, e.General.References)
	for _, area := range areas {
		rest(area, e.Focus[area].References)
	}
	return out
}

// Ignored counts, by name, the fields of a document that Read passes over.
func Ignored(data []byte) map[string]int {
	return foreign.Ignored(data, foreign.Fields(document{}, struct{ Secure, Defend, Thwart cell }{}))
}
