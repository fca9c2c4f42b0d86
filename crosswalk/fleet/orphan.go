package fleet

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// An orphan is a job that is running by the queue and that nobody holds: its worker
// has died, or the server before it could tell who got the job.
type orphan struct {
	id    int64
	run   string
	begun time.Time // by the server; tells one try from another
}

// orphans are those that one process has seen, and since when.
type orphans map[orphan]time.Time

// locked is true of the key of a job that somebody holds. Where a lock of one number is kept
// is in the manual of PostgreSQL, pg_locks. The server reads all locks once, whatever
// it reckons with: each job beside each lock would take it a second for some thousand.
const locked = ` IN (
	SELECT classid::bigint << 32 | objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1
	AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`

// adopt gives back the jobs that have been orphans for some time: by then a worker
// whose server was away has taken its locks anew. It returns those that are orphans
// now, none after an error: their workers may need that time again.
func (o orphans) adopt(ctx context.Context, f *Fleet, after time.Duration, say func(string)) (orphans, error) {
	rows, err := f.pool.Query(ctx, `SELECT id, args ->> 'run', attempted_at FROM river_job
		WHERE kind = $1 AND state = 'running' AND NOT `+keyOf("id")+locked+` ORDER BY id`, job{}.Kind())
	if err != nil {
		return nil, fmt.Errorf("look for jobs without a worker: %w", err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (found orphan, err error) {
		return found, row.Scan(&found.id, &found.run, &found.begun)
	})
	if err != nil {
		return nil, fmt.Errorf("look for jobs without a worker: %w", err)
	}
	now := make(orphans, len(found))
	for _, one := range found {
		since, known := o[one]
		if !known {
			since = time.Now()
		}
		now[one] = since
		if time.Since(since) < after {
			continue
		}
		given, err := f.giveBack(ctx, one)
		if err != nil {
			return nil, fmt.Errorf("give back job %d: %w", one.id, err)
		}
		if given {
			say(fmt.Sprintf("run %s: job %d goes back to the queue, its worker is gone", one.run, one.id))
		}
	}
	return now, nil
}

// giveBack makes a job available, or gives it up after its last try, while no
// other can hold it. It comes last in its queue, lest one that kills its workers
// is in the way of others.
func (f *Fleet) giveBack(ctx context.Context, one orphan) (given bool, err error) {
	err = pgx.BeginFunc(ctx, f.pool, func(tx pgx.Tx) error {
		var free bool
		if err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock(`+keyOf("$1")+`)`, fmt.Sprint(one.id)).Scan(&free); err != nil || !free {
			return err
		}
		tag, err := tx.Exec(ctx, `UPDATE river_job SET
				state = CASE WHEN attempt < max_attempts THEN 'available' ELSE 'discarded' END::river_job_state,
				finalized_at = CASE WHEN attempt < max_attempts THEN NULL ELSE clock_timestamp() END,
				scheduled_at = clock_timestamp(),
				errors = array_append(errors, jsonb_build_object('at', clock_timestamp(), 'attempt', attempt, 'error', 'its worker is gone', 'trace', ''))
			WHERE id = $1 AND state = 'running' AND attempted_at = $2`, one.id, one.begun)
		given = tag.RowsAffected() > 0
		return err
	})
	return given, err
}
