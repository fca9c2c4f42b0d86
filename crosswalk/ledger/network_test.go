package ledger_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/ledger"
	"concord/internal/outage"
	"concord/internal/postgrestest"
)

func mustWire(t *testing.T, s *server) *postgrestest.Wire {
	t.Helper()
	w, err := s.Wire()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

// A deed is something that is written into a ledger, the nth of its kind.
type deed struct {
	do func(ctx context.Context, l *ledger.Ledger, n int) error
	// there says how many rows of the deed there are, by the statement, and all how
	// many make it whole.
	there string
	all   int
}

// deeds are what workers and reviewers write. A run r with a source "decided" must
// be there.
func deeds(t *testing.T, l *ledger.Ledger) map[string]deed {
	t.Helper()
	mustBegin(t, l, "r")
	record(t, l, "r", result("r", "decided", 1))
	proposals, err := l.Proposals(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	three := func(n int) (batch []crosswalk.Result) {
		for i := range 3 {
			batch = append(batch, result("r", fmt.Sprintf("S%d-%d", n, i), 40))
		}
		return batch
	}
	return map[string]deed{
		"record": {func(ctx context.Context, l *ledger.Ledger, n int) error { return l.Record(ctx, "r", three(n)) },
			`SELECT (SELECT count(*) FROM coverage WHERE source LIKE 'S' || $1 || '-%') + (SELECT count(*) FROM proposals WHERE source LIKE 'S' || $1 || '-%')`, 3 + 3*40},
		"record with": {func(ctx context.Context, l *ledger.Ledger, n int) error {
			return l.RecordWith(ctx, "r", three(n), func(c *sql.Conn) error {
				_, err := c.ExecContext(ctx, `INSERT INTO calls (key, run, model, prompt, request, answer, prompt_tokens, completion_tokens, latency_ms, at)
					VALUES ($1, '', '', '', '', '', 0, 0, 0, '') ON CONFLICT DO NOTHING`, fmt.Sprint("with", n))
				return err
			})
		}, `SELECT (SELECT count(*) FROM coverage WHERE source LIKE 'S' || $1 || '-%') + (SELECT count(*) FROM proposals WHERE source LIKE 'S' || $1 || '-%')
			+ (SELECT count(*) FROM calls WHERE key = 'with' || $1)`, 3 + 3*40 + 1},
		"remember": {func(ctx context.Context, l *ledger.Ledger, n int) error {
			_, err := l.Remember(ctx, fmt.Sprint("key", n), ledger.Call{Run: "r", Answer: strings.Repeat("a", 3000)})
			return err
		}, `SELECT count(*) FROM calls WHERE key = 'key' || $1`, 1},
		"decide": {func(ctx context.Context, l *ledger.Ledger, n int) error {
			_, err := l.Decide(ctx, "r", []crosswalk.Decision{accept(proposals[0], fmt.Sprint("a", n)), accept(proposals[0], fmt.Sprint("b", n))})
			return err
		}, `SELECT count(*) FROM decisions WHERE reviewer IN ('a' || $1, 'b' || $1)`, 2},
	}
}

// count returns how many rows of the nth deed the server has.
func (d deed) count(t *testing.T, db *sql.DB, n int) (rows int) {
	t.Helper()
	if err := db.QueryRow(d.there, fmt.Sprint(n)).Scan(&rows); err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestWhatACutInterruptsIsThereWholeOrNotAtAll cuts the wire after every so many
// bytes of what is written and answered, and then at random.
func TestWhatACutInterruptsIsThereWholeOrNotAtAll(t *testing.T) {
	s := mustServe(t)
	at := mustMigrate(t, s)
	w := mustWire(t, s)
	l, db := mustOpen(t, w.Through(at)), rawServer(t, at)
	random := rand.New(rand.NewPCG(3, 4))
	n := 0
	all := deeds(t, l)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		d := all[name]
		t.Run(name, func(t *testing.T) {
			n++
			w.Fail(postgrestest.Fault{Direction: postgrestest.Up, After: 1 << 30})
			if err := d.do(t.Context(), l, n); err != nil {
				t.Fatal(err)
			}
			usual, _ := w.Heal()
			cuts, doubts := 0, 0
			for _, direction := range []int{postgrestest.Up, postgrestest.Down} {
				for part := range 16 {
					n++
					if _, err := l.Run(t.Context(), "r"); err != nil { // over a connection that is whole
						t.Fatal(err)
					}
					after := usual[direction] * part / 12
					if part > 12 {
						after = random.IntN(usual[direction])
					}
					w.Fail(postgrestest.Fault{Direction: direction, After: max(after, 1)})

					err := d.do(t.Context(), l, n)

					_, cut := w.Heal()
					got := d.count(t, db, n)
					if cut {
						cuts++
					}
					if got != 0 && got != d.all {
						t.Fatalf("cut off after %d bytes: %d rows of %d are there", after, got, d.all)
					}
					if err == nil && got == 0 || err != nil && !cut {
						t.Fatalf("after %d bytes: %d rows are there, %v", after, got, err)
					}
					if err != nil {
						if !outage.Is(err) || !strings.Contains(err.Error(), "ledger postgres://") {
							t.Errorf("after %d bytes: %v", after, err)
						}
						if got == d.all {
							doubts++
						}
					}
					d.repeat(t, l, db, n)
				}
			}
			t.Logf("%d cuts; after %d of them it was there although an error said so", cuts, doubts)
			if cuts < 15 {
				t.Errorf("only %d cuts", cuts)
			}
		})
	}
}

// repeat does the nth deed again, twice, and wants it there once.
func (d deed) repeat(t *testing.T, l *ledger.Ledger, db *sql.DB, n int) {
	t.Helper()
	for range 2 {
		if err := d.do(t.Context(), l, n); err != nil {
			t.Fatalf("done again: %v", err)
		}
		if got := d.count(t, db, n); got != d.all {
			t.Fatalf("done again: %d rows of %d are there", got, d.all)
		}
	}
}

// TestACommitWhoseAnswerIsLostIsDoneAgainWithoutHarm cuts between the commit and
// its answer.
func TestACommitWhoseAnswerIsLostIsDoneAgainWithoutHarm(t *testing.T) {
	s := mustServe(t)
	at := mustMigrate(t, s)
	w := mustWire(t, s)
	l, db := mustOpen(t, w.Through(at)), rawServer(t, at)
	n := 0
	for name, d := range deeds(t, l) {
		n++
		if err := d.do(t.Context(), l, n); err != nil { // which also prepares its statements
			t.Fatal(err)
		}
		n++
		word := "commit"
		if name == "remember" { // commits by itself, and ends with the key
			word = fmt.Sprint("key", n)
		}
		w.Fail(postgrestest.Fault{Word: word})

		err := d.do(t.Context(), l, n)

		if _, failed := w.Heal(); !failed || !outage.Is(err) {
			t.Errorf("%s: the wire failed: %v; %v", name, failed, err)
		}
		if got := d.count(t, db, n); got != d.all {
			t.Errorf("%s: the commit was answered, and %d rows of %d are there", name, got, d.all)
		}
		d.repeat(t, l, db, n)
	}
}

// TestABlackHoleEndsInAnErrorAndHoldsNobodyUp lets bytes vanish in the middle of a
// transaction: nobody hangs up. The client and the server each have to find out by
// themselves, or the client would wait for ever and the server keep its lock.
func TestABlackHoleEndsInAnErrorAndHoldsNobodyUp(t *testing.T) {
	s := mustServe(t)
	for name, f := range map[string]postgrestest.Fault{
		"of a batch":                {Direction: postgrestest.Up, After: 30_000, Hole: true},
		"of an answer":              {Direction: postgrestest.Down, After: 150, Hole: true},
		"of the answer to a commit": {Word: "commit", Hole: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // each waits for some seconds of silence
			at := mustMigrate(t, s)
			d := deeds(t, mustOpen(t, at))["record"]
			db := rawServer(t, at)
			w := mustWire(t, s)
			l := mustOpen(t, w.Through(at)+"&connect_timeout=1")
			w.Fail(f)

			err := d.do(t.Context(), l, 1)

			if _, failed := w.Heal(); !failed || !outage.Is(err) || !strings.Contains(err.Error(), "whole or not at all") {
				t.Errorf("the wire failed: %v; %v", failed, err)
			}
			if got := d.count(t, db, 1); got != 0 && got != d.all {
				t.Errorf("%d rows of %d are there", got, d.all)
			}
			d.repeat(t, l, db, 1)
		})
	}
}

func TestWhoIsInAHurryNeedNotWaitForABlackHole(t *testing.T) {
	s := mustServe(t)
	at := mustMigrate(t, s)
	w := mustWire(t, s)
	l := mustOpen(t, w.Through(at))
	d := deeds(t, l)["remember"]
	w.Fail(postgrestest.Fault{Direction: postgrestest.Up, After: 100, Hole: true})
	hurry, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()

	err := d.do(hurry, l, 1)

	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	w.Heal()
	d.repeat(t, l, rawServer(t, at), 1)
}
