// Package stix reads MITRE ATT&CK from STIX 2.0 and 2.1 bundles.
package stix

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"concord/corpus"
	"concord/corpus/internal/foreign"
)

// Read reads a bundle of ATT&CK objects. Tactics, techniques, subtechniques and
// mitigations become elements, in that order and by id; the parent of a
// technique is its first tactic, that of a subtechnique its technique. Revoked
// and deprecated objects are withdrawn. What a mitigation mitigates goes to
// References alone. The edition is that of the collection in the bundle, else
// the date of its newest object.
//
// Read also takes {"version": ..., "objects": [{"id", "kind", "name",
// "description", "tactics"}]}, to which bundles are commonly reduced.
//
// Objects of other types are passed over. An object in force without an ATT&CK
// id and two objects in force with one id are errors.
func Read(data []byte) (*corpus.Framework, error) {
	doc, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("read STIX: %w", err)
	}
	r := &reader{
		f: &corpus.Framework{
			Edition: cmp.Or(doc.edition, "unversioned"), Title: "MITRE ATT&CK",
			Publisher: "MITRE", Licence: doc.licence,
		},
		ids: map[string]string{}, at: map[string]int{},
	}
	if doc.title != "" {
		r.f.Title = "MITRE " + strings.TrimPrefix(doc.title, "MITRE ")
	}
	chosen, err := r.choose(doc.objects)
	if err != nil {
		return nil, fmt.Errorf("read STIX: %w", err)
	}
	r.addElements(chosen)
	r.relate(doc.objects)
	if err := r.f.Finish(); err != nil {
		return nil, fmt.Errorf("read STIX: %w", err)
	}
	return r.f, nil
}

// reader turns the objects of a bundle into elements.
type reader struct {
	f   *corpus.Framework
	ids map[string]string // ATT&CK id of each STIX id
	at  map[string]int    // of an id in f.Elements
}

// choose returns the object to read for each ATT&CK id. An id stands in a bundle
// more than once where an object was revoked in favour of one that took its
// id over, where versions of an object are kept, and where mitigations of 2018
// and before bear the id of the one technique they are for.
func (r *reader) choose(objects []object) ([]object, error) {
	domains := map[string]int{}
	at := map[string]int{}
	for i, o := range objects {
		id := o.attackID()
		switch {
		case kindOf(o) == "", o.withdrawn() && id == "":
			continue
		case o.withdrawn() && o.Type == mitigationType && strings.HasPrefix(id, "T"):
			continue
		case id == "":
			return nil, fmt.Errorf("object %d (%s, name %q) has no external reference that gives its ATT&CK id",
				i+1, foreign.Line(o.ID), foreign.Line(o.Name))
		}
		for _, d := range o.Domains {
			domains[d]++
		}
		r.ids[o.ID] = id
		j, taken := at[id]
		if taken && !o.withdrawn() && !objects[j].withdrawn() && objects[j].ID != o.ID {
			return nil, fmt.Errorf("id %q is that of object %d (%s) and of object %d (%s), and both are in force",
				id, j+1, foreign.Line(objects[j].ID), i+1, foreign.Line(o.ID))
		}
		if !taken || better(o, objects[j]) {
			at[id] = i
		}
	}
	if len(at) == 0 {
		return nil, errors.New("the file has no ATT&CK tactics, techniques or mitigations")
	}
	r.f.Name = nameOf(domains)
	var chosen []object
	for i, o := range objects {
		if j, ok := at[o.attackID()]; ok && i == j {
			chosen = append(chosen, o)
		}
	}
	return chosen, nil
}

// better reports whether o is to be read rather than another object with its
// id: the newer version of one object, else the one in force, else the newer.
func better(o, other object) bool {
	if o.ID != other.ID && o.withdrawn() != other.withdrawn() {
		return other.withdrawn()
	}
	return o.Modified > other.Modified
}

// nameOf returns the name of the framework for the domain of most objects:
// the matrices for enterprises, mobile devices and industrial control systems
// are editions of their own, which share a few mitigations.
func nameOf(domains map[string]int) string {
	name, most := "mitre-attack", domains["enterprise-attack"]
	for _, d := range []string{"mobile", "ics"} {
		if n := domains[d+"-attack"]; n > most {
			name, most = "mitre-attack-"+d, n
		}
	}
	return name
}

// kinds are in the order in which their elements are listed.
var kinds = [...]string{corpus.KindTactic, corpus.KindTechnique, corpus.KindSubtechnique, corpus.KindMitigation}

// kindOf returns the kind of element that an object becomes, or "".
func kindOf(o object) string {
	switch o.Type {
	case tacticType:
		return corpus.KindTactic
	case techniqueType:
		if o.IsSub {
			return corpus.KindSubtechnique
		}
		return corpus.KindTechnique
	case mitigationType:
		return corpus.KindMitigation
	}
	return ""
}

// addElements appends the elements of these objects, which it sorts.
func (r *reader) addElements(objects []object) {
	slices.SortFunc(objects, func(a, b object) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds[:], kindOf(a)), slices.Index(kinds[:], kindOf(b))),
			cmp.Compare(a.attackID(), b.attackID()))
	})
	tactics := map[string]string{}
	for _, o := range objects {
		id := o.attackID()
		e := corpus.Element{
			ID: id, Kind: kindOf(o), Title: foreign.Line(o.Name),
			Text: prose(o.Description), Withdrawn: o.withdrawn(),
		}
		switch e.Kind {
		case corpus.KindTactic:
			if !e.Withdrawn {
				tactics[o.Shortname] = id
			}
		case corpus.KindSubtechnique:
			e.Parent, _, _ = strings.Cut(id, ".")
		case corpus.KindTechnique:
			if len(o.Phases) > 0 {
				e.Parent = tactics[o.Phases[0].Name]
			}
		}
		r.at[id] = len(r.f.Elements)
		r.f.Elements = append(r.f.Elements, e)
	}
}

var (
	// citation is such as "(Citation: Rivera 2019 (blog))".
	citation = regexp.MustCompile(`[ \t]*\(Citation: [^()]*(?:\([^()]*\)[^()]*)*\)`)
	codeTag  = regexp.MustCompile(`</?code>`)
)

// prose returns a description without its citations and markup.
func prose(description string) string {
	if strings.Contains(description, "(Citation: ") {
		description = citation.ReplaceAllString(description, "")
	}
	return foreign.Prose(codeTag.ReplaceAllString(description, ""))
}

// relate enters what the relationships say.
func (r *reader) relate(objects []object) {
	mitigates := map[corpus.Reference]bool{}
	for _, o := range objects {
		source, target := r.ids[o.Source], r.ids[o.Target]
		if o.Type != "relationship" || o.withdrawn() || source == "" || target == "" {
			continue
		}
		about := &r.f.Elements[r.at[source]]
		switch o.Relation {
		case "subtechnique-of":
			if about.Kind == corpus.KindSubtechnique {
				about.Parent = target
			}
		case "revoked-by":
			if about.Withdrawn && target != source && !slices.Contains(about.Replaced, target) {
				about.Replaced = append(about.Replaced, target)
			}
		case "mitigates":
			ref := corpus.Reference{Element: source, Column: o.Relation, Scheme: r.f.Name, ID: target, Printed: target}
			if !mitigates[ref] {
				mitigates[ref] = true
				r.f.References = append(r.f.References, ref)
			}
		}
	}
	slices.SortFunc(r.f.References, func(a, b corpus.Reference) int {
		return cmp.Or(cmp.Compare(r.at[a.Element], r.at[b.Element]), cmp.Compare(r.at[a.ID], r.at[b.ID]))
	})
}

// Ignored counts, by name, the fields of a document that Read passes over.
func Ignored(data []byte) map[string]int {
	return foreign.Ignored(data, foreign.Fields(struct {
		Version string
		Objects []object
	}{}))
}
