package review_test

import (
	"context"
	"errors"
	"fmt"
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

func (b *book) DecisionsAfter(_ context.Context, _ string, mark int64) ([]crosswalk.Decision, int64, error) {
	b.Lock()
	defer b.Unlock()
	return append([]crosswalk.Decision(nil), b.decisions[mark:]...), int64(len(b.decisions)), nil
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
	list, _, _ := b.DecisionsAfter(context.Background(), "", 0)
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

	if _, page := x.post(t, "/bulk", form); !strings.Contains(page, "and 1 more") {
		t.Errorf("it does not say how many: %s", page)
	}

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

func TestSkippingAndRejectingSayNoMoreThanTheyDo(t *testing.T) {
	x := open(t, draft(t), &book{}, "ada")
	x.post(t, "/decide", x.on(1, "accept", "relation", "equal"))

	x.post(t, "/decide", x.on(1, "skip"))
	if n := len(x.book.all()); n != 1 {
		t.Errorf("to skip what is decided takes it back: %d decisions", n)
	}
	_, page := x.get(t, "/pair?id="+x.draft.Proposals[1].ID)
	if strings.Contains(page, `value="too-weak" selected`) {
		t.Error("a reason that nobody chose is chosen the next time")
	}
	if !strings.Contains(page, `data-plain="Save"`) {
		t.Error("to save one's own decision again is called to accept")
	}
}

// TestOnlyWhatWasMadeAtOnceIsTakenBackAtOnce has decisions of one second, as an
// import makes them.
func TestOnlyWhatWasMadeAtOnceIsTakenBackAtOnce(t *testing.T) {
	d := draft(t)
	var imported []crosswalk.Decision
	now := time.Now().Truncate(time.Second)
	for _, p := range d.Proposals[:3] {
		imported = append(imported, crosswalk.Decision{Time: now, Reviewer: "ada", Proposal: p.ID, ProposalSHA256: p.SHA256(), Action: crosswalk.Accept,
			Relation: p.Relation, RationaleType: p.RationaleType, SuggestionVisible: true}.Identified())
	}
	x := open(t, d, &book{decisions: imported}, "ada")

	x.post(t, "/undo", nil)

	if n := len(x.book.all()); n != 4 {
		t.Errorf("%d were taken back", n-3)
	}
}

func TestADecisionIsTakenBackOnce(t *testing.T) {
	d := draft(t)
	b := &book{}
	one, other := open(t, d, b, "ada"), open(t, d, b, "ada")
	one.post(t, "/decide", one.on(0, "reject"))
	one.post(t, "/decide", one.on(0, "accept"))
	last := b.all()[1].ID
	form := url.Values{"id": {d.Proposals[0].ID}, "of": {last}}

	one.post(t, "/undo", form)
	status, _ := other.post(t, "/undo", form)

	if status != http.StatusConflict || len(b.all()) != 3 {
		t.Errorf("%d, %d decisions", status, len(b.all()))
	}
}

func TestAButtonPressedTwiceDecidesOnce(t *testing.T) {
	x := open(t, draft(t), &book{}, "ada")
	missed := url.Values{"of": {"S-3"}, "to": {"T-4"}, "relation": {"intersects_with"}, "rationale_type": {"semantic"}}
	for range 2 {
		for path, form := range map[string]url.Values{"/decide": x.on(0, "accept"), "/enter": missed} {
			if status, page := x.post(t, path, form); status != http.StatusOK || !strings.Contains(page, "Saved") {
				t.Errorf("%s: %d, %s", path, status, page)
			}
		}
	}
	if n := len(x.book.all()); n != 2 {
		t.Errorf("%d decisions", n)
	}

	x.post(t, "/decide", x.on(0, "accept", "comment", "sure")) // says more
	x.post(t, "/decide", x.on(0, "reject"))
	x.post(t, "/decide", x.on(0, "accept")) // another mind

	if n := len(x.book.all()); n != 5 {
		t.Errorf("%d decisions", n)
	}
}

func TestABlindDecisionSentTwiceSaysThatTheFirstStands(t *testing.T) {
	x := open(t, draft(t), &book{}, "ada", func(s *review.Settings) { s.Blind = 1 })
	form := x.on(0, "accept", "blind", "yes")
	x.post(t, "/decide", form)

	status, page := x.post(t, "/decide", form)

	if status != http.StatusConflict || !strings.Contains(page, "and that stands") || len(x.book.all()) != 1 {
		t.Errorf("%d, %d decisions: %s", status, len(x.book.all()), page)
	}
}

// A slowBook keeps a decision once its browser has gone away, or a while after.
type slowBook struct {
	*book
	asked chan struct{}
}

func (b slowBook) Decide(ctx context.Context, run string, list []crosswalk.Decision) (int, error) {
	close(b.asked)
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(300 * time.Millisecond):
		return b.book.Decide(ctx, run, list)
	}
}

func TestADecisionIsKeptThoughItsBrowserGoesAway(t *testing.T) {
	slow := slowBook{&book{}, make(chan struct{})}
	x := open(t, draft(t), slow.book, "ada", func(s *review.Settings) { s.Ledger = slow })
	ctx, leave := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, x.URL+"/decide", strings.NewReader(x.on(0, "accept").Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	go func() {
		<-slow.asked
		leave()
	}()

	if _, err := x.Do(request); err == nil {
		t.Fatal("it did not go away")
	}
	for range 100 {
		if len(slow.all()) > 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("it is not kept")
}
