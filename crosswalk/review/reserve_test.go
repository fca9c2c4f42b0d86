package review_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/review"
)

// A board keeps reservations in memory, by a clock of its own.
type board struct {
	sync.Mutex
	now  time.Time
	of   map[string]crosswalk.Reservation // Left counts from the beginning of the clock
	fail error
}

func newBoard() *board { return &board{of: map[string]crosswalk.Reservation{}, now: time.UnixMilli(0)} }

func (b *board) since() time.Duration { return b.now.Sub(time.UnixMilli(0)) }

func (b *board) pass(long time.Duration) {
	b.Lock()
	defer b.Unlock()
	b.now = b.now.Add(long)
}

func (b *board) Reserve(_ context.Context, _, reviewer, proposal string, long time.Duration) (bool, error) {
	b.Lock()
	defer b.Unlock()
	if x, ok := b.of[proposal]; ok && x.Reviewer != reviewer && x.Left > b.since() || b.fail != nil {
		return false, b.fail
	}
	b.of[proposal] = crosswalk.Reservation{Proposal: proposal, Reviewer: reviewer, Left: b.since() + long}
	return true, nil
}

func (b *board) Release(_ context.Context, _, reviewer, proposal string) error {
	b.Lock()
	defer b.Unlock()
	if b.of[proposal].Reviewer == reviewer {
		delete(b.of, proposal)
	}
	return b.fail
}

func (b *board) Reservations(context.Context, string) (list []crosswalk.Reservation, err error) {
	b.Lock()
	defer b.Unlock()
	for _, x := range b.of {
		if x.Left -= b.since(); x.Left > 0 {
			list = append(list, x)
		}
	}
	return list, b.fail
}

// had lists who has what open, as "ada S-1 → T-1".
func (b *board) had(d review.Draft) []string {
	list, _ := b.Reservations(context.Background(), "")
	out := []string{}
	for _, x := range list {
		for _, p := range d.Proposals {
			if p.ID == x.Proposal {
				out = append(out, fmt.Sprintf("%s %s → %s", x.Reviewer, p.Source.ID, p.Target.ID))
			}
		}
	}
	slices.Sort(out)
	return out
}

// reserved seats reviewers at a desk that keeps them apart.
func reserved(t *testing.T, seats map[string]review.Role, change ...func(*review.Settings)) (*board, map[string]*desk) {
	t.Helper()
	b := newBoard()
	return b, seated(t, &book{}, seats, append(change, func(s *review.Settings) { s.Reservations = b })...)
}

func TestWhatOneReviewerHasOpenTheQueuesOfOthersPassOver(t *testing.T) {
	b, at := reserved(t, map[string]review.Role{"ada": "", "grace": "", "audit": review.RoleReader})
	ada, grace := at["ada"], at["grace"]
	next := func(x *desk, want string) string {
		t.Helper()
		_, page := x.get(t, "/pair")
		if shown(page) != want {
			t.Errorf("shows %q, want %q", shown(page), want)
		}
		return page
	}

	next(ada, "S-1 → T-1")
	next(grace, "S-2 → T-2")
	next(ada, "S-1 → T-1") // her own
	if _, page := ada.post(t, "/decide", ada.on(0, "accept")); shown(page) != "S-3 → T-1" {
		t.Errorf("behind what grace has open ada gets %q", shown(page))
	}
	if got, want := b.had(ada.draft), []string{"ada S-3 → T-1", "grace S-2 → T-2"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	ada.post(t, "/decide", ada.on(5, "skip"))
	if got := b.had(ada.draft); slices.Contains(got, "ada S-3 → T-1") {
		t.Errorf("what is skipped is kept: %q", got)
	}
	b.pass(4 * time.Minute)
	next(ada, "S-2 → T-2")
	if page := next(at["audit"], "S-2 → T-2"); strings.Contains(page, "data-hold") {
		t.Error("a reader reserves")
	}
}

func TestOpeningAReservedPairSaysWhoHasItAndADecisionOnItCounts(t *testing.T) {
	b, at := reserved(t, map[string]review.Role{"ada": "", "grace": "", "audit": review.RoleReader})
	ada, grace := at["ada"], at["grace"]
	id := ada.draft.Proposals[0].ID
	ada.get(t, "/pair?id="+id)

	_, page := grace.get(t, "/pair?id="+id)
	if !strings.Contains(page, "ada has this pair open, until ") || !strings.Contains(page, "counts all the same") {
		t.Errorf("%s", page)
	}
	if _, page := at["audit"].get(t, "/pair?id="+id); !strings.Contains(page, "ada has this pair open") || strings.Contains(page, "counts all the same") {
		t.Error("what a reader is told")
	}
	if _, page := grace.get(t, "/pair?state=mine&id="+id); strings.Contains(page, "has this pair open") {
		t.Error("where everybody decides on everything somebody is sent away")
	}
	if status, page := grace.post(t, "/decide", grace.on(0, "reject")); status != http.StatusOK || !strings.Contains(page, "Saved") {
		t.Errorf("%d", status)
	}
	if status, _ := ada.post(t, "/decide", ada.on(0, "accept")); status != http.StatusOK || len(ada.book.all()) != 2 {
		t.Errorf("%d, %d decisions", status, len(ada.book.all()))
	}
	if got := b.had(ada.draft); slices.ContainsFunc(got, func(s string) bool { return strings.HasSuffix(s, "S-1 → T-1") }) {
		t.Errorf("%q", got)
	}
}

func TestReservationsDoNotSteerWhereEverybodyDecidesOnEverything(t *testing.T) {
	_, at := reserved(t, map[string]review.Role{"ada": "", "grace": ""})
	for _, x := range at {
		if _, page := x.get(t, "/pair?state=mine"); shown(page) != "S-1 → T-1" {
			t.Errorf("shows %q", shown(page))
		}
		if _, page := x.post(t, "/decide?state=mine", x.on(0, "accept")); shown(page) != "S-2 → T-2" {
			t.Errorf("then %q", shown(page))
		}
	}
}

func TestAPageSaysWhatOthersHaveOpenOfWhatIsLeft(t *testing.T) {
	_, at := reserved(t, map[string]review.Role{"ada": "", "grace": ""})
	at["ada"].get(t, "/pair?source=S-3")

	_, page := at["grace"].get(t, "/pair?source=S-3")

	if shown(page) != "" || !strings.Contains(page, "Others have open what is left") || !strings.Contains(page, "S-3 → T-1") || !strings.Contains(page, "ada, until") {
		t.Errorf("%s", page)
	}
}

func TestAPairThatIsToBeDecidedUnseenDoesNotSayWhoHasItOpen(t *testing.T) {
	_, at := reserved(t, map[string]review.Role{"ada": "", "grace": ""}, func(s *review.Settings) { s.Blind = 1 })
	at["ada"].get(t, "/pair?source=S-3")

	for _, path := range []string{"/pair?source=S-3", "/pair?id=" + at["ada"].draft.Proposals[5].ID} {
		if _, page := at["grace"].get(t, path); strings.Contains(page, "ada") || !strings.Contains(page, "Somebody else") {
			t.Errorf("%s tells who: %s", path, page)
		}
	}
}

func TestAPageThatIsOpenKeepsItsReservationAndOneThatIsLeftDoesNot(t *testing.T) {
	b, at := reserved(t, map[string]review.Role{"ada": "", "grace": ""})
	ada, grace := at["ada"], at["grace"]
	id, other := ada.draft.Proposals[0].ID, ada.draft.Proposals[3].ID
	ada.get(t, "/pair?id="+id)
	for range 4 {
		b.pass(2 * time.Minute)
		if status, text := ada.post(t, "/hold", url.Values{"id": {id}}); status != http.StatusOK || text != "" {
			t.Errorf("%d %s", status, text)
		}
	}
	if status, text := grace.post(t, "/hold", url.Values{"id": {id}}); status != http.StatusOK || !strings.Contains(text, "ada has this pair open") {
		t.Errorf("%d %s", status, text)
	}
	grace.post(t, "/hold", url.Values{"left": {id}}) // is not hers to leave
	ada.post(t, "/hold", url.Values{"id": {other}, "left": {id}})
	if got, want := b.had(ada.draft), []string{"ada S-2 → T-2"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if status, _ := ada.post(t, "/hold", url.Values{"id": {"nosuch"}}); status != http.StatusNotFound {
		t.Errorf("a pair that is not there: %d", status)
	}
}

func TestAConflictIsReservedForThoseWhoMaySettleIt(t *testing.T) {
	b, at := reserved(t, map[string]review.Role{"ada": "", "grace": "", "carol": "", "audit": review.RoleAdjudicator})
	at["ada"].post(t, "/decide", at["ada"].on(0, "accept"))
	at["grace"].post(t, "/decide", at["grace"].on(0, "reject"))
	of := func() (who []string) {
		for _, s := range b.had(at["ada"].draft) {
			if strings.HasSuffix(s, "S-1 → T-1") {
				who = append(who, s)
			}
		}
		return who
	}

	for _, name := range []string{"ada", "carol"} {
		if _, page := at[name].get(t, "/pair?queue=conflicts"); shown(page) != "S-1 → T-1" || of() != nil {
			t.Errorf("%s keeps the adjudicator from %q: %q", name, shown(page), of())
		}
	}
	at["audit"].get(t, "/pair?queue=conflicts")
	if who := of(); !slices.Equal(who, []string{"audit S-1 → T-1"}) {
		t.Errorf("%q", who)
	}
}

func TestWithoutReservationsTheWorkGoesOn(t *testing.T) {
	b, at := reserved(t, map[string]review.Role{"ada": ""})
	b.fail = errors.New("no such table")

	if _, page := at["ada"].get(t, "/pair"); shown(page) != "S-1 → T-1" {
		t.Errorf("shows %q", shown(page))
	}
	if status, page := at["ada"].post(t, "/decide", at["ada"].on(0, "accept")); status != http.StatusOK || shown(page) != "S-2 → T-2" || len(at["ada"].book.all()) != 1 {
		t.Errorf("%d, then %q", status, shown(page))
	}
}

func TestAReviewerKeepsOthersFromAFewPairsAtMost(t *testing.T) {
	d := large(t)
	b := newBoard()
	x := open(t, d, &book{}, "ada", func(s *review.Settings) { s.Reservations = b })
	for _, p := range d.Proposals[:30] {
		b.pass(time.Second)
		x.get(t, "/pair?id="+p.ID)
	}
	list, _ := b.Reservations(t.Context(), "")
	if len(list) > 8 || !slices.ContainsFunc(list, func(r crosswalk.Reservation) bool { return r.Proposal == d.Proposals[29].ID }) {
		t.Errorf("%d are reserved", len(list))
	}
}

func TestThePairThatComesNextHasAnAddressOfItsOwn(t *testing.T) {
	_, at := reserved(t, map[string]review.Role{"ada": "", "audit": review.RoleReader})
	ada := at["ada"]
	for name, path := range map[string]string{"ada": "/pair?queue=mapped", "audit": "/pair?queue=mapped&after=" + ada.draft.Proposals[1].ID} {
		answer, err := at[name].Get(ada.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		address := answer.Request.URL
		_, first := at[name].get(t, address.RequestURI())
		ada.post(t, "/decide", ada.on(0, "accept"))

		_, again := at[name].get(t, address.RequestURI()) // as by going back

		if address.Query().Get("id") == "" || address.Query().Get("queue") != "mapped" || shown(again) == "" || shown(again) != shown(first) {
			t.Errorf("%s is shown %q at %s, and later %q", name, shown(first), address, shown(again))
		}
	}
}

func TestAReviewerHasEightPairsReservedAtMost(t *testing.T) {
	d := large(t)
	b, at := reserved(t, map[string]review.Role{"ada": ""}, func(s *review.Settings) { s.Draft = d })
	address := "/pair"
	for range 12 { // on and on, without a script that says what was left
		answer, err := at["ada"].Get(at["ada"].URL + address)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		address = "/pair?after=" + answer.Request.URL.Query().Get("id")
		b.pass(time.Second)
	}
	if n := len(b.had(d)); n != 8 {
		t.Errorf("%d by the queue", n)
	}
	for _, p := range d.Proposals[:12] {
		at["ada"].get(t, "/pair?id="+p.ID)
		b.pass(time.Second)
	}
	if n := len(b.had(d)); n != 8 {
		t.Errorf("%d by links", n)
	}
}

func TestAcceptingManySaysHowManyOthersHaveOpen(t *testing.T) {
	_, at := reserved(t, map[string]review.Role{"ada": "", "grace": ""})
	at["ada"].get(t, "/pair?id="+at["ada"].draft.Proposals[0].ID)

	_, own := at["ada"].get(t, "/bulk?least=0")
	_, other := at["grace"].get(t, "/bulk?least=0")

	if strings.Contains(own, "Others have") || !strings.Contains(other, "Others have 1 of them open") {
		t.Errorf("%s", other)
	}
}
