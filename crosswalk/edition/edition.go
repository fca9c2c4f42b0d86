// Package edition finds the elements that a new edition of a framework split up
// or put together.
//
// [corpus.Compare] holds elements together one to one. What became of one that
// is now several, or of several that are now one, shows in how much of their
// words stands in the others.
package edition

import (
	"cmp"
	"slices"
	"strings"

	"concord/corpus"
	"concord/crosswalk"
	"concord/embed/shingle"
)

// Least is how much of a part stands in the whole, and of the whole in its parts
// taken together, from which a split or a merger is reported: the containment of
// [shingle], 0 to 1. Words of a text that was split are seldom all kept.
const Least = 0.6

// A Kind says what happened.
type Kind string

const (
	Split  Kind = "split"  // one element became several
	Merged Kind = "merged" // several became one
)

// A Regrouping is one element of an edition that is several in the other.
type Regrouping struct {
	Kind  Kind     `json:"kind"`
	One   string   `json:"one"`             // id: in the older edition of a split, in the newer of a merger
	Many  []string `json:"many"`            // ids in the other edition, two or more, in document order
	Share float64  `json:"share,omitempty"` // of the words of the one that stands in the many, [Least] to 1; 0 if the file says it
	Said  bool     `json:"said"`            // the file itself says so
}

// Regroupings returns what was split up, then what was merged, each in document
// order of the one. Where the file says where a withdrawn element went its word
// is taken. Otherwise only elements of one kind that came, went or were reworded
// are held together, by their words. Both frameworks must be finished.
func Regroupings(older, newer *corpus.Framework) []Regrouping {
	said := stated(older, newer)
	told := map[string]bool{}
	for _, r := range said {
		told[string(r.Kind)+r.One] = true
	}
	went, came := unsettled(older, newer)
	out := said
	for _, r := range append(regroup(Split, went, came), regroup(Merged, came, went)...) {
		if !told[string(r.Kind)+r.One] {
			out = append(out, r)
		}
	}
	place := func(r Regrouping) int {
		f := older
		if r.Kind == Merged {
			f = newer
		}
		return slices.IndexFunc(f.Elements, func(e corpus.Element) bool { return e.ID == r.One })
	}
	slices.SortStableFunc(out, func(a, b Regrouping) int {
		return cmp.Or(-cmp.Compare(a.Kind, b.Kind), cmp.Compare(place(a), place(b)))
	})
	return out
}

// stated returns what the files say of withdrawn elements.
func stated(older, newer *corpus.Framework) []Regrouping {
	var out []Regrouping
	into := map[string][]string{}
	successors := corpus.Successors(older, newer)
	for _, e := range older.Elements {
		now, listed := newer.Element(newer.Resolve(e.ID))
		if e.Withdrawn || !listed || !now.Withdrawn {
			continue
		}
		next := successors[e.ID]
		if len(next) > 1 {
			out = append(out, Regrouping{Kind: Split, One: e.ID, Many: next, Said: true})
		}
		for _, id := range next {
			into[id] = append(into[id], e.ID)
		}
	}
	for _, e := range newer.Elements {
		from := into[e.ID]
		if old, was := older.Element(older.Resolve(e.ID)); was && len(from) > 0 && !old.Withdrawn {
			from = append(from, old.ID)
		}
		if len(from) > 1 {
			out = append(out, Regrouping{Kind: Merged, One: e.ID, Many: inOrder(older, from), Said: true})
		}
	}
	return out
}

func inOrder(f *corpus.Framework, ids []string) []string {
	var out []string
	for _, e := range f.Elements {
		if slices.Contains(ids, e.ID) {
			out = append(out, e.ID)
		}
	}
	return out
}

// unsettled returns the elements of either edition whose words are not those of
// one element of the other.
func unsettled(older, newer *corpus.Framework) (went, came []corpus.Element) {
	of, in := map[string]bool{}, map[string]bool{}
	for _, c := range corpus.Compare(older, newer).Changes {
		if slices.ContainsFunc(c.What, func(what string) bool {
			return slices.Contains([]string{corpus.DiffAdded, corpus.DiffRemoved, corpus.DiffWithdrawn, corpus.DiffRestored, corpus.DiffRenumbered, corpus.DiffReworded, corpus.DiffReguided}, what)
		}) {
			of[c.From], in[c.To] = true, true
		}
	}
	pick := func(f *corpus.Framework, ids map[string]bool) []corpus.Element {
		var out []corpus.Element
		for _, e := range f.Elements {
			if ids[e.ID] && !e.Withdrawn && e.Generic == "" && strings.TrimSpace(crosswalk.Judged(e)) != "" {
				out = append(out, e)
			}
		}
		return out
	}
	return pick(older, of), pick(newer, in)
}

// regroup returns the ones whose words stand in several of the others.
func regroup(kind Kind, ones, others []corpus.Element) []Regrouping {
	texts := make([]string, len(ones))
	for i, e := range ones {
		texts[i] = crosswalk.Judged(e)
	}
	index := shingle.NewIndex(texts)
	parts := make([][]corpus.Element, len(ones))
	for _, e := range others {
		for i, o := range index.Overlaps(crosswalk.Judged(e)) {
			if o.Contained >= Least && e.Kind == ones[i].Kind {
				parts[i] = append(parts[i], e)
			}
		}
	}
	var out []Regrouping
	for i, one := range ones {
		if len(parts[i]) < 2 {
			continue
		}
		var words, ids []string
		for _, e := range parts[i] {
			words, ids = append(words, crosswalk.Judged(e)), append(ids, e.ID)
		}
		if share := shingle.NewIndex([]string{strings.Join(words, "\n")}).Overlaps(texts[i])[0].Contained; share >= Least {
			out = append(out, Regrouping{Kind: kind, One: one.ID, Many: ids, Share: share})
		}
	}
	return out
}
