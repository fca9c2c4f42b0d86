package exchange

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"concord/crosswalk"
)

// A Part is one file of several to be merged.
type Part struct {
	Name string // of the file, for people
	*Crosswalk
}

// A Merged is what several reviewers' crosswalks come to.
type Merged struct {
	Agreed    *Crosswalk // the pairs on which all that speak of them agree
	Conflicts []Conflict // the others, in the order of the parts
	Notes     []string   // what a person should know besides
}

// A Conflict is a pair on which parts disagree.
type Conflict struct {
	Source string   `json:"source"`
	Target string   `json:"target"`
	Says   []Saying `json:"says"` // in the order of the parts
}

// A Saying is what one part says of a pair.
type Saying struct {
	Part          string                  `json:"part"`
	Reviewer      string                  `json:"reviewer,omitempty"`
	State         State                   `json:"state,omitempty"`
	Relation      crosswalk.Relation      `json:"relation"`
	RationaleType crosswalk.RationaleType `json:"rationale_type,omitempty"`
}

// Merge puts several reviewers' crosswalks together. Parts agree on a pair if
// they have the same relations with the same rationale types; those who say
// that it is not related agree however they compared. A part without a row on a
// pair says nothing of it, and neither do its drafts where another part has
// decided. Nothing is resolved: a pair on which parts disagree is in conflict,
// and not among the agreed. Where strengths differ under one relation the lowest
// stands, and a note counts them. It is an error if the parts are not about the
// same frameworks and editions, or are fewer than two.
func Merge(parts []Part) (*Merged, error) {
	if len(parts) < 2 {
		return nil, errors.New("to merge takes two crosswalks or more")
	}
	aligned := make([]Part, len(parts))
	for i, p := range parts {
		c, err := p.Aligned(parts[0].Crosswalk)
		if err != nil {
			return nil, fmt.Errorf("%s and %s: %w", parts[0].Name, p.Name, err)
		}
		aligned[i] = Part{p.Name, c}
	}
	m := &merging{parts: aligned, rows: map[[2]string][][]Row{}}
	m.gather()
	out := &Merged{Agreed: m.headings()}
	conflict := map[[2]string]bool{}
	for _, pair := range m.order {
		if rows, ok := m.agree(pair); ok {
			out.Agreed.Rows = append(out.Agreed.Rows, rows...)
		} else {
			conflict[pair] = true
			out.Conflicts = append(out.Conflicts, m.conflict(pair))
		}
	}
	for _, r := range out.Agreed.Rows {
		out.Agreed.Draft = out.Agreed.Draft || r.State == Draft
	}
	out.Agreed.Gaps = m.gaps(out.Agreed.Rows, conflict)
	out.Notes = m.notes()
	return out, nil
}

type merging struct {
	parts []Part
	order [][2]string           // pairs, in the order in which parts name them
	rows  map[[2]string][][]Row // of a pair, by part
}

// gather collects what the parts say of each pair; drafts give way to what is
// decided.
func (m *merging) gather() {
	for i, p := range m.parts {
		for _, r := range p.Rows {
			pair := pairOf(r)
			if m.rows[pair] == nil {
				m.rows[pair] = make([][]Row, len(m.parts))
				m.order = append(m.order, pair)
			}
			m.rows[pair][i] = append(m.rows[pair][i], r)
		}
	}
	isDraft := func(r Row) bool { return r.State == Draft }
	for _, byPart := range m.rows {
		if !slices.ContainsFunc(byPart, func(rows []Row) bool { return slices.ContainsFunc(rows, func(r Row) bool { return !isDraft(r) }) }) {
			continue
		}
		for i := range byPart {
			byPart[i] = slices.DeleteFunc(byPart[i], isDraft)
		}
	}
}

// claims returns what one part says of a pair, in a form that can be compared.
func claims(rows []Row) string {
	var all []string
	for _, r := range rows {
		if r.unrelated() {
			all = append(all, string(r.Relation))
		} else {
			all = append(all, string(r.Relation)+" "+string(r.RationaleType))
		}
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ", ")
}

// agree returns the rows of a pair if all parts that speak of it agree.
func (m *merging) agree(pair [2]string) ([]Row, bool) {
	byPart := slices.DeleteFunc(slices.Clone(m.rows[pair]), func(rows []Row) bool { return len(rows) == 0 })
	for _, rows := range byPart[1:] {
		if claims(rows) != claims(byPart[0]) {
			return nil, false
		}
	}
	out := slices.Clone(byPart[0])
	for _, rows := range byPart[1:] {
		for _, r := range rows {
			i := slices.IndexFunc(out, func(o Row) bool { return o.Relation == r.Relation && o.RationaleType == r.RationaleType })
			if i < 0 { // both see no relationship, and compared otherwise
				i = slices.IndexFunc(out, Row.unrelated)
			}
			join(&out[i], r)
		}
	}
	return out, true
}

// join adds what another part says under the same relation.
func join(into *Row, r Row) {
	if r.Strength != nil && (into.Strength == nil || *r.Strength < *into.Strength) {
		into.Strength, into.StrengthBasis = r.Strength, r.StrengthBasis
	}
	if r.Decided.After(into.Decided) {
		into.Decided, into.State = r.Decided, r.State
	}
	into.Reviewer = joined(", ", into.Reviewer, r.Reviewer)
	into.Comment = joined("\n", into.Comment, r.Comment)
	into.Rationale = cmp.Or(into.Rationale, r.Rationale)
}

// joined puts two lists together, each entry once.
func joined(separator, a, b string) string {
	var all []string
	for _, s := range append(strings.Split(a, separator), strings.Split(b, separator)...) {
		if s != "" && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return strings.Join(all, separator)
}

func (m *merging) conflict(pair [2]string) Conflict {
	c := Conflict{Source: pair[0], Target: pair[1]}
	for i, rows := range m.rows[pair] {
		for _, r := range rows {
			c.Says = append(c.Says, Saying{m.parts[i].Name, r.Reviewer, r.State, r.Relation, r.RationaleType})
		}
	}
	return c
}

// headings returns a crosswalk without rows that says what the parts have in
// common, and the latest time.
func (m *merging) headings() *Crosswalk {
	first := m.parts[0]
	c := &Crosswalk{Title: first.Title, Tool: first.Tool, Version: first.Version, Run: first.Run, Made: first.Made, Source: first.Source, Target: first.Target}
	for _, p := range m.parts[1:] {
		if p.Run != c.Run {
			c.Run = ""
		}
		if p.Made.After(c.Made) {
			c.Made = p.Made
		}
		fill(&c.Source, p.Source)
		fill(&c.Target, p.Target)
	}
	return c
}

// fill puts down of a framework what was not known.
func fill(f *Framework, other Framework) {
	f.Name, f.Edition, f.Title = cmp.Or(f.Name, other.Name), cmp.Or(f.Edition, other.Edition), cmp.Or(f.Title, other.Title)
	f.Digest, f.Origin = cmp.Or(f.Digest, other.Digest), cmp.Or(f.Origin, other.Origin)
}

// gaps returns the gaps of the parts to which still nothing is mapped and on
// which no conflict hangs.
func (m *merging) gaps(rows []Row, conflict map[[2]string]bool) []Gap {
	type end struct {
		side crosswalk.Side
		id   string
	}
	used := map[end]bool{}
	for pair := range conflict {
		used[end{crosswalk.SourceSide, pair[0]}], used[end{crosswalk.TargetSide, pair[1]}] = true, true
	}
	for _, r := range rows {
		if !r.unrelated() {
			used[end{crosswalk.SourceSide, r.Source}], used[end{crosswalk.TargetSide, r.Target}] = true, true
		}
	}
	var out []Gap
	at := map[end]int{}
	for _, p := range m.parts {
		for _, g := range p.Gaps {
			e := end{g.Side, g.ID}
			if i, known := at[e]; known {
				out[i].Judged = out[i].Judged || g.Judged
			} else if !used[e] {
				at[e] = len(out)
				out = append(out, g)
			}
		}
	}
	return out
}

func (m *merging) notes() []string {
	var out []string
	differ := 0
	for _, pair := range m.order {
		if rows, ok := m.agree(pair); ok {
			differ += m.strengths(pair, rows)
		}
	}
	if differ > 0 {
		out = append(out, fmt.Sprintf("%d rows agree but in their strength: the lowest stands", differ))
	}
	for _, side := range []struct {
		name string
		of   func(Part) Framework
	}{{"source", func(p Part) Framework { return p.Source }}, {"target", func(p Part) Framework { return p.Target }}} {
		first := side.of(m.parts[0])
		for _, p := range m.parts[1:] {
			if other([2]string{first.Digest, side.of(p).Digest}) {
				out = append(out, fmt.Sprintf("%s and %s were made from different texts of %s", m.parts[0].Name, p.Name, first.Spec()))
			}
		}
	}
	return out
}

// strengths counts the agreed rows of a pair under which parts give different
// strengths.
func (m *merging) strengths(pair [2]string, agreed []Row) int {
	n := 0
	for _, a := range agreed {
		if slices.ContainsFunc(m.rows[pair], func(rows []Row) bool {
			return slices.ContainsFunc(rows, func(r Row) bool {
				return r.Relation == a.Relation && r.RationaleType == a.RationaleType && r.Strength != nil && number(r.Strength) != number(a.Strength)
			})
		}) {
			n++
		}
	}
	return n
}
