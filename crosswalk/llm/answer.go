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

// A judgement is what a model says of one candidate. Prose and quotes are there
// if it is related.
type judgement struct {
	ID            string                  `json:"id"`
	SourceOnly    string                  `json:"source_only"` // what is left over on this side
	TargetOnly    string                  `json:"target_only"`
	ElementOnly   string                  `json:"element_only"` // of a confirmation: the target's
	ReferenceOnly string                  `json:"reference_only"`
	Relation      crosswalk.Relation      `json:"relation"`
	RationaleType crosswalk.RationaleType `json:"rationale_type"`
	Rationale     string                  `json:"rationale"`
	SourceQuote   string                  `json:"source_quote"`
	TargetQuote   string                  `json:"target_quote"`
	Probability   float64                 `json:"probability"`

	unsure bool // it cannot tell
	twice  bool // judged more than once
}

// parse reads the judgements in a reply, by candidate. Prose and code fences
// around the JSON are passed over. Of two judgements on one candidate the less
// probable stands. The error says what is wrong in words that the model can
// act on, the same ones for the same reply; if that is only that candidates are
// missing, the judgements on the others are returned with it.
func parse(content string, schema *jsonschema.Schema, asked []corpus.Element) (map[string]judgement, error) {
	var answer struct {
		Related    []judgement `json:"related"`
		Unrelated  []judgement `json:"unrelated"`
		CannotTell []string    `json:"cannot_tell"`
	}
	if err := read(content, "related", schema, &answer); err != nil {
		return nil, err
	}
	byID := make(map[string]judgement, len(asked))
	put := func(j judgement) {
		if other, seen := byID[j.ID]; seen {
			if other.Probability <= j.Probability {
				j = other
			}
			j.twice = true
		}
		byID[j.ID] = j
	}
	for _, list := range []struct {
		name       string
		judgements []judgement
	}{{"related", answer.Related}, {"unrelated", answer.Unrelated}} {
		for i, j := range list.judgements {
			if !(j.Probability >= 0 && j.Probability <= 1) {
				return nil, fmt.Errorf("at '/%s/%d/probability': got %g, want a number from 0 to 1", list.name, i, j.Probability)
			}
		}
	}
	for _, j := range answer.Related {
		put(j)
	}
	for _, j := range answer.Unrelated {
		j.Relation = crosswalk.NoRelationship
		put(j)
	}
	for _, id := range answer.CannotTell {
		put(judgement{ID: id, Relation: crosswalk.NoRelationship, unsure: true})
	}
	var missing []string
	for _, e := range asked {
		if _, ok := byID[e.ID]; !ok {
			missing = append(missing, e.ID)
		}
	}
	if len(missing) > 0 {
		return byID, fmt.Errorf("%d of the %d candidates are in none of the lists: %s", len(missing), len(asked), strings.Join(missing, ", "))
	}
	return byID, nil
}

// read finds the JSON object with this member in a reply, holds it against the
// schema and decodes it.
func read(content, member string, schema *jsonschema.Schema, into any) error {
	raw, err := ask.Object(content, member)
	if err != nil {
		return err
	}
	var document any
	if err := json.Unmarshal(raw, &document); err != nil {
		return fmt.Errorf("the JSON cannot be read: %w", err)
	}
	if err := schema.Validate(document); err != nil {
		return violations(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("the JSON cannot be read: %w", err)
	}
	return nil
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
