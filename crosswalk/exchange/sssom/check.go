package sssom

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A Code says of what sort a finding is.
type Code string

const (
	Syntax           Code = "syntax"              // of YAML, of the table, of the encoding
	MissingSlot      Code = "missing-slot"        // a required one
	UndeclaredSlot   Code = "undeclared-slot"     // neither of SSSOM nor in extension_definitions; readers drop it
	UndeclaredPrefix Code = "undeclared-prefix"   // not in curie_map
	RedefinedPrefix  Code = "redefined-prefix"    // a built-in one that stands for something else
	BadCURIE         Code = "bad-curie"           // not in the syntax of CURIEs
	BadValue         Code = "bad-value"           // no date, no number, no word of the list
	OutOfRange       Code = "out-of-range"        // a number
	BadCardinality   Code = "bad-cardinality"     // not what the records say
	NoReviewer       Code = "no-reviewer"         // a review without anybody who made it
	NotNoTerm        Code = "not-no-term"         // Not with sssom:NoTermFound, which has no meaning
	DuplicateRecord  Code = "duplicate-record"    // the same in all slots
	DuplicateID      Code = "duplicate-record-id" // the same record_id
	BadJustification Code = "bad-justification"   // none of those of SSSOM
)

// A Finding is what is wrong at a place of a file. Line and Column count from 1,
// columns in bytes.
type Finding struct {
	Code    Code
	Line    int
	Column  int
	Message string
}

// Error returns the message with its place.
func (f Finding) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", f.Line, f.Column, f.Message)
}

// Check returns what is wrong with a file by the rules of SSSOM 1.1, in the order
// of the file; nothing if it is in order. It looks at more than the schema does:
// cardinality, duplicates, the reviewer of a review.
func Check(data []byte) []Finding {
	d, err := parse(data)
	if err != nil {
		if f, ok := errors.AsType[Finding](err); ok {
			return []Finding{f}
		}
		return []Finding{{Syntax, 1, 1, err.Error()}}
	}
	d.checkSet()
	d.checkColumns()
	for _, r := range d.records {
		d.checkValues(inRecord, r.values, r.at)
		d.checkRecord(r)
	}
	d.propagate()
	d.checkTogether()
	slices.SortFunc(d.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
	return d.findings
}

func (d *document) checkSet() {
	for _, name := range []string{"mapping_set_id", "license"} {
		if d.one(name) == "" {
			d.find(MissingSlot, place{1, 1}, "the metadata has no %s, which SSSOM requires", name)
		}
	}
	at := func(name string) place { return d.place[name] }
	d.checkValues(inSet, d.set, at)
	for name := range d.place { // findings are put in order later
		_, known := inSet[name]
		if known || name == "curie_map" || name == "extension_definitions" || d.declares(name) {
			continue
		}
		d.find(UndeclaredSlot, at(name), "%q is no slot of a mapping set: declare it in extension_definitions, or readers drop it", name)
	}
	for _, e := range d.extensions {
		for _, v := range []string{e.property, e.hint} {
			if v != "" {
				d.checkEntity(at("extension_definitions"), e.slot, v)
			}
		}
	}
}

func (d *document) declares(slot string) bool {
	return slices.ContainsFunc(d.extensions, func(e extension) bool { return e.slot == slot })
}

func (d *document) checkColumns() {
	for _, c := range d.columns {
		if _, known := inRecord[c.name]; !known && !d.declares(c.name) {
			d.find(UndeclaredSlot, c.place, "%q is no slot of a mapping: declare it in extension_definitions, or readers drop it", c.name)
		}
	}
}

// checkValues holds every value to the kind of its slot.
func (d *document) checkValues(slots map[string]slot, values map[string][]string, at func(string) place) {
	for name, vs := range values {
		for _, v := range vs {
			if s, known := slots[name]; known {
				d.checkValue(s, v, at(name))
			}
		}
	}
	for _, e := range d.extensions {
		for _, v := range values[e.slot] {
			switch k := e.kind(d.prefixes); k {
			case entity:
				d.checkEntity(at(e.slot), e.slot, v)
			case number:
				if _, err := parseNumber(v); err != nil {
					d.find(BadValue, at(e.slot), "%s: %v", e.slot, err)
				}
			}
		}
	}
}

func (d *document) checkValue(s slot, value string, at place) {
	switch s.kind {
	case entity:
		d.checkEntity(at, s.name, value)
	case uri:
		if u, err := url.Parse(value); err != nil || u.Scheme == "" {
			d.find(BadValue, at, "%s: %q is not an absolute URI", s.name, value)
		}
	case date:
		if _, err := time.Parse(time.DateOnly, value); err != nil {
			d.find(BadValue, at, "%s: %q is no date: write it as YYYY-MM-DD", s.name, value)
		}
	case number:
		switch f, err := parseNumber(value); {
		case err != nil:
			d.find(BadValue, at, "%s: %v", s.name, err)
		case f < s.low || f > s.high:
			d.find(OutOfRange, at, "%s: %s is not between %g and %g", s.name, value, s.low, s.high)
		}
	case choice:
		if !slices.Contains(s.choices, value) {
			d.find(BadValue, at, "%s: %q is none of %q", s.name, value, s.choices)
		}
	}
}

func (d *document) checkEntity(at place, name, value string) {
	prefix, _, _ := strings.Cut(value, ":")
	switch {
	case isScheme(prefix) && d.prefixes[prefix] == "":
		d.find(BadCURIE, at, "%s: %q is an IRI: declare a prefix and write it as a CURIE", name, value)
	case !isCURIE(value):
		d.find(BadCURIE, at, "%s: %q is not a CURIE: write prefix:id, and other characters as %%XX", name, value)
	case d.prefixes[prefix] == "":
		d.find(UndeclaredPrefix, at, "%s: curie_map does not say what the prefix of %q stands for", name, value)
	}
}

func (d *document) checkRecord(r record) {
	for _, side := range []string{"subject", "object"} {
		kind := cmp.Or(r.one(side+"_type"), d.one(side+"_type"))
		if name := side + "_id"; kind != literal && r.one(name) == "" {
			d.find(MissingSlot, r.at(""), "the record has no %s, nor is it a literal", name)
		}
		if name := side + "_label"; kind == literal && r.one(name) == "" {
			d.find(MissingSlot, r.at(""), "the record has no %s, yet its %s is a literal", name, side)
		}
	}
	for _, name := range []string{"predicate_id", "mapping_justification"} {
		if r.one(name) == "" {
			d.find(MissingSlot, r.at(""), "the record has no %s, which SSSOM requires", name)
		}
	}
	if j := r.one("mapping_justification"); j != "" {
		local, ours := strings.CutPrefix(d.prefixes.expand(j), builtins["semapv"])
		if !ours || !slices.Contains(justifications, local) {
			d.find(BadJustification, r.at("mapping_justification"), "%q is none of the justifications of SSSOM, such as semapv:ManualMappingCuration", j)
		}
	}
	if len(r.values["reviewer_id"])+len(r.values["reviewer_label"]) == 0 {
		for _, name := range []string{"review_date", "reviewer_agreement"} {
			if r.one(name) != "" {
				d.find(NoReviewer, r.at(name), "%s without a reviewer: fill reviewer_id or reviewer_label", name)
			}
		}
	}
	if r.withoutTerm() != "" && r.one("predicate_modifier") == not {
		d.find(NotNoTerm, r.at("predicate_modifier"), "Not with %s has no meaning: take out one of them", noTermFound)
	}
}

// checkTogether holds records against each other. All slots are propagated.
func (d *document) checkTogether() {
	byHash, byID := map[string]record{}, map[string]record{}
	want := d.cardinalities()
	for i, r := range d.records {
		hash := d.expression(r)
		if first, again := byHash[hash]; again {
			d.find(DuplicateRecord, r.at(""), "the record is the same as that of line %d", first.at("").line)
		} else {
			byHash[hash] = r
		}
		if id := d.prefixes.expand(r.one("record_id")); id != "" {
			if first, again := byID[id]; again {
				d.find(DuplicateID, r.at("record_id"), "record_id %q is that of line %d", r.one("record_id"), first.at("").line)
			} else {
				byID[id] = r
			}
		}
		if got := r.one("mapping_cardinality"); got != "" && got != want[i] {
			switch {
			case want[i] != "":
				d.find(BadCardinality, r.at("mapping_cardinality"), "mapping_cardinality is %q, and by the records of the file it is %s", got, want[i])
			case strings.Contains(got, "0"):
				d.find(BadCardinality, r.at("mapping_cardinality"), "mapping_cardinality is %q, yet no side is %s", got, noTermFound)
			}
		}
	}
}
