package corpus

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What happened to the words of a [Run].
const (
	RunEqual    = "equal"
	RunDeleted  = "deleted"
	RunInserted = "inserted"
)

// A Run is a stretch of words that were kept, deleted or inserted. Kept words
// are spelled as in the newer edition.
type Run struct {
	Op   string `json:"op"` // RunEqual, RunDeleted or RunInserted
	Text string `json:"text"`
}

// maxCells bounds the table from which a longest common subsequence is read:
// a thousand words against a thousand.
const maxCells = 1 << 20

// parameter matches a parameter that is left to the organization, with
// parameters in it down to the third level.
var parameter = regexp.MustCompile(`(?i)\[(?:assignment|selection|organization-defined)\b` + nested(nested(`[^\[\]]*`)) + `\]`)

func nested(inner string) string { return `(?:[^\[\]]|\[` + inner + `\])*` }

// parameterKey is the key of every parameter. No word has it: it holds a space.
const parameterKey = "[ ]"

// A word is what texts are compared by: its key takes no notice of case and
// typography, its text is what is printed. A mark of punctuation before or
// after letters is a word too.
type word struct {
	key, text string
	glued     bool // no white space before it
}

// splitWords splits a text into words; a parameter is one.
func splitWords(text string) []word {
	var out []word
	from := 0
	for _, at := range parameter.FindAllStringIndex(text, -1) {
		out = appendWords(out, text[from:at[0]])
		out = append(out, word{parameterKey, strings.Join(strings.Fields(text[at[0]:at[1]]), " "), glued(text, at[0])})
		from = at[1]
	}
	return appendWords(out, text[from:])
}

// appendWords appends the words of a text without parameters.
func appendWords(out []word, text string) []word {
	for at := 0; at < len(text); {
		n := strings.IndexFunc(text[at:], unicode.IsSpace)
		if n < 0 {
			n = len(text) - at
		}
		for field := text[at : at+n]; field != ""; {
			n := wordLength(field)
			if key := foldWord(field[:n]); key != "" {
				out = append(out, word{key, field[:n], glued(text, at)})
			}
			field, at = field[n:], at+n
		}
		_, blank := utf8.DecodeRuneInString(text[at:])
		at += blank
	}
	return out
}

// wordLength returns how many bytes of a field, which has no white space, are
// its first word.
func wordLength(field string) int {
	switch n := strings.IndexFunc(field, isMark); {
	case n < 0:
		return len(field)
	case n == 0:
		_, n = utf8.DecodeRuneInString(field)
		return n
	case strings.IndexFunc(field[n:], isSign) < 0:
		return n
	}
	// A mark between letters is of the word, as in data-at-rest and 5.2.
	return len(strings.TrimRightFunc(field, isMark))
}

// glued reports whether there is no white space before a position. What begins
// a text is glued to what went before it, such as a parameter.
func glued(text string, at int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	return !unicode.IsSpace(before)
}

func isSign(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// isMark reports whether a character may stand beside a word without being of
// it. Invisible characters and accents may not: they are of the word.
func isMark(r rune) bool { return !isSign(r) && !unicode.In(r, unicode.Cf, unicode.M) }

// foldWord brings a word to lower case, its quotes and dashes to the plain
// ones, the numbers in ids to one spelling ("AC-02(01)" to "ac-2(1)"), and
// drops characters that no reader sees.
func foldWord(w string) string {
	w = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune("‘’‚‛′`´", r):
			return '\''
		case strings.ContainsRune("“”„‟″«»", r):
			return '"'
		case unicode.Is(unicode.Pd, r), r == '−':
			return '-'
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return unicode.ToLower(r)
	}, w)
	return zeros.ReplaceAllString(w, "$1$2")
}

// zeros matches the leading zeros of a number in an id.
var zeros = regexp.MustCompile(`(\pL-|\()0+(\d)`)

func sameWords(a, b string) bool {
	return a == b || slices.EqualFunc(splitWords(a), splitWords(b), func(x, y word) bool { return x.key == y.key })
}

// DiffWords returns the runs that turn text a into b. Between two kept runs
// what is deleted stands before what is inserted.
func DiffWords(a, b string) []Run {
	x, y := splitWords(a), splitWords(b)
	numbers := map[string]int{}
	number := func(words []word) []int {
		out := make([]int, len(words))
		for i, w := range words {
			if _, known := numbers[w.key]; !known {
				numbers[w.key] = len(numbers)
			}
			out[i] = numbers[w.key]
		}
		return out
	}
	var runs []Run
	add := func(op string, words []word) {
		if len(words) == 0 {
			return
		}
		var text strings.Builder
		for i, w := range words {
			if i > 0 && !w.glued {
				text.WriteByte(' ')
			}
			text.WriteString(w.text)
		}
		runs = append(runs, Run{op, text.String()})
	}
	i, j, kept := 0, 0, 0 // the last kept words of y end at j
	for _, m := range append(meaningful(common(number(x), number(y)), x, y), [2]int{len(x), len(y)}) {
		if m[0] == i && m[1] == j && m[0] < len(x) {
			i, j = i+1, j+1
			continue
		}
		add(RunEqual, y[kept:j])
		add(RunDeleted, x[i:m[0]])
		add(RunInserted, y[j:m[1]])
		i, j, kept = m[0]+1, m[1]+1, m[1]
	}
	return runs
}

// meaningful leaves out matches that hold on to nothing but a comma between
// words that all changed; a change reads better in one piece.
func meaningful(matches [][2]int, x, y []word) [][2]int {
	out := matches[:0]
	for start := 0; start < len(matches); {
		end, words := start, false
		for end < len(matches) && matches[end][0]-matches[start][0] == end-start && matches[end][1]-matches[start][1] == end-start {
			words = words || strings.ContainsFunc(x[matches[end][0]].key, isSign) || x[matches[end][0]].key == parameterKey
			end++
		}
		first, last := matches[start], matches[end-1]
		if words || first == [2]int{} || last == [2]int{len(x) - 1, len(y) - 1} {
			out = append(out, matches[start:end]...)
		}
		start = end
	}
	return out
}

// common returns the positions of a longest common subsequence of a and b. If
// that would take too long, it is one that keeps the words which stand once in
// either, as a person would find their way by them.
func common(a, b []int) [][2]int {
	var out [][2]int
	start := 0
	for start < min(len(a), len(b)) && a[start] == b[start] {
		out = append(out, [2]int{start, start})
		start++
	}
	endA, endB := len(a), len(b)
	for endA > start && endB > start && a[endA-1] == b[endB-1] {
		endA, endB = endA-1, endB-1
	}
	fromA, fromB := start, start
	exact := func(toA, toB int) {
		if (toA-fromA)*(toB-fromB) <= maxCells {
			for _, m := range longest(a[fromA:toA], b[fromB:toB]) {
				out = append(out, [2]int{fromA + m[0], fromB + m[1]})
			}
		}
	}
	if (endA-start)*(endB-start) > maxCells {
		for _, m := range anchors(a[start:endA], b[start:endB]) {
			atA, atB := start+m[0], start+m[1]
			exact(atA, atB)
			out = append(out, [2]int{atA, atB})
			fromA, fromB = atA+1, atB+1
		}
	}
	exact(endA, endB)
	for ; endA < len(a); endA, endB = endA+1, endB+1 {
		out = append(out, [2]int{endA, endB})
	}
	return out
}

// longest returns the positions of a longest common subsequence, read from the
// full table.
func longest(a, b []int) [][2]int {
	width := len(b) + 1
	// length[i*width+j] is that of the longest one of a[i:] and b[j:]; it is
	// at most the root of maxCells.
	length := make([]uint16, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i*width+j] = length[(i+1)*width+j+1] + 1
			} else {
				length[i*width+j] = max(length[(i+1)*width+j], length[i*width+j+1])
			}
		}
	}
	var out [][2]int
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			out = append(out, [2]int{i, j})
			i, j = i+1, j+1
		case length[(i+1)*width+j] >= length[i*width+j+1]:
			i++
		default:
			j++
		}
	}
	return out
}

// anchors returns the positions of the words that stand once in a and once in
// b: as many of them as are in one order in both.
func anchors(a, b []int) [][2]int {
	atA, atB := once(a), once(b)
	var shared [][2]int
	for i, w := range a {
		if j, ok := atB[w]; ok && j >= 0 && atA[w] == i {
			shared = append(shared, [2]int{i, j})
		}
	}
	// ends[n] is the shared word that ends the best increasing run of n+1, and
	// before[k] the one that goes before k in its run, or -1.
	var ends []int
	before := make([]int, len(shared))
	for k, m := range shared {
		n, _ := slices.BinarySearchFunc(ends, m[1], func(e, j int) int { return shared[e][1] - j })
		before[k] = -1
		if n > 0 {
			before[k] = ends[n-1]
		}
		if n == len(ends) {
			ends = append(ends, k)
		}
		ends[n] = k
	}
	out := make([][2]int, len(ends))
	for n := len(ends) - 1; n >= 0; n-- {
		out[n] = shared[ends[n]]
		if n > 0 {
			ends[n-1] = before[ends[n]]
		}
	}
	return out
}

// once returns the position of each word, or -1 if it stands twice.
func once(words []int) map[int]int {
	at := make(map[int]int, len(words))
	for i, w := range words {
		if _, twice := at[w]; twice {
			at[w] = -1
		} else {
			at[w] = i
		}
	}
	return at
}
