package lint

import (
	"strings"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/exchange"
)

// A side is one framework as the crosswalk names it and as it is.
type side struct {
	name      string
	says      exchange.Framework
	framework *corpus.Framework // nil if nobody has it
	id, hash  func(exchange.Row) string
}

func (s side) has(id string) bool {
	_, ok := s.framework.Element(id)
	return ok
}

// frameworks holds both sides against what they name.
func (k *checker) frameworks(source, target *corpus.Framework) {
	from := side{"source", k.c.Source, source, func(r exchange.Row) string { return r.Source }, func(r exchange.Row) string { return r.SourceSHA256 }}
	to := side{"target", k.c.Target, target, func(r exchange.Row) string { return r.Target }, func(r exchange.Row) string { return r.TargetSHA256 }}
	k.stale(from)
	k.stale(to)
	if k.swapped(from, to) {
		return // every other finding about ids would follow from this one
	}
	k.elements(from, to)
	k.elements(to, from)
}

func (k *checker) stale(s side) {
	switch f := s.framework; {
	case f == nil:
	case f.Name != s.says.Name || s.says.Edition != "" && f.Edition != s.says.Edition:
		k.report(StaleEdition, whole, "the %s is %s, and is held against %s", s.name, s.says.Spec(), f.Spec())
	case s.says.Digest != "" && s.says.Digest != f.Digest():
		k.report(StaleDigest, whole, "the %s was read from other texts of %s: digest %.12s, now %.12s", s.name, f.Spec(), s.says.Digest, f.Digest())
	}
}

// swapped reports whether the columns of more than half of the rows fit only
// the other way round.
func (k *checker) swapped(from, to side) bool {
	if from.framework == nil || to.framework == nil {
		return false
	}
	n := 0
	for _, r := range k.c.Rows {
		if !(from.has(r.Source) && to.has(r.Target)) && to.has(r.Source) && from.has(r.Target) {
			n++
		}
	}
	if n*2 <= len(k.c.Rows) {
		return false
	}
	k.report(SwappedColumns, whole, "in %d of %d rows the source is an element of %s and the target one of %s: swap the columns and turn the relations round",
		n, len(k.c.Rows), to.framework.Spec(), from.framework.Spec())
	return true
}

// elements looks up the ids of a side.
func (k *checker) elements(s, other side) {
	if s.framework == nil {
		return
	}
	for i, r := range k.c.Rows {
		id := s.id(r)
		e, ok := s.framework.Element(id)
		switch {
		case !ok:
			k.report(UnknownID, i, "%s %q is not in %s%s", s.name, id, s.framework.Spec(), hint(id, s, other))
			continue
		case e.Withdrawn && len(e.Replaced) > 0:
			k.report(WithdrawnID, i, "%s %s is withdrawn in favour of %s", s.name, id, strings.Join(e.Replaced, ", "))
		case e.Withdrawn:
			k.report(WithdrawnID, i, "%s %s is withdrawn", s.name, id)
		}
		if e.Generic != "" { // the subcategory stood in for the cell
			e, _ = s.framework.Element(e.Parent)
		}
		if was := s.hash(r); was != "" && was != e.TextSHA256() {
			k.report(StaleText, i, "the text of %s %s is no longer the one that was judged", s.name, id)
		}
	}
	for _, g := range k.c.Gaps {
		if string(g.Side) == s.name && !s.has(g.ID) {
			k.report(UnknownID, whole, "the gap %q is not in %s%s", g.ID, s.framework.Spec(), hint(g.ID, s, other)).Pairs = []Pair{gap(g)}
		}
	}
}

// gap returns a gap as what a finding is about.
func gap(g exchange.Gap) Pair {
	if g.Side == crosswalk.SourceSide {
		return Pair{Source: g.ID}
	}
	return Pair{Target: g.ID}
}

// hint guesses what an unknown id was meant to be.
func hint(id string, s, other side) string {
	if near := s.framework.Resolve(id); s.has(near) {
		return ", which spells it " + near
	}
	if other.framework != nil && other.has(id) {
		return ": it is an element of " + other.framework.Spec()
	}
	return ""
}
