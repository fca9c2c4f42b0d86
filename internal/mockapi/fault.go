package mockapi

import (
	"cmp"
	"io"
	"math/rand/v2"
	"net/http"
	"time"
)

// A Fault is a way to misbehave.
type Fault string

const (
	None Fault = ""

	RateLimited Fault = "rate limited" // 429 with Retry-After
	Unavailable Fault = "unavailable"  // 503
	Broken      Fault = "broken"       // 500
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

// Faults returns every fault but none, those of chat and of embeddings last.
func Faults() []Fault {
	return []Fault{
		RateLimited, Unavailable, Broken, BadRequest, NoModel, NoQuota, Redirect, HTML, Empty, Truncated, ErrorIn200, NoChoices, Stall, Reset, EchoKey,
		Fenced, Prose, WrongID, LeftOut, Twice, InventedQuote, Unsure, Contrary, Refusal, CutOff, Filtered,
		Reversed, WrongDimension, ZeroVector, MissingVector, SameIndex,
	}
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

// A Share is how many requests meet a fault, 0 to 1.
type Share struct {
	Fault Fault
	Of    float64
}

// Mixed misbehaves at about the given shares of requests, of which the first
// have precedence if they add up to more than one. Equal seeds misbehave alike.
func Mixed(seed uint64, shares ...Share) func(int) Fault {
	return func(n int) Fault {
		at := rand.New(rand.NewPCG(seed, uint64(n))).Float64()
		for _, s := range shares {
			if at -= s.Of; at < 0 {
				return s.Fault
			}
		}
		return None
	}
}

// refuse carries out the faults that need no answer, and reports whether it
// did.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, f Fault) bool {
	switch f {
	case RateLimited:
		s.slowDown(w, cmp.Or(s.RetryAfter, "0"))
	case Unavailable:
		fail(w, http.StatusServiceUnavailable, "", "overloaded")
	case Broken:
		fail(w, http.StatusInternalServerError, "", "something broke")
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
