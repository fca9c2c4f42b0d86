package eval

import (
	"fmt"
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
	F1   *Turn  `json:"f1,omitempty"` // of what was proposed, if both systems decide
}

// A Turn is a measure, 0 to 1, on both sides.
type Turn struct {
	Base float64 `json:"base"`
	New  float64 `json:"new"`
}

// A Contrast is how two systems differ on one measure. All but the p-values
// are on the scale of the measure, 0 to 1; differences are new less base.
type Contrast struct {
	Measure    string  `json:"measure"` // top1, mrr5, map or f1
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
	of          func(Requirement) float64
}

// measures lists those that both systems can be compared on.
func measures(pairs []Paired) []measure {
	list := []measure{
		{"top1", "Top-1", func(r Requirement) float64 { return r.Top1 }},
		{"mrr5", "MRR@5", func(r Requirement) float64 { return r.MRR5 }},
		{"map", "MAP", func(r Requirement) float64 { return r.MAP }},
	}
	ranksOnly := func(p Paired) bool { return p.Base.Pairs == nil || p.New.Pairs == nil }
	if len(pairs) > 0 && !slices.ContainsFunc(pairs, ranksOnly) {
		list = append(list, measure{"f1", "F1", func(r Requirement) float64 { return r.Pairs.F1() }})
	}
	return list
}

// Title is the measure as it is printed, such as "MRR@5".
func (c Contrast) Title() string {
	m, _ := MetricByName(c.Measure)
	return m.Title
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
// Swapping the systems negates the differences and keeps the p-values. F1 is
// the mean over requirements here, so that it can be tested by requirement.
func Compare(pairs []Paired, o CompareOptions) Comparison {
	return CompareAll([][]Paired{pairs}, o)[0]
}

// CompareAll compares two systems on several sets. It is as [Compare] on each,
// but that p-values are adjusted over the measures of all of them.
func CompareAll(sets [][]Paired, o CompareOptions) []Comparison {
	all := make([]Comparison, len(sets))
	var ps []float64
	for i, pairs := range sets {
		all[i] = contrasts(pairs, o)
		for _, m := range all[i].Measures {
			ps = append(ps, m.P)
		}
	}
	adjusted := Holm(ps)
	for i := range all {
		for j := range all[i].Measures {
			all[i].Measures[j].Holm = adjusted[0]
			adjusted = adjusted[1:]
		}
		all[i].Verdict, all[i].Reason = all[i].judge(o.Matters)
	}
	return all
}

// Overall is the verdict on several sets: a regression on one is a regression,
// else an improvement on one an improvement. Otherwise it is what the sets say
// that say most: noise, then not enough data, and unchanged if all are.
func Overall(all []Comparison) Verdict {
	for _, v := range []Verdict{Regression, Improved, Noise, NotEnoughData} {
		if slices.ContainsFunc(all, func(c Comparison) bool { return c.Verdict == v }) {
			return v
		}
	}
	return Unchanged
}

// contrasts compares all but what depends on other sets.
func contrasts(pairs []Paired, o CompareOptions) Comparison {
	c := Comparison{Requirements: len(pairs), Moved: []Moved{}}
	compared := measures(pairs)
	for _, p := range pairs {
		if what := p.became(compared); what != "" {
			m := Moved{ID: p.ID, What: what, Top1: Turn{p.Base.Top1, p.New.Top1}, MRR5: Turn{p.Base.MRR5, p.New.MRR5}, MAP: Turn{p.Base.MAP, p.New.MAP}}
			if len(compared) > 3 {
				m.F1 = &Turn{p.Base.Pairs.F1(), p.New.Pairs.F1()}
			}
			c.Moved = append(c.Moved, m)
		}
	}
	for i, m := range compared {
		contrast := contrastOf(pairs, m.of, rand.New(rand.NewPCG(o.Seed, uint64(i))))
		contrast.Measure = m.name
		if m.name == "top1" { // the one that is yes or no
			contrast.P = McNemar(hits(pairs))
		}
		c.Measures = append(c.Measures, contrast)
	}
	return c
}

// became says what became of a requirement: nothing is "".
func (p Paired) became(compared []measure) string {
	rose, fell := false, false
	for _, m := range compared {
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
func contrastOf(pairs []Paired, of func(Requirement) float64, rnd *rand.Rand) Contrast {
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
