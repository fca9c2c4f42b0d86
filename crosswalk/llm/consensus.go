package llm

import (
	"slices"

	"concord/crosswalk"
)

// consensus returns the judgement that several votes on one candidate come to,
// and the share of them that bear its relation out, nil if there is one vote.
//
// The relation with most votes wins, and of several with as many the weakest:
// no relationship before an intersection, that before a containment, that before
// equality, and an intersection for containments in opposite directions. A vote
// that cannot tell counts only where no other does. The probability is the mean.
func consensus(votes []judgement) (judgement, *float64) {
	if len(votes) == 1 {
		return votes[0], nil
	}
	telling := slices.DeleteFunc(slices.Clone(votes), func(v judgement) bool { return v.unsure })
	share := func(n int) *float64 { x := float64(n) / float64(len(votes)); return &x }
	if len(telling) == 0 {
		return votes[0], share(len(votes))
	}
	count := map[crosswalk.Relation]int{}
	most, sum := 0, 0.0
	for _, v := range telling {
		count[v.Relation]++
		most = max(most, count[v.Relation])
		sum += v.Probability
	}
	relation := crosswalk.Equal
	for i, r := range byWeakness {
		if count[r] < most {
			continue
		}
		relation = r
		if r == crosswalk.SubsetOf && count[byWeakness[i+1]] == most { // a superset by as many
			relation = crosswalk.IntersectsWith
		}
		break
	}
	// The voice of those who agree or, where nobody said it in these words, of
	// the first who sees a relation.
	said := telling[0]
	for _, pick := range []func(judgement) bool{
		func(v judgement) bool { return v.Relation == relation },
		func(v judgement) bool { return v.Relation != crosswalk.NoRelationship },
	} {
		if i := slices.IndexFunc(telling, pick); i >= 0 {
			said = telling[i]
			break
		}
	}
	said.Relation, said.Probability = relation, sum/float64(len(telling))
	for _, v := range votes {
		said.twice = said.twice || v.twice
	}
	return said, share(count[relation])
}

// byWeakness lists the relations from the weakest claim to the strongest; the
// two containments are as strong.
var byWeakness = []crosswalk.Relation{
	crosswalk.NoRelationship, crosswalk.IntersectsWith, crosswalk.SubsetOf, crosswalk.SupersetOf, crosswalk.Equal,
}
