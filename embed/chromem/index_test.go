package chromem_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"concord/embed"
	"concord/embed/chromem"
)

var key = chromem.Key{Framework: "made-up@1", Digest: "d1", Embedder: "toy-3"}

// built returns a Build of these vectors and a counter of its calls.
func built(ids []string, vectors [][]float32) (chromem.Build, *int) {
	calls := new(int)
	return func(context.Context) ([]string, [][]float32, error) {
		*calls++
		return ids, vectors, nil
	}, calls
}

func mustOpen(t testing.TB, dir string, k chromem.Key, ids []string, vectors [][]float32) (*chromem.Index, bool) {
	t.Helper()
	build, _ := built(ids, vectors)
	ix, rebuilt, err := chromem.Open(t.Context(), dir, k, build)
	if err != nil {
		t.Fatal(err)
	}
	return ix, rebuilt
}

func nearest(t testing.TB, ix *chromem.Index, vector []float32, k int) []embed.Hit {
	t.Helper()
	hits, err := ix.Nearest(t.Context(), vector, k)
	if err != nil {
		t.Fatal(err)
	}
	return hits
}

func idsOf(hits []embed.Hit) []string {
	ids := make([]string, len(hits))
	for i, h := range hits {
		ids[i] = h.ID
	}
	return ids
}

// random makes n vectors that depend on the seed alone.
func random(n, dimensions int, seed uint64) (ids []string, vectors [][]float32) {
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range n {
		v := make([]float32, dimensions)
		for j := range v {
			v[j] = float32(r.NormFloat64())
		}
		ids, vectors = append(ids, fmt.Sprintf("E-%04d", i)), append(vectors, v)
	}
	return ids, vectors
}

func TestNearestRanksByCosine(t *testing.T) {
	ix, _ := mustOpen(t, t.TempDir(), key,
		[]string{"far", "near", "opposite", "same"},
		[][]float32{{0, 1, 0}, {1, 1, 0}, {-3, 0, 0}, {0.5, 0, 0}})

	hits := nearest(t, ix, []float32{7, 0, 0}, 4)

	if got := idsOf(hits); !slices.Equal(got, []string{"same", "near", "far", "opposite"}) {
		t.Fatalf("order %v", got)
	}
	for i, want := range []float64{1, math.Sqrt2 / 2, 0, -1} {
		if math.Abs(hits[i].Score-want) > 1e-6 {
			t.Errorf("%s scores %v, want %v", hits[i].ID, hits[i].Score, want)
		}
	}
}

func TestNearestAgreesWithAllPairsOverVectors(t *testing.T) {
	ids, vectors := random(150, 24, 1)
	ix, _ := mustOpen(t, t.TempDir(), key, ids, vectors)
	_, queries := random(10, 24, 2)

	got, matrix := ix.Vectors()

	if !slices.Equal(got, ids) {
		t.Fatal("ids are not in document order")
	}
	for _, q := range queries {
		var length float64
		for _, x := range q {
			length += float64(x) * float64(x)
		}
		var want []embed.Hit
		for i, v := range matrix {
			var dot float64
			for j := range v {
				dot += float64(v[j]) * float64(q[j]) / math.Sqrt(length)
			}
			want = append(want, embed.Hit{ID: ids[i], Score: dot})
		}
		embed.Sort(want)
		for i, h := range nearest(t, ix, q, 20) {
			if h.ID != want[i].ID || math.Abs(h.Score-want[i].Score) > 1e-5 {
				t.Fatalf("hit %d is %v, want %v", i+1, h, want[i])
			}
		}
	}
}

func TestNearestAsksForNoMoreThanThereIs(t *testing.T) {
	ids, vectors := random(5, 3, 1)
	ix, _ := mustOpen(t, t.TempDir(), key, ids, vectors)

	for k, want := range map[int]int{-1: 0, 0: 0, 1: 1, 5: 5, 6: 5, math.MaxInt: 5} {
		if got := len(nearest(t, ix, vectors[0], k)); got != want {
			t.Errorf("k = %d gives %d hits, want %d", k, got, want)
		}
	}
}

func TestAnEmptyIndexHasNoHits(t *testing.T) {
	dir := t.TempDir()

	for range 2 { // once built, once from disk
		ix, _ := mustOpen(t, dir, key, nil, nil)
		if hits := nearest(t, ix, []float32{1, 2, 3}, 10); len(hits) != 0 || ix.Count() != 0 || ix.Dimensions() != 0 {
			t.Fatalf("hits %v, count %d, dimensions %d", hits, ix.Count(), ix.Dimensions())
		}
	}
	if _, rebuilt := mustOpen(t, dir, key, nil, nil); rebuilt {
		t.Error("an empty index was built again")
	}
}

func TestTiedScoresComeBackInOrderOfID(t *testing.T) {
	var ids []string
	var vectors [][]float32
	for i := range 40 {
		ids, vectors = append(ids, fmt.Sprintf("T-%02d", (i*7)%40)), append(vectors, []float32{1, 0, 0})
	}
	ix, _ := mustOpen(t, t.TempDir(), key, ids, vectors)

	for range 30 {
		if got := idsOf(nearest(t, ix, []float32{2, 1, 0}, 3)); !slices.Equal(got, []string{"T-00", "T-01", "T-02"}) {
			t.Fatalf("the first three of forty equals are %v", got)
		}
	}
}

func TestAVectorOfAnotherLengthIsRefused(t *testing.T) {
	dir := t.TempDir()
	build, _ := built([]string{"a", "b"}, [][]float32{{1, 0, 0}, {1, 0}})

	_, _, err := chromem.Open(t.Context(), dir, key, build)
	if err == nil || !strings.Contains(err.Error(), `"b"`) || !strings.Contains(err.Error(), "2 dimensions, not 3") {
		t.Errorf("building: %v", err)
	}

	ix, _ := mustOpen(t, dir, key, []string{"a"}, [][]float32{{1, 0, 0}})
	_, err = ix.Nearest(t.Context(), []float32{1, 0}, 1)
	if err == nil || !strings.Contains(err.Error(), "2 dimensions, not 3") {
		t.Errorf("searching: %v", err)
	}
	if len(nearest(t, ix, []float32{1, 0, 0}, 1)) != 1 {
		t.Error("the index no longer answers")
	}
}

func TestAVectorWithoutDirectionIsRefused(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	ix, _ := mustOpen(t, t.TempDir(), key, []string{"a"}, [][]float32{{1, 0}})

	for name, bad := range map[string][]float32{
		"zero": {0, 0}, "negative zero": {0, float32(math.Copysign(0, -1))}, "NaN": {1, nan}, "infinite": {inf, 1}, "empty": {},
	} {
		t.Run(name, func(t *testing.T) {
			build, _ := built([]string{"good", "bad"}, [][]float32{{1, 1}, bad})
			if _, _, err := chromem.Open(t.Context(), t.TempDir(), key, build); err == nil || !strings.Contains(err.Error(), `"bad"`) {
				t.Errorf("building: %v", err)
			}
			if hits, err := ix.Nearest(t.Context(), bad, 1); err == nil {
				t.Errorf("searching gave %v and no error", hits)
			}
		})
	}
}

func TestTinyAndHugeVectorsKeepTheirDirection(t *testing.T) {
	ix, _ := mustOpen(t, t.TempDir(), key, []string{"huge", "tiny"},
		[][]float32{{math.MaxFloat32, 0}, {0, math.SmallestNonzeroFloat32}})

	hits := nearest(t, ix, []float32{0, 1e-40}, 2)

	if want := []embed.Hit{{ID: "tiny", Score: 1}, {ID: "huge", Score: 0}}; !slices.Equal(hits, want) {
		t.Errorf("got %v, want %v", hits, want)
	}
}

func TestAnElementWithoutAKnownWordIsNotIndexed(t *testing.T) {
	dir := t.TempDir()

	for range 2 {
		ix, _ := mustOpen(t, dir, key, []string{"silent", "a", "mute"}, [][]float32{nil, {0, 2}, nil})
		if ids, matrix := ix.Vectors(); !slices.Equal(ids, []string{"a"}) || !slices.Equal(matrix[0], []float32{0, 1}) {
			t.Fatalf("indexed %v %v", ids, matrix)
		}
		if hits := nearest(t, ix, nil, 5); len(hits) != 0 {
			t.Errorf("a text without a known word is near %v", hits)
		}
	}
}

func TestIDsAreHeldAgainstTheirVectors(t *testing.T) {
	for want, ids := range map[string][]string{
		"2 ids with 1 vectors": {"a", "b"}, "element 1 has no id": {""}, "0 ids with 1 vectors": {},
	} {
		build, _ := built(ids, [][]float32{{1}})
		if _, _, err := chromem.Open(t.Context(), t.TempDir(), key, build); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	build, _ := built([]string{"a", "b", "a"}, [][]float32{{1}, nil, {1}})
	if _, _, err := chromem.Open(t.Context(), t.TempDir(), key, build); err == nil || !strings.Contains(err.Error(), `duplicate id "a": elements 1 and 3`) {
		t.Errorf("duplicate: %v", err)
	}
}

func TestACancelledSearchIsAnErrorAndNotHalfAnAnswer(t *testing.T) {
	ids, vectors := random(500, 8, 1)
	ix, _ := mustOpen(t, t.TempDir(), key, ids, vectors)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	if hits, err := ix.Nearest(ctx, vectors[0], 500); err != context.Canceled || hits != nil {
		t.Errorf("got %d hits, error %v", len(hits), err)
	}
}

func TestManyGoroutinesSearchAtOnce(t *testing.T) {
	dir := t.TempDir()
	ids, vectors := random(200, 16, 1)
	mustOpen(t, dir, key, ids, vectors)
	ix, rebuilt := mustOpen(t, dir, key, nil, nil) // from disk, where the library's race is
	if rebuilt {
		t.Fatal("built again")
	}
	want := nearest(t, ix, vectors[7], 10)

	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 20 {
				if got, err := ix.Nearest(t.Context(), vectors[7], 10); err != nil || !slices.Equal(got, want) {
					t.Errorf("got %v, %v", got, err)
				}
				ix.Vectors()
				ix.Count()
			}
		})
	}
	all.Wait()
}

func BenchmarkNearest(b *testing.B) {
	ids, vectors := random(1200, 384, 1)
	ix, _ := mustOpen(b, b.TempDir(), key, ids, vectors)
	for b.Loop() {
		nearest(b, ix, vectors[3], 20)
	}
}
