package register

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"concord/corpus"
	"concord/crosswalk"
)

// A Run is what a register reads of one.
type Run struct {
	ID             string
	Source, Target *corpus.Framework
	// SourceIDs and TargetIDs name the elements that the run set out to cover;
	// nil stands for everything mappable. What the standings name counts in any
	// case.
	SourceIDs, TargetIDs []string
	// Standings are what the decisions on its proposals come to, see
	// [crosswalk.Current].
	Standings []crosswalk.Standing
	// Former has the ids that elements had in the editions before, by side and id;
	// those that kept theirs need not be in it.
	Former map[crosswalk.Side]map[string]string
}

// Options say what counts as a gap. The zero value is usable.
type Options struct {
	// Priority is up to which priority source elements count, 1 to 3; 1 if
	// zero. Of a source without priorities every element that the run set out
	// to cover counts.
	Priority int
	// Partial makes a gap of what is mapped by intersections alone.
	Partial bool
}

// A finding is what a run says of one element.
type finding struct {
	Gap            // as it stands without anything that people put down
	Mapping string // the accepted mapping, in words; empty if there is none
}

// Find returns the gaps of a run, in order, as a register without a past would
// hold them: every source element of the priorities, then every target that the
// run set out to cover, that has no accepted mapping. A mapping of a cell counts
// for the cell alone. The times at which they were seen are zero.
func Find(r Run, o Options) ([]Gap, error) {
	x, err := newExam(r, o)
	if err != nil {
		return nil, err
	}
	var out []Gap
	for _, k := range x.wanted() {
		if f := x.find(k); f.Mapping == "" {
			out = append(out, f.Gap)
		}
	}
	return out, nil
}

// A Difference says which gaps are in one list alone. Both lists are in order.
type Difference struct {
	Opened []Gap // only in the newer one
	Closed []Gap // only in the older one
	Both   []Gap // as the newer one has them
}

// Compare holds the gaps of a newer run or edition against those of an older
// one. Elements are the same if their ids are.
func Compare(older, newer []Gap) Difference {
	in := func(list []Gap) map[string]bool {
		ids := make(map[string]bool, len(list))
		for _, g := range list {
			ids[g.ID] = true
		}
		return ids
	}
	var d Difference
	was, is := in(older), in(newer)
	for _, g := range newer {
		if was[g.ID] {
			d.Both = append(d.Both, g)
		} else {
			d.Opened = append(d.Opened, g)
		}
	}
	for _, g := range older {
		if !is[g.ID] {
			d.Closed = append(d.Closed, g)
		}
	}
	return d
}

// An exam looks at the elements of a run.
type exam struct {
	Run
	Options
	place map[crosswalk.Side]map[string]int // of each element in its document
	on    map[crosswalk.Side]map[string][]crosswalk.Standing
	in    map[crosswalk.Side]map[string]bool // what the run set out to cover
}

func newExam(r Run, o Options) (*exam, error) {
	if o.Priority == 0 {
		o.Priority = 1
	}
	switch {
	case r.ID == "" || r.Source == nil || r.Target == nil:
		return nil, errors.New("the run has no id, or no source or target framework")
	case o.Priority < 1 || o.Priority > 3:
		return nil, fmt.Errorf("priority %d is not between 1 and 3", o.Priority)
	}
	x := &exam{Run: r, Options: o, place: map[crosswalk.Side]map[string]int{}, on: map[crosswalk.Side]map[string][]crosswalk.Standing{},
		in: map[crosswalk.Side]map[string]bool{}}
	for _, s := range []struct {
		side crosswalk.Side
		f    *corpus.Framework
		ids  []string
	}{{crosswalk.SourceSide, r.Source, r.SourceIDs}, {crosswalk.TargetSide, r.Target, r.TargetIDs}} {
		place, in := make(map[string]int, len(s.f.Elements)), map[string]bool{}
		for i, e := range s.f.Elements {
			place[e.ID] = i
		}
		if s.ids == nil {
			for _, e := range s.f.Mappable() {
				in[e.ID] = true
			}
		}
		for _, id := range s.ids {
			in[id] = true
		}
		x.place[s.side], x.in[s.side], x.on[s.side] = place, in, map[string][]crosswalk.Standing{}
	}
	for _, s := range r.Standings {
		if p := s.Proposed; p != nil && !(p.Probability >= 0 && p.Probability <= 1) {
			return nil, fmt.Errorf("%s to %s: probability %v is not between 0 and 1", s.Source, s.Target, p.Probability)
		}
		for side, id := range map[crosswalk.Side]string{crosswalk.SourceSide: s.Source.ID, crosswalk.TargetSide: s.Target.ID} {
			if _, known := x.place[side][id]; !known {
				return nil, fmt.Errorf("%s to %s: the %s is in neither framework of the run", s.Source, s.Target, side)
			}
			x.on[side][id] = append(x.on[side][id], s)
			x.in[side][id] = true
		}
	}
	return x, nil
}

func (x *exam) framework(side crosswalk.Side) *corpus.Framework {
	if side == crosswalk.TargetSide {
		return x.Target
	}
	return x.Source
}

// element returns the element of a key; false if the edition does not have it,
// or has withdrawn it.
func (x *exam) element(k Key) (corpus.Element, bool) {
	e, ok := x.framework(k.Side).Element(k.Element)
	return e, ok && !e.Withdrawn
}

// covers reports whether the run says something of an element: it set out to, or
// left the cell out because it asks for nothing of its own.
func (x *exam) covers(side crosswalk.Side, e corpus.Element) bool {
	return x.in[side][e.ID] || e.Priority > 0 && e.Generic != ""
}

// wanted lists the elements that are to be mapped, in order.
func (x *exam) wanted() []Key {
	var out []Key
	key := func(side crosswalk.Side, id string) Key { return Key{side, x.Source.Name, x.Target.Name, id} }
	ranked := slices.ContainsFunc(x.Source.Elements, func(e corpus.Element) bool { return e.Priority > 0 })
	for _, e := range x.Source.Elements {
		asked := !ranked || e.Priority > 0 && e.Priority <= x.Priority
		if asked && !e.Withdrawn && x.covers(crosswalk.SourceSide, e) {
			out = append(out, key(crosswalk.SourceSide, e.ID))
		}
	}
	for _, e := range x.Target.Elements {
		if !e.Withdrawn && x.covers(crosswalk.TargetSide, e) {
			out = append(out, key(crosswalk.TargetSide, e.ID))
		}
	}
	return out
}

// find says how an element stands.
func (x *exam) find(k Key) finding {
	e, _ := x.element(k)
	f := x.framework(k.Side)
	standings := x.on[k.Side][k.Element]
	g := Gap{
		ID: k.ID(), Key: k, Title: title(f, e), Focus: e.Focus, Priority: e.Priority, Status: Open, Place: x.place[k.Side][k.Element],
		Why: x.why(e, standings), Nearest: x.nearest(k.Side, standings),
	}
	for a := range f.Ancestors(e) {
		if corpus.IsContainer(a.Kind) {
			g.Family, g.FamilyTitle = a.ID, a.Title
			break
		}
	}
	g.First = Seen{Run: x.ID, SourceEdition: x.Source.Edition, TargetEdition: x.Target.Edition}
	g.Last = g.First
	out := finding{Gap: g}
	for _, s := range standings {
		if accepted(s) && !(x.Partial && s.Relation == crosswalk.IntersectsWith) {
			out.Mapping = s.Relation.Sentence(s.Source.ID, s.Target.ID)
			break
		}
	}
	return out
}

// longestTitle is how much of a text stands for a title, in characters.
const longestTitle = 120

// title returns what an element is called; the beginning of its text if it has no
// title.
func title(f *corpus.Framework, e corpus.Element) string {
	text := cmp.Or(e.Title, e.Text)
	if text == "" {
		parent, _ := f.Element(e.Parent)
		text = cmp.Or(parent.Title, parent.Text)
	}
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > longestTitle {
		return strings.TrimSpace(string(r[:longestTitle-1])) + "…"
	}
	return text
}

// accepted reports whether people hold a pair to be related.
func accepted(s crosswalk.Standing) bool {
	return s.Decided != nil && s.Review != crosswalk.Rejected && s.Relation != "" && s.Relation != crosswalk.NoRelationship
}

// why says why an element is a gap: what is nearest to a mapping counts.
func (x *exam) why(e corpus.Element, standings []crosswalk.Standing) Why {
	n := map[string]int{}
	for _, s := range standings {
		state := stateOf(s)
		n[state]++
		if state == missProposed && s.Proposed.Relation != crosswalk.IntersectsWith {
			n["whole"]++
		}
	}
	switch {
	case n[missAccepted] > 0:
		return Partly
	case n[missConflict] > 0:
		return Disagreement
	case n["whole"] > 0:
		return Undecided
	case n[missProposed] > 0:
		return OnlyIntersects
	case n[missRejected] > 0:
		return AllRejected
	case n[string(crosswalk.Unrelated)] > 0:
		return NothingFound
	case n[string(crosswalk.Failed)] > 0:
		return Failed
	case e.Generic != "":
		return LeftOut
	}
	return NotJudged
}

// States of a [Miss], beside the outcomes of judging.
const (
	missAccepted = "accepted"
	missConflict = "disagreement"
	missProposed = "proposed"
	missRejected = "rejected"
)

// stateOf says what became of a pair.
func stateOf(s crosswalk.Standing) string {
	switch {
	case accepted(s):
		return missAccepted
	case s.Review == crosswalk.Conflict:
		return missConflict
	case s.Decided != nil && (s.Proposed == nil || s.Proposed.Outcome == crosswalk.Mapped):
		return missRejected
	case s.Decided == nil && s.Proposed != nil && s.Proposed.Outcome == crosswalk.Mapped:
		return missProposed
	case s.Proposed == nil: // entered, and stale
		return string(crosswalk.NotJudged)
	case s.Decided != nil:
		return string(crosswalk.Unrelated)
	}
	return string(s.Proposed.Outcome)
}

// mostMisses is how many candidates a gap names.
const mostMisses = 3

// nearest returns the most probable candidates, each element once. Where
// probabilities tie, ids decide.
func (x *exam) nearest(side crosswalk.Side, standings []crosswalk.Standing) []Miss {
	other, id := x.Target, func(s crosswalk.Standing) string { return s.Target.ID }
	if side == crosswalk.TargetSide {
		other, id = x.Source, func(s crosswalk.Standing) string { return s.Source.ID }
	}
	all := []Miss{}
	for _, s := range standings {
		e, _ := other.Element(id(s))
		m := Miss{ID: e.ID, Title: title(other, e), State: stateOf(s)}
		if p := s.Proposed; p != nil && (p.Outcome == crosswalk.Mapped || p.Outcome == crosswalk.Unrelated) {
			m.Probability = &p.Probability
		} else if p != nil {
			continue // nothing is known of it
		}
		all = append(all, m)
	}
	chance := func(m Miss) float64 {
		if m.Probability == nil {
			return 1 // a person entered it
		}
		return *m.Probability
	}
	slices.SortStableFunc(all, func(a, b Miss) int {
		return cmp.Or(cmp.Compare(chance(b), chance(a)), cmp.Compare(a.ID, b.ID), cmp.Compare(a.State, b.State))
	})
	out := []Miss{}
	for _, m := range all {
		if len(out) < mostMisses && !slices.ContainsFunc(out, func(o Miss) bool { return o.ID == m.ID }) {
			out = append(out, m)
		}
	}
	return out
}
