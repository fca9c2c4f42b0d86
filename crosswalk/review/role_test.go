package review_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"concord/crosswalk"
	"concord/crosswalk/review"
	"concord/internal/browsertest"
)

// seated opens a desk with somebody in each seat, by name.
func seated(t *testing.T, b *book, seats map[string]review.Role, change ...func(*review.Settings)) map[string]*desk {
	t.Helper()
	d := draft(t)
	tokenOf := func(name string) string { return name + token }
	first := open(t, d, b, "nobody", append(change, func(s *review.Settings) {
		for _, name := range []string{"ada", "grace", "carol", "audit"} {
			if role, ok := seats[name]; ok {
				s.Reviewers = append(s.Reviewers, review.Reviewer{Name: name, Token: tokenOf(name), Role: role})
			}
		}
	})...)
	out := map[string]*desk{}
	for name := range seats {
		out[name] = &desk{first.Server, visitor(t, first.Server, tokenOf(name)), b, d}
	}
	return out
}

func settling(x *desk, n int, action string) url.Values {
	form := x.on(n, action, "settle", "yes")
	for _, s := range crosswalk.Current(x.draft.Proposals, x.book.all()) {
		if s.Proposal == x.draft.Proposals[n].ID {
			for _, by := range s.By {
				form.Add("settles", by.ID)
			}
		}
	}
	return form
}

func TestWhereAnAdjudicatorIsNamedNobodyElseSettlesAConflict(t *testing.T) {
	b := &book{}
	at := seated(t, b, map[string]review.Role{"ada": "", "grace": review.RoleReviewer, "carol": "", "audit": review.RoleAdjudicator})
	standing := func() crosswalk.Standing { return crosswalk.Current(at["ada"].draft.Proposals, b.all())[0] }
	at["ada"].post(t, "/decide", at["ada"].on(0, "accept"))
	at["grace"].post(t, "/decide", at["grace"].on(0, "reject"))

	_, page := at["carol"].get(t, "/pair?queue=conflicts")
	if shown(page) != "S-1 → T-1" || strings.Contains(page, `name="settle"`) || !strings.Contains(page, "an adjudicator settles it") || !strings.Contains(page, ">reviewers disagree<") {
		t.Errorf("to a reviewer: %s", page)
	}
	if status, page := at["carol"].post(t, "/decide", settling(at["carol"], 0, "accept")); status != http.StatusForbidden || !strings.Contains(page, "An adjudicator settles") || len(b.all()) != 2 {
		t.Errorf("a reviewer settled it: %d", status)
	}
	at["carol"].post(t, "/decide", at["carol"].on(0, "accept"))
	if s := standing(); s.Review != crosswalk.Conflict || len(s.By) != 3 {
		t.Errorf("a third opinion settled it: %+v", s)
	}
	if _, page := at["audit"].get(t, "/pair?queue=conflicts"); !strings.Contains(page, `name="settle" value="yes" checked`) {
		t.Errorf("to the adjudicator: %s", page)
	}
	at["audit"].post(t, "/decide", settling(at["audit"], 0, "reject"))

	s := standing()
	if s.Review != crosswalk.Rejected || s.Decided.Reviewer != "audit" || !s.Decided.Adjudicates {
		t.Fatalf("%+v", s)
	}
	if _, page := at["ada"].get(t, "/pair?id="+s.Proposal); !strings.Contains(page, "settles a conflict as adjudicator") {
		t.Error("the page does not say who settled it as what")
	}
	at["audit"].post(t, "/decide", at["audit"].on(0, "reject", "comment", "as discussed"))
	if s := standing(); s.Decided == nil || s.Decided.Comment != "as discussed" || !s.Decided.Adjudicates {
		t.Errorf("having settled it, the adjudicator says more: %+v", s)
	}
	at["audit"].post(t, "/decide", at["audit"].on(1, "accept"))
	if list := b.all(); list[len(list)-1].Adjudicates {
		t.Error("a decision that settles nothing is one of an adjudicator")
	}
}

func TestAnAdjudicatorWhoDecidedBeforeIsAPartyLikeOthers(t *testing.T) {
	b := &book{}
	at := seated(t, b, map[string]review.Role{"ada": "", "grace": review.RoleAdjudicator})
	at["ada"].post(t, "/decide", at["ada"].on(0, "accept"))
	at["grace"].post(t, "/decide", at["grace"].on(0, "reject"))

	if status, _ := at["grace"].post(t, "/decide", settling(at["grace"], 0, "reject")); status != http.StatusBadRequest {
		t.Errorf("who disagrees settled it: %d", status)
	}
	at["grace"].post(t, "/undo", nil)
	at["ada"].post(t, "/decide", at["ada"].on(0, "accept"))
	if s := crosswalk.Current(at["ada"].draft.Proposals, b.all())[0]; s.Review != crosswalk.Accepted {
		t.Errorf("%s", s.Review)
	}
}

// TestWhoSettledAConflictBeforeAdjudicatorsWereNamedDoesNoMore opens a desk with
// an adjudicator on a ledger in which somebody else settled a conflict.
func TestWhoSettledAConflictBeforeAdjudicatorsWereNamedDoesNoMore(t *testing.T) {
	b := &book{}
	before := seated(t, b, map[string]review.Role{"ada": "", "grace": "", "carol": ""})
	before["ada"].post(t, "/decide", before["ada"].on(0, "accept"))
	before["grace"].post(t, "/decide", before["grace"].on(0, "reject"))
	before["carol"].post(t, "/decide", settling(before["carol"], 0, "accept"))
	if s := crosswalk.Current(before["ada"].draft.Proposals, b.all())[0]; s.Review != crosswalk.Accepted {
		t.Fatalf("%s", s.Review)
	}

	after := seated(t, b, map[string]review.Role{"carol": "", "audit": review.RoleAdjudicator})
	after["carol"].post(t, "/decide", after["carol"].on(0, "reject"))

	if s := crosswalk.Current(after["carol"].draft.Proposals, b.all())[0]; s.Review != crosswalk.Conflict {
		t.Errorf("%s by %+v", s.Review, s.Decided)
	}
}

func TestAReaderSeesEverythingAndChangesNothing(t *testing.T) {
	b := &book{}
	at := seated(t, b, map[string]review.Role{"ada": "", "audit": review.RoleReader}, func(s *review.Settings) {
		s.Blind = 1
		s.Readers = said(s.Draft, "Why?").at()
	})
	ada, audit := at["ada"], at["audit"]
	ada.post(t, "/decide", ada.on(3, "reject", "blind", "yes"))
	decided := len(b.all())
	id := ada.draft.Proposals[0].ID

	if _, page := ada.get(t, "/pair?id="+id); !strings.Contains(page, "hidden until you decide") {
		t.Fatal("the pair is not blind to the reviewer")
	}
	_, page := audit.get(t, "/pair?id="+id)
	if !strings.Contains(page, "52 %") || !strings.Contains(page, "Both say it") || strings.Contains(page, "hidden until you decide") {
		t.Error("a reader does not see what was proposed")
	}
	for _, path := range []string{"/", "/pair?id=" + id, "/pair?id=" + ada.draft.Proposals[3].ID, "/list?state=all", "/sources", "/bulk?least=0.5", "/add?of=S-1&q=records&to=T-4", "/comments?all=yes", "/overview", "/agreement"} {
		status, page := audit.get(t, path)
		if status != http.StatusOK || strings.Contains(page, `method="post"`) || strings.Contains(page, `href="/add`) || strings.Contains(page, "not decided by me") {
			t.Errorf("%s offers a reader something to change: %d", path, status)
		}
	}
	for path, form := range map[string]url.Values{
		"/decide": audit.on(0, "accept"), "/enter": {"of": {"S-1"}, "to": {"T-4"}}, "/undo": nil, "/together": {"of": {id}}, "/bulk": nil, "/answer": nil, "/hold": {"id": {id}}, "/nosuch": nil,
	} {
		if status, page := audit.post(t, path, form); status != http.StatusForbidden || !strings.Contains(page, "readers see everything and change nothing") {
			t.Errorf("a reader posts %s: %d", path, status)
		}
	}
	if len(b.all()) != decided {
		t.Error("a reader decided")
	}
}

func TestARoleIsOneOfThree(t *testing.T) {
	for _, r := range []review.Role{review.RoleReviewer, review.RoleAdjudicator, review.RoleReader} {
		if got, err := review.ParseRole(string(r)); err != nil || got != r {
			t.Errorf("%s is read as %s, %v", r, got, err)
		}
	}
	if _, err := review.ParseRole("Reader"); err == nil || !strings.Contains(err.Error(), "adjudicator") {
		t.Errorf("%v", err)
	}
}

func TestTheKeysOfAReaderMoveAndDecideNothing(t *testing.T) {
	ctx := browsertest.Start(t)
	quiet := browsertest.Quiet(t, ctx)
	b := &book{}
	audit := seated(t, b, map[string]review.Role{"audit": review.RoleReader})["audit"]
	browsertest.Must(t, ctx, chromedp.Navigate(audit.URL+"/?token=audit"+token))
	until(t, ctx, `document.querySelector('#start')`)
	browsertest.Must(t, ctx, chromedp.Navigate(audit.URL+"/pair"))
	until(t, ctx, `document.querySelector('#claim')?.innerText.startsWith('S-1')`)

	press(t, ctx, "ar15t+-csu/")
	press(t, ctx, "j")

	until(t, ctx, `document.querySelector('#claim')?.innerText.startsWith('S-2')`)
	if len(b.all()) > 0 {
		t.Errorf("%+v", b.all())
	}
	if said := browsertest.Ask[string](t, ctx, `document.querySelector('#alert').textContent`); said != "" {
		t.Errorf("a key did something: %s", said)
	}
	quiet()
}

func TestAConflictOfOnesOwnComesAfterWhatNobodyDecided(t *testing.T) {
	at := seated(t, &book{}, map[string]review.Role{"ada": "", "grace": "", "carol": review.RoleAdjudicator})
	at["ada"].post(t, "/decide", at["ada"].on(0, "accept"))
	at["grace"].post(t, "/decide", at["grace"].on(0, "reject"))

	for name, want := range map[string]string{"ada": "S-2 → T-2", "grace": "S-2 → T-2", "carol": "S-1 → T-1"} {
		if _, page := at[name].get(t, "/pair"); shown(page) != want {
			t.Errorf("%s is shown %q, want %q", name, shown(page), want)
		}
	}
	if _, page := at["ada"].get(t, "/pair?queue=conflicts"); shown(page) != "S-1 → T-1" {
		t.Errorf("of the conflicts ada is shown %q", shown(page))
	}
}
