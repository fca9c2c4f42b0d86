package review

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"concord/crosswalk"
)

// Reservations keep who has which pair of a run open, for all desks of a ledger.
type Reservations interface {
	// Reserve notes that a reviewer has a pair open for so long from now on, in one
	// step. It reports false, and changes nothing, if somebody else has.
	Reserve(ctx context.Context, run, reviewer, proposal string, long time.Duration) (got bool, err error)
	// Release ends the reservation of a reviewer, if there is one.
	Release(ctx context.Context, run, reviewer, proposal string) error
	// Reservations returns those that have not expired.
	Reservations(ctx context.Context, run string) ([]crosswalk.Reservation, error)
}

// holding is for how long a pair is reserved after the last sign of life.
const holding = 3 * time.Minute

// mostHeld is how many pairs a reviewer has reserved at most, in several windows
// or left behind without a script.
const mostHeld = 8

// A holders value is who has which pair open, by pair.
type holders struct {
	own, others map[string]crosswalk.Reservation
}

// holders asks the ledger. Where it cannot say, nobody has anything open: to do a
// pair twice is better than not to go on.
func (d *seat) holders(ctx context.Context) holders {
	h := holders{map[string]crosswalk.Reservation{}, map[string]crosswalk.Reservation{}}
	if d.Reservations == nil {
		return h
	}
	var list []crosswalk.Reservation
	var err error
	d.meanwhile(func() { list, err = d.Reservations.Reservations(ctx, d.Draft.Run) })
	d.warn(ctx, err)
	for _, x := range list {
		if x.Reviewer == d.Name {
			h.own[x.Proposal] = x
		} else {
			h.others[x.Proposal] = x
		}
	}
	return h
}

// warn logs that reservations do not work, once a minute.
func (d *seat) warn(ctx context.Context, err error) {
	if now := d.Now(); err != nil && ctx.Err() == nil && now.Sub(d.warned).Abs() >= time.Minute {
		d.warned = now
		d.Log.Warn("review goes on without reservations", "error", err)
	}
}

// reservable reports whether there is something on a pair for the reviewer to
// do that nobody else need do.
func (d *seat) reservable(at *row) bool {
	return d.Reservations != nil && !d.reads() && !at.done() && (at.Review != crosswalk.Conflict || d.maySettle(at))
}

// reserve reserves a pair, and reports false if somebody else has it open.
func (d *seat) reserve(ctx context.Context, proposal string) bool {
	var got bool
	var err error
	d.asking[proposal] = d.Name
	d.meanwhile(func() { got, err = d.Reservations.Reserve(ctx, d.Draft.Run, d.Name, proposal, holding) })
	delete(d.asking, proposal)
	d.warn(ctx, err)
	return got || err != nil
}

func (d *seat) release(ctx context.Context, proposal string) {
	var err error
	d.meanwhile(func() { err = d.Reservations.Release(ctx, d.Draft.Run, d.Name, proposal) })
	d.warn(ctx, err)
}

// take returns the pair to look at after one, as [filter.next] does, and reserves
// it. Where reviewers share the work, pairs that others have open are passed over.
func (d *seat) take(ctx context.Context, f filter, members []*row, after *row, h holders) (*row, error) {
	for {
		for proposal, who := range d.asking { // of this desk; the ledger says who of all
			if _, known := h.others[proposal]; !known && who != d.Name {
				h.others[proposal] = crosswalk.Reservation{Proposal: proposal, Reviewer: who}
			}
		}
		next := f.next(members, after, h)
		if next == nil || !d.reservable(next) {
			return next, nil
		}
		d.makeRoom(ctx, h, next.Proposal)
		if !d.reserve(ctx, next.Proposal) { // somebody at another desk was faster
			if !f.shared() {
				return next, nil
			}
			h = d.holders(ctx)
			if _, known := h.others[next.Proposal]; !known { // and left it again, perhaps; there are others
				h.others[next.Proposal] = crosswalk.Reservation{Proposal: next.Proposal}
			}
			continue
		}
		// Who had it may have decided on it at another desk, just before.
		if err := d.refresh(ctx, true); err != nil {
			return nil, err
		}
		if f.wants(next) {
			return next, nil
		}
		d.release(ctx, next.Proposal)
	}
}

// open reserves a pair that is opened by its id, unless somebody else has it.
func (d *seat) open(ctx context.Context, at string, h *holders) {
	if _, taken := h.others[at]; taken || h.own[at].Left > holding/2 {
		return
	}
	d.makeRoom(ctx, *h, at)
	if !d.reserve(ctx, at) { // somebody was faster
		*h = d.holders(ctx)
	}
}

// makeRoom ends the reservation of the reviewer that expires first where there are as
// many as there may be, and one more is to come.
func (d *seat) makeRoom(ctx context.Context, h holders, forPair string) {
	if _, has := h.own[forPair]; has || len(h.own) < mostHeld {
		return
	}
	oldest := slices.MinFunc(slices.Collect(maps.Values(h.own)), func(a, b crosswalk.Reservation) int {
		return cmp.Or(cmp.Compare(a.Left, b.Left), cmp.Compare(a.Proposal, b.Proposal))
	})
	d.release(ctx, oldest.Proposal)
	delete(h.own, oldest.Proposal)
}

// notice says that somebody else has a pair open; nothing where nobody has, and
// where all are to decide on everything. Of a pair that is still to be decided
// unseen it does not say who.
func (d *seat) notice(f filter, at *row, h holders) string {
	x, taken := h.others[at.Proposal]
	if !taken || f.State == stateMine {
		return ""
	}
	text := d.holder(at, x) + " has this pair open" + d.until(x) + "."
	if !d.reads() {
		text += " What you decide counts all the same."
	}
	return text
}

// holder names who has a pair open.
func (d *seat) holder(at *row, x crosswalk.Reservation) string {
	if x.Reviewer == "" || d.blind(at) {
		return "Somebody else"
	}
	return visible(x.Reviewer)
}

func (d *seat) until(x crosswalk.Reservation) string {
	if x.Left <= 0 {
		return ""
	}
	return ", until " + d.Now().Add(x.Left).UTC().Format("15:04:05 UTC") + " if not for longer"
}

// A taken pair is one that somebody else has open.
type taken struct{ Pair, Who, URL string }

// taken lists the pairs that would come next if others had them not open.
func (d *seat) taken(f filter, members []*row, h holders) []taken {
	var out []taken
	for _, r := range members {
		if x, busy := h.others[r.Proposal]; busy && f.shared() && f.wants(r) {
			out = append(out, taken{r.source.ID + " → " + r.target.ID, d.holder(r, x) + d.until(x), f.url("/pair", "id", r.Proposal)})
		}
	}
	return out
}

// hold takes the sign of life of a page: the pair that is open there, and one that
// was left. It answers with what the page should say.
func (d *seat) hold(w http.ResponseWriter, r *http.Request) {
	err := readForm(r)
	var f filter
	if err == nil {
		f, err = d.filterOf(r.URL.Query())
	}
	if err != nil {
		d.refuse(w, err)
		return
	}
	text, err := d.sign(r.Context(), f, r.PostForm.Get("id"), r.PostForm.Get("left"))
	if err != nil {
		d.refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprint(w, text)
}

// sign renews the reservation of a pair, and ends that of one that was left; empty
// for none. It says who else has the pair.
func (d *seat) sign(ctx context.Context, f filter, id, left string) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if left != "" && d.Reservations != nil {
		d.release(ctx, left)
	}
	if id == "" {
		return "", nil
	}
	at, err := d.row(id)
	if err != nil {
		return "", err
	}
	h := d.holders(ctx)
	if d.reservable(at) {
		d.open(ctx, id, &h)
	}
	return d.notice(f, at, h), nil
}
