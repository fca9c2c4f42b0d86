package sssom

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Hashes returns the SSSOM hash of every record of a file, in the order of the
// file: 16 upper-case hexadecimal digits (SSSOM, "Hashing a mapping record").
// Records with the same hash say the same.
func Hashes(data []byte) ([]string, error) {
	d, err := parse(data)
	if err != nil {
		return nil, err
	}
	d.propagate()
	out := make([]string, len(d.records))
	for i, r := range d.records {
		out[i] = d.hash(r)
	}
	return out, nil
}

// hash is FNV-1a, 64 bits, of the canonical S-expression (RFC 9804) of a record
// to which all slots have been propagated. Its id and its cardinality do not
// count. Published values have the eight bytes in little-endian order, of which
// the specification says nothing.
func (d *document) hash(r record) string {
	h := fnv.New64a()
	h.Write([]byte(d.expression(r))) // never fails
	return fmt.Sprintf("%X", binary.LittleEndian.AppendUint64(nil, h.Sum64()))
}

func (d *document) expression(r record) string {
	var b strings.Builder
	b.WriteString("(7:mapping(")
	for _, s := range recordSlots {
		values := r.values[s.name]
		if len(values) == 0 || s.name == "record_id" || s.name == "mapping_cardinality" {
			continue
		}
		b.WriteString("(" + atom(s.name))
		if !s.several {
			b.WriteString(atom(d.canonical(s.kind, values[0])) + ")")
			continue
		}
		out := make([]string, len(values))
		for i, v := range values {
			out[i] = d.canonical(s.kind, v)
		}
		slices.Sort(out)
		b.WriteString("(")
		for _, v := range out {
			b.WriteString(atom(v))
		}
		b.WriteString("))")
	}
	if ext := d.extensionAtoms(r); ext != "" {
		b.WriteString("(10:extensions(" + ext + "))")
	}
	return b.String() + "))"
}

func (d *document) extensionAtoms(r record) string {
	type pair struct{ property, value string }
	var pairs []pair
	for _, e := range d.extensions {
		if v := r.values[e.slot]; len(v) > 0 {
			pairs = append(pairs, pair{d.property(e), d.canonical(e.kind(d.prefixes), v[0])})
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int { return cmp.Or(cmp.Compare(a.property, b.property), cmp.Compare(a.value, b.value)) })
	var b strings.Builder
	for _, p := range pairs {
		b.WriteString("(" + atom(p.property) + atom(p.value) + ")")
	}
	return b.String()
}

// canonical returns a value as it counts in a hash.
func (d *document) canonical(k kind, value string) string {
	switch k {
	case entity:
		return d.prefixes.expand(value)
	case number:
		if f, err := parseNumber(value); err == nil {
			return formatNumber(f)
		}
	}
	return value
}

func atom(s string) string { return strconv.Itoa(len(s)) + ":" + s }

// formatNumber writes a number with up to three digits behind the point, halves
// rounded away from zero.
func formatNumber(f float64) string {
	exact, ok := new(big.Rat).SetString(strconv.FormatFloat(f, 'f', -1, 64))
	if !ok {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	s := strings.TrimRight(strings.TrimRight(exact.FloatString(3), "0"), ".")
	if s == "-0" || s == "" {
		return "0"
	}
	return s
}

// parseNumber reads a finite decimal number.
func parseNumber(s string) (float64, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) || strings.ContainsAny(s, "xXpP_") {
		return 0, fmt.Errorf("%q is not a decimal number", s)
	}
	return f, nil
}
