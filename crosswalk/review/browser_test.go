package review_test

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"concord/crosswalk"
	"concord/crosswalk/exchange/lint"
	"concord/crosswalk/review"
	"concord/internal/browsertest"
	"concord/internal/hostile"
)

// until waits for an expression to hold in a page that takes keys; it may be on
// its way.
func until(t *testing.T, ctx context.Context, expression string) {
	t.Helper()
	for range 400 {
		if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("document.documentElement.classList.contains('js') && !!("+expression+")")); err == nil && ok {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	page, _ := chromedp.Run(ctx, chromedp.Evaluate[string]("location.href + ' ' + document.body.innerText.slice(0, 600)"))
	t.Fatalf("never %s: %s", expression, page)
}

// press types keys as a keyboard does: a page that takes a key for itself does
// not get its character too.
func press(t *testing.T, ctx context.Context, keys string) {
	t.Helper()
	browsertest.Must(t, ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		for _, r := range keys {
			down := *kb.Encode(r)[0]
			down.Type = input.DispatchKeyEventTypeKeyDown
			if unicode.IsPrint(r) || r == '\r' {
				down.Text = string(r)
			}
			up := down
			up.Type, up.Text = input.DispatchKeyEventTypeKeyUp, ""
			for _, event := range []input.DispatchKeyEventParams{down, up} {
				if _, err := cdp.Call(ctx, tab, input.DispatchKeyEvent, event); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

// nameless lists the controls that a screen reader has no name for.
const nameless = `[...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a[href], progress, meter')].filter(e =>
	!(e.labels?.length || e.textContent.trim() || e.ariaLabel)).map(e => e.outerHTML)`

func TestASessionByKeyboardAlone(t *testing.T) {
	ctx := browsertest.Start(t)
	b := &book{}
	x := open(t, draft(t), b, "ada")
	browsertest.Must(t, ctx, chromedp.Steps(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(x.URL+"/?token="+token)))
	until(t, ctx, `document.querySelector('#start') && !location.search`)
	browsertest.Must(t, ctx, chromedp.Navigate(x.URL+"/pair"))
	at := func(pair string) {
		t.Helper()
		until(t, ctx, fmt.Sprintf(`document.querySelector('#claim')?.innerText.startsWith(%q) && document.querySelector('#claim').innerText.endsWith(%q)`,
			strings.Split(pair, " → ")[0], strings.Split(pair, " → ")[1]))
	}
	last := func(action crosswalk.Action) crosswalk.Decision {
		t.Helper()
		list := b.all()
		if len(list) == 0 || list[len(list)-1].Action != action {
			t.Fatalf("want %s: %+v", action, list)
		}
		return list[len(list)-1]
	}

	at("S-1 → T-1")
	press(t, ctx, "a")
	at("S-2 → T-2")
	if d := last(crosswalk.Accept); d.Relation != crosswalk.SubsetOf || d.Duration == 0 {
		t.Errorf("%+v", d)
	}
	press(t, ctx, "r")
	at("S-3 → T-1")
	last(crosswalk.Reject)
	press(t, ctx, "u")
	at("S-2 → T-2")
	last(crosswalk.Undo)
	press(t, ctx, "c")
	press(t, ctx, "as r2 is")
	browsertest.Must(t, ctx, chromedp.Reload())
	until(t, ctx, `document.querySelector('textarea')?.value === 'as r2 is'`)
	press(t, ctx, "14t++")
	until(t, ctx, `document.querySelector('#accept-text').textContent !== 'Accept'`)
	press(t, ctx, "a")
	at("S-3 → T-1")
	if d := last(crosswalk.Correct); d.Relation != crosswalk.SupersetOf || d.Comment != "as r2 is" || d.RationaleType != crosswalk.Functional || *d.Strength != 6 {
		t.Errorf("%+v", d)
	}
	press(t, ctx, "s")
	at("S-1 → T-3")
	last(crosswalk.Skip)
	press(t, ctx, "k")
	at("S-3 → T-1")
	press(t, ctx, "j")
	at("S-1 → T-3")
	press(t, ctx, "g")
	until(t, ctx, `location.search.includes('order=source')`)
	press(t, ctx, "?")
	until(t, ctx, `document.querySelector('#help').open`)
	press(t, ctx, "\x1b")
	until(t, ctx, `!document.querySelector('#help').open`)
	press(t, ctx, "/")
	until(t, ctx, `document.activeElement.id === 'q'`)
	press(t, ctx, "staff\r")
	until(t, ctx, `document.querySelector('.hits a')`)
	browsertest.Must(t, ctx, chromedp.Evaluate[any](`document.querySelector('.hits a').focus()`))
	press(t, ctx, "\r")
	until(t, ctx, `document.querySelector('#enter')`)
	browsertest.Keep(t, ctx, "review-"+"add")
	press(t, ctx, "2a")
	at("S-1 → T-3")
	if d := last(crosswalk.Enter); d.Target.ID != "T-4" {
		t.Errorf("%+v", d)
	}
}

// TestASessionByMouseAndByTouch taps on a telephone what a mouse clicks on a
// desk.
func TestASessionByMouseAndByTouch(t *testing.T) {
	ctx := browsertest.Start(t)
	for _, touch := range []bool{false, true} {
		b := &book{}
		x := open(t, draft(t), b, "ada")
		width := map[bool]int64{false: 1280, true: 360}[touch]
		browsertest.Must(t, ctx, chromedp.Steps(chromedp.EmulateViewport(width, 700), chromedp.Navigate(x.URL+"/?token="+token)))
		until(t, ctx, `document.querySelector('#start') && !location.search`)
		browsertest.Must(t, ctx, chromedp.Navigate(x.URL+"/pair"))
		hit := func(selector, then string) {
			t.Helper()
			until(t, ctx, `document.querySelector('`+selector+`')`)
			at := browsertest.Ask[[]float64](t, ctx, `(() => { const e = document.querySelector('`+selector+`'); e.scrollIntoView({block: 'center'});
				const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()`)
			if !touch {
				browsertest.Must(t, ctx, chromedp.MouseClickXY(at[0], at[1]))
			} else {
				browsertest.Must(t, ctx, tap(at[0], at[1]))
			}
			until(t, ctx, then)
		}
		claim := func(words string) string {
			return `document.querySelector('#claim')?.innerText.replace(/\s+/g, ' ') === '` + words + `'`
		}

		hit("button.yes", claim("S-2 intersects with T-2"))
		hit(".relation:nth-of-type(3)", `document.querySelector('[name=relation][value=equal]').checked`)
		hit("button.yes", claim("S-3 has no relationship with T-1"))
		hit("#undo button", claim("S-2 intersects with T-2"))
		hit("button.no", claim("S-3 has no relationship with T-1"))
		hit("a[rel=next]", claim("S-1 has no relationship with T-3"))
		hit("#search", `document.querySelector('#q')`)

		var did []crosswalk.Action
		for _, d := range b.all() {
			did = append(did, d.Action)
		}
		if want := []crosswalk.Action{crosswalk.Accept, crosswalk.Correct, crosswalk.Undo, crosswalk.Reject}; !slices.Equal(did, want) {
			t.Errorf("touch %t: %v", touch, did)
		}
	}
}

// tap touches a point and lets go.
func tap(x, y float64) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		for _, event := range []input.DispatchTouchEventParams{
			{Type: input.DispatchTouchEventTypeTouchStart, TouchPoints: []*input.TouchPoint{{X: x, Y: y}}}, {Type: input.DispatchTouchEventTypeTouchEnd, TouchPoints: []*input.TouchPoint{}},
		} {
			if _, err := cdp.Call(ctx, tab, input.DispatchTouchEvent, event); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestTwoTabsLoseNothing(t *testing.T) {
	ctx := browsertest.Start(t)
	b := &book{}
	x := open(t, draft(t), b, "ada")
	browsertest.Must(t, ctx, chromedp.Navigate(x.URL+"/?token="+token))
	until(t, ctx, `document.querySelector('#start')`)
	other, stop := chromedp.NewContext(ctx)
	defer stop()
	tabs := []context.Context{ctx, other}
	for _, tab := range tabs {
		browsertest.Must(t, tab, chromedp.Navigate(x.URL+"/pair"))
		until(t, tab, `document.querySelector('#claim')?.innerText.startsWith('S-1')`)
	}
	for i, tab := range tabs {
		press(t, tab, []string{"a", "r"}[i])
		until(t, tab, `document.querySelector('#status').textContent.includes('Saved')`)
	}
	if list := b.all(); len(list) != 2 || list[0].Action != crosswalk.Accept || list[1].Action != crosswalk.Reject {
		t.Errorf("%+v", list)
	}
	x.Server.Close()
	press(t, ctx, "a")
	until(t, ctx, `document.querySelector('#alert').textContent.includes('Not saved')`)
	if n := len(b.all()); n != 2 {
		t.Errorf("%d decisions", n)
	}
}

// TestTwoReviewersAndAThirdAtOneDesk has each of them in a browser profile of
// their own: one decides some pairs blind, they disagree, and a third settles it.
func TestTwoReviewersAndAThirdAtOneDesk(t *testing.T) {
	ctx := browsertest.Start(t)
	b := &book{}
	names := []string{"ada", "grace", "carol"}
	secret := map[string]string{"ada": token, "grace": "grace" + token, "carol": "carol" + token}
	x := open(t, draft(t), b, "ada", func(s *review.Settings) {
		s.Blind = 1
		for _, name := range names[1:] {
			s.Reviewers = append(s.Reviewers, review.Reviewer{Name: name, Token: secret[name]})
		}
	})
	tabs := map[string]context.Context{}
	for _, name := range names {
		tab, stop := chromedp.NewContext(ctx, chromedp.WithNewBrowserContext())
		defer stop()
		tabs[name] = tab
		browsertest.Must(t, tab, chromedp.Navigate(x.URL+"/?token="+secret[name]))
		until(t, tab, `document.querySelector('#start')`)
		browsertest.Must(t, tab, chromedp.Navigate(x.URL+"/pair?state=mine"))
		until(t, tab, `document.querySelector('#claim')?.innerText === 'S-1 and T-1'`)
	}
	browsertest.Keep(t, tabs["ada"], "review-"+"blind")

	press(t, tabs["ada"], "a")
	until(t, tabs["ada"], `document.querySelector('#alert').textContent.includes('Choose how the two are related')`)
	press(t, tabs["ada"], "1a")
	press(t, tabs["grace"], "r")
	for _, name := range names[:2] {
		until(t, tabs[name], `document.querySelector('#claim')?.innerText !== 'S-1 and T-1'`)
	}

	if list := b.all(); len(list) != 2 || list[0].SuggestionVisible || list[1].SuggestionVisible {
		t.Fatalf("%+v", list)
	}
	browsertest.Must(t, tabs["carol"], chromedp.Navigate(x.URL+"/pair?queue=conflicts"))
	until(t, tabs["carol"], `document.querySelector('[name=settle]')`)
	browsertest.Keep(t, tabs["carol"], "review-"+"conflict")
	browsertest.Ask[any](t, tabs["carol"], `document.querySelector('[name=settle]').focus()`)
	press(t, tabs["carol"], " 2a")
	until(t, tabs["carol"], `document.querySelector('h1').innerText === 'Nothing is left here'`)
	if s := crosswalk.Current(x.draft.Proposals, b.all())[0]; s.Review != crosswalk.Corrected || s.Relation != crosswalk.IntersectsWith || s.Decided.Reviewer != "carol" {
		t.Errorf("%+v", s)
	}
}

// TestTenThousandProposalsAreThereAtOnce says how long a browser waits for them.
// How long is for people to judge, on the machine that they have.
func TestTenThousandProposalsAreThereAtOnce(t *testing.T) {
	ctx := browsertest.Start(t)
	x := open(t, large(t), &book{}, "ada")
	browsertest.Must(t, ctx, chromedp.Steps(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(x.URL+"/?token="+token)))
	until(t, ctx, `document.querySelector('#start') && !location.search`)
	for _, path := range []string{"/", "/pair", "/list?state=all", "/sources"} {
		browsertest.Must(t, ctx, chromedp.Navigate(x.URL+path))
		until(t, ctx, `performance.getEntriesByName('first-contentful-paint').length`)
		t.Logf("%s is first painted after %.0f ms", path, browsertest.Ask[float64](t, ctx, `performance.getEntriesByName('first-contentful-paint')[0].startTime`))
	}
	browsertest.Must(t, ctx, chromedp.Navigate(x.URL+"/list?state=all"))
	until(t, ctx, `document.querySelectorAll('.line').length === 100`)
	browsertest.Ask[any](t, ctx, `window.frames_ = []; (() => { let last = performance.now(), y = 0; const step = now => {
		frames_.push(now - last); last = now; scrollTo(0, y += 40); frames_.length < 120 ? requestAnimationFrame(step) : window.scrolled = true; };
		requestAnimationFrame(step); })()`)
	until(t, ctx, `window.scrolled`)
	frames := browsertest.Ask[[]float64](t, ctx, `frames_.sort((a, b) => a - b)`)
	t.Logf("while the list is scrolled a frame takes %.1f ms, of a hundred one %.1f ms", frames[len(frames)/2], frames[len(frames)*99/100])

	browsertest.Must(t, ctx, chromedp.Navigate(x.URL+"/pair"))
	until(t, ctx, `document.querySelector('#claim')`)
	var took []float64
	for range 30 {
		browsertest.Ask[any](t, ctx, `window.claim_ = document.querySelector('#claim'); window.pressed_ = performance.now(); window.turned_ = 0;
			new MutationObserver((_, o) => { if (document.querySelector('#claim') !== claim_) { o.disconnect(); requestAnimationFrame(() => { turned_ = performance.now() - pressed_; }); } })
				.observe(document.body, {childList: true, subtree: true}); document.dispatchEvent(new Event('x'))`)
		press(t, ctx, "a")
		until(t, ctx, `turned_`)
		took = append(took, browsertest.Ask[float64](t, ctx, `turned_`))
	}
	slices.Sort(took)
	t.Logf("from before the key to the frame with the next pair: median %.0f ms, longest %.0f ms", took[len(took)/2], took[len(took)-1])
	if n := len(x.book.all()); n != 30 {
		t.Errorf("%d decisions", n)
	}
}

func TestEveryPageFitsAPhoneAndIsReadableInAnyColours(t *testing.T) {
	ctx := browsertest.Start(t)
	quiet := browsertest.Quiet(t, ctx)
	x := open(t, draft(t, hostile.Elements()...), &book{}, "ada", func(s *review.Settings) {
		s.Reviewers = append(s.Reviewers, review.Reviewer{Name: "grace", Token: "grace" + token})
		s.Reviewers = append(s.Reviewers, review.Reviewer{Name: "carol", Token: "carol" + token, Role: review.RoleAdjudicator}, review.Reviewer{Name: hostile.Elements()[0].ID, Token: "audit" + token, Role: review.RoleReader})
		s.Reservations = newBoard()
		s.Drafting = func(context.Context) ([]review.Drafting, error) { return workers(time.Now()), nil }
		s.Readers = said(s.Draft, hostile.Elements()[0].Text).at()
		s.Check = func([]crosswalk.Decision) ([]lint.Finding, error) {
			pair := []lint.Pair{{Row: 1, Proposal: s.Draft.Proposals[0].ID}}
			return []lint.Finding{{Code: lint.SubsetCycle, Severity: lint.Error, Message: hostile.Elements()[0].Text, Pairs: pair}}, nil
		}
	})
	grace := &desk{x.Server, visitor(t, x.Server, "grace"+token), x.book, x.draft}
	grace.post(t, "/decide", grace.on(1, "reject"))
	grace.get(t, "/pair?source=S-3")
	browsertest.Must(t, ctx, chromedp.Navigate(x.URL+"/?token="+token))
	until(t, ctx, `document.querySelector('#start')`)
	x.post(t, "/decide", x.on(1, "accept"))
	x.post(t, "/together", url.Values{"of": {x.draft.Proposals[3].ID, x.draft.Proposals[4].ID}})
	for name, path := range map[string]string{
		"home": "/", "pair": "/pair?id=" + x.draft.Proposals[0].ID, "decided": "/pair?id=" + x.draft.Proposals[1].ID, "together": "/pair?id=" + x.draft.Proposals[3].ID, "filters": "/pair?family=T-1&priority=-", "agreement": "/agreement", "checks": "/checks", "comments": "/comments?all=yes", "overview": "/overview", "progress": "/progress", "taken": "/pair?id=" + x.draft.Proposals[5].ID, "others": "/pair?source=S-3", "hostile": "/pair?queue=instructions", "list": "/list",
		"sources": "/sources", "search": "/add?of=S-1&q=records", "chosen": "/add?of=S-1&q=records&to=T-4", "bulk": "/bulk?least=0.5", "done": "/pair?queue=quotes",
		"long": "/pair?id=" + x.draft.Proposals[len(x.draft.Proposals)-9].ID,
	} {
		readable(t, ctx, name, x.URL+path)
	}
	for name, seat := range map[string][2]string{
		"adjudicator": {"carol", "/pair?queue=conflicts"}, "reader": {"audit", "/pair?id=" + x.draft.Proposals[0].ID}, "reader-list": {"audit", "/list?state=all"},
	} {
		browsertest.Must(t, ctx, chromedp.Navigate(x.URL+"/?token="+seat[0]+token))
		until(t, ctx, `document.querySelector('#start') && !location.search`)
		readable(t, ctx, name, x.URL+seat[1])
	}
	quiet()
}

// readable looks at a page in light and dark, on a phone and on a desk.
func readable(t *testing.T, ctx context.Context, name, url string) {
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{360, 1280} {
			t.Run(fmt.Sprintf("%s-%s-%d", name, scheme, width), func(t *testing.T) {
				browsertest.Must(t, ctx, chromedp.Steps(browsertest.Scheme("screen", scheme), chromedp.EmulateViewport(width, 800), chromedp.Navigate(url)))
				until(t, ctx, `document.querySelector('main[data-desk]')`)
				browsertest.Keep(t, ctx, "review-"+filepath.Base(t.Name()))

				if n := browsertest.Ask[int](t, ctx, browsertest.Wide); n > 0 {
					t.Errorf("%d pixels too wide", n)
				}
				if list := browsertest.Ask[[]string](t, ctx, browsertest.Faint); len(list) > 0 {
					t.Errorf("hard to read: %q", list)
				}
				if list := browsertest.Ask[[]string](t, ctx, nameless); len(list) > 0 {
					t.Errorf("without a name: %q", list)
				}
			})
		}
	}
}
