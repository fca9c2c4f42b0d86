package local_test

import (
	"bytes"
	"crypto/sha256"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/embed/local"
)

func fileOf(t testing.TB, m *local.Model) []byte {
	t.Helper()
	data, err := m.File()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// seal puts the right checksum under a changed file.
func seal(body []byte) []byte {
	sum := sha256.Sum256(body)
	return append(slices.Clone(body), sum[:]...)
}

func body(t testing.TB, m *local.Model) []byte {
	data := fileOf(t, m)
	return data[:len(data)-sha256.Size]
}

func TestAFileComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z0-9é]{1,8}`), 1, 9, rapid.ID).Draw(t, "terms")
		slices.Sort(terms)
		k := rapid.IntRange(1, 5).Draw(t, "dimensions")
		rows := make([][]float64, len(terms))
		for i := range rows {
			rows[i] = rapid.SliceOfN(rapid.Float64Range(-1e3, 1e3), k, k).Draw(t, "row")
		}
		h := local.Header{Texts: []local.Text{{Framework: "csf@2.0", Digest: "d", Elements: 3}}, Without: []string{"x"}, Window: 5, Least: 2, Seed: 7, Date: "2026-11-22", Command: "c"}
		m, err := local.New(h, terms, rows)
		if err != nil {
			t.Fatal(err)
		}

		data, err := m.File()
		if err != nil {
			t.Fatal(err)
		}
		back, err := local.Parse(data)
		if err != nil {
			t.Fatal(err)
		}

		if again, _ := back.File(); !bytes.Equal(again, data) || back.Name() != m.Name() {
			t.Error("the file changes when it is read and written")
		}
		h.Terms, h.Dimensions = len(terms), k
		if !reflect.DeepEqual(back.Header(), h) || !slices.Equal(back.Terms(), terms) {
			t.Errorf("wrote %+v, %q; read %+v, %q", h, terms, back.Header(), back.Terms())
		}
	})
}

func TestAnotherModelHasAnotherName(t *testing.T) {
	other, err := local.New(local.Header{Date: "2026-11-23"}, []string{"key"}, [][]float64{{1}})
	if err != nil {
		t.Fatal(err)
	}
	if other.Name() == small(t).Name() || small(t).Name() != small(t).Name() {
		t.Errorf("names %s and %s", other.Name(), small(t).Name())
	}
}

func TestAFileThatIsNotOneIsRefused(t *testing.T) {
	whole := string(body(t, small(t)))
	change := func(old, new string) []byte {
		if !strings.Contains(whole, old) {
			t.Fatalf("no %q to change", old)
		}
		return seal([]byte(strings.Replace(whole, old, new, 1)))
	}
	numbers := len(whole) - 4*2 // where the rows begin
	tests := []struct {
		name string
		data []byte
		says string
	}{
		{"nothing", nil, "not a file of word vectors"},
		{"another version", change("vectors 1", "vectors 2"), "not a file of word vectors"},
		{"a page", []byte("<html>" + whole), "not a file of word vectors"},
		{"cut off", fileOf(t, small(t))[:len(whole)], "checksum"},
		{"one bit", append([]byte(whole[:len(whole)-1]+"\x01"), fileOf(t, small(t))[len(whole):]...), "checksum"},
		{"unknown key", change(`"date"`, `"dote"`), "dote"},
		{"header that goes on", change(`"seed":0,`, `"seed":0},`), "header"},
		{"too many dimensions", change(`"dimensions":2`, `"dimensions":9`), "bytes of numbers"},
		{"no dimensions", change(`"dimensions":2`, `"dimensions":0`), "0 dimensions"},
		{"too few words", change(`"terms":4`, `"terms":3`), "4 words, the header says 3"},
		{"two words in one", change("encrypt", "enc ypt"), `"enc ypt", which is no word`},
		{"words out of order", change("encrypt", "zncrypt"), `"key", does not come after "zncrypt"`},
		{"a word twice", change("awar\nencrypt", "encrypt\nawar"), "does not come after"},
		{"more after the end", seal([]byte(whole + "x")), "bytes of numbers"},
		{"an impossible number", seal([]byte(whole[:numbers] + "\x80" + whole[numbers+1:])), "-128"},
		{"a scale that is no number", seal([]byte(whole[:numbers-4] + "\x00\x00\xc0\x7f" + whole[numbers:])), "scale"},
		{"a negative scale", seal([]byte(whole[:numbers-4] + "\x00\x00\x80\xbf" + whole[numbers:])), "scale"},
	}
	for _, tt := range tests {
		if _, err := local.Parse(tt.data); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: error %v, want one about %q", tt.name, err, tt.says)
		}
	}
}

func TestRowsThatAreNoVectorsAreRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		terms []string
		rows  [][]float64
	}{
		"nothing":         {nil, nil},
		"too few rows":    {[]string{"a", "b"}, [][]float64{{1}}},
		"uneven rows":     {[]string{"a", "b"}, [][]float64{{1}, {1, 2}}},
		"no numbers":      {[]string{"a"}, [][]float64{{}}},
		"not a number":    {[]string{"a"}, [][]float64{{math.NaN()}}},
		"infinite":        {[]string{"a"}, [][]float64{{math.Inf(-1)}}},
		"out of order":    {[]string{"b", "a"}, [][]float64{{1}, {1}}},
		"a whole phrase":  {[]string{"two words"}, [][]float64{{1}}},
		"an empty string": {[]string{""}, [][]float64{{1}}},
	} {
		if _, err := local.New(local.Header{}, tt.terms, tt.rows); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(body(f, small(f)))
	f.Add([]byte("concord word vectors 1\n"))
	f.Add(bytes.Replace(body(f, small(f)), []byte(`"terms":4`), []byte(`"terms":1`), 1))
	f.Fuzz(func(t *testing.T, unsealed []byte) {
		if _, err := local.Parse(unsealed); err == nil {
			t.Error("a file without a checksum was read")
		}
		m, err := local.Parse(seal(unsealed))
		if err != nil {
			return
		}
		v, err := m.Embed(t.Context(), []string{strings.Join(m.Terms(), " ")})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range v[0] {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				t.Fatalf("a vector holds %v", x)
			}
		}
		again, err := local.Parse(fileOf(t, m))
		if err != nil || !slices.Equal(again.Terms(), m.Terms()) {
			t.Errorf("cannot be read again: %v", err)
		}
	})
}
