package ciso

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
)

// Read reads the mapping set of a library, whoever made it, in the present form
// and in the older one of a single object. A second set that only inverts the
// first, as CISO Assistant's converter adds one, is passed over; others are an
// error. Rows that are repeated word for word are read once.
//
// URNs are in lower case. Ids come back as they were from what [Write] wrote, in
// their usual spelling for frameworks that come with CISO Assistant, and else
// in lower case. Annotations of others become the rationale. Errors name the
// mapping, counted from 1.
func Read(data []byte) (*exchange.Crosswalk, error) {
	c, err := read(data)
	if err != nil {
		return nil, fmt.Errorf("read CISO Assistant library: %w", err)
	}
	return c, nil
}

func read(data []byte) (*exchange.Crosswalk, error) {
	var lib struct {
		Name, Description string
		Objects           map[string]yaml.Node
	}
	if err := yaml.Unmarshal(data, &lib); err != nil {
		return nil, err
	}
	sets, err := mappingSets(lib.Objects)
	if err != nil {
		return nil, err
	}
	all := make([]*exchange.Crosswalk, len(sets))
	for i, s := range sets {
		if s.Description == "" {
			s.Description = text(lib.Description)
		}
		if s.Name == "" {
			s.Name = text(lib.Name)
		}
		if all[i], err = s.crosswalk(); err != nil {
			return nil, fmt.Errorf("mapping set %q: %w", s.RefID, err)
		}
	}
	for i, other := range all[1:] {
		if sets[0].Source != sets[i+1].Target || sets[0].Target != sets[i+1].Source || !mirrors(all[0], other) {
			return nil, fmt.Errorf("mapping sets %q and %q are not one crosswalk: split the library", sets[0].RefID, sets[i+1].RefID)
		}
	}
	return all[0], nil
}

// mappingSets returns the sets of a library, of which there is at least one.
func mappingSets(objects map[string]yaml.Node) ([]set, error) {
	var sets []set
	for _, key := range []string{"requirement_mapping_sets", "requirement_mapping_set"} {
		found, ok := objects[key]
		if !ok {
			continue
		}
		if found.Kind == yaml.AliasNode {
			found = *found.Alias
		}
		if found.Kind != yaml.SequenceNode {
			var one set
			if err := found.Decode(&one); err != nil {
				return nil, err
			}
			sets = append(sets, one)
			continue
		}
		var list []set
		if err := found.Decode(&list); err != nil {
			return nil, err
		}
		sets = append(sets, list...)
	}
	if len(sets) == 0 {
		return nil, errors.New("it has no requirement_mapping_sets among its objects")
	}
	return sets, nil
}

// mirrors reports whether b relates the same pairs as a, read the other way.
func mirrors(a, b *exchange.Crosswalk) bool {
	type pair struct {
		source, target string
		relation       crosswalk.Relation
	}
	seen := map[pair]bool{}
	for _, r := range a.Rows {
		seen[pair{r.Source, r.Target, r.Relation}] = true
	}
	return !slices.ContainsFunc(b.Rows, func(r exchange.Row) bool {
		return !seen[pair{r.Target, r.Source, r.Relation.Inverse()}]
	})
}

func (s set) crosswalk() (*exchange.Crosswalk, error) {
	if last(string(s.Source)) == "" || last(string(s.Target)) == "" {
		return nil, errors.New("want both a source_framework_urn and a target_framework_urn")
	}
	c := &exchange.Crosswalk{}
	var from, to published
	c.Source, from = frameworkOf(string(s.Source))
	c.Target, to = frameworkOf(string(s.Target))
	if err := s.heading(c); err != nil {
		return nil, err
	}
	seen := map[[2]string][]exchange.Row{}
	for i, m := range s.Mappings {
		r, err := m.row(from, to)
		if err != nil {
			return nil, fmt.Errorf("mapping %d, %s to %s: %w", i+1, m.Source, m.Target, err)
		}
		pair := [2]string{r.Source, r.Target}
		if slices.ContainsFunc(seen[pair], func(other exchange.Row) bool { return reflect.DeepEqual(r, other) }) {
			continue
		}
		seen[pair] = append(seen[pair], r)
		c.Rows = append(c.Rows, r)
	}
	return c, nil
}

// heading takes what the description tells, if it is one of ours.
func (s set) heading(c *exchange.Crosswalk) error {
	c.Title = string(s.Name)
	n, _ := parseNotes(string(s.Description))
	if n.get("Source") == "" || n.get("Target") == "" {
		return nil
	}
	c.Draft, c.Tool, c.Version, c.Run = n.get("Draft") != "", n.get("Tool"), n.get("Version"), n.get("Run")
	if made := n.get("Made"); made != "" {
		var err error
		if c.Made, err = parseTime(made); err != nil {
			return fmt.Errorf("description: Made: %w", err)
		}
	}
	framework := func(label string) exchange.Framework {
		return exchange.Framework{
			Name: n.get(label), Edition: n.get(label + " edition"), Title: n.get(label + " title"),
			Digest: n.get(label + " digest"), Origin: n.get(label + " origin"),
		}
	}
	c.Source, c.Target = framework("Source"), framework("Target")
	if c.Draft {
		c.Title = strings.TrimSuffix(c.Title, draftSuffix)
	}
	if c.Title == untitled(c) {
		c.Title = ""
	}
	return nil
}

func (m mapping) row(from, to published) (exchange.Row, error) {
	r := exchange.Row{Source: from.id(string(m.Source)), Target: to.id(string(m.Target))}
	if r.Source == "" || r.Target == "" {
		return r, errors.New("want both a source_requirement_urn and a target_requirement_urn")
	}
	var err error
	if r.Relation, err = parseWord(string(m.Relation)); err != nil {
		return r, err
	}
	if r.Strength, err = m.strength(); err != nil {
		return r, err
	}
	if r.RationaleType, err = crosswalk.ParseRationaleType(strings.ToLower(strings.TrimSpace(string(m.Rationale)))); err != nil {
		r.Rationale = string(m.Rationale) // some write the reason itself
	}
	n, rest := parseNotes(string(m.Annotation))
	if names(m.Source, n.get("Source")) && names(m.Target, n.get("Target")) {
		if err := n.apply(&r, rest); err != nil {
			return r, err
		}
		return r, checkState(r)
	}
	r.Rationale = strings.Trim(r.Rationale+"\n"+string(m.Annotation), "\n")
	return r, nil
}

// names reports whether a URN is that of an element with this id.
func names(urn text, id string) bool {
	return id != "" && strings.HasSuffix(string(urn), ":"+tail(id))
}

// checkState refuses a review that nobody can have made.
func checkState(r exchange.Row) error {
	switch {
	case !slices.Contains(exchange.States(), r.State):
		return fmt.Errorf("annotation: Review: %q: want one of %q", r.State, exchange.States()[1:])
	case r.State == exchange.Rejected && r.Relation != crosswalk.NoRelationship:
		return fmt.Errorf("annotation: Review: the row is rejected, yet its relationship is not not_related")
	}
	return nil
}

// strength returns the strength, which may be missing or an empty string.
func (m mapping) strength() (*int, error) {
	given := strings.TrimSpace(fmt.Sprint(m.Strength))
	if m.Strength == nil || given == "" {
		return nil, nil
	}
	x, err := strconv.ParseFloat(given, 64)
	if err != nil || x < 0 || x > 10 || x != math.Trunc(x) {
		return nil, fmt.Errorf("strength_of_relationship %q: want an integer from 0 to 10", given)
	}
	n := int(x)
	return &n, nil
}
