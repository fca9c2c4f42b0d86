package chromem

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/philippgille/chromem-go"

	"concord/internal/atomicfile"
)

// layout is the version of what is written. An index of another layout is
// built again.
const layout = 1

// The two files of an index, in a folder of its own.
const (
	indexFile    = "index.gob"
	manifestFile = "manifest.json"
)

// A manifest says what the index file beside it holds. It is written last, so
// that an index without its manifest is one that was never finished.
type manifest struct {
	Layout int `json:"layout"`
	Key
	Dimensions int      `json:"dimensions"`
	Count      int      `json:"count"`
	SHA256     string   `json:"sha256"` // of the index file, hexadecimal
	IDs        []string `json:"ids"`    // in document order, which the index file does not keep
}

// Open returns the index with this key from a folder below dir, and whether it
// was built again because what is there is missing, damaged or made from
// something else. A new index is on disk before Open returns; dir is made if
// needed. It is an error if build fails, if its vectors are of more than one
// length, not finite or zero, or if the new index cannot be written.
func Open(ctx context.Context, dir string, key Key, build Build) (ix *Index, rebuilt bool, err error) {
	if key.Framework == "" || key.Digest == "" || key.Embedder == "" {
		return nil, false, fmt.Errorf("open vector index: incomplete key %+v: framework, digest and embedder must be set", key)
	}
	folder := filepath.Join(dir, key.folder())
	if ix, err := load(ctx, folder, key); err == nil {
		return ix, false, nil
	}
	// Whatever kept it from loading, the remedy is the same. Only a caller who
	// has gone away wants none.
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}

	ids, vectors, err := build(ctx)
	if err != nil {
		return nil, false, fmt.Errorf("build the vectors of %s with %s: %w", key.Framework, key.Embedder, err)
	}
	db, ix, err := newIndex(ctx, key.collection(), ids, vectors)
	if err != nil {
		return nil, false, fmt.Errorf("index the vectors of %s by %s: %w", key.Framework, key.Embedder, err)
	}
	if err := save(folder, key, db, ix); err != nil {
		return nil, false, fmt.Errorf("store the vectors of %s (is the folder writable, the disk full?): %w", key.Framework, err)
	}
	return ix, true, nil
}

// folder names the folder of the index. The names of frameworks and embedders
// come from files and settings, so they never become part of a path.
// A changed digest takes the place of the old one.
func (k Key) folder() string {
	sum := sha256.Sum256([]byte(k.Framework + "\x00" + k.Embedder))
	return hex.EncodeToString(sum[:16])
}

func (k Key) collection() string { return k.Framework + " by " + k.Embedder }

// load reads an index and holds it against its manifest. Any error means that
// it must be built again.
func load(ctx context.Context, folder string, key Key) (*Index, error) {
	raw, err := os.ReadFile(filepath.Join(folder, manifestFile))
	if err != nil {
		return nil, err
	}
	var m manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	if m.Layout != layout || m.Key != key {
		return nil, errors.New("manifest of another index")
	}
	stored, err := os.ReadFile(filepath.Join(folder, indexFile))
	if err != nil {
		return nil, err
	}
	if checksum(stored) != m.SHA256 {
		return nil, errors.New("index file and manifest do not belong together")
	}

	db := chromem.NewDB()
	if err := db.ImportFromReader(bytes.NewReader(stored), ""); err != nil {
		return nil, fmt.Errorf("import index: %w", err)
	}
	// Once, here: the library writes to the collection while it hands it out.
	collection := db.GetCollection(key.collection(), refuseText)
	if collection == nil {
		return nil, errors.New("index file without the collection")
	}
	if m.Count != len(m.IDs) || m.Count != collection.Count() {
		return nil, fmt.Errorf("%d ids, %d counted and %d vectors do not agree", len(m.IDs), m.Count, collection.Count())
	}
	ix := &Index{ids: m.IDs, matrix: make([][]float32, len(m.IDs)), collection: collection}
	seen := make(map[string]bool, len(m.IDs))
	for i, id := range m.IDs {
		if seen[id] {
			return nil, fmt.Errorf("id %q is there twice", id)
		}
		seen[id] = true
		doc, err := collection.GetByID(ctx, id)
		if err != nil {
			return nil, err
		}
		if len(doc.Embedding) != m.Dimensions {
			return nil, fmt.Errorf("vector of %q has %d dimensions, not %d", id, len(doc.Embedding), m.Dimensions)
		}
		ix.matrix[i] = doc.Embedding
	}
	return ix, ctx.Err()
}

// save writes the index and then its manifest. Dying anywhere in between
// leaves a manifest that does not match its index, or none.
func save(folder string, key Key, db *chromem.DB, ix *Index) error {
	var stored bytes.Buffer
	if err := db.ExportToWriter(&stored, false, ""); err != nil {
		return err
	}
	text, err := json.MarshalIndent(manifest{
		Layout: layout, Key: key, Dimensions: ix.Dimensions(), Count: ix.Count(),
		SHA256: checksum(stored.Bytes()), IDs: ix.ids,
	}, "", "\t")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := atomicfile.Write(filepath.Join(folder, indexFile), stored.Bytes()); err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(folder, manifestFile), text)
}

func checksum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
