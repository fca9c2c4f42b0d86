package register

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
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
			return nil, fmt.Errorf("no gap %q: nearest are %s", name, strings.Join(nearestElements(gaps, name), ", "))
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

// nearestElements returns the ids of three elements with gaps that take the
// fewest changes to a name; where these tie, in the order of the ids.
func nearestElements(gaps []Gap, name string) []string {
	var ids []string
	for _, g := range gaps {
		ids = append(ids, g.Element)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	far := make(map[string]int, len(ids))
	for _, id := range ids {
		far[id] = editDistance(strings.ToLower(name), strings.ToLower(id))
	}
	slices.SortStableFunc(ids, func(a, b string) int { return cmp.Compare(far[a], far[b]) })
	return ids[:min(3, len(ids))]
}

// editDistance counts the characters to insert, delete or replace between two
// texts (Levenshtein).
func editDistance(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, s := range to {
			replaced := diagonal
			if r != s {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}
