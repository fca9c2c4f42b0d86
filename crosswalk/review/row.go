package review

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/overview"
)

// A row is one pair of the run with what was decided on it.
type row struct {
	crosswalk.Standing
	source, target corpus.Element
	place          int    // of the source in its document
	rank           int    // of the target; below all that were ranked if it was entered
	margin         int    // of the probability from the threshold, in thousandths
	gap            bool   // among the nearest of a source with nothing mapped
	function       string // the topmost element above the source
	family         string // the topmost element above the target
	judged         bool   // there is something to decide on: a pair that failed needs another run

	decisions []crosswalk.Decision
	last      map[string]crosswalk.Decision // of each reviewer that was not taken back
}

// nearest is how many candidates of a source with nothing mapped are shown.
const nearest = 3

// lay puts the draft on the desk.
func (d *Desk) lay() error {
	for _, p := range d.Draft.Proposals {
		if d.at[p.ID] != nil {
			return fmt.Errorf("proposal %s to %s, %s: there are two of them", p.Source, p.Target, p.RationaleType)
		}
		if err := d.add(p); err != nil {
			return err
		}
	}
	d.arrange()
	if d.Draft.TargetIDs == nil {
		d.targets = d.Draft.Target.Mappable()
	}
	for _, id := range d.Draft.TargetIDs {
		if e, ok := d.Draft.Target.Element(id); ok {
			d.targets = append(d.targets, e)
		}
	}
	return nil
}

// grow takes in proposals of the run that were made since; those that it has
// change nothing.
func (d *Desk) grow(proposals []crosswalk.Proposal) error {
	grown := false
	for _, p := range proposals {
		if r := d.at[p.ID]; r != nil && r.Proposed != nil {
			continue
		}
		if err := d.add(p); err != nil {
			return err
		}
		grown = true
	}
	if grown {
		d.arrange()
	}
	return nil
}

// add puts a proposal on the desk, also of a pair that somebody entered before.
func (d *Desk) add(p crosswalk.Proposal) error {
	r, err := d.newRow(crosswalk.Current([]crosswalk.Proposal{p}, nil)[0])
	if err != nil {
		return err
	}
	if entered := d.at[p.ID]; entered != nil {
		r.decisions = entered.decisions
		*entered = *r
		entered.fold()
		return nil
	}
	d.rows, d.at[p.ID] = append(d.rows, r), r
	return nil
}

// arrange lists the sources, puts the rows in their orders and finds the nearest
// candidates of sources with nothing mapped.
func (d *Desk) arrange() {
	wanted, mapped := map[string]bool{}, map[string]bool{}
	for _, id := range d.Draft.SourceIDs {
		wanted[id] = true
	}
	for _, r := range d.rows {
		if p := r.Proposed; p != nil {
			wanted[r.source.ID] = true
			mapped[r.source.ID] = mapped[r.source.ID] || p.Outcome == crosswalk.Mapped
		}
	}
	d.sources = nil
	for _, e := range d.Draft.Source.Elements {
		if wanted[e.ID] {
			d.sources = append(d.sources, e)
		}
	}
	d.sort()
	shown := map[string]int{}
	for _, r := range d.ordered {
		r.gap = r.Proposed != nil && !mapped[r.source.ID] && shown[r.source.ID] < nearest
		if r.gap {
			shown[r.source.ID]++
		}
	}
}

func (d *Desk) newRow(s crosswalk.Standing) (*row, error) {
	r := &row{Standing: s, rank: math.MaxInt, margin: math.MaxInt}
	for _, side := range []struct {
		f    *corpus.Framework
		ref  corpus.Ref
		into *corpus.Element
	}{{d.Draft.Source, s.Source, &r.source}, {d.Draft.Target, s.Target, &r.target}} {
		e, ok := side.f.Element(side.ref.ID)
		if !ok || side.f.Ref(e.ID) != side.ref {
			return nil, fmt.Errorf("pair %s to %s: %s has no such element", s.Source, s.Target, side.f.Spec())
		}
		*side.into = e
	}
	r.function, r.family = d.functions[r.source.ID], d.families[r.target.ID]
	r.place = d.places[r.source.ID]
	r.judged = true
	if p := s.Proposed; p != nil {
		r.judged = p.Outcome == crosswalk.Mapped || p.Outcome == crosswalk.Unrelated
		r.rank = p.Rank
		r.margin = int(math.Round(math.Abs(p.Probability-d.Draft.Threshold) * 1000))
	}
	return r, nil
}

// bin returns the bin that the probability of a proposal is in, or nothing for a
// pair that was entered.
func (r *row) bin() string {
	if r.Proposed == nil {
		return ""
	}
	return strconv.Itoa(overview.BinOf(r.Proposed.Probability))
}

// outcome returns that of the proposal, or nothing for a pair that was entered.
func (r *row) outcome() string {
	if r.Proposed == nil {
		return ""
	}
	return string(r.Proposed.Outcome)
}

// claimed returns the relation that stands or is proposed.
func (r *row) claimed() crosswalk.Relation {
	if r.Relation == "" && r.Proposed != nil && r.Proposed.Outcome == crosswalk.Unrelated {
		return crosswalk.NoRelationship
	}
	return r.Relation
}

// sort puts the rows in the two orders in which they are gone through.
func (d *Desk) sort() {
	inDocument := func(a, b *row) int {
		return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.rank, b.rank),
			cmp.Compare(a.target.ID, b.target.ID), cmp.Compare(a.Proposal, b.Proposal))
	}
	d.ordered = slices.SortedFunc(slices.Values(d.rows), inDocument)
	d.doubtful = slices.SortedFunc(slices.Values(d.rows), func(a, b *row) int {
		strong := 0
		if x, y := a.claimsStrongly(), b.claimsStrongly(); x != y {
			strong = map[bool]int{true: -1, false: 1}[x]
		}
		return cmp.Or(cmp.Compare(a.margin, b.margin), strong, inDocument(a, b))
	})
	d.values = map[string][]string{}
	for _, x := range fields() {
		if x.few {
			d.values[x.Name] = d.valuesOf(x)
		}
	}
}

// valuesOf lists what pairs have in a field: in the order of the documents, or
// sorted where that is the order of the values.
func (d *Desk) valuesOf(x field) []string {
	met := map[string]bool{}
	var out []string
	for _, r := range d.ordered {
		if v := x.of(r); v != "" && !met[v] {
			met[v] = true
			out = append(out, v)
		}
	}
	switch x.Name {
	case "stands": // this and the relation change with every decision
		return []string{string(overview.Mapped), string(overview.Open)}
	case "relation":
		out = nil
		for _, r := range crosswalk.Relations() {
			out = append(out, string(r))
		}
	case "priority", "bin", "family":
		slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	}
	return out
}

// claimsStrongly reports whether it is proposed that one side holds all of the
// other.
func (r *row) claimsStrongly() bool {
	return r.Proposed != nil && r.Proposed.Outcome == crosswalk.Mapped && r.Proposed.Relation.Strong()
}

// done reports whether the pair is decided.
func (r *row) done() bool {
	return r.Review != crosswalk.Undecided && r.Review != crosswalk.Conflict
}

// by returns the last decision of a reviewer that was not taken back, or nil.
func (r *row) by(reviewer string) *crosswalk.Decision {
	if x, ok := r.last[reviewer]; ok {
		return &x
	}
	return nil
}

// stands returns the decision of a reviewer that counts on the proposal as it is
// now, or nil.
func (r *row) stands(reviewer string) *crosswalk.Decision {
	for i := range r.By {
		if r.By[i].Reviewer == reviewer {
			return &r.By[i]
		}
	}
	return nil
}

// skipped reports whether the reviewer left the pair open.
func (r *row) skipped(reviewer string) bool {
	x := r.by(reviewer)
	return x != nil && x.Action == crosswalk.Skip
}

// had reports whether the reviewer has done with the pair for now: left it open, or
// decided on it and been contradicted.
func (r *row) had(reviewer string) bool {
	return r.skipped(reviewer) || r.Review == crosswalk.Conflict && r.stands(reviewer) != nil
}

// byTime sorts decisions as they count.
func byTime(decisions []crosswalk.Decision) {
	slices.SortStableFunc(decisions, func(a, b crosswalk.Decision) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID))
	})
}

// fold says anew what the decisions on the pair come to.
func (r *row) fold() {
	byTime(r.decisions)
	var proposals []crosswalk.Proposal
	if r.Proposed != nil {
		proposals = append(proposals, *r.Proposed)
	}
	if standing := crosswalk.Current(proposals, r.decisions); len(standing) > 0 {
		r.Standing = standing[0]
	} else { // it was entered, and that was taken back
		r.Standing = crosswalk.Standing{Proposal: r.Proposal, Source: r.Source, Target: r.Target, RationaleType: r.RationaleType}
	}
	r.last = map[string]crosswalk.Decision{}
	for _, x := range r.decisions {
		if live := standingOf(r.decisions, x.Reviewer); len(live) > 0 {
			r.last[x.Reviewer] = live[len(live)-1]
		}
	}
}

// withdrawn reports whether the pair was entered, and nobody stands by it.
func (r *row) withdrawn() bool { return r.Proposed == nil && len(r.By) == 0 }

// standingOf returns the decisions of a reviewer that were not taken back, by
// time.
func standingOf(decisions []crosswalk.Decision, reviewer string) []crosswalk.Decision {
	var live []crosswalk.Decision
	for _, x := range decisions {
		if x.Reviewer != reviewer {
			continue
		}
		if x.Action != crosswalk.Undo {
			live = append(live, x)
			continue
		}
		for i := len(live) - 1; i >= 0; i-- { // the last one on the same pair
			if live[i].Proposal == x.Proposal {
				live = slices.Delete(live, i, i+1)
				break
			}
		}
	}
	return live
}
