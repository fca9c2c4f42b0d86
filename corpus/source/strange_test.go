package source_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"concord/corpus"
	"concord/corpus/builtin"
	"concord/corpus/source"
)

// quotesAnAttack is the one published text that we know of which says what it
// speaks of: a technique of MITRE ATLAS.
const quotesAnAttack = "mitre-atlas@5.6.0 AML.T0054 " + corpus.LintInstruction

// strangeOf lists what of a framework reads as if it were meant for a model.
func strangeOf(f *corpus.Framework) (found []string) {
	for _, finding := range corpus.Lint(f) {
		if corpus.Strange(finding.Code) {
			found = append(found, f.Spec()+" "+finding.Element+" "+finding.Code)
		}
	}
	return found
}

func TestNoBuiltInTextIsTakenForAnAttack(t *testing.T) {
	for _, spec := range builtin.Specs() {
		f, err := builtin.Open(spec)
		if err != nil {
			t.Fatal(err)
		}
		if found := strangeOf(f); len(found) > 0 {
			t.Errorf("%q", found)
		}
	}
}

func TestOfPublishedTextsOneIsTakenForAnAttack(t *testing.T) {
	if _, err := os.Stat(shared); err != nil {
		t.Skipf("the official files are not beside this checkout: %v", err)
	}
	read := 0
	var found []string
	err := filepath.WalkDir(shared+"catalogs", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".jsonl") {
			return err
		}
		f, err := source.Library{}.Open(path)
		if err == nil {
			read++
			found = append(found, strangeOf(f)...)
		}
		return err
	})
	if err != nil || read < 10 {
		t.Fatalf("%d frameworks read: %v", read, err)
	}

	if !slices.Equal(found, []string{quotesAnAttack}) {
		t.Errorf("%q", found)
	}
}
