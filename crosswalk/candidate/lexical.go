package candidate

import "concord/embed"

// words returns the BM25 score of every indexed element for a source.
func (r *Ranker) words(query []embed.Terms) []float64 {
	return r.lexical.Scores(embed.Weigh(query))
}

// A term is an index term of the source.
type term struct {
	embed.WeightedTerm
	spelling string    // as the source first has it
	gains    []float64 // what it adds to the BM25 score of everything indexed
}

// terms takes the BM25 scores of a source apart.
func (r *Ranker) terms(query embed.Document) []term {
	spelled := spellings(query)
	var out []term
	for _, t := range embed.Weigh(r.analyzer.Read(query.Parts...)) {
		out = append(out, term{t, spelled[t.Term], r.lexical.Scores([]embed.WeightedTerm{t})})
	}
	return out
}

// spellings returns how a document first writes each of its terms.
func spellings(d embed.Document) map[string]string {
	var analyzer embed.Analyzer
	out := map[string]string{}
	for _, p := range d.Parts {
		for _, t := range analyzer.Tokens(p.Text) {
			if _, ok := out[t.Term]; !ok {
				out[t.Term] = p.Text[t.Start:t.End]
			}
		}
	}
	return out
}

// sharedWords names the words that a target has too.
func (x *Explanation) sharedWords(target int) []Reason {
	var out []Reason
	for _, t := range x.terms {
		if gain := t.gains[x.ranker.own[target]]; gain > 0 {
			out = append(out, Reason{Name: t.spelling, Value: gain})
		}
	}
	sortReasons(out)
	return out
}

// Terms returns the index terms that the source shares with a target, and what
// each adds to its BM25 score, in order of the terms, whether or not words
// count in the ranking.
func (x *Explanation) Terms(target string) []embed.WeightedTerm {
	if x == nil {
		return nil
	}
	i, ok := x.place[target]
	if !ok {
		return nil
	}
	var out []embed.WeightedTerm
	for _, t := range x.terms {
		if gain := t.gains[x.ranker.own[i]]; gain > 0 {
			out = append(out, embed.WeightedTerm{Term: t.Term, Weight: gain})
		}
	}
	return out
}
