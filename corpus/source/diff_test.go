package source_test

import (
	"cmp"
	"os"
	"slices"
	"strings"
	"testing"

	"concord/corpus"
	"concord/corpus/source"
)

const (
	sp80053Old = "catalogs/nist-sp800-53r5/NIST_SP-800-53_rev5.0.1_catalog.json"
	sp80053New = "catalogs/nist-sp800-53r5/NIST_SP-800-53_rev5.2.0_assembled_catalog.json"
)

// editionAt opens an official file, or skips the test where there is none.
func editionAt(t testing.TB, path string) *corpus.Framework {
	t.Helper()
	if _, err := os.Stat(shared); err != nil {
		t.Skipf("the official files are not beside this checkout: %v", err)
	}
	f, err := source.Library{}.Open(shared + path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// idsThat returns the elements that something happened to, by new id, but
// for containers.
func idsThat(d corpus.Diff, what string) []string {
	var out []string
	for _, c := range d.Changes {
		if !corpus.IsContainer(c.Kind) && slices.Contains(c.What, what) {
			out = append(out, cmp.Or(c.To, c.From))
		}
	}
	return out
}

func TestRelease520OfSP80053IsToldFromThePublishedTexts(t *testing.T) {
	d := corpus.Compare(editionAt(t, sp80053Old), editionAt(t, sp80053New))

	for what, want := range map[string][]string{
		corpus.DiffAdded:      {"IA-13", "IA-13(1)", "IA-13(2)", "IA-13(3)", "SA-15(13)", "SA-24", "SI-2(7)"},
		corpus.DiffRemoved:    nil,
		corpus.DiffWithdrawn:  nil,
		corpus.DiffRestored:   nil,
		corpus.DiffRenumbered: nil,
		corpus.DiffMoved:      nil,
		corpus.DiffRetitled:   nil,
		corpus.DiffReworded:   {"AC-11(1)", "PM-31"}, // the first only lost stray asterisks
		corpus.DiffReguided:   {"SA-4", "SA-5", "SI-2", "SI-7(12)"},
	} {
		if got := idsThat(d, what); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	for _, k := range d.Kinds {
		t.Logf("%-12s %4d before, %4d now, %4d unchanged", k.Kind, k.Old, k.New, k.Unchanged)
	}
	if k := d.Kinds[0]; k.Old != 298 || k.New != 300 || k.Unchanged != 294 {
		t.Errorf("counts %+v", k)
	}
}

// TestCSF11SubcategoriesAreFoundInCSF20 holds what texts alone say against
// NIST's own word on where the subcategories of CSF 1.1 went. NIST moved and
// merged meanings, not sentences, so that most pairs have few words in common.
func TestCSF11SubcategoriesAreFoundInCSF20(t *testing.T) {
	older, newer := editionAt(t, "labels/raa/nist-csf-1.1.texts.tsv"), editionAt(t, "catalogs/nist-csf-2.0/NIST_CSF_v2.0_catalog.yaml")
	data, err := os.ReadFile(shared + "labels/nist-internal/csf-1.1-withdrawn-to-csf-2.0.tsv")
	if err != nil {
		t.Fatal(err)
	}
	pair := func(from, to string) corpus.Pair {
		return corpus.Pair{Source: corpus.NormalizeID("csf", "1.1", from), Target: corpus.NormalizeID("csf", "2.0", to)}
	}
	published := map[corpus.Pair]bool{}
	for line := range strings.Lines(string(data)) {
		if field := strings.Split(line, "\t"); field[0] == "nist-csf-1.1" {
			published[pair(field[1], field[3])] = true
		}
	}

	d := corpus.Compare(older, newer)

	guessed, right, best := 0, 0, 0
	for _, c := range d.Changes {
		found := map[corpus.Pair]bool{}
		if c.Similarity > 0 {
			guessed++
			found[pair(c.From, c.To)] = true
			if published[pair(c.From, c.To)] {
				right++
			}
		}
		for _, m := range c.Similar {
			found[pair(c.From, m.ID)] = true
		}
		for p := range found {
			if published[p] {
				best++
			}
		}
	}
	t.Logf("of %d published pairs %d are found as renumbered (of %d so found), %d as renumbered or among the best 3 texts", len(published), right, guessed, best)
	if len(published) != 127 || right < 12 || guessed-right > 2 || best < 45 {
		t.Error("fewer are found than were")
	}
	if k := d.Kinds[0]; k.Kind != corpus.KindSubcategory || k.Old != 106 || k.New != 106 {
		t.Errorf("counts %+v", k)
	}
}

func BenchmarkCompareSP80053(b *testing.B) {
	older, newer := editionAt(b, sp80053Old), editionAt(b, sp80053New)
	for b.Loop() {
		corpus.Compare(older, newer)
	}
}

// BenchmarkCompareRenumberedSP80053 has every control gone and come again
// under another id.
func BenchmarkCompareRenumberedSP80053(b *testing.B) {
	older, newer := editionAt(b, sp80053Old), editionAt(b, sp80053New)
	other := &corpus.Framework{Name: "renumbered", Edition: newer.Edition, Elements: slices.Clone(newer.Elements)}
	for i := range other.Elements {
		other.Elements[i].ID = "new-" + other.Elements[i].ID
		other.Elements[i].Parent = ""
	}
	if err := other.Finish(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		corpus.Compare(older, other)
	}
}
