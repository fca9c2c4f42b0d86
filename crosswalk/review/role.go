package review

import (
	"fmt"
	"net/http"
	"slices"

	"concord/crosswalk"
)

// A Role says what somebody may do at the desk.
type Role string

const (
	RoleReviewer    Role = "reviewer"    // decides; whoever has no role is one
	RoleAdjudicator Role = "adjudicator" // a reviewer who settles what others disagree on
	RoleReader      Role = "reader"      // sees everything, of blind pairs too, and changes nothing
)

// ParseRole reads a role as it is written.
func ParseRole(s string) (Role, error) {
	for _, r := range []Role{RoleReviewer, RoleAdjudicator, RoleReader} {
		if string(r) == s {
			return r, nil
		}
	}
	return "", fmt.Errorf("a role is %s, %s or %s", RoleReviewer, RoleAdjudicator, RoleReader)
}

// reads reports whether the seat is one to look on from.
func (d *seat) reads() bool { return d.Role == RoleReader }

// adjudicated reports whether somebody is named to settle conflicts, so that
// nobody else does.
func (d *Desk) adjudicated() bool {
	return slices.ContainsFunc(d.Reviewers, func(r Reviewer) bool { return r.Role == RoleAdjudicator })
}

// settler reports whether the reviewer is among those who settle conflicts.
func (d *seat) settler() bool {
	return !d.reads() && (d.Role == RoleAdjudicator || !d.adjudicated())
}

// maySettle reports whether the reviewer may settle a conflict on a pair.
func (d *seat) maySettle(at *row) bool {
	return at.Review == crosswalk.Conflict && d.settler() && !d.party(at)
}

// party reports whether the reviewer is one of those whose decisions on a pair
// stand.
func (d *seat) party(at *row) bool {
	return slices.ContainsFunc(at.By, func(x crosswalk.Decision) bool { return x.Reviewer == d.Name && len(x.Settles) == 0 })
}

// settle has a decision on a pair settle what the form names. Who settled the
// pair, and says something else now, settles it still.
func (d *seat) settle(x *crosswalk.Decision, at *row, asked bool, settles []string) error {
	mine := at.stands(d.Name)
	switch {
	case asked && !d.settler():
		return &refusal{http.StatusForbidden, "An adjudicator settles conflicts at this desk. Nothing was saved: decide without settling, and it counts as what you say."}
	case asked && d.party(at):
		return badRequest("You are one of those who disagree: somebody else settles it. Nothing was saved.")
	case asked:
		x.Settles = settles
	case mine != nil && d.settler():
		x.Settles = mine.Settles
	}
	x.Adjudicates = len(x.Settles) > 0 && d.Role == RoleAdjudicator
	return nil
}
