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
	fmt.Fprintf(&b, ", %s. ", strings.Join(l.measures(), ", "))
	follows := inWords(l.Gives)
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

// A Reason is a part of the chain of evidence in words.
type Reason struct {
	Text  string
	Draft bool // nobody has decided on it
}

// Chain puts the evidence of an outcome into words: a sentence for each mapping
// that something follows from, then one for all controls that are not in place,
// first as decided, then as drafted. It holds texts of others as they are.
func (o Outcome) Chain() []Reason {
	var out []Reason
	for _, draft := range []bool{false, true} {
		var missing []string
		for _, l := range o.Evidence {
			switch {
			case l.Draft() != draft:
			case l.Gives != orgprofile.Open:
				out = append(out, Reason{l.Sentence(o.ID), draft})
			default:
				missing = append(missing, l.short())
			}
		}
		if len(missing) > 0 {
			out = append(out, Reason{"not in place: " + strings.Join(missing, "; "), draft})
		}
	}
	return out
}

// short names a mapping that nothing follows from.
func (l Link) short() string {
	parts := []string{l.Framework + " " + l.Control}
	if l.State == orgprofile.Planned {
		parts[0] += ", planned"
	}
	parts = append(parts, string(l.Relation))
	if len(l.With) > 0 {
		parts = append(parts, "together with "+strings.Join(l.With, ", "))
	}
	parts = append(parts, l.measures()...)
	return fmt.Sprintf("%s (%s)", parts[0], strings.Join(parts[1:], ", "))
}

// measures say how sure a mapping is.
func (l Link) measures() []string {
	var out []string
	if l.Strength != nil {
		out = append(out, fmt.Sprintf("strength %d", *l.Strength))
	}
	if l.Probability != nil {
		out = append(out, fmt.Sprintf("p=%.2f", *l.Probability))
	}
	return append(out, l.decision())
}

func inWords(s orgprofile.Status) string {
	if s == orgprofile.Partly {
		return "partly met"
	}
	return string(s)
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
		out = append(out, fmt.Sprintf("for context: %s is %s, which does not count here", o.Context.ID, inWords(o.Context.Status)))
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
