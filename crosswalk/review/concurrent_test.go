package review_test

import (
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"concord/crosswalk/ledger"
	"concord/crosswalk/review"
	"concord/internal/postgrestest"
)

// served makes a ledger with a large draft in PostgreSQL and returns where it is.
func served(t testing.TB, d review.Draft) string {
	t.Helper()
	server := postgrestest.Must(t, postgrestest.Start)
	t.Cleanup(func() { server.Stop() })
	at := server.URL("postgres", postgrestest.Password, "postgres", "desk")
	db, err := sql.Open("pgx", at)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`CREATE SCHEMA desk`); err != nil {
		t.Fatal(err)
	}
	if _, _, err := ledger.Migrate(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	record(t, opened(t, at), d)
	return at
}

func opened(t testing.TB, at string) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// A crowd is reviewers who work at once, each in a browser of their own.
type crowd struct {
	mu       sync.Mutex
	on       map[string]string // who looks at a pair
	met      int               // how often somebody was shown what somebody else looked at
	decided  []time.Duration   // how long each decision took
	shown    []time.Duration   // and each page
	accepted map[string]int    // decisions that the desk said it saved, by pair
}

// looks notes that somebody is shown a pair.
func (c *crowd) looks(who, pair string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if other := c.on[pair]; other != "" && other != who {
		c.met++
	}
	c.on[pair] = who
}

// leaves notes that a pair is about to be decided on, and looked at no more.
func (c *crowd) leaves(pair string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.on, pair)
}

var ofPair = regexp.MustCompile(`name="(id|sha256)" value="([0-9a-f-]+)"`)

// works has a reviewer decide on so many pairs, one after the other, as a browser
// without a script does.
func (c *crowd) works(server *httptest.Server, who, secret string, n int) error {
	client := &http.Client{Jar: &cookies{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: time.Minute}
	read := func(answer *http.Response, err error) (string, string, error) {
		if err != nil {
			return "", "", err
		}
		defer answer.Body.Close()
		b, err := io.ReadAll(answer.Body)
		if answer.StatusCode >= 400 {
			err = fmt.Errorf("%s: %s", answer.Status, b)
		}
		return string(b), answer.Header.Get("Location"), err
	}
	if _, _, err := read(client.Get(server.URL + "/?token=" + secret)); err != nil {
		return err
	}
	_, at, err := read(client.Get(server.URL + "/pair")) // leads to the first
	if err != nil {
		return err
	}
	for range n {
		began := time.Now()
		page, _, err := read(client.Get(server.URL + at))
		took := time.Since(began)
		if err != nil {
			return err
		}
		form := url.Values{"action": {"accept"}, "relation": {"intersects_with"}, "rationale_type": {"semantic"}, "took": {"1000"}}
		for _, m := range ofPair.FindAllStringSubmatch(page, -1) {
			form.Set(m[1], m[2])
		}
		if form.Get("sha256") == "" {
			return fmt.Errorf("%s is offered nothing at %s", who, at)
		}
		c.looks(who, form.Get("id"))
		c.leaves(form.Get("id")) // before it is released
		began = time.Now()
		_, at, err = read(client.PostForm(server.URL+"/decide", form))
		if err != nil {
			return err
		}
		c.mu.Lock()
		c.decided, c.shown = append(c.decided, time.Since(began)), append(c.shown, took)
		c.accepted[form.Get("id")]++
		c.mu.Unlock()
	}
	return nil
}

// TestTwentyReviewersAtTwoDesksLoseNothingAndMeetNowhere has them make 2,000
// decisions as fast as they are let, through two desks that share a ledger and
// nothing else. How long one takes is for people to judge: see it with -v.
func TestTwentyReviewersAtTwoDesksLoseNothingAndMeetNowhere(t *testing.T) {
	d := large(t)
	t.Run("postgres", func(t *testing.T) { meetNowhere(t, d, served(t, d), 20, 100) })
	t.Run("sqlite", func(t *testing.T) {
		at := filepath.Join(t.TempDir(), "ledger.db")
		record(t, opened(t, at), d)
		meetNowhere(t, d, at, 20, 100)
	})
}

// meetNowhere has so many people decide on so many pairs each.
func meetNowhere(t *testing.T, d review.Draft, at string, people, each int) {
	var seats []review.Reviewer
	for i := range people {
		seats = append(seats, review.Reviewer{Name: fmt.Sprint("reviewer ", i), Token: fmt.Sprintf("%s-%d", token, i)})
	}
	var desks []*httptest.Server
	for range 2 {
		book := opened(t, at)
		server := httptest.NewUnstartedServer(nil)
		handler, err := review.New(t.Context(), review.Settings{Draft: d, Ledger: book, Reservations: book, Reviewers: seats,
			Host: server.Listener.Addr().String(), Now: time.Now, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
		if err != nil {
			t.Fatal(err)
		}
		server.Config.Handler = handler
		server.Start()
		t.Cleanup(server.Close)
		desks = append(desks, server)
	}

	c := &crowd{on: map[string]string{}, accepted: map[string]int{}}
	var all sync.WaitGroup
	began := time.Now()
	for i, seat := range seats {
		all.Go(func() {
			if err := c.works(desks[i%len(desks)], seat.Name, seat.Token, each); err != nil {
				t.Errorf("%s: %v", seat.Name, err)
			}
		})
	}
	all.Wait()
	took := time.Since(began)

	decisions, err := opened(t, at).Decisions(t.Context(), d.Run)
	if err != nil {
		t.Fatal(err)
	}
	kept, by := map[string]int{}, map[string]int{}
	for _, x := range decisions {
		kept[x.Proposal]++
		by[x.Reviewer]++
	}
	if len(decisions) != people*each || len(by) != people {
		t.Errorf("%d decisions of %d reviewers are kept", len(decisions), len(by))
	}
	for pair, n := range c.accepted {
		if kept[pair] != n {
			t.Errorf("pair %s: %d decisions were saved and %d are kept", pair, n, kept[pair])
		}
	}
	if c.met > 0 || len(kept) != people*each {
		t.Errorf("%d times two looked at one pair; %d decisions are on %d pairs", c.met, len(decisions), len(kept))
	}
	for name, list := range map[string][]time.Duration{"a decision": c.decided, "the next page": c.shown} {
		slices.Sort(list)
		if len(list) > 0 {
			t.Logf("%s: median %v, 99 of 100 within %v, longest %v", name, list[len(list)/2].Round(100*time.Microsecond), list[len(list)*99/100].Round(100*time.Microsecond), list[len(list)-1].Round(100*time.Microsecond))
		}
	}
	t.Logf("%d decisions in %v, %.0f a second", len(decisions), took.Round(time.Millisecond), float64(len(decisions))/took.Seconds())
}
