// Package mockapi plays an OpenAI-compatible API for tests and dry runs: it
// answers chat and embedding requests by simple rules, misbehaves when told to,
// and counts. Its judgements compare words and mean nothing.
package mockapi

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// A Server answers POST /v1/chat/completions and /v1/embeddings. The zero
// Server behaves well and takes any key. Set the fields before the first
// request.
type Server struct {
	Key        string // if set, others are answered 401
	RetryAfter string // header of a 429 that is a fault; "0" if empty
	Dimensions int    // of vectors where the request does not say; 64 if zero

	Latency  time.Duration // of every answer
	PerToken time.Duration // and of every token of a completion, a token being four bytes

	// RequestsPerMinute is the allowed rate; more is answered 429. Up to six
	// seconds' worth may come at once. No limit if zero.
	RequestsPerMinute int

	// Types of response_format that are answered 400, and that are taken and
	// not kept to.
	Refuses, Ignores []string

	// Fault says how to misbehave at the nth request, from 1; never if nil.
	Fault func(n int) Fault
	// Reply replaces the content of a completion, if set. It gets the body of
	// the request.
	Reply func(body []byte) string

	mu      sync.Mutex
	stats   Stats
	allowed *rate.Limiter
	paid    map[[32]byte]bool
	peers   map[string]bool
	systems map[string]bool
	last    []byte
}

// Stats counts what a server saw.
type Stats struct {
	Requests    int // all of them
	Answered    int // with status 200 and a usable body
	Repeats     int // requests whose very body had been answered before
	Refused     int // requests above the allowed rate
	Peak        int // most requests in flight at one time
	Connections int // that requests came over
	inFlight    int
}

// Stats returns what the server has seen so far.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// LastBody returns the body of the latest request.
func (s *Server) LastBody() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	n, sum := s.enter(r.RemoteAddr, body)
	defer s.leave()
	wait := s.over()
	sleep(r.Context(), s.Latency)
	if wait > 0 {
		s.slowDown(w, strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		return
	}
	if s.Key != "" && r.Header.Get("Authorization") != "Bearer "+s.Key {
		fail(w, http.StatusUnauthorized, "invalid_api_key", "Incorrect API key provided: "+r.Header.Get("Authorization"))
		return
	}
	fault := None
	if s.Fault != nil {
		fault = s.Fault(n)
	}
	if s.refuse(w, r, fault) {
		return
	}
	var a *answer
	switch {
	case r.Method != http.MethodPost:
		fail(w, http.StatusMethodNotAllowed, "", "method not allowed")
		return
	case strings.HasSuffix(r.URL.Path, "/v1/chat/completions"):
		a, err = s.complete(body, fault)
	case strings.HasSuffix(r.URL.Path, "/v1/embeddings"):
		a, err = s.embed(body, fault)
	default:
		fail(w, http.StatusNotFound, "", "no such path: "+r.URL.Path)
		return
	}
	if err != nil {
		fail(w, http.StatusBadRequest, "", err.Error())
		return
	}
	encoded, err := json.Marshal(a.body)
	if err != nil {
		fail(w, http.StatusInternalServerError, "", err.Error())
		return
	}
	sleep(r.Context(), time.Duration(a.tokens)*s.PerToken)
	if fault == Truncated {
		encoded = encoded[:len(encoded)/2]
	} else {
		s.answered(sum)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(encoded)
}

// sleep waits, unless nobody waits for the answer any more.
func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// over returns how long to wait for the allowed rate, 0 if a request keeps to
// it.
func (s *Server) over() time.Duration {
	if s.RequestsPerMinute == 0 {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.allowed == nil {
		s.allowed = rate.NewLimiter(rate.Limit(float64(s.RequestsPerMinute)/60), max(1, s.RequestsPerMinute/10))
	}
	place := s.allowed.Reserve()
	wait := place.Delay()
	if wait > 0 {
		place.Cancel()
		s.stats.Refused++
	}
	return wait
}

func (s *Server) slowDown(w http.ResponseWriter, after string) {
	w.Header().Set("Retry-After", after)
	fail(w, http.StatusTooManyRequests, "rate_limit_exceeded", "slow down")
}

func fail(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"message": message, "type": "error", "code": code}})
}

func (s *Server) enter(peer string, body []byte) (n int, sum [32]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum = sha256.Sum256(body)
	if s.paid[sum] {
		s.stats.Repeats++
	}
	if s.peers == nil {
		s.peers = map[string]bool{}
	}
	s.peers[peer] = true
	s.stats.Connections = len(s.peers)
	s.last = body
	s.stats.Requests++
	s.stats.inFlight++
	s.stats.Peak = max(s.stats.Peak, s.stats.inFlight)
	return s.stats.Requests, sum
}

// seen reports whether a system message came before, as what caches prompts
// would know.
func (s *Server) seen(system string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.systems[system] {
		return true
	}
	if s.systems == nil {
		s.systems = map[string]bool{}
	}
	s.systems[system] = true
	return false
}

func (s *Server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.inFlight--
}

func (s *Server) answered(sum [32]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.paid == nil {
		s.paid = map[[32]byte]bool{}
	}
	s.paid[sum] = true
	s.stats.Answered++
}

func malformed(what string, err error) error { return fmt.Errorf("malformed %s: %w", what, err) }
