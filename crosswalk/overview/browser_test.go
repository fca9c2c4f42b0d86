package overview_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"concord/crosswalk/overview"
	"concord/internal/browsertest"
)

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

// closed counts the folded parts of which nothing would be printed.
const closed = `[...document.querySelectorAll('details')].filter(d => [...d.children].some(e => e.tagName !== 'SUMMARY' &&
	(!e.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true}) || e.getBoundingClientRect().height === 0))).length`

// clipped lists the tables that are wider than the paper leaves room for.
const clipped = `[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.getAttribute('aria-labelledby') + ' ' + e.scrollWidth + ' > ' + e.clientWidth)`

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
	ctx := browsertest.Start(t)
	quiet := browsertest.Quiet(t, ctx)
	for name, in := range map[string]overview.Input{
		"plain": sample(t, "doors"), "hostile": sample(t, texts()[0]), "long": sample(t, strings.Repeat("unbreakable", 20)), "large": large(t),
	} {
		at := served(t, in)
		for _, colours := range []string{"light", "dark"} {
			for _, width := range []int64{360, 1200} {
				t.Run(fmt.Sprintf("%s-%s-%d", name, colours, width), func(t *testing.T) {
					browsertest.Must(t, ctx, chromedp.Steps(browsertest.Scheme("screen", colours), chromedp.EmulateViewport(width, 800), chromedp.Navigate(at)))
					browsertest.Keep(t, ctx, "overview-"+filepath.Base(t.Name()))
					if n := browsertest.Ask[int](t, ctx, browsertest.Wide); n > 0 {
						t.Errorf("%d pixels too wide", n)
					}
					if n := browsertest.Ask[int](t, ctx, `document.querySelectorAll('details').forEach(d => { d.open = true }), document.querySelectorAll('details').length`); n == 0 {
						t.Error("nothing to unfold")
					}
					if n := browsertest.Ask[int](t, ctx, browsertest.Wide); n > 0 {
						t.Errorf("%d pixels too wide when unfolded", n)
					}
					if list := browsertest.Ask[[]string](t, ctx, faint); len(list) > 0 {
						t.Errorf("hard to see: %q", list)
					}
					if list := browsertest.Ask[[]string](t, ctx, cut); len(list) > 0 {
						t.Errorf("cut off: %q", list)
					}
				})
			}
		}
	}
	quiet()
}

func TestABrowserPrintsTheOverviewOnPaper(t *testing.T) {
	ctx := browsertest.Start(t)
	browsertest.Must(t, ctx, chromedp.Steps(browsertest.Scheme("print", "dark"), chromedp.EmulateViewport(680, 900), chromedp.Navigate(served(t, large(t)))))
	browsertest.Keep(t, ctx, "overview-"+"print")
	if n := browsertest.Ask[int](t, ctx, closed); n > 0 {
		t.Errorf("%d parts are folded in print", n)
	}
	if list := browsertest.Ask[[]string](t, ctx, clipped); len(list) > 0 {
		t.Errorf("wider than the paper: %q", list)
	}
	if list := browsertest.Ask[[]string](t, ctx, faint); len(list) > 0 {
		t.Errorf("hard to see: %q", list)
	}
}
