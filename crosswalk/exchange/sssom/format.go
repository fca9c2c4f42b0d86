package sssom

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// required are the columns that every file has.
var required = []string{"subject_id", "predicate_id", "object_id", "mapping_justification"}

// format returns the bytes of a document in the canonical form of SSSOM/TSV.
// Records keep their order.
func (d *document) format() []byte {
	d.extensions = d.present()
	var b bytes.Buffer
	d.formatSet(&b)
	var names []string
	several := map[string]bool{}
	for _, s := range recordSlots {
		if slices.Contains(required, s.name) || d.anywhere(s.name) {
			names = append(names, s.name)
			several[s.name] = s.several
		}
	}
	for _, e := range d.extensions {
		if d.anywhere(e.slot) {
			names = append(names, e.slot)
		}
	}
	b.WriteString(strings.Join(names, "\t") + "\n")
	for _, r := range d.records {
		for i, name := range names {
			if i > 0 {
				b.WriteByte('\t')
			}
			value := r.one(name)
			if several[name] {
				value = join(r.values[name])
			}
			b.WriteString(cell(value))
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func (d *document) anywhere(slot string) bool {
	return slices.ContainsFunc(d.records, func(r record) bool { return len(r.values[slot]) > 0 })
}

// present returns the extensions that have a value, by their property.
func (d *document) present() []extension {
	out := slices.DeleteFunc(slices.Clone(d.extensions), func(e extension) bool { return len(d.set[e.slot]) == 0 && !d.anywhere(e.slot) })
	slices.SortFunc(out, func(a, b extension) int { return cmp.Compare(d.property(a), d.property(b)) })
	return out
}

// formatSet writes the metadata block.
func (d *document) formatSet(b *bytes.Buffer) {
	for _, s := range setSlots {
		formatSlot(b, s, d.set[s.name])
		if s.name != "sssom_version" {
			continue
		}
		if used := d.used(); len(used) > 0 {
			b.WriteString("#curie_map:\n")
			for _, prefix := range used {
				fmt.Fprintf(b, "#  %s: %s\n", scalar(prefix), scalar(d.prefixes[prefix]))
			}
		}
	}
	if len(d.extensions) == 0 {
		return
	}
	b.WriteString("#extension_definitions:\n")
	for _, e := range d.extensions {
		fmt.Fprintf(b, "#  - slot_name: %s\n#    property: %s\n", scalar(e.slot), scalar(e.property))
		if e.hint != "" {
			fmt.Fprintf(b, "#    type_hint: %s\n", scalar(e.hint))
		}
	}
	for _, e := range d.extensions {
		s := slot{name: e.slot}
		if e.hint == "xsd:boolean" {
			s.kind = choice
		}
		formatSlot(b, s, d.set[e.slot])
	}
}

func formatSlot(b *bytes.Buffer, s slot, values []string) {
	if len(values) == 0 {
		return
	}
	if s.several {
		fmt.Fprintf(b, "#%s:\n", s.name)
		for _, v := range values {
			fmt.Fprintf(b, "#  - %s\n", scalar(v))
		}
		return
	}
	value := values[0]
	if s.kind == text || s.kind == entity || s.kind == uri || s.name == "sssom_version" {
		value = scalar(value)
	}
	fmt.Fprintf(b, "#%s: %s\n", s.name, value)
}

// scalar returns a text in the plain style of YAML where that reads back as the
// same text, otherwise between double quotes.
func scalar(s string) string {
	var back map[string]any
	if !strings.ContainsAny(s, "\n\r\t") && yaml.Unmarshal([]byte("k: "+s+"\nl: x"), &back) == nil && len(back) == 2 && back["k"] == s {
		return s
	}
	return strconv.Quote(s) // whose escapes are all among those of YAML
}

// cell returns a value as it stands between two tabs.
func cell(s string) string {
	if strings.ContainsAny(s, "\t\n\r\"") {
		return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	return s
}

// join puts several values into one, apart by pipes; pipes and backslashes in
// them are escaped.
func join(values []string) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = strings.NewReplacer(`\`, `\\`, `|`, `\|`).Replace(v)
	}
	return strings.Join(out, "|")
}

// unjoin is the inverse of join. A backslash before anything else stands for
// itself.
func unjoin(s string) []string {
	var out []string
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '\\' || s[i+1] == '|'):
			i++
			b.WriteByte(s[i])
		case s[i] == '|':
			out = append(out, b.String())
			b.Reset()
		default:
			b.WriteByte(s[i])
		}
	}
	out = append(out, b.String())
	return slices.DeleteFunc(out, func(v string) bool { return strings.TrimSpace(v) == "" })
}
