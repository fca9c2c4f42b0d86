package oscal

import (
	"strconv"
	"strings"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
)

// A claim is what a map says of its source: rows of one group that share it are
// one map, because OSCAL takes several targets together.
type claim struct {
	group, source, title, sha256 string
	relation                     crosswalk.Relation
	rationale                    crosswalk.RationaleType
}

// mapsOf returns a map for each row that stands alone and for each group, in
// the order of the rows.
func mapsOf(c *exchange.Crosswalk) []pairs {
	var bundles [][]int
	at := map[claim]int{}
	for i, r := range c.Rows {
		k := claim{r.Group, r.Source, r.SourceTitle, r.SourceSHA256, r.Relation, r.RationaleType}
		if n, met := at[k]; met && r.Group != "" {
			bundles[n] = append(bundles[n], i)
			continue
		}
		at[k] = len(bundles)
		bundles = append(bundles, []int{i})
	}
	out := make([]pairs, len(bundles))
	for i, rows := range bundles {
		if len(rows) == 1 {
			out[i] = single(c, c.Rows[rows[0]])
		} else {
			out[i] = several(c, rows)
		}
	}
	return out
}

// single is the map of one row.
func single(c *exchange.Crosswalk, r exchange.Row) pairs {
	m := frame(c, r, r.Target)
	m.Targets = []item{itemOf(c.Target, r.Target, r.TargetTitle, r.TargetSHA256)}
	m.Confidence = confidence(r)
	m.Props = append(m.Props, rowProps(r)...)
	m.Remarks = remarks(opening(c, r, r.Target), rowParts(r))
	return m
}

// several is the map of a group. What is said of each of its rows stands at the
// target of the row, with the number of the row.
func several(c *exchange.Crosswalk, rows []int) pairs {
	var ids []string
	for _, i := range rows {
		ids = append(ids, c.Rows[i].Target)
	}
	first := c.Rows[rows[0]]
	m := frame(c, first, ids...)
	for _, i := range rows {
		r := c.Rows[i]
		t := itemOf(c.Target, r.Target, r.TargetTitle, r.TargetSHA256)
		t.Props.add("row", strconv.Itoa(i+1))
		t.Props = append(t.Props, rowProps(r)...)
		t.Remarks = remarks("Holds only together with the other targets of this map."+draftNote(r), rowParts(r))
		m.Targets = append(m.Targets, t)
		if s := confidence(r); s != nil && (m.Confidence == nil || s.Percentage < m.Confidence.Percentage) {
			m.Confidence = s // a group is as sure as its least sure row
		}
	}
	m.Remarks = opening(c, first, strings.Join(ids, ", ")+" taken together")
	return m
}

// frame is what maps of one row and of several have in common.
func frame(c *exchange.Crosswalk, r exchange.Row, targets ...string) pairs {
	parts := append([]string{"oscal map", c.Source.Spec(), c.Target.Spec(), r.Source, string(r.RationaleType)}, targets...)
	m := pairs{
		UUID:         crosswalk.NewID(parts...),
		Rationale:    string(r.RationaleType),
		Relationship: word(r.Relation, r.RationaleType),
		Sources:      []item{itemOf(c.Source, r.Source, r.SourceTitle, r.SourceSHA256)},
	}
	if m.Relationship == untyped {
		m.NS = Namespace
	}
	if m.Rationale == "" {
		m.Props.add("matching-rationale", "unknown") // or that of the collection would hold
	}
	return m
}

func itemOf(f exchange.Framework, id, title, sha256 string) item {
	it := item{Type: itemType(id), ID: idRef(f, id)}
	it.Props.add("title", title)
	it.Props.add("text-sha256", sha256)
	return it
}

func confidence(r exchange.Row) *score {
	switch {
	case r.Probability != nil:
		return &score{decimal(*r.Probability)}
	case r.Confidence != nil:
		return &score{decimal(*r.Confidence)}
	}
	return nil
}

func rowProps(r exchange.Row) properties {
	var p properties
	state := string(r.State)
	if state == "" {
		state = "draft"
	}
	p.add("review-state", state)
	p.add("reviewer", r.Reviewer)
	if !r.Decided.IsZero() {
		p.add("decided", stamp(r.Decided))
	}
	p.add("group", r.Group)
	p.add("strength", count(r.Strength))
	p.add("strength-basis", r.StrengthBasis)
	p.add("confidence", number(r.Confidence))
	p.add("probability", number(r.Probability))
	p.add("origin", string(r.Origin))
	p.add("model", r.Model)
	p.add("prompt-sha256", r.Prompt)
	p.add("convention", r.Convention)
	p.add("focus-area", r.Focus)
	p.add("basis", r.Basis)
	for _, f := range r.Flags {
		p.add("flag", f)
	}
	p.add("proposal-id", r.Proposal)
	p.add("proposal-sha256", r.ProposalSHA256)
	p.add("fulfilled-by", r.Fulfilled)
	return p
}

func rowParts(r exchange.Row) []part {
	var out []part
	if r.Rationale != "" {
		out = append(out, part{rationalePart, r.Rationale})
	}
	for _, q := range r.Quotes {
		out = append(out, part{quotePart(q.Side), q.Text})
	}
	if r.Comment != "" {
		out = append(out, part{commentPart, r.Comment})
	}
	return out
}

// opening is the sentence that remarks begin with.
func opening(c *exchange.Crosswalk, r exchange.Row, target string) string {
	s := r.Source + " is related to " + target
	if r.Relation != "" {
		s = r.Relation.Sentence(r.Source, target)
	}
	return escape(line(s)) + "." + draftNote(r)
}

func draftNote(r exchange.Row) string {
	if r.State == exchange.Draft {
		return " Draft: no person has decided on it."
	}
	return ""
}
