package agreement

import (
	"math/rand/v2"
	"slices"

	"concord/crosswalk"
)

// categories is how many relations there are.
const categories = 5

// A table counts how often one category met another.
type table [categories][categories]float64

// merged returns the table of a question with other categories: into maps the
// category of each relation to one of these.
func (t *table) merged(into [categories]int) table {
	var m table
	for a, row := range t {
		for b, n := range row {
			m[into[a]][into[b]] += n
		}
	}
	return m
}

// sums returns the total, the diagonal's, and those of the rows and columns.
func (t *table) sums() (all, same float64, rows, columns [categories]float64) {
	for a, row := range t {
		for b, n := range row {
			all += n
			rows[a] += n
			columns[b] += n
		}
		same += row[a]
	}
	return all, same, rows, columns
}

// Why a coefficient is undefined.
const (
	nothingShared = "no pair was decided by both"
	nobodyShared  = "no pair was decided by two reviewers"
	oneCategory   = "all answers are the same, so that chance alone agrees too"
)

// kappa returns Cohen's kappa of a table of what one reviewer and the other said
// of the same pairs, at most 1: the share of agreement beyond that of two who
// answer independently, each as often as they did. Without a pair, or if all
// answers are the same, it is undefined, and why says so.
//
// Cohen, "A coefficient of agreement for nominal scales", Educational and
// Psychological Measurement 20 (1960).
func (t *table) kappa() (value float64, why string) {
	all, same, rows, columns := t.sums()
	if all == 0 {
		return 0, nothingShared
	}
	chance := 0.0
	for c := range rows {
		chance += rows[c] * columns[c]
	}
	if chance == all*all {
		return 0, oneCategory
	}
	chance /= all * all
	return (same/all - chance) / (1 - chance), ""
}

// alpha returns Krippendorff's alpha for nominal data of a table of coincidences
// (see [answers]), at most 1: one less the ratio of the disagreement that was
// observed to that expected if answers had met at random. Without a pair of
// answers, or if all are the same, it is undefined, and why says so.
//
// Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C:
// nominal data, any number of observers, missing data.
func (t *table) alpha() (value float64, why string) {
	all, same, rows, _ := t.sums()
	if all == 0 {
		return 0, nobodyShared
	}
	expected := 0.0
	for a := range rows {
		for b := range rows {
			if a != b {
				expected += rows[a] * rows[b]
			}
		}
	}
	if expected == 0 {
		return 0, oneCategory
	}
	return 1 - (all-1)*(all-same)/expected, ""
}

// A tally counts the answers to all questions on some pairs.
type tally struct {
	coincidences table
	both         []table // of every two reviewers, those of lower index first
}

// An answers is what is counted of one pair. Of the coincidences, every two
// answers of different reviewers count in both orders, divided by one less than
// the answers on the pair (Krippendorff 2011, section C).
type answers struct {
	met  []cell
	both []cell // the table is that of two reviewers
}

type cell struct {
	table, a, b int
	n           float64
}

func answersOf(u unit, reviewers int) answers {
	var count [categories]float64
	for _, r := range u.ratings {
		count[r.relation]++
	}
	var out answers
	for a, n := range count {
		for b, m := range count {
			if a == b {
				m--
			}
			if n > 0 && m > 0 {
				out.met = append(out.met, cell{0, a, b, n * m / float64(len(u.ratings)-1)})
			}
		}
	}
	for i, r := range u.ratings {
		for _, s := range u.ratings[i+1:] {
			out.both = append(out.both, cell{duo(r.reviewer, s.reviewer, reviewers), r.relation, s.relation, 1})
		}
	}
	return out
}

// duo returns the place of reviewers i < j among every two of n, in the order in
// which they are reported: 01, 02, 03, 12, 13, 23.
func duo(i, j, n int) int { return i*(2*n-i-1)/2 + j - i - 1 }

func (t *tally) reset() {
	t.coincidences = table{}
	clear(t.both)
}

func (t *tally) add(x answers) {
	for _, c := range x.met {
		t.coincidences[c.a][c.b] += c.n
	}
	for _, c := range x.both {
		t.both[c.table][c.a][c.b] += c.n
	}
}

// A fold maps each relation to a category of a question.
type fold struct {
	name string
	into [categories]int
}

func folds() []fold {
	out := []fold{{WhichRelation, [categories]int{0, 1, 2, 3, 4}}}
	for _, of := range append([]crosswalk.Relation{crosswalk.NoRelationship}, crosswalk.Relations()[:categories-1]...) {
		f := fold{name: string(of)}
		if of == crosswalk.NoRelationship {
			f.name = Related
		}
		f.into[slices.Index(crosswalk.Relations(), of)] = 1
		out = append(out, f)
	}
	return out
}

// measure reports on the pairs of a group.
func measure(by Grouping, name string, units []unit, reviewers []string, rnd *rand.Rand) Group {
	g := Group{By: by, Name: name, Pairs: len(units)}
	var shared []answers
	t := tally{both: make([]table, len(reviewers)*(len(reviewers)-1)/2)}
	for _, u := range units {
		if len(u.ratings) > 1 {
			shared = append(shared, answersOf(u, len(reviewers)))
			t.add(shared[len(shared)-1])
		}
	}
	g.Shared = len(shared)
	g.Questions = questions(&t, reviewers)
	if g.Shared >= Fewest {
		g.intervals(&t, shared, rnd)
	}
	return g
}

func questions(t *tally, reviewers []string) []Question {
	var out []Question
	for _, f := range folds() {
		met := t.coincidences.merged(f.into)
		q := Question{Name: f.name, Alpha: estimate(met.alpha()), Kappas: []Kappa{}}
		for i, a := range reviewers {
			for j := i + 1; j < len(reviewers); j++ {
				both := t.both[duo(i, j, len(reviewers))].merged(f.into)
				k := Kappa{A: a, B: reviewers[j], Kappa: estimate(both.kappa())}
				if all, same, _, _ := both.sums(); all > 0 {
					k.Pairs, k.Observed = int(all), new(same/all)
				}
				q.Kappas = append(q.Kappas, k)
			}
		}
		out = append(out, q)
	}
	return out
}

func estimate(value float64, why string) Estimate {
	if why != "" {
		return Estimate{Undefined: why}
	}
	return Estimate{Value: &value}
}

// intervals adds the intervals. See [Measure].
func (g *Group) intervals(t *tally, shared []answers, rnd *rand.Rand) {
	alphas := make([][]float64, len(g.Questions))
	kappas := make([][][]float64, len(g.Questions))
	for i := range kappas {
		kappas[i] = make([][]float64, len(t.both))
	}
	keep := func(to *[]float64, value float64, why string) {
		if why == "" {
			*to = append(*to, value)
		}
	}
	folds := folds()
	for range Resamples {
		t.reset()
		for range shared {
			t.add(shared[rnd.IntN(len(shared))])
		}
		for i, f := range folds {
			met := t.coincidences.merged(f.into)
			value, why := met.alpha()
			keep(&alphas[i], value, why)
			for j := range t.both {
				both := t.both[j].merged(f.into)
				value, why := both.kappa()
				keep(&kappas[i][j], value, why)
			}
		}
	}
	for i := range g.Questions {
		q := &g.Questions[i]
		q.Alpha.within(alphas[i])
		for j := range q.Kappas {
			if k := &q.Kappas[j]; k.Pairs >= Fewest {
				k.Kappa.within(kappas[i][j])
			}
		}
	}
}

// within sets the interval of a value that is defined.
func (e *Estimate) within(samples []float64) {
	if e.Value == nil || len(samples) < Resamples/2 {
		return
	}
	slices.Sort(samples)
	k := (len(samples) + 1) * 25 / 1000
	e.Low, e.High = new(samples[k-1]), new(samples[len(samples)-k])
}
