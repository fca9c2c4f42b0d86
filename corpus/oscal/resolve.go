package oscal

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"concord/corpus"
	"concord/corpus/internal/foreign"
)

// maxImports bounds how many documents one profile may lead to: profiles
// import profiles, so a few hostile ones could otherwise ask for millions.
const maxImports = 100

// Resolve reads an OSCAL profile together with what it imports, and returns the
// baseline that it stands for: the controls that it selects, as it modifies
// them. It understands include-all; include-controls and exclude-controls by
// id and by pattern, with child controls; merge as-is, which keeps the groups,
// and flat, which is also what holds without a merge; combine keep and
// use-first; set-parameters; and alters that add to a control or to its parts.
// Whatever else a profile asks for is an error that names it, as is a control,
// parameter or part that the profile names and the catalog lacks.
//
// open returns the catalog or profile at an href, which is as the profile
// prints it: a relative path or an address. Where the profile imports a
// resource of its back matter, open is asked for each of its rlinks in turn,
// until it gives one without an error.
//
// The framework has the name of the catalog and its edition, followed by what
// the title of the profile says: "5.2.0-low" for the low-impact baseline of
// SP 800-53, "5.2.0-acme-overlay" for another. A control that stands below one
// that is not selected stands below the group of that one.
func Resolve(data []byte, open func(href string) ([]byte, error)) (*corpus.Framework, error) {
	p, err := decodeProfile(data)
	if err != nil {
		return nil, fmt.Errorf("read OSCAL profile: %w", err)
	}
	r := resolver{open: open}
	c, err := r.resolve(p, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("resolve OSCAL profile %q: %w", foreign.Line(string(p.Metadata.Title)), err)
	}
	f, err := c.framework()
	if err != nil {
		return nil, fmt.Errorf("resolve OSCAL profile %q: %w", c.title, err)
	}
	return f, nil
}

type resolver struct {
	open   func(href string) ([]byte, error)
	opened int
}

// resolve returns the catalog that p stands for. The edits are those of the
// profiles that import it, and trail the hrefs that lead to it.
func (r *resolver) resolve(p *profile, later edits, trail []string) (*catalog, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	edits := later.before(p.Modify.Alters)
	out := &merged{at: map[key]int{}, merge: p.Merge}
	var sources []*catalog
	for _, im := range p.Imports {
		source, err := r.load(p, im.Href, edits, trail)
		if err != nil {
			return nil, fmt.Errorf("import of %q: %w", im.Href, err)
		}
		picked, err := im.pick(source.rows)
		if err != nil {
			return nil, fmt.Errorf("import of %q: %w", im.Href, err)
		}
		if err := out.take(source, picked); err != nil {
			return nil, fmt.Errorf("import of %q: %w", im.Href, err)
		}
		sources = append(sources, source)
	}
	for _, a := range p.Modify.Alters {
		if !a.used {
			return nil, fmt.Errorf("alter: no imported catalog has a control %q", a.Control)
		}
	}
	for _, s := range p.Modify.Settings {
		if err := out.params.set(s); err != nil {
			return nil, err
		}
	}
	out.regroup()
	out.describe(p.Metadata)
	out.name, out.edition = p.nameAfter(sources)
	if out.publisher == "" {
		out.publisher = sources[0].publisher
	}
	return &out.catalog, nil
}

// load reads the catalog at href, or resolves the profile there.
func (r *resolver) load(p *profile, href string, edits edits, trail []string) (*catalog, error) {
	href, data, err := r.fetch(p, href, trail)
	if err != nil {
		return nil, err
	}
	c := &catalog{edits: edits}
	err = c.read(bytes.NewReader(data))
	if errors.Is(err, errProfile) {
		inner, err := decodeProfile(data)
		if err != nil {
			return nil, err
		}
		return r.resolve(inner, edits, append(slices.Clone(trail), href))
	}
	return c, err
}

// fetch opens what href stands for, and returns the href that led to it.
func (r *resolver) fetch(p *profile, href string, trail []string) (string, []byte, error) {
	hrefs := []string{href}
	if uuid, ok := strings.CutPrefix(href, "#"); ok {
		var err error
		if hrefs, err = p.rlinks(uuid); err != nil {
			return "", nil, err
		}
	}
	var failed []error
	for _, h := range hrefs {
		if slices.Contains(trail, h) {
			return "", nil, fmt.Errorf("profiles import one another in a circle: %s", strings.Join(append(trail, h), ", "))
		}
		if r.opened++; r.opened > maxImports {
			return "", nil, fmt.Errorf("the profile leads to more than %d documents", maxImports)
		}
		data, err := r.open(h)
		if err == nil {
			return h, data, nil
		}
		failed = append(failed, err)
	}
	return "", nil, errors.Join(failed...)
}

// rlinks returns where the resource of the back matter with this UUID lies.
func (p *profile) rlinks(uuid string) ([]string, error) {
	for _, res := range p.BackMatter.Resources {
		if res.UUID != uuid {
			continue
		}
		var hrefs []string
		for _, l := range res.Links {
			hrefs = append(hrefs, l.Href)
		}
		if len(hrefs) == 0 {
			return nil, errors.New("the resource in the back matter has no rlinks; what it embeds is not supported")
		}
		return hrefs, nil
	}
	return nil, errors.New("the back matter has no such resource")
}

// set changes a parameter as a profile says.
func (p *params) set(s setting) error {
	q, ok := p.byID[s.Param]
	if !ok {
		return fmt.Errorf("set-parameters: no imported catalog has a parameter %q", s.Param)
	}
	if s.Label != "" {
		q.Label = s.Label
	}
	if len(s.Values) > 0 || s.Select != nil {
		q.Values, q.Select = s.Values, s.Select
	}
	q.Constraints = slices.Concat(q.Constraints, s.Constraints)
	return nil
}

// nameAfter returns the name and edition of the baseline that p makes of
// sources. Catalogs that differ share no ids, so then it has a name of its own.
func (p *profile) nameAfter(sources []*catalog) (name, edition string) {
	title := foreign.Line(string(p.Metadata.Title))
	first := sources[0]
	for _, c := range sources {
		if c.name != first.name || c.edition != first.edition {
			return foreign.Name(p.Metadata.Version, title)
		}
	}
	name, edition = foreign.Name(first.edition, title)
	if name == first.name && strings.HasPrefix(edition, first.edition+"-") {
		return name, edition
	}
	return first.name, first.edition + "-" + slug(title)
}

// merged is a catalog that is put together from those that a profile imports.
type merged struct {
	catalog
	merge merge
	at    map[key]int // the row of each group and control
}

type key struct {
	id    string
	group bool
}

// take adds the picked controls of a catalog, below their groups if those are
// to be kept, and its parameters.
func (m *merged) take(in *catalog, picked []bool) error {
	for i, r := range in.rows {
		for at := r.above; m.merge.AsIs && picked[i] && at != nowhere; at = in.rows[at].above {
			picked[at] = picked[at] || in.rows[at].group
		}
	}
	went := make([]int, len(in.rows)) // where what stands below each row goes
	for i, r := range in.rows {
		if r.above = nowhere; in.rows[i].above != nowhere {
			r.above = went[in.rows[i].above]
		}
		went[i] = r.above
		if !picked[i] {
			continue
		}
		k := key{r.id, r.group}
		have, taken := m.at[k]
		if taken && !r.group && m.merge.Combine.Method != "use-first" {
			return fmt.Errorf("control %q is imported twice: import it once, or combine with the method use-first", r.id)
		}
		if !taken || r.id == "" {
			have = len(m.rows)
			m.at[k] = have
			m.rows = append(m.rows, r)
		}
		went[i] = have
	}
	m.params.merge(&in.params)
	if m.resources == nil {
		m.resources = map[string]string{}
	}
	maps.Copy(m.resources, in.resources)
	return nil
}

// merge enters the parameters of another catalog where their ids are not
// taken.
func (p *params) merge(in *params) {
	p.add(nil)
	for id, q := range in.byID { // each by itself, so the order does not matter
		if _, taken := p.byID[id]; !taken {
			p.byID[id] = q
		}
	}
}

// regroup orders the rows so that each stands behind the one that holds it and
// before that one's next neighbour: a later import may have added to a group
// of an earlier one.
func (m *merged) regroup() {
	below := make([][]int, len(m.rows)+1)
	for i, r := range m.rows {
		below[r.above+1] = append(below[r.above+1], i)
	}
	rows := make([]row, 0, len(m.rows))
	var visit func(above, at int)
	visit = func(from, to int) {
		for _, i := range below[from+1] {
			r := m.rows[i]
			r.above = to
			rows = append(rows, r)
			visit(i, len(rows)-1)
		}
	}
	visit(nowhere, nowhere)
	m.rows = rows
}
