package fleet_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/fleet"
	"concord/internal/outage"
)

// A crew works on the run of a bench until it is complete.
type crew struct {
	*bench
	drafting fleet.Drafting
	mu       sync.Mutex
	said     []string
}

// worker returns one that ends when the run is complete.
func (c *crew) worker(t *testing.T, now func() time.Time) fleet.Worker {
	say := func(line string) {
		t.Log(line)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.said = append(c.said, line)
	}
	return fleet.Worker{
		Ledger: c.book,
		Unfinished: func(ctx context.Context) ([]string, error) {
			r, err := c.book.Run(ctx, run)
			if r.Finished != nil {
				return nil, err
			}
			return []string{run}, err
		},
		Take: func(context.Context, string) (fleet.Drafting, string, error) { return c.drafting, "", nil },
		Say:  say, Now: now, Patience: &outage.Patience{Most: time.Minute, Say: say},
		Concurrency: 2, Rescue: 2 * time.Second, Backoff: 10 * time.Millisecond, Drain: true,
	}
}

func (c *crew) has(said string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.said, func(line string) bool { return strings.Contains(line, said) })
}

func (b *bench) db(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", b.at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// acting is a drafting that does as it is told.
type acting struct {
	judging
	result func(ctx context.Context, source string) (crosswalk.Result, error)
}

func (a *acting) Result(ctx context.Context, source string) (crosswalk.Result, error) {
	return a.result(ctx, source)
}

// TestClocksThatAreWrongNeitherLoseNorDoubleNorDelayWork has two workers, an hour
// ahead and an hour behind. A job of which one says by its own clock when it is due
// would be due in an hour.
func TestClocksThatAreWrongNeitherLoseNorDoubleNorDelayWork(t *testing.T) {
	t.Parallel()
	b := newBench(t, 24)
	var mu sync.Mutex
	failed := map[string]bool{}
	j := &judging{ids: b.ids, wrong: func(id string) error {
		mu.Lock()
		defer mu.Unlock()
		if id[len(id)-1]%2 == 0 && !failed[id] {
			failed[id] = true
			return errors.New("once")
		}
		return nil
	}}
	c := &crew{bench: b, drafting: j}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	begun := time.Now()
	var all sync.WaitGroup
	for _, off := range []time.Duration{time.Hour, -time.Hour} {
		all.Go(func() {
			if err := b.queue.Work(ctx, c.worker(t, func() time.Time { return time.Now().Add(off) })); err != nil {
				t.Error(err)
			}
		})
	}

	all.Wait()

	r, err := b.book.Run(t.Context(), run)
	if err != nil || r.Finished == nil || ctx.Err() != nil {
		t.Fatalf("the run is not finished, %v", err)
	}
	if r.Finished.Before(begun.Add(-time.Minute)) || r.Finished.After(time.Now().Add(time.Minute)) {
		t.Errorf("finished at %v by a clock that is wrong", r.Finished)
	}
	if len(b.outcomes(t)) != 24 || len(j.gave) > 0 {
		t.Errorf("%v, gave up %v", b.outcomes(t), j.gave)
	}
	for _, id := range b.ids {
		want := 1
		if failed[id] {
			want = 2
		}
		if j.tried[id] != want {
			t.Errorf("%s was judged %d times, want %d", id, j.tried[id], want)
		}
	}
}

// TestAJobComesBackWhenItsWorkerIsGoneAndNotBefore holds a job that is running as a
// worker does that takes long, though it began an hour ago, and then dies.
func TestAJobComesBackWhenItsWorkerIsGoneAndNotBefore(t *testing.T) {
	t.Parallel()
	b := newBench(t, 3)
	db := b.db(t)
	other, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.ExecContext(t.Context(), `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now() - interval '1 hour', attempted_by = '{slow}' WHERE args ->> 'source' = 'S-01'`); err != nil {
		t.Fatal(err)
	}
	if _, err := other.ExecContext(t.Context(), `SELECT pg_advisory_lock(hashtextextended(current_schema() || ' job ' || id, 0)) FROM river_job WHERE args ->> 'source' = 'S-01'`); err != nil {
		t.Fatal(err)
	}
	j := &judging{ids: b.ids, wrong: func(string) error { return nil }}
	c := &crew{bench: b, drafting: j}
	w := c.worker(t, time.Now)
	unfinished, rounds := w.Unfinished, 0
	w.Unfinished = func(ctx context.Context) ([]string, error) {
		if rounds++; rounds == 8 { // twice as long as it takes to give a job back
			j.mu.Lock()
			if j.tried["S-01"] != 0 || j.tried["S-02"] != 1 {
				t.Errorf("while its worker was there: tried %v", j.tried)
			}
			j.mu.Unlock()
			other.Raw(func(any) error { return sql.ErrConnDone }) // the session is given up
			other.Close()
			db.Close()
		}
		return unfinished(ctx)
	}

	err = b.queue.Work(t.Context(), w)

	if err != nil || j.tried["S-01"] != 1 || len(b.outcomes(t)) != 3 || !c.has("its worker is gone") {
		t.Errorf("%v; tried %v", err, j.tried)
	}
}

// TestAJobThatAnotherGotMeanwhileIsLeftToIt takes the lock of a job away, as
// another worker does when the first was cut off for long.
func TestAJobThatAnotherGotMeanwhileIsLeftToIt(t *testing.T) {
	t.Parallel()
	b := newBench(t, 1)
	began := make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	left := make(chan error, 1)
	c := &crew{bench: b, drafting: &acting{judging: judging{ids: b.ids}, result: func(ctx context.Context, id string) (crosswalk.Result, error) {
		began <- struct{}{}
		<-ctx.Done()
		left <- context.Cause(ctx)
		return crosswalk.Result{}, ctx.Err()
	}}}
	other, err := b.db(t).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	go func() {
		defer cancel()
		<-began
		if _, err := other.ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'`); err != nil {
			t.Error(err)
		}
		if _, err := other.ExecContext(t.Context(), `SELECT pg_advisory_lock(hashtextextended(current_schema() || ' job ' || id, 0)) FROM river_job`); err != nil {
			t.Error(err)
		}
		if cause := <-left; cause == nil || !strings.Contains(cause.Error(), "another worker has this job") {
			t.Errorf("it was left because of %v", cause)
		}
	}()

	err = b.queue.Work(ctx, c.worker(t, time.Now))

	if err != nil || !c.has("another worker has this job") || len(b.outcomes(t)) != 0 {
		t.Errorf("%v, %v", err, b.outcomes(t))
	}
}

// TestAWorkerTakesItsLocksAnewWhenTheServerIsBack kills the server while a job is
// under way, beside a worker that would give the job back.
func TestAWorkerTakesItsLocksAnewWhenTheServerIsBack(t *testing.T) {
	t.Parallel()
	b := newBench(t, 1)
	var mu sync.Mutex
	tried := 0
	c := &crew{bench: b}
	c.drafting = &acting{judging: judging{ids: b.ids}, result: func(ctx context.Context, id string) (crosswalk.Result, error) {
		mu.Lock()
		tried++
		mu.Unlock()
		b.server.Kill()
		if err := b.server.Again(); err != nil {
			t.Error(err)
		}
		time.Sleep(6 * time.Second) // three times as long as a job may be without its worker
		return crosswalk.Result{Source: id, Outcome: crosswalk.Unrelated, Judged: 1}, nil
	}}
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			if err := b.queue.Work(t.Context(), c.worker(t, time.Now)); err != nil {
				t.Error(err)
			}
		})
	}

	all.Wait()

	if tried != 1 || len(b.outcomes(t)) != 1 || c.has("its worker is gone") {
		t.Errorf("tried %d times; %v", tried, b.outcomes(t))
	}
}

func TestAWorkerEndsWhenTheServerStaysAwayAndSaysWhatIsNotSaved(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		most   time.Duration
		cancel bool
		says   string
	}{
		"after all patience": {time.Second, false, "could not be used for too long"},
		"interrupted":        {time.Hour, true, "what was answered last about up to 1 sources could not be saved"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, 1)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w := &crew{bench: b, drafting: &acting{judging: judging{ids: b.ids}, result: func(ctx context.Context, id string) (crosswalk.Result, error) {
				b.server.Kill()
				if c.cancel {
					cancel()
				}
				return crosswalk.Result{Source: id, Outcome: crosswalk.Unrelated, Judged: 1}, nil
			}}}
			worker := w.worker(t, time.Now)
			worker.Patience.Most = c.most

			err := b.queue.Work(ctx, worker)

			if err == nil || !strings.Contains(err.Error(), c.says) || !w.has("could not be saved") {
				t.Errorf("it ended with %v", err)
			}
		})
	}
}

// TestAWorkerRidesOutANetworkThatSwallowsEverything has nobody hang up: the worker
// finds out by itself, and ends the session that the server still has with its
// locks.
func TestAWorkerRidesOutANetworkThatSwallowsEverything(t *testing.T) {
	t.Parallel()
	b := newBench(t, 4)
	wire, err := b.server.Wire()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(wire.Close)
	b.far(t, wire.Through(b.at)+"?connect_timeout=1") // six seconds of silence
	var mu sync.Mutex
	tried := map[string]int{}
	c := &crew{bench: b}
	c.drafting = &acting{judging: judging{ids: b.ids}, result: func(ctx context.Context, id string) (crosswalk.Result, error) {
		mu.Lock()
		tried[id]++
		mu.Unlock()
		if id == "S-02" {
			wire.Swallow()
			time.Sleep(3 * time.Second)
			wire.Heal()
			time.Sleep(8 * time.Second) // until the worker has noticed that its locks are gone
		}
		return crosswalk.Result{Source: id, Outcome: crosswalk.Unrelated, Judged: 1}, ctx.Err()
	}}

	err = b.queue.Work(t.Context(), c.worker(t, time.Now))

	if err != nil || len(b.outcomes(t)) != 4 || !c.has("cannot be used") || !c.has("can be used again") || c.has("another worker") || c.has("its worker is gone") {
		t.Errorf("%v, %v", err, b.outcomes(t))
	}
	for _, id := range b.ids {
		if tried[id] != 1 {
			t.Errorf("%s was judged %d times", id, tried[id])
		}
	}
}

// TestAWorkerWhoseJudgeIsAwayDoesNotBlameTheServer has the endpoint be away before
// the first job is taken.
func TestAWorkerWhoseJudgeIsAwayDoesNotBlameTheServer(t *testing.T) {
	t.Parallel()
	c := &crew{bench: newBench(t, 2)}
	w := c.worker(t, time.Now)
	asked := make(chan struct{}, 100)
	w.Take = func(context.Context, string) (fleet.Drafting, string, error) {
		asked <- struct{}{}
		return nil, "", fmt.Errorf("%w: %w", crosswalk.ErrUnavailable, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED})
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.queue.Work(ctx, w) }()
	<-asked
	time.Sleep(2 * time.Second) // some rounds, after which a worker that drains would have ended
	cancel()

	if err := <-ended; err != nil || len(asked) > 0 {
		t.Errorf("it was asked %d times more and ended with %v", len(asked), err)
	}
	if c.has("server of the ledger") || !c.has("run "+run+" waits 15s: the judge is not available") {
		t.Errorf("it said %q", c.said)
	}
}

func TestManyJobsThatWaitAreToldOfOnce(t *testing.T) {
	t.Parallel()
	const jobs = 10
	c := &crew{bench: newBench(t, jobs)}
	ctx, cancel := context.WithCancel(t.Context())
	var asked atomic.Int64
	c.drafting = &judging{ids: c.ids, wrong: func(string) error {
		if asked.Add(1) == jobs {
			cancel()
		}
		return fmt.Errorf("%w: nobody answers", crosswalk.ErrUnavailable)
	}}

	if err := c.queue.Work(ctx, c.worker(t, time.Now)); err != nil {
		t.Fatal(err)
	}

	n := 0
	for _, line := range c.said {
		if strings.Contains(line, "nobody answers") {
			n++
		}
	}
	if n != 1 || asked.Load() != jobs {
		t.Errorf("%d jobs were asked about, and it was said %d times: %q", asked.Load(), n, c.said)
	}
}

// TestAnIdleWorkerReadsNoJobsThatAreDone goes by what the server has counted.
func TestAnIdleWorkerReadsNoJobsThatAreDone(t *testing.T) {
	t.Parallel()
	const done = 20_000
	c := &crew{bench: newBench(t, 1), drafting: &judging{wrong: func(string) error { return nil }}}
	db := c.db(t)
	if _, err := db.Exec(`INSERT INTO river_job (args, kind, max_attempts, queue, state, attempt, attempted_at, finalized_at)
		SELECT jsonb_build_object('run', 'other', 'source', i), 'judge', 5, 'run-other', 'completed', 1, now(), now() FROM generate_series(1, $1) AS i`, done); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`VACUUM ANALYZE river_job`); err != nil {
		t.Fatal(err)
	}
	read := func() (rows int) {
		time.Sleep(1500 * time.Millisecond) // a session tells what it has read within a second of being idle
		if err := db.QueryRow(`SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables WHERE relname = 'river_job'`).Scan(&rows); err != nil {
			t.Fatal(err)
		}
		return rows
	}
	before := read()

	if err := c.queue.Work(t.Context(), c.worker(t, time.Now)); err != nil {
		t.Fatal(err)
	}

	if rows := read() - before; rows > done/2 {
		t.Errorf("the server read %d rows of the queue for one job", rows)
	}
}

// TestWhatRiverSaysIsHeardWhileTheServerIsThere takes a table away that River needs
// beside the jobs.
func TestWhatRiverSaysIsHeardWhileTheServerIsThere(t *testing.T) {
	t.Parallel()
	b := newBench(t, 2)
	if _, err := b.db(t).Exec(`ALTER TABLE river_leader RENAME TO elsewhere`); err != nil {
		t.Fatal(err)
	}
	var said talk
	var err error
	if b.queue, err = fleet.Open(t.Context(), b.at, slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelError}))); err != nil {
		t.Fatal(err)
	}
	defer b.queue.Close()

	err = b.work(t, &judging{ids: b.ids, wrong: func(string) error { return nil }})

	if err != nil || !strings.Contains(said.String(), "river_leader") {
		t.Errorf("%v; River said %q", err, said.String())
	}
}

// talk is a buffer for several writers.
type talk struct {
	mu sync.Mutex
	strings.Builder
}

func (s *talk) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Builder.Write(b)
}
