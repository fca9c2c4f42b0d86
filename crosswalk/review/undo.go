package review

import (
	"net/http"
	"slices"

	"concord/crosswalk"
)

// undo takes back the last decision of the reviewer, or the last on one pair,
// and shows the pair. Those that were made at once go together.
func (d *seat) undo(r *http.Request) (reply, error) {
	f, form, err := d.formOf(r)
	if err != nil {
		return reply{}, err
	}
	live := standingOf(d.own, d.Name)
	if id := form.Get("id"); id != "" {
		at, err := d.row(id)
		if err != nil {
			return reply{}, err
		}
		mine := at.by(d.Name)
		if mine == nil || mine.ID != form.Get("of") {
			return reply{}, &refusal{http.StatusConflict, "Your decision on this pair is another one by now. Nothing was taken back: look at it again."}
		}
		if mine.Batch == "" {
			live = []crosswalk.Decision{*mine}
		} else {
			live = slices.DeleteFunc(live, func(x crosswalk.Decision) bool { return x.Batch != mine.Batch })
		}
	}
	if len(live) == 0 {
		return redirect(f.url("/pair", "id", form.Get("from"), "did", "nothing")), nil
	}
	last := live[len(live)-1]
	var back []crosswalk.Decision
	now := d.instant()
	for _, was := range live {
		if was.ID == last.ID || was.Batch != "" && was.Batch == last.Batch {
			back = append(back, crosswalk.Decision{
				Time: now, Batch: was.Batch, Reviewer: d.Name, Proposal: was.Proposal, ProposalSHA256: was.ProposalSHA256, Action: crosswalk.Undo, SuggestionVisible: true,
			}.Identified())
		}
	}
	if err := d.save(r.Context(), back...); err != nil {
		return reply{}, err
	}
	id := last.Proposal
	if d.at[id].withdrawn() { // there is nothing left to show
		id = form.Get("from")
	}
	return redirect(f.url("/pair", "id", id, "did", back[len(back)-1].ID)), nil
}
