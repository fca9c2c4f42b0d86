// Package vectors keeps the vectors of a framework at rest.
//
// A [Set] is a cache in one file. It holds the vectors of the elements of one
// framework made by one embedder, and [Open] builds it again whenever what is
// on disk is missing, damaged or made from something else. The package does not
// embed and does not search: see [dense.Matrix].
package vectors

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"concord/embed/dense"
	"concord/internal/atomicfile"
)

// A Key names what a set was made from. Two sets with one key are
// interchangeable. No field may be empty.
type Key struct {
	Framework string // name and edition, "csf@2.0", and in which role
	Digest    string // of everything that was embedded: see [embed.Digest]
	Embedder  string // as [embed.Embedder] names itself
}

// A Set holds one vector an element, in document order. It is not written to
// after it was made.
type Set struct {
	IDs []string // of the elements
	// Matrix has a row for each id: a vector of unit length, or zeros for an
	// element without a known word, whose product with any vector is zero.
	Matrix dense.Matrix
}

// A Build makes the vectors of a framework: one an id, of any length above
// zero, or nil for an element without a known word.
type Build func(ctx context.Context) (ids []string, vectors [][]float32, err error)

// Open returns the set with this key from a file in dir, and whether it was
// built again because what is there is missing, damaged or made from something
// else. A new set is on disk before Open returns; dir is made if needed. It is
// an error if build fails, if its ids are empty or not distinct, if its vectors
// are of more than one dimension, not finite or zero, or if the new file cannot
// be written.
func Open(ctx context.Context, dir string, key Key, build Build) (set Set, rebuilt bool, err error) {
	if key.Framework == "" || key.Digest == "" || key.Embedder == "" {
		return Set{}, false, fmt.Errorf("open vectors: incomplete key %+v: framework, digest and embedder must be set", key)
	}
	if err := ctx.Err(); err != nil {
		return Set{}, false, err
	}
	path := filepath.Join(dir, key.file())
	if set, err := load(path, key); err == nil {
		return set, false, nil
	}
	// Whatever kept it from loading, the remedy is the same.
	ids, rows, err := build(ctx)
	if err != nil {
		return Set{}, false, fmt.Errorf("build the vectors of %s with %s: %w", key.Framework, key.Embedder, err)
	}
	if set, err = New(ids, rows); err != nil {
		return Set{}, false, fmt.Errorf("check the vectors of %s by %s: %w", key.Framework, key.Embedder, err)
	}
	if err := save(path, key, set); err != nil {
		return Set{}, false, fmt.Errorf("store the vectors of %s (is the folder writable, the disk full?): %w", key.Framework, err)
	}
	return set, true, nil
}

// file names the file of a set. The names of frameworks and embedders come from
// files and settings, so they never become part of a path. A changed digest
// takes the place of the old one.
func (k Key) file() string {
	sum := sha256.Sum256([]byte(k.Framework + "\x00" + k.Embedder))
	return hex.EncodeToString(sum[:16]) + ".vectors"
}

// load reads a set. Any error means that it must be built again.
func load(path string, key Key) (Set, error) {
	f, err := os.Open(path)
	if err != nil {
		return Set{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Set{}, err
	}
	made, set, err := Decode(f, info.Size())
	if err != nil {
		return Set{}, err
	}
	if made != key {
		return Set{}, errors.New("vectors of something else")
	}
	return set, nil
}

func save(path string, key Key, set Set) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return atomicfile.WriteFrom(path, func(w io.Writer) error {
		buffered := bufio.NewWriterSize(w, chunk)
		if err := Encode(buffered, key, set); err != nil {
			return err
		}
		return buffered.Flush()
	})
}

// New returns the set of these vectors, of any length above zero, with a nil
// vector for an element without a known word. The errors are those of [Open]
// about what was built.
func New(ids []string, rows [][]float32) (Set, error) {
	if len(ids) != len(rows) {
		return Set{}, fmt.Errorf("%d ids with %d vectors: there must be one vector an id", len(ids), len(rows))
	}
	if err := distinct(ids); err != nil {
		return Set{}, err
	}
	dims := 0
	for _, row := range rows {
		if row != nil {
			dims = len(row)
			break
		}
	}
	data := make([]float32, len(rows)*dims)
	for i, row := range rows {
		if row == nil {
			continue
		}
		if err := normalize(data[i*dims:(i+1)*dims], row); err != nil {
			return Set{}, fmt.Errorf("vector of %q (element %d): %w", ids[i], i+1, err)
		}
	}
	m, err := dense.New(data, dims)
	return Set{IDs: ids, Matrix: m}, err
}

// distinct refuses ids that could not be told apart.
func distinct(ids []string) error {
	seen := make(map[string]int, len(ids))
	for i, id := range ids {
		if id == "" {
			return fmt.Errorf("element %d has no id", i+1)
		}
		if j, taken := seen[id]; taken {
			return fmt.Errorf("duplicate id %q: elements %d and %d", id, j+1, i+1)
		}
		seen[id] = i
	}
	return nil
}

// normalize writes the vector with length 1. It refuses a vector of another
// dimension, and one that has no direction.
func normalize(unit, vector []float32) error {
	if len(vector) != len(unit) {
		return fmt.Errorf("has %d dimensions, not %d: was it made by another embedder?", len(vector), len(unit))
	}
	var sum float64
	for i, x := range vector {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return fmt.Errorf("dimension %d is %v, not a finite number", i+1, x)
		}
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		return errors.New("has length zero, so no direction: an element without a known word needs a nil vector")
	}
	length := math.Sqrt(sum)
	for i, x := range vector {
		unit[i] = float32(float64(x) / length)
	}
	return nil
}
