// Package agreement measures how far reviewers agree.
//
// It compares what several people said of the same pairs (Cohen's kappa,
// Krippendorff's alpha), and what people say who saw the proposal with what they
// say who did not (anchoring). It does not say who is right.
//
// Of each reviewer the standing decision on a pair counts, as in
// [crosswalk.Current]: the last one that was not taken back, unless it is a skip
// or was made on another version of the proposal. A decision that settles a
// conflict was made in knowledge of the others; it is left out, and what its
// reviewer had said before counts.
package agreement

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"

	"concord/crosswalk"
)

const (
	// Resamples is how many bootstrap samples an interval comes from.
	Resamples = 2_000
	// Fewest is how many shared pairs an interval needs. With fewer, samples
	// drawn from them vary too little to say how sure a coefficient is.
	Fewest = 10
)

// A Run is a draft with the decisions on it.
type Run struct {
	Proposals []crosswalk.Proposal
	Decisions []crosswalk.Decision
}

// A Report says how far reviewers agree.
type Report struct {
	Seed      uint64    `json:"seed"`
	Resamples int       `json:"resamples"`
	Reviewers []string  `json:"reviewers"` // those whose decisions count, by name
	Groups    []Group   `json:"groups"`    // all pairs first
	Anchoring Anchoring `json:"anchoring"`
}

// A Grouping says what the pairs of a group have in common.
type Grouping string

const (
	All         Grouping = "all"
	ByFramework Grouping = "frameworks"     // "csf@2.0 → sp800-53@5.2.0"
	ByRationale Grouping = "rationale_type" // of the proposal, or as entered
	ByFocus     Grouping = "focus_area"     // of the source; empty for none
)

// A Group is some of the pairs, with how far reviewers agree on these.
type Group struct {
	By        Grouping   `json:"by"`
	Name      string     `json:"name"`
	Pairs     int        `json:"pairs"`  // that somebody decided
	Shared    int        `json:"shared"` // that two reviewers or more decided
	Questions []Question `json:"questions"`
}

// Names of the questions that are no relation's. Of no_relationship against all
// others there is no question of its own: that is Related.
const (
	WhichRelation = "relation" // which of the five
	Related       = "related"  // whether at all
)

// A Question is what reviewers answer of a pair: which relation holds, whether
// the two are related, or whether one certain relation holds.
type Question struct {
	Name   string   `json:"question"` // WhichRelation, Related or the name of a relation
	Alpha  Estimate `json:"alpha"`    // of all reviewers
	Kappas []Kappa  `json:"kappas"`   // of every two, by name
}

// A Kappa says how far two reviewers agree on the pairs that both decided.
type Kappa struct {
	A        string   `json:"a"`
	B        string   `json:"b"`
	Pairs    int      `json:"pairs"`
	Observed *float64 `json:"observed"` // share on which they agree, 0 to 1; nil without a pair
	Kappa    Estimate `json:"kappa"`
}

// An Estimate is a value with its 95 % interval. All that is undefined is nil,
// never a number that is none.
type Estimate struct {
	Value     *float64 `json:"value"`
	Low       *float64 `json:"low"`
	High      *float64 `json:"high"`
	Undefined string   `json:"undefined,omitempty"` // why there is no value
}

// Measure reports on one run or several. A pair that is in several runs is one
// pair, on which of each reviewer the last decision counts. It is reported on
// all pairs together and, where there is more than one, by pair of frameworks,
// rationale type and focus area.
//
// The interval of a coefficient is a percentile bootstrap over the shared pairs
// of the group: Resamples samples drawn with replacement by a PCG from the seed,
// the same samples for every question. Its ends are the kth smallest and the kth
// largest of the m samples in which the coefficient is defined, with k the whole
// part of .025 (m + 1). There is none with less than Fewest shared pairs, or if m
// is less than half of the samples. Pairs are drawn, not reviewers: it holds for
// these reviewers on other pairs.
//
// Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
func Measure(runs []Run, seed uint64) Report {
	units, reviewers := gather(runs)
	r := Report{Seed: seed, Resamples: Resamples, Reviewers: reviewers, Anchoring: anchoring(units, reviewers)}
	group := func(by Grouping, name string, units []unit) {
		r.Groups = append(r.Groups, measure(by, name, units, reviewers, rand.New(rand.NewPCG(seed, 0))))
	}
	group(All, "", units)
	for _, by := range []Grouping{ByFramework, ByRationale, ByFocus} {
		parts := map[string][]unit{}
		for _, u := range units {
			parts[u.in(by)] = append(parts[u.in(by)], u)
		}
		if len(parts) < 2 {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(parts)) {
			group(by, name, parts[name])
		}
	}
	return r
}

// A unit is one pair with what each reviewer says of it.
type unit struct {
	frameworks, focus string
	compared          crosswalk.RationaleType
	ratings           []rating // at most one of each reviewer, by reviewer
}

// A rating is a decision that counts.
type rating struct {
	decision crosswalk.Decision
	proposed *crosswalk.Proposal // as the reviewer saw it; nil for an entered pair
	reviewer int                 // index into the names
	relation int                 // index into crosswalk.Relations
}

// in returns which part of a grouping a pair is in.
func (u unit) in(by Grouping) string {
	switch by {
	case ByFramework:
		return u.frameworks
	case ByRationale:
		return string(u.compared)
	case ByFocus:
		return u.focus
	}
	return ""
}

// gather returns the pairs that somebody decided, by id, and the names of those
// who did.
func gather(runs []Run) (units []unit, reviewers []string) {
	by := map[string]*unit{}
	names := map[string]bool{}
	for _, run := range runs {
		focus := map[string]string{} // of sources; an entered pair does not say
		for _, p := range run.Proposals {
			focus[p.Source.String()] = p.Focus
		}
		for _, s := range crosswalk.Current(run.Proposals, independent(run.Decisions)) {
			for _, d := range s.By {
				u := by[s.Proposal]
				if u == nil {
					u = &unit{focus: focus[s.Source.String()], compared: comparedAs(s),
						frameworks: s.Source.Framework + "@" + s.Source.Edition + " → " + s.Target.Framework + "@" + s.Target.Edition}
					by[s.Proposal] = u
				}
				u.add(rating{decision: d, proposed: s.Proposed, relation: slices.Index(crosswalk.Relations(), relationOf(d))})
				names[d.Reviewer] = true
			}
		}
	}
	reviewers = slices.AppendSeq([]string{}, maps.Keys(names))
	slices.Sort(reviewers)
	for _, id := range slices.Sorted(maps.Keys(by)) {
		u := by[id]
		for i := range u.ratings {
			u.ratings[i].reviewer, _ = slices.BinarySearch(reviewers, u.ratings[i].decision.Reviewer)
		}
		slices.SortFunc(u.ratings, func(a, b rating) int { return cmp.Compare(a.reviewer, b.reviewer) })
		units = append(units, *u)
	}
	return units, reviewers
}

// add takes in a rating, if the reviewer has given no later one in another run.
func (u *unit) add(r rating) {
	i := slices.IndexFunc(u.ratings, func(o rating) bool { return o.decision.Reviewer == r.decision.Reviewer })
	if i < 0 {
		u.ratings = append(u.ratings, r)
	} else if old := u.ratings[i].decision; cmp.Or(old.Time.Compare(r.decision.Time), cmp.Compare(old.ID, r.decision.ID)) < 0 {
		u.ratings[i] = r
	}
}

// comparedAs returns the rationale type that the pair came with.
func comparedAs(s crosswalk.Standing) crosswalk.RationaleType {
	if s.Proposed != nil {
		return s.Proposed.RationaleType
	}
	return s.By[0].RationaleType
}

// relationOf returns what a decision says of its pair.
func relationOf(d crosswalk.Decision) crosswalk.Relation {
	if d.Action == crosswalk.Reject {
		return crosswalk.NoRelationship
	}
	return d.Relation
}

// independent returns the decisions that were neither taken back nor settle what
// others disagreed on. An undo takes back whatever came before it, so this must
// be seen to before anything is left out.
func independent(decisions []crosswalk.Decision) []crosswalk.Decision {
	decisions = slices.SortedStableFunc(slices.Values(decisions), func(a, b crosswalk.Decision) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID))
	})
	type desk struct{ proposal, reviewer string }
	live := map[desk][]int{}
	gone := make([]bool, len(decisions))
	for i, d := range decisions {
		at := desk{d.Proposal, d.Reviewer}
		if d.Action != crosswalk.Undo {
			live[at] = append(live[at], i)
			gone[i] = len(d.Settles) > 0
			continue
		}
		gone[i] = true
		if n := len(live[at]); n > 0 {
			gone[live[at][n-1]] = true
			live[at] = live[at][:n-1]
		}
	}
	var out []crosswalk.Decision
	for i, d := range decisions {
		if !gone[i] {
			out = append(out, d)
		}
	}
	return out
}
