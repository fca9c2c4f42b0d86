package agreement

import (
	"math"
	"slices"

	"concord/crosswalk"
)

// Anchoring compares decisions that were made blind, without seeing what was
// proposed, with assisted ones. It counts decisions on proposals that claim a
// relation or none; entered pairs are left out, and decisions carried over from
// another run, which were made on another proposal. Blind and assisted ones are
// on different pairs, so the two should be drawn alike.
type Anchoring struct {
	All       Contrast   `json:"all"`       // of all decisions, as if they were independent
	Reviewers []Contrast `json:"reviewers"` // by name
}

// A Contrast is blind against assisted.
type Contrast struct {
	Reviewer string `json:"reviewer,omitempty"` // empty for all
	Blind    Sight  `json:"blind"`
	Assisted Sight  `json:"assisted"`
	// Relation and Outcome are the share of assisted decisions that follow the
	// proposal less that of blind ones, -1 to 1, see [newcombe]: positive if
	// people follow what they see.
	Relation Estimate `json:"relation_difference"`
	Outcome  Estimate `json:"outcome_difference"`
}

// A Sight counts the decisions made blind, or assisted.
type Sight struct {
	Decisions int `json:"decisions"`
	Relation  int `json:"same_relation"` // that end with the relation that was proposed
	Outcome   int `json:"same_outcome"`  // that say related, or not, as was proposed
	// Of the decisions that say how long they took.
	Timed         int      `json:"timed"`
	MedianSeconds *float64 `json:"median_seconds"` // nil if there is none
}

func anchoring(units []unit, reviewers []string) Anchoring {
	by := make([][]rating, len(reviewers))
	var all []rating
	for _, u := range units {
		for _, r := range u.ratings {
			if r.proposed != nil && r.decision.Action != crosswalk.Enter && claim(r.proposed) != "" {
				all = append(all, r)
				by[r.reviewer] = append(by[r.reviewer], r)
			}
		}
	}
	out := Anchoring{All: contrast("", all), Reviewers: []Contrast{}}
	for i, name := range reviewers {
		out.Reviewers = append(out.Reviewers, contrast(name, by[i]))
	}
	return out
}

// claim returns the relation that is proposed, or nothing if the pair was not
// judged.
func claim(p *crosswalk.Proposal) crosswalk.Relation {
	switch p.Outcome {
	case crosswalk.Mapped:
		return p.Relation
	case crosswalk.Unrelated:
		return crosswalk.NoRelationship
	}
	return ""
}

func contrast(reviewer string, ratings []rating) Contrast {
	c := Contrast{Reviewer: reviewer}
	c.Blind = sight(ratings, false)
	c.Assisted = sight(ratings, true)
	c.Relation = newcombe(c.Assisted.Relation, c.Assisted.Decisions, c.Blind.Relation, c.Blind.Decisions)
	c.Outcome = newcombe(c.Assisted.Outcome, c.Assisted.Decisions, c.Blind.Outcome, c.Blind.Decisions)
	return c
}

func sight(ratings []rating, seen bool) Sight {
	var s Sight
	var seconds []float64
	for _, r := range ratings {
		if r.decision.Carried != (crosswalk.Carried{}) || r.decision.SuggestionVisible != seen {
			continue
		}
		s.Decisions++
		proposed, decided := claim(r.proposed), relationOf(r.decision)
		if decided == proposed {
			s.Relation++
		}
		if (decided == crosswalk.NoRelationship) == (proposed == crosswalk.NoRelationship) {
			s.Outcome++
		}
		if r.decision.Duration > 0 {
			seconds = append(seconds, r.decision.Duration.Seconds())
		}
	}
	if s.Timed = len(seconds); s.Timed > 0 {
		slices.Sort(seconds)
		s.MedianSeconds = new((seconds[(s.Timed-1)/2] + seconds[s.Timed/2]) / 2)
	}
	return s
}

// newcombe returns the difference of two independent shares, x of m less y of n,
// with its 95 % hybrid score interval, which stays between -1 and 1 and holds
// for few decisions too.
//
// Newcombe, "Interval estimation for the difference between independent
// proportions", Statistics in Medicine 17 (1998), method 10.
func newcombe(x, m, y, n int) Estimate {
	switch {
	case m == 0 && n == 0:
		return Estimate{Undefined: "there are no decisions"}
	case n == 0:
		return Estimate{Undefined: "no decision was made blind"}
	case m == 0:
		return Estimate{Undefined: "no decision was made assisted"}
	}
	p, q := float64(x)/float64(m), float64(y)/float64(n)
	pLow, pHigh := wilson(p, float64(m))
	qLow, qHigh := wilson(q, float64(n))
	d := p - q
	return Estimate{Value: &d, Low: new(d - math.Hypot(p-pLow, qHigh-q)), High: new(d + math.Hypot(pHigh-p, q-qLow))}
}

// wilson returns the 95 % score interval of a share p of n.
//
// Wilson, "Probable inference, the law of succession, and statistical
// inference", Journal of the American Statistical Association 22 (1927).
func wilson(p, n float64) (low, high float64) {
	const z = 1.959963984540054 // the .975 quantile of the standard normal distribution
	middle := p + z*z/(2*n)
	reach := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, (middle-reach)/(1+z*z/n)), min(1, (middle+reach)/(1+z*z/n))
}
