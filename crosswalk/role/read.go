package role

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"concord/corpus"
)

// Keys lists what a role may say, as a file spells it.
func Keys() []string {
	return []string{"extends", "title", "intro", "elements", "without", "focus", "priority", "outcomes", "sort", "words", "items", "columns", "also"}
}

// body is a role as a file has it.
type body struct {
	Extends  string   `yaml:"extends"`
	Title    string   `yaml:"title"`
	Intro    string   `yaml:"intro"`
	Elements []string `yaml:"elements"`
	Without  []string `yaml:"without"`
	Focus    []string `yaml:"focus"`
	Priority int      `yaml:"priority"`
	Outcomes Outcomes `yaml:"outcomes"`
	Sort     Order    `yaml:"sort"`
	Words    int      `yaml:"words"`
	Items    int      `yaml:"items"`
	Columns  []Column `yaml:"columns"`
	Also     []Column `yaml:"also"`
}

// Read reads roles from YAML: a map "roles" of names, each with a map of [Keys].
// What a role that extends another does not say is as the other says it. They
// come in the order of the file. The error names the line and the role: no role,
// an empty one, an unknown key or word, a role that extends itself in a circle
// or one that is not there, a role without a title or a column.
func Read(data []byte) ([]Role, error) {
	top, err := document(data)
	if err != nil {
		return nil, err
	}
	f := file{bodies: map[string]*yaml.Node{}}
	if err := f.index(top); err != nil {
		return nil, err
	}
	roles := make([]Role, 0, len(f.names))
	for _, name := range f.names {
		r, err := f.role(name)
		if err != nil {
			return nil, err
		}
		roles = append(roles, r)
	}
	return roles, nil
}

// document returns what the only document of a file holds.
func document(data []byte) (*yaml.Node, error) {
	var doc, more yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(data))
	err := d.Decode(&doc)
	if errors.Is(err, io.EOF) || err == nil && (len(doc.Content) == 0 || doc.Content[0].Tag == "!!null") {
		return nil, errors.New(`there is no role: want a map "roles" of names`)
	}
	if err != nil {
		return nil, err
	}
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more than one document: put all roles into one")
	}
	return doc.Content[0], nil
}

// A file is roles that are being read.
type file struct {
	names  []string
	bodies map[string]*yaml.Node
}

func (f *file) index(top *yaml.Node) error {
	list, err := fields(top, "the file", []string{"roles"})
	if err != nil {
		return err
	}
	roles := list["roles"]
	if roles == nil || roles.Kind != yaml.MappingNode || len(roles.Content) == 0 {
		return errors.New(`there is no role: want a map "roles" of names`)
	}
	for i := 0; i+1 < len(roles.Content); i += 2 {
		key, value := roles.Content[i], plain(roles.Content[i+1])
		name := key.Value
		switch {
		case key.Kind != yaml.ScalarNode || name == "" || strings.ContainsFunc(name, func(r rune) bool { return corpus.Unprintable(r) || r == ' ' }):
			return fmt.Errorf("line %d: %q is no name of a role: want a word", key.Line, name)
		case f.bodies[name] != nil:
			return fmt.Errorf("line %d: role %q stands twice", key.Line, name)
		case value.Kind != yaml.MappingNode || len(value.Content) == 0:
			return fmt.Errorf("line %d: role %q is empty: want some of %s", key.Line, name, strings.Join(Keys(), ", "))
		}
		f.names = append(f.names, name)
		f.bodies[name] = value
	}
	return nil
}

// plain looks through an alias.
func plain(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// fields returns what a map says under each key, all of which must be known.
func fields(n *yaml.Node, where string, known []string) (map[string]*yaml.Node, error) {
	if n.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d: %s is not a map of %s", n.Line, where, strings.Join(known, ", "))
	}
	out := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if !slices.Contains(known, key.Value) {
			return nil, fmt.Errorf("line %d: %s: unknown key %q: want %s%s", key.Line, where, key.Value,
				strings.Join(known, ", "), corpus.DidYouMean(key.Value, known))
		}
		if out[key.Value] != nil {
			return nil, fmt.Errorf("line %d: %s: key %q stands twice", key.Line, where, key.Value)
		}
		out[key.Value] = plain(n.Content[i+1])
	}
	return out, nil
}

// role returns a role with what it has from those that it extends.
func (f *file) role(name string) (Role, error) {
	said := map[string]*yaml.Node{}
	var line []string // from the role to those it extends
	for at := name; at != ""; {
		if slices.Contains(line, at) {
			return Role{}, fmt.Errorf("line %d: role %q extends itself in a circle: %s", f.bodies[name].Line, name, strings.Join(append(line, at), " → "))
		}
		line = append(line, at)
		where := fmt.Sprintf("role %q", at)
		own, err := fields(f.bodies[at], where, Keys())
		if err != nil {
			return Role{}, err
		}
		for _, key := range Keys() {
			if said[key] == nil && own[key] != nil && (key != "extends" || at == name) {
				said[key] = own[key]
			}
		}
		next := own["extends"]
		if at = ""; next != nil {
			if at = next.Value; f.bodies[at] == nil {
				return Role{}, fmt.Errorf("line %d: %s extends %q, which is not there%s", next.Line, where, at, corpus.DidYouMean(at, f.names))
			}
		}
	}
	r, err := decode(name, said)
	if err != nil {
		return Role{}, fmt.Errorf("role %q: %w", name, err)
	}
	return r, nil
}

// decode makes a role of what is said of it.
func decode(name string, said map[string]*yaml.Node) (Role, error) {
	var b body
	whole := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for _, key := range Keys() {
		n := said[key]
		if n == nil {
			continue
		}
		if key == "columns" || key == "also" {
			for _, c := range n.Content {
				if _, err := fields(plain(c), key, []string{"framework", "means"}); err != nil {
					return Role{}, err
				}
			}
		}
		whole.Content = append(whole.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, n)
	}
	if err := whole.Decode(&b); err != nil {
		return Role{}, fmt.Errorf("%s", strings.Join(strings.Fields(strings.TrimPrefix(err.Error(), "yaml: ")), " "))
	}
	r := Role{
		Name: name, Extends: b.Extends, Title: strings.Join(strings.Fields(b.Title), " "), Intro: strings.TrimSpace(b.Intro), Elements: b.Elements, Without: b.Without, Focus: b.Focus,
		Priority: b.Priority, Outcomes: b.Outcomes, Sort: b.Sort, Words: b.Words, Items: b.Items, Columns: b.Columns, Also: b.Also,
	}
	if r.Outcomes == "" {
		r.Outcomes = AllOutcomes
	}
	if r.Sort == "" {
		r.Sort = ByDocument
	}
	return r, r.check()
}

// check refuses what no reader could be served with.
func (r Role) check() error {
	switch {
	case r.Title == "":
		return errors.New("has no title")
	case len(r.Columns) == 0:
		return errors.New("has no columns: name a framework at least")
	case r.Priority < 0 || r.Priority > 3:
		return fmt.Errorf("priority %d: want 1 (high) to 3, or 0 for all", r.Priority)
	case r.Words < 0 || r.Items < 0:
		return fmt.Errorf("words %d and items %d must not be negative", r.Words, r.Items)
	case !slices.Contains([]Outcomes{AllOutcomes, WithCells, NoOutcomes}, r.Outcomes):
		return fmt.Errorf("outcomes %q: want %s, %s or %s", r.Outcomes, AllOutcomes, WithCells, NoOutcomes)
	case !slices.Contains([]Order{ByDocument, ByPriority}, r.Sort):
		return fmt.Errorf("sort %q: want %s or %s", r.Sort, ByDocument, ByPriority)
	}
	seen := map[string]bool{}
	for _, c := range slices.Concat(r.Columns, r.Also) {
		if c.Framework == "" {
			return errors.New("a column names no framework")
		}
		if seen[c.Framework] {
			return fmt.Errorf("%s stands in two columns", c.Framework)
		}
		seen[c.Framework] = true
	}
	return nil
}
