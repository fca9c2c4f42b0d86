// Package atlas reads the MITRE ATLAS matrix from ATLAS.yaml.
package atlas

import (
	"fmt"
	"slices"

	"concord/corpus"
	"concord/corpus/internal/foreign"

	"go.yaml.in/yaml/v3"
)

// document is the part of ATLAS.yaml that is read.
type document struct {
	ID       string
	Name     string
	Version  string
	Matrices []struct {
		Tactics     []object
		Techniques  []object
		Mitigations []mitigation
	}
	CaseStudies []object `yaml:"case-studies"`
}

type object struct {
	ID          string
	Name        string
	Description string
	Summary     string   // in place of a description, in case studies
	Tactics     []string // of a technique
	Above       string   `yaml:"subtechnique-of"`
}

// A mitigation lists the techniques it works against. Those are answers to the
// question this project asks, and so is the sentence of use beside each.
type mitigation struct {
	object     `yaml:",inline"`
	Techniques []struct{ ID string }
}

// Read reads ATLAS.yaml. Tactics, techniques, subtechniques, mitigations and
// case studies become elements; the parent of a technique is its first tactic,
// that of a subtechnique its technique. The techniques of a mitigation go to
// References alone. Errors in the YAML name the line.
func Read(data []byte) (*corpus.Framework, error) {
	var doc document
	if err := yaml.Unmarshal(foreign.TrimBOM(data), &doc); err != nil {
		return nil, fmt.Errorf("read ATLAS: %w", err)
	}
	f := &corpus.Framework{Title: foreign.Line("MITRE " + doc.ID + ": " + doc.Name), Publisher: "MITRE"}
	f.Name, f.Edition = foreign.Name(doc.Version, doc.ID, f.Title)
	if f.Name != "mitre-atlas" {
		return nil, fmt.Errorf("read ATLAS: the top-level id is %q, not ATLAS", doc.ID)
	}
	for _, m := range doc.Matrices {
		for _, o := range m.Tactics {
			add(f, o, corpus.KindTactic)
		}
		for _, o := range m.Techniques {
			add(f, o, corpus.KindTechnique)
		}
		for _, o := range m.Mitigations {
			id := add(f, o.object, corpus.KindMitigation)
			for _, t := range o.Techniques {
				printed := foreign.Line(t.ID)
				ref := corpus.Reference{
					Element: id, Column: "techniques", Scheme: f.Name,
					ID: corpus.NormalizeID(f.Name, f.Edition, printed), Printed: printed,
				}
				// Some pairs are printed twice, with a reason each.
				if !slices.Contains(f.References, ref) {
					f.References = append(f.References, ref)
				}
			}
		}
	}
	for _, o := range doc.CaseStudies {
		add(f, o, "case_study")
	}
	if err := f.Finish(); err != nil {
		return nil, fmt.Errorf("read ATLAS: %w", err)
	}
	return f, nil
}

// add appends the element of an object and returns its id.
func add(f *corpus.Framework, o object, kind string) string {
	printed := foreign.Line(o.ID)
	e := corpus.Element{
		ID: corpus.NormalizeID(f.Name, f.Edition, printed), Kind: kind,
		Title: foreign.Line(o.Name), Text: foreign.Prose(o.Description),
	}
	if e.Text == "" {
		e.Text = foreign.Prose(o.Summary)
	}
	if printed != e.ID {
		e.Printed = printed
	}
	switch {
	case o.Above != "":
		e.Kind = corpus.KindSubtechnique
		e.Parent = corpus.NormalizeID(f.Name, f.Edition, foreign.Line(o.Above))
	case len(o.Tactics) > 0:
		e.Parent = corpus.NormalizeID(f.Name, f.Edition, foreign.Line(o.Tactics[0]))
	}
	f.Elements = append(f.Elements, e)
	return e.ID
}

// Ignored counts, by name, the fields of a document that Read passes over.
func Ignored(data []byte) map[string]int {
	return foreign.Ignored(data, foreign.Fields(document{}, mitigation{}))
}
