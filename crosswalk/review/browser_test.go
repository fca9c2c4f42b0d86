package review_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"concord/crosswalk"
	"concord/crosswalk/exchange/lint"
	"concord/crosswalk/review"
	"concord/internal/hostile"
)

// browser starts a chromium of its own. Where none is installed, there is
// nothing to test with.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no chromium on this machine; Debian has it as the package chromium")
	}
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir())}
	for _, flag := range []string{"headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
		"disable-component-update", "disable-sync", "disable-dev-shm-usage"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(closeTab)
	return ctx
}

// must runs an action and returns its value.
func must[T any](t *testing.T, ctx context.Context, a chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// ask evaluates an expression in the page.
func ask[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	return must(t, ctx, chromedp.Evaluate[T](expression))
}

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
	must(t, ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
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

// keep writes a picture into the folder that CONCORD_SCREENSHOTS names, for
// whoever changes the style; without one it does nothing.
func keep(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	if folder := os.Getenv("CONCORD_SCREENSHOTS"); folder != "" {
		if err := os.WriteFile(filepath.Join(folder, "review-"+name+".png"), must(t, ctx, chromedp.FullScreenshot(100)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// colours emulates a scheme.
func colours(name string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Media: "screen", Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
		return err
	})
}

// faint lists the texts whose contrast with what is behind them is less than
// WCAG 2.2 wants at level AA, 4.5 to 1.
const faint = `(() => {
	const pen = Object.assign(document.createElement('canvas'), {width: 1, height: 1}).getContext('2d', {willReadFrequently: true});
	const rgba = colour => { pen.clearRect(0, 0, 1, 1); pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1); return pen.getImageData(0, 0, 1, 1).data; };
	const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
		.reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = e => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; } return [255, 255, 255]; };
	const list = new Set();
	for (const e of document.body.querySelectorAll('*')) {
		if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility()) continue;
		const [a, b] = [light(rgba(getComputedStyle(e).color)), light(behind(e))];
		const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (contrast < 4.5) list.add(e.tagName + '.' + e.className + ' ' + contrast.toFixed(2));
	}
	return [...list];
})()`

// wide is by how many pixels the page is wider than the window.
const wide = `document.documentElement.scrollWidth - document.documentElement.clientWidth`

// nameless lists the controls that a screen reader has no name for.
const nameless = `[...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a[href], progress, meter')].filter(e =>
	!(e.labels?.length || e.textContent.trim() || e.ariaLabel)).map(e => e.outerHTML)`

func TestASessionByKeyboardAlone(t *testing.T) {
	ctx := browser(t)
	b := &book{}
	x := open(t, draft(t), b, "ada")
	must(t, ctx, chromedp.Steps(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(x.URL+"/?token="+token)))
	until(t, ctx, `document.querySelector('#start') && !location.search`)
	must(t, ctx, chromedp.Navigate(x.URL+"/pair"))
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
	must(t, ctx, chromedp.Reload())
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
	must(t, ctx, chromedp.Evaluate[any](`document.querySelector('.hits a').focus()`))
	press(t, ctx, "\r")
	until(t, ctx, `document.querySelector('#enter')`)
	keep(t, ctx, "add")
	press(t, ctx, "2a")
	at("S-1 → T-3")
	if d := last(crosswalk.Enter); d.Target.ID != "T-4" {
		t.Errorf("%+v", d)
	}
}

// TestASessionByMouseAndByTouch taps on a telephone what a mouse clicks on a
// desk.
func TestASessionByMouseAndByTouch(t *testing.T) {
	ctx := browser(t)
	for _, touch := range []bool{false, true} {
		b := &book{}
		x := open(t, draft(t), b, "ada")
		width := map[bool]int64{false: 1280, true: 360}[touch]
		must(t, ctx, chromedp.Steps(chromedp.EmulateViewport(width, 700), chromedp.Navigate(x.URL+"/?token="+token)))
		until(t, ctx, `document.querySelector('#start') && !location.search`)
		must(t, ctx, chromedp.Navigate(x.URL+"/pair"))
		hit := func(selector, then string) {
			t.Helper()
			until(t, ctx, `document.querySelector('`+selector+`')`)
			at := ask[[]float64](t, ctx, `(() => { const e = document.querySelector('`+selector+`'); e.scrollIntoView({block: 'center'});
				const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()`)
			if !touch {
				must(t, ctx, chromedp.MouseClickXY(at[0], at[1]))
			} else {
				must(t, ctx, tap(at[0], at[1]))
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
	ctx := browser(t)
	b := &book{}
	x := open(t, draft(t), b, "ada")
	must(t, ctx, chromedp.Navigate(x.URL+"/?token="+token))
	until(t, ctx, `document.querySelector('#start')`)
	other, stop := chromedp.NewContext(ctx)
	defer stop()
	tabs := []context.Context{ctx, other}
	for _, tab := range tabs {
		must(t, tab, chromedp.Navigate(x.URL+"/pair"))
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
	ctx := browser(t)
	must(t, ctx, chromedp.Navigate("about:blank")) // the browser is there before its profiles
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
		must(t, tab, chromedp.Navigate(x.URL+"/?token="+secret[name]))
		until(t, tab, `document.querySelector('#start')`)
		must(t, tab, chromedp.Navigate(x.URL+"/pair?state=mine"))
		until(t, tab, `document.querySelector('#claim')?.innerText === 'S-1 and T-1'`)
	}
	keep(t, tabs["ada"], "blind")

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
	must(t, tabs["carol"], chromedp.Navigate(x.URL+"/pair?queue=conflicts"))
	until(t, tabs["carol"], `document.querySelector('[name=settle]')`)
	keep(t, tabs["carol"], "conflict")
	ask[any](t, tabs["carol"], `document.querySelector('[name=settle]').focus()`)
	press(t, tabs["carol"], " 2a")
	until(t, tabs["carol"], `document.querySelector('h1').innerText === 'Nothing is left here'`)
	if s := crosswalk.Current(x.draft.Proposals, b.all())[0]; s.Review != crosswalk.Corrected || s.Relation != crosswalk.IntersectsWith || s.Decided.Reviewer != "carol" {
		t.Errorf("%+v", s)
	}
}

// TestTenThousandProposalsAreThereAtOnce says how long a browser waits for them.
// How long is for people to judge, on the machine that they have.
func TestTenThousandProposalsAreThereAtOnce(t *testing.T) {
	ctx := browser(t)
	x := open(t, large(t), &book{}, "ada")
	must(t, ctx, chromedp.Steps(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(x.URL+"/?token="+token)))
	until(t, ctx, `document.querySelector('#start') && !location.search`)
	for _, path := range []string{"/", "/pair", "/list?state=all", "/sources"} {
		must(t, ctx, chromedp.Navigate(x.URL+path))
		until(t, ctx, `performance.getEntriesByName('first-contentful-paint').length`)
		t.Logf("%s is first painted after %.0f ms", path, ask[float64](t, ctx, `performance.getEntriesByName('first-contentful-paint')[0].startTime`))
	}
	must(t, ctx, chromedp.Navigate(x.URL+"/list?state=all"))
	until(t, ctx, `document.querySelectorAll('.line').length === 100`)
	ask[any](t, ctx, `window.frames_ = []; (() => { let last = performance.now(), y = 0; const step = now => {
		frames_.push(now - last); last = now; scrollTo(0, y += 40); frames_.length < 120 ? requestAnimationFrame(step) : window.scrolled = true; };
		requestAnimationFrame(step); })()`)
	until(t, ctx, `window.scrolled`)
	frames := ask[[]float64](t, ctx, `frames_.sort((a, b) => a - b)`)
	t.Logf("while the list is scrolled a frame takes %.1f ms, of a hundred one %.1f ms", frames[len(frames)/2], frames[len(frames)*99/100])

	must(t, ctx, chromedp.Navigate(x.URL+"/pair"))
	until(t, ctx, `document.querySelector('#claim')`)
	var took []float64
	for range 30 {
		ask[any](t, ctx, `window.claim_ = document.querySelector('#claim'); window.pressed_ = performance.now(); window.turned_ = 0;
			new MutationObserver((_, o) => { if (document.querySelector('#claim') !== claim_) { o.disconnect(); requestAnimationFrame(() => { turned_ = performance.now() - pressed_; }); } })
				.observe(document.body, {childList: true, subtree: true}); document.dispatchEvent(new Event('x'))`)
		press(t, ctx, "a")
		until(t, ctx, `turned_`)
		took = append(took, ask[float64](t, ctx, `turned_`))
	}
	slices.Sort(took)
	t.Logf("from before the key to the frame with the next pair: median %.0f ms, longest %.0f ms", took[len(took)/2], took[len(took)-1])
	if n := len(x.book.all()); n != 30 {
		t.Errorf("%d decisions", n)
	}
}

func TestEveryPageFitsAPhoneAndIsReadableInAnyColours(t *testing.T) {
	ctx := browser(t)
	console := chromedp.Console(ctx)
	x := open(t, draft(t, hostile.Elements()...), &book{}, "ada", func(s *review.Settings) {
		s.Reviewers = append(s.Reviewers, review.Reviewer{Name: "grace", Token: "grace" + token})
		s.Check = func([]crosswalk.Decision) ([]lint.Finding, error) {
			pair := []lint.Pair{{Row: 1, Proposal: s.Draft.Proposals[0].ID}}
			return []lint.Finding{{Code: lint.SubsetCycle, Severity: lint.Error, Message: hostile.Elements()[0].Text, Pairs: pair}}, nil
		}
	})
	grace := &desk{x.Server, visitor(t, x.Server, "grace"+token), x.book, x.draft}
	grace.post(t, "/decide", grace.on(1, "reject"))
	must(t, ctx, chromedp.Navigate(x.URL+"/?token="+token))
	until(t, ctx, `document.querySelector('#start')`)
	x.post(t, "/decide", x.on(1, "accept"))
	x.post(t, "/together", url.Values{"of": {x.draft.Proposals[3].ID, x.draft.Proposals[4].ID}})
	for name, path := range map[string]string{
		"home": "/", "pair": "/pair?id=" + x.draft.Proposals[0].ID, "decided": "/pair?id=" + x.draft.Proposals[1].ID, "together": "/pair?id=" + x.draft.Proposals[3].ID, "filters": "/pair?family=T-1&priority=-", "agreement": "/agreement", "checks": "/checks", "overview": "/overview", "hostile": "/pair?queue=instructions", "list": "/list",
		"sources": "/sources", "search": "/add?of=S-1&q=records", "chosen": "/add?of=S-1&q=records&to=T-4", "bulk": "/bulk?least=0.5", "done": "/pair?queue=quotes",
		"long": "/pair?id=" + x.draft.Proposals[len(x.draft.Proposals)-9].ID,
	} {
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int64{360, 1280} {
				t.Run(fmt.Sprintf("%s-%s-%d", name, scheme, width), func(t *testing.T) {
					must(t, ctx, chromedp.Steps(colours(scheme), chromedp.EmulateViewport(width, 800), chromedp.Navigate(x.URL+path)))
					until(t, ctx, `document.querySelector('main[data-desk]')`)
					keep(t, ctx, filepath.Base(t.Name()))

					if n := ask[int](t, ctx, wide); n > 0 {
						t.Errorf("%d pixels too wide", n)
					}
					if list := ask[[]string](t, ctx, faint); len(list) > 0 {
						t.Errorf("hard to read: %q", list)
					}
					if list := ask[[]string](t, ctx, nameless); len(list) > 0 {
						t.Errorf("without a name: %q", list)
					}
				})
			}
		}
	}
	const last = "the test ends"
	ask[any](t, ctx, `console.error("`+last+`")`)
	for m, err := range console {
		if err != nil {
			t.Fatal(err)
		}
		if m.Text == last {
			return
		}
		t.Errorf("the console says %v", m)
	}
}
