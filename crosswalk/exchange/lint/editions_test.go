package lint_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/crosswalk/exchange/exchangetest"
	"concord/crosswalk/exchange/lint"
)

// earlier returns a crosswalk of the edition before.
func earlier(rows ...exchange.Row) *exchange.Crosswalk {
	c := of(rows...)
	c.Source.Edition = "0.9"
	return c
}

func TestEditionsThatContradictEachOtherAreFound(t *testing.T) {
	for _, c := range []struct {
		name     string
		was, is  exchange.Row
		want     []string
		sentence string
	}{
		{"the same", row("a", subset, "b"), row("a", subset, "b"), nil, ""},
		{"a flip", row("a", subset, "b"), row("a", superset, "b"), []string{"edition-flip 2"}, "a is a superset of b; the crosswalk of house@0.9 to yard@2 says that a is a subset of b"},
		{"a flip, of another rationale type", row("a", subset, "b"), with(row("a", superset, "b"), kind(crosswalk.Functional)), []string{"edition-flip 2"}, ""},
		{"a claim denied", row("a", equal, "b"), row("a", none, "b"), []string{"edition-denial 2"}, "a has no relationship with b; the crosswalk of house@0.9 to yard@2 says that a is equal to b"},
		{"a denial taken back", row("a", none, "b"), row("a", superset, "b"), []string{"edition-denial 2"}, ""},
		{"an intersection denied", row("a", intersects, "b"), row("a", none, "b"), nil, ""},
		{"an equal that holds less", row("a", equal, "b"), row("a", subset, "b"), nil, ""},
		{"nobody typed it before", row("a", "", "b"), row("a", none, "b"), nil, ""},
		{"another pair", row("a", subset, "b"), row("a", superset, "c"), nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			newer := of(row("A", intersects, "B"), c.is)
			got, err := lint.Editions(earlier(c.was), newer)
			if err != nil || !slices.Equal(codes(got), c.want) {
				t.Fatalf("want %q, have %q: %v", c.want, codes(got), err)
			}
			if c.sentence != "" && got[0].Message != c.sentence {
				t.Error(got[0].Message)
			}
			turned, err := lint.Editions(earlier(c.was).Inverted(), newer)
			if err != nil || !slices.Equal(codes(turned), c.want) {
				t.Errorf("from the other side: %q, %v", codes(turned), err)
			}
		})
	}
}

func TestAnEditionSaysWhichTextsAreOthers(t *testing.T) {
	was := with(row("a", subset, "b"), func(r *exchange.Row) { r.SourceSHA256, r.TargetSHA256 = "1", "1" })
	is := with(row("a", superset, "b"), func(r *exchange.Row) { r.SourceSHA256, r.TargetSHA256 = "1", "2" })
	both := with(is, func(r *exchange.Row) { r.SourceSHA256 = "2" })
	for row, want := range map[*exchange.Row]string{&is: "; the text of its target is another", &both: "; both texts are others"} {
		got, err := lint.Editions(earlier(was), of(*row))
		if err != nil || len(got) != 1 || !strings.HasSuffix(got[0].Message, want) {
			t.Errorf("no %q: %+v, %v", want, got, err)
		}
	}
}

func TestAFlipIsOfTheRowThatSaysIt(t *testing.T) {
	older := earlier(row("a", intersects, "b"), row("a", subset, "b"))
	got, err := lint.Editions(older, of(row("a", intersects, "b"), row("a", superset, "b")))
	if err != nil || !slices.Equal(codes(got), []string{"edition-flip 2"}) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAnOlderCrosswalkNeedNoName(t *testing.T) {
	older := of(row("a", subset, "b"))
	older.Source, older.Target = exchange.Framework{}, exchange.Framework{}
	got, err := lint.Editions(older, of(row("a", superset, "b")))
	if want := "a is a superset of b; the older crosswalk says that a is a subset of b"; err != nil || len(got) != 1 || got[0].Message != want {
		t.Errorf("want %q, have %+v, %v", want, got, err)
	}
}

func TestEditionsOfOtherFrameworksAreRefused(t *testing.T) {
	other := earlier(row("a", subset, "b"))
	other.Source.Name = "field"
	if _, err := lint.Editions(other, of(row("a", superset, "b"))); err == nil || !strings.Contains(err.Error(), "field@0.9") {
		t.Error(err)
	}
}

// TestACrosswalkDoesNotContradictItself holds whatever crosswalk against itself,
// from both sides.
func TestACrosswalkDoesNotContradictItself(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := exchangetest.Random(rt)
		for _, older := range []*exchange.Crosswalk{c, c.Inverted()} {
			if got, err := lint.Editions(older, c); err != nil || len(got) > 0 {
				rt.Fatalf("%+v, %v", got, err)
			}
		}
	})
}
