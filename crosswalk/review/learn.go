package review

import (
	"context"
	"slices"
	"time"

	"concord/crosswalk"
)

// fresh is for how long the desk relies on what it has read: decisions that
// another process made appear after this at the latest.
const fresh = 5 * time.Second

// refresh takes in what others decided; always, or as it was read a while ago.
func (d *Desk) refresh(ctx context.Context, always bool) error {
	now := d.Now()
	if !always && !d.read.IsZero() && now.Sub(d.read).Abs() < fresh {
		return nil
	}
	var added []crosswalk.Decision
	var made []crosswalk.Proposal
	var err error
	mark, grown := d.mark, d.grown
	d.meanwhile(func() {
		added, mark, err = d.Ledger.DecisionsAfter(ctx, d.Draft.Run, mark)
		if err == nil && d.More != nil { // after the decisions: what they are on is there by then
			made, grown, err = d.More(ctx, grown)
		}
	})
	if err == nil {
		err = d.grow(made)
	}
	if err != nil {
		return err
	}
	d.read, d.mark, d.grown = now, max(d.mark, mark), max(d.grown, grown)
	return d.learn(added)
}

// save writes decisions to the ledger, then onto the desk.
func (d *seat) save(ctx context.Context, decisions ...crosswalk.Decision) error {
	var err error
	d.meanwhile(func() { _, err = d.Ledger.Decide(ctx, d.Draft.Run, decisions) })
	if err != nil {
		return err
	}
	return d.learn(decisions)
}

// learn takes in decisions that are in the ledger; those that it knows change
// nothing.
func (d *Desk) learn(decisions []crosswalk.Decision) error {
	var touched []*row
	added := len(d.rows)
	for _, x := range decisions {
		if d.known[x.ID] {
			continue
		}
		r := d.at[x.Proposal]
		if r == nil && x.Action == crosswalk.Enter {
			var err error
			r, err = d.newRow(crosswalk.Standing{Proposal: x.Proposal, Source: x.Source, Target: x.Target, RationaleType: x.RationaleType})
			if err != nil {
				return err
			}
			d.rows, d.at[x.Proposal] = append(d.rows, r), r
		}
		if r == nil {
			continue // of a proposal that is not under review
		}
		d.known[x.ID] = true
		r.decisions = append(r.decisions, x)
		touched = append(touched, r)
		if i := slices.IndexFunc(d.seats, func(s *seat) bool { return s.Name == x.Reviewer }); i >= 0 {
			d.seats[i].remember(x)
		}
	}
	for _, r := range touched {
		r.fold()
	}
	if len(d.rows) > added {
		d.sort()
	}
	return nil
}

// remember adds a decision of the reviewer.
func (d *seat) remember(x crosswalk.Decision) {
	d.own = append(d.own, x)
	if x.Time.After(d.last) {
		d.last = x.Time
	} else {
		byTime(d.own)
	}
}

// instant returns the time of a decision: later than every other one of the
// reviewer, so that the last one counts whatever the clock does.
func (d *seat) instant() time.Time {
	now := d.Now().UTC()
	if !now.After(d.last) {
		now = d.last.Add(time.Nanosecond)
	}
	d.last = now
	return now
}
