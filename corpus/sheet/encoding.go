package sheet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"concord/corpus/internal/foreign"
)

// DecodeText returns data as UTF-8 without a byte order mark. It takes UTF-8,
// UTF-16 and, where the bytes cannot be UTF-8, the Windows-1252 in which
// spreadsheets save CSV. The error for anything else names the first byte that
// is wrong.
func DecodeText(data []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return decodeUTF16(data[2:], binary.LittleEndian)
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return decodeUTF16(data[2:], binary.BigEndian)
	}
	data = foreign.TrimBOM(data)
	if order := unmarkedOrder(data); order != nil {
		return decodeUTF16(data, order)
	}
	bad := notText(data)
	if bad < 0 {
		return data, nil
	}
	if text, ok := decodeWindows1252(data); ok {
		return text, nil
	}
	return nil, fmt.Errorf("line %d: byte 0x%02X at offset %d is not UTF-8: save the file as UTF-8",
		1+bytes.Count(data[:bad], []byte("\n")), data[bad], bad)
}

// notText returns the offset of the first byte that is not part of UTF-8 text,
// or -1.
func notText(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n <= 1 || r == 0 {
			return i
		}
		i += n
	}
	return -1
}

func decodeUTF16(data []byte, order binary.ByteOrder) ([]byte, error) {
	if len(data)%2 != 0 {
		return nil, errors.New("the UTF-16 text ends inside a character: the file is cut off")
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return []byte(string(utf16.Decode(units))), nil
}

// unmarkedOrder returns the byte order of UTF-16 without a mark, or nil if data
// is something else. It is the order that gives the table its separators and
// line ends; the other makes rare letters of them.
func unmarkedOrder(data []byte) binary.ByteOrder {
	zeros := bytes.Count(data, []byte{0})
	// A few stray zeros in ASCII would pass for ideographs.
	if zeros == 0 || len(data)%2 != 0 || zeros*40 < len(data) && utf8.Valid(data) {
		return nil
	}
	var little, big int
	for i := 0; i < len(data); i += 2 {
		switch pair := [2]byte(data[i:]); {
		case pair[1] == 0 && isSeparator(pair[0]):
			little++
		case pair[0] == 0 && isSeparator(pair[1]):
			big++
		}
	}
	var order binary.ByteOrder = binary.LittleEndian
	if big > little {
		order = binary.BigEndian
	}
	for i := 0; i < len(data); i += 2 {
		if u := order.Uint16(data[i:]); u < ' ' && u != '\t' && u != '\n' && u != '\r' || u >= 0xfffe {
			return nil
		}
	}
	return order
}

func isSeparator(b byte) bool { return b == '\t' || b == '\n' || b == ',' || b == ';' }

// decodeWindows1252 decodes data if it reads as text of a Western language
// then: it has no control characters and no word of foreign letters alone, as
// Cyrillic or binary bytes would give.
func decodeWindows1252(data []byte) ([]byte, bool) {
	var (
		out         = make([]byte, 0, len(data)+len(data)/8)
		high, ascii int // letters of the current word
		pending     = data
	)
	for len(pending) > 0 {
		if r, n := utf8.DecodeRune(pending); n > 1 && r != utf8.RuneError {
			return nil, false // this is UTF-8 with an error in it
		}
		r := charmap.Windows1252.DecodeByte(pending[0])
		pending = pending[1:]
		switch {
		case r == utf8.RuneError, unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r':
			return nil, false
		case r < utf8.RuneSelf && unicode.IsLetter(r):
			ascii++
		case unicode.IsLetter(r):
			high++
		default:
			if high > 1 && ascii == 0 {
				return nil, false
			}
			high, ascii = 0, 0
		}
		out = utf8.AppendRune(out, r)
	}
	return out, high <= 1 || ascii > 0
}
