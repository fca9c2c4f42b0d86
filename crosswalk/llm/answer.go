package llm

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"concord/corpus"
	"concord/crosswalk"
	"concord/internal/ask"
	"concord/internal/endpoint"
)

// longestRationale is how much of a rationale is kept, in bytes.
const longestRationale = 2000

// A judgement is what the model says of one candidate.
type judgement struct {
	ID            string                  `json:"id"`
	Rationale     string                  `json:"rationale"`
	SourceQuote   string                  `json:"source_quote"`
	TargetQuote   string                  `json:"target_quote"`
	Relation      crosswalk.Relation      `json:"relation"`
	RationaleType crosswalk.RationaleType `json:"rationale_type"`
	Probability   float64                 `json:"probability"`

	twice bool // judged more than once
}

// parse reads the judgements in a reply, by candidate. Prose and code fences
// around the JSON are passed over. Of two judgements on one candidate the less
// probable stands. The error says what is wrong in words that the model can
// act on, the same ones for the same reply.
func parse(content string, schema *jsonschema.Schema) (map[string]judgement, error) {
	raw, err := ask.Object(content, "judgements")
	if err != nil {
		return nil, err
	}
	var document any
	if err := json.Unmarshal(raw, &document); err != nil {
		return nil, fmt.Errorf("the JSON cannot be read: %w", err)
	}
	if err := schema.Validate(document); err != nil {
		return nil, violations(err)
	}
	var answer struct {
		Judgements []judgement `json:"judgements"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return nil, fmt.Errorf("the JSON cannot be read: %w", err)
	}
	byID := make(map[string]judgement, len(answer.Judgements))
	for i, j := range answer.Judgements {
		if !(j.Probability >= 0 && j.Probability <= 1) {
			return nil, fmt.Errorf("at '/judgements/%d/probability': got %g, want a number from 0 to 1", i, j.Probability)
		}
		if other, seen := byID[j.ID]; seen {
			if other.Probability <= j.Probability {
				j = other
			}
			j.twice = true
		}
		byID[j.ID] = j
	}
	return byID, nil
}

// violations returns what a document does against its schema, a line each, in
// a fixed order: the validator walks maps, and the text is sent to the model
// and remembered under its hash.
func violations(err error) error {
	var top *jsonschema.ValidationError
	if !errors.As(err, &top) {
		return err
	}
	printer := message.NewPrinter(language.English)
	var lines []string
	var walk func(*jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		for _, cause := range e.Causes {
			walk(cause)
		}
		if len(e.Causes) > 0 {
			return
		}
		if extra, ok := e.ErrorKind.(*kind.AdditionalProperties); ok {
			slices.Sort(extra.Properties)
		}
		lines = append(lines, fmt.Sprintf("at '/%s': %s", strings.Join(e.InstanceLocation, "/"), e.ErrorKind.LocalizedString(printer)))
	}
	walk(top)
	slices.Sort(lines)
	const most = 5
	if n := len(lines) - most; n > 0 {
		lines = append(lines[:most], fmt.Sprintf("and %d more", n))
	}
	return errors.New(endpoint.Clip(strings.Join(lines, "; "), 2000))
}

// verdict turns a judgement into a verdict, as far as the texts bear it out.
func (j *Judge) verdict(source, target corpus.Element, said judgement) crosswalk.Verdict {
	v := j.unsaid(target.ID)
	v.Outcome = crosswalk.Mapped
	v.Relation = said.Relation
	v.RationaleType = said.RationaleType
	v.Rationale = endpoint.Clip(strings.TrimSpace(said.Rationale), longestRationale)
	v.Probability, v.Calibrated = said.Probability, said.Probability
	if said.twice {
		v.Flags = append(v.Flags, FlagTwice)
	}
	if said.Relation == crosswalk.NoRelationship {
		v.Outcome = crosswalk.Unrelated
		if said.Probability >= .5 {
			v.Flags = append(v.Flags, FlagContradiction)
		}
		return v
	}
	for _, side := range []struct {
		side    crosswalk.Side
		element corpus.Element
		quote   string
	}{{crosswalk.SourceSide, source, said.SourceQuote}, {crosswalk.TargetSide, target, said.TargetQuote}} {
		text := crosswalk.Judged(side.element)
		// Models wrap quotes in quotation marks and end them with dots.
		start, end, ok := crosswalk.FindQuote(text, strings.Trim(side.quote, "\"'“”‘’….  \n\t"))
		if ok && tells(text[start:end], side.element) {
			v.Quotes = append(v.Quotes, crosswalk.Quote{Side: side.side, Text: text[start:end], Start: start, End: end})
		}
	}
	if len(v.Quotes) < 2 {
		v.Flags = append(v.Flags, FlagQuote)
		if v.Relation.Strong() {
			v.Relation = crosswalk.IntersectsWith
			v.Flags = append(v.Flags, FlagDemoted)
		}
	}
	return v
}

// tells reports whether a quote is long enough to show anything: three words,
// or all of a shorter title or text.
func tells(quote string, e corpus.Element) bool {
	return len(strings.Fields(quote)) >= 3 || quote == e.Title || quote == e.Text
}

// failed returns the verdict on a candidate that got no judgement.
func (j *Judge) failed(target, why string) crosswalk.Verdict {
	v := j.unsaid(target)
	v.Outcome = crosswalk.Failed
	v.Rationale = why
	return v
}

// unsaid returns what all verdicts of the judge have in common.
func (j *Judge) unsaid(target string) crosswalk.Verdict {
	return crosswalk.Verdict{Target: target, Strength: -1, Origin: crosswalk.OriginLLM, Model: j.options.Model, Prompt: j.prompt}
}
