package report_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"concord/internal/browsertest"
)

// cut lists the words of charts that stick out of their box.
const cut = `[...document.querySelectorAll('svg text')].filter(e => {
	const box = e.getBBox(), all = e.ownerSVGElement.viewBox.baseVal;
	return box.x < 0 || box.y < 0 || box.x + box.width > all.width || box.y + box.height > all.height;
}).map(e => e.ownerSVGElement.querySelector('title').textContent + ': ' + e.textContent)`

// opened unfolds everything.
const opened = `document.querySelectorAll('details').forEach(d => { d.open = true }), document.querySelectorAll('details').length`

func TestABrowserShowsThePageInAnyWidthAndColour(t *testing.T) {
	ctx := browsertest.Start(t)
	quiet := browsertest.Quiet(t, ctx)
	for name, text := range map[string]func(int) string{
		"harmless": harmless,
		"hostile":  func(int) string { return hostile },
		"long":     func(int) string { return strings.Repeat("unbreakable", 20) },
	} {
		at := browsertest.Address(t, written(t, sample(t, text)))
		for _, colours := range []string{"light", "dark"} {
			for _, width := range []int64{360, 1200} {
				t.Run(fmt.Sprintf("%s-%s-%d", name, colours, width), func(t *testing.T) {
					browsertest.Must(t, ctx, chromedp.Steps(browsertest.Scheme("screen", colours), chromedp.EmulateViewport(width, 800), chromedp.Navigate(at)))
					browsertest.Keep(t, ctx, "report-"+filepath.Base(t.Name()))

					if n := browsertest.Ask[int](t, ctx, browsertest.Wide); n > 0 {
						t.Errorf("%d pixels too wide", n)
					}
					if browsertest.Ask[int](t, ctx, opened) == 0 {
						t.Error("nothing to unfold")
					}
					if n := browsertest.Ask[int](t, ctx, browsertest.Wide); n > 0 {
						t.Errorf("%d pixels too wide when unfolded", n)
					}
					if list := browsertest.Ask[[]string](t, ctx, browsertest.Faint); len(list) > 0 {
						t.Errorf("hard to read: %q", list)
					}
					if list := browsertest.Ask[[]string](t, ctx, cut); len(list) > 0 {
						t.Errorf("cut off: %q", list)
					}
					if white := browsertest.Ask[string](t, ctx, browsertest.Background) == "rgb(255, 255, 255)"; white != (colours == "light") {
						t.Errorf("white is %v", white)
					}
				})
			}
		}
	}
	quiet()
}

// closed counts the folded parts of which nothing would be printed.
const closed = `[...document.querySelectorAll('details')].filter(d => [...d.children].some(e => e.tagName !== 'SUMMARY' &&
	(!e.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true}) || e.getBoundingClientRect().height === 0))).length`

// splittable counts the charts that a page break may cut.
const splittable = `[...document.querySelectorAll('figure')].filter(f => getComputedStyle(f).breakInside !== 'avoid').length`

func TestABrowserPrintsEverythingOnWhite(t *testing.T) {
	ctx := browsertest.Start(t)
	at := browsertest.Address(t, written(t, sample(t, harmless)))

	browsertest.Must(t, ctx, chromedp.Steps(browsertest.Scheme("screen", "dark"), chromedp.EmulateViewport(800, 800), chromedp.Navigate(at)))
	if browsertest.Ask[int](t, ctx, closed) == 0 {
		t.Error("nothing is folded on a screen")
	}
	browsertest.Must(t, ctx, chromedp.Steps(browsertest.Scheme("print", "dark"), chromedp.Navigate(at)))
	if n := browsertest.Ask[int](t, ctx, closed); n > 0 {
		t.Errorf("%d parts are folded in print", n)
	}
	if n := browsertest.Ask[int](t, ctx, splittable); n > 0 {
		t.Errorf("a page may end within %d charts", n)
	}
	if colour := browsertest.Ask[string](t, ctx, browsertest.Background); colour != "rgb(255, 255, 255)" {
		t.Errorf("background %s", colour)
	}
	if list := browsertest.Ask[[]string](t, ctx, browsertest.Faint); len(list) > 0 {
		t.Errorf("hard to read: %q", list)
	}
	browsertest.Keep(t, ctx, "report-print")
	browsertest.Must(t, ctx, browsertest.Scheme("", "dark"))
	pdf := browsertest.Must(t, ctx, chromedp.PrintToPDF(chromedp.PDFPrintBackground(), chromedp.PDFPreferCSSPageSize()))
	if pages := len(regexp.MustCompile(`/Type\s*/Page\b`).FindAll(pdf, -1)); pages < 5 {
		t.Errorf("%d pages in %d bytes", pages, len(pdf))
	}
}
