// Package leak finds test texts that something learned from has seen.
//
// A crosswalk that was taught the mapping of an element, or is shown it as a
// precedent, is no longer tested by that element; nor by one that says the same
// under another id. Editions repeat each other, profiles repeat the framework
// that they profile, and so ids do not tell: the words do.
//
// # Measure
//
// A text is the set of its shingles: every index term (see [embed.Analyzer]:
// stems in lower case, without stop words and parameter placeholders) and every
// two that follow one another. The resemblance of two texts is what their sets
// share, divided by what they have together, and the containment of one in
// another is the share of its set that the other has too, both 0 to 1: Broder,
// "On the resemblance and containment of documents", SEQUENCES 1997. Terms
// stand beside pairs of terms since most statements have ten terms or fewer,
// and one that is changed would take half of the pairs along.
//
// # Thresholds
//
// Each element's most similar one in another framework, measured on the
// official texts (title and statement), unless "built-in" says on ours:
//
//	                                elements  median  highest  duplicates  siblings
//	SP 800-53 5.0.1 in 5.2.0            1007    1.00     1.00        1007         0
//	Cyber AI Profile in CSF 2.0          106    1.00     1.00         106         0
//	  built-in                           106    1.00     1.00         106         0
//	SP 800-171 r3 in SP 800-53 5.2.0      97    0.41     1.00          18        50
//	  built-in                            97    0.32     0.76           2        55
//	CSF 1.1 in CSF 2.0                   106    0.14     1.00           1        21
//	  built-in                           108    0.12     1.00           1        11
//	CSF 2.0 in SP 800-53 5.2.0           106    0.11     0.25           0         0
//	  built-in                           106    0.09     0.30           0         1
//	SSDF 1.1 in CSF 2.0                   42    0.08     0.22           0         0
//	  built-in                            42    0.07     0.22           0         0
//	AI 600-1 in AI RMF, built-in         211    0.09     0.23           0         0
//	ISO 27001 in SP 800-53, built-in      93    0.08     0.17           0         0
//	AI Exchange in ATLAS, built-in        91    0.06     0.16           0         0
//
// Two editions of one control are never less alike than 0.91. What two
// frameworks say of one matter in words of their own is alike up to 0.25 (once,
// built-in, 0.30: PR.DS-01 and SC-28 on data at rest). Between these lie texts
// made from one another. One term changed in a sentence of eight leaves 0.67:
// from 0.65 on texts are duplicates, as AU-5, IR-2 and SA-22 of SP 800-53 are of
// the requirements of SP 800-171 tailored from them. From 0.30 on they are
// reworded: siblings. A text of which 0.90 stands in a longer one, such as a
// prompt that quotes it, is a duplicate too, however long the other is; the most
// that a CSF 2.0 outcome has of itself in any SP 800-53 control is 0.67.
//
// A few words say nothing: "Media Access" is a title of many documents. So a
// sibling must share 5 shingles (three terms in a row), a duplicate 7 (four),
// a quotation 15 (eight). Below that only the id can tell: "Incidents are
// contained" is a duplicate if both have it under one id.
//
// What this does not find: a text that was translated or reworded throughout,
// and texts in scripts that put no spaces between words.
package leak

import (
	"cmp"
	"slices"
	"strings"

	"concord/embed"
)

// Thresholds; the package comment says where they come from.
const (
	DuplicateFrom = 0.65 // least resemblance of a duplicate
	QuotedFrom    = 0.90 // least containment of a test text in one that quotes it
	SiblingFrom   = 0.30 // least resemblance of a sibling

	duplicateShares = 7
	quotedShares    = 15
	siblingShares   = 5
)

// A Text is what an element says. An element may have several texts: they
// carry its id each.
type Text struct{ ID, Text string }

// A Body is a body of text that a system learned from or is shown.
type Body struct {
	Name string
	// Labelled says that the system has also learned where these texts lead in
	// the target framework of the test. Without that it knows words, and no
	// answers.
	Labelled bool
	Texts    []Text
}

// Kind says how near two texts are.
type Kind string

const (
	Duplicate Kind = "duplicate" // the same text or nearly so, whatever its id
	Sibling   Kind = "sibling"   // similar, and clearly reworded
)

// A Finding is a test element and the text of a body that is nearest to it.
type Finding struct {
	Test     string // id of the test element
	Body     string // name of the body
	Labelled bool   // whether the body has answers
	ID       string // of the nearest text in the body
	Kind     Kind

	Similarity float64 // resemblance of the two, 0 to 1
	Contained  float64 // containment of the test text in the other, 0 to 1
}

// Similarity returns the resemblance of two texts and the containment of the
// first in the second, both 0 to 1. Resemblance is symmetric. Both are 0 if a
// text has no index term.
func Similarity(a, b string) (resemblance, contained float64) {
	s := newShingler()
	x, y := s.shingles(a), s.shingles(b)
	has := make(map[uint64]bool, len(y))
	for _, g := range y {
		has[g] = true
	}
	shared := 0
	for _, g := range x {
		if has[g] {
			shared++
		}
	}
	return measure(shared, len(x), len(y))
}

// Check returns, for every test element and body, the nearest text of the body
// if it is a duplicate or a sibling: in order of the test elements, then of the
// bodies. Duplicates are nearer than siblings; among texts that are as near
// the one of the same id comes first, then the first by id.
func Check(test []Text, bodies []Body) []Finding {
	s := newShingler()
	place := map[string]int{}
	for _, t := range test {
		if _, there := place[t.ID]; !there {
			place[t.ID] = len(place)
		}
	}
	nearest := make([][]Finding, len(place)) // by element, then by body
	for _, b := range bodies {
		index := newIndex(s, b)
		found := make([]Finding, len(place))
		for _, t := range test {
			at := place[t.ID]
			if f, ok := index.nearest(s, t); ok && (found[at].Kind == "" || compare(f, found[at]) < 0) {
				found[at] = f
			}
		}
		for at, f := range found {
			if f.Kind != "" {
				nearest[at] = append(nearest[at], f)
			}
		}
	}
	return slices.Concat(nearest...)
}

// compare puts the nearer of two findings on one test element and one body
// first.
func compare(a, b Finding) int {
	return cmp.Or(
		strings.Compare(string(a.Kind), string(b.Kind)), // "duplicate" before "sibling"
		cmp.Compare(b.strength(), a.strength()),
		cmp.Compare(b.Similarity, a.Similarity),
		cmp.Compare(differs(a), differs(b)),
		strings.Compare(a.ID, b.ID))
}

// strength is what made a finding one: how alike the two are, or how much of a
// duplicate stands in a longer text.
func (f Finding) strength() float64 {
	if f.Kind == Duplicate {
		return max(f.Similarity, f.Contained)
	}
	return f.Similarity
}

func differs(f Finding) int {
	if f.sameID() {
		return 0
	}
	return 1
}

// sameID reports whether both texts are those of one id, or one is that of its
// focus-area cell.
func (f Finding) sameID() bool { return whole(f.Test) == whole(f.ID) }

func whole(id string) string {
	if i := strings.IndexByte(id, '#'); i > 0 {
		return id[:i]
	}
	return id
}

// An index knows which texts of a body have a shingle.
type index struct {
	body     Body
	sizes    []int            // shingles of each text
	postings map[uint64][]int // by shingle, positions of texts
}

func newIndex(s *shingler, b Body) *index {
	x := &index{body: b, sizes: make([]int, len(b.Texts)), postings: map[uint64][]int{}}
	for i, t := range b.Texts {
		grams := s.shingles(t.Text)
		x.sizes[i] = len(grams)
		for _, g := range grams {
			x.postings[g] = append(x.postings[g], i)
		}
	}
	return x
}

// nearest returns the finding on a test text, and whether there is one.
func (x *index) nearest(s *shingler, t Text) (best Finding, ok bool) {
	grams := s.shingles(t.Text)
	for i, n := range x.shared(grams) {
		if n == 0 {
			continue
		}
		f := Finding{Test: t.ID, Body: x.body.Name, Labelled: x.body.Labelled, ID: x.body.Texts[i].ID}
		f.Similarity, f.Contained = measure(n, len(grams), x.sizes[i])
		f.Kind = f.kind(n)
		if f.Kind != "" && (!ok || compare(f, best) < 0) {
			best, ok = f, true
		}
	}
	return best, ok
}

// shared returns how many of these shingles each text has.
func (x *index) shared(grams []uint64) []int {
	n := make([]int, len(x.sizes))
	for _, g := range grams {
		for _, i := range x.postings[g] {
			n[i]++
		}
	}
	return n
}

// kind says what two texts are that share so many shingles, or "" for neither.
func (f Finding) kind(shared int) Kind {
	switch {
	case f.Similarity >= DuplicateFrom && (shared >= duplicateShares || f.sameID()),
		f.Contained >= QuotedFrom && shared >= quotedShares:
		return Duplicate
	case f.Similarity >= SiblingFrom && shared >= siblingShares:
		return Sibling
	}
	return ""
}

func measure(shared, a, b int) (resemblance, contained float64) {
	if shared == 0 {
		return 0, 0
	}
	return float64(shared) / float64(a+b-shared), float64(shared) / float64(a)
}

// A shingler numbers the terms it meets, so that a shingle is a number.
type shingler struct {
	analyzer embed.Analyzer
	numbers  map[string]uint64
}

func newShingler() *shingler { return &shingler{numbers: map[string]uint64{}} }

// shingles returns the distinct terms of a text and the distinct pairs of terms
// that follow one another, in order of first use.
func (s *shingler) shingles(text string) []uint64 {
	var out []uint64
	seen := map[uint64]bool{}
	add := func(g uint64) {
		if !seen[g] {
			seen[g] = true
			out = append(out, g)
		}
	}
	var before uint64
	for _, term := range s.analyzer.Terms(text) {
		n, known := s.numbers[term]
		if !known {
			n = uint64(len(s.numbers) + 1)
			s.numbers[term] = n
		}
		add(n)
		if before > 0 {
			add(before<<32 | n)
		}
		before = n
	}
	return out
}
