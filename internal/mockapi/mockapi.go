// Package mockapi plays an OpenAI-compatible API for tests: it answers chat
// and embedding requests by simple rules, misbehaves when told to, and counts.
package mockapi

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// A Fault is a way to misbehave.
type Fault string

const (
	None Fault = ""

	RateLimited Fault = "rate limited" // 429 with Retry-After
	Unavailable Fault = "unavailable"  // 503
	BadRequest  Fault = "bad request"  // 400
	NoModel     Fault = "no model"     // 404
	NoQuota     Fault = "no quota"     // 429 that no waiting cures
	Redirect    Fault = "redirect"     // 307 to another host
	HTML        Fault = "html"         // 200 with a web page
	Empty       Fault = "empty"        // 200 without a body
	Truncated   Fault = "truncated"    // 200 with half of the JSON
	ErrorIn200  Fault = "error in 200" // an error report with status 200
	NoChoices   Fault = "no choices"   // a completion without a choice
	Stall       Fault = "stall"        // no answer until the client gives up
	Reset       Fault = "reset"        // the connection breaks
	EchoKey     Fault = "echo key"     // 400 with the authorization in the message

	// Of chat only.
	Fenced        Fault = "fenced"         // prose and a code fence around the JSON
	Prose         Fault = "prose"          // no JSON at all
	WrongID       Fault = "wrong id"       // a candidate that was not offered
	LeftOut       Fault = "left out"       // the first candidate is missing
	Twice         Fault = "twice"          // the first candidate is judged twice
	InventedQuote Fault = "invented quote" // quotes that are in no text
	Unsure        Fault = "unsure"         // it cannot tell of any candidate
	Contrary      Fault = "contrary"       // asked from the other side, it sees no relationship
	Refusal       Fault = "refusal"
	CutOff        Fault = "cut off"  // finish_reason length
	Filtered      Fault = "filtered" // finish_reason content_filter

	// Of embeddings only.
	Reversed       Fault = "reversed"        // last text first
	WrongDimension Fault = "wrong dimension" // one vector is shorter
	ZeroVector     Fault = "zero vector"     // one vector is all zeros
	MissingVector  Fault = "missing vector"  // one vector too few
	SameIndex      Fault = "same index"      // every vector claims index 0
)

// A Server answers POST /v1/chat/completions and /v1/embeddings. The zero
// Server behaves well and takes any key. Set the fields before the first
// request.
type Server struct {
	Key        string        // if set, others are answered 401
	RetryAfter string        // header of a 429; "0" if empty
	Dimensions int           // of vectors where the request does not say; 64 if zero
	Latency    time.Duration // of every answer

	// Fault says how to misbehave at the nth request, from 1; never if nil.
	Fault func(n int) Fault
	// Reply replaces the content of a completion, if set. It gets the body of
	// the request.
	Reply func(body []byte) string

	mu    sync.Mutex
	stats Stats
	paid  map[[32]byte]bool
	last  []byte
}

// Stats counts what a server saw.
type Stats struct {
	Requests int // all of them
	Answered int // with status 200 and a usable body
	Repeats  int // requests whose very body had been answered before
	Peak     int // most requests in flight at one time
	inFlight int
}

// Always misbehaves in one way at every request.
func Always(f Fault) func(int) Fault { return func(int) Fault { return f } }

// First misbehaves at the first requests, one fault each.
func First(faults ...Fault) func(int) Fault {
	return func(n int) Fault {
		if n <= len(faults) {
			return faults[n-1]
		}
		return None
	}
}

// Seeded misbehaves at about the given share of requests, 0 to 1, choosing
// among faults. Equal seeds misbehave alike.
func Seeded(seed uint64, share float64, faults ...Fault) func(int) Fault {
	return func(n int) Fault {
		r := rand.New(rand.NewPCG(seed, uint64(n)))
		if r.Float64() >= share {
			return None
		}
		return faults[r.IntN(len(faults))]
	}
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
	n, sum := s.enter(body)
	defer s.leave()
	time.Sleep(s.Latency)

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
	var answer any
	switch {
	case r.Method != http.MethodPost:
		fail(w, http.StatusMethodNotAllowed, "", "method not allowed")
		return
	case strings.HasSuffix(r.URL.Path, "/v1/chat/completions"):
		answer, err = s.complete(body, fault)
	case strings.HasSuffix(r.URL.Path, "/v1/embeddings"):
		answer, err = s.embed(body, fault)
	default:
		fail(w, http.StatusNotFound, "", "no such path: "+r.URL.Path)
		return
	}
	if err != nil {
		fail(w, http.StatusBadRequest, "", err.Error())
		return
	}
	encoded, err := json.Marshal(answer)
	if err != nil {
		fail(w, http.StatusInternalServerError, "", err.Error())
		return
	}
	if fault == Truncated {
		encoded = encoded[:len(encoded)/2]
	} else {
		s.answered(sum)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(encoded)
}

// refuse carries out the faults that need no answer, and reports whether it
// did.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, f Fault) bool {
	switch f {
	case RateLimited:
		after := s.RetryAfter
		if after == "" {
			after = "0"
		}
		w.Header().Set("Retry-After", after)
		fail(w, http.StatusTooManyRequests, "rate_limit_exceeded", "slow down")
	case Unavailable:
		fail(w, http.StatusServiceUnavailable, "", "overloaded")
	case BadRequest:
		fail(w, http.StatusBadRequest, "", "this request is too long")
	case NoModel:
		fail(w, http.StatusNotFound, "model_not_found", "the model does not exist")
	case NoQuota:
		fail(w, http.StatusTooManyRequests, "insufficient_quota", "you exceeded your current quota")
	case EchoKey:
		fail(w, http.StatusBadRequest, "", "cannot use "+r.Header.Get("Authorization"))
	case Redirect:
		http.Redirect(w, r, "http://elsewhere.example"+r.URL.Path, http.StatusTemporaryRedirect)
	case HTML:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, "<!DOCTYPE html><html><body>Welcome</body></html>")
	case Empty:
		w.WriteHeader(http.StatusOK)
	case ErrorIn200:
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"error":{"message":"the provider is down","code":502}}`)
	case Stall:
		select {
		case <-r.Context().Done():
		case <-time.After(30 * time.Second):
		}
	case Reset:
		panic(http.ErrAbortHandler)
	default:
		return false
	}
	return true
}

func fail(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"message": message, "type": "error", "code": code}})
}

func (s *Server) enter(body []byte) (n int, sum [32]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum = sha256.Sum256(body)
	if s.paid[sum] {
		s.stats.Repeats++
	}
	s.last = body
	s.stats.Requests++
	s.stats.inFlight++
	s.stats.Peak = max(s.stats.Peak, s.stats.inFlight)
	return s.stats.Requests, sum
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
