package review_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"concord/crosswalk"
	"concord/crosswalk/review"
	"concord/internal/browsertest"
	"concord/internal/hostile"
)

// workers make up two runs, the first under way, the other done.
func workers(now time.Time) []review.Drafting {
	cost, soon := 12.5, now.Add(time.Hour)
	return []review.Drafting{
		{Run: "r", Source: "src@1", Target: "dst@2", Sources: 300, Done: 120, Waiting: 170, Running: 8, TriedAgain: 2, GivenUp: 1, Rate: 41.25, Calls: 321, Cost: &cost, Expected: &soon,
			Failures: []review.Failure{{Source: "S-9", Why: "the answer is " + hostile.Elements()[0].Text, GivenUp: true}, {Source: "S-8", Why: "no answer"}}},
		{Run: "older", Source: "src@1", Target: "other@1", Sources: 20, Done: 20, Calls: 7, Finished: &now},
	}
}

func TestAPageSaysHowFarDraftingAndReviewingAre(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	_, at := reserved(t, map[string]review.Role{"ada": "", "grace": "", "audit": review.RoleReader}, func(s *review.Settings) {
		s.Now = func() time.Time { return now }
		s.Drafting = func(context.Context) ([]review.Drafting, error) { return workers(now), nil }
	})
	at["ada"].post(t, "/decide", at["ada"].on(0, "accept"))
	at["grace"].post(t, "/decide", at["grace"].on(0, "reject"))
	at["ada"].post(t, "/decide?source=S-1", at["ada"].on(1, "accept"))
	now = now.Add(10 * time.Minute)
	at["grace"].get(t, "/pair")

	status, page := at["audit"].get(t, "/progress")

	if status != 200 {
		t.Fatal(status, page)
	}
	for _, want := range []string{
		"1 of 6 pairs are decided", "1 in conflict", "120 of 300 sources are judged", "40 %", "the one under review", "<dd>170</dd>", "<dd>8</dd>", "<dd>2</dd>", "<dd>1</dd>",
		"<dd>41.2</dd>", "<dd>321</dd>", "<dd>12.5000</dd>", "2026-11-22 10:10:00 UTC, in 60 min", "S-9</span> given up: the answer is", "S-8</span> to be tried again: no answer",
		"20 of 20 sources are judged", "not known", "<th scope=\"row\">ada</th><td>2</td><td>2</td>", "<th scope=\"row\">grace</th><td>1</td><td>1</td><td>1</td>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("does not say %q", want)
		}
	}
	if strings.Contains(page, "<script>alert") {
		t.Error("shows what a model said as it is")
	}
}

func TestOfALedgerInAFileThePageSaysNothingOfWorkers(t *testing.T) {
	x := open(t, draft(t), &book{}, "ada")
	if _, page := x.get(t, "/progress"); !strings.Contains(page, "0 of 6 pairs are decided") || !strings.Contains(page, "Nobody is at work") || strings.Contains(page, "Drafting") {
		t.Errorf("%s", page)
	}
	none := open(t, draft(t), &book{}, "ada", func(s *review.Settings) {
		s.Drafting = func(context.Context) ([]review.Drafting, error) { return nil, nil }
	})
	if _, page := none.get(t, "/progress"); !strings.Contains(page, "Nothing is enqueued") {
		t.Errorf("%s", page)
	}
	broken := open(t, draft(t), &book{}, "ada", func(s *review.Settings) {
		s.Drafting = func(context.Context) ([]review.Drafting, error) { return nil, errors.New("db.example refused s3cret") }
	})
	if status, page := broken.get(t, "/progress"); status != 200 || !strings.Contains(page, "cannot be read") || !strings.Contains(page, "0 of 6 pairs") || strings.Contains(page, "s3cret") {
		t.Errorf("%d %s", status, page)
	}
}

func TestManyWhoLookAskTheQueueOnce(t *testing.T) {
	asked := 0 // the desk asks one at a time
	x := open(t, draft(t), &book{}, "ada", func(s *review.Settings) {
		at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
		s.Now = func() time.Time { return at }
		s.Drafting = func(context.Context) ([]review.Drafting, error) { asked++; return nil, nil }
	})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { x.get(t, "/progress") })
	}
	all.Wait()
	if asked != 1 {
		t.Errorf("it is asked %d times", asked)
	}
}

func TestFiguresAreRenewedWithoutLoadingThePage(t *testing.T) {
	ctx := browsertest.Start(t)
	quiet := browsertest.Quiet(t, ctx)
	done := make(chan int, 1)
	done <- 120
	x := open(t, draft(t), &book{}, "ada", func(s *review.Settings) {
		s.Drafting = func(context.Context) ([]review.Drafting, error) {
			list, n := workers(time.Now()), <-done
			list[0].Done = n
			done <- n
			return list, nil
		}
	})
	browsertest.Must(t, ctx, chromedp.Navigate(x.URL+"/?token="+token))
	until(t, ctx, `document.querySelector('#start')`)
	browsertest.Must(t, ctx, chromedp.Navigate(x.URL+"/progress"))
	until(t, ctx, `document.querySelector('#fresh').innerText.includes('120 of 300')`)
	browsertest.Ask[any](t, ctx, `window.same_ = true; document.querySelector('details').open = true; document.querySelector('details summary').focus()`)

	<-done
	done <- 121
	x.post(t, "/decide", x.on(0, "accept"))

	until(t, ctx, `document.querySelector('#fresh').innerText.includes('121 of 300') && document.querySelector('#fresh').innerText.includes('1 of 6 pairs')`)
	if state := browsertest.Ask[string](t, ctx, "`${window.same_} ${document.querySelector('details').open} ${document.activeElement.tagName}`"); state != "true true SUMMARY" {
		t.Errorf("the page, what is unfolded and where the keyboard is: %s", state)
	}
	quiet()
}

// TestTwoReviewersInTheirBrowsersKeepOutOfEachOthersWay has the script release
// what is left and tell who has a pair.
func TestTwoReviewersInTheirBrowsersKeepOutOfEachOthersWay(t *testing.T) {
	ctx := browsertest.Start(t)
	b, at := reserved(t, map[string]review.Role{"ada": "", "grace": ""})
	tab := func(name string) context.Context {
		t.Helper()
		tab, stop := chromedp.NewContext(ctx, chromedp.WithNewBrowserContext())
		t.Cleanup(stop)
		browsertest.Must(t, tab, chromedp.Navigate(at[name].URL+"/?token="+name+token))
		until(t, tab, `document.querySelector('#start')`)
		browsertest.Must(t, tab, chromedp.Navigate(at[name].URL+"/pair"))
		return tab
	}
	has := func(want ...string) {
		t.Helper()
		for range 400 {
			if fmt.Sprint(b.had(at["ada"].draft)) == fmt.Sprint(want) {
				return
			}
			time.Sleep(25 * time.Millisecond)
		}
		t.Fatalf("reserved are %q, want %q", b.had(at["ada"].draft), want)
	}
	ada := tab("ada")
	until(t, ada, `document.querySelector('#claim')?.innerText.startsWith('S-1')`)
	grace := tab("grace")
	until(t, grace, `document.querySelector('#claim')?.innerText.startsWith('S-2')`)
	has("ada S-1 → T-1", "grace S-2 → T-2")

	press(t, ada, "j")
	until(t, ada, `document.querySelector('#claim')?.innerText.startsWith('S-3')`)
	has("ada S-3 → T-1", "grace S-2 → T-2")

	browsertest.Must(t, ada, chromedp.Navigate(at["ada"].URL+"/pair?id="+at["ada"].draft.Proposals[3].ID))
	until(t, ada, `document.querySelector('#held').innerText.startsWith('grace has this pair open')`)
	has("grace S-2 → T-2")
	browsertest.Keep(t, ada, "review-taken")

	browsertest.Must(t, grace, chromedp.Navigate("about:blank"))
	has()
}

// TestPairsAppearWhileWorkersJudge opens desks on a part of a draft. What the other
// one decides on a pair that this one has not seen yet is not lost.
func TestPairsAppearWhileWorkersJudge(t *testing.T) {
	whole, b := draft(t), &book{}
	part := whole
	part.Proposals, part.SourceIDs = whole.Proposals[:3], []string{"S-1", "S-2", "S-3"}
	var mu sync.Mutex
	there := 3
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	settings := func(s *review.Settings) {
		s.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
		s.More = func(_ context.Context, after int64) ([]crosswalk.Proposal, int64, error) {
			mu.Lock()
			defer mu.Unlock()
			return whole.Proposals[after:there], int64(there), nil
		}
	}
	ada, grace := open(t, part, b, "ada", settings), open(t, part, b, "grace", settings)
	if _, page := ada.get(t, "/pair?source=S-3"); shown(page) != "" {
		t.Fatalf("shows %q", shown(page))
	}
	ada.post(t, "/enter", url.Values{"of": {"S-2"}, "to": {"T-3"}, "relation": {"equal"}, "rationale_type": {"semantic"}})

	mu.Lock()
	there, now = len(whole.Proposals), now.Add(6*time.Second)
	mu.Unlock()

	if _, page := ada.get(t, "/pair?source=S-3"); shown(page) != "S-3 → T-1" {
		t.Errorf("shows %q", shown(page))
	}
	if _, page := ada.get(t, "/list?queue=gaps"); !strings.Contains(page, "S-3") {
		t.Error("the candidates of a source with nothing mapped are not among the gaps")
	}
	ada.draft = whole
	ada.post(t, "/decide", ada.on(5, "accept"))
	if _, page := grace.get(t, "/progress"); !strings.Contains(page, "2 of 6 pairs are decided") {
		t.Errorf("%s", page)
	}
	if _, page := grace.get(t, "/pair?id="+whole.Proposals[4].ID); !strings.Contains(page, "98 %") || !strings.Contains(page, "entered: is equal to") {
		t.Errorf("a pair that was entered and then proposed: %s", page)
	}
}
