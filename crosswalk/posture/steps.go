package posture

import (
	"cmp"
	"slices"

	"concord/crosswalk/orgprofile"
)

// steps ranks the controls not yet in place: by the open outcomes of priority 1
// that each would serve, then by those that are partly met, then so for priority
// 2, 3 and none, then by what it would add a further part to, then by what it
// would serve if the drafts held; of equals by framework and in document order.
func (a *assessment) steps() []Step {
	found := map[control]*Step{}
	for _, s := range a.subjects {
		goal := cmp.Or(s.outcome.Target.Status, orgprofile.Met)
		if !s.outcome.Included || !s.outcome.Status.Less(goal) {
			continue
		}
		for _, c := range unique(s.controls) {
			if a.state(c) != orgprofile.Implemented {
				a.useful(a.step(found, c), s, c)
			}
		}
	}
	out := []Step{}
	for i, catalog := range a.bound.Catalogs {
		for _, e := range catalog.Framework.Elements {
			if step := found[control{i, e.ID}]; step != nil && len(step.Serves)+len(step.Adds)+len(step.Perhaps) > 0 {
				step.Title = label(e)
				step.Counts = served(step.Serves)
				out = append(out, *step)
			}
		}
	}
	slices.SortStableFunc(out, func(x, y Step) int {
		return cmp.Or(slices.Compare(weight(y.Serves), weight(x.Serves)), slices.Compare(weight(y.Adds), weight(x.Adds)),
			slices.Compare(weight(y.Perhaps), weight(x.Perhaps)))
	})
	return out
}

// useful notes what a control would do for an outcome.
func (a *assessment) useful(step *Step, s *subject, c control) {
	service, serves := a.service(s, c, false)
	switch {
	case serves:
		step.Serves = append(step.Serves, service)
		return
	case s.decided(c):
		service.To = service.From
		step.Adds = append(step.Adds, service)
	}
	if service, serves := a.service(s, c, true); serves && a.drafts {
		step.Perhaps = append(step.Perhaps, service)
	}
}

// decided reports whether people mapped the outcome to a control.
func (s *subject) decided(c control) bool {
	return slices.ContainsFunc(s.grounds, func(x ground) bool {
		return !x.draft && slices.ContainsFunc(x.links, func(l int) bool { return s.controls[l] == c })
	})
}

func (a *assessment) step(found map[control]*Step, c control) *Step {
	if found[c] == nil {
		found[c] = &Step{Framework: a.bound.Catalogs[c.catalog].Framework.Spec(), Control: c.id, State: a.state(c), Serves: []Service{}}
	}
	return found[c]
}

// service says what putting a control in place would do for an outcome: alone or,
// where that does nothing, with the others of a group that are missing.
func (a *assessment) service(s *subject, c control, drafts bool) (Service, bool) {
	from := s.status(a.state, drafts)
	service := Service{Outcome: s.outcome.ID, Priority: s.outcome.Priority, From: from}
	with := func(more []control) bool {
		service.To = s.status(func(x control) orgprofile.State {
			if x == c || slices.Contains(more, x) {
				return orgprofile.Implemented
			}
			return a.state(x)
		}, drafts)
		return from.Less(service.To)
	}
	if with(nil) {
		return service, true
	}
	for _, group := range s.grounds {
		if !group.group || !slices.ContainsFunc(group.links, func(l int) bool { return s.controls[l] == c }) {
			continue
		}
		var missing []control
		for _, l := range group.links {
			if x := s.controls[l]; x != c && a.state(x) != orgprofile.Implemented && !slices.Contains(missing, x) {
				missing = append(missing, x)
			}
		}
		if with(missing) {
			for _, x := range missing {
				service.With = append(service.With, x.id)
			}
			slices.Sort(service.With)
			return service, true
		}
	}
	return service, false
}

func unique(controls []control) []control {
	var out []control
	for _, c := range controls {
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// served counts services by priority.
func served(list []Service) []Served {
	var out []Served
	for _, p := range Priorities() {
		n := Served{Priority: p}
		for _, s := range list {
			switch {
			case s.Priority != p:
			case s.From == orgprofile.Open:
				n.Open++
			default:
				n.Partly++
			}
		}
		out = append(out, n)
	}
	return out
}

// weight is what controls are ranked by.
func weight(list []Service) []int {
	var out []int
	for _, n := range served(list) {
		out = append(out, n.Open, n.Partly)
	}
	return out
}
