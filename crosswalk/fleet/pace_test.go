package fleet_test

import (
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"concord/crosswalk/fleet"
)

// another opens the queue as one more process does.
func (b *bench) another(t testing.TB) *fleet.Fleet {
	t.Helper()
	f, err := fleet.Open(t.Context(), b.at, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// TestWorkersKeepToOnePaceTogether has four processes book as fast as they can. It
// looks at when each request may go out, and waits for none.
func TestWorkersKeepToOnePaceTogether(t *testing.T) {
	const perMinute, each = 1200, 100
	for name, book := range map[string]struct {
		requests, tokens int // limits
		take             int // tokens of a request
		ahead            float64
	}{
		"requests": {perMinute, 0, 5000, 1},
		"tokens":   {0, perMinute * 1000, 1000, 10},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 1)
			var mu sync.Mutex
			var out []time.Time
			var all sync.WaitGroup
			for range 4 {
				pace := b.another(t).Pace("api.example "+name, book.requests, book.tokens, patience(t))
				all.Go(func() {
					for range each {
						asked := time.Now()
						wait, err := pace.Book(t.Context(), 1, book.take)
						if err != nil {
							t.Error(err)
							return
						}
						mu.Lock()
						out = append(out, asked.Add(wait))
						mu.Unlock()
					}
				})
			}
			all.Wait()

			// Never more than what fits in at once and what its minute allows since; 30 ms
			// are the way to the server and back.
			slices.SortFunc(out, time.Time.Compare)
			const second = perMinute / 60
			for i, first := range out {
				for j := i; j < len(out); j++ {
					allowed := second*(book.ahead+out[j].Sub(first).Seconds()+.03) + 1
					if got := float64(j - i + 1); got > allowed {
						t.Fatalf("%.0f requests in %v, which allow %.1f", got, out[j].Sub(first), allowed)
					}
				}
			}
			took := out[len(out)-1].Sub(out[0]).Seconds()
			if least := float64(4*each)/second - book.ahead; took > least+.5 {
				t.Errorf("%d requests take %.2f s, and %.2f s would do", 4*each, took, least)
			}
		})
	}
}

func TestTokensBeyondTheEstimateAreBooked(t *testing.T) {
	b := newBench(t, 1)
	one, other := b.queue.Pace("api.example", 0, 60_000, patience(t)), b.another(t).Pace("api.example", 0, 60_000, patience(t))
	for _, p := range []*fleet.Pace{one, other} {
		if wait, err := p.Book(t.Context(), 1, 4_000); err != nil || wait != 0 {
			t.Fatalf("waits %v, %v", wait, err)
		}
	}

	if _, err := one.Book(t.Context(), 0, 12_000); err != nil { // as an answer tells
		t.Fatal(err)
	}

	wait, err := other.Book(t.Context(), 1, 1_000)
	if err != nil || wait < 10*time.Second || wait > 11*time.Second {
		t.Errorf("with 21,000 tokens booked, 1,000 a second and 10,000 at once: waits %v, %v", wait, err)
	}
	if wait, err := other.Book(t.Context(), 0, 0); err != nil || wait != 0 {
		t.Errorf("there is no pause: waits %v, %v", wait, err)
	}
}

func TestARefusalPausesAllWorkersOfTheEndpoint(t *testing.T) {
	b := newBench(t, 1)
	one, other := b.queue.Pace("api.example", 0, 0, patience(t)), b.another(t).Pace("api.example", 6000, 0, patience(t))
	elsewhere := b.another(t).Pace("other.example", 0, 0, patience(t))
	about := func(when string, p *fleet.Pace, requests int, want time.Duration) {
		t.Helper()
		wait, err := p.Book(t.Context(), requests, 0)
		if err != nil || wait > want || want > 0 && wait < want-2*time.Second {
			t.Errorf("%s: waits %v, want %v, %v", when, wait, want, err)
		}
	}
	pause := func(ago, length time.Duration) {
		t.Helper()
		if err := one.Pause(t.Context(), ago, length); err != nil {
			t.Fatal(err)
		}
	}
	about("before", other, 1, 0)

	pause(time.Second, 20*time.Second)
	about("paused", one, 1, 20*time.Second)
	about("paused", other, 1, 20*time.Second)
	about("another endpoint", elsewhere, 1, 0)
	for range 199 {
		if _, err := other.Book(t.Context(), 1, 0); err != nil {
			t.Fatal(err)
		}
	}
	about("200 more requests than the 100 that fit in at once, after the pause", other, 1, 22*time.Second)

	time.Sleep(50 * time.Millisecond)
	pause(time.Second, 20*time.Second) // of what was sent before the pause began
	if wait, err := one.Book(t.Context(), 0, 0); err != nil || wait > 20*time.Second-50*time.Millisecond {
		t.Errorf("a refusal that is part of the first made the pause longer: %v, %v", wait, err)
	}
	pause(time.Second, 40*time.Second)
	about("it asks for more", other, 0, 40*time.Second)
	pause(0, 10*time.Second)
	about("a pause gets no shorter", other, 0, 40*time.Second)
}

// BenchmarkBook is what a request costs that keeps to the pace of all workers, when
// four of them book at once.
func BenchmarkBook(b *testing.B) {
	at := newBench(b, 1)
	pace := at.queue.Pace("api.example", 0, 0, patience(b))
	b.SetParallelism(2)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := pace.Book(b.Context(), 1, 1000); err != nil {
				b.Fatal(err)
			}
		}
	})
}
