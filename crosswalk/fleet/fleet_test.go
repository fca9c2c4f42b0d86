package fleet_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/fleet"
	"concord/crosswalk/ledger"
	"concord/internal/outage"
	"concord/internal/postgrestest"
)

// A bench is a ledger with a queue and one run in it.
type bench struct {
	server *postgrestest.Server
	book   *ledger.Ledger
	queue  *fleet.Fleet
	at     string   // where both are
	ids    []string // of the sources of the run
}

const run = "4138e083-06cc-5a8e-93ae-ca83a6820968"

func newBench(t testing.TB, sources int) *bench {
	t.Helper()
	server := postgrestest.Must(t, postgrestest.Start)
	t.Cleanup(func() { server.Stop() })
	at := server.URL("postgres", postgrestest.Password, "postgres", "")
	quiet := slog.New(slog.DiscardHandler)
	if _, _, err := ledger.Migrate(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	if _, err := fleet.Open(t.Context(), at, quiet); err == nil || !strings.Contains(err.Error(), "ledger migrate") {
		t.Errorf("a queue that nobody made: %v", err)
	}
	for _, more := range []bool{true, false} {
		if applied, err := fleet.Migrate(t.Context(), at); err != nil || (applied > 0) != more {
			t.Fatalf("%d migrations applied, %v", applied, err)
		}
	}
	b := &bench{server: server, at: at}
	b.far(t, at)
	if _, err := b.book.Begin(t.Context(), ledger.Run{ID: run, Started: time.Now(), Tool: "test", Settings: json.RawMessage(`{}`)}); err != nil {
		t.Fatal(err)
	}
	for i := range sources {
		b.ids = append(b.ids, fmt.Sprintf("S-%02d", i+1))
	}
	if jobs, known, err := b.queue.Enqueue(t.Context(), run, b.ids); err != nil || jobs != sources || known != 0 {
		t.Fatalf("%d jobs enqueued, %d known, %v", jobs, known, err)
	}
	return b
}

func TestSeveralMayMigrateAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	if _, err := b.db(t).Exec(`CREATE SCHEMA fresh`); err != nil {
		t.Fatal(err)
	}
	at := b.server.URL("postgres", postgrestest.Password, "postgres", "fresh")
	var all sync.WaitGroup
	var steps, first atomic.Int64

	for range 6 {
		all.Go(func() {
			applied, err := fleet.Migrate(t.Context(), at)
			if err != nil {
				t.Error(err)
			}
			if steps.Add(int64(applied)); applied > 0 {
				first.Add(1)
			}
		})
	}
	all.Wait()

	if steps.Load() == 0 || first.Load() != 1 {
		t.Errorf("%d of six applied %d steps", first.Load(), steps.Load())
	}
}

// far has ledger and queue be reached at a URL.
func (b *bench) far(t testing.TB, at string) {
	t.Helper()
	book, err := ledger.Open(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { book.Close() })
	queue, err := fleet.Open(t.Context(), at, slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(queue.Close)
	b.book, b.queue = book, queue
}

// judging is a drafting that finds nothing, and goes wrong where it is told to.
type judging struct {
	ids   []string
	wrong func(source string) error // nil for what does not

	mu    sync.Mutex
	tried map[string]int
	gave  []string // up, and why
}

func (j *judging) Sources() []string { return j.ids }

func (j *judging) Result(_ context.Context, source string) (crosswalk.Result, error) {
	j.mu.Lock()
	if j.tried == nil {
		j.tried = map[string]int{}
	}
	j.tried[source]++
	j.mu.Unlock()
	return crosswalk.Result{Source: source, Outcome: crosswalk.Unrelated, Judged: 1}, j.wrong(source)
}

func (j *judging) GiveUp(_ context.Context, source, why string) (crosswalk.Result, error) {
	j.gave = append(j.gave, source+": "+why)
	return crosswalk.Result{Source: source, Outcome: crosswalk.Failed}, nil
}

func patience(t testing.TB) *outage.Patience {
	return &outage.Patience{Most: time.Minute, Say: func(line string) { t.Log(line) }}
}

// work drains the queue.
func (b *bench) work(t *testing.T, d fleet.Drafting) error {
	t.Helper()
	return b.workInto(t, d, b.book)
}

func (b *bench) workInto(t *testing.T, d fleet.Drafting, into fleet.Ledger) error {
	t.Helper()
	return b.queue.Work(t.Context(), fleet.Worker{
		Ledger: into,
		Unfinished: func(ctx context.Context) ([]string, error) {
			r, err := b.book.Run(ctx, run)
			if r.Finished != nil {
				return nil, err
			}
			return []string{run}, err
		},
		Take: func(context.Context, string) (fleet.Drafting, string, error) { return d, "", nil },
		Say:  func(line string) { t.Log(line) }, Now: time.Now,
		Concurrency: 2, Rescue: time.Second, Patience: patience(t), Backoff: time.Millisecond, Drain: true,
	})
}

func (b *bench) outcomes(t *testing.T) map[string]crosswalk.Outcome {
	t.Helper()
	results, err := b.book.Results(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]crosswalk.Outcome{}
	for _, r := range results {
		out[r.Source] = r.Outcome
	}
	return out
}

func TestAJobThatAlwaysGoesWrongIsGivenUpAndTheRunFinished(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]func(string) error{
		"an error": func(id string) error {
			if id == "S-03" {
				return errors.New("poisoned well")
			}
			return nil
		},
		"a panic": func(id string) error {
			if id == "S-03" {
				panic("poisoned well")
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 10)
			j := &judging{ids: b.ids, wrong: wrong}

			if err := b.work(t, j); err != nil {
				t.Fatal(err)
			}

			if j.tried["S-03"] != 5 {
				t.Errorf("tried %d times", j.tried["S-03"])
			}
			got := b.outcomes(t)
			if len(got) != 10 || got["S-03"] != crosswalk.Failed || got["S-05"] != crosswalk.Unrelated || got["S-10"] != crosswalk.Unrelated {
				t.Errorf("%v", got)
			}
			if !slices.ContainsFunc(j.gave, func(s string) bool {
				return strings.HasPrefix(s, "S-03: given up after 5 tries") && strings.Contains(s, "poisoned well")
			}) {
				t.Errorf("gave up %q", j.gave)
			}
			if r, err := b.book.Run(t.Context(), run); err != nil || r.Finished == nil {
				t.Errorf("the run is not finished, %v", err)
			}
			depths, err := b.queue.Depths(t.Context())
			if d := depths[run]; err != nil || d.Discarded != 1 || d.Completed != 9 || d.Open() != 0 {
				t.Errorf("%+v, %v", d, err)
			}
		})
	}
}

// TestAJobWhoseWorkersDieIsGivenUp leaves a job as a worker leaves it that was
// killed at the fifth try.
func TestAJobWhoseWorkersDieIsGivenUp(t *testing.T) {
	t.Parallel()
	b := newBench(t, 10)
	db, err := sql.Open("pgx", b.at)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`UPDATE river_job SET state = 'running', attempt = 5, attempted_at = now() - interval '1 hour', attempted_by = '{gone}'
		WHERE args ->> 'source' = 'S-01'`); err != nil {
		t.Fatal(err)
	}
	j := &judging{ids: b.ids, wrong: func(string) error { return nil }}

	if err := b.work(t, j); err != nil {
		t.Fatal(err)
	}

	if got := b.outcomes(t); len(got) != 10 || got["S-01"] != crosswalk.Failed || got["S-10"] != crosswalk.Unrelated || j.tried["S-01"] != 0 {
		t.Errorf("%v, tried %v", got, j.tried)
	}
	if !slices.ContainsFunc(j.gave, func(s string) bool { return strings.HasPrefix(s, "S-01: given up after 5 tries") }) {
		t.Errorf("gave up %q", j.gave)
	}
}

// TestAJobThatAnotherProcessIsAtIsLeftAlone holds the only job as a process does
// that takes long.
func TestAJobThatAnotherProcessIsAtIsLeftAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t, 1)
	db, err := sql.Open("pgx", b.at)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), `SELECT pg_advisory_lock(hashtextextended(current_schema() || ' job ' || id, 0)) FROM river_job`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	j := &judging{ids: b.ids, wrong: func(string) error { return nil }}

	err = b.queue.Work(ctx, fleet.Worker{
		Ledger: b.book,
		Unfinished: func(ctx context.Context) ([]string, error) {
			var snoozed int
			err := db.QueryRow(`SELECT count(*) FROM river_job WHERE state = 'scheduled' AND attempt = 0`).Scan(&snoozed)
			if snoozed > 0 {
				cancel()
			}
			return []string{run}, err
		},
		Take: func(context.Context, string) (fleet.Drafting, string, error) { return j, "", nil },
		Say:  func(line string) { t.Log(line) }, Now: time.Now,
		Concurrency: 1, Rescue: time.Second, Patience: patience(t), Backoff: time.Second,
	})

	if err != nil || j.tried["S-01"] != 0 || len(b.outcomes(t)) != 0 {
		t.Errorf("%v; tried %v", err, j.tried)
	}
}

func TestAnUnfitWorkerGivesItsJobsBackUntried(t *testing.T) {
	t.Parallel()
	b := newBench(t, 10)
	spent := fmt.Errorf("%w: nothing left to spend", fleet.ErrUnfit)

	err := b.work(t, &judging{ids: b.ids, wrong: func(id string) error {
		if id == "S-02" {
			return spent
		}
		return nil
	}})

	if !errors.Is(err, fleet.ErrUnfit) || !strings.Contains(err.Error(), "nothing left to spend") {
		t.Errorf("it ended with %v", err)
	}
	if got := b.outcomes(t); got["S-02"] != "" {
		t.Errorf("%v", got)
	}
	j := &judging{ids: b.ids, wrong: func(string) error { return nil }}
	if err := b.work(t, j); err != nil {
		t.Fatal(err)
	}
	if len(b.outcomes(t)) != 10 || j.tried["S-02"] != 1 || len(j.gave) > 0 {
		t.Errorf("%v, tried %v, gave up %v", b.outcomes(t), j.tried, j.gave)
	}
}

// TestAWorkerGoesOnWhenARunIsComplete has one run wait until the other has been
// complete for some rounds.
func TestAWorkerGoesOnWhenARunIsComplete(t *testing.T) {
	t.Parallel()
	b := newBench(t, 4)
	const slow = "00000000-0000-5000-8000-000000000001"
	if _, err := b.book.Begin(t.Context(), ledger.Run{ID: slow, Started: time.Now(), Tool: "test"}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.queue.Enqueue(t.Context(), slow, b.ids); err != nil {
		t.Fatal(err)
	}
	later := make(chan struct{})
	drafts := map[string]*judging{
		run:  {ids: b.ids, wrong: func(string) error { return nil }},
		slow: {ids: b.ids, wrong: func(string) error { <-later; return nil }},
	}
	rounds := 0

	err := b.queue.Work(t.Context(), fleet.Worker{
		Ledger: b.book,
		Unfinished: func(ctx context.Context) (left []string, err error) {
			for _, id := range []string{run, slow} {
				r, err := b.book.Run(ctx, id)
				if err != nil {
					return nil, err
				}
				if r.Finished == nil {
					left = append(left, id)
				}
			}
			if len(left) == 1 {
				if rounds++; rounds == 3 {
					close(later)
				}
			}
			return left, nil
		},
		Take: func(_ context.Context, id string) (fleet.Drafting, string, error) { return drafts[id], "", nil },
		Say:  func(line string) { t.Log(line) }, Now: time.Now,
		Concurrency: 1, Rescue: time.Second, Patience: patience(t), Backoff: time.Second, Drain: true,
	})

	if err != nil || rounds < 3 {
		t.Errorf("%d rounds, %v", rounds, err)
	}
	for _, id := range []string{run, slow} {
		if r, err := b.book.Run(t.Context(), id); err != nil || r.Finished == nil {
			t.Errorf("run %s is not finished, %v", id, err)
		}
	}
}

// TestACompletionIsUndoneWithItsResults lets the transaction fail after both are
// in it.
func TestACompletionIsUndoneWithItsResults(t *testing.T) {
	t.Parallel()
	b := newBench(t, 1)
	into := &undoing{Ledger: b.book, queue: b.queue}
	j := &judging{ids: b.ids, wrong: func(string) error { return nil }}

	if err := b.workInto(t, j, into); err != nil {
		t.Fatal(err)
	}

	if d := into.after[run]; into.err != nil || d.Completed != 0 || d.Running != 1 || into.done != 0 {
		t.Errorf("after the transaction was undone: %+v, %d sources done, %v", d, into.done, into.err)
	}
	depths, err := b.queue.Depths(t.Context())
	if d := depths[run]; err != nil || d.Completed != 1 || len(b.outcomes(t)) != 1 || j.tried["S-01"] != 2 {
		t.Errorf("%+v, %v; tried %v", d, err, j.tried)
	}
}

// undoing is a ledger that fails the first time, at the last moment.
type undoing struct {
	*ledger.Ledger
	queue *fleet.Fleet
	tried bool
	after map[string]fleet.Depth
	done  int
	err   error
}

func (u *undoing) RecordWith(ctx context.Context, run string, results []crosswalk.Result, also func(*sql.Conn) error) error {
	if u.tried {
		return u.Ledger.RecordWith(ctx, run, results, also)
	}
	u.tried = true
	err := u.Ledger.RecordWith(ctx, run, results, func(conn *sql.Conn) error {
		if err := also(conn); err != nil {
			return err
		}
		return errors.New("the server went away")
	})
	var done map[string]bool
	var doneErr error
	u.after, u.err = u.queue.Depths(ctx)
	done, doneErr = u.Ledger.Done(ctx, run)
	u.done, u.err = len(done), errors.Join(u.err, doneErr)
	return err
}
