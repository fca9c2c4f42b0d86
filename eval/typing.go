package eval

import (
	"math"
	"math/rand/v2"
	"slices"
)

// A TypedSource is what an expert and two systems say of the pairs of one
// source: both systems typed the same ones.
type TypedSource struct {
	ID        string
	Base, New Confusion
}

// An Interval is a value with its 95 % percentile interval over sources drawn
// with replacement, see [Bootstrap].
type Interval struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// A TypingContrast is how two systems differ on one measure, 0 to 1; the
// difference is new less base.
type TypingContrast struct {
	Measure    string   `json:"measure"` // accuracy or macro_f1
	Base       Interval `json:"base"`
	New        Interval `json:"new"`
	Difference Interval `json:"difference"`
	P          float64  `json:"p"`    // see CompareTyping
	Holm       float64  `json:"holm"` // P adjusted over the measures
}

// A TypingComparison is how two systems typed the same pairs.
type TypingComparison struct {
	Sources  int              `json:"sources"`
	Pairs    int              `json:"pairs"`
	Base     Confusion        `json:"base_confusion"`
	New      Confusion        `json:"new_confusion"`
	Measures []TypingContrast `json:"measures"`
}

// typingMeasures lists what typing is compared on.
func typingMeasures() []struct {
	name string
	of   func(Confusion) (float64, bool)
} {
	return []struct {
		name string
		of   func(Confusion) (float64, bool)
	}{{"accuracy", Confusion.Accuracy}, {"macro_f1", Confusion.MacroF1}}
}

// CompareTyping tests whether two systems type pairs differently. Pairs of one
// source are typed alike, so intervals come from sources drawn with replacement,
// and the two-sided p-value from the randomisation test in which the systems
// change places on each source with probability one half: the share of Resamples
// such draws, the observed one counted as one more, that differ at least as much
// (see [SignFlip], which needs a mean to flip the signs of). Measures that have
// nothing to say are left out.
func CompareTyping(sources []TypedSource, rnd *rand.Rand) TypingComparison {
	c := TypingComparison{Sources: len(sources)}
	for _, s := range sources {
		c.Base, c.New = c.Base.plus(s.Base), c.New.plus(s.New)
	}
	c.Pairs = c.Base.Pairs()
	drawn := make([][2]Confusion, Resamples)
	for i := range drawn {
		for range sources {
			s := sources[rnd.IntN(len(sources))]
			drawn[i][0], drawn[i][1] = drawn[i][0].plus(s.Base), drawn[i][1].plus(s.New)
		}
	}
	changed := exchanged(sources, rnd)
	var ps []float64
	for _, m := range typingMeasures() {
		if _, says := m.of(c.Base); !says {
			continue
		}
		value := func(x Confusion) float64 { v, _ := m.of(x); return v }
		difference := func(x [2]Confusion) float64 { return value(x[1]) - value(x[0]) }
		observed := [2]Confusion{c.Base, c.New}
		contrast := TypingContrast{
			Measure:    m.name,
			Base:       interval(observed, drawn, func(x [2]Confusion) float64 { return value(x[0]) }),
			New:        interval(observed, drawn, func(x [2]Confusion) float64 { return value(x[1]) }),
			Difference: interval(observed, drawn, difference),
		}
		asFar := 1
		for _, x := range changed {
			// A draw that ties must count whatever its sums round to.
			asFar += btoi(math.Abs(difference(x)) >= math.Abs(contrast.Difference.Value)-1e-12)
		}
		contrast.P = share(asFar, len(changed)+1)
		ps = append(ps, contrast.P)
		c.Measures = append(c.Measures, contrast)
	}
	for i, p := range Holm(ps) {
		c.Measures[i].Holm = p
	}
	return c
}

// exchanged returns what both systems would have come to if they had changed
// places on some of the sources, Resamples times.
func exchanged(sources []TypedSource, rnd *rand.Rand) [][2]Confusion {
	var same [2]Confusion
	var differ []TypedSource
	for _, s := range sources {
		if s.Base == s.New {
			same[0], same[1] = same[0].plus(s.Base), same[1].plus(s.New)
		} else {
			differ = append(differ, s)
		}
	}
	out := make([][2]Confusion, Resamples)
	for i := range out {
		out[i] = same
		for _, s := range differ {
			place := rnd.IntN(2)
			out[i][place] = out[i][place].plus(s.Base)
			out[i][1-place] = out[i][1-place].plus(s.New)
		}
	}
	return out
}

// interval returns the value of what was observed with its interval over what
// was drawn.
func interval(observed [2]Confusion, drawn [][2]Confusion, of func([2]Confusion) float64) Interval {
	values := make([]float64, len(drawn))
	for i, x := range drawn {
		values[i] = of(x)
	}
	slices.Sort(values)
	const k = (Resamples + 1) * 25 / 1000
	return Interval{of(observed), values[k-1], values[Resamples-k]}
}
