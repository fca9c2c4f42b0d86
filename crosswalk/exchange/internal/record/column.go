package record

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"concord/crosswalk"
	"concord/crosswalk/exchange"
	"concord/internal/cell"
)

// Check returns an error for a crosswalk that its own Check refuses, or that
// these columns could not bring back.
func Check(c *exchange.Crosswalk) error {
	if err := c.Check(); err != nil {
		return err
	}
	for i, r := range c.Rows {
		if r.RationaleType != "" {
			if _, err := crosswalk.ParseRationaleType(string(r.RationaleType)); err != nil {
				return fmt.Errorf("row %d, %s to %s: %w", i+1, r.Source, r.Target, err)
			}
		}
		for _, q := range r.Quotes {
			if _, err := parseSide(string(q.Side)); err != nil {
				return fmt.Errorf("row %d, %s to %s: side %q of a quote: %w", i+1, r.Source, r.Target, q.Side, err)
			}
		}
	}
	for i, g := range c.Gaps {
		if _, err := parseSide(string(g.Side)); err != nil || g.ID == "" {
			return fmt.Errorf("gap %d: side %q, id %q: want source or target, and an id", i+1, g.Side, g.ID)
		}
	}
	return nil
}

// CheckRows is the Check of a crosswalk that may not know its frameworks.
func CheckRows(c *exchange.Crosswalk) error {
	named := *c
	named.Source.Name, named.Target.Name = "source", "target"
	return named.Check()
}

// Rows returns the columns of a row, those that people read first.
func Rows() []Column[exchange.Row] {
	type row = exchange.Row
	return []Column[row]{
		id("source_id", func(r *row) *string { return &r.Source }),
		text("source_title", func(r *row) *string { return &r.SourceTitle }),
		text("source_text", func(r *row) *string { return &r.SourceText }),
		id("target_id", func(r *row) *string { return &r.Target }),
		text("target_title", func(r *row) *string { return &r.TargetTitle }),
		text("target_text", func(r *row) *string { return &r.TargetText }),
		{Name: "sentence", Cell: func(r *row) string { return cell.Encode(r.Sentence()) }},
		word("relation", func(r *row) *crosswalk.Relation { return &r.Relation }, crosswalk.ParseRelation),
		word("rationale_type", func(r *row) *crosswalk.RationaleType { return &r.RationaleType }, crosswalk.ParseRationaleType),
		whole("strength", 10, func(r *row) **int { return &r.Strength }),
		text("rationale", func(r *row) *string { return &r.Rationale }),
		quotes("quotes", func(r *row) *[]crosswalk.Quote { return &r.Quotes }),
		number("probability", 1, func(r *row) **float64 { return &r.Probability }),
		list("flags", func(r *row) *[]string { return &r.Flags }),
		word("state", func(r *row) *exchange.State { return &r.State }, parseState),
		text("reviewer", func(r *row) *string { return &r.Reviewer }),
		moment("decided", func(r *row) *time.Time { return &r.Decided }),
		text("comment", func(r *row) *string { return &r.Comment }),
		text("focus_area", func(r *row) *string { return &r.Focus }),
		text("basis", func(r *row) *string { return &r.Basis }),
		text("group", func(r *row) *string { return &r.Group }),
		text("fulfilled_by", func(r *row) *string { return &r.Fulfilled }),
		text("strength_basis", func(r *row) *string { return &r.StrengthBasis }),
		number("confidence", 1, func(r *row) **float64 { return &r.Confidence }),
		text("origin", func(r *row) *crosswalk.Origin { return &r.Origin }),
		text("model", func(r *row) *string { return &r.Model }),
		id("prompt_sha256", func(r *row) *string { return &r.Prompt }),
		text("convention", func(r *row) *string { return &r.Convention }),
		id("proposal_id", func(r *row) *string { return &r.Proposal }),
		id("proposal_sha256", func(r *row) *string { return &r.ProposalSHA256 }),
		id("source_sha256", func(r *row) *string { return &r.SourceSHA256 }),
		id("target_sha256", func(r *row) *string { return &r.TargetSHA256 }),
	}
}

// Headings returns the columns of what holds for all rows.
func Headings() []Column[exchange.Crosswalk] {
	type all = exchange.Crosswalk
	out := []Column[all]{
		text("crosswalk_title", func(c *all) *string { return &c.Title }),
		{Name: "status", Cell: func(c *all) string { return status(c.Draft) }, Set: setStatus},
		text("tool", func(c *all) *string { return &c.Tool }),
		text("tool_version", func(c *all) *string { return &c.Version }),
		text("run", func(c *all) *string { return &c.Run }),
		moment("made", func(c *all) *time.Time { return &c.Made }),
	}
	for _, side := range []struct {
		name string
		of   func(*all) *exchange.Framework
	}{
		{"source", func(c *all) *exchange.Framework { return &c.Source }},
		{"target", func(c *all) *exchange.Framework { return &c.Target }},
	} {
		out = append(out,
			id(side.name+"_framework", func(c *all) *string { return &side.of(c).Name }),
			id(side.name+"_edition", func(c *all) *string { return &side.of(c).Edition }),
			text(side.name+"_framework_title", func(c *all) *string { return &side.of(c).Title }),
			id(side.name+"_digest", func(c *all) *string { return &side.of(c).Digest }),
			text(side.name+"_origin", func(c *all) *string { return &side.of(c).Origin }))
	}
	return out
}

// Words for Gap.Judged.
const (
	Judged   = "judged"     // and nothing was found
	Unmapped = "not mapped" // it is merely without a row
)

// Gaps returns the columns of a gap.
func Gaps() []Column[exchange.Gap] {
	type gap = exchange.Gap
	return []Column[gap]{
		word("side", func(g *gap) *crosswalk.Side { return &g.Side }, parseSide),
		id("id", func(g *gap) *string { return &g.ID }),
		text("title", func(g *gap) *string { return &g.Title }),
		{Name: "gap", Cell: func(g *gap) string { return GapWord(*g) }, Set: func(g *gap, s string) (err error) {
			g.Judged, err = ParseGap(s)
			return err
		}},
	}
}

// GapWord says what kind of gap it is.
func GapWord(g exchange.Gap) string {
	if g.Judged {
		return Judged
	}
	return Unmapped
}

// ParseGap reads what GapWord wrote.
func ParseGap(s string) (judged bool, err error) {
	switch Key(s) {
	case Key(Judged):
		return true, nil
	case Key(Unmapped):
		return false, nil
	}
	return false, fmt.Errorf("unknown kind of gap %q: want %q or %q", clip(s), Judged, Unmapped)
}

func status(draft bool) string {
	if draft {
		return "draft"
	}
	return "decided"
}

func setStatus(c *exchange.Crosswalk, s string) error {
	switch Key(s) {
	case "draft":
		c.Draft = true
	case "decided", "":
		c.Draft = false
	default:
		return fmt.Errorf("unknown status %q: want draft or decided", clip(s))
	}
	return nil
}

func parseState(s string) (exchange.State, error) {
	if state := exchange.State(s); slices.Contains(exchange.States(), state) {
		return state, nil
	}
	return "", fmt.Errorf("unknown state %q: want one of %q", clip(s), exchange.States()[1:])
}

func parseSide(s string) (crosswalk.Side, error) {
	switch side := crosswalk.Side(s); side {
	case crosswalk.SourceSide, crosswalk.TargetSide:
		return side, nil
	}
	return "", errors.New("want source or target")
}
