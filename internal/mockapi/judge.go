package mockapi

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
)

// An element is what a question shows of one.
type element struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// A task is what the user message of a question holds: a source with
// candidates, or elements that are held against a reference.
type task struct {
	Candidates []element `json:"candidates"`
	Source     element   `json:"source"`

	Elements  []element `json:"elements"`
	Reference element   `json:"reference"`
}

type judgement struct {
	ID            string  `json:"id"`
	SourceOnly    string  `json:"source_only"`
	TargetOnly    string  `json:"target_only"`
	Relation      string  `json:"relation"`
	RationaleType string  `json:"rationale_type"`
	Rationale     string  `json:"rationale"`
	SourceQuote   string  `json:"source_quote"`
	TargetQuote   string  `json:"target_quote"`
	Probability   float64 `json:"probability"`
}

type unrelated struct {
	ID          string  `json:"id"`
	Probability float64 `json:"probability"`
}

type confirmation struct {
	ID            string `json:"id"`
	ElementOnly   string `json:"element_only"`
	ReferenceOnly string `json:"reference_only"`
	Relation      string `json:"relation"`
}

// judge answers a question by comparing words, which is no judgement at all, and
// reports whether it is one.
func judge(message []byte, fault Fault) (answer string, ok bool) {
	var t task
	var said any
	switch err := json.Unmarshal(message, &t); {
	case err != nil:
		return "", false
	case len(t.Candidates) > 0:
		said = sort(t, fault)
	case len(t.Elements) > 0:
		said = confirm(t, fault)
	default:
		return "", false
	}
	b, err := json.Marshal(said)
	return string(b), err == nil
}

// sort puts every candidate into one of three lists.
func sort(t task, fault Fault) any {
	related, others, unsure := []judgement{}, []unrelated{}, []string{}
	for _, c := range t.Candidates {
		relation, left, right, p := compare(t.Source, c)
		switch {
		case fault == InventedQuote:
			related = append(related, judgement{c.ID, "", "", "equal", "semantic", "they share words", "words that nobody wrote", "nor these ones here", p})
		case fault == Unsure:
			unsure = append(unsure, c.ID)
		case relation == "no_relationship":
			others = append(others, unrelated{c.ID, p})
		default:
			related = append(related, judgement{c.ID, left, right, relation, "semantic", "they share words", opening(t.Source), opening(c), p})
		}
	}
	switch {
	case fault == WrongID && len(related) > 0:
		related[0].ID = "NOT-OFFERED-1"
	case fault == WrongID && len(others) > 0:
		others[0].ID = "NOT-OFFERED-1"
	case fault == LeftOut && len(related) > 0:
		related = related[1:]
	case fault == LeftOut && len(others) > 0:
		others = others[1:]
	case fault == Twice && len(related) > 0:
		again := related[0]
		again.Probability /= 2
		related = append(related, again)
	}
	return map[string]any{"related": related, "unrelated": others, "cannot_tell": unsure}
}

// confirm relates each element to the reference.
func confirm(t task, fault Fault) any {
	out := []confirmation{}
	for _, e := range t.Elements {
		relation, left, right, _ := compare(e, t.Reference)
		if fault == Contrary {
			relation, left, right = "no_relationship", "everything", "everything"
		}
		out = append(out, confirmation{e.ID, left, right, relation})
	}
	if fault == LeftOut {
		out = out[1:]
	}
	return map[string]any{"relations": out}
}

// compare relates a to b by the share of a's words that b has, and the reverse,
// and says which words are left over.
func compare(a, b element) (relation, left, right string, p float64) {
	x, y := words(a.Title+" "+a.Text), words(b.Title+" "+b.Text)
	forth, back := share(x, y), share(y, x)
	p = (forth + back) / 2
	left, right = "some of its words", "some of its words"
	switch {
	case forth > .9 && back > .9:
		return "equal", "", "", p
	case forth > .8 && forth > back:
		return "subset_of", "", right, p
	case back > .8:
		return "superset_of", left, "", p
	case p > .1:
		return "intersects_with", left, right, p
	}
	return "no_relationship", left, right, p
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
