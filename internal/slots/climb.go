package slots

import "time"

const (
	first    = 8  // slots at the start
	shortest = 8  // outcomes that a window has at least
	patience = 4  // windows of rest after one that brought nothing; four times as many if the next does
	longest  = 64 // at most so many
)

// A climb looks for the limit of most use. It judges by windows: as many
// outcomes as there are slots while it doubles, and twice as many later, when
// there is less to gain than to mistake.
type climb struct {
	limit, most int
	doubling    bool
	before      int // limit before it grew at the end of the last window; 0 if it did not
	rest        int // windows to come without growth
	wait        int // how long the next rest is

	late int // outcomes to come of what was under way when the limit fell
	last window

	// Of the window that is open.
	since     time.Time
	wanted    bool // somebody had to wait for a slot
	outcomes  int
	congested int
	took      []time.Duration // of each answer
}

// A window is what is known of a past one.
type window struct {
	rate    float64       // answers a second
	mean    time.Duration // of its answers; 0 if there were none
	refused float64       // share of its outcomes that were congested
}

func newClimb(most int) climb {
	most = max(1, most)
	return climb{limit: min(first, most), most: most, doubling: true, wait: patience}
}

// begin opens the first window.
func (c *climb) begin(now time.Time) {
	if c.since.IsZero() {
		c.since = now
	}
}

// add counts an outcome, and moves the limit at the end of a window.
func (c *climb) add(now time.Time, o Outcome, took time.Duration) {
	switch o {
	case Unused:
		return
	case Answered:
		c.took = append(c.took, took)
	case Congested:
		c.congested++
	}
	if c.late > 0 {
		c.late, c.since, c.congested, c.took = c.late-1, now, 0, c.took[:0]
		return
	}
	c.outcomes++
	size := c.limit
	if !c.doubling {
		size *= 2
	}
	if c.outcomes < max(shortest, size) {
		return
	}
	w := window{mean: mean(c.took), refused: float64(c.congested) / float64(c.outcomes)}
	if elapsed := now.Sub(c.since).Seconds(); elapsed > 0 {
		w.rate = float64(len(c.took)) / elapsed
	}
	under := c.limit
	c.move(w)
	if c.limit < under {
		c.late = under - 1 // this one has come
	}
	c.last, c.since, c.wanted, c.outcomes, c.congested, c.took = w, now, false, 0, 0, c.took[:0]
}

// move sets the limit for the next window. One refused request in three or
// fewer is no reason to halve: the wait that follows every 429 answers it, and
// some endpoints refuse a share of requests however few there are.
func (c *climb) move(w window) {
	grown := c.before
	c.before = 0
	switch {
	case 3*c.congested > c.outcomes:
		c.limit, c.doubling, c.rest = max(1, c.limit/2), false, 0
	case !c.wanted:
		// Nobody wanted more: this window says nothing about the limit.
	case grown > 0 && c.wasted(grown, w):
		c.limit, c.doubling, c.rest, c.wait = grown, false, c.wait, min(longest, 4*c.wait)
		if w.refused == 0 || c.last.refused > 0 {
			c.limit -= grown / 8 // too many already, or luck would lengthen a queue more and more
		}
	case grown == 0 && c.last.mean > 0 && w.mean >= 2*c.last.mean && w.rate <= c.last.rate:
		// If the endpoint was only slow for a moment, doubling makes up for it.
		c.limit, c.doubling = max(1, c.limit/2), true
	case c.rest > 0:
		c.rest--
	case c.limit < c.most:
		if grown > 0 {
			c.wait = max(patience, c.wait/2)
		}
		c.before = c.limit
		step := max(1, c.limit/8)
		if c.doubling {
			step = c.limit
		}
		c.limit = min(c.most, c.limit+step)
		c.doubling = c.doubling && c.limit < c.most
	}
}

// wasted reports whether the slots added to so many brought less than half of
// what they could. Slots over the mean time of an answer are what gets through
// (Little's law), except for refusals and the waits that they cause: those show
// on the clock, if it was the new slots that drew them.
func (c *climb) wasted(before int, w window) bool {
	added := float64(c.limit - before)
	half := 1 + added/float64(before)/2
	drew := w.refused-c.last.refused > added/float64(c.limit)/2
	return float64(w.mean) > half*float64(c.last.mean) || drew && w.rate < half*c.last.rate
}

func mean(took []time.Duration) time.Duration {
	var sum time.Duration
	for _, d := range took {
		sum += d
	}
	return sum / time.Duration(max(1, len(took)))
}
