package fleet

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// holds are the jobs that a process is at, as locks of one session of the server:
// they end when the process does, however it ends. River gives a job that takes
// long to another process too; that one sees by the lock that somebody is at it.
type holds struct {
	fleet *Fleet
	mu    sync.Mutex
	conn  *pgxpool.Conn // nil until the first is taken, and after a failure
}

// key is the number of a job's lock among those of its schema.
const key = `hashtextextended(current_schema() || ' job ' || $1, 0)`

// take takes a job, or reports that another process has it.
func (h *holds) take(ctx context.Context, id int64) (release func(), free bool, err error) {
	ctx = context.WithoutCancel(ctx) // a query that is cut short costs the connection, and all locks
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.conn == nil {
		if h.conn, err = h.fleet.pool.Acquire(ctx); err != nil {
			return nil, false, fmt.Errorf("hold job %d: %w", id, err)
		}
	}
	if err := h.conn.QueryRow(ctx, `SELECT pg_try_advisory_lock(`+key+`)`, fmt.Sprint(id)).Scan(&free); err != nil {
		h.drop(ctx)
		return nil, false, fmt.Errorf("hold job %d: %w", id, err)
	}
	return func() { h.release(ctx, id) }, free, nil
}

func (h *holds) release(ctx context.Context, id int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.conn == nil {
		return
	}
	if _, err := h.conn.Exec(ctx, `SELECT pg_advisory_unlock(`+key+`)`, fmt.Sprint(id)); err != nil {
		h.drop(ctx)
	}
}

// drop ends the session, which gives up all locks.
func (h *holds) drop(ctx context.Context) {
	h.conn.Conn().Close(ctx)
	h.conn.Release()
	h.conn = nil
}

func (h *holds) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.conn != nil {
		h.drop(context.Background())
	}
}

// session is a connection of the driver.
type session = pgx.Conn

// joined is the transaction that somebody else has begun on a connection, and
// will end.
type joined struct{ *session }

var errJoined = errors.New("the transaction is that of the ledger")

func (j joined) Begin(context.Context) (pgx.Tx, error) { return nil, errJoined }
func (j joined) Commit(context.Context) error          { return errJoined }
func (j joined) Rollback(context.Context) error        { return errJoined }
func (j joined) LargeObjects() pgx.LargeObjects        { return pgx.LargeObjects{} }
func (j joined) Conn() *pgx.Conn                       { return j.session }
