package review_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"concord/crosswalk"
	"concord/crosswalk/review"
)

func TestReviewersWhoDisagreeMeetInAQueueAndAThirdSettles(t *testing.T) {
	b, d := &book{}, draft(t)
	const grace, carol = "graceeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee", "caroooooooooooooooooooooooooooooooool"
	ada := open(t, d, b, "ada", func(s *review.Settings) {
		s.Reviewers = append(s.Reviewers, review.Reviewer{Name: "grace", Token: grace}, review.Reviewer{Name: "carol", Token: carol})
	})
	other := &desk{ada.Server, visitor(t, ada.Server, grace), b, d}
	third := &desk{ada.Server, visitor(t, ada.Server, carol), b, d}
	other.post(t, "/decide", other.on(0, "reject"))
	ada.post(t, "/decide", ada.on(0, "accept"))

	_, page := third.get(t, "/pair?queue=conflicts")

	if shown(page) != "S-1 → T-1" || !strings.Contains(page, "grace") || !strings.Contains(page, "ada") || !strings.Contains(page, `name="settle"`) {
		t.Fatalf("shows %q", shown(page))
	}
	if _, page := ada.get(t, "/pair?queue=conflicts"); shown(page) != "S-1 → T-1" || strings.Contains(page, `name="settle"`) {
		t.Error("one of those who disagree may settle it")
	}
	form := third.on(0, "accept", "settle", "yes")
	for _, x := range b.all() {
		form.Add("settles", x.ID)
	}
	if status, _ := ada.post(t, "/decide?queue=conflicts", form); status != http.StatusBadRequest || len(b.all()) != 2 {
		t.Errorf("one of those who disagree settled it: %d", status)
	}
	third.post(t, "/decide?queue=conflicts", form)
	if s := crosswalk.Current(d.Proposals, b.all())[0]; s.Review != crosswalk.Accepted || len(s.By) != 3 || s.Decided.Reviewer != "carol" {
		t.Errorf("%+v", s)
	}
	if _, page := third.get(t, "/pair?queue=conflicts"); shown(page) != "" {
		t.Error("the conflict is still there")
	}
}

func TestABlindPairShowsNothingOfWhatWasProposedOrDecided(t *testing.T) {
	b, d := &book{}, draft(t)
	grace := open(t, d, b, "grace")
	grace.post(t, "/decide", grace.on(0, "accept", "relation", "equal"))
	x := open(t, d, b, "ada", func(s *review.Settings) { s.Blind = 1 })

	_, page := x.get(t, "/pair?state=mine&source=S-1")

	if shown(page) != "S-1 → T-1" || !strings.Contains(page, "hidden until you decide") {
		t.Fatalf("%s", page)
	}
	for _, bad := range []string{"52 %", "Both say it", "<mark", "grace", "checked><kbd>", "class=\"sets", "the built-in judge", "97 %"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page tells %q", bad)
		}
	}
	for _, path := range []string{"/list?state=all", "/bulk?least=0", "/list?queue=mapped&state=mine"} {
		if _, page := x.get(t, path); strings.Contains(page, "97 %") || strings.Contains(page, "intersects with</span>") || strings.Contains(page, "Accept these") {
			t.Errorf("%s tells", path)
		}
	}
	if status, _ := x.post(t, "/decide", x.on(0, "accept")); status != http.StatusConflict {
		t.Errorf("what a page showed that shows all: %d", status)
	}
	if status, page := x.post(t, "/decide", x.on(0, "accept", "relation", "", "blind", "yes")); status != http.StatusBadRequest || !strings.Contains(page, "Choose how the two are related") {
		t.Errorf("an acceptance of nothing: %d", status)
	}
	x.post(t, "/decide", x.on(0, "accept", "blind", "yes"))
	if list := b.all(); len(list) != 2 || list[1].SuggestionVisible || list[1].Action != crosswalk.Accept {
		t.Fatalf("%+v", list)
	}
	x.post(t, "/undo", nil)
	x.post(t, "/decide", x.on(0, "reject"))
	if list := b.all(); !list[3].SuggestionVisible {
		t.Error("a pair that was seen counts as unseen after undo")
	}
}

func TestABlindShareIsTheSamePairsEachTime(t *testing.T) {
	d := draft(t)
	hidden := func(reviewer string) (n int, which string) {
		x := open(t, d, &book{}, reviewer, func(s *review.Settings) { s.Blind = 0.5 })
		for _, p := range d.Proposals {
			if _, page := x.get(t, "/pair?id="+p.ID); strings.Contains(page, "hidden until you decide: this") {
				n++
				which += p.ID + " "
			}
		}
		return n, which
	}
	var all int
	for i := range 10 {
		n, which := hidden(fmt.Sprint("r", i))
		if _, again := hidden(fmt.Sprint("r", i)); again != which {
			t.Error("other pairs are hidden the second time")
		}
		all += n
	}
	if share := float64(all) / float64(10*len(d.Proposals)); share < 0.3 || share > 0.7 {
		t.Errorf("%.2f of the pairs are hidden", share)
	}
}

// TestABlindPairIsNotReadOutOfFiltersOrBySkippingIt tries what a page that lists
// others could tell.
func TestABlindPairIsNotReadOutOfFiltersOrBySkippingIt(t *testing.T) {
	b, d := &book{}, draft(t)
	grace := open(t, d, b, "grace")
	grace.post(t, "/decide", grace.on(0, "reject"))
	grace.post(t, "/together", url.Values{"of": {d.Proposals[3].ID, d.Proposals[4].ID}})
	x := open(t, d, b, "ada", func(s *review.Settings) { s.Blind = 1 })
	for _, path := range []string{"/list?state=all&relation=equal", "/list?state=all&bin=10", "/list?state=all&outcome=mapped", "/list?state=all&stands=mapped", "/list?state=decided"} {
		if _, page := x.get(t, path); strings.Contains(page, `class="line"`) {
			t.Errorf("%s lists blind pairs", path)
		}
	}
	if _, page := x.get(t, "/sources"); strings.Contains(page, "gap</b>") || !strings.Contains(page, "0 mapped, 0 proposed") {
		t.Errorf("the sources tell: %s", page)
	}
	if _, page := x.get(t, "/overview"); !strings.Contains(page, "6 pairs that you are still to decide unseen are left out") {
		t.Error("the overview tells")
	}
	x.post(t, "/decide", x.on(5, "skip", "blind", "yes"))
	x.post(t, "/undo", nil)
	if _, page := x.get(t, "/pair?id="+d.Proposals[5].ID); !strings.Contains(page, "hidden until you decide: this") {
		t.Error("skipped and taken back, it is shown")
	}
	x.post(t, "/decide", x.on(3, "accept", "blind", "yes"))
	if _, page := x.get(t, "/pair?id="+d.Proposals[3].ID); strings.Contains(page, "only together with <b>T-3</b>") {
		t.Error("a companion that is blind is named")
	}
}

func TestWhoeverSettledAConflictMaySayMore(t *testing.T) {
	b, d := &book{}, draft(t)
	for _, name := range []string{"ada", "grace"} {
		x := open(t, d, b, name)
		x.post(t, "/decide", x.on(0, map[string]string{"ada": "accept", "grace": "reject"}[name]))
	}
	carol := open(t, d, b, "carol")
	form := carol.on(0, "accept", "settle", "yes")
	for _, x := range b.all() {
		form.Add("settles", x.ID)
	}
	carol.post(t, "/decide", form)

	carol.post(t, "/decide", carol.on(0, "accept", "comment", "after the meeting"))
	carol.post(t, "/decide", carol.on(1, "accept"))
	carol.post(t, "/together", url.Values{"of": {d.Proposals[0].ID, d.Proposals[1].ID}})

	if s := crosswalk.Current(d.Proposals, b.all())[0]; s.Review != crosswalk.Accepted || s.Decided.Comment != "after the meeting" || s.Decided.Group == "" {
		t.Errorf("%s %+v", s.Review, s.Decided)
	}
}

func TestAPageOffersWhatWasProposedWhateverOthersSaid(t *testing.T) {
	b, d := &book{}, draft(t)
	grace := open(t, d, b, "grace")
	grace.post(t, "/decide", grace.on(0, "accept", "relation", "equal"))
	ada := open(t, d, b, "ada")

	_, page := ada.get(t, "/pair?id="+d.Proposals[0].ID)

	if !strings.Contains(page, "<strong>is a subset of</strong>") || !strings.Contains(page, `value="subset_of" checked`) || !strings.Contains(page, "corrected: is equal to") {
		t.Errorf("%s", page)
	}
}
