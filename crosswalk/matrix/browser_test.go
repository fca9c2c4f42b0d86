package matrix_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"concord/crosswalk/matrix"
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
// WCAG 2.2 wants at level AA, 4.5 to 1. A canvas turns any colour into sRGB.
const faint = `(() => {
	const pen = Object.assign(document.createElement('canvas'), {width: 1, height: 1}).getContext('2d', {willReadFrequently: true});
	const rgba = colour => { pen.clearRect(0, 0, 1, 1); pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1); return pen.getImageData(0, 0, 1, 1).data; };
	const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
		.reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = e => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; } return [255, 255, 255]; };
	const list = new Set();
	let seen = 0;
	for (const e of document.body.querySelectorAll('*')) {
		if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || ['title', 'desc'].includes(e.tagName)) continue;
		const style = getComputedStyle(e);
		const [a, b] = [light(rgba(e instanceof SVGElement ? style.fill : style.color)), light(behind(e))];
		const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		seen++;
		if (contrast < 4.5) list.add(e.tagName + '.' + e.getAttribute('class') + ' ' + contrast.toFixed(2));
	}
	if (seen < 30) list.add('only ' + seen + ' texts');
	return [...list];
})()`

// wide is by how many pixels the page is wider than the window between its
// scroll bars.
const wide = `document.documentElement.scrollWidth - document.documentElement.clientWidth`

// background is the colour of the page.
const background = `getComputedStyle(document.body).backgroundColor`

func address(t *testing.T, html string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(t.TempDir(), "page.html"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(html), 0o644); err != nil {
		t.Fatal(err)
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String()
}

// scheme emulates a medium and its colours.
func scheme(medium, colours string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Media: medium, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: colours}}})
		return err
	})
}

// keep writes what the browser made into the folder that PAGE_PICTURES
// names, for whoever changes the style; without one it does nothing.
func keep(t *testing.T, name string, data func() []byte) {
	t.Helper()
	folder := os.Getenv("PAGE_PICTURES")
	if folder == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(folder, "matrix-"+name), data(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// inside is by how many pixels the table is wider than its container, stuck
// whether its first column stays in sight when it is scrolled to the right.
const (
	inside = `(() => { const s = document.querySelector('.scroll'); return s.scrollWidth - s.clientWidth })()`
	stuck  = `(() => { const s = document.querySelector('.scroll'); s.scrollLeft = 1e6;
		return Math.abs(document.querySelector('th[scope=row]').getBoundingClientRect().left - s.getBoundingClientRect().left) < 3 })()`
)

func TestABrowserShowsTheMatrixInAnyWidthAndColour(t *testing.T) {
	ctx := browser(t)
	for name, text := range map[string]string{"harmless": "Plain words.", "hostile": attacks()[5], "long": strings.Repeat("unbreakable", 20)} {
		at := address(t, written(t, small(t, text, matrix.View{Title: text, Intro: text}).Table().HTML))
		for _, colours := range []string{"light", "dark"} {
			for _, width := range []int64{360, 1280} {
				t.Run(fmt.Sprintf("%s-%s-%d", name, colours, width), func(t *testing.T) {
					must(t, ctx, chromedp.Steps(scheme("screen", colours), chromedp.EmulateViewport(width, 800), chromedp.Navigate(at)))
					keep(t, filepath.Base(t.Name())+".png", func() []byte { return must(t, ctx, chromedp.FullScreenshot(100)) })

					if n := ask[int](t, ctx, wide); n > 0 {
						t.Errorf("%d pixels too wide", n)
					}
					if n := ask[int](t, ctx, inside); width == 360 && n <= 0 {
						t.Error("the table does not scroll in its container")
					}
					if !ask[bool](t, ctx, stuck) {
						t.Error("the first column goes out of sight")
					}
					if list := ask[[]string](t, ctx, faint); len(list) > 0 {
						t.Errorf("hard to read: %q", list)
					}
					if white := ask[string](t, ctx, background) == "rgb(255, 255, 255)"; white != (colours == "light") {
						t.Errorf("white is %v", white)
					}
				})
			}
		}
	}
}

func TestABrowserPrintsTheWholeMatrixOnWhite(t *testing.T) {
	ctx := browser(t)
	at := address(t, written(t, small(t, "plain", matrix.View{}).Table().HTML))

	must(t, ctx, chromedp.Steps(scheme("print", "dark"), chromedp.EmulateViewport(1000, 700), chromedp.Navigate(at)))

	if n := ask[int](t, ctx, inside); n > 0 {
		t.Errorf("%d pixels of the table are cut off", n)
	}
	if colour := ask[string](t, ctx, background); colour != "rgb(255, 255, 255)" {
		t.Errorf("background %s", colour)
	}
	if list := ask[[]string](t, ctx, faint); len(list) > 0 {
		t.Errorf("hard to read: %q", list)
	}
}
