package local

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Header says what a model was learned from, and how.
type Header struct {
	Terms      int `json:"terms"`      // how many words it knows
	Dimensions int `json:"dimensions"` // numbers a word, 1 to 4096

	Texts   []Text   `json:"texts"`   // what it was learned from, in order
	Without []string `json:"without"` // names of frameworks that were left out on purpose
	Window  int      `json:"window"`  // how many words away a neighbour may stand
	Least   int      `json:"least"`   // in how many elements a word must stand
	Seed    uint64   `json:"seed"`    // of the random projection
	Date    string   `json:"date"`
	Command string   `json:"command"`
}

// A Text is a framework that a model was learned from.
type Text struct {
	Framework string `json:"framework"` // name@edition
	Digest    string `json:"digest"`    // of its elements
	Elements  int    `json:"elements"`  // how many were read
}

const (
	magic     = "concord word vectors 1\n"
	mostDims  = 4096
	mostTerms = 1 << 20
)

// New returns a model of words and their vectors, a row a word, whose length is
// the word's weight in a text. Terms must ascend and rows be of one length. The
// header's Terms and Dimensions follow from them. Numbers are kept in eight bits
// each: a row is a scale times whole numbers from -127 to 127.
func New(h Header, terms []string, rows [][]float64) (*Model, error) {
	if len(terms) == 0 || len(terms) != len(rows) {
		return nil, fmt.Errorf("word vectors: %d terms and %d rows", len(terms), len(rows))
	}
	h.Terms, h.Dimensions = len(terms), len(rows[0])
	m := &Model{header: h, terms: terms}
	for i, row := range rows {
		if len(row) != h.Dimensions {
			return nil, fmt.Errorf("word vectors: the row of %q has %d numbers, not %d", terms[i], len(row), h.Dimensions)
		}
		most := 0.0
		for _, x := range row {
			most = max(most, math.Abs(x))
		}
		scale := float32(most / 127)
		m.scale = append(m.scale, scale)
		for _, x := range row {
			if scale > 0 {
				x = math.Round(x / float64(scale))
			}
			m.rows = append(m.rows, int8(max(-127, min(127, x))))
		}
	}
	file, err := m.File()
	if err != nil {
		return nil, err
	}
	return Parse(file)
}

// File returns the model as [Parse] reads it. Equal models give equal bytes.
func (m *Model) File() ([]byte, error) {
	header, err := json.Marshal(m.header)
	if err != nil {
		return nil, fmt.Errorf("word vectors: %w", err)
	}
	out := []byte(magic)
	for _, block := range []string{string(header), strings.Join(m.terms, "\n")} {
		out = binary.LittleEndian.AppendUint32(out, uint32(len(block)))
		out = append(out, block...)
	}
	for _, x := range m.scale {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	}
	for _, x := range m.rows {
		out = append(out, byte(x))
	}
	sum := sha256.Sum256(out)
	return append(out, sum[:]...), nil
}

// Parse reads a model. The file is a line that says what it is; the header, JSON,
// and the words, a line each and ascending, both after their length in bytes; a
// scale for each word, 32 bits; the rows, eight bits a number; and the SHA-256 of
// all that. Numbers are little-endian. A file that is damaged, or says anything
// but this, is an error.
func Parse(data []byte) (*Model, error) {
	body, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok || len(body) < sha256.Size {
		return nil, errors.New("word vectors: not a file of word vectors of this version; make one with go run ./embed/local/train")
	}
	end := len(data) - sha256.Size
	sum := sha256.Sum256(data[:end])
	if !bytes.Equal(sum[:], data[end:]) {
		return nil, errors.New("word vectors: the checksum does not fit: the file is damaged or cut off")
	}
	m := &Model{sha256: hex.EncodeToString(sum[:])}
	body = body[:len(body)-sha256.Size]
	header, body, err := block(body)
	if err != nil {
		return nil, fmt.Errorf("word vectors: header: %w", err)
	}
	if err := m.readHeader(header); err != nil {
		return nil, fmt.Errorf("word vectors: header: %w", err)
	}
	words, body, err := block(body)
	if err != nil {
		return nil, fmt.Errorf("word vectors: list of words: %w", err)
	}
	if err := m.readTerms(string(words)); err != nil {
		return nil, fmt.Errorf("word vectors: %w", err)
	}
	n, k := m.header.Terms, m.header.Dimensions
	if want := n*4 + n*k; len(body) != want {
		return nil, fmt.Errorf("word vectors: %d bytes of numbers, %d terms of %d dimensions take %d", len(body), n, k, want)
	}
	return m, m.readNumbers(body[:n*4], body[n*4:])
}

// block takes a block off that stands after its length.
func block(data []byte) (taken, rest []byte, err error) {
	if len(data) < 4 {
		return nil, nil, io.ErrUnexpectedEOF
	}
	n := int64(binary.LittleEndian.Uint32(data))
	if data = data[4:]; n > int64(len(data)) {
		return nil, nil, fmt.Errorf("%d bytes announced, %d left", n, len(data))
	}
	return data[:n], data[n:], nil
}

func (m *Model) readHeader(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m.header); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("it goes on after its end")
	}
	if h := m.header; h.Terms < 1 || h.Terms > mostTerms || h.Dimensions < 1 || h.Dimensions > mostDims {
		return fmt.Errorf("%d terms of %d dimensions: want 1 to %d of 1 to %d", h.Terms, h.Dimensions, mostTerms, mostDims)
	}
	return nil
}

// readTerms reads the words, none of which can be a phrase: see [IsTerm].
func (m *Model) readTerms(list string) error {
	m.terms = strings.Split(list, "\n")
	if len(m.terms) != m.header.Terms {
		return fmt.Errorf("%d words, the header says %d", len(m.terms), m.header.Terms)
	}
	m.place = make(map[string]int32, len(m.terms))
	for i, t := range m.terms {
		if !IsTerm(t) {
			return fmt.Errorf("word %d is %q, which is no word", i+1, t)
		}
		if i > 0 && t <= m.terms[i-1] {
			return fmt.Errorf("word %d, %q, does not come after %q", i+1, t, m.terms[i-1])
		}
		m.place[t] = int32(i)
	}
	return nil
}

// longestTerm is the most that a word may have, in bytes: a longer one is a key, a
// hash or an address that somebody quoted. The id of a concept may have twice that.
const longestTerm = 24

// IsTerm reports whether a model can know a feature: an index term of at most 24
// bytes, or "#" and the id of a concept. Neither holds a blank, so it cannot be
// more than one word.
func IsTerm(s string) bool {
	word, longest, punctuation := s, longestTerm, ""
	if id, ok := strings.CutPrefix(s, conceptMark); ok {
		word, longest, punctuation = id, 2*longestTerm, "-"
	}
	return word != "" && len(word) <= longest && utf8.ValidString(word) &&
		strings.IndexFunc(word, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(punctuation, r)
		}) < 0
}

func (m *Model) readNumbers(scales, rows []byte) error {
	m.scale = make([]float32, m.header.Terms)
	for i := range m.scale {
		x := math.Float32frombits(binary.LittleEndian.Uint32(scales[i*4:]))
		if !(x >= 0 && x <= 1e6) {
			return fmt.Errorf("word vectors: the scale of %q is %v: want 0 to 1000000", m.terms[i], x)
		}
		m.scale[i] = x
	}
	m.rows = make([]int8, len(rows))
	for i, b := range rows {
		if m.rows[i] = int8(b); m.rows[i] == -128 {
			return fmt.Errorf("word vectors: a number of %q is -128: want -127 to 127", m.terms[i/m.header.Dimensions])
		}
	}
	return nil
}
