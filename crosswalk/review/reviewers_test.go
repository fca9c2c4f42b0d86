package review_test

import (
	"fmt"
	"net/http"
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
	if status, page := x.post(t, "/decide", x.on(0, "accept", "relation", "")); status != http.StatusBadRequest || !strings.Contains(page, "Choose how the two are related") {
		t.Errorf("an acceptance of nothing: %d", status)
	}
	x.post(t, "/decide", x.on(0, "accept"))
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
