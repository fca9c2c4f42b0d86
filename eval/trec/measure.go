package trec

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
)

// A Report holds what trec_eval 10.0 measures of a run, for each query in
// order of its id and over all.
type Report struct {
	Queries []Measures
	// All has sums of what is counted and means of all else. A query counts
	// the same, however many documents were judged for it.
	All Measures
}

// Measures holds the measures of one query, or of all, in the order in
// which trec_eval prints them.
type Measures struct {
	Query  string // "all" for all
	Values []Value
}

// A Value is one measure by its name in trec_eval, such as "ndcg_cut_10".
type Value struct {
	Measure string
	Count   bool    // whether the value is a whole number of things
	Value   float64 // 0 to 1 unless it is a count
}

// Write prints the report byte for byte as trec_eval 10.0 does when asked for
// these measures: a line with measure, query and value, apart by tabs, counts
// as whole numbers and all else with four decimals. The lines over all come
// last; those of single queries are left out unless perQuery is set.
func (r Report) Write(w io.Writer, perQuery bool) error {
	var b strings.Builder
	if perQuery {
		for _, q := range r.Queries {
			q.write(&b)
		}
	}
	r.All.write(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (m Measures) write(b *strings.Builder) {
	for _, v := range m.Values {
		decimals := 4
		if v.Count {
			decimals = 0
		}
		fmt.Fprintf(b, "%-22s\t%s\t%.*f\n", v.Measure, m.Query, decimals, v.Value)
	}
}

// Eval measures a run against judgements as trec_eval 10.0 does. Queries of
// the run that nobody judged are ignored. Judged queries that are not in the
// run are an error, or, if complete is set, count as queries for which nothing
// was retrieved. A run without any judged query is an error in both cases. A
// query that has no relevant document measures zero.
func Eval(qrels Qrels, run Run, complete bool) (Report, error) {
	var r Report
	queries := slices.Sorted(maps.Keys(qrels))
	var missing []string
	for _, q := range queries {
		if len(run[q]) == 0 {
			missing = append(missing, q)
		}
	}
	switch {
	case len(missing) == len(queries):
		return r, errors.New("the run has no query of the qrels; do both number their queries alike?")
	case len(missing) > 0 && !complete:
		return r, fmt.Errorf("the run lacks %d of the %d queries of the qrels (%s); count them as zero (--complete) or take them out of the qrels",
			len(missing), len(queries), some(missing))
	}

	measures := trecMeasures()
	r.All = Measures{Query: "all", Values: []Value{{"num_q", true, float64(len(queries))}}}
	for _, m := range measures {
		r.All.Values = append(r.All.Values, Value{m.name, m.count, 0})
	}
	sums := r.All.Values[1:] // num_q is of no single query
	for _, q := range queries {
		judged := judgeRanking(run.Ranked(q), qrels[q])
		one := Measures{Query: q}
		for i, m := range measures {
			v := m.of(judged)
			one.Values = append(one.Values, Value{m.name, m.count, v})
			sums[i].Value += v
		}
		r.Queries = append(r.Queries, one)
	}
	for i := range sums {
		if !sums[i].Count {
			sums[i].Value /= float64(len(queries))
		}
	}
	return r, nil
}

// some lists the first few names.
func some(names []string) string {
	const few = 5
	if len(names) > few {
		return strings.Join(names[:few], ", ") + ", ..."
	}
	return strings.Join(names, ", ")
}

// A trecMeasure is one line of the report.
type trecMeasure struct {
	name  string
	count bool
	of    func(judgedRanking) float64
}

// trecMeasures lists the measures in the order of the report.
func trecMeasures() []trecMeasure {
	list := []trecMeasure{
		{"num_ret", true, func(j judgedRanking) float64 { return float64(len(j.grades)) }},
		{"num_rel", true, func(j judgedRanking) float64 { return float64(j.relevant) }},
		{"num_rel_ret", true, func(j judgedRanking) float64 { return float64(j.found(len(j.grades))) }},
		{"map", false, func(j judgedRanking) float64 { return j.averagePrecision(len(j.grades)) }},
		{"Rprec", false, func(j judgedRanking) float64 { return share(j.found(j.relevant), j.relevant) }},
		{"bpref", false, judgedRanking.bpref},
		{"recip_rank", false, judgedRanking.reciprocalRank},
	}
	cut := func(name string, of func(j judgedRanking, k int) float64, cuts ...int) {
		for _, k := range cuts {
			list = append(list, trecMeasure{fmt.Sprintf("%s_%d", name, k), false, func(j judgedRanking) float64 { return of(j, k) }})
		}
	}
	cut("P", func(j judgedRanking, k int) float64 { return share(j.found(k), k) }, 1, 5, 10, 20)
	cut("recall", func(j judgedRanking, k int) float64 { return share(j.found(k), j.relevant) }, 5, 10, 20, 50)
	list = append(list, trecMeasure{"ndcg", false, func(j judgedRanking) float64 { return j.ndcg(math.MaxInt) }})
	cut("ndcg_cut", judgedRanking.ndcg, 1, 5, 10, 20)
	cut("map_cut", judgedRanking.averagePrecision, 5, 10)
	cut("success", func(j judgedRanking, k int) float64 { return min(1, float64(j.found(k))) }, 1, 5, 10)
	return list
}

// unjudged stands for the grade of a document that nobody judged.
const unjudged = -1

// A judgedRanking is a ranking of one query with what the judges know of it.
type judgedRanking struct {
	grades      []int // of the retrieved documents, best first
	ideal       []int // the grades of all relevant documents, highest first
	relevant    int   // judged documents with a grade from 1 up
	nonrelevant int   // judged documents with grade 0
}

func judgeRanking(ranked []string, grades map[string]int) judgedRanking {
	j := judgedRanking{grades: make([]int, len(ranked))}
	for i, document := range ranked {
		grade, known := grades[document]
		if !known || grade < 0 {
			grade = unjudged
		}
		j.grades[i] = grade
	}
	for _, grade := range slices.Sorted(maps.Values(grades)) {
		switch {
		case grade > 0:
			j.ideal = append(j.ideal, grade)
		case grade == 0:
			j.nonrelevant++
		}
	}
	slices.Reverse(j.ideal)
	j.relevant = len(j.ideal)
	return j
}

// found counts the relevant documents among the first k.
func (j judgedRanking) found(k int) int {
	n := 0
	for _, grade := range first(j.grades, k) {
		if grade > 0 {
			n++
		}
	}
	return n
}

// averagePrecision is the mean, over all relevant documents, of the precision
// at the rank of each; zero for those not among the first k.
func (j judgedRanking) averagePrecision(k int) float64 {
	sum, found := 0.0, 0
	for i, grade := range first(j.grades, k) {
		if grade > 0 {
			found++
			sum += share(found, i+1)
		}
	}
	if j.relevant == 0 {
		return 0
	}
	return sum / float64(j.relevant)
}

func (j judgedRanking) reciprocalRank() float64 {
	for i, grade := range j.grades {
		if grade > 0 {
			return 1 / float64(i+1)
		}
	}
	return 0
}

// bpref is the mean, over all relevant documents, of the share of judged
// nonrelevant documents that stand below each. Of the nonrelevant ones only as
// many count as there are relevant ones; documents nobody judged do not count.
func (j judgedRanking) bpref() float64 {
	sum, above := 0.0, 0
	for _, grade := range j.grades {
		switch {
		case grade == 0:
			above++
		case grade > 0:
			sum += 1 - share(min(above, j.relevant), min(j.nonrelevant, j.relevant))
		}
	}
	if j.relevant == 0 {
		return 0
	}
	return sum / float64(j.relevant)
}

// ndcg is the discounted gain of the first k documents over that of the best
// possible ranking. The gain is the grade, the discount the binary logarithm
// of the rank plus one.
func (j judgedRanking) ndcg(k int) float64 {
	best := discounted(first(j.ideal, k))
	if best == 0 {
		return 0
	}
	return discounted(first(j.grades, k)) / best
}

func discounted(grades []int) float64 {
	sum := 0.0
	for i, grade := range grades {
		if grade > 0 {
			sum += float64(grade) / math.Log2(float64(i+2))
		}
	}
	return sum
}

// first returns the first k items, or all if there are fewer.
func first(items []int, k int) []int { return items[:min(k, len(items))] }

// share is zero of nothing, as trec_eval has it.
func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
