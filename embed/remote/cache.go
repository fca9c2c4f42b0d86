package remote

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"concord/internal/atomicfile"
)

// A FileCache keeps vectors in a folder, one file a model. It is safe for
// concurrent use, also by several processes.
//
// A file is a line that names its form and then records, each with its length
// and checksum; new ones are appended in one write. Whatever is not a whole
// record ends the file: what stands before it counts, the rest is asked for
// again. A cache that cannot be trusted costs time, never a run.
type FileCache struct {
	dir string

	mu     sync.Mutex
	models map[string]map[string][]float32 // by model and key; nil until its file was read
}

// magic opens every file. Another form of record takes another line.
const magic = "concord vectors 1\n"

// longestRecord bounds what a damaged length can make a reader believe.
const longestRecord = 1 << 20

// OpenCache returns the cache in a folder, which it makes when there is
// something to keep.
func OpenCache(dir string) *FileCache {
	return &FileCache{dir: dir, models: map[string]map[string][]float32{}}
}

// Vectors returns those of the vectors that are cached.
func (c *FileCache) Vectors(model string, keys []string) (map[string][]float32, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all, err := c.load(model)
	if err != nil {
		return nil, err
	}
	found := map[string][]float32{}
	for _, k := range keys {
		if v, ok := all[k]; ok {
			found[k] = v
		}
	}
	return found, nil
}

// Remember keeps vectors. They are on disk when it returns.
func (c *FileCache) Remember(model string, vectors map[string][]float32) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	all, err := c.load(model)
	if err != nil {
		return err
	}
	var records []byte
	for _, k := range slices.Sorted(maps.Keys(vectors)) {
		if _, known := all[k]; known {
			continue
		}
		record := encode(k, vectors[k])
		if len(record) > longestRecord {
			return fmt.Errorf("vector of %d numbers is too long for the cache", len(vectors[k]))
		}
		records = append(records, record...)
	}
	if len(records) == 0 {
		return nil
	}
	if err := c.append(c.path(model), records); err != nil {
		return fmt.Errorf("write vector cache: %w", err)
	}
	maps.Copy(all, vectors)
	return nil
}

// path names the file of a model by a hash: names of models come from outside.
func (c *FileCache) path(model string) string {
	sum := sha256.Sum256([]byte(model))
	return filepath.Join(c.dir, hex.EncodeToString(sum[:16])+".vectors")
}

// load reads the file of a model once. A file with a bad end is rewritten
// without it, so that what is appended later can be read.
func (c *FileCache) load(model string) (map[string][]float32, error) {
	if all := c.models[model]; all != nil {
		return all, nil
	}
	path := c.path(model)
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read vector cache: %w", err)
	}
	all, good := decode(data)
	if good < len(data) {
		if err := atomicfile.Write(path, append([]byte(magic), data[min(len(magic), good):good]...)); err != nil {
			return nil, fmt.Errorf("write vector cache: %w", err)
		}
	}
	c.models[model] = all
	return all, nil
}

// encode lays out a record: the length of its payload, the CRC-32C of it, and
// the payload, which is the length of the key, the key and the numbers.
func encode(key string, vector []float32) []byte {
	b := make([]byte, 8, 10+len(key)+4*len(vector))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(key)))
	b = append(b, key...)
	for _, x := range vector {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	binary.LittleEndian.PutUint32(b, uint32(len(b)-8))
	binary.LittleEndian.PutUint32(b[4:], checksum(b[8:]))
	return b
}

// decode reads the whole records of a file and returns how many of its bytes
// they take, the opening line included.
func decode(data []byte) (all map[string][]float32, good int) {
	all = map[string][]float32{}
	if !bytes.HasPrefix(data, []byte(magic)) {
		return all, 0
	}
	good = len(magic)
	for {
		rest := data[good:]
		if len(rest) < 8 {
			return all, good
		}
		size := int(binary.LittleEndian.Uint32(rest))
		if size < 2 || size > longestRecord || size > len(rest)-8 {
			return all, good
		}
		payload := rest[8 : 8+size]
		key := int(binary.LittleEndian.Uint16(payload))
		if checksum(payload) != binary.LittleEndian.Uint32(rest[4:]) || key > size-2 || (size-2-key)%4 != 0 {
			return all, good
		}
		numbers := payload[2+key:]
		vector := make([]float32, len(numbers)/4)
		for i := range vector {
			vector[i] = math.Float32frombits(binary.LittleEndian.Uint32(numbers[4*i:]))
		}
		all[string(payload[2:2+key])] = vector
		good += 8 + size
	}
}

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// append adds records to a file, a new one if need be, in one write and syncs
// it.
func (c *FileCache) append(path string, records []byte) error {
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	if info, err := f.Stat(); err == nil && info.Size() == 0 {
		records = append([]byte(magic), records...)
	}
	_, err = f.Write(records)
	return errors.Join(err, f.Sync(), f.Close())
}
