package ledger_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/ledger"
	"concord/internal/outage"
)

// A wire lies between ledgers and the server, and fails once when it is told to.
type wire struct {
	net.Listener
	to string

	mu      sync.Mutex
	fault   *fault
	carried [2]int // bytes, up and down
}

// Directions of a wire.
const (
	up   = iota // to the server
	down        // from it
)

// A fault says when a wire fails, and how.
type fault struct {
	direction int
	after     int    // bytes in the direction
	word      string // or: from when the server has been sent this on, and has answered
	hole      bool   // bytes vanish and nobody hangs up; else both ends are cut off
	sent      bool   // the word
}

func newWire(t *testing.T, port int) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	w := &wire{Listener: l, to: fmt.Sprintf("127.0.0.1:%d", port)}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", w.to)
			if err != nil {
				client.Close()
				continue
			}
			t.Cleanup(func() { client.Close(); server.Close() })
			lost := make(chan struct{})
			var once sync.Once
			lose := func() { once.Do(func() { close(lost) }) }
			go w.carry(up, client, server, lost, lose)
			go w.carry(down, server, client, lost, lose)
		}
	}()
	return w
}

// through is where a ledger is by way of the wire.
func (w *wire) through(at string) string {
	_, port, _ := net.SplitHostPort(w.Addr().String())
	_, was, _ := net.SplitHostPort(w.to)
	return strings.Replace(at, ":"+was+"/", ":"+port+"/", 1)
}

// carry takes bytes from one end to the other, until one hangs up or the fault
// is there. Through a hole that is lost to one direction nothing comes in the other.
func (w *wire) carry(direction int, from, to net.Conn, lost chan struct{}, lose func()) {
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		select {
		case <-lost:
			if err != nil {
				return // and the other end never hears of it
			}
			continue
		default:
		}
		pass, f := w.look(direction, buffer[:n])
		to.Write(buffer[:pass])
		switch {
		case f != nil && f.hole:
			lose()
		case f != nil:
			for _, end := range []net.Conn{from, to} {
				end.(*net.TCPConn).SetLinger(0) // a reset, and what is under way is lost
				end.Close()
			}
			return
		case err != nil:
			to.Close()
			return
		}
	}
}

// look returns how many bytes go on, and the fault if it happens now.
func (w *wire) look(direction int, b []byte) (pass int, happens *fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.carried[direction] += len(b)
	f := w.fault
	if f == nil {
		return len(b), nil
	}
	switch {
	case f.word != "" && direction == up:
		f.sent = f.sent || bytes.Contains(b, []byte(f.word))
	case f.word != "" && f.sent:
		w.fault = nil
		return 0, f
	case f.word == "" && direction == f.direction:
		if f.after -= len(b); f.after <= 0 {
			w.fault = nil
			return len(b) + f.after, f
		}
	}
	return len(b), nil
}

// fail has the wire fail once.
func (w *wire) fail(f fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault, w.carried = &f, [2]int{}
}

// heal returns how much was carried since the wire was told to fail, which it
// does no more, and whether it has.
func (w *wire) heal() (carried [2]int, failed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	failed = w.fault == nil
	w.fault = nil
	return w.carried, failed
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
			return l.Remember(ctx, fmt.Sprint("key", n), ledger.Call{Run: "r", Answer: strings.Repeat("a", 3000)})
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
	at := s.schema(t)
	if _, _, err := ledger.Migrate(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	w := newWire(t, s.Port)
	l, db := mustOpen(t, w.through(at)), rawServer(t, at)
	random := rand.New(rand.NewPCG(3, 4))
	n := 0
	all := deeds(t, l)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		d := all[name]
		t.Run(name, func(t *testing.T) {
			n++
			w.fail(fault{direction: up, after: 1 << 30})
			if err := d.do(t.Context(), l, n); err != nil {
				t.Fatal(err)
			}
			usual, _ := w.heal()
			cuts, doubts := 0, 0
			for _, direction := range []int{up, down} {
				for part := range 16 {
					n++
					if _, err := l.Run(t.Context(), "r"); err != nil { // over a connection that is whole
						t.Fatal(err)
					}
					after := usual[direction] * part / 12
					if part > 12 {
						after = random.IntN(usual[direction])
					}
					w.fail(fault{direction: direction, after: max(after, 1)})

					err := d.do(t.Context(), l, n)

					_, cut := w.heal()
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
	at := s.schema(t)
	if _, _, err := ledger.Migrate(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	w := newWire(t, s.Port)
	l, db := mustOpen(t, w.through(at)), rawServer(t, at)
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
		w.fail(fault{word: word})

		err := d.do(t.Context(), l, n)

		if _, failed := w.heal(); !failed || !outage.Is(err) {
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
	for name, f := range map[string]fault{
		"of the first words":        {direction: up, after: 700, hole: true},
		"of a batch":                {direction: up, after: 30_000, hole: true},
		"of an answer":              {direction: down, after: 150, hole: true},
		"of the answer to a commit": {word: "commit", hole: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // each waits for some seconds of silence
			at := s.schema(t)
			if _, _, err := ledger.Migrate(t.Context(), at); err != nil {
				t.Fatal(err)
			}
			d := deeds(t, mustOpen(t, at))["record"]
			db := rawServer(t, at)
			w := newWire(t, s.Port)
			l := mustOpen(t, w.through(at)+"&connect_timeout=1")
			w.fail(f)

			err := d.do(t.Context(), l, 1)

			if _, failed := w.heal(); !failed || !outage.Is(err) || !strings.Contains(err.Error(), "whole or not at all") {
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
	at := s.schema(t)
	if _, _, err := ledger.Migrate(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	w := newWire(t, s.Port)
	l := mustOpen(t, w.through(at))
	d := deeds(t, l)["remember"]
	w.fail(fault{direction: up, after: 100, hole: true})
	hurry, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()

	err := d.do(hurry, l, 1)

	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	w.heal()
	d.repeat(t, l, rawServer(t, at), 1)
}
