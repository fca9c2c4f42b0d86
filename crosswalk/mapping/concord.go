package mapping

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"concord/corpus"
	"concord/crosswalk"
	"concord/crosswalk/export"
)

// readJSON reads one of the two kinds of JSON document.
func readJSON(data []byte) (*Table, error) {
	var top struct {
		Format     string          `json:"format"`
		Collection json.RawMessage `json:"mapping-collection"`
	}
	if err := decodeJSON(data, &top); err != nil {
		return nil, err
	}
	family, _, _ := strings.Cut(export.Format, "/")
	switch {
	case top.Collection != nil:
		return readOSCAL(data)
	case top.Format == export.Format:
		return readDraft(data)
	case strings.HasPrefix(top.Format, family+"/"):
		return nil, fmt.Errorf("the draft has the format %q, and this program reads %q: export it again", clip(top.Format), export.Format)
	}
	return nil, fmt.Errorf("this JSON is no crosswalk: want a \"mapping-collection\" of OSCAL, or \"format\": %q", export.Format)
}

// decodeJSON decodes a document. Its errors name the line.
func decodeJSON(data []byte, v any) error {
	err := json.Unmarshal(data, v)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("line %d: not valid JSON: %w", 1+bytes.Count(data[:min(max(syntax.Offset-1, 0), int64(len(data)))], []byte("\n")), err)
	}
	if typ, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s: cannot read a JSON %s as %s", clip(typ.Field), typ.Value, typ.Type.Kind())
	}
	return err
}

// readDraft reads what export.JSON wrote.
func readDraft(data []byte) (*Table, error) {
	var d struct {
		Source, Target struct{ Name, Edition string }
		Sources        []struct {
			ID      string
			Outcome crosswalk.Outcome
		}
		Proposals []struct {
			Source, Target corpus.Ref
			Outcome        crosswalk.Outcome
			Relation       string
			RationaleType  string `json:"rationale_type"`
			Strength       *int
			Rationale      string
		}
	}
	if err := decodeJSON(data, &d); err != nil {
		return nil, err
	}
	t := &Table{Format: ConcordJSON, SourceFramework: d.Source.Name + "@" + d.Source.Edition, TargetFramework: d.Target.Name + "@" + d.Target.Edition}
	for i, p := range d.Proposals {
		row := Row{
			Line: i + 1, Where: fmt.Sprintf("proposal %d", i+1), Source: p.Source.ID, Target: p.Target.ID,
			Word: fold(p.Relation), RationaleType: rationaleTypeOf(p.RationaleType), Strength: -1, Rationale: p.Rationale,
		}
		if p.Strength != nil && *p.Strength >= 0 && *p.Strength <= 10 {
			row.Strength = *p.Strength
		}
		if row.Source == "" || row.Target == "" {
			return nil, fmt.Errorf("%s lacks the id of its source or target", row.Where)
		}
		if err := t.addOutcome(row, p.Outcome); err != nil {
			return nil, fmt.Errorf("%s: %w", row.Where, err)
		}
	}
	for i, s := range d.Sources {
		row := Row{Line: i + 1, Where: fmt.Sprintf("source %d", i+1), Source: s.ID, Strength: -1, Gap: true}
		if row.Source == "" {
			return nil, fmt.Errorf("%s lacks its id", row.Where)
		}
		if s.Outcome == crosswalk.Mapped {
			continue
		}
		if err := t.addOutcome(row, s.Outcome); err != nil {
			return nil, fmt.Errorf("%s: %w", row.Where, err)
		}
	}
	return t, nil
}

// proposal adds the row of a table that export.CSV wrote.
func (r *reader) proposal(row Row, source string, targets []string, outcome, flags string) error {
	row.Source = source
	if len(targets) > 0 {
		row.Target = targets[0]
	} else if row.Gap = slices.Contains(strings.Split(flags, " | "), "gap"); !row.Gap {
		return fmt.Errorf("%q and nothing in the column \"target_id\": fill it, or flag the row \"gap\" if nothing maps to it", source)
	}
	return r.t.addOutcome(row, crosswalk.Outcome(outcome))
}

// addOutcome adds a row that Concord wrote, unless its outcome says nothing of
// the pair.
func (t *Table) addOutcome(row Row, o crosswalk.Outcome) error {
	switch o {
	case crosswalk.Failed, crosswalk.NotJudged:
		return nil
	case crosswalk.Mapped:
		if row.Relation = relationOf(row.Word); row.Relation == "" || row.Relation == crosswalk.NoRelationship || row.Gap {
			return fmt.Errorf("the outcome is %s and the relation %q: want one of %v", o, clip(row.Word), crosswalk.Relations()[:4])
		}
	case crosswalk.Unrelated:
		if row.Relation = crosswalk.NoRelationship; row.Gap {
			row.Relation = ""
		}
	default:
		return fmt.Errorf("outcome %q is none of %s, %s, %s, %s", clip(string(o)), crosswalk.Mapped, crosswalk.Unrelated, crosswalk.NotJudged, crosswalk.Failed)
	}
	return t.add(row)
}
