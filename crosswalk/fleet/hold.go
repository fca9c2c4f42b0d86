package fleet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// errTaken says that another process has got a job that this one is at.
var errTaken = errors.New("another worker has this job now")

// holds are the jobs that a process is at, as locks of one session of the server:
// they end when the process does, however it ends, and when the server does. Who
// sees by the lock that somebody is at a job leaves it alone.
type holds struct {
	fleet *Fleet
	mu    sync.Mutex
	conn  *pgxpool.Conn                     // nil until the first is taken, and after a failure
	own   backend                           // at the other end of the connection, or of the last one
	held  map[int64]context.CancelCauseFunc // ends the work on a job that another process has got
}

// keyOf returns, in SQL, the number of a job's lock among those of its schema: of
// the job whose id an expression is.
func keyOf(id string) string { return `hashtextextended(current_schema() || ' job ' || ` + id + `, 0)` }

// take takes a job, or reports that another process has it. If the lock is lost
// with the server and another process has it when the server is back, lost is
// called.
func (h *holds) take(ctx context.Context, id int64, lost context.CancelCauseFunc) (free bool, err error) {
	ctx = context.WithoutCancel(ctx) // a query that is cut short costs the connection, and all locks
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.renew(ctx); err != nil {
		return false, err
	}
	if _, mine := h.held[id]; mine { // still, though the queue has given it away meanwhile
		return false, nil
	}
	if free, err = h.lock(ctx, id); free {
		h.held[id] = lost
	}
	return free, err
}

func (h *holds) lock(ctx context.Context, id int64) (free bool, err error) {
	if err := h.conn.QueryRow(ctx, `SELECT pg_try_advisory_lock(`+keyOf("$1")+`)`, fmt.Sprint(id)).Scan(&free); err != nil {
		h.drop(ctx)
		return false, fmt.Errorf("hold job %d: %w", id, err)
	}
	return free, nil
}

// prompt is how soon the server has to answer who holds jobs: another server may
// have taken its place, which knows of no locks.
const prompt = 5 * time.Second

// renew takes all locks anew if the session has ended.
func (h *holds) renew(ctx context.Context) (err error) {
	if h.conn != nil {
		soon, cancel := context.WithTimeout(ctx, prompt)
		defer cancel()
		if h.conn.Ping(soon) == nil {
			return nil
		}
		h.drop(ctx)
	}
	if h.conn, err = h.fleet.pool.Acquire(ctx); err != nil {
		return fmt.Errorf("hold jobs: %w", err)
	}
	if err := h.succeed(ctx); err != nil {
		h.drop(ctx)
		return fmt.Errorf("hold jobs: %w", err)
	}
	for _, id := range slices.Sorted(maps.Keys(h.held)) {
		free, err := h.lock(ctx, id)
		if err != nil {
			return err
		}
		if !free {
			h.held[id](errTaken)
			delete(h.held, id)
		}
	}
	return nil
}

// A backend is a session as the server knows it, also after it has lost sight of
// the client. The time tells it from a later one of the same number.
type backend struct {
	pid   int
	begun time.Time
}

// succeed ends the last session, which the server may still have with its locks
// where nobody told it that the connection is gone, and waits for its end.
func (h *holds) succeed(ctx context.Context) error {
	const there = ` FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2`
	for tries := 0; tries < 40; tries++ {
		var ended int
		if err := h.conn.QueryRow(ctx, `SELECT count(pg_terminate_backend(pid))`+there, h.own.pid, h.own.begun).Scan(&ended); err != nil {
			return err
		}
		if ended == 0 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return h.conn.QueryRow(ctx, `SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()`).Scan(&h.own.pid, &h.own.begun)
}

// keep renews the locks until ctx ends. While it fails the server is away, which
// others tell.
func (h *holds) keep(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(look):
		}
		h.mu.Lock()
		if len(h.held) > 0 {
			h.renew(context.WithoutCancel(ctx))
		}
		h.mu.Unlock()
	}
}

// release gives a job up.
func (h *holds) release(ctx context.Context, id int64) {
	ctx = context.WithoutCancel(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, held := h.held[id]; !held {
		return
	}
	delete(h.held, id)
	if h.conn == nil {
		return
	}
	if _, err := h.conn.Exec(ctx, `SELECT pg_advisory_unlock(`+keyOf("$1")+`)`, fmt.Sprint(id)); err != nil {
		h.drop(ctx)
	}
}

// drop ends the session, which gives up all locks.
func (h *holds) drop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
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
