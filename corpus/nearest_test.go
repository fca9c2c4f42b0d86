package corpus_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/corpus"
)

func TestNearestNamesWhatIsSpelledMostLikeTheUnknown(t *testing.T) {
	ids := []string{"AC-1", "AC-2", "AC-2(1)", "AU-2", "GV.OC-01#secure", "GV.OC-01#defend", "SI-12"}
	for _, c := range []struct {
		name, unknown string
		known, want   []string
	}{
		{"a digit too many", "AC-22", ids, []string{"AC-2", "AC-1", "AU-2"}},
		{"in another case and with blanks", "gv oc 01 Secure", ids, []string{"GV.OC-01#secure"}},
		{"letters swapped", "CA-2", []string{"CM-3", "AC-2"}, []string{"AC-2", "CM-3"}},
		{"of equals the first of the list", "AC-3", []string{"AC-2", "AC-1"}, []string{"AC-2", "AC-1"}},
		{"each once", "AC-3", []string{"AC-2", "AC-2"}, []string{"AC-2"}},
		{"three at most", "AC-9", []string{"AC-1", "AC-2", "AC-3", "AC-4"}, []string{"AC-1", "AC-2", "AC-3"}},
		{"nothing in common", "zz", []string{"AU", "AC"}, nil},
		{"less than half in common", "quantum", ids, nil},
		{"no letter at all", "&&&&", ids, nil},
		{"nothing known", "AC-1", nil, nil},
		{"as long as a book", strings.Repeat("x", 1e6), []string{strings.Repeat("x", 70), "AC-1"}, []string{strings.Repeat("x", 70)}},
		{"not UTF-8", "AC\xff-2", ids, []string{"AC-2", "AC-1", "AU-2"}},
	} {
		if got := corpus.Nearest(c.unknown, c.known); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestDidYouMeanPutsItIntoWords(t *testing.T) {
	for want, known := range map[string][]string{
		"": {"quantum"}, "; did you mean AC-1?": {"AC-1"}, "; did you mean AC-1 or AC-2?": {"AC-1", "AC-2"}, "; did you mean AC-1, AC-2 or AC-3?": {"AC-1", "AC-2", "AC-3"},
	} {
		if got := corpus.DidYouMean("AC-9", known); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestOneSlipIsAlwaysForgiven makes one slip in an id of a list: it is named, and
// none before it is further away.
func TestOneSlipIsAlwaysForgiven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		known := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Z]{2}-[1-9]`), 1, 3, strings.Clone).Draw(t, "known")
		id := []byte(rapid.SampledFrom(known).Draw(t, "id"))
		at := rapid.IntRange(0, len(id)-1).Draw(t, "at")
		slip := slices.Clone(id)
		switch rapid.IntRange(0, 3).Draw(t, "slip") {
		case 0:
			slip = slices.Delete(slip, at, at+1)
		case 1:
			slip = slices.Insert(slip, at, 'Q')
		case 2:
			slip[at] = 'Q'
		default:
			next := (at + 1) % len(slip)
			slip[at], slip[next] = slip[next], slip[at]
			if next == 0 {
				t.Skip("the first and the last are no neighbours")
			}
		}
		if got := corpus.Nearest(string(slip), known); !slices.Contains(got, string(id)) {
			t.Fatalf("%q for %q does not name %q", got, slip, id)
		}
	})
}
