package review_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"concord/corpus/builtin"
	"concord/crosswalk"
	"concord/crosswalk/ledger"
	"concord/crosswalk/review"
)

// large makes up a run of 250 sources with 40 proposals each, on the texts of
// the Cyber AI Profile and SP 800-53.
func large(t testing.TB) review.Draft {
	t.Helper()
	source, err := builtin.Open("cyber-ai-profile")
	if err != nil {
		t.Fatal(err)
	}
	target, err := builtin.Open("sp800-53")
	if err != nil {
		t.Fatal(err)
	}
	d := review.Draft{Run: "r", Source: source, Target: target, Threshold: 0.18}
	targets := target.Mappable()
	for i, e := range source.Mappable()[:250] {
		for rank := range 40 {
			to := targets[(i*7+rank*13)%len(targets)]
			p := crosswalk.Proposal{
				Run: "r", Source: source.Ref(e.ID), Target: target.Ref(to.ID), SourceSHA256: e.TextSHA256(), TargetSHA256: to.TextSHA256(),
				Outcome: crosswalk.Mapped, Relation: crosswalk.IntersectsWith, RationaleType: crosswalk.Semantic, Rationale: "Both speak of it. " + strings.Repeat("And more. ", 20),
				Probability: 1 / float64(rank+2), Confidence: 1 / float64(rank+2), Rank: rank + 1, Origin: crosswalk.OriginLocal, Focus: e.Focus, Priority: e.Priority,
			}
			if p.Probability < d.Threshold {
				p.Outcome, p.Relation = crosswalk.Unrelated, crosswalk.NoRelationship
			}
			p.ID = crosswalk.ProposalID(p.Source, p.Target, p.RationaleType)
			d.Proposals = append(d.Proposals, p)
		}
	}
	return d
}

// kept records a draft in a ledger on disk.
func kept(t testing.TB, d review.Draft) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	record(t, l, d)
	return l
}

// record puts a draft of 40 proposals a source into a ledger.
func record(t testing.TB, l *ledger.Ledger, d review.Draft) {
	t.Helper()
	run := ledger.Run{ID: d.Run, Started: time.Now(), Settings: json.RawMessage(`{}`), Source: ledger.Document{Spec: d.Source.Spec(), Digest: d.Source.Digest()}, Target: ledger.Document{Spec: d.Target.Spec(), Digest: d.Target.Digest()}}
	if _, err := l.Begin(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	var results []crosswalk.Result
	for group := range slices.Chunk(d.Proposals, 40) {
		results = append(results, crosswalk.Result{Source: group[0].Source.ID, Outcome: crosswalk.Mapped, Judged: len(group), Proposals: group})
	}
	if err := l.Record(t.Context(), d.Run, results); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkDecide makes decisions on a run of 10,000 proposals through the desk,
// each with the page of the next pair, into a ledger on disk. The floor is the
// ledger alone.
func BenchmarkDecide(b *testing.B) {
	d := large(b)
	l := kept(b, d)
	server := httptest.NewUnstartedServer(nil)
	handler, err := review.New(b.Context(), review.Settings{Draft: d, Ledger: l, Reservations: l, Reviewers: []review.Reviewer{{Name: "ada", Token: token}},
		Host: server.Listener.Addr().String(), Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	server.Config.Handler = handler
	server.Start()
	defer server.Close()
	client := &http.Client{Jar: &cookies{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	get := func(path string) {
		answer, err := client.Get(server.URL + path)
		if err != nil {
			b.Fatal(err)
		}
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			b.Fatal(answer.Status)
		}
	}
	get("/?token=" + token)
	var saved, shown, floor []time.Duration
	for i := 0; b.Loop(); i++ {
		p := d.Proposals[i%len(d.Proposals)]
		form := url.Values{"id": {p.ID}, "sha256": {p.SHA256()}, "action": {"accept"}, "relation": {string(p.Relation)}, "rationale_type": {string(p.RationaleType)}}
		began := time.Now()
		answer, err := client.PostForm(server.URL+"/decide", form)
		if err != nil {
			b.Fatal(err)
		}
		answer.Body.Close()
		saved = append(saved, time.Since(began))
		if answer.StatusCode != http.StatusSeeOther {
			b.Fatal(answer.Status)
		}
		began = time.Now()
		get(answer.Header.Get("Location"))
		shown = append(shown, time.Since(began))
		x := crosswalk.Decision{Time: time.Now(), Reviewer: "floor", Proposal: p.ID, ProposalSHA256: p.SHA256(), Action: crosswalk.Accept,
			Relation: p.Relation, RationaleType: p.RationaleType}.Identified()
		began = time.Now()
		if _, err := l.Decide(b.Context(), d.Run, []crosswalk.Decision{x}); err != nil {
			b.Fatal(err)
		}
		floor = append(floor, time.Since(began))
	}
	report := func(name string, took []time.Duration) time.Duration {
		slices.Sort(took)
		p99 := took[len(took)*99/100]
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-"+name+"-median")
		b.ReportMetric(float64(p99.Microseconds())/1000, "ms-"+name+"-p99")
		return took[len(took)/2]
	}
	whole, alone := report("saved", saved), report("ledger", floor)
	report("next-pair", shown)
	b.ReportMetric(float64(whole)/float64(alone), "x-ledger-alone")
}

// BenchmarkPages draws each kind of page of a run of 10,000 proposals. The next pair
// is where one is sent to.
func BenchmarkPages(b *testing.B) {
	d := large(b)
	x := &book{}
	handler, err := review.New(b.Context(), review.Settings{Draft: d, Ledger: x, Reviewers: []review.Reviewer{{Name: "ada", Token: token}},
		Host: "127.0.0.1:1", Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	visit := func(b *testing.B, path string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "http://127.0.0.1:1"+path, nil)
		r.AddCookie(&http.Cookie{Name: "concord-review-1", Value: token})
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	for _, path := range []string{"/", "/pair", "/pair?queue=strong&order=source", "/list?state=all", "/list?state=all&page=90", "/sources", "/add?of=" + url.QueryEscape(d.Proposals[0].Source.ID) + "&q=access", "/bulk?least=0.3"} {
		b.Run(path, func(b *testing.B) {
			for b.Loop() {
				w := visit(b, path)
				if w.Code == http.StatusSeeOther {
					w = visit(b, w.Header().Get("Location"))
				}
				if w.Code != http.StatusOK {
					b.Fatal(w.Code, w.Body)
				}
				b.SetBytes(int64(w.Body.Len()))
			}
		})
	}
}
