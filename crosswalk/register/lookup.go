package register

import (
	"fmt"
	"slices"
	"strings"

	"concord/corpus"
)

// longestName is how long the name of a gap may be, in bytes.
const longestName = 1000

// ShortID is how many characters of an id name a gap, where they name one alone.
const ShortID = 8

// Lookup returns the ids of the gaps that people name, each once: by the id, its
// first [ShortID] characters or more, or the id of the element in any case. It is
// an error if a name is not known, which then says the nearest ones, or if several
// gaps have it.
func Lookup(gaps []Gap, names []string) ([]string, error) {
	var out []string
	for _, name := range names {
		if len(name) > longestName {
			return nil, fmt.Errorf("no gap %.60q", name)
		}
		var found []Gap
		for _, g := range gaps {
			if strings.EqualFold(g.Element, name) || g.ID == name || len(name) >= ShortID && strings.HasPrefix(g.ID, strings.ToLower(name)) {
				found = append(found, g)
			}
		}
		switch {
		case len(found) == 0:
			return nil, fmt.Errorf("no gap %q%s", name, corpus.DidYouMean(name, elementsOf(gaps)))
		case len(found) > 1:
			var which []string
			for _, g := range found {
				which = append(which, fmt.Sprintf("%s (%s, %s to %s)", g.ID, g.Side, g.Source, g.Target))
			}
			return nil, fmt.Errorf("%q names %d gaps, say which by its id: %s", name, len(found), strings.Join(which, ", "))
		}
		if !slices.Contains(out, found[0].ID) {
			out = append(out, found[0].ID)
		}
	}
	return out, nil
}

// elementsOf lists the elements that have gaps, in the order of their ids.
func elementsOf(gaps []Gap) []string {
	var ids []string
	for _, g := range gaps {
		ids = append(ids, g.Element)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
