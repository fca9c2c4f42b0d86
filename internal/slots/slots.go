// Package slots finds how many requests at once an endpoint is worth.
//
// It starts with a few slots and doubles them while that pays, then adds an
// eighth at a time, and takes back what brought nothing. Where an endpoint is
// overloaded it halves them.
package slots

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// An Outcome is what came of a slot.
type Outcome int

const (
	Unused    Outcome = iota // nothing was sent
	Answered                 // the endpoint did what was asked
	Failed                   // it did not, for a reason that has nothing to do with load
	Congested                // it said that it was asked too much, or did not answer in time
)

// Slots is a semaphore that finds its own size. It is safe for concurrent use;
// who came first is let in first. Use [New] to make one.
type Slots struct {
	mu      sync.Mutex
	climb   climb
	inUse   int
	waiting list.List // of chan struct{}, each closed when its slot is given
}

// New returns slots of which at most so many, one or more, are ever in use at
// one time.
func New(most int) *Slots {
	return &Slots{climb: newClimb(most)}
}

// Acquire waits for a slot. If it returns no error, [Slots.Release] must follow;
// an error is the cause of the end of ctx.
func (s *Slots) Acquire(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.mu.Lock()
	s.climb.begin(time.Now())
	if s.inUse < s.climb.limit {
		s.inUse++
		s.mu.Unlock()
		return nil
	}
	s.climb.wanted = true
	turn := make(chan struct{})
	place := s.waiting.PushBack(turn)
	s.mu.Unlock()

	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-turn: // given in the meantime: for the next one
		s.inUse--
		s.admit()
	default:
		s.waiting.Remove(place)
	}
	return context.Cause(ctx)
}

// Release gives a slot back, and says what came of it and how long the endpoint
// took.
func (s *Slots) Release(o Outcome, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inUse--
	s.climb.add(time.Now(), o, took)
	s.admit()
}

// Limit returns how many slots there are now.
func (s *Slots) Limit() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.climb.limit
}

func (s *Slots) admit() {
	for s.inUse < s.climb.limit && s.waiting.Len() > 0 {
		s.inUse++
		close(s.waiting.Remove(s.waiting.Front()).(chan struct{}))
	}
}
