package posture

import (
	"fmt"
	"strings"
	"time"

	"concord/crosswalk/orgprofile"
)

// Sentence puts a mapping of an outcome into words: the control and its state,
// the relation and who decided on it, what follows and why. It holds texts of
// others as they are.
func (l Link) Sentence(outcome string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s, %s", l.Framework, l.Control, l.State)
	if len(l.ControlEvidence) > 0 {
		fmt.Fprintf(&b, " (%s)", strings.Join(l.ControlEvidence, "; "))
	}
	fmt.Fprintf(&b, ": %s", l.Relation.Sentence(outcome, l.Control))
	if l.RationaleType != "" {
		fmt.Fprintf(&b, ", %s", l.RationaleType)
	}
	if l.Strength != nil {
		fmt.Fprintf(&b, ", strength %d", *l.Strength)
	}
	if l.Probability != nil {
		fmt.Fprintf(&b, ", p=%.2f", *l.Probability)
	}
	fmt.Fprintf(&b, ", %s. ", l.decision())
	follows := string(l.Gives)
	switch {
	case l.Gives == orgprofile.Open:
		follows = "Nothing follows"
	case l.Draft():
		follows = "Perhaps " + follows
	default:
		follows = strings.ToUpper(follows[:1]) + follows[1:]
	}
	fmt.Fprintf(&b, "%s: %s.", follows, l.Why)
	return b.String()
}

// decision says who decided.
func (l Link) decision() string {
	if l.Review == "" {
		return "draft"
	}
	said := string(l.Review)
	if len(l.Reviewers) > 0 {
		said += " by " + strings.Join(l.Reviewers, ", ")
	}
	if l.Decided != nil {
		said += " on " + l.Decided.Format(time.DateOnly)
	}
	return said
}

// Said lists, in words, what the file says of an outcome and how that goes with
// what follows. It holds texts of others as they are.
func (o Outcome) Said() []string {
	var out []string
	if o.Rationale != "" {
		out = append(out, "rationale: "+o.Rationale)
	}
	for _, c := range []struct {
		name string
		Claim
	}{{"current", o.Current}, {"target", o.Target}} {
		if c.Line > 0 {
			out = append(out, fmt.Sprintf("file, %s: %s (line %d, %s)", c.name, describe(c.Position), c.Line, c.Entry))
		}
	}
	if o.Check != nil {
		what := "contradiction"
		if !o.Check.Contradiction() {
			what = "not shown"
		}
		out = append(out, what+": "+o.Check.Message)
	}
	if o.Context != nil {
		out = append(out, fmt.Sprintf("for context: %s is %s, which does not count here", o.Context.ID, o.Context.Status))
	}
	return out
}

// Bare reports whether there is nothing to say of an outcome but that it is open.
func (o Outcome) Bare() bool {
	return len(o.Evidence) == 0 && o.Current.Line == 0 && o.Target.Line == 0 && o.Rationale == ""
}

func describe(p orgprofile.Position) string {
	var parts []string
	if p.Status != "" {
		parts = append(parts, string(p.Status))
	}
	for _, f := range []struct {
		name  string
		texts []string
	}{{"policies", p.Policies}, {"practices", p.Practices}, {"roles", p.Roles}, {"evidence", p.Evidence}} {
		if len(f.texts) > 0 {
			parts = append(parts, f.name+": "+strings.Join(f.texts, "; "))
		}
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}
