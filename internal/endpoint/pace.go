package endpoint

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"concord/internal/slots"
)

// A pace holds back requests: so many in flight, so many a minute, so many
// tokens a minute, and none at all while the endpoint wants to be left alone.
type pace struct {
	slots    *slots.Slots
	turn     chan struct{} // held by the one that waits for the next three
	requests *rate.Limiter
	tokens   *rate.Limiter

	mu     sync.Mutex
	paused time.Time // until when
	began  time.Time // since when
	length time.Duration
}

func newPace(concurrency, requests, tokens int) *pace {
	// A bucket holds a second of requests and ten seconds of tokens: endpoints
	// that count a minute often look at shorter windows too.
	return &pace{
		slots:    slots.New(concurrency),
		turn:     make(chan struct{}, 1),
		requests: perMinute(requests, requests/60),
		tokens:   perMinute(tokens, tokens/6),
	}
}

func perMinute(n, burst int) *rate.Limiter {
	if n == 0 {
		return rate.NewLimiter(rate.Inf, 0)
	}
	return rate.NewLimiter(rate.Limit(float64(n)/60), max(1, burst))
}

// enter waits until a request of so many tokens may go out. If it returns no
// error, leave must follow.
func (p *pace) enter(ctx context.Context, tokens int) error {
	if err := p.slots.Acquire(ctx); err != nil {
		return err
	}
	err := p.wait(ctx, tokens)
	if err != nil {
		p.leave(slots.Unused, 0)
	}
	return err
}

// leave says what came of a request and how long the endpoint took.
func (p *pace) leave(o slots.Outcome, took time.Duration) { p.slots.Release(o, took) }

// wait lets one request at a time look for its turn. If all did, all that had
// taken from the buckets would go out together at the end of a pause.
func (p *pace) wait(ctx context.Context, tokens int) error {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := p.rest(ctx); err != nil {
		return err
	}
	if err := p.requests.Wait(ctx); err != nil {
		return err
	}
	if burst := p.tokens.Burst(); p.tokens.Limit() != rate.Inf {
		for ; tokens > 0; tokens -= burst {
			if err := p.tokens.WaitN(ctx, min(tokens, burst)); err != nil {
				return err
			}
		}
	}
	return p.rest(ctx)
}

// rest waits for the end of the pause.
func (p *pace) rest(ctx context.Context) error {
	for {
		p.mu.Lock()
		left := time.Until(p.paused)
		p.mu.Unlock()
		if left <= 0 {
			return context.Cause(ctx)
		}
		timer := time.NewTimer(left)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
	}
}

// pause holds back every request for a while: a quota is shared by all workers.
// A refusal of what was sent before the pause began is part of why it began, and
// makes it no longer unless it asks for more.
func (p *pace) pause(sent time.Time, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if sent.Before(p.began) && d <= p.length {
		return
	}
	now := time.Now()
	if until := now.Add(d); until.After(p.paused) {
		p.paused, p.began, p.length = until, now, d
	}
}

// charge books tokens that a request took beyond its estimate; later requests
// wait for them.
func (p *pace) charge(tokens int) {
	if p.tokens.Limit() == rate.Inf {
		return
	}
	burst := p.tokens.Burst()
	for ; tokens > 0; tokens -= burst {
		p.tokens.ReserveN(time.Now(), min(tokens, burst))
	}
}
