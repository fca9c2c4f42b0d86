package endpoint_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sashabaranov/go-openai"

	"concord/internal/endpoint"
	"concord/internal/mockapi"
)

func TestRetryAfterIsHeededInSecondsAndAsDate(t *testing.T) {
	for name, header := range map[string]func() string{
		"seconds": func() string { return "1" },
		"date":    func() string { return time.Now().Add(2 * time.Second).UTC().Format(http.TimeFormat) },
	} {
		api := &mockapi.Server{Fault: mockapi.First(mockapi.RateLimited), RetryAfter: header()}
		c := serve(t, api, nil)
		start := time.Now()

		_, err := c.Chat(t.Context(), hello("m"))

		if took := time.Since(start); err != nil || took < 700*time.Millisecond || took > 4*time.Second {
			t.Errorf("%s: took %v, error %v", name, took, err)
		}
	}
}

func TestAWaitThatIsTooLongIsLeftToAPerson(t *testing.T) {
	api := &mockapi.Server{Fault: mockapi.Always(mockapi.RateLimited), RetryAfter: "7200"}
	c := serve(t, api, nil)

	_, err := c.Chat(t.Context(), hello("m"))

	var e *endpoint.Error
	if !errors.As(err, &e) || !e.Fatal || !strings.Contains(err.Error(), "asks to wait 2h0m0s") {
		t.Errorf("got %v", err)
	}
}

func TestOneRateLimitPausesEveryWorker(t *testing.T) {
	var mu sync.Mutex
	var at []time.Time
	inner := &mockapi.Server{Fault: mockapi.First(mockapi.RateLimited), RetryAfter: "1"}
	c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		at = append(at, time.Now())
		mu.Unlock()
		inner.ServeHTTP(w, r)
	}), nil)
	var done sync.WaitGroup
	done.Go(func() { c.Chat(t.Context(), hello("m")) })
	time.Sleep(200 * time.Millisecond)

	for range 5 {
		done.Go(func() { c.Chat(t.Context(), hello("m")) })
	}
	done.Wait()

	if len(at) != 7 {
		t.Fatalf("%d requests, want 7", len(at))
	}
	for _, when := range at[1:] {
		if gap := when.Sub(at[0]); gap < 900*time.Millisecond {
			t.Errorf("a request went out %v after the endpoint asked for a second of peace", gap)
		}
	}
}

func TestNoMoreRequestsAreInFlightThanAllowed(t *testing.T) {
	api := &mockapi.Server{Latency: 10 * time.Millisecond}
	c := serve(t, api, func(c *endpoint.Config) { c.Concurrency = 3 })
	var done sync.WaitGroup
	for range 20 {
		done.Go(func() {
			if _, err := c.Chat(t.Context(), hello("m")); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()

	if peak := api.Stats().Peak; peak != 3 {
		t.Errorf("peak %d, want 3", peak)
	}
}

func TestRequestsKeepToTheirMinute(t *testing.T) {
	api := &mockapi.Server{}
	c := serve(t, api, func(c *endpoint.Config) { c.RequestsPerMinute = 600 })
	start := time.Now()

	for range 16 {
		if _, err := c.Chat(t.Context(), hello("m")); err != nil {
			t.Fatal(err)
		}
	}

	// Ten at once, then ten a second.
	if took := time.Since(start); took < 500*time.Millisecond || took > 3*time.Second {
		t.Errorf("16 requests at 600 a minute took %v", took)
	}
}

func TestTokensKeepToTheirMinute(t *testing.T) {
	api := &mockapi.Server{}
	c := serve(t, api, func(c *endpoint.Config) { c.TokensPerMinute = 60_000 })
	req := openai.EmbeddingRequestStrings{Model: "m", Input: []string{strings.Repeat("word ", 4800)}} // 6,000 tokens
	start := time.Now()

	for range 2 {
		if _, err := c.Embeddings(t.Context(), req); err != nil {
			t.Fatal(err)
		}
	}

	// Ten seconds' worth fit at once; the second request waits for its own.
	if took := time.Since(start); took < 1500*time.Millisecond || took > 5*time.Second {
		t.Errorf("12,000 tokens at 1,000 a second, with 10,000 at once, took %v", took)
	}
}

// A ledgerOfPace is a quota that puts down what is booked, and has everybody wait.
type ledgerOfPace struct {
	mu       sync.Mutex
	wait     []time.Duration // of the next bookings, in turn
	err      error
	requests int
	tokens   []int
	paused   []time.Duration
}

func (l *ledgerOfPace) Book(_ context.Context, requests, tokens int) (wait time.Duration, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests += requests
	if requests+tokens > 0 {
		l.tokens = append(l.tokens, tokens)
	}
	if len(l.wait) > 0 {
		wait, l.wait = l.wait[0], l.wait[1:]
	}
	return wait, l.err
}

func (l *ledgerOfPace) Pause(_ context.Context, _, length time.Duration) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.paused = append(l.paused, length)
	return l.err
}

func TestARequestWaitsForTheQuotaThatOthersShare(t *testing.T) {
	const ms = time.Millisecond
	quota := &ledgerOfPace{wait: []time.Duration{200 * ms, 300 * ms}} // its turn, and a pause that began meanwhile
	c := serve(t, &mockapi.Server{}, func(c *endpoint.Config) { c.Quota, c.RequestsPerMinute = quota, 1 })
	req := hello("m")
	req.MaxTokens = 2
	start := time.Now()

	for range 2 {
		if _, err := c.Chat(t.Context(), req); err != nil {
			t.Fatal(err)
		}
	}

	if took := time.Since(start); took < 500*ms || took > 4*time.Second {
		t.Errorf("took %v", took)
	}
	// The answer took more tokens than the three that were booked.
	if quota.requests != 2 || len(quota.tokens) != 4 || quota.tokens[0] != 3 || quota.tokens[1] <= 0 {
		t.Errorf("%d requests booked, with tokens %v", quota.requests, quota.tokens)
	}
}

func TestARefusalIsToldToTheQuotaThatOthersShare(t *testing.T) {
	quota := &ledgerOfPace{}
	c := serve(t, &mockapi.Server{Fault: mockapi.First(mockapi.RateLimited), RetryAfter: "1"}, func(c *endpoint.Config) { c.Quota = quota })

	if _, err := c.Chat(t.Context(), hello("m")); err != nil {
		t.Fatal(err)
	}

	if len(quota.paused) != 1 || quota.paused[0] != time.Second || quota.requests != 2 {
		t.Errorf("paused %v, %d requests booked", quota.paused, quota.requests)
	}
}

func TestNothingIsSentThatCannotBeBooked(t *testing.T) {
	gone := errors.New("the books are gone")
	api := &mockapi.Server{}
	c := serve(t, api, func(c *endpoint.Config) { c.Quota = &ledgerOfPace{err: gone} })

	_, err := c.Chat(t.Context(), hello("m"))

	if !errors.Is(err, gone) || api.Stats().Requests != 0 {
		t.Errorf("%v; %d requests", err, api.Stats().Requests)
	}
}
