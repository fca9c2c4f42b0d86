package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"concord/crosswalk"
	"concord/internal/outage"
)

// paces is where all workers see what an endpoint was asked of late. The server
// need not remember it over a crash: unlogged, it writes it without waiting for
// its disk.
const paces = `CREATE UNLOGGED TABLE IF NOT EXISTS fleet_pace (
	endpoint       text PRIMARY KEY,
	requests_until timestamptz NOT NULL DEFAULT 'epoch', -- when what was booked is used up
	tokens_until   timestamptz NOT NULL DEFAULT 'epoch',
	paused_at      timestamptz NOT NULL DEFAULT 'epoch',
	paused_until   timestamptz NOT NULL DEFAULT 'epoch'
) WITH (fillfactor = 50)`

// A Pace is what an endpoint is asked a minute by all workers together. All time
// is that of the server, whatever the clocks of the workers say.
type Pace struct {
	fleet            *Fleet
	patience         *outage.Patience
	endpoint         string
	request, token   float64 // seconds that one takes; 0 for no limit
	requests, tokens float64 // seconds' worth that may go out at once
}

// Pace returns the pace of an endpoint, by a name that all workers have for it and
// that is no secret. A limit of 0 is none. Workers may have different limits:
// each takes of a minute what its own say that a request takes. While the server is
// away nothing may go out, as no answer could be kept.
//
// It is the generic cell rate algorithm of ATM (ITU-T I.371), two of them: what is
// booked is used up at a time, by which a second of requests and ten seconds of
// tokens may run ahead of the clock.
func (f *Fleet) Pace(endpoint string, requestsPerMinute, tokensPerMinute int, patience *outage.Patience) *Pace {
	p := &Pace{fleet: f, endpoint: endpoint, patience: patience}
	p.request, p.requests = takes(requestsPerMinute, 1)
	p.token, p.tokens = takes(tokensPerMinute, 10)
	return p
}

// takes returns how many seconds one of so many a minute takes, and how many may
// run ahead: at least one.
func takes(perMinute int, ahead float64) (seconds, atOnce float64) {
	if perMinute == 0 {
		return 0, ahead
	}
	seconds = 60 / float64(perMinute)
	return seconds, max(seconds, ahead)
}

// promptly is how long the server may take for one booking.
const promptly = 10 * time.Second

// Book puts down requests and tokens and returns how long to wait before they may
// go out. With nothing to put down, the wait is the rest of a pause. What is booked
// during a pause goes out after it. The error is [crosswalk.ErrUnavailable] if the
// server was waited for in vain.
func (p *Pace) Book(ctx context.Context, requests, tokens int) (wait time.Duration, err error) {
	err = p.patience.Do(ctx, func() (err error) {
		wait, err = p.book(ctx, requests, tokens)
		return err
	})
	if errors.Is(err, outage.ErrLong) || errors.Is(err, outage.ErrCut) {
		err = fmt.Errorf("%w: %v", crosswalk.ErrUnavailable, err) // nothing was asked, nothing is lost
	}
	return wait, err
}

func (p *Pace) book(ctx context.Context, requests, tokens int) (wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, promptly)
	defer cancel()
	request, token := float64(requests)*p.request, float64(tokens)*p.token
	var seconds float64
	err = p.fleet.pool.QueryRow(ctx, `
		INSERT INTO fleet_pace AS p (endpoint, requests_until, tokens_until)
		VALUES ($1, clock_timestamp() + make_interval(secs => $2), clock_timestamp() + make_interval(secs => $3))
		ON CONFLICT (endpoint) DO UPDATE SET
			requests_until = greatest(p.requests_until, p.paused_until, clock_timestamp()) + make_interval(secs => $2),
			tokens_until = greatest(p.tokens_until, p.paused_until, clock_timestamp()) + make_interval(secs => $3)
		RETURNING extract(epoch FROM greatest(paused_until,
			CASE WHEN $2 > 0 THEN requests_until - make_interval(secs => $4) END,
			CASE WHEN $3 > 0 THEN tokens_until - make_interval(secs => $5) END) - clock_timestamp())::float8`,
		p.endpoint, request, token, p.requests, p.tokens).Scan(&seconds)
	if err != nil {
		return 0, fmt.Errorf("book what %s is asked: %w", p.endpoint, err)
	}
	return max(0, time.Duration(seconds*float64(time.Second))), nil
}

// Pause keeps all workers from asking for so long: what was sent a while ago was
// refused. If that was before the last pause began, it is part of why that one did,
// and makes it no longer unless it asks for more.
func (p *Pace) Pause(ctx context.Context, ago, length time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, promptly)
	defer cancel()
	_, err := p.fleet.pool.Exec(ctx, `
		INSERT INTO fleet_pace AS p (endpoint, paused_at, paused_until)
		VALUES ($1, clock_timestamp(), clock_timestamp() + make_interval(secs => $3))
		ON CONFLICT (endpoint) DO UPDATE SET paused_at = clock_timestamp(), paused_until = clock_timestamp() + make_interval(secs => $3)
		WHERE clock_timestamp() + make_interval(secs => $3) > p.paused_until
			AND (clock_timestamp() - make_interval(secs => $2) >= p.paused_at OR make_interval(secs => $3) > p.paused_until - p.paused_at)`,
		p.endpoint, ago.Seconds(), length.Seconds())
	if err != nil {
		return fmt.Errorf("pause all who ask %s: %w", p.endpoint, err)
	}
	return nil
}
