// Package overview draws how much of both frameworks a crosswalk covers.
//
// [Of] counts, [Overview.HTML] draws what was counted as a piece of a page:
// tables, bars and a histogram, without script and without a style of its own
// in the markup. Whoever shows it adds [Style] to the style sheet of the page.
package overview

import (
	"fmt"

	"concord/corpus"
	"concord/crosswalk"
)

// A State says what became of an element, or of a pair.
type State string

const (
	Mapped  State = "mapped"  // a person mapped it to something
	Open    State = "open"    // a mapping is proposed or in dispute, and nobody mapped it yet
	Gap     State = "gap"     // nothing is mapped, and nothing proposed that waits for a decision
	Decided State = "decided" // of pairs: a person said whether and how they relate
)

// None names the group of elements that stand on their own, and the Focus Area
// of those without one. NoPriority is the priority of those without one.
const (
	None       = "-"
	NoPriority = -1
)

// Bins is how many parts of equal width the probabilities 0 to 1 are cut into.
const Bins = 10

// An Input is a crosswalk and what it set out to cover.
type Input struct {
	Source, Target *corpus.Framework
	// SourceIDs and TargetIDs name the elements to cover; nil stands for
	// everything mappable. Elements of pairs count in any case.
	SourceIDs, TargetIDs []string
	Pairs                []crosswalk.Standing // see [crosswalk.Current]
	Threshold            float64              // probability from which a pair is mapped, 0 to 1; 0 for unknown
}

// A Tally counts elements by their state, each element once.
type Tally struct{ Mapped, Open, Gap int }

// All returns how many elements were counted.
func (t Tally) All() int { return t.Mapped + t.Open + t.Gap }

func (t *Tally) add(s State) {
	switch s {
	case Mapped:
		t.Mapped++
	case Open:
		t.Open++
	default:
		t.Gap++
	}
}

// A Group is the topmost element above others; its ID is [None] for the elements
// that stand on their own.
type Group struct{ ID, Kind, Title string }

// A Column holds the source elements of one Focus Area, or of none.
type Column struct {
	Focus      string // or [None]
	Title      string // of the Focus Area, or the kind of the elements without one; may be empty
	Priorities []int  // that the elements have, ascending, [NoPriority] last
}

// A Row counts the source elements of a group.
type Row struct {
	Group
	Cells []Tally // by column, and in it by priority
	Total Tally
}

// A Family counts the target elements of a group.
type Family struct {
	Group
	Tally
}

// A Mix counts the pairs of one relation: decided, and proposed or in dispute.
type Mix struct {
	Relation      crosswalk.Relation
	Decided, Open int
}

// A Bin counts the proposals of one range of probabilities.
type Bin struct{ Mapped, Unrelated int }

// An Overview is what can be counted of a crosswalk.
type Overview struct {
	Source, Target   string // such as "csf@2.0"
	Sources, Targets Tally

	Columns  []Column
	Rows     []Row   // in document order, as are families; [None] last
	Totals   []Tally // of all rows
	Families []Family

	// Gaps are the source elements with nothing mapped or proposed: priority 1
	// first, those without one last, in document order.
	Gaps   []corpus.Element
	Urgent int // how many of them have priority 1

	Decided, Open int    // pairs
	Unclear       int    // pairs that are open and claim no relation: without a usable answer, or in dispute
	Relations     [5]Mix // in the order of [crosswalk.Relations]
	Bins          [Bins]Bin
	Threshold     float64
}

// BinOf returns the bin of a probability, 1 to [Bins]; what is outside of 0 to 1
// belongs to the nearest.
func BinOf(p float64) int {
	for bin := Bins; bin > 1; bin-- {
		if p >= float64(bin-1)/Bins {
			return bin
		}
	}
	return 1
}

// Groups returns, for the id of each element, that of the topmost element above
// it, or its own if it is the topmost; [None] if nothing stands above or below.
func Groups(f *corpus.Framework) map[string]string {
	parents := map[string]bool{}
	for _, e := range f.Elements {
		parents[e.Parent] = true
	}
	top := make(map[string]string, len(f.Elements))
	for _, e := range f.Elements {
		id := e.ID
		for up := range f.Ancestors(e) {
			id = up.ID
		}
		if id == e.ID && !parents[id] {
			id = None
		}
		top[e.ID] = id
	}
	return top
}

// StateOf returns what a pair says of its elements: [Mapped], [Open], or empty if
// it maps nothing.
func StateOf(s crosswalk.Standing) State {
	switch {
	case s.Decided != nil && s.Relation != crosswalk.NoRelationship:
		return Mapped
	case s.Decided != nil:
		return ""
	case s.Review == crosswalk.Conflict || s.Proposed != nil && s.Proposed.Outcome == crosswalk.Mapped:
		return Open
	}
	return ""
}

// Of counts. It is an error if a framework is missing, if an id or a pair names
// an element that its framework does not have, or if the threshold is none.
func Of(in Input) (*Overview, error) {
	if in.Source == nil || in.Target == nil {
		return nil, fmt.Errorf("an overview needs both frameworks")
	}
	if !(in.Threshold >= 0 && in.Threshold <= 1) {
		return nil, fmt.Errorf("threshold %v is not between 0 and 1", in.Threshold)
	}
	o := &Overview{Source: in.Source.Spec(), Target: in.Target.Spec(), Threshold: in.Threshold}
	from, to := map[string]State{}, map[string]State{}
	for _, s := range in.Pairs {
		if in.Source.Ref(s.Source.ID) != s.Source || in.Target.Ref(s.Target.ID) != s.Target {
			return nil, fmt.Errorf("pair %s to %s is not one of %s to %s", s.Source, s.Target, o.Source, o.Target)
		}
		if s.Proposed == nil && len(s.By) == 0 {
			continue // entered, and taken back
		}
		state := StateOf(s)
		from[s.Source.ID], to[s.Target.ID] = higher(from[s.Source.ID], state), higher(to[s.Target.ID], state)
		o.pair(s)
	}
	sources, err := covered(in.Source, in.SourceIDs, from)
	if err != nil {
		return nil, err
	}
	targets, err := covered(in.Target, in.TargetIDs, to)
	if err != nil {
		return nil, err
	}
	o.sources(in.Source, sources, from)
	o.targets(in.Target, targets, to)
	return o, nil
}
