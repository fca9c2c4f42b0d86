package posture

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/orgprofile"
)

// Assess answers for a profile. runs has the run to each catalog of the profile,
// in the order of [orgprofile.Bound], nil where there is none. With drafts, what
// nobody has decided on is shown too, as a perhaps. A file in another order gives
// the same report, but for its lines.
func Assess(b *orgprofile.Bound, runs []*Run, drafts bool) *Report {
	a := &assessment{bound: b, runs: runs, drafts: drafts}
	r := &Report{Title: b.Title, Framework: b.Source.Spec(), FocusAreas: b.FocusAreas, Drafts: drafts, Catalogs: []Catalog{}, Outcomes: []Outcome{}, First: []Step{}}
	for i, c := range b.Catalogs {
		r.Catalogs = append(r.Catalogs, catalogOf(c, runs[i]))
		w := web{}
		if runs[i] != nil {
			w = webOf(runs[i], drafts)
		}
		a.webs = append(a.webs, w)
	}
	elements, generic := b.Outcomes(a.covered)
	r.Generic = generic
	r.Outcomes = make([]Outcome, len(elements))
	for i, e := range elements {
		a.subjects = append(a.subjects, a.outcome(&r.Outcomes[i], e))
	}
	a.context(elements)
	r.count()
	r.First = a.steps()
	return r
}

// An assessment is a report in the making.
type assessment struct {
	bound    *orgprofile.Bound
	runs     []*Run
	drafts   bool
	webs     []web // by catalog
	subjects []*subject
}

// covered reports whether a run maps an outcome.
func (a *assessment) covered(id string) bool {
	return slices.ContainsFunc(a.webs, func(w web) bool { return len(w.links[id]) > 0 })
}

// state is how far a control is in place.
func (a *assessment) state(c control) orgprofile.State {
	return a.bound.Catalogs[c.catalog].State(c.id)
}

func everything(control) orgprofile.State { return orgprofile.Implemented }

// outcome fills one row, all but its context.
func (a *assessment) outcome(o *Outcome, e corpus.Element) *subject {
	s := a.bound.Stance(e)
	*o = Outcome{
		ID: e.ID, Kind: e.Kind, Title: label(e), Focus: e.Focus, Generic: e.Generic,
		Included: s.Included, Rationale: s.Rationale, Priority: s.Priority, OwnPriority: s.Own,
		Evidence: []Link{},
		Current:  Claim{s.Current, s.CurrentBy.Value, s.CurrentBy.Line},
		Target:   Claim{s.Target, s.TargetBy.Value, s.TargetBy.Line},
	}
	x := &subject{outcome: o}
	for i, r := range a.runs {
		if r != nil {
			x.attach(a.webs[i], r, i, a.bound.Catalogs[i])
		}
	}
	x.explain(a.state)
	o.Mapped = slices.ContainsFunc(x.grounds, func(c ground) bool { return !c.draft })
	o.Status, o.Best = x.status(a.state, false), x.status(everything, false)
	if perhaps := x.status(a.state, true); o.Status.Less(perhaps) {
		o.Perhaps = perhaps
	}
	o.Check = check(o)
	x.order()
	return x
}

// explain says of every link what follows from it, and why.
func (s *subject) explain(state states) {
	for _, c := range s.grounds {
		gives := s.gives(c, state)
		for _, l := range c.links {
			link := &s.outcome.Evidence[l]
			link.Gives, link.Broken = gives, c.broken
			for _, other := range c.links {
				if s.controls[other] != s.controls[l] && !slices.Contains(link.With, s.controls[other].id) {
					link.With = append(link.With, s.controls[other].id)
				}
			}
			slices.Sort(link.With)
			link.Why = why(*link, c)
		}
	}
}

// why puts the rule that was followed into words.
func why(l Link, c ground) string {
	var part string
	switch {
	case c.broken:
		part = "one of those that covered the outcome together no longer stands: what is left can meet it only partly"
	case c.group:
		part = "it covers the outcome only together with " + strings.Join(l.With, ", ")
	case l.Relation == crosswalk.Equal || l.Relation == crosswalk.SubsetOf:
		part = "it holds all of the outcome"
	default:
		part = "it holds a part of the outcome"
	}
	switch l.State {
	case orgprofile.Absent:
		part += ", but is not in place"
	case orgprofile.Planned, orgprofile.Partial:
		part += ", but is only " + string(l.State)
	}
	switch l.Review {
	case crosswalk.Undecided:
		part += "; nobody has decided on this"
	case crosswalk.Conflict:
		part += "; reviewers disagree on this"
	}
	return part
}

// order puts the links that give most first, decided ones before drafts; of
// equals by framework, control and rationale type.
func (s *subject) order() {
	at := make([]int, len(s.controls))
	for i := range at {
		at[i] = i
	}
	links := s.outcome.Evidence
	slices.SortStableFunc(at, func(i, j int) int {
		a, b := links[i], links[j]
		return cmp.Or(
			draftLast(a)-draftLast(b),
			slices.Index(orgprofile.Statuses(), b.Gives)-slices.Index(orgprofile.Statuses(), a.Gives),
			cmp.Compare(a.Framework, b.Framework), cmp.Compare(a.Group, b.Group),
			cmp.Compare(a.Control, b.Control), cmp.Compare(a.RationaleType, b.RationaleType))
	})
	place := make([]int, len(at))
	sorted, controls := make([]Link, len(at)), make([]control, len(at))
	for to, from := range at {
		place[from], sorted[to], controls[to] = to, links[from], s.controls[from]
	}
	s.outcome.Evidence, s.controls = sorted, controls
	for _, c := range s.grounds {
		for i := range c.links {
			c.links[i] = place[c.links[i]]
		}
	}
}

func draftLast(l Link) int {
	if l.Draft() {
		return 1
	}
	return 0
}

// check holds what the file says of an outcome against what follows.
func check(o *Outcome) *Check {
	said, follows := o.Current.Status, o.Status
	switch {
	case said == "" || said == follows || !o.Mapped || !o.Included:
		return nil
	case said.Less(follows):
		return &Check{Understated, fmt.Sprintf("the file says %s, and by the controls in place it is %s", said, follows)}
	case follows.Less(o.Best):
		return &Check{Overstated, fmt.Sprintf("the file says %s, and by the controls in place it is %s: some that it is mapped to are missing", said, follows)}
	}
	return &Check{Unproven, fmt.Sprintf("the file says %s, and no control that it is mapped to can show more than %s", said, follows)}
}

// context puts beside each cell what its subcategory comes to.
func (a *assessment) context(elements []corpus.Element) {
	status := map[string]orgprofile.Status{}
	for _, s := range a.subjects {
		status[s.outcome.ID] = s.outcome.Status
	}
	for i, e := range elements {
		if up, ok := status[e.Parent]; ok && e.Focus != "" {
			a.subjects[i].outcome.Context = &Context{e.Parent, up}
		}
	}
}

// count sums up by priority.
func (r *Report) count() {
	for _, p := range Priorities() {
		c := Count{Priority: p}
		for _, o := range r.Outcomes {
			if !o.Included || o.Priority != p {
				continue
			}
			switch o.Status {
			case orgprofile.Met:
				c.Met++
			case orgprofile.Partly:
				c.Partly++
			default:
				c.Open++
				if !o.Mapped {
					c.Unmapped++
				}
			}
			if o.Perhaps != "" {
				c.Perhaps++
			}
		}
		r.Summary = append(r.Summary, c)
	}
	for _, o := range r.Outcomes {
		if !o.Included {
			r.Excluded++
		}
	}
}

func catalogOf(c orgprofile.BoundCatalog, r *Run) Catalog {
	out := Catalog{Framework: c.Framework.Spec()}
	for _, control := range c.Controls { // a sum, whatever the order
		switch control.State {
		case orgprofile.Implemented:
			out.Implemented++
		case orgprofile.Partial:
			out.Partial++
		case orgprofile.Planned:
			out.Planned++
		}
	}
	if r == nil {
		return out
	}
	out.Run = r.ID
	for _, s := range r.Standings {
		switch {
		case s.Decided != nil:
			out.Decided++
		case related(s):
			out.Undecided++
		}
	}
	return out
}
