package embed

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"concord/corpus"
)

// Weights of the parts of an element. The title of a control says in three
// words what its statement says in a hundred; a discussion also names what the
// control is not about.
const (
	weightTitle    = 4
	weightAncestor = 2
	weightText     = 1
	weightChild    = 1
	weightGuide    = 0.5

	weightQueryGuide = 0.3
)

// Context is the weight of what stands above a source, beside 1 for its own
// words, that rankings use. docs/ranking.md has what other weights do.
const Context = 0.3

// DescribeTargets returns what an index knows of each active element of a
// framework, containers and generic cells left out: its title, those of the
// elements above and directly below it, its statement and its guidance.
func DescribeTargets(f *corpus.Framework) []Document {
	children := f.Children()
	var docs []Document
	for _, e := range f.Mappable() {
		below := make([]string, 0, len(children[e.ID]))
		for _, c := range children[e.ID] {
			below = append(below, c.Title)
		}
		docs = append(docs, Document{ID: e.ID, Parts: []Part{
			{weightTitle, e.Title},
			{weightAncestor, ancestors(f, e)},
			{weightText, e.Text},
			{weightChild, sentences(below...)},
			{weightGuide, e.Guide},
		}})
	}
	return docs
}

// DescribeSource returns an element as a query: its title and statement first,
// its guidance, and with the weight context, zero or more, what stands above it.
// A focus-area cell has the statement of its subcategory for context; for a
// generic cell that statement stands in altogether.
//
// An embedder reads parts without their weights, so for it there are only two
// contexts: at zero it reads nothing of what stands above, else all of it.
func DescribeSource(f *corpus.Framework, e corpus.Element, context float64) Document {
	if e.Generic != "" {
		if up, ok := f.Element(e.Parent); ok {
			d := DescribeSource(f, up, context)
			d.ID = e.ID
			return d
		}
	}
	d := Document{ID: e.ID, Parts: []Part{
		{1, sentences(e.Title, e.Text)},
		{weightQueryGuide, e.Guide},
	}}
	if context > 0 {
		d.Parts = append(d.Parts, Part{context, ancestors(f, e)})
	}
	return d
}

// Text joins the parts of a document for an embedder.
func (d Document) Text() string {
	texts := make([]string, len(d.Parts))
	for i, p := range d.Parts {
		texts[i] = p.Text
	}
	return sentences(texts...)
}

// Digest returns the SHA-256, in hexadecimal, of what an embedder reads of
// documents: their ids and texts in order.
func Digest(docs []Document) string {
	h := sha256.New()
	for _, d := range docs {
		text := d.Text()
		fmt.Fprintf(h, "%d:%s%d:%s", len(d.ID), d.ID, len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// ancestors joins what the elements above say of themselves: their titles, or
// the statement of one that has no title.
func ancestors(f *corpus.Framework, e corpus.Element) string {
	var above []string
	for up := range f.Ancestors(e) {
		if up.Title != "" {
			above = append(above, up.Title)
		} else {
			above = append(above, up.Text)
		}
	}
	return sentences(above...)
}

func sentences(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		if p = strings.TrimSpace(p); p == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\n")
		}
		b.WriteString(p)
	}
	return b.String()
}
