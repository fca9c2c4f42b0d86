package oscal

import (
	"regexp"
	"strings"

	"concord/corpus/internal/foreign"
)

// unknownParam stands for a parameter the catalog does not define.
const unknownParam = "[Assignment: organization-defined value]"

// Bounds in bytes on one rendered parameter and on all that are inserted in
// one text. Selections hold parameters that hold selections, so a hostile
// catalog could otherwise grow without end.
const (
	maxRendered = 4000
	maxInserted = 1 << 20
)

var insertion = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

// params renders the parameters of one catalog. OSCAL ids are unique in a
// document, so they need no scope. The zero value is empty.
type params struct {
	byID     map[string]*param
	rendered map[string]string // also marks, as unknownParam, those being rendered
	depth    int               // how many are being rendered, each inside the next
}

// add enters parameters under their id, and under the id that an earlier
// release gave them where that is not taken.
func (p *params) add(list []param) {
	if p.byID == nil {
		p.byID, p.rendered = map[string]*param{}, map[string]string{}
	}
	for _, q := range list {
		alternative := value(q.Props, "alt-identifier")
		q.Props = nil // of no more use
		for _, id := range []string{q.ID, alternative} {
			if _, taken := p.byID[id]; !taken && id != "" {
				p.byID[id] = &q
			}
		}
	}
}

// prose returns the plain text of OSCAL prose, parameters rendered.
func (p *params) prose(m markup) string { return p.render(foreign.Prose(string(m))) }

// render returns a text with its parameters rendered. No "{{" is left in it.
func (p *params) render(text string) string {
	if !strings.Contains(text, "{{") {
		return text
	}
	inserted := 0
	text = insertion.ReplaceAllStringFunc(text, func(s string) string {
		fields := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("{}, \t\n", r) })
		if len(fields) == 0 || inserted > maxInserted {
			return unknownParam
		}
		value := p.param(fields[len(fields)-1])
		inserted += len(value)
		return value
	})
	return strings.ReplaceAll(text, "{{", "")
}

// param returns the readable text of a parameter: its set values, else its
// choices, else its label, and behind the latter two what constrains them.
func (p *params) param(id string) string {
	if text, ok := p.rendered[id]; ok {
		return text
	}
	q, ok := p.byID[id]
	if !ok || p.depth > maxDepth {
		return unknownParam
	}
	p.rendered[id] = unknownParam // what a circle finds
	p.depth++
	text := p.text(q)
	p.depth--
	if len(text) > maxRendered {
		text = unknownParam
	}
	p.rendered[id] = text
	return text
}

func (p *params) text(q *param) string {
	if len(q.Values) > 0 {
		values := make([]markup, len(q.Values))
		for i, v := range q.Values {
			values[i] = markup(v)
		}
		return p.list(values, ", ")
	}
	text := p.open(q)
	for _, c := range q.Constraints {
		if limit := p.prose(c.Description); limit != "" {
			text += " (" + limit + ")"
		}
	}
	return text
}

// open returns the text of a parameter that has no value.
func (p *params) open(q *param) string {
	if q.Select != nil && len(q.Select.Choice) > 0 {
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

func (p *params) list(texts []markup, sep string) string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = p.prose(t)
	}
	return strings.Join(out, sep)
}
