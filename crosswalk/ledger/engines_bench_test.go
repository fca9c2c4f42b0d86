package ledger_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/ledger"
)

// BenchmarkPostgreSQLAgainstSQLite lets both engines take turns at the same work
// and reports the ratio of their times: recording a run of 320 sources with 40
// proposals each in batches of ten, and adding one decision.
func BenchmarkPostgreSQLAgainstSQLite(b *testing.B) {
	server := inServer(b)
	for _, work := range []struct {
		name string
		// prepare makes the nth piece of work on a ledger.
		prepare func(b *testing.B, l *ledger.Ledger, n int) func()
	}{
		{"run", func(b *testing.B, l *ledger.Ledger, n int) func() {
			run := fmt.Sprint("run", n)
			all := draft(run, 320, 40)
			return func() {
				mustBegin(b, l, run)
				for part := range slices.Chunk(all, 10) {
					record(b, l, run, part...)
				}
			}
		}},
		{"decision", func(b *testing.B, l *ledger.Ledger, n int) func() {
			if n == 0 {
				mustBegin(b, l, "r")
				record(b, l, "r", draft("r", 320, 40)...)
			}
			proposal := draft("r", 1, 1)[0].Proposals[0]
			d := []crosswalk.Decision{accept(proposal, fmt.Sprint("reviewer", n))}
			return func() {
				if added, err := l.Decide(b.Context(), "r", d); err != nil || added != 1 {
					b.Fatal(added, err)
				}
			}
		}},
	} {
		b.Run(work.name, func(b *testing.B) {
			books := []*ledger.Ledger{inFiles().open(b), server.open(b)}
			took := make([]time.Duration, len(books))
			n := 0
			for ; b.Loop(); n++ {
				for i, l := range books {
					do := work.prepare(b, l, n)
					begun := time.Now()
					do()
					took[i] += time.Since(begun)
				}
			}
			each := func(i int) float64 { return float64(took[i].Microseconds()) / 1000 / float64(n) }
			b.ReportMetric(each(0), "sqlite-ms")
			b.ReportMetric(each(1), "postgres-ms")
			b.ReportMetric(each(1)/each(0), "ratio")
		})
	}
}
