package terminal

import (
	"math"
	"strings"

	"concord/corpus"
)

// Wrap folds a text into lines, all of it.
func (s Screen) Wrap(text string, marks []Mark) []string {
	cs := chunks(text, marks, s.Width)
	return s.draw(text, cs, 0, fold(cs, 0, s.Width, math.MaxInt))
}

// Head returns the beginning of a text on one line; "" for a text that is
// blank.
func (s Screen) Head(text string, marks []Mark) string {
	cs := chunks(text, marks, s.Width-2*ellipsisColumns)
	return strings.Join(s.draw(text, cs, 0, fold(cs, 0, s.Width, 1)), "")
}

// Excerpt returns the stretch of a text that fits so many lines and has the
// marks that weigh most. Of equals it takes the first that opens a sentence,
// or else one with the marks in the middle. Without marks that is the beginning.
func (s Screen) Excerpt(text string, marks []Mark, lines int) []string {
	cs := chunks(text, marks, s.Width-2*ellipsisColumns)
	from := s.best(cs, lines)
	return s.draw(text, cs, from, fold(cs, from, s.Width, lines))
}

// best returns the chunk that the best stretch starts with.
func (s Screen) best(cs []chunk, lines int) int {
	var starts []int // of the stretches as good as the best so far
	most := -1.0
	for from := range cs {
		ends := fold(cs, from, s.Width, lines)
		switch w := weight(cs[from:ends[len(ends)-1]]); {
		case w > most+1e-9:
			most, starts = w, []int{from}
		case w > most-1e-9:
			starts = append(starts, from)
		}
	}
	for _, from := range starts {
		if cs[from].opens {
			return from
		}
	}
	run := 0 // length of the first stretch of neighbours
	for run < len(starts) && starts[run] == starts[0]+run {
		run++
	}
	if run == 0 {
		return 0
	}
	return starts[run/2]
}

// weight adds up the terms that are marked, each once.
func weight(cs []chunk) float64 {
	sum := 0.0
	seen := map[string]bool{}
	for _, c := range cs {
		for _, m := range c.marks {
			if !seen[m.Term] {
				seen[m.Term] = true
				sum += m.Weight
			}
		}
	}
	return sum
}

// How a terminal is told to begin and end bold type (ECMA-48, SGR).
const (
	bold  = "\x1b[1m"
	plain = "\x1b[0m"
)

// draw writes the lines that end at these chunks, with an ellipsis where the
// text goes on.
func (s Screen) draw(text string, cs []chunk, from int, ends []int) []string {
	var out []string
	for n, end := range ends {
		var b strings.Builder
		if n == 0 && from > 0 {
			b.WriteString("… ")
		}
		for i := from; i < end; i++ {
			if i > from && !cs[i].glued {
				b.WriteByte(' ')
			}
			s.write(&b, text, cs[i])
		}
		if n == len(ends)-1 && end < len(cs) {
			b.WriteString(" …")
		}
		out = append(out, b.String())
		from = end
	}
	return out
}

// write writes one chunk, what is marked of it in bold.
func (s Screen) write(b *strings.Builder, text string, c chunk) {
	marks, on := c.marks, false
	for i, r := range text[c.start:c.end] {
		at := c.start + i
		if len(marks) > 0 && at >= marks[0].End {
			marks = marks[1:]
		}
		if in := s.Bold && len(marks) > 0 && at >= marks[0].Start; in != on {
			on = in
			if on {
				b.WriteString(bold)
			} else {
				b.WriteString(plain)
			}
		}
		if corpus.Unprintable(r) {
			r = '�'
		}
		b.WriteRune(r)
	}
	if on {
		b.WriteString(plain)
	}
}
