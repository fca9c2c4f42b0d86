package llm

import (
	"strings"

	"concord/corpus"
	"concord/crosswalk"
	"concord/internal/endpoint"
)

// longestRationale is how much of a rationale is kept, in bytes, and of what is
// left over on either side.
const (
	longestRationale = 2000
	longestLeftOver  = 300
)

// verdict turns the votes on a candidate into a verdict, as far as the texts and
// the votes themselves bear it out.
func (j *Judge) verdict(source, target corpus.Element, votes []judgement) crosswalk.Verdict {
	said, agreement := consensus(votes)
	v := j.common
	v.Target, v.Outcome, v.Relation, v.Agreement = target.ID, crosswalk.Mapped, said.Relation, agreement
	v.RationaleType = said.RationaleType
	v.Rationale = rationale(said, source.ID, target.ID)
	v.Probability, v.Calibrated = said.Probability, said.Probability
	flag := func(is bool, flag string) {
		if is {
			v.Flags = append(v.Flags, flag)
		}
	}
	flag(said.twice, crosswalk.FlagTwice)
	flag(agreement != nil && *agreement < 1, crosswalk.FlagVotes)
	flag(j.isStrange(source, target), crosswalk.FlagStrange)
	switch {
	case said.unsure:
		v.Outcome, v.Relation, v.Rationale = crosswalk.NotJudged, "", "the model cannot tell"
		flag(true, crosswalk.FlagCannotTell)
		return v
	case said.Relation == crosswalk.NoRelationship:
		v.Outcome, v.Rationale, v.RationaleType = crosswalk.Unrelated, "", crosswalk.Semantic
		flag(said.Probability >= .5, crosswalk.FlagContradiction)
		return v
	}
	for _, side := range []struct {
		side    crosswalk.Side
		element corpus.Element
		quote   string
		missing string
	}{{crosswalk.SourceSide, source, said.SourceQuote, crosswalk.FlagSourceQuote}, {crosswalk.TargetSide, target, said.TargetQuote, crosswalk.FlagTargetQuote}} {
		text := crosswalk.Judged(side.element)
		// Models wrap quotes in quotation marks and end them with dots.
		quote := strings.Trim(side.quote, "\"'“”‘’….  \n\t")
		start, end, ok := crosswalk.FindQuote(text, quote)
		switch {
		case ok && tells(text[start:end], side.element):
			v.Quotes = append(v.Quotes, crosswalk.Quote{Side: side.side, Text: text[start:end], Start: start, End: end})
		case ok || quote == "":
			flag(true, crosswalk.FlagNoQuote)
		default:
			flag(true, side.missing)
		}
	}
	if len(v.Quotes) < 2 {
		demote(&v, crosswalk.IntersectsWith)
	}
	if j.options.Convention == nil {
		if weaker := crosswalk.Weaker(v.Relation, said.borneOut()); weaker != v.Relation && v.Relation.Strong() {
			flag(true, crosswalk.FlagLeftOver)
			demote(&v, weaker)
		}
	}
	return v
}

// demote takes a strong claim down to a weaker one, and says so.
func demote(v *crosswalk.Verdict, to crosswalk.Relation) {
	if v.Relation == to || !v.Relation.Strong() {
		return
	}
	v.Relation = to
	for _, f := range v.Flags {
		if f == crosswalk.FlagDemoted {
			return
		}
	}
	v.Flags = append(v.Flags, crosswalk.FlagDemoted)
}

// borneOut returns the strongest relation that what is left over on either side
// allows.
func (s judgement) borneOut() crosswalk.Relation {
	source, target := strings.TrimSpace(s.SourceOnly) == "", strings.TrimSpace(s.TargetOnly) == ""
	switch {
	case source && target:
		return crosswalk.Equal
	case source:
		return crosswalk.SubsetOf
	case target:
		return crosswalk.SupersetOf
	}
	return crosswalk.IntersectsWith
}

// rationale puts together what the two share and what is left over on either
// side, which explains the relation best.
func rationale(s judgement, source, target string) string {
	var b strings.Builder
	b.WriteString(endpoint.Clip(strings.TrimSpace(s.Rationale), longestRationale))
	for _, side := range []struct{ id, left string }{{source, s.SourceOnly}, {target, s.TargetOnly}} {
		if left := strings.TrimRight(strings.TrimSpace(side.left), "."); left != "" {
			if b.Len() > 0 {
				b.WriteString(" ")
			}
			b.WriteString("Only in " + side.id + ": " + endpoint.Clip(left, longestLeftOver) + ".")
		}
	}
	return b.String()
}

// tells reports whether a quote is long enough to show anything: three words,
// or all of a shorter title or text.
func tells(quote string, e corpus.Element) bool {
	return len(strings.Fields(quote)) >= 3 || quote == e.Title || quote == e.Text
}

// failed returns the verdict on a candidate that got no judgement.
func (j *Judge) failed(source, target corpus.Element, why string) crosswalk.Verdict {
	v := j.common
	v.Target, v.Outcome, v.Rationale = target.ID, crosswalk.Failed, why
	if j.isStrange(source, target) {
		v.Flags = []string{crosswalk.FlagStrange}
	}
	return v
}
