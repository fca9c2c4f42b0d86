// Package capacity reckons what drafting crosswalks takes, from what one source
// element takes: calls, tokens, money, rows, bytes and hours.
//
// It is arithmetic and asks nobody. Where its figures come from is for the caller:
// the questions as they would be put, or a run that was made.
package capacity

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// A Work is what is to be drafted: so many crosswalks, all about alike.
type Work struct {
	Frameworks  int `json:"frameworks"` // distinct ones, on either side
	Crosswalks  int `json:"crosswalks"`
	SourcesEach int `json:"sources_each"`  // elements that a crosswalk maps from
	Elements    int `json:"elements_each"` // of a framework, that have a vector
}

// Shapes say which of some frameworks get a crosswalk.
const (
	Pairs = "pairs" // every two of them, in one direction
	Both  = "both"  // every two of them, in both
	Hub   = "hub"   // each with one in the middle; the rest is derived
)

// most is how many frameworks can be reckoned with: more than anybody has, and
// few enough that no number overflows.
const most = 1_000_000

// Crosswalks returns how many crosswalks a shape makes of n frameworks. A shape
// that is none, fewer than two frameworks and more than a million are errors.
func Crosswalks(n int, shape string) (int, error) {
	if n < 2 || n > most {
		return 0, fmt.Errorf("%d frameworks: want 2 to %d", n, most)
	}
	switch shape {
	case Pairs:
		return n * (n - 1) / 2, nil
	case Both:
		return n * (n - 1), nil
	case Hub:
		return n - 1, nil
	}
	return 0, fmt.Errorf("no shape %q: want %s, %s or %s", shape, Pairs, Both, Hub)
}

// A Unit is what one source takes, on average.
type Unit struct {
	Calls     float64 `json:"calls"`      // of models
	TokensIn  float64 `json:"tokens_in"`  // of a call
	TokensOut float64 `json:"tokens_out"` // of a call
	Proposals float64 `json:"proposals"`  // that are recorded
	Answer    float64 `json:"answer_s"`   // seconds from a call to its answer
}

// Sizes are the bytes that a row takes in the database, with its share of the
// indexes.
type Sizes struct {
	Proposal  float64 `json:"proposal"`
	Call      float64 `json:"call"`       // without what was said
	Token     float64 `json:"token"`      // that was said in a call, in or out
	Source    float64 `json:"source"`     // of a run: what became of it
	Job       float64 `json:"job"`        // in the queue, for about a day
	Framework float64 `json:"framework"`  // its text
	Run       float64 `json:"run"`        // what it was begun with
	Dimension int     `json:"dimensions"` // of the vectors, which are no rows
	Open      float64 `json:"open"`       // of a crosswalk, in the memory of every worker while it has jobs
}

// Means are what there is to do it with. A limit of zero is none.
type Means struct {
	Workers           int     `json:"workers"`
	Concurrency       int     `json:"sources_at_once"` // of a crosswalk, by one worker
	AtOnce            int     `json:"calls_at_once"`   // of one worker, for all its crosswalks
	RequestsPerMinute float64 `json:"requests_per_minute"`
	TokensPerMinute   float64 `json:"tokens_per_minute"` // in and out
	PriceIn           float64 `json:"price_in"`          // of a million tokens, in any currency
	PriceOut          float64 `json:"price_out"`

	// Seconds that something takes, on the machine that it was measured on.
	Fetch     float64 `json:"fetch_s"`      // from a job that is done to the next one in its place
	Rank      float64 `json:"rank_s"`       // a source, by its worker
	Record    float64 `json:"record_s"`     // a source, by the one who writes into the ledger at a time
	RecordRow float64 `json:"record_row_s"` // and each of its proposals
	Enqueue   float64 `json:"enqueue_s"`    // a crosswalk, one after the other
	Begin     float64 `json:"begin_s"`      // a crosswalk, by every worker, one after the other: read, embed, index
	Trial     float64 `json:"trial_s"`      // and a tiny question to the endpoint, where a model judges
}

// Totals are what the work comes to.
type Totals struct {
	Work
	Sources   float64 `json:"sources"`
	Calls     float64 `json:"calls"`
	TokensIn  float64 `json:"tokens_in"`
	TokensOut float64 `json:"tokens_out"`
	Cost      float64 `json:"cost"` // in the currency of the prices
	Proposals float64 `json:"proposals"`
	Rows      float64 `json:"rows"`         // of the ledger, for good
	Bytes     float64 `json:"bytes"`        // of these
	JobBytes  float64 `json:"job_bytes"`    // of the queue, if all is enqueued at once
	Vectors   float64 `json:"vector_bytes"` // of the cache of each worker
	Memory    float64 `json:"memory_bytes"` // of each worker, if all is enqueued at once
	Hours     float64 `json:"hours"`        // of whatever takes longest
	// Limits are the hours that each part would take if it were the only one, the
	// longest first: what saturates before the others.
	Limits []Limit `json:"limits"`
}

// A Limit is one part of the work.
type Limit struct {
	Name  string  `json:"name"`
	Hours float64 `json:"hours"`
}

// roles are those in which a framework is embedded: as a source and as a target.
const roles = 2

// Of reckons what work takes. The parts of it go on beside each other, so it lasts
// as long as the longest of them; with a single crosswalk that is a little too
// short, since nothing else goes on while it begins. All crosswalks are open at a
// time, each with jobs of its own.
func Of(w Work, u Unit, s Sizes, m Means) Totals {
	crosswalks := float64(w.Crosswalks)
	t := Totals{Work: w, Sources: crosswalks * float64(w.SourcesEach)}
	t.Calls = t.Sources * u.Calls
	t.TokensIn, t.TokensOut = t.Calls*u.TokensIn, t.Calls*u.TokensOut
	t.Cost = (t.TokensIn*m.PriceIn + t.TokensOut*m.PriceOut) / 1e6
	t.Proposals = t.Sources * u.Proposals
	t.Rows = float64(w.Frameworks) + crosswalks + t.Sources + t.Calls + t.Proposals
	t.Bytes = float64(w.Frameworks)*s.Framework + crosswalks*s.Run + t.Sources*s.Source + t.Proposals*s.Proposal +
		t.Calls*s.Call + (t.TokensIn+t.TokensOut)*s.Token
	t.JobBytes = t.Sources * s.Job
	t.Vectors = VectorBytes(w.Frameworks*w.Elements, s.Dimension, roles)
	t.Memory = crosswalks * s.Open
	t.Limits = limits(t, u, m)
	t.Hours = t.Limits[0].Hours
	return t
}

// VectorBytes returns what the vectors of elements take, at four bytes a dimension
// and fifteen for an id.
func VectorBytes(elements, dimensions, roles int) float64 {
	const id = 15
	return float64(elements) * float64(roles) * float64(4*dimensions+id)
}

func limits(t Totals, u Unit, m Means) []Limit {
	workers, concurrency := math.Max(float64(m.Workers), 1), math.Max(float64(m.Concurrency), 1)
	atOnce := concurrency * float64(t.Crosswalks)
	if m.AtOnce > 0 {
		atOnce = math.Min(atOnce, float64(m.AtOnce))
	}
	begin, trials := m.Begin, 0.0
	if u.Calls > 0 {
		begin, trials = m.Begin+m.Trial, workers*float64(t.Crosswalks)
	}
	all := []Limit{
		{"answers of the model", (t.Calls*u.Answer + trials*m.Trial) / (workers * math.Max(atOnce, 1))},
		{"questions about one source", u.Calls * u.Answer}, // each follows from the answers before
		{"requests a minute", perMinute(t.Calls+trials, m.RequestsPerMinute)},
		{"tokens a minute", perMinute(t.TokensIn+t.TokensOut, m.TokensPerMinute)},
		{"one writer at a time", t.Sources*m.Record + t.Proposals*m.RecordRow},
		{"taking jobs", float64(t.SourcesEach) * m.Fetch / (workers * concurrency)},
		{"ranking", t.Sources * m.Rank / workers},
		{"enqueueing", float64(t.Crosswalks) * m.Enqueue},
		{"beginning crosswalks", float64(t.Crosswalks) * begin},
	}
	for i := range all {
		all[i].Hours /= 3600
	}
	slices.SortStableFunc(all, func(a, b Limit) int { return cmp.Compare(b.Hours, a.Hours) })
	return all
}

// perMinute returns the seconds that n take at a rate.
func perMinute(n, rate float64) float64 {
	if rate <= 0 {
		return 0
	}
	return n / rate * 60
}
