// Package leak finds test texts that something learned from has seen.
//
// A crosswalk that was taught the mapping of an element, or is shown it as a
// precedent, is no longer tested by that element; nor by one that says the same
// under another id. Editions repeat each other, profiles repeat the framework
// that they profile, and so ids do not tell: the words do.
//
// # Measure
//
// How much of two texts is the same is measured by their resemblance and the
// containment of one in the other, see [shingle].
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

	"concord/embed/shingle"
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
	o := shingle.NewIndex([]string{b}).Overlaps(a)[0]
	return o.Resemblance, o.Contained
}

// Check returns, for every test element and body, the nearest text of the body
// if it is a duplicate or a sibling: in order of the test elements, then of the
// bodies. Duplicates are nearer than siblings; among texts that are as near
// the one of the same id comes first, then the first by id.
func Check(test []Text, bodies []Body) []Finding {
	place := map[string]int{}
	for _, t := range test {
		if _, there := place[t.ID]; !there {
			place[t.ID] = len(place)
		}
	}
	nearest := make([][]Finding, len(place)) // by element, then by body
	for _, b := range bodies {
		index := newIndex(b)
		found := make([]Finding, len(place))
		for _, t := range test {
			at := place[t.ID]
			if f, ok := index.nearest(t); ok && (found[at].Kind == "" || compare(f, found[at]) < 0) {
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

// An index finds what a body shares with a text.
type index struct {
	body   Body
	shared *shingle.Index
}

func newIndex(b Body) index {
	texts := make([]string, len(b.Texts))
	for i, t := range b.Texts {
		texts[i] = t.Text
	}
	return index{b, shingle.NewIndex(texts)}
}

// nearest returns the finding on a test text, and whether there is one.
func (x index) nearest(t Text) (best Finding, ok bool) {
	for i, o := range x.shared.Overlaps(t.Text) {
		if o.Shared == 0 {
			continue
		}
		f := Finding{Test: t.ID, Body: x.body.Name, Labelled: x.body.Labelled, ID: x.body.Texts[i].ID,
			Similarity: o.Resemblance, Contained: o.Contained}
		f.Kind = f.kind(o.Shared)
		if f.Kind != "" && (!ok || compare(f, best) < 0) {
			best, ok = f, true
		}
	}
	return best, ok
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
