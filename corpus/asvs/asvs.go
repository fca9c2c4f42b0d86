// Package asvs reads the OWASP Application Security Verification Standard from
// its JSON editions.
package asvs

import (
	"cmp"
	"errors"
	"fmt"

	"concord/corpus"
	"concord/corpus/internal/foreign"
)

// document is either edition: in the flat one every requirement names its
// chapter and section, the nested one has chapters of sections of requirements.
type document struct {
	Version string
	Flat    []requirement `json:"requirements"`
	Nested  []item        `json:"Requirements"`
}

type requirement struct {
	Chapter      string `json:"chapter_id"`
	ChapterTitle string `json:"chapter_name"`
	Section      string `json:"section_id"`
	SectionTitle string `json:"section_name"`
	ID           string `json:"req_id"`
	Text         string `json:"req_description"`
	Level        any    `json:"L"`
}

type item struct {
	ID    string `json:"Shortcode"`
	Title string `json:"Name"`
	Text  string `json:"Description"`
	Items []item
}

// Read reads the standard from its flat or its nested JSON. Chapters, sections
// and requirements become elements in the order of the file. Levels are left
// out: they say who should meet a requirement, not what it asks for.
//
// The flat edition does not state its version. The one that gives each
// requirement a single level is 5.0.0; of others the edition is "unversioned".
//
// A requirement without an id, an id that occurs twice and requirements below a
// requirement are errors.
func Read(data []byte) (*corpus.Framework, error) {
	var doc document
	if err := foreign.JSON(foreign.TrimBOM(data), &doc); err != nil {
		return nil, fmt.Errorf("read ASVS: %w", err)
	}
	f := &corpus.Framework{
		Name: "owasp-asvs", Edition: foreign.Line(doc.Version),
		Title:     "OWASP Application Security Verification Standard",
		Publisher: "OWASP Foundation", Licence: "CC BY-SA 4.0",
	}
	var err error
	switch {
	case len(doc.Nested) > 0:
		err = addItems(f, doc.Nested, "", 0)
	case len(doc.Flat) > 0:
		err = addRequirements(f, doc.Flat)
		if f.Edition == "" && doc.Flat[0].Level != nil {
			f.Edition = "5.0.0"
		}
	default:
		err = errors.New("the file has no requirements")
	}
	if err != nil {
		return nil, fmt.Errorf("read ASVS: %w", err)
	}
	f.Edition = cmp.Or(f.Edition, "unversioned")
	if err := f.Finish(); err != nil {
		return nil, fmt.Errorf("read ASVS: %w", err)
	}
	return f, nil
}

// addRequirements appends requirements, and before the first of each chapter
// and section that chapter and section.
func addRequirements(f *corpus.Framework, list []requirement) error {
	added := map[string]bool{}
	container := func(id, title, kind, parent string) string {
		if id = foreign.Line(id); id != "" && !added[id] {
			added[id] = true
			f.Elements = append(f.Elements, corpus.Element{ID: id, Kind: kind, Parent: parent, Title: foreign.Line(title)})
		}
		return id
	}
	for i, r := range list {
		id := foreign.Line(r.ID)
		if id == "" {
			return fmt.Errorf("requirement %d (section %q) has no req_id", i+1, foreign.Line(r.Section))
		}
		chapter := container(r.Chapter, r.ChapterTitle, "chapter", "")
		section := container(r.Section, r.SectionTitle, "section", chapter)
		f.Elements = append(f.Elements, corpus.Element{
			ID: id, Kind: corpus.KindRequirement, Parent: cmp.Or(section, chapter), Text: foreign.Prose(r.Text),
		})
	}
	return nil
}

// kinds of the items, from the top down.
var kinds = [...]string{"chapter", "section", corpus.KindRequirement}

// addItems appends items and what is below them.
func addItems(f *corpus.Framework, items []item, parent string, depth int) error {
	if len(items) > 0 && depth == len(kinds) {
		return fmt.Errorf("there are items below %s, which is a requirement", parent)
	}
	for i, it := range items {
		id := foreign.Line(it.ID)
		if id == "" {
			return fmt.Errorf("%s %d below %q has no Shortcode", kinds[depth], i+1, parent)
		}
		f.Elements = append(f.Elements, corpus.Element{
			ID: id, Kind: kinds[depth], Parent: parent, Title: foreign.Line(it.Title), Text: foreign.Prose(it.Text),
		})
		if err := addItems(f, it.Items, id, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// Ignored counts, by name, the fields of a document that Read passes over.
func Ignored(data []byte) map[string]int {
	return foreign.Ignored(data, foreign.Fields(document{}))
}
