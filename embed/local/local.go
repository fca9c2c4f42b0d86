// Package local is the built-in embedder: vectors of words that were learned
// beforehand and come with the program, so that it needs no network, no key and
// no time to learn.
//
// A word is known by the company it keeps. The trainer beside this package
// (embed/local/train) counts which words stand near which in the texts of many
// frameworks, weighs the counts by positive pointwise mutual information, and
// keeps the leading left singular vectors of that matrix, a row a word: what
// word2vec does implicitly (Levy and Goldberg, "Neural word embedding as implicit
// matrix factorization", 2014), and the descendant of latent semantic analysis
// (Deerwester et al., "Indexing by latent semantic analysis", 1990), which
// factorises words by documents. The vector of a text is the weighted mean of
// those of its words (Arora, Liang and Ma, "A simple but tough-to-beat baseline
// for sentence embeddings", 2017), with inverse document frequency for a weight.
// Taking the common component out, which they and Mu and Viswanath
// ("All-but-the-top", 2018) advise, made rankings of unseen frameworks worse, so
// it stays in.
//
// Beside its words a text counts as the concepts that these stand for, by the
// lexicon (embed/lexicon): a concept is one more word, which stands after the
// others and so is known by the other concepts of its text.
//
// What is stored of the texts is a list of word stems and names of concepts, and
// numbers, and in the header which frameworks they were: no sentence and no order
// of words. See [Parse] for the format.
package local

import (
	"context"
	_ "embed"
	"fmt"
	"math"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"concord/embed/lexicon"
)

//go:embed model.bin
var shipped []byte

// A Model embeds texts by the words that it knows. It is safe for concurrent use.
type Model struct {
	header Header
	sha256 string
	terms  []string
	rows   []int8    // len(terms) × dimensions
	scale  []float32 // of each row
	place  map[string]int32
}

// Default returns the model that comes with the program, in a few milliseconds.
func Default() (*Model, error) { return Parse(shipped) }

// Name identifies the model by the checksum of its file, and the lexicon that it
// reads texts with by its own.
func (m *Model) Name() string { return "words1-" + m.sha256[:16] + "-" + lexicon.Digest()[:8] }

// Header says what the model was learned from, and how.
func (m *Model) Header() Header { return m.header }

// Terms returns the words that the model knows, index terms and concepts, in
// ascending order. The caller may keep but not change them.
func (m *Model) Terms() []string { return slices.Clip(m.terms) }

// Embed returns a vector of unit length for each text, and nil for one without a
// known word. It fails when the context has ended.
func (m *Model) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	words, err := lexicon.Default()
	if err != nil {
		return nil, fmt.Errorf("word vectors: %w", err)
	}
	out := make([][]float32, len(texts))
	// A processor has a share of the texts, and a reader of its own.
	share := max(leastShare, 1+len(texts)/runtime.GOMAXPROCS(0))
	var embedding errgroup.Group
	for from := 0; from < len(texts); from += share {
		embedding.Go(func() error {
			reader := &Reader{lexicon: words}
			for i := from; i < min(from+share, len(texts)); i++ {
				if err := ctx.Err(); err != nil {
					return fmt.Errorf("embed %d texts: %w", len(texts), err)
				}
				out[i] = m.vector(reader.Features(texts[i]))
			}
			return nil
		})
	}
	return out, embedding.Wait()
}

// leastShare is how many texts it takes to pay for a reader that has to learn
// their words.
const leastShare = 100

// vector sums the rows of the known features, each counted by the logarithm of
// how often it is there, and brings the sum to unit length.
func (m *Model) vector(features []string) []float32 {
	var known []int32
	for _, f := range features {
		if at, ok := m.place[f]; ok {
			known = append(known, at)
		}
	}
	slices.Sort(known) // so that the order of the words changes no digit
	k := m.header.Dimensions
	sum := make([]float64, k)
	for i := 0; i < len(known); {
		at, j := known[i], i
		for j < len(known) && known[j] == at {
			j++
		}
		weight := (1 + math.Log(float64(j-i))) * float64(m.scale[at])
		for d, x := range m.rows[int(at)*k : (int(at)+1)*k] {
			sum[d] += weight * float64(x)
		}
		i = j
	}
	length := 0.0
	for _, x := range sum {
		length += x * x
	}
	if length = math.Sqrt(length); length < 1e-30 {
		return nil
	}
	out := make([]float32, k)
	for d, x := range sum {
		out[d] = float32(x / length)
	}
	return out
}
