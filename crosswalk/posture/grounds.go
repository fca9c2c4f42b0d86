package posture

import (
	"cmp"
	"slices"
	"strings"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/orgprofile"
)

// A control is one of a catalog, by its place in the file.
type control struct {
	catalog int
	id      string
}

// A ground is what people decided, or a draft says, that controls do for an
// outcome: one control, or several together.
type ground struct {
	links  []int // of the outcome's evidence
	group  bool
	broken bool // not all of the group stands
	draft  bool
}

// A subject is an outcome under assessment.
type subject struct {
	outcome  *Outcome
	controls []control // of its evidence, by link
	grounds  []ground
}

// states says how far controls are in place.
type states func(control) orgprofile.State

// status is what follows from the grounds; with drafts, if these held.
func (s *subject) status(state states, drafts bool) orgprofile.Status {
	out := orgprofile.Open
	for _, c := range s.grounds {
		if !c.draft || drafts {
			out = atLeast(out, s.gives(c, state))
		}
	}
	return out
}

// gives is what follows from one ground.
func (s *subject) gives(c ground, state states) orgprofile.Status {
	if !c.group {
		return Follows(s.outcome.Evidence[c.links[0]].Relation, state(s.controls[c.links[0]]))
	}
	of := make([]orgprofile.State, len(c.links))
	for i, l := range c.links {
		of[i] = state(s.controls[l])
	}
	if c.broken {
		return atMost(Together(of), orgprofile.Partly)
	}
	return Together(of)
}

// A groupKey names a group: the same word may be used of two sources.
type groupKey struct{ source, group string }

// A web has the links of a run by outcome.
type web struct {
	links  map[string][]crosswalk.Standing
	broken map[groupKey]bool
}

// webOf sorts the pairs of a run by outcome, those without a relation left out.
// A group is broken if a pair was ever decided to be of it and is not any more:
// what is left was never said to cover the outcome.
func webOf(r *Run, drafts bool) web {
	w := web{map[string][]crosswalk.Standing{}, map[groupKey]bool{}}
	of := make(map[string]crosswalk.Standing, len(r.Standings))
	for _, s := range r.Standings {
		of[s.Proposal] = s
		if related(s) && (s.Decided != nil || drafts) {
			w.links[s.Source.ID] = append(w.links[s.Source.ID], s)
		}
	}
	for _, d := range r.Decisions {
		if s := of[d.Proposal]; d.Group != "" && (s.Decided == nil || s.Decided.Group != d.Group || !related(s)) {
			w.broken[groupKey{cmp.Or(s.Source.ID, d.Source.ID), d.Group}] = true
		}
	}
	return w
}

// related reports whether a pair was decided to be related, or waits for a
// decision and was proposed as mapped.
func related(s crosswalk.Standing) bool {
	if s.Decided == nil && s.Review != crosswalk.Conflict && (s.Proposed == nil || s.Proposed.Outcome != crosswalk.Mapped) {
		return false
	}
	return s.Relation != "" && s.Relation != crosswalk.NoRelationship
}

// attach adds the mappings of an outcome in one run.
func (s *subject) attach(w web, r *Run, catalog int, bound orgprofile.BoundCatalog) {
	groups := map[string][]int{}
	var order []string
	for _, standing := range w.links[s.outcome.ID] {
		target, ok := r.Target.Element(standing.Target.ID)
		if !ok {
			continue
		}
		at := len(s.controls)
		s.controls = append(s.controls, control{catalog, target.ID})
		s.outcome.Evidence = append(s.outcome.Evidence, linkOf(standing, target, r, bound))
		if d := standing.Decided; d != nil && d.Group != "" {
			if groups[d.Group] == nil {
				order = append(order, d.Group)
			}
			groups[d.Group] = append(groups[d.Group], at)
			continue
		}
		s.grounds = append(s.grounds, ground{links: []int{at}, draft: standing.Decided == nil})
	}
	for _, g := range order {
		s.grounds = append(s.grounds, ground{links: groups[g], group: true, broken: w.broken[groupKey{s.outcome.ID, g}] || !s.several(groups[g])})
	}
}

// several reports whether links name two controls or more: one alone is not all
// of a group.
func (s *subject) several(links []int) bool {
	return slices.ContainsFunc(links, func(l int) bool { return s.controls[l] != s.controls[links[0]] })
}

func linkOf(s crosswalk.Standing, target corpus.Element, r *Run, bound orgprofile.BoundCatalog) Link {
	l := Link{
		Framework: r.Target.Spec(), Control: target.ID, Title: label(target), State: bound.State(target.ID),
		ControlEvidence: bound.Controls[target.ID].Evidence, Run: r.ID, Proposal: s.Proposal,
		Relation: s.Relation, RationaleType: s.RationaleType, Strength: s.Strength, Review: s.Review,
	}
	if p := s.Proposed; p != nil {
		l.Probability = &p.Probability
	}
	for _, d := range s.By {
		if !slices.Contains(l.Reviewers, d.Reviewer) {
			l.Reviewers = append(l.Reviewers, d.Reviewer)
		}
	}
	slices.Sort(l.Reviewers)
	if s.Decided != nil {
		l.Group = s.Decided.Group
		at := s.Decided.Time.UTC()
		l.Decided = &at
	}
	return l
}

// label is the title of an element, or the beginning of what it says.
func label(e corpus.Element) string {
	const runes = 100
	s := strings.Join(strings.Fields(cmp.Or(e.Title, e.Text, e.Guide)), " ")
	r := []rune(s)
	if len(r) <= runes {
		return s
	}
	s = string(r[:runes])
	if at := strings.LastIndexByte(s, ' '); at > 0 {
		s = s[:at]
	}
	return s + " …"
}
