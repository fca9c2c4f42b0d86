package lint

import (
	"fmt"
	"slices"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
)

// Editions returns what a crosswalk says otherwise than one between other
// editions of the same frameworks: [EditionFlip] and [EditionDenial], about the
// rows of the newer one, in their order. Pairs are matched by their ids, as
// [exchange.Diff] does; what only one of the two has is no finding. The older one
// is turned around if it reads from the other side. It is an error if the two are
// about other frameworks.
//
// A new edition may well mean other things by an id: a finding says so where both
// crosswalks know the texts and these differ.
func Editions(older, newer *exchange.Crosswalk) ([]Finding, error) {
	was, err := alignedByName(older, newer)
	if err != nil {
		return nil, err
	}
	type key struct {
		source, target string
		rationale      crosswalk.RationaleType
	}
	type said struct {
		key
		relation crosswalk.Relation
	}
	rows := map[said]int{}
	for i, r := range slices.Backward(newer.Rows) { // the first of those that say the same is kept
		rows[said{key{r.Source, r.Target, r.RationaleType}, r.Relation}] = i
	}
	changes := exchange.Diff(was, newer)
	texts := map[key]string{} // which texts of a row are others
	for _, c := range changes {
		if at := (key{c.Source, c.Target, c.RationaleType}); c.Kind == exchange.TextChanged && texts[at] == "" {
			texts[at] = "; the text of its " + c.Is + " is another"
		} else if c.Kind == exchange.TextChanged {
			texts[at] = "; both texts are others"
		}
	}
	k := newChecker(newer)
	for _, c := range changes {
		at := key{c.Source, c.Target, c.RationaleType}
		if code := reversal(c); code != "" {
			is := crosswalk.Relation(c.Is)
			k.report(code, rows[said{at, is}], "%s; %s says that %s%s", is.Sentence(c.Source, c.Target),
				named(was), crosswalk.Relation(c.Was).Sentence(c.Source, c.Target), texts[at])
		}
	}
	return k.sorted(), nil
}

// named names the older crosswalk, as far as it says what it is.
func named(c *exchange.Crosswalk) string {
	if c.Source.Name == "" || c.Target.Name == "" {
		return "the older crosswalk"
	}
	return "the crosswalk of " + c.Source.Spec() + " to " + c.Target.Spec()
}

// reversal returns the code of a change that turns a claim into what denies it,
// or "".
func reversal(c exchange.Change) string {
	was, is := crosswalk.Relation(c.Was), crosswalk.Relation(c.Is)
	switch {
	case c.Kind == exchange.DirectionFlipped:
		return EditionFlip
	case c.Kind != exchange.RelationChanged:
	case was.Strong() && is == crosswalk.NoRelationship, was == crosswalk.NoRelationship && is.Strong():
		return EditionDenial
	}
	return ""
}

// alignedByName returns a crosswalk in the direction of another one, whatever
// the editions of both.
func alignedByName(c, with *exchange.Crosswalk) (*exchange.Crosswalk, error) {
	out, err := c.Aligned(with)
	if err == nil {
		return out, nil
	}
	names := *c
	names.Source.Edition, names.Target.Edition = "", ""
	switch turned, otherNames := names.Aligned(with); {
	case otherNames != nil:
		return nil, fmt.Errorf("these are not editions of one crosswalk: %w", err)
	case turned == &names:
		return c, nil
	}
	return c.Inverted(), nil
}
