package remote_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sashabaranov/go-openai"

	"concord/embed"
	"concord/embed/remote"
	"concord/internal/endpoint"
	"concord/internal/mockapi"
)

var _ embed.Embedder = (*remote.Embedder)(nil)

func serve(t testing.TB, api *mockapi.Server, o remote.Options) *remote.Embedder {
	t.Helper()
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	client, err := endpoint.New(endpoint.Config{BaseURL: server.URL + "/v1", Backoff: time.Millisecond, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if o.Model == "" {
		o.Model = "words-1"
	}
	e, err := remote.New(client, o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func sentences(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("requirement number %d about topic %d", i, i%7))
	}
	return out
}

// same reports whether got points the way the server's vector of text does.
func same(got []float32, text string) bool {
	want := mockapi.Vector(text, len(got))
	var dot, square, length float64
	for i := range got {
		dot += float64(got[i]) * float64(want[i])
		square += float64(want[i]) * float64(want[i])
		length += float64(got[i]) * float64(got[i])
	}
	return math.Abs(dot/math.Sqrt(square)-1) < 1e-5 && math.Abs(length-1) < 1e-5
}

func TestEachTextGetsItsOwnUnitVectorWhateverTheOrderOfTheServer(t *testing.T) {
	for _, f := range []mockapi.Fault{mockapi.None, mockapi.Reversed} {
		api := &mockapi.Server{Fault: mockapi.Always(f)}
		e := serve(t, api, remote.Options{Batch: 10})
		texts := sentences(95)

		vectors, err := e.Embed(t.Context(), texts)

		if err != nil || len(vectors) != 95 {
			t.Fatalf("%s: %d vectors, %v", f, len(vectors), err)
		}
		for i, v := range vectors {
			if !same(v, texts[i]) {
				t.Errorf("%s: vector %d is not that of its text", f, i)
			}
		}
		if n := api.Stats().Requests; n != 10 {
			t.Errorf("%s: %d requests for 95 texts in batches of 10", f, n)
		}
	}
}

func TestBlankTextsGetNoVectorAndEqualTextsAreAskedForOnce(t *testing.T) {
	api := &mockapi.Server{}
	e := serve(t, api, remote.Options{})

	vectors, err := e.Embed(t.Context(), []string{"", "access control", " \n", "access control"})

	if err != nil || vectors[0] != nil || vectors[2] != nil || !same(vectors[1], "access control") || !reflect.DeepEqual(vectors[1], vectors[3]) {
		t.Errorf("%v %v", err, vectors)
	}
	if body := string(api.LastBody()); strings.Count(body, "access control") != 1 {
		t.Errorf("sent %s", body)
	}

	none, err := e.Embed(t.Context(), nil)
	if err != nil || len(none) != 0 || api.Stats().Requests != 1 {
		t.Errorf("no texts: %v %v, %d requests", none, err, api.Stats().Requests)
	}
}

func TestVectorsThatAreNotWhatWasAskedForAreRefused(t *testing.T) {
	for f, want := range map[mockapi.Fault]string{
		mockapi.WrongDimension: "vector of text 4 has 63 numbers, that of text 0 has 64",
		mockapi.ZeroVector:     "all zeros",
		mockapi.MissingVector:  "4 vectors came back",
		mockapi.SameIndex:      "two vectors came back for text 0",
		mockapi.HTML:           "is the base URL right?",
	} {
		e := serve(t, &mockapi.Server{Fault: mockapi.Always(f)}, remote.Options{})

		_, err := e.Embed(t.Context(), sentences(5))

		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "embed 5 texts with words-1: ") {
			t.Errorf("%s: %v", f, err)
		}
	}
}

func TestAFatalErrorOfTheEndpointCanBeRecognized(t *testing.T) {
	e := serve(t, &mockapi.Server{Key: "sk-other"}, remote.Options{})

	_, err := e.Embed(t.Context(), sentences(1))

	var fatal *endpoint.Error
	if !errors.As(err, &fatal) || !fatal.Fatal {
		t.Errorf("%v", err)
	}
}

func TestDimensionsAreAskedForAndChecked(t *testing.T) {
	api := &mockapi.Server{}
	e := serve(t, api, remote.Options{Dimensions: 32})

	vectors, err := e.Embed(t.Context(), sentences(3))

	if err != nil || len(vectors[0]) != 32 || !strings.Contains(string(api.LastBody()), `"dimensions":32`) {
		t.Errorf("%v, sent %s", err, api.LastBody())
	}
	if got := e.Name(); got != "remote/words-1@32" {
		t.Errorf("name %s", got)
	}

	deaf := fixed{{1, 0, 0}}
	d, _ := remote.New(deaf, remote.Options{Model: "m", Dimensions: 2})
	if _, err := d.Embed(t.Context(), []string{"x"}); err == nil || !strings.Contains(err.Error(), "3 numbers where 2 were asked for") {
		t.Errorf("%v", err)
	}
}

// fixed answers with given vectors.
type fixed [][]float32

func (f fixed) Embeddings(context.Context, openai.EmbeddingRequestStrings) (*openai.EmbeddingResponse, error) {
	res := &openai.EmbeddingResponse{}
	for i, v := range f {
		res.Data = append(res.Data, openai.Embedding{Index: i, Embedding: v})
	}
	return res, nil
}

func TestNumbersThatAreNotFiniteAreRefused(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1)} {
		e, _ := remote.New(fixed{{1, float32(bad)}}, remote.Options{Model: "m"})

		if _, err := e.Embed(t.Context(), []string{"x"}); err == nil || !strings.Contains(err.Error(), "not finite") {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

func TestLongTextsAreCut(t *testing.T) {
	api := &mockapi.Server{}
	e := serve(t, api, remote.Options{})

	_, err := e.Embed(t.Context(), []string{strings.Repeat("word ", 20_000)})

	if n := len(api.LastBody()); err != nil || n > remote.LongestText+200 {
		t.Errorf("sent %d bytes, %v", n, err)
	}
}

func TestASecondRunPaysForNothingAndGivesTheSameVectors(t *testing.T) {
	dir := t.TempDir()
	texts := sentences(100)
	var runs [][][]float32
	for run, want := range []int{4, 0} {
		cache := remote.OpenCache(dir)
		api := &mockapi.Server{}

		vectors, err := serve(t, api, remote.Options{Cache: cache, Batch: 25}).Embed(t.Context(), texts)

		if err != nil || api.Stats().Requests != want {
			t.Fatalf("run %d: %d requests, %v", run, api.Stats().Requests, err)
		}
		runs = append(runs, vectors)
	}
	if !reflect.DeepEqual(runs[0], runs[1]) {
		t.Error("cached vectors differ from the first ones")
	}
}

func TestBatchesThatCameBeforeAFailureAreNotPaidForAgain(t *testing.T) {
	cache := remote.OpenCache(t.TempDir())
	server := &mockapi.Server{Fault: func(n int) mockapi.Fault {
		if n == 4 {
			return mockapi.BadRequest
		}
		return mockapi.None
	}}
	e := serve(t, server, remote.Options{Cache: cache, Batch: 20})
	texts := sentences(100)
	if _, err := e.Embed(t.Context(), texts[:60]); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Embed(t.Context(), texts[:80]); err == nil {
		t.Fatal("the fourth batch should have failed")
	}

	vectors, err := e.Embed(t.Context(), texts)

	if err != nil || len(vectors) != 100 || server.Stats().Repeats != 0 || server.Stats().Requests != 6 {
		t.Errorf("%v, %+v", err, server.Stats())
	}
}

func TestModelsAndDimensionsDoNotShareVectors(t *testing.T) {
	cache := remote.OpenCache(t.TempDir())
	for _, o := range []remote.Options{{Model: "../../a"}, {Model: "b"}, {Model: "b", Dimensions: 16}} {
		api := &mockapi.Server{}
		o.Cache = cache

		if _, err := serve(t, api, o).Embed(t.Context(), sentences(3)); err != nil || api.Stats().Requests != 1 {
			t.Errorf("%s: %d requests, %v", o.Model, api.Stats().Requests, err)
		}
	}
}

func TestACacheCutAtAnyByteCostsItsTailOnly(t *testing.T) {
	dir := t.TempDir()
	vectors := map[string][]float32{"a": {1, 0}, "b": {0, 1}, "c": {.6, .8}}
	cache := remote.OpenCache(dir)
	if err := cache.Remember("m", vectors); err != nil {
		t.Fatal(err)
	}
	file := files(t, dir)[0]
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) + 1 {
		if err := os.WriteFile(file, whole[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		cut := remote.OpenCache(dir)

		found, err := cut.Vectors("m", []string{"a", "b", "c"})

		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		for k, v := range found {
			if !reflect.DeepEqual(v, vectors[k]) {
				t.Errorf("cut at %d: %s is %v", n, k, v)
			}
		}
		if n == len(whole) && len(found) != 3 {
			t.Errorf("whole file: %d vectors", len(found))
		}
		// What is remembered after the cut must be there at the next start.
		if err := cut.Remember("m", vectors); err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		again := remote.OpenCache(dir)
		if all, err := again.Vectors("m", []string{"a", "b", "c"}); err != nil || !reflect.DeepEqual(all, vectors) {
			t.Errorf("cut at %d, then remembered: %v %v", n, all, err)
		}
	}
	if left := files(t, dir); len(left) != 1 {
		t.Errorf("files left behind: %v", left)
	}
}

func TestADamagedRecordIsNeverBelieved(t *testing.T) {
	dir := t.TempDir()
	vectors := map[string][]float32{"a": {1, 0}, "b": {0, 1}}
	cache := remote.OpenCache(dir)
	if err := cache.Remember("m", vectors); err != nil {
		t.Fatal(err)
	}
	file := files(t, dir)[0]
	whole, _ := os.ReadFile(file)
	for i := range whole {
		bad := append([]byte(nil), whole...)
		bad[i] ^= 0x40
		os.WriteFile(file, bad, 0o644)
		c := remote.OpenCache(dir)

		found, err := c.Vectors("m", []string{"a", "b"})

		if err != nil {
			t.Fatalf("byte %d: %v", i, err)
		}
		for k, v := range found {
			if !reflect.DeepEqual(v, vectors[k]) {
				t.Errorf("byte %d damaged: %s is %v", i, k, v)
			}
		}
	}
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(found) == 0 {
		t.Fatalf("files in %s: %v %v", dir, found, err)
	}
	return found
}

func FuzzCache(f *testing.F) {
	f.Add([]byte("concord vectors 1\n"))
	f.Add([]byte("concord vectors 1\n\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		seed := remote.OpenCache(dir)
		if err := seed.Remember("m", map[string][]float32{"k": {1}}); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(files(t, dir)[0], data, 0o644); err != nil {
			t.Fatal(err)
		}
		c := remote.OpenCache(dir)

		if _, err := c.Vectors("m", []string{"k"}); err != nil {
			t.Errorf("%v", err)
		}
	})
}

func BenchmarkEmbedFromCache(b *testing.B) {
	dir := b.TempDir()
	texts := sentences(1200)
	for i := 0; b.Loop(); i++ {
		cache := remote.OpenCache(dir)
		api := &mockapi.Server{Dimensions: 384}
		e := serve(b, api, remote.Options{Cache: cache})
		if _, err := e.Embed(b.Context(), texts); err != nil || i > 0 && api.Stats().Requests > 0 {
			b.Fatal(err, api.Stats())
		}
	}
}
