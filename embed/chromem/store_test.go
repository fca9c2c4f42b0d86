package chromem_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"concord/embed/chromem"
)

// files returns the paths of the two files of the only index below dir.
func files(t testing.TB, dir string) (index, manifest string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil || len(found) != 2 {
		t.Fatalf("files below the folder: %v, %v", found, err)
	}
	slices.Sort(found)
	return found[0], found[1]
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAnIndexIsBuiltOnceAndThenReadFromDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "yet", "there")
	ids, vectors := random(60, 16, 3)
	build, calls := built(ids, vectors)
	fresh, rebuilt, err := chromem.Open(t.Context(), dir, key, build)
	if err != nil || !rebuilt {
		t.Fatal(rebuilt, err)
	}

	stored, rebuilt, err := chromem.Open(t.Context(), dir, key, build)

	if err != nil || rebuilt || *calls != 1 {
		t.Fatalf("rebuilt %v after %d builds: %v", rebuilt, *calls, err)
	}
	for _, q := range vectors {
		if a, b := nearest(t, fresh, q, 60), nearest(t, stored, q, 60); !slices.Equal(a, b) {
			t.Fatalf("built %v, from disk %v", a, b)
		}
	}
	fromBuild, a := fresh.Vectors()
	fromDisk, b := stored.Vectors()
	if !slices.Equal(fromBuild, fromDisk) || !slices.EqualFunc(a, b, slices.Equal[[]float32]) {
		t.Error("vectors differ after a round trip")
	}
}

func TestIDsWhoseHashesCollideInTheLibraryAreBothKept(t *testing.T) {
	dir := t.TempDir()
	ids := []string{"CTRL-19579", "CTRL-20727"}

	for range 2 {
		ix, _ := mustOpen(t, dir, key, ids, [][]float32{{1, 0}, {0, 1}})
		if got := idsOf(nearest(t, ix, []float32{2, 1}, 2)); !slices.Equal(got, ids) {
			t.Fatalf("found %v", got)
		}
	}
}

func TestAFileCutAnywhereIsBuiltAgain(t *testing.T) {
	dir := t.TempDir()
	ids, vectors := random(4, 3, 5)
	want, _ := mustOpen(t, dir, key, ids, vectors)
	hits := nearest(t, want, vectors[1], 4)
	index, manifest := files(t, dir)

	for _, path := range []string{index, manifest} {
		for cut := range len(read(t, path)) {
			whole := read(t, path)
			write(t, path, whole[:min(cut, len(whole))])

			ix, rebuilt := mustOpen(t, dir, key, ids, vectors)

			if got := nearest(t, ix, vectors[1], 4); !rebuilt || !slices.Equal(got, hits) {
				t.Fatalf("%s cut at %d: rebuilt %v, hits %v", filepath.Base(path), cut, rebuilt, got)
			}
		}
	}
	if _, rebuilt := mustOpen(t, dir, key, ids, vectors); rebuilt {
		t.Error("the last index that was built again is not valid")
	}
}

func TestADamagedIndexIsBuiltAgain(t *testing.T) {
	ids, vectors := random(4, 3, 5)
	for name, damage := range map[string]func(index, manifest string) error{
		"no manifest":        func(_, manifest string) error { return os.Remove(manifest) },
		"no index":           func(index, _ string) error { return os.Remove(index) },
		"one bit of a float": func(index, _ string) error { return edit(index, func(b []byte) { b[len(b)-3] ^= 1 }) },
		"longer than it was": func(index, _ string) error {
			return os.WriteFile(index, append(read(t, index), 0), 0o600)
		},
		"compressed behind our back": func(index, _ string) error {
			var packed bytes.Buffer
			w := gzip.NewWriter(&packed)
			w.Write(read(t, index))
			w.Close()
			return os.WriteFile(index, packed.Bytes(), 0o600)
		},
		"an id that is not in the index": func(_, manifest string) error {
			return os.WriteFile(manifest, bytes.Replace(read(t, manifest), []byte("E-0002"), []byte("E-0009"), 1), 0o600)
		},
		"an id twice": func(_, manifest string) error {
			return os.WriteFile(manifest, bytes.Replace(read(t, manifest), []byte("E-0002"), []byte("E-0003"), 1), 0o600)
		},
		"an id less": func(_, manifest string) error {
			return os.WriteFile(manifest, bytes.Replace(read(t, manifest), []byte(`"E-0002",`), nil, 1), 0o600)
		},
		"other dimensions": func(_, manifest string) error {
			return os.WriteFile(manifest, bytes.Replace(read(t, manifest), []byte(`"dimensions": 3`), []byte(`"dimensions": 4`), 1), 0o600)
		},
		"other count": func(_, manifest string) error {
			return os.WriteFile(manifest, bytes.Replace(read(t, manifest), []byte(`"count": 4`), []byte(`"count": 3`), 1), 0o600)
		},
		"other layout": func(_, manifest string) error {
			return os.WriteFile(manifest, bytes.Replace(read(t, manifest), []byte(`"layout": 1`), []byte(`"layout": 0`), 1), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			mustOpen(t, dir, key, ids, vectors)
			index, manifest := files(t, dir)
			if err := damage(index, manifest); err != nil {
				t.Fatal(err)
			}

			ix, rebuilt := mustOpen(t, dir, key, ids, vectors)

			if !rebuilt || ix.Count() != 4 {
				t.Errorf("rebuilt %v, count %d", rebuilt, ix.Count())
			}
		})
	}
}

func edit(path string, change func([]byte)) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	change(b)
	return os.WriteFile(path, b, 0o600)
}

func TestAnotherTextOrEmbedderIsBuiltAgain(t *testing.T) {
	dir := t.TempDir()
	mustOpen(t, dir, key, []string{"a"}, [][]float32{{1, 0}})

	changed := key
	changed.Digest = "d2"
	if _, rebuilt := mustOpen(t, dir, changed, []string{"a"}, [][]float32{{1, 0}}); !rebuilt {
		t.Error("a changed text kept its vectors")
	}
	files(t, dir) // fails if the stale index is still there

	if _, rebuilt := mustOpen(t, dir, key, []string{"a"}, [][]float32{{1, 0}}); !rebuilt {
		t.Error("an old text got the vectors of the new one")
	}
}

func TestFrameworksAndEmbeddersDoNotMix(t *testing.T) {
	dir := t.TempDir()
	keys := []chromem.Key{
		{Framework: "a@1", Digest: "d", Embedder: "e"}, {Framework: "a@1", Digest: "d", Embedder: "f"},
		{Framework: "a@2", Digest: "d", Embedder: "e"}, {Framework: "a", Digest: "d", Embedder: "@1e"},
	}
	for i, k := range keys {
		mustOpen(t, dir, k, []string{"x"}, [][]float32{[]float32{1, 2, 3, 4}[:i+1]})
	}

	for i, k := range keys {
		ix, rebuilt := mustOpen(t, dir, k, nil, nil)
		if rebuilt || ix.Dimensions() != i+1 {
			t.Errorf("%v: rebuilt %v, %d dimensions", k, rebuilt, ix.Dimensions())
		}
	}
}

func TestNamesNeverBecomePaths(t *testing.T) {
	outer := t.TempDir()
	dir := filepath.Join(outer, "vectors")
	for _, name := range []string{"../../escape@1", "/etc/passwd@1", "a\x00b", "..", "con:nul|?*", strings.Repeat("long", 200)} {
		k := chromem.Key{Framework: name, Digest: name, Embedder: name}
		mustOpen(t, dir, k, []string{name}, [][]float32{{1}})
		if _, rebuilt := mustOpen(t, dir, k, nil, nil); rebuilt {
			t.Errorf("%.20q is not found again", name)
		}
	}

	entries, err := os.ReadDir(outer)
	if err != nil || len(entries) != 1 {
		t.Fatalf("beside the folder: %v, %v", entries, err)
	}
	folders, _ := os.ReadDir(dir)
	for _, f := range folders {
		if strings.Trim(f.Name(), "0123456789abcdef") != "" {
			t.Errorf("folder %q", f.Name())
		}
	}
}

func TestOnlyTheTwoFilesOfAnIndexAreWritten(t *testing.T) {
	dir := t.TempDir()
	ids, vectors := random(10, 4, 1)
	mustOpen(t, dir, key, ids, vectors)

	index, manifest := files(t, dir)

	if filepath.Base(index) != "index.gob" || filepath.Base(manifest) != "manifest.json" {
		t.Errorf("found %s and %s", index, manifest)
	}
}

func TestOpenSaysWhatWentWrong(t *testing.T) {
	failing := func(context.Context) ([]string, [][]float32, error) {
		return nil, nil, errors.New("endpoint is down")
	}
	_, _, err := chromem.Open(t.Context(), t.TempDir(), key, failing)
	if err == nil || !strings.Contains(err.Error(), "build the vectors of made-up@1 with toy-3: endpoint is down") {
		t.Errorf("failed build: %v", err)
	}

	_, _, err = chromem.Open(t.Context(), t.TempDir(), chromem.Key{Framework: "a"}, failing)
	if err == nil || !strings.Contains(err.Error(), "incomplete key") {
		t.Errorf("incomplete key: %v", err)
	}

	taken := filepath.Join(t.TempDir(), "taken")
	write(t, taken, []byte("a file where the folder should be"))
	build, _ := built([]string{"a"}, [][]float32{{1}})
	_, _, err = chromem.Open(t.Context(), taken, key, build)
	if err == nil || !strings.Contains(err.Error(), taken) {
		t.Errorf("no folder: %v", err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	build, calls := built([]string{"a"}, [][]float32{{1}})
	if _, _, err = chromem.Open(ctx, t.TempDir(), key, build); !errors.Is(err, context.Canceled) || *calls != 0 {
		t.Errorf("cancelled: %v after %d builds", err, *calls)
	}
}

func TestTwoWhoBuildAtOnceLeaveAnIndexThatCanBeTrusted(t *testing.T) {
	dir := t.TempDir()
	ids, vectors := random(30, 8, 1)

	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			build, _ := built(ids, vectors)
			if ix, _, err := chromem.Open(t.Context(), dir, key, build); err != nil || ix.Count() != 30 {
				t.Errorf("%v", err)
			}
		})
	}
	all.Wait()

	if ix, _ := mustOpen(t, dir, key, ids, vectors); ix.Count() != 30 {
		t.Errorf("%d vectors", ix.Count())
	}
	if _, rebuilt := mustOpen(t, dir, key, ids, vectors); rebuilt {
		t.Error("still not valid when opened alone")
	}
}

func FuzzOpen(f *testing.F) {
	ids, vectors := random(3, 2, 9)
	dir := f.TempDir()
	mustOpen(f, dir, key, ids, vectors)
	index, manifest := files(f, dir)
	f.Add(read(f, index), read(f, manifest))
	f.Add([]byte{}, []byte("{}"))
	f.Add(read(f, index), []byte(`{"layout":1,"framework":"made-up@1","digest":"d1","embedder":"toy-3","count":-1}`))

	f.Fuzz(func(t *testing.T, indexBytes, manifestBytes []byte) {
		write(t, index, indexBytes)
		write(t, manifest, manifestBytes)

		ix, _ := mustOpen(t, dir, key, ids, vectors)

		if ix.Count() != len(ids) {
			t.Fatalf("%d vectors", ix.Count())
		}
		for i, v := range vectors {
			if got := nearest(t, ix, v, 1)[0].ID; got != ids[i] {
				t.Fatalf("nearest to %s is %s", ids[i], got)
			}
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	ids, vectors := random(1200, 384, 1)
	b.Run("from disk", func(b *testing.B) {
		dir := b.TempDir()
		mustOpen(b, dir, key, ids, vectors)
		for b.Loop() {
			if _, rebuilt := mustOpen(b, dir, key, ids, vectors); rebuilt {
				b.Fatal("built again")
			}
		}
	})
	b.Run("rebuild", func(b *testing.B) {
		dir := b.TempDir()
		changing := key
		for b.Loop() {
			changing.Digest += "'"
			mustOpen(b, dir, changing, ids, vectors)
		}
	})
}
