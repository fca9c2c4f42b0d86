package ciso

import (
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"concord/internal/unseen"
)

// A text is a string that is written so that it comes back as it was: with
// double quotes where other styles lose white space, or hold what nobody sees.
type text string

// MarshalYAML returns the node that the text is written as.
func (t text) MarshalYAML() (any, error) {
	value := strings.ToValidUTF8(string(t), "\ufffd")
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
	if strings.TrimFunc(value, unicode.IsSpace) != value || strings.ContainsFunc(value, unseen.Is) {
		node.Style = yaml.DoubleQuotedStyle
	}
	return node, nil
}

// A date is a day, such as 2026-11-22, which YAML knows as such.
type date string

// MarshalYAML returns the node that the date is written as.
func (d date) MarshalYAML() (any, error) {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!timestamp", Value: string(d)}, nil
}
