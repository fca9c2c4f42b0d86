package overview_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"concord/crosswalk/overview"
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

// faint lists the texts whose contrast with what is behind them is less than
// WCAG 2.2 wants at level AA, 4.5 to 1, and the parts of bars with less than the
// 3 to 1 that it wants of drawings. A canvas turns any colour into sRGB.
const faint = `(() => {
	const pen = Object.assign(document.createElement('canvas'), {width: 1, height: 1}).getContext('2d', {willReadFrequently: true});
	const rgba = colour => { pen.clearRect(0, 0, 1, 1); pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1); return pen.getImageData(0, 0, 1, 1).data; };
	const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
		.reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = e => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; } return [255, 255, 255]; };
	const list = new Set();
	let seen = 0;
	const check = (e, colour, least) => {
		const [a, b] = [light(rgba(colour)), light(behind(e))];
		const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		seen++;
		if (contrast < least) list.add(e.tagName + '.' + e.getAttribute('class') + ' in ' + e.closest('td,section').className + ' ' + contrast.toFixed(2));
	};
	for (const e of document.body.querySelectorAll('*')) {
		const style = getComputedStyle(e);
		if (e.tagName === 'rect') check(e, style.stroke === 'none' ? style.fill : style.stroke, 3);
		if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || ['title', 'desc'].includes(e.tagName)) continue;
		check(e, e instanceof SVGElement ? style.fill : style.color, 4.5);
	}
	if (seen < 100) list.add('only ' + seen + ' texts');
	return [...list];
})()`

// cut lists the words of charts that stick out of their box.
const cut = `[...document.querySelectorAll('svg text')].filter(e => {
	const box = e.getBBox(), all = e.ownerSVGElement.viewBox.baseVal;
	return box.x < 0 || box.y < 0 || box.x + box.width > all.width || box.y + box.height > all.height;
}).map(e => e.textContent)`

// wide is by how many pixels the page is wider than the window.
const wide = `document.documentElement.scrollWidth - document.documentElement.clientWidth`

// closed counts the folded parts of which nothing would be printed.
const closed = `[...document.querySelectorAll('details')].filter(d => [...d.children].some(e => e.tagName !== 'SUMMARY' &&
	(!e.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true}) || e.getBoundingClientRect().height === 0))).length`

// clipped lists the tables that are wider than the paper leaves room for.
const clipped = `[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.getAttribute('aria-labelledby') + ' ' + e.scrollWidth + ' > ' + e.clientWidth)`

// scheme emulates a medium and its colours.
func scheme(medium, colours string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Media: medium, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: colours}}})
		return err
	})
}

// keep writes a picture into the folder that CONCORD_SCREENSHOTS names, for
// whoever changes the style; without one it does nothing.
func keep(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	if folder := os.Getenv("CONCORD_SCREENSHOTS"); folder != "" {
		if err := os.WriteFile(filepath.Join(folder, "overview-"+name+".png"), must(t, ctx, chromedp.FullScreenshot(100)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// served returns the address of a page with a drawing, under a policy as strict
// as that of the desk.
func served(t *testing.T, in overview.Input) string {
	t.Helper()
	page := drawn(t, in, func(c overview.Cell) string { return "/list" })
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'")
		io.WriteString(w, `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Overview</title>`+
			`<link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/style.css"></head><body><main>`+page+`</main></body></html>`)
	})
	mux.HandleFunc("GET /icon.svg", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/svg+xml")
		io.WriteString(w, `<svg xmlns="http://www.w3.org/2000/svg"/>`)
	})
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		io.WriteString(w, ":root { color-scheme: light dark } body { margin: 0 } main { padding: 1rem; max-width: 60rem; margin: auto }\n"+
			"@media (prefers-color-scheme: dark) { body { background: #14171a; color: #e3e7ea } }\n"+overview.Style())
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func TestABrowserShowsTheOverviewInAnyWidthAndColour(t *testing.T) {
	ctx := browser(t)
	console := chromedp.Console(ctx)
	for name, in := range map[string]overview.Input{
		"plain": sample(t, "doors"), "hostile": sample(t, texts()[0]), "long": sample(t, strings.Repeat("unbreakable", 20)), "large": large(t),
	} {
		at := served(t, in)
		for _, colours := range []string{"light", "dark"} {
			for _, width := range []int64{360, 1200} {
				t.Run(fmt.Sprintf("%s-%s-%d", name, colours, width), func(t *testing.T) {
					must(t, ctx, chromedp.Steps(scheme("screen", colours), chromedp.EmulateViewport(width, 800), chromedp.Navigate(at)))
					keep(t, ctx, filepath.Base(t.Name()))
					if n := ask[int](t, ctx, wide); n > 0 {
						t.Errorf("%d pixels too wide", n)
					}
					if n := ask[int](t, ctx, `document.querySelectorAll('details').forEach(d => { d.open = true }), document.querySelectorAll('details').length`); n == 0 {
						t.Error("nothing to unfold")
					}
					if n := ask[int](t, ctx, wide); n > 0 {
						t.Errorf("%d pixels too wide when unfolded", n)
					}
					if list := ask[[]string](t, ctx, faint); len(list) > 0 {
						t.Errorf("hard to see: %q", list)
					}
					if list := ask[[]string](t, ctx, cut); len(list) > 0 {
						t.Errorf("cut off: %q", list)
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

func TestABrowserPrintsTheOverviewOnPaper(t *testing.T) {
	ctx := browser(t)
	must(t, ctx, chromedp.Steps(scheme("print", "dark"), chromedp.EmulateViewport(680, 900), chromedp.Navigate(served(t, large(t)))))
	keep(t, ctx, "print")
	if n := ask[int](t, ctx, closed); n > 0 {
		t.Errorf("%d parts are folded in print", n)
	}
	if list := ask[[]string](t, ctx, clipped); len(list) > 0 {
		t.Errorf("wider than the paper: %q", list)
	}
	if list := ask[[]string](t, ctx, faint); len(list) > 0 {
		t.Errorf("hard to see: %q", list)
	}
}
