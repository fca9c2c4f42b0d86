package sssom

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// A document is a mapping set as it stands in a file: values under the names of
// their slots, none of them empty.
type document struct {
	prefixes   prefixes
	set        map[string][]string
	records    []record
	extensions []extension // declared

	// Of a file that was read: where things stand, and what is odd about it.
	place    map[string]place // of the slots of the set
	columns  []column
	findings []Finding
}

// A place is a line and a column of a file, from 1; columns count bytes.
type place struct{ line, column int }

type column struct {
	name string
	place
}

type record struct {
	values map[string][]string
	place  map[string]place // of its cells; under "" that of the record
}

func (r record) one(slot string) string {
	if v := r.values[slot]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// put sets a slot unless the value is empty.
func put(values map[string][]string, slot, value string) {
	if value != "" {
		values[slot] = []string{value}
	}
}

func (d *document) one(slot string) string { return record{values: d.set}.one(slot) }

// at returns where a cell stands, or its record.
func (r record) at(slot string) place {
	if p, ok := r.place[slot]; ok {
		return p
	}
	return r.place[""]
}

// An extension is the definition of a slot that SSSOM does not have.
type extension struct{ slot, property, hint string }

// kind returns what the values of the slot are.
func (e extension) kind(p prefixes) kind {
	switch hint := p.expand(e.hint); {
	case strings.EqualFold(hint, builtins["linkml"]+"uriOrCurie"):
		return entity
	case slices.Contains([]string{"double", "float", "decimal"}, strings.TrimPrefix(hint, builtins["xsd"])):
		return number
	}
	return text
}

// property returns the IRI that an extension stands for. One without gets that
// of the specification.
func (d *document) property(e extension) string {
	if e.property == "" {
		return "http://sssom.invalid/" + e.slot
	}
	return d.prefixes.expand(e.property)
}

// propagate gives every record the values of the set in those slots that are
// meant for it and that no record has itself.
func (d *document) propagate() {
	for _, s := range propagating() {
		values := d.set[s.name]
		if len(values) == 0 || len(d.records) == 0 || slices.ContainsFunc(d.records, func(r record) bool { return len(r.values[s.name]) > 0 }) {
			continue
		}
		for _, r := range d.records {
			r.values[s.name] = values
		}
		delete(d.set, s.name)
	}
}

// condense is the inverse: what all records agree on moves to the set.
func (d *document) condense() {
	for _, s := range propagating() {
		if len(d.records) == 0 || len(d.set[s.name]) > 0 {
			continue
		}
		values := d.records[0].values[s.name]
		if len(values) == 0 || slices.ContainsFunc(d.records, func(r record) bool { return !slices.Equal(r.values[s.name], values) }) {
			continue
		}
		d.set[s.name] = values
		for _, r := range d.records {
			delete(r.values, s.name)
		}
	}
}

// cardinalities returns the cardinality of every record within its scope. What
// is denied to be related, and what has no term, counts for nothing; those get
// "", and 1:0, 0:1 or 0:0.
func (d *document) cardinalities() []string {
	type end struct{ scope, side, id string }
	others := map[end]map[string]bool{}
	scopes := make([]string, len(d.records))
	for i, r := range d.records {
		scopes[i] = scope(r)
		subject, object := r.subject(), r.object()
		if !r.counts() {
			continue
		}
		for _, e := range []struct {
			end
			other string
		}{{end{scopes[i], "subject", subject}, object}, {end{scopes[i], "object", object}, subject}} {
			if others[e.end] == nil {
				others[e.end] = map[string]bool{}
			}
			others[e.end][e.other] = true
		}
	}
	out := make([]string, len(d.records))
	for i, r := range d.records {
		if out[i] = r.withoutTerm(); out[i] == "" && r.counts() {
			out[i] = many(len(others[end{scopes[i], "object", r.object()}])) + ":" + many(len(others[end{scopes[i], "subject", r.subject()}]))
		}
	}
	return out
}

func many(n int) string {
	if n > 1 {
		return "n"
	}
	return "1"
}

// scope returns the values of the slots within which cardinality is counted.
func scope(r record) string {
	var b strings.Builder
	for _, name := range slices.Sorted(slices.Values(r.values["cardinality_scope"])) {
		fmt.Fprintf(&b, "%q=%q ", name, r.values[name])
	}
	return b.String()
}

func (r record) subject() string { return r.side("subject") }
func (r record) object() string  { return r.side("object") }

// side returns the id on a side, or the label of what has none.
func (r record) side(side string) string {
	if id := r.one(side + "_id"); id != "" {
		return id
	}
	return r.one(side + "_label")
}

// withoutTerm returns the cardinality of a record on one of whose sides there is
// no term, or "".
func (r record) withoutTerm() string {
	from, to := r.one("subject_id") == noTermFound, r.one("object_id") == noTermFound
	switch {
	case from && to:
		return "0:0"
	case from:
		return "0:1"
	case to:
		return "1:0"
	}
	return ""
}

// counts reports whether a record says that two things are related.
func (r record) counts() bool { return r.withoutTerm() == "" && r.one("predicate_modifier") != not }

// used lists the names of the prefixes that the values of the set and of its
// records need, sorted, without the built-in ones.
func (d *document) used() []string {
	used := map[string]bool{}
	note := func(slots map[string]slot, values map[string][]string) {
		for name, vs := range values {
			for _, v := range vs {
				if prefix, _, ok := strings.Cut(v, ":"); ok && slots[name].kind == entity && builtins[prefix] == "" {
					used[prefix] = true
				}
			}
		}
	}
	note(inSet, d.set)
	for _, r := range d.records {
		note(inRecord, r.values)
	}
	for _, e := range d.extensions {
		prefix, _, _ := strings.Cut(e.property, ":")
		used[prefix] = true
	}
	return slices.Sorted(maps.Keys(used))
}

// isUTF8 returns an error that names the first slot whose text is not UTF-8.
func (d *document) isUTF8() error {
	for i, r := range append([]record{{values: d.set}}, d.records...) {
		values := r.values
		for _, name := range slices.Sorted(maps.Keys(values)) {
			if !slices.ContainsFunc(values[name], func(v string) bool { return !utf8.ValidString(v) }) {
				continue
			}
			if i == 0 {
				return fmt.Errorf("%s is not UTF-8: %q", name, values[name])
			}
			return fmt.Errorf("record %d, %q to %q: %s is not UTF-8", i, r.subject(), r.object(), name)
		}
	}
	return nil
}
