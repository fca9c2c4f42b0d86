package workbook

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// A seal says what the locked cells of a row held: a mark for each cell that is
// not empty, apart by blanks.
type seal map[string]string // mark by name of the column

func parseSeal(text string) seal {
	s := seal{}
	for _, m := range strings.Fields(text) {
		name, _, _ := strings.Cut(m, "=")
		s[name] = m
	}
	return s
}

// mark returns the mark of a cell: 24 bits of a hash, enough for accidents.
func mark(name string, number bool, text string) string {
	if x, err := strconv.ParseFloat(text, 64); number && err == nil {
		text = strconv.FormatFloat(x, 'g', 12, 64) // spreadsheets keep about 15 digits
	}
	sum := sha256.Sum256([]byte(name + "\x00" + text))
	return name + "=" + hex.EncodeToString(sum[:3])
}

// original returns what a cell held when the row was sealed, as far as that can
// be told from what it holds now: the same, or an id that a spreadsheet took for
// a number.
func (s seal) original(name string, number bool, text string) (string, bool) {
	want := s[name]
	if text == "" {
		return "", want == ""
	}
	if mark(name, number, text) == want {
		return text, true
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text, false
	}
	plain := strconv.FormatFloat(x, 'f', -1, 64)
	point := "."
	if strings.Contains(plain, ".") {
		point = ""
	}
	for _, spelling := range []string{plain, plain + point + "0", plain + point + "00", "0" + plain} {
		if mark(name, number, spelling) == want {
			return spelling, true
		}
	}
	return text, false
}
