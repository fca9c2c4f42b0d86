package slots_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"concord/internal/slots"
)

// A server answers in its own way, on the clock of the test, and says how long
// it wants to be left alone.
type server func() (slots.Outcome, time.Duration)

// work has so many workers ask a server for a while, and returns how many
// answers it gave. All of them leave it alone when it wants that.
func work(s *slots.Slots, workers int, long time.Duration, serve server) (answered, refused int) {
	ctx, cancel := context.WithTimeout(context.Background(), long)
	defer cancel()
	var mu sync.Mutex
	var paused time.Time
	left := func() time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return time.Until(paused)
	}
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for s.Acquire(ctx) == nil {
				for left() > 0 {
					time.Sleep(left())
				}
				start := time.Now()
				outcome, wait := serve()
				mu.Lock()
				if wait > 0 {
					paused = time.Now().Add(wait)
				}
				mu.Unlock()
				s.Release(outcome, time.Since(start))
				mu.Lock()
				if outcome == slots.Answered {
					answered++
				} else {
					refused++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return answered, refused
}

// after answers anything after the same time.
func after(latency time.Duration) server {
	return func() (slots.Outcome, time.Duration) {
		time.Sleep(latency)
		return slots.Answered, 0
	}
}

func TestSlotsGrowToTheMaximumWhileThatPays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slots.New(256)
		if n := s.Limit(); n != 8 {
			t.Errorf("begins with %d slots", n)
		}

		answered, _ := work(s, 300, 20*time.Second, after(200*time.Millisecond))

		// The climb takes six answers' time at 8, 8, 16, 32, 64 and 128 slots.
		if ideal := 256 * 100; s.Limit() != 256 || answered < ideal-6*256 || answered > ideal+256 {
			t.Errorf("%d slots, %d answers of %d", s.Limit(), answered, ideal)
		}
	})
}

func TestSlotsThatOnlyLengthenAQueueAreTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := make(chan struct{}, 20) // as many as the server works on at a time
		s := slots.New(256)
		var mu sync.Mutex
		highest := 0

		answered, _ := work(s, 300, time.Minute, func() (slots.Outcome, time.Duration) {
			line <- struct{}{}
			mu.Lock()
			highest = max(highest, s.Limit())
			mu.Unlock()
			time.Sleep(100 * time.Millisecond)
			<-line
			return slots.Answered, 0
		})

		if n := s.Limit(); n < 16 || n > 48 || highest > 64 {
			t.Errorf("%d slots, %d at most, for a server that works on 20 requests", n, highest)
		}
		if answered < 20*600*9/10 {
			t.Errorf("%d answers of %d", answered, 20*600)
		}
	})
}

// TestRefusalsTakeSlotsAway has servers refuse what they have no room for.
func TestRefusalsTakeSlotsAway(t *testing.T) {
	for _, room := range []int{3, 20, 24, 50} {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			inside := 0
			serve := func() (slots.Outcome, time.Duration) {
				mu.Lock()
				if inside == room {
					mu.Unlock()
					time.Sleep(10 * time.Millisecond)
					return slots.Congested, 500 * time.Millisecond
				}
				inside++
				mu.Unlock()
				time.Sleep(100 * time.Millisecond)
				mu.Lock()
				inside--
				mu.Unlock()
				return slots.Answered, 0
			}
			s := slots.New(256)

			answered, refused := work(s, 300, 2*time.Minute, serve)

			if n := s.Limit(); n < room/2 || n > 2*room {
				t.Errorf("%d slots for a server with room for %d", n, room)
			}
			if answered < room*1200*7/10 || refused > answered/10 {
				t.Errorf("%d answers of %d, %d refused", answered, room*1200, refused)
			}
		})
	}
}

func TestSlotsAreHalvedWhenNothingIsAnsweredInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slots.New(64)
		down := false
		serve := func() (slots.Outcome, time.Duration) {
			time.Sleep(100 * time.Millisecond)
			if down {
				return slots.Congested, 0
			}
			return slots.Answered, 0
		}
		work(s, 64, 5*time.Second, serve)
		full := s.Limit()

		down = true
		work(s, 64, 10*time.Second, serve)
		low := s.Limit()
		down = false
		work(s, 64, 10*time.Second, serve)

		if full != 64 || low != 1 || s.Limit() != 64 {
			t.Errorf("%d slots, %d while it was down, %d in the end", full, low, s.Limit())
		}
	})
}

func TestAnEndpointThatSlowsDownIsAskedLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slots.New(64)
		work(s, 100, 5*time.Second, after(100*time.Millisecond))
		lowest := s.Limit()
		var mu sync.Mutex

		work(s, 100, 10*time.Second, func() (slots.Outcome, time.Duration) {
			time.Sleep(500 * time.Millisecond)
			mu.Lock()
			lowest = min(lowest, s.Limit())
			mu.Unlock()
			return slots.Answered, 0
		})

		if lowest > 32 || s.Limit() != 64 {
			t.Errorf("%d slots when it slowed down, %d later", lowest, s.Limit())
		}
	})
}

// TestAShareOfRefusalsThatHasNothingToDoWithLoadCostsFewSlots refuses one
// request in ten, however few there are.
func TestAShareOfRefusalsThatHasNothingToDoWithLoadCostsFewSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		dice := rand.New(rand.NewPCG(1, 2))
		s := slots.New(64)

		answered, _ := work(s, 64, time.Minute, func() (slots.Outcome, time.Duration) {
			time.Sleep(100 * time.Millisecond)
			mu.Lock()
			defer mu.Unlock()
			if dice.Float64() < .1 {
				return slots.Congested, 0
			}
			return slots.Answered, 0
		})

		if ideal := 64 * 600 * 9 / 10; answered < ideal*9/10 {
			t.Errorf("%d answers of %d, %d slots", answered, ideal, s.Limit())
		}
	})
}

// TestAnswersThatVaryInLengthCostFewSlots draws times as models take them: half
// of the answers take less than 300 ms, one in twenty more than 800 ms.
func TestAnswersThatVaryInLengthCostFewSlots(t *testing.T) {
	for _, most := range []int{8, 64} {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			dice := rand.New(rand.NewPCG(1, 2))
			s := slots.New(most)
			var total time.Duration

			answered, _ := work(s, 100, 5*time.Minute, func() (slots.Outcome, time.Duration) {
				mu.Lock()
				took := time.Duration(300e6 * math.Exp(.6*dice.NormFloat64()))
				total += took
				mu.Unlock()
				time.Sleep(took)
				return slots.Answered, 0
			})

			if used := total.Seconds() / 300; used < .85*float64(most) {
				t.Errorf("%.1f of %d slots in use, %d answers", used, most, answered)
			}
		})
	}
}

func TestAWaiterThatGivesUpLosesNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slots.New(1)
		if err := s.Acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		gone := errors.New("gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		errs := make(chan error, 2)
		go func() { errs <- s.Acquire(ctx) }()
		synctest.Wait()
		go func() { errs <- s.Acquire(t.Context()) }()
		synctest.Wait()

		cancel(gone)
		if err := <-errs; !errors.Is(err, gone) {
			t.Errorf("%v", err)
		}
		s.Release(slots.Unused, 0)

		if err := <-errs; err != nil {
			t.Errorf("%v", err)
		}
		if err := s.Acquire(ctx); !errors.Is(err, gone) {
			t.Errorf("%v", err)
		}
	})
}

func TestWhoComesFirstIsLetInFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slots.New(1)
		s.Acquire(t.Context())
		var order []int
		for i := range 10 {
			go func() {
				s.Acquire(t.Context())
				order = append(order, i)
				s.Release(slots.Unused, 0)
			}()
			synctest.Wait()
		}

		s.Release(slots.Unused, 0)
		synctest.Wait()

		for i, n := range order {
			if i != n {
				t.Fatalf("%v", order)
			}
		}
		if len(order) != 10 {
			t.Errorf("%d let in", len(order))
		}
	})
}

// TestTheLimitStaysWithinItsBounds lets anything happen.
func TestTheLimitStaysWithinItsBounds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		most := rapid.IntRange(-1, 70).Draw(rt, "most")
		s := slots.New(most)
		outcomes := rapid.SliceOfN(rapid.SampledFrom([]slots.Outcome{slots.Unused, slots.Answered, slots.Answered, slots.Failed, slots.Congested}), 0, 400).Draw(rt, "outcomes")
		took := rapid.SliceOfN(rapid.Int64Range(0, 1e9), 1, 50).Draw(rt, "took")
		held := 0
		for i, o := range outcomes {
			for held < s.Limit() {
				if err := s.Acquire(rt.Context()); err != nil {
					rt.Fatal(err)
				}
				held++
			}
			s.Release(o, time.Duration(took[i%len(took)]))
			held--
			if n := s.Limit(); n < 1 || n > max(1, most) {
				rt.Fatalf("%d slots of %d", n, most)
			}
		}
	})
}
