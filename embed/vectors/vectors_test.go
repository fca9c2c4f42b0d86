package vectors_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"concord/embed/vectors"
)

var key = vectors.Key{Framework: "made-up@1", Digest: "d1", Embedder: "toy-3"}

// built returns a Build of these vectors and a counter of its calls.
func built(ids []string, rows [][]float32) (vectors.Build, *int) {
	calls := new(int)
	return func(context.Context) ([]string, [][]float32, error) {
		*calls++
		return ids, rows, nil
	}, calls
}

func mustOpen(t testing.TB, dir string, k vectors.Key, ids []string, rows [][]float32) (vectors.Set, bool) {
	t.Helper()
	build, _ := built(ids, rows)
	set, rebuilt, err := vectors.Open(t.Context(), dir, k, build)
	if err != nil {
		t.Fatal(err)
	}
	return set, rebuilt
}

// random makes n vectors that depend on the seed alone.
func random(n, dims int, seed uint64) (ids []string, rows [][]float32) {
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range n {
		v := make([]float32, dims)
		for j := range v {
			v[j] = float32(r.NormFloat64())
		}
		ids, rows = append(ids, fmt.Sprintf("E-%04d", i)), append(rows, v)
	}
	return ids, rows
}

// file returns the path of the only file below dir.
func file(t testing.TB, dir string) string {
	t.Helper()
	found, err := os.ReadDir(dir)
	if err != nil || len(found) != 1 {
		t.Fatalf("files in the folder: %v, %v", found, err)
	}
	return filepath.Join(dir, found[0].Name())
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

func same(a, b vectors.Set) bool {
	return slices.Equal(a.IDs, b.IDs) && a.Matrix.Rows() == b.Matrix.Rows() && slices.Equal(a.Matrix.Data(), b.Matrix.Data())
}

func TestASetIsBuiltOnceAndThenReadFromDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "yet", "there")
	ids, rows := random(60, 16, 3)
	rows[7], rows[59] = nil, nil
	build, calls := built(ids, rows)
	fresh, rebuilt, err := vectors.Open(t.Context(), dir, key, build)
	if err != nil || !rebuilt {
		t.Fatal(rebuilt, err)
	}

	stored, rebuilt, err := vectors.Open(t.Context(), dir, key, build)

	if err != nil || rebuilt || *calls != 1 {
		t.Fatalf("rebuilt %v after %d builds: %v", rebuilt, *calls, err)
	}
	if !same(fresh, stored) || !slices.Equal(stored.IDs, ids) {
		t.Error("the set differs after a round trip")
	}
}

func TestVectorsGetUnitLengthAndSilentElementsZeros(t *testing.T) {
	ids := []string{"silent", "a", "huge", "tiny"}
	set, _ := mustOpen(t, t.TempDir(), key, ids,
		[][]float32{nil, {3, 4}, {math.MaxFloat32, 0}, {0, math.SmallestNonzeroFloat32}})

	for i, want := range [][]float32{{0, 0}, {0.6, 0.8}, {1, 0}, {0, 1}} {
		if got := set.Matrix.Row(i); !slices.Equal(got, want) {
			t.Errorf("%s is %v, want %v", ids[i], got, want)
		}
	}
}

func TestSetsWithoutVectorsAreKeptToo(t *testing.T) {
	for name, ids := range map[string][]string{"empty": nil, "silent": {"a", "b"}} {
		dir := t.TempDir()
		mustOpen(t, dir, key, ids, make([][]float32, len(ids)))

		set, rebuilt := mustOpen(t, dir, key, nil, nil)

		if rebuilt || !slices.Equal(set.IDs, ids) || set.Matrix.Rows() != 0 {
			t.Errorf("%s: rebuilt %v, ids %v, %d rows", name, rebuilt, set.IDs, set.Matrix.Rows())
		}
	}
}

func TestAVectorWithoutDirectionIsRefused(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	for name, bad := range map[string][]float32{
		"zero": {0, 0}, "negative zero": {0, float32(math.Copysign(0, -1))}, "NaN": {1, nan}, "infinite": {inf, 1},
		"empty": {}, "shorter": {1}, "longer": {1, 2, 3},
	} {
		build, _ := built([]string{"good", "bad"}, [][]float32{{1, 1}, bad})
		if _, _, err := vectors.Open(t.Context(), t.TempDir(), key, build); err == nil || !strings.Contains(err.Error(), `"bad" (element 2)`) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestIDsAreHeldAgainstTheirVectors(t *testing.T) {
	for want, ids := range map[string][]string{
		"3 ids with 2 vectors": {"a", "b", "c"}, "element 1 has no id": {"", "b"}, "0 ids with 2 vectors": {},
		`duplicate id "a": elements 1 and 2`: {"a", "a"},
	} {
		build, _ := built(ids, [][]float32{{1}, nil})
		if _, _, err := vectors.Open(t.Context(), t.TempDir(), key, build); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestAnotherTextOrEmbedderIsBuiltAgain(t *testing.T) {
	dir := t.TempDir()
	mustOpen(t, dir, key, []string{"a"}, [][]float32{{1, 0}})

	changed := key
	changed.Digest = "d2"
	if _, rebuilt := mustOpen(t, dir, changed, []string{"a"}, [][]float32{{1, 0}}); !rebuilt {
		t.Error("a changed text kept its vectors")
	}
	file(t, dir) // fails if the stale set is still there

	if _, rebuilt := mustOpen(t, dir, key, []string{"a"}, [][]float32{{1, 0}}); !rebuilt {
		t.Error("an old text got the vectors of the new one")
	}
}

func TestFrameworksAndEmbeddersDoNotMix(t *testing.T) {
	dir := t.TempDir()
	keys := []vectors.Key{
		{Framework: "a@1", Digest: "d", Embedder: "e"}, {Framework: "a@1", Digest: "d", Embedder: "f"},
		{Framework: "a@2", Digest: "d", Embedder: "e"}, {Framework: "a", Digest: "d", Embedder: "@1e"},
	}
	for i, k := range keys {
		mustOpen(t, dir, k, []string{"x"}, [][]float32{[]float32{1, 2, 3, 4}[:i+1]})
	}

	for i, k := range keys {
		set, rebuilt := mustOpen(t, dir, k, nil, nil)
		if rebuilt || set.Matrix.Dims() != i+1 {
			t.Errorf("%v: rebuilt %v, %d dimensions", k, rebuilt, set.Matrix.Dims())
		}
	}
}

func TestNamesNeverBecomePaths(t *testing.T) {
	outer := t.TempDir()
	dir := filepath.Join(outer, "vectors")
	for _, name := range []string{"../../escape@1", "/etc/passwd@1", "a\x00b", "..", "con:nul|?*", strings.Repeat("long", 200)} {
		k := vectors.Key{Framework: name, Digest: name, Embedder: name}
		mustOpen(t, dir, k, []string{name}, [][]float32{{1}})
		if _, rebuilt := mustOpen(t, dir, k, nil, nil); rebuilt {
			t.Errorf("%.20q is not found again", name)
		}
	}

	entries, err := os.ReadDir(outer)
	if err != nil || len(entries) != 1 {
		t.Fatalf("beside the folder: %v, %v", entries, err)
	}
	files, _ := os.ReadDir(dir)
	for _, f := range files {
		if strings.Trim(strings.TrimSuffix(f.Name(), ".vectors"), "0123456789abcdef") != "" {
			t.Errorf("file %q", f.Name())
		}
	}
}

func TestOpenSaysWhatWentWrong(t *testing.T) {
	failing := func(context.Context) ([]string, [][]float32, error) {
		return nil, nil, errors.New("endpoint is down")
	}
	_, _, err := vectors.Open(t.Context(), t.TempDir(), key, failing)
	if err == nil || !strings.Contains(err.Error(), "build the vectors of made-up@1 with toy-3: endpoint is down") {
		t.Errorf("failed build: %v", err)
	}

	_, _, err = vectors.Open(t.Context(), t.TempDir(), vectors.Key{Framework: "a"}, failing)
	if err == nil || !strings.Contains(err.Error(), "incomplete key") {
		t.Errorf("incomplete key: %v", err)
	}

	taken := filepath.Join(t.TempDir(), "taken")
	write(t, taken, []byte("a file where the folder should be"))
	build, _ := built([]string{"a"}, [][]float32{{1}})
	_, _, err = vectors.Open(t.Context(), taken, key, build)
	if err == nil || !strings.Contains(err.Error(), taken) {
		t.Errorf("no folder: %v", err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	build, calls := built([]string{"a"}, [][]float32{{1}})
	if _, _, err = vectors.Open(ctx, t.TempDir(), key, build); !errors.Is(err, context.Canceled) || *calls != 0 {
		t.Errorf("cancelled: %v after %d builds", err, *calls)
	}
}

func TestTwoWhoBuildAtOnceLeaveASetThatCanBeTrusted(t *testing.T) {
	dir := t.TempDir()
	ids, rows := random(30, 8, 1)
	want, _ := mustOpen(t, t.TempDir(), key, ids, rows)

	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			build, _ := built(ids, rows)
			if set, _, err := vectors.Open(t.Context(), dir, key, build); err != nil || !same(set, want) {
				t.Errorf("%v", err)
			}
		})
	}
	all.Wait()

	if set, rebuilt := mustOpen(t, dir, key, nil, nil); rebuilt || !same(set, want) {
		t.Error("what they left is not the set")
	}
	file(t, dir) // fails if anything else is left
}
