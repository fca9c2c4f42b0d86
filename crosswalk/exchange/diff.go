package exchange

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"concord/crosswalk"
)

// A ChangeKind says what changed between two crosswalks.
type ChangeKind string

const (
	Added                ChangeKind = "added"
	Removed              ChangeKind = "removed"
	RelationChanged      ChangeKind = "relation"
	DirectionFlipped     ChangeKind = "direction" // subset of became superset of, or the reverse
	StrengthMoved        ChangeKind = "strength"
	RationaleTypeChanged ChangeKind = "rationale type"
	TextChanged          ChangeKind = "text" // of an element of the pair
)

// ChangeKinds lists the kinds in the order in which they are reported.
func ChangeKinds() []ChangeKind {
	return []ChangeKind{Added, Removed, RelationChanged, DirectionFlipped, StrengthMoved, RationaleTypeChanged, TextChanged}
}

// A Change is one difference between two crosswalks.
type Change struct {
	Kind          ChangeKind              `json:"change"`
	Source        string                  `json:"source"`
	Target        string                  `json:"target"`
	RationaleType crosswalk.RationaleType `json:"rationale_type,omitempty"` // of the newer row; of the older one if that was removed
	Was           string                  `json:"was,omitempty"`            // relation, strength or rationale type, or the side whose text changed
	Is            string                  `json:"is,omitempty"`
}

// Diff returns what changed from one crosswalk to another, by source, target
// and kind. Rows of one pair are held together by their rationale type; of those
// left over, the first is held against the first. What only one of the files
// states (a strength, a text) has changed only if it is a relation or a
// strength; a text or rationale type that a file does not have is not known.
func Diff(older, newer *Crosswalk) []Change {
	var out []Change
	for _, p := range pairsOf(older, newer) {
		out = append(out, changes(p)...)
	}
	kinds := ChangeKinds()
	slices.SortStableFunc(out, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Target, b.Target), cmp.Compare(a.RationaleType, b.RationaleType),
			slices.Index(kinds, a.Kind)-slices.Index(kinds, b.Kind))
	})
	return out
}

// A pairing is one row in both files; nil where a file has none.
type pairing struct{ was, is *Row }

func pairsOf(older, newer *Crosswalk) []pairing {
	left := map[[2]string][]*Row{}
	for i := range newer.Rows {
		r := &newer.Rows[i]
		left[pairOf(*r)] = append(left[pairOf(*r)], r)
	}
	take := func(r *Row, fits func(*Row) bool) *Row {
		rows := left[pairOf(*r)]
		i := slices.IndexFunc(rows, fits)
		if i < 0 {
			return nil
		}
		found := rows[i]
		left[pairOf(*r)] = slices.Delete(slices.Clone(rows), i, i+1)
		return found
	}
	out := make([]pairing, 0, len(older.Rows))
	for i := range older.Rows {
		r := &older.Rows[i]
		out = append(out, pairing{r, take(r, func(x *Row) bool { return x.RationaleType == r.RationaleType })})
	}
	for i := range out {
		if out[i].is == nil {
			out[i].is = take(out[i].was, func(*Row) bool { return true })
		}
	}
	for i := range newer.Rows {
		if r := &newer.Rows[i]; slices.Contains(left[pairOf(*r)], r) {
			out = append(out, pairing{is: r})
		}
	}
	return out
}

func pairOf(r Row) [2]string { return [2]string{r.Source, r.Target} }

func changes(p pairing) []Change {
	switch {
	case p.is == nil:
		return []Change{{Removed, p.was.Source, p.was.Target, p.was.RationaleType, string(p.was.Relation), ""}}
	case p.was == nil:
		return []Change{{Added, p.is.Source, p.is.Target, p.is.RationaleType, "", string(p.is.Relation)}}
	}
	var out []Change
	add := func(k ChangeKind, was, is string) {
		out = append(out, Change{k, p.is.Source, p.is.Target, p.is.RationaleType, was, is})
	}
	if was, is := p.was.Relation, p.is.Relation; was != is {
		kind := RelationChanged
		if was.Inverse() == is {
			kind = DirectionFlipped
		}
		add(kind, string(was), string(is))
	}
	if was, is := number(p.was.Strength), number(p.is.Strength); was != is {
		add(StrengthMoved, was, is)
	}
	if was, is := p.was.RationaleType, p.is.RationaleType; was != is && was != "" && is != "" {
		add(RationaleTypeChanged, string(was), string(is))
	}
	for _, side := range []struct {
		name       crosswalk.Side
		hash, text [2]string
	}{
		{crosswalk.SourceSide, [2]string{p.was.SourceSHA256, p.is.SourceSHA256}, [2]string{p.was.SourceText, p.is.SourceText}},
		{crosswalk.TargetSide, [2]string{p.was.TargetSHA256, p.is.TargetSHA256}, [2]string{p.was.TargetText, p.is.TargetText}},
	} {
		if other(side.hash) || !both(side.hash) && other(side.text) {
			add(TextChanged, string(side.name), string(side.name))
		}
	}
	return out
}

func both(x [2]string) bool  { return x[0] != "" && x[1] != "" }
func other(x [2]string) bool { return both(x) && x[0] != x[1] }

func number(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

// Aligned returns c read in the direction of another crosswalk: inverted if its
// source is the other's target. It is an error if the two name other frameworks,
// or other editions of them; what a file does not name is taken to fit.
func (c *Crosswalk) Aligned(with *Crosswalk) (*Crosswalk, error) {
	fits := func(a, b Framework) bool {
		return (a.Name == b.Name || a.Name == "" || b.Name == "") && (a.Edition == b.Edition || a.Edition == "" || b.Edition == "")
	}
	switch {
	case fits(c.Source, with.Source) && fits(c.Target, with.Target):
		return c, nil
	case fits(c.Source, with.Target) && fits(c.Target, with.Source):
		return c.Inverted(), nil
	}
	return nil, fmt.Errorf("one is from %s to %s, the other from %s to %s", with.Source.Spec(), with.Target.Spec(), c.Source.Spec(), c.Target.Spec())
}
