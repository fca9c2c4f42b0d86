package local_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"concord/embed"
	"concord/embed/local"
)

var texts = []string{
	"Encrypt stored records with cryptographic keys",
	"Protect cryptographic keys in hardware",
	"Encrypt network traffic between sites",
	"Train staff to recognise phishing mail",
	"Run awareness exercises for staff",
	"Phishing exercises measure awareness",
}

var _ embed.Embedder = (*local.Model)(nil)

func cosine(a, b []float32) float64 {
	dot := 0.0
	for i := range a {
		dot += float64(a[i]) * float64(b[i])
	}
	return dot
}

func TestVectorsHaveUnitLengthAndUnknownWordsHaveNone(t *testing.T) {
	m := local.New(texts, local.Options{Dimensions: 3})

	vectors, err := m.Embed(context.Background(), append(slices.Clone(texts), "", "zebra"))
	if err != nil {
		t.Fatal(err)
	}

	for i, v := range vectors[:len(texts)] {
		if len(v) != 3 || math.Abs(cosine(v, v)-1) > 1e-5 {
			t.Errorf("text %d: %d dimensions, length² %v", i, len(v), cosine(v, v))
		}
	}
	if vectors[len(texts)] != nil || vectors[len(texts)+1] != nil {
		t.Error("a text without a known word should have no vector")
	}
}

func TestWordsThatKeepCompanyComeClose(t *testing.T) {
	m := local.New(texts, local.Options{Dimensions: 2})

	v, err := m.Embed(context.Background(), []string{"phishing", "staff", "hardware"})
	if err != nil {
		t.Fatal(err)
	}

	if near, far := cosine(v[0], v[1]), cosine(v[0], v[2]); near < far+0.5 {
		t.Errorf("phishing is %.2f like staff and %.2f like hardware", near, far)
	}
}

func TestEqualTextsGiveEqualBits(t *testing.T) {
	a, b := local.New(texts, local.Options{}), local.New(texts, local.Options{})
	if a.Name() != b.Name() {
		t.Errorf("names differ: %s, %s", a.Name(), b.Name())
	}
	va, _ := a.Embed(context.Background(), texts)
	vb, _ := b.Embed(context.Background(), texts)
	for i := range va {
		if !slices.Equal(va[i], vb[i]) {
			t.Errorf("text %d: vectors differ", i)
		}
	}
	if other := local.New(texts[1:], local.Options{}); other.Name() == a.Name() {
		t.Error("a model fitted on other texts has the same name")
	}
}

func TestTextsWithoutWordsCannotBeLearnedFrom(t *testing.T) {
	for _, texts := range [][]string{nil, {""}, {"the of and"}, {"one"}} {
		if _, err := local.New(texts, local.Options{}).Embed(context.Background(), []string{"a word"}); err == nil {
			t.Errorf("%q: no error", texts)
		}
	}
}

func TestDegenerateTextsStillFit(t *testing.T) {
	for _, texts := range [][]string{{"alpha beta"}, {"alpha beta", "alpha beta", "alpha beta"}, {"alpha beta", "gamma"}} {
		vectors, err := local.New(texts, local.Options{}).Embed(context.Background(), texts)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range vectors {
			for _, x := range v {
				if math.IsNaN(float64(x)) {
					t.Fatalf("%q: NaN", texts)
				}
			}
		}
	}
}
