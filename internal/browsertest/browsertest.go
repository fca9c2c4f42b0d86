// Package browsertest drives chromium in the tests of pages.
package browsertest

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Start starts a chromium of its own, with an empty tab. Where none is installed,
// there is nothing to test with.
func Start(t *testing.T) context.Context {
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
	var err error
	for range attempts {
		ctx, stop := begin(t, path)
		if _, err = chromedp.Run(ctx, chromedp.Navigate("about:blank")); err == nil {
			t.Cleanup(stop)
			return ctx
		}
		stop()
	}
	t.Fatal(err)
	return nil
}

// attempts is how often chromium is started: on a machine that is very busy it
// does not always succeed.
const attempts = 3

func begin(t *testing.T, path string) (ctx context.Context, stop func()) {
	t.Helper()
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir())}
	for _, flag := range []string{"headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
		"disable-component-update", "disable-sync", "disable-dev-shm-usage"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	ctx, stopBrowser := chromedp.NewExecAllocator(t.Context(), options...)
	ctx, closeTab := chromedp.NewContext(ctx)
	return ctx, func() {
		closeTab()
		stopBrowser()
	}
}

// Must runs an action and returns its value.
func Must[T any](t *testing.T, ctx context.Context, a chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Ask evaluates an expression in the page.
func Ask[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	return Must(t, ctx, chromedp.Evaluate[T](expression))
}

// Address writes a page into a folder of the test and returns where a browser
// finds it.
func Address(t *testing.T, html string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(html), 0o644); err != nil {
		t.Fatal(err)
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String()
}

// Quiet listens to the console of the page, and returns what fails the test if
// it has said anything by then.
func Quiet(t *testing.T, ctx context.Context) (check func()) {
	t.Helper()
	console := chromedp.Console(ctx)
	return func() {
		t.Helper()
		const last = "the test ends"
		Ask[any](t, ctx, `console.error("`+last+`")`)
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
}

// Scheme emulates a medium and its colours.
func Scheme(medium, colours string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Media: medium, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: colours}}})
		return err
	})
}

// Keep writes a picture of the page into the folder that CONCORD_SCREENSHOTS
// names, for whoever changes the style; without one it does nothing.
func Keep(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	folder := os.Getenv("CONCORD_SCREENSHOTS")
	if folder == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), Must(t, ctx, chromedp.FullScreenshot(100)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Faint lists the texts whose contrast with what is behind them is less than
// WCAG 2.2 wants at level AA, 4.5 to 1. A canvas turns any colour into sRGB.
const Faint = `(() => {
	const pen = Object.assign(document.createElement('canvas'), {width: 1, height: 1}).getContext('2d', {willReadFrequently: true});
	const rgba = colour => { pen.clearRect(0, 0, 1, 1); pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1); return pen.getImageData(0, 0, 1, 1).data; };
	const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
		.reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = e => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; } return [255, 255, 255]; };
	const list = new Set();
	let seen = 0;
	for (const e of document.body.querySelectorAll('*')) {
		if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || ['title', 'desc'].includes(e.tagName) || !e.checkVisibility()) continue;
		const style = getComputedStyle(e);
		const [a, b] = [light(rgba(e instanceof SVGElement ? style.fill : style.color)), light(behind(e))];
		const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		seen++;
		if (contrast < 4.5) list.add(e.tagName + '.' + e.getAttribute('class') + ' ' + contrast.toFixed(2));
	}
	if (!seen) list.add('no text at all');
	return [...list];
})()`

// Wide is by how many pixels the page is wider than the window.
const Wide = `document.documentElement.scrollWidth - document.documentElement.clientWidth`

// Background is the colour of the page.
const Background = `getComputedStyle(document.body).backgroundColor`
