package convention

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"concord/corpus"
	"concord/crosswalk"
)

// A Row is a pair that somebody decided, with canonical ids. Its relation is
// empty where they gave no type.
type Row struct {
	Source, Target string
	Relation       crosswalk.Relation
	RationaleType  crosswalk.RationaleType
}

// LeftOut says of what nothing was learned.
type LeftOut struct {
	Untyped      int `json:"untyped"`      // rows without a relation
	Missing      int `json:"missing"`      // rows with an element that is not there, withdrawn or without a text
	Repeated     int `json:"repeated"`     // rows that say again what another says
	Contradicted int `json:"contradicted"` // pairs that were typed in several ways
}

// Learn makes a convention of the rows that have a relation, with a summary of
// what can be counted. A generic cell stands for the element above it. What it
// left out it says; it is an error if nothing is left.
func Learn(name, maker string, rows []Row, source, target *corpus.Framework) (*Convention, LeftOut, error) {
	var left LeftOut
	if err := CheckName(name); err != nil {
		return nil, left, err
	}
	c := &Convention{Name: name, Maker: tidy(maker), Source: source.Spec(), Target: target.Spec(), Local: source.Local || target.Local, Drafted: Counted}
	decided := map[corpus.Pair]int{} // position, or contradicted
	const contradicted = -1
	for _, r := range rows {
		if r.Relation == "" {
			left.Untyped++
			continue
		}
		if _, err := crosswalk.ParseRelation(string(r.Relation)); err != nil {
			return nil, left, fmt.Errorf("learn %s: %s to %s: %w", name, r.Source, r.Target, err)
		}
		from, in := lookUp(source, r.Source)
		to, there := lookUp(target, r.Target)
		if !in || !there {
			left.Missing++
			continue
		}
		pair := corpus.Pair{Source: from.ID, Target: to.ID}
		switch at, again := decided[pair]; {
		case !again:
			decided[pair] = len(c.Examples)
			c.Examples = append(c.Examples, Example{from, to, r.Relation, r.RationaleType})
		case at == contradicted:
		case c.Examples[at].Relation != r.Relation:
			decided[pair] = contradicted
			left.Contradicted++
		default:
			left.Repeated++
		}
	}
	c.Examples = slices.DeleteFunc(c.Examples, func(e Example) bool {
		return decided[corpus.Pair{Source: e.Source.ID, Target: e.Target.ID}] == contradicted
	})
	if len(c.Examples) == 0 {
		return nil, left, fmt.Errorf("learn %s: no decided pair is left: %w", name, left.reason())
	}
	sortBy(c.Examples, order(source), order(target))
	c.Summary = c.counted()
	return c, left, c.check()
}

func (l LeftOut) reason() error {
	if l == (LeftOut{}) {
		return errors.New("there is no row")
	}
	return fmt.Errorf("%d rows have no relation, %d an element that is not there, withdrawn or without a text, %d pairs are typed in several ways",
		l.Untyped, l.Missing, l.Contradicted)
}

// lookUp returns what is kept of an element, and whether there is anything.
func lookUp(f *corpus.Framework, id string) (Text, bool) {
	e, ok := f.Element(id)
	if !ok || e.Withdrawn {
		return Text{}, false
	}
	if up, ok := f.Element(e.Parent); ok && e.Generic != "" {
		e = up
	}
	t := TextOf(e)
	return t, t.Title != "" || t.Text != ""
}

// order returns where the elements of a framework stand in it.
func order(f *corpus.Framework) map[string]int {
	at := make(map[string]int, len(f.Elements))
	for i, e := range f.Elements {
		at[e.ID] = i
	}
	return at
}

func sortBy(examples []Example, source, target map[string]int) {
	slices.SortFunc(examples, func(a, b Example) int {
		return cmp.Or(cmp.Compare(source[a.Source.ID], source[b.Source.ID]), cmp.Compare(target[a.Target.ID], target[b.Target.ID]))
	})
}

// Keep returns the convention with the examples that pass, and a summary
// counted from these; nil if none does.
func (c *Convention) Keep(pass func(Example) bool) *Convention {
	kept := *c
	kept.Drafted, kept.Model, kept.Prompt = Counted, "", ""
	kept.Examples = nil
	for _, e := range c.Examples {
		if pass(e) {
			kept.Examples = append(kept.Examples, e)
		}
	}
	if len(kept.Examples) == 0 {
		return nil
	}
	kept.Summary = kept.counted()
	return &kept
}
