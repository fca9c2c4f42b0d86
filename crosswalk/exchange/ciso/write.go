package ciso

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"time"

	"go.yaml.in/yaml/v3"

	"concord/crosswalk/exchange"
	"concord/internal/unseen"
)

// Write writes the rows that have a relation as a library with one mapping set,
// drafts like others. It fails, before it writes, if the crosswalk contradicts
// itself, both frameworks are one, a URN is malformed, or two ids would become
// one URN.
func Write(w io.Writer, c *exchange.Crosswalk, o Options) error {
	b, err := o.encode(c)
	if err != nil {
		return fmt.Errorf("write CISO Assistant library: %w", err)
	}
	if _, err := w.Write(b); err != nil {
		return fmt.Errorf("write CISO Assistant library: %w", err)
	}
	return nil
}

func (o Options) encode(c *exchange.Crosswalk) ([]byte, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	lib, err := o.library(exchange.Holding(c, o.Held()))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := errors.Join(enc.Encode(lib), enc.Close()); err != nil {
		return nil, err
	}
	return unseen.YAML(b.Bytes()), nil
}

func (o Options) library(c *exchange.Crosswalk) (*library, error) {
	packager := cmp.Or(o.Packager, "concord")
	if !word.MatchString(packager) {
		return nil, fmt.Errorf("packager %q cannot be a part of a URN: use lower-case letters, digits, dots and dashes", packager)
	}
	source, err := o.Source.complete(c.Source, packager)
	if err != nil {
		return nil, err
	}
	target, err := o.Target.complete(c.Target, packager)
	if err != nil {
		return nil, err
	}
	if source.Framework == target.Framework {
		return nil, fmt.Errorf("source and target are one framework, %s: CISO Assistant maps between two", source.Framework)
	}
	mappings, err := mappings(c.Rows, nodes{source.Nodes, map[string]string{}}, nodes{target.Nodes, map[string]string{}})
	if err != nil {
		return nil, err
	}
	ref := "mapping-" + last(source.Framework) + "-to-" + last(target.Framework)
	name, about := text(title(c)), text(describe(c))
	return &library{
		URN: text("urn:" + packager + ":risk:library:" + ref), Locale: text(cmp.Or(o.Locale, "en")), RefID: text(ref), Name: name, Description: about,
		Copyright: text(cmp.Or(o.Copyright, packager)), Version: o.version(c), Published: day(c.Made),
		Provider: text(cmp.Or(o.Provider, packager)), Packager: text(packager), Dependencies: []text{text(source.Library), text(target.Library)},
		Objects: objects{[]set{{
			URN: text("urn:" + packager + ":risk:req_mapping_set:" + ref), RefID: text(ref), Name: name, Description: about,
			Source: text(source.Framework), Target: text(target.Framework), Mappings: mappings,
		}}},
	}, nil
}

func mappings(rows []exchange.Row, sources, targets nodes) ([]mapping, error) {
	out := []mapping{}
	for i, r := range rows {
		source, err := sources.urn(r.Source)
		if err != nil {
			return nil, fmt.Errorf("row %d, source: %w", i+1, err)
		}
		target, err := targets.urn(r.Target)
		if err != nil {
			return nil, fmt.Errorf("row %d, target: %w", i+1, err)
		}
		m := mapping{
			Source: text(source), Target: text(target), Relation: text(wordFor(r.Relation)),
			Rationale: text(r.RationaleType), Annotation: text(annotate(r)),
		}
		if r.Strength != nil {
			m.Strength = *r.Strength
		}
		out = append(out, m)
	}
	return out, nil
}

// version returns the version of the library, which must grow whenever its
// content changes.
func (o Options) version(c *exchange.Crosswalk) int {
	var newest time.Time
	for _, r := range c.Rows {
		if r.Decided.After(newest) {
			newest = r.Decided
		}
	}
	if o.Version != 0 || newest.IsZero() {
		return max(o.Version, 1)
	}
	newest = newest.UTC()
	return newest.Year()*10000 + int(newest.Month())*100 + newest.Day()
}

func day(t time.Time) date {
	if t.IsZero() {
		return ""
	}
	return date(t.UTC().Format(time.DateOnly))
}

const draftSuffix = " (draft)"

func title(c *exchange.Crosswalk) string {
	name := cmp.Or(c.Title, untitled(c))
	if c.Draft {
		name += draftSuffix
	}
	return name
}

func untitled(c *exchange.Crosswalk) string { return c.Source.Spec() + " to " + c.Target.Spec() }

// describe says what the set is, how far to trust it, and what made it.
func describe(c *exchange.Crosswalk) string {
	drafts := 0
	for _, r := range c.Rows {
		if r.State == exchange.Draft {
			drafts++
		}
	}
	first := "How " + cmp.Or(c.Source.Title, c.Source.Spec()) + " relates to " + cmp.Or(c.Target.Title, c.Target.Spec()) + ", read from source to target."
	if c.Draft || drafts > 0 {
		first += fmt.Sprintf(" DRAFT: no person has decided on %d of the %d rows. CISO Assistant copies results along equal and superset; review before use.",
			drafts, len(c.Rows))
	}
	var n notes
	if c.Draft {
		n.add("Draft", "yes")
	}
	n.add("Tool", c.Tool)
	n.add("Version", c.Version)
	n.add("Run", c.Run)
	n.time("Made", c.Made)
	for _, side := range []struct {
		label string
		f     exchange.Framework
	}{{"Source", c.Source}, {"Target", c.Target}} {
		n.add(side.label, side.f.Name)
		n.add(side.label+" edition", side.f.Edition)
		n.add(side.label+" title", side.f.Title)
		n.add(side.label+" digest", side.f.Digest)
		n.add(side.label+" origin", side.f.Origin)
	}
	return n.text(first)
}
