package fleet

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"concord/crosswalk"
	"concord/internal/outage"
)

// tries is how often a job may go wrong, the death of its worker included.
const tries = 5

// A job asks what becomes of a source of a run, which is the least that can be
// judged apart: the next question about a source follows from the answers to the
// ones before. Its content tells it from others.
type job struct {
	Run    string `json:"run" river:"unique"`
	Source string `json:"source" river:"unique"` // id
}

// Kind names the job in the queue.
func (job) Kind() string { return "judge" }

// NextRetry is when a job that went wrong is tried again.
func (p *process) NextRetry(j *river.Job[job]) time.Time {
	return p.clock.Now().Add(time.Duration(j.Attempt*j.Attempt) * p.Backoff)
}

// Work does a job that River has given to this process.
func (p *process) Work(ctx context.Context, j *river.Job[job]) error {
	d, _ := p.drafting(j.Args.Run)
	if d == nil {
		return river.JobSnooze(pause) // it is in a queue of another run
	}
	p.busy.Add(1)
	defer p.busy.Add(-1)
	during, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var free bool
	err := p.Patience.Do(p.stopping, func() (err error) {
		free, err = p.holds.take(ctx, j.ID, cancel)
		return err
	})
	if errors.Is(err, outage.ErrCut) || errors.Is(err, outage.ErrLong) {
		return river.JobSnooze(0) // nothing was asked
	}
	if err != nil {
		return err
	}
	if !free {
		return river.JobSnooze(pause)
	}
	defer p.holds.release(ctx, j.ID)
	defer context.AfterFunc(p.stopping, func() { cancel(nil) })()

	result, err := d.Result(during, j.Args.Source)
	if err == nil {
		err = p.Patience.Do(p.stopping, func() error { return p.complete(context.WithoutCancel(ctx), j, result) })
	}
	if err != nil {
		return p.after(during, j, err)
	}
	return nil
}

// complete records the result of a job and says that it is done, or does neither.
func (p *process) complete(ctx context.Context, j *river.Job[job], result crosswalk.Result) error {
	return p.Ledger.RecordWith(ctx, j.Args.Run, []crosswalk.Result{result}, func(conn *sql.Conn) error {
		return conn.Raw(func(driver any) error {
			c, ok := driver.(*stdlib.Conn)
			if !ok {
				return fmt.Errorf("the ledger is not in PostgreSQL but behind %T", driver)
			}
			var tx pgx.Tx = joined{c.Conn()}
			_, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, j)
			if errors.Is(err, rivertype.ErrNotFound) {
				return nil // the job is gone; its result is none the worse
			}
			return err
		})
	})
}

// sayWaits says that a job waits for its judge. Of a run it says so once in a while:
// when an endpoint is away, all jobs wait.
func (p *process) sayWaits(j *river.Job[job], err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.waits[j.Args.Run]) < pause {
		return
	}
	p.waits[j.Args.Run] = time.Now()
	p.Say(fmt.Sprintf("run %s: job %d waits %v, and so may others: %v", j.Args.Run, j.ID, pause, err))
}

// after says what becomes of a job that was not finished. What is not its own
// fault is no try.
func (p *process) after(during context.Context, j *river.Job[job], err error) error {
	switch {
	case errors.Is(err, ErrUnfit):
		p.stop(err)
		return river.JobSnooze(0)
	case errors.Is(err, outage.ErrLong), errors.Is(err, outage.ErrCut):
		p.unsaved.Add(1)
		p.Say(fmt.Sprintf("run %s: job %d could not be saved: %v", j.Args.Run, j.ID, err))
		p.stop(err)
		return river.JobSnooze(0)
	case errors.Is(err, crosswalk.ErrUnavailable), errors.Is(err, crosswalk.ErrPending):
		p.sayWaits(j, err)
		return river.JobSnooze(pause)
	case errors.Is(context.Cause(during), errTaken):
		p.Say(fmt.Sprintf("run %s: job %d is left: %v", j.Args.Run, j.ID, errTaken))
		return river.JobSnooze(pause)
	case during.Err() != nil:
		return river.JobSnooze(0)
	}
	p.Say(fmt.Sprintf("run %s: job %d went wrong, try %d of %d: %v", j.Args.Run, j.ID, j.Attempt, j.MaxAttempts, err))
	return err
}
