package oscal

import (
	"regexp"
	"strings"

	"concord/corpus/internal/foreign"
)

// unknownParam stands for a parameter the catalog does not define.
const unknownParam = "[Assignment: organization-defined value]"

// maxRendered bounds one rendered parameter, in bytes. Selections hold
// parameters that hold selections, so a hostile catalog could otherwise grow
// without end.
const maxRendered = 4000

var insertion = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

// params renders the parameters of one catalog. OSCAL ids are unique in a
// document, so they need no scope.
type params struct {
	byID     map[string]param
	rendered map[string]string // also marks, as unknownParam, those being rendered
}

func newParams(c *catalog) *params {
	p := &params{byID: map[string]param{}, rendered: map[string]string{}}
	p.add(c.Params)
	p.collect(c.Groups)
	p.collect(c.Controls)
	return p
}

func (p *params) collect(nodes []node) {
	for _, n := range nodes {
		p.add(n.Params)
		p.collect(n.Groups)
		p.collect(n.Controls)
	}
}

// add enters parameters under their id, and under the id that an earlier
// release gave them where that is not taken.
func (p *params) add(list []param) {
	for _, q := range list {
		for _, id := range []string{q.ID, value(q.Props, "alt-identifier")} {
			if _, taken := p.byID[id]; !taken && id != "" {
				p.byID[id] = q
			}
		}
	}
}

// prose returns the plain text of OSCAL prose, parameters rendered. No "{{"
// is left in it.
func (p *params) prose(markdown string) string {
	text := insertion.ReplaceAllStringFunc(foreign.Prose(markdown), func(s string) string {
		fields := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("{}, \t\n", r) })
		if len(fields) == 0 {
			return unknownParam
		}
		return p.render(fields[len(fields)-1])
	})
	return strings.ReplaceAll(text, "{{", "")
}

// render returns the readable text of a parameter: its set values, else its
// choices, else its label.
func (p *params) render(id string) string {
	if text, ok := p.rendered[id]; ok {
		return text
	}
	q, ok := p.byID[id]
	if !ok {
		return unknownParam
	}
	p.rendered[id] = unknownParam // what a circle finds
	text := p.text(q)
	if len(text) > maxRendered {
		text = unknownParam
	}
	p.rendered[id] = text
	return text
}

func (p *params) text(q param) string {
	switch {
	case len(q.Values) > 0:
		return p.list(q.Values, ", ")
	case q.Select != nil && len(q.Select.Choice) > 0:
		head := "[Selection: "
		if strings.HasPrefix(q.Select.HowMany, "one") && strings.HasSuffix(q.Select.HowMany, "more") {
			head = "[Selection (one or more): "
		}
		return head + p.list(q.Select.Choice, "; ") + "]"
	}
	label := p.prose(q.Label)
	if label == "" {
		return unknownParam
	}
	if !strings.HasPrefix(label, "organization-defined") {
		label = "organization-defined " + label
	}
	return "[Assignment: " + label + "]"
}

func (p *params) list(texts []string, sep string) string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = p.prose(t)
	}
	return strings.Join(out, sep)
}
