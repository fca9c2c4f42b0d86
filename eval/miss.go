package eval

import (
	"cmp"
	"fmt"
	"slices"
)

// A Miss is a listed pair that a system ranked low.
type Miss struct {
	Case        Case
	Target      string   // id of the listed target
	Rank        int      // from 1; one more than there are targets if it is not ranked
	Probability float64  // 0 if it was not judged
	Instead     []string // the targets at the top of the ranking, at most three
}

// Misses returns the listed pairs that a system ranked lowest, at most n, worst
// first: sources of which nothing was found early come before those of which
// something was.
func Misses(cases []Case, n int) []Miss {
	type placed struct {
		Miss
		first int // rank of the best listed target of the source
	}
	var all []placed
	for _, c := range cases {
		rank := make(map[string]int, len(c.Ranked))
		for i, id := range c.Ranked {
			rank[id] = i + 1
		}
		from := len(all)
		first := len(c.Ranked) + 1
		for id := range c.Gold() {
			at := cmp.Or(rank[id], len(c.Ranked)+1)
			first = min(first, at)
			all = append(all, placed{Miss: Miss{Case: c, Target: id, Rank: at, Instead: c.Ranked[:min(3, len(c.Ranked))]}})
		}
		for i := from; i < len(all); i++ {
			all[i].first = first
			for _, d := range c.Decisions {
				if d.Target == all[i].Target {
					all[i].Probability = d.Probability
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b placed) int {
		return cmp.Or(cmp.Compare(b.first, a.first), cmp.Compare(b.Rank, a.Rank),
			cmp.Compare(a.Case.Source.ID, b.Case.Source.ID), cmp.Compare(a.Target, b.Target))
	})
	var out []Miss
	taken := map[string]bool{}
	for _, p := range all { // one of each source: twenty misses, not one twenty times
		if p.Rank > 1 && !taken[p.Case.Source.ID] && len(out) < n {
			taken[p.Case.Source.ID] = true
			out = append(out, p.Miss)
		}
	}
	return out
}

// A Bar is a group of ranks and how many listed pairs are there.
type Bar struct {
	Ranks string `json:"ranks"` // such as "6-10"
	Pairs int    `json:"pairs"`
}

// RankHistogram counts the listed pairs by their rank.
func RankHistogram(cases []Case) []Bar {
	ends := []int{1, 2, 5, 10, 20, 50, 100}
	bars := make([]Bar, len(ends)+1)
	from := 1
	for i, end := range ends {
		bars[i].Ranks = fmt.Sprintf("%d-%d", from, end)
		if from == end {
			bars[i].Ranks = fmt.Sprint(end)
		}
		from = end + 1
	}
	bars[len(ends)].Ranks = fmt.Sprintf("%d-", from)
	for _, c := range cases {
		gold := c.Gold()
		found := 0
		for i, id := range c.Ranked {
			if gold[id] {
				at, _ := slices.BinarySearch(ends, i+1)
				bars[at].Pairs++
				found++
			}
		}
		bars[len(ends)].Pairs += len(gold) - found
	}
	return bars
}
