package comment

import (
	"cmp"
	"slices"
)

// A Standing is a comment with what became of it.
type Standing struct {
	Comment
	// Bound are the places that it speaks of: those it came in with, or those
	// it was bound to last by hand; of the pack BoundIn.
	Bound   []Place
	BoundIn string
	// Unbound is what it names and nobody could or did bind; nothing once it
	// was bound by hand.
	Unbound []Loose
	// Answer is the last disposition, nil while the comment is open.
	Answer *Event
	Events []Event // all of them, by time, then id
}

// Disposition returns the answer, or [Open].
func (s Standing) Disposition() Disposition {
	if s.Answer == nil {
		return Open
	}
	return s.Answer.Disposition
}

// Current folds events into comments and keeps the order of the comments. The
// last binding and the last answer hold, by time, then id; an event that opens a
// comment again takes the answer back. The order of the events makes no
// difference, nor does one that is there twice, nor one on a comment that is not
// there.
func Current(comments []Comment, events []Event) []Standing {
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, b Event) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID))
	})
	events = slices.CompactFunc(events, func(a, b Event) bool { return a.ID == b.ID })
	of := map[string][]Event{}
	for _, e := range events {
		of[e.Comment] = append(of[e.Comment], e)
	}
	out := make([]Standing, len(comments))
	for i, c := range comments {
		s := Standing{Comment: c, Bound: c.Places, BoundIn: c.Pack, Unbound: c.Loose, Events: of[c.ID]}
		for k, e := range s.Events {
			switch {
			case len(e.Places) > 0:
				s.Bound, s.BoundIn, s.Unbound = e.Places, e.Pack, nil
			case e.Disposition == Open:
				s.Answer = nil
			default:
				s.Answer = &s.Events[k]
			}
		}
		out[i] = s
	}
	return out
}

// OfRow returns the comments on the row from source to target, which are ids,
// and those on one of the two elements that are on no row.
func OfRow(all []Standing, source, target string) []Standing {
	var out []Standing
	for _, s := range all {
		if slices.ContainsFunc(s.Bound, func(p Place) bool {
			if p.IsRow() {
				return p.Source.ID == source && p.Target.ID == target
			}
			return p.Source.ID != "" && p.Source.ID == source || p.Target.ID != "" && p.Target.ID == target
		}) {
			out = append(out, s)
		}
	}
	return out
}
