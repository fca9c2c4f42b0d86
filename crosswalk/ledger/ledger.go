// Package ledger remembers runs, the frameworks they read, model calls,
// proposals, decisions, conventions, gaps and comments in one SQLite file, to
// which rows are added and in which none is changed.
//
// What a method has written when it returns is on disk: a process may be
// killed at any moment, and the next one finds every batch whole or not at
// all. Several processes may use one ledger; they take turns to write.
//
// A [Ledger] does not draft, does not decide and writes nothing for others to
// read.
package ledger

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrNoRun says that the ledger holds no such run, or none at all.
var ErrNoRun = errors.New("no such run in the ledger")

// application marks the file as ours ("CNCD"), so that the database of another
// program is never migrated.
const application = 0x434e4344

//go:embed migrations/*.sql
var migrations embed.FS

// A Ledger is an open ledger file. Any number of goroutines may use it.
type Ledger struct {
	db   *sql.DB
	path string
}

// Open opens the ledger at this path, and makes it and its folder if they do
// not exist. A ledger of an older version of the program is brought up to date
// in place; one of a newer version, a file that is something else, a damaged
// one and one that cannot be written are errors that say so.
func Open(ctx context.Context, path string) (*Ledger, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open ledger %s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(abs), 0o755); err != nil {
		return nil, fmt.Errorf("open ledger %s: make its folder: %w", path, err)
	}
	// Transactions take the write lock at once: one that reads first and
	// writes later could not be made to wait for another process.
	// Without recursive triggers a REPLACE would slip past those that refuse
	// to delete.
	dsn := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(abs), RawQuery: "_txlock=immediate" +
		"&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=recursive_triggers(1)"}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, fmt.Errorf("open ledger %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	l := &Ledger{db: db, path: path}
	if err := l.migrate(ctx); err != nil {
		db.Close()
		return nil, l.wrap("open", err)
	}
	return l, nil
}

// Close closes the file.
func (l *Ledger) Close() error { return l.wrap("close", l.db.Close()) }

// migrate brings the file to the version that this program knows.
func (l *Ledger) migrate(ctx context.Context) error {
	scripts, err := fs.Glob(migrations, "migrations/*.sql") // sorted
	if err != nil {
		return err
	}
	for done := false; !done; {
		if done, err = l.step(ctx, scripts); err != nil {
			return err
		}
	}
	// Readers and the writer do not block each other in this mode. It is a
	// property of the file, so it is set only once the file is known as ours.
	// That needs the file for itself; if another process is at work, the mode
	// is set already or will be when the file is opened next.
	if _, err = l.db.ExecContext(ctx, `PRAGMA journal_mode = WAL`); code(err) == sqlite3.SQLITE_BUSY {
		return nil
	}
	return err
}

// step looks at the version of the file and applies the one script that comes
// next, in a transaction. It reports whether there is none.
func (l *Ledger) step(ctx context.Context, scripts []string) (done bool, err error) {
	err = l.write(ctx, func(tx *sql.Tx) error {
		var version, owner, tables int
		err := tx.QueryRowContext(ctx, `SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema)
			FROM pragma_user_version, pragma_application_id`).Scan(&version, &owner, &tables)
		switch {
		case err != nil:
			return err
		case owner != application && (owner != 0 || version != 0 || tables != 0), version < 0:
			return errors.New("this is a database of another program: name another file")
		case version > len(scripts):
			return fmt.Errorf("its version %d is newer than this program, which knows version %d: use a newer concord", version, len(scripts))
		case version == len(scripts):
			done = true
			return nil
		}
		script, err := migrations.ReadFile(scripts[version])
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, string(script)); err != nil {
			return fmt.Errorf("apply %s: %w", scripts[version], err)
		}
		_, err = tx.ExecContext(ctx, fmt.Sprintf(`PRAGMA user_version = %d; PRAGMA application_id = %d`, version+1, application))
		return err
	})
	return done, err
}

// write runs do in a transaction that holds the write lock from its start.
func (l *Ledger) write(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // of no effect after Commit
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// wrap names the ledger, and what to do where the error of SQLite does not say
// it. It returns nil for nil.
func (l *Ledger) wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s ledger %s: %w%s", doing, l.path, err, hint(err))
}

// code returns the primary result code of an error of SQLite, else 0.
func code(err error) int {
	var failure *sqlite.Error
	if !errors.As(err, &failure) {
		return 0
	}
	return failure.Code() & 0xff
}

// hint says what to do about an error of SQLite.
func hint(err error) string {
	switch code(err) {
	case sqlite3.SQLITE_NOTADB:
		return ": the file is not a ledger; move it away or name another file"
	case sqlite3.SQLITE_CORRUPT:
		return ": the file is damaged; restore a copy, or move it away and begin a new ledger"
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return ": check that it is a file, and that the file and its folder may be written"
	case sqlite3.SQLITE_BUSY:
		return ": another process is writing to it; try again when it is done"
	case sqlite3.SQLITE_FULL:
		return ": the disk is full"
	}
	return ""
}

// timeLayout sorts as text.
const timeLayout = "2006-01-02T15:04:05.000000000Z07:00"

func formatTime(t time.Time) string { return t.UTC().Format(timeLayout) }
