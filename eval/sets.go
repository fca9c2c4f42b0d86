package eval

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"concord/corpus"
)

// A SetSpec names a label set of the user's own and the frameworks that it is
// measured on.
type SetSpec struct {
	Name   string   `yaml:"name"`
	From   string   `yaml:"from"`   // source framework: name or file
	To     string   `yaml:"to"`     // target framework: name or file
	Labels string   `yaml:"labels"` // file of pairs, see ReadPairs
	Kinds  []string `yaml:"kinds"`  // of targets; all if empty
	Fold   bool     `yaml:"fold"`   // count a control enhancement as its control
}

// ReadSets reads a YAML file with a list of label sets under "sets". Unknown
// keys and sets that lack a name, a side or labels are errors.
func ReadSets(data []byte) ([]SetSpec, error) {
	var file struct {
		Sets []SetSpec `yaml:"sets"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("list of label sets: %w", err)
	}
	if len(file.Sets) == 0 {
		return nil, errors.New("list of label sets: nothing under \"sets\"")
	}
	for i, s := range file.Sets {
		if s.Name == "" || s.From == "" || s.To == "" || s.Labels == "" {
			return nil, fmt.Errorf("list of label sets: set %d needs name, from, to and labels", i+1)
		}
	}
	return file.Sets, nil
}

// ReadPairs reads labels from a table with a header, apart by tabs or commas.
// It needs the columns source_id and target_id; others are ignored, but for
// relationship: a row that says "none" or "no_relationship" is no label.
// Errors name the row, counted from 1 with the header.
func ReadPairs(data []byte) ([]corpus.Pair, error) {
	table := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	table.FieldsPerRecord = -1
	first, _, _ := bytes.Cut(data, []byte("\n"))
	if bytes.ContainsRune(first, '\t') {
		table.Comma = '\t'
		table.LazyQuotes = true
	}
	header, err := table.Read()
	if err != nil {
		return nil, fmt.Errorf("labels: no header: %w", err)
	}
	column := func(name string) int {
		return slices.IndexFunc(header, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), name) })
	}
	source, target, relation := column("source_id"), column("target_id"), column("relationship")
	if source < 0 || target < 0 {
		return nil, fmt.Errorf("labels: need the columns source_id and target_id, have %s", strings.Join(header, ", "))
	}
	var pairs []corpus.Pair
	for {
		record, err := table.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("labels: %w", err)
		}
		row, _ := table.FieldPos(0)
		cell := func(i int) string {
			if i < 0 || i >= len(record) {
				return ""
			}
			return strings.TrimSpace(record[i])
		}
		if none := strings.ToLower(cell(relation)); none == "none" || none == "no_relationship" {
			continue
		}
		if cell(source) == "" || cell(target) == "" {
			return nil, fmt.Errorf("labels: row %d lacks a source_id or a target_id", row)
		}
		pairs = append(pairs, corpus.Pair{Source: cell(source), Target: cell(target)})
	}
	if len(pairs) == 0 {
		return nil, errors.New("labels: no pair")
	}
	return pairs, nil
}
