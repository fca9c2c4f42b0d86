package review

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"concord/crosswalk"
)

// A Drafting is how far workers are with drafting a run.
type Drafting struct {
	Run            string
	Source, Target string // "csf@2.0"
	Sources, Done  int    // elements that the run sets out to cover, and those that are judged

	// Jobs by what becomes of them.
	Waiting, Running, TriedAgain, GivenUp int
	Failures                              []Failure // some of those that went wrong

	Rate     float64    // sources a minute, of late; 0 if none was judged
	Calls    int        // of models
	Cost     *float64   // of these, in the currency of the prices; nil if it is not known
	Finished *time.Time // nil while it runs
	Expected *time.Time // when it is expected to be done; nil if that is not known
}

// A Failure is a source that went wrong.
type Failure struct {
	Source  string // id
	Why     string
	GivenUp bool // else it is tried again
}

// Share returns the share of the sources that are judged, 0 to 1.
func (d Drafting) Share() float64 { return float64(d.Done) / float64(max(1, d.Sources)) }

// lately is how old what is known of workers may be: any number of browsers ask
// their queue once in this time.
const lately = 2 * time.Second

// A latest keeps what workers did last.
type latest struct {
	mu   sync.Mutex
	read time.Time
	list []Drafting
	err  error
}

// drafting returns how far workers are.
func (d *Desk) drafting(ctx context.Context) ([]Drafting, error) {
	d.drafted.mu.Lock()
	defer d.drafted.mu.Unlock()
	if now := d.Now(); d.drafted.read.IsZero() || now.Sub(d.drafted.read).Abs() >= lately {
		// Others wait for the answer, whoever asked and went away.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		d.drafted.list, d.drafted.err = d.Drafting(ctx)
		d.drafted.read = d.Now()
		if d.drafted.err != nil {
			d.Log.Warn("review cannot say what workers do", "error", d.drafted.err)
		}
	}
	return d.drafted.list, d.drafted.err
}

// atWork is for how long after a decision a reviewer counts as being there.
const atWork = 5 * time.Minute

// A reviewing is what a reviewer did.
type reviewing struct {
	Name     string
	Pairs    int    // that the reviewer decided on, and stands by
	LastHour int    // decisions
	Last     string // when the last one was made
	Open     int    // pairs that the reviewer has open
	AtWork   bool
}

// A progressView is how far drafting and reviewing are.
type progressView struct {
	Workers   bool // there is something to say of them
	Unknown   bool // and it cannot be read
	Draftings []Drafting
	Here      string // the run under review

	Judged, Decided, Conflicts int // pairs
	Reviewers                  []*reviewing
	AtWork                     int // reviewers
	At                         time.Time
}

// Share returns the share of the pairs that are decided, 0 to 1.
func (v progressView) Share() float64 { return float64(v.Decided) / float64(max(1, v.Judged)) }

// In says how long it is until a time, in no more detail than an estimate deserves.
func (v progressView) In(t time.Time) string {
	switch left := t.Sub(v.At); {
	case left < time.Minute:
		return "in less than a minute"
	case left < 2*time.Hour:
		return fmt.Sprintf("in %.0f min", left.Minutes())
	case left < 48*time.Hour:
		return fmt.Sprintf("in %.0f h", left.Hours())
	default:
		return fmt.Sprintf("in %.0f days", left.Hours()/24)
	}
}

// Working returns the reviewers who are there.
func (v progressView) Working() []*reviewing {
	return slices.DeleteFunc(slices.Clone(v.Reviewers), func(r *reviewing) bool { return !r.AtWork })
}

// progressPage shows how far drafting and reviewing are.
func (d *seat) progressPage(r *http.Request) (reply, error) {
	if err := d.refresh(r.Context(), false); err != nil {
		return reply{}, err
	}
	h := d.holders(r.Context())
	v := progressView{Workers: d.Drafting != nil, Here: d.Draft.Run, At: d.Now()}
	if d.Drafting != nil {
		d.meanwhile(func() {
			list, err := d.drafting(r.Context())
			v.Draftings, v.Unknown = list, err != nil
		})
	}
	d.count(&v, h)
	return view("progress", v), nil
}

// count fills in what was decided, by whom.
func (d *seat) count(v *progressView, h holders) {
	by := map[string]*reviewing{}
	of := func(name string) *reviewing {
		if by[name] == nil {
			by[name] = &reviewing{Name: name}
		}
		return by[name]
	}
	last := map[string]time.Time{}
	now := d.Now()
	for _, r := range d.rows {
		if !r.judged || r.withdrawn() {
			continue
		}
		v.Judged++
		switch {
		case r.done():
			v.Decided++
		case r.Review == crosswalk.Conflict:
			v.Conflicts++
		}
		for _, x := range r.By {
			of(x.Reviewer).Pairs++
		}
		for _, x := range r.decisions {
			who := of(x.Reviewer)
			if x.Duration > 0 && now.Sub(x.Time) < time.Hour { // what was carried over or imported was decided elsewhere
				who.LastHour++
			}
			if x.Time.After(last[x.Reviewer]) {
				last[x.Reviewer] = x.Time
			}
		}
	}
	for _, open := range []map[string]crosswalk.Reservation{h.own, h.others} {
		for _, x := range open {
			of(x.Reviewer).Open++
		}
	}
	for name, r := range by {
		if at, decided := last[name]; decided {
			r.Last = at.UTC().Format("2006-01-02 15:04 UTC")
		}
		if r.AtWork = r.Open > 0 || now.Sub(last[name]) < atWork; r.AtWork {
			v.AtWork++
		}
		v.Reviewers = append(v.Reviewers, r)
	}
	slices.SortFunc(v.Reviewers, func(a, b *reviewing) int {
		return cmp.Or(cmp.Compare(b.Pairs, a.Pairs), cmp.Compare(a.Name, b.Name))
	})
}
