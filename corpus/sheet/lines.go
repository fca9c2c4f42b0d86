package sheet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"concord/corpus"
	"concord/corpus/internal/foreign"
	"concord/corpus/profile"
)

// record is an element in the other kind of line, which repeats the name and
// version of its framework.
type record struct {
	Framework string
	Version   string
	ID        string
	Kind      string
	Parent    string
	Title     string
	Text      string
	Extra     struct {
		Status        string
		Discussion    string
		Related       []string
		WithdrawnTo   []string `json:"withdrawn_to"`
		Examples      []string `json:"implementation_examples"`
		Focus         string   `json:"focus_area"`
		Opportunities string
		Priority      any // a number only in the cells of a profile
	}
}

// lineReader collects the lines of a framework that has no line of its own.
type lineReader struct {
	f      *corpus.Framework
	stated string // name and version as the records spell them
	seen   map[string]int
}

// readLines reads JSON Lines: those of corpus.WriteLines, records, or bare elements as
// people write them.
func readLines(data []byte, o Options) (*corpus.Framework, error) {
	r := &lineReader{
		f:    &corpus.Framework{Name: o.Name, Edition: "unversioned", Title: o.Name},
		seen: map[string]int{},
	}
	number := 0
	for line := range bytes.Lines(data) {
		number++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		hasOwn, err := r.add(number, line)
		if err != nil {
			return nil, err
		}
		if hasOwn {
			return corpus.ReadLines(data)
		}
	}
	return r.f, r.f.Finish()
}

// add reads one line. It reports whether that is the line of the framework.
func (r *lineReader) add(number int, line []byte) (hasOwn bool, err error) {
	var row struct {
		Framework json.RawMessage
		Reference json.RawMessage
	}
	if err := foreign.JSONAt(number, line, &row); err != nil {
		return false, err
	}
	switch isObject := bytes.HasPrefix(row.Framework, []byte("{")); {
	case isObject && len(r.f.Elements)+len(r.f.References) == 0:
		return true, nil
	case isObject:
		return false, fmt.Errorf("line %d: the framework must be on the first line", number)
	case row.Framework != nil:
		return false, r.record(number, line)
	case row.Reference != nil:
		var v struct{ Reference *corpus.Reference }
		if err := foreign.JSONAt(number, line, &v); err != nil {
			return false, err
		}
		if v.Reference == nil {
			return false, fmt.Errorf("line %d: the reference is null", number)
		}
		r.f.References = append(r.f.References, *v.Reference)
		return false, nil
	}
	e := corpus.Element{Kind: corpus.KindRequirement}
	if err := foreign.JSONAt(number, line, &e); err != nil {
		return false, err
	}
	return false, r.element(number, e)
}

func (r *lineReader) record(number int, line []byte) error {
	var rec record
	if err := foreign.JSONAt(number, line, &rec); err != nil {
		return err
	}
	if err := r.identify(number, rec); err != nil {
		return err
	}
	printed := foreign.Line(rec.ID)
	e := corpus.Element{
		ID: r.id(rec.Kind, printed), Kind: kindOf(rec.Kind), Parent: r.id("", rec.Parent),
		Title: foreign.Line(rec.Title), Text: strings.TrimSpace(rec.Text),
		Guide:     strings.Join(append(nonEmpty(rec.Extra.Discussion), rec.Extra.Examples...), "\n"),
		Withdrawn: strings.EqualFold(rec.Extra.Status, "withdrawn"),
		Focus:     rec.Extra.Focus,
	}
	if e.Kind == corpus.KindCell {
		e.Title = "" // the id in words
		e.Text, e.Generic = profile.Own(rec.Text, rec.Extra.Opportunities)
		if p, ok := rec.Extra.Priority.(float64); ok {
			e.Priority = int(p)
		}
	}
	if printed != e.ID {
		e.Printed = printed
	}
	if e.Title == e.ID || e.Title == printed {
		e.Title = ""
	}
	for _, id := range rec.Extra.Related {
		e.Related = append(e.Related, r.id("", id))
	}
	for _, id := range rec.Extra.WithdrawnTo {
		e.Replaced = append(e.Replaced, r.id("", id))
	}
	return r.element(number, e)
}

func nonEmpty(s string) []string {
	if s = strings.TrimSpace(s); s == "" {
		return nil
	}
	return []string{s}
}

// identify takes the name of the framework from the first record, and holds
// the others to it.
func (r *lineReader) identify(number int, rec record) error {
	stated := foreign.Line(rec.Framework + " " + rec.Version)
	switch r.stated {
	case stated:
		return nil
	case "":
		r.stated = stated
		spelled := strings.ReplaceAll(stated, "-", " ")
		r.f.Name, r.f.Edition = foreign.Name(rec.Version, stated, spelled, rec.Framework)
		r.f.Title = foreign.Line(rec.Framework)
		return nil
	}
	return fmt.Errorf("line %d: framework %q after %q: give each framework a file of its own", number, stated, r.stated)
}

// id returns the canonical form of an id. Cells are written "GV.OC-01/secure"
// in records.
func (r *lineReader) id(kind, printed string) string {
	if kindOf(kind) == corpus.KindCell {
		printed = strings.Replace(printed, "/", "#", 1)
	}
	return corpus.NormalizeID(r.f.Name, r.f.Edition, foreign.Line(printed))
}

func (r *lineReader) element(number int, e corpus.Element) error {
	if e.ID == "" {
		return fmt.Errorf("line %d: the element has no id", number)
	}
	if first, ok := r.seen[e.ID]; ok {
		return fmt.Errorf("id %q is in line %d and again in line %d", e.ID, first, number)
	}
	r.seen[e.ID] = number
	r.f.Elements = append(r.f.Elements, e)
	return nil
}
