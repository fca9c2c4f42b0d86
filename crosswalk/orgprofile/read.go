package orgprofile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// MaxBytes is the largest file that is read. One that says everything of every
// outcome has a fifth of it.
const MaxBytes = 4 << 20

// Read reads a file of YAML in UTF-8. Scalars count as they are written, so that
// "no" is a word and 5.10 an id. Aliases, which a small file can make huge with,
// and several documents are refused. The error is of type [Faults] and names the
// line of everything that is wrong: an unknown key, one that stands twice, a word
// that is none of those that may stand there.
func Read(data []byte) (*Profile, error) {
	root, err := parse(data)
	if err != nil {
		return nil, err
	}
	r := reader{out: &Profile{}}
	r.fields(root, "the file", map[string]func(*yaml.Node){
		"profile":     func(n *yaml.Node) { r.out.Title = r.text(n) },
		"framework":   func(n *yaml.Node) { r.out.Framework = Text{r.text(n), n.Line} },
		"focus_areas": r.focusAreas,
		"outcomes":    r.outcomes,
		"controls":    r.catalogs,
	})
	if err := r.faults.err(); err != nil {
		return nil, err
	}
	return r.out, nil
}

// parse returns the top of the tree.
func parse(data []byte) (*yaml.Node, error) {
	whole := func(format string, args ...any) error { return Faults{{0, fmt.Sprintf(format, args...)}} }
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	switch {
	case len(data) > MaxBytes:
		return nil, whole("the file has %d bytes, and %d are the most", len(data), MaxBytes)
	case len(bytes.TrimSpace(data)) == 0:
		return nil, whole("the file is empty: concord profile init writes one to begin with")
	case !utf8.Valid(data):
		return nil, Faults{{lineOfInvalid(data), "not UTF-8: save the file as UTF-8"}}
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, whole("the file says nothing: concord profile init writes one to begin with")
	case err != nil:
		return nil, whole("%s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, whole("want one YAML document, there are more")
	}
	if n := alias(&doc, 0); n != nil {
		return nil, Faults{{n.Line, "an alias or anchor of YAML, or lists within lists: write the value out"}}
	}
	root := doc.Content[0]
	if null(root) {
		return nil, whole("the file says nothing: concord profile init writes one to begin with")
	}
	return root, nil
}

// lineOfInvalid returns the line of the first byte that is not UTF-8.
func lineOfInvalid(data []byte) int {
	line := 1
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		if r == utf8.RuneError && n == 1 {
			break
		}
		if r == '\n' {
			line++
		}
		data = data[n:]
	}
	return line
}

// deepest is how deep a file nests: file, controls, framework, list, control,
// evidence, item.
const deepest = 10

// alias returns the first node that a file may not hold.
func alias(n *yaml.Node, depth int) *yaml.Node {
	if n.Kind == yaml.AliasNode || n.Anchor != "" || depth > deepest {
		return n
	}
	for _, c := range n.Content {
		if found := alias(c, depth+1); found != nil {
			return found
		}
	}
	return nil
}

func null(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// A reader turns the tree into a profile and notes what is wrong.
type reader struct {
	out    *Profile
	faults Faults
}

// pairs calls visit with each key and value of a mapping, and notes keys that
// stand twice. No value at all is an empty mapping.
func (r *reader) pairs(n *yaml.Node, what string, visit func(key, value *yaml.Node)) {
	if null(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		r.faults.add(n.Line, "%s: want keys with values, such as \"key: value\"", what)
		return
	}
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode || strings.TrimSpace(key.Value) == "" {
			r.faults.add(key.Line, "%s: a key must be a word", what)
			continue
		}
		if line, twice := first[key.Value]; twice {
			r.faults.add(key.Line, "%s: %q stands twice, first on line %d", what, key.Value, line)
			continue
		}
		first[key.Value] = key.Line
		visit(key, value)
	}
}

// fields reads a mapping whose keys are known.
func (r *reader) fields(n *yaml.Node, what string, known map[string]func(*yaml.Node)) {
	r.pairs(n, what, func(key, value *yaml.Node) {
		if read, ok := known[key.Value]; ok {
			if !null(value) {
				read(value)
			}
			return
		}
		names := make([]string, 0, len(known))
		for name := range known {
			names = append(names, name)
		}
		r.faults.add(key.Line, "%s: unknown key %q: want one of %s", what, key.Value, sorted(names))
	})
}

// text returns a scalar as it is written.
func (r *reader) text(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode {
		r.faults.add(n.Line, "want a word or a text here, not a list or keys")
		return ""
	}
	return strings.TrimSpace(n.Value)
}

// texts returns a text, or a list of them.
func (r *reader) texts(n *yaml.Node) []string {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	var out []string
	for _, item := range items {
		if s := r.text(item); s != "" && !null(item) {
			out = append(out, s)
		}
	}
	return out
}

func (r *reader) focusAreas(n *yaml.Node) {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	first := map[string]int{}
	for _, item := range items {
		name := strings.ToLower(r.text(item))
		if line, twice := first[name]; twice {
			r.faults.add(item.Line, "focus area %q stands twice, first on line %d", name, line)
			continue
		}
		first[name] = item.Line
		r.out.FocusAreas = append(r.out.FocusAreas, Text{name, item.Line})
	}
	if len(items) == 0 {
		r.faults.add(n.Line, "focus_areas: none applies: name one, or leave the key out for all of them")
	}
}

func (r *reader) outcomes(n *yaml.Node) {
	r.pairs(n, "outcomes", func(key, value *yaml.Node) {
		e := Entry{ID: Text{strings.TrimSpace(key.Value), key.Line}}
		if value.Kind == yaml.ScalarNode {
			r.shorthand(&e, value)
		} else {
			r.fields(value, e.ID.Value, map[string]func(*yaml.Node){
				"included":  func(n *yaml.Node) { e.Included = r.yesOrNo(n) },
				"rationale": func(n *yaml.Node) { e.Rationale = strings.Join(r.texts(n), "\n") },
				"priority":  func(n *yaml.Node) { e.Priority = r.priority(n) },
				"current":   func(n *yaml.Node) { e.Current = r.position(n, e.ID.Value+": current") },
				"target":    func(n *yaml.Node) { e.Target = r.position(n, e.ID.Value+": target") },
			})
		}
		r.out.Outcomes = append(r.out.Outcomes, e)
	})
}

// shorthand reads the one word that an entry may be: yes or no, a priority, or
// the current status.
func (r *reader) shorthand(e *Entry, n *yaml.Node) {
	word := r.text(n)
	if included, ok := boolean(word); ok {
		e.Included = &included
		return
	}
	if _, err := strconv.Atoi(word); err == nil {
		e.Priority = r.priority(n)
		return
	}
	for _, s := range Statuses() {
		if string(s) == word {
			e.Current = &Position{Status: s}
			return
		}
	}
	r.faults.add(n.Line, "%s: %q: want yes or no, a priority from 1 to 3, the current status (%s), or keys", e.ID.Value, word, words(Statuses()))
}

func boolean(word string) (value, ok bool) {
	switch strings.ToLower(word) {
	case "yes", "true":
		return true, true
	case "no", "false":
		return false, true
	}
	return false, false
}

func (r *reader) yesOrNo(n *yaml.Node) *bool {
	value, ok := boolean(r.text(n))
	if !ok {
		r.faults.add(n.Line, "included: %q: want yes or no", n.Value)
	}
	return &value
}

func (r *reader) priority(n *yaml.Node) int {
	p, err := strconv.Atoi(r.text(n))
	if err != nil || p < 1 || p > 3 {
		r.faults.add(n.Line, "priority %q: want 1 (high), 2 or 3", n.Value)
		return 0
	}
	return p
}

// position reads a status alone or with what speaks for it.
func (r *reader) position(n *yaml.Node, what string) *Position {
	p := &Position{}
	if n.Kind == yaml.ScalarNode {
		p.Status = oneOf(r, n, "status", Statuses())
		return p
	}
	r.fields(n, what, map[string]func(*yaml.Node){
		"status":    func(n *yaml.Node) { p.Status = oneOf(r, n, "status", Statuses()) },
		"policies":  func(n *yaml.Node) { p.Policies = r.texts(n) },
		"practices": func(n *yaml.Node) { p.Practices = r.texts(n) },
		"roles":     func(n *yaml.Node) { p.Roles = r.texts(n) },
		"evidence":  func(n *yaml.Node) { p.Evidence = r.texts(n) },
	})
	return p
}

func (r *reader) catalogs(n *yaml.Node) {
	r.pairs(n, "controls", func(key, value *yaml.Node) {
		c := Catalog{Framework: Text{strings.TrimSpace(key.Value), key.Line}}
		switch {
		case value.Kind == yaml.SequenceNode:
			for _, item := range value.Content {
				c.Controls = append(c.Controls, r.listed(item, c.Framework.Value))
			}
		case value.Kind == yaml.MappingNode:
			r.pairs(value, c.Framework.Value, func(key, value *yaml.Node) {
				control := Control{ID: Text{strings.TrimSpace(key.Value), key.Line}, State: Implemented}
				r.control(&control, value)
				c.Controls = append(c.Controls, control)
			})
		case !null(value):
			r.faults.add(value.Line, "%s: want a list of controls, such as [AC-2, AU-6]", c.Framework.Value)
		}
		r.out.Catalogs = append(r.out.Catalogs, c)
	})
}

// listed reads an item of a list of controls: an id, or keys with an id among
// them.
func (r *reader) listed(n *yaml.Node, framework string) Control {
	c := Control{ID: Text{"", n.Line}, State: Implemented}
	if n.Kind == yaml.MappingNode {
		r.fields(n, framework, r.controlFields(&c, map[string]func(*yaml.Node){
			"id": func(n *yaml.Node) { c.ID = Text{r.text(n), n.Line} },
		}))
	} else if !null(n) {
		c.ID.Value = r.text(n)
	}
	if c.ID.Value == "" && !r.faults.full() {
		r.faults.add(n.Line, "%s: a control without an id", framework)
	}
	return c
}

// control reads what stands beside the id of a control: nothing, its state, or
// keys.
func (r *reader) control(c *Control, n *yaml.Node) {
	switch {
	case null(n):
	case n.Kind == yaml.ScalarNode:
		c.State = oneOf(r, n, "state", States())
	default:
		r.fields(n, c.ID.Value, r.controlFields(c, map[string]func(*yaml.Node){}))
	}
}

func (r *reader) controlFields(c *Control, fields map[string]func(*yaml.Node)) map[string]func(*yaml.Node) {
	fields["state"] = func(n *yaml.Node) { c.State = oneOf(r, n, "state", States()) }
	fields["evidence"] = func(n *yaml.Node) { c.Evidence = r.texts(n) }
	return fields
}

// oneOf reads a word that must be one of a few.
func oneOf[W ~string](r *reader, n *yaml.Node, what string, of []W) W {
	word := r.text(n)
	for _, w := range of {
		if string(w) == word {
			return w
		}
	}
	r.faults.add(n.Line, "%s %q: want %s", what, word, words(of))
	return ""
}
