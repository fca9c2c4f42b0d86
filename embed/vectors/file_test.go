package vectors_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"concord/embed/vectors"
)

func TestAFileCutAnywhereIsBuiltAgain(t *testing.T) {
	dir := t.TempDir()
	ids, rows := random(4, 3, 5)
	want, _ := mustOpen(t, dir, key, ids, rows)
	path := file(t, dir)
	whole := read(t, path)

	for cut := range len(whole) {
		write(t, path, whole[:cut])
		if set, rebuilt := mustOpen(t, dir, key, ids, rows); !rebuilt || !same(set, want) {
			t.Fatalf("cut at %d: rebuilt %v", cut, rebuilt)
		}
	}
	if _, rebuilt := mustOpen(t, dir, key, ids, rows); rebuilt || !bytes.Equal(read(t, path), whole) {
		t.Error("the last set that was built again is not the first")
	}
}

func TestAnyBitThatFlipsIsDetected(t *testing.T) {
	dir := t.TempDir()
	ids, rows := random(4, 3, 5)
	want, _ := mustOpen(t, dir, key, ids, rows)
	path := file(t, dir)
	whole := read(t, path)

	for bit := range 8 * len(whole) {
		damaged := slices.Clone(whole)
		damaged[bit/8] ^= 1 << (bit % 8)
		if _, _, err := vectors.Decode(bytes.NewReader(damaged), int64(len(damaged))); err == nil {
			t.Errorf("bit %d of byte %d may flip", bit%8, bit/8)
		}
		if bit%97 == 0 { // each costs a write that is synced
			write(t, path, damaged)
			if set, rebuilt := mustOpen(t, dir, key, ids, rows); !rebuilt || !same(set, want) {
				t.Errorf("bit %d of byte %d: rebuilt %v", bit%8, bit/8, rebuilt)
			}
		}
	}
}

func TestWhatIsNoFileOfVectorsIsBuiltAgain(t *testing.T) {
	dir := t.TempDir()
	ids, rows := random(4, 3, 5)
	mustOpen(t, dir, key, ids, rows)
	path := file(t, dir)
	whole := read(t, path)

	for name, content := range map[string][]byte{
		"longer than it was": append(slices.Clone(whole), 0),
		"twice":              append(slices.Clone(whole), whole...),
		"zeros":              make([]byte, len(whole)),
		"text":               []byte("id,text\nA,b\n"),
		"another version":    append([]byte("CNCRDVC\x02"), whole[8:]...),
	} {
		write(t, path, content)
		if _, rebuilt := mustOpen(t, dir, key, ids, rows); !rebuilt {
			t.Errorf("%s: not built again", name)
		}
	}
	os.Remove(path)
	os.Mkdir(path, 0o755)
	build, _ := built(ids, rows)
	if _, _, err := vectors.Open(t.Context(), dir, key, build); err == nil {
		t.Error("a folder in the place of the file is no error")
	}
}

// The bytes of the format are a promise: another processor reads them too.
func TestTheFormatIsLittleEndian(t *testing.T) {
	set, _ := mustOpen(t, t.TempDir(), key, []string{"a"}, [][]float32{{0, 2}})
	var b bytes.Buffer
	if err := vectors.Encode(&b, vectors.Key{Framework: "f", Digest: "d", Embedder: "e"}, set); err != nil {
		t.Fatal(err)
	}

	want := "CNCRDVC\x01" + "\x14\x00\x00\x00" + "\x01\x00\x00\x00" + "\x02\x00\x00\x00" +
		"\x01\x00\x00\x00f" + "\x01\x00\x00\x00d" + "\x01\x00\x00\x00e" + "\x01\x00\x00\x00a" +
		"\x00\x00\x00\x00" + "\x00\x00\x80\x3f"
	if got := b.String(); got[:len(got)-4] != want {
		t.Errorf("got  %q\nwant %q", got[:len(got)-4], want)
	}
	// Computed by hand from the polynomial, bit by bit.
	if got, want := binary.LittleEndian.Uint32(b.Bytes()[len(want):]), crc32c([]byte(want)); got != want {
		t.Errorf("checksum %08x, want %08x", got, want)
	}
}

// crc32c is the definition (RFC 3720, section 12.1).
func crc32c(data []byte) uint32 {
	crc := ^uint32(0)
	for _, b := range data {
		crc ^= uint32(b)
		for range 8 {
			crc = crc>>1 ^ crc&1*0x82f63b78
		}
	}
	return ^crc
}

// A header that promises more than the file has must cost nothing.
func TestAFileThatPromisesTooMuchIsRefusedUnread(t *testing.T) {
	most := uint32(math.MaxUint32)
	for _, counts := range [][3]uint32{
		{most, most, most}, {0, most, most}, {most, 0, 0}, {0, 1 << 16, 1 << 16}, {0, 1 << 31, 2}, {12, 1 << 30, 0},
		{12, 1, 0}, {12, 0, 1}, {16, 1, 1 << 30},
	} {
		data := []byte("CNCRDVC\x01")
		for _, n := range counts {
			data = binary.LittleEndian.AppendUint32(data, n)
		}
		data = append(data, make([]byte, 16)...)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)

		_, set, err := vectors.Decode(bytes.NewReader(data), int64(len(data)))

		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%v is read as %d ids", counts, len(set.IDs))
		}
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
			t.Errorf("%v allocates %d bytes", counts, grown)
		}
	}
}

// TestADeadWriterLeavesTheOldSetOrTheNew kills a process that does nothing but
// write sets, over and over. What it leaves must be one of them, whole.
func TestADeadWriterLeavesTheOldSetOrTheNew(t *testing.T) {
	if dir := os.Getenv("WRITE_VECTORS_INTO"); dir != "" {
		for n := 1; ; n++ {
			k, ids, rows := numbered(n)
			mustOpen(t, dir, k, ids, rows)
			fmt.Println("written")
		}
	}
	dir := t.TempDir()
	for round := range 12 {
		writer := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
		writer.Env = append(os.Environ(), "WRITE_VECTORS_INTO="+dir)
		out, err := writer.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := writer.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(out, make([]byte, 1)); err != nil {
			t.Fatal("the writer wrote nothing", err)
		}
		time.Sleep(time.Duration(5*round) * time.Millisecond) // somewhere in the next writes
		if err := writer.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		writer.Wait()

		found, _ := filepath.Glob(filepath.Join(dir, "*.vectors"))
		if len(found) != 1 {
			t.Fatalf("round %d: %v", round, found)
		}
		data := read(t, found[0])
		k, set, err := vectors.Decode(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		n, err := strconv.Atoi(k.Digest)
		if err != nil {
			t.Fatal(err)
		}
		_, ids, rows := numbered(n)
		if want, _ := mustOpen(t, t.TempDir(), k, ids, rows); !same(set, want) {
			t.Fatalf("round %d: set %d is not what was written", round, n)
		}
	}
}

// numbered makes a set of 2 MB that depends on a number alone.
func numbered(n int) (vectors.Key, []string, [][]float32) {
	ids, rows := random(40, 64, uint64(n))
	for i := range rows {
		for range 7 {
			rows[i] = append(rows[i], rows[i]...)
		}
	}
	return vectors.Key{Framework: "made-up@1", Digest: strconv.Itoa(n), Embedder: "toy"}, ids, rows
}

func FuzzDecode(f *testing.F) {
	for _, size := range [][2]int{{0, 0}, {1, 1}, {3, 2}} {
		dir := f.TempDir()
		ids, rows := random(size[0], size[1], 9)
		mustOpen(f, dir, key, ids, rows)
		f.Add(read(f, file(f, dir)))
	}
	f.Add([]byte("CNCRDVC\x01"))
	f.Add([]byte{})

	f.Fuzz(func(t *testing.T, data []byte) {
		// The checksum guards the rest; let it pass to see behind it.
		if len(data) >= 4 {
			data = binary.LittleEndian.AppendUint32(data[:len(data)-4:len(data)-4], crc32c(data[:len(data)-4]))
		}

		k, set, err := vectors.Decode(bytes.NewReader(data), int64(len(data)))

		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := vectors.Encode(&again, k, set); err != nil {
			t.Fatal(err)
		}
		k2, set2, err := vectors.Decode(&again, int64(again.Len()))
		if err != nil || k2 != k || !slices.Equal(set.IDs, set2.IDs) || len(set2.Matrix.Data()) != len(set.Matrix.Data()) {
			t.Fatalf("%v does not survive a round trip: %v", set.IDs, err)
		}
	})
}

// BenchmarkOpen opens 10,000 and 100,000 vectors of 384 dimensions.
func BenchmarkOpen(b *testing.B) {
	for _, n := range []int{1200, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir := b.TempDir()
			ids, rows := random(n, 384, 1)
			mustOpen(b, dir, key, ids, rows)
			b.SetBytes(int64(n) * 384 * 4)
			for b.Loop() {
				if _, rebuilt := mustOpen(b, dir, key, nil, nil); rebuilt {
					b.Fatal("built again")
				}
			}
		})
	}
}
