package source

import (
	"os"
	"path/filepath"
	"testing"
)

func FuzzPart(f *testing.F) {
	for _, seed := range []string{"", "{}\n", `{"url":"u"}` + "\nbytes", `{"url":"u","etag":"\"x\""}` + "\n", "null\nx", `{"url":"u"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "file.part")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		p := readPart(path, "u", 100)
		if p.size < 0 || p.size > 100 || p.size > 0 && p.start+p.size != int64(len(data)) {
			t.Fatalf("%d bytes from %d on in %q", p.size, p.start, data)
		}
		if body, err := p.bytes(); err != nil || p.size > 0 && int64(len(body)) != p.size {
			t.Fatalf("%d bytes, %v; want %d", len(body), err, p.size)
		}
	})
}

func TestContentRangesAreReadOrRefused(t *testing.T) {
	for header, want := range map[string]struct {
		from, whole int64
		ok          bool
	}{
		"bytes 500-999/1000": {500, 1000, true},
		"bytes 500-999/*":    {500, -1, true},
		"bytes */1000":       {0, 0, false},
		"":                   {0, 0, false},
		"lines 1-2/3":        {0, 0, false},
	} {
		if from, whole, ok := contentRange(header); from != want.from || whole != want.whole || ok != want.ok {
			t.Errorf("%q: %d of %d, %t", header, from, whole, ok)
		}
	}
}
