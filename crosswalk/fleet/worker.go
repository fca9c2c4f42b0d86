package fleet

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"concord/crosswalk"
	"concord/internal/outage"
)

// ErrUnfit says that a worker cannot judge at all, such as one whose key is
// refused or whose budget is spent. Its jobs go back to the others, and count as
// untried.
var ErrUnfit = errors.New("this worker cannot judge")

// A Drafting is a run that a worker takes part in. Any number of goroutines may
// use it.
type Drafting interface {
	// Sources returns the ids of all sources of the run.
	Sources() []string
	// Result returns what became of a source, by id. An error may be
	// [crosswalk.ErrUnavailable], [crosswalk.ErrPending] or [ErrUnfit]. Answers that
	// are under way when ctx ends are waited for.
	Result(ctx context.Context, source string) (crosswalk.Result, error)
	// GiveUp returns the result that says why a source has failed.
	GiveUp(ctx context.Context, source, why string) (crosswalk.Result, error)
}

// A Ledger is where results are recorded: in the database that the queue is in.
type Ledger interface {
	crosswalk.Ledger
	// RecordWith records results and has also do more in the same transaction, on
	// a connection of pgx.
	RecordWith(ctx context.Context, run string, results []crosswalk.Result, also func(*sql.Conn) error) error
	// Finish says that a run is complete.
	Finish(ctx context.Context, run string, at time.Time) error
}

// A Worker says what a process works on, and how. All fields but Drain must be
// set.
type Worker struct {
	Ledger Ledger
	// Unfinished returns the runs that are not complete, in the order in which they
	// are to be looked at.
	Unfinished func(context.Context) ([]string, error)
	// Take returns a run to take part in, or why it is none of this process: it
	// would make another run of the same texts. It is called once a run, and again
	// after a while if the error is [crosswalk.ErrUnavailable]. Of the server of the
	// ledger, and of nothing else, an error may be what [outage.Is] knows.
	Take func(ctx context.Context, run string) (d Drafting, why string, err error)
	// Say tells people what goes on, a line each time.
	Say func(string)
	Now func() time.Time // of this machine; that of the server follows from it

	Concurrency int // jobs at once, of each run
	// Backoff is how long a job is left alone that went wrong, times the square of
	// its tries.
	Backoff time.Duration
	// Rescue is how long a job may be without a worker that is alive before it goes
	// to another one. A worker whose server was away has so long to come back for
	// its jobs.
	Rescue time.Duration
	// Patience is for what is to be recorded. Who remembers answers is to share it.
	Patience *outage.Patience
	Drain    bool // end when no job is left that this process would take
}

// How often a worker looks for runs, and how long it leaves a job alone whose
// judge is not available, or that another process is still at.
const (
	look  = 500 * time.Millisecond
	pause = 15 * time.Second
)

// never is when River is to take jobs to be lost, or a job to be stuck: River goes
// by the clock of a machine and by how long a job takes. The locks of workers tell.
const never = 100 * 365 * 24 * time.Hour

// Work takes jobs until ctx ends, waits for the answers under way, and returns
// nil; what is not done goes back to the queue. While the server is away it waits
// for it. An error is [ErrUnfit], one of [outage.Patience.Do], or that of a database
// that cannot be used.
func (f *Fleet) Work(ctx context.Context, w Worker) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	lasting := context.WithoutCancel(ctx)
	p := &process{
		Worker: w, fleet: f, clock: &clock{local: w.Now}, stopping: ctx, stop: stop,
		holds: &holds{fleet: f, held: map[int64]context.CancelCauseFunc{}}, draftings: map[string]Drafting{},
		later: map[string]time.Time{}, waits: map[string]time.Time{},
	}
	if err := p.start(lasting); err != nil {
		return fmt.Errorf("start to work: %w", err)
	}
	keeping, enough := context.WithCancel(lasting)
	var kept sync.WaitGroup
	kept.Go(func() { p.holds.keep(keeping) })
	defer p.holds.close()
	defer kept.Wait()
	defer enough()

	err := p.tend(ctx)
	stop(err)
	if stopErr := p.end(lasting); err == nil {
		err = stopErr
	}
	if cause := context.Cause(ctx); errors.Is(cause, ErrUnfit) || errors.Is(cause, outage.ErrLong) {
		return cause
	}
	return err
}

func (p *process) start(ctx context.Context) error {
	workers := river.NewWorkers()
	err := river.AddWorkerSafely(workers, p)
	if err != nil {
		return err
	}
	p.client, err = river.NewClient(p.fleet.driver, &river.Config{
		Queues:  map[string]river.QueueConfig{"none": {MaxWorkers: 1}}, // those of runs are added
		Workers: workers, Logger: p.fleet.log, JobTimeout: -1, RescueStuckJobsAfter: never, MaxAttempts: tries,
		Test:              river.TestConfig{Time: p.clock}, // the one way to give River another clock
		ReindexerSchedule: river.NeverSchedule(),           // which takes the rights of an owner, for queues of other sizes
	})
	if err == nil {
		err = p.fleet.entitled(ctx)
	}
	if err == nil {
		err = p.clock.set(ctx, p.fleet)
	}
	if err == nil {
		err = p.client.Start(ctx)
	}
	return err
}

// end waits for what is under way. While the server is away it waits for answers
// and not for the queue, which nobody can tell anything.
func (p *process) end(ctx context.Context) error {
	for {
		once, cancel := context.WithTimeout(ctx, time.Second)
		err := p.client.Stop(once)
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			if p.busy.Load() > 0 {
				continue
			}
			if err = p.fleet.reach(ctx); err == nil {
				continue
			}
			err = fmt.Errorf("the server of the ledger cannot be used: %w", err)
		}
		if n := p.unsaved.Load(); n > 0 {
			return fmt.Errorf("the server of the ledger could not be used: what was answered last about up to %d sources could not be saved, and is asked again", n)
		}
		if err != nil {
			return fmt.Errorf("stop to work: %w", err)
		}
		return nil
	}
}

// A process is a worker at work.
type process struct {
	river.WorkerDefaults[job]
	Worker
	fleet    *Fleet
	client   *river.Client[pgx.Tx]
	holds    *holds
	clock    *clock
	orphans  orphans
	stopping context.Context // ended: finish what is under way and take no more
	stop     context.CancelCauseFunc
	busy     atomic.Int64 // jobs that this process is at
	unsaved  atomic.Int64 // jobs whose answers or result could not be written

	later map[string]time.Time // when to look again at runs whose judge was not available

	mu        sync.Mutex
	draftings map[string]Drafting  // by run; nil for one that is none of this process
	waits     map[string]time.Time // when it was last said that jobs of a run wait
}

// tend looks after the runs: it takes those that have jobs, and finishes those
// that have none left.
func (p *process) tend(ctx context.Context) error {
	for {
		var left int
		err := p.Patience.Do(ctx, func() (err error) {
			left, err = p.round(ctx)
			return err
		})
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		case left == 0 && p.Drain:
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(look):
		}
	}
}

// round returns how many runs are left with jobs that this process would take.
func (p *process) round(ctx context.Context) (left int, err error) {
	if err := p.clock.set(ctx, p.fleet); err != nil {
		return 0, fmt.Errorf("ask the server for the time: %w", err)
	}
	if p.orphans, err = p.orphans.adopt(ctx, p.fleet, p.Rescue, p.Say); err != nil {
		return 0, err
	}
	runs, err := p.Unfinished(ctx)
	if err != nil {
		return 0, err
	}
	if err := p.forget(ctx, runs); err != nil {
		return 0, err
	}
	enqueued, err := p.fleet.enqueued(ctx, runs)
	if err != nil {
		return 0, err
	}
	for _, e := range enqueued {
		d, err := p.take(ctx, e.run)
		switch {
		case errors.Is(err, crosswalk.ErrUnavailable):
			if e.open {
				left++
			}
		case err != nil:
			return 0, err
		case d == nil:
		case e.open:
			left++
		default:
			if err := p.finish(ctx, e.run, d); err != nil {
				return 0, err
			}
		}
	}
	return left, nil
}

// take returns the run to take part in, nil if it is none of this process. The
// error is [crosswalk.ErrUnavailable] if it is to be looked at again.
func (p *process) take(ctx context.Context, run string) (Drafting, error) {
	if d, known := p.drafting(run); known {
		return d, nil
	}
	if time.Now().Before(p.later[run]) {
		return nil, crosswalk.ErrUnavailable
	}
	d, why, err := p.Take(ctx, run)
	if errors.Is(err, crosswalk.ErrUnavailable) {
		p.Say(fmt.Sprintf("run %s waits %v: %v", run, pause, err))
		p.later[run] = time.Now().Add(pause)
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("take part in run %s: %w", run, err)
	}
	if d == nil {
		p.Say(fmt.Sprintf("run %s is left to others: %s", run, why))
		p.know(run, nil)
		return nil, nil
	}
	p.know(run, d) // before a job of it comes
	queues, queue := p.client.Queues(), queueOf(run)
	if err := queues.Add(queue, river.QueueConfig{MaxWorkers: p.Concurrency}); err != nil {
		p.unlearn(run)
		return nil, errors.Join(fmt.Errorf("take part in run %s: %w", run, err), queues.Remove(ctx, queue))
	}
	p.Say(fmt.Sprintf("run %s: taking part", run))
	return d, nil
}

func (p *process) know(run string, d Drafting) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.draftings[run] = d
}

// forget drops the runs that are complete.
func (p *process) forget(ctx context.Context, unfinished []string) error {
	p.mu.Lock()
	known := slices.Sorted(maps.Keys(p.draftings))
	p.mu.Unlock()
	for _, run := range known {
		if slices.Contains(unfinished, run) {
			continue
		}
		if d, _ := p.drafting(run); d != nil {
			if err := p.client.Queues().Remove(ctx, queueOf(run)); err != nil {
				return fmt.Errorf("leave run %s: %w", run, err)
			}
		}
		p.unlearn(run)
	}
	return nil
}

func (p *process) unlearn(run string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.draftings, run)
}

func (p *process) drafting(run string) (d Drafting, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d, known = p.draftings[run]
	return d, known
}

// finish finishes a run without open jobs: what was given up has failed.
func (p *process) finish(ctx context.Context, run string, d Drafting) error {
	done, err := p.Ledger.Done(ctx, run)
	if err != nil {
		return err
	}
	sources, whys, err := p.fleet.discarded(ctx, run)
	if err != nil {
		return err
	}
	for i, source := range sources {
		if done[source] {
			continue
		}
		result, err := d.GiveUp(ctx, source, whys[i])
		if err != nil {
			return err
		}
		if err := p.Ledger.Record(ctx, run, []crosswalk.Result{result}); err != nil {
			return err
		}
		done[source] = true
		p.Say(fmt.Sprintf("run %s: %s failed, %s", run, source, whys[i]))
	}
	if slices.ContainsFunc(d.Sources(), func(id string) bool { return !done[id] }) {
		return nil // their jobs were never enqueued: the same draft --enqueue does
	}
	p.Say(fmt.Sprintf("run %s: finished", run))
	return p.Ledger.Finish(ctx, run, p.clock.Now())
}
