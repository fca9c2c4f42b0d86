package endpoint

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"concord/internal/slots"
)

// TestAfterAPauseOnlyABucketGoesOut has many wait for the end of a pause.
func TestAfterAPauseOnlyABucketGoesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const concurrency, perMinute, bucket = 8, 120, 2
		p := newPace(concurrency, perMinute, 0, nil)
		p.hold(time.Now(), 30*time.Second)
		end := time.Now().Add(30 * time.Second)
		var mu sync.Mutex
		var out []time.Duration
		var all sync.WaitGroup
		for range 3 * concurrency {
			all.Go(func() {
				if err := p.enter(t.Context(), 100); err != nil {
					t.Error(err)
				}
				mu.Lock()
				out = append(out, time.Since(end))
				mu.Unlock()
				time.Sleep(time.Millisecond)
				p.leave(slots.Answered, time.Millisecond)
			})
		}
		all.Wait()

		first, early := 0, 0
		for _, after := range out {
			if after < 0 {
				early++
			}
			if after < 500*time.Millisecond {
				first++
			}
		}
		if early > 0 || first > bucket || len(out) != 3*concurrency {
			t.Errorf("%d went out, %d of them during the pause and %d right after it, where %d may", len(out), early, first, bucket)
		}
		if last := out[len(out)-1]; last < 10*time.Second || last > 12*time.Second {
			t.Errorf("the last of %d went out after %v at %d a minute", len(out), last, perMinute)
		}
	})
}

func TestARefusalOfWhatWasSentBeforeAPauseMakesItNoLonger(t *testing.T) {
	for _, c := range []struct {
		sent  time.Duration // after the first refusal, or before
		asks  time.Duration
		total time.Duration
	}{
		{-100 * time.Millisecond, time.Second, time.Second},
		{-100 * time.Millisecond, 2 * time.Second, 2500 * time.Millisecond},
		{100 * time.Millisecond, time.Second, 1500 * time.Millisecond},
		{100 * time.Millisecond, 100 * time.Millisecond, time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newPace(1, 0, 0, nil)
			begun := time.Now()
			p.hold(begun.Add(-time.Second), time.Second)
			time.Sleep(500 * time.Millisecond)
			p.hold(begun.Add(c.sent), c.asks)

			if err := p.enter(t.Context(), 0); err != nil || time.Since(begun) != c.total {
				t.Errorf("%v: %v, want %v", err, time.Since(begun), c.total)
			}
		})
	}
}

func TestWhoGivesUpWaitingGivesItsSlotBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(1, 0, 0, nil)
		p.hold(time.Now(), time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.enter(ctx, 0); err == nil {
			t.Error("a request went out during the pause")
		}
		time.Sleep(time.Hour)

		if err := p.enter(t.Context(), 0); err != nil {
			t.Error(err)
		}
	})
}

// transport answers every request in the same way.
type transport struct {
	status int
	header http.Header
	body   []byte
}

func (t transport) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: t.status, Header: t.header, Body: io.NopCloser(bytes.NewReader(t.body)), ContentLength: int64(len(t.body))}, nil
}

// FuzzAResponse lets an endpoint answer anything: what comes up is a JSON
// object, or an error that is one short line without the key.
func FuzzAResponse(f *testing.F) {
	f.Add(200, "application/json", "", []byte(`{"choices":[]}`))
	f.Add(200, "text/html", "", []byte(`<!DOCTYPE html>`))
	f.Add(200, "", "3", []byte(`{"error":{"message":"down","code":502}}`))
	f.Add(200, "", "", []byte(`{"error":"sk-very-secret"}`))
	f.Add(200, "", "", []byte(`{"choices":[{"message":{"content":"sk\u002dvery-secret"}}]}`))
	f.Add(400, "", "", []byte(`{"error":{"message":"sk-very\\u002dsecret\n\u001b[2J"}}`))
	f.Add(429, "", "Wed, 21 Oct 2026 07:28:00 GMT", []byte(`{"error":{"message":"x","code":"insufficient_quota"}}`))
	f.Add(302, "", "1e400", []byte{0xff, '{'})
	f.Fuzz(func(t *testing.T, status int, kind, after string, body []byte) {
		const key = "sk-very-secret"
		x := &exchange{
			http: &http.Client{
				Transport:     transport{status, http.Header{"Content-Type": {kind}, "Retry-After": {after}}, body},
				CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			},
			host: "api.example.com", key: key, variable: "KEY", spelled: spellings(key),
		}
		req, err := http.NewRequest("POST", "https://api.example.com/v1/chat/completions", strings.NewReader(`{"temperature":1e-45,"n":1}`))
		if err != nil {
			t.Fatal(err)
		}

		res, err := x.Do(req)

		if err == nil {
			got, _ := io.ReadAll(res.Body)
			var read map[string]any
			if strictlyObject(got, &read) != nil || bytes.Contains(got, []byte(key)) || strings.Contains(fmt.Sprintf("%q", read), key) {
				t.Errorf("%q came up", got)
			}
			return
		}
		e, ok := err.(*Error)
		if said := err.Error(); !ok || strings.Contains(said, key) || len(said) > 1000 || strings.ContainsFunc(said, unicode.IsControl) {
			t.Errorf("%q", err)
		} else if e.wait < 0 || e.Fatal && e.asked && e.wait > longestWait && e.retry {
			t.Errorf("%+v", e)
		}
	})
}
