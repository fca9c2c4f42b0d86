// Package endpoint is one polite client of an OpenAI-compatible API: it paces,
// retries, waits when told to, and says in one line what went wrong.
//
// It knows nothing of what is asked. Everything that differs between servers
// which call themselves compatible, or that the client library below it gets
// wrong, is settled here, so that callers see an answer or an [*Error].
package endpoint

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unicode"

	"github.com/sashabaranov/go-openai"
)

// Config says where the API is and how hard to use it. Only BaseURL must be
// set.
type Config struct {
	// BaseURL is what the paths of the API are appended to; it usually ends in
	// /v1. It must be https unless it names this machine.
	BaseURL string
	// Key authorizes requests. Servers on this machine often want none.
	Key string
	// KeyVariable names the environment variable that Key came from, for
	// messages to the user; CONCORD_API_KEY if empty.
	KeyVariable string

	Timeout  time.Duration // of one attempt; 3 minutes if zero
	Attempts int           // of one call, the first included; 6 if zero
	Backoff  time.Duration // mean wait before the second attempt, doubling from there; 500 ms if zero

	RequestsPerMinute int // no limit if zero
	TokensPerMinute   int // in and out, estimated and then corrected; no limit if zero
	Concurrency       int // most requests in flight, of which as many are used as pays; 8 if zero

	// Quota is kept to in place of the limits a minute, which are its own matter.
	// It is that of this process, with these limits, if nil.
	Quota Quota

	Log *slog.Logger // what is retried, and why, the same once in ten seconds; nothing if nil
}

// A Client calls one API. It is safe for concurrent use, and all its users
// share its pace. Use [New] to make one.
type Client struct {
	api      *openai.Client
	host     string
	loopback bool
	timeout  time.Duration
	attempts int
	backoff  time.Duration
	pace     *pace
	log      *slog.Logger
	said     said // of what is asked again

	// quirks are those that the API showed by what it refused.
	quirks atomic.Uint32
}

// New returns a client of the API at c.BaseURL. It makes no request. An
// unusable URL or key is an error, which never shows the key.
func New(c Config) (*Client, error) {
	base, err := parseBase(c.BaseURL)
	if err != nil {
		return nil, err
	}
	variable := or(c.KeyVariable, "CONCORD_API_KEY")
	key := strings.TrimSpace(c.Key)
	if strings.ContainsFunc(key, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsPrint(r) || r == ' ' }) {
		return nil, fmt.Errorf("the key in $%s holds a space, a line break or another character that no key has", variable)
	}
	if c.Timeout < 0 || c.Attempts < 0 || c.Backoff < 0 || c.RequestsPerMinute < 0 || c.TokensPerMinute < 0 || c.Concurrency < 0 {
		return nil, fmt.Errorf("limits of the endpoint %s must not be negative", base.Host)
	}
	concurrency := or(c.Concurrency, 8)
	client := &Client{
		host:     base.Host,
		loopback: isLoopback(base.Hostname()),
		timeout:  or(c.Timeout, 3*time.Minute),
		attempts: or(c.Attempts, 6),
		backoff:  or(c.Backoff, 500*time.Millisecond),
		pace:     newPace(concurrency, c.RequestsPerMinute, c.TokensPerMinute, c.Quota),
		log:      or(c.Log, slog.New(slog.DiscardHandler)),
	}
	config := openai.DefaultConfig(key)
	config.BaseURL = base.String()
	config.HTTPClient = &exchange{
		http:     newHTTP(concurrency, client.loopback),
		host:     base.Host,
		key:      key,
		variable: variable,
		spelled:  spellings(key),
		timeout:  client.timeout,
	}
	client.api = openai.NewClientWithConfig(config)
	return client, nil
}

// Host returns the host of the API, with its port if the base URL has one.
func (c *Client) Host() string { return c.host }

// Loopback reports whether the API is on this machine. Only then may it see
// the text of a framework that is marked Local.
func (c *Client) Loopback() bool { return c.loopback }

// parseBase checks a base URL. Messages show no more than its host, as people
// paste keys into the rest.
func parseBase(raw string) (*url.URL, error) {
	const example = "such as https://api.example.com/v1 or http://localhost:11434/v1"
	raw = strings.TrimSpace(raw)
	if raw == "" {
		return nil, fmt.Errorf("no base URL for the endpoint: give one, %s", example)
	}
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("the base URL of the endpoint is not a URL with a host: give one %s", example)
	}
	switch {
	case u.User != nil:
		return nil, fmt.Errorf("the base URL of %s holds a user or a password: put the key into the environment instead", u.Host)
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("the base URL of %s must end before any '?' or '#'", u.Host)
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, fmt.Errorf("the endpoint %s must be reached by https: plain http would show the key and the texts to the network (a tunnel to localhost works too)", u.Host)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("the base URL of %s starts with %q: want https", u.Host, u.Scheme+":")
	}
	return u, nil
}

func isLoopback(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// newHTTP returns a client that keeps as many idle connections as there are
// workers (the default keeps two a host and reconnects for the rest).
func newHTTP(concurrency int, loopback bool) *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          concurrency,
		MaxIdleConnsPerHost:   concurrency,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		WriteBufferSize:       32 << 10, // a question goes out at once
	}
	if loopback {
		// A promise that text stays on this machine must not hang on what a
		// proxy or a resolver makes of the name.
		transport.Proxy = nil
		dialer.ControlContext = func(_ context.Context, _, address string, _ syscall.RawConn) error {
			if at, err := netip.ParseAddrPort(address); err != nil || !at.Addr().Unmap().IsLoopback() {
				return fmt.Errorf("%s is not on this machine, though its name says so", address)
			}
			return nil
		}
	}
	return &http.Client{
		Transport: transport,
		// Following a redirect would send the texts to a host that nobody chose.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// or returns v, or the fallback if v is the zero value.
func or[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}
