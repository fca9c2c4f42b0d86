// Package remote is the embedder that asks an OpenAI-compatible endpoint for
// vectors.
//
// It does not know which framework a text comes from: whoever hands it text
// that must stay on this machine checks first that the endpoint is a loopback.
package remote

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/sashabaranov/go-openai"
	"golang.org/x/sync/errgroup"

	"concord/internal/endpoint"
)

// LongestText is the most of a text that is sent, in bytes; the rest is cut at
// a word. It keeps English well under the 8,192 tokens that hosted models take.
const LongestText = 24_000

// An Endpoint answers embedding requests in any order; [endpoint.Client] does.
type Endpoint interface {
	Embeddings(ctx context.Context, req openai.EmbeddingRequestStrings) (*openai.EmbeddingResponse, error)
}

// A Cache keeps vectors, so that no text is paid for twice. It must be safe
// for concurrent use.
type Cache interface {
	// Vectors returns those it has of the vectors of a model, by key.
	Vectors(model string, keys []string) (map[string][]float32, error)
	// Remember keeps vectors of a model.
	Remember(model string, vectors map[string][]float32) error
}

// Options say which vectors to ask for. Model must be set.
type Options struct {
	Model      string
	Dimensions int   // numbers a vector; what the model gives if zero
	Batch      int   // texts a request; 64 if zero
	Cache      Cache // none if nil
}

// An Embedder is safe for concurrent use. Use [New] to make one.
type Embedder struct {
	endpoint Endpoint
	options  Options
}

// New returns an embedder that asks a model at an endpoint.
func New(e Endpoint, o Options) (*Embedder, error) {
	if o.Model == "" {
		return nil, errors.New("no embedding model named")
	}
	if o.Dimensions < 0 || o.Batch < 0 {
		return nil, fmt.Errorf("embedding model %s: dimensions and batch must not be negative", o.Model)
	}
	if o.Batch == 0 {
		o.Batch = 64
	}
	return &Embedder{e, o}, nil
}

// Name returns "remote/" and the model, and "@" and the dimensions where these
// were chosen. The host is no part of it: one model served at two places is
// taken to be one model.
func (e *Embedder) Name() string {
	name := "remote/" + e.options.Model
	if e.options.Dimensions > 0 {
		name += "@" + strconv.Itoa(e.options.Dimensions)
	}
	return name
}

// Embed returns a vector of unit length for each text, in order, and nil for a
// text without a word. All have one length. Vectors that the cache has are not
// asked for; those that are go into the cache as each batch arrives, so that
// an interrupted call loses no more than the batches under way.
func (e *Embedder) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	keys := make([]string, len(texts))
	text := map[string]string{} // by key
	var want []string           // keys, distinct, in order
	for i, t := range texts {
		t = endpoint.Clip(strings.ToValidUTF8(strings.TrimSpace(t), "�"), LongestText)
		if t == "" {
			continue
		}
		keys[i] = e.key(t)
		if _, seen := text[keys[i]]; !seen {
			text[keys[i]] = t
			want = append(want, keys[i])
		}
	}
	known, err := e.recall(want)
	if err != nil {
		return nil, err
	}
	missing := slices.DeleteFunc(want, func(k string) bool { return known[k] != nil })

	batches := slices.Collect(slices.Chunk(missing, e.options.Batch))
	answers := make([][][]float32, len(batches))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(16) // the endpoint sets its own, lower pace
	for i, batch := range batches {
		group.Go(func() (err error) {
			answers[i], err = e.ask(ctx, batch, text)
			if err != nil {
				return fmt.Errorf("embed %d texts with %s: %w", len(batch), e.options.Model, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for i, batch := range batches {
		for j, key := range batch {
			known[key] = answers[i][j]
		}
	}
	return e.inOrder(keys, known)
}

// key names a text under a model and a number of dimensions.
func (e *Embedder) key(text string) string {
	sum := sha256.Sum256([]byte(e.Name() + "\x00" + text))
	return hex.EncodeToString(sum[:])
}

// recall returns what the cache has and what is whole.
func (e *Embedder) recall(keys []string) (map[string][]float32, error) {
	known := map[string][]float32{}
	if e.options.Cache == nil || len(keys) == 0 {
		return known, nil
	}
	cached, err := e.options.Cache.Vectors(e.Name(), keys)
	if err != nil {
		return nil, fmt.Errorf("recall vectors of %s: %w", e.options.Model, err)
	}
	for _, k := range keys {
		// Used as they are: scaling again could move the last bit, and a second
		// run would differ from the first.
		v := cached[k]
		if n := norm(v); math.Abs(n-1) < 1e-3 && (e.options.Dimensions == 0 || len(v) == e.options.Dimensions) {
			known[k] = v
		}
	}
	return known, nil
}

// ask gets the vectors of one batch, in its order, and remembers them.
func (e *Embedder) ask(ctx context.Context, keys []string, text map[string]string) ([][]float32, error) {
	req := openai.EmbeddingRequestStrings{Model: openai.EmbeddingModel(e.options.Model), Dimensions: e.options.Dimensions}
	for _, k := range keys {
		req.Input = append(req.Input, text[k])
	}
	res, err := e.endpoint.Embeddings(ctx, req)
	if err != nil {
		return nil, err
	}
	if len(res.Data) != len(keys) {
		return nil, fmt.Errorf("%d vectors came back", len(res.Data))
	}
	vectors := make([][]float32, len(keys))
	fresh := make(map[string][]float32, len(keys))
	for _, d := range res.Data {
		if d.Index < 0 || d.Index >= len(keys) {
			return nil, fmt.Errorf("a vector came back for text %d", d.Index)
		}
		if vectors[d.Index] != nil {
			return nil, fmt.Errorf("two vectors came back for text %d", d.Index)
		}
		v, err := unit(d.Embedding)
		if err != nil {
			return nil, fmt.Errorf("vector of text %d (%q): %w", d.Index, endpoint.Clip(req.Input[d.Index], 60), err)
		}
		if n := e.options.Dimensions; n > 0 && len(v) != n {
			return nil, fmt.Errorf("vectors have %d numbers where %d were asked for: leave the dimensions unset for this model", len(v), n)
		}
		vectors[d.Index], fresh[keys[d.Index]] = v, v
	}
	for i, v := range vectors {
		if len(v) != len(vectors[0]) {
			return nil, fmt.Errorf("vector of text %d has %d numbers, that of text 0 has %d", i, len(v), len(vectors[0]))
		}
	}
	if e.options.Cache != nil {
		if err := e.options.Cache.Remember(e.Name(), fresh); err != nil {
			return nil, fmt.Errorf("remember vectors: %w", err)
		}
	}
	return vectors, nil
}

// inOrder lays out vectors for the keys of texts and checks that they belong
// together.
func (e *Embedder) inOrder(keys []string, known map[string][]float32) ([][]float32, error) {
	out := make([][]float32, len(keys))
	length := 0
	for i, k := range keys {
		if k == "" {
			continue
		}
		out[i] = known[k]
		if length == 0 {
			length = len(out[i])
		}
		if len(out[i]) != length {
			return nil, fmt.Errorf("vectors of %s have %d and %d numbers: another model may have taken its name; delete its cached vectors", e.options.Model, length, len(out[i]))
		}
	}
	return out, nil
}

// unit returns v scaled to unit length. A vector that has no direction is an
// error.
func unit(v []float32) ([]float32, error) {
	if len(v) == 0 {
		return nil, errors.New("empty")
	}
	n := norm(v)
	switch {
	case math.IsNaN(n) || math.IsInf(n, 0):
		return nil, errors.New("holds a number that is not finite")
	case n == 0:
		return nil, errors.New("all zeros")
	}
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(float64(x) / n)
	}
	return out, nil
}

// norm returns the Euclidean length of v.
func norm(v []float32) float64 {
	var square float64
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	return math.Sqrt(square)
}
