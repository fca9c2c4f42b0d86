package fleet

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"concord/internal/outage"
)

// lingers is how long River may go on to speak of a server that was away.
const lingers = 10 * time.Second

// dying is how long parts of a server may outlive others.
const dying = 200 * time.Millisecond

// trouble knows when the server was last found to be away.
type trouble struct {
	last atomic.Int64 // in nanoseconds of the epoch
}

// TraceQueryStart is for [pgx.QueryTracer].
func (t *trouble) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

// TraceQueryEnd notes what a query failed by.
func (t *trouble) TraceQueryEnd(_ context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	t.note(data.Err)
}

// TraceConnectStart is for [pgx.ConnectTracer].
func (t *trouble) TraceConnectStart(ctx context.Context, _ pgx.TraceConnectStartData) context.Context {
	return ctx
}

// TraceConnectEnd notes what a connection failed by.
func (t *trouble) TraceConnectEnd(_ context.Context, data pgx.TraceConnectEndData) { t.note(data.Err) }

func (t *trouble) note(err error) {
	if outage.Is(err) {
		t.last.Store(time.Now().UnixNano())
	}
}

func (t *trouble) recent() bool { return time.Since(time.Unix(0, t.last.Load())) < lingers }

// quiet leaves out what River says of a server that is away: each of its parts
// does, again and again. The worker says it once.
type quiet struct {
	slog.Handler
	*trouble
	reach func(context.Context) error
}

// Handle writes a record, or does not.
func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	if !q.recent() {
		q.note(q.reach(ctx)) // it may be the first to find out
	}
	if !q.recent() { // a server that dies may answer for a moment yet
		time.Sleep(dying)
		q.note(q.reach(ctx))
	}
	if q.recent() {
		return nil
	}
	return q.Handler.Handle(ctx, r)
}

// WithAttrs is for [slog.Handler].
func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler {
	return quiet{q.Handler.WithAttrs(attrs), q.trouble, q.reach}
}

// WithGroup is for [slog.Handler].
func (q quiet) WithGroup(name string) slog.Handler {
	return quiet{q.Handler.WithGroup(name), q.trouble, q.reach}
}
