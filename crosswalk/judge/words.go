package judge

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"concord/crosswalk"
)

func sorted(m map[string]float64) []string { return slices.Sorted(maps.Keys(m)) }

// namedWords is how many shared words a rationale names.
const namedWords = 5

// shared returns the most telling words that both elements have, as the target
// spells them; neighbouring ones are joined to a phrase.
func (j *Judge) shared(src, tgt reading) []string {
	type phrase struct {
		text   string
		weight float64
		terms  string
	}
	var phrases []phrase
	for i := 0; i < len(tgt.tokens); {
		k, weight := i, 0.0
		var terms []string
		for k < len(tgt.tokens) {
			t := tgt.tokens[k]
			w, both := src.all[t.Term]
			if !both || k > i && strings.TrimSpace(tgt.text[tgt.tokens[k-1].End:t.Start]) != "" {
				break
			}
			weight += w
			terms = append(terms, t.Term)
			k++
		}
		if k == i {
			i++
			continue
		}
		text := strings.ToLower(strings.Join(strings.Fields(tgt.text[tgt.tokens[i].Start:tgt.tokens[k-1].End]), " "))
		phrases = append(phrases, phrase{text, weight, strings.Join(terms, " ")})
		i = k
	}
	slices.SortStableFunc(phrases, func(a, b phrase) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), strings.Compare(a.text, b.text))
	})
	var out []string
	named := map[string]bool{}
	for _, p := range phrases {
		fresh := false
		for t := range strings.FieldsSeq(p.terms) {
			fresh = fresh || !named[t]
			named[t] = true
		}
		if fresh && len(out) < namedWords {
			out = append(out, p.text)
		}
	}
	return out
}

// quoteLength is the longest quotation in bytes.
const quoteLength = 160

// quotes returns from each side the stretch that holds the most telling shared
// words; none from a side that shares no word.
func (j *Judge) quotes(src, tgt reading) []crosswalk.Quote {
	var out []crosswalk.Quote
	for _, side := range []struct {
		name      crosswalk.Side
		own, from reading
	}{{crosswalk.SourceSide, src, tgt}, {crosswalk.TargetSide, tgt, src}} {
		if start, end, ok := stretch(side.own, side.from.all); ok {
			out = append(out, crosswalk.Quote{Side: side.name, Text: side.own.text[start:end], Start: start, End: end})
		}
	}
	return out
}

// stretch finds the span of a text, one line and at most quoteLength bytes,
// whose distinct words shared with the other side weigh most; the shortest and
// first of equals. It starts and ends with a shared word.
func stretch(r reading, other map[string]float64) (start, end int, ok bool) {
	best := 0.0
	for i, first := range r.tokens {
		if _, both := other[first.Term]; !both {
			continue
		}
		weight := 0.0
		seen := map[string]bool{}
		for _, t := range r.tokens[i:] {
			if t.End-first.Start > quoteLength || strings.Contains(r.text[first.Start:t.End], "\n") {
				break
			}
			w, both := other[t.Term]
			if !both || seen[t.Term] {
				continue
			}
			seen[t.Term] = true
			weight += w
			if weight > best+1e-9 {
				best, start, end, ok = weight, first.Start, t.End, true
			}
		}
	}
	if ok && !utf8.ValidString(r.text[start:end]) {
		return 0, 0, false
	}
	return start, end, ok
}
