package oscal_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"concord/corpus"
	"concord/corpus/oscal"
)

// largeBytes is the size of the large catalog, in bytes.
const largeBytes = 100 << 20

// writeLarge writes a catalog of that size: the groups of a published one over
// and over, each time with ids of their own. It returns how many elements it
// has.
func writeLarge(t testing.TB, w io.Writer) (elements int) {
	t.Helper()
	var catalog struct {
		Catalog struct{ Groups json.RawMessage }
	}
	data := published(t, "nist-sp800-53r5/NIST_SP-800-53_rev5.2.0_assembled_catalog.json")
	if err := json.Unmarshal(data, &catalog); err != nil {
		t.Fatal(err)
	}
	once, err := oscal.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	groups := bytes.TrimSpace(catalog.Catalog.Groups)
	groups = groups[1 : len(groups)-1]
	fmt.Fprint(w, `{"catalog": {"metadata": {"title": "NIST SP 800-53, many times over", "version": "9"}, "groups": [`)
	for n := 0; n*len(groups) < largeBytes; n++ {
		prefix := fmt.Sprintf("r%d.", n)
		own := strings.NewReplacer(`"id":"`, `"id":"`+prefix, `"href":"#`, `"href":"#`+prefix, "insert: param, ", "insert: param, "+prefix,
			`"name":"alt-identifier","value":"`, `"name":"alt-identifier","value":"`+prefix)
		if n > 0 {
			fmt.Fprint(w, ",\n")
		}
		if _, err := own.WriteString(w, string(groups)); err != nil {
			t.Fatal(err)
		}
		elements += len(once.Elements)
	}
	fmt.Fprint(w, "]}}")
	return elements
}

// heapPeak returns the most that the heap held while do ran, in bytes: what is
// live and what is garbage.
func heapPeak(do func()) uint64 {
	const name = "/memory/classes/heap/objects:bytes"
	stop, peak := make(chan bool), make(chan uint64)
	go func() {
		top := uint64(0)
		sample := []metrics.Sample{{Name: name}}
		for tick := time.NewTicker(time.Millisecond); ; {
			metrics.Read(sample)
			top = max(top, sample[0].Value.Uint64())
			select {
			case <-stop:
				peak <- top
				return
			case <-tick.C:
			}
		}
	}()
	do()
	stop <- true
	return <-peak
}

func TestReadNeedsLittleMoreMemoryThanALargeCatalogHas(t *testing.T) {
	if testing.Short() {
		t.Skip("reads a catalog of 100 MB twice")
	}
	path := filepath.Join(t.TempDir(), "large.json")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	elements := writeLarge(t, file)
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}

	for name, c := range map[string]struct {
		read func() (*corpus.Framework, error)
		most uint64
	}{
		"from a file": {func() (*corpus.Framework, error) {
			file, err := os.Open(path)
			if err != nil {
				return nil, err
			}
			defer file.Close()
			return oscal.ReadFrom(file)
		}, 3 * largeBytes},
		"from bytes, which stay in memory": {func() (*corpus.Framework, error) {
			data, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			return oscal.Read(data)
		}, 4 * largeBytes},
	} {
		t.Run(name, func(t *testing.T) {
			runtime.GC()
			var f *corpus.Framework
			var err error
			begun := time.Now()
			peak := heapPeak(func() { f, err = c.read() })
			took := time.Since(begun)

			if err != nil {
				t.Fatal(err)
			}
			if len(f.Elements) != elements {
				t.Errorf("%d elements, want %d", len(f.Elements), elements)
			}
			t.Logf("%d elements of %d MB in %v, with at most %d MB of heap", elements, largeBytes>>20, took.Round(time.Millisecond), peak>>20)
			if peak > c.most {
				t.Errorf("the heap grew to %d MB", peak>>20)
			}
		})
	}
}

func BenchmarkReadLarge(b *testing.B) {
	if testing.Short() {
		b.Skip("reads a catalog of 100 MB")
	}
	var large bytes.Buffer
	writeLarge(b, &large)
	b.SetBytes(int64(large.Len()))
	for b.Loop() {
		if _, err := oscal.ReadFrom(bytes.NewReader(large.Bytes())); err != nil {
			b.Fatal(err)
		}
	}
}
