// Package lint finds what is doubtful in a crosswalk: rows that contradict each
// other, ids that do not exist, claims that are stronger than they look to have
// been earned.
//
// The rules are those of NIST IR 8477 and of the OLIR templates, and limits that
// makers of crosswalks use in the field. A finding is a reason to look, not a
// proof.
package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/exchange"
)

// A Severity says how sure it is that something is wrong.
type Severity string

const (
	Error   Severity = "error"   // the crosswalk cannot be right as it is
	Warning Severity = "warning" // it is likely to be wrong, or to mislead
	Info    Severity = "info"    // it is worth a look
)

// A Finding is one doubt.
type Finding struct {
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	Row      int      `json:"row,omitempty"` // from 1; 0 for the crosswalk as a whole
	Message  string   `json:"message"`
	// Pairs are what it is about: that of Row, then the others, those that it is
	// held against last. A gap is a pair with one id and no row. There is none
	// if it is about the whole.
	Pairs []Pair `json:"pairs,omitempty"`
}

// A Pair is a row that a finding is about.
type Pair struct {
	Row      int    `json:"row,omitempty"` // from 1
	Source   string `json:"source,omitempty"`
	Target   string `json:"target,omitempty"`
	Proposal string `json:"proposal,omitempty"` // id, if the row has one
}

// A Code is a kind of finding.
type Code struct {
	Name     string
	Severity Severity
	Meaning  string // one line
}

// Names of codes.
const (
	StaleEdition        = "stale-edition"
	StaleDigest         = "stale-digest"
	StaleText           = "stale-text"
	SwappedColumns      = "swapped-columns"
	UnknownID           = "unknown-id"
	WithdrawnID         = "withdrawn-id"
	DuplicatePair       = "duplicate-pair"
	DirectionFlip       = "direction-flip"
	SubsetCycle         = "subset-cycle"
	MappedGap           = "mapped-gap"
	EqualTwice          = "equal-twice"
	EqualMany           = "equal-many"
	ParentAlone         = "parent-alone"
	BetterSibling       = "better-sibling"
	StrengthRelation    = "strength-relation"
	MostlyEqual         = "mostly-equal"
	NoContainment       = "no-containment"
	NoRationaleType     = "no-rationale-type"
	OneRationaleType    = "one-rationale-type"
	RepeatedRationale   = "repeated-rationale"
	RationaleWithoutIDs = "rationale-without-ids"
	EditionFlip         = "edition-flip"
	EditionDenial       = "edition-denial"
)

// Codes lists the codes in the order in which findings are reported.
func Codes() []Code {
	return []Code{
		{StaleEdition, Warning, "the crosswalk is of another edition than the framework it is held against"},
		{StaleDigest, Warning, "the framework is of the same edition, and its texts are others"},
		{StaleText, Warning, "the text of an element is not the one that was judged"},
		{SwappedColumns, Error, "most ids of the source are those of the target framework, and the other way round"},
		{UnknownID, Error, "the framework has no element of this id"},
		{WithdrawnID, Error, "the publisher withdrew the element"},
		{DuplicatePair, Error, "the same pair stands twice with one rationale type"},
		{DirectionFlip, Error, "the same pair is a subset in one row and a superset in another"},
		{SubsetCycle, Error, "by way of others, an element would hold more than itself"},
		{MappedGap, Error, "an element is listed as a gap, and is mapped"},
		{EqualTwice, Warning, "an element is equal to two different ones"},
		{EqualMany, Warning, "three or more sources are equal to one target"},
		{ParentAlone, Info, "a target holds all of a source that has parts, and none of these is mapped, though elements of their kind are"},
		{BetterSibling, Info, "a sibling of the target, or its control or enhancement, is more probable by 0.2 or more, and not mapped"},
		{StrengthRelation, Warning, "the strength does not go with the relation"},
		{MostlyEqual, Warning, "more than half of the related pairs are equal"},
		{NoContainment, Info, "no pair is a subset or a superset"},
		{NoRationaleType, Warning, "a relation has no rationale type, which IR 8477 asks for"},
		{OneRationaleType, Info, "one rationale type makes up 95 % or more"},
		{RepeatedRationale, Warning, "three or more related pairs have the same rationale but for ids and titles"},
		{RationaleWithoutIDs, Info, "a rationale names neither of its elements"},
		{EditionFlip, Warning, "a pair is a subset in the crosswalk of one edition and a superset in that of another"},
		{EditionDenial, Warning, "one edition's crosswalk says that a side of a pair holds all of the other, another's that they are not related"},
	}
}

// enough is the number of rows below which shares say nothing.
const enough = 10

// Check returns what it finds, in the order of [Codes] and of the rows. With a
// framework, which may be nil, it looks at the ids, edition and texts of that
// side too; some codes are found only with it. The codes of [Editions] are not
// looked for. The crosswalk need not pass [exchange.Crosswalk.Check].
func Check(c *exchange.Crosswalk, source, target *corpus.Framework) []Finding {
	k := newChecker(c)
	k.frameworks(source, target)
	k.pairs()
	k.equals()
	k.gaps()
	k.circles()
	k.parents(source)
	k.siblings(target)
	k.strengths()
	k.shares()
	k.rationales()
	return k.sorted()
}

// A checker gathers findings.
type checker struct {
	c     *exchange.Crosswalk
	codes map[string]place
	found []Finding
}

// A place is where a code stands in the list.
type place struct {
	index    int
	severity Severity
}

func newChecker(c *exchange.Crosswalk) *checker {
	k := &checker{c: c, codes: map[string]place{}}
	for i, code := range Codes() {
		k.codes[code.Name] = place{i, code.Severity}
	}
	return k
}

// report adds a finding about the row of an index, or about the whole if the
// index is below 0. It returns it, for what else it is about.
func (k *checker) report(code string, index int, format string, args ...any) *Finding {
	f := Finding{Code: code, Severity: k.codes[code].severity, Row: index + 1, Message: fmt.Sprintf(format, args...)}
	if index >= 0 {
		f.Pairs = k.pairsOf([]int{index})
	}
	k.found = append(k.found, f)
	return &k.found[len(k.found)-1]
}

// reportAll adds a finding about the row of the first index that is held against
// the others.
func (k *checker) reportAll(code string, indices []int, format string, args ...any) {
	k.report(code, indices[0], format, args...).Pairs = k.pairsOf(indices)
}

func (k *checker) pairsOf(indices []int) []Pair {
	var out []Pair
	for _, i := range indices {
		r := k.c.Rows[i]
		out = append(out, Pair{i + 1, r.Source, r.Target, r.Proposal})
	}
	return out
}

// sorted returns the findings by code, then row.
func (k *checker) sorted() []Finding {
	slices.SortStableFunc(k.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(k.codes[a.Code].index, k.codes[b.Code].index), cmp.Compare(a.Row, b.Row))
	})
	return k.found
}

// whole is the index of no row.
const whole = -1

// related reports whether a row claims a relation.
func related(r exchange.Row) bool {
	return r.Relation != "" && r.Relation != crosswalk.NoRelationship && r.State != exchange.Rejected
}

// rowList names rows by their indices: "rows 1, 2 and 5"; of many only some.
func rowList(indices []int) string {
	names := make([]string, len(indices))
	for i, at := range indices {
		names[i] = fmt.Sprint(at + 1)
	}
	if len(names) == 1 {
		return "row " + names[0]
	}
	return "rows " + list(names)
}

// list names things: "a, b and c"; of many only some.
func list(names []string) string {
	const most = 5
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
