package gold

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"concord/internal/cell"
)

// Tier is what labels of people are called, beside those of machines.
const Tier = "gold"

// Splits lists what labels may be set apart for: to learn and tune by, or to
// measure with alone.
func Splits() []string { return []string{"dev", "test"} }

// Columns lists the columns of [Set.TSV]. The first ones are those that an
// evaluation reads.
func Columns() []string {
	return []string{"source_id", "target_id", "relationship", "rationale_type", "strength", "gap",
		"slice", "tier", "entered", "decided", "reviewed_by", "reviewers", "source_sha256", "target_sha256"}
}

// TSV returns the set as a table with tabs: lines "# key: value" that say how it
// came about, a header, and a label a line. In the column gap, "judged" says
// that nothing maps to the source; there is no target then. The split may be
// empty. It is the form that [concord/crosswalk/mapping.Read] reads. It is
// an error if a cell holds a tab or a line break.
func (s Set) TSV(split string) ([]byte, error) {
	var b bytes.Buffer
	note := func(key, value string) { fmt.Fprintf(&b, "# %s: %s\n", key, value) }
	note("source", s.Source)
	note("target", s.Target)
	note("maker", "reviewers of run "+s.Run)
	note("tier", Tier)
	note("comprehensive", "no")
	note("date", s.Date.UTC().Format(time.DateOnly))
	note("run", s.Run)
	note("reviewers", strings.Join(s.Reviewers, "; "))
	if split != "" {
		note("split", split)
	}
	note("rows", strconv.Itoa(len(s.Rows)))
	note("decided_by_two_or_more", strconv.Itoa(s.Twice))
	if s.Twice > 0 {
		note("raw_agreement", strconv.FormatFloat(float64(s.Same)/float64(s.Twice), 'f', 3, 64))
	}
	fmt.Fprintln(&b, strings.Join(Columns(), "\t"))
	for _, r := range s.Rows {
		cells := r.cells()
		for i, c := range cells {
			if strings.ContainsAny(c, "\t\r\n") {
				return nil, fmt.Errorf("label of %q to %q: %s %q holds a tab or a line break", r.Source, r.Target, Columns()[i], c)
			}
		}
		fmt.Fprintln(&b, strings.Join(cells, "\t"))
	}
	return b.Bytes(), nil
}

// cells returns a row in the order of Columns.
func (r Row) cells() []string {
	strength, gap, entered := "", "", "no"
	if r.Strength != nil {
		strength = strconv.Itoa(*r.Strength)
	}
	if r.Slice == Gap {
		gap = "judged"
	}
	if r.Entered {
		entered = "yes"
	}
	return []string{r.Source, r.Target, string(r.Relation), string(r.RationaleType), strength, gap,
		string(r.Slice), Tier, entered, r.Decided.UTC().Format(time.RFC3339), strconv.Itoa(len(r.Reviewers)),
		cell.Disarm(strings.Join(r.Reviewers, "; ")), r.SourceSHA256, r.TargetSHA256}
}
