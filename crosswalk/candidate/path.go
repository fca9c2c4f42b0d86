package candidate

import (
	"concord/corpus"
	"concord/embed"
)

// newPaths indexes what stands above each target: its function and category,
// or its family, with their titles and statements.
func (r *Ranker) newPaths() *embed.Lexical {
	below := map[string][]embed.Terms{} // by parent: the same stands above its children
	return embed.IndexTerms(len(r.targets), func(i int) []embed.Terms {
		t := r.targets[i]
		terms, known := below[t.Parent]
		if !known {
			terms = r.analyzer.Read(embed.Part{Weight: 1, Text: above(r.in.Target, t)})
			below[t.Parent] = terms
		}
		return terms
	})
}

// path returns the BM25 score of what stands above each target, for the source
// with what stands above it.
func (r *Ranker) path(source corpus.Element) []float64 {
	return r.paths.Scores(embed.Weigh(r.analyzer.Read(
		embed.Part{Weight: 1, Text: above(r.in.Source, source)},
		embed.Part{Weight: 1, Text: source.Title + "\n" + source.Text})))
}

// above joins the titles and statements of the elements above one.
func above(f *corpus.Framework, e corpus.Element) string {
	text := ""
	for up := range f.Ancestors(e) {
		text += up.Title + "\n" + up.Text + "\n"
	}
	return text
}
