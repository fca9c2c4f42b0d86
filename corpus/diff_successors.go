package corpus

// Successors returns, for every element of the older edition, where it is to
// be found in the newer one, as [Compare] holds elements together: under its
// id, or that of the element that was renumbered, or where the file says that a
// withdrawn element went, followed to active elements. Those of which nothing
// is left have no entry. Both must be finished.
func Successors(older, newer *Framework) map[string][]string {
	c := newComparison(older, newer)
	c.classify()
	c.renumber()
	out := make(map[string][]string, len(older.Elements))
	for _, e := range older.Elements {
		start, there := c.counterpart[e.ID]
		if !there {
			continue
		}
		// A file may send an element in a circle.
		seen, next := map[string]bool{}, []string{start}
		for len(next) > 0 {
			id := next[0]
			next = next[1:]
			now, ok := newer.Element(newer.Resolve(id))
			if !ok || seen[now.ID] {
				continue
			}
			seen[now.ID] = true
			if now.Withdrawn {
				next = append(next, now.Replaced...)
			} else {
				out[e.ID] = append(out[e.ID], now.ID)
			}
		}
	}
	return out
}
