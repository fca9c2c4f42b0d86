package leak_test

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"concord/corpus"
	"concord/corpus/builtin"
	"concord/corpus/source"
	"concord/eval/leak"
)

// The official files lie beside the checkout, if they do.
const (
	shared   = "../../../shared/data/"
	sp501    = shared + "catalogs/nist-sp800-53r5/NIST_SP-800-53_rev5.0.1_catalog.json"
	sp520    = shared + "catalogs/nist-sp800-53r5/NIST_SP-800-53_rev5.2.0_assembled_catalog.json"
	csf20    = shared + "catalogs/nist-csf-2.0/csf-2-0-export-olir-2026-07-20.xlsx"
	profile  = shared + "catalogs/nist-ir-8596/nist-ir-8596-iprd.json"
	sp171    = shared + "catalogs/nist-sp800-171r3/NIST_SP800-171_rev3_catalog.yaml"
	ssdf     = shared + "catalogs/nist-sp800-218/NIST_SP800-218_ver1_catalog.yaml"
	csf11TSV = shared + "labels/raa/nist-csf-1.1.texts.tsv"
)

// TestFrameworksAreAsNearAsThePackageSays measures what the thresholds were
// chosen by; its log has the table of the package comment.
func TestFrameworksAreAsNearAsThePackageSays(t *testing.T) {
	for _, c := range []struct {
		test, body           string
		duplicates, siblings int
		highest              float64
	}{
		{sp501, sp520, 1007, 0, 1},
		{profile, csf20, 106, 0, 1},
		{sp171, sp520, 18, 50, 1},
		{csf11TSV, csf20, 1, 21, 1},
		{csf20, sp520, 0, 0, .25},
		{ssdf, csf20, 0, 0, .22},
		{"cyber-ai-profile", "csf@2.0", 106, 0, 1},
		{"sp800-171", "sp800-53", 2, 55, .76},
		{"csf@1.1", "csf@2.0", 1, 11, 1},
		{"csf@2.0", "sp800-53", 0, 1, .30},
		{"ssdf", "csf@2.0", 0, 0, .22},
		{"iso-27001", "sp800-53", 0, 0, .17},
		{"owasp-ai-exchange", "mitre-atlas", 0, 0, .16},
		{"ai-600-1", "ai-rmf", 0, 0, .23},
	} {
		t.Run(name(c.test)+" in "+name(c.body), func(t *testing.T) {
			test, body := texts(t, c.test), texts(t, c.body)

			findings := leak.Check(test, []leak.Body{{Name: "body", Texts: body}})

			kinds := map[leak.Kind]int{}
			for _, f := range findings {
				kinds[f.Kind]++
			}
			best, quoted := leak.Highest(test, body)
			slices.Sort(best)
			lowest, median, highest := best[0], best[len(best)/2], best[len(best)-1]
			t.Logf("%d elements: lowest %.2f, median %.2f, highest %.2f, quoted %.2f; %d duplicates, %d siblings",
				len(test), lowest, median, highest, quoted, kinds[leak.Duplicate], kinds[leak.Sibling])
			if kinds[leak.Duplicate] != c.duplicates || kinds[leak.Sibling] != c.siblings || math.Abs(highest-c.highest) > .005 {
				t.Errorf("want %d duplicates, %d siblings, highest %.2f", c.duplicates, c.siblings, c.highest)
			}
		})
	}
}

func name(spec string) string { return spec[strings.LastIndexByte(spec, '/')+1:] }

// texts returns the texts of a framework, focus-area cells left out: by its
// built-in name, or from a file that may not be there.
func texts(t *testing.T, spec string) []leak.Text {
	t.Helper()
	if !strings.HasPrefix(spec, shared) {
		f, err := builtin.Open(spec)
		if err != nil {
			t.Fatal(err)
		}
		return withoutCells(f)
	}
	if _, err := os.Stat(spec); err != nil {
		t.Skipf("no official file here: %v", err)
	}
	if spec == csf11TSV {
		return table(t, spec)
	}
	f, err := source.Library{}.Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	return withoutCells(f)
}

func withoutCells(f *corpus.Framework) []leak.Text {
	var ids []string
	for _, e := range f.Mappable() {
		if e.Kind != corpus.KindCell {
			ids = append(ids, e.ID)
		}
	}
	return leak.Texts(f, ids...)
}

// table reads "id<tab>id: text" lines below a header.
func table(t *testing.T, path string) []leak.Text {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []leak.Text
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(strings.TrimSpace(line), "\t")
		if cells[0] != "id" {
			out = append(out, leak.Text{ID: cells[0], Text: strings.TrimPrefix(cells[1], cells[0]+": ")})
		}
	}
	return out
}
