package comment_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/comment"
	"concord/crosswalk/exchange"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// frameworks makes up two, in which the second source and the first target say
// these texts.
func frameworks(t testing.TB, edition, second, first string) (source, target *corpus.Framework) {
	t.Helper()
	source = &corpus.Framework{Name: "csf", Edition: edition, Title: "Made up", Elements: []corpus.Element{
		{ID: "GV.OC", Kind: "category", Title: "Context"},
		{ID: "GV.OC-01", Kind: "subcategory", Parent: "GV.OC", Text: "Know the mission."},
		{ID: "GV.OC-02", Kind: "subcategory", Parent: "GV.OC", Text: second},
		{ID: "GV.OC-03", Kind: "subcategory", Parent: "GV.OC", Text: "Know the law."},
	}}
	target = &corpus.Framework{Name: "house", Edition: "1", Title: "House rules", Elements: []corpus.Element{
		{ID: "AC-1", Kind: "control", Title: "Policy", Text: first},
		{ID: "AC-2", Kind: "control", Title: "Accounts", Text: "Keep a list of accounts."},
	}}
	for _, f := range []*corpus.Framework{source, target} {
		if err := f.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	return source, target
}

// pack makes up one with three rows and a gap.
func pack(t testing.TB, run, edition, second string, relation crosswalk.Relation) *comment.Pack {
	t.Helper()
	source, target := frameworks(t, edition, second, "Have a policy.")
	c := &exchange.Crosswalk{
		Run: run, Draft: true, Source: exchange.Framework{Name: "csf", Edition: edition, Digest: source.Digest()},
		Target: exchange.Framework{Name: "house", Edition: "1", Digest: target.Digest()},
		Rows: []exchange.Row{
			{Source: "GV.OC-01", Target: "AC-1", Relation: crosswalk.SubsetOf, RationaleType: crosswalk.Semantic},
			{Source: "GV.OC-01", Target: "AC-2", Relation: crosswalk.IntersectsWith, RationaleType: crosswalk.Semantic},
			{Source: "GV.OC-02", Target: "AC-2", Relation: relation, RationaleType: crosswalk.Semantic, Rationale: "both speak of lists"},
		},
		Gaps: []exchange.Gap{{Side: crosswalk.SourceSide, ID: "GV.OC-03"}},
	}
	p, err := comment.NewPack(c, source, target, "June", noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	return p
}

func names(places []comment.Place) string {
	var out []string
	for _, p := range places {
		out = append(out, p.String())
	}
	return strings.Join(out, "; ")
}

func TestBindFindsWhatReadersMean(t *testing.T) {
	p := pack(t, "r1", "2.0", "Keep a list.", crosswalk.IntersectsWith)
	ids := p.Labels()
	for _, c := range []struct{ name, row, element, want, lost string }{
		{"an id", ids[0], "", "GV.OC-01 → AC-1", ""},
		{"lower case and blanks", " " + strings.ToLower(ids[0][:4]) + " " + strings.ToLower(ids[0][4:]), "", "GV.OC-01 → AC-1", ""},
		{"no front, another dash", strings.Replace(ids[1], "R-", "row ", 1), "", "GV.OC-01 → AC-2", ""},
		{"a typographic dash", strings.Replace(ids[1], "-", "–", 1), "", "GV.OC-01 → AC-2", ""},
		{"a number", "3", "", "GV.OC-02 → AC-2", ""},
		{"a number with words", "Row 3", "", "GV.OC-02 → AC-2", ""},
		{"a range", "rows 1-2", "", "GV.OC-01 → AC-1; GV.OC-01 → AC-2", ""},
		{"a range turned round", "rows 2-1", "", "", "the first number is above the last"},
		{"several", ids[0] + ", " + ids[2], "", "GV.OC-01 → AC-1; GV.OC-02 → AC-2", ""},
		{"several with and", ids[0] + " and " + ids[2], "", "GV.OC-01 → AC-1; GV.OC-02 → AC-2", ""},
		{"several by blanks and lines", ids[0] + " " + ids[2] + "\n2", "", "GV.OC-01 → AC-1; GV.OC-02 → AC-2; GV.OC-01 → AC-2", ""},
		{"a pair", "GV.OC-01 -> AC-1", "", "GV.OC-01 → AC-1", ""},
		{"a pair in other spellings", "gv.oc-1→ac-01", "", "GV.OC-01 → AC-1", ""},
		{"a pair in words", "GV.OC-01 to AC-2", "", "GV.OC-01 → AC-2", ""},
		{"a pair from the other side", "AC-1 => GV.OC-01", "", "GV.OC-01 → AC-1", ""},
		{"an element for a row", "GV.OC-01", "", "GV.OC-01", ""},
		{"both columns make a row", "AC-1", "GV.OC-01", "GV.OC-01 → AC-1", ""},
		{"the element alone", "", "GV.OC-03", "GV.OC-03", ""},
		{"a container", "", "GV.OC", "GV.OC", ""},
		{"two elements to one", "GV.OC-01, GV.OC-02 -> AC-2", "", "GV.OC-01 → AC-2; GV.OC-02 → AC-2", ""},
		{"two pairs", "GV.OC-01 -> AC-1, GV.OC-02 -> AC-2", "", "GV.OC-01 → AC-1; GV.OC-02 → AC-2", ""},
		{"two elements, one without a row", "GV.OC-01 and GV.OC-03 to AC-1", "", "GV.OC-01 → AC-1; GV.OC-03", "no row between"},
		{"a pair without a row", "GV.OC-03 -> AC-1", "", "GV.OC-03; AC-1", "no row between"},
		{"an unknown element", "GV.OC-01 -> AC-9", "", "GV.OC-01", "did you mean AC-1 or AC-2?"},
		{"an unknown id", "R-ZZZZZZ", "", "", "no such row"},
		{"an unknown id beside an element", "R-ZZZZZZ", "GV.OC-01", "GV.OC-01", "no such row"},
		{"some known", ids[0] + ", nonsense", "", "GV.OC-01 → AC-1", "no such row"},
		{"another element beside", ids[0], "GV.OC-02", "GV.OC-01 → AC-1", "another element"},
		{"a number too far", "17", "", "", "from 1 to 3"},
		{"nothing", "", "", "", "names no row"},
		{"words", "the whole of section two", "", "", "no such row"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := comment.Bind(comment.Entry{Reference: c.row, Element: c.element, Text: "x"}, "June", p, p, noon)

			if names(got.Places) != c.want {
				t.Errorf("bound to %q, want %q", names(got.Places), c.want)
			}
			lost := fmt.Sprint(got.Loose)
			if c.lost == "" && len(got.Loose) > 0 || !strings.Contains(lost, c.lost) {
				t.Errorf("unbound %s, want %q", lost, c.lost)
			}
			if err := got.Check(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestANumberSaysNothingWithoutAPack(t *testing.T) {
	p := pack(t, "r1", "2.0", "Keep a list.", crosswalk.IntersectsWith)

	got := comment.Bind(comment.Entry{Reference: "3", Text: "x"}, "", nil, p, noon)

	if len(got.Places) > 0 || len(got.Loose) != 1 || !strings.Contains(got.Loose[0].Why, "number") {
		t.Errorf("%+v", got)
	}
}

func TestAnotherEditionIsTakenWhereItsRowsAreTheSame(t *testing.T) {
	old, now := pack(t, "r1", "2.0", "Keep a list.", crosswalk.IntersectsWith), pack(t, "r2", "2.1", "Keep a register.", crosswalk.IntersectsWith)

	same := comment.Bind(comment.Entry{Reference: old.Rows[0].ID, Text: "x"}, "June", old, now, noon)
	other := comment.Bind(comment.Entry{Reference: old.Rows[2].ID, Text: "x"}, "June", old, now, noon)

	if names(same.Places) != "GV.OC-01 → AC-1" || len(same.Loose) > 0 {
		t.Errorf("%+v", same)
	}
	if len(other.Places) > 0 || len(other.Loose) != 1 || other.Loose[0].Was == nil || !strings.Contains(other.Loose[0].Why, "run r1 (csf@2.0 to house@1") {
		t.Errorf("%+v", other)
	}
	items := comment.Review(comment.Current([]comment.Comment{other}, nil), map[string]*comment.Pack{old.ID: old}, now)
	if m := items[0].Missed; len(m) != 1 || m[0].State != comment.Changed || m[0].Parts[0].Old != "Keep a list." || m[0].Parts[0].New != "Keep a register." {
		t.Errorf("%+v", m)
	}
}

func TestARowThatChangedSinceShowsBothTexts(t *testing.T) {
	was := pack(t, "r1", "2.0", "Keep a list.", crosswalk.IntersectsWith)
	c := comment.Bind(comment.Entry{Reference: "1, 3", Text: "x"}, "June", was, was, noon)
	now := pack(t, "r2", "2.1", "Keep a short list.", crosswalk.SubsetOf)

	items := comment.Review(comment.Current([]comment.Comment{c}, nil), map[string]*comment.Pack{was.ID: was}, now)

	if got := items[0].Changes; got[0].State != comment.Same || got[1].State != comment.Changed || items[0].State() != comment.Changed {
		t.Fatalf("%+v", got)
	}
	parts := items[0].Changes[1].Parts
	if len(parts) != 2 || parts[0].Name != "source" || parts[1].Name != "claim" || !strings.Contains(parts[1].New, "subset") {
		t.Errorf("%+v", parts)
	}
	want := []corpus.Run{{Op: corpus.RunEqual, Text: "Keep a"}, {Op: corpus.RunInserted, Text: "short"}, {Op: corpus.RunEqual, Text: "list."}}
	if !reflect.DeepEqual(parts[0].Runs, want) {
		t.Errorf("%+v", parts[0].Runs)
	}
	gone := *now
	gone.Rows = now.Rows[:1]
	if items := comment.Review(standingsOf(items), nil, &gone); items[0].State() != comment.Gone {
		t.Errorf("%+v", items[0].Changes)
	}
	if s := comment.Summarize(items); s.Comments != 1 || s.Open != 1 || s.Changed != 1 || s.OnRows != 1 {
		t.Errorf("%+v", s)
	}
}

func TestAPackIsNoCopyOfAFramework(t *testing.T) {
	p := pack(t, "r1", "2.0", "Keep a list.", crosswalk.IntersectsWith)
	c := comment.Bind(comment.Entry{Element: "GV.OC-03", Text: "x"}, "June", p, p, noon)
	now := pack(t, "r2", "2.1", "Keep a list.", crosswalk.IntersectsWith)
	if e, ok := p.Element(crosswalk.SourceSide, "GV.OC-03"); !ok || e.Text != "" || e.SHA256 == "" {
		t.Errorf("%+v", e)
	}
	c.Places[0].SourceSHA256 = strings.Repeat("0", 64) // it said something else

	got := comment.Compare(c.Places[0], p, now)

	if got.State != comment.Changed || got.Parts[0].Old != "" || got.Parts[0].New != "Know the law." {
		t.Errorf("%+v", got)
	}
}

func standingsOf(items []comment.Item) []comment.Standing {
	var out []comment.Standing
	for _, i := range items {
		out = append(out, i.Standing)
	}
	return out
}

func TestTheSameCommentHasOneIDWhereverItLies(t *testing.T) {
	p := pack(t, "r1", "2.0", "Keep a list.", crosswalk.IntersectsWith)
	e := comment.Entry{File: "a.xlsx", Sheet: "Comments", Row: 5, Commenter: "Ada", Reference: "1", Text: "x"}
	first := comment.Bind(e, "June", p, p, noon)
	e.File, e.Sheet, e.Row = "copy of a.csv", "", 9
	if again := comment.Bind(e, "June", p, p, noon.Add(time.Hour)); again.ID != first.ID {
		t.Error("a copy is another comment")
	}
	e.Commenter = ""
	nobody := comment.Bind(e, "June", p, p, noon)
	e.File = "another.csv"
	if other := comment.Bind(e, "June", p, p, noon); other.ID == nobody.ID {
		t.Error("two who gave no name are one")
	}
}

func TestAnEventMustSayWhoAndWhy(t *testing.T) {
	good := comment.Event{Comment: "c", Time: noon, By: "ada", Disposition: comment.Noted, Reason: "thanks"}
	for want, change := range map[string]func(*comment.Event){
		"who":           func(e *comment.Event) { e.By = " " },
		"printed":       func(e *comment.Event) { e.By = "a\x1b[31m" },
		"no time":       func(e *comment.Event) { e.Time = time.Time{} },
		"no comment":    func(e *comment.Event) { e.Comment = "" },
		"unknown":       func(e *comment.Event) { e.Disposition = "maybe" },
		"reason":        func(e *comment.Event) { e.Reason = "" },
		"either":        func(e *comment.Event) { e.Disposition = "" },
		"which pack":    func(e *comment.Event) { e.Disposition, e.Places = "", []comment.Place{{Row: "R-1"}} },
		"bind a commen": func(e *comment.Event) { e.Places = []comment.Place{{Row: "R-1"}} },
	} {
		bad := good
		change(&bad)
		if err := bad.Identified().Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if err := good.Identified().Check(); err != nil {
		t.Error(err)
	}
	if good.Check() == nil {
		t.Error("an event without its id passes")
	}
}

// TestTheFoldHoldsTheLastOfEach draws events and folds them in two orders, with
// repetitions.
func TestTheFoldHoldsTheLastOfEach(t *testing.T) {
	p := pack(t, "r1", "2.0", "Keep a list.", crosswalk.IntersectsWith)
	var comments []comment.Comment
	for i := range 3 {
		comments = append(comments, comment.Bind(comment.Entry{Number: fmt.Sprint(i), Reference: "nonsense", Text: "x"}, "", p, p, noon))
	}
	places, err := comment.Find(p, "1")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) comment.Event {
			e := comment.Event{Comment: comments[rapid.IntRange(0, 2).Draw(t, "comment")].ID, Time: noon.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "hours")) * time.Hour), By: "ada"}
			if rapid.Bool().Draw(t, "binds") {
				e.Places, e.Pack = places, p.ID
			} else {
				e.Disposition, e.Reason = rapid.SampledFrom(comment.Dispositions()).Draw(t, "as"), rapid.StringN(1, 5, -1).Draw(t, "why")
			}
			return e.Identified()
		}), 0, 12).Draw(t, "events")

		got := comment.Current(comments, events)

		shuffled := rapid.Permutation(append(slices.Clone(events), events...)).Draw(t, "shuffled")
		if again := comment.Current(comments, shuffled); !reflect.DeepEqual(got, again) {
			t.Fatalf("%+v\n%+v", got, again)
		}
		for i, s := range got {
			if s.ID != comments[i].ID {
				t.Fatal("the order of the comments changed")
			}
			var last *comment.Event
			bound := false
			for k, e := range s.Events {
				if k > 0 && s.Events[k-1].Time.After(e.Time) {
					t.Fatal("events are not by time")
				}
				bound = bound || len(e.Places) > 0
				if e.Disposition != "" {
					last = &s.Events[k]
				}
			}
			if open := last == nil || last.Disposition == comment.Open; open != (s.Answer == nil) || !open && s.Answer.ID != last.ID {
				t.Fatalf("answer %+v, last %+v", s.Answer, last)
			}
			if bound != (len(s.Unbound) == 0) || bound != (len(s.Bound) > 0) {
				t.Fatalf("bound %v: %+v", bound, s)
			}
		}
	})
}

func TestOfRowFindsCommentsOnTheRowAndItsElements(t *testing.T) {
	p := pack(t, "r1", "2.0", "Keep a list.", crosswalk.IntersectsWith)
	var comments []comment.Comment
	for _, ref := range []string{"1", "2", "GV.OC-01", "AC-1", "GV.OC-02", "nonsense"} {
		comments = append(comments, comment.Bind(comment.Entry{Number: ref, Reference: ref, Text: "x"}, "", p, p, noon))
	}
	var got []string
	for _, s := range comment.OfRow(comment.Current(comments, nil), "GV.OC-01", "AC-1") {
		got = append(got, s.Number)
	}
	if want := []string{"1", "GV.OC-01", "AC-1"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func FuzzBind(f *testing.F) {
	p := pack(f, "r1", "2.0", "Keep a list.", crosswalk.IntersectsWith)
	for _, s := range []string{p.Rows[0].ID, "1-3", "GV.OC-01 -> AC-1", "a, b; c\nd and e / f", "→", "rows 1 to 2", "\x00\u202e", strings.Repeat("1,", 500)} {
		f.Add(s, "GV.OC-01")
	}
	f.Fuzz(func(t *testing.T, reference, element string) {
		c := comment.Bind(comment.Entry{Reference: reference, Element: element, Text: "x"}, "", p, p, noon)
		if len(c.Places)+len(c.Loose) == 0 {
			t.Errorf("%q is dropped", reference)
		}
		for _, place := range c.Places {
			if place.IsRow() && !slices.Contains(p.Labels(), place.Row) {
				t.Errorf("%q is bound to %+v", reference, place)
			}
		}
		if err := c.Check(); err != nil {
			t.Error(err)
		}
	})
}
