package leak

import (
	"slices"

	"concord/corpus"
	"concord/embed"
)

// Texts returns what elements of a framework say, title and statement, in the
// order of the ids given; all mappable elements and generic cells if none are.
// Ids that the framework lacks are passed over. A focus-area cell has two texts:
// its own considerations, unless it is generic, and the statement of its
// subcategory, whose mappings are handed down to it.
func Texts(f *corpus.Framework, ids ...string) []Text {
	if len(ids) == 0 {
		for _, e := range slices.Concat(f.Mappable(), f.Generic()) {
			ids = append(ids, e.ID)
		}
	}
	var out []Text
	for _, id := range ids {
		e, ok := f.Element(id)
		if !ok {
			continue
		}
		out = append(out, Text{id, says(f, e)})
		if up, ok := f.Element(e.Parent); ok && e.Kind == corpus.KindCell && e.Generic == "" {
			out = append(out, Text{id, says(f, up)})
		}
	}
	return out
}

// says returns the title and the statement of an element as a query has them;
// for a generic cell those of the element above it.
func says(f *corpus.Framework, e corpus.Element) string {
	return embed.DescribeSource(f, e, 0).Parts[0].Text
}

// Corpus returns a framework as a body without answers, such as one that an
// embedder was fitted on.
func Corpus(f *corpus.Framework) Body { return Body{Name: f.Spec(), Texts: Texts(f)} }

// Labels returns the mapped elements of a label set as a body with answers.
// source is the framework that its pairs start from; they must lead into the
// target framework of the test, or they answer nothing.
func Labels(set corpus.LabelSet, source *corpus.Framework) Body {
	b := Body{Name: set.Name, Labelled: true}
	if ids := Sources(set.Pairs); len(ids) > 0 {
		b.Texts = Texts(source, ids...)
	}
	return b
}

// Sources returns the distinct source ids of pairs, in order of first use.
func Sources(pairs []corpus.Pair) []string {
	var ids []string
	seen := map[string]bool{}
	for _, p := range pairs {
		if !seen[p.Source] {
			seen[p.Source] = true
			ids = append(ids, p.Source)
		}
	}
	return ids
}

// Answers returns the test pairs that can be read off a body, in their order:
// pairs whose source has a duplicate there, the nearest of which is mapped to
// the same target. learned are the pairs of the body of that name.
func Answers(findings []Finding, body string, test, learned []corpus.Pair) []corpus.Pair {
	known := make(map[corpus.Pair]bool, len(learned))
	for _, p := range learned {
		known[p] = true
	}
	twin := map[string]string{}
	for _, f := range findings {
		if f.Body == body && f.Kind == Duplicate {
			twin[f.Test] = f.ID
		}
	}
	var out []corpus.Pair
	for _, p := range test {
		if id, ok := twin[p.Source]; ok && known[corpus.Pair{Source: id, Target: p.Target}] {
			out = append(out, p)
		}
	}
	return out
}
