package review

import (
	"fmt"
	"strings"

	"concord/crosswalk"
	"concord/crosswalk/effort"
)

// An effortView says what reviewing more of a queue is expected to gain, in
// words and as a curve.
type effortView struct {
	effort.Curve
	Sentence string
	Basis    string
	Line     string // points of the precision, in a box of plotWidth by plotHeight
	Recall   string // points of the recall
	Rows     []effort.Point
}

// Size of the plot.
const plotWidth, plotHeight = 300.0, 100.0

// effort looks ahead in the pairs that are gone through.
func (d *Desk) effort(members []*row) effortView {
	rows := make([]crosswalk.Standing, 0, len(members))
	for _, r := range members {
		rows = append(rows, r.Standing)
	}
	c := effort.Expect(rows, 0)
	v := effortView{Curve: c, Sentence: capital(c.Sentence()) + "."}
	if c.Stop {
		v.Sentence = capital(c.Reason) + ": a good place to stop."
	}
	v.Basis = "By the probabilities as they are."
	if c.Decisions > 0 {
		v.Basis = fmt.Sprintf("By the probabilities, moved by %+.2f in log odds, which %d decisions taught.", c.Shift, c.Decisions)
	}
	if c.Left == 0 {
		return v
	}
	plot := func(of func(effort.Point) *float64) string {
		var points []string
		for _, p := range c.Points {
			if y := of(p); y != nil {
				points = append(points, fmt.Sprintf("%.1f,%.1f", float64(p.Reviewed)/float64(c.Left)*plotWidth, (1-*y)*plotHeight))
			}
		}
		return strings.Join(points, " ")
	}
	v.Line = plot(func(p effort.Point) *float64 { return p.Precision })
	v.Recall = plot(func(p effort.Point) *float64 { return p.Recall })
	v.Rows = someOf(c.Points)
	return v
}

// soon is after how many decisions the advice to stop is thought over, on so many
// pairs: some do not change it where there are many, and they take long to count.
func soon(pairs int) int { return max(10, pairs/200) }

// An advice says why going on is expected to gain little, or nothing, as it was
// after so many decisions.
type advice struct {
	after int
	text  string
}

// stop says why going on in a queue is expected to gain little, or nothing.
func (d *Desk) stop(f filter, members []*row) string {
	queue := f.url("")
	a, known := d.advices[queue]
	if n := len(d.known); !known || n-a.after >= soon(len(members)) {
		a = advice{after: n}
		if e := d.effort(members); e.Stop && e.Left > 0 {
			a.text = e.Sentence
		}
		if len(d.advices) > 100 { // of queues that nobody goes through any more
			clear(d.advices)
		}
		d.advices[queue] = a
	}
	return a.text
}

// someOf keeps what a table of a curve has room for: the first steps, then ever
// longer ones, and the end.
func someOf(points []effort.Point) []effort.Point {
	var out []effort.Point
	for i, next := 0, 0; i < len(points); i++ {
		if i == next || i == len(points)-1 {
			out = append(out, points[i])
			next = max(i+1, i*2)
		}
	}
	return out
}

// capital begins a sentence.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
