package embed

import (
	"math"
	"slices"
)

// A Part is a stretch of text and how much a word in it counts.
type Part struct {
	Weight float64
	Text   string
}

// A Document is what an index knows of an element.
type Document struct {
	ID    string
	Parts []Part
}

// Terms are the index terms of a part, repeats included, and how much each
// counts.
type Terms struct {
	Weight float64
	Terms  []string
}

// Read returns the index terms of parts, in their order.
func (a *Analyzer) Read(parts ...Part) []Terms {
	out := make([]Terms, len(parts))
	for i, p := range parts {
		out[i] = Terms{p.Weight, a.Terms(p.Text)}
	}
	return out
}

// Lexical ranks documents by field-weighted BM25: a word counts by the weight
// of the part it stands in, before saturation (Robertson, Zaragoza and Taylor,
// "Simple BM25 extension to multiple weighted fields", CIKM 2004). It is safe
// for concurrent use.
type Lexical struct {
	K1, B float64 // saturation and length normalisation

	number   map[string]int32 // of each term
	postings [][]posting      // of each term, by its number
	length   []float64        // of each document
	average  float64
	analyzer *Analyzer
}

type posting struct {
	doc    int32
	weight float32
}

// Defaults of the BM25 literature, where nothing was learned.
const (
	defaultK1 = 1.2
	defaultB  = 0.75
)

// NewLexical indexes documents.
func NewLexical(docs []Document) *Lexical {
	a := new(Analyzer)
	x := IndexTerms(len(docs), func(i int) []Terms { return a.Read(docs[i].Parts...) })
	x.analyzer = a // which knows the words by now
	return x
}

// IndexTerms indexes a number of documents, given the index terms of each.
func IndexTerms(documents int, read func(document int) []Terms) *Lexical {
	x := &Lexical{K1: defaultK1, B: defaultB, number: map[string]int32{}, length: make([]float64, documents), analyzer: new(Analyzer)}
	var counts []float64 // of this document, by number of the term
	var here []int32     // the terms that it has
	for i := range documents {
		here = here[:0]
		for _, part := range read(i) {
			for _, t := range part.Terms {
				n, known := x.number[t]
				if !known {
					n = int32(len(x.postings))
					x.number[t] = n
					x.postings, counts = append(x.postings, nil), append(counts, 0)
				}
				if counts[n] == 0 {
					here = append(here, n)
				}
				counts[n] += part.Weight
				x.length[i] += part.Weight
			}
		}
		for _, n := range here {
			x.postings[n] = append(x.postings[n], posting{int32(i), float32(counts[n])})
			counts[n] = 0
		}
		x.average += x.length[i] / float64(documents)
	}
	return x
}

// of returns the postings of a term, none if no document has it.
func (x *Lexical) of(term string) []posting {
	if n, known := x.number[term]; known {
		return x.postings[n]
	}
	return nil
}

// IDF returns the inverse document frequency of a term, always above zero.
func (x *Lexical) IDF(term string) float64 {
	n, df := float64(len(x.length)), float64(len(x.of(term)))
	return math.Log(1 + (n-df+0.5)/(df+0.5))
}

// Query returns the weighted terms of a query, in ascending order.
func (x *Lexical) Query(parts ...Part) []WeightedTerm { return Weigh(x.analyzer.Read(parts...)) }

// Weigh returns every term once with what it counts in all parts, in ascending
// order.
func Weigh(parts []Terms) []WeightedTerm {
	weights := map[string]float64{}
	var terms []string
	for _, p := range parts {
		for _, t := range p.Terms {
			if _, ok := weights[t]; !ok {
				terms = append(terms, t)
			}
			weights[t] += p.Weight
		}
	}
	slices.Sort(terms)
	q := make([]WeightedTerm, len(terms))
	for i, t := range terms {
		q[i] = WeightedTerm{t, weights[t]}
	}
	return q
}

// A WeightedTerm is an index term of a query and how much it counts.
type WeightedTerm struct {
	Term   string
	Weight float64
}

// Scores returns the BM25 score of every document, in index order. A document
// that shares no term has score zero.
func (x *Lexical) Scores(query []WeightedTerm) []float64 {
	scores := make([]float64, len(x.length))
	for _, q := range query {
		idf := x.IDF(q.Term)
		for _, p := range x.of(q.Term) {
			tf := float64(p.weight)
			norm := x.K1 * (1 - x.B + x.B*x.length[p.doc]/x.average)
			scores[p.doc] += q.Weight * idf * tf * (x.K1 + 1) / (tf + norm)
		}
	}
	return scores
}

// Vector returns the terms of parts as a vector of unit length, in order of the
// terms, each weighted by how rare it is in the index; nil if there are none.
func (x *Lexical) Vector(parts []Terms) []WeightedTerm {
	query := Weigh(parts)
	norm := 0.0
	for i := range query {
		query[i].Weight *= x.IDF(query[i].Term)
		norm += query[i].Weight * query[i].Weight
	}
	if norm == 0 {
		return nil
	}
	for i := range query {
		query[i].Weight /= math.Sqrt(norm)
	}
	return query
}

// Cosine returns the cosine of two vectors of unit length, each in order of its
// terms, 0 to 1.
func Cosine(a, b []WeightedTerm) float64 {
	dot := 0.0
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].Term < b[0].Term:
			a = a[1:]
		case a[0].Term > b[0].Term:
			b = b[1:]
		default:
			dot += a[0].Weight * b[0].Weight
			a, b = a[1:], b[1:]
		}
	}
	return min(dot, 1)
}
