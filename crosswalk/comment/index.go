package comment

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"concord/corpus"
	"concord/crosswalk"
)

// A reference is something that was named, with what it was found to be.
type reference struct {
	text     string
	rows     []Row
	elements []Element
	why      string // what is wrong with it; rows and elements may be found all the same
	unknown  string // the id that there is none of
}

func (r reference) found() bool { return len(r.rows)+len(r.elements) > 0 }

// An index finds the rows and elements of a pack by what people write.
type index struct {
	pack     *Pack
	rows     map[string]Row       // by key
	elements map[string][]Element // by key, both sides
}

func newIndex(p *Pack) *index {
	x := &index{pack: p, rows: map[string]Row{}, elements: map[string][]Element{}}
	for _, r := range p.Rows {
		x.rows[rowKey(r.ID)] = r
	}
	for _, e := range p.Elements {
		for _, k := range slices.Compact([]string{exactKey(e.ID), looseKey(e.ID)}) {
			x.elements[k] = append(x.elements[k], e)
		}
	}
	return x
}

// row finds a row by its id. One of another pack of the same rows may be longer
// or shorter.
func (x *index) row(text string) (Row, bool) {
	key := rowKey(text)
	if r, ok := x.rows[key]; ok || !oneCode.MatchString(squeeze(text)) || strings.ContainsFunc(strings.TrimSpace(text), unicode.IsSpace) {
		return r, ok
	}
	var found []Row
	for own, r := range x.rows { // in any order: one that is not alone counts for nothing
		if strings.HasPrefix(own, key) || strings.HasPrefix(key, own) {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		return Row{}, false
	}
	return found[0], true
}

// oneCode matches a text that can be the id of one row.
var oneCode = regexp.MustCompile(`(?i)^R-?[0-9A-Z]{6,26}$`)

// rowKey reads the id of a row in any spelling: without its letter in front, with
// blanks or other dashes, with an O for a zero.
func rowKey(s string) string {
	s = squeeze(strings.ToUpper(s))
	for _, front := range []string{"ROW", "ID", ":", "-", "R-", "R"} {
		if rest := strings.TrimPrefix(s, front); len(rest) >= 6 {
			s = rest
		}
	}
	return strings.NewReplacer("O", "0", "I", "1", "L", "1", "-", "").Replace(s)
}

// exactKey takes no notice of case, blanks and kinds of dashes.
func exactKey(id string) string { return squeeze(strings.ToLower(id)) }

// looseKey takes no notice of zeros in front of numbers either.
func looseKey(id string) string { return "~" + zeros.ReplaceAllString(exactKey(id), "$1$2") }

var zeros = regexp.MustCompile(`(^|\D)0+(\d)`)

// squeeze takes out blanks and what nobody sees, and makes all dashes one.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Pd, r), r == '−', r == '_':
			return '-'
		case unicode.IsSpace(r), unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
}

var (
	between  = regexp.MustCompile(`\s*(?:<?[-=–—−]+>|[→↔⇒⟶⇔]|\s(?:to|TO|To|[-–—−])\s)\s*`)
	number   = regexp.MustCompile(`^(?i:rows?|no\.?|nr\.?|#)*\s*#?\s*(\d{1,6})$`)
	numbers  = regexp.MustCompile(`^(?i:rows?|no\.?|nr\.?|#)*\s*(\d{1,6})\s*(?:-|–|—|\sto\s)\s*(\d{1,6})$`)
	separate = []*regexp.Regexp{
		regexp.MustCompile(`[,;\r\n|]+`),
		regexp.MustCompile(`(?i)\s+and\s+|\s*[&+/]\s*`),
		regexp.MustCompile(`\s+`),
	}
)

const (
	maxReferences = 200  // that one cell may make
	maxReference  = 4000 // bytes of one cell that are looked through
)

// references reads a cell. What is not known as a whole is taken apart, as far
// as something is known then.
func (x *index) references(text string, numbered bool) []reference {
	text = strings.TrimSpace(text)
	if len(text) > maxReference {
		return []reference{{text: text, why: fmt.Sprintf("is longer than %d characters: no row is called so", maxReference)}}
	}
	out := x.apart(text, numbered, 0)
	if len(out) > maxReferences {
		out = append(out[:maxReferences:maxReferences], reference{text: clip(text), why: fmt.Sprintf("names more than %d rows: split the comment", maxReferences)})
	}
	return out
}

func (x *index) apart(text string, numbered bool, level int) []reference {
	if text == "" {
		return nil
	}
	whole := x.reference(text, numbered)
	if whole.found() || level == len(separate) {
		return []reference{whole}
	}
	parts := slices.DeleteFunc(separate[level].Split(text, -1), func(s string) bool { return strings.TrimSpace(s) == "" })
	if len(parts) < 2 {
		return x.apart(strings.TrimSpace(strings.Join(parts, " ")), numbered, level+1)
	}
	var out []reference
	for _, p := range parts {
		out = append(out, x.apart(strings.TrimSpace(p), numbered, level+1)...)
	}
	if level > 0 && !slices.ContainsFunc(out, reference.found) {
		return []reference{whole} // words that are no ids are one thing nobody knows
	}
	return out
}

// reference finds what a text names as a whole.
func (x *index) reference(text string, numbered bool) reference {
	r := reference{text: text}
	if row, ok := x.row(text); ok {
		r.rows = []Row{row}
		return r
	}
	if r.elements = x.element(text); len(r.elements) > 0 {
		return r
	}
	if m := number.FindStringSubmatch(text); m != nil {
		return x.numbered(r, m[1], m[1], numbered)
	}
	if m := numbers.FindStringSubmatch(text); m != nil {
		return x.numbered(r, m[1], m[2], numbered)
	}
	if sides := between.Split(text, -1); len(sides) == 2 {
		return x.pair(r, sides[0], sides[1])
	}
	r.why, r.unknown = "there is no such row or element", text
	return r
}

// numbered finds rows by their numbers.
func (x *index) numbered(r reference, from, to string, numbered bool) reference {
	a, _ := strconv.Atoi(from)
	b, _ := strconv.Atoi(to)
	switch {
	case !numbered:
		r.why = "a number says nothing where it is not known for which pack of rows: name the id of the row"
	case b < a:
		r.why = "the first number is above the last: write the lower one first"
	case a >= 1 && b <= len(x.pack.Rows) && b-a >= maxReferences:
		r.why = fmt.Sprintf("a comment names at most %d rows: leave the row empty if it is on the whole", maxReferences)
	case a < 1 || b > len(x.pack.Rows):
		r.why = fmt.Sprintf("the rows are numbered from 1 to %d", len(x.pack.Rows))
	default:
		r.rows = slices.Clone(x.pack.Rows[a-1 : b])
	}
	return r
}

// pair finds the rows between the elements of two sides, in either order, and
// else what is known of them. A side may name several.
func (x *index) pair(r reference, from, to string) reference {
	var all []Element
	for _, side := range []string{from, to} {
		known := x.element(side)
		if len(known) > 0 {
			all = append(all, known...)
			continue
		}
		for _, one := range separate[0].Split(separate[1].ReplaceAllString(side, ","), -1) {
			if known := x.element(one); len(known) > 0 {
				all = append(all, known...)
			} else if strings.TrimSpace(one) != "" || one == side {
				r.why, r.unknown = fmt.Sprintf("there is no element %q", clip(one)), one
			}
		}
	}
	r.rows = x.rowsOf(all)
	for _, e := range all {
		if !slices.ContainsFunc(r.rows, func(row Row) bool {
			return e.ID == row.Source && e.Side == crosswalk.SourceSide || e.ID == row.Target && e.Side == crosswalk.TargetSide
		}) {
			r.elements = append(r.elements, e)
		}
	}
	if r.why == "" && len(r.elements) > 0 {
		r.why = "there is no row between all of these: the comment is kept on the elements"
	}
	return r
}

// element finds elements of either side by their id.
func (x *index) element(text string) []Element {
	for _, k := range []string{exactKey(text), looseKey(text)} {
		if found := x.elements[k]; len(found) > 0 {
			return found
		}
	}
	for _, side := range []struct {
		crosswalk.Side
		name, edition string
	}{{crosswalk.SourceSide, x.pack.Source.Name, x.pack.Source.Edition}, {crosswalk.TargetSide, x.pack.Target.Name, x.pack.Target.Edition}} {
		for _, e := range x.elements[exactKey(corpus.NormalizeID(side.name, side.edition, text))] {
			if e.Side == side.Side {
				return []Element{e}
			}
		}
	}
	return nil
}

// rowsOf returns the rows whose two elements are both among these.
func (x *index) rowsOf(elements []Element) []Row {
	has := func(side crosswalk.Side, id string) bool {
		return slices.ContainsFunc(elements, func(e Element) bool { return e.Side == side && e.ID == id })
	}
	var out []Row
	for _, r := range x.pack.Rows {
		if has(crosswalk.SourceSide, r.Source) && has(crosswalk.TargetSide, r.Target) {
			out = append(out, r)
		}
	}
	return out
}

// touches reports whether a reference is to one of these elements, to a row of
// one, or to a cell of one.
func (x *index) touches(r reference, elements []Element) bool {
	for _, e := range elements {
		of := func(side crosswalk.Side, id string) bool {
			return side == e.Side && (id == e.ID || strings.HasPrefix(id, e.ID+"#") || strings.HasPrefix(id, e.ID+"("))
		}
		if slices.ContainsFunc(r.rows, func(row Row) bool {
			return of(crosswalk.SourceSide, row.Source) || of(crosswalk.TargetSide, row.Target)
		}) || slices.ContainsFunc(r.elements, func(other Element) bool { return of(other.Side, other.ID) }) {
			return true
		}
	}
	return false
}

// near names ids that are spelled almost like a text.
func (x *index) near(text string) string {
	var ids []string
	for _, r := range x.pack.Rows {
		ids = append(ids, r.ID)
	}
	for _, e := range x.pack.Elements {
		ids = append(ids, e.ID)
	}
	slices.Sort(ids)
	return corpus.DidYouMean(text, ids)
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
