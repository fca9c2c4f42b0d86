package cell

import (
	"strings"
	"unicode/utf8"
)

// Height returns how high a row should be, in points, to show wrapped texts of
// 10 points in columns of these widths, in characters; 409 is the most a
// spreadsheet allows. Not every program fits rows to their texts by itself.
func Height(texts []string, widths []float64) float64 {
	most := 1
	for i, text := range texts {
		n := 0
		for line := range strings.SplitSeq(text, "\n") {
			n += 1 + int(float64(utf8.RuneCountInString(line))/max(widths[i], 1))
		}
		most = max(most, n)
	}
	return min(13.5*float64(most)+2, 409)
}
