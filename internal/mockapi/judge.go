package mockapi

import (
	"slices"
	"strings"
	"unicode"
)

type element struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// A task is what the user message of a judging request holds.
type task struct {
	Candidates []element `json:"candidates"`
	Source     element   `json:"source"`
}

type judgement struct {
	ID            string  `json:"id"`
	Relation      string  `json:"relation"`
	RationaleType string  `json:"rationale_type"`
	Probability   float64 `json:"probability"`
	Rationale     string  `json:"rationale"`
	SourceQuote   string  `json:"source_quote"`
	TargetQuote   string  `json:"target_quote"`
}

// judge compares words: the share of the source's words that a candidate has,
// and the reverse, decide the relation.
func judge(t task, fault Fault) []judgement {
	var out []judgement
	source := words(t.Source.Title + " " + t.Source.Text)
	for _, c := range t.Candidates {
		target := words(c.Title + " " + c.Text)
		forth, back := share(source, target), share(target, source)
		j := judgement{
			ID: c.ID, RationaleType: "semantic", Probability: (forth + back) / 2,
			Rationale:   "they share words",
			SourceQuote: opening(t.Source), TargetQuote: opening(c),
		}
		switch {
		case forth > .9 && back > .9:
			j.Relation = "equal"
		case forth > .8:
			j.Relation = "subset_of"
		case back > .8:
			j.Relation = "superset_of"
		case j.Probability > .1:
			j.Relation = "intersects_with"
		default:
			j.Relation, j.Rationale = "no_relationship", "they share hardly a word"
			j.SourceQuote, j.TargetQuote = "", ""
		}
		if fault == InventedQuote {
			j.Relation, j.SourceQuote, j.TargetQuote = "equal", "words that nobody wrote", "nor these ones here"
		}
		out = append(out, j)
	}
	switch {
	case len(out) == 0:
	case fault == WrongID:
		out[0].ID = "NOT-OFFERED-1"
	case fault == LeftOut:
		out = out[1:]
	case fault == Twice:
		again := out[0]
		again.Probability /= 2
		out = append(out, again)
	}
	return out
}

// words returns the distinct words of a text, sorted.
func words(text string) []string {
	w := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	slices.Sort(w)
	return slices.Compact(w)
}

// share returns how much of a is in b, 0 to 1.
func share(a, b []string) float64 {
	n := 0
	for _, w := range a {
		if _, ok := slices.BinarySearch(b, w); ok {
			n++
		}
	}
	return float64(n) / float64(max(1, len(a)))
}

// opening returns the first eight words of an element's text, or its title.
func opening(e element) string {
	text := e.Text
	if text == "" {
		text = e.Title
	}
	end, n := len(text), 0
	for i, r := range text {
		if unicode.IsSpace(r) {
			if n++; n == 8 {
				end = i
				break
			}
		}
	}
	return text[:end]
}
