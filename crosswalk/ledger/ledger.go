// Package ledger remembers runs, the frameworks they read, model calls,
// proposals, decisions, conventions, gaps and comments in a database, to which
// rows are added and in which none is changed: one SQLite file, or a schema of
// a PostgreSQL server. Who has which pair open is kept beside it, and is no part
// of that: reservations are changed, deleted and never copied.
//
// What a method has written when it returns is on disk: a process may be
// killed at any moment, and the next one finds every batch whole or not at
// all. Several processes may use one ledger; they take turns to write, so the
// order of rows is the order in which they were committed.
//
// A [Ledger] does not draft, does not decide and writes nothing for others to
// read.
package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"
)

// ErrNoRun says that the ledger holds no such run, or none at all.
var ErrNoRun = errors.New("no such run in the ledger")

// A Ledger is an open ledger. Any number of goroutines may use it.
type Ledger struct {
	db     *sql.DB
	name   string // for people
	engine engine
	// turn is held by who writes in this process: one of them waits for other
	// processes, on one connection, and leaves the others to those who read.
	turn chan struct{}
}

// An engine is what differs between SQLite and PostgreSQL. Statements do not:
// they are written once, in what both understand, with $1 for the first value.
type engine struct {
	// scripts is the folder of the migrations. Those of the same number make the
	// same schema in all engines.
	scripts string
	// lock is the statement with which a transaction that writes waits for its
	// turn; empty where it does by beginning.
	lock string
	// version tells how many migrations a database has seen, 0 for an empty one.
	// The database of another program is an error.
	version func(context.Context, querier) (int, error)
	// stamp is the statement that puts a version down.
	stamp func(version int) string
	// snapshot are the options of a transaction that only reads and sees one
	// state of the database.
	snapshot sql.TxOptions
	// unhurried is the statement with which a transaction says that it may do nothing
	// for long; empty where nobody minds.
	unhurried string
	// together is how many rows one statement inserts at most. A server is asked
	// once for all of them: asked for each, most of the time would go by on the
	// way. A file has no way, and binds few values faster.
	together int
	// bytes makes a value of text that a stranger wrote, in any encoding.
	bytes func(string) any
	// hint says what to do about an error of the engine, after a colon, where
	// the error does not say it itself.
	hint func(error) string
	// now is the expression for the time by the clock of the database, in
	// milliseconds of Unix.
	now string
	// conceal takes out of a text what nobody may see.
	conceal func(string) string
}

// Open opens the ledger in the file at this path, or at this URL if
// [IsURL] says that it is one.
//
// A file and its folder are made if they do not exist, and a ledger of an older
// version of the program is brought up to date in place. In PostgreSQL, which
// others use at the same time, neither is done before [Migrate] is called: Open
// refuses. A ledger of a newer version, a database that is something else, a
// damaged one and one that cannot be reached or written are errors that say so.
// No error holds the password of a URL.
func Open(ctx context.Context, at string) (*Ledger, error) {
	if !IsURL(at) {
		return openFile(ctx, at)
	}
	l, err := connect(at)
	if err != nil {
		return nil, err
	}
	if err := l.current(ctx); err != nil {
		l.db.Close()
		return nil, l.wrap("open", err)
	}
	return l, nil
}

// Migrate makes the ledger at a path or URL, or brings it up to date, and
// returns how many steps were missing of how many.
func Migrate(ctx context.Context, at string) (applied, version int, err error) {
	var l *Ledger
	if IsURL(at) {
		l, err = connect(at)
	} else {
		l, err = file(at)
	}
	if err != nil {
		return 0, 0, err
	}
	defer l.db.Close()
	applied, version, err = l.migrate(ctx)
	return applied, version, l.wrap("migrate", err)
}

// Exists reports whether a ledger may be at a path or URL: whether there is a
// file. Of PostgreSQL only [Open] can say.
func Exists(at string) bool {
	if IsURL(at) {
		return true
	}
	_, err := os.Stat(at)
	return err == nil
}

// Close closes the file or the connections.
func (l *Ledger) Close() error { return l.wrap("close", l.db.Close()) }

// write runs do in a transaction that no other one writes beside.
func (l *Ledger) write(ctx context.Context, do func(*sql.Tx) error) error {
	return l.inTurn(ctx, func() error { return l.writeOn(ctx, l.db, do) })
}

// inTurn runs what writes once nobody else in this process does. It comes before a
// connection is taken, lest those who wait have all of them.
func (l *Ledger) inTurn(ctx context.Context, write func() error) error {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
		return write()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A beginner is a database, or one connection to it.
type beginner interface {
	BeginTx(ctx context.Context, opts *sql.TxOptions) (*sql.Tx, error)
}

func (l *Ledger) writeOn(ctx context.Context, on beginner, do func(*sql.Tx) error) error {
	tx, err := on.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // of no effect after Commit
	if l.engine.lock != "" {
		if _, err := tx.ExecContext(ctx, l.engine.lock); err != nil {
			return err
		}
	}
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// unhurry has a transaction wait for another one without being ended for it.
func (l *Ledger) unhurry(ctx context.Context, tx *sql.Tx) error {
	if l.engine.unhurried == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, l.engine.unhurried)
	return err
}

// wrap names the ledger, and what to do where the error of the engine does not
// say it. It returns nil for nil.
func (l *Ledger) wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	if said := err.Error(); l.engine.conceal(said) != said {
		err = concealed{l.engine.conceal(said), err}
	}
	return fmt.Errorf("%s ledger %s: %w%s", doing, l.name, err, l.engine.hint(err))
}

// A concealed error says less than the one it is made of.
type concealed struct {
	text string
	err  error
}

func (c concealed) Error() string        { return c.text }
func (c concealed) Is(target error) bool { return errors.Is(c.err, target) }
func (c concealed) As(target any) bool   { return errors.As(c.err, target) }

// timeLayout sorts as text.
const timeLayout = "2006-01-02T15:04:05.000000000Z07:00"

func formatTime(t time.Time) string { return t.UTC().Format(timeLayout) }
