// Package effort says what reviewing more rows is expected to gain.
//
// It counts with probabilities: a pair that nobody decided on is right with its
// calibrated probability, corrected by what reviewers have said so far. A
// reviewer is taken to be right.
package effort

import (
	"fmt"
	"strings"

	"concord/crosswalk"
)

// Rows is how many rows a look ahead has where nothing else is asked for.
const Rows = 40

// Rows are worth reviewing as long as Rows of them are expected to do any of
// these; of fewer rows, less in proportion.
const (
	LeastPrecision = 0.005 // raise the precision by so much
	LeastFound     = 1.0   // find so many links that were not proposed
	LeastRemoved   = 2.0   // take out so many wrong ones: in a long draft Rows of them cannot move the precision much
)

// A Point is what is expected once so many rows are reviewed.
type Point struct {
	Reviewed int     `json:"reviewed"` // rows, from now on
	Standing float64 `json:"standing"` // pairs that stand as related, decided or proposed
	Right    float64 `json:"right"`    // of these
	Found    float64 `json:"found"`    // right pairs gained since now, which were proposed as not related
	Removed  float64 `json:"removed"`  // wrong pairs taken out since now
	// Precision is Right of Standing, 0 to 1: the ratio of what is expected, which
	// is not quite the ratio expected. It is nil if nothing stands.
	Precision *float64 `json:"precision"`
	// Recall is Right of all right pairs among those that were judged, 0 to 1. What
	// the retrieval left out is not in it. It is nil if nothing is right.
	Recall *float64 `json:"recall"`
}

// A Curve says what reviewing is expected to gain.
type Curve struct {
	Now    Point   `json:"now"`
	Next   Point   `json:"next"`   // after Step more rows, or all if there are fewer
	Points []Point `json:"points"` // from now, every Step rows, to the last one
	Step   int     `json:"step"`   // rows
	Left   int     `json:"left"`   // rows to review

	// Shift is by how much the log odds of every probability are moved, and
	// Decisions on how many decided pairs that rests. See [Expect].
	Shift     float64 `json:"shift"`
	Decisions int     `json:"decisions"`

	Stop   bool   `json:"stop"` // reviewing more is expected to gain little
	Reason string `json:"reason"`
}

// Expect says what reviewing rows in their order is expected to gain, looking
// ahead by step rows (Rows if it is not positive). All figures are about these
// rows, decided ones too; one that was decided is not reviewed again. Rows in
// conflict are open. A row without a probability is passed over: one that was
// not judged or failed, and an entered one in conflict.
//
// A row that a reviewer finds right stands as related from then on, and another
// one does not. So a row with probability p of being right adds p to what is
// right before and after it is reviewed, and 1 to what stands before, p after,
// if it is proposed as related; if it is not, it adds nothing before and p after.
//
// The log odds of all probabilities are moved by the shift that explains best
// what was decided on rows with one: the maximum of the likelihood times a normal
// prior of mean 0 and standard deviation [Spread].
func Expect(rows []crosswalk.Standing, step int) Curve {
	if step <= 0 {
		step = Rows
	}
	c := Curve{Step: step}
	c.Shift, c.Decisions = shiftOf(rows)
	var open []row
	var now sums
	for _, s := range rows {
		p, known := probability(s)
		switch {
		case decided(s):
			if related(s) {
				now.right++
				now.standing++
				now.all++
			}
		case known:
			r := row{moved(p, c.Shift), s.Proposed.Outcome == crosswalk.Mapped}
			open = append(open, r)
			now.open(r)
		}
	}
	c.Left = len(open)
	c.Points = []Point{now.point(0)}
	for i, r := range open {
		now.review(r)
		if n := i + 1; n%step == 0 || n == len(open) {
			c.Points = append(c.Points, now.point(n))
		}
	}
	c.Now, c.Next = c.Points[0], c.Points[min(1, len(c.Points)-1)]
	c.Stop, c.Reason = c.advice()
	return c
}

// A row is one that is open.
type row struct {
	p      float64 // of being right, 0 to 1
	mapped bool    // proposed as related
}

// sums are the expected numbers of pairs.
type sums struct{ standing, right, all, found, removed float64 }

func (s *sums) open(r row) {
	s.all += r.p
	if r.mapped {
		s.right += r.p
		s.standing++
	}
}

func (s *sums) review(r row) {
	if r.mapped {
		s.standing -= 1 - r.p
		s.removed += 1 - r.p
		return
	}
	s.right += r.p
	s.standing += r.p
	s.found += r.p
}

// least is what of an expected number is more than the rounding of a sum.
const least = 1e-9

func (s sums) point(reviewed int) Point {
	p := Point{Reviewed: reviewed, Standing: s.standing, Right: s.right, Found: s.found, Removed: s.removed}
	if s.standing > least {
		p.Precision = new(min(1, s.right/s.standing))
	}
	if s.all > least {
		p.Recall = new(min(1, s.right/s.all))
	}
	return p
}

func decided(s crosswalk.Standing) bool {
	return s.Review != crosswalk.Undecided && s.Review != crosswalk.Conflict
}

// related reports whether a decided row stands as related.
func related(s crosswalk.Standing) bool {
	return s.Review != crosswalk.Rejected && s.Relation != crosswalk.NoRelationship
}

// probability returns that of a row that was judged.
func probability(s crosswalk.Standing) (p float64, known bool) {
	if s.Proposed == nil || s.Proposed.Outcome != crosswalk.Mapped && s.Proposed.Outcome != crosswalk.Unrelated {
		return 0, false
	}
	return s.Proposed.Probability, true
}

// advice says whether to stop, and why: there is no later stretch of rows either
// that is worth it.
func (c Curve) advice() (stop bool, reason string) {
	if c.Left == 0 {
		return true, "nothing is left to review"
	}
	for i, p := range c.Points[1:] {
		if worth(c.Points[i], p) {
			return false, c.Sentence()
		}
	}
	return true, fmt.Sprintf("no %s of those left are expected to raise precision by %s, find %g link or take out %g wrong ones",
		counted(min(c.Step, c.Left)), short(LeastPrecision, 3), LeastFound, LeastRemoved)
}

// worth reports whether the rows between two points are worth reviewing.
func worth(a, b Point) bool {
	share := float64(b.Reviewed-a.Reviewed) / Rows
	raised := 0.0
	if a.Precision != nil && b.Precision != nil {
		raised = *b.Precision - *a.Precision
	}
	return raised >= LeastPrecision*share || b.Found-a.Found >= LeastFound*share || b.Removed-a.Removed >= LeastRemoved*share
}

// Sentence says what the next rows are expected to gain.
func (c Curve) Sentence() string {
	if c.Left == 0 {
		return "nothing is left to review"
	}
	var gains []string
	if from, to := c.Now.Precision, c.Next.Precision; from != nil && to != nil {
		if a, b := short(*from, 2), short(*to, 2); a != b {
			gains = append(gains, fmt.Sprintf("raise precision from %s to %s", a, b))
		} else {
			gains = append(gains, "leave precision at "+a)
		}
	}
	if n := c.Next.Found; n >= .05 {
		links := "links"
		if fmt.Sprintf("%.1f", n) == "1.0" {
			links = "link"
		}
		gains = append(gains, fmt.Sprintf("find %.1f more %s", n, links))
	}
	if len(gains) == 0 {
		gains = []string{"find nothing"}
	}
	return fmt.Sprintf("reviewing the next %s is expected to %s", counted(c.Next.Reviewed), strings.Join(gains, " and to "))
}

func counted(rows int) string {
	if rows == 1 {
		return "row"
	}
	return fmt.Sprintf("%d rows", rows)
}

// short writes a share without the zero before the point.
func short(x float64, digits int) string {
	return strings.TrimPrefix(fmt.Sprintf("%.*f", digits, x), "0")
}
