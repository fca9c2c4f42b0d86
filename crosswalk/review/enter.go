package review

import (
	"cmp"
	"net/http"

	"concord/corpus"
	"concord/crosswalk"
)

// enter keeps a pair that nobody proposed.
func (d *seat) enter(r *http.Request) (reply, error) {
	f, form, err := d.formOf(r)
	if err != nil {
		return reply{}, err
	}
	x, err := d.begin(form)
	if err != nil {
		return reply{}, err
	}
	source, target, err := d.pairOf(form.Get("of"), form.Get("to"))
	if err != nil {
		return reply{}, err
	}
	x.Action, x.Reason, x.Source, x.Target = crosswalk.Enter, "", d.Draft.Source.Ref(source.ID), d.Draft.Target.Ref(target.ID)
	relation, err := crosswalk.ParseRelation(form.Get("relation"))
	if err != nil || relation == crosswalk.NoRelationship {
		return reply{}, badRequest("Choose how the two are related first. Nothing was saved.")
	}
	if x.RationaleType, err = crosswalk.ParseRationaleType(form.Get("rationale_type")); err != nil {
		return reply{}, badRequest("Choose how the two were compared first. Nothing was saved.")
	}
	if x.Strength, err = strengthOf(form); err != nil {
		return reply{}, err
	}
	x.Relation, x.Proposal = relation, crosswalk.ProposalID(x.Source, x.Target, x.RationaleType)
	at := d.at[x.Proposal]
	if at != nil && at.Proposed != nil {
		return reply{}, &refusal{http.StatusConflict, "This pair was proposed already. Nothing was saved: decide on the proposal."}
	}
	if x, err = d.finished(x, nil); err != nil {
		return reply{}, err
	}
	did, err := d.saveOnce(r.Context(), at, x)
	if err != nil {
		return reply{}, err
	}
	return redirect(f.url("/pair", "id", cmp.Or(form.Get("from"), x.Proposal), "did", did)), nil
}

// pairOf returns the elements of a pair that may be entered.
func (d *Desk) pairOf(source, target string) (a, b corpus.Element, err error) {
	for _, side := range []struct {
		of   []corpus.Element
		id   string
		into *corpus.Element
	}{{d.sources, source, &a}, {d.targets, target, &b}} {
		found := false
		for _, e := range side.of {
			if e.ID == side.id {
				*side.into, found = e, true
			}
		}
		if !found {
			return a, b, badRequest("There is no such element to map.")
		}
	}
	return a, b, nil
}
