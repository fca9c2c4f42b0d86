package vectors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"

	"concord/embed/dense"
)

// The file, all numbers little-endian:
//
//	magic      8 bytes, the last of them the version
//	names      uint32, length of the next but three in bytes
//	count      uint32, number of ids
//	dims       uint32, numbers in a vector, 0 if no element has one
//	names      framework, digest, embedder and then every id: uint32 length, bytes
//	numbers    count × dims float32
//	checksum   uint32, CRC-32C of everything before it
//
// The lengths decide the size of the file, which is checked before anything is
// allocated: a file cut short or grown is refused unread. CRC-32C detects every
// damage within 32 neighbouring bits and any other but one in four thousand
// million; it is for accidents, not for forgers, and the processor computes it
// as fast as memory is read.
const (
	magic      = "CNCRDVC\x01"
	headerSize = len(magic) + 3*4
)

// chunk is the number of bytes that are read and written at a time.
const chunk = 256 << 10

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Encode writes a set under its key. It is an error if there are more elements
// or longer names than the format can count, or if w fails.
func Encode(w io.Writer, key Key, set Set) error {
	rows, dims := len(set.IDs), set.Matrix.Dims()
	if dims > 0 && set.Matrix.Rows() != rows {
		return fmt.Errorf("%d ids with %d vectors", rows, set.Matrix.Rows())
	}
	names := 0
	all := append([]string{key.Framework, key.Digest, key.Embedder}, set.IDs...)
	for _, s := range all {
		names += 4 + len(s)
	}
	if uint64(names) > math.MaxUint32 {
		return fmt.Errorf("%d ids of %d bytes are more than the format can count", rows, names)
	}
	sum := crc32.New(castagnoli)
	out := io.MultiWriter(w, sum)

	buffer := make([]byte, 0, headerSize+names)
	buffer = append(buffer, magic...)
	for _, n := range []int{names, rows, dims} {
		buffer = binary.LittleEndian.AppendUint32(buffer, uint32(n))
	}
	for _, s := range all {
		buffer = binary.LittleEndian.AppendUint32(buffer, uint32(len(s)))
		buffer = append(buffer, s...)
	}
	if _, err := out.Write(buffer); err != nil {
		return err
	}
	for data := set.Matrix.Data(); len(data) > 0; {
		some := data[:min(len(data), chunk/4)]
		data = data[len(some):]
		buffer = buffer[:0]
		for _, x := range some {
			buffer = binary.LittleEndian.AppendUint32(buffer, math.Float32bits(x))
		}
		if _, err := out.Write(buffer); err != nil {
			return err
		}
	}
	return binary.Write(w, binary.LittleEndian, sum.Sum32())
}

// Decode reads what [Encode] wrote, all size bytes of it. It is an error if
// they are anything else. It allocates no more than a small multiple of size.
func Decode(r io.Reader, size int64) (Key, Set, error) {
	sum := crc32.New(castagnoli)
	in := io.TeeReader(r, sum)

	header := make([]byte, headerSize)
	if _, err := io.ReadFull(in, header); err != nil || string(header[:len(magic)]) != magic {
		return Key{}, Set{}, errors.New("no file of vectors, or of another version")
	}
	names := binary.LittleEndian.Uint32(header[len(magic):])
	rows := binary.LittleEndian.Uint32(header[len(magic)+4:])
	dims := binary.LittleEndian.Uint32(header[len(magic)+8:])
	left := size - int64(headerSize) - int64(names) - 4
	// Divided, not multiplied: a product of what a file says can overflow.
	if left < 0 || left%4 != 0 || (rows == 0 || dims == 0) != (left == 0) ||
		left > 0 && (left/4%int64(rows) != 0 || left/4/int64(rows) != int64(dims)) {
		return Key{}, Set{}, fmt.Errorf("%d bytes are not what %d vectors of %d dimensions take", size, rows, dims)
	}
	if rows > names/4 {
		return Key{}, Set{}, fmt.Errorf("%d ids do not fit into %d bytes", rows, names)
	}

	block := make([]byte, names)
	if _, err := io.ReadFull(in, block); err != nil {
		return Key{}, Set{}, fmt.Errorf("read the ids: %w", err)
	}
	key, ids, err := splitNames(string(block), int(rows))
	if err != nil {
		return Key{}, Set{}, err
	}
	data := make([]float32, left/4)
	if err := readNumbers(in, data); err != nil {
		return Key{}, Set{}, fmt.Errorf("read the vectors: %w", err)
	}
	var stored uint32
	if err := binary.Read(r, binary.LittleEndian, &stored); err != nil || stored != sum.Sum32() {
		return Key{}, Set{}, errors.New("the checksum is another: the file is damaged")
	}
	m, err := dense.New(data, int(dims))
	return key, Set{IDs: ids, Matrix: m}, err
}

// splitNames splits the key and the ids, which share one string.
func splitNames(block string, rows int) (Key, []string, error) {
	next := func() (string, bool) {
		if len(block) < 4 {
			return "", false
		}
		n := uint64(block[0]) | uint64(block[1])<<8 | uint64(block[2])<<16 | uint64(block[3])<<24
		if n > uint64(len(block)-4) {
			return "", false
		}
		s := block[4 : 4+n]
		block = block[4+n:]
		return s, true
	}
	all := make([]string, 3+rows)
	for i := range all {
		s, ok := next()
		if !ok {
			return Key{}, nil, fmt.Errorf("name %d of %d is cut off", i+1, len(all))
		}
		all[i] = s
	}
	if block != "" {
		return Key{}, nil, fmt.Errorf("%d bytes too many after %d names", len(block), len(all))
	}
	return Key{all[0], all[1], all[2]}, all[3:], nil
}

func readNumbers(r io.Reader, data []float32) error {
	buffer := make([]byte, min(chunk, 4*len(data)))
	for len(data) > 0 {
		some := buffer[:min(len(buffer), 4*len(data))]
		if _, err := io.ReadFull(r, some); err != nil {
			return err
		}
		for i := range data[:len(some)/4] {
			data[i] = math.Float32frombits(binary.LittleEndian.Uint32(some[4*i:]))
		}
		data = data[len(some)/4:]
	}
	return nil
}
