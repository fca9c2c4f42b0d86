// Package fleet drafts a run with many workers: it divides the sources of the
// run into jobs of a queue, River's, in the PostgreSQL that the ledger is in.
//
// Any number of processes may work. A job is done when its results are in the
// ledger, in one transaction. The jobs of a run are a queue of their own, so that
// a process that would make another run of the same job never gets to see it.
package fleet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"concord/internal/outage"
)

// queueOf names the queue of a run.
func queueOf(run string) string { return "run-" + run }

// A Fleet is the queue of a ledger. Any number of goroutines may use it.
type Fleet struct {
	pool   *pgxpool.Pool
	driver *riverpgxv5.Driver
	log    *slog.Logger
}

// Open opens the queue beside the ledger at a URL. It refuses one that [Migrate]
// has not made, or not brought up to date. What River has to say goes to log, but
// for what it says while the server is away.
func Open(ctx context.Context, url string, log *slog.Logger) (*Fleet, error) {
	f, err := connect(url, log)
	if err != nil {
		return nil, err
	}
	current, err := f.current(ctx)
	if err == nil && !current {
		err = errors.New("it is not there or not up to date: use concord ledger migrate")
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open the queue of the ledger: %w", err)
	}
	return f, nil
}

// current reports whether all tables are there and up to date.
func (f *Fleet) current(ctx context.Context) (ok bool, err error) {
	migrator, err := f.migrator()
	if err != nil {
		return false, err
	}
	state, err := migrator.Validate(ctx, nil)
	if err != nil || !state.OK {
		return false, err
	}
	err = f.pool.QueryRow(ctx, `SELECT to_regclass('fleet_pace') IS NOT NULL`).Scan(&ok)
	return ok, err
}

// Migrate makes the queue beside the ledger at a URL, or brings it up to date,
// and returns how many steps were missing. Several processes may at once.
func Migrate(ctx context.Context, url string) (applied int, err error) {
	f, err := connect(url, slog.New(slog.DiscardHandler))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if applied, err = f.migrate(ctx); err != nil {
		return 0, fmt.Errorf("migrate the queue of the ledger: %w", err)
	}
	return applied, nil
}

// migrate does it while no other process does. River's steps are transactions, and
// none of them looks out for another one.
func (f *Fleet) migrate(ctx context.Context) (applied int, err error) {
	turn, err := f.pool.Acquire(ctx)
	if err != nil {
		return 0, err
	}
	defer turn.Release()
	defer turn.Conn().Close(context.WithoutCancel(ctx)) // and the lock with it
	if _, err := turn.Exec(ctx, `SELECT pg_advisory_lock(hashtextextended(current_schema() || ' queue', 0))`); err != nil {
		return 0, err
	}
	migrator, err := f.migrator()
	if err != nil {
		return 0, err
	}
	if _, err := f.pool.Exec(ctx, paces); err != nil {
		return 0, err
	}
	done, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	if err != nil {
		return 0, err
	}
	return len(done.Versions), nil
}

// entitled returns an error if the role lacks a right that it takes to enqueue or to
// work. River would say so part by part, and go on.
func (f *Fleet) entitled(ctx context.Context) error {
	var role string
	var closed []string
	err := f.pool.QueryRow(ctx, `SELECT current_user, array(
			SELECT relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
			WHERE nspname = current_schema() AND (relname LIKE 'river\_%' AND relname <> 'river_migration' OR relname = 'fleet_pace') AND CASE relkind
				WHEN 'S' THEN NOT has_sequence_privilege(c.oid, 'USAGE')
				WHEN 'r' THEN NOT (has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
					AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE')) END
			ORDER BY relname)`).Scan(&role, &closed)
	if err != nil {
		return fmt.Errorf("look at the rights of the role: %w", err)
	}
	if len(closed) > 0 {
		return fmt.Errorf("the role %s lacks a right to %s; docs/fleet.md says what to grant to who enqueues or works", role, strings.Join(closed, ", "))
	}
	return nil
}

// connections is how many a process opens at most: one hears of new jobs, one has
// the locks, and the others take turns.
const connections = 6

func connect(url string, log *slog.Logger) (*Fleet, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("open the queue of the ledger: its URL cannot be read") // and may hold a password
	}
	config.MaxConns = connections // on any machine
	outage.Notice(&config.ConnConfig.Config)
	trouble := &trouble{}
	config.ConnConfig.Tracer = trouble
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "concord queue"
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		return nil, fmt.Errorf("open the queue of the ledger: %w", err)
	}
	f := &Fleet{pool: pool, driver: riverpgxv5.New(pool)}
	f.log = slog.New(quiet{log.Handler(), trouble, f.reach})
	return f, nil
}

// reach returns an error if the server does not answer at once.
func (f *Fleet) reach(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	return f.pool.Ping(ctx)
}

func (f *Fleet) migrator() (*rivermigrate.Migrator[pgx.Tx], error) {
	return rivermigrate.New(f.driver, &rivermigrate.Config{Logger: f.log})
}

// Close closes the connections.
func (f *Fleet) Close() { f.pool.Close() }

// Enqueue plans jobs for sources of a run, by id, and returns how many there are
// now that were not there before, and how many were. The same job is enqueued
// once, however often it is planned.
func (f *Fleet) Enqueue(ctx context.Context, run string, sources []string) (added, known int, err error) {
	var params []river.InsertManyParams
	for _, id := range sources {
		params = append(params, river.InsertManyParams{Args: job{run, id}, InsertOpts: &river.InsertOpts{
			MaxAttempts: tries, Queue: queueOf(run), UniqueOpts: river.UniqueOpts{ByArgs: true},
		}})
	}
	if len(params) == 0 {
		return 0, 0, nil
	}
	if err := f.entitled(ctx); err != nil {
		return 0, 0, fmt.Errorf("enqueue %d jobs of run %s: %w", len(params), run, err)
	}
	client, err := river.NewClient(f.driver, &river.Config{Logger: f.log})
	if err != nil {
		return 0, 0, err
	}
	inserted, err := client.InsertMany(ctx, params)
	if err != nil {
		return 0, 0, fmt.Errorf("enqueue %d jobs of run %s: %w", len(params), run, err)
	}
	for _, r := range inserted {
		if r.UniqueSkippedAsDuplicate {
			known++
		}
	}
	return len(inserted) - known, known, nil
}

// A Depth is how many jobs of a run are in which state.
type Depth struct {
	Run       string `json:"-"`
	Available int    `json:"available"` // wait for a worker, or for an endpoint to come back
	Running   int    `json:"running"`
	Retryable int    `json:"retryable"` // went wrong and are tried again
	Discarded int    `json:"discarded"` // went wrong too often
	Completed int    `json:"completed"` // and still remembered, for about a day
	// Rate is how many sources were judged a minute, of late; 0 if none was.
	Rate float64 `json:"sources_per_minute"`
}

// Open returns how many jobs are still to be done.
func (d Depth) Open() int { return d.Available + d.Running + d.Retryable }

// Depths returns the depth of the queue of each run that has jobs, by run.
func (f *Fleet) Depths(ctx context.Context) (map[string]Depth, error) {
	rows, err := f.pool.Query(ctx, `SELECT args ->> 'run',
			count(*) FILTER (WHERE state IN ('available', 'pending', 'scheduled')),
			count(*) FILTER (WHERE state = 'running'),
			count(*) FILTER (WHERE state = 'retryable'),
			count(*) FILTER (WHERE state IN ('discarded', 'cancelled')),
			count(*) FILTER (WHERE state = 'completed'),
			coalesce(count(*) FILTER (WHERE late)
				/ nullif(extract(epoch FROM clock_timestamp() - min(attempted_at) FILTER (WHERE late)) / 60, 0), 0)::float8
		FROM (SELECT *, state = 'completed' AND finalized_at > now() - interval '10 minutes' AS late FROM river_job WHERE kind = $1) AS jobs
		GROUP BY 1`, job{}.Kind())
	if err != nil {
		return nil, fmt.Errorf("read the queue: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (d Depth, err error) {
		return d, row.Scan(&d.Run, &d.Available, &d.Running, &d.Retryable, &d.Discarded, &d.Completed, &d.Rate)
	})
	if err != nil {
		return nil, fmt.Errorf("read the queue: %w", err)
	}
	depths := make(map[string]Depth, len(all))
	for _, d := range all {
		depths[d.Run] = d
	}
	return depths, nil
}

// A Failure is a source of a run whose job went wrong.
type Failure struct {
	Source  string `json:"source"`   // id
	Why     string `json:"why"`      // the last time, in one line
	GivenUp bool   `json:"given_up"` // it went wrong too often; else it is tried again
}

// lastError is what a job went wrong by the last time, in one line, in SQL; empty if
// that is not known.
const lastError = `split_part(coalesce(errors[cardinality(errors)] ->> 'error', ''), chr(10), 1)`

// Failures returns so many of the jobs of a run that went wrong at most, those that
// were given up first.
func (f *Fleet) Failures(ctx context.Context, run string, most int) ([]Failure, error) {
	rows, err := f.pool.Query(ctx, `SELECT args ->> 'source', `+lastError+`, state <> 'retryable'
		FROM river_job WHERE kind = $1 AND queue = $2 AND state IN ('discarded', 'cancelled', 'retryable')
		ORDER BY state = 'retryable', id LIMIT $3`, job{}.Kind(), queueOf(run), most)
	var list []Failure
	if err == nil {
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Failure])
	}
	if err != nil {
		return nil, fmt.Errorf("read what went wrong in the queue: %w", err)
	}
	return list, nil
}

// A queued run has jobs.
type queued struct {
	run  string
	open bool // some are still to be done
}

// enqueued returns those of some runs that have jobs, in their order. It is asked
// again and again: it goes by the index of the queue, and counts nothing.
func (f *Fleet) enqueued(ctx context.Context, runs []string) (out []queued, err error) {
	rows, err := f.pool.Query(ctx, `SELECT run, open FROM (
			SELECT place, run,
				EXISTS (SELECT 1 FROM river_job WHERE queue = $1 || run AND state IN ('available', 'pending', 'scheduled', 'running', 'retryable')) AS open,
				EXISTS (SELECT 1 FROM river_job WHERE queue = $1 || run AND state IN ('completed', 'discarded', 'cancelled')) AS closed
			FROM unnest($2::text[]) WITH ORDINALITY AS runs (run, place)) AS known
		WHERE open OR closed ORDER BY place`, queueOf(""), runs)
	if err == nil {
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (q queued, err error) { return q, row.Scan(&q.run, &q.open) })
	}
	if err != nil {
		return nil, fmt.Errorf("read the queue: %w", err)
	}
	return out, nil
}

// discarded returns the sources of a run whose jobs went wrong too often, and why
// they did the last time.
func (f *Fleet) discarded(ctx context.Context, run string) (sources, whys []string, err error) {
	rows, err := f.pool.Query(ctx, `SELECT args ->> 'source', attempt, `+lastError+` FROM river_job
		WHERE queue = $1 AND state IN ('discarded', 'cancelled') ORDER BY id`, queueOf(run))
	if err != nil {
		return nil, nil, fmt.Errorf("read the queue: %w", err)
	}
	var source, last string
	var attempt int
	_, err = pgx.ForEachRow(rows, []any{&source, &attempt, &last}, func() error {
		why := fmt.Sprintf("given up after %d tries", attempt)
		if last != "" {
			why += ": " + last
		}
		sources, whys = append(sources, source), append(whys, why)
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read the queue: %w", err)
	}
	return sources, whys, nil
}
