package export_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/export"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestWriteWritesAllFormatsAndNothingElse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	d := morning(t)

	paths, err := export.Write(dir, d)

	if err != nil {
		t.Fatal(err)
	}
	if want := []string{filepath.Join(dir, "draft.csv"), filepath.Join(dir, "draft.json"), filepath.Join(dir, "draft.md")}; !slices.Equal(paths, want) {
		t.Errorf("got %v, want %v", paths, want)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"draft.csv", "draft.json", "draft.md"}) {
		t.Errorf("the folder holds %v", got)
	}
	for i, f := range formats() {
		got, err := os.ReadFile(paths[i])
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != render(t, f.write, d) {
			t.Errorf("%s holds something else than its writer writes", paths[i])
		}
	}
}

func TestWriteWritesOnlyTheFormatsAskedFor(t *testing.T) {
	dir := t.TempDir()

	paths, err := export.Write(dir, morning(t), "markdown", "csv", "csv")

	if err != nil || len(paths) != 2 {
		t.Fatalf("got %v, %v", paths, err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"draft.csv", "draft.md"}) {
		t.Errorf("the folder holds %v", got)
	}
}

func TestAFailedWriteLeavesWhatWasThere(t *testing.T) {
	dir := t.TempDir()
	d := morning(t)
	if _, err := export.Write(dir, d); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(dir, "draft.csv"))
	if err != nil {
		t.Fatal(err)
	}
	d.Proposals[0].Probability = 2

	_, err = export.Write(dir, d)

	if err == nil || !strings.Contains(err.Error(), "draft.csv") || !strings.Contains(err.Error(), "bakery@1.0:BK.OV-01") {
		t.Errorf("got %v", err)
	}
	after, err := os.ReadFile(filepath.Join(dir, "draft.csv"))
	if err != nil || string(after) != string(before) {
		t.Errorf("draft.csv was touched (%v)", err)
	}
	if got := names(t, dir); len(got) != 3 {
		t.Errorf("the folder holds %v", got)
	}
}

func TestAFileThatCannotBePutInPlaceLeavesNoTemporaryFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "draft.md"), 0o755); err != nil {
		t.Fatal(err)
	}

	paths, err := export.Write(dir, morning(t))

	if err == nil || !strings.Contains(err.Error(), "put draft.md in place") || len(paths) != 2 {
		t.Errorf("got %v, %v", paths, err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"draft.csv", "draft.json", "draft.md"}) {
		t.Errorf("the folder holds %v", got)
	}
}

func TestWriteRefusesAnUnknownFormatBeforeItWrites(t *testing.T) {
	dir := t.TempDir()

	_, err := export.Write(dir, morning(t), "csv", "pdf")

	if err == nil || !strings.Contains(err.Error(), `unknown format "pdf"`) {
		t.Errorf("got %v", err)
	}
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("the folder holds %v", got)
	}
}

func TestWriteSaysWhichFolderItCannotMake(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}

	if _, err := export.Write(file, morning(t)); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v", err)
	}
}

// BenchmarkWriters writes a draft of the size of a profile against a large
// catalogue: 424 sources, 30 judged candidates each, of 1,200 targets.
func BenchmarkWriters(b *testing.B) {
	d := blank(b)
	for _, side := range []struct {
		f    **corpus.Framework
		name string
		n    int
	}{{&d.Source, "big", 424}, {&d.Target, "bigger", 1200}} {
		f := &corpus.Framework{Name: side.name, Edition: "1"}
		for i := range side.n {
			f.Elements = append(f.Elements, corpus.Element{ID: fmt.Sprintf("E-%d", i), Kind: "control", Title: "An element", Text: strings.Repeat("What it asks for. ", 20)})
		}
		*side.f = finish(b, f)
	}
	for s := range 424 {
		for r := range 30 {
			o, rel := crosswalk.Unrelated, crosswalk.NoRelationship
			if r%6 == 0 {
				o, rel = crosswalk.Mapped, crosswalk.SubsetOf
			}
			p := pair(d, fmt.Sprintf("E-%d", s), fmt.Sprintf("E-%d", (s*7+r*31)%1200), o, rel, float64(r)/30)
			p.Rank, p.Rationale = r+1, strings.Repeat("Because it does. ", 10)
			d.Proposals = append(d.Proposals, p)
		}
	}
	for _, f := range formats() {
		b.Run(f.ext, func(b *testing.B) {
			for b.Loop() {
				if err := f.write(io.Discard, d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
