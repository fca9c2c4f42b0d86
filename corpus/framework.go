package corpus

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode"
)

// A Framework is one edition of one document, with its elements in the order
// of the document.
type Framework struct {
	Name      string `json:"name"`    // short and canonical: "csf", "sp800-53"
	Edition   string `json:"edition"` // "2.0", "5.2.0", "iprd"
	Title     string `json:"title"`
	Publisher string `json:"publisher,omitempty"`
	Licence   string `json:"licence,omitempty"` // of the original text
	Source    string `json:"source,omitempty"`  // where it was read: a URL, a file, "built-in"
	SHA256    string `json:"sha256,omitempty"`  // of the bytes that were read, hexadecimal
	Notice    string `json:"notice,omitempty"`  // what a reader must know, such as "restated"
	// Local says that the text must not be sent to a hosted model: only an
	// endpoint on this machine may see it.
	Local bool `json:"local,omitempty"`

	Elements   []Element   `json:"-"`
	References []Reference `json:"-"`

	index  map[string]int
	titled bool // nothing in the document but titles
}

// Spec returns "csf@2.0".
func (f *Framework) Spec() string { return f.Name + "@" + f.Edition }

// Ref names an element of the framework.
func (f *Framework) Ref(id string) Ref { return Ref{f.Name, f.Edition, id} }

// Finish checks what every reader owes (a name, at least one element, ids that
// are present, printable and unique, parents that exist) and builds the index. Readers
// call it last. A parent that does not exist is cleared rather than refused:
// resolved profiles are full of them.
func (f *Framework) Finish() error {
	if f.Name == "" {
		return fmt.Errorf("framework has no name")
	}
	if len(f.Elements) == 0 {
		return fmt.Errorf("framework %s has no elements", f.Spec())
	}
	f.index = make(map[string]int, len(f.Elements))
	f.titled = !slices.ContainsFunc(f.Elements, func(e Element) bool { return active(e) && (e.Text != "" || e.Guide != "") })
	for i, e := range f.Elements {
		if e.ID == "" {
			return fmt.Errorf("element %d of %s (title %q) has no id", i+1, f.Spec(), clip(e.Title, 40))
		}
		if strings.ContainsFunc(e.ID, Unprintable) {
			return fmt.Errorf("element %d of %s: id %q has characters that cannot be printed", i+1, f.Spec(), e.ID)
		}
		if j, taken := f.index[e.ID]; taken {
			return fmt.Errorf("duplicate id %q in %s: elements %d and %d", e.ID, f.Spec(), j+1, i+1)
		}
		f.index[e.ID] = i
	}
	for i := range f.Elements {
		e := &f.Elements[i]
		if _, ok := f.index[e.Parent]; !ok || e.Parent == e.ID {
			e.Parent = ""
		}
	}
	return f.checkTree()
}

// Unprintable reports whether a character moves a cursor or turns text around
// instead of showing: a control (Cc) or format (Cf) character of Unicode.
func Unprintable(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }

// checkTree refuses parents that run in a circle, which would hang every walk
// up the hierarchy.
func (f *Framework) checkTree() error {
	settled := make(map[string]bool, len(f.Elements))
	for _, e := range f.Elements {
		seen := map[string]bool{}
		for id := e.ID; id != "" && !settled[id]; id = f.Elements[f.index[id]].Parent {
			if seen[id] {
				return fmt.Errorf("parents of %q in %s run in a circle", id, f.Spec())
			}
			seen[id] = true
		}
		for id := range seen {
			settled[id] = true
		}
	}
	return nil
}

// Rename makes f an edition of another framework, and brings its ids to the
// spelling of that one. It is an error if two of them become one.
func (f *Framework) Rename(name, edition string) error {
	f.Name, f.Edition = name, edition
	normal := func(id string) string {
		if id == "" {
			return ""
		}
		return NormalizeID(name, edition, id)
	}
	for i := range f.Elements {
		e := &f.Elements[i]
		if id := normal(e.ID); id != e.ID {
			e.Printed = cmp.Or(e.Printed, e.ID)
			e.ID = id
		}
		e.Parent = normal(e.Parent)
		for _, ids := range [][]string{e.Related, e.Replaced} {
			for j := range ids {
				ids[j] = normal(ids[j])
			}
		}
	}
	for i := range f.References {
		f.References[i].Element = normal(f.References[i].Element)
	}
	return f.Finish()
}

// Element returns the element with this canonical id.
func (f *Framework) Element(id string) (Element, bool) {
	i, ok := f.index[id]
	if !ok {
		return Element{}, false
	}
	return f.Elements[i], true
}

// Resolve returns the canonical id that a person means: the id as it is given
// if there is an element of that id, else its normal spelling.
func (f *Framework) Resolve(printed string) string {
	if _, ok := f.index[printed]; ok {
		return printed
	}
	return NormalizeID(f.Name, f.Edition, printed)
}

// Ancestors yields the elements above e, nearest first.
func (f *Framework) Ancestors(e Element) iter.Seq[Element] {
	return func(yield func(Element) bool) {
		for id := e.Parent; id != ""; {
			up, ok := f.Element(id)
			if !ok || !yield(up) {
				return
			}
			id = up.Parent
		}
	}
}

// Children returns, for each id that has any, the active elements directly
// below it in document order.
func (f *Framework) Children() map[string][]Element {
	below := map[string][]Element{}
	for _, e := range f.Elements {
		if e.Parent != "" && !e.Withdrawn {
			below[e.Parent] = append(below[e.Parent], e)
		}
	}
	return below
}

// Mappable returns the elements that a crosswalk may start from or point to:
// active, not a mere container, not a generic cell, and with a statement or
// guidance to judge. In a document of titles alone a title is enough. If kinds
// are given, only those.
func (f *Framework) Mappable(kinds ...string) []Element {
	out := make([]Element, 0, len(f.Elements))
	for _, e := range f.Elements {
		if f.mappable(e) && e.Generic == "" && (len(kinds) == 0 || slices.Contains(kinds, e.Kind)) {
			out = append(out, e)
		}
	}
	return out
}

// Generic returns the cells that only say that standard practices apply. Where
// they are wanted, the statement of their subcategory stands in for them.
func (f *Framework) Generic() []Element {
	var out []Element
	for _, e := range f.Elements {
		if e.Generic != "" && f.mappable(e) {
			out = append(out, e)
		}
	}
	return out
}

func (f *Framework) mappable(e Element) bool {
	return active(e) && (e.Text != "" || e.Guide != "" || e.Generic != "" || f.titled && e.Title != "")
}

func active(e Element) bool { return !e.Withdrawn && !IsContainer(e.Kind) }

// WithoutRelated returns the framework without what its publisher relates to
// what.
func (f *Framework) WithoutRelated() *Framework {
	g := *f
	g.Elements = slices.Clone(f.Elements)
	for i := range g.Elements {
		g.Elements[i].Related = nil
	}
	return &g
}

// Counts returns how many elements of each kind there are; withdrawn ones are
// counted under "withdrawn " and their kind.
func (f *Framework) Counts() map[string]int {
	n := map[string]int{}
	for _, e := range f.Elements {
		if e.Withdrawn {
			n["withdrawn "+e.Kind]++
		} else {
			n[e.Kind]++
		}
	}
	return n
}

// Digest returns the SHA-256, in hexadecimal, of everything a ranking or a
// judgement can depend on. Two readings with one digest are interchangeable.
func (f *Framework) Digest() string {
	h := sha256.New()
	enc := json.NewEncoder(h)
	enc.Encode([]any{f.Name, f.Edition, f.Title, f.Local})
	for _, e := range f.Elements {
		enc.Encode(e)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// TextSHA256 returns the SHA-256, in hexadecimal, of the text of e that a
// judge reads. It binds a proposal to the words that were judged.
func (e Element) TextSHA256() string {
	sum := sha256.Sum256([]byte(e.Title + "\x00" + e.Text + "\x00" + e.Guide))
	return hex.EncodeToString(sum[:])
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
