package local_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"concord/corpus/builtin"
	"concord/embed"
	"concord/embed/lexicon"
	"concord/embed/local"
)

var _ embed.Embedder = (*local.Model)(nil)

// small is a model of four words: two and two alike.
func small(t testing.TB) *local.Model {
	t.Helper()
	m, err := local.New(local.Header{Date: "2026-11-22"}, []string{"awar", "encrypt", "key", "staff"},
		[][]float64{{0.1, 1}, {2, 0.1}, {1, 0}, {0, 3}})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func shipped(t interface {
	Helper()
	Fatal(...any)
}) *local.Model {
	t.Helper()
	m, err := local.Default()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func vectors(t *testing.T, m *local.Model, texts ...string) [][]float32 {
	t.Helper()
	v, err := m.Embed(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func cosine(a, b []float32) float64 {
	dot := 0.0
	for i := range a {
		dot += float64(a[i]) * float64(b[i])
	}
	return dot
}

func TestVectorsHaveUnitLengthAndUnknownWordsHaveNone(t *testing.T) {
	v := vectors(t, small(t), "Encrypt the keys", "staff awareness", "", "zebra of the")

	for i, x := range v[:2] {
		if len(x) != 2 || math.Abs(cosine(x, x)-1) > 1e-6 {
			t.Errorf("text %d: %d dimensions, length² %v", i, len(x), cosine(x, x))
		}
	}
	if v[2] != nil || v[3] != nil {
		t.Error("a text without a known word should have no vector")
	}
}

func TestWordsOfOneMeaningComeClose(t *testing.T) {
	m := shipped(t)
	for _, words := range []struct{ word, near, far string }{
		{"training", "awareness", "encryption"},
		{"adversarial", "poisoning", "visitor"},
		{"backup", "restore recovery", "password"},
		{"credential", "password authenticator", "audit"},
		{"vendor", "supplier", "temperature"},
	} {
		v := vectors(t, m, words.word, words.near, words.far)
		if near, far := cosine(v[0], v[1]), cosine(v[0], v[2]); near < far+0.1 {
			t.Errorf("%s is %.2f like %s and %.2f like %s", words.word, near, words.near, far, words.far)
		}
	}
}

func TestAVectorDoesNotDependOnTheTextsBesideIt(t *testing.T) {
	m := shipped(t)
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom(m.Terms()), 1, 40)
		text, other := strings.Join(words.Draw(t, "text"), " "), strings.Join(words.Draw(t, "other"), " ")
		together, err := m.Embed(context.Background(), []string{other, text})
		if err != nil {
			t.Fatal(err)
		}
		alone, err := shipped(t).Embed(context.Background(), []string{text})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(together[1], alone[0]) {
			t.Errorf("%s has another vector beside %s", text, other)
		}
	})
}

// TestWordsThatMeanTheSameAreOneConcept compares texts that share no word.
func TestWordsThatMeanTheSameAreOneConcept(t *testing.T) {
	m, err := local.New(local.Header{}, []string{"#mfa", "backup", "factor"}, [][]float64{{0, 1, 0}, {1, 0, 0}, {0, 0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	v := vectors(t, m, "MFA", "two-step verification", "backup")
	if near, far := cosine(v[0], v[1]), cosine(v[0], v[2]); near < 0.99 || far > 0.01 {
		t.Errorf("MFA is %.2f like two-step verification and %.2f like backup", near, far)
	}
}

func TestAnEndedContextEndsEmbedding(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := small(t).Embed(ctx, []string{"key"}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestEightBitsAreEnough holds cosines of vectors in eight bits against those of
// the numbers they were made from.
func TestEightBitsAreEnough(t *testing.T) {
	terms := slices.DeleteFunc(slices.Clone(shipped(t).Terms()), func(s string) bool { return s[0] == '#' })
	reader, err := local.NewReader()
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	rows := make([][]float64, len(terms))
	for i := range rows {
		for range 100 {
			rows[i] = append(rows[i], rnd.NormFloat64()*math.Exp(rnd.NormFloat64())) // of uneven length, with outliers
		}
	}
	m, err := local.New(local.Header{}, terms, rows)
	if err != nil {
		t.Fatal(err)
	}
	exact := map[string][]float64{}
	for i, term := range terms {
		exact[term] = rows[i]
	}
	text := func() (string, []float64) {
		var words []string
		sum := make([]float64, 100)
		for len(words) < 1+rnd.IntN(30) {
			w := terms[rnd.IntN(len(terms))]
			// A stem may have another stem or none; here words must be their own.
			if f := reader.Features(w); slices.Contains(words, w) || len(f) != 1 || f[0] != w {
				continue
			}
			words = append(words, w)
			for d, x := range exact[w] {
				sum[d] += x
			}
		}
		return strings.Join(words, " "), sum
	}
	worst := 0.0
	for range 200 {
		a, u := text()
		b, v := text()
		var uv, uu, vv float64
		for d := range u {
			uv, uu, vv = uv+u[d]*v[d], uu+u[d]*u[d], vv+v[d]*v[d]
		}
		got := vectors(t, m, a, b)
		worst = max(worst, math.Abs(cosine(got[0], got[1])-uv/math.Sqrt(uu*vv)))
	}
	if worst > 0.01 {
		t.Errorf("a cosine is off by %.4f", worst)
	}
}

// TestTheModelHoldsWordsAndNoText looks at every string in the list of words:
// an index term has neither blank nor punctuation, and so is no two words; what
// else there is are ids of concepts, which are the program's own.
func TestTheModelHoldsWordsAndNoText(t *testing.T) {
	l, err := lexicon.Default()
	if err != nil {
		t.Fatal(err)
	}
	concepts := 0
	for _, term := range shipped(t).Terms() {
		if id, ok := strings.CutPrefix(term, "#"); ok && l.Words(id) != nil {
			concepts++
			continue
		}
		for _, r := range term {
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				t.Errorf("%q is more than an index term", term)
			}
		}
		if len(term) > 24 {
			t.Errorf("%q is long for a word", term)
		}
	}
	if concepts < len(l.IDs())/2 {
		t.Errorf("of %d concepts %d are known", len(l.IDs()), concepts)
	}
	for _, text := range shipped(t).Header().Texts {
		if strings.ContainsAny(text.Framework, " \n") || text.Elements == 0 || len(text.Digest) != 64 {
			t.Errorf("the header says of a text %+v", text)
		}
	}
}

func TestTheModelWasLearnedFromTheBuiltInFrameworks(t *testing.T) {
	h := shipped(t).Header()
	for _, spec := range builtin.Specs() {
		if !slices.ContainsFunc(h.Texts, func(x local.Text) bool { return x.Framework == spec }) {
			t.Errorf("%s was not among the texts: run the command of the header again", spec)
		}
	}
	if h.Command == "" || h.Date == "" || len(h.Without) > 0 {
		t.Errorf("header %+v", h)
	}
}

func BenchmarkDefault(b *testing.B) {
	for b.Loop() {
		if _, err := local.Default(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEmbed embeds the built-in SP 800-53 as targets, and says what one
// element of it takes.
func BenchmarkEmbed(b *testing.B) {
	m := shipped(b)
	f, err := builtin.Open("sp800-53@5.2.0")
	if err != nil {
		b.Fatal(err)
	}
	docs := embed.DescribeTargets(f)
	texts, bytes := make([]string, len(docs)), 0
	for i, d := range docs {
		texts[i] = d.Text()
		bytes += len(texts[i])
	}
	for b.Loop() {
		if _, err := m.Embed(b.Context(), texts); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(docs)), "µs/element")
	b.ReportMetric(float64(bytes)/float64(len(docs)), "bytes/element")
}
