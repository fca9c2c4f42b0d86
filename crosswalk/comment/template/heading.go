package template

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// A field is what a column of comments can be.
type field int

const (
	other field = iota // a column that the template does not have
	number
	element
	rowID
	commenter
	organization
	text
	suggestion
	rationale
)

// names are what people call the columns: first those that a heading is as a
// whole, then, with a star, those that it may begin with. The first that fits
// wins.
func names() []struct {
	field field
	names []string
} {
	return []struct {
		field field
		names []string
	}{
		{suggestion, []string{"suggested change", "suggestion", "suggestions", "proposed change", "suggested text", "suggested wording", "proposed text", "proposed wording",
			"recommended change", "recommendation", "change", "proposed resolution", "suggest*", "propos*", "recommend*"}},
		{rationale, []string{"rationale", "reason", "reasons", "justification", "why", "basis", "rational*", "justif*", "reason*"}},
		{number, []string{"number", "no", "nr", "comment number", "comment no", "comment nr", "comment id", "item", "item no", "item number", "seq", "#", "comment #"}},
		{organization, []string{"organisation", "organization", "org", "company", "agency", "affiliation", "organi*", "affiliat*"}},
		{commenter, []string{"commenter", "commentor", "commenter name", "name", "your name", "author", "reviewer", "reader", "submitter", "submitted by", "commented by",
			"person", "by", "commenter*", "commentor*", "name of*"}},
		{rowID, []string{"row id", "rowid", "row", "row ids", "rows", "row no", "row number", "row #", "mapping", "mapping id", "id", "ids", "row*"}},
		{element, []string{"element", "element id", "elements", "control", "control id", "subcategory", "requirement", "section", "reference", "clause", "source", "element*", "subcategor*", "control*"}},
		{text, []string{"comment", "comments", "your comment", "your comments", "comment text", "remark", "remarks", "feedback", "observation", "note", "notes", "comment*", "your comment*", "remark*", "feedback*"}},
	}
}

var parenthesis = regexp.MustCompile(`[(\[].*?[)\]]`)

// headingKey returns a heading without what makes no difference: case, blanks,
// punctuation and what stands in parentheses.
func headingKey(s string) string {
	s = parenthesis.ReplaceAllString(strings.ToLower(s), " ")
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '#' }), " ")
}

// A header says where the columns stand. Each field has one column at most.
type header struct {
	at    map[field]int
	cells []string
}

// headerOf reads a header. A heading that is a name as a whole goes before one
// that only begins with it, a name that stands first in the list before those
// after it, and the first of two columns alike wins.
func headerOf(cells []string) header {
	h := header{at: map[field]int{}, cells: cells}
	keys := make([]string, len(cells))
	for i, c := range cells {
		if k := headingKey(c); len(k) <= 80 { // longer ones are texts
			keys[i] = k
		}
	}
	taken := map[int]bool{}
	for _, begins := range []bool{false, true} {
		for _, n := range names() {
			for _, name := range n.names {
				prefix, star := strings.CutSuffix(name, "*")
				if _, found := h.at[n.field]; found || star != begins {
					continue
				}
				for i, k := range keys {
					if !taken[i] && (k == prefix || begins && strings.HasPrefix(k, prefix)) {
						h.at[n.field], taken[i] = i, true
						break
					}
				}
			}
		}
	}
	return h
}

// usable reports whether the header is one of a table of comments: it has room
// for what is said, and one more column that is known.
func (h header) usable() bool {
	_, said := h.at[text]
	_, changed := h.at[suggestion]
	return (said || changed) && len(h.at) >= 2
}

// cell returns what stands under a field, without blanks around it.
func (h header) cell(cells []string, f field) string {
	if i, ok := h.at[f]; ok && i < len(cells) {
		return strings.TrimSpace(cells[i])
	}
	return ""
}

// extra lists the columns that the template does not have. Those of the list of
// all rows, on which some write beside, are ours.
func (h header) extra(width int) []int {
	ours := slices.ContainsFunc(h.cells, func(s string) bool { return headingKey(s) == "sentence" })
	var out []int
	for i := range width {
		known := ours && i < len(h.cells) && slices.Contains([]string{"row", "sentence", "source", "source text", "target", "target text", "state"}, headingKey(h.cells[i]))
		for _, at := range h.at {
			known = known || at == i
		}
		if !known {
			out = append(out, i)
		}
	}
	return out
}

// same reports whether cells are the header again, as at the top of a page.
func (h header) same(cells []string) bool {
	return slices.EqualFunc(trimmed(h.cells), trimmed(cells), func(a, b string) bool { return headingKey(a) == headingKey(b) })
}

func trimmed(cells []string) []string {
	n := len(cells)
	for n > 0 && strings.TrimSpace(cells[n-1]) == "" {
		n--
	}
	return cells[:n]
}
