package outage_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"concord/internal/outage"
)

func TestOnlyWhatWaitingCuresIsAnOutage(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"nothing":                 {nil, false},
		"killed":                  {fmt.Errorf("remember: %w", io.ErrUnexpectedEOF), true},
		"a pool without it":       {driver.ErrBadConn, true},
		"closed":                  {pgconn.ErrConnClosed, true},
		"nobody listens":          {refused(t, t.Context()), true},
		"cut short":               {refused(t, over), false},
		"an administrator":        {&pgconn.PgError{Code: "57P01"}, true},
		"it starts":               {fmt.Errorf("connect: %w", &pgconn.PgError{Code: "57P03"}), true},
		"the disk is full":        {&pgconn.PgError{Code: "53100"}, true},
		"others write":            {&pgconn.PgError{Code: "55P03"}, true},
		"connection exception":    {&pgconn.PgError{Code: "08006"}, true},
		"too slow":                {fmt.Errorf("ask: %w", context.DeadlineExceeded), true},
		"a wrong password":        {&pgconn.PgError{Code: "28P01"}, false},
		"a right that is missing": {&pgconn.PgError{Code: "42501"}, false},
		"no row":                  {sql.ErrNoRows, false},
		"interrupted":             {context.Canceled, false},
		"another content":         {errors.New("is already recorded with another result"), false},
	} {
		if got := outage.Is(c.err); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// refused is what it is to connect where nobody listens.
func refused(t *testing.T, ctx context.Context) error {
	t.Helper()
	_, err := pgconn.Connect(ctx, "postgres://ada@127.0.0.1:1/x?sslmode=disable")
	if err == nil {
		t.Fatal("somebody listens on port 1")
	}
	return err
}

// talk keeps what is said.
type talk struct {
	mu    sync.Mutex
	lines []string
}

func (s *talk) say(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, line)
}

func TestAnOutageIsWaitedForAndToldOnce(t *testing.T) {
	var said talk
	p := &outage.Patience{Most: time.Minute, Say: said.say}
	var all sync.WaitGroup
	for i := range 5 {
		all.Go(func() {
			tries := 0
			err := p.Do(t.Context(), func() error {
				if tries++; tries <= i%3 {
					return io.ErrUnexpectedEOF
				}
				return nil
			})
			if err != nil || tries != i%3+1 {
				t.Errorf("%d tries, %v", tries, err)
			}
		})
	}

	all.Wait()

	if len(said.lines) != 2 || !strings.Contains(said.lines[0], "cannot be used") || !strings.Contains(said.lines[1], "can be used again") {
		t.Errorf("%q", said.lines)
	}
}

// TestWhoCanReadDoesNotEndTheOutageOfWhoWrites is a full disk.
func TestWhoCanReadDoesNotEndTheOutageOfWhoWrites(t *testing.T) {
	var said talk
	p := &outage.Patience{Most: time.Minute, Say: said.say}
	tries := 0

	err := p.Do(t.Context(), func() error {
		if err := p.Do(t.Context(), func() error { return nil }); err != nil {
			t.Error(err)
		}
		if tries++; tries < 3 {
			return &pgconn.PgError{Code: "53100", Message: "no space left"}
		}
		return nil
	})

	if err != nil || len(said.lines) != 2 || !strings.Contains(said.lines[0], "no space left") {
		t.Errorf("%v, %q", err, said.lines)
	}
}

func TestPatienceEndsAndSoDoesWhoIsInterrupted(t *testing.T) {
	p := &outage.Patience{Most: time.Nanosecond, Say: func(string) {}}
	if err := p.Do(t.Context(), func() error { return io.ErrUnexpectedEOF }); !errors.Is(err, outage.ErrLong) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("after all patience: %v", err)
	}
	p = &outage.Patience{Most: time.Hour, Say: func(string) {}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	tries := 0
	if err := p.Do(ctx, func() error { tries++; return io.ErrUnexpectedEOF }); !errors.Is(err, outage.ErrCut) || tries < 2 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("interrupted after %d tries: %v", tries, err)
	}
}

func TestAnErrorThatNoWaitingCuresComesBackAtOnce(t *testing.T) {
	var said talk
	p := &outage.Patience{Most: time.Hour, Say: said.say}
	wrong := errors.New("wrong")

	err := p.Do(t.Context(), func() error { return wrong })

	if !errors.Is(err, wrong) || slices.Compare(said.lines, nil) != 0 {
		t.Errorf("%v, %q", err, said.lines)
	}
}

func TestWhatTheURLSaysHasPrecedence(t *testing.T) {
	config, err := pgconn.ParseConfig("postgres://ada@127.0.0.1/x?connect_timeout=2&tcp_keepalives_idle=77")
	if err != nil {
		t.Fatal(err)
	}

	outage.Notice(config)

	for name, want := range map[string]string{
		"tcp_keepalives_idle": "77", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3", "idle_in_transaction_session_timeout": "12000",
	} {
		if got := config.RuntimeParams[name]; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if config.ConnectTimeout != 2*time.Second {
		t.Errorf("to connect may take %v", config.ConnectTimeout)
	}
}
