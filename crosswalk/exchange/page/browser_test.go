package page_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"concord/crosswalk/exchange/page"
	"concord/internal/browsertest"
)

// opened unfolds everything.
const opened = `document.querySelectorAll('details').forEach(d => { d.open = true }), document.querySelectorAll('details').length`

func TestABrowserShowsThePageInAnyWidthAndColour(t *testing.T) {
	ctx := browsertest.Start(t)
	for name, text := range map[string]string{
		"harmless": "Locks are kept in order; who holds a key is written down, and the list is read again every year.",
		"hostile":  hostile, "long": strings.Repeat("unbreakable", 20),
	} {
		at := browsertest.Address(t, written(t, sample(text)))
		for _, colours := range []string{"light", "dark"} {
			for _, width := range []int64{360, 1200} {
				t.Run(fmt.Sprintf("%s-%s-%d", name, colours, width), func(t *testing.T) {
					browsertest.Must(t, ctx, chromedp.Steps(browsertest.Scheme("screen", colours), chromedp.EmulateViewport(width, 800), chromedp.Navigate(at)))
					browsertest.Keep(t, ctx, "page-"+filepath.Base(t.Name()))

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
					if white := browsertest.Ask[string](t, ctx, browsertest.Background) == "rgb(255, 255, 255)"; white != (colours == "light") {
						t.Errorf("white is %v", white)
					}
				})
			}
		}
	}
}

// closed counts the folded parts of which nothing would be printed.
const closed = `[...document.querySelectorAll('details:not(.contents)')].filter(d => [...d.children].some(e => e.tagName !== 'SUMMARY' &&
	(!e.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true}) || e.getBoundingClientRect().height === 0))).length`

func TestABrowserPrintsEverythingOnWhite(t *testing.T) {
	ctx := browsertest.Start(t)
	var b bytes.Buffer
	if err := page.WriteWith(&b, sample("plain words"), covered(t, "plain words")); err != nil {
		t.Fatal(err)
	}
	at := browsertest.Address(t, b.String())

	browsertest.Must(t, ctx, chromedp.Steps(browsertest.Scheme("print", "dark"), chromedp.EmulateViewport(800, 800), chromedp.Navigate(at)))

	if n := browsertest.Ask[int](t, ctx, closed); n > 0 {
		t.Errorf("%d parts are folded in print", n)
	}
	if colour := browsertest.Ask[string](t, ctx, browsertest.Background); colour != "rgb(255, 255, 255)" {
		t.Errorf("background %s", colour)
	}
	if list := browsertest.Ask[[]string](t, ctx, browsertest.Faint); len(list) > 0 {
		t.Errorf("hard to read: %q", list)
	}
}
