package endpoint

import (
	"sync"
	"time"
)

// echo is how long the same is not said again.
const echo = 10 * time.Second

// said is what was said of late. When an endpoint is away, all requests in flight
// meet the same, and one line tells as much as hundreds.
type said struct {
	mu sync.Mutex
	at map[string]time.Time
}

// lately reports whether this was said a short while ago, and if not, that it is
// now.
func (s *said) lately(what string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for old, at := range s.at {
		if now.Sub(at) >= echo {
			delete(s.at, old)
		}
	}
	if _, ok := s.at[what]; ok {
		return true
	}
	if s.at == nil {
		s.at = map[string]time.Time{}
	}
	s.at[what] = now
	return false
}
