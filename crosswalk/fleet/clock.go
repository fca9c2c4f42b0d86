package fleet

import (
	"context"
	"sync"
	"time"
)

// A clock tells the time of the server by that of the process, which may be wrong
// by any amount. River sets by it when a job is due, and the server says by its own
// whether it is.
type clock struct {
	local func() time.Time
	mu    sync.Mutex
	ahead time.Duration // the server is
}

// set asks the server for the time.
func (c *clock) set(ctx context.Context, f *Fleet) error {
	var there time.Time
	asked := c.local()
	if err := f.pool.QueryRow(ctx, `SELECT clock_timestamp()`).Scan(&there); err != nil {
		return err
	}
	took := c.local().Sub(asked)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead = there.Sub(asked.Add(took / 2))
	return nil
}

// Now returns the time of the server.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.local().Add(c.ahead)
}

// NowOrNil returns nil: where River can leave the time to the server, it is to.
func (c *clock) NowOrNil() *time.Time { return nil }
