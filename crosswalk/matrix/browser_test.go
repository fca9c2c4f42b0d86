package matrix_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"concord/crosswalk/matrix"
	"concord/internal/browsertest"
)

// inside is by how many pixels the table is wider than its container, stuck
// whether its first column stays in sight when it is scrolled to the right.
const (
	inside = `(() => { const s = document.querySelector('.scroll'); return s.scrollWidth - s.clientWidth })()`
	stuck  = `(() => { const s = document.querySelector('.scroll'); s.scrollLeft = 1e6;
		return Math.abs(document.querySelector('th[scope=row]').getBoundingClientRect().left - s.getBoundingClientRect().left) < 3 })()`
)

func TestABrowserShowsTheMatrixInAnyWidthAndColour(t *testing.T) {
	ctx := browsertest.Start(t)
	for name, text := range map[string]string{"harmless": "Plain words.", "hostile": attacks()[5], "long": strings.Repeat("unbreakable", 20)} {
		at := browsertest.Address(t, written(t, small(t, text, matrix.View{Title: text, Intro: text}).Table().HTML))
		for _, colours := range []string{"light", "dark"} {
			for _, width := range []int64{360, 1280} {
				t.Run(fmt.Sprintf("%s-%s-%d", name, colours, width), func(t *testing.T) {
					browsertest.Must(t, ctx, chromedp.Steps(browsertest.Scheme("screen", colours), chromedp.EmulateViewport(width, 800), chromedp.Navigate(at)))
					browsertest.Keep(t, ctx, "matrix-"+filepath.Base(t.Name()))

					if n := browsertest.Ask[int](t, ctx, browsertest.Wide); n > 0 {
						t.Errorf("%d pixels too wide", n)
					}
					if n := browsertest.Ask[int](t, ctx, inside); width == 360 && n <= 0 {
						t.Error("the table does not scroll in its container")
					}
					if !browsertest.Ask[bool](t, ctx, stuck) {
						t.Error("the first column goes out of sight")
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

func TestABrowserPrintsTheWholeMatrixOnWhite(t *testing.T) {
	ctx := browsertest.Start(t)
	at := browsertest.Address(t, written(t, small(t, "plain", matrix.View{}).Table().HTML))

	browsertest.Must(t, ctx, chromedp.Steps(browsertest.Scheme("print", "dark"), chromedp.EmulateViewport(1000, 700), chromedp.Navigate(at)))

	if n := browsertest.Ask[int](t, ctx, inside); n > 0 {
		t.Errorf("%d pixels of the table are cut off", n)
	}
	if colour := browsertest.Ask[string](t, ctx, browsertest.Background); colour != "rgb(255, 255, 255)" {
		t.Errorf("background %s", colour)
	}
	if list := browsertest.Ask[[]string](t, ctx, browsertest.Faint); len(list) > 0 {
		t.Errorf("hard to read: %q", list)
	}
}
