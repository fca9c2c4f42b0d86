package outage

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Errors of [Patience.Do].
var (
	ErrLong = errors.New("the server of the ledger could not be used for too long")
	ErrCut  = errors.New("the server of the ledger cannot be used and was waited for no longer")
)

// How long to wait between tries, and for how long to go on when there is no more
// time: a server that restarts is back by then.
const (
	again = 500 * time.Millisecond
	last  = 5 * time.Second
)

// A Patience waits for the server of a ledger while it is away. Any number of
// goroutines may share one; all of them wait for the same end of it. Both fields
// must be set.
type Patience struct {
	Most time.Duration // how long a server may be away
	Say  func(string)  // tells people that it is, and that it is back

	mu      sync.Mutex
	waiting int       // how many wait for the server
	since   time.Time // zero while the server is there
}

// Do does something until it succeeds or fails by anything but [Is]; what is done
// must be harmless to do again, since a server may go away after it has done it.
// After Most the error is [ErrLong], and [ErrCut] some seconds after ctx has ended.
func (p *Patience) Do(ctx context.Context, do func() error) error {
	begun := time.Now()
	err := do()
	if Is(err) {
		p.wait(1)
		begun, err = p.insist(ctx, do, err)
		p.wait(-1)
	}
	if err == nil {
		p.back(begun)
	}
	return err
}

// insist does again what failed, and returns when the last try was begun.
func (p *Patience) insist(ctx context.Context, do func() error, err error) (begun time.Time, _ error) {
	cut := make(chan struct{})
	defer context.AfterFunc(ctx, func() { time.AfterFunc(last, func() { close(cut) }) })()
	for Is(err) {
		if gone := p.gone(err); gone > p.Most {
			return begun, fmt.Errorf("%w (%v): %w", ErrLong, gone.Round(time.Second), err)
		}
		select {
		case <-cut:
			return begun, fmt.Errorf("%w: %w", ErrCut, err)
		case <-time.After(again):
		}
		begun = time.Now()
		err = do()
	}
	return begun, err
}

func (p *Patience) wait(more int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting += more
}

// gone notes that the server is away, and returns for how long it has been.
func (p *Patience) gone(err error) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.since.IsZero() {
		p.since = time.Now()
		p.Say(fmt.Sprintf("the server of the ledger cannot be used, waiting for it for up to %v: %v", p.Most, err))
	}
	return time.Since(p.since)
}

// back notes that something was done that was begun at some time. It says nothing
// about now if that was before the server went away, nor while others still wait,
// as those who write do while a disk is full and one can read.
func (p *Patience) back(begun time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.since.IsZero() || begun.Before(p.since) || p.waiting > 0 {
		return
	}
	p.Say(fmt.Sprintf("the server of the ledger can be used again, after %v", time.Since(p.since).Round(100*time.Millisecond)))
	p.since = time.Time{}
}
