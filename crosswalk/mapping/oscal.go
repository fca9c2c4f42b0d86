package mapping

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"concord/crosswalk"
)

// collection is what is read of an OSCAL mapping collection (schema 1.2).
type collection struct {
	Provenance struct {
		Rationale string `json:"matching-rationale"`
	} `json:"provenance"`
	Mappings   oneOrMore `json:"mappings"`
	BackMatter struct {
		Resources []struct{ UUID, Title string } `json:"resources"`
	} `json:"back-matter"`
}

// oneOrMore reads an object as a list of one: the schema allows both.
type oneOrMore []oscalMapping

func (m *oneOrMore) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte("{")) {
		*m = make(oneOrMore, 1)
		return json.Unmarshal(data, &(*m)[0])
	}
	return json.Unmarshal(data, (*[]oscalMapping)(m))
}

type oscalMapping struct {
	Source    resource   `json:"source-resource"`
	Target    resource   `json:"target-resource"`
	Rationale string     `json:"matching-rationale"`
	Maps      []oscalMap `json:"maps"`
	Gaps      struct {
		Unmapped []struct {
			IDs []string `json:"with-ids"`
		} `json:"unmapped-controls"`
	} `json:"source-gap-summary"`
}

type resource struct{ Href string }

type oscalMap struct {
	Relationship     string
	Sources, Targets []struct {
		ID string `json:"id-ref"`
	}
	Rationale string `json:"matching-rationale"`
	Props     []struct{ Name, Value string }
	Remarks   string
}

var oscalKey = regexp.MustCompile(`(?m)^["']?mapping-collection["']?[ \t]*:`)

// isOSCALYAML reports whether text has the top-level key of a mapping collection.
func isOSCALYAML(data []byte) bool { return oscalKey.Match(data) }

func readOSCALYAML(data []byte) (*Table, error) {
	var tree any
	if err := yaml.Unmarshal(data, &tree); err != nil {
		return nil, fmt.Errorf("not valid YAML: %w", err)
	}
	data, err := json.Marshal(tree)
	if err != nil {
		return nil, fmt.Errorf("the YAML holds what OSCAL cannot: %w", err)
	}
	return readOSCAL(data)
}

func readOSCAL(data []byte) (*Table, error) {
	var doc struct {
		Collection collection `json:"mapping-collection"`
	}
	if err := decodeJSON(data, &doc); err != nil {
		return nil, fmt.Errorf("OSCAL mapping collection: %w", err)
	}
	t := &Table{Format: OSCAL}
	var sources, targets names
	number := 0
	for i, m := range doc.Collection.Mappings {
		sources.add(doc.Collection.title(m.Source))
		targets.add(doc.Collection.title(m.Target))
		place := ""
		if len(doc.Collection.Mappings) > 1 {
			place = fmt.Sprintf("mapping %d, ", i+1)
		}
		for j, pairs := range m.Maps {
			number++
			where := fmt.Sprintf("%smap %d", place, j+1)
			pairs.Rationale = cmp.Or(pairs.Rationale, m.Rationale, doc.Collection.Provenance.Rationale)
			if err := t.addMap(pairs, number, where); err != nil {
				return nil, fmt.Errorf("OSCAL mapping collection: %s: %w", where, err)
			}
		}
		for j, u := range m.Gaps.Unmapped {
			where := fmt.Sprintf("%sentry %d of source-gap-summary", place, j+1)
			ids, err := trimmed(u.IDs)
			if err == nil {
				err = t.pair(Row{Line: j + 1, Where: where, Strength: -1, Gap: true}, ids, []string{""})
			}
			if err != nil {
				return nil, fmt.Errorf("OSCAL mapping collection: %s: %w", where, err)
			}
		}
	}
	t.SourceFramework, t.TargetFramework = sources.only(), targets.only()
	return t, nil
}

// title returns what a collection calls one of its resources: the title of the
// resource in its back matter that the reference leads to, or the reference.
func (c collection) title(r resource) string {
	if uuid, ok := strings.CutPrefix(r.Href, "#"); ok {
		for _, known := range c.BackMatter.Resources {
			if known.UUID == uuid {
				return fold(cmp.Or(known.Title, r.Href))
			}
		}
	}
	return fold(r.Href)
}

// addMap adds the pairs of a map.
func (t *Table) addMap(m oscalMap, number int, where string) error {
	row := Row{
		Line: number, Where: where, Word: fold(m.Relationship), Relation: relationOf(m.Relationship),
		RationaleType: rationaleTypeOf(m.Rationale), Strength: -1, Rationale: strings.TrimSpace(m.Remarks),
	}
	for _, p := range m.Props {
		if p.Name == "strength" {
			row.Strength = strengthOf(p.Value)
		}
	}
	var ids [2][]string
	for _, s := range m.Sources {
		ids[0] = append(ids[0], s.ID)
	}
	for _, s := range m.Targets {
		ids[1] = append(ids[1], s.ID)
	}
	for side, name := range []string{"sources", "targets"} {
		list, err := trimmed(ids[side])
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if len(list) == 0 {
			return fmt.Errorf("%s: the list is empty", name)
		}
		ids[side] = list
	}
	if len(ids[0])*len(ids[1]) > 1 && row.Relation != crosswalk.NoRelationship {
		row.Relation = "" // said of all of them together
	}
	return t.pair(row, ids[0], ids[1])
}

// trimmed returns ids without blanks around them.
func trimmed(ids []string) ([]string, error) {
	out := make([]string, len(ids))
	for i, id := range ids {
		if out[i] = fold(id); out[i] == "" {
			return nil, fmt.Errorf("id %d is empty", i+1)
		}
	}
	return out, nil
}
