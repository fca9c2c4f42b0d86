package leak

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"concord/corpus"
)

// ErrLeak is wrapped by the errors of [Verdict].
var ErrLeak = errors.New("test texts leak")

// A Policy says what becomes of siblings in a body with answers; the zero
// Policy is Report.
type Policy string

const (
	Report Policy = "report" // they are mentioned
	Refuse Policy = "refuse" // they fail the run, as duplicates do
)

// worst is how many findings a message names.
const worst = 3

// Verdict says what findings on so many test elements mean: an error that wraps
// [ErrLeak] if there are duplicates in bodies with answers, or siblings there
// under [Refuse], and a line for each thing that is only worth knowing:
// siblings, and texts that were seen without answers.
func Verdict(findings []Finding, tested int, siblings Policy) (notes []string, err error) {
	var leaks, alike, seen []Finding
	for _, f := range findings {
		switch {
		case f.Labelled && (f.Kind == Duplicate || siblings == Refuse):
			leaks = append(leaks, f)
		case f.Labelled:
			alike = append(alike, f)
		case f.Kind == Duplicate:
			seen = append(seen, f)
		}
	}
	if len(alike) > 0 {
		notes = append(notes, fmt.Sprintf("%s like one whose answers were learned, in other words: %s", count(alike, tested, "reads", "read"), list(alike)))
	}
	if len(seen) > 0 {
		notes = append(notes, fmt.Sprintf("%s in %s without answers, which is no leak of labels", count(seen, tested, "stands", "stand"), bodies(seen)))
	}
	if len(leaks) > 0 {
		err = fmt.Errorf("%w: the answers to %s were learned: %s: all in %s",
			ErrLeak, count(leaks, tested, "", ""), list(leaks), bodies(leaks))
	}
	return notes, err
}

// count says how many of the elements under test findings are about.
func count(findings []Finding, tested int, singular, plural string) string {
	distinct := map[string]bool{}
	for _, f := range findings {
		distinct[f.Test] = true
	}
	verb := plural
	if len(distinct) == 1 {
		verb = singular
	}
	return strings.TrimSpace(fmt.Sprintf("%d of %d test texts %s", len(distinct), tested, verb))
}

// list names the worst findings, nearest first.
func list(findings []Finding) string {
	sorted := slices.Clone(findings)
	slices.SortStableFunc(sorted, func(a, b Finding) int {
		return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), cmp.Compare(b.strength(), a.strength()))
	})
	var said []string
	for _, f := range sorted[:min(worst, len(sorted))] {
		how := fmt.Sprintf("%s, similarity %.2f", f.Kind, f.Similarity)
		if f.Kind == Duplicate && f.Similarity < DuplicateFrom {
			how = fmt.Sprintf("%s, %.0f %% of it quoted", f.Kind, 100*f.Contained)
		}
		said = append(said, fmt.Sprintf("%s as %s in %s (%s)", printable(f.Test), printable(f.ID), printable(f.Body), how))
	}
	if more := len(sorted) - worst; more > 0 {
		said = append(said, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(said, ", ")
}

// bodies names the bodies of findings, in order of first mention.
func bodies(findings []Finding) string {
	var names []string
	for _, f := range findings {
		if !slices.Contains(names, f.Body) {
			names = append(names, f.Body)
		}
	}
	for i := range names {
		names[i] = printable(names[i])
	}
	return strings.Join(names, ", ")
}

// printable takes out what would move a cursor: names come from files.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if corpus.Unprintable(r) {
			return -1
		}
		return r
	}, s)
}
