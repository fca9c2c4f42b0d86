package endpoint

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"concord/internal/slots"
)

// A Quota is what an endpoint allows, kept where every process that asks this
// endpoint books what it takes.
type Quota interface {
	// Book puts down requests, and tokens in and out, and returns how long to wait
	// before they may go out. What others book later makes it no longer. With
	// nothing to put down, the wait is the rest of a pause.
	Book(ctx context.Context, requests, tokens int) (wait time.Duration, err error)
	// Pause keeps everybody from sending for so long: what was sent a while ago was
	// refused. If that was before the last pause began, it is part of why that one
	// did, and makes it no longer unless it asks for more.
	Pause(ctx context.Context, ago, length time.Duration) error
}

// A pace holds back requests: so many in flight, so many a minute, so many
// tokens a minute, and none at all while the endpoint wants to be left alone.
type pace struct {
	slots    *slots.Slots
	turn     chan struct{} // held by the one that waits for the next three
	requests *rate.Limiter
	tokens   *rate.Limiter
	quota    Quota // in place of these two; nil for none

	mu     sync.Mutex
	paused time.Time // until when
	began  time.Time // since when
	length time.Duration
}

func newPace(concurrency, requests, tokens int, quota Quota) *pace {
	if quota != nil {
		requests, tokens = 0, 0
	}
	// A bucket holds a second of requests and ten seconds of tokens: endpoints
	// that count a minute often look at shorter windows too.
	return &pace{
		slots:    slots.New(concurrency),
		turn:     make(chan struct{}, 1),
		requests: perMinute(requests, requests/60),
		tokens:   perMinute(tokens, tokens/6),
		quota:    quota,
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
	if p.quota != nil {
		if err := p.book(ctx, tokens); err != nil {
			return err
		}
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

// book waits for the turn that the quota gives to a request, and for the end of a
// pause that somebody else asks for in the meantime.
func (p *pace) book(ctx context.Context, tokens int) error {
	wait, err := p.quota.Book(ctx, 1, tokens)
	for err == nil && wait > 0 {
		if err = sleep(ctx, wait); err == nil {
			wait, err = p.quota.Book(ctx, 0, 0)
		}
	}
	return err
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
		if err := sleep(ctx, left); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// pause holds back every request for a while: a quota is shared by all workers.
// A refusal of what was sent before the pause began is part of why it began, and
// makes it no longer unless it asks for more. The error is that of the quota.
func (p *pace) pause(ctx context.Context, sent time.Time, d time.Duration) error {
	p.hold(sent, d)
	if p.quota == nil {
		return nil
	}
	return p.quota.Pause(ctx, time.Since(sent), d)
}

// hold pauses this process.
func (p *pace) hold(sent time.Time, d time.Duration) {
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
// wait for them. The error is that of the quota.
func (p *pace) charge(ctx context.Context, tokens int) error {
	if p.quota != nil && tokens > 0 {
		_, err := p.quota.Book(ctx, 0, tokens)
		return err
	}
	if p.tokens.Limit() == rate.Inf {
		return nil
	}
	burst := p.tokens.Burst()
	for ; tokens > 0; tokens -= burst {
		p.tokens.ReserveN(time.Now(), min(tokens, burst))
	}
	return nil
}
