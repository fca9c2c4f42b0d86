//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"concord/crosswalk/capacity"
)

// simulated is how many elements the frameworks of a simulation have, which are
// four questions of six each. They are drafted pairwise, the earlier one to the
// later one.
func simulated() []int { return []int{20, 22, 24, 19, 23, 21} }

// A simulation is what the model says of the crosswalks of some frameworks, and
// what drafting them takes.
type simulation struct {
	predicted, measured capacity.Totals
	vectors             map[string]time.Time // files of the workspace that all shared, and when each was written
	pilot               map[string]time.Time // the same after the pilot
}

// simulate drafts one crosswalk, has the rest predicted by it, and drafts the rest
// with so many workers, which share a workspace.
func (w *works) simulate(t testing.TB, workers int, latency time.Duration) simulation {
	t.Helper()
	random := rand.New(rand.NewPCG(31, 7))
	sizes := simulated()
	for i, n := range sizes {
		if err := os.WriteFile(filepath.Join(w.dir, fmt.Sprintf("f%d.csv", i)), madeUpFramework(random, i, n), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	w.api.Latency = latency
	enqueue := func(from, to int) (e enqueued) {
		out := w.must(t, fmt.Sprintf("draft --enqueue --judge llm --json --from f%d.csv --to f%d.csv", from, to))
		if err := json.Unmarshal([]byte(out), &e); err != nil {
			t.Fatal(err)
		}
		return e
	}
	w.anew(t)
	empty := w.bytes(t)
	pilot := enqueue(0, 1)
	w.must(t, "worker --drain --concurrency 4 --workspace shared")
	plan := w.must(t, fmt.Sprintf("plan --json --pilot %s --frameworks %d --workers %d --concurrency 4", pilot.Run, len(sizes), workers))
	var p projection
	if err := json.Unmarshal([]byte(plan), &p); err != nil {
		t.Fatal(err)
	}
	p.Means.Trial = latency.Seconds()
	s := simulation{pilot: w.vectorFiles(t)}
	for from := range sizes {
		for to := from + 1; to < len(sizes); to++ {
			enqueue(from, to)
		}
	}
	began := time.Now()
	w.together(t, workers, "--concurrency 4 --workspace shared")
	took := time.Since(began)

	s.vectors = w.vectorFiles(t)
	s.predicted = capacity.Of(p.Columns[1].Work, p.Unit, p.Sizes, p.Means)
	s.measured = w.totals(t, empty)
	s.measured.Hours = took.Hours() * s.measured.Calls / (s.measured.Calls - p.Columns[0].Calls) // with the pilot's share
	return s
}

// madeUpFramework returns a table of n elements in words that they share.
func madeUpFramework(random *rand.Rand, i, n int) []byte {
	words := strings.Fields("backups visitors passwords keys records doors staff phishing mail storage network logs encrypted trained escorted reviewed reported tested locked counted access policy risk model data incident supplier contract audit system")
	var b strings.Builder
	b.WriteString("id,text\n")
	for e := range n {
		fmt.Fprintf(&b, "F%d-%d,", i, e+1)
		for range 25 {
			b.WriteString(words[random.IntN(len(words))] + " ")
		}
		fmt.Fprintf(&b, "%d.\n", 100*i+e)
	}
	return []byte(b.String())
}

// vectorFiles returns what is in the folder of vectors.
func (w *works) vectorFiles(t testing.TB) map[string]time.Time {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(w.dir, "shared", "vectors"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]time.Time{}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = info.ModTime()
	}
	return files
}

// bytes returns what each table takes, with its indexes.
func (w *works) bytes(t testing.TB) map[string]float64 {
	t.Helper()
	rows, err := w.db(t).Query(`SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	of := map[string]float64{}
	for rows.Next() {
		var name string
		var n float64
		if err := rows.Scan(&name, &n); err != nil {
			t.Fatal(err)
		}
		of[name] = n
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return of
}

// totals returns what the ledger and the queue hold.
func (w *works) totals(t testing.TB, empty map[string]float64) (m capacity.Totals) {
	t.Helper()
	if err := w.db(t).QueryRow(`SELECT (SELECT count(*) FROM frameworks), (SELECT count(*) FROM runs), (SELECT count(*) FROM coverage), (SELECT count(*) FROM proposals),
		count(*), sum(prompt_tokens), sum(completion_tokens) FROM calls WHERE run <> ''`).
		Scan(&m.Frameworks, &m.Crosswalks, &m.Sources, &m.Proposals, &m.Calls, &m.TokensIn, &m.TokensOut); err != nil {
		t.Fatal(err)
	}
	m.Rows = float64(m.Frameworks+m.Crosswalks) + m.Sources + m.Proposals + m.Calls
	now := w.bytes(t)
	for _, table := range []string{"frameworks", "runs", "coverage", "proposals", "calls"} {
		m.Bytes += now[table] - empty[table]
	}
	m.JobBytes = now["river_job"] - empty["river_job"]
	return m
}

// TestTheCapacityModelHoldsInASimulation drafts the crosswalks of six frameworks,
// of which the first one predicts all.
func TestTheCapacityModelHoldsInASimulation(t *testing.T) {
	w := newWorks(t)

	s := w.simulate(t, 3, 0)

	table, sizes := "| | Predicted | Measured | Ratio |\n|---|---:|---:|---:|\n", ""
	for _, c := range []struct {
		name                string
		predicted, measured float64
		off                 float64 // what it may be
	}{
		{"crosswalks", float64(s.predicted.Crosswalks), float64(s.measured.Crosswalks), .15},
		{"sources", s.predicted.Sources, s.measured.Sources, .15},
		{"calls", s.predicted.Calls, s.measured.Calls, .15},
		{"tokens in", s.predicted.TokensIn, s.measured.TokensIn, .15},
		{"tokens out", s.predicted.TokensOut, s.measured.TokensOut, .15},
		{"proposals", s.predicted.Proposals, s.measured.Proposals, .15},
		{"rows", s.predicted.Rows, s.measured.Rows, .15},
		{"bytes of the ledger", s.predicted.Bytes, s.measured.Bytes, .15},
		{"bytes of the queue", s.predicted.JobBytes, s.measured.JobBytes, .3}, // rows that changed leave room behind until the next vacuum
	} {
		ratio := c.measured / c.predicted
		t.Logf("%-20s predicted %9.0f, measured %9.0f, ratio %.3f", c.name, c.predicted, c.measured, ratio)
		if strings.HasPrefix(c.name, "bytes") { // which are never quite the same
			sizes += fmt.Sprintf("| %s | %s | %s | %.2f |\n", c.name, octets(c.predicted), octets(c.measured), ratio)
		} else {
			table += fmt.Sprintf("| %s | %s | %s | %.2f |\n", c.name, short(c.predicted), short(c.measured), ratio)
		}
		if math.Abs(ratio-1) > c.off || math.IsNaN(ratio) {
			t.Errorf("%s: the model is more than %.0f %% off", c.name, 100*c.off)
		}
	}
	page := openPage(t, "scale.md")
	if os.Getenv("UPDATE_DOCS") != "" {
		page.section(t, "simulation", table+sizes)
		page.hold(t)
	} else if runtime.GOARCH == "amd64" && !strings.Contains(page.was, table) {
		t.Errorf("docs/scale.md does not have this table; UPDATE_DOCS=1 writes it:\n%s", table)
	}
	if len(s.vectors) != 2*(len(simulated())-1) {
		t.Errorf("the workspace has %d files of vectors, want those of five sources and five targets: %v", len(s.vectors), s.vectors)
	}
	for name, written := range s.pilot {
		if !s.vectors[name].Equal(written) {
			t.Errorf("%s was written again: a framework is embedded once in a workspace", name)
		}
	}
}

// TestTheUsualSizesAreThoseOfADraft drafts between two real frameworks, other ones
// than those that the sizes were measured with. What else there is, is small.
func TestTheUsualSizesAreThoseOfADraft(t *testing.T) {
	w := newWorks(t)
	w.api.Latency = 0
	w.env = []string{"CONCORD_JUDGING_BLOCK=20"}
	for _, judge := range []string{"llm", "local"} {
		w.anew(t)
		empty := w.bytes(t)
		var e enqueued
		if err := json.Unmarshal([]byte(w.must(t, "draft --enqueue --json --from csf@2.0 --to sp800-171 --judge "+judge)), &e); err != nil {
			t.Fatal(err)
		}
		w.must(t, "worker --drain --concurrency 32 --workspace shared")

		var p projection
		if err := json.Unmarshal([]byte(w.must(t, "plan --json --pilot "+e.Run)), &p); err != nil {
			t.Fatal(err)
		}

		took, now := p.Columns[0], w.bytes(t)
		for table, predicted := range map[string]float64{
			"proposals": took.Proposals * p.Sizes.Proposal,
			"calls":     took.Calls*p.Sizes.Call + (took.TokensIn+took.TokensOut)*p.Sizes.Token,
		} {
			if predicted == 0 { // the local judge calls nobody
				continue
			}
			measured := now[table] - empty[table]
			t.Logf("%-5s %-10s predicted %9.0f, measured %9.0f, ratio %.3f", judge, table, predicted, measured, measured/predicted)
			if math.Abs(measured-predicted) > .15*predicted {
				t.Errorf("%s of %s: the usual size is more than 15 %% off", table, judge)
			}
		}
	}
}

// TestAWorkerAsksNoMoreAtOnceForSeveralCrosswalks has three crosswalks open in one
// process that may have two requests in flight.
func TestAWorkerAsksNoMoreAtOnceForSeveralCrosswalks(t *testing.T) {
	w := newWorks(t)
	w.env = []string{"CONCORD_ENDPOINT_CONCURRENCY=2"}
	w.anew(t)
	for _, depth := range []string{"4", "5", "6"} { // which are three runs
		w.must(t, toEnqueue+" --depth "+depth)
	}

	w.must(t, "worker --drain --concurrency 4")

	if peak := w.api.Stats().Peak; peak != 2 {
		t.Errorf("%d requests at a time, want 2", peak)
	}
}

// BenchmarkCapacity holds the time that the model predicts against the clock.
//
//	go test ./cmd/concord -run '^$' -bench Capacity -benchtime 1x -count 3
func BenchmarkCapacity(b *testing.B) {
	w := newWorks(b)
	for _, workers := range []int{2, 4} {
		b.Run(fmt.Sprintf("%d workers", workers), func(b *testing.B) {
			for b.Loop() {
				s := w.simulate(b, workers, 500*time.Millisecond)
				b.ReportMetric(s.predicted.Hours*3600, "predicted_s")
				b.ReportMetric(s.measured.Hours*3600, "measured_s")
				b.ReportMetric(s.measured.Hours/s.predicted.Hours, "ratio")
			}
		})
	}
}
