package ledger

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// A Run is one drafting of a crosswalk, which may take several sittings.
type Run struct {
	ID       string
	Started  time.Time       // when it was begun first
	Finished *time.Time      // nil while it runs, and after an interruption
	Tool     string          // name and version of the program that began it
	Settings json.RawMessage // all that the result depends on; {} if empty
	Source   Document
	Target   Document
}

// A Document names one framework of a run and where it was read.
type Document struct {
	Spec   string // "csf@2.0"
	Title  string
	Digest string // of the elements, see corpus.Framework.Digest
	SHA256 string // of the bytes that were read
	Origin string // a URL, a file, "built-in"
}

// columns are those of a Run, in the order in which scan reads them.
const columns = `id, started_at, finished_at, tool, settings,
	source_spec, source_title, source_digest, source_sha256, source_origin,
	target_spec, target_title, target_digest, target_sha256, target_origin`

// Begin adds a run, or resumes the one with the same id, and reports which. It
// is an error to resume a run with other settings, compared without white
// space, or with frameworks of another digest. Of the run that resumes, only
// the start time is used, to know which run was worked on last.
func (l *Ledger) Begin(ctx context.Context, run Run) (resumed bool, err error) {
	if run.ID == "" || run.Started.IsZero() {
		return false, fmt.Errorf("begin run %q at %v: id and start time must be set", run.ID, run.Started)
	}
	settings := []byte("{}")
	if len(run.Settings) > 0 {
		var compact bytes.Buffer
		if err := json.Compact(&compact, run.Settings); err != nil {
			return false, fmt.Errorf("begin run %q: settings are not JSON: %w", run.ID, err)
		}
		settings = compact.Bytes()
	}
	err = l.write(ctx, func(tx *sql.Tx) error {
		begun, err := find(ctx, tx, run.ID)
		if errors.Is(err, ErrNoRun) {
			s, t := run.Source, run.Target
			_, err = tx.ExecContext(ctx, `INSERT INTO runs (begun_at, `+columns+`)
				VALUES ($2, $1, $2, NULL, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
				run.ID, formatTime(run.Started), run.Tool, string(settings),
				s.Spec, s.Title, s.Digest, s.SHA256, s.Origin, t.Spec, t.Title, t.Digest, t.SHA256, t.Origin)
			return err
		}
		if err != nil {
			return err
		}
		resumed = true
		if !bytes.Equal(begun.Settings, settings) {
			return fmt.Errorf("it was begun with the settings %s, not %s: use these again or begin another run", begun.Settings, settings)
		}
		for _, d := range [][2]Document{{begun.Source, run.Source}, {begun.Target, run.Target}} {
			if d[0].Spec != d[1].Spec || d[0].Digest != d[1].Digest {
				return fmt.Errorf("it was begun with %s of digest %s, not %s of digest %s: use the same text again or begin another run",
					d[0].Spec, d[0].Digest, d[1].Spec, d[1].Digest)
			}
		}
		_, err = tx.ExecContext(ctx, `UPDATE runs SET begun_at = $1 WHERE id = $2 AND begun_at < $1`, formatTime(run.Started), run.ID)
		return err
	})
	if err != nil {
		return false, l.wrap(fmt.Sprintf("begin run %q in", run.ID), err)
	}
	return resumed, nil
}

// Finish says that a run is complete. The time at which it was first is kept.
// The error is [ErrNoRun] if there is no such run.
func (l *Ledger) Finish(ctx context.Context, run string, at time.Time) error {
	err := l.write(ctx, func(tx *sql.Tx) error {
		if _, err := find(ctx, tx, run); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE runs SET finished_at = $1 WHERE id = $2 AND finished_at IS NULL`, formatTime(at), run)
		return err
	})
	return l.wrap(fmt.Sprintf("finish run %q in", run), err)
}

// Run returns the run with this id, or [ErrNoRun].
func (l *Ledger) Run(ctx context.Context, id string) (Run, error) {
	r, err := find(ctx, l.db, id)
	return r, l.wrap(fmt.Sprintf("look for run %q in", id), err)
}

// Runs returns all runs, the one that was begun or resumed last first.
func (l *Ledger) Runs(ctx context.Context) ([]Run, error) {
	runs, err := collect(ctx, l.db, scan, `SELECT `+columns+` FROM runs ORDER BY begun_at DESC, rowid DESC`)
	return runs, l.wrap("list the runs in", err)
}

// Unfinished returns the ids of the runs that are not complete, the one that was
// begun or resumed first first.
func (l *Ledger) Unfinished(ctx context.Context) ([]string, error) {
	ids, err := collect(ctx, l.db, func(rows *sql.Rows) (id string, err error) { return id, rows.Scan(&id) },
		`SELECT id FROM runs WHERE finished_at IS NULL ORDER BY begun_at, rowid`)
	return ids, l.wrap("list the runs in", err)
}

// A querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// find returns a run, or ErrNoRun.
func find(ctx context.Context, q querier, id string) (Run, error) {
	runs, err := collect(ctx, q, scan, `SELECT `+columns+` FROM runs WHERE id = $1`, id)
	if err == nil && len(runs) == 0 {
		err = ErrNoRun
	}
	if err != nil {
		return Run{}, err
	}
	return runs[0], nil
}

func scan(rows *sql.Rows) (r Run, err error) {
	var started, settings string
	var finished *string
	s, t := &r.Source, &r.Target
	if err := rows.Scan(&r.ID, &started, &finished, &r.Tool, &settings,
		&s.Spec, &s.Title, &s.Digest, &s.SHA256, &s.Origin, &t.Spec, &t.Title, &t.Digest, &t.SHA256, &t.Origin); err != nil {
		return Run{}, err
	}
	r.Settings = json.RawMessage(settings)
	if r.Started, err = time.Parse(timeLayout, started); err != nil {
		return Run{}, err
	}
	if finished != nil {
		at, err := time.Parse(timeLayout, *finished)
		if err != nil {
			return Run{}, err
		}
		r.Finished = &at
	}
	return r, nil
}

// collect reads all rows of a query. A transaction has one connection, so a
// query must be read to its end before the next one can start.
func collect[T any](ctx context.Context, q querier, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
