package eval

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

// A SetSpec names a label set of the user's own and the frameworks that it is
// measured on.
type SetSpec struct {
	Name   string   `yaml:"name"`
	From   string   `yaml:"from"`   // source framework: name or file
	To     string   `yaml:"to"`     // target framework: name or file
	Labels string   `yaml:"labels"` // file of pairs
	Kinds  []string `yaml:"kinds"`  // of targets; all if empty
	Fold   bool     `yaml:"fold"`   // count a control enhancement as its control
	// Family names the sets that are no test of each other; the name of the
	// source framework if empty.
	Family string `yaml:"family"`
	// Columns gives the header of source_id, target_id, relationship,
	// rationale_type and strength in a table that has its own.
	Columns map[string]string `yaml:"columns"`
	// Words gives the relation that a maker's own word stands for, or "related"
	// where it gives none.
	Words map[string]string `yaml:"words"`
	// Judged is a file of pairs that somebody looked at because a system had
	// proposed them, with the relation they found or no_relationship.
	Judged string `yaml:"judged"`
	// Comprehensive says that the labels claim to be all there are.
	Comprehensive bool `yaml:"comprehensive"`
	// Faulty says what to do with rows that name an element that is not there
	// or withdrawn, or stand twice: refuse the file, or leave them out.
	Faulty Faulty `yaml:"faulty"`
}

// Faulty says what to do with rows that cannot be used.
type Faulty string

// What to do with them; the zero value refuses.
const (
	Refuse   Faulty = "refuse"
	LeaveOut Faulty = "leave out"
)

// ReadSets reads a YAML file with a list of label sets under "sets". Unknown
// keys and sets that lack a name, a side or labels are errors.
func ReadSets(data []byte) ([]SetSpec, error) {
	var file struct {
		Sets []SetSpec `yaml:"sets"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&file); errors.Is(err, io.EOF) {
		return nil, errors.New("list of label sets: the file is empty")
	} else if err != nil {
		return nil, fmt.Errorf("list of label sets: %w", err)
	}
	if err := dec.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, errors.New("list of label sets: a second document begins with \"---\": put all sets into one")
	}
	if len(file.Sets) == 0 {
		return nil, errors.New("list of label sets: nothing under \"sets\"")
	}
	for i, s := range file.Sets {
		if s.Name == "" || s.From == "" || s.To == "" || s.Labels == "" {
			return nil, fmt.Errorf("list of label sets: set %d needs name, from, to and labels", i+1)
		}
		if s.Faulty != "" && s.Faulty != Refuse && s.Faulty != LeaveOut {
			return nil, fmt.Errorf("list of label sets: set %d: faulty is %q: want %q or %q", i+1, s.Faulty, Refuse, LeaveOut)
		}
		for _, other := range file.Sets[:i] {
			if other.Name == s.Name && other.Fold == s.Fold {
				return nil, fmt.Errorf("list of label sets: two sets are named %q", s.Name)
			}
		}
	}
	return file.Sets, nil
}
