package review

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"concord/crosswalk"
)

// acceptAll accepts what a preview listed, all of it at one instant.
func (d *seat) acceptAll(r *http.Request) (reply, error) {
	f, form, err := d.formOf(r)
	if err != nil {
		return reply{}, err
	}
	least, err := leastOf(form)
	if err != nil {
		return reply{}, err
	}
	rows := d.above(f, least)
	if len(rows) == 0 || form.Get("list") != digest(rows) {
		return reply{}, &refusal{http.StatusConflict, "The list has changed since it was shown. Nothing was saved: look at it again."}
	}
	now, each := d.instant(), d.took(form)/time.Duration(len(rows))
	batch := crosswalk.NewID("batch", d.Name, now.String(), digest(rows))
	var list []crosswalk.Decision
	for _, at := range rows {
		p := at.Proposed
		list = append(list, crosswalk.Decision{
			Time: now, Reviewer: d.Name, Proposal: p.ID, ProposalSHA256: p.SHA256(), Action: crosswalk.Accept,
			Relation: p.Relation, RationaleType: p.RationaleType, Strength: p.Strength, SuggestionVisible: true, Duration: each, Batch: batch,
		}.Identified())
	}
	if err := d.save(r.Context(), list...); err != nil {
		return reply{}, err
	}
	return redirect(f.url("/bulk", "least", form.Get("least"), "did", list[0].ID)), nil
}

// digest names a list of proposals.
func digest(rows []*row) string {
	var ids []string
	for _, r := range rows {
		ids = append(ids, r.Proposal)
	}
	return crosswalk.NewID(ids...)
}

// above returns the open proposals of a queue with this probability or more that
// map something and that nothing is flagged about, in order.
func (d *seat) above(f filter, least float64) []*row {
	var out []*row
	for _, r := range d.members(f) {
		if p := r.Proposed; p != nil && p.Outcome == crosswalk.Mapped && p.Probability >= least && len(p.Flags) == 0 &&
			r.Review == crosswalk.Undecided && !r.skipped(d.Name) && !d.blind(r) {
			out = append(out, r)
		}
	}
	return out
}

// leastOf reads the threshold of a bulk acceptance.
func leastOf(form url.Values) (float64, error) {
	p, err := strconv.ParseFloat(cmp.Or(form.Get("least"), "0.95"), 64)
	if err != nil || !(p >= 0 && p <= 1) {
		return 0, badRequest("A probability is a number from 0 to 1.")
	}
	return p, nil
}
