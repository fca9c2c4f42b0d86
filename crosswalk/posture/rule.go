package posture

import (
	"concord/crosswalk"
	"concord/crosswalk/orgprofile"
)

// Follows says what follows for an outcome from one control that it is mapped to,
// by the relation read from the outcome to the control. Only a control that holds
// all of the outcome can meet it; one that holds a part of it meets it partly,
// however many such controls there are, for what nobody holds may be left. A
// control that is partly in place does no more than that, one that is planned or
// absent does nothing.
func Follows(r crosswalk.Relation, s orgprofile.State) orgprofile.Status {
	if s != orgprofile.Implemented && s != orgprofile.Partial {
		return orgprofile.Open
	}
	switch r {
	case crosswalk.Equal, crosswalk.SubsetOf:
		if s == orgprofile.Implemented {
			return orgprofile.Met
		}
		return orgprofile.Partly
	case crosswalk.SupersetOf, crosswalk.IntersectsWith:
		return orgprofile.Partly
	}
	return orgprofile.Open
}

// Together says what follows from controls that cover an outcome only together
// (see [crosswalk.Decision]), whatever the relation of each: all of them
// implemented meet it, some of them, or some in part, meet it partly.
func Together(states []orgprofile.State) orgprofile.Status {
	all, some := len(states) > 0, false
	for _, s := range states {
		all = all && s == orgprofile.Implemented
		some = some || s == orgprofile.Implemented || s == orgprofile.Partial
	}
	switch {
	case all:
		return orgprofile.Met
	case some:
		return orgprofile.Partly
	}
	return orgprofile.Open
}

// atMost returns the lower of two statuses.
func atMost(a, b orgprofile.Status) orgprofile.Status {
	if b.Less(a) {
		return b
	}
	return a
}

// atLeast returns the higher of two statuses.
func atLeast(a, b orgprofile.Status) orgprofile.Status {
	if a.Less(b) {
		return b
	}
	return a
}
