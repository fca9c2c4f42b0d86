// Package ciso reads the frameworks in CISO Assistant libraries.
package ciso

import (
	"cmp"
	"fmt"
	"strings"

	"concord/corpus"
	"concord/corpus/internal/foreign"

	"go.yaml.in/yaml/v3"
)

// library is the part of a library that is read, in the language of the
// library; translations are left out.
type library struct {
	URN       string
	RefID     string `yaml:"ref_id"`
	Name      string
	Version   string
	Copyright string
	Provider  string
	Objects   map[string]yaml.Node
}

type framework struct {
	RefID string `yaml:"ref_id"`
	Name  string
	Nodes []node `yaml:"requirement_nodes"`
}

type node struct {
	URN         string
	Parent      string `yaml:"parent_urn"`
	RefID       string `yaml:"ref_id"`
	Name        string
	Description string
	Annotation  string
	Evidence    string `yaml:"typical_evidence"`
	Assessable  bool
}

// Read reads the framework of a library in YAML. Nodes that can be assessed
// become requirements, the others sections. The id of a node is its ref_id;
// where that is missing, or stands for several nodes, it is the tail of its
// URN. Annotations and typical evidence are guidance.
//
// The edition is the version of the library, unless the name of the framework
// tells another. A library without a framework, as one of mappings alone, and
// one of several frameworks are errors. Errors in the YAML name the line.
func Read(data []byte) (*corpus.Framework, error) {
	f, err := read(data)
	if err != nil {
		return nil, fmt.Errorf("read CISO Assistant library: %w", err)
	}
	return f, nil
}

func read(data []byte) (*corpus.Framework, error) {
	var lib library
	if err := yaml.Unmarshal(foreign.TrimBOM(data), &lib); err != nil {
		return nil, err
	}
	fw, err := lib.framework()
	if err != nil {
		return nil, err
	}
	f := &corpus.Framework{
		Title:     foreign.Line(cmp.Or(fw.Name, lib.Name, fw.RefID)),
		Publisher: foreign.Line(lib.Provider), Licence: foreign.Line(lib.Copyright),
	}
	f.Name, f.Edition = foreign.Name(lib.Version, fw.Name, lib.Name, cmp.Or(fw.RefID, lib.RefID, fw.Name))
	if f.Edition == foreign.Line(lib.Version) {
		f.Notice = "The edition is the version of the CISO Assistant library."
	}
	ids, err := nodeIDs(f, fw.Nodes)
	if err != nil {
		return nil, err
	}
	for _, n := range fw.Nodes {
		f.Elements = append(f.Elements, n.element(ids))
	}
	return f, f.Finish()
}

// framework returns the one framework of the library.
func (l library) framework() (framework, error) {
	var all []framework
	for _, key := range []string{"framework", "frameworks"} {
		found, ok := l.Objects[key]
		if !ok {
			continue
		}
		if found.Kind != yaml.SequenceNode {
			var one framework
			if err := found.Decode(&one); err != nil {
				return framework{}, err
			}
			all = append(all, one)
			continue
		}
		var list []framework
		if err := found.Decode(&list); err != nil {
			return framework{}, err
		}
		all = append(all, list...)
	}
	name := foreign.Line(cmp.Or(l.RefID, l.Name, l.URN))
	switch {
	case len(all) > 1:
		return framework{}, fmt.Errorf("library %q has %d frameworks: split it into one library each", name, len(all))
	case len(all) == 1 && len(all[0].Nodes) > 0:
		return all[0], nil
	case len(all) == 1:
		return framework{}, fmt.Errorf("the framework of library %q has no requirement_nodes", name)
	}
	for _, key := range []string{"requirement_mapping_set", "requirement_mapping_sets"} {
		if _, ok := l.Objects[key]; ok {
			return framework{}, fmt.Errorf("library %q holds mappings between frameworks and no framework: give the library of one of the frameworks", name)
		}
	}
	return framework{}, fmt.Errorf("library %q has no framework among its objects", name)
}

// nodeIDs returns the id of each node by its URN, which is written in lower
// case in some places and not in others.
func nodeIDs(f *corpus.Framework, nodes []node) (map[string]string, error) {
	canonical := func(printed string) string { return corpus.NormalizeID(f.Name, f.Edition, foreign.Line(printed)) }
	uses := map[string]int{}
	for _, n := range nodes {
		uses[canonical(n.RefID)]++
	}
	ids := make(map[string]string, len(nodes))
	for i, n := range nodes {
		urn := strings.ToLower(foreign.Line(n.URN))
		if urn == "" {
			return nil, fmt.Errorf("requirement node %d (ref_id %q, name %q) has no urn", i+1, foreign.Line(n.RefID), foreign.Line(n.Name))
		}
		if _, twice := ids[urn]; twice {
			return nil, fmt.Errorf("requirement node %d: urn %q occurs twice", i+1, urn)
		}
		ids[urn] = canonical(n.RefID)
		if ids[urn] == "" || uses[ids[urn]] > 1 {
			ids[urn] = canonical(tail(urn))
		}
	}
	return ids, nil
}

// tail returns what follows the name of the framework in a URN such as
// "urn:acme:risk:req_node:rules:1.2:node3", which may hold more colons.
func tail(urn string) string {
	parts := strings.SplitN(urn, ":", 6)
	return parts[len(parts)-1]
}

// element returns what a node says. One without a description says it in its
// name.
func (n node) element(ids map[string]string) corpus.Element {
	e := corpus.Element{
		ID: ids[strings.ToLower(foreign.Line(n.URN))], Kind: "section",
		Parent: ids[strings.ToLower(foreign.Line(n.Parent))],
		Title:  foreign.Line(n.Name), Text: foreign.Prose(n.Description),
		Guide: strings.TrimSpace(foreign.Prose(n.Annotation) + "\n" + foreign.Prose(n.Evidence)),
	}
	if n.Assessable {
		e.Kind = corpus.KindRequirement
		if e.Text == "" {
			e.Title, e.Text = "", e.Title
		}
	}
	if printed := foreign.Line(n.RefID); printed != e.ID {
		e.Printed = printed
	}
	return e
}

// Ignored counts, by name, the fields of a document that Read passes over.
func Ignored(data []byte) map[string]int {
	return foreign.Ignored(data, foreign.Fields(struct {
		library
		Framework framework
	}{}))
}
