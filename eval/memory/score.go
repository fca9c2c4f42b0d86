package memory

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// Resamples is how many bootstrap samples an interval comes from.
const Resamples = 10_000

// A Report says how much of the labels a model named. Failed sources are
// counted, and nothing else of them is: they say neither that it knows nor that
// it does not.
type Report struct {
	Sources []Source `json:"sources"` // in the order of the labels
	Asked   int      `json:"asked"`   // sources
	Failed  int      `json:"failed"`  // sources without a usable answer

	// Sums over the sources with an answer.
	Counts
	// Floor is what as many guesses at the most frequent targets would hit, as
	// the mean over the ways to break ties.
	Floor float64 `json:"floor_hits"`

	Recall    Measure `json:"recall"`    // share of the labels that were named
	Precision Measure `json:"precision"` // share of what was named that is labelled, invented ids included
	F1        Measure `json:"f1"`        // harmonic mean of the two
	// Above is F1 less its floor, -1 to 1; it has no floor of its own. An
	// interval that lies above 0.05 says that the model brought knowledge along.
	// Less may be popularity alone: leaving a source out makes its own labels
	// rarer than they are, and a model that says the same eight controls of all
	// of CSF 2.0 lies 0.036 above the floor.
	Above Measure `json:"above_floor"`
}

// Counts add up over sources.
type Counts struct {
	Labels   int `json:"labels"`
	Named    int `json:"named"`    // distinct ids, invented ones included
	Invented int `json:"invented"` // ids that the target framework does not have
	Hits     int `json:"hits"`     // labels among those named
}

// A Source is what came of one source.
type Source struct {
	Recollection
	Counts Counts  `json:"counts"`
	Floor  float64 `json:"floor_hits"`
}

// A Measure is a share of the sums over sources, 0 to 1, with its 95 %
// percentile interval over sources drawn with replacement, and its floor. All
// are 0 if nothing was answered or, for precision, nothing named.
//
// Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
type Measure struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	Floor float64 `json:"floor"`
}

// Score holds what a model named against the labels. Intervals are drawn from
// rnd: the same recollections and seed give the same report.
func Score(recollections []Recollection, rnd *rand.Rand) Report {
	report := Report{Asked: len(recollections)}
	frequency := map[string]int{}
	for _, r := range recollections {
		for _, id := range r.Labels {
			frequency[id]++
		}
	}
	var answered []sums
	for _, r := range recollections {
		s := Source{Recollection: r}
		if r.Failed != "" {
			report.Failed++
		} else {
			s.Counts = count(r)
			s.Floor = guess(frequency, r.Labels, s.Counts.Named)
			answered = append(answered, sums{float64(s.Counts.Labels), float64(s.Counts.Named), float64(s.Counts.Hits), s.Floor})
			report.Labels += s.Counts.Labels
			report.Named += s.Counts.Named
			report.Invented += s.Counts.Invented
			report.Hits += s.Counts.Hits
			report.Floor += s.Floor
		}
		report.Sources = append(report.Sources, s)
	}
	report.measure(answered, rnd)
	return report
}

func count(r Recollection) Counts {
	c := Counts{Labels: len(r.Labels), Named: len(r.Named) + len(r.Invented), Invented: len(r.Invented)}
	for _, id := range r.Named {
		if slices.Contains(r.Labels, id) {
			c.Hits++
		}
	}
	return c
}

// guess returns how many labels of a source are expected among so many guesses
// at the targets that the other sources are mapped to most often. Where targets
// that are mapped to as often would not all fit, each is as likely to be
// guessed.
func guess(frequency map[string]int, labels []string, guesses int) float64 {
	type tie struct{ targets, labelled int }
	ties := map[int]*tie{}
	for id, n := range frequency {
		labelled := slices.Contains(labels, id)
		if labelled {
			n-- // by this source itself
		}
		if n == 0 {
			continue
		}
		if ties[n] == nil {
			ties[n] = &tie{}
		}
		ties[n].targets++
		if labelled {
			ties[n].labelled++
		}
	}
	var often []int
	for n := range ties {
		often = append(often, n)
	}
	slices.SortFunc(often, func(a, b int) int { return cmp.Compare(b, a) })
	hits := 0.0
	for _, n := range often {
		fit := min(guesses, ties[n].targets)
		hits += float64(fit) * float64(ties[n].labelled) / float64(ties[n].targets)
		guesses -= fit
	}
	return hits
}

// sums are what the measures are made of; those of several sources add up.
type sums struct{ labels, named, hits, floor float64 }

// shares returns recall, precision, F1 and F1 less its floor.
func (s sums) shares() [4]float64 {
	f1 := share(2*s.hits, s.labels+s.named)
	return [4]float64{share(s.hits, s.labels), share(s.hits, s.named), f1, f1 - share(2*s.floor, s.labels+s.named)}
}

func share(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return part / whole
}

// measure fills in the measures from the sums of the answered sources.
func (r *Report) measure(answered []sums, rnd *rand.Rand) {
	if len(answered) == 0 {
		return
	}
	total := func(pick func(i int) int) (t sums) {
		for i := range answered {
			s := answered[pick(i)]
			t = sums{t.labels + s.labels, t.named + s.named, t.hits + s.hits, t.floor + s.floor}
		}
		return t
	}
	var samples [4][]float64
	for range Resamples {
		for m, v := range total(func(int) int { return rnd.IntN(len(answered)) }).shares() {
			samples[m] = append(samples[m], v)
		}
	}
	all := total(func(i int) int { return i })
	floors := sums{all.labels, all.named, all.floor, 0}.shares()
	floors[3] = 0
	for m, to := range []*Measure{&r.Recall, &r.Precision, &r.F1, &r.Above} {
		slices.Sort(samples[m])
		const k = (Resamples + 1) * 25 / 1000
		*to = Measure{all.shares()[m], samples[m][k-1], samples[m][Resamples-k], floors[m]}
	}
}
