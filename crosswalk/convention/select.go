package convention

import (
	"cmp"
	"crypto/sha256"
	"slices"

	"concord/corpus"
	"concord/crosswalk"
	"concord/embed"
)

// DefaultBudget is how many tokens the examples beside one question take at
// most: about as many as a block of candidates.
const DefaultBudget = 6000

// A Selector picks the examples of a convention that are most like a question.
// It is safe for concurrent use. Use [NewSelector] to make one.
type Selector struct {
	convention *Convention
	cost       []int // tokens of each example
	twins      *Sources

	source, target *side
}

// NewSelector prepares a selection from a convention.
func NewSelector(c *Convention) *Selector {
	s := &Selector{convention: c, twins: c.Sources()}
	for _, e := range c.Examples {
		s.cost = append(s.cost, e.tokens())
	}
	s.source = newSide(c.Examples, func(e Example) Text { return e.Source })
	s.target = newSide(c.Examples, func(e Example) Text { return e.Target })
	return s
}

// tokens estimates what an example takes in a prompt, by four bytes a token.
func (e Example) tokens() int {
	b, _ := encode(e) // it is made of strings
	return len(b)/4 + 1
}

// A side knows the texts on one side of the examples.
type side struct {
	analyzer embed.Analyzer
	index    *embed.Lexical
	vectors  [][]embed.WeightedTerm
}

func newSide(examples []Example, of func(Example) Text) *side {
	var s side
	terms := make([][]embed.Terms, len(examples))
	for i, e := range examples {
		terms[i] = s.analyzer.Read(of(e).parts()...)
	}
	s.index = embed.IndexTerms(len(terms), func(i int) []embed.Terms { return terms[i] })
	for _, t := range terms {
		s.vectors = append(s.vectors, s.index.Vector(t))
	}
	return &s
}

// vector returns a text as it is compared with those of this side.
func (s *side) vector(t Text) []embed.WeightedTerm {
	return s.index.Vector(s.analyzer.Read(t.parts()...))
}

// parts returns a text as it is compared: a title says in few words what the
// statement says in many.
func (t Text) parts() []embed.Part {
	return []embed.Part{{Weight: 2, Text: t.Title}, {Weight: 1, Text: t.Text}}
}

// Label names the convention and its version, see [Convention.Label].
func (s *Selector) Label() string { return s.convention.Label() }

// A Shown is what a model sees of a convention beside a question.
type Shown struct {
	Summary string    `json:"summary"`
	Decided []Example `json:"decided"`
}

// For returns a [Shown] for a source and its candidates, with the summary and
// as many examples as [DefaultBudget] allows.
func (s *Selector) For(source corpus.Element, targets []corpus.Element) any {
	return Shown{s.convention.Summary, s.Select(source, targets, DefaultBudget)}
}

// Select returns the examples that are most like a source and one of its
// candidates, up to budget tokens ([DefaultBudget] if zero), in the order of the
// convention. The most similar of each relation come first, then the second
// ones, and so on: a relation that is rare has its place. An example is as
// similar as the cosines of its two texts add up to, words weighted by how rare
// they are; where examples tie, the first one counts.
//
// Left out is every example whose source is that of the question or nearly, see
// [Sources]: the pair that is asked about is among these.
func (s *Selector) Select(source corpus.Element, targets []corpus.Element, budget int) []Example {
	twins, likeness := s.twins.of(TextOf(source)), s.likeness(source, targets)
	var open []int
	for i, twin := range twins {
		if !twin {
			open = append(open, i)
		}
	}
	chosen := s.convention.balanced(open, s.cost, cmp.Or(budget, DefaultBudget), func(a, b int) int {
		return cmp.Or(cmp.Compare(likeness[b], likeness[a]), cmp.Compare(a, b))
	})
	out := make([]Example, len(chosen))
	for i, at := range chosen {
		out[i] = s.convention.Examples[at]
	}
	return out
}

// likeness says of each example how similar it is, 0 to 2.
func (s *Selector) likeness(source corpus.Element, targets []corpus.Element) []float64 {
	from := s.source.vector(TextOf(source))
	to := make([][]embed.WeightedTerm, len(targets))
	for i, t := range targets {
		to[i] = s.target.vector(TextOf(t))
	}
	out := make([]float64, len(s.convention.Examples))
	for i := range out {
		nearest := 0.0
		for _, v := range to {
			nearest = max(nearest, embed.Cosine(v, s.target.vectors[i]))
		}
		out[i] = embed.Cosine(from, s.source.vectors[i]) + nearest
	}
	return out
}

// balanced chooses among examples, given by position: of each relation the
// first by the order, then of each the second, and so on, as long as their
// tokens stay within the budget. What does not fit is passed over. The choice
// comes back in the order of the convention.
func (c *Convention) balanced(open, cost []int, budget int, compare func(a, b int) int) []int {
	queues := map[crosswalk.Relation][]int{}
	for _, i := range slices.SortedFunc(slices.Values(open), compare) {
		r := c.Examples[i].Relation
		queues[r] = append(queues[r], i)
	}
	var chosen []int
	for len(queues) > 0 {
		var heads []int
		for _, r := range crosswalk.Relations() {
			if queue := queues[r]; len(queue) > 0 {
				heads = append(heads, queue[0])
				queues[r] = queue[1:]
			} else {
				delete(queues, r)
			}
		}
		slices.SortFunc(heads, compare)
		for _, i := range heads {
			if cost[i] <= budget {
				budget -= cost[i]
				chosen = append(chosen, i)
			}
		}
	}
	slices.Sort(chosen)
	return chosen
}

// sample returns examples from all over the convention, balanced over its
// relations: the same ones for the same convention, whatever stands around them.
func (c *Convention) sample(budget int) []Example {
	draw := make([][32]byte, len(c.Examples))
	open, cost := make([]int, len(c.Examples)), make([]int, len(c.Examples))
	for i, e := range c.Examples {
		draw[i] = sha256.Sum256([]byte(e.Source.ID + "\x00" + e.Target.ID))
		open[i], cost[i] = i, e.tokens()
	}
	chosen := c.balanced(open, cost, budget, func(a, b int) int { return slices.Compare(draw[a][:], draw[b][:]) })
	out := make([]Example, len(chosen))
	for i, at := range chosen {
		out[i] = c.Examples[at]
	}
	return out
}
