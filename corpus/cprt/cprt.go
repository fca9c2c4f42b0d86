// Package cprt reads exports of NIST's Cybersecurity and Privacy Reference
// Tool (CPRT).
package cprt

import (
	"fmt"
	"slices"
	"strings"

	"concord/corpus"
	"concord/corpus/internal/foreign"
	"concord/corpus/sheet"
)

// Read reads a CPRT export in JSON, the flat lists as well as the nested
// graph, or the workbook (XLSX) of a framework core with its implementation
// examples and informative references. Elements are in the order of their sort
// keys, where the export has them. Elements of other documents are not elements
// of this framework; what points at them goes to References.
//
// An element without an identifier and an id that stands for two different
// elements are errors. The error for a workbook of anything else is an
// [ErrOtherWorkbook].
func Read(data []byte) (*corpus.Framework, error) {
	read := readLists
	if sheet.IsWorkbook(data) {
		read = readWorkbook
	}
	f, err := read(data)
	if err != nil {
		return nil, fmt.Errorf("read CPRT export: %w", err)
	}
	return f, nil
}

// readLists reads an export in JSON.
func readLists(data []byte) (*corpus.Framework, error) {
	l, err := decode(data)
	if err != nil {
		return nil, err
	}
	doc := l.mainDocument()
	f := &corpus.Framework{Title: foreign.Line(doc.Name), Publisher: "National Institute of Standards and Technology"}
	f.Name, f.Edition = foreign.Name(doc.Version, doc.ID, doc.Name)
	r := &reader{f: f, lists: l, doc: doc.ID, types: map[key]string{}, above: map[key]key{}}
	r.index()
	r.addElements()
	if len(f.Elements) == 0 {
		return nil, fmt.Errorf("document %q has no elements", doc.ID)
	}
	r.addAsides()
	r.relate()
	return f, f.Finish()
}

// mainDocument returns the document that the export is of: the one with the
// most structure, since other documents are only pointed at.
func (l lists) mainDocument() document {
	inside := map[string]int{}
	for _, rel := range l.Relationships {
		if rel.Type == projection && rel.SourceDocument == rel.DestDocument {
			inside[rel.SourceDocument]++
		}
	}
	docs := l.Documents
	if len(docs) == 0 {
		docs = []document{{ID: l.Elements[0].Document}}
	}
	best := docs[0]
	for _, d := range docs[1:] {
		if inside[d.ID] > inside[best.ID] {
			best = d
		}
	}
	return best
}

// reader turns the lists of one document into elements.
type reader struct {
	f *corpus.Framework
	lists
	doc   string
	types map[key]string // of every element
	above map[key]key    // the element that projects onto this one
	at    map[string]int // of an id in f.Elements
}

// index enters types and parents. An element that several project onto, as
// many do onto a baseline, keeps the first.
func (r *reader) index() {
	for _, e := range r.Elements {
		r.types[key{e.Document, e.ID}] = e.Type
	}
	for _, rel := range r.Relationships {
		if rel.Type != projection {
			continue
		}
		below := key{rel.DestDocument, rel.Dest}
		if _, ok := r.above[below]; !ok {
			r.above[below] = key{rel.SourceDocument, rel.Source}
		}
	}
}

// What the element types stand for.
const (
	isElement = iota
	isAside   // says something about the element above it
	isSkipped // order, baselines and assessment procedures
)

func role(elementType string) int {
	switch elementType {
	case "implementation_example", "example", "discussion", "withdraw_reason":
		return isAside
	case "sort", "party", "odp", "odp_type", "determination", "examine", "interview", "test":
		return isSkipped
	}
	if strings.HasSuffix(elementType, "baseline") {
		return isSkipped
	}
	return isElement
}

// addElements appends the elements of the document in its order.
func (r *reader) addElements() {
	order := r.sortKeys()
	var own []element
	for _, e := range r.Elements {
		if e.Document == r.doc && role(e.Type) == isElement && !r.isStatement(e) {
			own = append(own, e)
		}
	}
	slices.SortStableFunc(own, func(a, b element) int { return strings.Compare(order[a.ID], order[b.ID]) })
	r.at = make(map[string]int, len(own))
	for _, e := range own {
		printed := foreign.Line(e.ID)
		out := corpus.Element{
			ID: r.id(printed), Kind: kindOf(e.Type), Title: titleCase(present(e.Title)), Text: present(e.Text),
			Parent: r.id(r.above[key{e.Document, e.ID}].id),
		}
		if printed != out.ID {
			out.Printed = printed
		}
		if strings.EqualFold(out.Title, out.ID) || strings.EqualFold(out.Title, printed) {
			out.Title = ""
		}
		r.at[out.ID] = len(r.f.Elements)
		r.f.Elements = append(r.f.Elements, out)
	}
}

// sortKeys returns the sort key of each element that has one, such as
// "00001.00002" for the second control of the first family.
func (r *reader) sortKeys() map[string]string {
	keys := map[string]string{}
	for _, e := range r.Elements {
		if e.Document == r.doc && e.Type == "sort" {
			keys[r.above[key{e.Document, e.ID}].id] = e.Title
		}
	}
	return keys
}

// maxDepth bounds the walk up from a part of a statement: parents might run in
// a circle.
const maxDepth = 16

// isStatement reports whether e is the wording of a requirement: SP 800-171
// prints "03.01.01" as a requirement and "SR-03.01.01.a" as a security
// requirement below it.
func (r *reader) isStatement(e element) bool {
	_, ok := r.requirement(e)
	return ok
}

func (r *reader) requirement(e element) (id string, ok bool) {
	if e.Type != "security_requirement" {
		return "", false
	}
	k := key{e.Document, e.ID}
	for range maxDepth {
		k, ok = r.above[k]
		if !ok || r.types[k] == "requirement" {
			return k.id, ok
		}
	}
	return "", false
}

// addAsides gives the elements what other elements say about them.
func (r *reader) addAsides() {
	for _, e := range r.Elements {
		if e.Document != r.doc {
			continue
		}
		if id, ok := r.requirement(e); ok {
			if about := r.element(id); about != nil {
				about.Text = joinLines(about.Text, itemLabel(e.ID, id)+present(e.Text))
			}
			continue
		}
		if role(e.Type) != isAside {
			continue
		}
		about := r.element(r.above[key{e.Document, e.ID}].id)
		if _, id, ok := strings.Cut(e.ID, "-"); about == nil && ok {
			about = r.element(id) // "WR-ID.AM-1", "D-03.01.01"
		}
		switch {
		case about == nil:
		case e.Type == "withdraw_reason":
			about.Withdrawn = true
		default:
			about.Guide = joinLines(about.Guide, present(e.Text))
		}
	}
}

// relate enters what the other relationships say.
func (r *reader) relate() {
	names := map[string]string{}
	for _, d := range r.Documents {
		names[d.ID] = d.Name
	}
	for _, rel := range r.Relationships {
		if rel.SourceDocument != r.doc || rel.Type == projection {
			continue
		}
		about := r.element(strings.TrimPrefix(rel.Source, "WR-"))
		if about == nil {
			continue
		}
		if rel.DestDocument != r.doc {
			scheme, edition := foreign.Name("", rel.DestDocument, names[rel.DestDocument])
			if names[rel.DestDocument] == "" {
				scheme = rel.DestDocument
			}
			r.f.References = append(r.f.References, corpus.Reference{
				Element: about.ID, Column: rel.Type, Scheme: scheme,
				ID: corpus.NormalizeID(scheme, edition, foreign.Line(rel.Dest)), Printed: foreign.Line(rel.Dest),
			})
			continue
		}
		to := r.id(rel.Dest)
		switch strings.ReplaceAll(rel.Type, "-", "_") {
		case "related":
			if r.element(rel.Dest) != nil && !slices.Contains(about.Related, to) {
				about.Related = append(about.Related, to)
			}
		case "incorporated_into", "moved_to", "addressed_by", "replaced_by", "superseded_by":
			if !slices.Contains(about.Replaced, to) {
				about.Replaced = append(about.Replaced, to)
			}
		}
	}
}

// id returns the canonical form of an id.
func (r *reader) id(printed string) string {
	return corpus.NormalizeID(r.f.Name, r.f.Edition, foreign.Line(printed))
}

// element returns the element with this printed id, or nil.
func (r *reader) element(printed string) *corpus.Element {
	i, ok := r.at[r.id(printed)]
	if !ok {
		return nil
	}
	return &r.f.Elements[i]
}
