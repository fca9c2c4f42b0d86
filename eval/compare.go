package eval

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
)

// A Verdict is what a comparison of two rankings comes to.
type Verdict string

// The verdicts, see [Compare] for their rules.
const (
	NotEnoughData Verdict = "not enough data"
	Unchanged     Verdict = "unchanged"
	Regression    Verdict = "regression"
	Improved      Verdict = "improved"
	Noise         Verdict = "noise"
)

const (
	// FewestCompared is the number of requirements below which there is no
	// verdict. Of n differences the smallest two-sided p-value there can be is
	// 2/2ⁿ, and only from seven on does three times it reach .05.
	FewestCompared = 7
	// Significant is the Holm-adjusted p-value up to which a difference is one.
	Significant = 0.05
)

// A Paired is one requirement as two systems ranked for it.
type Paired struct {
	ID        string
	Base, New Ranking
}

// Gaps says what two runs and their labels do not share. Ids are in order.
type Gaps struct {
	MissingInBase []string `json:"missing_in_base"` // labelled requirements, counted as zero
	MissingInNew  []string `json:"missing_in_new"`  // the same of the new run
	Unlabelled    []string `json:"unlabelled"`      // requirements without a relevant target, left out
}

// Pair measures two runs on every requirement that has a relevant target, in
// order of id. A requirement that a run lacks measures zero there. Labels
// without a relevant target and a run with none of the requirements are errors.
func Pair(qrels Qrels, base, next Run) ([]Paired, Gaps, error) {
	gaps := Gaps{MissingInBase: []string{}, MissingInNew: []string{}, Unlabelled: []string{}}
	var pairs []Paired
	for _, id := range slices.Sorted(maps.Keys(qrels)) {
		gold := map[string]bool{}
		for document, grade := range qrels[id] {
			if grade > 0 {
				gold[document] = true
			}
		}
		if len(gold) == 0 {
			gaps.Unlabelled = append(gaps.Unlabelled, id)
			continue
		}
		if len(base[id]) == 0 {
			gaps.MissingInBase = append(gaps.MissingInBase, id)
		}
		if len(next[id]) == 0 {
			gaps.MissingInNew = append(gaps.MissingInNew, id)
		}
		pairs = append(pairs, Paired{ID: id, Base: Rank(base.ranked(id), gold), New: Rank(next.ranked(id), gold)})
	}
	for _, run := range []Run{base, next} {
		for id := range run {
			if _, labelled := qrels[id]; !labelled {
				gaps.Unlabelled = append(gaps.Unlabelled, id)
			}
		}
	}
	slices.Sort(gaps.Unlabelled)
	gaps.Unlabelled = slices.Compact(gaps.Unlabelled) // most are in both runs
	switch len(pairs) {
	case 0:
		return nil, gaps, errors.New("the labels have no relevant target for any requirement: want grades from 1 up")
	case len(gaps.MissingInBase):
		return nil, gaps, errors.New("the base run has no requirement of the labels; do both name them alike?")
	case len(gaps.MissingInNew):
		return nil, gaps, errors.New("the new run has no requirement of the labels; do both name them alike?")
	}
	return pairs, gaps, nil
}

// What became of a requirement.
const (
	Gained = "gained" // some measure rose and none fell
	Lost   = "lost"   // some measure fell and none rose
	Mixed  = "changed"
)

// A Moved is a requirement of which some measure differs.
type Moved struct {
	ID   string `json:"requirement"`
	What string `json:"what"` // Gained, Lost or Mixed
	Top1 Turn   `json:"top1"`
	MRR5 Turn   `json:"mrr5"`
	MAP  Turn   `json:"map"`
}

// A Turn is a measure, 0 to 1, on both sides.
type Turn struct {
	Base float64 `json:"base"`
	New  float64 `json:"new"`
}

// A Contrast is how two systems differ on one measure. All but the p-values
// are on the scale of the measure, 0 to 1; differences are new less base.
type Contrast struct {
	Measure    string  `json:"measure"` // top1, mrr5 or map
	Base       float64 `json:"base"`    // means over requirements
	New        float64 `json:"new"`
	Difference float64 `json:"difference"`
	Low        float64 `json:"low"` // 95 % interval of the difference, see Bootstrap
	High       float64 `json:"high"`
	P          float64 `json:"p"`    // see McNemar for top1, SignFlip for the others
	Holm       float64 `json:"holm"` // P adjusted over the measures
	// Smallest is the smallest difference that the set could have shown, see
	// Detectable; nil if there is no telling.
	Smallest *float64 `json:"smallest"`
}

// A Comparison is what two systems reached on the same requirements.
type Comparison struct {
	Requirements int        `json:"requirements"`
	Moved        []Moved    `json:"moved"` // in the order of the requirements
	Measures     []Contrast `json:"measures"`
	Verdict      Verdict    `json:"verdict"`
	Reason       string     `json:"reason"` // one sentence
}

// CompareOptions are the settings of a comparison.
type CompareOptions struct {
	// Seed makes the resamples and random flips repeat.
	Seed uint64
	// Matters is the smallest difference worth seeing, above 0 and up to 1.
	Matters float64
}

// A measure is one that is compared.
type measure struct {
	name, title string
	of          func(Ranking) float64
}

func measures() []measure {
	return []measure{
		{"top1", "Top-1", func(r Ranking) float64 { return r.Top1 }},
		{"mrr5", "MRR@5", func(r Ranking) float64 { return r.MRR5 }},
		{"map", "MAP", func(r Ranking) float64 { return r.MAP }},
	}
}

// Title is the measure as it is printed, such as "MRR@5".
func (c Contrast) Title() string {
	for _, m := range measures() {
		if m.name == c.Measure {
			return m.title
		}
	}
	return c.Measure
}

// Compare tests whether two systems differ. The first rule that holds gives
// the verdict:
//
//  1. not enough data: fewer than FewestCompared requirements;
//  2. unchanged: no requirement differs on any measure;
//  3. regression: a measure fell, with a Holm-adjusted p-value up to
//     Significant, whatever the others did;
//  4. improved: a measure rose so;
//  5. not enough data: no measure could have shown a difference as small as
//     what matters;
//  6. noise: the set could have shown it on some measure, and did not.
//
// Swapping the systems negates the differences and keeps the p-values.
func Compare(pairs []Paired, o CompareOptions) Comparison {
	c := Comparison{Requirements: len(pairs), Moved: []Moved{}}
	for _, p := range pairs {
		if what := p.became(); what != "" {
			c.Moved = append(c.Moved, Moved{ID: p.ID, What: what,
				Top1: Turn{p.Base.Top1, p.New.Top1}, MRR5: Turn{p.Base.MRR5, p.New.MRR5}, MAP: Turn{p.Base.MAP, p.New.MAP}})
		}
	}
	var ps []float64
	for i, m := range measures() {
		contrast := contrastOf(pairs, m.of, rand.New(rand.NewPCG(o.Seed, uint64(i))))
		contrast.Measure = m.name
		if m.name == "top1" { // the one that is yes or no
			contrast.P = McNemar(hits(pairs))
		}
		ps = append(ps, contrast.P)
		c.Measures = append(c.Measures, contrast)
	}
	for i, p := range Holm(ps) {
		c.Measures[i].Holm = p
	}
	c.Verdict, c.Reason = c.judge(o.Matters)
	return c
}

// became says what became of a requirement: nothing is "".
func (p Paired) became() string {
	rose, fell := false, false
	for _, m := range measures() {
		rose = rose || m.of(p.New) > m.of(p.Base)
		fell = fell || m.of(p.New) < m.of(p.Base)
	}
	switch {
	case rose && fell:
		return Mixed
	case rose:
		return Gained
	case fell:
		return Lost
	}
	return ""
}

// contrastOf measures all but Holm's adjustment, with the sign-flip test.
func contrastOf(pairs []Paired, of func(Ranking) float64, rnd *rand.Rand) Contrast {
	var base, next, differences []float64
	for _, p := range pairs {
		base = append(base, of(p.Base))
		next = append(next, of(p.New))
		differences = append(differences, of(p.New)-of(p.Base))
	}
	c := Contrast{Base: average(base), New: average(next), Difference: average(differences)}
	c.Low, c.High = Bootstrap(differences, rnd)
	c.P = SignFlip(differences, rnd)
	if smallest, ok := Detectable(differences); ok {
		c.Smallest = &smallest
	}
	return c
}

// hits counts the requirements whose first target became right, or ceased to
// be.
func hits(pairs []Paired) (gained, lost int) {
	for _, p := range pairs {
		switch {
		case p.New.Top1 > p.Base.Top1:
			gained++
		case p.New.Top1 < p.Base.Top1:
			lost++
		}
	}
	return gained, lost
}

// judge applies the rules of Compare.
func (c Comparison) judge(matters float64) (Verdict, string) {
	if c.Requirements < FewestCompared {
		return NotEnoughData, fmt.Sprintf("%d requirements; no test can find a difference with fewer than %d", c.Requirements, FewestCompared)
	}
	if len(c.Moved) == 0 {
		return Unchanged, "every requirement measures the same"
	}
	var rose *Contrast
	for i, m := range c.Measures {
		switch {
		case m.Holm > Significant:
		case m.Difference < 0:
			return Regression, fmt.Sprintf("%s fell by %.4f (adjusted p %.2g)", m.Title(), -m.Difference, m.Holm)
		case rose == nil:
			rose = &c.Measures[i]
		}
	}
	if rose != nil {
		return Improved, fmt.Sprintf("%s rose by %.4f (adjusted p %.2g), and none fell so", rose.Title(), rose.Difference, rose.Holm)
	}
	var keen *Contrast // the measure that could have shown the smallest difference
	for i, m := range c.Measures {
		if m.Smallest != nil && (keen == nil || *m.Smallest < *keen.Smallest) {
			keen = &c.Measures[i]
		}
	}
	switch {
	case keen == nil:
		return NotEnoughData, "no difference is significant, and no measure varies"
	case *keen.Smallest > matters:
		return NotEnoughData, fmt.Sprintf("no difference is significant, and none below %.4f (%s) was likely to be; what matters is %v", *keen.Smallest, keen.Title(), matters)
	}
	return Noise, fmt.Sprintf("no difference is significant, and one of %.4f on %s most likely would have been", *keen.Smallest, keen.Title())
}
