package carry

import (
	"cmp"
	"slices"
	"time"

	"concord/corpus"
	"concord/crosswalk"
)

// carrying is the state of one [Carry].
type carrying struct {
	from, to         Run
	now              time.Time
	sources, targets map[string][]string
	proposals        map[[2]string][]*crosswalk.Proposal // of the new run, by pair

	before map[string]string    // ids in the new run of decisions that came along, by their old ones
	own    map[[2]string]bool   // whether a reviewer decided on a proposal in the new run
	seen   int                  // how many decisions were looked at
	made   []crosswalk.Decision // so far
	became map[string]string    // ids in the new run, by their old ones
}

func newCarrying(from, to Run, now time.Time) *carrying {
	c := &carrying{
		from: from, to: to, now: now.UTC(),
		sources: corpus.Successors(from.Source, to.Source), targets: corpus.Successors(from.Target, to.Target),
		proposals: map[[2]string][]*crosswalk.Proposal{}, before: map[string]string{}, own: map[[2]string]bool{},
		became: map[string]string{},
	}
	for i := range to.Proposals {
		p := &to.Proposals[i]
		pair := [2]string{p.Source.ID, p.Target.ID}
		c.proposals[pair] = append(c.proposals[pair], p)
	}
	for _, d := range to.Decisions {
		switch d.Carried.Run {
		case "":
			c.own[[2]string{d.Proposal, d.Reviewer}] = true
		case from.ID:
			c.before[d.Carried.Decision] = d.ID
			c.became[d.Carried.Decision] = d.ID
		}
	}
	return c
}

// row begins the row of a decision.
func (p *placed) row(d crosswalk.Decision) Row {
	r := Row{
		Decision: d.ID, Reviewer: d.Reviewer, Time: d.Time, Relation: d.Relation, RationaleType: d.RationaleType,
		Source: p.Source, Target: p.Target, NewSource: p.newSource, NewTarget: p.newTarget,
	}
	if !positive(d) {
		r.Relation = crosswalk.NoRelationship
	}
	return r
}

// carryAll carries the decisions that stand on a pair, each after those that it
// settles, as it names them by the ids they get. Their times keep their order.
func (c *carrying) carryAll(p *placed) []Row {
	rows, done := make([]Row, len(p.By)), make([]bool, len(p.By))
	from := c.now.Add(time.Duration(c.seen))
	c.seen += len(p.By)
	var one func(i int)
	one = func(i int) {
		if done[i] {
			return
		}
		done[i] = true
		for j, other := range p.By {
			if slices.Contains(p.By[i].Settles, other.ID) {
				one(j)
			}
		}
		rows[i] = c.carry(p, p.By[i], from.Add(time.Duration(i)))
	}
	for i := range p.By {
		one(i)
	}
	return rows
}

// carry says what becomes of a decision, and makes the one that it becomes. The
// row waits if a person has to look, whether or not somebody has.
func (c *carrying) carry(p *placed, d crosswalk.Decision, at time.Time) Row {
	row := p.row(d)
	row.Before = c.before[d.ID] != ""
	switch {
	case p.gone != "":
		row.Fate, row.Why, row.Waits = Gone, p.gone, positive(d)
		return row
	case c.own[[2]string{p.key, d.Reviewer}]:
		row.Fate = Redecided
		return row
	case p.merged:
		row.Fate, row.Why, row.Waits = Merged, "another pair of the old run became this one", positive(d)
		return row
	}
	n, fate, why := c.remade(p, d)
	row.Fate, row.Why = fate, why
	switch fate {
	case Reworded:
		row.Waits = true
	case Unproposed:
		row.Waits = p.Review == crosswalk.Conflict || positive(d) && !p.unchanged()
	}
	if !p.unchanged() {
		c.compare(&row, p)
	}
	if n.Action == "" || row.Before {
		return row
	}
	n.Time = at
	n = n.Identified()
	c.made = append(c.made, n)
	c.became[d.ID] = n.ID
	return row
}

// compare puts the word diffs of the texts that changed into a row.
func (c *carrying) compare(row *Row, p *placed) {
	if !p.same[0] {
		row.SourceText, _ = changes(c.from.Source, p.Source.ID, c.to.Source, p.newSource.ID)
	}
	if !p.same[1] {
		row.TargetText, _ = changes(c.from.Target, p.Target.ID, c.to.Target, p.newTarget.ID)
	}
	if row.Why == "" {
		row.Why = differs(row.SourceText, row.TargetText)
	}
}

// remade returns the decision that another one becomes in the new run, without
// its time; without action if it cannot be made there.
func (c *carrying) remade(p *placed, d crosswalk.Decision) (n crosswalk.Decision, fate Fate, why string) {
	n = crosswalk.Decision{
		Reviewer: d.Reviewer, Proposal: p.key, Comment: d.Comment, SuggestionVisible: d.SuggestionVisible,
		Carried: crosswalk.Carried{Run: c.from.ID, Decision: d.ID, Source: p.Source, Target: p.Target},
	}
	for _, old := range d.Settles {
		if id := c.became[old]; id != "" {
			n.Settles, n.Adjudicates = append(n.Settles, id), d.Adjudicates
		}
	}
	switch {
	case p.proposed == nil && p.unchanged() && p.holds(d):
		n.Action, n.Source, n.Target = crosswalk.Enter, p.newSource, p.newTarget
		n.Relation, n.RationaleType, n.Strength, n.Group = d.Relation, d.RationaleType, d.Strength, d.Group
		return n, Kept, ""
	case p.proposed == nil && p.unchanged() && p.Review == crosswalk.Conflict:
		return n, Unproposed, "reviewers disagreed"
	case p.proposed == nil && p.unchanged():
		return n, Unproposed, ""
	case p.proposed == nil:
		return n, Unproposed, "a text changed"
	case !p.unchanged() && d.Action == crosswalk.Enter:
		return n, Reworded, "it was entered by hand, on no proposal that could be shown as changed"
	case !p.unchanged():
		n.Action, n.ProposalSHA256, n.Reason = d.Action, d.ProposalSHA256, d.Reason
		n.Relation, n.RationaleType, n.Strength, n.Group = d.Relation, d.RationaleType, d.Strength, d.Group
		return n, Reworded, ""
	}
	n.ProposalSHA256 = p.proposed.SHA256()
	against(&n, d, *p.proposed)
	return n, Kept, ""
}

// holds reports whether a decision says what the pair came to, and that is a
// relation.
func (p *placed) holds(d crosswalk.Decision) bool {
	return p.Decided != nil && positive(d) && d.Relation == p.Decided.Relation && d.RationaleType == p.Decided.RationaleType
}

// against says of a new proposal what an old decision said.
func against(n *crosswalk.Decision, d crosswalk.Decision, p crosswalk.Proposal) {
	switch {
	case !positive(d) && p.Outcome == crosswalk.Unrelated:
		n.Action, n.Relation, n.RationaleType = crosswalk.Accept, crosswalk.NoRelationship, cmp.Or(p.RationaleType, crosswalk.Semantic)
		n.Strength = d.Strength
		return
	case !positive(d):
		n.Action, n.Reason = crosswalk.Reject, cmp.Or(d.Reason, crosswalk.WrongTarget)
		return
	}
	n.Action, n.Reason = crosswalk.Correct, d.Reason
	n.Relation, n.RationaleType, n.Strength, n.Group = d.Relation, d.RationaleType, d.Strength, d.Group
	if p.Outcome == crosswalk.Mapped && p.Relation == d.Relation && p.RationaleType == d.RationaleType &&
		(d.Strength == nil || p.Strength != nil && *p.Strength == *d.Strength) {
		n.Action, n.Reason = crosswalk.Accept, ""
	}
}

// positive reports whether a decision says that the pair is related.
func positive(d crosswalk.Decision) bool {
	return d.Action != crosswalk.Reject && d.Relation != crosswalk.NoRelationship
}
