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
	StrengthRelation    = "strength-relation"
	MostlyEqual         = "mostly-equal"
	NoContainment       = "no-containment"
	NoRationaleType     = "no-rationale-type"
	OneRationaleType    = "one-rationale-type"
	RepeatedRationale   = "repeated-rationale"
	RationaleWithoutIDs = "rationale-without-ids"
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
		{StrengthRelation, Warning, "the strength does not go with the relation"},
		{MostlyEqual, Warning, "more than half of the related pairs are equal"},
		{NoContainment, Info, "no pair is a subset or a superset"},
		{NoRationaleType, Warning, "a relation has no rationale type, which IR 8477 asks for"},
		{OneRationaleType, Info, "one rationale type makes up 95 % or more"},
		{RepeatedRationale, Warning, "three or more pairs have the same rationale but for ids and titles"},
		{RationaleWithoutIDs, Info, "a rationale names neither of its elements"},
	}
}

// enough is the number of rows below which shares say nothing.
const enough = 10

// Check returns what it finds, in the order of [Codes] and of the rows. With a
// framework, which may be nil, it looks at the ids, edition and texts of that
// side too. The crosswalk need not pass [exchange.Crosswalk.Check].
func Check(c *exchange.Crosswalk, source, target *corpus.Framework) []Finding {
	k := &checker{c: c, severity: map[string]Severity{}}
	place := map[string]int{}
	for i, code := range Codes() {
		k.severity[code.Name], place[code.Name] = code.Severity, i
	}
	k.frameworks(source, target)
	k.pairs()
	k.equals()
	k.gaps()
	k.circles()
	k.strengths()
	k.shares()
	k.rationales()
	slices.SortStableFunc(k.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(place[a.Code], place[b.Code]), cmp.Compare(a.Row, b.Row))
	})
	return k.found
}

// A checker gathers findings.
type checker struct {
	c        *exchange.Crosswalk
	severity map[string]Severity
	found    []Finding
}

// report adds a finding about the row of an index, or about the whole if the
// index is below 0.
func (k *checker) report(code string, index int, format string, args ...any) {
	k.found = append(k.found, Finding{code, k.severity[code], index + 1, fmt.Sprintf(format, args...)})
}

// whole is the index of no row.
const whole = -1

// related reports whether a row claims a relation.
func related(r exchange.Row) bool {
	return r.Relation != "" && r.Relation != crosswalk.NoRelationship && r.State != exchange.Rejected
}

// rowList names rows by their indices: "rows 1, 2 and 5"; of many only some.
func rowList(indices []int) string {
	const most = 5
	var names []string
	for _, i := range indices[:min(len(indices), most)] {
		names = append(names, fmt.Sprint(i+1))
	}
	if more := len(indices) - most; more > 0 {
		return fmt.Sprintf("rows %s and %d more", strings.Join(names, ", "), more)
	}
	if n := len(names); n > 1 {
		return "rows " + strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return "row " + names[0]
}
