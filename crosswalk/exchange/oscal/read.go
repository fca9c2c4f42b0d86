package oscal

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/exchange"
)

// Read reads a mapping collection, in JSON or YAML, that anybody wrote. An error
// names the place by a JSON Pointer.
//
// What others wrote is taken as far as a crosswalk holds it. Several targets of
// one map are rows of one group; what is said of several sources together is
// said of none of them, so such rows have no relation. A relationship that is
// none of set theory is kept as a flag. A collection that maps more than two
// resources is an error: it is more than one crosswalk.
func Read(data []byte) (*exchange.Crosswalk, error) {
	c, err := parse(data)
	if err != nil {
		return nil, err
	}
	mappings := c.get("mappings").list()
	if len(mappings) == 0 {
		return nil, fmt.Errorf("%s: no mapping", c.get("mappings").at)
	}
	out, err := heading(c, mappings)
	if err != nil {
		return nil, err
	}
	r := reader{out: out, collection: c}
	for _, m := range mappings {
		if err := r.mapping(m); err != nil {
			return nil, err
		}
	}
	out.Rows = inPlace(r.rows)
	// A file may list sources and targets as it likes; crosswalks list the gaps
	// of the source first.
	slices.SortStableFunc(out.Gaps, func(a, b exchange.Gap) int { return cmp.Compare(a.Side, b.Side) })
	if !r.saysDraft() {
		out.Draft = !slices.ContainsFunc(out.Rows, func(r exchange.Row) bool { return r.State != exchange.Draft })
	}
	return out, nil
}

// heading reads what is said of the whole.
func heading(c node, mappings []node) (*exchange.Crosswalk, error) {
	meta := c.get("metadata")
	out := &exchange.Crosswalk{
		Title: prop(meta, "title"), Tool: prop(meta, "tool"), Version: prop(meta, "tool-version"), Run: prop(meta, "run"),
		Draft: prop(meta, "draft") == "yes",
	}
	if out.Title == "" && prop(meta, "draft") == "" {
		out.Title = fold(meta.get("title").text())
	}
	if made := meta.get("last-modified").text(); made != "" && prop(meta, "last-modified") != "unknown" {
		t, err := time.Parse(time.RFC3339, made)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is not a time with a zone, such as 2026-01-05T10:00:00Z", meta.get("last-modified").at, made)
		}
		out.Made = t.UTC().Truncate(time.Second)
	}
	first := mappings[0]
	for _, m := range mappings[1:] {
		for _, side := range []string{"source-resource", "target-resource"} {
			a, b := m.get(side).get("href").text(), first.get(side).get("href").text()
			if a != b {
				return nil, fmt.Errorf("%s: %q, and the first mapping has %q: a crosswalk has one source and one target; split the collection", m.get(side).at, a, b)
			}
		}
	}
	var err error
	if out.Source, err = framework(c, first.get("source-resource")); err != nil {
		return nil, err
	}
	out.Target, err = framework(c, first.get("target-resource"))
	return out, err
}

// framework reads the resource that a reference leads to. Without one in the
// back matter, the file that it names stands for it.
func framework(c, ref node) (exchange.Framework, error) {
	href := ref.get("href").text()
	if strings.TrimSpace(href) == "" {
		return exchange.Framework{}, fmt.Errorf("%s: it does not say what is mapped", ref.get("href").at)
	}
	var f exchange.Framework
	if uuid, local := strings.CutPrefix(href, "#"); local {
		for _, r := range c.get("back-matter").get("resources").list() {
			if !strings.EqualFold(r.get("uuid").text(), uuid) {
				continue
			}
			f.Name, f.Edition, f.Title, f.Origin = prop(r, "name"), prop(r, "edition"), prop(r, "title"), prop(r, "origin")
			if f.Name == "" {
				f.Title = fold(r.get("title").text())
			}
			for _, l := range r.get("rlinks").list() {
				if to := l.get("href").text(); f.Origin == "" && !strings.HasPrefix(to, "urn:uuid:") {
					f.Origin = to
				}
				for _, h := range l.get("hashes").list() {
					// The hash of a file is not that of the elements in it.
					if strings.HasPrefix(l.get("href").text(), "urn:uuid:") && h.get("algorithm").text() == "SHA-256" {
						f.Digest = h.get("value").text()
					}
				}
			}
		}
	} else {
		f.Origin = href
	}
	if f.Name == "" {
		title := cmp.Or(f.Title, path.Base(cmp.Or(f.Origin, href)))
		f.Name, f.Edition = corpus.Recognize(title, "")
		f.Name = cmp.Or(f.Name, fold(title), href)
	}
	return f, nil
}

type reader struct {
	out        *exchange.Crosswalk
	collection node
	rows       []placed
}

// A placed row knows its number, from 1; 0 is after the row before.
type placed struct {
	row exchange.Row
	at  int
}

// inPlace puts numbered rows where they belong among the others.
func inPlace(list []placed) []exchange.Row {
	var rows []exchange.Row
	var numbered []placed
	for _, p := range list {
		if p.at == 0 {
			rows = append(rows, p.row)
		} else {
			numbered = append(numbered, p)
		}
	}
	slices.SortStableFunc(numbered, func(a, b placed) int { return cmp.Compare(a.at, b.at) })
	for _, p := range numbered {
		rows = slices.Insert(rows, min(p.at-1, len(rows)), p.row)
	}
	return rows
}

func (r *reader) saysDraft() bool { return prop(r.collection.get("metadata"), "draft") != "" }

func (r *reader) mapping(m node) error {
	maps := m.get("maps").list()
	for i, one := range maps {
		if err := r.pairs(m, one, i+1); err != nil {
			return err
		}
	}
	for _, side := range []crosswalk.Side{crosswalk.SourceSide, crosswalk.TargetSide} {
		r.gaps(m, side)
	}
	return nil
}

// pairs reads one map.
func (r *reader) pairs(mapping, m node, number int) error {
	sources, err := items(m, "sources", r.out.Source)
	if err != nil {
		return err
	}
	targets, err := items(m, "targets", r.out.Target)
	if err != nil {
		return err
	}
	base := r.common(mapping, m)
	group := len(sources) > 1 || len(targets) > 1
	for _, s := range sources {
		for _, t := range targets {
			row, at := base, 0
			row.Flags = slices.Clone(base.Flags)
			row.Source, row.Target = s.id, t.id
			row.SourceTitle, row.SourceSHA256 = prop(s.node, "title"), prop(s.node, "text-sha256")
			row.TargetTitle, row.TargetSHA256 = prop(t.node, "title"), prop(t.node, "text-sha256")
			switch said := whereSaid(m, t.node); {
			case said.value != nil:
				if err := details(&row, said); err != nil {
					return err
				}
				at, _ = strconv.Atoi(prop(said, "row"))
			default:
				r.foreign(&row, mapping, m)
			}
			if group && row.Group == "" {
				row.Group = cmp.Or(m.get("uuid").text(), "map "+strconv.Itoa(number))
			}
			if len(sources) > 1 && row.Relation != crosswalk.NoRelationship && row.Relation != "" {
				row.Flags = append(row.Flags, m.get("relationship").text()+", said of several sources together")
				row.Relation = ""
			}
			r.rows = append(r.rows, placed{row, max(at, 0)})
		}
	}
	return nil
}

// A named item is one of a map's, with its id as the corpus spells it.
type named struct {
	node
	id string
}

func items(m node, key string, f exchange.Framework) ([]named, error) {
	list := m.get(key).list()
	if len(list) == 0 {
		return nil, fmt.Errorf("%s: the list is empty", m.get(key).at)
	}
	out := make([]named, len(list))
	for i, n := range list {
		id := idOf(f, n.get("id-ref").text())
		if id == "" {
			return nil, fmt.Errorf("%s: no id", n.get("id-ref").at)
		}
		out[i] = named{n, id}
	}
	return out, nil
}

// gaps reads the summary of a side. A pattern that matches more than one id is
// kept as it is.
func (r *reader) gaps(m node, side crosswalk.Side) {
	f := r.out.Source
	if side == crosswalk.TargetSide {
		f = r.out.Target
	}
	titles, judged := map[string]string{}, map[string]bool{}
	for _, p := range m.get("props").list() {
		if p.get("ns").text() != Namespace || p.get("class").text() != string(side) {
			continue
		}
		switch id := p.get("value").text(); p.get("name").text() {
		case "gap-title":
			titles[id] = unescape(p.get("remarks").text())
		case "gap-judged":
			judged[id] = true
		}
	}
	add := func(ref string) {
		if id := idOf(f, ref); id != "" {
			r.out.Gaps = append(r.out.Gaps, exchange.Gap{Side: side, ID: id, Title: titles[id], Judged: judged[id]})
		}
	}
	for _, u := range m.get(string(side) + "-gap-summary").get("unmapped-controls").list() {
		for _, id := range u.get("with-ids").list() {
			add(id.text())
		}
		for _, p := range u.get("matching").list() {
			add(patternID(p.get("pattern").text()))
		}
	}
}

// props returns the values of a property of Concord.
func props(n node, name string) []string {
	var out []string
	for _, p := range n.get("props").list() {
		if p.get("ns").text() != Namespace || p.get("name").text() != name {
			continue
		}
		if exact := p.get("remarks").text(); exact != "" {
			out = append(out, unescape(exact))
		} else {
			out = append(out, p.get("value").text())
		}
	}
	return out
}

func prop(n node, name string) string {
	if all := props(n, name); len(all) > 0 {
		return all[0]
	}
	return ""
}

// fold puts text on one line.
func fold(s string) string { return strings.Join(strings.Fields(s), " ") }
