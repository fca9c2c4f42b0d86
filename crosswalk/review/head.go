package review

import (
	"fmt"
	"slices"
	"time"

	"concord/crosswalk"
)

// A picker is a field that a form filters by: one of some choices, or what is
// typed in.
type picker struct {
	Name, Title, Value string
	Choices            []choice
}

// A filterView is the head of a page that goes through a queue.
type filterView struct {
	Title, About string
	Progress     progress
	Message      string
	Undoable     bool
	Reads        bool // nothing is decided here
	Queues       []choice
	States       []choice
	Pickers      []picker
	Grouped      bool
	Narrowed     bool   // by a field
	Whole        string // URL of the queue without that
	List, Bulk   string
	Undo, Here   string
	From         string
	Pace         pace
	Stop         string // why going on is expected to gain little
}

// choosable is how many values people choose from; they type one of more.
const choosable = 40

// head is what stands above a pair or a list.
func (d *seat) head(f filter, members []*row, did, from string) filterView {
	v := filterView{
		Title: f.Title, About: f.About, Progress: f.progress(members), Grouped: f.Grouped, Narrowed: len(f.only) > 0, Whole: d.filter(f.queue).url("/pair"),
		List: f.url("/list"), Bulk: f.url("/bulk"), Undo: f.url("/undo"), Here: f.url("/pair"), From: from, Pace: d.pace(),
	}
	v.Message, v.Undoable = d.message(did)
	v.Reads = d.reads()
	v.Stop = d.stop(f, members)
	for _, q := range queues() {
		v.Queues = append(v.Queues, choice{Value: q.Name, Text: q.Title, Chosen: q.Name == f.Name})
	}
	for _, s := range [][2]string{{stateOpen, "nobody decided"}, {stateMine, "not decided by me"}, {stateDecided, "decided"}, {stateAll, "all"}} {
		if s[0] != stateMine || !d.reads() {
			v.States = append(v.States, choice{Value: s[0], Text: s[1], Chosen: s[0] == f.State})
		}
	}
	for _, x := range fields() {
		p := picker{Name: x.Name, Title: x.Title, Value: f.value(x.Name)}
		if values := d.values[x.Name]; x.few && len(values) > 1 && len(values) <= choosable {
			for _, value := range values {
				p.Choices = append(p.Choices, choice{Value: value, Text: x.text(value), Chosen: value == p.Value})
			}
		}
		if !x.few || p.Choices != nil || len(d.values[x.Name]) > choosable {
			v.Pickers = append(v.Pickers, p)
		}
	}
	return v
}

// message says what was done last, by the id of the decision, and whether it can
// be taken back.
func (d *seat) message(did string) (text string, undoable bool) {
	if did == "nothing" {
		return "There is no decision of yours to take back.", false
	}
	for i := len(d.own) - 1; i >= 0; i-- {
		x := d.own[i]
		if x.ID != did {
			continue
		}
		at := d.at[x.Proposal]
		pair := visible(at.source.ID + " → " + at.target.ID)
		what := d.said(x).What
		if more := d.besides(x); more > 0 {
			what += fmt.Sprintf(", and %d more", more)
		}
		return "Saved: " + pair + " " + what + ".", x.Action != crosswalk.Undo
	}
	return "", false
}

// besides counts the decisions that were made, or taken back, at once with one.
func (d *seat) besides(x crosswalk.Decision) int {
	n := 0
	for _, other := range d.own {
		if x.Batch != "" && other.Batch == x.Batch && other.ID != x.ID && other.Time.Equal(x.Time) {
			n++
		}
	}
	return n
}

// A pace says how fast the reviewer decides.
type pace struct {
	LastHour int // decisions
	PerHour  int // at the median time of the last fifty; 0 for fewer than five
}

func (d *seat) pace() pace {
	var p pace
	var took []time.Duration
	live := standingOf(d.own, d.Name)
	for i := len(live) - 1; i >= 0; i-- {
		// What was carried over or imported was decided elsewhere.
		if x := live[i]; d.Now().Sub(x.Time) < time.Hour && x.Duration > 0 {
			p.LastHour++
			if len(took) < 50 {
				took = append(took, x.Duration)
			}
		}
	}
	if len(took) >= 5 {
		slices.Sort(took)
		p.PerHour = int(time.Hour / max(took[len(took)/2], time.Second))
	}
	return p
}
