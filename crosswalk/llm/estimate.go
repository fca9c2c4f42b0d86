package llm

import (
	"concord/corpus"
	"concord/crosswalk"
	"concord/internal/ask"
)

// An Estimate is what judging may take.
type Estimate struct {
	Sources             int
	Least, Likely, Most int // calls
	TokensIn, TokensOut int // of the likely calls
	Judged              int // pairs that these are about
	Models              []string
	Cost, CostAtMost    float64 // in the currency of the prices
	Priced              bool    // whether all prices are known
}

// What is likely of a source, of the judging that we have seen: how many of the
// blocks above the least are asked for, and how many sources have a strong claim
// that is asked again; and what an answer takes, in tokens.
const (
	likelyMore    = 0.3
	likelyClaims  = 0.3
	answerBlock   = 900
	answerConfirm = 300
)

// Estimate returns what judging sources may take, from the questions about some
// of them with their candidates. Answers that are remembered already cost nothing
// and are not known here.
func (j *Judge) Estimate(sources int, some map[string][]crosswalk.Candidate) (Estimate, error) {
	e := Estimate{Sources: sources, Models: j.options.Models, Priced: true}
	sum, shown, blocks, most := 0, 0, 0, 0
	for id, candidates := range some {
		source, _ := j.options.Source.Element(id)
		n := 0
		shown += len(candidates)
		for first := 0; first < len(candidates); first += j.options.Block {
			block := elements(candidates[first:min(first+j.options.Block, len(candidates))])
			for _, targets := range j.apart(source, block) {
				system, user, err := j.Question(source, targets)
				if err != nil {
					return e, err
				}
				sum += ask.Tokens(len(system) + len(user))
				n++
			}
		}
		blocks += n
		most = max(most, n)
	}
	if blocks == 0 {
		return e, nil
	}
	voters := len(j.voters)
	least := min(j.options.Least, most)
	likely := float64(least) + likelyMore*float64(most-least)
	confirms := 0.0
	if !j.options.Unasked {
		confirms = likelyClaims
	}
	e.Least = sources * least * voters
	e.Most = sources * most * voters
	e.Likely = int(float64(sources) * (likely*float64(voters) + confirms))
	if !j.options.Unasked {
		e.Most += sources * ((most*j.options.Block + j.options.Block - 1) / j.options.Block)
	}
	e.Judged = int(float64(sources) * likely * float64(shown) / float64(blocks))
	size := float64(sum) / float64(blocks)
	e.TokensIn = int(float64(e.Likely) * size)
	e.TokensOut = int(float64(sources) * (likely*float64(voters)*answerBlock + confirms*answerConfirm))
	for _, model := range j.options.Models {
		price, known := j.options.Budget.Price(model)
		e.Priced = e.Priced && known
		share := 1 / float64(len(j.options.Models))
		e.Cost += share * price.Of(e.TokensIn, 0, e.TokensOut)
		e.CostAtMost += share * price.Of(int(float64(e.Most)*size), 0, e.Most*answerBlock)
	}
	return e, nil
}

// Question returns the system and the user message of the first voter's question
// about a block of targets.
func (j *Judge) Question(source corpus.Element, targets []corpus.Element) (system, user string, err error) {
	if source.Generic != "" {
		if above, ok := j.options.Source.Element(source.Parent); ok {
			source = above
		}
	}
	q, err := j.blockQuestion(j.voters[0], source, targets)
	return j.rules, q.User, err
}

// elements returns the elements of candidates.
func elements(candidates []crosswalk.Candidate) []corpus.Element {
	out := make([]corpus.Element, len(candidates))
	for i, c := range candidates {
		out[i] = c.Element
	}
	return out
}
