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
	"concord/embed/vectors"
)

func index(t testing.TB, ids []string, rows [][]float32) *chromem.Index {
	t.Helper()
	set, err := vectors.New(ids, rows)
	if err != nil {
		t.Fatal(err)
	}
	ix, err := chromem.New(t.Context(), set, nil)
	if err != nil {
		t.Fatal(err)
	}
	return ix
}

func nearest(t testing.TB, ix *chromem.Index, vector []float32, k int) []embed.Hit {
	t.Helper()
	hits, err := ix.Nearest(t.Context(), vector, k, nil)
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
	ix := index(t, []string{"far", "near", "opposite", "same"},
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

func TestNearestAgreesWithTheMatrix(t *testing.T) {
	ids, rows := random(150, 24, 1)
	ix := index(t, ids, rows)
	set, err := vectors.New(ids, rows)
	if err != nil {
		t.Fatal(err)
	}
	queryIDs, some := random(10, 24, 2)
	queries, err := vectors.New(queryIDs, some)
	if err != nil {
		t.Fatal(err)
	}

	all, err := set.Matrix.TopAll(t.Context(), queries.Matrix, 20)
	if err != nil {
		t.Fatal(err)
	}
	for q, want := range all {
		for i, h := range nearest(t, ix, some[q], 20) {
			if h.ID != ids[want[i].Row] || math.Abs(h.Score-want[i].Score) > 1e-5 {
				t.Fatalf("hit %d is %v, want %v", i+1, h, want[i])
			}
		}
	}
}

func TestNearestAsksForNoMoreThanThereIs(t *testing.T) {
	ids, vectors := random(5, 3, 1)
	ix := index(t, ids, vectors)

	for k, want := range map[int]int{-1: 0, 0: 0, 1: 1, 5: 5, 6: 5, math.MaxInt: 5} {
		if got := len(nearest(t, ix, vectors[0], k)); got != want {
			t.Errorf("k = %d gives %d hits, want %d", k, got, want)
		}
	}
}

func TestAnEmptyIndexHasNoHits(t *testing.T) {
	ix := index(t, nil, nil)

	if hits := nearest(t, ix, []float32{1, 2, 3}, 10); len(hits) != 0 || ix.Count() != 0 {
		t.Errorf("hits %v, count %d", hits, ix.Count())
	}
}

func TestTiedScoresComeBackInOrderOfID(t *testing.T) {
	var ids []string
	var vectors [][]float32
	for i := range 40 {
		ids, vectors = append(ids, fmt.Sprintf("T-%02d", (i*7)%40)), append(vectors, []float32{1, 0, 0})
	}
	ix := index(t, ids, vectors)

	for range 30 {
		if got := idsOf(nearest(t, ix, []float32{2, 1, 0}, 3)); !slices.Equal(got, []string{"T-00", "T-01", "T-02"}) {
			t.Fatalf("the first three of forty equals are %v", got)
		}
	}
}

func TestAQueryThatCannotBeComparedIsRefused(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	ix := index(t, []string{"a"}, [][]float32{{1, 0}})

	for want, bad := range map[string][]float32{
		"3 dimensions, not 2": {1, 0, 0}, "0 dimensions, not 2": {}, "has length zero": {0, float32(math.Copysign(0, -1))},
		"dimension 2 is NaN": {1, nan}, "dimension 1 is -Inf": {inf, 1},
	} {
		if hits, err := ix.Nearest(t.Context(), bad, 1, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v gives %v, %v", bad, hits, err)
		}
	}
	if len(nearest(t, ix, []float32{1, 0}, 1)) != 1 {
		t.Error("the index no longer answers")
	}
}

func TestTinyAndHugeVectorsKeepTheirDirection(t *testing.T) {
	ix := index(t, []string{"huge", "tiny"},
		[][]float32{{math.MaxFloat32, 0}, {0, math.SmallestNonzeroFloat32}})

	hits := nearest(t, ix, []float32{0, 1e-40}, 2)

	if want := []embed.Hit{{ID: "tiny", Score: 1}, {ID: "huge", Score: 0}}; !slices.Equal(hits, want) {
		t.Errorf("got %v, want %v", hits, want)
	}
}

func TestAnElementWithoutAKnownWordIsNotIndexed(t *testing.T) {
	ix := index(t, []string{"silent", "a", "mute"}, [][]float32{nil, {0, 2}, nil})

	if hits := nearest(t, ix, []float32{0, 1}, 5); !slices.Equal(hits, []embed.Hit{{ID: "a", Score: 1}}) {
		t.Errorf("found %v", hits)
	}
	if hits := nearest(t, ix, nil, 5); len(hits) != 0 {
		t.Errorf("a text without a known word is near %v", hits)
	}
}

func TestMetadataFilterWhatIsNear(t *testing.T) {
	ids, rows := random(300, 8, 1)
	set, err := vectors.New(ids, rows)
	if err != nil {
		t.Fatal(err)
	}
	kind := func(id string) map[string]string {
		if strings.HasSuffix(id, "7") {
			return map[string]string{"kind": "control", "family": "AC"}
		}
		return map[string]string{"kind": "enhancement"}
	}
	ix, err := chromem.New(t.Context(), set, kind)
	if err != nil {
		t.Fatal(err)
	}

	var want []string
	for _, h := range nearest(t, ix, rows[0], 300) {
		if strings.HasSuffix(h.ID, "7") {
			want = append(want, h.ID)
		}
	}
	for k, n := range map[int]int{1: 1, 10: 10, 30: 30, 31: 30, 300: 30} {
		hits, err := ix.Nearest(t.Context(), rows[0], k, map[string]string{"kind": "control", "family": "AC"})
		if err != nil || !slices.Equal(idsOf(hits), want[:n]) {
			t.Errorf("k = %d: %v, %v", k, hits, err)
		}
	}
	if hits, err := ix.Nearest(t.Context(), rows[0], 5, map[string]string{"kind": "nosuch"}); err != nil || len(hits) != 0 {
		t.Errorf("of no kind: %v, %v", hits, err)
	}
}

func TestIDsThatCannotBeToldApartAreRefused(t *testing.T) {
	set, err := vectors.New([]string{"a", "b"}, [][]float32{{1}, {1}})
	if err != nil {
		t.Fatal(err)
	}
	for want, ids := range map[string][]string{`duplicate id "a"`: {"a", "a"}, `vector of ""`: {"a", ""}} {
		set.IDs = ids
		if _, err := chromem.New(t.Context(), set, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestACancelledSearchIsAnErrorAndNotHalfAnAnswer(t *testing.T) {
	ids, vectors := random(500, 8, 1)
	ix := index(t, ids, vectors)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	if hits, err := ix.Nearest(ctx, vectors[0], 500, nil); err != context.Canceled || hits != nil {
		t.Errorf("got %d hits, error %v", len(hits), err)
	}
}

func TestManyGoroutinesSearchAtOnce(t *testing.T) {
	ids, vectors := random(200, 16, 1)
	ix := index(t, ids, vectors)
	want := nearest(t, ix, vectors[7], 10)

	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 20 {
				if got, err := ix.Nearest(t.Context(), vectors[7], 10, nil); err != nil || !slices.Equal(got, want) {
					t.Errorf("got %v, %v", got, err)
				}
				ix.Count()
			}
		})
	}
	all.Wait()
}

func BenchmarkNearest(b *testing.B) {
	ids, vectors := random(1200, 384, 1)
	ix := index(b, ids, vectors)
	for b.Loop() {
		nearest(b, ix, vectors[3], 20)
	}
}
