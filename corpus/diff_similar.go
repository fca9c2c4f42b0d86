package corpus

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
)

// RenumberedFrom is the least similarity of a gone and a new element that
// [Compare] takes for one under two ids. Similarity is the cosine of their
// words in title and statement, or guidance where there is no statement; a
// word weighs the more the fewer elements of both editions have it. Between
// CSF 1.1 and 2.0, 13 of the 14 it finds are pairs that NIST publishes; at 0.3
// it would be 15 of 17.
const RenumberedFrom = 0.4

// alternatives is how many similar elements are named of one that is gone.
const alternatives = 3

// considered is how many elements are held against one that is gone. It keeps
// lists in which thousands read alike from pairing each with each.
const considered = 50

// renumber pairs gone with new elements that say the same, and notes what the
// gone ones read like.
func (c *comparison) renumber() {
	if len(c.gone) == 0 {
		return
	}
	var matches []pairing
	arrived := map[int]bool{}
	for _, j := range c.come {
		if i, there := c.oldIndex[c.newKeys[j]]; !there || len(c.older.Elements[i].Replaced) == 0 {
			arrived[j] = true
		}
	}
	t := newThesaurus(c.older, c.newer)
	for _, i := range c.gone {
		if j, there := c.newIndex[c.oldKeys[i]]; there && len(c.newer.Elements[j].Replaced) > 0 {
			continue
		}
		near := t.nearest(c.older.Elements[i])
		for _, n := range near {
			if n.similarity >= RenumberedFrom && arrived[n.new] {
				matches = append(matches, pairing{i, n.new, n.similarity})
			}
		}
		for _, n := range near[:min(len(near), alternatives)] {
			c.similar[i] = append(c.similar[i], Match{c.newer.Elements[n.new].ID, n.similarity})
		}
	}
	slices.SortFunc(matches, func(a, b pairing) int {
		return cmp.Or(cmp.Compare(b.similarity, a.similarity),
			strings.Compare(c.oldKeys[a.old], c.oldKeys[b.old]), strings.Compare(c.newKeys[a.new], c.newKeys[b.new]))
	})
	oldTaken, newTaken := map[int]bool{}, map[int]bool{}
	for _, m := range matches {
		if oldTaken[m.old] || newTaken[m.new] {
			continue
		}
		oldTaken[m.old], newTaken[m.new] = true, true
		c.pairs = append(c.pairs, m)
		c.counterpart[c.older.Elements[m.old].ID] = c.newer.Elements[m.new].ID
	}
	slices.SortFunc(c.pairs, func(a, b pairing) int { return cmp.Compare(a.new, b.new) })
	c.gone = slices.DeleteFunc(c.gone, func(i int) bool { return oldTaken[i] })
	c.come = slices.DeleteFunc(c.come, func(j int) bool { return newTaken[j] })
}

// A thesaurus finds the active elements of the newer edition that read like
// one of the older.
type thesaurus struct {
	newer    *Framework
	rarity   map[string]float64
	postings map[string][]posting // by position of the element
}

type posting struct {
	element int
	weight  float64
}

func newThesaurus(older, newer *Framework) *thesaurus {
	t := &thesaurus{newer: newer, rarity: map[string]float64{}, postings: map[string][]posting{}}
	total := 0
	for _, f := range []*Framework{older, newer} {
		for _, e := range f.Elements {
			if e.Withdrawn {
				continue
			}
			total++
			for _, w := range slices.Compact(slices.Sorted(slices.Values(plainWords(e)))) {
				t.rarity[w]++
			}
		}
	}
	for w, n := range t.rarity {
		t.rarity[w] = math.Log(1 + float64(total)/n)
	}
	for j, e := range newer.Elements {
		if e.Withdrawn {
			continue
		}
		for _, w := range t.weigh(e) {
			t.postings[w.word] = append(t.postings[w.word], posting{j, w.weight})
		}
	}
	return t
}

type weighted struct {
	word   string
	weight float64
}

// weigh returns the words of an element in order of the alphabet, with weights
// whose squares add up to one.
func (t *thesaurus) weigh(e Element) []weighted {
	var out []weighted
	sum := 0.0
	for _, w := range slices.Sorted(slices.Values(plainWords(e))) {
		if n := len(out); n > 0 && out[n-1].word == w {
			out[n-1].weight += t.rarity[w]
		} else {
			out = append(out, weighted{w, t.rarity[w]})
		}
	}
	for _, w := range out {
		sum += w.weight * w.weight
	}
	for i := range out {
		out[i].weight /= math.Sqrt(sum)
	}
	return out
}

// nearest returns the active elements of the newer edition that share words
// with e, the most alike first, up to considered many. Containers are like
// containers only.
func (t *thesaurus) nearest(e Element) []pairing {
	scores := make([]float64, len(t.newer.Elements))
	for _, w := range t.weigh(e) {
		for _, p := range t.postings[w.word] {
			scores[p.element] += w.weight * p.weight
		}
	}
	order := func(a, b pairing) int {
		return cmp.Or(cmp.Compare(b.similarity, a.similarity), strings.Compare(t.newer.Elements[a.new].ID, t.newer.Elements[b.new].ID))
	}
	var best []pairing
	for j, score := range scores {
		p := pairing{new: j, similarity: math.Round(score*1e6) / 1e6} // so that pairs which are as like tie
		if p.similarity == 0 || IsContainer(t.newer.Elements[j].Kind) != IsContainer(e.Kind) {
			continue
		}
		if at, _ := slices.BinarySearchFunc(best, p, order); at < considered {
			best = slices.Insert(best[:min(len(best), considered-1)], at, p)
		}
	}
	return best
}

// plainWords returns the words by which an element is recognised, in lower
// case and without punctuation and parameters.
func plainWords(e Element) []string {
	text := e.Text
	if text == "" {
		text = e.Guide
	}
	var out []string
	for _, w := range splitWords(e.Title + "\n" + text) {
		if w.key == parameterKey {
			continue
		}
		out = append(out, strings.FieldsFunc(w.key, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })...)
	}
	return out
}
