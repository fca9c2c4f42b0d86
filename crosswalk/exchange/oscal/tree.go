package oscal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A node is one value of a document and the JSON Pointer (RFC 6901) to it. A
// missing one has no value, and neither has anything below it.
type node struct {
	value any // string, json.Number, bool, nil, []any, map[string]any
	at    string
}

func (n node) get(key string) node {
	object, _ := n.value.(map[string]any)
	return node{object[key], n.at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(key)}
}

// list returns the items of a list; an object stands for a list of itself.
func (n node) list() []node {
	switch v := n.value.(type) {
	case []any:
		out := make([]node, len(v))
		for i := range v {
			out[i] = node{v[i], n.at + "/" + strconv.Itoa(i)}
		}
		return out
	case nil:
		return nil
	}
	return []node{n}
}

// text returns a scalar as it is written, or "" for what is none.
func (n node) text() string {
	switch v := n.value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// number returns a number, which YAML may hold as text.
func (n node) number() (float64, bool) {
	x, err := strconv.ParseFloat(n.text(), 64)
	return x, err == nil
}

// parse reads JSON, if it begins with a brace, or YAML, and returns the mapping
// collection in it.
func parse(data []byte) (node, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	var tree any
	var err error
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		tree, err = parseJSON(data)
	} else {
		tree, err = parseYAML(data)
	}
	if err != nil {
		return node{}, err
	}
	c := node{tree, ""}.get("mapping-collection")
	if _, ok := c.value.(map[string]any); !ok {
		return node{}, errors.New(`not an OSCAL control-mapping collection: it has no object "mapping-collection" at the top`)
	}
	return c, nil
}

func parseJSON(data []byte) (tree any, err error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&tree); err != nil {
		at := len(data)
		if s := (*json.SyntaxError)(nil); errors.As(err, &s) {
			at = min(int(s.Offset), at)
		}
		return nil, fmt.Errorf("line %d: not valid JSON: %w", 1+bytes.Count(data[:at], []byte("\n")), err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the end of the JSON document")
	}
	return tree, nil
}

func parseYAML(data []byte) (any, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("not valid YAML: %w", err)
	}
	return fromYAML(&doc)
}

// fromYAML takes scalars as they are written: "1.0" is a version, not a number.
// Aliases, which a small file can make huge with, are refused.
func fromYAML(n *yaml.Node) (any, error) {
	switch n.Kind {
	case yaml.DocumentNode:
		return fromYAML(n.Content[0])
	case yaml.MappingNode:
		out := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i].Value
			if _, twice := out[key]; twice {
				return nil, fmt.Errorf("line %d: the key %q stands twice", n.Content[i].Line, key)
			}
			v, err := fromYAML(n.Content[i+1])
			if err != nil {
				return nil, err
			}
			out[key] = v
		}
		return out, nil
	case yaml.SequenceNode:
		out := make([]any, len(n.Content))
		for i, c := range n.Content {
			v, err := fromYAML(c)
			if err != nil {
				return nil, err
			}
			out[i] = v
		}
		return out, nil
	case yaml.AliasNode:
		return nil, fmt.Errorf("line %d: the alias *%s is not read: write out what it stands for", n.Line, n.Value)
	}
	if n.Tag == "!!null" || n.Kind == 0 {
		return nil, nil
	}
	return n.Value, nil
}

// toYAML turns JSON into YAML with the keys in the same order.
func toYAML(data []byte) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	root, err := yamlNode(dec)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(root); err != nil {
		return nil, err
	}
	return b.Bytes(), enc.Close()
}

func yamlNode(dec *json.Decoder) (*yaml.Node, error) {
	t, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch v := t.(type) {
	case json.Delim:
		n := &yaml.Node{Kind: yaml.MappingNode}
		if v == '[' {
			n.Kind = yaml.SequenceNode
		}
		for dec.More() {
			c, err := yamlNode(dec) // a key is a string as any other
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, c)
		}
		_, err := dec.Token()
		return n, err
	case string:
		return yamlText(v), nil
	case json.Number:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: v.String()}, nil
	}
	return nil, fmt.Errorf("%v has no place in a mapping collection", t)
}

// ambiguous is what a reader of YAML 1.1 may take for something else than text,
// such as no, 1:20 and 1e3.
var ambiguous = regexp.MustCompile(`^(?:[-+.]?\d.*|(?i:y|yes|n|no|on|off|true|false|null))$`)

// yamlText quotes what is not plain, so that it is read as it was.
func yamlText(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	plainLines := !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' && r != '\n' || r > '~' && r < 0xa0 || r == '\u2028' || r == '\u2029' || r == '\ufeff'
	})
	for l := range strings.SplitSeq(s, "\n") {
		plainLines = plainLines && l == strings.TrimSpace(l)
	}
	switch {
	case !plainLines || ambiguous.MatchString(s) || strings.HasPrefix(s, "\n") || strings.HasSuffix(s, "\n"):
		n.Style = yaml.DoubleQuotedStyle
	case strings.Contains(s, "\n"):
		n.Style = yaml.LiteralStyle
	}
	return n
}
