package outage

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// turn is how long it may take to connect, where the URL does not say.
const turn = 10 * time.Second

// Notice has connections see that the server is gone, and the server that they
// are, so that neither waits for the other for hours where a network swallows what
// is sent. What the URL says has precedence.
//
// To connect may take ten seconds, or connect_timeout. A server that is asked and
// says nothing for six times as long is gone; the error is one of [Is]. A server
// drops a session, with its locks, whose machine has not answered for as long, or
// which has left a transaction alone for as long.
func Notice(config *pgconn.Config) {
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = turn
	}
	silence := 6 * config.ConnectTimeout
	for name, value := range map[string]time.Duration{
		"tcp_keepalives_idle":                 silence / 2 / time.Second,
		"tcp_keepalives_interval":             silence / 6 / time.Second,
		"tcp_keepalives_count":                3,
		"idle_in_transaction_session_timeout": silence / time.Millisecond,
	} {
		if config.RuntimeParams[name] == "" {
			config.RuntimeParams[name] = fmt.Sprint(int64(max(value, 1)))
		}
	}
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &heard{Conn: conn, silence: silence}, nil
	}
}

// heard is a connection of which nothing is waited for longer than some time.
// A deadline that somebody else sets has precedence.
type heard struct {
	net.Conn
	silence time.Duration
	mu      sync.Mutex
	bounded bool // by somebody else
}

func (h *heard) Read(b []byte) (int, error) {
	h.extend(h.Conn.SetReadDeadline)
	return h.Conn.Read(b)
}

func (h *heard) Write(b []byte) (int, error) {
	h.extend(h.Conn.SetWriteDeadline)
	return h.Conn.Write(b)
}

func (h *heard) extend(set func(time.Time) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.bounded {
		set(time.Now().Add(h.silence))
	}
}

func (h *heard) SetDeadline(t time.Time) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bounded = !t.IsZero()
	return h.Conn.SetDeadline(t)
}
