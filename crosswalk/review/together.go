package review

import (
	"net/http"
	"slices"
	"time"

	"concord/crosswalk"
)

// together says that the targets of several pairs cover their source only
// together. Each pair gets a decision, all at one instant, so that one undo takes
// them back.
func (d *seat) together(r *http.Request) (reply, error) {
	f, form, err := d.formOf(r)
	if err != nil {
		return reply{}, err
	}
	ids := slices.Compact(slices.Sorted(slices.Values(form["of"])))
	if len(ids) < 2 {
		return reply{}, badRequest("Choose two targets or more that cover the source together. Nothing was saved.")
	}
	group := crosswalk.NewID(append([]string{"group"}, ids...)...)
	now, each := d.instant(), d.took(form)/time.Duration(len(ids))
	batch := crosswalk.NewID(append([]string{"batch", d.Name, now.String()}, ids...)...)
	var list []crosswalk.Decision
	var first *row
	for _, id := range ids {
		at, err := d.row(id)
		if err != nil {
			return reply{}, err
		}
		if first == nil {
			first = at
		}
		if at.source.ID != first.source.ID {
			return reply{}, badRequest("These pairs have different sources. Nothing was saved.")
		}
		x, err := d.asItStands(at)
		if err != nil {
			return reply{}, err
		}
		x.Time, x.Group, x.Duration, x.Batch = now, group, each, batch
		list = append(list, x.Identified())
	}
	if err := d.save(r.Context(), list...); err != nil {
		return reply{}, err
	}
	return redirect(f.url("/pair", "id", form.Get("from"), "did", list[0].ID)), nil
}

// asItStands returns a decision of the reviewer that says again what the
// reviewer decided on a pair, or what was proposed.
func (d *seat) asItStands(at *row) (crosswalk.Decision, error) {
	x := crosswalk.Decision{Reviewer: d.Name, Proposal: at.Proposal, Action: crosswalk.Accept, SuggestionVisible: true}
	p, mine := at.Proposed, at.by(d.Name)
	switch {
	case d.blind(at):
		return x, badRequest(visible(at.target.ID) + " is still to be decided unseen. Nothing was saved: decide on it first.")
	case mine != nil && mine.Relation != "":
		x.Action, x.Relation, x.RationaleType, x.Strength = mine.Action, mine.Relation, mine.RationaleType, mine.Strength
		x.Reason, x.Comment, x.Source, x.Target = mine.Reason, mine.Comment, mine.Source, mine.Target
		x.SuggestionVisible = mine.SuggestionVisible
		if err := d.settle(&x, at, false, nil); err != nil {
			return x, err
		}
	case mine == nil && p != nil && p.Outcome == crosswalk.Mapped:
		x.Relation, x.RationaleType, x.Strength = p.Relation, p.RationaleType, p.Strength
	}
	if x.Relation == "" || x.Relation == crosswalk.NoRelationship {
		return x, badRequest(visible(at.target.ID) + " is not related by what was decided or proposed. Nothing was saved: decide on it first.")
	}
	if p != nil {
		x.ProposalSHA256 = p.SHA256()
		if mine != nil && mine.ProposalSHA256 != x.ProposalSHA256 {
			return x, &refusal{http.StatusConflict, visible(at.target.ID) + " was decided as it was before. Nothing was saved: decide on it anew first."}
		}
	}
	return x, nil
}

// companions lists the targets that cover the source of a pair only together
// with its own.
func (d *seat) companions(at *row) []string {
	if at.Decided == nil || at.Decided.Group == "" {
		return nil
	}
	var out []string
	for _, r := range d.ordered {
		if r != at && r.Decided != nil && r.Decided.Group == at.Decided.Group && !d.blind(r) {
			out = append(out, r.target.ID)
		}
	}
	return out
}
