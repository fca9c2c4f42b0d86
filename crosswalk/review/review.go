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
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/exchange/lint"
	"concord/crosswalk/overview"
	"concord/embed"
)

// A Ledger keeps decisions. Another process may add some at any time.
type Ledger interface {
	// DecisionsAfter returns those of a run that were added after a mark, in the
	// order in which they were added, and the mark after the last one. The mark
	// before the first is 0.
	DecisionsAfter(ctx context.Context, run string, mark int64) ([]crosswalk.Decision, int64, error)
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

// A Reviewer is somebody who may open the desk.
type Reviewer struct {
	Name  string
	Role  Role   // what for; to decide, if empty
	Token string // that opens the desk as this reviewer: long and random
}

// Settings are those of a desk.
type Settings struct {
	Draft     Draft
	Ledger    Ledger
	Reviewers []Reviewer
	// Reservations keep several reviewers apart; nil for none.
	Reservations Reservations
	Host         string // host and port at which browsers reach the desk, such as "127.0.0.1:8484"
	TLS          bool   // browsers reach it by https
	// Check says what is doubtful in the crosswalk that these decisions, by time,
	// come to; nil for no such page.
	Check func([]crosswalk.Decision) ([]lint.Finding, error)
	// Readers are those who commented; nil for none.
	Readers *Readers
	// Matrix writes a self-contained HTML page with the crosswalks of the source to
	// all targets; nil for no such page.
	Matrix func(context.Context, io.Writer) error
	// More returns the proposals that were added to the run after a mark, and the
	// mark after the last one; 0 is the mark before the first. It is nil for a draft
	// that is complete.
	More func(ctx context.Context, after int64) ([]crosswalk.Proposal, int64, error)
	// Drafting says how far workers are with all runs that they are to draft; nil
	// where there are none. It is asked every few seconds, once at a time.
	Drafting func(context.Context) ([]Drafting, error)
	// Changes says how the texts of a pair changed since a decision on a former
	// edition was made; nil if that is not known.
	Changes func(ctx context.Context, x crosswalk.Decision, at crosswalk.Standing) (source, target []corpus.Run, err error)
	Blind   float64          // share of the pairs of which a reviewer does not see what was proposed before deciding, 0 to 1
	Now     func() time.Time // the clock
	Log     *slog.Logger     // of what went wrong; [slog.Default] if nil
}

// A Desk serves the pages. It is safe for concurrent use.
type Desk struct {
	Settings
	handler   http.Handler
	drafted   latest
	templates *template.Template
	analyzer  embed.Analyzer
	targets   []corpus.Element  // that may be entered
	sources   []corpus.Element  // in document order
	functions map[string]string // what source elements belong to, see [overview.Groups]
	families  map[string]string // and target elements
	places    map[string]int    // of source elements in their document
	seats     []*seat

	mu       sync.Mutex // guards what follows, and the seats
	rows     []*row     // proposals in their order, then what was entered
	at       map[string]*row
	doubtful []*row              // most uncertain first
	ordered  []*row              // sources in document order, best candidate first
	values   map[string][]string // that pairs have in the fields, in order
	known    map[string]bool
	read     time.Time // when the ledger was read last
	mark     int64     // after which it has new decisions
	grown    int64     // and after which it has new proposals
	advices  map[string]advice
	asking   map[string]string // who is about to reserve a pair
	warned   time.Time         // that reservations do not work
}

// A seat is the desk as one reviewer has it.
type seat struct {
	*Desk
	Reviewer
	handler http.Handler
	turn    sync.Mutex           // of what the reviewer changes
	own     []crosswalk.Decision // by time
	last    time.Time            // of a decision
}

// New returns a desk with what was decided so far. It is an error if the
// settings are incomplete or a proposal names an element that is not there.
func New(ctx context.Context, s Settings) (*Desk, error) {
	switch {
	case s.Ledger == nil || s.Now == nil || s.Draft.Source == nil || s.Draft.Target == nil || len(s.Reviewers) == 0:
		return nil, errors.New("a desk needs a ledger, a clock, two frameworks and a reviewer")
	case s.Host == "":
		return nil, errors.New("a desk needs to know its host and port")
	case !(s.Blind >= 0 && s.Blind <= 1):
		return nil, fmt.Errorf("blind share %g: want a number from 0 to 1", s.Blind)
	}
	if err := checkReviewers(s.Reviewers); err != nil {
		return nil, err
	}
	if s.Log == nil {
		s.Log = slog.Default()
	}
	templates, err := newTemplates()
	if err != nil {
		return nil, err
	}
	s.Host = canonical(s.Host, s.TLS)
	d := &Desk{Settings: s, templates: templates, functions: overview.Groups(s.Draft.Source), families: overview.Groups(s.Draft.Target), places: map[string]int{},
		at: map[string]*row{}, known: map[string]bool{}, advices: map[string]advice{}, asking: map[string]string{}}
	for i, e := range s.Draft.Source.Elements {
		d.places[e.ID] = i
	}
	for _, r := range s.Reviewers {
		seat := &seat{Desk: d, Reviewer: r}
		seat.handler = seat.routes()
		d.seats = append(d.seats, seat)
	}
	if err := d.lay(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.refresh(ctx, true); err != nil {
		return nil, err
	}
	d.handler = d.guarded()
	return d, nil
}

// TokenCharacters are those of tokens. They stand for themselves in a URL and in a
// cookie.
const TokenCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_"

// checkReviewers refuses names and tokens that do not tell people apart.
func checkReviewers(list []Reviewer) error {
	for i, r := range list {
		switch {
		case strings.TrimSpace(r.Name) == "" || strings.ContainsFunc(r.Name, corpus.Unprintable):
			return fmt.Errorf("reviewer %q: want a name of printable characters", r.Name)
		case r.Role != "" && r.Role != RoleReviewer && r.Role != RoleAdjudicator && r.Role != RoleReader:
			return fmt.Errorf("reviewer %q: role %q: want %s, %s or %s", r.Name, r.Role, RoleReviewer, RoleAdjudicator, RoleReader)
		case len(r.Token) < 32:
			return fmt.Errorf("reviewer %q: a token needs 32 characters or more", r.Name)
		case strings.ContainsFunc(r.Token, func(c rune) bool { return !strings.ContainsRune(TokenCharacters, c) }):
			return fmt.Errorf("reviewer %q: a token is of letters, digits, dots, dashes and underscores", r.Name)
		}
		for _, other := range list[:i] {
			if other.Name == r.Name || other.Token == r.Token {
				return fmt.Errorf("reviewers %q and %q: want a name and a token of each one's own", other.Name, r.Name)
			}
		}
	}
	return nil
}

// ServeHTTP answers browsers that know the token.
func (d *Desk) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.handler.ServeHTTP(w, r) }

// Address returns the URL that opens the desk to a reviewer. It holds the token.
func (d *Desk) Address(r Reviewer) string {
	return d.origin(d.Host) + "/?token=" + url.QueryEscape(r.Token)
}

// origin returns the origin of a host and port.
func (d *Desk) origin(host string) string {
	if d.TLS {
		return "https://" + host
	}
	return "http://" + host
}

func (d *seat) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", d.page(d.home))
	mux.HandleFunc("GET /pair", d.page(d.pair))
	mux.HandleFunc("GET /list", d.page(d.list))
	mux.HandleFunc("GET /sources", d.page(d.sourceList))
	mux.HandleFunc("GET /agreement", d.page(d.agreement))
	mux.HandleFunc("GET /overview", d.page(d.overview))
	mux.HandleFunc("GET /progress", d.page(d.progressPage))
	mux.HandleFunc("GET /matrix", d.matrix)
	mux.HandleFunc("GET /comments", d.page(d.comments))
	mux.HandleFunc("POST /answer", d.page(d.answer))
	mux.HandleFunc("GET /checks", d.page(d.checks))
	mux.HandleFunc("GET /add", d.page(d.add))
	mux.HandleFunc("GET /bulk", d.page(d.bulk))
	mux.HandleFunc("POST /decide", d.page(d.decide))
	mux.HandleFunc("POST /enter", d.page(d.enter))
	mux.HandleFunc("POST /hold", d.hold)
	mux.HandleFunc("POST /undo", d.page(d.undo))
	mux.HandleFunc("POST /together", d.page(d.together))
	mux.HandleFunc("POST /bulk", d.page(d.acceptAll))
	mux.HandleFunc("GET /desk.css", asset("text/css; charset=utf-8", style+overview.Style()))
	mux.HandleFunc("GET /desk.js", asset("text/javascript; charset=utf-8", script))
	mux.HandleFunc("GET /icon.svg", asset("image/svg+xml", icon))
	mux.HandleFunc("/", d.page(func(*http.Request) (reply, error) {
		return reply{}, &refusal{http.StatusNotFound, "There is no such page."}
	}))
	return mux
}
