package export

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/exchange"
)

// A Scope says which rows of a run a crosswalk gets. The zero Scope is what
// people have decided.
type Scope struct {
	Drafts    bool // also the pairs that were proposed as mapped and on which nobody has decided, or people disagree
	Unrelated bool // of the drafts, also those that were judged unrelated
}

// FlagConflict marks a draft on which reviewers disagree.
const FlagConflict = "reviewers disagree"

// Crosswalk returns the document as what passes from tool to tool: a row for
// each pair that was decided on, and drafts if they are asked for. It is a draft
// if one row is. An element is a gap if no row relates it to anything; it counts
// as judged if all that was proposed for it was rejected, or it was judged to be
// related to nothing, and nothing waits for a decision. It fails if the document
// contradicts itself.
func (d *Document) Crosswalk(decisions []crosswalk.Decision, scope Scope) (*exchange.Crosswalk, error) {
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("export run %s: %w", d.Run, err)
	}
	c := &exchange.Crosswalk{
		Title: titled(d.Source) + " to " + titled(d.Target), Tool: d.Tool, Version: d.Version, Run: d.Run,
		Made: d.Started.UTC().Truncate(time.Second), Source: side(d.Source), Target: side(d.Target),
	}
	w := waiting{crosswalk.SourceSide: {}, crosswalk.TargetSide: {}}
	for _, s := range crosswalk.Current(d.Proposals, decisions) {
		decided := s.Decided != nil
		if decided {
			c.Made = later(c.Made, s.Decided.Time.UTC().Truncate(time.Second))
		} else if s.Proposed == nil || s.Review == crosswalk.Conflict || s.Proposed.Outcome == crosswalk.Mapped {
			w[crosswalk.SourceSide][s.Source.ID], w[crosswalk.TargetSide][s.Target.ID] = true, true
		}
		if !decided && (!scope.Drafts || !draftable(s, scope)) {
			continue
		}
		row, err := d.row(s)
		if err != nil {
			return nil, err
		}
		c.Rows = append(c.Rows, row)
		c.Draft = c.Draft || row.State == exchange.Draft
	}
	c.Sort(idsOf(d.Source), idsOf(d.Target))
	c.Gaps = d.gaps(c.Rows, w)
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("export run %s: %w", d.Run, err)
	}
	return c, nil
}

// draftable reports whether an undecided pair may stand among drafts.
func draftable(s crosswalk.Standing, scope Scope) bool {
	if s.Proposed == nil || s.Review == crosswalk.Conflict {
		return true
	}
	o := s.Proposed.Outcome
	return o == crosswalk.Mapped || o == crosswalk.Unrelated && scope.Unrelated
}

func (d *Document) row(s crosswalk.Standing) (exchange.Row, error) {
	source, ok := d.Source.Element(s.Source.ID)
	if !ok {
		return exchange.Row{}, fmt.Errorf("decision on %s to %s: %s has no element %q", s.Source, s.Target, d.Source.Spec(), s.Source.ID)
	}
	target, ok := d.Target.Element(s.Target.ID)
	if !ok {
		return exchange.Row{}, fmt.Errorf("decision on %s to %s: %s has no element %q", s.Source, s.Target, d.Target.Spec(), s.Target.ID)
	}
	r := exchange.Row{
		Source: source.ID, SourceTitle: source.Title, SourceText: statement(d.Source, source), SourceSHA256: source.TextSHA256(),
		Target: target.ID, TargetTitle: target.Title, TargetText: statement(d.Target, target), TargetSHA256: target.TextSHA256(),
		Relation: s.Relation, RationaleType: s.RationaleType, Strength: s.Strength, Focus: source.Focus, Proposal: s.Proposal,
	}
	if p := s.Proposed; p != nil {
		if p.Outcome == crosswalk.Unrelated && r.Relation == "" {
			r.Relation = crosswalk.NoRelationship
		}
		r.Rationale, r.StrengthBasis, r.Origin, r.Model, r.Prompt = p.Rationale, p.StrengthBasis, p.Origin, p.Model, p.Prompt
		r.Convention, r.Focus, r.Basis, r.Flags = p.Convention, p.Focus, p.Basis, slices.Clone(p.Flags)
		r.Confidence, r.Probability = &p.Confidence, &p.Probability
		r.SourceSHA256, r.TargetSHA256, r.ProposalSHA256 = p.SourceSHA256, p.TargetSHA256, p.SHA256()
		for _, q := range p.Quotes {
			r.Quotes = append(r.Quotes, crosswalk.Quote{Side: q.Side, Text: q.Text})
		}
	}
	if s.Review == crosswalk.Conflict {
		r.Flags = append(r.Flags, FlagConflict)
	}
	if s.Decided != nil {
		decided(&r, s)
	}
	if r.Strength == nil {
		r.StrengthBasis = ""
	}
	return r, nil
}

// decided puts down what people said of a row.
func decided(r *exchange.Row, s crosswalk.Standing) {
	d := s.Decided
	r.State = exchange.State(s.Review)
	r.Decided = d.Time.UTC().Truncate(time.Second)
	r.Comment, r.Group = d.Comment, d.Group
	if d.Reason != "" {
		r.Comment = strings.TrimSuffix(string(d.Reason)+": "+d.Comment, ": ")
	}
	if p := s.Proposed; p == nil || r.Strength != nil && (p.Strength == nil || *p.Strength != *r.Strength) {
		r.StrengthBasis = "reviewer"
	}
	if len(d.Settles) > 0 {
		r.Reviewer = d.Reviewer
		return
	}
	var names []string
	for _, by := range s.By {
		names = append(names, by.Reviewer)
	}
	slices.Sort(names)
	r.Reviewer = strings.Join(names, ", ")
}

// waiting tells the elements of each side for which something waits for a
// decision.
type waiting map[crosswalk.Side]map[string]bool

// gaps returns the elements that no row relates to anything, in document order.
func (d *Document) gaps(rows []exchange.Row, w waiting) []exchange.Gap {
	mapped := map[crosswalk.Side]map[string]bool{crosswalk.SourceSide: {}, crosswalk.TargetSide: {}}
	for _, r := range rows {
		if r.Relation != "" && r.Relation != crosswalk.NoRelationship {
			mapped[crosswalk.SourceSide][r.Source], mapped[crosswalk.TargetSide][r.Target] = true, true
		}
	}
	var out []exchange.Gap
	add := func(side crosswalk.Side, id, title string, o crosswalk.Outcome) {
		if !mapped[side][id] {
			looked := o == crosswalk.Mapped || o == crosswalk.Unrelated
			out = append(out, exchange.Gap{Side: side, ID: id, Title: title, Judged: looked && !w[side][id]})
		}
	}
	for _, r := range d.rows() {
		add(crosswalk.SourceSide, r.element.ID, r.element.Title, r.outcome)
	}
	for _, t := range d.targets() {
		add(crosswalk.TargetSide, t.ID, t.Title, t.Outcome)
	}
	return out
}

func side(f *corpus.Framework) exchange.Framework {
	return exchange.Framework{Name: f.Name, Edition: f.Edition, Title: f.Title, Digest: f.Digest(), Origin: f.Source}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func titled(f *corpus.Framework) string { return cmp.Or(f.Title, f.Spec()) }

func idsOf(f *corpus.Framework) []string {
	ids := make([]string, len(f.Elements))
	for i, e := range f.Elements {
		ids[i] = e.ID
	}
	return ids
}
