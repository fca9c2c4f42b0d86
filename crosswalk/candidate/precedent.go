package candidate

import (
	"slices"

	"concord/corpus"
	"concord/crosswalk"
	"concord/embed"
)

// Precedents are published mappings from the elements of one framework into
// the target.
type Precedents struct {
	Set       string // name of the label set
	Framework *corpus.Framework
	Target    string              // name of the framework that the pairs point into
	Pairs     map[string][]string // from element id to target ids
}

// Sources returns the ids of the elements that are mapped, in document order.
func (p Precedents) Sources() []string {
	var ids []string
	for _, e := range p.Framework.Elements {
		if len(p.Pairs[e.ID]) > 0 {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

const (
	// alike is the least similarity at which a mapping of another element is
	// a precedent at all. A wider gate gained nothing on labels held out by
	// framework: see docs/evaluation.md.
	alike = 0.6
	// voters is how many similar elements may speak for one source.
	voters = 3
	// inherited is the similarity of a focus-area cell to its own subcategory.
	inherited = 0.6
)

type precedentIndex struct {
	sets     []Precedents
	words    []*embed.Lexical
	vectors  [][][]embed.WeightedTerm // unit vectors of weighted terms, by set and element
	elements [][]corpus.Element
	position map[string]int
	targets  int
	source   *corpus.Framework
}

func newPrecedentIndex(in Input, position map[string]int) *precedentIndex {
	x := &precedentIndex{position: position, targets: len(position), source: in.Source}
	var analyzer embed.Analyzer
	for _, p := range in.Precedents {
		if p.Target != in.Target.Name {
			continue
		}
		elements := p.Framework.Mappable()
		terms := make([][]embed.Terms, len(elements))
		for i, e := range elements {
			terms[i] = analyzer.Read(embed.Part{Weight: 1, Text: e.Title + "\n" + e.Text})
		}
		lexical := embed.IndexTerms(len(terms), func(i int) []embed.Terms { return terms[i] })
		vectors := make([][]embed.WeightedTerm, len(terms))
		for i := range terms {
			vectors[i] = lexical.Vector(terms[i])
		}
		x.sets = append(x.sets, p)
		x.words = append(x.words, lexical)
		x.vectors = append(x.vectors, vectors)
		x.elements = append(x.elements, elements)
	}
	return x
}

// votes returns, for each target, how strongly mappings of similar elements
// speak for it (0 to 1, the similarity of the most similar element that is
// mapped to it), with the elements that do; nil if none are similar enough.
func (x *precedentIndex) votes(source corpus.Element, query []embed.Terms) ([]float64, map[int][]crosswalk.Evidence) {
	var votes []float64
	evidence := map[int][]crosswalk.Evidence{}
	for s, set := range x.sets {
		for _, h := range x.similar(s, source, query) {
			for _, id := range set.Pairs[h.ID] {
				at, ok := x.position[id]
				if !ok {
					continue
				}
				if votes == nil {
					votes = make([]float64, x.targets)
				}
				votes[at] = max(votes[at], h.Score)
				evidence[at] = append(evidence[at], crosswalk.Evidence{
					Source: set.Framework.Ref(h.ID), Similarity: h.Score, Set: set.Set})
			}
		}
	}
	return votes, evidence
}

// similar returns the elements of a set that are like the source, most similar
// first. A profile's subcategories are those of the CSF itself, so there the
// id decides; elsewhere the cosine of the words does.
func (x *precedentIndex) similar(s int, source corpus.Element, query []embed.Terms) []embed.Hit {
	set := x.sets[s]
	if sameElements(x.source, set.Framework) {
		id, likeness := source.ID, 1.0
		if source.Focus != "" {
			id = source.Parent
			if source.Generic == "" {
				likeness = inherited
			}
		}
		if _, ok := set.Framework.Element(id); ok {
			return []embed.Hit{{ID: id, Score: likeness}}
		}
	}
	q := x.words[s].Vector(query[:1])
	var hits []embed.Hit
	for i, e := range x.elements[s] {
		if c := embed.Cosine(q, x.vectors[s][i]); c >= alike {
			hits = append(hits, embed.Hit{ID: e.ID, Score: c})
		}
	}
	embed.Sort(hits)
	return slices.Clip(hits[:min(len(hits), voters)])
}

// sameElements reports whether two frameworks number the same elements: the
// Cyber AI Profile is a profile of CSF 2.0.
func sameElements(a, b *corpus.Framework) bool {
	csf2 := func(f *corpus.Framework) bool {
		return f.Name == "cyber-ai-profile" || f.Name == "csf" && f.Edition == "2.0"
	}
	return csf2(a) && csf2(b)
}

func (x *Explanation) precedents(target int) []Reason {
	var out []Reason
	for _, e := range x.votes[target] {
		out = append(out, Reason{Name: e.Source.String(), Value: e.Similarity, Of: e.Set})
	}
	sortReasons(out)
	return out
}
