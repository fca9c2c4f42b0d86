// Package review is the desk at which a person decides on the proposals of a
// run, one pair after the other, in a browser.
//
// Pages are made on the server and work without a script; the script adds keys
// and speed. Every decision is in the ledger before the next pair appears. The
// package does not judge, and says nothing of what decisions come to: that is
// [crosswalk.Current].
package review

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"concord/corpus"
	"concord/crosswalk"
	"concord/embed"
)

// A Ledger keeps decisions. Another process may add some at any time.
type Ledger interface {
	// Decisions returns those of a run in the order in which they were added.
	Decisions(ctx context.Context, run string) ([]crosswalk.Decision, error)
	// Decide adds decisions, all of them or none, and returns how many are new.
	Decide(ctx context.Context, run string, decisions []crosswalk.Decision) (added int, err error)
}

// A Draft is what is reviewed.
type Draft struct {
	Run            string
	Source, Target *corpus.Framework
	SourceIDs      []string // that the run set out to cover; those of proposals count in any case
	TargetIDs      []string // that a pair may be entered for; everything mappable if nil
	Proposals      []crosswalk.Proposal
	Threshold      float64 // probability from which a pair is mapped, 0 to 1
}

// Settings are those of a desk.
type Settings struct {
	Draft    Draft
	Ledger   Ledger
	Reviewer string           // who decides
	Host     string           // host and port at which browsers reach the desk, such as "127.0.0.1:8484"
	Token    string           // that opens the desk: long and random
	Now      func() time.Time // the clock
	Log      *slog.Logger     // of what went wrong; [slog.Default] if nil
}

// A Desk serves the pages. It is safe for concurrent use.
type Desk struct {
	Settings
	handler  http.Handler
	pages    *pages
	analyzer embed.Analyzer
	targets  []corpus.Element // that may be entered
	sources  []corpus.Element // in document order

	mu       sync.Mutex // guards what follows
	rows     []*row     // proposals in their order, then what was entered
	at       map[string]*row
	doubtful []*row // most uncertain first
	ordered  []*row // sources in document order, best candidate first
	known    map[string]bool
	own      []crosswalk.Decision // of the reviewer, by time
	read     time.Time            // when the ledger was read last
	last     time.Time            // of a decision of the reviewer
}

// New returns a desk with what was decided so far. It is an error if the
// settings are incomplete or a proposal names an element that is not there.
func New(ctx context.Context, s Settings) (*Desk, error) {
	switch {
	case s.Ledger == nil || s.Now == nil || s.Draft.Source == nil || s.Draft.Target == nil:
		return nil, errors.New("a desk needs a ledger, a clock and two frameworks")
	case strings.TrimSpace(s.Reviewer) == "" || strings.ContainsFunc(s.Reviewer, corpus.Unprintable):
		return nil, fmt.Errorf("reviewer %q: want a name of printable characters", s.Reviewer)
	case len(s.Token) < 32:
		return nil, errors.New("the token of a desk needs 32 characters or more")
	case s.Host == "":
		return nil, errors.New("a desk needs to know its host and port")
	}
	if s.Log == nil {
		s.Log = slog.Default()
	}
	pages, err := newPages()
	if err != nil {
		return nil, err
	}
	d := &Desk{Settings: s, pages: pages, at: map[string]*row{}, known: map[string]bool{}}
	if err := d.lay(); err != nil {
		return nil, err
	}
	if err := d.refresh(ctx); err != nil {
		return nil, err
	}
	d.handler = d.guarded(d.routes())
	return d, nil
}

// ServeHTTP answers browsers that know the token.
func (d *Desk) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.handler.ServeHTTP(w, r) }

// Address returns the URL that opens the desk. It holds the token.
func (d *Desk) Address() string { return "http://" + d.Host + "/?token=" + d.Token }

func (d *Desk) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", d.page(d.home))
	mux.HandleFunc("GET /pair", d.page(d.pair))
	mux.HandleFunc("GET /list", d.page(d.list))
	mux.HandleFunc("GET /sources", d.page(d.sourceList))
	mux.HandleFunc("GET /add", d.page(d.add))
	mux.HandleFunc("GET /bulk", d.page(d.bulk))
	mux.HandleFunc("POST /decide", d.page(d.decide))
	mux.HandleFunc("POST /enter", d.page(d.enter))
	mux.HandleFunc("POST /undo", d.page(d.undo))
	mux.HandleFunc("POST /bulk", d.page(d.acceptAll))
	mux.HandleFunc("GET /desk.css", asset("text/css; charset=utf-8", style))
	mux.HandleFunc("GET /desk.js", asset("text/javascript; charset=utf-8", script))
	mux.HandleFunc("GET /icon.svg", asset("image/svg+xml", icon))
	mux.HandleFunc("/", d.page(func(*http.Request) (reply, error) {
		return nil, &refusal{http.StatusNotFound, "There is no such page."}
	}))
	return mux
}
