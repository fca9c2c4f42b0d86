package review_test

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/exchange/lint"
	"concord/crosswalk/review"
	"concord/internal/hostile"
)

const token = "0123456789abcdef0123456789abcdef"

// A book is a ledger in memory.
type book struct {
	sync.Mutex
	decisions []crosswalk.Decision
	fail      error
}

func (b *book) Decisions(context.Context, string) ([]crosswalk.Decision, error) {
	b.Lock()
	defer b.Unlock()
	return append([]crosswalk.Decision(nil), b.decisions...), nil
}

func (b *book) Decide(_ context.Context, _ string, list []crosswalk.Decision) (int, error) {
	b.Lock()
	defer b.Unlock()
	if b.fail != nil {
		return 0, b.fail
	}
	for _, d := range list {
		if err := d.Check(); err != nil {
			return 0, err
		}
	}
	b.decisions = append(b.decisions, list...)
	return len(list), nil
}

func (b *book) all() []crosswalk.Decision {
	list, _ := b.Decisions(context.Background(), "")
	return list
}

// draft makes up a run: three sources, four targets, and whatever is added.
func draft(t *testing.T, more ...corpus.Element) review.Draft {
	t.Helper()
	source := &corpus.Framework{Name: "src", Edition: "1", Title: "Source", Elements: []corpus.Element{
		{ID: "F-1", Kind: corpus.KindFunction, Title: "Govern"},
		{ID: "S-1", Kind: corpus.KindRequirement, Parent: "F-1", Title: "Records", Text: "Keep records of all visitors of the premises."},
		{ID: "S-2", Kind: corpus.KindCell, Parent: "F-1", Title: "Models", Text: "Protect the training data of models from poisoning.", Focus: "defend", Priority: 1},
		{ID: "S-3", Kind: corpus.KindRequirement, Parent: "F-1", Title: "Alone", Text: "Nothing maps this one."},
	}}
	source.Elements = append(source.Elements, more...)
	target := &corpus.Framework{Name: "dst", Edition: "2", Title: "Target", Elements: []corpus.Element{
		{ID: "T-1", Kind: corpus.KindControl, Title: "Visitor records", Text: "Maintain visitor access records to the facility."},
		{ID: "T-2", Kind: corpus.KindControl, Title: "Integrity", Text: "Detect unauthorized changes to information."},
		{ID: "T-3", Kind: corpus.KindControl, Title: "Encryption", Text: "Encrypt data at rest."},
		{ID: "T-4", Kind: corpus.KindControl, Title: "Training", Text: "Train staff in the handling of visitors."},
	}}
	for _, f := range []*corpus.Framework{source, target} {
		if err := f.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	d := review.Draft{Run: "r", Source: source, Target: target, Threshold: 0.5}
	rank := map[string]int{}
	add := func(s, t string, relation crosswalk.Relation, p float64, flags ...string) {
		rank[s]++
		outcome := crosswalk.Mapped
		if relation == crosswalk.NoRelationship {
			outcome = crosswalk.Unrelated
		}
		e, _ := source.Element(s)
		x := crosswalk.Proposal{
			Run: "r", Source: source.Ref(s), Target: target.Ref(t), Outcome: outcome, Relation: relation, RationaleType: crosswalk.Semantic,
			Rationale: "Both say it.", Probability: p, Confidence: p, Rank: rank[s], Origin: crosswalk.OriginLocal, Flags: flags, Focus: e.Focus, Priority: e.Priority,
		}
		if s == "S-1" && t == "T-1" {
			x.Quotes = []crosswalk.Quote{{Side: crosswalk.SourceSide, Text: "records of all visitors", Start: 13, End: 36}}
		}
		x.ID = crosswalk.ProposalID(x.Source, x.Target, x.RationaleType)
		d.Proposals = append(d.Proposals, x)
	}
	add("S-1", "T-1", crosswalk.SubsetOf, 0.52)
	add("S-1", "T-2", crosswalk.IntersectsWith, 0.97)
	add("S-1", "T-3", crosswalk.NoRelationship, 0.1)
	add("S-2", "T-2", crosswalk.IntersectsWith, 0.6, crosswalk.FlagDirections)
	add("S-2", "T-3", crosswalk.Equal, 0.98)
	add("S-3", "T-1", crosswalk.NoRelationship, 0.3)
	for _, e := range more {
		add(e.ID, "T-1", crosswalk.IntersectsWith, 0.4, crosswalk.FlagStrange)
		d.Proposals[len(d.Proposals)-1].Rationale = e.Text
	}
	return d
}

// A desk under test, with a browser that has the cookie.
type desk struct {
	*httptest.Server
	*http.Client
	book  *book
	draft review.Draft
}

func open(t *testing.T, d review.Draft, b *book, reviewer string, change ...func(*review.Settings)) *desk {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	settings := review.Settings{
		Draft: d, Ledger: b, Reviewers: []review.Reviewer{{Name: reviewer, Token: token}}, Host: server.Listener.Addr().String(),
		Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}
	for _, c := range change {
		c(&settings)
	}
	handler, err := review.New(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = handler
	server.Start()
	t.Cleanup(server.Close)
	return &desk{server, visitor(t, server, token), b, d}
}

// visitor opens the desk with a token and returns the browser that did.
func visitor(t *testing.T, server *httptest.Server, token string) *http.Client {
	t.Helper()
	jar := &cookies{}
	x := &desk{Server: server, Client: &http.Client{Jar: jar}}
	if status, _ := x.get(t, "/?token="+token); status != http.StatusOK || len(jar.list) != 1 {
		t.Fatalf("the token opens nothing: %d, %v", status, jar.list)
	}
	if c := jar.list[0]; !c.HttpOnly || c.SameSite != http.SameSiteStrictMode {
		t.Errorf("the cookie is %v", c)
	}
	return x.Client
}

// cookies keeps them whole: the jar of the library forgets their attributes.
type cookies struct{ list []*http.Cookie }

func (c *cookies) SetCookies(_ *url.URL, list []*http.Cookie) { c.list = append(c.list, list...) }
func (c *cookies) Cookies(*url.URL) []*http.Cookie            { return c.list }

func (x *desk) get(t *testing.T, path string) (int, string) {
	t.Helper()
	answer, err := x.Client.Get(x.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

func (x *desk) post(t *testing.T, path string, form url.Values, header ...string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, x.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer, err := x.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(b)
}

// on fills in the form of proposal n as it was proposed, then changes it.
func (x *desk) on(n int, action string, change ...string) url.Values {
	p := x.draft.Proposals[n]
	form := url.Values{"id": {p.ID}, "sha256": {p.SHA256()}, "action": {action}, "relation": {string(p.Relation)},
		"rationale_type": {string(p.RationaleType)}, "took": {"1500"}}
	for i := 0; i+1 < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return form
}

var claim = regexp.MustCompile(`id="claim">([^<]*)<strong>([^<]*)</strong>([^<]*)<`)

// shown returns the pair that a page is about.
func shown(page string) string {
	m := claim.FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return strings.TrimSpace(m[1]) + " → " + strings.TrimSpace(m[3])
}

func TestADecisionSaysWhatWasChosenOfWhatWasShown(t *testing.T) {
	for _, c := range []struct {
		name     string
		n        int
		action   string
		change   []string
		want     crosswalk.Action
		relation crosswalk.Relation
		reason   crosswalk.Reason
	}{
		{"accept", 0, "accept", nil, crosswalk.Accept, crosswalk.SubsetOf, ""},
		{"reject", 0, "reject", nil, crosswalk.Reject, "", crosswalk.WrongTarget},
		{"reject for a reason", 0, "reject", []string{"reason", "out-of-scope"}, crosswalk.Reject, "", crosswalk.OutOfScope},
		{"other direction", 0, "accept", []string{"relation", "superset_of"}, crosswalk.Correct, crosswalk.SupersetOf, crosswalk.WrongDirection},
		{"weaker", 0, "accept", []string{"relation", "intersects_with"}, crosswalk.Correct, crosswalk.IntersectsWith, crosswalk.TooStrong},
		{"stronger", 1, "accept", []string{"relation", "equal"}, crosswalk.Correct, crosswalk.Equal, crosswalk.TooWeak},
		{"strength", 0, "accept", []string{"strength", "7"}, crosswalk.Correct, crosswalk.SubsetOf, crosswalk.OtherReason},
		{"none", 0, "accept", []string{"relation", "no_relationship"}, crosswalk.Reject, "", crosswalk.WrongTarget},
		{"agree that there is none", 2, "accept", nil, crosswalk.Accept, crosswalk.NoRelationship, ""},
		{"reject what was rejected", 2, "reject", nil, crosswalk.Accept, crosswalk.NoRelationship, ""},
		{"related after all", 2, "accept", []string{"relation", "subset_of"}, crosswalk.Correct, crosswalk.SubsetOf, crosswalk.WrongRelation},
		{"skip", 0, "skip", nil, crosswalk.Skip, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := open(t, draft(t), &book{}, "ada")

			status, page := x.post(t, "/decide", x.on(c.n, c.action, append(c.change, "comment", "so it is")...))

			if status != http.StatusOK || len(x.book.all()) != 1 {
				t.Fatalf("%d, %d decisions: %s", status, len(x.book.all()), page)
			}
			d := x.book.all()[0]
			if d.Action != c.want || d.Relation != c.relation || d.Reason != c.reason || d.Reviewer != "ada" || d.Comment != "so it is" ||
				d.Duration != 1500*time.Millisecond || !d.SuggestionVisible || d.ProposalSHA256 != x.draft.Proposals[c.n].SHA256() {
				t.Errorf("%+v", d)
			}
			if shown(page) == "" || !strings.Contains(page, "Saved: ") {
				t.Errorf("no next pair: %s", page)
			}
		})
	}
}

func TestAPageMayNotDecideWithoutTheRightHostTokenAndOrigin(t *testing.T) {
	x := open(t, draft(t), &book{}, "ada")
	for _, c := range []struct {
		name   string
		header []string
		change func(*http.Request)
		want   int
	}{
		{"another host", nil, func(r *http.Request) { r.Host = "rebound.example:80" }, http.StatusMisdirectedRequest},
		{"another port", nil, func(r *http.Request) { r.Host = "127.0.0.1:1" }, http.StatusMisdirectedRequest},
		{"another origin", []string{"Origin", "http://evil.example"}, nil, http.StatusForbidden},
		{"an origin that is hidden", []string{"Origin", "null"}, nil, http.StatusForbidden},
		{"another site", []string{"Sec-Fetch-Site", "cross-site"}, nil, http.StatusForbidden},
		{"another port of this machine", []string{"Sec-Fetch-Site", "same-site"}, nil, http.StatusForbidden},
		{"this desk", []string{"Sec-Fetch-Site", "same-origin", "Origin", "null"}, nil, http.StatusOK},
	} {
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, x.URL+"/decide", strings.NewReader(x.on(0, "accept").Encode()))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := 0; i+1 < len(c.header); i += 2 {
			request.Header.Set(c.header[i], c.header[i+1])
		}
		if c.change != nil {
			c.change(request)
		}
		answer, err := x.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != c.want || (len(x.book.all()) > 0) != (c.want == http.StatusOK) {
			t.Errorf("%s: %d, %d decisions", c.name, answer.StatusCode, len(x.book.all()))
		}
	}
	x.Client = &http.Client{}
	for _, path := range []string{"/", "/pair", "/desk.js", "/?token=" + strings.Repeat("x", 32), "/pair?token=" + token, "/nosuch"} {
		if status, page := x.get(t, path); status != http.StatusForbidden || strings.Contains(page, "S-1") {
			t.Errorf("%s without a cookie: %d", path, status)
		}
	}
	x.Client = &http.Client{Jar: &cookies{[]*http.Cookie{{Name: "concord-review", Value: strings.Repeat("x", 32)}}}}
	if status, _ := x.post(t, "/decide", x.on(0, "accept")); status != http.StatusForbidden {
		t.Errorf("with another token: %d", status)
	}
}

func TestEveryPageForbidsScriptsOfItsOwn(t *testing.T) {
	x := open(t, draft(t), &book{}, "ada")
	for _, path := range []string{"/", "/pair", "/list", "/sources", "/add?of=S-1", "/bulk", "/desk.js", "/nosuch"} {
		answer, err := x.Client.Get(x.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		h := answer.Header
		if p := h.Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") || strings.Contains(p, "unsafe") ||
			h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

func TestWhatCannotBeADecisionIsRefusedAndChangesNothing(t *testing.T) {
	x := open(t, draft(t), &book{}, "ada")
	for name, c := range map[string]struct {
		form url.Values
		want int
	}{
		"huge":              {x.on(0, "accept", "comment", strings.Repeat("x", 1<<20)), http.StatusRequestEntityTooLarge},
		"long comment":      {x.on(0, "accept", "comment", strings.Repeat("x", 5000)), http.StatusBadRequest},
		"no such pair":      {x.on(0, "accept", "id", "other"), http.StatusNotFound},
		"changed since":     {x.on(0, "accept", "sha256", "0"), http.StatusConflict},
		"no action":         {x.on(0, "delete"), http.StatusBadRequest},
		"no relation":       {x.on(0, "accept", "relation", "near"), http.StatusBadRequest},
		"no reason":         {x.on(0, "reject", "reason", "whim"), http.StatusBadRequest},
		"no number":         {x.on(0, "accept", "strength", "11"), http.StatusBadRequest},
		"no way to compare": {x.on(0, "accept", "rationale_type", "taste"), http.StatusBadRequest},
	} {
		if status, page := x.post(t, "/decide", c.form); status != c.want || !strings.Contains(page, `id="refused"`) {
			t.Errorf("%s: %d, want %d", name, status, c.want)
		}
	}
	x.book.fail = errors.New("disk full at /secret/path")
	if status, page := x.post(t, "/decide", x.on(0, "accept")); status != http.StatusInternalServerError || strings.Contains(page, "secret") {
		t.Errorf("%d: %s", status, page)
	}
	if list := x.book.all(); len(list) > 0 {
		t.Errorf("%+v", list)
	}
	for _, path := range []string{"/pair?queue=x", "/pair?id=x", "/pair?state=x", "/add?of=x", "/bulk?least=NaN", "/list?page=-5"} {
		if status, _ := x.get(t, path); status >= 500 || status == http.StatusOK && !strings.Contains(path, "page") {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestUndoTakesBackOneDecisionAfterTheOther(t *testing.T) {
	x := open(t, draft(t), &book{}, "ada")
	x.post(t, "/decide", x.on(0, "accept"))
	x.post(t, "/decide", x.on(3, "reject"))

	for _, want := range []string{"S-2 → T-2", "S-1 → T-1"} {
		if _, page := x.post(t, "/undo", nil); shown(page) != want || !strings.Contains(page, "taken back") {
			t.Errorf("shows %s, want %s", shown(page), want)
		}
	}
	if _, page := x.post(t, "/undo", nil); !strings.Contains(page, "no decision of yours to take back") {
		t.Error("there was more to take back")
	}
	for _, s := range crosswalk.Current(x.draft.Proposals, x.book.all()) {
		if s.Review != crosswalk.Undecided {
			t.Errorf("%s is %s", s.Proposal, s.Review)
		}
	}
	if n := len(x.book.all()); n != 4 {
		t.Errorf("%d decisions are kept", n)
	}
}

func TestQueuesHoldWhatTheirNamesSay(t *testing.T) {
	x := open(t, draft(t, hostile.Elements()[0]), &book{}, "ada")
	for query, want := range map[string]string{
		"":                          "S-1 → T-1",
		"queue=strong":              "S-1 → T-1",
		"queue=directions":          "S-2 → T-2",
		"queue=instructions":        "X-A → T-1",
		"queue=gaps":                "S-3 → T-1",
		"queue=quotes":              "",
		"queue=conflicts":           "",
		"focus=defend":              "S-2 → T-2",
		"priority=1":                "S-2 → T-2",
		"source=S-3":                "S-3 → T-1",
		"state=decided":             "",
		"queue=mapped&order=source": "S-1 → T-1",
	} {
		if _, page := x.get(t, "/pair?"+query); shown(page) != want {
			t.Errorf("%q begins with %q, want %q", query, shown(page), want)
		}
	}
	x.post(t, "/decide", x.on(0, "skip"))
	if _, page := x.get(t, "/pair"); shown(page) == "S-1 → T-1" {
		t.Error("a skipped pair comes first")
	}
}

func TestReviewersWhoDisagreeMeetInAQueueAndAThirdSettles(t *testing.T) {
	b, d := &book{}, draft(t)
	const grace, carol = "graceeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee", "caroooooooooooooooooooooooooooooooool"
	ada := open(t, d, b, "ada", func(s *review.Settings) {
		s.Reviewers = append(s.Reviewers, review.Reviewer{Name: "grace", Token: grace}, review.Reviewer{Name: "carol", Token: carol})
	})
	other := &desk{ada.Server, visitor(t, ada.Server, grace), b, d}
	third := &desk{ada.Server, visitor(t, ada.Server, carol), b, d}
	other.post(t, "/decide", other.on(0, "reject"))
	ada.post(t, "/decide", ada.on(0, "accept"))

	_, page := third.get(t, "/pair?queue=conflicts")

	if shown(page) != "S-1 → T-1" || !strings.Contains(page, "grace") || !strings.Contains(page, "ada") || !strings.Contains(page, `name="settle"`) {
		t.Fatalf("shows %q", shown(page))
	}
	if _, page := ada.get(t, "/pair?queue=conflicts"); shown(page) != "S-1 → T-1" || strings.Contains(page, `name="settle"`) {
		t.Error("one of those who disagree may settle it")
	}
	form := third.on(0, "accept", "settle", "yes")
	for _, x := range b.all() {
		form.Add("settles", x.ID)
	}
	if status, _ := ada.post(t, "/decide?queue=conflicts", form); status != http.StatusBadRequest || len(b.all()) != 2 {
		t.Errorf("one of those who disagree settled it: %d", status)
	}
	third.post(t, "/decide?queue=conflicts", form)
	if s := crosswalk.Current(d.Proposals, b.all())[0]; s.Review != crosswalk.Accepted || len(s.By) != 3 || s.Decided.Reviewer != "carol" {
		t.Errorf("%+v", s)
	}
	if _, page := third.get(t, "/pair?queue=conflicts"); shown(page) != "" {
		t.Error("the conflict is still there")
	}
}

func TestABlindPairShowsNothingOfWhatWasProposedOrDecided(t *testing.T) {
	b, d := &book{}, draft(t)
	grace := open(t, d, b, "grace")
	grace.post(t, "/decide", grace.on(0, "accept", "relation", "equal"))
	x := open(t, d, b, "ada", func(s *review.Settings) { s.Blind = 1 })

	_, page := x.get(t, "/pair?state=mine&source=S-1")

	if shown(page) != "S-1 → T-1" || !strings.Contains(page, "hidden until you decide") {
		t.Fatalf("%s", page)
	}
	for _, bad := range []string{"52 %", "Both say it", "<mark", "grace", "checked><kbd>", "class=\"sets", "the built-in judge", "97 %"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page tells %q", bad)
		}
	}
	for _, path := range []string{"/list?state=all", "/bulk?least=0", "/list?queue=mapped&state=mine"} {
		if _, page := x.get(t, path); strings.Contains(page, "97 %") || strings.Contains(page, "intersects with</span>") || strings.Contains(page, "Accept these") {
			t.Errorf("%s tells", path)
		}
	}
	if status, page := x.post(t, "/decide", x.on(0, "accept", "relation", "")); status != http.StatusBadRequest || !strings.Contains(page, "Choose how the two are related") {
		t.Errorf("an acceptance of nothing: %d", status)
	}
	x.post(t, "/decide", x.on(0, "accept"))
	if list := b.all(); len(list) != 2 || list[1].SuggestionVisible || list[1].Action != crosswalk.Accept {
		t.Fatalf("%+v", list)
	}
	x.post(t, "/undo", nil)
	x.post(t, "/decide", x.on(0, "reject"))
	if list := b.all(); !list[3].SuggestionVisible {
		t.Error("a pair that was seen counts as unseen after undo")
	}
}

func TestABlindShareIsTheSamePairsEachTime(t *testing.T) {
	d := draft(t)
	hidden := func(reviewer string) (n int, which string) {
		x := open(t, d, &book{}, reviewer, func(s *review.Settings) { s.Blind = 0.5 })
		for _, p := range d.Proposals {
			if _, page := x.get(t, "/pair?id="+p.ID); strings.Contains(page, "hidden until you decide: this") {
				n++
				which += p.ID + " "
			}
		}
		return n, which
	}
	var all int
	for i := range 10 {
		n, which := hidden(fmt.Sprint("r", i))
		if _, again := hidden(fmt.Sprint("r", i)); again != which {
			t.Error("other pairs are hidden the second time")
		}
		all += n
	}
	if share := float64(all) / float64(10*len(d.Proposals)); share < 0.3 || share > 0.7 {
		t.Errorf("%.2f of the pairs are hidden", share)
	}
}

func TestTargetsThatCoverTheirSourceOnlyTogetherAreOneGroup(t *testing.T) {
	x := open(t, draft(t), &book{}, "ada")
	x.post(t, "/decide", x.on(0, "accept", "relation", "superset_of", "comment", "a part"))
	ids := []string{x.draft.Proposals[0].ID, x.draft.Proposals[1].ID}

	status, page := x.post(t, "/together", url.Values{"of": ids, "from": ids[:1]})

	if status != http.StatusOK || !strings.Contains(page, "only together with <b>T-2</b>") {
		t.Fatalf("%d %s", status, page)
	}
	standing := crosswalk.Current(x.draft.Proposals, x.book.all())
	a, b := standing[0].Decided, standing[1].Decided
	if a.Group == "" || a.Group != b.Group || a.Action != crosswalk.Correct || a.Relation != crosswalk.SupersetOf || a.Comment != "a part" || b.Action != crosswalk.Accept {
		t.Errorf("%+v\n%+v", a, b)
	}
	x.post(t, "/undo", nil)
	if s := crosswalk.Current(x.draft.Proposals, x.book.all()); s[0].Decided.Group != "" || s[0].Relation != crosswalk.SupersetOf || s[1].Decided != nil {
		t.Errorf("%+v", s[:2])
	}
	for name, of := range map[string][]string{
		"one alone": ids[:1], "one twice": {ids[0], ids[0]}, "no such": {ids[0], "x"},
		"two sources": {ids[0], x.draft.Proposals[3].ID}, "unrelated": {ids[0], x.draft.Proposals[2].ID},
	} {
		if status, _ := x.post(t, "/together", url.Values{"of": of}); status < 400 || status >= 500 {
			t.Errorf("%s: %d", name, status)
		}
	}
	if n := len(x.book.all()); n != 5 {
		t.Errorf("%d decisions", n)
	}
}

func TestTheChecksLeadToThePairsTheyAreAbout(t *testing.T) {
	d := draft(t)
	var seen []crosswalk.Decision
	check := func(list []crosswalk.Decision) ([]lint.Finding, error) {
		seen = list
		pair := func(n int) lint.Pair {
			return lint.Pair{Row: n + 1, Source: d.Proposals[n].Source.ID, Target: d.Proposals[n].Target.ID, Proposal: d.Proposals[n].ID}
		}
		return []lint.Finding{
			{Code: lint.EqualTwice, Severity: lint.Warning, Row: 1, Message: `equal to <two> things`, Pairs: []lint.Pair{pair(0), pair(1)}},
			{Code: lint.MostlyEqual, Severity: lint.Warning, Message: "of the whole"},
		}, nil
	}
	x := open(t, d, &book{}, "ada", func(s *review.Settings) { s.Check = check })
	x.post(t, "/decide", x.on(0, "accept"))

	_, page := x.get(t, "/checks")

	for _, want := range []string{"equal to &lt;two&gt; things", "S-1 → T-1", "S-1 → T-2", "/pair?id=" + d.Proposals[1].ID, "accepted", "of the whole"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in %s", want, page)
		}
	}
	if len(seen) != 1 || seen[0].Action != crosswalk.Accept {
		t.Errorf("%+v", seen)
	}
	blind := open(t, d, &book{}, "ada", func(s *review.Settings) { s.Check, s.Blind = check, 1 })
	if _, page := blind.get(t, "/checks"); strings.Contains(page, "things") || !strings.Contains(page, "1 more on pairs that you are still to decide unseen") {
		t.Errorf("%s", page)
	}
	if status, _ := open(t, d, &book{}, "ada").get(t, "/checks"); status != http.StatusNotFound {
		t.Errorf("without checks: %d", status)
	}
}

func TestTheDeskSaysWhatReviewingGainsAndHowFarReviewersAgree(t *testing.T) {
	b, d := &book{}, draft(t)
	const grace = "graceeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
	ada := open(t, d, b, "ada", func(s *review.Settings) {
		s.Reviewers = append(s.Reviewers, review.Reviewer{Name: "grace", Token: grace})
	})
	if _, page := ada.get(t, "/"); !strings.Contains(page, "Reviewing the next 6 rows is expected to raise precision from .77 to 1.00 and to find 0.4 more links.") || !strings.Contains(page, "<polyline") {
		t.Errorf("%s", page)
	}
	if _, page := ada.get(t, "/agreement"); !strings.Contains(page, "Nobody has decided") {
		t.Error("somebody agrees")
	}
	other := &desk{ada.Server, visitor(t, ada.Server, grace), b, d}
	for i := range d.Proposals {
		ada.post(t, "/decide", ada.on(i, "accept"))
		other.post(t, "/decide", other.on(i, []string{"accept", "reject"}[i%2]))
	}
	_, page := ada.get(t, "/agreement")
	for _, want := range []string{"6 shared of 6 decided", "ada and grace, of 6:", "6 of 6"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in %s", want, page)
		}
	}
}

func TestTheDeskSaysWhenGoingOnGainsLittle(t *testing.T) {
	d := draft(t, hostile.Elements()...)
	for i := range d.Proposals {
		d.Proposals[i].Probability = 0.99999
		if d.Proposals[i].Outcome != crosswalk.Mapped {
			d.Proposals[i].Probability = 0.00001
		}
	}
	x := open(t, d, &book{}, "ada")
	for _, path := range []string{"/", "/pair", "/list"} {
		if _, page := x.get(t, path); !strings.Contains(page, "a good place to stop") {
			t.Errorf("%s does not say so: %s", path, page)
		}
	}
}

func TestEveryFigureOfTheOverviewLeadsToItsRows(t *testing.T) {
	x := open(t, draft(t, hostile.Elements()[0]), &book{}, "ada")
	x.post(t, "/decide", x.on(0, "accept"))
	x.post(t, "/decide", x.on(3, "reject"))
	_, page := x.get(t, "/overview")
	links := regexp.MustCompile(`href="(/(?:list|sources)\?[^"]*)"`).FindAllStringSubmatch(page, -1)
	if len(links) < 10 {
		t.Fatalf("%d links in %s", len(links), page)
	}
	for _, l := range links {
		address := html.UnescapeString(l[1])
		if status, page := x.get(t, address); status != http.StatusOK || !strings.Contains(page, `class="line"`) {
			t.Errorf("%s: %d, no rows", address, status)
		}
	}
	for address, want := range map[string]int{
		"/list?state=all&stands=mapped": 1, "/list?state=all&bin=10": 2, "/list?state=decided&relation=no_relationship": 1,
		"/list?state=all&outcome=mapped&function=F-1": 4, "/sources?gaps=yes": 1, "/sources?focus=defend": 1, "/list?state=all&family=-": 7,
	} {
		if _, page := x.get(t, address); strings.Count(page, `class="line"`) != want {
			t.Errorf("%s has %d rows, want %d", address, strings.Count(page, `class="line"`), want)
		}
	}
}

func TestADecisionOnAFormerTextIsShownWithWhatChanged(t *testing.T) {
	d := draft(t)
	p := d.Proposals[0]
	old := crosswalk.Decision{Time: time.Now(), Reviewer: "ada", Proposal: p.ID, ProposalSHA256: strings.Repeat("0", 64), Action: crosswalk.Accept,
		Relation: crosswalk.Equal, RationaleType: crosswalk.Semantic, Comment: "so it was",
		Carried: crosswalk.Carried{Run: "former-run", Decision: "x", Source: p.Source, Target: p.Target}}.Identified()
	x := open(t, d, &book{decisions: []crosswalk.Decision{old}}, "ada", func(s *review.Settings) {
		s.Changes = func(context.Context, crosswalk.Decision, crosswalk.Standing) (source, target []corpus.Run, err error) {
			return corpus.DiffWords("Keep records of <some> visitors", "Keep records of all visitors"), corpus.DiffWords("same", "same"), nil
		}
	})

	_, page := x.get(t, "/pair?queue=changed")

	for _, want := range []string{"counts no more", "carried over from run former-r", "so it was", "<del>&lt;some&gt;</del>", "<ins>all</ins>"} {
		if shown(page) != "S-1 → T-1" || !strings.Contains(page, want) {
			t.Errorf("no %q in %s", want, page)
		}
	}
	x.post(t, "/decide", x.on(0, "accept"))
	if _, page := x.get(t, "/pair?queue=changed"); shown(page) != "" {
		t.Error("it is still to be looked at")
	}
}

func TestAPairThatWasMissedIsFoundAndEntered(t *testing.T) {
	x := open(t, draft(t), &book{}, "ada")
	if _, page := x.get(t, "/add?of=S-3&q=visitors+staff"); !strings.Contains(page, "T-4") || strings.Contains(page, "T-3") {
		t.Error("the search finds something else")
	}
	form := url.Values{"of": {"S-3"}, "to": {"T-4"}, "relation": {"intersects_with"}, "rationale_type": {"semantic"}, "strength": {"4"}}

	if status, page := x.post(t, "/enter", form); status != http.StatusOK || shown(page) != "S-3 → T-4" {
		t.Fatalf("%d, shows %q", status, shown(page))
	}

	if d := x.book.all()[0]; d.Action != crosswalk.Enter || d.Source.ID != "S-3" || d.Target.ID != "T-4" || *d.Strength != 4 {
		t.Errorf("%+v", d)
	}
	form.Set("of", "S-1")
	form.Set("to", "T-1")
	if status, _ := x.post(t, "/enter", form); status != http.StatusConflict {
		t.Errorf("a pair that was proposed: %d", status)
	}
	form.Set("to", "T-9")
	if status, _ := x.post(t, "/enter", form); status != http.StatusBadRequest {
		t.Errorf("a target that is not there: %d", status)
	}
	x.post(t, "/undo", nil)
	if _, page := x.get(t, "/list?queue=entered&state=all"); strings.Contains(page, `<span class="id">T-4</span>`) {
		t.Error("it is still there")
	}
}

func TestManyAreAcceptedAsPreviewedAndTakenBackAtOnce(t *testing.T) {
	x := open(t, draft(t), &book{}, "ada")
	_, page := x.get(t, "/bulk?least=0.9")
	list := regexp.MustCompile(`name="list" value="([^"]*)"`).FindStringSubmatch(page)
	if list == nil || !strings.Contains(page, "Accept these 2") {
		t.Fatalf("%s", page)
	}
	form := url.Values{"least": {"0.9"}, "list": list[1:]}

	x.post(t, "/bulk", form)

	if n := len(x.book.all()); n != 2 {
		t.Fatalf("%d decisions", n)
	}
	if status, _ := x.post(t, "/bulk", form); status != http.StatusConflict {
		t.Errorf("the same list again: %d", status)
	}
	x.post(t, "/undo", nil)
	for _, s := range crosswalk.Current(x.draft.Proposals, x.book.all()) {
		if s.Review != crosswalk.Undecided {
			t.Errorf("%s is %s", s.Proposal, s.Review)
		}
	}
}

func TestAHostileTextIsShownAsText(t *testing.T) {
	elements := hostile.Elements()
	markup := elements[0]
	markup.ID, markup.Title = "X-Z", `<img src=x onerror=alert(1)>"'><script>alert(2)</script>`
	elements = append(elements, markup)
	x := open(t, draft(t, elements...), &book{}, `"><script>alert(3)</script>`)
	for i, p := range x.draft.Proposals {
		for _, path := range []string{"/pair?id=" + p.ID, "/add?of=" + url.QueryEscape(p.Source.ID) + "&to=T-2&q=" + url.QueryEscape(`"><script>`)} {
			status, page := x.get(t, path)
			if status != http.StatusOK {
				t.Errorf("%d: %s is %d", i, path, status)
			}
			for _, bad := range []string{"<script>", "<img", "\u202e", "\x1b", "\u200b", "javascript:alert(1)\"", "\U000e0049"} {
				if strings.Contains(page, bad) {
					t.Errorf("%s has %q", path, bad)
				}
			}
		}
	}
}

func TestManyDecisionsAtOnceAreAllKept(t *testing.T) {
	x := open(t, draft(t), &book{}, "ada")
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			form := x.on(i%len(x.draft.Proposals), "accept", "comment", fmt.Sprint(i)).Encode()
			answer, err := x.Client.Post(x.URL+"/decide", "application/x-www-form-urlencoded", strings.NewReader(form))
			if err != nil || answer.StatusCode != http.StatusOK {
				t.Errorf("%v", err)
				return
			}
			answer.Body.Close()
		})
	}
	all.Wait()
	times := map[time.Time]bool{}
	for _, d := range x.book.all() {
		times[d.Time] = true
	}
	if len(times) != 40 {
		t.Errorf("%d different decisions of 40", len(times))
	}
}
