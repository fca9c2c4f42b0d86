// Package judge decides offline how two elements relate: a calibrated
// probability from learned weights, and a relation from how much of each text
// the other covers.
//
// It compares words, so its strong relations are rare and every one asks for
// review. Where a model is at hand the llm package judges better.
package judge

import (
	"context"
	"fmt"
	"math"
	"strings"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/candidate"
	"concord/embed"
)

// A Judge judges pairs of one source and one target framework. It is safe for
// one goroutine at a time.
type Judge struct {
	source, target *corpus.Framework
	model          Model
	words          *embed.Lexical // for how telling a word is
	analyzer       embed.Analyzer
	read           map[string]reading // of targets, by id
}

// New prepares a judge.
func New(source, target *corpus.Framework, model Model) *Judge {
	var docs []embed.Document
	for _, f := range []*corpus.Framework{source, target} {
		for _, e := range f.Mappable() {
			docs = append(docs, embed.Document{ID: e.ID, Parts: []embed.Part{{Weight: 1, Text: crosswalk.Judged(e)}}})
		}
	}
	return &Judge{source: source, target: target, model: model, words: embed.NewLexical(docs), read: map[string]reading{}}
}

// A reading is what the judge sees in an element.
type reading struct {
	text      string
	tokens    []embed.Token
	statement map[string]float64 // terms of title and statement → how telling they are
	all       map[string]float64 // the same with guidance
}

func (j *Judge) readElement(e corpus.Element) reading {
	text := crosswalk.Judged(e)
	r := reading{text: text, tokens: j.analyzer.Tokens(text), statement: map[string]float64{}, all: map[string]float64{}}
	end := len(text)
	if e.Guide != "" {
		end -= len(e.Guide)
	}
	for _, t := range r.tokens {
		w := j.words.IDF(t.Term)
		r.all[t.Term] = w
		if t.Start < end {
			r.statement[t.Term] = w
		}
	}
	return r
}

// Judge implements [crosswalk.Judge]. It never fails and leaves nobody out.
func (j *Judge) Judge(ctx context.Context, source corpus.Element, candidates []crosswalk.Candidate) ([]crosswalk.Verdict, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	stand := source
	if source.Generic != "" {
		stand, _ = j.source.Element(source.Parent)
	}
	src := j.readElement(stand)
	out := make([]crosswalk.Verdict, len(candidates))
	for i, c := range candidates {
		tgt, ok := j.read[c.Element.ID]
		if !ok {
			tgt = j.readElement(c.Element)
			j.read[c.Element.ID] = tgt
		}
		out[i] = j.verdict(source, src, c, tgt)
	}
	return out, nil
}

func (j *Judge) verdict(source corpus.Element, src reading, c crosswalk.Candidate, tgt reading) crosswalk.Verdict {
	p := j.model.Probability(Features(c))
	v := crosswalk.Verdict{
		Target:        c.Element.ID,
		Outcome:       crosswalk.Unrelated,
		Relation:      crosswalk.NoRelationship,
		RationaleType: crosswalk.Semantic,
		Strength:      -1,
		Probability:   p,
		Calibrated:    p,
		Origin:        crosswalk.OriginLocal,
		Model:         j.model.Name,
	}
	shared := j.shared(src, tgt)
	// What nothing can be shown for, neither a word nor a precedent, is not
	// claimed, however close the ranking puts it.
	if p < j.model.Threshold || len(shared) == 0 && len(c.Evidence) == 0 {
		v.Rationale = fmt.Sprintf("%s and %s share too little: %s.", source.ID, c.Element.ID, list(shared))
		return v
	}
	v.Outcome = crosswalk.Mapped
	v.Relation = relation(src, tgt)
	v.Strength, v.StrengthBasis = strength(v.Relation, p), "formula"
	v.Quotes = j.quotes(src, tgt)
	v.Rationale = rationale(source, c, v.Relation, shared)
	if v.Relation.Strong() {
		v.Flags = append(v.Flags, "strong claim from words alone")
	}
	if len(v.Quotes) < 2 {
		v.Flags = append(v.Flags, "no shared words to quote")
	}
	return v
}

// Shares of a text's telling words above which the other side holds nearly all
// of it, and below which it clearly holds more. A statement of fewer words than
// enough is too short to claim anything strong from.
const (
	nearlyAll = 0.85
	mostly    = 0.7
	aPart     = 0.45
	enough    = 6
)

// relation compares how much of each statement the other side covers.
func relation(src, tgt reading) crosswalk.Relation {
	if min(len(src.statement), len(tgt.statement)) < enough {
		return crosswalk.IntersectsWith
	}
	source, target := covered(src.statement, tgt.all), covered(tgt.statement, src.all)
	switch {
	case source >= nearlyAll && target >= nearlyAll:
		return crosswalk.Equal
	case source >= mostly && target <= aPart:
		return crosswalk.SubsetOf
	case target >= mostly && source <= aPart:
		return crosswalk.SupersetOf
	}
	return crosswalk.IntersectsWith
}

// covered returns the share, 0 to 1, of the telling words of part that whole
// has too.
func covered(part, whole map[string]float64) float64 {
	have, all := 0.0, 0.0
	for _, term := range sorted(part) {
		all += part[term]
		if _, ok := whole[term]; ok {
			have += part[term]
		}
	}
	if all == 0 {
		return 0
	}
	return have / all
}

// strength rates a proposed relation 1 to 10 as mapping tools of the field do:
// a base for the relation, less up to two for doubt.
func strength(r crosswalk.Relation, p float64) int {
	base := map[crosswalk.Relation]int{crosswalk.Equal: 10, crosswalk.SubsetOf: 7, crosswalk.SupersetOf: 7, crosswalk.IntersectsWith: 4}[r]
	switch {
	case p >= 0.7:
		return base
	case p >= 0.4:
		return base - 1
	}
	return base - 2
}

func rationale(source corpus.Element, c crosswalk.Candidate, r crosswalk.Relation, shared []string) string {
	var b strings.Builder
	b.WriteString(r.Sentence(source.ID, c.Element.ID))
	if len(shared) > 0 {
		fmt.Fprintf(&b, ": both speak of %s", list(shared))
	} else {
		b.WriteString(": no telling word stands in both, but a precedent speaks for it")
	}
	b.WriteString(".")
	if source.Generic != "" {
		b.WriteString(" The cell adds nothing to its subcategory, which was compared in its place.")
	}
	for i, e := range c.Evidence {
		if i == 2 {
			break
		}
		fmt.Fprintf(&b, " Precedent: %s %s is mapped to %s in %s.", e.Source.Framework, e.Source.ID, c.Element.ID, e.Set)
	}
	return b.String()
}

func list(words []string) string {
	switch n := len(words); n {
	case 0:
		return "no telling word"
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
}

// Features returns what the probability of a candidate rests on: its fused
// score in standard deviations, the logarithm of its rank, and the similarity
// of the precedent that speaks for it, 0 to 1.
func Features(c crosswalk.Candidate) [3]float64 {
	return [3]float64{c.Score, math.Log(float64(c.Rank)), c.Signals[candidate.Precedent]}
}
