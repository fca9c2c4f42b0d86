// Package document writes and reads a crosswalk as Concord's own JSON, which
// holds every field. [Schema] describes it to other programs.
package document

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/internal/unseen"
)

// Format names the shape of the JSON. A change that could break a reader
// changes the number.
const Format = "concord-crosswalk/1"

//go:embed schema.json
var schema string

// Schema returns the JSON Schema (draft 2020-12) of the format.
func Schema() []byte { return []byte(schema) }

var formatMember = regexp.MustCompile(`"format"\s*:\s*"concord-crosswalk/`)

// Is reports whether data look like this format, of whatever number.
func Is(data []byte) bool {
	return bytes.HasPrefix(trim(data), []byte("{")) && formatMember.Match(data)
}

// Held lists all fields: nothing is lost.
func Held() []exchange.Field { return exchange.Fields() }

// file is the top level, in the order in which it is written.
type file struct {
	Format string    `json:"format"`
	Draft  bool      `json:"draft"`
	Title  string    `json:"title,omitempty"`
	Tool   *tool     `json:"tool,omitempty"`
	Run    string    `json:"run,omitempty"`
	Made   string    `json:"made,omitempty"`
	Source framework `json:"source"`
	Target framework `json:"target"`
	Rows   []row     `json:"rows"`
	Gaps   []gap     `json:"gaps"`
}

type tool struct {
	Name    string `json:"name,omitempty"`
	Version string `json:"version,omitempty"`
}

type framework struct {
	Name    string `json:"name"`
	Edition string `json:"edition,omitempty"`
	Title   string `json:"title,omitempty"`
	Digest  string `json:"digest,omitempty"`
	Origin  string `json:"origin,omitempty"`
}

type row struct {
	Source        string                  `json:"source"`
	Target        string                  `json:"target"`
	Relation      crosswalk.Relation      `json:"relation,omitempty"`
	Sentence      string                  `json:"sentence,omitempty"` // for people; not read
	RationaleType crosswalk.RationaleType `json:"rationale_type,omitempty"`
	Rationale     string                  `json:"rationale,omitempty"`
	Quotes        []quote                 `json:"quotes,omitempty"`
	Strength      *int                    `json:"strength,omitempty"`
	StrengthBasis string                  `json:"strength_basis,omitempty"`
	Confidence    *float64                `json:"confidence,omitempty"`
	Probability   *float64                `json:"probability,omitempty"`
	State         exchange.State          `json:"state,omitempty"`
	Reviewer      string                  `json:"reviewer,omitempty"`
	Decided       string                  `json:"decided,omitempty"`
	Comment       string                  `json:"comment,omitempty"`
	Group         string                  `json:"group,omitempty"`
	Fulfilled     string                  `json:"fulfilled_by,omitempty"`
	Origin        crosswalk.Origin        `json:"origin,omitempty"`
	Model         string                  `json:"model,omitempty"`
	Prompt        string                  `json:"prompt_sha256,omitempty"`
	Convention    string                  `json:"convention,omitempty"`
	Focus         string                  `json:"focus_area,omitempty"`
	Basis         string                  `json:"basis,omitempty"`
	Flags         []string                `json:"flags,omitempty"`
	Proposal      string                  `json:"proposal,omitempty"`
	ProposalHash  string                  `json:"proposal_sha256,omitempty"`
	SourceTitle   string                  `json:"source_title,omitempty"`
	TargetTitle   string                  `json:"target_title,omitempty"`
	SourceText    string                  `json:"source_text,omitempty"`
	TargetText    string                  `json:"target_text,omitempty"`
	SourceSHA256  string                  `json:"source_sha256,omitempty"`
	TargetSHA256  string                  `json:"target_sha256,omitempty"`
}

type quote struct {
	Side crosswalk.Side `json:"side"`
	Text string         `json:"text"`
}

type gap struct {
	Side   crosswalk.Side `json:"side"`
	ID     string         `json:"id"`
	Title  string         `json:"title,omitempty"`
	Judged bool           `json:"judged"`
}

// Write writes the crosswalk as one indented JSON object. Characters that
// nobody sees are \u escapes, as are those that HTML gives a meaning; what is not
// UTF-8 becomes U+FFFD. It fails, before it writes, if the crosswalk contradicts
// itself or has what [Schema] does not allow, such as a gap without an id.
func Write(w io.Writer, c *exchange.Crosswalk) error {
	if err := c.Check(); err != nil {
		return fmt.Errorf("write crosswalk: %w", err)
	}
	f := file{
		Format: Format, Draft: c.Draft, Title: c.Title, Run: c.Run, Made: stamp(c.Made),
		Source: framework(c.Source), Target: framework(c.Target), Rows: make([]row, len(c.Rows)), Gaps: make([]gap, len(c.Gaps)),
	}
	if c.Tool != "" || c.Version != "" {
		f.Tool = &tool{c.Tool, c.Version}
	}
	for i, r := range c.Rows {
		f.Rows[i] = toFile(r)
	}
	for i, g := range c.Gaps {
		f.Gaps[i] = gap(g)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	if err := enc.Encode(f); err != nil {
		return fmt.Errorf("write crosswalk: %w", err)
	}
	if err := validate(b.Bytes()); err != nil {
		return fmt.Errorf("write crosswalk: %w", err)
	}
	if _, err := w.Write(unseen.JSON(b.Bytes())); err != nil {
		return fmt.Errorf("write crosswalk: %w", err)
	}
	return nil
}

func toFile(r exchange.Row) row {
	out := row{
		Source: r.Source, Target: r.Target, Relation: r.Relation, RationaleType: r.RationaleType, Rationale: r.Rationale,
		Strength: r.Strength, StrengthBasis: r.StrengthBasis, Confidence: r.Confidence, Probability: r.Probability,
		State: r.State, Reviewer: r.Reviewer, Decided: stamp(r.Decided), Comment: r.Comment, Group: r.Group, Fulfilled: r.Fulfilled,
		Origin: r.Origin, Model: r.Model, Prompt: r.Prompt, Convention: r.Convention, Focus: r.Focus, Basis: r.Basis, Flags: r.Flags,
		Proposal: r.Proposal, ProposalHash: r.ProposalSHA256, SourceTitle: r.SourceTitle, TargetTitle: r.TargetTitle, SourceText: r.SourceText, TargetText: r.TargetText,
		SourceSHA256: r.SourceSHA256, TargetSHA256: r.TargetSHA256,
	}
	if r.Relation != "" {
		out.Sentence = r.Relation.Sentence(r.Source, r.Target)
	}
	for _, q := range r.Quotes {
		out.Quotes = append(out.Quotes, quote{q.Side, q.Text})
	}
	return out
}

// Read reads what [Write] writes, and any file that [Schema] allows. What the
// schema does not allow is an error that names the row and the member, as is a
// crosswalk that contradicts itself.
func Read(data []byte) (*exchange.Crosswalk, error) {
	c, err := read(trim(data))
	if err != nil {
		return nil, fmt.Errorf("read Concord crosswalk: %w", err)
	}
	return c, nil
}

func read(data []byte) (*exchange.Crosswalk, error) {
	if err := validate(data); err != nil {
		return nil, err
	}
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, err
	}
	c := &exchange.Crosswalk{
		Title: f.Title, Run: f.Run, Draft: f.Draft, Source: exchange.Framework(f.Source), Target: exchange.Framework(f.Target),
	}
	if f.Tool != nil {
		c.Tool, c.Version = f.Tool.Name, f.Tool.Version
	}
	var err error
	if c.Made, err = parseStamp(f.Made); err != nil {
		return nil, fmt.Errorf("made: %w", err)
	}
	for i, r := range f.Rows {
		from, err := fromFile(r)
		if err != nil {
			return nil, fmt.Errorf("row %d, %s to %s: %w", i+1, r.Source, r.Target, err)
		}
		c.Rows = append(c.Rows, from)
	}
	for _, g := range f.Gaps {
		c.Gaps = append(c.Gaps, exchange.Gap(g))
	}
	return c, c.Check()
}

func fromFile(r row) (exchange.Row, error) {
	out := exchange.Row{
		Source: r.Source, Target: r.Target, Relation: r.Relation, RationaleType: r.RationaleType, Rationale: r.Rationale,
		Strength: r.Strength, StrengthBasis: r.StrengthBasis, Confidence: r.Confidence, Probability: r.Probability,
		State: r.State, Reviewer: r.Reviewer, Comment: r.Comment, Group: r.Group, Fulfilled: r.Fulfilled,
		Origin: r.Origin, Model: r.Model, Prompt: r.Prompt, Convention: r.Convention, Focus: r.Focus, Basis: r.Basis, Flags: r.Flags,
		Proposal: r.Proposal, ProposalSHA256: r.ProposalHash, SourceTitle: r.SourceTitle, TargetTitle: r.TargetTitle, SourceText: r.SourceText, TargetText: r.TargetText,
		SourceSHA256: r.SourceSHA256, TargetSHA256: r.TargetSHA256,
	}
	for _, q := range r.Quotes {
		out.Quotes = append(out.Quotes, crosswalk.Quote{Side: q.Side, Text: q.Text})
	}
	var err error
	if out.Decided, err = parseStamp(r.Decided); err != nil {
		return out, fmt.Errorf("decided: %w", err)
	}
	return out, nil
}

// stamp returns a time to the second in UTC, or "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func parseStamp(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no time such as 2026-11-22T09:30:00Z", s)
	}
	return t.UTC(), nil
}

func trim(data []byte) []byte {
	return bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\ufeff")), " \t\r\n")
}
