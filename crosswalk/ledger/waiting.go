package ledger

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	sqlite3 "modernc.org/sqlite/lib"
)

// A queued connector waits for the other processes that use a file. SQLite has no
// queue: it looks again after ever longer breaks, of up to a tenth of a second, in
// which those who look more often, or never paused, take turn after turn. Here all
// look as often.
type queued struct{ driver.Connector }

// glance is how often it is looked whether a file is free.
const glance = time.Millisecond

func (q queued) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := q.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return waiting{c.(fileConn)}, nil
}

// A fileConn is what a connection of the driver can do.
type fileConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// A waiting connection begins, asks and writes when the file is free.
type waiting struct{ fileConn }

func (w waiting) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	tx, err := whenFree(ctx, func() (driver.Tx, error) { return w.fileConn.BeginTx(ctx, o) })
	if err != nil {
		return nil, err
	}
	// What is begun has its turn. It still waits for those who read, where the file
	// has no log, and is not begun again for it.
	if err := w.patience(turn); err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return waitingTx{tx, w}, nil
}

// patience says for how long SQLite itself is to wait.
func (w waiting) patience(d time.Duration) error {
	_, err := w.fileConn.ExecContext(context.Background(), fmt.Sprintf(`PRAGMA busy_timeout = %d`, d.Milliseconds()), nil)
	return err
}

func (w waiting) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return whenFree(ctx, func() (driver.Result, error) { return w.fileConn.ExecContext(ctx, query, args) })
}

func (w waiting) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return whenFree(ctx, func() (driver.Rows, error) { return w.fileConn.QueryContext(ctx, query, args) })
}

// A waitingTx is a transaction of one that waits.
type waitingTx struct {
	driver.Tx
	on waiting
}

func (w waitingTx) Commit() error {
	defer w.on.patience(0) // an error of it would be one of the next transaction
	return w.Tx.Commit()
}

func (w waitingTx) Rollback() error {
	defer w.on.patience(0)
	return w.Tx.Rollback()
}

// whenFree does something again until the file is free, for [turn] at most.
func whenFree[T any](ctx context.Context, do func() (T, error)) (T, error) {
	for began := time.Now(); ; {
		done, err := do()
		if code(err) != sqlite3.SQLITE_BUSY || time.Since(began) >= turn {
			return done, err
		}
		select {
		case <-ctx.Done():
			return done, err
		case <-time.After(glance):
		}
	}
}
